#include "tests/sim/smgp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/stream.h"
#include "tests/sim/octets.h"
#include "tests/sim/text.h"

enum {
	LOGIN = 1, SUBMIT = 2, DELIVER = 3, ACTIVE_TEST = 4, EXIT = 6,
	OK = 0, BUSY = 1, BAD_STRUCTURE = 10, BAD_SECRET = 21, BAD_VERSION = 22, BAD_NUMBER = 47,
	FMT_ASCII = 0, FMT_UCS2 = 8, HEAD = 12, PDU_MAX = 4096, V13 = 0x13, V30 = 0x30, ID = 10, NUMBER = 21, ASCII_SINGLE = 140,
	TAG_UDHI = 2, TAG_TOTAL = 9, TAG_INDEX = 10,
	SLOTS = 4096, LINKS_MAX = 64, OUT_MAX = 4 << 20, OUT_FULL = 1 << 20, TICK_MS = 50, AGAIN_MS = 1000
};
static const uint32_t RESPONSE = 0x80000000u;

/* Something for the gateway: a part from a handset, or a status report. */
struct parcel {
	TAILQ_ENTRY(parcel) link;
	char phone[PHONE_NUMBER_MAX];
	unsigned note;      /* of the phone; 0: none */
	int64_t not_before;
	uint8_t id[ID];     /* its own MsgID, the same each time it is delivered */
	char at[16];        /* RecvTime */
	bool report, delivered;
	uint8_t about[ID];  /* a report: the MsgID of the SUBMIT */
	unsigned total, index;
	uint8_t fmt;
	size_t n;
	uint8_t bytes[];
};
TAILQ_HEAD(parcels, parcel);

struct link {
	TAILQ_ENTRY(link) next;
	struct smgw *smgw;
	struct stream *stream;
	uint8_t version; /* 0: not logged in yet */
	bool ending;     /* closed by us, on_close has not come yet */
	struct { uint32_t sequence; struct parcel *parcel; } slot[SLOTS];
	unsigned unanswered;
	uint32_t sequence;
	struct buf out;
};
TAILQ_HEAD(links, link);

struct smgw {
	uv_loop_t *loop;
	struct smgw_config config;
	struct phones *phones;
	struct smsc_watch watch;
	struct smsc_faults *faults;
	struct carrier carrier;
	struct stream_listener *listener;
	struct links links;
	struct parcels ready, later; /* later: not before their time */
	uint64_t logins, submits, submits_ok, delivers, delivers_ok, delivers_again, reports, queued, malformed;
	uv_timer_t *tick;
	unsigned next_id;
	uint8_t next_ref;
};

/* --- the wire --- */

/* Twenty decimal digits, two an octet: gateway 6, MMDDhhmm 8, sequence 6. */
static void new_id(struct smgw *g, uint8_t id[ID])
{
	char when[16], digits[40];
	struct tm now = octets_now();
	strftime(when, sizeof when, "%m%d%H%M", &now);
	snprintf(digits, sizeof digits, "003A20%.8s%06u", when, g->next_id++ % 1000000);
	must(crypto_unhex(digits, id, ID) == 0); /* 3A: a ':' where one would mislead a reader of text */
}

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

/* --- to the gateway --- */

static void add_report(struct link *l, const struct parcel *p)
{
	char year[16], *when = year + 2, text[140];
	struct tm now = octets_now();
	strftime(year, sizeof year, "%Y%m%d%H%M", &now);
	snprintf(text, sizeof text, "id:%10s sub:001 dlvrd:00%d Submit date:%s done date:%s stat:%s err:%s Text:%-20s", "",
		p->delivered, when, when, p->delivered ? "DELIVRD" : "UNDELIV", p->delivered ? "000" : "001", "000");
	must(strlen(text) == 122);
	memcpy(text + 3, p->about, ID);
	buf_u8(&l->out, 122);
	buf_add(&l->out, text, 122);
}

