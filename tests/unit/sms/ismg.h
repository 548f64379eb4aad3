/* An ISMG inside a test: listens on 127.0.0.1, keeps every PDU it gets, answers what the test tells it to. With the
 * adapter under test and a fake gateway it makes the fixture of the cmpp_*_test.c suites. */
#ifndef XQ_TESTS_ISMG_H
#define XQ_TESTS_ISMG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/cmpp/internal.h"
#include "gateway/base/log.h"
#include "gateway/base/stream.h"
#include "tests/unit/slack.h"
#include "tests/unit/sms/fake_gateway.h"

enum { CONNS_MAX = 16, GOT_MAX = 2000, STEP_MS = 5, UNTIL_MS = 8000 };

struct got { struct cmpp_pdu pdu; uint8_t *raw; struct stream *from; };

static struct ismg {
	struct stream_listener *listener;
	struct stream *conn[CONNS_MAX];
	unsigned conns, closed;
	struct got got[GOT_MAX];
	unsigned count;
	uint8_t version; /* the highest it speaks; what a link speaks is the lower of the two */
	uint8_t layout;  /* of what it says, 0: as spoken */
	uint8_t speaks;
	bool mute_connect, mute_test, hold_submits; /* leave unanswered */
	bool forged;     /* its proof is wrong */
	struct stream *silent, *throttling; /* a link that answers no submit, one that answers each with "too fast" */
	uint32_t connect_status, result;
	uint64_t next_id;
} ismg;

static uv_loop_t loop;
static uv_timer_t step;
static struct fake_gateway gw;
static struct adapter *adapter;
static struct cmpp_config config;

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

/* --- what the ISMG says --- */

static inline void say_raw(struct stream *s, const void *p, size_t n)
{
	assert_int_equal(stream_write(s, p, n), 0);
}

static inline void say_hex(struct stream *s, const char *hex)
{
	uint8_t raw[1024];
	size_t n = strlen(hex) / 2;
	assert_int_equal(crypto_unhex(hex, raw, n), 0);
	say_raw(s, raw, n);
}

static inline void say(struct stream *s, struct cmpp_pdu *pdu)
{
	struct buf b;
	buf_init(&b, CMPP_PDU_MAX);
	pdu->version = ismg.layout ? ismg.layout : ismg.speaks;
	assert_true(cmpp_pdu_encode(pdu, &b));
	say_raw(s, b.data, b.len);
	buf_fini(&b);
}

static inline struct stream *conn(void)
{
	return ismg.conn[ismg.conns - 1];
}

static inline void say_bare(uint32_t command, uint32_t sequence)
{
	struct cmpp_pdu pdu = { .command = command, .sequence = sequence };
	say(conn(), &pdu);
}

static inline void answer_submit(const struct got *g, uint32_t result, uint64_t id)
{
	struct cmpp_pdu pdu = { .command = CMPP_SUBMIT_RESP, .sequence = g->pdu.sequence,
		.message_resp = { .msg_id = id, .result = result } };
	say(g->from, &pdu);
}

static inline void answer_connect(const struct got *g)
{
	const struct cmpp_connect *c = &g->pdu.connect;
	struct cmpp_pdu pdu = { .command = CMPP_CONNECT_RESP, .sequence = g->pdu.sequence,
		.connect_resp = { .status = c->version > ismg.version ? 4 : ismg.connect_status, .version = ismg.version } };
	struct buf b;
	buf_init(&b, 200);
	ismg.speaks = c->version < ismg.version ? c->version : ismg.version;
	if (ismg.speaks >= CMPP_V30)
		buf_u32(&b, pdu.connect_resp.status);
	else
		buf_u8(&b, (uint8_t)pdu.connect_resp.status);
	buf_add(&b, c->authenticator, MD5_LEN);
	buf_adds(&b, ismg.forged ? "another" : "secret");
	crypto_md5(b.data, b.len, pdu.connect_resp.authenticator);
	buf_fini(&b);
	say(g->from, &pdu);
}

static inline void answer_by_itself(struct stream *s, const struct got *g)
{
	struct cmpp_pdu test = { .command = CMPP_ACTIVE_TEST_RESP, .sequence = g->pdu.sequence };
	struct cmpp_pdu end = { .command = CMPP_TERMINATE_RESP, .sequence = g->pdu.sequence };
	if (g->pdu.command == CMPP_CONNECT && !ismg.mute_connect)
		answer_connect(g);
	if (g->pdu.command == CMPP_ACTIVE_TEST && !ismg.mute_test)
		say(s, &test);
	if (g->pdu.command == CMPP_TERMINATE)
		say(s, &end);
	if (g->pdu.command == CMPP_SUBMIT && !ismg.hold_submits && s != ismg.silent)
		answer_submit(g, s == ismg.throttling ? 8 : ismg.result, ++ismg.next_id);
}

static inline size_t ismg_on_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	(void)owner;
	size_t used = 0;
	struct cmpp_pdu pdu;
	while (cmpp_pdu_decode(p + used, n - used, ismg.speaks, &pdu) > 0) {
		assert_true(ismg.count < GOT_MAX);
		struct got *g = &ismg.got[ismg.count++];
		g->raw = malloc(pdu.length);
		memcpy(g->raw, p + used, pdu.length);
		g->from = s;
		assert_int_equal(cmpp_pdu_decode(g->raw, pdu.length, ismg.speaks, &g->pdu), 1);
		used += pdu.length;
		answer_by_itself(s, g);
	}
	return used;
}

