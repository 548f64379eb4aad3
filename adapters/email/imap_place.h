/* Where a mailbox was left, as the gateway keeps it with each mail: "UIDVALIDITY:UID USER". It is the user's, for another account
 * under the same URL has mails and numbers of its own; versions before this one named nobody. Pure; thread: any. */
#ifndef XQ_EMAIL_IMAP_PLACE_H
#define XQ_EMAIL_IMAP_PLACE_H

#include <stdbool.h>
#include <stdint.h>

enum { IMAP_PLACE_MAX = 256 };

void imap_place_write(uint32_t validity, uint32_t uid, const char *user, char out[IMAP_PLACE_MAX]);
/* false, and nothing is changed: there is none, or it is another user's. */
bool imap_place_read(const char *value, const char *user, uint32_t *validity, uint32_t *uid);

#endif
