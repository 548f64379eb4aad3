#include "tests/sim/cmpp.h"

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
	CONNECT = 1, TERMINATE = 2, SUBMIT = 4, DELIVER = 5, ACTIVE_TEST = 8,
	OK = 0, BAD_STRUCTURE = 1, BAD_SOURCE = 2, BAD_SECRET = 3, VERSION_TOO_HIGH = 4, FLOW_CONTROL = 8, BAD_NUMBER = 13,
	FMT_ASCII = 0, FMT_UCS2 = 8, NUMBER_NARROW = 21, NUMBER_WIDE = 32,
	HEAD = 12, PDU_MAX = 4096, V20 = 0x20, V30 = 0x30, ASCII_SINGLE = 159,
	SLOTS = 4096, LINKS_MAX = 64, OUT_MAX = 4 << 20, OUT_FULL = 1 << 20, TICK_MS = 50, AGAIN_MS = 1000, GATEWAY = 12345
};
static const uint32_t RESPONSE = 0x80000000u;

/* Something for the gateway: a part from a handset, or a status report. */
struct parcel {
	TAILQ_ENTRY(parcel) link;
	char phone[PHONE_NUMBER_MAX];
	unsigned note;      /* of the phone; 0: none */
	int64_t not_before;
	uint64_t id;        /* its own Msg_Id, the same each time it is delivered */
	uint64_t about;     /* a report: the Msg_Id of the SUBMIT; else 0 */
	bool delivered, header;
	uint8_t fmt;
	size_t n;
	uint8_t bytes[];
};
TAILQ_HEAD(parcels, parcel);

struct link {
	TAILQ_ENTRY(link) next;
	struct ismg *ismg;
	struct stream *stream;
	uint8_t version; /* 0: not connected yet */
	bool ending;     /* closed by us, on_close has not come yet */
	struct { uint32_t sequence; struct parcel *parcel; } slot[SLOTS];
	unsigned unanswered;
	uint32_t sequence;
	struct buf out;
};
TAILQ_HEAD(links, link);

struct ismg {
	uv_loop_t *loop;
	struct ismg_config config;
	struct phones *phones;
	struct smsc_watch watch;
	struct smsc_faults *faults;
	struct carrier carrier;
	struct stream_listener *listener;
	struct links links;
	struct parcels ready, later; /* later: not before their time */
	uint64_t connects, submits, submits_ok, delivers, delivers_ok, delivers_again, reports, queued, malformed;
	uv_timer_t *tick;
	uint16_t next_id;
	uint8_t next_ref;
};

/* --- the wire --- */

static bool wide(const struct link *l)
{
	return l->version >= V30;
}

static size_t number_width(const struct link *l)
{
	return wide(l) ? NUMBER_WIDE : NUMBER_NARROW;
}

static void add_id(struct buf *b, uint64_t id)
{
	buf_u32(b, (uint32_t)(id >> 32));
	buf_u32(b, (uint32_t)id);
}

static void add_code(struct buf *b, bool four, uint32_t code)
{
	if (four)
		buf_u32(b, code);
	else
		buf_u8(b, (uint8_t)code);
}

/* month 4 | day 5 | hour 5 | minute 6 | second 6 | gateway 22 | sequence 16 bits */
static uint64_t new_id(struct ismg *g)
{
	struct tm tm = octets_now();
	uint64_t id = (uint64_t)(tm.tm_mon + 1);
	id = id << 5 | (uint64_t)tm.tm_mday;
	id = id << 5 | (uint64_t)tm.tm_hour;
	id = id << 6 | (uint64_t)tm.tm_min;
	id = id << 6 | (uint64_t)tm.tm_sec;
	return (id << 22 | GATEWAY) << 16 | g->next_id++;
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
	char when[16];
	time_t now = (time_t)((clock_now() + CLOCK_ZONE_MS) / 1000);
	struct tm tm;
	strftime(when, sizeof when, "%Y%m%d%H%M", gmtime_r(&now, &tm));
	buf_u8(&l->out, wide(l) ? 71 : 60);
	add_id(&l->out, p->about);
	octets_add_text(&l->out, p->delivered ? "DELIVRD" : "UNDELIV", 7);
	octets_add_text(&l->out, when + 2, 10);
	octets_add_text(&l->out, when + 2, 10);
	octets_add_text(&l->out, p->phone, number_width(l));
	buf_u32(&l->out, (uint32_t)p->about);
}

