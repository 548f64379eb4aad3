#include "tests/sim/cmpp.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "tests/sim/hub.h"
#include "tests/sim/octets.h"
#include "tests/sim/text.h"

enum {
	CONNECT = 1, TERMINATE = 2, SUBMIT = 4, DELIVER = 5, ACTIVE_TEST = 8,
	OK = 0, BAD_STRUCTURE = 1, BAD_SOURCE = 2, BAD_SECRET = 3, VERSION_TOO_HIGH = 4, FLOW_CONTROL = 8, BAD_NUMBER = 13,
	ID = 8, NUMBER_NARROW = 21, NUMBER_WIDE = 32,
	HEAD = 12, PDU_MAX = 4096, V30 = 0x30, ASCII_SINGLE = 159, GATEWAY = 12345
};
static const uint32_t RESPONSE = 0x80000000u;

struct ismg {
	struct hub hub;
	struct ismg_config config;
	uint16_t next_id;
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

static void add_code(struct buf *b, bool four, uint32_t code)
{
	if (four)
		buf_u32(b, code);
	else
		buf_u8(b, (uint8_t)code);
}

/* month 4 | day 5 | hour 5 | minute 6 | second 6 | gateway 22 | sequence 16 bits */
static void new_id(void *arg, uint8_t out[PARCEL_ID])
{
	struct ismg *g = arg;
	struct tm tm = octets_now();
	uint64_t id = (uint64_t)tm.tm_mon + 1;
	id = id << 5 | (uint64_t)tm.tm_mday;
	id = id << 5 | (uint64_t)tm.tm_hour;
	id = id << 6 | (uint64_t)tm.tm_min;
	id = id << 6 | (uint64_t)tm.tm_sec;
	id = (id << 22 | GATEWAY) << 16 | g->next_id++;
	for (int i = 0; i < ID; i++)
		out[i] = (uint8_t)(id >> (56 - 8 * i));
}

/* --- to the gateway --- */

static void add_report(struct link *l, const struct parcel *p)
{
	buf_u8(&l->out, wide(l) ? 71 : 60);
	buf_add(&l->out, p->about, ID);
	octets_add_text(&l->out, p->delivered ? "DELIVRD" : "UNDELIV", 7);
	buf_add(&l->out, p->at + 2, 10);
	buf_add(&l->out, p->at + 2, 10);
	octets_add_text(&l->out, p->phone, number_width(l));
	buf_add(&l->out, p->about + 4, 4);
}

static void write_parcel(struct link *l, const struct parcel *p, uint32_t sequence)
{
	struct buf *b = &l->out;
	char source[SOURCE_MAX];
	parcel_source(p, source);
	size_t at = octets_begin(b, DELIVER, sequence);
	buf_add(b, p->id, ID);
	octets_add_text(b, l->hub->config.number, 21);
	octets_add_text(b, "HOTLINE", 10);
	buf_u8(b, 0);
	buf_u8(b, p->total > 1);
	buf_u8(b, p->coding);
	if (strlen(source) > number_width(l))
		source[number_width(l)] = '\0';
	octets_add_text(b, source, number_width(l));
	if (wide(l))
		buf_u8(b, 0);
	buf_u8(b, p->report);
	if (p->report) {
		add_report(l, p);
	} else {
		buf_u8(b, (uint8_t)p->n);
		buf_add(b, p->bytes, p->n);
	}
	octets_add_text(b, "", wide(l) ? 20 : 8);
	octets_end(b, at);
}

static void on_deliver_resp(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	octets_take(r, ID);
	const uint8_t *code = octets_take(r, wide(l) ? 4 : 1);
	uint32_t result = r->bad ? BAD_STRUCTURE : wide(l) ? octets_u32(code) : *code;
	link_answered(l, sequence, result == OK ? DEPOT_TAKEN : DEPOT_LATER, result);
}

static unsigned cut_text(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX], uint8_t *coding)
{
	return sim_cut_ascii_or_ucs2(text, ASCII_SINGLE, ref, wire, piece, coding);
}

/* --- from the gateway --- */

