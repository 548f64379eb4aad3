/* The mail that one FETCH brings, as its answer comes in: spooled, cut at the cap, and no other than the one that was asked
 * for. Thread: the loop. */
#ifndef XQ_EMAIL_IMAP_MAIL_H
#define XQ_EMAIL_IMAP_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/email/spool.h"

struct imap_mail {
	struct spool spool;
	uint32_t uid;   /* asked for */
	bool arriving;  /* its literal is being read */
	bool arrived;
	bool truncated;
	bool failed;    /* it could not be spooled */
};
void imap_mail_init(struct imap_mail *m);
/* Drops what is there; it is as after init. */
void imap_mail_drop(struct imap_mail *m);
/* The next is asked for. */
void imap_mail_ask(struct imap_mail *m, uint32_t uid);
/* Is the literal behind this line a mail's text, ours or another's? Ours is arriving from here on. */
bool imap_mail_literal(struct imap_mail *m, const char *line);
void imap_mail_bytes(struct imap_mail *m, const void *p, size_t n, size_t max);
/* An untagged answer is whole. */
void imap_mail_line(struct imap_mail *m);

#endif
