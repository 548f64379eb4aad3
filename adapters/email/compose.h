/* What we send: one mail to one citizen, as bytes ready for the wire (CRLF everywhere, base64 bodies, encoded header
 * words), so that nothing in a text can end the mail or forge a field. Pure; thread: any. */
#ifndef XQ_EMAIL_COMPOSE_H
#define XQ_EMAIL_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "adapters/email/thread.h"
#include "gateway/base/buf.h"
#include "gateway/model/message.h"

enum { COMPOSE_ID_MAX = THREAD_MARK_MAX + 260, COMPOSE_MAX = 8 << 20, COMPOSE_FILES_MAX = 22 << 20 /* of the files, as base64 */ };

struct compose {
	const struct msg_out *msg;
	const char *own;      /* our mailbox */
	const char *hotline;  /* the name in From */
	const char *language; /* when the message names none */
	const struct secret *secret;
	int64_t now;
	const struct buf *file; /* the bytes of msg->attachment, in their order; NULL when there are none */
	bool reply_token;     /* answers and bounces go to our address with the mark as subaddress */
};
/* Appends the mail. id: its Message-ID with brackets. sender: the envelope sender. false: the message cannot be a mail
 * (its peer is no address). */
bool compose_mail(const struct compose *c, struct buf *out, char id[COMPOSE_ID_MAX], char sender[MSG_PEER_MAX]);

#endif
