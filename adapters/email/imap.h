/* The IMAP puller of one mailbox at a provider. It reads the next mails while the last few are being stored
 * (imap_flight.h), so memory holds at most FLIGHT_SLOTS mails, large ones on disk (spool.h), however many wait. Works by
 * (UIDVALIDITY, UID), kept by the gateway in the transaction that stores each mail, never by \Seen. A mail is flagged or
 * moved only after it is on disk here; a crash in between makes it come again and be found a duplicate.
 * One that the server does not give, or over which the connection ends, says nothing for a minute or falls a minute behind
 * the pace (base/pace.h), is asked for again, first holding up those behind it, then beside them. Only when it was refused
 * FLIGHT_TRIES times, each after others were given, is it left there: the log and the quarantine ("mail-not-given") say
 * which, and what the server answered.
 * The state is down while there is no connection, and while FLIGHT_SILENT or more were refused and none was given since; a
 * connection that ends at a mail counts as its refusal alone.
 * On the very first start, and with another user, only unseen mail is taken: a mailbox's past is not news. Thread: the loop. */
#ifndef XQ_EMAIL_IMAP_H
#define XQ_EMAIL_IMAP_H

#include "adapters/email/mail_link.h"
#include "adapters/email/intake.h"

enum { IMAP_ANSWER_MS = 60000 };

struct imap;
struct imap_config {
	struct mail_link_config link;
	const char *mailbox; /* its UTF-8 name */
	const char *cursor;  /* the key its place is kept under */
	const char *after;  /* "seen", "keep", "move:Folder" */
	unsigned poll_s;
	unsigned answer_ms; /* for an answer; within a mail PACE_BYTES bring a second more, up to as much again */
	size_t max_size;    /* of a larger mail only so much is taken, and the text says so */
};
/* *c and its strings are borrowed for life. state(arg, …) hears when pulling works and when it does not. */
struct imap *imap_create(struct adapter *adapter, const struct adapter_host *host, const struct imap_config *c,
	struct intake *intake, void (*state)(void *arg, bool up, const char *words), void *arg);
void imap_start(struct imap *i);
/* Ends the round after the mail under way; done(arg) later, once. */
void imap_drain(struct imap *i, void (*done)(void *arg), void *arg);
void imap_destroy(struct imap **i);

#endif
