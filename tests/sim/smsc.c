#include "tests/sim/smsc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/stream.h"
#include "tests/sim/text.h"
#include "tests/sim/wire.h"

enum {
	BIND_RX = 1, BIND_TX = 2, SUBMIT = 4, DELIVER = 5, UNBIND = 6, BIND_TRX = 9, ENQUIRE = 0x15,
	OK = 0, INVALID_COMMAND_LENGTH = 2, INVALID_COMMAND = 3, INVALID_BIND_STATE = 4, ALREADY_BOUND = 5,
	BAD_PASSWORD = 0x0E, BAD_SYSTEM_ID = 0x0F, BAD_DEST = 0x0B, QUEUE_FULL = 0x14, THROTTLED = 0x58,
	SYSTEM_ERROR = 0x08, TEMPORARY = 0x64,
	TAG_ID = 0x001E, TAG_STATE = 0x0427, STATE_DELIVERED = 2, STATE_UNDELIVERABLE = 5,
	ESM_RECEIPT = 0x04, ESM_HEADER = 0x40, TON_INTERNATIONAL = 1, NPI_ISDN = 1, TON_UNKNOWN = 0,
	SLOTS = 4096, LINKS_MAX = 64, OUT_MAX = 4 << 20, OUT_FULL = 1 << 20, TICK_MS = 50, AGAIN_MS = 1000, RECEIPT_MS = 700
};
static const uint32_t RESPONSE = 0x80000000u, NACK = 0x80000000u;

/* Something for the gateway: a part from a handset, or a receipt. */
struct parcel {
	TAILQ_ENTRY(parcel) link;
	char phone[PHONE_NUMBER_MAX]; /* of the handset, plain */
	unsigned note;                /* its note there; 0: none */
	int64_t not_before;
	uint8_t esm, dcs;
	char id[16];                  /* a receipt's message id */
	uint8_t state;
	size_t n;
	uint8_t bytes[];
};
TAILQ_HEAD(parcels, parcel);

struct link {
	TAILQ_ENTRY(link) next;
	struct smsc *smsc;
	struct stream *stream;
	bool transmits, receives; /* as the ESME bound */
	bool ending;              /* closed by us, on_close has not come yet */
	struct { uint32_t sequence; struct parcel *parcel; } slot[SLOTS];
	unsigned unanswered;
	uint32_t sequence;
	struct buf out;
};
TAILQ_HEAD(links, link);

struct smsc {
	uv_loop_t *loop;
	struct smsc_config config;
	struct phones *phones;
	struct smsc_watch watch;
	struct stream_listener *listener;
	struct links links;
	struct parcels ready, later; /* later: not before their time */
	struct smsc_faults faults;
	struct smsc_stats stats;
	uv_timer_t *tick;
	uint32_t next_id;
	uint8_t next_ref;
};

/* --- writing --- */

static void flush(struct link *l)
{
	if (!l->out.len || l->ending)
		return;
	if (stream_write(l->stream, l->out.data, l->out.len) == 0)
		buf_clear(&l->out);
}

static void end_link(struct link *l)
{
	if (l->ending)
		return;
	flush(l);
	l->ending = true;
	stream_close(l->stream, true);
}

static bool backed_up(const struct link *l)
{
	return l->out.len + stream_pending(l->stream) > OUT_FULL;
}

static void answer(struct link *l, const struct wire_head *h, uint32_t status)
{
	if (!l->smsc->faults.mute)
		wire_add_head(&l->out, h->command | RESPONSE, status, h->sequence);
}

static void answer_string(struct link *l, const struct wire_head *h, uint32_t status, const char *s)
{
	if (!l->smsc->faults.mute)
		wire_add_answer(&l->out, h->command | RESPONSE, status, h->sequence, s);
}

/* --- to the gateway --- */

static void receipt_text(const struct parcel *p, char *out, size_t size)
{
	char year[16], *when = year + 2;
	time_t now = (time_t)((clock_now() + CLOCK_ZONE_MS) / 1000);
	struct tm tm;
	strftime(year, sizeof year, "%Y%m%d%H%M", gmtime_r(&now, &tm));
	bool delivered = p->state == STATE_DELIVERED;
	snprintf(out, size, "id:%s sub:001 dlvrd:00%d submit date:%s done date:%s stat:%s err:%s text:", p->id, delivered,
		when, when, delivered ? "DELIVRD" : "UNDELIV", delivered ? "000" : "045");
}