static bool read_submit(const struct link *l, struct octets_reader *r, struct sim_submit *s)
{
	octets_take(r, 8 + 1 + 1); /* Msg_Id, Pk_total, Pk_number */
	s->report = octets_take(r, 1)[0] == 1;
	octets_take(r, 1 + 10 + 1 + number_width(l) + wide(l) + 1); /* up to TP_pId */
	s->header = octets_take(r, 1)[0] == 1;
	uint8_t format = octets_take(r, 1)[0];
	s->dcs = format == SIM_CODING_UCS2 ? SIM_DCS_UCS2 : SIM_DCS_ASCII;
	octets_take(r, 6 + 2 + 6 + 17 + 17); /* Msg_src, FeeType, FeeCode, ValId_Time, At_Time */
	octets_take_text(r, 21, s->from);
	bool one = octets_take(r, 1)[0] == 1;
	octets_take_text(r, number_width(l), s->to);
	octets_take(r, wide(l));
	s->n = octets_take(r, 1)[0];
	s->text = octets_take(r, s->n);
	octets_take(r, wide(l) ? 20 : 8);
	return one && !r->bad && r->p == r->end && s->n <= (format == SIM_CODING_ASCII ? ASCII_SINGLE : 140);
}

static void answer_submit(struct link *l, uint32_t sequence, const uint8_t id[ID], uint32_t result)
{
	size_t at = octets_begin(&l->out, SUBMIT | RESPONSE, sequence);
	buf_add(&l->out, id, ID);
	add_code(&l->out, wide(l), result);
	octets_end(&l->out, at);
}

static void on_submit(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	static const uint32_t result[] = { [SUBMIT_OK] = OK, [SUBMIT_TOO_FAST] = FLOW_CONTROL, [SUBMIT_NO_SUCH_NUMBER] = BAD_NUMBER };
	struct depot *d = &l->hub->depot;
	struct sim_submit s;
	uint8_t id[PARCEL_ID] = { 0 };
	if (!link_takes(l))
		return;
	if (!read_submit(l, r, &s)) {
		d->stats.malformed++;
		answer_submit(l, sequence, id, BAD_STRUCTURE);
	} else {
		enum depot_verdict verdict = depot_submit(d, &s, id);
		answer_submit(l, sequence, id, result[verdict]);
	}
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
	const struct ismg *g = (const struct ismg *)l->hub; /* its first member */
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
		link_end(l);
		return;
	}
	link_login(l, spoken, true, true);
}

static void on_pdu(struct link *l, const uint8_t *p, size_t n)
{
	uint32_t command = octets_u32(p + 4), sequence = octets_u32(p + 8);
	struct octets_reader r = { p + HEAD, p + n, false };
	if (command == CONNECT && !l->version) {
		on_connect(l, sequence, &r);
	} else if (command == ACTIVE_TEST && !l->hub->depot.faults->mute) {
		size_t at = octets_begin(&l->out, command | RESPONSE, sequence);
		buf_u8(&l->out, 0);
		octets_end(&l->out, at);
	} else if (command == TERMINATE) {
		octets_end(&l->out, octets_begin(&l->out, command | RESPONSE, sequence));
		link_end(l);
	} else if (command == SUBMIT && l->version) {
		on_submit(l, sequence, &r);
	} else if (command == (DELIVER | RESPONSE) && l->version) {
		on_deliver_resp(l, sequence, &r);
	}
}

static int frame(const uint8_t *p, size_t n, size_t *length)
{
	return octets_frame(p, n, HEAD, PDU_MAX, length);
}

/* --- life --- */

static void pump(void *arg)
{
	struct ismg *g = arg;
	hub_pump(&g->hub);
}

struct ismg *ismg_create(uv_loop_t *loop, const struct ismg_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e)
{
	static const struct hub_protocol protocol = { .name = "cmpp", .logins = "connects", .reports = "reports", .pdu_max = PDU_MAX,
		.style = { .stamp = new_id, .cut = cut_text, .pump = pump, .too_long = BAD_STRUCTURE },
		.frame = frame, .on_pdu = on_pdu, .write = write_parcel };
	const struct hub_config hub = { config->host, config->number, config->port, config->window, &protocol };
	struct ismg *g = mem_new(struct ismg);
	g->config = *config;
	if (hub_init(&g->hub, loop, &hub, phones, watch, faults, g, e) < 0)
		ismg_destroy(&g);
	return g;
}

void ismg_destroy(struct ismg **g)
{
	hub_fini(&(*g)->hub);
	free(*g);
	*g = NULL;
}

int ismg_port(const struct ismg *g)
{
	return hub_port(&g->hub);
}

const struct carrier *ismg_carrier(const struct ismg *g)
{
	return &g->hub.carrier;
}
