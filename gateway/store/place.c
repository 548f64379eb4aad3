/* A place among the events. Each node's events are committed in the order of their ids (a node's write transactions wait for
 * one another), but a node may commit lower ids than another did long ago: its transaction began before, or its clock is
 * behind. So a place is one id for each node, and nothing that is committed late is passed over. */
#include "gateway/store/place.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gateway/store/event_place.h"

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static const char *read_number(const char *s, uint64_t most, uint64_t *out)
{
	uint64_t v = 0;
	const char *p = s;
	for (; *p >= '0' && *p <= '9' && p - s < 19; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	*out = v;
	return p == s || v > most ? NULL : p;
}

static void fill(struct event_place *p, uint64_t id)
{
	for (unsigned i = 0; i < PLACE_NODES; i++)
		p->id[i] = id;
}

int place_read(struct event_place *p, const char *text)
{
	uint64_t id, node;
	const char *s = read_number(text, INT64_MAX, &id);
	fill(p, 0);
	if (s != NULL && *s == '\0') {
		fill(p, id);
		return 1;
	}
	for (s = text;; s++) {
		if ((s = read_number(s, PLACE_NODES - 1, &node)) == NULL || *s != '.' || (s = read_number(s + 1, INT64_MAX, &id)) == NULL)
			return -1;
		p->id[node] = id;
		if (*s != '-')
			return *s == '\0' ? 1 : -1;
	}
}

const char *place_text(struct arena *a, const struct event_place *p)
{
	struct buf b;
	buf_init(&b, PLACE_TEXT_MAX);
	for (unsigned i = 0; i < PLACE_NODES; i++)
		if (p->id[i])
			(void)buf_addf(&b, "%s%u.%" PRIu64, b.len ? "-" : "", i, p->id[i]);
	const char *text = b.len ? arena_strdup(a, buf_str(&b)) : "0";
	buf_fini(&b);
	return text;
}

const char *place_back(struct arena *a, const char *place, uint64_t event)
{
	struct event_place p;
	bool moved = false;
	if (place_read(&p, place) < 0)
		return NULL;
	for (unsigned i = 0; i < PLACE_NODES; i++) {
		moved = moved || p.id[i] > event;
		p.id[i] = lesser(p.id[i], event);
	}
	if (!moved)
		return NULL;
	return strchr(place, '.') ? place_text(a, &p) : arena_printf(a, "%" PRIu64, event);
}

/* --- how far each node is --- */

struct head {
	unsigned node;
	uint64_t last;
};

static void fill_head(struct row *r, void *out)
{
	struct head *h = out;
	h->node = row_uint(r);
	h->last = row_id(r);
}

int places_known(struct tx *tx, struct event_place *heads)
{
	struct head *h;
	size_t n;
	int rc = tx_all(tx, STMT_node_ids, NO_PARAMS, fill_head, sizeof *h, &h, &n);
	fill(heads, 0);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (h[i].node < PLACE_NODES)
			heads->id[h[i].node] = h[i].last;
	if (tx->write) /* its own are seen by a transaction before anybody else sees them */
		heads->id[tx->session->node] = greater(heads->id[tx->session->node], tx->session->head.last_id);
	return rc;
}

/* Nothing that lies before it is still to be read. */
static uint64_t lowest(const struct event_place *p, const struct event_place *heads)
{
	uint64_t low = UINT64_MAX;
	for (unsigned i = 0; i < PLACE_NODES; i++)
		if (p->id[i] < heads->id[i])
			low = lesser(low, p->id[i]);
	return low;
}

/* A node that never wrote stands at 0, also where one id was given for all. */
static void forget(struct event_place *p, const struct event_place *heads)
{
	for (unsigned i = 0; i < PLACE_NODES; i++)
		if (heads->id[i] == 0)
			p->id[i] = 0;
}

static void passed(struct event_place *p, const struct event_place *heads, uint64_t up_to)
{
	for (unsigned i = 0; i < PLACE_NODES; i++)
		p->id[i] = greater(p->id[i], lesser(heads->id[i], up_to));
}

/* One page of events by id, without those of nodes whose place is further on. */
static int read_page(struct tx *tx, const struct event_place *p, uint64_t *low, unsigned limit, struct event_row *rows, size_t *n)
{
	struct event_row *v;
	size_t got;
	int rc = event_page(tx, *low, limit, &v, &got);
	for (size_t i = 0; rc == 0 && i < got && *n < limit; i++) {
		*low = v[i].id;
		if (v[i].id > p->id[v[i].node])
			rows[(*n)++] = v[i];
	}
	return rc < 0 ? rc : got == limit;
}

int event_list(struct tx *tx, const char *after, unsigned limit, struct event_row **rows, size_t *n, const char **next)
{
	struct event_place p, heads;
	*n = 0;
	if (place_read(&p, after) < 0)
		return E_MALFORMED;
	int rc = places_known(tx, &heads); /* first: what is committed later is behind them */
	uint64_t low = lowest(&p, &heads);
	*rows = arena_alloc(tx->arena, limit * sizeof **rows);
	bool more = low != UINT64_MAX;
	while (rc >= 0 && more && *n < limit)
		more = (rc = read_page(tx, &p, &low, limit, *rows, n)) > 0;
	if (rc < 0)
		return rc;
	forget(&p, &heads);
	passed(&p, &heads, *n == limit ? (*rows)[limit - 1].id : UINT64_MAX);
	if (next != NULL)
		*next = place_text(tx->arena, &p);
	return 0;
}

int place_behind(struct tx *tx, const char *place, const uint64_t *event, size_t n, const char **behind)
{
	struct event_place p, heads;
	if (place_read(&p, place) < 0)
		return E_MALFORMED;
	int rc = places_known(tx, &heads);
	for (size_t i = 0; i < n; i++)
		p.id[id_node(event[i])] = greater(p.id[id_node(event[i])], event[i]);
	forget(&p, &heads);
	*behind = place_text(tx->arena, &p);
	return rc;
}

int event_newest(struct tx *tx, const char **place)
{
	struct event_place heads;
	int rc = places_known(tx, &heads);
	*place = place_text(tx->arena, &heads);
	return rc;
}
