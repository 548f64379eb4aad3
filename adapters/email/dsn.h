/* Delivery reports (RFC 3464): the part message/delivery-status. A group of fields speaks of a recipient iff it has
 * Final-Recipient: 163 leaves out the group of the message. Pure; thread: any. */
#ifndef XQ_EMAIL_DSN_H
#define XQ_EMAIL_DSN_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/mem.h"
#include "gateway/model/message.h"

struct dsn {
	bool found;            /* a recipient group was there */
	enum out_state state;  /* OUT_FAILED, OUT_ACCEPTED (delayed, relayed: still on its way), OUT_DELIVERED */
	const char *recipient; /* addr-spec */
	const char *reason;    /* "5.1.1 smtp; 550 …" */
};
/* p: the decoded part. The first failed recipient counts, else the first. Memory is the arena's. */
void dsn_read(struct arena *a, const char *p, size_t n, struct dsn *d);

#endif
