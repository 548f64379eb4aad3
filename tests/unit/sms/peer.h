/* A carrier's server inside a test: listens on 127.0.0.1 and keeps every PDU it gets. With the adapter under test and a fake gateway
 * it makes the fixture of a protocol's suites (smsc.h, ismg.h, smg.h, smgw.h), each of which says before it includes this:
 *
 *   PEER_PDU      the struct of a PDU          PEER_PDU_MAX  the longest
 *   PEER_CONFIG   the adapter's configuration  PEER_GOT_MAX  so many PDUs are kept
 *   PEER_ADAPTER  its adapter_ops
 *
 * and defines peer_decode(), whether a whole PDU is there, and peer_answer(), what is answered to one by itself. */
#ifndef XQ_TESTS_PEER_H
#define XQ_TESTS_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/carrier.h"
#include "adapters/sms/door.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/stream.h"
#include "tests/unit/slack.h"
#include "tests/unit/sms/fake_gateway.h"

enum { CONNS_MAX = 32, STEP_MS = 5, UNTIL_MS = 8000 };

struct got { struct PEER_PDU pdu; uint8_t *raw; struct stream *from; bool seen; };

static struct peer {
	struct stream_listener *listener;
	struct stream *conn[CONNS_MAX];
	unsigned conns, closed;
	struct got got[PEER_GOT_MAX];
	unsigned count;
} peer;

static uv_loop_t loop;
static uv_timer_t step;
static struct fake_gateway gw;
static struct adapter *adapter;
static struct PEER_CONFIG config;

static inline bool peer_decode(const uint8_t *p, size_t n, struct PEER_PDU *pdu);
static inline void peer_answer(struct got *g);

/* Turns the loop until the condition holds; fails the test after UNTIL_MS. */
#define UNTIL(condition) do { \
	uint64_t end_ = uv_hrtime() + UNTIL_MS * 1000000ull * slack(); \
	while (!(condition)) { \
		if (uv_hrtime() > end_) \
			fail_msg("never came: %s (line %d)", #condition, __LINE__); \
		uv_run(&loop, UV_RUN_ONCE); \
	} \
} while (0)

static inline void run_for(unsigned ms)
{
	uint64_t end = uv_hrtime() + ms * 1000000ull;
	while (uv_hrtime() < end)
		uv_run(&loop, UV_RUN_ONCE);
}

static inline void on_step(uv_timer_t *t)
{
	(void)t;
}

/* --- what it says --- */

static inline void say_raw(struct stream *s, const void *p, size_t n)
{
	assert_int_equal(stream_write(s, p, n), 0);
}

/* Spaces between octets are passed over. */
static inline void say_hex(struct stream *s, const char *hex)
{
	uint8_t raw[1024];
	size_t n = 0;
	for (; *hex; hex++) {
		if (*hex == ' ')
			continue;
		char pair[3] = { hex[0], hex[1], 0 };
		assert_int_equal(crypto_unhex(pair, raw + n++, 1), 0);
		hex++;
	}
	say_raw(s, raw, n);
}

/* The link that was made last. */
static inline struct stream *conn(void)
{
	return peer.conn[peer.conns - 1];
}

/* --- what it gets --- */

static inline size_t peer_on_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	(void)owner;
	size_t used = 0;
	struct PEER_PDU pdu;
	while (peer_decode(p + used, n - used, &pdu)) {
		assert_true(peer.count < PEER_GOT_MAX);
		struct got *g = &peer.got[peer.count++];
		*g = (struct got){ .raw = mem_dup(p + used, pdu.length), .from = s };
		(void)peer_decode(g->raw, pdu.length, &g->pdu);
		used += pdu.length;
		peer_answer(g);
	}
	return used;
}

static inline void peer_on_close(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	peer.closed++;
	for (unsigned i = 0; i < peer.conns; i++)
		if (peer.conn[i] == s)
			peer.conn[i] = NULL;
}

static inline void peer_on_open(struct stream *s, void *owner)
{
	(void)s, (void)owner;
}

