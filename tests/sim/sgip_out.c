#include "tests/sim/sgip_out.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/stream.h"
#include "tests/sim/octets.h"

enum {
	DELIVER = 4, REPORT = 5, UNKNOWN_USER = 29, TYPE_SMG = 2, STATE_DELIVERED = 0, STATE_FAILED = 2, OUT_FULL = 1 << 20,
	SOON_MS = 250
};
static const uint32_t NODE = 3099900001u; /* above 2^31, as they are */

struct smg_out {
	struct smg_config config;
	struct depot *depot;
	struct stream *to;
	enum { TO_CLOSED, TO_CONNECTING, TO_BINDING, TO_BOUND, TO_UNBINDING } state;
	struct buf to_out;
	int64_t to_not_before;
	struct parcels waiting; /* for an answer, oldest first */
	unsigned unanswered;
	uint64_t sessions;
	uint32_t counter;
};

/* --- the wire --- */

size_t smg_begin(struct buf *b, uint32_t command, const uint8_t sequence[SMG_SEQUENCE])
{
	size_t at = b->len;
	buf_u32(b, 0);
	buf_u32(b, command);
	buf_add(b, sequence, SMG_SEQUENCE);
	return at;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

void smg_sequence(uint32_t n, uint8_t out[SMG_SEQUENCE])
{
	struct tm t = octets_now();
	put32(out, NODE);
	put32(out + 4, (uint32_t)(((t.tm_mon + 1) * 100 + t.tm_mday) * 1000000 + t.tm_hour * 10000 + t.tm_min * 100 + t.tm_sec));
	put32(out + 8, n);
}

static void flush(struct smg_out *s)
{
	if (s->to_out.len && stream_write(s->to, s->to_out.data, s->to_out.len) == 0)
		buf_clear(&s->to_out);
}

/* bind and unbind count apart from what is delivered, from above. */
static void next_sequence(struct smg_out *s, uint8_t out[SMG_SEQUENCE])
{
	smg_sequence(UINT32_MAX - s->counter++, out);
}

void smg_add_answer(struct buf *b, uint32_t command, const uint8_t sequence[SMG_SEQUENCE], uint8_t result)
{
	size_t at = smg_begin(b, command | SMG_RESPONSE, sequence);
	buf_u8(b, result);
	octets_add_text(b, "", 8);
	octets_end(b, at);
}

/* --- to the gateway --- */

static void add_parcel(struct smg_out *s, const struct parcel *p)
{
	struct buf *b = &s->to_out;
	char number[SOURCE_MAX];
	parcel_source(p, number);
	size_t at = smg_begin(b, p->report ? REPORT : DELIVER, p->id);
	if (p->report) {
		buf_add(b, p->about, SMG_SEQUENCE);
		buf_u8(b, 0);
		octets_add_text(b, number, SMG_NUMBER);
		buf_u8(b, p->delivered ? STATE_DELIVERED : STATE_FAILED);
		buf_u8(b, p->delivered ? 0 : UNKNOWN_USER);
	} else {
		octets_add_text(b, number, SMG_NUMBER);
		octets_add_text(b, s->config.number, SMG_NUMBER);
		buf_u8(b, 0);
		buf_u8(b, p->total > 1);
		buf_u8(b, p->coding);
		buf_u32(b, (uint32_t)p->n);
		buf_add(b, p->bytes, p->n);
	}
	octets_add_text(b, "", 8);
	octets_end(b, at);
}

static const struct stream_ops to_ops;

static bool has_room(const struct smg_out *s)
{
	return s->unanswered < s->config.window && s->to_out.len + stream_pending(s->to) < OUT_FULL;
}

void smg_out_pump(struct smg_out *s)
{
	static const struct stream_limits limits = { .in = SMG_PDU_MAX, .out = SMG_OUT_MAX };
	struct depot *d = s->depot;
	if (d->faults->mute)
		return;
	if (s->state == TO_CLOSED && depot_has(d) && (int64_t)uv_now(d->loop) >= s->to_not_before) {
		s->state = TO_CONNECTING;
		s->to = stream_connect(d->loop, s->config.to_host, s->config.to_port, &to_ops, &limits, s);
	}
	if (s->state != TO_BOUND)
		return;
	while (has_room(s) && depot_has(d)) {
		struct parcel *p = depot_take(d);
		TAILQ_INSERT_TAIL(&s->waiting, p, link);
		s->unanswered++;
		add_parcel(s, p);
	}
	if (!s->unanswered && !depot_has(d)) {
		uint8_t sequence[SMG_SEQUENCE];
		next_sequence(s, sequence);
		octets_end(&s->to_out, smg_begin(&s->to_out, SMG_UNBIND, sequence));
		s->state = TO_UNBINDING;
	}
	flush(s);
}

static void end_session(struct smg_out *s)
{
	if (!s->to)
		return;
	flush(s);
	stream_close(s->to, true);
}

static void on_answer(struct smg_out *s, const uint8_t sequence[SMG_SEQUENCE], uint8_t result)
{
	struct parcel *p;
	if (depot_forgets(s->depot)) {
		end_session(s);
		return;
	}
	TAILQ_FOREACH(p, &s->waiting, link)
		if (!memcmp(p->id, sequence, SMG_SEQUENCE))
			break;
	if (!p)
		return;
	TAILQ_REMOVE(&s->waiting, p, link);
	s->unanswered--;
	depot_settle(s->depot, p, result == SMG_OK ? DEPOT_TAKEN : DEPOT_LATER, result);
}

static void on_to_pdu(struct smg_out *s, const uint8_t *p, size_t n)
{
	uint32_t command = octets_u32(p + 4);
	if (command == (SMG_UNBIND | SMG_RESPONSE)) {
		end_session(s);
	} else if (n != SMG_HEAD + 9) {
		s->depot->stats.malformed += command != SMG_UNBIND;
	} else if (command == (SMG_BIND | SMG_RESPONSE)) {
		log_info("sim", "bound to the gateway", "result=%u", p[SMG_HEAD]);
		s->sessions += p[SMG_HEAD] == SMG_OK;
		s->state = TO_BOUND;
		if (p[SMG_HEAD] != SMG_OK)
			end_session(s);
	} else if (command == (DELIVER | SMG_RESPONSE) || command == (REPORT | SMG_RESPONSE)) {
		on_answer(s, p + 8, p[SMG_HEAD]);
	}
}

static size_t on_to_data(struct stream *stream, void *owner, const uint8_t *p, size_t n)
{
	struct smg_out *s = owner;
	size_t used = 0, length = 0;
	int rc = 0;
	(void)stream;
	while (s->to && s->state != TO_CLOSED && (rc = octets_frame(p + used, n - used, SMG_HEAD, SMG_PDU_MAX, &length)) > 0) {
		on_to_pdu(s, p + used, length);
		used += length;
	}
	if (rc < 0) {
		s->depot->stats.malformed++;
		end_session(s);
	}
	smg_out_pump(s);
	return rc < 0 ? n : used;
}

static void on_to_open(struct stream *stream, void *owner)
{
	struct smg_out *s = owner;
	uint8_t sequence[SMG_SEQUENCE];
	(void)stream;
	next_sequence(s, sequence);
	size_t at = smg_begin(&s->to_out, SMG_BIND, sequence);
	buf_u8(&s->to_out, TYPE_SMG);
	octets_add_text(&s->to_out, s->config.smg_login, 16);
	octets_add_text(&s->to_out, s->config.password, 16);
	octets_add_text(&s->to_out, "", 8);
	octets_end(&s->to_out, at);
	s->state = TO_BINDING;
	flush(s);
}

static void on_to_drain(struct stream *stream, void *owner)
{
	(void)stream;
	struct smg_out *s = owner;
	flush(s);
	smg_out_pump(s);
}

static void put_back(struct smg_out *s)
{
	for (struct parcel *p; (p = TAILQ_LAST(&s->waiting, parcels));) { /* oldest first again */
		TAILQ_REMOVE(&s->waiting, p, link);
		depot_put_back(s->depot, p);
	}
}

static void on_to_close(struct stream *stream, void *owner, const char *reason)
{
	(void)stream, (void)reason;
	struct smg_out *s = owner;
	if (!s)
		return;
	bool whole = s->state == TO_UNBINDING;
	s->to = NULL;
	s->state = TO_CLOSED;
	s->unanswered = 0;
	buf_clear(&s->to_out);
	s->to_not_before = (int64_t)uv_now(s->depot->loop) + (whole ? 0 : SOON_MS);
	put_back(s);
}

static const struct stream_ops to_ops = { on_to_open, on_to_data, on_to_drain, on_to_close };

/* --- life --- */

struct smg_out *smg_out_create(const struct smg_config *config, struct depot *depot)
{
	struct smg_out *s = mem_new(struct smg_out);
	*s = (struct smg_out){ .config = *config, .depot = depot };
	TAILQ_INIT(&s->waiting);
	buf_init(&s->to_out, SMG_OUT_MAX);
	return s;
}

void smg_out_destroy(struct smg_out **at)
{
	struct smg_out *s = *at;
	*at = NULL;
	if (s->to) {
		stream_set_owner(s->to, NULL);
		stream_close(s->to, false);
	}
	put_back(s);
	buf_fini(&s->to_out);
	free(s);
}

void smg_out_cut(struct smg_out *s)
{
	end_session(s);
}

uint64_t smg_out_sessions(const struct smg_out *s)
{
	return s->sessions;
}
