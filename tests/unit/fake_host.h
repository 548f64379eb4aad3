/* A gateway for an adapter's suite: remembers what the adapter said and answers as the test tells it to.
 * One program each, so everything is static. Answers run from the loop, never inside the adapter's call. */
#ifndef XQ_TEST_FAKE_HOST_H
#define XQ_TEST_FAKE_HOST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "gateway/adapter.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"
#include "tests/unit/worded.h"

enum { FAKE_MAX = 256 };

struct fake_take {
	struct msg_in msg; /* deep copy in arena */
	taken_f *done;
	void *ack;
	bool answered;
};
struct fake_receipt {
	struct receipt receipt;
	taken_f *done;
	void *ack;
	bool answered;
};
struct fake_memo {
	struct memo memo;
	taken_f *done;
	void *ack;
	bool answered;
};
struct fake_aside { const char *reason, *raw; };
struct fake_sent {
	const struct msg_out *msg;
	enum sent sent;
	const char *reason, *id, *note;
	bool receipts;
};

struct fake_host {
	struct adapter_host host; /* first: callbacks find us through `fake` below */
	struct arena *arena;
	struct secret secret;
	uv_timer_t timer;
	struct adapter *adapter;
	struct fake_take take[FAKE_MAX];
	size_t takes;
	struct fake_receipt receipt[FAKE_MAX];
	size_t receipts;
	struct fake_memo memo[FAKE_MAX];
	size_t memos;
	struct fake_sent sent[FAKE_MAX];
	size_t sents;
	struct fake_aside aside[FAKE_MAX];
	size_t quarantined, readies, drains, states;
	enum taken answer;  /* what take() and receipt() are answered with */
	const char *reason, *ticket;
	bool hold;          /* answer nothing until fake_release() */
	const char *cursor; /* what cursor() finds */
	bool up;
	char words[ERR_WORDS_MAX];
};

static struct fake_host *fake;

static void fake_answer(uv_timer_t *t)
{
	(void)t;
	struct taken_info info = { .ticket = fake->ticket, .reason = fake->answer == TAKEN_REFUSED ? fake->reason : NULL };
	for (size_t i = 0; i < fake->takes; i++)
		if (!fake->take[i].answered) {
			fake->take[i].answered = true;
			fake->take[i].done(fake->adapter, fake->take[i].ack, fake->answer, &info);
		}
	for (size_t i = 0; i < fake->receipts; i++)
		if (!fake->receipt[i].answered) {
			fake->receipt[i].answered = true;
			if (fake->receipt[i].done)
				fake->receipt[i].done(fake->adapter, fake->receipt[i].ack, fake->answer, &info);
		}
	for (size_t i = 0; i < fake->memos; i++)
		if (!fake->memo[i].answered) {
			fake->memo[i].answered = true;
			if (fake->memo[i].done)
				fake->memo[i].done(fake->adapter, fake->memo[i].ack, fake->answer, &info);
		}
}

static inline void fake_release(void)
{
	fake->hold = false;
	uv_timer_start(&fake->timer, fake_answer, 0, 0);
}

static void fake_soon(void)
{
	if (!fake->hold)
		uv_timer_start(&fake->timer, fake_answer, 0, 0);
}

static char *fake_copy(const char *s)
{
	return arena_strdup(fake->arena, s);
}

static void fake_on_take(struct adapter *a, const struct msg_in *m, taken_f *done, void *ack)
{
	must(fake->takes < FAKE_MAX);
	struct fake_take *t = &fake->take[fake->takes++];
	*t = (struct fake_take){ .msg = *m, .done = done, .ack = ack };
	struct msg_in *c = &t->msg;
	const char **const words[] = { &c->external_id, &c->peer, &c->peer_name, &c->account, &c->subject, &c->text,
		&c->quoted,
		&c->language, &c->note, &c->thread, &c->automatic_why, &c->raw_sha256, &c->cursor_key, &c->cursor_value,
		&c->rating.survey,
		&c->rating.comment, &c->part.key };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		*words[i] = fake_copy(*words[i]);
	const char **refs = arena_alloc(fake->arena, (m->ref_count + 1) * sizeof *refs);
	for (size_t i = 0; i < m->ref_count; i++)
		refs[i] = fake_copy(m->refs[i]);
	c->refs = refs;
	struct msg_attachment *file = arena_alloc(fake->arena, (m->attachment_count + 1) * sizeof *file);
	for (size_t i = 0; i < m->attachment_count; i++)
		file[i] = (struct msg_attachment){ fake_copy(m->attachment[i].name), fake_copy(m->attachment[i].type),
			fake_copy(m->attachment[i].sha256), m->attachment[i].size };
	c->attachment = file;
	if (m->raw)
		c->raw = memcpy(arena_alloc(fake->arena, m->raw_n + 1), m->raw, m->raw_n);
	if (m->part.bytes)
		c->part.bytes = memcpy(arena_alloc(fake->arena, m->part.n + 1), m->part.bytes, m->part.n);
	fake->adapter = a;
	fake_soon();
}

