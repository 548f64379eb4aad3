#include "gateway/console/reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/console/sheet.h"
#include "gateway/model/rising.h"

enum { SHEET_MAX = 4 << 20, COUNTED_MAX = 50000 /* texts of a period that are looked through for a word */ };

/* --- what is asked --- */

static int day_read(const char *name, const char *s, int64_t absent, int64_t *day, struct err *e)
{
	int64_t at;
	*day = absent;
	if (s == NULL)
		return 0;
	if (strlen(s) != strlen("2026-11-22") || clock_parse(s, &at) < 0)
		return err_set(e, E_MALFORMED, "%s: a day such as 2026-11-22", name);
	*day = report_day(at);
	return 0;
}

static const char *filter_of(const char *s)
{
	return s != NULL && strcmp(s, "-") == 0 ? "" : s;
}

int reports_query(const struct call *c, int64_t now, struct report_query *q, struct err *e)
{
	const char *own = who_department(&c->who);
	*q = (struct report_query){ .department = own ? own : filter_of(c->query[Q_DEPARTMENT]),
		.category = filter_of(c->query[Q_CATEGORY]), .channel = filter_of(c->query[Q_CHANNEL]) };
	int rc = day_read("to", c->query[Q_TO], report_day(now), &q->to, e);
	if (rc < 0 || (rc = day_read("from", c->query[Q_FROM], q->to - REPORT_DAYS_USUAL + 1, &q->from, e)) < 0)
		return rc;
	if (q->from > q->to || q->to - q->from >= REPORT_DAYS_MAX)
		return err_rule(e, E_RANGE, "period", "from, to: a period of 1 to %d days", REPORT_DAYS_MAX);
	return 0;
}

static int number_of(const char *name, const char *s, unsigned absent, unsigned *n, struct err *e)
{
	char end;
	*n = absent;
	if (s != NULL && (strlen(s) > 9 || sscanf(s, "%u%c", n, &end) != 1 || *n == 0))
		return err_set(e, E_MALFORMED, "%s: a number from 1 on", name);
	return 0;
}

bool reports_asked(const struct call *c)
{
	return c->query[Q_REPORT] != NULL || c->query[Q_WORD] != NULL;
}

/* A count has been made: what would narrow it is not passed over in silence. */
static int other_filters(const struct call *c, struct err *e)
{
	static const struct { enum query is; const char *name; } other[] = {
		{ Q_SEARCH, "q" }, { Q_ASSIGNEE, "assignee" }, { Q_STATE, "state" }, { Q_OPEN, "open" }, { Q_WAITING, "waiting" },
		{ Q_OVERDUE, "overdue" }, { Q_FLAG, "flag" }, { Q_ASKED, "asked" }, { Q_UNASSIGNED, "unassigned" }, { Q_ORDER, "order" },
	};
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		if (c->query[other[i].is] != NULL)
			return err_set(e, E_MALFORMED, "%s: does not go with report or word", other[i].name);
	return 0;
}

int reports_tickets(const struct call *c, struct tx *tx, struct ticket_row **row, size_t *n, uint64_t *next, struct err *e)
{
	struct report_query q;
	unsigned limit, every;
	uint64_t after;
	int mark = c->query[Q_REPORT] ? report_mark_find(c->query[Q_REPORT]) : REPORT_received;
	if (mark < 0)
		return err_set(e, E_MALFORMED, "report: there is no count '%.40s'", c->query[Q_REPORT]);
	int rc = other_filters(c, e);
	if (rc < 0 || (rc = reports_query(c, tx_now(tx), &q, e)) < 0 ||
		(rc = number_of("every", c->query[Q_EVERY], 1, &every, e)) < 0 || (rc = call_limit(c, &limit, e)) < 0 ||
		(rc = call_after(c, &after, e)) < 0)
		return rc;
	rc = report_tickets(tx, &q, (unsigned)mark, c->query[Q_WORD], every, after, limit, row, n, next);
	return rc < 0 ? err_set(e, rc, "the tickets could not be read") : 0;
}

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
	int rc = number_of("least", c->query[Q_LEAST], 1, &s->least, e);
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

/* --- as JSON --- */

