/* Which conversation a mail belongs to.
 *
 * Our own mails carry a mark "x.TICKET.MSGID.MAC", all lower case: as the left side of the Message-ID
 * (<x.TICKET.MSGID.MAC@domain>) and, when reply_token is on, behind the plus sign of the address that answers go to
 * (12345+x.TICKET.MSGID.MAC@domain). It comes back in In-Reply-To, References, a recipient, or a bounce. Nobody without
 * the secret can make one, so a mark that verifies is believed whoever sent the mail.
 * Pure; thread: any. */
#ifndef XQ_EMAIL_THREAD_H
#define XQ_EMAIL_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/email/header.h"
#include "gateway/base/crypto.h"
#include "gateway/model/message.h"

enum { THREAD_MARK_MAX = 80, THREAD_MAC_CHARS = 16, THREAD_REFS_MAX = 50, THREAD_ID_MAX = 300 };

struct thread_mark {
	char mark[THREAD_MARK_MAX];   /* whole, as it was signed */
	char ticket[THREAD_MARK_MAX]; /* number; "" when the mail belonged to no ticket */
	uint64_t message;             /* msg_out.id */
};

/* ticket may be NULL. false: it does not fit into a mark. */
bool thread_sign(const struct secret *s, const char *ticket, uint64_t message, char out[THREAD_MARK_MAX]);
/* The first mark in p that verifies. From there on again with *at (an offset, 0 at first). */
bool thread_find(const struct secret *s, const char *p, size_t n, size_t *at, struct thread_mark *m);
/* The mark of a mail of ours that was returned: one on a Message-ID line. Others stand in every answer to it. */
bool thread_find_returned(const struct secret *s, const char *p, size_t n, struct thread_mark *m);

/* The ids "<…>" that a mail answers, nearest first: In-Reply-To, then References from the end; each once. */
size_t thread_refs(struct arena *a, const struct headers *h, const char **refs);
/* The mail's own Message-ID with its brackets, or NULL. */
const char *thread_message_id(struct arena *a, const struct headers *h);

/* The id under which the gateway knows a citizen's mail: "<message-id>#" and 24 base32 characters of SHA-256 over
 *     mailbox NUL Date NUL From NUL Subject NUL Content-Type NUL Content-Transfer-Encoding NUL hash of the body
 * where mailbox is our address without its subaddress, the fields are as written (unfolded), and the body is everything
 * below the header without CRs and without line ends at its end. Trace fields (Received, Return-Path, Delivered-To) are
 * left out, so an LMTP retry, a second recipient and the same mail read by IMAP have one key; two mails that share a
 * Message-ID but not their content have two. A mail without Message-ID has "#" and the hash alone, and then the
 * envelope's sender (may be NULL) and all its fields are hashed too, Received among them: equal words sent twice are two mails. */
const char *thread_external_id(struct arena *a, const struct headers *h, const char *mailbox, const char *sender,
	const char *body, size_t n);
/* The Message-ID in an external id; "" when it has none. */
const char *thread_id_of_external(struct arena *a, const char *external_id);

#endif
