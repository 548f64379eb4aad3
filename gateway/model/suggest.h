/* Which nature, category and department a message probably has, learned from examples that people decided, and why: the
 * words that spoke for it. It only ever suggests.
 *
 * Words are runs of one to four characters (Chinese has no blanks between words; Latin words stay whole). Each is weighed
 * by how rarely and how tellingly it occurs. For each question (a head) there is one linear classifier, the sum of two
 * that err differently: a support vector machine over all the words, and one over the words scaled by how much
 * more often they stand in examples of a label than in the others (Wang and Manning 2012). Topics are lists of words that people
 * wrote down beforehand; a topic that a text touches is one more word of it, so that what is learned of "欠薪" also holds
 * for "拖欠工资".
 *
 * Pure: no I/O, no clock, no globals. Training allocates and takes seconds, so it belongs on a worker; a trained model is
 * never changed and may be asked by any number of threads. References are counted atomically. */
#ifndef XQ_MODEL_SUGGEST_H
#define XQ_MODEL_SUGGEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum suggest_head { SUGGEST_NATURE, SUGGEST_CATEGORY, SUGGEST_DEPARTMENT, SUGGEST_HEADS };
const char *suggest_head_name(enum suggest_head); /* "nature", … */

enum {
	SUGGEST_TEXT_MAX = 4000,          /* bytes of a text that are looked at */
	SUGGEST_EXAMPLES_MAX = 20000,
	SUGGEST_LEARN_MAX = 4 << 20,      /* bytes of examples in all: some 60 MB while it learns, a few seconds */
	SUGGEST_LABELS_MAX = 200,
	SUGGEST_TOPICS_MAX = 200,
	SUGGEST_FEATURES_MAX = 1 << 16,
	SUGGEST_BEST = 3,
	SUGGEST_WORDS = 4,
	SUGGEST_WORD_MAX = 32             /* bytes, its end included */
};

struct suggest_example {
	const char *title, *text;            /* either may be "" */
	const char *label[SUGGEST_HEADS];    /* NULL or "": not decided */
};
struct suggest_topic { const char *name, *words; }; /* words: '|' between, as in words.h */

struct suggest;
/* Copies what it keeps. Examples past a maximum are left out, the last ones first. Never NULL; a head with fewer than two
 * labels answers nothing. One reference is the caller's. stop (or NULL): once it is true the rest is not learned, and the
 * result is only good for suggest_unref. */
struct suggest *suggest_train(const struct suggest_topic *, size_t topics, const struct suggest_example *, size_t n,
	const atomic_bool *stop);
struct suggest *suggest_ref(struct suggest *); /* NULL gives NULL */
void suggest_unref(struct suggest **);
size_t suggest_examples(const struct suggest *);
size_t suggest_labels(const struct suggest *, enum suggest_head);

struct suggestion {
	const char *label;                              /* the model's own */
	double share;                                   /* of belief among all labels, 0 to 1 */
	char word[SUGGEST_WORDS][SUGGEST_WORD_MAX];     /* of the text, what spoke most for it first; "" past the last */
};
/* The best labels, best first; how many (0: nothing to say). */
size_t suggest_ask(const struct suggest *, enum suggest_head, const char *title, const char *text,
	struct suggestion out[SUGGEST_BEST]);

/* How well it would do: for each of the folds, trained on the others, asked about this one. Macro-F1 is the mean over the
 * labels of the harmonic mean of precision and recall. */
struct suggest_score {
	size_t examples, labels, right;
	double macro_f1, accuracy;
	struct { const char *label; size_t examples; double precision, recall, f1; } of[SUGGEST_LABELS_MAX];
};
/* Fold of an example: by its place after a shuffle from the seed, so that a label's examples are spread evenly; equal titles
 * go to the same fold. */
void suggest_cross_validate(const struct suggest_topic *, size_t topics, const struct suggest_example *, size_t n,
	enum suggest_head, unsigned folds, uint64_t seed, struct suggest_score *out);

#endif