static void write_parcel(struct link *l, const struct parcel *p, uint32_t sequence)
{
	struct buf *b = &l->out;
	char source[NUMBER_WIDE + 1];
	bool mobile = strlen(p->phone) == 11 && p->phone[0] == '1';
	snprintf(source, sizeof source, "%s%s", mobile ? "86" : "", p->phone);
	size_t at = octets_begin(b, DELIVER, sequence);
	add_id(b, p->id);
	octets_add_text(b, l->ismg->config.number, 21);
	octets_add_text(b, "HOTLINE", 10);
	buf_u8(b, 0);
	buf_u8(b, p->header);
	buf_u8(b, p->fmt);
	source[number_width(l)] = '\0';
	octets_add_text(b, source, number_width(l));
	if (wide(l))
		buf_u8(b, 0);
	buf_u8(b, p->about != 0);
	if (p->about) {
		add_report(l, p);
	} else {
		buf_u8(b, (uint8_t)p->n);
		buf_add(b, p->bytes, p->n);
	}
	octets_add_text(b, "", wide(l) ? 20 : 8);
	octets_end(b, at);
}

static void pump_link(struct link *l)
{
	struct ismg *g = l->ismg;
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

static void pump(struct ismg *g)
{
	struct link *l;
	TAILQ_FOREACH(l, &g->links, next)
		pump_link(l);
}

static void settle(struct ismg *g, struct parcel *p, uint32_t result)
{
	if (result != OK) {
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
	if (l->ismg->faults->forget > 0) {
		l->ismg->faults->forget--;
		end_link(l);
		return;
	}
	octets_take(r, 8);
	const uint8_t *code = octets_take(r, wide(l) ? 4 : 1);
	if (!p || l->slot[i].sequence != sequence)
		return;
	l->slot[i].parcel = NULL;
	l->unanswered--;
	settle(l->ismg, p, r->bad ? BAD_STRUCTURE : wide(l) ? octets_u32(code) : *code);
}

static struct parcel *queue(struct ismg *g, const char *phone, const uint8_t *bytes, size_t n)
{
	struct parcel *p = mem_zalloc(sizeof *p + n);
	snprintf(p->phone, sizeof p->phone, "%s", phone);
	p->id = new_id(g);
	p->n = n;
	if (n)
		memcpy(p->bytes, bytes, n);
	g->queued++;
	return p;
}

static unsigned queue_text(struct ismg *g, const char *phone, const char *text, unsigned note)
{
	struct sim_piece piece[SIM_PARTS_MAX];
	struct buf wire;
	bool ascii = sim_is_ascii(text) && strlen(text) <= ASCII_SINGLE;
	buf_init(&wire, 1 << 17);
	unsigned parts = ascii ? 1 : sim_cut_ucs2(text, g->next_ref, &wire, piece);
	if (ascii)
		piece[0] = (struct sim_piece){ (const uint8_t *)text, strlen(text) };
	g->next_ref++;
	for (unsigned i = 0; i < parts; i++) {
		struct parcel *p = queue(g, phone, piece[i].p, piece[i].n);
		p->note = note;
		p->header = parts > 1;
		p->fmt = ascii ? FMT_ASCII : FMT_UCS2;
		TAILQ_INSERT_TAIL(&g->ready, p, link);
	}
	buf_fini(&wire);
	return parts;
}

static struct note *send_text(void *arg, struct phone *p, const char *text)
{
	struct ismg *g = arg;
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

static void queue_report(struct ismg *g, const char *phone, uint64_t about)
{
	struct parcel *p = queue(g, phone, NULL, 0);
	p->about = about;
	p->delivered = g->faults->undeliverable <= 0;
	g->faults->undeliverable -= g->faults->undeliverable > 0;
	p->not_before = (int64_t)uv_now(g->loop) + g->faults->delay_receipt;
	g->reports++;
	TAILQ_INSERT_TAIL(&g->later, p, link);
}

struct submit { bool report, header; uint8_t fmt; char from[64], to[64]; const uint8_t *text; size_t n; };

static bool read_submit(const struct link *l, struct octets_reader *r, struct submit *s)
{
	octets_take(r, 8 + 1 + 1); /* Msg_Id, Pk_total, Pk_number */
	s->report = octets_take(r, 1)[0] == 1;
	octets_take(r, 1 + 10 + 1 + number_width(l) + wide(l) + 1); /* up to TP_pId */
	s->header = octets_take(r, 1)[0] == 1;
	s->fmt = octets_take(r, 1)[0];
	octets_take(r, 6 + 2 + 6 + 17 + 17); /* Msg_src, FeeType, FeeCode, ValId_Time, At_Time */
	octets_take_text(r, 21, s->from);
	bool one = octets_take(r, 1)[0] == 1;
	octets_take_text(r, number_width(l), s->to);
	octets_take(r, wide(l));
	s->n = octets_take(r, 1)[0];
	s->text = octets_take(r, s->n);
	octets_take(r, wide(l) ? 20 : 8);
	return one && !r->bad && r->p == r->end && s->n <= (s->fmt == FMT_ASCII ? 159 : 140);
}

static void answer_submit(struct link *l, uint32_t sequence, uint64_t id, uint32_t result)
{
	size_t at = octets_begin(&l->out, SUBMIT | RESPONSE, sequence);
	add_id(&l->out, id);
	add_code(&l->out, wide(l), result);
	octets_end(&l->out, at);
}

static void on_submit(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	struct ismg *g = l->ismg;
	struct submit s;
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
		answer_submit(l, sequence, 0, BAD_STRUCTURE);
		return;
	}
	struct phone *phone = phones_get(g->phones, s.to);
	uint32_t result = g->faults->throttle > 0 ? FLOW_CONTROL : g->faults->refuse > 0 || !phone ? BAD_NUMBER : OK;
	g->faults->throttle -= g->faults->throttle > 0;
	g->faults->refuse -= result == BAD_NUMBER && g->faults->refuse > 0;
	uint64_t id = result == OK ? new_id(g) : 0;
	answer_submit(l, sequence, id, result);
	if (result != OK)
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
	const struct ismg *g = arg;
	unsigned n = 0;
	struct link *l;
	TAILQ_FOREACH(l, &g->links, next)
		n += l->version != 0;
	return n;
}

/* 0, or the status that says what is wrong. */
static uint32_t check_connect(const struct ismg *g, struct octets_reader *r, uint8_t *version, uint8_t digest[MD5_LEN])
{
	char sp_id[64];
	uint8_t want[MD5_LEN];
	struct buf b;
	octets_take_text(r, 6, sp_id);
	memcpy(digest, octets_take(r, MD5_LEN), MD5_LEN);
	*version = octets_take(r, 1)[0];
	uint32_t timestamp = octets_u32(octets_take(r, 4));
	buf_init(&b, 256);
	buf_adds(&b, g->config.sp_id);
	buf_add(&b, "\0\0\0\0\0\0\0\0\0", 9);
	buf_adds(&b, g->config.secret);
	buf_addf(&b, "%010u", timestamp);
	crypto_md5(b.data, b.len, want);
	buf_fini(&b);
	if (r->bad || r->p != r->end)
		return BAD_STRUCTURE;
	if (*version > g->config.version)
		return VERSION_TOO_HIGH;
	return strcmp(sp_id, g->config.sp_id) ? BAD_SOURCE : memcmp(digest, want, MD5_LEN) ? BAD_SECRET : OK;
}

static void on_connect(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	struct ismg *g = l->ismg;
	uint8_t version, digest[MD5_LEN], proof[MD5_LEN] = { 0 };
	uint32_t status = check_connect(g, r, &version, digest);
	uint8_t spoken = version < g->config.version ? version : g->config.version;
	struct buf b;
	buf_init(&b, 256);
	if (status == OK) {
		add_code(&b, spoken >= V30, status);
		buf_add(&b, digest, MD5_LEN);
		buf_adds(&b, g->config.secret);
		crypto_md5(b.data, b.len, proof);
	}
	buf_fini(&b);
	size_t at = octets_begin(&l->out, CONNECT | RESPONSE, sequence);
	add_code(&l->out, spoken >= V30, status);
	buf_add(&l->out, proof, MD5_LEN);
	buf_u8(&l->out, g->config.version);
	octets_end(&l->out, at);
	log_info("sim", "connect", "peer=%s version=0x%x status=%u", stream_peer(l->stream), version, status);
	if (status != OK) {
		end_link(l);
		return;
	}
	l->version = spoken;
	g->connects++;
	g->watch.on_links(g->watch.arg, count_links(g));
}

static void on_pdu(struct link *l, const uint8_t *p, size_t n)
{
	uint32_t command = octets_u32(p + 4), sequence = octets_u32(p + 8);
	struct octets_reader r = { p + HEAD, p + n, false };
	if (command == CONNECT && !l->version) {
		on_connect(l, sequence, &r);
	} else if (command == ACTIVE_TEST && !l->ismg->faults->mute) {
		size_t at = octets_begin(&l->out, command | RESPONSE, sequence);
		buf_u8(&l->out, 0);
		octets_end(&l->out, at);
	} else if (command == TERMINATE) {
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
			l->ismg->malformed++;
			end_link(l);
			break;
		}
		if (n - used < length)
			break;
		on_pdu(l, p + used, length);
		used += length;
	}
	flush(l);
	pump(l->ismg);
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
	struct ismg *g = l->ismg;
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
	struct ismg *g = arg;
	struct link *l = mem_new(struct link);
	l->ismg = g;
	l->stream = stream;
	buf_init(&l->out, OUT_MAX);
	TAILQ_INSERT_TAIL(&g->links, l, next);
	stream_set_owner(stream, l);
}

static void on_tick(uv_timer_t *t)
{
	struct ismg *g = t->data;
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
	struct ismg *g = arg;
	struct link *l;
	TAILQ_FOREACH(l, &g->links, next)
		end_link(l);
}

static json_t *stats(void *arg)
{
	const struct ismg *g = arg;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "connects", (json_int_t)g->connects,
		"links", (json_int_t)count_links(arg), "submits", (json_int_t)g->submits, "submits_ok", (json_int_t)g->submits_ok,
		"delivers", (json_int_t)g->delivers, "delivers_ok", (json_int_t)g->delivers_ok, "delivers_again",
		(json_int_t)g->delivers_again, "reports", (json_int_t)g->reports, "queued", (json_int_t)g->queued, "malformed",
		(json_int_t)g->malformed);
}

