#include "tests/sim/sgip_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "tests/sim/octets.h"
#include "tests/sim/text.h"

enum {
	DELIVER = 4, REPORT = 5, BAD_FORMAT = 5, UNKNOWN_USER = 29, TYPE_SMG = 2, CODING_ASCII_ = 0, CODING_UCS2_ = 8,
	STATE_DELIVERED = 0, STATE_FAILED = 2, ASCII_SINGLE = 160, OUT_FULL = 1 << 20, TICK_MS = 50, AGAIN_MS = 1000
};
static const uint32_t NODE = 3099900001u; /* above 2^31, as they are */

/* Something for the gateway: a part from a handset, or a report. */
struct parcel {
	TAILQ_ENTRY(parcel) link;
	char phone[PHONE_NUMBER_MAX];
	unsigned note;      /* of the phone; 0: none */
	int64_t not_before;
	uint8_t id[SMG_SEQUENCE]; /* its sequence, the same each time it is delivered */
	bool report, delivered, header;
	uint8_t about[SMG_SEQUENCE]; /* a report: the sequence of the SUBMIT */
	uint8_t coding;
	size_t n;
	uint8_t bytes[];
};
TAILQ_HEAD(parcels, parcel);

struct smg_out {
	uv_loop_t *loop;
	struct smg_config config;
	struct phones *phones;
	struct smsc_watch watch;
	struct smsc_faults *faults;
	struct stream *to;
	enum { TO_CLOSED, TO_CONNECTING, TO_BINDING, TO_BOUND, TO_UNBINDING } state;
	struct buf to_out;
	int64_t to_not_before;
	struct parcels ready, later, waiting; /* later: not before their time; waiting: for an answer, oldest first */
	unsigned unanswered;
	struct smg_out_stats stats;
	uv_timer_t *tick;
	uint32_t counter;
	uint8_t next_ref;
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

static void new_sequence(struct smg_out *s, uint8_t out[SMG_SEQUENCE])
{
	struct tm t = octets_now();
	put32(out, NODE);
	put32(out + 4, (uint32_t)(((t.tm_mon + 1) * 100 + t.tm_mday) * 1000000 + t.tm_hour * 10000 + t.tm_min * 100 + t.tm_sec));
	put32(out + 8, s->counter++);
}

void smg_flush(struct stream *stream, struct buf *out)
{
	if (out->len && stream_write(stream, out->data, out->len) == 0)
		buf_clear(out);
}

void smg_add_answer(struct buf *b, uint32_t command, const uint8_t sequence[SMG_SEQUENCE], uint8_t result)
{
	size_t at = smg_begin(b, command | SMG_RESPONSE, sequence);
	buf_u8(b, result);
	octets_add_text(b, "", 8);
	octets_end(b, at);
}

size_t smg_frames(const uint8_t *p, size_t n, void (*each)(void *, const uint8_t *, size_t), bool (*over)(void *), void *arg,
	uint64_t *malformed)
{
	size_t used = 0;
	while (!over(arg) && n - used >= 4) {
		size_t length = octets_u32(p + used);
		if (length < SMG_HEAD || length > SMG_PDU_MAX) {
			++*malformed;
			return n;
		}
		if (n - used < length)
			break;
		each(arg, p + used, length);
		used += length;
	}
	return used;
}

/* --- to the gateway --- */

static void add_parcel(struct smg_out *s, const struct parcel *p)
{
	struct buf *b = &s->to_out;
	char number[PHONE_NUMBER_MAX + 2];
	(void)snprintf(number, sizeof number, "%s%s", strlen(p->phone) == 11 && p->phone[0] == '1' ? "86" : "", p->phone);
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
		buf_u8(b, p->header);
		buf_u8(b, p->coding);
		buf_u32(b, (uint32_t)p->n);
		buf_add(b, p->bytes, p->n);
	}
	octets_add_text(b, "", 8);
	octets_end(b, at);
}

static const struct stream_ops to_ops;