static json_t *line_json(const struct report_line *l)
{
	json_t *counts = json_object(), *rates = json_object();
	for (unsigned i = 0; i < REPORT_COLUMNS; i++)
		must(json_object_set_new(counts, report_column_name(i), json_integer(l->n[i])) == 0);
	const struct report_rate *r;
	for (unsigned i = 0; (r = report_rate(i)) != NULL; i++) {
		int64_t of = l->n[r->of], good = l->n[r->good];
		int64_t permille = of ? good * 1000 / of : 0;
		json_t *o = json_pack("{s:I, s:I, s:s, s:s, s:o}", "of", (json_int_t)of, "good", (json_int_t)good, "of_count",
			report_column_name(r->of), "good_count", report_column_name(r->good), "percent",
			of ? json_real((double)permille / 10) : json_null());
		must(o != NULL && json_object_set_new(rates, r->name, o) == 0);
	}
	json_t *line = json_pack("{s:o, s:o}", "counts", counts, "rates", rates);
	must(line != NULL);
	return line;
}

static json_t *day_json(int64_t day)
{
	char text[REPORT_DAY_TEXT];
	return json_string(report_day_text(day, false, text));
}

static json_t *sheet_json(const struct call *c, const struct sheet *s)
{
	json_t *items = json_array();
	for (size_t i = 0; i < s->n && s->by != REPORT_BY_ALL; i++) {
		const char *name, *english;
		json_t *o = line_json(&s->line[i]);
		names_of(c, s->by, s->line[i].key, &name, &english);
		must(json_object_update_new(o, json_pack("{s:s, s:s, s:s, s:o, s:o}", "key", s->line[i].key, "name", name, "name_en", english,
			"from", day_json(s->span ? s->span[i].from : s->q.from), "to", day_json(s->span ? s->span[i].to : s->q.to))) == 0);
		must(json_array_append_new(items, o) == 0);
	}
	json_t *o = json_pack("{s:o, s:o, s:s, s:o, s:o, s:o}", "from", day_json(s->q.from), "to", day_json(s->q.to), "by", BY[s->by],
		"as_of", shape_time(s->as_of), "all", line_json(s->all), "items", items);
	must(o != NULL);
	return o;
}

/* --- as a table --- */

static bool csv_asked(const struct call *c)
{
	return c->query[Q_FORMAT] != NULL && strcmp(c->query[Q_FORMAT], "csv") == 0;
}

static int format_check(const struct call *c, struct err *e)
{
	bool known = c->query[Q_FORMAT] == NULL || csv_asked(c) || strcmp(c->query[Q_FORMAT], "json") == 0;
	return known ? 0 : err_set(e, E_MALFORMED, "format: json or csv");
}

