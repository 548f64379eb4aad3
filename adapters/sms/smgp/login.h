/* How the two ends of an SMGP link prove that they know the secret (section 5.2.2). Pure. */
#ifndef XQ_SMGP_LOGIN_H
#define XQ_SMGP_LOGIN_H

#include <stdint.h>

enum { SMGP_DIGEST = 16, SMGP_CLIENT_ID_MAX = 8, SMGP_SECRET_MAX = 15 };

/* AuthenticatorClient: MD5 of ClientID, 7 NULs, the secret and the time stamp in 10 digits. */
void smgp_client_digest(const char *client_id, const char *secret, uint32_t timestamp, uint8_t out[SMGP_DIGEST]);
/* AuthenticatorServer: MD5 of Status in its 4 octets, AuthenticatorClient and the secret. Gateways differ in how they
 * take the status, so a difference proves nothing. */
void smgp_server_digest(uint32_t status, const uint8_t client[SMGP_DIGEST], const char *secret, uint8_t out[SMGP_DIGEST]);

#endif
