/* Files of messages, and what a scanner said of them. Conventions as in store.h. */
#ifndef XQ_STORE_ATTACHMENT_H
#define XQ_STORE_ATTACHMENT_H

#include "gateway/store/store.h"

enum scan { SCAN_NONE, SCAN_WAITING, SCAN_CLEAN, SCAN_INFECTED }; /* waiting: held until a scanner has answered */
struct attachment_row { uint64_t id; const char *name, *type, *sha256; uint64_t size, ticket; unsigned scan; const char *scan_words; };
int attachment_get(struct tx *, uint64_t id, struct attachment_row *);
/* The next held one with an id above; E_NOTFOUND. */
int attachment_waiting(struct tx *, uint64_t after, struct attachment_row *);
/* Every held one with these bytes gets what the scanner said; they are listed as they were. */
int attachment_scanned(struct tx *, const char *sha256, enum scan, const char *words, struct attachment_row **, size_t *n);
/* What scanners have said of these bytes: bits 1 << enum scan; 0: no row has them. */
int attachment_states(struct tx *, const char *sha256, unsigned *states);
/* Nobody scans any more: what is held is let go. */
int attachment_release(struct tx *);

#endif
