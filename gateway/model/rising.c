#include "gateway/model/rising.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/model/suggest_inner.h"
#include "gateway/model/text.h"

enum { CANDIDATES_MAX = 400, SHORTEST_LATIN = 4 };
static const double GROWTH_LEAST = 1.5, TELLING_LEAST = 3, SAME_TEXTS = 0.6, LONGER = 0.05;

/* A word in a text: where it stands in the folded whole, so that it can be shown. */
struct mention { uint64_t key; uint32_t doc; uint16_t at; uint8_t n, characters; };

struct rising {
	struct buf whole;          /* the folded texts, one behind the other */
	size_t *begin;             /* of a text in it */
	bool *is_now;
	size_t docs, now;
	struct mention *of;
	size_t n, room, text_from; /* text_from: first mention of the text being walked */
};

struct rising *rising_create(void)
{
	struct rising *r = mem_new(struct rising);
	buf_init(&r->whole, 2 * (size_t)RISING_TEXTS_MAX * (2 * SUGGEST_TEXT_MAX + 64));
	r->begin = mem_array(size_t, 2 * RISING_TEXTS_MAX);
	r->is_now = mem_array(bool, 2 * RISING_TEXTS_MAX);
	return r;
}

void rising_destroy(struct rising **rp)
{
	struct rising *r = *rp;
	*rp = NULL;
	if (r == NULL)
		return;
	buf_fini(&r->whole);
	free(r->begin);
	free(r->is_now);
	free(r->of);
	free(r);
}

/* --- the words of a text --- */

static bool worth(const char *s, const struct spot *p)
{
	if (p->topic || p->n >= RISING_WORD_MAX || p->at > UINT16_MAX)
		return false;
	bool latin = s[0] >= 'a' && s[0] <= 'z';
	for (size_t i = 0; i < p->n; i++)
		if ((s[i] >= 'a' && s[i] <= 'z') != latin)
			return false;
	return latin ? p->characters == 1 && p->n >= SHORTEST_LATIN : p->characters >= 2;
}

struct adding { struct rising *r; struct buf *whole; };

static void take(void *arg, const struct spot *p)
{
	struct adding *a = arg;
	struct rising *r = a->r;
	const char *s = buf_str(a->whole) + p->at;
	if (!worth(s, p))
		return;
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 4096;
		r->of = mem_realloc(r->of, r->room * sizeof *r->of);
	}
	uint64_t h = 14695981039346656037ull;
	for (size_t i = 0; i < p->n; i++)
		h = (h ^ (uint8_t)s[i]) * 1099511628211ull;
	r->of[r->n++] = (struct mention){ h, (uint32_t)r->docs, (uint16_t)p->at, (uint8_t)p->n, (uint8_t)p->characters };
}

static int by_key(const void *a, const void *b)
{
	const struct mention *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->doc > y->doc) - (x->doc < y->doc);
}

void rising_add(struct rising *r, bool now, const char *title, const char *text)
{
	static const struct topics none;
	if (rising_texts(r, now) == RISING_TEXTS_MAX)
		return;
	struct buf whole;
	buf_init(&whole, 2 * SUGGEST_TEXT_MAX + 64);
	struct adding a = { r, &whole };
	r->text_from = r->n;
	suggest_walk(&none, title, text, &whole, take, &a);
	qsort(r->of + r->text_from, r->n - r->text_from, sizeof *r->of, by_key);
	size_t n = r->text_from;
	for (size_t i = r->text_from; i < r->n; i++)
		if (n == r->text_from || r->of[n - 1].key != r->of[i].key)
			r->of[n++] = r->of[i];
	r->n = n;
	r->begin[r->docs] = r->whole.len;
	r->is_now[r->docs++] = now;
	r->now += now;
	must(buf_add(&r->whole, buf_str(&whole), whole.len));
	buf_fini(&whole);
}

size_t rising_texts(const struct rising *r, bool now)
{
	return now ? r->now : r->docs - r->now;
}

/* --- what grew --- */

struct candidate { const struct mention *of; size_t n, now, before; double telling; };

/* 0: it did not grow by enough to be told from chance. */
static double telling(const struct rising *r, size_t now, size_t before)
{
	double share = (double)r->now / (double)(r->docs - r->now), a = (double)now, expected = ((double)before + 0.5) * share;
	if (now < RISING_LEAST || a < GROWTH_LEAST * expected)
		return 0;
	double g = a * log(a / expected) - (a - expected);
	return g >= TELLING_LEAST ? g : 0;
}

static int most_telling(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->telling < y->telling || x->telling > y->telling)
		return x->telling < y->telling ? 1 : -1;
	return by_key(x->of, y->of);
}

/* Keeps the best ones: a heap is not worth it, for few words ever qualify. */
static size_t candidates(const struct rising *r, struct candidate **out)
{
	struct candidate *c = NULL;
	size_t n = 0, room = 0;
	for (size_t from = 0, to; from < r->n; from = to) {
		struct candidate k = { .of = &r->of[from] };
		for (to = from; to < r->n && r->of[to].key == r->of[from].key; to++)
			k.now += r->is_now[r->of[to].doc];
		k.n = to - from;
		k.before = k.n - k.now;
		k.telling = telling(r, k.now, k.before) * (1 + LONGER * r->of[from].characters);
		if (k.telling <= 0)
			continue;
		if (n == room) {
			room = room ? room * 2 : 256;
			c = mem_realloc(c, room * sizeof *c);
		}
		c[n++] = k;
	}
	if (n)
		qsort(c, n, sizeof *c, most_telling);
	*out = c;
	return n < CANDIDATES_MAX ? n : CANDIDATES_MAX;
}