static void fake_on_receipt(struct adapter *a, const struct receipt *r, taken_f *done, void *ack)
{
	must(fake->receipts < FAKE_MAX);
	struct fake_receipt *f = &fake->receipt[fake->receipts++];
	*f = (struct fake_receipt){ .receipt = *r, .done = done, .ack = ack };
	f->receipt.external_id = fake_copy(r->external_id);
	f->receipt.peer = fake_copy(r->peer);
	f->receipt.reason = fake_copy(r->reason);
	fake->adapter = a;
	fake_soon();
}

static void fake_on_remember(struct adapter *a, const struct memo *m, taken_f *done, void *ack)
{
	must(fake->memos < FAKE_MAX);
	fake->memo[fake->memos++] = (struct fake_memo){ { fake_copy(m->peer), fake_copy(m->note), fake_copy(m->cursor_key),
		fake_copy(m->cursor_value) }, done, ack, false };
	fake->adapter = a;
	fake_soon();
}

static void fake_on_sent(struct adapter *a, const struct msg_out *m, const struct sent_result *r)
{
	(void)a;
	must(fake->sents < FAKE_MAX);
	fake->sent[fake->sents++] = (struct fake_sent){ .msg = m, .sent = r->sent, .reason = fake_copy(r->reason),
		.id = r->ids ? fake_copy(r->id[0]) : NULL, .note = fake_copy(r->note),
		.receipts = r->receipts };
}

static void fake_on_ready(struct adapter *a)
{
	(void)a;
	fake->readies++;
}

static void fake_on_quarantine(struct adapter *a, const char *reason, const char *peer, const void *raw, size_t n,
	taken_f *done, void *ack)
{
	(void)peer;
	assert_worded(reason);
	must(fake->quarantined < FAKE_MAX);
	fake->aside[fake->quarantined++] = (struct fake_aside){ fake_copy(reason), arena_strndup(fake->arena, raw, n) };
	if (done)
		done(a, ack, TAKEN_STORED, &(struct taken_info){ 0 });
}

struct fake_cursor {
	uv_timer_t timer;
	struct adapter *a;
	void *arg;
	void (*done)(struct adapter *, void *, int, const char *);
};

static void fake_cursor_free(uv_handle_t *h)
{
	free(h->data);
}

static void fake_cursor_found(uv_timer_t *t)
{
	struct fake_cursor *c = t->data;
	c->done(c->a, c->arg, 0, fake->cursor ? fake->cursor : "");
	uv_close((uv_handle_t *)t, fake_cursor_free);
}

static void fake_on_cursor(struct adapter *a, const char *key, void (*done)(struct adapter *, void *, int,
	const char *),
	void *arg)
{
	(void)key;
	struct fake_cursor *c = mem_new(struct fake_cursor);
	*c = (struct fake_cursor){ .a = a, .arg = arg, .done = done };
	uv_timer_init(fake->host.loop, &c->timer);
	c->timer.data = c;
	uv_timer_start(&c->timer, fake_cursor_found, 0, 0);
}

/* One gateway: everything is its duty. */
static void fake_on_duty(struct adapter *a, const char *what, void (*told)(struct adapter *, bool ours))
{
	(void)what;
	told(a, true);
}

static void fake_on_state(struct adapter *a, bool up, const char *words)
{
	(void)a;
	fake->up = up;
	fake->states++;
	snprintf(fake->words, sizeof fake->words, "%s", words ? words : "");
}

static void fake_on_drained(struct adapter *a)
{
	(void)a;
	fake->drains++;
}

/* http, fetch, blobs, www and history are the test's to add. */
static inline void fake_host_init(struct fake_host *f, uv_loop_t *loop)
{
	*f = (struct fake_host){ .arena = arena_create(4096), .answer = TAKEN_STORED };
	memset(f->secret.key, 7, sizeof f->secret.key);
	f->host = (struct adapter_host){ .loop = loop, .secret = &f->secret, .public_url = "http://127.0.0.1:12345",
		.hotline = "示范市12345", .language = "zh-CN", .take = fake_on_take, .receipt = fake_on_receipt,
		.sent = fake_on_sent, .ready = fake_on_ready, .quarantine = fake_on_quarantine, .cursor = fake_on_cursor,
		.duty = fake_on_duty,
		.remember = fake_on_remember,
		.state = fake_on_state, .drained = fake_on_drained };
	uv_timer_init(loop, &f->timer);
	fake = f;
}

static inline void fake_host_fini(struct fake_host *f)
{
	uv_close((uv_handle_t *)&f->timer, NULL);
	uv_run(f->host.loop, UV_RUN_NOWAIT);
	arena_destroy(&f->arena);
}

#endif
