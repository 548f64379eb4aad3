/* How well suggestions do: every example is asked of a model that has not seen it. */
#include <string.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/model/suggest_inner.h"

struct asked { size_t label; unsigned fold; size_t got; };

static size_t label_index(struct suggest_score *s, const char *label)
{
	size_t l = 0;
	while (l < s->labels && strcmp(s->of[l].label, label) != 0)
		l++;
	if (l == s->labels) {
		must(s->labels < SUGGEST_LABELS_MAX);
		s->of[s->labels++].label = label;
	}
	return l;
}

static const char *label_of(const struct suggest_example *e, enum suggest_head h)
{
	return e->label[h] != NULL ? e->label[h] : "";
}

/* An example with a title that is in a fold already goes there: the same matter written twice must not be both learned and
 * asked. */
static void folds_make(const struct suggest_example *e, size_t n, unsigned folds, uint64_t seed, struct asked *a)
{
	unsigned next[SUGGEST_LABELS_MAX] = { 0 };
	size_t *order = mem_array(size_t, n + 1);
	uint64_t random = seed * 0x9E3779B97F4A7C15ull | 1;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = 0; i < n; i++) {
		size_t k = i + suggest_random(&random) % (n - i), was = order[i];
		order[i] = order[k];
		order[k] = was;
		size_t at = order[i], twin = 0;
		while (twin < i && strcmp(e[order[twin]].title, e[at].title) != 0)
			twin++;
		a[at].fold = twin < i && *e[at].title ? a[order[twin]].fold : next[a[at].label]++ % folds;
	}
	free(order);
}

static void fold_ask(const struct suggest_topic *topic, size_t topics, const struct suggest_example *e, size_t n,
	enum suggest_head h, unsigned fold, struct asked *a, struct suggest_score *score)
{
	struct suggest_example *rest = mem_array(struct suggest_example, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (a[i].fold != fold) {
			rest[k] = e[i];
			for (unsigned other = 0; other < SUGGEST_HEADS; other++)
				if (other != h)
					rest[k].label[other] = NULL;
			k++;
		}
	struct suggest *s = suggest_train(topic, topics, rest, k, NULL);
	for (size_t i = 0; i < n; i++) {
		struct suggestion best[SUGGEST_BEST];
		if (a[i].fold != fold)
			continue;
		a[i].got = suggest_ask(s, h, e[i].title, e[i].text, best) ? label_index(score, best[0].label) : SUGGEST_LABELS_MAX;
	}
	suggest_unref(&s);
	free(rest);
}

static void tally(const struct asked *a, size_t n, struct suggest_score *s)
{
	for (size_t l = 0; l < s->labels; l++) {
		size_t both = 0, said = 0, is = 0;
		for (size_t i = 0; i < n; i++) {
			said += a[i].got == l;
			is += a[i].label == l;
			both += a[i].got == l && a[i].label == l;
		}
		s->of[l].examples = is;
		s->of[l].precision = said ? (double)both / (double)said : 0;
		s->of[l].recall = is ? (double)both / (double)is : 0;
		s->of[l].f1 = said + is ? 2.0 * (double)both / (double)(said + is) : 0;
		s->macro_f1 += s->of[l].f1 / (double)s->labels;
		s->right += both;
	}
	s->examples = n;
	s->accuracy = n ? (double)s->right / (double)n : 0;
}

void suggest_cross_validate(const struct suggest_topic *topic, size_t topics, const struct suggest_example *all, size_t n,
	enum suggest_head h, unsigned folds, uint64_t seed, struct suggest_score *out)
{
	struct suggest_example *e = mem_array(struct suggest_example, n + 1);
	struct asked *a = mem_array(struct asked, n + 1);
	size_t k = 0;
	must(folds >= 2);
	*out = (struct suggest_score){ 0 };
	for (size_t i = 0; i < n; i++)
		if (*label_of(&all[i], h)) {
			a[k].label = label_index(out, all[i].label[h]);
			e[k++] = all[i];
		}
	folds_make(e, k, folds, seed, a);
	for (unsigned f = 0; f < folds; f++)
		fold_ask(topic, topics, e, k, h, f, a, out);
	tally(a, k, out);
	free(e);
	free(a);
}
