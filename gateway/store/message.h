/* Messages, both ways, and notes. Conventions as in store.h. */
#ifndef XQ_STORE_MESSAGE_H
#define XQ_STORE_MESSAGE_H

#include "gateway/model/cover.h"
#include "gateway/model/message.h"
#include "gateway/store/attachment.h"
#include "gateway/store/ticket.h"

enum message_from { FROM_CITIZEN, FROM_STAFF, FROM_SYSTEM, FROM_NOTE }; /* a note is never sent or shown to the citizen */
const char *message_from_name(enum message_from f);
enum cover_of message_cover(unsigned from); /* what of its text others than the citizen read */
struct message_row {
	uint64_t id, conversation, ticket;
	int64_t seq;              /* 0 for notes: they have no place in the citizen's conversation */
	unsigned from;
	const char *author, *text, *subject, *quoted, *external_id, *raw_sha256, *event; /* event: template it was made from, or "" */
	uint64_t survey;          /* the survey this message asks, or 0 */
	const void *raw;          /* the raw message, where it is not a blob, or NULL; not read back (store/raw.h) */
	size_t raw_n;
	const char *once;         /* what it is known by where the channel gave no id (intake_said), or one that recurs
	                             (intake_same), or NULL; not read back */
	const char *fields;       /* for outbox_insert: msg_out.fields, or NULL; not read back */
	int64_t at, sent_at;
	int out_state;            /* enum out_state, or -1 for what came in and notes */
	const char *out_error;
	struct attachment_row *attachment;
	size_t attachments;
};
/* Sets id and seq (next of the conversation, except for notes). Updates conversation.last_seq and last_at. Notes
 * CHANGE_MESSAGE with `ticket` as it will be (may be NULL). */
int message_insert(struct tx *, struct message_row *, const struct ticket_row *ticket);
int message_get(struct tx *, uint64_t id, struct message_row *);
/* One that was got reads otherwise from now on, and the chain says so. */
int message_reword(struct tx *, struct message_row *, const char *text);
/* The seq of what the citizen said last on a ticket, in its own conversation: what was merged in counts by another's. 0: nothing. */
int message_said(struct tx *, const struct ticket_row *, int64_t *seq);
/* All of a ticket, in order of id, notes included. */
int message_list_ticket(struct tx *, uint64_t ticket, struct message_row **, size_t *n);
/* What the citizen's own client may see: seq > after_seq, in order, without notes; ticket_number[i] beside each. */
int message_list_conversation(struct tx *, uint64_t conversation, int64_t after_seq, unsigned limit,
	struct message_row **, const char ***ticket_number, size_t *n);
/* What its attachments say, as an adapter reads it. */
const struct msg_attachment *message_files(struct tx *, const struct message_row *);

#endif
