/* Who has which ticket open, and writes. */
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/console/live_internal.h"

enum { TYPING_MS = 3000 };

const char *presence_what(bool writing)
{
	return writing ? "writing" : "viewing";
}

json_t *presence_json(const char *number, const char *staff, const char *display, const char *what)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", "presence", "number", number, "staff", staff, "display",
		display, "what", what);
}

/* To all who may see the ticket; with what else has changed, or 500 pages would get a frame for every step of any of them. */
static void presence_tell(struct live *l, const struct viewer *v, const char *what)
{
	feed_presence(l, v->audience, presence_json(v->number, v->name, v->display, what));
}

/* The same person may have it open in another tab. */
bool presence_here(const struct live *l, uint64_t ticket, const char *staff, const struct viewer *but)
{
	for (const struct viewer *u = l->viewers; u != NULL; u = u->next)
		if (u != but && u->known && u->ticket == ticket && strcmp(u->name, staff) == 0)
			return true;
	return false;
}

void presence_leave(struct live *l, struct viewer *v)
{
	if (v->ticket == 0)
		return;
	if (!presence_here(l, v->ticket, v->name, v)) {
		afar_say(l, v, "gone");
		if (!afar_there(l, v->ticket, v->name))
			presence_tell(l, v, "gone");
	}
	v->ticket = 0;
	v->writing = false;
}

void presence_all(struct live *l, struct viewer *to)
{
	json_t *items = json_array();
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v != to && v->known && v->ticket && sees(to, v->audience))
			must(json_array_append_new(items, presence_json(v->number, v->name, v->display, presence_what(v->writing))) == 0);
	afar_list(l, to, items);
	json_t *o = json_pack("{s:s, s:o}", "type", "batch", "items", items);
	char *text = json_dumps(o, JSON_COMPACT);
	if (json_array_size(items) > 0)
		(void)ws_send(to->ws, text, strlen(text));
	free(text);
	json_decref(o);
}

static void citizen_typing(struct live *l, struct viewer *v)
{
	int64_t now = clock_monotonic();
	if (!v->writing || now - v->typed_at < TYPING_MS)
		return;
	v->typed_at = now;
	struct signal s = { .what = SIGNAL_TYPING, .peer = v->peer };
	flow_signal(l->console->set.flow, v->channel, &s);
}

void citizen_seen(struct live *l, const char *channel, const char *peer, const char *ticket, int64_t seq)
{
	struct signal s = { .what = SIGNAL_SEEN, .peer = peer, .ticket = ticket, .seq = seq };
	if (seq > 0)
		flow_signal(l->console->set.flow, channel, &s);
}

void presence_set(struct live *l, struct viewer *v, bool writing, bool news)
{
	news |= v->writing != writing;
	v->writing = writing;
	v->until = clock_monotonic() + PRESENCE_MS;
	if (news)
		presence_tell(l, v, presence_what(v->writing));
	afar_say(l, v, presence_what(v->writing));
	citizen_typing(l, v);
}
