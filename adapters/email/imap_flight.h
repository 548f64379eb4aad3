/* The mails of one mailbox that were read and are being stored, several at a time, those that were stored and wait to be
 * flagged, and those that the server refused to give. The place kept with each mail never passes one that is neither on disk
 * nor left for good, so after a crash the last few come again and are found duplicates, and none is left out but what the
 * server gives to nobody. Pure; thread: one. Times are milliseconds of any clock. */
#ifndef XQ_EMAIL_IMAP_FLIGHT_H
#define XQ_EMAIL_IMAP_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { FLIGHT_SLOTS = 8, FLIGHT_FLAGS = 100,
	FLIGHT_HOLDS = 4,     /* refusals of one alone until those behind it go on: it may be in use there, and what was written later comes later */
	FLIGHT_TRIES = 8,     /* refusals, each after the server gave others, until it is left */
	FLIGHT_SILENT = 3,    /* so many refused, and none given since: it is the server, not a mail */
	FLIGHT_PROBES = 16,   /* so many, and one more at a time is tried */
	FLIGHT_REFUSED = 500, /* at a time, as many as one command can name; those behind wait */
	FLIGHT_DELAY_MAX = 300000
};

struct imap_flight {
	uint32_t uid[FLIGHT_SLOTS]; /* 0: free */
	unsigned busy;
	uint32_t failed;            /* it and all behind it come again; 0: none do */
	uint32_t done[FLIGHT_FLAGS + FLIGHT_SLOTS];
	unsigned dones;
	unsigned given;             /* mails, so far */
	struct flight_refused {
		uint32_t uid;
		unsigned times;         /* refused; from FLIGHT_HOLDS on those behind it go on */
		unsigned tries;         /* of those, after others were given */
		unsigned given;         /* of the mailbox, when this was last counted */
		uint64_t next;          /* not asked for before */
	} refused[FLIGHT_REFUSED];
	unsigned refuseds;
};
/* The place to keep once the mail `uid` is stored (0: now), when all up to `last` was asked for. */
uint32_t flight_place(const struct imap_flight *f, uint32_t uid, uint32_t last);
unsigned flight_begin(struct imap_flight *f, uint32_t uid); /* its slot; one must be free */
/* flag: it is to be flagged. */
void flight_end(struct imap_flight *f, unsigned slot, bool stored, bool flag);
/* It could not be kept here. One that was refused before comes again by itself; another with all behind it. */
void flight_failed(struct imap_flight *f, uint32_t uid);
/* Where those that failed, and all behind, come again from: the number before them; 0 when none failed. */
uint32_t flight_back(struct imap_flight *f);
/* The numbers are another mailbox's. */
void flight_forget(struct imap_flight *f);

/* The server answered without the mail, or went away over it. now: when others can be asked for; soon: the first delay from
 * then on, each is twice the one before.
 * Those behind it go on unless f->failed is set. FLIGHT_LEFT: it is asked for no more, and the place may pass it. */
enum flight_refusal { FLIGHT_FIRST, FLIGHT_AGAIN, FLIGHT_LEFT };
enum flight_refusal flight_refused(struct imap_flight *f, uint32_t uid, uint64_t now, uint64_t soon);
/* The text of one came. After a silence all that was refused in it is asked for at once. */
void flight_given(struct imap_flight *f);
/* So many were refused for the first time since a mail was given. */
unsigned flight_silence(const struct imap_flight *f);
/* Until one of the refused may be asked for; `most` when none comes sooner. */
uint64_t flight_wait(const struct imap_flight *f, uint64_t now, uint64_t most);
/* Appends the refused up to `last` as what a search begins with, "2:4,9,"; nothing when there are none. */
void flight_ask(const struct imap_flight *f, uint32_t last, struct buf *out);
bool flight_is_refused(const struct imap_flight *f, uint32_t uid);
/* uid[n], sorted, is what is there of the refused and all behind them through `end`. One that is not there was taken away: it
 * is forgotten and returned; 0: there is none (any more). */
uint32_t flight_missing(struct imap_flight *f, const uint32_t *uid, size_t n, uint32_t end);
/* Leaves in uid[n] what may be asked for now; how many. */
size_t flight_due(const struct imap_flight *f, uint32_t *uid, size_t n, uint64_t now);

/* Must what is done be flagged before more begins? */
bool flight_flags_full(const struct imap_flight *f);
/* Appends what is done as an IMAP set, "2:4,9"; empty when there is none. Sorts it. */
void flight_set(struct imap_flight *f, struct buf *out);
enum imap_flag { FLAG_MARK, FLAG_COPY, FLAG_DELETE, FLAG_EXPUNGE };
/* Appends the command that marks what is done, or moves it to a folder (UTF-8, valid by imap_mailbox(); NULL: \Seen).
 * FLAG_MARK is the whole of it; the others are the parts of a move. */
void flight_command(struct imap_flight *f, enum imap_flag step, const char *folder, struct buf *out);

#endif
