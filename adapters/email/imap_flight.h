/* The mails of one mailbox that were read and are being stored, several at a time, those that were stored and wait to be
 * flagged, and those that the server owes: it did not give them. The place kept with each mail never passes one that is not
 * on disk yet, so after a crash the last few come again and are found duplicates, and none is left out but what the server
 * never gives. Pure; thread: one. */
#ifndef XQ_EMAIL_IMAP_FLIGHT_H
#define XQ_EMAIL_IMAP_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { FLIGHT_SLOTS = 8, FLIGHT_FLAGS = 100,
	FLIGHT_HOLDS = 4,  /* tries for which those behind wait: it may be in use there, and what was written later comes later */
	FLIGHT_OWED = 16,  /* more at a time are the server's trouble */
	FLIGHT_TRIES = 8   /* rounds that gave others, until one is left */
};

struct imap_flight {
	uint32_t uid[FLIGHT_SLOTS]; /* 0: free */
	unsigned busy;
	uint32_t failed;            /* the lowest that was not stored; 0: none */
	uint32_t done[FLIGHT_FLAGS + FLIGHT_SLOTS];
	unsigned dones;
	uint32_t refused;           /* the server did not give it, so often, and those behind it wait */
	unsigned refusals;
	struct flight_owed { uint32_t uid; unsigned tries; bool now; } owed[FLIGHT_OWED]; /* now: in this round again */
	unsigned oweds;
	bool gave;                  /* the server gave a mail in this round */
	bool fresh;                 /* it refused one that it never did while it gave others */
	unsigned deaf;              /* so many rounds in a row it gave none */
};
/* The place to keep with the mail `uid`, which is about to begin: itself when all before it are stored. */
uint32_t flight_place(const struct imap_flight *f, uint32_t uid);
unsigned flight_begin(struct imap_flight *f, uint32_t uid); /* its slot; one must be free */
/* flag: it is to be flagged. */
void flight_end(struct imap_flight *f, unsigned slot, bool stored, bool flag);
void flight_failed(struct imap_flight *f, uint32_t uid); /* it was not stored */

/* A round: from the search for what is new until all that was found, and all that is owed, was asked for once.
 * The server did not give it. false: it failed and comes again, with those behind it. true: it is owed, and those behind it go on;
 * so it is for the second one at once, for whether the server gives anything shows in what is behind. */
bool flight_refused(struct imap_flight *f, uint32_t uid);
/* It was given, or is there no more. */
void flight_given(struct imap_flight *f, uint32_t uid);
void flight_gone(struct imap_flight *f, uint32_t uid);
/* What is owed up to the number `last`, sorted, into uid[FLIGHT_OWED]: to be asked for in this round. */
size_t flight_owed(const struct imap_flight *f, uint32_t last, uint32_t *uid);
/* The round is through. false: nothing was given: the server's trouble, not a mail's. */
bool flight_round(struct imap_flight *f);
/* One that was refused in FLIGHT_TRIES rounds which gave others: it is owed no more and left there. 0: there is none. */
uint32_t flight_leave(struct imap_flight *f);
/* Where those that failed, and all behind, come again from: the number before them; 0 when none failed. */
uint32_t flight_back(struct imap_flight *f);
/* The numbers are another mailbox's. */
void flight_forget(struct imap_flight *f);

/* Must what is done be flagged before more begins? */
bool flight_flags_full(const struct imap_flight *f);
/* Appends what is done as an IMAP set, "2:4,9"; empty when there is none. Sorts it. */
void flight_set(struct imap_flight *f, struct buf *out);
enum imap_flag { FLAG_MARK, FLAG_COPY, FLAG_DELETE, FLAG_EXPUNGE };
/* Appends the command that marks what is done, or moves it to a folder (UTF-8, valid by imap_mailbox(); NULL: \Seen).
 * FLAG_MARK is the whole of it; the others are the parts of a move. */
void flight_command(struct imap_flight *f, enum imap_flag step, const char *folder, struct buf *out);

#endif