static void write_parcel(struct link *l, const struct parcel *p, uint32_t sequence)
{
	struct buf *b = &l->out;
	char source[PHONE_NUMBER_MAX + 2];
	bool mobile = strlen(p->phone) == 11 && p->phone[0] == '1';
	snprintf(source, sizeof source, "%s%s", mobile ? "86" : "", p->phone);
	source[NUMBER] = '\0';
	size_t at = octets_begin(b, DELIVER, sequence);
	buf_add(b, p->id, ID);
	buf_u8(b, p->report);
	buf_u8(b, p->fmt);
	octets_add_text(b, p->at, 14);
	octets_add_text(b, source, NUMBER);
	octets_add_text(b, l->smgw->config.number, NUMBER);
	if (p->report) {
		add_report(l, p);
	} else {
		buf_u8(b, (uint8_t)p->n);
		buf_add(b, p->bytes, p->n);
	}
	octets_add_text(b, "", 8);
	if (p->total > 1) {
		octets_add_tlv(b, TAG_UDHI, 1);
		octets_add_tlv(b, TAG_TOTAL, (uint8_t)p->total);
		octets_add_tlv(b, TAG_INDEX, (uint8_t)p->index);
	}
	octets_end(b, at);
}

static void pump_link(struct link *l)
{
	struct smgw *g = l->smgw;
	struct parcel *p;
	while (!g->faults->mute && l->version && !l->ending && l->unanswered < g->config.window &&
		l->out.len + stream_pending(l->stream) < OUT_FULL && (p = TAILQ_FIRST(&g->ready))) {
		uint32_t sequence = ++l->sequence;
		if (l->slot[sequence % SLOTS].parcel)
			break; /* an old one is still unanswered in this place */
		TAILQ_REMOVE(&g->ready, p, link);
		l->slot[sequence % SLOTS].sequence = sequence;
		l->slot[sequence % SLOTS].parcel = p;
		l->unanswered++;
		g->delivers++;
		write_parcel(l, p, sequence);
	}
	flush(l);
}

static void pump(struct smgw *g)
{
	struct link *l;
	TAILQ_FOREACH(l, &g->links, next)
		pump_link(l);
}

static void settle(struct smgw *g, struct parcel *p, uint32_t status)
{
	if (status != OK) {
		g->delivers_again++;
		p->not_before = (int64_t)uv_now(g->loop) + AGAIN_MS;
		TAILQ_INSERT_TAIL(&g->later, p, link);
		return;
	}
	g->delivers_ok++;
	g->queued--;
	struct phone *phone;
	struct note *n = phones_part_taken(g->phones, p->phone, p->note, &phone);
	if (n)
		g->watch.on_note(g->watch.arg, phone, n);
	free(p);
}

static void on_deliver_resp(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	size_t i = sequence % SLOTS;
	struct parcel *p = l->slot[i].parcel;
	if (l->smgw->faults->forget > 0) {
		l->smgw->faults->forget--;
		end_link(l);
		return;
	}
	octets_take(r, ID);
	uint32_t status = octets_u32(octets_take(r, 4));
	if (!p || l->slot[i].sequence != sequence)
		return;
	l->slot[i].parcel = NULL;
	l->unanswered--;
	settle(l->smgw, p, r->bad ? BAD_STRUCTURE : status);
}

static struct parcel *queue(struct smgw *g, const char *phone, const uint8_t *bytes, size_t n)
{
	struct parcel *p = mem_zalloc(sizeof *p + n);
	snprintf(p->phone, sizeof p->phone, "%s", phone);
	new_id(g, p->id);
	struct tm now = octets_now();
	strftime(p->at, sizeof p->at, "%Y%m%d%H%M%S", &now);
	p->n = n;
	if (n)
		memcpy(p->bytes, bytes, n);
	g->queued++;
	return p;
}

static unsigned queue_text(struct smgw *g, const char *phone, const char *text, unsigned note)
{
	struct sim_piece piece[SIM_PARTS_MAX];
	struct buf wire;
	bool ascii = sim_is_ascii(text) && strlen(text) <= ASCII_SINGLE;
	buf_init(&wire, 1 << 17);
	unsigned parts = ascii ? 1 : sim_cut_ucs2(text, g->next_ref++, &wire, piece);
	if (ascii)
		piece[0] = (struct sim_piece){ (const uint8_t *)text, strlen(text) };
	for (unsigned i = 0; i < parts; i++) {
		struct parcel *p = queue(g, phone, piece[i].p, piece[i].n);
		p->note = note;
		p->total = parts;
		p->index = i + 1;
		p->fmt = ascii ? FMT_ASCII : FMT_UCS2;
		TAILQ_INSERT_TAIL(&g->ready, p, link);
	}
	buf_fini(&wire);
	return parts;
}

