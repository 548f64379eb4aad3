/* Reports that machines write about a mail of ours: delivery (RFC 3464), reading (RFC 8098), complaint (RFC 5965).
 * A group of fields speaks of a recipient iff it has Final-Recipient: 163 leaves out the group of the message.
 * Pure; thread: any. */
#ifndef XQ_EMAIL_DSN_H
#define XQ_EMAIL_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/mem.h"
#include "gateway/model/message.h"

enum dsn_kind { DSN_NONE, DSN_DELIVERY, DSN_READING, DSN_COMPLAINT };
struct dsn {
	enum dsn_kind kind;
	enum out_state state;  /* OUT_FAILED, OUT_ACCEPTED (delayed, relayed: still on its way), OUT_DELIVERED, OUT_READ */
	const char *recipient; /* addr-spec, or NULL */
	const char *reason;    /* "5.1.1 smtp; 550 …"; a complaint's type */
};
/* The kind of report a part of type message/`subtype` is. */
enum dsn_kind dsn_kind_of(const char *subtype);
/* p: the decoded part; kind: not DSN_NONE. Of several recipients the first that failed counts, else the first. d->kind
 * stays DSN_NONE when nothing was found. Memory is the arena's. */
void dsn_read(struct arena *a, enum dsn_kind kind, const char *p, size_t n, struct dsn *d);
/* The line of a bounce in free words that tells why: one with an SMTP code or an enhanced status, else NULL. */
const char *dsn_reason_in(struct arena *a, const char *text);
/* Does a bounce in free words, by subject and text, only tell of a delay? */
bool dsn_only_delayed(const char *subject, const char *text);

#endif
