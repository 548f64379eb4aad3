/* China Telecom's gateway inside a test: listens on 127.0.0.1, keeps every PDU it gets, answers what the test tells it
 * to. With the adapter under test and a fake gateway of ours it makes the fixture of the smgp_*_test.c suites. */
#ifndef XQ_TESTS_SMGW_H
#define XQ_TESTS_SMGW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/smgp/internal.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/stream.h"
#include "tests/unit/slack.h"
#include "tests/unit/sms/fake_gateway.h"

enum { CONNS_MAX = 16, GOT_MAX = 9000, STEP_MS = 5, UNTIL_MS = 8000 };

struct got { struct smgp_pdu pdu; uint8_t *raw; struct stream *from; };

static struct smgw {
	struct stream_listener *listener;
	struct stream *conn[CONNS_MAX];
	unsigned conns;
	struct got got[GOT_MAX];
	unsigned count, version;
	bool mute_login, mute_test, hold_submits, wrong_digest;
	uint32_t login_status, submit_status;
	unsigned next_id;
} smgw;

static uv_loop_t loop;
static uv_timer_t step;
static struct fake_gateway gw;
static struct adapter *adapter;
static struct smgp_config config;
static const char *retry_items[] = { "1" };

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

/* --- what the gateway says --- */

static inline void say_raw(struct stream *s, const void *p, size_t n)
{
	assert_int_equal(stream_write(s, p, n), 0);
}

static inline void say(struct stream *s, const struct smgp_pdu *pdu)
{
	struct buf b;
	buf_init(&b, SMGP_PDU_MAX);
	assert_true(smgp_pdu_encode(pdu, smgw.version, &b));
	say_raw(s, b.data, b.len);
	buf_fini(&b);
}

static inline void say_empty(struct stream *s, uint32_t command, uint32_t sequence)
{
	struct smgp_pdu pdu = { .command = command, .sequence = sequence };
	say(s, &pdu);
}

static inline struct stream *conn(void)
{
	return smgw.conn[smgw.conns - 1];
}

/* A MsgID with NULs and a ':' in it, as they come. */
static inline void make_id(unsigned n, uint8_t id[SMGP_MSG_ID])
{
	memcpy(id, "\x10\x00\x3A\x11\x22\x00\x15", 7);
	id[7] = (uint8_t)(n >> 16), id[8] = (uint8_t)(n >> 8), id[9] = (uint8_t)n;
}

static inline void answer_submit(const struct got *g, uint32_t status, unsigned id)
{
	struct smgp_pdu pdu = { .command = SMGP_SUBMIT_RESP, .sequence = g->pdu.sequence, .answer = { .status = status } };
	make_id(id, pdu.answer.msg_id);
	say(g->from, &pdu);
}

static inline void answer_login(const struct got *g)
{
	struct smgp_pdu pdu = { .command = SMGP_LOGIN_RESP, .sequence = g->pdu.sequence,
		.login_resp = { .status = smgw.login_status, .version = (uint8_t)smgw.version } };
	if (!smgw.wrong_digest)
		smgp_server_digest(smgw.login_status, g->pdu.login.authenticator, "secret", pdu.login_resp.authenticator);
	say(g->from, &pdu);
}

static inline void answer_by_itself(const struct got *g)
{
	switch (g->pdu.command) {
	case 0x01:
		if (!smgw.mute_login)
			answer_login(g);
		break;
	case 0x02:
		if (!smgw.hold_submits)
			answer_submit(g, smgw.submit_status, ++smgw.next_id);
		break;
	case 0x04:
		if (!smgw.mute_test)
			say_empty(g->from, 0x80000004, g->pdu.sequence);
		break;
	case 0x06:
		say_empty(g->from, 0x80000006, g->pdu.sequence);
		break;
	}
}

static inline size_t smgw_on_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	(void)owner;
	size_t used = 0;
	struct smgp_pdu pdu;
	while (smgp_pdu_decode(p + used, n - used, smgw.version, &pdu) > 0) {
		assert_true(smgw.count < GOT_MAX);
		struct got *g = &smgw.got[smgw.count++];
		g->raw = malloc(pdu.length);
		memcpy(g->raw, p + used, pdu.length);
		g->from = s;
		assert_int_equal(smgp_pdu_decode(g->raw, pdu.length, smgw.version, &g->pdu), 1);
		used += pdu.length;
		answer_by_itself(g);
	}
	return used;
}

static inline void smgw_on_close(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	for (unsigned i = 0; i < smgw.conns; i++)
		if (smgw.conn[i] == s)
			smgw.conn[i] = NULL;
}