static void write_parcel(struct link *l, struct parcel *p, uint32_t sequence)
{
	struct wire_message m = { .from_ton = TON_INTERNATIONAL, .from_npi = NPI_ISDN, .to_ton = TON_UNKNOWN,
		.to_npi = NPI_ISDN, .esm = p->esm, .dcs = p->dcs, .text = p->bytes, .n = p->n };
	bool mobile = strlen(p->phone) == 11 && p->phone[0] == '1';
	char text[160];
	struct buf tlvs;
	buf_init(&tlvs, 256);
	m.from_ton = mobile ? TON_INTERNATIONAL : TON_UNKNOWN;
	snprintf(m.from, sizeof m.from, "%s%s", mobile ? "86" : "", p->phone);
	snprintf(m.to, sizeof m.to, "%s", l->smsc->config.number);
	if (p->esm == ESM_RECEIPT) {
		receipt_text(p, text, sizeof text);
		m.text = (const uint8_t *)text;
		m.n = strlen(text);
		wire_add_tlv(&tlvs, TAG_ID, p->id, strlen(p->id) + 1);
		wire_add_tlv(&tlvs, TAG_STATE, &p->state, 1);
	}
	wire_add_message(&l->out, DELIVER, sequence, &m, &tlvs);
	buf_fini(&tlvs);
}

static void pump_link(struct link *l)
{
	struct smsc *s = l->smsc;
	struct parcel *p;
	while (!s->faults.mute && l->receives && !l->ending && l->unanswered < s->config.window && !backed_up(l) &&
		(p = TAILQ_FIRST(&s->ready))) {
		uint32_t sequence = l->sequence = l->sequence >= 0x7FFFFFFF ? 1 : l->sequence + 1;
		if (l->slot[sequence % SLOTS].parcel)
			break; /* an old one is still unanswered in this place */
		TAILQ_REMOVE(&s->ready, p, link);
		l->slot[sequence % SLOTS].sequence = sequence;
		l->slot[sequence % SLOTS].parcel = p;
		l->unanswered++;
		s->stats.delivers++;
		write_parcel(l, p, sequence);
	}
	flush(l);
}

static void pump(struct smsc *s)
{
	struct link *l;
	TAILQ_FOREACH(l, &s->links, next)
		pump_link(l);
}

static void tell(struct smsc *s, const struct parcel *p, bool taken, uint32_t status)
{
	struct phone *phone = p->note ? phones_get(s->phones, p->phone) : NULL;
	struct note *n = phone ? phone_note(phone, p->note) : NULL;
	if (!n)
		return;
	n->parts_done += taken;
	if (!taken) {
		n->state = NOTE_REFUSED;
		n->status = status;
	} else if (n->parts_done == n->parts && n->state == NOTE_WAITING) {
		n->state = NOTE_TAKEN;
	}
	s->watch.on_note(s->watch.arg, phone, n);
}

static bool temporary(uint32_t status)
{
	return status == TEMPORARY || status == THROTTLED || status == QUEUE_FULL || status == SYSTEM_ERROR;
}

static void settle(struct smsc *s, struct parcel *p, uint32_t status)
{
	if (temporary(status)) {
		s->stats.delivers_again++;
		p->not_before = (int64_t)uv_now(s->loop) + AGAIN_MS;
		TAILQ_INSERT_TAIL(&s->later, p, link);
		return;
	}
	*(status == OK ? &s->stats.delivers_ok : &s->stats.delivers_refused) += 1;
	s->stats.queued--;
	tell(s, p, status == OK, status);
	free(p);
}

static void on_deliver_answer(struct link *l, const struct wire_head *h)
{
	size_t i = h->sequence % SLOTS;
	struct parcel *p = l->slot[i].parcel;
	if (!p || l->slot[i].sequence != h->sequence)
		return;
	l->slot[i].parcel = NULL;
	l->unanswered--;
	settle(l->smsc, p, h->status);
}

static struct parcel *queue(struct smsc *s, const char *phone, uint8_t esm, uint8_t dcs, const uint8_t *bytes, size_t n)
{
	struct parcel *p = mem_zalloc(sizeof *p + n);
	snprintf(p->phone, sizeof p->phone, "%s", phone);
	p->esm = esm;
	p->dcs = dcs;
	p->n = n;
	if (n)
		memcpy(p->bytes, bytes, n);
	s->stats.queued++;
	return p;
}

static unsigned queue_text(struct smsc *s, const char *phone, const char *text, unsigned note)
{
	struct sim_piece piece[SIM_PARTS_MAX];
	struct buf wire;
	uint8_t dcs;
	buf_init(&wire, 1 << 17);
	unsigned parts = sim_cut(text, s->next_ref++, &wire, piece, &dcs);
	for (unsigned i = 0; i < parts; i++) {
		struct parcel *p = queue(s, phone, parts > 1 ? ESM_HEADER : 0, dcs, piece[i].p, piece[i].n);
		p->note = note;
		TAILQ_INSERT_TAIL(&s->ready, p, link);
	}
	buf_fini(&wire);
	return parts;
}