/* How many texts of this period b shares with a; both in order of text. */
static size_t shared(const struct rising *r, const struct candidate *a, const struct candidate *b)
{
	size_t i = 0, j = 0, both = 0;
	while (i < a->n && j < b->n) {
		uint32_t x = a->of[i].doc, y = b->of[j].doc;
		both += x == y && r->is_now[x];
		i += x <= y;
		j += y <= x;
	}
	return both;
}

static void spell(const struct rising *r, const struct mention *m, char out[RISING_WORD_MAX])
{
	memcpy(out, r->whole.data + r->begin[m->doc] + m->at, m->n);
	out[m->n] = '\0';
}

/* Pieces of one phrase: one holds the other, or ends as the other begins. */
static bool same_phrase(const char *a, const char *b)
{
	if (strstr(a, b) != NULL || strstr(b, a) != NULL)
		return true;
	for (size_t n = strlen(a), i = 1; i < n; i++)
		if (strncmp(a + i, b, n - i) == 0)
			return true;
	return false;
}

static void tell_beside(struct rising_word *w, const char *word)
{
	if (same_phrase(w->word, word) || same_phrase(word, w->word))
		return;
	for (size_t i = 0; i < RISING_ALSO; i++) {
		if (*w->also[i] && (same_phrase(w->also[i], word) || same_phrase(word, w->also[i])))
			return;
		if (*w->also[i] == '\0') {
			memcpy(w->also[i], word, RISING_WORD_MAX);
			return;
		}
	}
}

static size_t texts_with(const struct rising *r, const struct candidate *c, const char *word)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++) {
		uint32_t doc = c->of[i].doc;
		size_t from = r->begin[doc], to = doc + 1 < r->docs ? r->begin[doc + 1] : r->whole.len;
		n += r->is_now[doc] && memmem(r->whole.data + from, to - from, word, strlen(word)) != NULL;
	}
	return n;
}

/* Two pieces that go on into each other in the same texts are one longer word. */
static bool join(const struct rising *r, const struct candidate *c, const char *a, const char *b, char out[RISING_WORD_MAX])
{
	char both[2 * RISING_WORD_MAX];
	for (size_t n = strlen(a), i = 1; i < n; i++)
		if (strncmp(a + i, b, n - i) == 0 && i + strlen(b) < RISING_WORD_MAX) {
			(void)snprintf(both, sizeof both, "%.*s%s", (int)i, a, b);
			if (texts_with(r, c, both) < c->now)
				return false;
			memcpy(out, both, strlen(both) + 1);
			return true;
		}
	return false;
}

/* Overlapping pieces of one phrase and companions of a word are one topic. */
static bool told_beside(const struct rising *r, const struct candidate *c, const struct candidate *const *chosen,
	struct rising_word *out, size_t n)
{
	char word[RISING_WORD_MAX];
	for (size_t i = 0; i < n; i++) {
		if ((double)shared(r, chosen[i], c) < SAME_TEXTS * (double)c->now)
			continue;
		spell(r, c->of, word);
		if (!join(r, chosen[i], out[i].word, word, out[i].word) && !join(r, chosen[i], word, out[i].word, out[i].word))
			tell_beside(&out[i], word);
		return true;
	}
	return false;
}

/* A word that grew longer has taken in some of what stood beside it. */
static void drop_pieces(struct rising_word *w)
{
	struct rising_word all = *w;
	memset(w->also, 0, sizeof w->also);
	for (size_t i = 0; i < RISING_ALSO; i++)
		if (*all.also[i])
			tell_beside(w, all.also[i]);
}

size_t rising_find(struct rising *r, struct rising_word out[RISING_WORDS])
{
	struct candidate *c;
	const struct candidate *chosen[RISING_WORDS];
	size_t count = 0;
	if (r->now == 0 || r->now == r->docs)
		return 0;
	qsort(r->of, r->n, sizeof *r->of, by_key);
	size_t n = candidates(r, &c);
	for (size_t i = 0; i < n; i++) {
		if (told_beside(r, &c[i], chosen, out, count) || count == RISING_WORDS)
			continue;
		chosen[count] = &c[i];
		out[count] = (struct rising_word){ .now = c[i].now, .before = c[i].before };
		spell(r, c[i].of, out[count++].word);
	}
	free(c);
	for (size_t i = 0; i < count; i++)
		drop_pieces(&out[i]);
	return count;
}

bool rising_holds(const char *title, const char *text, const char *word)
{
	struct buf folded;
	buf_init(&folded, 4 * SUGGEST_TEXT_MAX);
	text_fold(title, &folded);
	bool holds = text_has(buf_str(&folded), word);
	if (!holds) {
		buf_clear(&folded);
		text_fold(text, &folded);
		holds = text_has(buf_str(&folded), word);
	}
	buf_fini(&folded);
	return holds;
}
