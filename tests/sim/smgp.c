#include "tests/sim/smgp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "tests/sim/hub.h"
#include "tests/sim/octets.h"
#include "tests/sim/text.h"

enum {
	LOGIN = 1, SUBMIT = 2, DELIVER = 3, ACTIVE_TEST = 4, EXIT = 6,
	OK = 0, BUSY = 1, BAD_STRUCTURE = 10, BAD_SECRET = 21, BAD_VERSION = 22, BAD_NUMBER = 47,
	HEAD = 12, PDU_MAX = 4096, V13 = 0x13, V30 = 0x30, ID = 10, NUMBER = 21, ASCII_SINGLE = 140,
	TAG_UDHI = 2, TAG_TOTAL = 9, TAG_INDEX = 10
};
static const uint32_t RESPONSE = 0x80000000u;

struct smgw {
	struct hub hub;
	struct smgw_config config;
	unsigned next_id;
};

/* --- the wire --- */

/* Twenty decimal digits, two an octet: gateway 6, MMDDhhmm 8, sequence 6. */
static void new_id(void *arg, uint8_t id[PARCEL_ID])
{
	struct smgw *g = arg;
	char when[16], digits[40];
	struct tm now = octets_now();
	strftime(when, sizeof when, "%m%d%H%M", &now);
	snprintf(digits, sizeof digits, "003A20%.8s%06u", when, g->next_id++ % 1000000);
	must(crypto_unhex(digits, id, ID) == 0); /* 3A: a ':' where one would mislead a reader of text */
}

/* --- to the gateway --- */

static void add_report(struct link *l, const struct parcel *p)
{
	char text[140];
	const char *when = p->at + 2;
	snprintf(text, sizeof text, "id:%10s sub:001 dlvrd:00%d Submit date:%.10s done date:%.10s stat:%s err:%s Text:%-20s", "",
		p->delivered, when, when, p->delivered ? "DELIVRD" : "UNDELIV", p->delivered ? "000" : "001", "000");
	must(strlen(text) == 122);
	memcpy(text + 3, p->about, ID);
	buf_u8(&l->out, 122);
	buf_add(&l->out, text, 122);
}

static void write_parcel(struct link *l, const struct parcel *p, uint32_t sequence)
{
	struct buf *b = &l->out;
	char source[SOURCE_MAX];
	parcel_source(p, source);
	source[NUMBER] = '\0';
	size_t at = octets_begin(b, DELIVER, sequence);
	buf_add(b, p->id, ID);
	buf_u8(b, p->report);
	buf_u8(b, p->coding);
	octets_add_text(b, p->at, 14);
	octets_add_text(b, source, NUMBER);
	octets_add_text(b, l->hub->config.number, NUMBER);
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

static void on_deliver_resp(struct link *l, uint32_t sequence, struct octets_reader *r)
{
	octets_take(r, ID);
	uint32_t status = octets_u32(octets_take(r, 4));
	status = r->bad ? BAD_STRUCTURE : status;
	link_answered(l, sequence, status == OK ? DEPOT_TAKEN : DEPOT_LATER, status);
}

static unsigned cut_text(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX], uint8_t *coding)
{
	return sim_cut_ascii_or_ucs2(text, ASCII_SINGLE, ref, wire, piece, coding);
}

/* --- from the gateway --- */

/* *total: of the parts, 0 when nobody says. */
static void read_tlvs(struct octets_reader *r, struct sim_submit *s, unsigned *total)
{
	while (!r->bad && r->p < r->end) {
		const uint8_t *head = octets_take(r, 4);
		unsigned tag = (unsigned)(head[0] << 8 | head[1]), len = (unsigned)(head[2] << 8 | head[3]);
		const uint8_t *v = octets_take(r, len);
		s->header |= !r->bad && tag == TAG_UDHI && len == 1 && v[0] == 1;
		*total = !r->bad && tag == TAG_TOTAL && len == 1 ? v[0] : *total;
	}
}

static bool read_submit(const struct link *l, struct octets_reader *r, struct sim_submit *s)
{
	unsigned total = 0;
	*s = (struct sim_submit){ 0 };
	bool mt = octets_take(r, 1)[0] == 6;
	s->report = octets_take(r, 1)[0] == 1;
	octets_take(r, 1 + 10 + 2 + 6); /* Priority, ServiceID, FeeType, FeeCode */
	octets_take(r, l->version >= V30 ? 6 : 0); /* FixedFee */
	s->dcs = octets_take(r, 1)[0] == SIM_CODING_UCS2 ? SIM_DCS_UCS2 : SIM_DCS_ASCII;
	octets_take(r, 17 + 17); /* ValidTime, AtTime */
	octets_take_text(r, NUMBER, s->from);
	octets_take(r, NUMBER);
	bool one = octets_take(r, 1)[0] == 1;
	octets_take_text(r, NUMBER, s->to);
	s->n = octets_take(r, 1)[0];
	s->text = octets_take(r, s->n);
	octets_take(r, 8);
	read_tlvs(r, s, &total);
	return mt && one && !r->bad && s->n <= 140 && s->header == (total > 1);
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
	static const uint32_t status[] = { [SUBMIT_OK] = OK, [SUBMIT_TOO_FAST] = BUSY, [SUBMIT_NO_SUCH_NUMBER] = BAD_NUMBER };
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
		answer_submit(l, sequence, id, status[verdict]);
	}
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
	const struct smgw *g = (const struct smgw *)l->hub; /* its first member */
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
		link_end(l);
		return;
	}
	link_login(l, version, true, true);
}

static void on_pdu(struct link *l, const uint8_t *p, size_t n)
{
	uint32_t command = octets_u32(p + 4), sequence = octets_u32(p + 8);
	struct octets_reader r = { p + HEAD, p + n, false };
	if (command == LOGIN && !l->version) {
		on_login(l, sequence, &r);
	} else if (command == ACTIVE_TEST && !l->hub->depot.faults->mute) {
		octets_end(&l->out, octets_begin(&l->out, command | RESPONSE, sequence));
	} else if (command == EXIT) {
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
	struct smgw *g = arg;
	hub_pump(&g->hub);
}

struct smgw *smgw_create(uv_loop_t *loop, const struct smgw_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e)
{
	static const struct hub_protocol protocol = { .name = "smgp", .logins = "logins", .reports = "reports", .pdu_max = PDU_MAX,
		.style = { .stamp = new_id, .cut = cut_text, .pump = pump, .too_long = BAD_STRUCTURE },
		.frame = frame, .on_pdu = on_pdu, .write = write_parcel };
	const struct hub_config hub = { config->host, config->number, config->port, config->window, &protocol };
	struct smgw *g = mem_new(struct smgw);
	g->config = *config;
	/* Another start, other ids: the gateway may remember those of the last one. */
	g->next_id = (unsigned)(clock_now() / 1000 % 1000) * 1000;
	if (hub_init(&g->hub, loop, &hub, phones, watch, faults, g, e) < 0)
		smgw_destroy(&g);
	return g;
}

void smgw_destroy(struct smgw **g)
{
	hub_fini(&(*g)->hub);
	free(*g);
	*g = NULL;
}

int smgw_port(const struct smgw *g)
{
	return hub_port(&g->hub);
}

const struct carrier *smgw_carrier(const struct smgw *g)
{
	return &g->hub.carrier;
}
