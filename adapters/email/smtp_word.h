/* SMTP's words: one reply taken apart, and what it means for a mail. Pure; thread: any. */
#ifndef XQ_EMAIL_SMTP_WORD_H
#define XQ_EMAIL_SMTP_WORD_H

#include <stddef.h>

#include "gateway/adapter.h"

/* How far a mail has come. CONTENT: its last byte has not been given away, so nobody can have it. */
enum smtp_step { SMTP_CONNECTING, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_CONTENT, SMTP_ANSWER };

struct smtp_verdict {
	enum sent sent;
	unsigned retry_ms; /* SENT_RETRY: not before; 0: the gateway's back-off */
};
/* What an answer other than the one hoped for means; code 0: the connection was lost or nothing came. words: the reply's
 * last line. Its enhanced status (RFC 3463) outranks the code: "550 4.7.1" is a retry, and so are a full mailbox
 * (5.2.2), a full system (5.3.1, 5.3.2), congestion (5.4.5) and providers that say "frequency limited". */
struct smtp_verdict smtp_verdict(enum smtp_step step, unsigned code, const char *words);
/* One whole reply, of one or more lines, at the front of p: its length, or 0 when more must come. *code: 0 when it is
 * no SMTP. *words: its last line, without the end, *n bytes. */
size_t smtp_reply(const char *p, size_t len, unsigned *code, const char **words, size_t *n);

#endif