static inline void ismg_on_close(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	ismg.closed++;
	for (unsigned i = 0; i < ismg.conns; i++)
		if (ismg.conn[i] == s)
			ismg.conn[i] = NULL;
}

static inline void ismg_on_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &ismg);
	assert_true(ismg.conns < CONNS_MAX);
	ismg.conn[ismg.conns++] = s;
}

/* The n-th PDU of this command (from 0), or NULL. */
static inline struct got *got(uint32_t command, unsigned n)
{
	for (unsigned i = 0; i < ismg.count; i++)
		if (ismg.got[i].pdu.command == command && !n--)
			return &ismg.got[i];
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
	static const struct stream_ops ops = { NULL, ismg_on_data, NULL, ismg_on_close };
	static const struct stream_limits limits = { .in = CMPP_PDU_MAX, .out = 1 << 20 };
	struct err e;
	log_init(false, LOG_ERROR);
	memset(&ismg, 0, sizeof ismg);
	ismg.version = ismg.speaks = CMPP_V30;
	ismg.next_id = 0x773de14030390000ull;
	uv_loop_init(&loop);
	uv_timer_init(&loop, &step);
	uv_timer_start(&step, on_step, STEP_MS, STEP_MS);
	ismg.listener = stream_listen(&loop, "127.0.0.1", 0, CONNS_MAX, &ops, &limits, ismg_on_accept, NULL, &e);
	assert_non_null(ismg.listener);
	config = (struct cmpp_config){ .host = "127.0.0.1", .port = stream_listener_port(ismg.listener),
		.source_addr = "901234", .secret = "secret", .number = "12345", .service_id = "HOTLINE", .fee_type = "01",
		.fee_code = "000000", .fee_user_type = 2, .version = SPEAK_30, .window = 16, .enquire = 30,
		.response_timeout = 60, .reconnect_max = 60, .verify_server = VERIFY_YES };
	fake_gateway_init(&gw, &loop);
	return 0;
}

static inline struct cmpp *cmpp(void)
{
	return (struct cmpp *)adapter;
}

/* Creates the adapter from config; a test may change its times before begin(). */
static inline void prepare(void)
{
	struct err e;
	assert_int_equal(cmpp_adapter.create(&adapter, &config, &gw.host, &e), 0);
	fake_gateway_adopt(&gw, adapter, "sms");
	cmpp()->carrier.session_config.reconnect_min_ms = 20;
}

static inline void start(void)
{
	struct err e;
	if (!adapter)
		prepare();
	assert_int_equal(cmpp_adapter.start(adapter, &e), 0);
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
		cmpp_adapter.destroy(&adapter);
	for (unsigned i = 0; i < ismg.conns; i++)
		if (ismg.conn[i])
			stream_close(ismg.conn[i], false);
	stream_listener_close(&ismg.listener);
	fake_gateway_fini(&gw);
	uv_close((uv_handle_t *)&step, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (unsigned i = 0; i < ismg.count; i++)
		free(ismg.got[i].raw);
	return uv_loop_close(&loop);
}

static inline struct cmpp_pdu deliver(uint32_t sequence, uint64_t id, uint8_t fmt, const void *text, size_t n)
{
	return (struct cmpp_pdu){ .command = CMPP_DELIVER, .sequence = sequence, .deliver = { .msg_id = id, .dest = "12345",
		.msg_fmt = fmt, .source = "8613800138000", .content = { text, n } } };
}

static inline void say_text(uint32_t sequence, uint64_t id, const char *text)
{
	struct cmpp_pdu pdu = deliver(sequence, id, 0, text, strlen(text));
	say(conn(), &pdu);
}

/* A status report in the width of this version. */
static inline void say_report(uint32_t sequence, uint64_t id, const char *stat, uint8_t width)
{
	struct cmpp_report r = { .msg_id = id, .submit_time = "2607141530", .done_time = "2607141531", .dest = "13800138000" };
	struct buf b;
	buf_init(&b, 200);
	memcpy(r.stat, stat, strlen(stat));
	assert_true(cmpp_report_encode(&r, width, &b));
	struct cmpp_pdu pdu = deliver(sequence, id + 0x10000, 0, b.data, b.len);
	pdu.deliver.registered_delivery = 1;
	say(conn(), &pdu);
	buf_fini(&b);
}

/* Lives until teardown, after the adapter has given back every loan. */
static inline struct msg_out *message(uint64_t id, const char *text)
{
	struct msg_out *m = arena_alloc(gw.arena, sizeof *m);
	*m = (struct msg_out){ .id = id, .peer = "+8613800138000", .account = "12345", .author = "", .text = text,
		.attempt = 1 };
	return m;
}

static inline int send_out(const struct msg_out *m)
{
	return cmpp_adapter.send(adapter, m);
}

static inline struct got *submit(unsigned n)
{
	UNTIL(got(CMPP_SUBMIT, n));
	return got(CMPP_SUBMIT, n);
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

static inline struct got *deliver_resp(uint32_t sequence)
{
	struct got *g;
	for (unsigned n = 0; (g = got(CMPP_DELIVER_RESP, n)); n++)
		if (g->pdu.sequence == sequence)
			return g;
	return NULL;
}

static inline uint32_t result_of(uint32_t sequence)
{
	UNTIL(deliver_resp(sequence));
	return deliver_resp(sequence)->pdu.message_resp.result;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
