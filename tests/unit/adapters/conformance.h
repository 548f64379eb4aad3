/* What every adapter promises by gateway/adapter.h, asked of it from both sides: a gateway that watches the contract,
 * and a peer that speaks the channel's real protocol over loopback sockets, all on one loop.
 *
 * A channel brings a `struct peer` (conformance_<channel>.h); everything else is the same for all. One program, so
 * everything is static. */
#ifndef XQ_TESTS_CONFORMANCE_H
#define XQ_TESTS_CONFORMANCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "gateway/adapter.h"
#include "gateway/base/blob.h"
#include "gateway/base/config.h"
#include "gateway/base/fetch.h"
#include "gateway/base/http.h"
#include "gateway/base/log.h"
#include "gateway/base/stream.h"
#include "tests/unit/base/raw_client.h"
#include "tests/unit/base/temp.h"
#include "tests/unit/fake_host.h"
#include "tests/unit/slack.h"

enum { LOANS_MAX = 1100, UNTIL_MS = 8000, SETTLE_MS = 40, STEP_MS = 2, HISTORIES_MAX = 16 };

enum heard { HEARD_NOTHING, HEARD_TAKEN, HEARD_NEVER_AGAIN, HEARD_LATER, HEARD_GONE };

struct peer {
	const char *name; /* adapter_ops.name */
	const struct adapter_ops *ops;
	const char *required;            /* lines without which the section is not valid */
	unsigned window;                 /* messages out at once, as configured; 0: none */
	bool in_turn;                    /* it is pulled from, a message at a time: what it said is acknowledged by the next pull */
	bool outcome_at_once;            /* what becomes of a message is decided inside send(), and only told later */
	void (*open)(struct buf *lines); /* listens; adds lines with the ports and what suits a test */
	void (*meet)(void);              /* after start(): returns when messages can go both ways */
	void (*say)(unsigned n);         /* message n, or n again; does not wait */
	enum heard (*heard)(unsigned n); /* about the latest say(n) */
	const char *(*to)(void);         /* msg_out.peer for whoever listens */
	void (*hold)(bool);              /* messages out are received and not answered; false: answers all of them too */
	size_t (*got)(const char *text); /* how often a message out with this text has come */
	void (*cut)(void);               /* gone, and cannot be reached */
	void (*come_back)(void);
	void (*receipt)(const char *id); /* for the message out that was given this id, or will be; NULL: has none */
	const char *next_id;             /* the id the peer will give to the first message out */
	void (*close)(void);
};

/* --- the gateway --- */

struct loan { struct msg_out *out; unsigned ended; enum sent sent; bool reason; size_t ids; bool receipts;
	char id[SENT_IDS_MAX + 1]; };
struct asked { history_f *done; void *arg; };

static struct {
	const struct peer *peer;
	uv_loop_t loop;
	uv_timer_t step;
	struct fake_host fake;
	struct adapter *adapter;
	void *config;
	struct config_file *file;
	struct http_server *http;
	struct loan loan[LOANS_MAX];
	size_t loans, ended;
	int64_t seq;
	unsigned backs, signals, drains_when_taken;
	struct asked asked[HISTORIES_MAX];
	size_t asks;
	const char *broken; /* the rule that was broken inside a callback */
} world;

#define UNTIL(condition) do { \
	uint64_t end_ = uv_hrtime() + UNTIL_MS * 1000000ull * slack(); \
	while (!(condition)) { \
		if (uv_hrtime() > end_) \
			fail_msg("never came: %s (line %d)", #condition, __LINE__); \
		uv_run(&world.loop, UV_RUN_ONCE); \
	} \
} while (0)

/* What would come by itself has come. */
static void settle(void)
{
	loop_for(&world.loop, SETTLE_MS);
}

static void out_free(struct msg_out *m)
{
	if (m == NULL)
		return;
	char *words = (char *)(uintptr_t)m->text;
	memset(words, 'X', strlen(words)); /* whoever reads on finds out, also without a sanitizer */
	free(words);
	memset(m, 0xDD, sizeof *m);
	free(m);
}

