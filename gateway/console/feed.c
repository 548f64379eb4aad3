/* Changes of the store become frames: gathered for a moment, made once for all who see the same. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/console/live_internal.h"
#include "gateway/console/seats.h"
#include "gateway/console/shape.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"

enum { GATHER_LEAST_MS = 4, GATHER_MOST_MS = 150, VIEWERS_A_MS = 4, ITEMS_MAX = 4000, FRAME_TICKETS = 60, FRAME_MAX = 64 << 20 };

/* Frames a second stay below a bound, however many read: each costs every reader one. */
static uint64_t gather_ms(const struct live *l)
{
	unsigned ms = l->count / VIEWERS_A_MS;
	return ms < GATHER_LEAST_MS ? GATHER_LEAST_MS : ms > GATHER_MOST_MS ? GATHER_MOST_MS : ms;
}

bool sees(const struct viewer *v, const char *audience)
{
	size_t n = strlen(v->department);
	if (v->role != ROLE_DEPARTMENT)
		return true;
	for (const char *at = n ? audience : NULL; at != NULL && (at = strstr(at, v->department)) != NULL; at++)
		if (at > audience && at[-1] == ',' && at[n] == ',')
			return true;
	return false;
}

char *audience_of(const struct ticket_row *t)
{
	return mem_printf(",%s%s", t->department, t->helpers && *t->helpers ? t->helpers : ",");
}

bool links(const struct viewer *v, const struct ticket_row *t)
{
	const struct who w = { .role = v->role, .name = v->name, .department = v->department };
	return who_may_link(&w, t, t);
}

void copy_text(char *out, size_t size, const char *s)
{
	(void)snprintf(out, size, "%s", s ? s : "");
}

/* --- gathering --- */

static void flush(uv_timer_t *t);

void item_free(struct item *i)
{
	free(i->audience);
	free(i->json);
}

/* Takes audience and o. */
static void item_add(struct live *l, enum item_kind kind, uint64_t ticket, char *audience, json_t *o)
{
	if (l->items == l->item_room) {
		l->item_room = l->item_room ? l->item_room * 2 : 64;
		l->item = mem_realloc(l->item, l->item_room * sizeof *l->item);
	}
	struct item *i = &l->item[l->items++];
	must(o != NULL);
	*i = (struct item){ .kind = kind, .ticket = ticket, .audience = audience, .json = json_dumps(o, JSON_COMPACT) };
	must(i->json != NULL);
	json_decref(o);
	if (!l->gathering) {
		l->gathering = true;
		must(uv_timer_start(&l->gather, flush, gather_ms(l), 0) == 0);
	}
}

static bool anybody_at(const struct live *l, uint64_t ticket)
{
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v->known && v->ticket == ticket)
			return true;
	return false;
}

/* A later state of the same ticket takes the earlier one's place. */
static void drop_earlier(struct live *l, uint64_t ticket)
{
	for (size_t i = l->items; i-- > 0;) {
		if (l->item[i].kind != ITEM_TICKET || l->item[i].ticket != ticket)
			continue;
		item_free(&l->item[i]);
		memmove(&l->item[i], &l->item[i + 1], (l->items - i - 1) * sizeof *l->item);
		l->items--;
		return;
	}
}

static size_t slot_of(uint64_t ticket)
{
	return (size_t)((ticket * 0x9e3779b97f4a7c15ull) >> 52) % SEEN_SLOTS;
}

/* The department it was with is told, and whoever of it had the ticket open is no longer there. */
static void moved(struct live *l, const struct ticket_row *t)
{
	size_t slot = slot_of(t->id);
	const char *before = l->seen[slot].department;
	if (l->count > 0 && l->seen[slot].ticket == t->id && *before && strcmp(before, t->department) != 0)
		item_add(l, ITEM_GONE, t->id, mem_printf(",%s,", before), json_pack("{s:s, s:s}", "type", "gone", "number", t->number));
	live_remember(l, t->id, t->department);
	char *audience = audience_of(t);
	for (struct viewer *v = l->viewers; v != NULL; v = v->next) {
		if (!v->known || v->ticket != t->id)
			continue;
		copy_text(v->audience, sizeof v->audience, audience);
		v->links = links(v, t);
		if (!sees(v, audience))
			v->ticket = 0;
	}
	afar_moved(l, t->id, audience);
	free(audience);
}

