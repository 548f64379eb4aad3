/* One logged-in IMAP connection on the loop: libcurl connects, speaks TLS and logs in on a worker (CONNECT_ONLY), then the
 * socket is ours. Thread: the loop. */
#ifndef XQ_EMAIL_IMAP_LINK_H
#define XQ_EMAIL_IMAP_LINK_H

#include <stddef.h>
#include <uv.h>

#include "adapters/email/smtp.h"

struct imap_link;
struct imap_link_config {
	const char *url; /* imap(s)://host:port/… ; copied, as are the others */
	const char *user, *password, *ca_file;
	enum mail_tls tls;
};
struct imap_link_ops {
	void (*on_open)(void *owner);
	void (*on_bytes)(void *owner, const char *p, size_t n);
	/* Once, not after imap_link_close(); why in words. The link is gone with it. */
	void (*on_close)(void *owner, const char *why);
};
/* Begins to connect; on_open or on_close follows. */
struct imap_link *imap_link_open(uv_loop_t *loop, const struct imap_link_config *c, const struct imap_link_ops *ops, void *owner);
void imap_link_write(struct imap_link *l, const void *p, size_t n); /* queued; a fault is told by on_close */
/* Stops and resumes reading: nothing is read while the gateway stores a mail. */
void imap_link_pause(struct imap_link *l, bool paused);
/* Forgets the owner and closes. */
void imap_link_close(struct imap_link **l);

#endif
