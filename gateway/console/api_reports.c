/* GET /api/v1/reports/rates: what came in and how it went, by department, category, channel or period. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/reports.h"
#include "gateway/console/shape.h"
#include "gateway/console/sheet.h"
#include "gateway/store/report.h"

enum { SHEET_MAX = 4 << 20 };

/* --- lines --- */

static const char *const BY[] = { "all", "department", "category", "channel", "day", "week", "month" };
enum { BY_DAY = 4, BY_WEEK, BY_MONTH, BYS };

struct sheet {
	struct report_query q;
	unsigned by;
	const struct report_rate *order; /* NULL: as they come */
	unsigned least;
	struct report_line *line;
	struct { int64_t from, to; } *span; /* of each line */
	size_t n;
	struct report_line *all;
	int64_t as_of;
};

static int sheet_ask(const struct call *c, int64_t now, struct sheet *s, struct err *e)
{
	int rate = c->query[Q_ORDER] ? report_rate_find(c->query[Q_ORDER]) : -1;
	s->by = 0;
	while (c->query[Q_BY] != NULL && s->by < BYS && strcmp(BY[s->by], c->query[Q_BY]) != 0)
		s->by++;
	if (s->by == BYS)
		return err_set(e, E_MALFORMED, "by: department, category, channel, day, week, month or all");
	if (c->query[Q_ORDER] != NULL && rate < 0)
		return err_set(e, E_MALFORMED, "order: the name of a rate, such as satisfied");
	s->order = rate < 0 ? NULL : report_rate((unsigned)rate);
	int rc = reports_number("least", c->query[Q_LEAST], 1, &s->least, e);
	return rc < 0 ? rc : reports_query(c, now, &s->q, e);
}

static int64_t period_begin(unsigned by, int64_t day)
{
	if (by == BY_WEEK)
		return report_monday(day);
	return by == BY_MONTH ? day + 1 - clock_day(report_day_begin(day)) % 100 : day;
}

/* A line a period, also where nothing came in; days are in order. */
static void fold_periods(struct tx *tx, struct sheet *s)
{
	size_t days = (size_t)(s->q.to - s->q.from + 1), n = 0, k = 0;
	struct report_line *out = arena_alloc(tx_arena(tx), days * sizeof *out);
	s->span = arena_alloc(tx_arena(tx), days * sizeof *s->span);
	for (int64_t day = s->q.from; day <= s->q.to; day++) {
		int64_t begin = period_begin(s->by, day);
		if (n == 0 || out[n - 1].day != begin) {
			char *key = arena_alloc(tx_arena(tx), REPORT_DAY_TEXT);
			out[n] = (struct report_line){ .key = report_day_text(begin, s->by == BY_MONTH, key), .day = begin };
			s->span[n++].from = day;
		}
		s->span[n - 1].to = day;
		for (unsigned i = 0; k < s->n && s->line[k].day == day && i < REPORT_COLUMNS; i++)
			out[n - 1].n[i] += s->line[k].n[i];
		k += k < s->n && s->line[k].day == day;
	}
	s->line = out;
	s->n = n;
}

/* Worst first; who has too few behind the rate to be ranked comes last. Few lines: sorted as they are put in. */
static void rank(struct sheet *s)
{
	for (size_t i = 1; i < s->n; i++)
		for (size_t j = i; j > 0; j--) {
			struct report_line a = s->line[j - 1], b = s->line[j];
			bool few_a = a.n[s->order->of] < s->least, few_b = b.n[s->order->of] < s->least;
			if (few_a != few_b ? few_b : report_worse(s->order, a.n, b.n) <= 0)
				break;
			s->line[j - 1] = b;
			s->line[j] = a;
		}
}

static int sheet_load(struct tx *tx, struct sheet *s)
{
	size_t one;
	int rc = report_load(tx, &s->q, s->by >= BY_DAY ? REPORT_BY_DAY : (enum report_by)s->by, &s->line, &s->n);
	if (rc < 0 || (rc = report_load(tx, &s->q, REPORT_BY_ALL, &s->all, &one)) < 0 || (rc = report_as_of(tx, &s->as_of)) < 0)
		return rc;
	if (s->by >= BY_DAY)
		fold_periods(tx, s);
	else if (s->order != NULL)
		rank(s);
	return 0;
}

static void names_of(const struct call *c, unsigned by, const char *key, const char **name, const char **english)
{
	const struct department *d = by == REPORT_BY_DEPARTMENT ? catalog_department(c->catalog, key) : NULL;
	const struct category *g = by == REPORT_BY_CATEGORY && *key ? catalog_category(c->catalog, key) : NULL;
	*name = d ? d->name : g ? g->name : key;
	*english = d && *d->name_en ? d->name_en : *name;
}