static struct note *send_text(void *arg, struct phone *p, const char *text)
{
	struct smgw *g = arg;
	struct note *n = phone_add(g->phones, p, true, g->config.number, text, 1);
	n->parts = queue_text(g, phone_number(p), text, n->id);
	if (!n->parts) { /* too long: it never left the phone */
		n->state = NOTE_REFUSED;
		n->status = BAD_STRUCTURE;
	}
	g->watch.on_note(g->watch.arg, p, n);
	pump(g);
	return n;
}

/* --- from the gateway --- */

static void queue_report(struct smgw *g, const char *phone, const uint8_t about[ID])
{
	struct parcel *p = queue(g, phone, NULL, 0);
	p->report = true;
	memcpy(p->about, about, ID);
	p->delivered = g->faults->undeliverable <= 0;
	g->faults->undeliverable -= g->faults->undeliverable > 0;
	p->not_before = (int64_t)uv_now(g->loop) + g->faults->delay_receipt;
	g->reports++;
	TAILQ_INSERT_TAIL(&g->later, p, link);
}

struct submit { bool report, header; uint8_t fmt, total; char from[64], to[64]; const uint8_t *text; size_t n; };

static void read_tlvs(struct octets_reader *r, struct submit *s)
{
	while (!r->bad && r->p < r->end) {
		const uint8_t *head = octets_take(r, 4);
		unsigned tag = (unsigned)(head[0] << 8 | head[1]), len = (unsigned)(head[2] << 8 | head[3]);
		const uint8_t *v = octets_take(r, len);
		s->header |= !r->bad && tag == TAG_UDHI && len == 1 && v[0] == 1;
		s->total = !r->bad && tag == TAG_TOTAL && len == 1 ? v[0] : s->total;
	}
}

static bool read_submit(const struct link *l, struct octets_reader *r, struct submit *s)
{
	*s = (struct submit){ 0 };
	bool mt = octets_take(r, 1)[0] == 6;
	s->report = octets_take(r, 1)[0] == 1;
	octets_take(r, 1 + 10 + 2 + 6); /* Priority, ServiceID, FeeType, FeeCode */
	octets_take(r, l->version >= V30 ? 6 : 0); /* FixedFee */
	s->fmt = octets_take(r, 1)[0];
	octets_take(r, 17 + 17); /* ValidTime, AtTime */
	octets_take_text(r, NUMBER, s->from);
	octets_take(r, NUMBER);
	bool one = octets_take(r, 1)[0] == 1;
	octets_take_text(r, NUMBER, s->to);
	s->n = octets_take(r, 1)[0];
	s->text = octets_take(r, s->n);
	octets_take(r, 8);
	read_tlvs(r, s);
	return mt && one && !r->bad && s->n <= 140 && s->header == (s->total > 1);
}

static void answer_submit(struct link *l, uint32_t sequence, const uint8_t id[ID], uint32_t status)
{
	size_t at = octets_begin(&l->out, SUBMIT | RESPONSE, sequence);
	buf_add(&l->out, id, ID);
	buf_u32(&l->out, status);
	octets_end(&l->out, at);
}

static void on_submit(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	struct smgw *g = l->smgw;
	struct submit s;
	uint8_t id[ID] = { 0 };
	g->submits++;
	if (g->faults->drop > 0) {
		g->faults->drop--;
		end_link(l);
		return;
	}
	if (g->faults->mute)
		return;
	if (!read_submit(l, r, &s)) {
		g->malformed++;
		answer_submit(l, sequence, id, BAD_STRUCTURE);
		return;
	}
	struct phone *phone = phones_get(g->phones, s.to);
	uint32_t status = g->faults->throttle > 0 ? BUSY : g->faults->refuse > 0 || !phone ? BAD_NUMBER : OK;
	g->faults->throttle -= g->faults->throttle > 0;
	g->faults->refuse -= status == BAD_NUMBER && g->faults->refuse > 0;
	if (status == OK)
		new_id(g, id);
	answer_submit(l, sequence, id, status);
	if (status != OK)
		return;
	g->submits_ok++;
	if (s.report)
		queue_report(g, phone_number(phone), id);
	struct note *n = phone_receive(g->phones, phone, s.from, s.header, s.fmt == FMT_UCS2 ? SIM_DCS_UCS2 : SIM_DCS_ASCII,
		s.text, s.n);
	if (n)
		g->watch.on_note(g->watch.arg, phone, n);
}