static void pump(struct smg_out *s)
{
	static const struct stream_limits limits = { .in = SMG_PDU_MAX, .out = SMG_OUT_MAX };
	struct parcel *p;
	if (s->faults->mute)
		return;
	if (s->state == TO_CLOSED && !TAILQ_EMPTY(&s->ready) && (int64_t)uv_now(s->loop) >= s->to_not_before) {
		s->state = TO_CONNECTING;
		s->to = stream_connect(s->loop, s->config.to_host, s->config.to_port, &to_ops, &limits, s);
	}
	if (s->state != TO_BOUND)
		return;
	while (s->unanswered < s->config.window && s->to_out.len + stream_pending(s->to) < OUT_FULL &&
		(p = TAILQ_FIRST(&s->ready))) {
		TAILQ_REMOVE(&s->ready, p, link);
		TAILQ_INSERT_TAIL(&s->waiting, p, link);
		s->unanswered++;
		s->stats.delivers++;
		add_parcel(s, p);
	}
	if (!s->unanswered && TAILQ_EMPTY(&s->ready)) {
		uint8_t sequence[SMG_SEQUENCE];
		new_sequence(s, sequence);
		octets_end(&s->to_out, smg_begin(&s->to_out, SMG_UNBIND, sequence));
		s->state = TO_UNBINDING;
	}
	smg_flush(s->to, &s->to_out);
}

static void end_session(struct smg_out *s)
{
	if (!s->to)
		return;
	smg_flush(s->to, &s->to_out);
	stream_close(s->to, true);
}

static void settle(struct smg_out *s, struct parcel *p, uint8_t result)
{
	TAILQ_REMOVE(&s->waiting, p, link);
	s->unanswered--;
	if (result != SMG_OK) {
		s->stats.delivers_again++;
		p->not_before = (int64_t)uv_now(s->loop) + AGAIN_MS;
		TAILQ_INSERT_TAIL(&s->later, p, link);
		return;
	}
	s->stats.delivers_ok++;
	s->stats.queued--;
	struct phone *phone;
	struct note *n = phones_part_taken(s->phones, p->phone, p->note, &phone);
	if (n)
		s->watch.on_note(s->watch.arg, phone, n);
	free(p);
}

static void on_answer(struct smg_out *s, const uint8_t sequence[SMG_SEQUENCE], uint8_t result)
{
	struct parcel *p;
	if (s->faults->forget > 0) {
		s->faults->forget--;
		end_session(s);
		return;
	}
	TAILQ_FOREACH(p, &s->waiting, link)
		if (!memcmp(p->id, sequence, SMG_SEQUENCE))
			break;
	if (p)
		settle(s, p, result);
}

static void on_to_pdu(struct smg_out *s, const uint8_t *p, size_t n)
{
	uint32_t command = octets_u32(p + 4);
	if (command == (SMG_UNBIND | SMG_RESPONSE)) {
		end_session(s);
	} else if (n != SMG_HEAD + 9) {
		s->stats.malformed += command != SMG_UNBIND;
	} else if (command == (SMG_BIND | SMG_RESPONSE)) {
		log_info("sim", "bound to the gateway", "result=%u", p[SMG_HEAD]);
		s->stats.sessions += p[SMG_HEAD] == SMG_OK;
		s->state = TO_BOUND;
		if (p[SMG_HEAD] != SMG_OK)
			end_session(s);
	} else if (command == (DELIVER | SMG_RESPONSE) || command == (REPORT | SMG_RESPONSE)) {
		on_answer(s, p + 8, p[SMG_HEAD]);
	}
}

static void each_to(void *arg, const uint8_t *p, size_t n)
{
	on_to_pdu(arg, p, n);
}

static bool to_over(void *arg)
{
	const struct smg_out *s = arg;
	return !s->to || s->state == TO_CLOSED;
}

static size_t on_to_data(struct stream *stream, void *owner, const uint8_t *p, size_t n)
{
	struct smg_out *s = owner;
	(void)stream;
	size_t used = smg_frames(p, n, each_to, to_over, s, &s->stats.malformed);
	pump(s);
	return used;
}

static void on_to_open(struct stream *stream, void *owner)
{
	struct smg_out *s = owner;
	uint8_t sequence[SMG_SEQUENCE];
	(void)stream;
	new_sequence(s, sequence);
	size_t at = smg_begin(&s->to_out, SMG_BIND, sequence);
	buf_u8(&s->to_out, TYPE_SMG);
	octets_add_text(&s->to_out, s->config.smg_login, 16);
	octets_add_text(&s->to_out, s->config.password, 16);
	octets_add_text(&s->to_out, "", 8);
	octets_end(&s->to_out, at);
	s->state = TO_BINDING;
	smg_flush(s->to, &s->to_out);
}

