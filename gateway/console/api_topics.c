/* GET /api/v1/reports/topics: the words that grow. */
#include <stdlib.h>
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/reports.h"
#include "gateway/console/shape.h"
#include "gateway/console/sheet.h"
#include "gateway/model/rising.h"
#include "gateway/store/report.h"

enum { SHEET_MAX = 4 << 20, COUNTED_MAX = 50000 /* texts of a period that are looked through for a word */ };

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
	json_t *o = json_pack("{s:o, s:o, s:I}", "from", reports_day(t->q[i].from), "to", reports_day(t->q[i].to), "received",
		(json_int_t)t->received[i]);
	must(o != NULL);
	return o;
}

int api_reports_topics(struct call *c, struct tx *tx, struct err *e)
{
	struct topics_of t = { 0 };
	int rc = reports_format(c, e);
	if (rc < 0 || (rc = reports_query(c, tx_now(tx), &t.q[1], e)) < 0)
		return rc;
	t.q[0] = t.q[1];
	t.q[0].to = t.q[1].from - 1;
	t.q[0].from = t.q[1].from - (t.q[1].to - t.q[1].from + 1);
	if ((rc = topics_load(tx, &t)) < 0)
		return err_set(e, rc, "the tickets' words could not be read");
	if (reports_csv(c)) {
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