static void table_line(struct buf *b, const char *key, const char *name, const struct report_line *l)
{
	const struct report_rate *r;
	sheet_cell(b, true, key);
	sheet_cell(b, false, name);
	for (unsigned i = 0; i < REPORT_COLUMNS; i++)
		sheet_number(b, l->n[i]);
	for (unsigned i = 0; (r = report_rate(i)) != NULL; i++) {
		int64_t of = l->n[r->of], permille = of ? l->n[r->good] * 1000 / of : 0;
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
	int rc = format_check(c, e);
	if (rc < 0 || (rc = sheet_ask(c, tx_now(tx), &s, e)) < 0)
		return rc;
	if ((rc = sheet_load(tx, &s)) < 0)
		return err_set(e, rc, "the numbers could not be read");
	if (csv_asked(c))
		sheet_csv(c, &s);
	else
		c->answer = sheet_json(c, &s);
	return 0;
}

/* --- what rises --- */

struct counting {
	struct rising *rising;
	bool now;
	const struct rising_word *word;
	size_t words;
	size_t *count;
};

static int text_add(void *arg, const struct report_text *t)
{
	struct counting *k = arg;
	rising_add(k->rising, k->now, t->title, t->text);
	return rising_texts(k->rising, k->now) == RISING_TEXTS_MAX;
}

static int text_count(void *arg, const struct report_text *t)
{
	struct counting *k = arg;
	for (size_t i = 0; i < k->words; i++)
		k->count[i] += rising_holds(t->title, t->text, k->word[i].word);
	return 0;
}

struct topics_of {
	struct report_query q[2];    /* before, now */
	int64_t received[2];
	unsigned every;              /* the words are counted in every so manieth text of both */
	struct rising_word word[RISING_WORDS];
	size_t words, count[2][RISING_WORDS];
};

static unsigned spread(int64_t all, int64_t most)
{
	return all > most ? (unsigned)((all + most - 1) / most) : 1;
}

/* The words are found in a few thousand texts of each period, evenly spread, and then counted in all of them (or in as many as
 * can be read in a second or two). */
static int topics_load(struct tx *tx, struct topics_of *t)
{
	struct counting k = { .rising = rising_create() };
	struct report_line *all;
	size_t one;
	int rc = 0;
	for (int i = 0; rc == 0 && i < 2; i++) {
		if ((rc = report_load(tx, &t->q[i], REPORT_BY_ALL, &all, &one)) < 0)
			break;
		t->received[i] = all->n[REPORT_received];
		k.now = i;
		rc = report_each(tx, &t->q[i], spread(t->received[i], RISING_TEXTS_MAX), 0, text_add, &k);
	}
	t->words = rc == 0 ? rising_find(k.rising, t->word) : 0;
	rising_destroy(&k.rising);
	t->every = spread(t->received[0] > t->received[1] ? t->received[0] : t->received[1], COUNTED_MAX);
	k.word = t->word;
	k.words = t->words;
	for (int i = 0; rc == 0 && t->words > 0 && i < 2; i++) {
		k.count = t->count[i];
		rc = report_each(tx, &t->q[i], t->every, 0, text_count, &k);
	}
	return rc;
}

static json_t *topic_json(const struct topics_of *t, size_t i)
{
	json_t *also = json_array();
	for (unsigned k = 0; k < RISING_ALSO && *t->word[i].also[k]; k++)
		must(json_array_append_new(also, json_string(t->word[i].also[k])) == 0);
	json_t *o = json_pack("{s:s, s:o, s:I, s:I}", "word", t->word[i].word, "also", also, "now", (json_int_t)t->count[1][i],
		"before", (json_int_t)t->count[0][i]);
	must(o != NULL);
	return o;
}

static void topics_csv(struct call *c, const struct topics_of *t)
{
	struct buf b;
	buf_init(&b, SHEET_MAX);
	sheet_begin(&b);
	static const char *const column[] = { "word", "also", "now", "before" };
	for (size_t i = 0; i < sizeof column / sizeof *column; i++)
		sheet_cell(&b, i == 0, column[i]);
	sheet_line_end(&b);
	for (size_t i = 0; i < t->words; i++) {
		const struct rising_word *w = &t->word[i];
		sheet_cell(&b, true, w->word);
		sheet_cell(&b, false, arena_printf(c->arena, "%s %s %s", w->also[0], w->also[1], w->also[2]));
		sheet_number(&b, (int64_t)t->count[1][i]);
		sheet_number(&b, (int64_t)t->count[0][i]);
		sheet_line_end(&b);
	}
	c->sheet.name = "xinqiao-topics.csv";
	c->sheet.text = buf_take_str(&b);
}

static json_t *period_json(const struct topics_of *t, int i)
{
	json_t *o = json_pack("{s:o, s:o, s:I}", "from", day_json(t->q[i].from), "to", day_json(t->q[i].to), "received",
		(json_int_t)t->received[i]);
	must(o != NULL);
	return o;
}

int api_reports_topics(struct call *c, struct tx *tx, struct err *e)
{
	struct topics_of t = { 0 };
	int rc = format_check(c, e);
	if (rc < 0 || (rc = reports_query(c, tx_now(tx), &t.q[1], e)) < 0)
		return rc;
	t.q[0] = t.q[1];
	t.q[0].to = t.q[1].from - 1;
	t.q[0].from = t.q[1].from - (t.q[1].to - t.q[1].from + 1);
	if ((rc = topics_load(tx, &t)) < 0)
		return err_set(e, rc, "the tickets' words could not be read");
	if (csv_asked(c)) {
		topics_csv(c, &t);
		return 0;
	}
	json_t *items = json_array();
	for (size_t i = 0; i < t.words; i++)
		must(json_array_append_new(items, topic_json(&t, i)) == 0);
	c->answer = json_pack("{s:o, s:o, s:i, s:o}", "now", period_json(&t, 1), "before", period_json(&t, 0), "every", (int)t.every,
		"items", items);
	must(c->answer != NULL);
	return 0;
}
