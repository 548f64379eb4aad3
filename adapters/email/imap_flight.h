/* The mails of one mailbox that were read and are being stored, several at a time, and those that were stored and wait to
 * be flagged. The place kept with each mail never passes one that is not on disk yet, so after a crash the last few come
 * again and are found duplicates, and none is left out. Pure; thread: one. */
#ifndef XQ_EMAIL_IMAP_FLIGHT_H
#define XQ_EMAIL_IMAP_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { FLIGHT_SLOTS = 8, FLIGHT_FLAGS = 100, FLIGHT_TRIES = 8 };

struct imap_flight {
	uint32_t uid[FLIGHT_SLOTS]; /* 0: free */
	unsigned busy;
	uint32_t failed;            /* the lowest that was not stored; 0: none */
	uint32_t done[FLIGHT_FLAGS + FLIGHT_SLOTS];
	unsigned dones;
	uint32_t refused;           /* what the server did not give, so often */
	unsigned refusals;
};
/* The place to keep with the mail `uid`, which is about to begin: itself when all before it are stored. */
uint32_t flight_place(const struct imap_flight *f, uint32_t uid);
unsigned flight_begin(struct imap_flight *f, uint32_t uid); /* its slot; one must be free */
/* flag: it is to be flagged. */
void flight_end(struct imap_flight *f, unsigned slot, bool stored, bool flag);
void flight_failed(struct imap_flight *f, uint32_t uid); /* it was not stored */
/* The server did not give it. It may be in use there, or the server busy: false, it failed and comes again. true: it was asked
 * for FLIGHT_TRIES times and is to be left, for it must not hold up those behind it. */
bool flight_refused(struct imap_flight *f, uint32_t uid);
/* Must what is done be flagged before more begins? */
bool flight_flags_full(const struct imap_flight *f);
/* Appends what is done as an IMAP set, "2:4,9"; empty when there is none. Sorts it. */
void flight_set(struct imap_flight *f, struct buf *out);
enum imap_flag { FLAG_MARK, FLAG_COPY, FLAG_DELETE, FLAG_EXPUNGE };
/* Appends the command that marks what is done, or moves it to a folder (UTF-8, valid by imap_mailbox(); NULL: \Seen).
 * FLAG_MARK is the whole of it; the others are the parts of a move. */
void flight_command(struct imap_flight *f, enum imap_flag step, const char *folder, struct buf *out);

#endif
