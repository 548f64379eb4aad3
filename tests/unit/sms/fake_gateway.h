/* A gateway for the carrier protocols' suites: keeps copies of all that an adapter says, answers as the test wants,
 * in any
 * order, and holds as many as a full gateway would.
 *
 *   struct fake_gateway f;
 *   fake_gateway_init(&f, loop);           then set f.host.http and the like as the adapter needs
 *   fake_gateway_adopt(&f, adapter, "sms") after ops->create(), as the gateway does
 *   …
 *   fake_gateway_fini(&f);
 *
 * Nothing is answered by itself unless f.automatic is set: then every take, receipt and quarantine is answered with
 * f.verdict on the loop's next turn. Otherwise fake_gateway_answer() answers the oldest one that waits. Copied
 * strings live
 * in one arena until fake_gateway_fini(). */
#ifndef XQ_TESTS_FAKE_GATEWAY_H
#define XQ_TESTS_FAKE_GATEWAY_H

#include <stdlib.h>
#include <string.h>

#include "gateway/adapter.h"
#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "tests/unit/worded.h"

enum fake_what { FAKE_TAKE, FAKE_RECEIPT, FAKE_QUARANTINE };

/* What came in, in order. */
struct fake_in {
	enum fake_what what;
	struct msg_in msg;
	struct receipt receipt;
	const char *reason, *peer; /* FAKE_QUARANTINE */
	const uint8_t *raw;
	size_t raw_len;
	taken_f *done;
	void *ack;
	bool answered;
};

/* What became of a message out. */
struct fake_sent {
	const struct msg_out *msg;
	enum sent sent;
	const char *reason;
	const char *id[SENT_IDS_MAX];
	size_t ids;
	bool receipts;
	unsigned retry_ms;
};

struct fake_gateway {
	struct adapter_host host;
	struct adapter *adapter;
	struct arena *arena;
	struct fake_in *in;
	size_t in_count, in_size, in_answered; /* in_answered: all before it have their answer */
	struct fake_sent *sent;
	size_t sent_count, sent_size;
	bool automatic;     /* answer by itself */
	bool counting_only; /* keep no copies: for measuring */
	enum taken verdict;
	struct taken_info info;
	unsigned ready, drained, signals, states;
	bool up;
	char words[300];
	uv_idle_t *idle;
};

static inline struct fake_gateway *fake_gateway_of(struct adapter *a)
{
	must(a->host_data);
	return a->host_data;
}

static inline void fake_gateway_answer_as(struct fake_gateway *f, size_t i, enum taken verdict)
{
	struct fake_in *in = &f->in[i];
	must(!in->answered);
	in->answered = true;
	while (f->in_answered < f->in_count && f->in[f->in_answered].answered)
		f->in_answered++;
	if (in->done)
		in->done(f->adapter, in->ack, verdict, &f->info);
}

/* Answers the oldest that waits; false: none does. */
static inline bool fake_gateway_answer(struct fake_gateway *f, enum taken verdict)
{
	if (f->in_answered == f->in_count)
		return false;
	fake_gateway_answer_as(f, f->in_answered, verdict);
	return true;
}

static inline void fake_gateway_on_idle(uv_idle_t *h)
{
	struct fake_gateway *f = h->data;
	while (fake_gateway_answer(f, f->verdict))
		;
	if (f->counting_only)
		f->in_count = f->in_answered = 0;
	uv_idle_stop(h);
}

static inline struct fake_in *fake_gateway_add(struct fake_gateway *f, enum fake_what what, taken_f *done, void *ack)
{
	if (f->in_count == f->in_size) {
		f->in_size = f->in_size ? f->in_size * 2 : 64;
		f->in = mem_realloc(f->in, f->in_size * sizeof f->in[0]);
	}
	struct fake_in *in = &f->in[f->in_count++];
	*in = (struct fake_in){ .what = what, .done = done, .ack = ack };
	if (f->automatic)
		uv_idle_start(f->idle, fake_gateway_on_idle);
	return in;
}

