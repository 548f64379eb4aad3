#include "tests/sim/sgip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gateway/base/buf.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/stream.h"
#include "tests/sim/octets.h"
#include "tests/sim/sgip_out.h"
#include "tests/sim/text.h"

enum {
	SUBMIT = 3, BAD_LOGIN = 1, BAD_TYPE = 4, BAD_FORMAT = 5, BAD_NUMBER = 6, BUSY = 11, TYPE_SP = 1, CODING_ASCII_ = 0,
	CODING_UCS2_ = 8, REPORT_ALWAYS = 1, ASCII_SINGLE = 160, LINKS_MAX = 64
};

/* A connection the gateway made: it submits. */
struct link {
	TAILQ_ENTRY(link) next;
	struct smg *smg;
	struct stream *stream;
	bool bound, ending;
	struct buf out;
};
TAILQ_HEAD(links, link);

struct smg {
	uv_loop_t *loop;
	struct smg_config config;
	struct phones *phones;
	struct smsc_watch watch;
	struct smsc_faults *faults;
	struct carrier carrier;
	struct stream_listener *listener;
	struct links links;
	struct smg_out *out; /* our connections to the gateway */
	uint64_t binds, submits, submits_ok, malformed;
};

/* --- from the gateway --- */

static void end_link(struct link *l)
{
	if (l->ending)
		return;
	smg_flush(l->stream, &l->out);
	l->ending = true;
	stream_close(l->stream, true);
}

struct submit { bool report, header; uint8_t coding; char from[64], to[64]; const uint8_t *text; size_t n; };

static bool read_submit(struct octets_reader *r, struct submit *m)
{
	octets_take_text(r, SMG_NUMBER, m->from);
	octets_take(r, SMG_NUMBER); /* ChargeNumber */
	bool one = octets_take(r, 1)[0] == 1;
	octets_take_text(r, SMG_NUMBER, m->to);
	octets_take(r, 5 + 10 + 1 + 6 + 6 + 1 + 1 + 1 + 16 + 16); /* CorpId to ScheduleTime */
	m->report = octets_take(r, 1)[0] == REPORT_ALWAYS;
	octets_take(r, 1);
	m->header = octets_take(r, 1)[0] == 1;
	m->coding = octets_take(r, 1)[0];
	octets_take(r, 1); /* MessageType */
	m->n = octets_u32(octets_take(r, 4));
	m->text = octets_take(r, m->n);
	octets_take(r, 8);
	return one && !r->bad && r->p == r->end && !strncmp(m->to, "86", 2) &&
		m->n <= (m->coding == CODING_ASCII_ ? ASCII_SINGLE : 140);
}

static void on_submit(struct link *l, const uint8_t sequence[SMG_SEQUENCE], struct octets_reader *r)
{
	struct smg *s = l->smg;
	struct submit m;
	s->submits++;
	if (s->faults->drop > 0) {
		s->faults->drop--;
		end_link(l);
		return;
	}
	if (s->faults->mute)
		return;
	if (!read_submit(r, &m)) {
		s->malformed++;
		smg_add_answer(&l->out, SUBMIT, sequence, BAD_FORMAT);
		return;
	}
	struct phone *phone = phones_get(s->phones, m.to);
	uint8_t result = s->faults->throttle > 0 ? BUSY : s->faults->refuse > 0 || !phone ? BAD_NUMBER : SMG_OK;
	s->faults->throttle -= s->faults->throttle > 0;
	s->faults->refuse -= result == BAD_NUMBER && s->faults->refuse > 0;
	smg_add_answer(&l->out, SUBMIT, sequence, result);
	if (result != SMG_OK)
		return;
	s->submits_ok++;
	if (m.report)
		smg_out_report(s->out, phone_number(phone), sequence);
	struct note *n = phone_receive(s->phones, phone, m.from, m.header,
		m.coding == CODING_UCS2_ ? SIM_DCS_UCS2 : SIM_DCS_ASCII, m.text, m.n);
	if (n)
		s->watch.on_note(s->watch.arg, phone, n);
}

static unsigned count_links(void *arg)
{
	const struct smg *s = arg;
	unsigned n = 0;
	struct link *l;
	TAILQ_FOREACH(l, &s->links, next)
		n += l->bound;
	return n;
}

static void on_bind(struct link *l, const uint8_t sequence[SMG_SEQUENCE], struct octets_reader *r)
{
	struct smg *s = l->smg;
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
		end_link(l);
		return;
	}
	l->bound = true;
	s->binds++;
	s->watch.on_links(s->watch.arg, count_links(s));
}

static void on_unbind(struct link *l, const uint8_t sequence[SMG_SEQUENCE])
{
	size_t at = smg_begin(&l->out, SMG_UNBIND | SMG_RESPONSE, sequence);
	if (l->smg->binds % 2)
		buf_add(&l->out, "\0\0\0\0\0\0\0\0\0", 9);
	octets_end(&l->out, at);
	end_link(l);
}

