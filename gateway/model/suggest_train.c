/* How a head learns. Both of its classifiers are linear support vector machines with squared loss, found by dual coordinate
 * descent (Hsieh and others 2008); their sum is linear again, so that what is kept, and explained, is one weight a word
 * and label. */
#include <math.h>
#include <string.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/model/suggest_inner.h"

enum { SWEEPS_MAX = 30, SEEN_MIN = 2 };
static const double
	CHI_MIN = 3,        /* a word that tells less about every label is chance */
	CHI_POWER = 0.4,    /* telling words count more, as chi squared to this power */
	TOPIC_SHARE = 0.5,  /* length of the topics' part beside that of the words, which is 1 */
	COST = 1, EVEN_MAX = 30, /* a label of few examples: each costs more, up to this */
	SMOOTH = 1, GAP = 0.01;

struct pair { uint64_t key; uint32_t label; bool topic; };
struct training {
	struct head_model *m;
	struct feature **x;
	size_t *xn;
	uint32_t *y;
	size_t n;
	size_t *of_label;
	const atomic_bool *stop;
};

uint64_t suggest_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

long suggest_find(const struct head_model *m, uint64_t key)
{
	if (m->slots == 0)
		return -1;
	for (size_t i = key & (m->slots - 1); m->key[i] != 0; i = (i + 1) & (m->slots - 1))
		if (m->key[i] == key)
			return (long)m->word[i];
	return -1;
}

/* The words' part has length 1 and the topics' part TOPIC_SHARE, however long the text is. */
size_t suggest_features(const struct head_model *m, const struct word_counts *c, struct feature *out)
{
	size_t n = 0;
	double words = 0, topics = 0;
	for (size_t i = 0; i < c->n; i++) {
		long word = suggest_find(m, c->of[i].key);
		if (word < 0)
			continue;
		double v = 1 + log(c->of[i].count);
		if (c->of[i].topic)
			topics += v * v;
		else {
			v *= m->rarity[word];
			words += v * v;
		}
		out[n++] = (struct feature){ (uint32_t)word, (float)v };
	}
	double by_words = words > 0 ? 1 / sqrt(words) : 0, by_topics = topics > 0 ? TOPIC_SHARE / sqrt(topics) : 0;
	for (size_t i = 0; i < n; i++)
		out[i].value *= (float)(m->rarity[out[i].word] > 0 ? by_words : by_topics);
	return n;
}

/* --- the dictionary --- */

static int pair_by_key(const void *a, const void *b)
{
	uint64_t x = ((const struct pair *)a)->key, y = ((const struct pair *)b)->key;
	return (x > y) - (x < y);
}

/* Chi squared of a word and the label it tells most about. */
static double tells(const struct pair *p, size_t n, size_t *count, const struct training *t)
{
	double best = 0, all = (double)t->n, with = (double)n;
	memset(count, 0, t->m->labels * sizeof *count);
	for (size_t i = 0; i < n; i++)
		count[p[i].label]++;
	for (size_t l = 0; l < t->m->labels; l++) {
		double a = (double)count[l], b = with - a, c = (double)t->of_label[l] - a, d = all - a - b - c;
		double cross = a * d - b * c, chi = all * cross * cross / (with * (c + d) * (a + c) * (b + d) + 1e-9);
		if (chi > best)
			best = chi;
	}
	return best;
}

struct candidate { uint64_t key; float rarity, chi; };

static int most_telling(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->chi != y->chi)
		return x->chi < y->chi ? 1 : -1;
	return (x->key > y->key) - (x->key < y->key);
}

static void dictionary_keep(struct head_model *m, const struct candidate *c, size_t n)
{
	m->words = n < SUGGEST_FEATURES_MAX ? n : SUGGEST_FEATURES_MAX;
	for (m->slots = 16; m->slots < 2 * m->words;)
		m->slots *= 2;
	m->key = mem_array(uint64_t, m->slots);
	m->word = mem_array(uint32_t, m->slots);
	m->rarity = mem_array(float, m->words + 1);
	m->weight = mem_array(float, m->words * m->labels + 1);
	m->bias = mem_array(float, m->labels + 1);
	for (size_t w = 0; w < m->words; w++) {
		size_t i = c[w].key & (m->slots - 1);
		while (m->key[i] != 0)
			i = (i + 1) & (m->slots - 1);
		m->key[i] = c[w].key;
		m->word[i] = (uint32_t)w;
		m->rarity[w] = c[w].rarity;
	}
}