struct note *smsc_send(struct smsc *s, struct phone *p, const char *text)
{
	struct note *n = phone_add(s->phones, p, true, s->config.number, text, 1);
	n->parts = queue_text(s, phone_number(p), text, n->id);
	if (!n->parts) { /* too long: it never left the phone */
		n->state = NOTE_REFUSED;
		n->status = INVALID_COMMAND_LENGTH;
	}
	s->watch.on_note(s->watch.arg, p, n);
	pump(s);
	return n;
}

bool smsc_load(struct smsc *s, uint64_t first, unsigned n, const char *text)
{
	char number[PHONE_NUMBER_MAX];
	for (unsigned i = 0; i < n; i++) {
		snprintf(number, sizeof number, "%llu", (unsigned long long)(first + i));
		if (!queue_text(s, number, text, 0))
			return false;
	}
	pump(s);
	return true;
}

/* --- from the gateway --- */

static void show(struct smsc *s, struct phone *phone, const struct wire_message *m)
{
	struct note *n = phone_receive(s->phones, phone, m->from, m->esm & ESM_HEADER, m->dcs, m->text, m->n);
	if (n)
		s->watch.on_note(s->watch.arg, phone, n);
}

static void queue_receipt(struct smsc *s, const char *phone, const char *id)
{
	struct parcel *p = queue(s, phone, ESM_RECEIPT, 0, NULL, 0);
	snprintf(p->id, sizeof p->id, "%s", id);
	p->state = s->faults.undeliverable > 0 ? STATE_UNDELIVERABLE : STATE_DELIVERED;
	s->faults.undeliverable -= s->faults.undeliverable > 0;
	p->not_before = (int64_t)uv_now(s->loop) + s->faults.delay_receipt;
	s->stats.receipts++;
	TAILQ_INSERT_TAIL(&s->later, p, link);
}

static void on_submit(struct link *l, const struct wire_head *h, const uint8_t *body)
{
	struct smsc *s = l->smsc;
	struct wire_message m;
	char id[16];
	s->stats.submits++;
	if (s->faults.drop > 0) {
		s->faults.drop--;
		end_link(l);
		return;
	}
	if (!l->transmits || !wire_read_message(body, h->length - WIRE_HEADER, &m)) {
		answer(l, h, l->transmits ? INVALID_COMMAND_LENGTH : INVALID_BIND_STATE);
		return;
	}
	struct phone *phone = phones_get(s->phones, m.to);
	uint32_t status = s->faults.throttle > 0 ? THROTTLED : s->faults.refuse > 0 || !phone ? BAD_DEST : OK;
	s->faults.throttle -= s->faults.throttle > 0;
	s->faults.refuse -= status == BAD_DEST && s->faults.refuse > 0;
	if (status != OK || s->faults.mute) {
		answer(l, h, status);
		return;
	}
	snprintf(id, sizeof id, "%010u", ++s->next_id);
	s->stats.submits_ok++;
	answer_string(l, h, OK, id);
	if (m.registered & 1)
		queue_receipt(s, phone_number(phone), id);
	show(s, phone, &m);
}

static unsigned count_links(const struct smsc *s)
{
	unsigned n = 0;
	struct link *l;
	TAILQ_FOREACH(l, &s->links, next)
		n += l->transmits || l->receives;
	return n;
}

static void links_changed(struct smsc *s)
{
	s->stats.links = count_links(s);
	s->watch.on_links(s->watch.arg, (unsigned)s->stats.links);
}

static void on_bind(struct link *l, const struct wire_head *h, const uint8_t *body)
{
	struct smsc *s = l->smsc;
	struct wire w = { body, body + (h->length - WIRE_HEADER), false };
	char system_id[17], password[10];
	wire_str(&w, system_id, sizeof system_id);
	wire_str(&w, password, sizeof password);
	uint32_t status = w.bad ? INVALID_COMMAND_LENGTH : l->transmits || l->receives ? ALREADY_BOUND
		: strcmp(system_id, s->config.system_id) ? BAD_SYSTEM_ID : strcmp(password, s->config.password) ? BAD_PASSWORD : OK;
	if (status == OK) {
		l->transmits = h->command != BIND_RX;
		l->receives = h->command != BIND_TX;
		s->stats.binds++;
		links_changed(s);
	}
	answer_string(l, h, status, "xq-sim");
	log_info("sim", "bind", "peer=%s status=0x%x", stream_peer(l->stream), status);
}

static void on_pdu(struct link *l, const struct wire_head *h, const uint8_t *p)
{
	switch (h->command) {
	case BIND_RX:
	case BIND_TX:
	case BIND_TRX:
		on_bind(l, h, p + WIRE_HEADER);
		break;
	case SUBMIT:
		on_submit(l, h, p + WIRE_HEADER);
		break;
	case ENQUIRE:
		answer(l, h, OK);
		break;
	case UNBIND:
		answer(l, h, OK);
		end_link(l);
		break;
	default:
		if (h->command == (DELIVER | RESPONSE))
			on_deliver_answer(l, h);
		else if (!(h->command & RESPONSE))
			wire_add_head(&l->out, NACK, INVALID_COMMAND, h->sequence);
	}
}