static const struct stream_ops peer_ops = { peer_on_open, peer_on_data, NULL, peer_on_close };
static const struct stream_limits peer_limits = { .in = PEER_PDU_MAX, .out = 8 << 20 };

static inline void peer_on_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &peer);
	assert_true(peer.conns < CONNS_MAX);
	peer.conn[peer.conns++] = s;
}

static inline void peer_listen(int port)
{
	struct err e;
	peer.listener = stream_listen(&loop, "127.0.0.1", port, CONNS_MAX, &peer_ops, &peer_limits, peer_on_accept, NULL, &e);
	assert_non_null(peer.listener);
}

/* To the adapter's door, where it has one. */
static inline struct stream *peer_connect(void)
{
	must(peer.conns < CONNS_MAX);
	struct stream *s = stream_connect(&loop, "127.0.0.1", door_port(((struct carrier *)adapter)->door), &peer_ops, &peer_limits, &peer);
	peer.conn[peer.conns++] = s;
	return s;
}

/* The n-th PDU of this command (from 0), or NULL. */
static inline struct got *got(uint32_t command, unsigned n)
{
	for (unsigned i = 0; i < peer.count; i++)
		if (peer.got[i].pdu.command == command && !n--)
			return &peer.got[i];
	return NULL;
}

static inline unsigned got_count(uint32_t command)
{
	unsigned n = 0;
	while (got(command, n))
		n++;
	return n;
}

/* --- the fixture --- */

/* Listens; returns the port. The protocol's setup() then says what config is. */
static inline int peer_open(void)
{
	log_init(false, LOG_ERROR);
	memset(&peer, 0, sizeof peer);
	uv_loop_init(&loop);
	uv_timer_init(&loop, &step);
	uv_timer_start(&step, on_step, STEP_MS, STEP_MS);
	peer_listen(0);
	fake_gateway_init(&gw, &loop);
	return stream_listener_port(peer.listener);
}

/* Creates the adapter from config; a test may change its times before begin(). */
static inline void prepare(void)
{
	struct err e;
	assert_int_equal(PEER_ADAPTER.create(&adapter, &config, &gw.host, &e), 0);
	fake_gateway_adopt(&gw, adapter, "sms");
	((struct carrier *)adapter)->session_config.reconnect_min_ms = 20;
}

static inline void start(void)
{
	struct err e;
	if (!adapter)
		prepare();
	assert_int_equal(PEER_ADAPTER.start(adapter, &e), 0);
}

static inline void begin(void)
{
	start();
	UNTIL(gw.up);
}

static inline int teardown(void **state)
{
	(void)state;
	if (adapter)
		PEER_ADAPTER.destroy(&adapter);
	for (unsigned i = 0; i < peer.conns; i++)
		if (peer.conn[i])
			stream_close(peer.conn[i], false);
	stream_listener_close(&peer.listener);
	fake_gateway_fini(&gw);
	uv_close((uv_handle_t *)&step, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (unsigned i = 0; i < peer.count; i++)
		free(peer.got[i].raw);
	return uv_loop_close(&loop);
}

/* Lives until teardown, after the adapter has given back every loan. */
static inline struct msg_out *message_to(uint64_t id, const char *to, const char *text)
{
	struct msg_out *m = arena_alloc(gw.arena, sizeof *m);
	*m = (struct msg_out){ .id = id, .peer = to, .account = config.number, .author = "", .text = text, .attempt = 1 };
	return m;
}

static inline struct msg_out *message(uint64_t id, const char *text)
{
	return message_to(id, "+8613800138000", text);
}

static inline int send_out(const struct msg_out *m)
{
	return PEER_ADAPTER.send(adapter, m);
}

static inline const struct fake_sent *result(size_t i)
{
	UNTIL(gw.sent_count > i);
	return &gw.sent[i];
}

static inline const struct fake_in *nth(size_t i)
{
	UNTIL(gw.in_count > i);
	return &gw.in[i];
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
