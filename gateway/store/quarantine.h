/* Kept aside. Conventions as in store.h. */
#ifndef XQ_STORE_QUARANTINE_H
#define XQ_STORE_QUARANTINE_H

#include "gateway/store/store.h"

struct quarantine_row {
	uint64_t id;
	const char *channel, *reason, *peer, *note;
	const void *raw;        /* what of it people read */
	size_t n;
	const char *raw_sha256; /* of the whole of it, or NULL */
	const void *whole;      /* that, where it is not a blob, or NULL; not read back (store/raw.h) */
	size_t whole_n;
	int64_t at;
};
enum { QUARANTINE_RAW_MAX = 64 * 1024 }; /* more is cut, and the note says so */
int quarantine_insert(struct tx *, struct quarantine_row *); /* gives it its id */
/* Newest first. */
int quarantine_get(struct tx *, uint64_t id, struct quarantine_row *); /* E_NOTFOUND */
int quarantine_list(struct tx *, uint64_t after, unsigned limit, struct quarantine_row **, size_t *n);
/* Seals by the key in use up to `limit` of those above `after`. *last: where it came to; *n: how many it looked at. */
int quarantine_seal_again(struct tx *, uint64_t after, unsigned limit, uint64_t *last, size_t *n);

#endif