static inline const uint8_t *fake_gateway_bytes(struct fake_gateway *f, const void *p, size_t n)
{
	uint8_t *copy = arena_alloc(f->arena, n + 1);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

static inline void fake_gateway_copy_msg(struct fake_gateway *f, struct msg_in *to, const struct msg_in *m)
{
	struct arena *a = f->arena;
	*to = *m;
	to->external_id = arena_strdup(a, m->external_id);
	to->peer = arena_strdup(a, m->peer);
	to->peer_name = arena_strdup(a, m->peer_name);
	to->account = arena_strdup(a, m->account);
	to->subject = arena_strdup(a, m->subject);
	to->text = arena_strdup(a, m->text);
	to->quoted = arena_strdup(a, m->quoted);
	to->language = arena_strdup(a, m->language);
	to->thread = arena_strdup(a, m->thread);
	to->automatic_why = arena_strdup(a, m->automatic_why);
	to->raw_sha256 = arena_strdup(a, m->raw_sha256);
	to->cursor_key = arena_strdup(a, m->cursor_key);
	to->cursor_value = arena_strdup(a, m->cursor_value);
	to->rating.survey = arena_strdup(a, m->rating.survey);
	to->rating.comment = arena_strdup(a, m->rating.comment);
	to->raw = m->raw ? fake_gateway_bytes(f, m->raw, m->raw_n) : NULL;
	to->part.key = arena_strdup(a, m->part.key);
	to->part.bytes = fake_gateway_bytes(f, m->part.bytes, m->part.n);
	const char **refs = arena_alloc(a, (m->ref_count + 1) * sizeof *refs);
	for (size_t i = 0; i < m->ref_count; i++)
		refs[i] = arena_strdup(a, m->refs[i]);
	to->refs = refs;
	struct msg_attachment *att = arena_alloc(a, (m->attachment_count + 1) * sizeof *att);
	for (size_t i = 0; i < m->attachment_count; i++)
		att[i] = (struct msg_attachment){ arena_strdup(a, m->attachment[i].name), arena_strdup(a, m->attachment[i].type),
			arena_strdup(a, m->attachment[i].sha256), m->attachment[i].size };
	to->attachment = att;
}

static inline void fake_gateway_take(struct adapter *a, const struct msg_in *m, taken_f *done, void *ack)
{
	struct fake_gateway *f = fake_gateway_of(a);
	struct fake_in *in = fake_gateway_add(f, FAKE_TAKE, done, ack);
	if (!f->counting_only)
		fake_gateway_copy_msg(f, &in->msg, m);
}

static inline void fake_gateway_receipt(struct adapter *a, const struct receipt *r, taken_f *done, void *ack)
{
	struct fake_gateway *f = fake_gateway_of(a);
	struct fake_in *in = fake_gateway_add(f, FAKE_RECEIPT, done, ack);
	in->receipt = *r;
	in->receipt.external_id = arena_strdup(f->arena, r->external_id);
	in->receipt.peer = arena_strdup(f->arena, r->peer);
	in->receipt.reason = arena_strdup(f->arena, r->reason);
}

static inline void fake_gateway_quarantine(struct adapter *a, const char *reason, const char *peer, const void *raw,
	size_t n,
	taken_f *done, void *ack)
{
	struct fake_gateway *f = fake_gateway_of(a);
	struct fake_in *in = fake_gateway_add(f, FAKE_QUARANTINE, done, ack);
	assert_worded(reason);
	in->reason = arena_strdup(f->arena, reason);
	in->peer = arena_strdup(f->arena, peer);
	in->raw = fake_gateway_bytes(f, raw, n);
	in->raw_len = n;
}

static inline void fake_gateway_sent(struct adapter *a, const struct msg_out *m, const struct sent_result *r)
{
	struct fake_gateway *f = fake_gateway_of(a);
	if (f->sent_count == f->sent_size) {
		f->sent_size = f->sent_size ? f->sent_size * 2 : 16;
		f->sent = mem_realloc(f->sent, f->sent_size * sizeof f->sent[0]);
	}
	struct fake_sent *s = &f->sent[f->sent_count++];
	*s = (struct fake_sent){ .msg = m, .sent = r->sent, .reason = arena_strdup(f->arena, r->reason), .ids = r->ids,
		.receipts = r->receipts, .retry_ms = r->retry_ms };
	must(r->ids <= SENT_IDS_MAX);
	for (size_t i = 0; i < r->ids; i++)
		s->id[i] = arena_strdup(f->arena, r->id[i]);
}

static inline void fake_gateway_ready(struct adapter *a)
{
	fake_gateway_of(a)->ready++;
}

static inline void fake_gateway_back(struct adapter *a, const char *peer)
{
	(void)a, (void)peer;
}

static inline void fake_gateway_signal(struct adapter *a, const struct signal *s)
{
	(void)s;
	fake_gateway_of(a)->signals++;
}

static inline void fake_gateway_history(struct adapter *a, const char *peer, int64_t after_seq, unsigned limit,
	history_f *done,
	void *arg)
{
	(void)peer, (void)after_seq, (void)limit;
	done(a, arg, 0, NULL, 0, false);
}

static inline void fake_gateway_cursor(struct adapter *a, const char *key, void (*done)(struct adapter *, void *, int,
	const char *),
	void *arg)
{
	(void)key;
	done(a, arg, 0, "");
}

static inline void fake_gateway_state(struct adapter *a, bool up, const char *words)
{
	struct fake_gateway *f = fake_gateway_of(a);
	f->states++;
	f->up = up;
	strncpy(f->words, words ? words : "", sizeof f->words - 1);
}

static inline void fake_gateway_drained(struct adapter *a)
{
	fake_gateway_of(a)->drained++;
}

static inline void fake_gateway_init(struct fake_gateway *f, uv_loop_t *loop)
{
	*f = (struct fake_gateway){ .arena = arena_create(4096), .idle = mem_new(uv_idle_t) };
	f->host = (struct adapter_host){ .loop = loop, .public_url = "http://127.0.0.1:12345", .hotline = "示范市12345",
		.language = "zh-CN", .www = ".", .take = fake_gateway_take, .receipt = fake_gateway_receipt,
			.sent = fake_gateway_sent,
		.ready = fake_gateway_ready, .back = fake_gateway_back, .signal = fake_gateway_signal,
			.history = fake_gateway_history,
		.quarantine = fake_gateway_quarantine, .cursor = fake_gateway_cursor, .state = fake_gateway_state,
		.drained = fake_gateway_drained };
	uv_idle_init(loop, f->idle);
	f->idle->data = f;
}

static inline void fake_gateway_adopt(struct fake_gateway *f, struct adapter *a, const char *channel)
{
	f->adapter = a;
	a->channel = channel;
	a->host_data = f;
}

static inline void fake_gateway_free_idle(uv_handle_t *h)
{
	free(h);
}

/* The loop must run once more for its handle to close. */
static inline void fake_gateway_fini(struct fake_gateway *f)
{
	uv_close((uv_handle_t *)f->idle, fake_gateway_free_idle);
	arena_destroy(&f->arena);
	free(f->in);
	free(f->sent);
}

#endif