/* --- links --- */

static size_t on_data(struct stream *stream, void *owner, const uint8_t *p, size_t n)
{
	struct link *l = owner;
	size_t used = 0;
	struct wire_head h;
	int rc = 0;
	(void)stream;
	while (!l->ending && (rc = wire_head(p + used, n - used, &h)) > 0) {
		on_pdu(l, &h, p + used);
		used += h.length;
	}
	if (rc < 0) {
		l->smsc->stats.malformed++;
		end_link(l);
	} else {
		flush(l);
		pump(l->smsc);
	}
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
	struct smsc *s = l->smsc;
	TAILQ_REMOVE(&s->links, l, next);
	/* Oldest first again: walk back from the newest, putting each at the head. */
	for (uint32_t back = 0; back < SLOTS; back++) {
		size_t i = (l->sequence - back) % SLOTS;
		if (l->slot[i].parcel)
			TAILQ_INSERT_HEAD(&s->ready, l->slot[i].parcel, link);
	}
	if (l->transmits || l->receives) {
		log_info("sim", "link ended", "reason=%s", reason ? reason : "");
		links_changed(s);
	}
	buf_fini(&l->out);
	free(l);
}

static const struct stream_ops ops = { NULL, on_data, on_drain, on_close };

static void on_accept(struct stream *stream, void *arg)
{
	struct smsc *s = arg;
	struct link *l = mem_new(struct link);
	l->smsc = s;
	l->stream = stream;
	buf_init(&l->out, OUT_MAX);
	TAILQ_INSERT_TAIL(&s->links, l, next);
	stream_set_owner(stream, l);
}

static void on_tick(uv_timer_t *t)
{
	struct smsc *s = t->data;
	int64_t now = (int64_t)uv_now(s->loop);
	struct parcel *p, *after;
	for (p = TAILQ_FIRST(&s->later); p; p = after) {
		after = TAILQ_NEXT(p, link);
		if (p->not_before > now)
			continue;
		TAILQ_REMOVE(&s->later, p, link);
		TAILQ_INSERT_TAIL(&s->ready, p, link);
	}
	pump(s);
}

struct smsc *smsc_create(uv_loop_t *loop, const struct smsc_config *config, struct phones *phones,
	const struct smsc_watch *watch, struct err *e)
{
	static const struct stream_limits limits = { .in = WIRE_MAX, .out = OUT_MAX };
	struct smsc *s = mem_new(struct smsc);
	*s = (struct smsc){ .loop = loop, .config = *config, .phones = phones, .watch = *watch, .tick = mem_new(uv_timer_t),
		.faults.delay_receipt = RECEIPT_MS };
	/* Another start, other message ids: the gateway may remember those of the last one. */
	s->next_id = (uint32_t)(clock_now() / 1000 % 100000) * 10000;
	TAILQ_INIT(&s->links);
	TAILQ_INIT(&s->ready);
	TAILQ_INIT(&s->later);
	must(uv_timer_init(loop, s->tick) == 0 && uv_timer_start(s->tick, on_tick, TICK_MS, TICK_MS) == 0);
	s->tick->data = s;
	s->listener = stream_listen(loop, config->host, config->port, LINKS_MAX, &ops, &limits, on_accept, s, e);
	if (!s->listener)
		smsc_destroy(&s);
	return s;
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

static void free_parcels(struct parcels *list)
{
	for (struct parcel *p; (p = TAILQ_FIRST(list));) {
		TAILQ_REMOVE(list, p, link);
		free(p);
	}
}

void smsc_destroy(struct smsc **at)
{
	struct smsc *s = *at;
	*at = NULL;
	if (s->listener)
		stream_listener_close(&s->listener);
	for (struct link *l; (l = TAILQ_FIRST(&s->links));) {
		TAILQ_REMOVE(&s->links, l, next);
		stream_set_owner(l->stream, NULL);
		stream_close(l->stream, false);
		for (size_t i = 0; i < SLOTS; i++)
			free(l->slot[i].parcel);
		buf_fini(&l->out);
		free(l);
	}
	free_parcels(&s->ready);
	free_parcels(&s->later);
	uv_close((uv_handle_t *)s->tick, free_handle);
	free(s);
}

int smsc_port(const struct smsc *s)
{
	return stream_listener_port(s->listener);
}

struct smsc_faults *smsc_faults(struct smsc *s)
{
	return &s->faults;
}

void smsc_cut(struct smsc *s)
{
	struct link *l;
	TAILQ_FOREACH(l, &s->links, next)
		end_link(l);
}

const struct smsc_stats *smsc_stats(const struct smsc *s)
{
	return &s->stats;
}
