/* The IMAP puller: for mailboxes at a provider. Works by (UIDVALIDITY, UID), kept by the gateway in the transaction
 * that stores each mail, never by \Seen. A mail is flagged or moved only after it is on disk here; a crash in between
 * makes it come again and be found a duplicate. On the very first start only unseen mail is taken: a mailbox's past is
 * not news. Thread: the loop. */
#ifndef XQ_EMAIL_IMAP_H
#define XQ_EMAIL_IMAP_H

#include "adapters/email/mail_link.h"
#include "adapters/email/intake.h"

struct imap;
struct imap_config {
	struct mail_link_config link;
	const char *after;  /* "seen", "keep", "move:Folder" */
	unsigned poll_s;
	size_t max_size;    /* of a larger mail only so much is taken, and the text says so */
};
/* *c and its strings are borrowed for life. */
struct imap *imap_create(struct adapter *adapter, const struct adapter_host *host, const struct imap_config *c,
	struct intake *intake, void (*state)(struct adapter *, bool up, const char *words));
void imap_start(struct imap *i);
/* Ends the round after the mail under way; done(arg) later, once. */
void imap_drain(struct imap *i, void (*done)(void *arg), void *arg);
void imap_destroy(struct imap **i);

/* "imap(s)://host[:port]/MAILBOX", percent-coded UTF-8, INBOX when it names none. false: another kind of URL. Pure. */
bool imap_url_mailbox(const char *url, struct buf *name);

#endif