struct ismg *ismg_create(uv_loop_t *loop, const struct ismg_config *config, struct phones *phones,
	const struct smsc_watch *watch, struct smsc_faults *faults, struct err *e)
{
	static const struct stream_limits limits = { .in = PDU_MAX, .out = OUT_MAX };
	struct ismg *g = mem_new(struct ismg);
	*g = (struct ismg){ .loop = loop, .config = *config, .phones = phones, .watch = *watch, .faults = faults,
		.carrier = { "cmpp", g, count_links, send_text, cut, stats }, .tick = mem_new(uv_timer_t) };
	TAILQ_INIT(&g->links);
	TAILQ_INIT(&g->ready);
	TAILQ_INIT(&g->later);
	must(uv_timer_init(loop, g->tick) == 0 && uv_timer_start(g->tick, on_tick, TICK_MS, TICK_MS) == 0);
	g->tick->data = g;
	g->listener = stream_listen(loop, config->host, config->port, LINKS_MAX, &ops, &limits, on_accept, g, e);
	if (!g->listener)
		ismg_destroy(&g);
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

void ismg_destroy(struct ismg **at)
{
	struct ismg *g = *at;
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

int ismg_port(const struct ismg *g)
{
	return stream_listener_port(g->listener);
}

const struct carrier *ismg_carrier(const struct ismg *g)
{
	return &g->carrier;
}
