/* Word lists and how they are matched in folded text. Inner tool of the model room. A list is one string with '|'
 * between its words: "谢谢|多谢|thank you". A word of letters or digits must stand by itself; Chinese matches anywhere. */
#ifndef XQ_MODEL_WORDS_H
#define XQ_MODEL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest word of the list that stands at s + at; 0: none. */
size_t words_at(const char *s, size_t at, const char *list);
/* Where the first word of the list stands in s[from, to), or to. *n: its bytes (may be NULL). */
size_t words_find(const char *s, size_t from, size_t to, const char *list, size_t *n);
bool words_in(const char *s, size_t from, size_t to, const char *list);
/* Is s[from, to) made of nothing but words of the list and blanks? */
bool words_only(const char *s, size_t from, size_t to, const char *list);

/* Which characters and pairs of neighbours a text has, as a filter before its words are searched: of hundreds of words
 * nearly none begins with two characters that stand side by side in a given message. */
enum { SEEN_BITS = 14 };
struct seen { uint64_t bit[(1 << SEEN_BITS) / 64]; };
void seen_init(struct seen *f, const char *s, size_t n); /* s: valid UTF-8 */
/* false: certainly no word of the list stands in the text. */
bool seen_any(const struct seen *f, const char *list);
/* As words_find, in the text that was seen. */
size_t seen_find(const struct seen *f, const char *s, size_t from, size_t to, const char *list, size_t *n);

/* Bytes of a phrase at s + at that says a closed matter is not solved ("还没修好", "又坏了", "not fixed"); 0: none. */
size_t words_unsolved_at(const char *s, size_t at);

extern const char WORDS_THANKS[];   /* 谢谢, 辛苦了, thanks */
extern const char WORDS_GREETING[]; /* 您好, hello */
extern const char WORDS_MATTER[];   /* opens a matter of its own: 我要投诉, 请问, 另外 */
extern const char WORDS_IF[];       /* makes a sentence a condition */

#endif
