#include "gateway/model/suggest.h"

#include <math.h>
#include <string.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/model/suggest_inner.h"
#include "gateway/model/words.h"

static const double SHARPNESS = 1.5; /* of the shares: a larger one would promise more than it keeps */

const char *suggest_head_name(enum suggest_head h)
{
	static const char *const name[SUGGEST_HEADS] = { "nature", "category", "department" };
	must((unsigned)h < SUGGEST_HEADS);
	return name[h];
}

/* --- life --- */

static size_t learnable(const struct suggest_example *e, size_t n)
{
	size_t bytes = 0, i = 0;
	while (i < n && i < SUGGEST_EXAMPLES_MAX && bytes < SUGGEST_LEARN_MAX) {
		bytes += strnlen(e[i].title, SUGGEST_TEXT_MAX) + strnlen(e[i].text, SUGGEST_TEXT_MAX);
		i++;
	}
	return i;
}

struct suggest *suggest_train(const struct suggest_topic *topic, size_t topics, const struct suggest_example *e, size_t n,
	const atomic_bool *stop)
{
	struct suggest *s = mem_new(struct suggest);
	atomic_init(&s->refs, 1);
	s->topics.n = topics < SUGGEST_TOPICS_MAX ? topics : SUGGEST_TOPICS_MAX;
	s->topics.of = mem_array(struct suggest_topic, s->topics.n + 1);
	for (size_t i = 0; i < s->topics.n; i++)
		s->topics.of[i] = (struct suggest_topic){ mem_strdup(topic[i].name), mem_strdup(topic[i].words) };
	s->examples = n = learnable(e, n);
	struct word_counts *count = mem_array(struct word_counts, n + 1);
	const char **label = mem_array(const char *, n + 1);
	for (size_t i = 0; i < n; i++)
		suggest_count(&s->topics, e[i].title, e[i].text, &count[i]);
	for (unsigned h = 0; h < SUGGEST_HEADS; h++) {
		for (size_t i = 0; i < n; i++)
			label[i] = e[i].label[h];
		head_train(&s->head[h], count, label, n, stop);
	}
	for (size_t i = 0; i < n; i++)
		free(count[i].of);
	free(count);
	free(label);
	return s;
}

struct suggest *suggest_ref(struct suggest *s)
{
	if (s != NULL)
		atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void suggest_unref(struct suggest **sp)
{
	struct suggest *s = *sp;
	*sp = NULL;
	if (s == NULL || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < s->topics.n; i++) {
		free((char *)s->topics.of[i].name);
		free((char *)s->topics.of[i].words);
	}
	free(s->topics.of);
	for (unsigned h = 0; h < SUGGEST_HEADS; h++)
		head_fini(&s->head[h]);
	free(s);
}

size_t suggest_examples(const struct suggest *s)
{
	return s->examples;
}

size_t suggest_labels(const struct suggest *s, enum suggest_head h)
{
	return s->head[h].labels;
}

/* --- why --- */

/* What each occurrence in the text gave to the label. A run's weight is shared by its occurrences. */
struct reason { size_t at, n; float gave; bool whole; }; /* whole: long enough to be shown */
struct reasons { struct reason *of; size_t n, room; const struct head_model *m; const float *worth; };

static void reason_add(void *arg, const struct spot *s)
{
	struct reasons *r = arg;
	long word = suggest_find(r->m, s->key);
	if (word < 0 || r->worth[word] <= 0)
		return;
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 256;
		r->of = mem_realloc(r->of, r->room * sizeof *r->of);
	}
	r->of[r->n++] = (struct reason){ s->at, s->n, r->worth[word], s->topic || s->characters > 1 || s->n > 3 };
}

/* All that was given by what stands inside a candidate: "拖欠工资" also has what "工资" gave. Occurrences of one run in
 * another place are not counted again. */
static float worth_of(const struct reasons *r, const struct reason *c)
{
	float sum = 0;
	for (size_t i = 0; i < r->n; i++)
		if (r->of[i].at >= c->at && r->of[i].at + r->of[i].n <= c->at + c->n)
			sum += r->of[i].gave;
	return sum;
}

static bool overlaps(const struct reason *a, const struct reason *b)
{
	return a->at < b->at + b->n && b->at < a->at + a->n;
}

