/* A request as it was written, kept so that it can be written again. Pure. */
#ifndef XQ_SMS_KEPT_H
#define XQ_SMS_KEPT_H

#include <stddef.h>
#include <stdint.h>

struct kept {
	void *request;
	uint64_t key;
	unsigned sent; /* how often it was written */
	size_t n;
	uint8_t bytes[];
};
/* Written once, now. Copies p. */
struct kept *kept_create(uint64_t key, void *request, const void *p, size_t n);
/* Frees it; returns its request. */
void *kept_release(struct kept *k);

#endif