static struct pair *pairs_of(const struct word_counts *const *example, const struct training *t, size_t *count)
{
	size_t all = 0, n = 0;
	for (size_t i = 0; i < t->n; i++)
		all += example[i]->n;
	struct pair *p = mem_array(struct pair, all + 1);
	for (size_t i = 0; i < t->n; i++)
		for (size_t k = 0; k < example[i]->n; k++)
			p[n++] = (struct pair){ example[i]->of[k].key, t->y[i], example[i]->of[k].topic };
	qsort(p, n, sizeof *p, pair_by_key);
	*count = n;
	return p;
}

static void dictionary_make(const struct word_counts *const *example, const struct training *t)
{
	size_t pairs, n = 0, *count = mem_array(size_t, t->m->labels + 1);
	struct pair *p = pairs_of(example, t, &pairs);
	struct candidate *c = mem_array(struct candidate, pairs / SEEN_MIN + 1);
	for (size_t i = 0, end; i < pairs; i = end) {
		for (end = i; end < pairs && p[end].key == p[i].key;)
			end++;
		if (end - i < SEEN_MIN)
			continue;
		double chi = tells(p + i, end - i, count, t);
		double idf = log((1.0 + (double)t->n) / (1.0 + (double)(end - i))) + 1;
		if (p[i].topic)
			c[n++] = (struct candidate){ p[i].key, 0, INFINITY };
		else if (chi >= CHI_MIN)
			c[n++] = (struct candidate){ p[i].key, (float)(idf * pow(chi, CHI_POWER)), (float)chi };
	}
	qsort(c, n, sizeof *c, most_telling);
	dictionary_keep(t->m, c, n);
	free(c);
	free(p);
	free(count);
}

/* --- the machines --- */

struct machine { float *w; double bias; }; /* w: one a word */

static double dot(const float *w, const struct feature *x, size_t n)
{
	double s = 0;
	for (size_t i = 0; i < n; i++)
		s += (double)w[x[i].word] * x[i].value;
	return s;
}

struct descent { double *alpha, *length; uint32_t *order; };

/* One sweep over all examples in a new order; the largest step that any of them still wanted. */
static double sweep(const struct training *t, struct feature *const *x, uint32_t label, double positive, struct machine *m,
	struct descent *d, uint64_t *random)
{
	double largest = 0;
	for (size_t k = 0; k < t->n; k++) {
		size_t other = k + suggest_random(random) % (t->n - k);
		uint32_t i = d->order[other];
		d->order[other] = d->order[k];
		d->order[k] = i;
		double sign = t->y[i] == label ? 1 : -1, slack = 1 / (2 * (sign > 0 ? positive : COST));
		double g = sign * (m->bias + dot(m->w, x[i], t->xn[i])) - 1 + slack * d->alpha[i];
		if (d->alpha[i] <= 0 && g > 0)
			continue;
		largest = fmax(largest, fabs(g));
		double before = d->alpha[i];
		d->alpha[i] = fmax(0, before - g / (d->length[i] + slack));
		double step = (d->alpha[i] - before) * sign;
		m->bias += step;
		for (size_t a = 0; a < t->xn[i]; a++)
			m->w[x[i][a].word] += (float)(step * x[i][a].value);
	}
	return largest;
}

static void machine_train(const struct training *t, struct feature *const *x, uint32_t label, struct machine *m)
{
	struct descent d = { mem_array(double, t->n), mem_array(double, t->n), mem_array(uint32_t, t->n) };
	double own = (double)t->of_label[label], positive = COST * fmin(EVEN_MAX, fmax(1, ((double)t->n - own) / own));
	uint64_t random = 88172645463325252ull;
	memset(m->w, 0, t->m->words * sizeof *m->w);
	m->bias = 0;
	for (size_t i = 0; i < t->n; i++) {
		d.order[i] = (uint32_t)i;
		d.length[i] = 1;
		for (size_t a = 0; a < t->xn[i]; a++)
			d.length[i] += (double)x[i][a].value * x[i][a].value;
	}
	for (unsigned s = 0; s < SWEEPS_MAX; s++)
		if (sweep(t, x, label, positive, m, &d, &random) < GAP)
			break;
	free(d.alpha);
	free(d.length);
	free(d.order);
}

