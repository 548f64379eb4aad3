#include "tests/sim/sgip.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "tests/sim/hub.h"
#include "tests/sim/octets.h"
#include "tests/sim/sgip_out.h"
#include "tests/sim/text.h"

enum {
	SUBMIT = 3, BAD_LOGIN = 1, BAD_TYPE = 4, BAD_FORMAT = 5, BAD_NUMBER = 6, BUSY = 11, TYPE_SP = 1,
	REPORT_ALWAYS = 1, ASCII_SINGLE = 160, VERSION = 0x12
};

struct smg {
	struct hub hub; /* the connections the gateway makes: it submits; and what waits for it */
	struct smg_config config;
	struct smg_out *out; /* our connections to the gateway */
	uint32_t next;
};

static struct smg *smg_of(const struct link *l)
{
	return (struct smg *)l->hub; /* its first member */
}

/* --- from the gateway --- */

static bool read_submit(struct octets_reader *r, struct sim_submit *m)
{
	octets_take_text(r, SMG_NUMBER, m->from);
	octets_take(r, SMG_NUMBER); /* ChargeNumber */
	bool one = octets_take(r, 1)[0] == 1;
	octets_take_text(r, SMG_NUMBER, m->to);
	octets_take(r, 5 + 10 + 1 + 6 + 6 + 1 + 1 + 1 + 16 + 16); /* CorpId to ScheduleTime */
	m->report = octets_take(r, 1)[0] == REPORT_ALWAYS;
	octets_take(r, 1);
	m->header = octets_take(r, 1)[0] == 1;
	uint8_t coding = octets_take(r, 1)[0];
	m->dcs = coding == SIM_CODING_UCS2 ? SIM_DCS_UCS2 : SIM_DCS_ASCII;
	octets_take(r, 1); /* MessageType */
	m->n = octets_u32(octets_take(r, 4));
	m->text = octets_take(r, m->n);
	octets_take(r, 8);
	return one && !r->bad && r->p == r->end && !strncmp(m->to, "86", 2) &&
		m->n <= (coding == SIM_CODING_ASCII ? ASCII_SINGLE : 140);
}

static void on_submit(struct link *l, const uint8_t sequence[SMG_SEQUENCE], struct octets_reader *r)
{
	static const uint8_t result[] = { [SUBMIT_OK] = SMG_OK, [SUBMIT_TOO_FAST] = BUSY, [SUBMIT_NO_SUCH_NUMBER] = BAD_NUMBER };
	struct depot *d = &l->hub->depot;
	struct sim_submit m;
	uint8_t id[PARCEL_ID] = { 0 };
	memcpy(id, sequence, SMG_SEQUENCE);
	if (!link_takes(l))
		return;
	if (!read_submit(r, &m)) {
		d->stats.malformed++;
		smg_add_answer(&l->out, SUBMIT, sequence, BAD_FORMAT);
	} else {
		smg_add_answer(&l->out, SUBMIT, sequence, result[depot_submit(d, &m, id)]);
	}
}

static void on_bind(struct link *l, const uint8_t sequence[SMG_SEQUENCE], struct octets_reader *r)
{
	const struct smg *s = smg_of(l);
	char name[64], password[64];
	uint8_t type = octets_take(r, 1)[0];
	octets_take_text(r, 16, name);
	octets_take_text(r, 16, password);
	octets_take(r, 8);
	bool known = !strcmp(name, s->config.login) && !strcmp(password, s->config.password);
	uint8_t result = r->bad || r->p != r->end ? BAD_FORMAT : type != TYPE_SP ? BAD_TYPE : known ? SMG_OK : BAD_LOGIN;
	smg_add_answer(&l->out, SMG_BIND, sequence, result);
	log_info("sim", "bind", "peer=%s result=%u", stream_peer(l->stream), result);
	if (result != SMG_OK) {
		link_end(l);
		return;
	}
	link_login(l, VERSION, true, false);
}

static void on_unbind(struct link *l, const uint8_t sequence[SMG_SEQUENCE])
{
	size_t at = smg_begin(&l->out, SMG_UNBIND | SMG_RESPONSE, sequence);
	if (l->hub->depot.stats.logins % 2)
		buf_add(&l->out, "\0\0\0\0\0\0\0\0\0", 9);
	octets_end(&l->out, at);
	link_end(l);
}

static void on_pdu(struct link *l, const uint8_t *p, size_t n)
{
	uint32_t command = octets_u32(p + 4);
	struct octets_reader r = { p + SMG_HEAD, p + n, false };
	if (command == SMG_BIND && !l->version)
		on_bind(l, p + 8, &r);
	else if (command == SMG_UNBIND)
		on_unbind(l, p + 8);
	else if (command == SUBMIT && l->version)
		on_submit(l, p + 8, &r);
}

/* --- to the gateway --- */

static void new_id(void *arg, uint8_t id[PARCEL_ID])
{
	struct smg *s = arg;
	smg_sequence(s->next++, id);
}

static unsigned cut_text(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX], uint8_t *coding)
{
	return sim_cut_ascii_or_ucs2(text, ASCII_SINGLE, ref, wire, piece, coding);
}

static void pump(void *arg)
{
	struct smg *s = arg;
	smg_out_pump(s->out);
}

/* --- the carrier --- */

static unsigned links(void *arg)
{
	const struct smg *s = arg;
	return hub_links(&s->hub);
}

static struct note *send_text(void *arg, struct phone *p, const char *text)
{
	struct smg *s = arg;
	return depot_text(&s->hub.depot, p, text);
}

static void cut(void *arg)
{
	struct smg *s = arg;
	hub_cut(&s->hub);
	smg_out_cut(s->out);
}

static json_t *stats(void *arg)
{
	const struct smg *s = arg;
	json_t *all = depot_json(&s->hub.depot, hub_links(&s->hub), "connects", "reports");
	must(json_object_set_new(all, "sessions", json_integer((json_int_t)smg_out_sessions(s->out))) == 0);
	return all;
}

static int frame(const uint8_t *p, size_t n, size_t *length)
{
	return octets_frame(p, n, SMG_HEAD, SMG_PDU_MAX, length);
}

struct smg *smg_create(uv_loop_t *loop, const struct smg_config *config, struct phones *phones,
	const struct sim_watch *watch, struct sim_faults *faults, struct err *e)
{
	static const struct hub_protocol protocol = { .name = "sgip", .pdu_max = SMG_PDU_MAX,
		.style = { .stamp = new_id, .cut = cut_text, .pump = pump, .too_long = BAD_FORMAT }, .frame = frame, .on_pdu = on_pdu };
	const struct hub_config hub = { config->host, config->number, config->port, config->window, &protocol };
	struct smg *s = mem_new(struct smg);
	s->config = *config;
	int rc = hub_init(&s->hub, loop, &hub, phones, watch, faults, s, e);
	s->hub.carrier = (struct carrier){ protocol.name, s, links, send_text, cut, stats }; /* with our own connections */
	s->out = smg_out_create(&s->config, &s->hub.depot);
	if (rc < 0)
		smg_destroy(&s);
	return s;
}

void smg_destroy(struct smg **s)
{
	smg_out_destroy(&(*s)->out);
	hub_fini(&(*s)->hub);
	free(*s);
	*s = NULL;
}

int smg_port(const struct smg *s)
{
	return hub_port(&s->hub);
}

const struct carrier *smg_carrier(const struct smg *s)
{
	return &s->hub.carrier;
}
