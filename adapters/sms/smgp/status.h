/* Status values of SMGP (section 6.3): their words, and what each means for a part we sent. Pure. */
#ifndef XQ_SMGP_STATUS_H
#define XQ_SMGP_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/submit.h"

enum { SMGP_OK = 0, SMGP_BUSY = 1, SMGP_STRUCTURE = 10, SMGP_AUTH = 21 };

/* "busy (1)", written into out. Returns out. */
enum { SMGP_STATUS_MAX = 64 };
const char *smgp_status_words(uint32_t status, char out[SMGP_STATUS_MAX]);

/* The values after which a part is tried again: gateways have their own for flow control, from 128 on. */
enum { SMGP_RANGES_MAX = 32 };
struct smgp_ranges {
	struct { uint32_t from, to; } range[SMGP_RANGES_MAX];
	size_t count;
};
/* Adds "1" or "128-255"; false: it is neither, or holds 0, or there are too many. */
bool smgp_ranges_add(struct smgp_ranges *r, const char *item);
enum submit_answer smgp_status_answer(uint32_t status, const struct smgp_ranges *retry);

#endif