/* "的传销" is no word anybody would show. */
static bool begins_or_ends_with_filler(const char *s, const struct reason *c)
{
	static const char FILLER[] = "的|了|是|在|和|也|都|就|有|我|您|你|们|这|那|不|请|被|把|给|对|到|与|及|或|而|于|之|吗|呢|吧|着|为|去|来|要|会|还|所|由|从";
	size_t last = c->n > 3 ? c->at + c->n - 3 : c->at;
	return words_at(s, c->at, FILLER) || words_at(s, last, FILLER);
}

static bool already(const char *s, const struct reason *c, const struct reason *chosen, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (overlaps(c, &chosen[i]) || memmem(s + chosen[i].at, chosen[i].n, s + c->at, c->n) != NULL ||
			memmem(s + c->at, c->n, s + chosen[i].at, chosen[i].n) != NULL)
			return true;
	return false;
}

enum { REASONS_MAX = 400 }; /* a long text has thousands; the strongest of these are looked at closely */

static int strongest(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	if (x->gave != y->gave)
		return x->gave < y->gave ? 1 : -1;
	return (x->at > y->at) - (x->at < y->at);
}

static void choose(struct reasons *r, const char *s, struct suggestion *out)
{
	struct reason chosen[SUGGEST_WORDS];
	size_t n = 0;
	if (r->n > 0)
		qsort(r->of, r->n, sizeof *r->of, strongest);
	if (r->n > REASONS_MAX)
		r->n = REASONS_MAX;
	while (n < SUGGEST_WORDS) {
		const struct reason *best = NULL;
		float most = 0;
		for (size_t i = 0; i < r->n; i++) {
			const struct reason *c = &r->of[i];
			if (!c->whole || c->n >= SUGGEST_WORD_MAX || begins_or_ends_with_filler(s, c) || already(s, c, chosen, n))
				continue;
			float worth = worth_of(r, c);
			if (worth > most) {
				most = worth;
				best = c;
			}
		}
		if (best == NULL)
			break;
		memcpy(out->word[n], s + best->at, best->n);
		chosen[n++] = *best;
	}
}

static void explain(const struct suggest *s, const struct head_model *m, size_t label, const struct feature *x, size_t n,
	const char *title, const char *text, struct suggestion *out)
{
	struct buf whole;
	float *worth = mem_array(float, m->words + 1);
	for (size_t i = 0; i < n; i++)
		worth[x[i].word] = x[i].value * m->weight[x[i].word * m->labels + label];
	struct reasons r = { .m = m, .worth = worth };
	buf_init(&whole, 2 * SUGGEST_TEXT_MAX + 64);
	suggest_walk(&s->topics, title, text, &whole, reason_add, &r);
	choose(&r, buf_str(&whole), out);
	buf_fini(&whole);
	free(r.of);
	free(worth);
}

/* --- the answer --- */

struct shares { double of[SUGGEST_LABELS_MAX]; };

static void shares_make(const struct head_model *m, const struct feature *x, size_t n, struct shares *out)
{
	double top = -INFINITY, sum = 0;
	for (size_t l = 0; l < m->labels; l++) {
		out->of[l] = m->bias[l];
		for (size_t i = 0; i < n; i++)
			out->of[l] += (double)x[i].value * m->weight[x[i].word * m->labels + l];
		top = fmax(top, out->of[l]);
	}
	for (size_t l = 0; l < m->labels; l++)
		sum += out->of[l] = exp(SHARPNESS * (out->of[l] - top));
	for (size_t l = 0; l < m->labels; l++)
		out->of[l] /= sum;
}

size_t suggest_ask(const struct suggest *s, enum suggest_head head, const char *title, const char *text,
	struct suggestion out[SUGGEST_BEST])
{
	const struct head_model *m = &s->head[head];
	struct word_counts count;
	size_t given = 0;
	memset(out, 0, SUGGEST_BEST * sizeof *out);
	if (m->labels < 2)
		return 0;
	suggest_count(&s->topics, title, text, &count);
	struct feature *x = mem_array(struct feature, count.n + 1);
	size_t n = suggest_features(m, &count, x);
	struct shares share;
	shares_make(m, x, n, &share);
	for (; n > 0 && given < SUGGEST_BEST && given < m->labels; given++) {
		size_t best = 0;
		for (size_t l = 1; l < m->labels; l++)
			if (share.of[l] > share.of[best])
				best = l;
		out[given].label = m->label[best];
		out[given].share = share.of[best];
		share.of[best] = -1;
		explain(s, m, best, x, n, title, text, &out[given]);
	}
	free(x);
	free(count.of);
	return given;
}