static void world_sent(struct adapter *a, const struct msg_out *m, const struct sent_result *r)
{
	struct loan *l = NULL;
	(void)a;
	for (size_t i = 0; i < world.loans && l == NULL; i++)
		if (world.loan[i].out == m)
			l = &world.loan[i];
	if (l == NULL) {
		world.broken = "sent() with a pointer that is not lent, or twice";
		return;
	}
	l->ended++;
	l->sent = r->sent;
	l->reason = r->reason != NULL;
	l->ids = r->ids;
	l->receipts = r->receipts;
	if (r->ids)
		(void)snprintf(l->id, sizeof l->id, "%s", r->id[0]);
	world.ended++;
	out_free(l->out);
	l->out = NULL;
}

static void world_history(struct adapter *a, const char *peer, int64_t after, unsigned limit, history_f *done,
	void *arg)
{
	(void)a, (void)peer, (void)after, (void)limit;
	must(world.asks < HISTORIES_MAX);
	world.asked[world.asks++] = (struct asked){ done, arg };
}

static void world_back(struct adapter *a, const char *peer)
{
	(void)a, (void)peer;
	world.backs++;
}

static void world_signal(struct adapter *a, const struct signal *s)
{
	(void)a, (void)s;
	world.signals++;
}

static void world_take(struct adapter *a, const struct msg_in *m, taken_f *done, void *ack)
{
	if (world.fake.drains)
		world.broken = "take() after drained()";
	fake_on_take(a, m, done, ack);
}

static void on_step(uv_timer_t *t)
{
	(void)t;
	for (size_t n = world.asks; n > 0; n--) {
		struct asked q = world.asked[0];
		memmove(world.asked, world.asked + 1, --world.asks * sizeof q);
		q.done(world.adapter, q.arg, 0, NULL, 0, false);
	}
}

/* --- messages out --- */

/* Lends one; what send() said. All its words lie in one piece of memory that ends with the loan. */
static int lend_text(const char *text)
{
	must(world.loans < LOANS_MAX);
	const char *const words[] = { text, world.peer->to(), "12345", "李工", "答复", "zh-CN", "20261122200000017" };
	size_t at[8] = { 0 };
	for (size_t i = 0; i < 7; i++)
		at[i + 1] = at[i] + strlen(words[i]) + 1;
	char *all = mem_alloc(at[7]);
	for (size_t i = 0; i < 7; i++)
		memcpy(all + at[i], words[i], at[i + 1] - at[i]);
	struct msg_out *m = mem_new(struct msg_out);
	struct loan *l = &world.loan[world.loans++];
	*m = (struct msg_out){ .id = 1000 + world.loans, .conversation = 7, .seq = ++world.seq, .peer = all + at[1],
		.account = all + at[2], .author = all + at[3], .subject = all + at[4], .text = all, .language = all + at[5],
		.ticket = all + at[6], .at = 1795000000000, .attempt = 1 };
	*l = (struct loan){ .out = m };
	int rc = world.peer->ops->send(world.adapter, m);
	if (rc < 0) { /* not lent */
		assert_int_equal(l->ended, 0);
		out_free(l->out);
		world.loans--;
		world.seq--;
	}
	return rc;
}

static int lend(unsigned n)
{
	char text[32];
	(void)snprintf(text, sizeof text, "out-%u.", n);
	return lend_text(text);
}

static size_t got(unsigned n)
{
	char text[32];
	(void)snprintf(text, sizeof text, "out-%u.", n);
	return world.peer->got(text);
}

/* Every loan has ended, once. */
static void all_ended_once(void)
{
	for (size_t i = 0; i < world.loans; i++)
		assert_int_equal(world.loan[i].ended, 1);
	assert_int_equal(world.ended, world.loans);
}

/* --- life --- */

