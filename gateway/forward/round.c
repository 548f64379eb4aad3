#include "gateway/forward/round.h"

#include <string.h>

#include "gateway/forward/body.h"
#include "gateway/store/event.h"
#include "gateway/store/place.h"

enum { RETRY_FIRST_MS = 5000, RETRY_MAX_MS = 3600 * 1000 };
/* So many tries are sooner made in a day of pauses, of RETRY_MAX_MS at most, than the day is over: of a clock that was put days ahead, and of
 * days in which nobody tried, nothing dies. */
enum { TRIES_A_DAY = 24 };

void round_init(struct round *r, const char *name, const struct forward_config *c)
{
	*r = (struct round){ .arena = arena_create(64 * 1024), .name = name, .config = c };
}

void round_fini(struct round *r)
{
	arena_destroy(&r->arena);
}

/* --- reading --- */

static struct item *item_add(struct round *r, const struct event_row *v, const char *body)
{
	must(r->items < ROUND_ITEMS);
	struct item *i = &r->item[r->items++];
	*i = (struct item){ .event = v->id, .ticket = v->ticket, .state = body ? ITEM_WAITING : ITEM_BEHIND,
		.body = body ? arena_strdup(r->arena, body) : NULL };
	return i;
}

static int read_aside(struct tx *tx, struct round *r)
{
	struct aside_row *a;
	size_t n;
	int rc = aside_due(tx, r->name, ROUND_ASIDE, &a, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct event_row v;
		const char *body = "{}";
		if ((rc = event_get(tx, a[i].event, &v)) < 0 || (rc = forward_body(tx, r->config, &v, &body)) < 0)
			break;
		struct item *it = item_add(r, &v, body ? body : "");
		it->again = true;
		it->before = a[i];
		if (rc == 0) /* the configuration no longer wants it */
			it->state = ITEM_DELIVERED;
		rc = 0;
	}
	return rc;
}

static int read_event(struct tx *tx, struct round *r, const struct event_row *v)
{
	const char *body;
	bool behind = false;
	int rc = forward_body(tx, r->config, v, &body);
	if (rc <= 0 || (rc = aside_blocks(tx, r->name, v->ticket, &behind)) < 0)
		return rc;
	(void)item_add(r, v, behind ? NULL : body);
	return 0;
}

int round_read(struct tx *tx, struct round *r, struct err *e)
{
	struct forward_row f;
	struct event_row *v;
	const char *next;
	size_t n = 0;
	r->items = 0; /* a read whose connection was lost runs again */
	int rc = forward_get(tx, r->name, &f);
	if (rc == 0) {
		r->from = r->to = arena_strdup(r->arena, f.place);
		rc = read_aside(tx, r);
	}
	if (rc == 0)
		rc = event_list(tx, f.place, ROUND_EVENTS, &v, &n, &next);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_event(tx, r, &v[i]);
	if (rc == 0)
		r->to = arena_strdup(r->arena, next);
	r->more = n == ROUND_EVENTS;
	return rc < 0 ? err_set(e, rc, "the events could not be read (%s)", err_name(rc)) : 0;
}

/* --- between --- */

static bool held_back(const struct round *r, const struct item *i)
{
	for (const struct item *b = r->item; b < i; b++)
		if (b->ticket == i->ticket && b->state == ITEM_SENDING)
			return true;
	return false;
}

struct item *round_next(struct round *r)
{
	for (size_t i = 0; i < r->items; i++)
		if (r->item[i].state == ITEM_WAITING && !held_back(r, &r->item[i]))
			return &r->item[i];
	return NULL;
}

void round_failed(struct round *r, struct item *i, bool busy, const char *error)
{
	i->state = ITEM_FAILED;
	i->busy = busy;
	i->error = arena_strdup(r->arena, error);
	for (struct item *b = i + 1; b < r->item + r->items; b++)
		if (b->ticket == i->ticket && b->state == ITEM_WAITING)
			b->state = ITEM_BEHIND;
}

void round_give_up(struct round *r)
{
	for (size_t i = 0; i < r->items; i++)
		if (r->item[i].state != ITEM_DELIVERED)
			r->item[i].state = ITEM_UNSENT;
}

bool round_goes_on(const struct round *r)
{
	for (size_t i = 0; i < r->items; i++)
		if (r->item[i].again && r->item[i].state == ITEM_DELIVERED)
			return true;
	return r->more;
}

const struct item *round_stuck(const struct round *r)
{
	const struct item *stuck = NULL;
	for (size_t i = 0; i < r->items; i++) {
		if (r->item[i].state == ITEM_DELIVERED)
			return NULL;
		if (!stuck && r->item[i].state == ITEM_FAILED && r->item[i].busy)
			stuck = &r->item[i];
	}
	return stuck;
}

/* --- storing --- */

static int64_t retry_in(const struct round *r, unsigned attempts)
{
	int64_t ms = RETRY_FIRST_MS;
	for (unsigned i = 1; i < attempts && ms < RETRY_MAX_MS; i++)
		ms *= 2;
	if (ms > RETRY_MAX_MS)
		ms = RETRY_MAX_MS;
	return ms / 2 + (int64_t)(r->jitter % (uint32_t)(ms / 2 + 1));
}

static int store_failed(struct tx *tx, const struct round *r, const struct item *i)
{
	int64_t now = tx_now(tx);
	struct aside_row a = { .event = i->event, .ticket = i->ticket, .attempts = i->again ? i->before.attempts + 1 : 1,
		.since = i->again && i->before.attempts > 0 ? i->before.since : now, .error = i->error };
	a.next_at = now + retry_in(r, a.attempts);
	a.dead = (int)a.attempts >= r->config->days * TRIES_A_DAY && now - a.since >= r->config->days * 24LL * 3600 * 1000;
	return aside_put(tx, r->name, &a);
}

static int store_item(struct tx *tx, const struct round *r, const struct item *i)
{
	switch (i->state) {
	case ITEM_DELIVERED:
		return i->again ? aside_drop(tx, r->name, i->event) : 0;
	case ITEM_FAILED:
		return store_failed(tx, r, i);
	case ITEM_BEHIND:
		return i->again ? 0 : aside_put(tx, r->name, &(struct aside_row){ .event = i->event, .ticket = i->ticket,
			.since = tx_now(tx), .error = "" });
	default:
		return 0;
	}
}

/* How many of the new events the place can go behind: all, or those before the first that must come again. What was
 * delivered behind that one comes twice, with the same webhook-id. */
static size_t done_with(const struct round *r, uint64_t *event, size_t *n)
{
	size_t i;
	*n = 0;
	for (i = 0; i < r->items; i++) {
		if (r->item[i].again)
			continue;
		if (r->item[i].state == ITEM_UNSENT)
			break;
		event[(*n)++] = r->item[i].event;
	}
	return i;
}

int round_store(struct tx *tx, struct round *r, struct err *e)
{
	uint64_t event[ROUND_ITEMS];
	size_t n, through = done_with(r, event, &n);
	const char *to = r->to;
	int rc = through < r->items ? place_behind(tx, r->from, event, n, &to) : 0;
	if (rc == 0 && strcmp(to, r->from) != 0)
		rc = forward_move(tx, r->name, r->from, to);
	bool moved = rc == E_CONFLICT; /* set back by a person meanwhile: it begins again from there */
	if (moved)
		rc = 0;
	for (size_t i = 0; rc == 0 && i < r->items; i++)
		if (r->item[i].again || (!moved && i < through))
			rc = store_item(tx, r, &r->item[i]);
	return rc < 0 ? err_set(e, rc, "what became of forwarded events could not be stored (%s)", err_name(rc)) : 0;
}
