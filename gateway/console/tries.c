#include "gateway/console/tries.h"

#include <string.h>

#include "gateway/base/pace.h"
#include "gateway/flow/paces.h"
#include "gateway/store/login_try.h"

enum { TRIES = 5, ALL_TRIES = 60, WINDOW_MS = 3600 * 1000 };
static const char ALL[] = "";

/* A source that is shut is further ahead than a pace ever runs. */
static bool source_shut(int64_t due, int64_t now)
{
	return due > now + WINDOW_MS;
}

static bool all_left(int64_t due, int64_t now)
{
	return pace(&due, now, ALL_TRIES, WINDOW_MS) == 0;
}

/* Whether it is shut from now on. */
static bool source_count(int64_t *due, int64_t now)
{
	if (source_shut(*due, now))
		return false;
	(void)pace(due, now, TRIES, WINDOW_MS);
	int64_t next = *due;
	if (pace(&next, now, TRIES, WINDOW_MS) == 0)
		return false;
	*due = now + WINDOW_MS + TRIES_SHUT_MS;
	return true;
}

int tries_look(struct tx *tx, const struct secret *secret, const char *name, bool there, const char *network,
	const char *device, struct tries *t)
{
	/* No account's name has a question mark. */
	const char *counted = there ? name : arena_printf(tx_arena(tx), "?%.2s", paces_mark(tx, secret, name));
	*t = (struct tries){ .name = counted,
		.network = arena_printf(tx_arena(tx), "network %s", paces_mark(tx, secret, network)),
		.device = *device ? arena_printf(tx_arena(tx), "device %s", device) : NULL };
	int rc = login_try_get(tx, counted, ALL, &t->all_due);
	if (rc == 0)
		rc = login_try_get(tx, counted, t->network, &t->network_due);
	return rc == 0 && t->device ? login_try_get(tx, counted, t->device, &t->device_due) : rc;
}

static bool known(const struct tries *t, int64_t now)
{
	return t->device && !source_shut(t->device_due, now);
}

bool tries_left(const struct tries *t, int64_t now)
{
	return known(t, now) || (!source_shut(t->network_due, now) && all_left(t->all_due, now));
}

int tries_count(struct tx *tx, struct tries *t, bool *shut)
{
	int64_t now = tx_now(tx);
	int rc = login_try_drop(tx, now);
	*shut = false;
	if (rc == 0 && known(t, now)) {
		*shut = source_count(&t->device_due, now);
		rc = login_try_put(tx, t->name, t->device, t->device_due);
	} else if (rc == 0) {
		if (!tries_left(t, now))
			return login_try_put(tx, t->name, ALL, t->all_due);
		(void)pace(&t->all_due, now, ALL_TRIES, WINDOW_MS);
		rc = login_try_put(tx, t->name, ALL, t->all_due);
	}
	/* A browser's wrong ones are its network's too, or it would have as many again as a stranger there. */
	*shut = source_count(&t->network_due, now) || *shut;
	return rc == 0 ? login_try_put(tx, t->name, t->network, t->network_due) : rc;
}

int tries_end(struct tx *tx, const struct tries *t)
{
	int rc = t->network_due ? login_try_put(tx, t->name, t->network, 0) : 0;
	return rc == 0 && t->device_due ? login_try_put(tx, t->name, t->device, 0) : rc;
}

int tries_shut(struct tx *tx, const char *name, bool *shut)
{
	int64_t n = 0, now = tx_now(tx);
	int rc = login_try_later(tx, name, now + WINDOW_MS, now + WINDOW_MS - WINDOW_MS / ALL_TRIES, &n);
	*shut = n > 0;
	return rc;
}