static unsigned count_links(void *arg)
{
	const struct smgw *g = arg;
	unsigned n = 0;
	struct link *l;
	TAILQ_FOREACH(l, &g->links, next)
		n += l->version != 0;
	return n;
}

/* 0, or the status that says what is wrong. */
static uint32_t check_login(const struct smgw *g, struct octets_reader *r, uint8_t *version, uint8_t digest[MD5_LEN])
{
	char id[64];
	uint8_t want[MD5_LEN];
	struct buf b;
	octets_take_text(r, 8, id);
	memcpy(digest, octets_take(r, MD5_LEN), MD5_LEN);
	octets_take(r, 1); /* LoginMode */
	uint32_t timestamp = octets_u32(octets_take(r, 4));
	*version = octets_take(r, 1)[0];
	buf_init(&b, 256);
	buf_adds(&b, g->config.client_id);
	buf_add(&b, "\0\0\0\0\0\0", 7);
	buf_adds(&b, g->config.secret);
	buf_addf(&b, "%010u", timestamp);
	crypto_md5(b.data, b.len, want);
	buf_fini(&b);
	if (r->bad || r->p != r->end)
		return BAD_STRUCTURE;
	if (*version != V13 && *version != V30)
		return BAD_VERSION;
	return strcmp(id, g->config.client_id) || memcmp(digest, want, MD5_LEN) ? BAD_SECRET : OK;
}

static void on_login(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	struct smgw *g = l->smgw;
	uint8_t version, digest[MD5_LEN], proof[MD5_LEN] = { 0 };
	uint32_t status = check_login(g, r, &version, digest);
	struct buf b;
	buf_init(&b, 256);
	if (status == OK) {
		buf_u32(&b, status);
		buf_add(&b, digest, MD5_LEN);
		buf_adds(&b, g->config.secret);
		crypto_md5(b.data, b.len, proof);
	}
	buf_fini(&b);
	size_t at = octets_begin(&l->out, LOGIN | RESPONSE, sequence);
	buf_u32(&l->out, status);
	buf_add(&l->out, proof, MD5_LEN);
	buf_u8(&l->out, V30);
	octets_end(&l->out, at);
	log_info("sim", "login", "peer=%s version=0x%x status=%u", stream_peer(l->stream), version, status);
	if (status != OK) {
		end_link(l);
		return;
	}
	l->version = version;
	g->logins++;
	g->watch.on_links(g->watch.arg, count_links(g));
}

static void on_pdu(struct link *l, const uint8_t *p, size_t n)
{
	uint32_t command = octets_u32(p + 4), sequence = octets_u32(p + 8);
	struct octets_reader r = { p + HEAD, p + n, false };
	if (command == LOGIN && !l->version) {
		on_login(l, sequence, &r);
	} else if (command == ACTIVE_TEST && !l->smgw->faults->mute) {
		octets_end(&l->out, octets_begin(&l->out, command | RESPONSE, sequence));
	} else if (command == EXIT) {
		octets_end(&l->out, octets_begin(&l->out, command | RESPONSE, sequence));
		end_link(l);
	} else if (command == SUBMIT && l->version) {
		on_submit(l, sequence, &r);
	} else if (command == (DELIVER | RESPONSE) && l->version) {
		on_deliver_resp(l, sequence, &r);
	}
}

/* --- links --- */

static size_t on_data(struct stream *stream, void *owner, const uint8_t *p, size_t n)
{
	struct link *l = owner;
	size_t used = 0;
	(void)stream;
	while (!l->ending && n - used >= 4) {
		size_t length = octets_u32(p + used);
		if (length < HEAD || length > PDU_MAX) {
			l->smgw->malformed++;
			end_link(l);
			break;
		}
		if (n - used < length)
			break;
		on_pdu(l, p + used, length);
		used += length;
	}
	flush(l);
	pump(l->smgw);
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
	(void)stream, (void)reason;
	struct link *l = owner;
	if (!l)
		return;
	struct smgw *g = l->smgw;
	TAILQ_REMOVE(&g->links, l, next);
	/* Oldest first again: walk back from the newest, putting each at the head. */
	for (uint32_t back = 0; back < SLOTS; back++) {
		size_t i = (l->sequence - back) % SLOTS;
		if (l->slot[i].parcel)
			TAILQ_INSERT_HEAD(&g->ready, l->slot[i].parcel, link);
	}
	if (l->version)
		g->watch.on_links(g->watch.arg, count_links(g));
	buf_fini(&l->out);
	free(l);
}

