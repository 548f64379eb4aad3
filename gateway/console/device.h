/* Browsers that somebody has logged in with before: strangers who try passwords do not keep them out (tries.h). A cookie of
 * its own knows the last eight accounts of a browser, for 180 days from the last login each. It names them by a keyed mark,
 * and lets nobody in: the password is asked as ever. It counts no more once the password was changed or the account
 * disabled. Pure. */
#ifndef XQ_CONSOLE_DEVICE_H
#define XQ_CONSOLE_DEVICE_H

#include "gateway/base/crypto.h"

#define DEVICE_COOKIE "xq_device"
enum { DEVICE_ID = 8, DEVICE_ID_TEXT = 2 * DEVICE_ID + 1, DEVICES_MAX = 8, DEVICE_ENTRY = 80,
	DEVICES_TEXT = DEVICES_MAX * (DEVICE_ENTRY + 1) + 1, DEVICE_LIFE_S = 180 * 24 * 3600 };

/* The browser's id with this account, by the cookie as it came; "": not known. generation: struct staff_row's. */
void device_find(const struct secret *, const char *cookie, const char *name, int64_t generation, int64_t now,
	char id[DEVICE_ID_TEXT]);
/* The cookie after a login: this account first, then the others of what came that still count. */
void device_add(const struct secret *, const char *cookie, const char *name, int64_t generation, int64_t now,
	const char *id, char out[DEVICES_TEXT]);

#endif
