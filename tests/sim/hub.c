#include "tests/sim/hub.h"

#include <stdlib.h>

#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { LINKS_MAX = 64, OUT_MAX = 4 << 20, OUT_FULL = 1 << 20, SEQUENCE_MAX = 0x7FFFFFFF };

/* --- one link --- */

static void flush(struct link *l)
{
	if (!l->out.len || l->ending)
		return;
	if (stream_write(l->stream, l->out.data, l->out.len) == 0)
		buf_clear(&l->out);
}

void link_end(struct link *l)
{
	if (l->ending)
		return;
	flush(l);
	l->ending = true;
	stream_close(l->stream, true);
}

bool link_takes(struct link *l)
{
	if (!depot_drops(&l->hub->depot))
		return !l->hub->depot.faults->mute;
	link_end(l);
	return false;
}

static bool has_room(const struct link *l)
{
	return l->receives && !l->ending && l->unanswered < l->hub->config.window &&
		l->out.len + stream_pending(l->stream) < OUT_FULL;
}

static void pump_link(struct link *l)
{
	struct hub *h = l->hub;
	while (!h->depot.faults->mute && has_room(l) && depot_has(&h->depot)) {
		uint32_t sequence = l->sequence = l->sequence >= SEQUENCE_MAX ? 1 : l->sequence + 1;
		if (l->slot[sequence % HUB_SLOTS].parcel)
			break; /* an old one is still unanswered in this place */
		struct parcel *p = depot_take(&h->depot);
		l->slot[sequence % HUB_SLOTS].sequence = sequence;
		l->slot[sequence % HUB_SLOTS].parcel = p;
		l->unanswered++;
		h->config.protocol->write(l, p, sequence);
	}
	flush(l);
}

void link_answered(struct link *l, uint32_t sequence, enum depot_answer answer, uint32_t status)
{
	size_t i = sequence % HUB_SLOTS;
	struct parcel *p = l->slot[i].parcel;
	if (depot_forgets(&l->hub->depot)) {
		link_end(l);
		return;
	}
	if (!p || l->slot[i].sequence != sequence)
		return;
	l->slot[i].parcel = NULL;
	l->unanswered--;
	depot_settle(&l->hub->depot, p, answer, status);
}

static void tell_links(struct hub *h)
{
	h->depot.watch.on_links(h->depot.watch.arg, hub_links(h));
}

void link_login(struct link *l, uint8_t version, bool transmits, bool receives)
{
	l->version = version;
	l->transmits = transmits;
	l->receives = receives;
	l->hub->depot.stats.logins++;
	tell_links(l->hub);
}

/* --- its stream --- */

static size_t on_data(struct stream *stream, void *owner, const uint8_t *p, size_t n)
{
	struct link *l = owner;
	const struct hub_protocol *protocol = l->hub->config.protocol;
	size_t used = 0, length = 0;
	int rc = 0;
	(void)stream;
	while (!l->ending && (rc = protocol->frame(p + used, n - used, &length)) > 0) {
		protocol->on_pdu(l, p + used, length);
		used += length;
	}
	if (rc < 0) {
		l->hub->depot.stats.malformed++;
		link_end(l);
	}
	flush(l);
	hub_pump(l->hub);
	return used;
}

static void on_drain(struct stream *stream, void *owner)
{
	(void)stream;
	struct link *l = owner;
	flush(l);
	pump_link(l);
}

static void on_close(struct stream *stream, void *owner, const char *reason)
{
	(void)stream;
	struct link *l = owner;
	if (!l)
		return;
	struct hub *h = l->hub;
	TAILQ_REMOVE(&h->links, l, next);
	/* Oldest first again: walk back from the newest, putting each at the head. */
	for (uint32_t back = 0; back < HUB_SLOTS; back++) {
		size_t i = (l->sequence - back) % HUB_SLOTS;
		if (l->slot[i].parcel)
			depot_put_back(&h->depot, l->slot[i].parcel);
	}
	if (l->version) {
		log_info("sim", "link ended", "reason=%s", reason ? reason : "");
		tell_links(h);
	}
	buf_fini(&l->out);
	free(l);
}

static const struct stream_ops ops = { NULL, on_data, on_drain, on_close };

static void on_accept(struct stream *stream, void *arg)
{
	struct hub *h = arg;
	struct link *l = mem_new(struct link);
	l->hub = h;
	l->stream = stream;
	buf_init(&l->out, OUT_MAX);
	TAILQ_INSERT_TAIL(&h->links, l, next);
	stream_set_owner(stream, l);
}

/* --- all links --- */

unsigned hub_links(const struct hub *h)
{
	unsigned n = 0;
	struct link *l;
	TAILQ_FOREACH(l, &h->links, next)
		n += l->version != 0;
	return n;
}

void hub_pump(struct hub *h)
{
	struct link *l;
	TAILQ_FOREACH(l, &h->links, next)
		pump_link(l);
}

void hub_cut(struct hub *h)
{
	struct link *l;
	TAILQ_FOREACH(l, &h->links, next)
		link_end(l);
}

/* --- as a carrier --- */

static unsigned links(void *arg)
{
	return hub_links(arg);
}

static struct note *send_text(void *arg, struct phone *p, const char *text)
{
	struct hub *h = arg;
	return depot_text(&h->depot, p, text);
}

static void cut(void *arg)
{
	hub_cut(arg);
}

static json_t *stats(void *arg)
{
	const struct hub *h = arg;
	return depot_json(&h->depot, hub_links(h), h->config.protocol->logins, h->config.protocol->reports);
}

int hub_init(struct hub *h, uv_loop_t *loop, const struct hub_config *config, struct phones *phones, const struct sim_watch *watch,
	struct sim_faults *faults, void *owner, struct err *e)
{
	const struct stream_limits limits = { .in = config->protocol->pdu_max, .out = OUT_MAX };
	*h = (struct hub){ .config = *config, .carrier = { config->protocol->name, h, links, send_text, cut, stats } };
	TAILQ_INIT(&h->links);
	depot_init(&h->depot, loop, phones, watch, faults, config->number, &config->protocol->style, owner);
	h->listener = stream_listen(loop, config->host, config->port, LINKS_MAX, &ops, &limits, on_accept, h, e);
	return h->listener ? 0 : e->code;
}

void hub_fini(struct hub *h)
{
	if (h->listener)
		stream_listener_close(&h->listener);
	for (struct link *l; (l = TAILQ_FIRST(&h->links));) {
		TAILQ_REMOVE(&h->links, l, next);
		stream_set_owner(l->stream, NULL);
		stream_close(l->stream, false);
		for (size_t i = 0; i < HUB_SLOTS; i++)
			free(l->slot[i].parcel);
		buf_fini(&l->out);
		free(l);
	}
	depot_fini(&h->depot);
}

int hub_port(const struct hub *h)
{
	return stream_listener_port(h->listener);
}
