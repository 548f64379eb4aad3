/* The keys of the fields that identify a person: a file of its own, mode 0600, one line a generation, the newest last:
 *
 *	1 64 hexadecimal digits
 *	2 …
 *
 * What was sealed by an older generation is read as long as its line stands there. `#` begins a comment line.
 * Thread: any; blocks on the disk. */
#ifndef XQ_BASE_KEYRING_H
#define XQ_BASE_KEYRING_H

#include "gateway/base/crypto.h"

enum { KEYRING_MAX = 16, KEYRING_GENERATION_MAX = 9999 };

struct keyring {
	struct { unsigned generation; uint8_t key[SECRET_LEN]; } of[KEYRING_MAX]; /* rising */
	size_t n;
};
/* E_NOTFOUND when there is no such file; E_CONFIG when others may read it; E_CORRUPT. On failure *k is empty. */
int keyring_load(struct keyring *k, const char *path, struct err *e) XQ_MUST_CHECK;
/* Adds a new generation, the newest, and puts the file on disk; it is made where there is none (mode 0600);
 * E_EXISTS when *k is empty and there is one meanwhile. E_RANGE: no line is free. */
int keyring_add(struct keyring *k, const char *path, struct err *e) XQ_MUST_CHECK;
/* Wipes the keys. */
void keyring_fini(struct keyring *k);

#endif