void live_remember(struct live *l, uint64_t ticket, const char *department)
{
	size_t slot = slot_of(ticket);
	l->seen[slot].ticket = ticket;
	copy_text(l->seen[slot].department, DEPARTMENT_MAX, department);
}

static void on_ticket(struct live *l, const struct ticket_row *t)
{
	moved(l, t);
	seats_kick(l->console->seats); /* somebody may be at another node's console */
	if (l->count == 0)
		return;
	tally_soon(l->tally);
	drop_earlier(l, t->id);
	item_add(l, ITEM_TICKET, t->id, audience_of(t), json_pack("{s:s, s:o}", "type", "ticket", "ticket",
		shape_ticket(t, false)));
}

static void on_message(struct live *l, const struct ticket_row *t, const struct message_row *m)
{
	if (!anybody_at(l, t->id))
		return;
	item_add(l, ITEM_OPEN, t->id, audience_of(t), json_pack("{s:s, s:s, s:o}", "type", "message", "number", t->number,
		"message", shape_message(m, false)));
	if (m->from == FROM_CITIZEN && m->conversation == t->conversation)
		citizen_seen(l, t->channel, t->peer, t->number, m->seq);
}

/* An out state may come without its ticket: then those who have it open know its number. */
static void on_out(struct live *l, const struct message_row *m)
{
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next) {
		if (!v->known || v->ticket != m->ticket)
			continue;
		item_add(l, ITEM_OPEN, m->ticket, mem_strdup(v->audience), json_pack("{s:s, s:s, s:o, s:s, s:o}", "type", "out",
			"number", v->number, "id", shape_id(m->id), "state", sm_name(&out_machine, (unsigned)m->out_state), "error",
			m->out_error && *m->out_error ? shape_text(m->out_error) : json_null()));
		return;
	}
}

void feed_presence(struct live *l, const char *audience, json_t *o)
{
	item_add(l, ITEM_PRESENCE, 0, mem_strdup(audience), o);
}

void live_tell_at(struct live *l, uint64_t ticket, json_t *o)
{
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v->known && v->ticket == ticket) {
			item_add(l, ITEM_OPEN, ticket, mem_strdup(v->audience), o);
			return;
		}
	json_decref(o);
}

void live_tell_staff(struct live *l, const char *staff, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	must(text != NULL);
	struct ws_shared *s = ws_shared_create(text, strlen(text));
	for (struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v->known && strcmp(v->name, staff) == 0)
			feed_send(l, v, s);
	ws_shared_release(s);
	free(text);
	json_decref(o);
}

void live_tell_draft(struct live *l, const char *staff, const json_t *draft)
{
	json_t *o = json_copy((json_t *)(uintptr_t)draft);
	must(o != NULL && json_object_set_new(o, "type", json_string("draft")) == 0);
	live_tell_staff(l, staff, o);
}

void feed_changes(void *arg, const struct change *c, size_t n)
{
	struct live *l = arg;
	for (size_t i = 0; i < n && !l->closing; i++) {
		if (c[i].kind == CHANGE_OUT_STATE && c[i].message != NULL && c[i].message->out_state >= 0)
			on_out(l, c[i].message);
		else if (c[i].kind == CHANGE_MESSAGE && c[i].ticket != NULL)
			on_message(l, c[i].ticket, c[i].message);
		else if (c[i].kind == CHANGE_TICKET)
			on_ticket(l, c[i].ticket);
	}
	if (l->items >= ITEMS_MAX)
		flush(&l->gather);
}

