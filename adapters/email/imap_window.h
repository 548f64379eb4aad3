/* Which numbers of a mailbox are searched for next, and which of those found are asked for: all that is new at once if one
 * line can hold the answer, else so many numbers at a time, for a mailbox may have few mails and numbers past 2^31. What the
 * server refused (imap_flight.h) is searched for along with it: somebody may have taken it away. Pure; thread: one. */
#ifndef XQ_EMAIL_IMAP_WINDOW_H
#define XQ_EMAIL_IMAP_WINDOW_H

#include "adapters/email/imap_flight.h"
#include "adapters/email/imap_line.h"

/* So many numbers fit one answer line (IMAP_LINE_MAX), whatever they are. */
enum { IMAP_UIDS_MAX = 40000 };

struct imap_window {
	uint32_t next_uid, exists;  /* as the server says when the mailbox is opened; 0: it does not */
	char which[IMAP_WHICH_MAX]; /* what is searched beside the numbers, until all was asked for once */
	uint32_t last;              /* asked for up to here */
	uint32_t end;               /* searched up to here */
	uint32_t *uid;              /* found; owned; room for IMAP_UIDS_MAX, while there are any */
	size_t uids, at;
	bool searched;              /* since the mailbox was opened */
	uint32_t said;              /* next_uid when it was opened before; 0: not yet */
};
/* The mailbox is opened (again): next_uid and exists come. */
void imap_window_open(struct imap_window *w);
void imap_window_fini(struct imap_window *w);
/* It is open. Do the numbers begin again, though UIDVALIDITY says nothing of it? The next mail's is less than it was or, at the first
 * opening, one that was asked for; not later, for some never count rightly. */
bool imap_window_again(struct imap_window *w);
/* Appends the next search. false: all was asked for. */
bool imap_window_next(struct imap_window *w, const struct imap_flight *f, struct buf *command);
/* The numbers of one "* SEARCH" line. */
void imap_window_take(struct imap_window *w, const struct imap_flight *f, const char *numbers);
/* The search is answered: w->uid[w->uids] is to be asked for, by number; new_first: what was refused comes last, for the
 * connection may end over it. One that was refused and is not there is forgotten and returned, then call it again; 0: none
 * (any more). */
uint32_t imap_window_found(struct imap_window *w, struct imap_flight *f, uint64_t now, bool new_first);
/* All behind `last` is searched for again. */
void imap_window_back(struct imap_window *w, uint32_t last);

#endif