static const struct stream_ops ops = { NULL, on_data, on_drain, on_close };

static void on_accept(struct stream *stream, void *arg)
{
	struct smgw *g = arg;
	struct link *l = mem_new(struct link);
	l->smgw = g;
	l->stream = stream;
	buf_init(&l->out, OUT_MAX);
	TAILQ_INSERT_TAIL(&g->links, l, next);
	stream_set_owner(stream, l);
}

static void on_tick(uv_timer_t *t)
{
	struct smgw *g = t->data;
	int64_t now = (int64_t)uv_now(g->loop);
	struct parcel *p, *after;
	for (p = TAILQ_FIRST(&g->later); p; p = after) {
		after = TAILQ_NEXT(p, link);
		if (p->not_before > now)
			continue;
		TAILQ_REMOVE(&g->later, p, link);
		TAILQ_INSERT_TAIL(&g->ready, p, link);
	}
	pump(g);
}

static void cut(void *arg)
{
	struct smgw *g = arg;
	struct link *l;
	TAILQ_FOREACH(l, &g->links, next)
		end_link(l);
}

static json_t *stats(void *arg)
{
	const struct smgw *g = arg;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "logins", (json_int_t)g->logins,
		"links", (json_int_t)count_links(arg), "submits", (json_int_t)g->submits, "submits_ok", (json_int_t)g->submits_ok,
		"delivers", (json_int_t)g->delivers, "delivers_ok", (json_int_t)g->delivers_ok, "delivers_again",
		(json_int_t)g->delivers_again, "reports", (json_int_t)g->reports, "queued", (json_int_t)g->queued, "malformed",
		(json_int_t)g->malformed);
}

struct smgw *smgw_create(uv_loop_t *loop, const struct smgw_config *config, struct phones *phones,
	const struct smsc_watch *watch, struct smsc_faults *faults, struct err *e)
{
	static const struct stream_limits limits = { .in = PDU_MAX, .out = OUT_MAX };
	struct smgw *g = mem_new(struct smgw);
	*g = (struct smgw){ .loop = loop, .config = *config, .phones = phones, .watch = *watch, .faults = faults,
		.carrier = { "smgp", g, count_links, send_text, cut, stats }, .tick = mem_new(uv_timer_t) };
	/* Another start, other ids: the gateway may remember those of the last one. */
	g->next_id = (unsigned)(clock_now() / 1000 % 1000) * 1000;
	TAILQ_INIT(&g->links);
	TAILQ_INIT(&g->ready);
	TAILQ_INIT(&g->later);
	must(uv_timer_init(loop, g->tick) == 0 && uv_timer_start(g->tick, on_tick, TICK_MS, TICK_MS) == 0);
	g->tick->data = g;
	g->listener = stream_listen(loop, config->host, config->port, LINKS_MAX, &ops, &limits, on_accept, g, e);
	if (!g->listener)
		smgw_destroy(&g);
	return g;
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

void smgw_destroy(struct smgw **at)
{
	struct smgw *g = *at;
	*at = NULL;
	if (g->listener)
		stream_listener_close(&g->listener);
	for (struct link *l; (l = TAILQ_FIRST(&g->links));) {
		TAILQ_REMOVE(&g->links, l, next);
		stream_set_owner(l->stream, NULL);
		stream_close(l->stream, false);
		for (size_t i = 0; i < SLOTS; i++)
			free(l->slot[i].parcel);
		buf_fini(&l->out);
		free(l);
	}
	free_parcels(&g->ready);
	free_parcels(&g->later);
	uv_close((uv_handle_t *)g->tick, free_handle);
	free(g);
}

int smgw_port(const struct smgw *g)
{
	return stream_listener_port(g->listener);
}

const struct carrier *smgw_carrier(const struct smgw *g)
{
	return &g->carrier;
}