/* --- sending --- */

static bool item_for(const struct item *i, const struct viewer *v)
{
	switch (i->kind) {
	case ITEM_TICKET:
	case ITEM_PRESENCE:
		return sees(v, i->audience);
	case ITEM_GONE:
		return v->role == ROLE_DEPARTMENT && sees(v, i->audience);
	default:
		return v->ticket == i->ticket && sees(v, i->audience);
	}
}

/* Tickets beyond the newest few are only counted: nobody reads them as they fly by, and the list can be asked for. */
static size_t tickets_over(const struct live *l, const struct viewer *v)
{
	size_t n = 0;
	for (size_t i = 0; i < l->items; i++)
		n += l->item[i].kind == ITEM_TICKET && item_for(&l->item[i], v);
	return n > FRAME_TICKETS ? n - FRAME_TICKETS : 0;
}

/* One frame of the items that v may see; open: of those for the ticket v has open, else of the rest. NULL: none. */
static struct ws_shared *frame(const struct live *l, const struct viewer *v, bool open)
{
	struct buf b;
	unsigned n = 0;
	size_t over = open ? 0 : tickets_over(l, v), passed = 0;
	buf_init(&b, FRAME_MAX);
	buf_adds(&b, "{\"type\":\"batch\",\"items\":[");
	if (over > 0) {
		buf_addf(&b, "{\"type\":\"more\",\"n\":%zu}", over);
		n = 1;
	}
	for (size_t i = 0; i < l->items; i++) {
		if ((l->item[i].kind == ITEM_OPEN) != open || !item_for(&l->item[i], v) ||
			(l->item[i].kind == ITEM_TICKET && passed++ < over))
			continue;
		if (n++)
			buf_addc(&b, ',');
		buf_adds(&b, l->item[i].json);
	}
	buf_adds(&b, "]}");
	struct ws_shared *s = n ? ws_shared_create(buf_str(&b), b.len) : NULL;
	buf_fini(&b);
	return s;
}

/* Two viewers of one group see the same tickets. */
static bool same_group(const struct viewer *a, const struct viewer *b)
{
	bool da = a->role == ROLE_DEPARTMENT, db = b->role == ROLE_DEPARTMENT;
	return da == db && (!da || strcmp(a->department, b->department) == 0);
}

void feed_send(struct live *l, struct viewer *v, struct ws_shared *s)
{
	if (s != NULL && v->ws != NULL && ws_send_shared(v->ws, s))
		metric_add(l->sent, 1);
}

static void send_group(struct live *l, struct viewer *first)
{
	struct ws_shared *s = frame(l, first, false);
	for (struct viewer *v = first; s != NULL && v != NULL; v = v->next)
		if (v->known && same_group(first, v))
			feed_send(l, v, s);
	if (s != NULL)
		ws_shared_release(s);
}

static void send_open(struct live *l)
{
	bool any = false;
	for (size_t i = 0; i < l->items; i++)
		any |= l->item[i].kind == ITEM_OPEN;
	for (struct viewer *v = l->viewers; any && v != NULL; v = v->next) {
		struct ws_shared *s = v->known && v->ticket ? frame(l, v, true) : NULL;
		feed_send(l, v, s);
		if (s != NULL)
			ws_shared_release(s);
	}
}

static void flush(uv_timer_t *t)
{
	struct live *l = t->data;
	l->gathering = false;
	(void)uv_timer_stop(&l->gather);
	for (struct viewer *v = l->viewers; v != NULL; v = v->next) {
		bool first = v->known;
		for (struct viewer *u = l->viewers; first && u != v; u = u->next)
			first = !u->known || !same_group(u, v);
		if (first)
			send_group(l, v);
	}
	send_open(l);
	for (size_t i = 0; i < l->items; i++)
		item_free(&l->item[i]);
	l->items = 0;
}
