/* How things look as JSON. The citizen's address is masked unless `full`. */
#ifndef XQ_CONSOLE_SHAPE_H
#define XQ_CONSOLE_SHAPE_H

#include <jansson.h>
#include <stdbool.h>

#include "gateway/flow/flow.h"
#include "gateway/model/workflow.h"
#include "gateway/store/docket.h"
#include "gateway/store/event.h"
#include "gateway/store/message.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"

json_t *shape_time(int64_t at);   /* RFC 3339, null for 0 */
json_t *shape_id(uint64_t id);    /* a string: browsers' numbers end at 53 bits */
json_t *shape_text(const char *); /* "" for NULL */
/* What was written, without what was told to the citizen alone: whatever of his words is shown goes this way. event, text: may be NULL. */
json_t *shape_covered(enum cover_of, const char *event, const char *text);
json_t *shape_ticket(const struct ticket_row *, bool full);
/* The channel's own id of a message too holds an address: a sender's host, an open id, a visitor. Null unless `full`. */
json_t *shape_message(const struct message_row *, bool full);
json_t *shape_event(const struct event_row *); /* an event of the log */
json_t *shape_step(const struct event_row *);  /* the same on its ticket */
/* "reach" onto one ticket: what the citizen's channel takes just now; null where it has no limits. Until when and how much is the same on
 * each ticket of one citizen: only where `links`. Inside a job. */
int shape_reach(struct tx *, const struct flow_words *, const struct ticket_row *, bool links, json_t *o);
/* "core" onto one ticket: what a core system says of it, or null. Inside a job. */
int shape_core(struct tx *, uint64_t ticket, json_t *o);
json_t *shape_survey(const struct survey_row *); /* null for NULL */
json_t *shape_steps(uint32_t legal);           /* ["accept", …] */
/* The numbers beside the views, without what is a person's own ("mine"). */
json_t *shape_counts(const struct ticket_counts *, const struct loop_counts *);

#endif
