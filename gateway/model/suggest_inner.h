/* What the files of the suggestions share. Nobody else includes this. */
#ifndef XQ_MODEL_SUGGEST_INNER_H
#define XQ_MODEL_SUGGEST_INNER_H

#include "gateway/base/buf.h"
#include "gateway/model/suggest.h"

struct topics { struct suggest_topic *of; size_t n; };

/* One occurrence of a word: a run of characters of the text, or a topic that a word of its list touched. */
struct spot {
	uint64_t key;        /* what it is counted by; never 0 */
	float weight;        /* how often it counts */
	bool topic;
	size_t at, n;        /* where it stands in the folded whole */
	unsigned characters; /* of a run: 1 to 3; a Latin word is one */
};
typedef void spot_f(void *arg, const struct spot *);
/* Walks a title and a text; both are appended folded to `whole`, which the spots point into. */
void suggest_walk(const struct topics *, const char *title, const char *text, struct buf *whole, spot_f *f, void *arg);

/* The words of one text, each once, by key. */
struct word_count { uint64_t key; float count; bool topic; };
struct word_counts { struct word_count *of; size_t n, room; };
void suggest_count(const struct topics *, const char *title, const char *text, struct word_counts *out);

/* One head: its dictionary, an open hash table, and a weight for each word and label. */
struct head_model {
	size_t labels, words, slots; /* slots: a power of two */
	char **label;
	uint64_t *key;               /* of a slot; 0: empty */
	uint32_t *word;              /* of a slot */
	float *rarity;               /* of a word; 0 for a topic */
	float *weight;               /* [word * labels + label] */
	float *bias;
};
struct suggest {
	atomic_uint refs;
	struct topics topics;
	size_t examples;
	struct head_model head[SUGGEST_HEADS];
};
/* The word of a key, or -1. */
long suggest_find(const struct head_model *, uint64_t key);
/* What a text is to a head: its known words and how much each counts there. */
struct feature { uint32_t word; float value; };
size_t suggest_features(const struct head_model *, const struct word_counts *, struct feature *out);

/* Learns a head from the counted examples; label[i] NULL: not one of this head's. */
void head_train(struct head_model *, const struct word_counts *example, const char *const *label, size_t n,
	const atomic_bool *stop);
void head_fini(struct head_model *);

/* A small generator whose every step is given by the seed. */
uint64_t suggest_random(uint64_t *state);

#endif
