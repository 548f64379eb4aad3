/* Words that call for help. Inner tool of the model room. */
#ifndef XQ_MODEL_ALARM_H
#define XQ_MODEL_ALARM_H

#include "gateway/model/reading.h"
#include "gateway/model/ticket.h"

/* The first of the rules' words that raises the alarm in a text, or NULL: none, or each is taken back by what stands
 * around it. */
const struct rule_word *alarm_find(const struct rules *r, const struct reading *in);

#endif
