/* The digests of CMPP's CONNECT, and its status codes. Pure; any thread. */
#ifndef XQ_CMPP_LOGIN_H
#define XQ_CMPP_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/crypto.h"

enum { CMPP_SP_ID_MAX = 6, CMPP_SECRET_MAX = 64 };
enum { CMPP_LOGIN_OK = 0, CMPP_LOGIN_VERSION_TOO_HIGH = 4 };

/* MD5(Source_Addr, nine NULs, secret, timestamp as ten digits). padded: a Source_Addr below six characters is filled
 * up with NULs first; peers disagree there. */
void cmpp_authenticator(const char *source_addr, bool padded, const char *secret, uint32_t timestamp,
	uint8_t out[MD5_LEN]);
/* Is this what a server that knows the secret answers to `ours`? MD5(Status, ours, secret), where some servers write
 * Status in one octet and some in four, in either version: both are right. */
bool cmpp_server_proved(const uint8_t proof[MD5_LEN], uint32_t status, const uint8_t ours[MD5_LEN], const char *secret);

/* The version to ask for next where `asked` was refused as too high: the one offered if it is lower, else 2.0 after
 * 3.0, else `configured` again. */
uint8_t cmpp_next_version(uint8_t asked, uint8_t offered, uint8_t configured);

const char *cmpp_login_words(uint32_t status);

#endif