static inline void smgw_on_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &smgw);
	assert_true(smgw.conns < CONNS_MAX);
	smgw.conn[smgw.conns++] = s;
}

/* The n-th PDU of this command (from 0), or NULL. */
static inline struct got *got(uint32_t command, unsigned n)
{
	for (unsigned i = 0; i < smgw.count; i++)
		if (smgw.got[i].pdu.command == command && !n--)
			return &smgw.got[i];
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

static inline int setup(void **state)
{
	(void)state;
	static const struct stream_ops ops = { NULL, smgw_on_data, NULL, smgw_on_close };
	static const struct stream_limits limits = { .in = SMGP_PDU_MAX, .out = 8 << 20 };
	struct err e;
	log_init(false, LOG_ERROR);
	memset(&smgw, 0, sizeof smgw);
	smgw.version = SMGP_30;
	uv_loop_init(&loop);
	uv_timer_init(&loop, &step);
	uv_timer_start(&step, on_step, STEP_MS, STEP_MS);
	smgw.listener = stream_listen(&loop, "127.0.0.1", 0, CONNS_MAX, &ops, &limits, smgw_on_accept, NULL, &e);
	assert_non_null(smgw.listener);
	config = (struct smgp_config){ .host = "127.0.0.1", .port = stream_listener_port(smgw.listener),
		.client_id = "10612345", .secret = "secret", .service_id = "HELP", .number = "10620012345", .window = 16,
		.enquire = 180, .response_timeout = 60, .reconnect_max = 60, .retry_status = { retry_items, 1 } };
	fake_gateway_init(&gw, &loop);
	return 0;
}

static inline struct smgp *smgp(void)
{
	return (struct smgp *)adapter;
}

/* Creates the adapter from config; a test may change its times before begin(). */
static inline void prepare(void)
{
	struct err e;
	assert_int_equal(smgp_adapter.create(&adapter, &config, &gw.host, &e), 0);
	fake_gateway_adopt(&gw, adapter, "sms");
	smgp()->carrier.session_config.reconnect_min_ms = 20;
}

static inline void start(void)
{
	struct err e;
	if (!adapter)
		prepare();
	assert_int_equal(smgp_adapter.start(adapter, &e), 0);
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
		smgp_adapter.destroy(&adapter);
	for (unsigned i = 0; i < smgw.conns; i++)
		if (smgw.conn[i])
			stream_close(smgw.conn[i], false);
	stream_listener_close(&smgw.listener);
	fake_gateway_fini(&gw);
	uv_close((uv_handle_t *)&step, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (unsigned i = 0; i < smgw.count; i++)
		free(smgw.got[i].raw);
	return uv_loop_close(&loop);
}

static inline struct smgp_pdu deliver(uint32_t sequence, unsigned id, uint8_t msg_format, const void *content, size_t n)
{
	struct smgp_pdu pdu = { .command = SMGP_DELIVER, .sequence = sequence,
		.deliver = { .msg_format = msg_format, .recv_time = "20261122221500", .src_term = "13800138000",
			.dest_term = "10620012345", .content = { content, n } } };
	make_id(id, pdu.deliver.msg_id);
	return pdu;
}

static inline void say_text(uint32_t sequence, unsigned id, const char *text)
{
	struct smgp_pdu pdu = deliver(sequence, id, 0, text, strlen(text));
	say(conn(), &pdu);
}

static inline void say_report(uint32_t sequence, unsigned of, const char *stat, const char *err, size_t n)
{
	char text[123];
	uint8_t id[SMGP_MSG_ID];
	make_id(of, id);
	snprintf(text, sizeof text, "id:%10s sub:001 dlvrd:001 Submit date:2611222215 done date:2611222216 stat:%-7s err:%-3s "
		"Text:%-20s", "", stat, err, "000");
	memcpy(text + 3, id, sizeof id);
	struct smgp_pdu pdu = deliver(sequence, 900000 + sequence, 0, text, n);
	pdu.deliver.is_report = 1;
	say(conn(), &pdu);
}

/* Lives until teardown, after the adapter has given back every loan. */
static inline struct msg_out *message(uint64_t id, const char *text)
{
	struct msg_out *m = arena_alloc(gw.arena, sizeof *m);
	*m = (struct msg_out){ .id = id, .peer = "+8613800138000", .account = "10620012345", .author = "", .text = text,
		.attempt = 1 };
	return m;
}

static inline int send_out(const struct msg_out *m)
{
	return smgp_adapter.send(adapter, m);
}

#endif