static void on_pdu(void *arg, const uint8_t *p, size_t n)
{
	struct link *l = arg;
	uint32_t command = octets_u32(p + 4);
	struct octets_reader r = { p + SMG_HEAD, p + n, false };
	if (command == SMG_BIND && !l->bound)
		on_bind(l, p + 8, &r);
	else if (command == SMG_UNBIND)
		on_unbind(l, p + 8);
	else if (command == SUBMIT && l->bound)
		on_submit(l, p + 8, &r);
}

static bool link_over(void *arg)
{
	const struct link *l = arg;
	return l->ending;
}

static size_t on_data(struct stream *stream, void *owner, const uint8_t *p, size_t n)
{
	struct link *l = owner;
	uint64_t before = l->smg->malformed;
	size_t used = smg_frames(p, n, on_pdu, link_over, l, &l->smg->malformed);
	if (used == n && l->smg->malformed != before && n >= 4 && octets_u32(p) > SMG_PDU_MAX)
		end_link(l);
	if (!l->ending)
		smg_flush(stream, &l->out);
	return used;
}

static void on_drain(struct stream *stream, void *owner)
{
	struct link *l = owner;
	if (!l->ending)
		smg_flush(stream, &l->out);
}

static void on_close(struct stream *stream, void *owner, const char *reason)
{
	(void)stream, (void)reason;
	struct link *l = owner;
	if (!l)
		return;
	struct smg *s = l->smg;
	TAILQ_REMOVE(&s->links, l, next);
	if (l->bound)
		s->watch.on_links(s->watch.arg, count_links(s));
	buf_fini(&l->out);
	free(l);
}

static void on_accept(struct stream *stream, void *arg)
{
	struct smg *s = arg;
	struct link *l = mem_new(struct link);
	l->smg = s;
	l->stream = stream;
	buf_init(&l->out, SMG_OUT_MAX);
	TAILQ_INSERT_TAIL(&s->links, l, next);
	stream_set_owner(stream, l);
}

/* --- the carrier --- */

static struct note *send_text(void *arg, struct phone *p, const char *text)
{
	struct smg *s = arg;
	return smg_out_text(s->out, p, text);
}

static void cut(void *arg)
{
	struct smg *s = arg;
	struct link *l;
	TAILQ_FOREACH(l, &s->links, next)
		end_link(l);
	smg_out_cut(s->out);
}

static json_t *stats(void *arg)
{
	const struct smg *s = arg;
	const struct smg_out_stats *o = smg_out_stats(s->out);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "connects", (json_int_t)s->binds, "sessions",
		(json_int_t)o->sessions, "links", (json_int_t)count_links(arg), "submits", (json_int_t)s->submits, "submits_ok",
		(json_int_t)s->submits_ok, "delivers", (json_int_t)o->delivers, "delivers_ok", (json_int_t)o->delivers_ok,
		"delivers_again", (json_int_t)o->delivers_again, "reports", (json_int_t)o->reports, "queued", (json_int_t)o->queued,
		"malformed", (json_int_t)(s->malformed + o->malformed));
}

struct smg *smg_create(uv_loop_t *loop, const struct smg_config *config, struct phones *phones,
	const struct smsc_watch *watch, struct smsc_faults *faults, struct err *e)
{
	static const struct stream_ops ops = { NULL, on_data, on_drain, on_close };
	static const struct stream_limits limits = { .in = SMG_PDU_MAX, .out = SMG_OUT_MAX };
	struct smg *s = mem_new(struct smg);
	*s = (struct smg){ .loop = loop, .config = *config, .phones = phones, .watch = *watch, .faults = faults,
		.carrier = { "sgip", s, count_links, send_text, cut, stats } };
	TAILQ_INIT(&s->links);
	s->out = smg_out_create(loop, config, phones, watch, faults);
	s->listener = stream_listen(loop, config->host, config->port, LINKS_MAX, &ops, &limits, on_accept, s, e);
	if (!s->listener)
		smg_destroy(&s);
	return s;
}

void smg_destroy(struct smg **at)
{
	struct smg *s = *at;
	*at = NULL;
	if (s->listener)
		stream_listener_close(&s->listener);
	for (struct link *l; (l = TAILQ_FIRST(&s->links));) {
		TAILQ_REMOVE(&s->links, l, next);
		stream_set_owner(l->stream, NULL);
		stream_close(l->stream, false);
		buf_fini(&l->out);
		free(l);
	}
	smg_out_destroy(&s->out);
	free(s);
}

int smg_port(const struct smg *s)
{
	return stream_listener_port(s->listener);
}

const struct carrier *smg_carrier(const struct smg *s)
{
	return &s->carrier;
}
