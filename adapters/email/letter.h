/* One raw mail as what the gateway is told about it: a message, or the receipt that a returned mail is.
 * Blocks only in keep(); thread: any. */
#ifndef XQ_EMAIL_LETTER_H
#define XQ_EMAIL_LETTER_H

#include "adapters/email/mime.h"
#include "gateway/base/crypto.h"
#include "gateway/model/message.h"

struct letter_in {
	const char *raw;
	size_t n;
	const char *sender;     /* envelope sender, "" for <>; NULL: look into Return-Path */
	const char *recipient;  /* as the envelope had it; NULL: nobody knows */
	const char *own;        /* our mailbox, as configured */
	const char *auth_server; /* whose Authentication-Results are believed, or NULL */
	const char *cursor_key, *cursor_value; /* or NULL */
	int64_t received_at;
	bool truncated;         /* more was there than we take */
	const struct secret *secret;
	struct mime_keep keep;
};
struct letter {
	bool is_receipt;
	struct msg_in msg;      /* !is_receipt */
	struct receipt receipt; /* is_receipt */
};
#define LETTER_UNKNOWN_PEER "unknown@invalid" /* nothing in the mail says who wrote it */

/* A receipt only where a machine returns a mail of ours: what a person may have written is a message, whatever its
 * subject says. Everything in *l is the arena's or *in's. A negative E_* when something could not be kept: nothing was
 * lost, try again. */
int letter_read(struct arena *a, const struct letter_in *in, struct letter *l, struct err *e) XQ_MUST_CHECK;

#endif
