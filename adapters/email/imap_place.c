#include "adapters/email/imap_place.h"

#include <stdio.h>
#include <string.h>

enum { USER_MAX = 200 }; /* of a longer one so much tells */

void imap_place_write(uint32_t validity, uint32_t uid, const char *user, char out[IMAP_PLACE_MAX])
{
	(void)snprintf(out, IMAP_PLACE_MAX, "%u:%u %.*s", validity, uid, USER_MAX, user);
}

bool imap_place_read(const char *value, const char *user, uint32_t *validity, uint32_t *uid)
{
	unsigned v, u;
	int n = 0;
	if (sscanf(value, "%u:%u%n", &v, &u, &n) != 2)
		return false;
	const char *whose = value + n;
	if (*whose && (*whose != ' ' || strncmp(whose + 1, user, USER_MAX) != 0))
		return false;
	*validity = v;
	*uid = u;
	return true;
}
