/* Words that grow: what more people write of in one period than in the one before (普遍性诉求). Words are the runs of
 * characters that the suggestions know a text by (suggest.h); one counts once a text. A word rises where texts with it are
 * many more than the period before lets expect; the measure is how unlikely that is by chance (Poisson log-likelihood), and a
 * word that stands in mostly the same texts as a stronger one is told beside it.
 *
 * Pure. Allocates, takes a second for the most texts: a reader's thread is the place. */
#ifndef XQ_MODEL_RISING_H
#define XQ_MODEL_RISING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RISING_TEXTS_MAX = 3000,  /* of each period; the caller takes evenly spread ones where there are more */
	RISING_WORDS = 20, RISING_ALSO = 3, RISING_WORD_MAX = 32, RISING_LEAST = 3
};

struct rising;
struct rising *rising_create(void);
void rising_destroy(struct rising **);
/* One text of the period (now) or of the one before; copied. Past the most of its period: left out. */
void rising_add(struct rising *, bool now, const char *title, const char *text);
size_t rising_texts(const struct rising *, bool now);

struct rising_word {
	char word[RISING_WORD_MAX];
	char also[RISING_ALSO][RISING_WORD_MAX]; /* stand in the same texts; "" past the last */
	size_t now, before;                      /* texts with it, of those given */
};
/* Most telling first; how many. Nothing rises without a period before. */
size_t rising_find(struct rising *, struct rising_word out[RISING_WORDS]);

/* Does a ticket's title or first text hold the word, as rising_find() counts? */
bool rising_holds(const char *title, const char *text, const char *word);

#endif
