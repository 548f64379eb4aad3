/* Authentication-Results (RFC 8601): what our own mail server found out about a mail's sender. Only fields that carry the
 * configured name count, and only those above the second Received: what stands lower came with the mail. The server must
 * take away such fields of its own name that strangers send. Pure; thread: any. */
#ifndef XQ_EMAIL_AUTHRES_H
#define XQ_EMAIL_AUTHRES_H

#include "adapters/email/header.h"

enum authres {
	AUTHRES_UNSAID, /* no server is configured */
	AUTHRES_PASS,   /* DMARC passed, or SPF or DKIM passed for the domain in From */
	AUTHRES_FAIL    /* a server is configured, and nothing it says vouches for From */
};
/* server: its name (authserv-id), or NULL. from: addr-spec. */
enum authres authres_judge(const struct headers *h, const char *server, const char *from);

#endif
