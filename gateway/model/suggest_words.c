/* From a text to its words. */
#include <math.h>
#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/model/suggest_inner.h"
#include "gateway/model/text.h"
#include "gateway/model/words.h"

enum { RUN_MAX = 3 };
/* A title says in a few words what the rest tells at length: it counts as its text three times over, and once more by itself,
 * since a word there means more than the same word below. */
static const float TITLE_AS_TEXT = 3, TITLE_ITSELF = 2, TEXT_ITSELF = 1;
enum salt { SALT_TEXT = 1, SALT_TITLE, SALT_TOPIC };

static uint64_t key_of(enum salt salt, const char *s, size_t n)
{
	uint64_t h = 14695981039346656037ull ^ salt;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (uint8_t)s[i]) * 1099511628211ull;
	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9ull;
	h ^= h >> 32;
	return h ? h : 1;
}

struct walk {
	const struct topics *topics;
	const char *s;
	size_t from, to;
	float weight;
	bool title;
	spot_f *f;
	void *arg;
};

static void give(const struct walk *w, enum salt salt, size_t at, size_t n, unsigned characters, float weight)
{
	w->f(w->arg, &(struct spot){ .key = key_of(salt, w->s + at, n), .weight = weight, .at = at, .n = n,
		.characters = characters });
}

/* Bytes of the next piece: one Chinese character, a Latin word whole; 0 in *kind for what breaks a run: digits name
 * places and dates, which teach nothing. */
static size_t piece(const struct walk *w, size_t at, int *kind)
{
	uint32_t cp = 0;
	size_t n = utf8_next(w->s + at, w->to - at, &cp);
	*kind = cp >= 0x3400 && cp < 0xA000 ? 1 : cp >= 'a' && cp <= 'z' ? 2 : 0;
	if (*kind == 2)
		while (at + n < w->to && w->s[at + n] >= 'a' && w->s[at + n] <= 'z')
			n++;
	return n ? n : 1;
}

static void walk_runs(const struct walk *w)
{
	size_t start[RUN_MAX];
	unsigned held = 0;
	for (size_t at = w->from; at < w->to;) {
		int kind;
		size_t n = piece(w, at, &kind), end = at + n;
		if (kind == 0) {
			held = 0;
			at = end;
			continue;
		}
		if (held == RUN_MAX) {
			memmove(start, start + 1, (RUN_MAX - 1) * sizeof *start);
			held--;
		}
		start[held++] = at;
		for (unsigned k = 1; k <= held; k++) {
			size_t from = start[held - k];
			give(w, SALT_TEXT, from, end - from, k, w->weight);
			if (w->title)
				give(w, SALT_TITLE, from, end - from, k, TITLE_ITSELF);
		}
		at = end;
	}
}

static void walk_topics(const struct walk *w)
{
	struct seen *seen = mem_new(struct seen);
	seen_init(seen, w->s + w->from, w->to - w->from);
	for (size_t i = 0; i < w->topics->n; i++) {
		const struct suggest_topic *t = &w->topics->of[i];
		uint64_t key = key_of(SALT_TOPIC, t->name, strlen(t->name));
		size_t n = 0;
		for (size_t at = w->from; at < w->to; at += n) {
			at = seen_find(seen, w->s, at, w->to, t->words, &n);
			if (at >= w->to || n == 0)
				break;
			w->f(w->arg, &(struct spot){ .key = key, .weight = w->weight, .topic = true, .at = at, .n = n });
		}
	}
	free(seen);
}

static void walk_part(struct walk *w, struct buf *whole, const char *text)
{
	struct buf part;
	buf_init(&part, SUGGEST_TEXT_MAX + 8);
	const char *cut = text;
	char *copy = NULL;
	if (strlen(text) > SUGGEST_TEXT_MAX)
		cut = copy = mem_strndup(text, utf8_cut(text, strlen(text), SUGGEST_TEXT_MAX));
	text_fold(cut, &part);
	w->from = whole->len;
	(void)buf_adds(whole, buf_str(&part));
	w->s = buf_str(whole);
	w->to = whole->len;
	walk_runs(w);
	walk_topics(w);
	(void)buf_addc(whole, '\n');
	buf_fini(&part);
	free(copy);
}

void suggest_walk(const struct topics *topics, const char *title, const char *text, struct buf *whole, spot_f *f, void *arg)
{
	struct walk w = { .topics = topics, .weight = TITLE_AS_TEXT, .title = true, .f = f, .arg = arg };
	walk_part(&w, whole, title);
	w.weight = TEXT_ITSELF;
	w.title = false;
	walk_part(&w, whole, text);
}

static void count_one(void *arg, const struct spot *s)
{
	struct word_counts *c = arg;
	if (c->n == c->room) {
		c->room = c->room ? c->room * 2 : 1024;
		c->of = mem_realloc(c->of, c->room * sizeof *c->of);
	}
	c->of[c->n++] = (struct word_count){ s->key, s->weight, s->topic };
}

static int by_key(const void *a, const void *b)
{
	uint64_t x = ((const struct word_count *)a)->key, y = ((const struct word_count *)b)->key;
	return (x > y) - (x < y);
}

void suggest_count(const struct topics *topics, const char *title, const char *text, struct word_counts *out)
{
	struct buf whole;
	size_t n = 0;
	*out = (struct word_counts){ 0 };
	buf_init(&whole, 2 * SUGGEST_TEXT_MAX + 64);
	suggest_walk(topics, title, text, &whole, count_one, out);
	buf_fini(&whole);
	if (out->n == 0)
		return;
	qsort(out->of, out->n, sizeof *out->of, by_key);
	for (size_t i = 0; i < out->n; i++) {
		if (n > 0 && out->of[n - 1].key == out->of[i].key)
			out->of[n - 1].count += out->of[i].count;
		else
			out->of[n++] = out->of[i];
	}
	out->n = n;
	out->of = mem_realloc(out->of, n * sizeof *out->of);
	out->room = n;
}
