#include "tests/sim/smsc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "tests/sim/hub.h"
#include "tests/sim/text.h"
#include "tests/sim/wire.h"

enum {
	BIND_RX = 1, BIND_TX = 2, SUBMIT = 4, DELIVER = 5, UNBIND = 6, BIND_TRX = 9, ENQUIRE = 0x15,
	OK = 0, INVALID_COMMAND_LENGTH = 2, INVALID_COMMAND = 3, INVALID_BIND_STATE = 4, ALREADY_BOUND = 5,
	BAD_PASSWORD = 0x0E, BAD_SYSTEM_ID = 0x0F, BAD_DEST = 0x0B, QUEUE_FULL = 0x14, THROTTLED = 0x58,
	SYSTEM_ERROR = 0x08, TEMPORARY = 0x64,
	TAG_ID = 0x001E, TAG_STATE = 0x0427, STATE_DELIVERED = 2, STATE_UNDELIVERABLE = 5,
	ESM_RECEIPT = 0x04, ESM_HEADER = 0x40, TON_INTERNATIONAL = 1, NPI_ISDN = 1, TON_UNKNOWN = 0, VERSION = 0x34
};
static const uint32_t RESPONSE = 0x80000000u, NACK = 0x80000000u;

struct smsc {
	struct hub hub;
	struct smsc_config config;
	uint32_t next_id;
};

/* --- writing --- */

static void answer(struct link *l, const struct wire_head *h, uint32_t status)
{
	if (!l->hub->depot.faults->mute)
		wire_add_head(&l->out, h->command | RESPONSE, status, h->sequence);
}

static void answer_string(struct link *l, const struct wire_head *h, uint32_t status, const char *s)
{
	if (!l->hub->depot.faults->mute)
		wire_add_answer(&l->out, h->command | RESPONSE, status, h->sequence, s);
}

/* --- to the gateway --- */

static void receipt_text(const struct parcel *p, char *out, size_t size)
{
	const char *when = p->at + 2;
	snprintf(out, size, "id:%s sub:001 dlvrd:00%d submit date:%.10s done date:%.10s stat:%s err:%s text:", (const char *)p->about,
		p->delivered, when, when, p->delivered ? "DELIVRD" : "UNDELIV", p->delivered ? "000" : "045");
}

static void write_parcel(struct link *l, const struct parcel *p, uint32_t sequence)
{
	struct wire_message m = { .from_npi = NPI_ISDN, .to_ton = TON_UNKNOWN, .to_npi = NPI_ISDN,
		.esm = p->report ? ESM_RECEIPT : p->total > 1 ? ESM_HEADER : 0, .dcs = p->coding, .text = p->bytes, .n = p->n };
	const char *id = (const char *)p->about;
	uint8_t state = p->delivered ? STATE_DELIVERED : STATE_UNDELIVERABLE;
	char text[160];
	struct buf tlvs;
	buf_init(&tlvs, 256);
	parcel_source(p, m.from);
	m.from_ton = strcmp(m.from, p->phone) ? TON_INTERNATIONAL : TON_UNKNOWN;
	snprintf(m.to, sizeof m.to, "%s", l->hub->config.number);
	if (p->report) {
		receipt_text(p, text, sizeof text);
		m.text = (const uint8_t *)text;
		m.n = strlen(text);
		wire_add_tlv(&tlvs, TAG_ID, id, strlen(id) + 1);
		wire_add_tlv(&tlvs, TAG_STATE, &state, 1);
	}
	wire_add_message(&l->out, DELIVER, sequence, &m, &tlvs);
	buf_fini(&tlvs);
}

static bool temporary(uint32_t status)
{
	return status == TEMPORARY || status == THROTTLED || status == QUEUE_FULL || status == SYSTEM_ERROR;
}

static void on_deliver_answer(struct link *l, const struct wire_head *h)
{
	link_answered(l, h->sequence, h->status == OK ? DEPOT_TAKEN : temporary(h->status) ? DEPOT_LATER : DEPOT_REFUSED, h->status);
}

/* A message id as text. */
static void new_id(void *arg, uint8_t id[PARCEL_ID])
{
	struct smsc *s = arg;
	snprintf((char *)id, PARCEL_ID, "%010u", ++s->next_id);
}

/* --- from the gateway --- */

