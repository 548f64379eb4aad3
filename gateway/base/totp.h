/* One-time passwords by time, RFC 6238 with HMAC-SHA-1 and steps of 30 seconds, as every authenticator app makes them.
 * Thread: any; pure. */
#ifndef XQ_BASE_TOTP_H
#define XQ_BASE_TOTP_H

#include <stddef.h>
#include <stdint.h>

enum { TOTP_SECRET = 20, TOTP_STEP_S = 30, TOTP_DIGITS = 6, TOTP_WINDOW = 1 /* steps a clock may be off, each way */ };

/* The code of one step; digits 6 to 8. */
uint32_t totp_code(const void *key, size_t n, uint64_t step, unsigned digits);
/* The step whose code this is, within the window around `now` (ms) and after `used`, so that no code serves twice; or -1.
 * Blanks in the code are passed over. */
int64_t totp_find(const void *key, size_t n, const char *code, int64_t now, int64_t used);

#endif
