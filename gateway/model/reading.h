/* A message's words, made comparable once for all the rules that look at them. Inner tool of the model room. */
#ifndef XQ_MODEL_READING_H
#define XQ_MODEL_READING_H

#include "gateway/model/fold.h"
#include "gateway/model/words.h"

struct reading {
	const char *text;  /* as it was written; borrowed */
	struct fold fold;
	struct seen seen;  /* of the fold */
};

void reading_init(struct reading *r, const char *text);
void reading_fini(struct reading *r);

/* As their namesakes in text.h. */
bool reading_query(const struct reading *r);
/* Of a query: it names the answer (查 进度 status), or a ticket; "到哪了" alone does not. */
bool reading_orders(const struct reading *r);
bool reading_person(const struct reading *r);
bool reading_guide(const struct reading *r);
bool reading_link_spam(const struct reading *r);
bool reading_withdraw(const struct reading *r);
bool reading_withdraw_unclear(const struct reading *r);
bool reading_confidential(const struct reading *r);

#endif