/* Log of how much more often a word stands in examples of the label than in the others. */
static void ratios(const struct training *t, uint32_t label, float *ratio)
{
	size_t words = t->m->words;
	float *in = mem_array(float, words + 1), *out = mem_array(float, words + 1);
	for (size_t i = 0; i < t->n; i++)
		for (size_t a = 0; a < t->xn[i]; a++)
			(t->y[i] == label ? in : out)[t->x[i][a].word]++;
	double own = (double)t->of_label[label], rest = (double)t->n - own;
	for (size_t w = 0; w < words; w++)
		ratio[w] = (float)(log((in[w] + SMOOTH) / (own + 2 * SMOOTH)) - log((out[w] + SMOOTH) / (rest + 2 * SMOOTH)));
	free(in);
	free(out);
}

static void label_train(const struct training *t, uint32_t label, struct feature **scaled, struct machine *m, float *ratio)
{
	struct head_model *h = t->m;
	machine_train(t, t->x, label, m);
	for (size_t w = 0; w < h->words; w++)
		h->weight[w * h->labels + label] = m->w[w];
	h->bias[label] = (float)m->bias;
	ratios(t, label, ratio);
	for (size_t i = 0; i < t->n; i++)
		for (size_t a = 0; a < t->xn[i]; a++)
			scaled[i][a] = (struct feature){ t->x[i][a].word, t->x[i][a].value * ratio[t->x[i][a].word] };
	machine_train(t, scaled, label, m);
	for (size_t w = 0; w < h->words; w++)
		h->weight[w * h->labels + label] += m->w[w] * ratio[w];
	h->bias[label] += (float)m->bias;
}

static void labels_train(const struct training *t)
{
	struct machine m = { .w = mem_array(float, t->m->words + 1) };
	float *ratio = mem_array(float, t->m->words + 1);
	struct feature **scaled = mem_array(struct feature *, t->n);
	for (size_t i = 0; i < t->n; i++)
		scaled[i] = mem_array(struct feature, t->xn[i] + 1);
	for (uint32_t l = 0; l < t->m->labels && (t->stop == NULL || !atomic_load(t->stop)); l++)
		label_train(t, l, scaled, &m, ratio);
	for (size_t i = 0; i < t->n; i++)
		free(scaled[i]);
	free(scaled);
	free(ratio);
	free(m.w);
}

/* --- a head --- */

static long label_put(struct head_model *m, const char *label)
{
	for (size_t l = 0; l < m->labels; l++)
		if (strcmp(m->label[l], label) == 0)
			return (long)l;
	if (m->labels == SUGGEST_LABELS_MAX)
		return -1;
	m->label[m->labels] = mem_strdup(label);
	return (long)m->labels++;
}

static void features_make(struct training *t, const struct word_counts *const *example)
{
	t->x = mem_array(struct feature *, t->n);
	t->xn = mem_array(size_t, t->n);
	for (size_t i = 0; i < t->n; i++) {
		t->x[i] = mem_array(struct feature, example[i]->n + 1);
		t->xn[i] = suggest_features(t->m, example[i], t->x[i]);
	}
}

void head_train(struct head_model *m, const struct word_counts *example, const char *const *label, size_t n,
	const atomic_bool *stop)
{
	struct training t = { .m = m, .stop = stop, .y = mem_array(uint32_t, n + 1), .of_label = mem_array(size_t, SUGGEST_LABELS_MAX) };
	const struct word_counts **known = mem_array(const struct word_counts *, n + 1);
	m->label = mem_array(char *, SUGGEST_LABELS_MAX);
	for (size_t i = 0; i < n; i++) {
		long l = label[i] != NULL && *label[i] ? label_put(m, label[i]) : -1;
		if (l < 0)
			continue;
		t.of_label[l]++;
		t.y[t.n] = (uint32_t)l;
		known[t.n++] = &example[i];
	}
	if (m->labels >= 2) {
		dictionary_make(known, &t);
		features_make(&t, known);
		labels_train(&t);
		for (size_t i = 0; i < t.n; i++)
			free(t.x[i]);
	}
	free(t.x);
	free(t.xn);
	free(t.y);
	free(t.of_label);
	free(known);
}

void head_fini(struct head_model *m)
{
	for (size_t l = 0; l < m->labels; l++)
		free(m->label[l]);
	free(m->label);
	free(m->key);
	free(m->word);
	free(m->rarity);
	free(m->weight);
	free(m->bias);
}
