/* The text assistant (智能文本客服): is a message a question it may try, and does an article answer it? Pure. */
#ifndef XQ_MODEL_ASSIST_H
#define XQ_MODEL_ASSIST_H

#include <stdbool.h>

#include "gateway/base/buf.h"

enum { ASSIST_TEXT_MAX = 600 }; /* bytes: whoever writes more tells a matter, and a person reads it */

/* A question about how things are done, and no complaint: "公积金怎么提取", "how do I …". */
bool assist_question(const char *text);
/* What it asks about, without the words of asking; appended. */
void assist_words(const char *text, struct buf *out);
/* How much of the words an article has, 0 to 1; 0 when its title has nothing of them. */
double assist_fit(const char *words, const char *title, const char *body);
extern const double ASSIST_FIT; /* what is less is not known */

#endif