static bool read_submit(const struct wire_head *h, const uint8_t *body, struct sim_submit *s)
{
	struct wire_message m;
	if (!wire_read_message(body, h->length - WIRE_HEADER, &m))
		return false;
	*s = (struct sim_submit){ .report = m.registered & 1, .header = m.esm & ESM_HEADER, .dcs = m.dcs, .text = m.text, .n = m.n };
	snprintf(s->from, sizeof s->from, "%s", m.from);
	snprintf(s->to, sizeof s->to, "%s", m.to);
	return true;
}

static void on_submit(struct link *l, const struct wire_head *h, const uint8_t *body)
{
	static const uint32_t status[] = { [SUBMIT_OK] = OK, [SUBMIT_TOO_FAST] = THROTTLED, [SUBMIT_NO_SUCH_NUMBER] = BAD_DEST };
	struct depot *d = &l->hub->depot;
	struct sim_submit s;
	uint8_t id[PARCEL_ID] = { 0 };
	if (!link_takes(l))
		return;
	if (!l->transmits || !read_submit(h, body, &s)) {
		answer(l, h, l->transmits ? INVALID_COMMAND_LENGTH : INVALID_BIND_STATE);
	} else {
		enum depot_verdict verdict = depot_submit(d, &s, id);
		if (verdict == SUBMIT_OK)
			answer_string(l, h, OK, (const char *)id);
		else
			answer(l, h, status[verdict]);
	}
}

static void on_bind(struct link *l, const struct wire_head *h, const uint8_t *body)
{
	const struct smsc_config *c = &((const struct smsc *)l->hub)->config; /* the hub is its first member */
	struct wire w = { body, body + (h->length - WIRE_HEADER), false };
	char system_id[17], password[10];
	wire_str(&w, system_id, sizeof system_id);
	wire_str(&w, password, sizeof password);
	uint32_t status = w.bad ? INVALID_COMMAND_LENGTH : l->version ? ALREADY_BOUND
		: strcmp(system_id, c->system_id) ? BAD_SYSTEM_ID : strcmp(password, c->password) ? BAD_PASSWORD : OK;
	if (status == OK)
		link_login(l, VERSION, h->command != BIND_RX, h->command != BIND_TX);
	answer_string(l, h, status, "xq-sim");
	log_info("sim", "bind", "peer=%s status=0x%x", stream_peer(l->stream), status);
}

static int frame(const uint8_t *p, size_t n, size_t *length)
{
	struct wire_head h;
	int rc = wire_head(p, n, &h);
	*length = rc > 0 ? h.length : 0;
	return rc;
}

static void on_pdu(struct link *l, const uint8_t *p, size_t n)
{
	struct wire_head head, *h = &head;
	must(wire_head(p, n, h) == 1);
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
		link_end(l);
		break;
	default:
		if (h->command == (DELIVER | RESPONSE))
			on_deliver_answer(l, h);
		else if (!(h->command & RESPONSE))
			wire_add_head(&l->out, NACK, INVALID_COMMAND, h->sequence);
	}
}

/* --- life --- */

static void pump(void *arg)
{
	struct smsc *s = arg;
	hub_pump(&s->hub);
}

struct smsc *smsc_create(uv_loop_t *loop, const struct smsc_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e)
{
	static const struct hub_protocol protocol = { .name = "smpp", .logins = "binds", .reports = "receipts", .pdu_max = WIRE_MAX,
		.style = { .stamp = new_id, .cut = sim_cut, .pump = pump, .too_long = INVALID_COMMAND_LENGTH },
		.frame = frame, .on_pdu = on_pdu, .write = write_parcel };
	const struct hub_config hub = { config->host, config->number, config->port, config->window, &protocol };
	struct smsc *s = mem_new(struct smsc);
	s->config = *config;
	/* Another start, other message ids: the gateway may remember those of the last one. */
	s->next_id = (uint32_t)(clock_now() / 1000 % 100000) * 10000;
	if (hub_init(&s->hub, loop, &hub, phones, watch, faults, s, e) < 0)
		smsc_destroy(&s);
	return s;
}

void smsc_destroy(struct smsc **s)
{
	hub_fini(&(*s)->hub);
	free(*s);
	*s = NULL;
}

int smsc_port(const struct smsc *s)
{
	return hub_port(&s->hub);
}

const struct carrier *smsc_carrier(const struct smsc *s)
{
	return &s->hub.carrier;
}

bool smsc_load(struct smsc *s, uint64_t first, unsigned n, const char *text)
{
	char number[PHONE_NUMBER_MAX];
	for (unsigned i = 0; i < n; i++) {
		snprintf(number, sizeof number, "%" PRIu64, first + i);
		if (!depot_load(&s->hub.depot, number, text))
			return false;
	}
	hub_pump(&s->hub);
	return true;
}
