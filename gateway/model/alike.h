/* How alike two texts are, for a person who decides whether they are about the same matter. Pure. */
#ifndef XQ_MODEL_ALIKE_H
#define XQ_MODEL_ALIKE_H

/* 0 to 100: the share of neighbouring characters both have (Dice), in folded text without marks and digits' form. Texts of
 * less than two characters are alike only when equal. Looks at ALIKE_MAX characters of each. */
enum { ALIKE_MAX = 600 };
unsigned text_alike(const char *a, const char *b);

#endif
