/* What came in, once. Conventions as in store.h. */
#ifndef XQ_STORE_INTAKE_H
#define XQ_STORE_INTAKE_H

#include "gateway/store/store.h"

struct intake_row { uint64_t message; int64_t seq; const char *ticket; const char *reason; int64_t at; unsigned outcome;
	bool elsewhere; /* found: another gateway of this store took it, or may have (of a piece it is not known) */
};
/* (channel, external id): E_NOTFOUND when it never came. */
int intake_find(struct tx *, const char *channel, const char *external_id, struct intake_row *);
/* The citizen's newest whole message of this fingerprint, if it came after `since` and among the last of his conversation. */
int intake_said(struct tx *, const char *channel, const char *peer, const char *fingerprint, int64_t since, struct intake_row *);
/* 1: the message is of this citizen and fingerprint, or, where it has none (from an earlier version), of these words; 0: it is not. */
int intake_same(struct tx *, uint64_t message, const char *peer, const char *text, const char *fingerprint);
/* E_EXISTS when it is there. */
int intake_insert(struct tx *, const char *channel, const char *external_id, const struct intake_row *);
/* The same, over a row that is there already (fingerprints recur). */
int intake_replace(struct tx *, const char *channel, const char *external_id, const struct intake_row *);

#endif
