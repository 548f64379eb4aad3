/* Was this mail written by a machine? Then it is kept, but never answered and never read as a rating. Where nothing but its
 * subject says so it is a suspect's: that is not answered either, but a person looks.
 * Pure; thread: any. */
#ifndef XQ_EMAIL_AUTOMATIC_H
#define XQ_EMAIL_AUTOMATIC_H

#include <stdbool.h>

#include "adapters/email/header.h"
#include "gateway/model/message.h"

struct automatic_in {
	const struct headers *headers;
	const char *sender;  /* envelope sender without brackets; "" for <>; NULL when nobody knows */
	const char *from;    /* addr-spec of From, or "" */
	const char *own;     /* our mailbox */
	const char *subject; /* decoded, or "" */
	const char *text;    /* what is said, or "" */
};
enum { AUTOMATIC_HOPS_MAX = 30 }; /* Received fields: no mail takes so many steps but one that goes round */
/* The field every mail of ours carries, with our mailbox: a mail that has it came back. */
#define AUTOMATIC_LOOP_FIELD "X-Xinqiao-Loop"
/* *why: fixed words for people, NULL for a person's mail. */
enum msg_automatic automatic_judge(const struct automatic_in *in, const char **why);
/* Does the subject say that a mail came back? So do citizens' whose parcels were returned. */
bool automatic_bounce_subject(const char *subject);
/* Is `address` our mailbox, with or without a subaddress? */
bool automatic_same_mailbox(const char *address, const char *own);

#endif