static void world_configure(const char *lines)
{
	struct faults f = { 0 };
	char *ini = mem_printf("[channel it]\n%s%s", world.peer->required, lines), *path = temp_file("it.conf", ini);
	const struct adapter_ops *ops = world.peer->ops;
	world.file = config_load(path, &f);
	world.config = mem_zalloc(ops->config_size);
	config_fill(config_section(world.file, 0), ops->keys, world.config, &f);
	if (ops->check)
		ops->check(world.config, config_section(world.file, 0), &f);
	if (f.count)
		fail_msg("%s", f.line[0]);
	faults_fini(&f);
	free(ini);
	free(path);
}

static void world_host(void)
{
	struct err e = { 0 };
	struct adapter_host *h = &world.fake.host;
	char *blobs = temp_path("blobs");
	fake_host_init(&world.fake, &world.loop);
	world.http = http_create(&world.loop, &(struct http_limits){ .connections = 100, .body = 65536 }, &e);
	h->http = world.http;
	h->fetch = fetch_create(&world.loop, &e);
	h->blobs = blob_open(blobs, &e);
	h->www = "adapters/webchat";
	h->take = world_take;
	h->sent = world_sent;
	h->history = world_history;
	h->back = world_back;
	h->signal = world_signal;
	world.fake.reason = "empty";
	world.fake.ticket = "20261122200000017";
	free(blobs);
}

static int world_up(void **state)
{
	struct err e = { 0 };
	struct buf lines;
	memset(&world, 0, sizeof world);
	world.peer = *state;
	if (temp_setup(NULL) < 0)
		return -1;
	log_init(false, LOG_ERROR);
	assert_int_equal(uv_loop_init(&world.loop), 0);
	uv_timer_init(&world.loop, &world.step);
	uv_timer_start(&world.step, on_step, STEP_MS, STEP_MS);
	world_host();
	buf_init(&lines, 4096);
	world.peer->open(&lines);
	world_configure(buf_str(&lines));
	buf_fini(&lines);
	if (world.peer->ops->create(&world.adapter, world.config, &world.fake.host, &e) < 0)
		fail_msg("%s", e.words);
	world.adapter->ops = world.peer->ops;
	world.adapter->channel = "it";
	world.fake.adapter = world.adapter;
	return 0;
}

static int world_start(void **state)
{
	struct err e = { 0 };
	int rc = world_up(state);
	if (rc == 0 && world.peer->ops->start(world.adapter, &e) < 0)
		fail_msg("%s", e.words);
	assert_int_equal(http_listen(world.http, "127.0.0.1", 0, &e), 0);
	return rc;
}

static int world_meet(void **state)
{
	int rc = world_start(state);
	world.peer->meet();
	return rc;
}

static void destroy(void)
{
	world.fake.hold = true; /* done() never runs any more */
	uv_timer_stop(&world.fake.timer);
	world.asks = 0;
	world.peer->ops->destroy(&world.adapter);
	assert_null(world.adapter);
}

static void count_open(uv_handle_t *h, void *n)
{
	*(unsigned *)n += !uv_is_closing(h);
}

static int world_down(void **state)
{
	(void)state;
	if (world.adapter)
		destroy();
	world.peer->close();
	http_destroy(&world.http);
	fetch_destroy((struct fetch **)&world.fake.host.fetch);
	blob_close((struct blob_store **)&world.fake.host.blobs);
	fake_host_fini(&world.fake);
	uv_close((uv_handle_t *)&world.step, NULL);
	for (unsigned i = 0; i < 100 && uv_run(&world.loop, UV_RUN_NOWAIT); i++)
		loop_for(&world.loop, 5);
	unsigned open = 0;
	uv_walk(&world.loop, count_open, &open);
	assert_int_equal(open, 0); /* an adapter that has ended leaves nothing on the loop */
	assert_int_equal(uv_loop_close(&world.loop), 0);
	for (size_t i = 0; i < world.loans; i++)
		out_free(world.loan[i].out);
	free(world.config);
	config_destroy(&world.file);
	if (world.broken)
		print_error("broken: %s\n", world.broken);
	return temp_teardown(NULL) || world.broken != NULL;
}

#endif