static void on_to_drain(struct stream *stream, void *owner)
{
	(void)stream;
	struct smg_out *s = owner;
	smg_flush(s->to, &s->to_out);
	pump(s);
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
	s->to_not_before = (int64_t)uv_now(s->loop) + (whole ? 0 : AGAIN_MS / 4);
	for (struct parcel *p; (p = TAILQ_LAST(&s->waiting, parcels));) { /* oldest first again */
		TAILQ_REMOVE(&s->waiting, p, link);
		TAILQ_INSERT_HEAD(&s->ready, p, link);
	}
}

static const struct stream_ops to_ops = { on_to_open, on_to_data, on_to_drain, on_to_close };

static struct parcel *queue(struct smg_out *s, const char *phone, const uint8_t *bytes, size_t n)
{
	struct parcel *p = mem_zalloc(sizeof *p + n);
	(void)snprintf(p->phone, sizeof p->phone, "%s", phone);
	new_sequence(s, p->id);
	p->n = n;
	if (n)
		memcpy(p->bytes, bytes, n);
	s->stats.queued++;
	return p;
}

static unsigned queue_text(struct smg_out *s, const char *phone, const char *text, unsigned note)
{
	struct sim_piece piece[SIM_PARTS_MAX];
	struct buf wire;
	bool ascii = sim_is_ascii(text) && strlen(text) <= ASCII_SINGLE;
	buf_init(&wire, 1 << 17);
	unsigned parts = ascii ? 1 : sim_cut_ucs2(text, s->next_ref, &wire, piece);
	if (ascii)
		piece[0] = (struct sim_piece){ (const uint8_t *)text, strlen(text) };
	s->next_ref++;
	for (unsigned i = 0; i < parts; i++) {
		struct parcel *p = queue(s, phone, piece[i].p, piece[i].n);
		p->note = note;
		p->header = parts > 1;
		p->coding = ascii ? CODING_ASCII_ : CODING_UCS2_;
		TAILQ_INSERT_TAIL(&s->ready, p, link);
	}
	buf_fini(&wire);
	return parts;
}

struct note *smg_out_text(struct smg_out *s, struct phone *p, const char *text)
{
	struct note *n = phone_add(s->phones, p, true, s->config.number, text, 1);
	n->parts = queue_text(s, phone_number(p), text, n->id);
	if (!n->parts) { /* too long: it never left the phone */
		n->state = NOTE_REFUSED;
		n->status = BAD_FORMAT;
	}
	s->watch.on_note(s->watch.arg, p, n);
	pump(s);
	return n;
}

void smg_out_report(struct smg_out *s, const char *phone, const uint8_t about[SMG_SEQUENCE])
{
	struct parcel *p = queue(s, phone, NULL, 0);
	p->report = true;
	memcpy(p->about, about, SMG_SEQUENCE);
	p->delivered = s->faults->undeliverable <= 0;
	s->faults->undeliverable -= s->faults->undeliverable > 0;
	p->not_before = (int64_t)uv_now(s->loop) + s->faults->delay_receipt;
	s->stats.reports++;
	TAILQ_INSERT_TAIL(&s->later, p, link);
}

/* --- life --- */

static void on_tick(uv_timer_t *t)
{
	struct smg_out *s = t->data;
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

struct smg_out *smg_out_create(uv_loop_t *loop, const struct smg_config *config, struct phones *phones,
	const struct smsc_watch *watch, struct smsc_faults *faults)
{
	struct smg_out *s = mem_new(struct smg_out);
	*s = (struct smg_out){ .loop = loop, .config = *config, .phones = phones, .watch = *watch, .faults = faults,
		.tick = mem_new(uv_timer_t) };
	TAILQ_INIT(&s->ready);
	TAILQ_INIT(&s->later);
	TAILQ_INIT(&s->waiting);
	buf_init(&s->to_out, SMG_OUT_MAX);
	must(uv_timer_init(loop, s->tick) == 0 && uv_timer_start(s->tick, on_tick, TICK_MS, TICK_MS) == 0);
	s->tick->data = s;
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

void smg_out_destroy(struct smg_out **at)
{
	struct smg_out *s = *at;
	*at = NULL;
	if (s->to) {
		stream_set_owner(s->to, NULL);
		stream_close(s->to, false);
	}
	free_parcels(&s->ready);
	free_parcels(&s->later);
	free_parcels(&s->waiting);
	buf_fini(&s->to_out);
	uv_close((uv_handle_t *)s->tick, free_handle);
	free(s);
}

void smg_out_cut(struct smg_out *s)
{
	end_session(s);
}

const struct smg_out_stats *smg_out_stats(const struct smg_out *s)
{
	return &s->stats;
}
