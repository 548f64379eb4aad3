/* Small secrets kept in the store: AES-256-GCM under a key made of the gateway's secret and a purpose. A value sealed for one
 * purpose and one owner opens for no other.
 * Thread: any; pure but for the system's random numbers. */
#ifndef XQ_BASE_SEAL_H
#define XQ_BASE_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/crypto.h"

enum { SEAL_PLAIN_MAX = 64, SEAL_TEXT = 2 * (SEAL_PLAIN_MAX + GCM_MORE) + 1 };

/* n up to SEAL_PLAIN_MAX; out is hex. */
void seal(const struct secret *s, const char *purpose, const char *owner, const void *plain, size_t n, char out[SEAL_TEXT]);
/* The plain bytes' number, or E_DENIED: not sealed by this secret for this purpose and owner, or changed since. */
int seal_open(const struct secret *s, const char *purpose, const char *owner, const char *sealed, uint8_t out[SEAL_PLAIN_MAX]);

#endif