/* Rounded, as the wall says it. */
static int64_t permille_of(int64_t good, int64_t of)
{
	return of ? (good * 1000 + of / 2) / of : 0;
}

/* --- as JSON --- */

static json_t *line_json(const struct report_line *l)
{
	json_t *counts = json_object(), *rates = json_object();
	for (unsigned i = 0; i < REPORT_COLUMNS; i++)
		must(json_object_set_new(counts, report_column_name(i), json_integer(l->n[i])) == 0);
	const struct report_rate *r;
	for (unsigned i = 0; (r = report_rate(i)) != NULL; i++) {
		int64_t of = l->n[r->of], good = l->n[r->good];
		int64_t permille = permille_of(good, of);
		json_t *o = json_pack("{s:I, s:I, s:s, s:s, s:o}", "of", (json_int_t)of, "good", (json_int_t)good, "of_count",
			report_column_name(r->of), "good_count", report_column_name(r->good), "percent",
			of ? json_real((double)permille / 10) : json_null());
		must(o != NULL && json_object_set_new(rates, r->name, o) == 0);
	}
	json_t *line = json_pack("{s:o, s:o}", "counts", counts, "rates", rates);
	must(line != NULL);
	return line;
}

static json_t *sheet_json(const struct call *c, const struct sheet *s)
{
	json_t *items = json_array();
	for (size_t i = 0; i < s->n && s->by != REPORT_BY_ALL; i++) {
		const char *name, *english;
		json_t *o = line_json(&s->line[i]);
		names_of(c, s->by, s->line[i].key, &name, &english);
		must(json_object_update_new(o, json_pack("{s:s, s:s, s:s, s:o, s:o}", "key", s->line[i].key, "name", name, "name_en", english,
			"from", reports_day(s->span ? s->span[i].from : s->q.from), "to", reports_day(s->span ? s->span[i].to : s->q.to))) == 0);
		must(json_array_append_new(items, o) == 0);
	}
	json_t *o = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "from", reports_day(s->q.from), "to", reports_day(s->q.to), "by", BY[s->by],
		"as_of", shape_time(s->as_of), "all", line_json(s->all), "items", items);
	must(o != NULL);
	return o;
}

/* --- as a table --- */

static void table_line(struct buf *b, const char *key, const char *name, const struct report_line *l)
{
	const struct report_rate *r;
	sheet_cell(b, true, key);
	sheet_cell(b, false, name);
	for (unsigned i = 0; i < REPORT_COLUMNS; i++)
		sheet_number(b, l->n[i]);
	for (unsigned i = 0; (r = report_rate(i)) != NULL; i++) {
		int64_t of = l->n[r->of], permille = permille_of(l->n[r->good], of);
		char text[24];
		(void)snprintf(text, sizeof text, "%d.%d", (int)(permille / 10), (int)(permille % 10));
		sheet_cell(b, false, of ? text : "");
	}
	sheet_line_end(b);
}

static void sheet_csv(struct call *c, const struct sheet *s)
{
	struct buf b;
	const struct report_rate *r;
	buf_init(&b, SHEET_MAX);
	sheet_begin(&b);
	sheet_cell(&b, true, BY[s->by]);
	sheet_cell(&b, false, "name");
	for (unsigned i = 0; i < REPORT_COLUMNS; i++)
		sheet_cell(&b, false, report_column_name(i));
	for (unsigned i = 0; (r = report_rate(i)) != NULL; i++)
		sheet_cell(&b, false, arena_printf(c->arena, "%s_percent", r->name));
	sheet_line_end(&b);
	for (size_t i = 0; i < s->n && s->by != REPORT_BY_ALL; i++) {
		const char *name, *english;
		names_of(c, s->by, s->line[i].key, &name, &english);
		table_line(&b, s->line[i].key, name, &s->line[i]);
	}
	table_line(&b, "", "", s->all);
	c->sheet.name = "xinqiao-rates.csv";
	c->sheet.text = buf_take_str(&b);
}

int api_reports_rates(struct call *c, struct tx *tx, struct err *e)
{
	struct sheet s = { 0 };
	int rc = reports_format(c, e);
	if (rc < 0 || (rc = sheet_ask(c, tx_now(tx), &s, e)) < 0)
		return rc;
	if ((rc = sheet_load(tx, &s)) < 0)
		return err_set(e, rc, "the numbers could not be read");
	if (reports_csv(c))
		sheet_csv(c, &s);
	else
		c->answer = sheet_json(c, &s);
	return 0;
}
