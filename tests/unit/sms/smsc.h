/* An SMSC inside a test: listens on 127.0.0.1, keeps every PDU it gets, answers what the test tells it to. With the
 * adapter under test and a fake gateway it makes the fixture of the smpp_*_test.c suites. */
#ifndef XQ_TESTS_SMSC_H
#define XQ_TESTS_SMSC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/door.h"
#include "adapters/sms/smpp/internal.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/stream.h"
#include "tests/unit/slack.h"
#include "tests/unit/sms/fake_gateway.h"

enum { CONNS_MAX = 16, GOT_MAX = 20000, STEP_MS = 5, UNTIL_MS = 8000 };

struct got { struct smpp_pdu pdu; uint8_t *raw; struct stream *from; bool seen; };

static struct smsc {
	struct stream_listener *listener;
	struct stream *conn[CONNS_MAX];
	unsigned conns, closed;
	struct got got[GOT_MAX];
	unsigned count;
	bool mute_bind, mute_enquire, hold_submits; /* leave unanswered */
	uint32_t bind_status, submit_status;
	unsigned next_id;
} smsc;

static uv_loop_t loop;
static uv_timer_t step;
static struct fake_gateway gw;
static struct adapter *adapter;
static struct smpp_config config;

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

/* --- what the SMSC says --- */

static inline void say_raw(struct stream *s, const void *p, size_t n)
{
	assert_int_equal(stream_write(s, p, n), 0);
}

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

static inline void say(struct stream *s, const struct smpp_pdu *pdu)
{
	struct buf b;
	buf_init(&b, SMPP_PDU_MAX);
	assert_true(smpp_pdu_encode(pdu, &b));
	say_raw(s, b.data, b.len);
	buf_fini(&b);
}

static inline void say_simple(struct stream *s, uint32_t command, uint32_t sequence, uint32_t status)
{
	struct smpp_pdu pdu = { .command = command, .sequence = sequence, .status = status };
	say(s, &pdu);
}

static inline struct stream *conn(void)
{
	return smsc.conn[smsc.conns - 1];
}

static inline void answer_submit(const struct got *g, uint32_t status, const char *id)
{
	struct smpp_pdu pdu = { .command = SMPP_SUBMIT_SM_RESP, .sequence = g->pdu.sequence, .status = status,
		.message_resp = { .message_id = id } };
	say(g->from, &pdu);
}

static inline void answer_by_itself(struct stream *s, const struct got *g)
{
	char id[16];
	switch (g->pdu.command) {
	case 0x01: case 0x02: case 0x09:
		if (!smsc.mute_bind)
			say_simple(s, g->pdu.command | SMPP_RESPONSE, g->pdu.sequence, smsc.bind_status);
		break;
	case 0x15:
		if (!smsc.mute_enquire)
			say_simple(s, 0x80000015, g->pdu.sequence, 0);
		break;
	case 0x06:
		say_simple(s, 0x80000006, g->pdu.sequence, 0);
		break;
	case 0x04:
		snprintf(id, sizeof id, "%u", ++smsc.next_id);
		if (!smsc.hold_submits)
			answer_submit(g, smsc.submit_status, id);
		break;
	}
}

static inline size_t smsc_on_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	(void)owner;
	size_t used = 0;
	struct smpp_pdu pdu;
	while (smpp_pdu_decode(p + used, n - used, &pdu) > 0) {
		assert_true(smsc.count < GOT_MAX);
		struct got *g = &smsc.got[smsc.count++];
		g->raw = malloc(pdu.length);
		memcpy(g->raw, p + used, pdu.length);
		g->from = s;
		g->seen = false;
		assert_int_equal(smpp_pdu_decode(g->raw, pdu.length, &g->pdu), 1);
		used += pdu.length;
		answer_by_itself(s, g);
	}
	return used;
}

static inline void smsc_on_close(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	smsc.closed++;
	for (unsigned i = 0; i < smsc.conns; i++)
		if (smsc.conn[i] == s)
			smsc.conn[i] = NULL;
}

static inline void smsc_on_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &smsc);
	assert_true(smsc.conns < CONNS_MAX);
	smsc.conn[smsc.conns++] = s;
}

/* The n-th PDU of this command (from 0), or NULL. */
static inline struct got *got(uint32_t command, unsigned n)
{
	for (unsigned i = 0; i < smsc.count; i++)
		if (smsc.got[i].pdu.command == command && !n--)
			return &smsc.got[i];
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
	static const struct stream_ops ops = { NULL, smsc_on_data, NULL, smsc_on_close };
	static const struct stream_limits limits = { .in = SMPP_PDU_MAX, .out = 8 << 20 };
	struct err e;
	log_init(false, LOG_ERROR);
	memset(&smsc, 0, sizeof smsc);
	uv_loop_init(&loop);
	uv_timer_init(&loop, &step);
	uv_timer_start(&step, on_step, STEP_MS, STEP_MS);
	smsc.listener = stream_listen(&loop, "127.0.0.1", 0, CONNS_MAX, &ops, &limits, smsc_on_accept, NULL, &e);
	assert_non_null(smsc.listener);
	config = (struct smpp_config){ .host = "127.0.0.1", .port = stream_listener_port(smsc.listener),
		.system_id = "xinqiao",
		.password = "secret", .system_type = "", .service_type = "", .number = "12345", .window = 10, .enquire = 30,
		.response_timeout = 60, .reconnect_max = 60, .source_ton = -1, .source_npi = -1, .dest_ton = -1, .dest_npi = -1 };
	fake_gateway_init(&gw, &loop);
	return 0;
}

static inline struct smpp *smpp(void)
{
	return (struct smpp *)adapter;
}

/* Creates the adapter from config; a test may change its times before begin(). */
static inline void prepare(void)
{
	struct err e;
	assert_int_equal(smpp_adapter.create(&adapter, &config, &gw.host, &e), 0);
	fake_gateway_adopt(&gw, adapter, "sms");
	smpp()->carrier.session_config.reconnect_min_ms = 20;
}

static inline void begin(void)
{
	struct err e;
	if (!adapter)
		prepare();
	assert_int_equal(smpp_adapter.start(adapter, &e), 0);
	UNTIL(gw.up);
}

static inline int teardown(void **state)
{
	(void)state;
	if (adapter)
		smpp_adapter.destroy(&adapter);
	for (unsigned i = 0; i < smsc.conns; i++)
		if (smsc.conn[i])
			stream_close(smsc.conn[i], false);
	stream_listener_close(&smsc.listener);
	fake_gateway_fini(&gw);
	uv_close((uv_handle_t *)&step, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (unsigned i = 0; i < smsc.count; i++)
		free(smsc.got[i].raw);
	return uv_loop_close(&loop);
}

static inline void say_message(uint32_t sequence, uint8_t esm_class, uint8_t data_coding, const void *text, size_t n,
	const struct buf *tlvs)
{
	struct smpp_pdu pdu = { .command = SMPP_DELIVER_SM, .sequence = sequence,
		.message = { .source = "13800138000", .dest = "12345", .esm_class = esm_class, .data_coding = data_coding,
			.short_message = { text, n } } };
	if (tlvs)
		pdu.message.tlvs = (struct smpp_octets){ tlvs->data, tlvs->len };
	say(conn(), &pdu);
}

static inline void say_text(uint32_t sequence, const char *text)
{
	say_message(sequence, 0, 0, text, strlen(text), NULL);
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
	return smpp_adapter.send(adapter, m);
}

#endif
