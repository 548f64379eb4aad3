/* The SGIP adapter between an SMG of the test's and a fake gateway: both connections, short sessions, logins, reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/door.h"
#include "adapters/sms/sgip/internal.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/stream.h"
#include "tests/unit/slack.h"
#include "tests/unit/sms/fake_gateway.h"

enum { CONNS_MAX = 32, GOT_MAX = 500, STEP_MS = 5, UNTIL_MS = 8000 };
static const uint32_t SMG_NODE = 3099900001u;

struct got { struct sgip_pdu pdu; uint8_t *raw; struct stream *from; };

static struct {
	struct stream_listener *listener;
	struct stream *conn[CONNS_MAX]; /* connections of the adapter, then ours to it */
	unsigned conns, closed;
	struct got got[GOT_MAX];
	unsigned count;
	bool hold_submits, long_unbind_resp;
	uint8_t bind_result, submit_result;
} smg;

static uv_loop_t loop;
static uv_timer_t step;
static struct fake_gateway gw;
static struct adapter *adapter;
static struct sgip_config config;

#define UNTIL(condition) do { \
	uint64_t end_ = uv_hrtime() + UNTIL_MS * 1000000ull * slack(); \
	while (!(condition)) { \
		if (uv_hrtime() > end_) \
			fail_msg("never came: %s (line %d)", #condition, __LINE__); \
		uv_run(&loop, UV_RUN_ONCE); \
	} \
} while (0)

static void run_for(unsigned ms)
{
	uint64_t end = uv_hrtime() + ms * 1000000ull;
	while (uv_hrtime() < end)
		uv_run(&loop, UV_RUN_ONCE);
}

static void on_step(uv_timer_t *t)
{
	(void)t;
}

static void say(struct stream *s, const struct sgip_pdu *pdu)
{
	struct buf b;
	buf_init(&b, SGIP_PDU_MAX);
	assert_true(sgip_pdu_encode(pdu, &b));
	assert_int_equal(stream_write(s, b.data, b.len), 0);
	buf_fini(&b);
}

static void say_hex(struct stream *s, const char *hex)
{
	uint8_t raw[512];
	size_t n = strlen(hex) / 2;
	assert_int_equal(crypto_unhex(hex, raw, n), 0);
	assert_int_equal(stream_write(s, raw, n), 0);
}

static void answer(const struct got *g, uint8_t result)
{
	struct sgip_pdu pdu = { .command = g->pdu.command | SGIP_RESPONSE, .sequence = g->pdu.sequence,
		.answer = { .result = result } };
	say(g->from, &pdu);
}

static void answer_unbind(const struct got *g)
{
	uint8_t raw[29] = { 0, 0, 0, smg.long_unbind_resp ? 29 : 20, 0x80, 0, 0, 2 };
	sgip_sequence_write(&g->pdu.sequence, raw + 8);
	assert_int_equal(stream_write(g->from, raw, raw[3]), 0);
}

static void answer_by_itself(const struct got *g)
{
	if (g->pdu.command == SGIP_BIND)
		answer(g, smg.bind_result);
	else if (g->pdu.command == SGIP_UNBIND)
		answer_unbind(g);
	else if (g->pdu.command == SGIP_SUBMIT && !smg.hold_submits)
		answer(g, smg.submit_result);
}

static size_t on_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	(void)owner;
	size_t used = 0;
	struct sgip_pdu pdu;
	while (sgip_pdu_decode(p + used, n - used, &pdu) != 0) {
		assert_true(smg.count < GOT_MAX && pdu.fault != SGIP_FAULT_LENGTH);
		struct got *g = &smg.got[smg.count++];
		*g = (struct got){ .raw = mem_dup(p + used, pdu.length), .from = s };
		sgip_pdu_decode(g->raw, pdu.length, &g->pdu);
		used += pdu.length;
		answer_by_itself(g);
	}
	return used;
}

static void on_close(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	smg.closed++;
	for (unsigned i = 0; i < smg.conns; i++)
		if (smg.conn[i] == s)
			smg.conn[i] = NULL;
}

static void on_open(struct stream *s, void *owner)
{
	(void)s, (void)owner;
}

static const struct stream_ops ops = { on_open, on_data, NULL, on_close };
static const struct stream_limits limits = { .in = SGIP_PDU_MAX, .out = 1 << 20 };

static void on_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &smg);
	assert_true(smg.conns < CONNS_MAX);
	smg.conn[smg.conns++] = s;
}

static struct got *got(uint32_t command, unsigned n)
{
	for (unsigned i = 0; i < smg.count; i++)
		if (smg.got[i].pdu.command == command && !n--)
			return &smg.got[i];
	return NULL;
}

static unsigned got_count(uint32_t command)
{
	unsigned n = 0;
	while (got(command, n))
		n++;
	return n;
}

/* --- the fixture --- */

static int setup(void **state)
{
	(void)state;
	struct err e;
	log_init(false, LOG_ERROR);
	memset(&smg, 0, sizeof smg);
	uv_loop_init(&loop);
	uv_timer_init(&loop, &step);
	uv_timer_start(&step, on_step, STEP_MS, STEP_MS);
	smg.listener = stream_listen(&loop, "127.0.0.1", 0, CONNS_MAX, &ops, &limits, on_accept, NULL, &e);
	assert_non_null(smg.listener);
	config = (struct sgip_config){ .host = "127.0.0.1", .port = stream_listener_port(smg.listener), .login = "xinqiao",
		.password = "secret", .smg_login = "smg", .smg_password = "open", .node_id = "3010092008", .corp_id = "92008",
		.number = "10655012345", .service_type = "HELP", .fee_value = "0", .fee_type = 1, .window = 16,
		.response_timeout = 30, .reconnect_max = 60, .listen = { "127.0.0.1", 0 } };
	fake_gateway_init(&gw, &loop);
	return 0;
}

static struct sgip *sgip(void)
{
	return (struct sgip *)adapter;
}

static void prepare(void)
{
	struct err e;
	assert_int_equal(sgip_adapter.create(&adapter, &config, &gw.host, &e), 0);
	fake_gateway_adopt(&gw, adapter, "sms");
	sgip()->carrier.session_config.reconnect_min_ms = 20;
}

static void begin(void)
{
	struct err e;
	if (!adapter)
		prepare();
	assert_int_equal(sgip_adapter.start(adapter, &e), 0);
	UNTIL(gw.up);
}

static int teardown(void **state)
{
	(void)state;
	if (adapter)
		sgip_adapter.destroy(&adapter);
	for (unsigned i = 0; i < smg.conns; i++)
		if (smg.conn[i])
			stream_close(smg.conn[i], false);
	stream_listener_close(&smg.listener);
	fake_gateway_fini(&gw);
	uv_close((uv_handle_t *)&step, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	for (unsigned i = 0; i < smg.count; i++)
		free(smg.got[i].raw);
	return uv_loop_close(&loop);
}

/* A connection of ours to the adapter's door. */
static struct stream *knock(void)
{
	must(smg.conns < CONNS_MAX);
	struct stream *s = stream_connect(&loop, "127.0.0.1", door_port(sgip()->carrier.door), &ops, &limits, &smg);
	smg.conn[smg.conns++] = s;
	return s;
}

static void say_bind(struct stream *s, uint8_t type, const char *name, const char *password)
{
	struct sgip_pdu pdu = { .command = SGIP_BIND, .sequence = { SMG_NODE, 1128093000, 1 }, .bind = { .login_type = type } };
	assert_true(SGIP_SET(pdu.bind.login_name, name) && SGIP_SET(pdu.bind.login_password, password));
	say(s, &pdu);
}

static struct stream *come_in(void)
{
	unsigned before = got_count(SGIP_BIND_RESP);
	struct stream *s = knock();
	say_bind(s, 2, "smg", "open");
	UNTIL(got_count(SGIP_BIND_RESP) > before);
	assert_int_equal(got(SGIP_BIND_RESP, before)->pdu.answer.result, 0);
	return s;
}

static void say_text(struct stream *s, uint32_t counter, uint8_t udhi, uint8_t coding, const void *text, size_t n)
{
	struct sgip_pdu pdu = { .command = SGIP_DELIVER, .sequence = { SMG_NODE, 1128093000, counter },
		.deliver = { .user_number = "8613800138000", .sp_number = "10655012345", .tp_udhi = udhi, .message_coding = coding,
			.content = { text, n } } };
	say(s, &pdu);
}

static void say_report(struct stream *s, const struct sgip_sequence *about, uint8_t type, uint8_t state, uint8_t error)
{
	struct sgip_pdu pdu = { .command = SGIP_REPORT, .sequence = { SMG_NODE, 1128093000, 9000 },
		.report = { .submit_sequence = *about, .report_type = type, .user_number = "8613800138000", .state = state,
			.error_code = error } };
	say(s, &pdu);
}

static struct msg_out *message(uint64_t id, const char *peer, const char *text)
{
	struct msg_out *m = arena_alloc(gw.arena, sizeof *m);
	*m = (struct msg_out){ .id = id, .peer = peer, .author = "", .text = text, .attempt = 1 };
	return m;
}

static const struct fake_sent *sent(size_t i)
{
	UNTIL(gw.sent_count > i);
	return &gw.sent[i];
}

static const struct fake_in *in(size_t i)
{
	UNTIL(gw.in_count > i);
	return &gw.in[i];
}

/* --- out --- */

static void the_bind_says_who_we_are_and_the_node_has_all_its_bits(void **state)
{
	(void)state;
	begin();
	const struct sgip_pdu *b = &got(SGIP_BIND, 0)->pdu;
	assert_int_equal(b->bind.login_type, 1);
	assert_string_equal(b->bind.login_name, "xinqiao");
	assert_string_equal(b->bind.login_password, "secret");
	assert_true(b->sequence.node == 3010092008u);
	assert_non_null(strstr(gw.words, "bound to 127.0.0.1"));
}

static void a_refused_bind_is_said_in_words_and_tried_again(void **state)
{
	(void)state;
	smg.bind_result = 1;
	prepare();
	struct err e;
	assert_int_equal(sgip_adapter.start(adapter, &e), 0);
	UNTIL(strstr(gw.words, "login name or password is wrong (1)"));
	assert_false(gw.up);
	smg.bind_result = 0;
	UNTIL(gw.up);
}

static void a_submit_has_86_in_front_and_asks_for_every_report(void **state)
{
	(void)state;
	static const struct { const char *peer, *wire; } rows[] = { { "+8613800138000", "8613800138000" },
		{ "13800138000", "8613800138000" }, { "+85291234567", "85291234567" }, { "10086", "10086" } };
	begin();
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(sgip_adapter.send(adapter, message(i + 1, rows[i].peer, "hello")), 0);
		assert_int_equal(sent(i)->sent, SENT_ACCEPTED);
		const struct sgip_submit *m = &got(SGIP_SUBMIT, i)->pdu.submit;
		assert_string_equal((const char *)m->user_number.p, rows[i].wire);
		assert_int_equal(m->report_flag, 1);
	}
	const struct sgip_pdu *p = &got(SGIP_SUBMIT, 0)->pdu;
	assert_int_equal(p->length, 143 + 21 + 5);
	assert_string_equal(p->submit.sp_number, "10655012345");
	assert_string_equal(p->submit.corp_id, "92008");
	assert_string_equal(p->submit.charge_number, "000000000000000000000");
	assert_int_equal(p->submit.fee_type, 1);
	assert_int_equal(p->submit.message_coding, 0);
}

static void the_sequence_of_a_submit_is_its_id(void **state)
{
	(void)state;
	char id[SGIP_ID_MAX];
	begin();
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	sgip_adapter.send(adapter, message(2, "+8613800138000", "y"));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(sent(i)->ids, 1);
		assert_string_equal(sent(i)->id[0], sgip_id(&got(SGIP_SUBMIT, i)->pdu.sequence, id));
		assert_true(sent(i)->receipts);
		assert_memory_equal(sent(i)->id[0], "b36a5be8", 8);
	}
	assert_string_not_equal(sent(0)->id[0], sent(1)->id[0]);
}

static void a_long_text_goes_in_parts_with_a_header(void **state)
{
	(void)state;
	static char text[3 * 150 + 1];
	for (int i = 0; i < 150; i++)
		memcpy(text + 3 * i, "路", 3);
	begin();
	sgip_adapter.send(adapter, message(1, "+8613800138000", text));
	assert_int_equal(sent(0)->ids, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct sgip_submit *m = &got(SGIP_SUBMIT, i)->pdu.submit;
		assert_int_equal(m->tp_udhi, 1);
		assert_int_equal(m->message_coding, 8);
		assert_int_equal(m->content.n, i < 2 ? 140 : 6 + 2 * (150 - 2 * 67));
		assert_int_equal(m->content.p[4], 3);
		assert_int_equal(m->content.p[5], i + 1);
	}
}

static void a_busy_node_is_waited_for_and_a_refusal_is_final(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.link[0]->hold.hold_min_ms = 30;
	smg.submit_result = 11;
	begin();
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	UNTIL(got_count(SGIP_SUBMIT) == 2);
	smg.submit_result = 0;
	assert_int_equal(sent(0)->sent, SENT_ACCEPTED);
	smg.submit_result = 6;
	sgip_adapter.send(adapter, message(2, "+8613800138000", "y"));
	assert_int_equal(sent(1)->sent, SENT_REFUSED);
	assert_string_equal(sent(1)->reason, "the number is wrong (6)");
}

static void answers_out_of_order_twice_and_to_nothing_are_each_taken_once(void **state)
{
	(void)state;
	smg.hold_submits = true;
	begin();
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	sgip_adapter.send(adapter, message(2, "+8613800138000", "y"));
	UNTIL(got_count(SGIP_SUBMIT) == 2);
	struct got other = *got(SGIP_SUBMIT, 0);
	other.pdu.sequence.node = 1; /* somebody else's */
	answer(&other, 0);
	answer(got(SGIP_SUBMIT, 1), 0);
	answer(got(SGIP_SUBMIT, 1), 6);
	assert_int_equal(sent(0)->sent, SENT_ACCEPTED);
	assert_int_equal(gw.sent[0].msg->id, 2);
	run_for(20);
	assert_int_equal(gw.sent_count, 1);
	answer(got(SGIP_SUBMIT, 0), 0);
	assert_int_equal(sent(1)->msg->id, 1);
}

static void a_submit_without_an_answer_is_written_again_with_its_sequence(void **state)
{
	(void)state;
	smg.hold_submits = true;
	prepare();
	sgip()->carrier.session_config.response_ms = 60;
	begin();
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	assert_int_equal(sent(0)->sent, SENT_UNKNOWN);
	assert_int_equal(got_count(SGIP_SUBMIT), SGIP_SENDS);
	for (unsigned i = 1; i < SGIP_SENDS; i++)
		assert_memory_equal(got(SGIP_SUBMIT, i)->raw, got(SGIP_SUBMIT, 0)->raw, got(SGIP_SUBMIT, 0)->pdu.length);
}

/* --- short sessions --- */

static void rests_and_comes_back(void)
{
	prepare();
	sgip()->carrier.session_config.rest_ms = 40;
	begin();
	UNTIL(got_count(SGIP_UNBIND) == 1);
	UNTIL(strstr(gw.words, "at rest"));
	assert_true(gw.up); /* it is not down: it has nothing to say */
	unsigned conns = smg.conns;
	run_for(100);
	assert_int_equal(smg.conns, conns);
	assert_int_equal(sgip_adapter.send(adapter, message(1, "+8613800138000", "x")), 0);
	assert_int_equal(sent(0)->sent, SENT_ACCEPTED);
	assert_int_equal(smg.conns, conns + 1);
	UNTIL(got_count(SGIP_UNBIND) == 2);
}

static void an_idle_link_is_unbound_and_comes_back_for_a_message(void **state)
{
	(void)state;
	rests_and_comes_back();
}

static void an_unbind_answered_with_29_octets_is_one_too(void **state)
{
	(void)state;
	smg.long_unbind_resp = true;
	rests_and_comes_back();
}

static void a_link_with_an_answer_to_come_does_not_rest(void **state)
{
	(void)state;
	smg.hold_submits = true;
	prepare();
	sgip()->carrier.session_config.rest_ms = 30;
	begin();
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	UNTIL(got_count(SGIP_SUBMIT) == 1);
	run_for(120);
	assert_int_equal(got_count(SGIP_UNBIND), 0);
	answer(got(SGIP_SUBMIT, 0), 0);
	assert_int_equal(sent(0)->sent, SENT_ACCEPTED);
	UNTIL(got_count(SGIP_UNBIND) == 1);
}

static void an_smg_that_cuts_an_idle_link_is_no_fault(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.session_config.rest_ms = 60000;
	begin();
	stream_close(smg.conn[0], true);
	UNTIL(strstr(gw.words, "at rest"));
	assert_true(gw.up);
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	assert_int_equal(sent(0)->sent, SENT_ACCEPTED);
}

static void a_link_called_and_not_reached_is_down(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.session_config.rest_ms = 40;
	begin();
	UNTIL(strstr(gw.words, "at rest"));
	smg.bind_result = 1;
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	assert_int_equal(sent(0)->sent, SENT_RETRY);
	UNTIL(!gw.up);
	smg.bind_result = 0;
	UNTIL(gw.up && gw.ready == 0);
}

/* --- in --- */

static void only_the_smg_comes_in(void **state)
{
	(void)state;
	static const struct { uint8_t type; const char *name, *password; uint8_t result; } rows[] = {
		{ 2, "smg", "wrong", 1 }, { 2, "other", "open", 1 }, { 2, "", "", 1 }, { 1, "smg", "open", 4 }, { 11, "smg", "open", 4 } };
	begin();
	for (unsigned i = 0; i < 5; i++) {
		unsigned closed = smg.closed;
		struct stream *s = knock();
		say_bind(s, rows[i].type, rows[i].name, rows[i].password);
		UNTIL(smg.closed > closed);
		assert_int_equal(got(SGIP_BIND_RESP, i)->pdu.answer.result, rows[i].result);
		assert_int_equal(got(SGIP_BIND_RESP, i)->pdu.length, 29);
	}
	come_in();
	assert_true(gw.up);
}

static void a_message_before_the_login_is_not_taken(void **state)
{
	(void)state;
	begin();
	struct stream *s = knock();
	say_text(s, 5, 0, 0, "too early", 9);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 1);
	assert_int_equal(gw.in_count, 0);
}

static void a_message_is_answered_once_it_is_kept(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_text(s, 7, 0, 8, "\x8d\xef\x70\x6f", 4);
	const struct msg_in *m = &in(0)->msg;
	assert_string_equal(m->text, "路灯");
	assert_string_equal(m->peer, "+8613800138000");
	assert_string_equal(m->account, "10655012345");
	assert_true(m->verified);
	struct sgip_sequence q = { SMG_NODE, 1128093000, 7 };
	char id[SGIP_ID_MAX], external[SGIP_ID_MAX + 8];
	(void)snprintf(external, sizeof external, "%s#%d", sgip_id(&q, id), sgip_year(q.time, m->received_at));
	assert_string_equal(m->external_id, external);
	run_for(20);
	assert_null(got(SGIP_DELIVER_RESP, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 0);
	assert_memory_equal(&got(SGIP_DELIVER_RESP, 0)->pdu.sequence, &q, sizeof q);
	say_text(s, 8, 0, 0, "again", 5);
	in(1);
	fake_gateway_answer(&gw, TAKEN_RETRY);
	UNTIL(got(SGIP_DELIVER_RESP, 1));
	assert_int_equal(got(SGIP_DELIVER_RESP, 1)->pdu.answer.result, 11);
}

static void parts_keep_their_places(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in(), *other = come_in(); /* parts may come over two connections */
	say_text(s, 20, 1, 8, "\x05\x00\x03\x21\x02\x02\x70\x6f", 8);
	say_text(other, 21, 1, 8, "\x05\x00\x03\x21\x02\x01\x8d\xef", 8);
	UNTIL(gw.in_count == 2);
	assert_string_equal(in(0)->msg.part.key, in(1)->msg.part.key);
	assert_int_equal(in(0)->msg.part.index + in(1)->msg.part.index, 3);
	assert_int_equal(in(0)->msg.part.total, 2);
	say_text(s, 22, 1, 8, "\x50\x00\x03", 3); /* a header that runs past the end */
	assert_string_equal(in(2)->reason, "udh-malformed");
	say_text(s, 23, 0, 4, "\x01\x02", 2);
	assert_string_equal(in(3)->reason, "not-text");
}

static void reports_say_what_became_of_a_submit(void **state)
{
	(void)state;
	begin();
	sgip_adapter.send(adapter, message(1, "+8613800138000", "x"));
	const char *id = sent(0)->id[0];
	struct sgip_sequence q = got(SGIP_SUBMIT, 0)->pdu.sequence;
	struct stream *s = come_in();
	say_report(s, &q, 0, 1, 0);
	assert_string_equal(in(0)->receipt.external_id, id);
	assert_int_equal(in(0)->receipt.state, OUT_ACCEPTED); /* waiting: not final */
	say_report(s, &q, 0, 0, 0);
	assert_int_equal(in(1)->receipt.state, OUT_DELIVERED);
	assert_null(in(1)->receipt.reason);
	say_report(s, &q, 0, 2, 21);
	assert_int_equal(in(2)->receipt.state, OUT_FAILED);
	assert_string_equal(in(2)->receipt.reason, "unreachable (21)");
	say_report(s, &q, 1, 0, 0); /* about a DELIVER somebody forwarded */
	assert_int_equal(in(3)->what, FAKE_QUARANTINE);
	for (unsigned i = 0; i < 4; i++)
		fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got_count(SGIP_REPORT_RESP) == 4);
}

static void what_cannot_be_read_is_kept_aside_and_answered(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_hex(s, "00000018" "00000004" "b8c49fe1433cc45800000009" "38363133");
	assert_string_equal(in(0)->reason, "malformed-pdu");
	assert_int_equal(in(0)->raw_len, 24);
	fake_gateway_answer(&gw, TAKEN_REFUSED);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 5);
	say_hex(s, "00000014" "00001000" "b8c49fe1433cc4580000000a"); /* TRACE: not for an SP */
	UNTIL(got(0x80001000, 0));
	assert_int_equal(got(0x80001000, 0)->raw[20], 5);
	unsigned closed = smg.closed;
	say_hex(s, "00000013");
	UNTIL(smg.closed > closed);
	assert_string_equal(in(1)->reason, "malformed-pdu");
}

static void the_smg_unbinds_and_another_may_come(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < SGIP_INBOUND + 4; i++) {
		struct stream *s = come_in();
		struct sgip_pdu pdu = { .command = SGIP_UNBIND, .sequence = { SMG_NODE, 1128093000, i } };
		unsigned closed = smg.closed;
		say(s, &pdu);
		UNTIL(smg.closed > closed);
		assert_int_equal(got(SGIP_UNBIND_RESP, i)->pdu.length, 20);
	}
}

static void a_connection_too_many_is_closed_and_the_others_stay(void **state)
{
	(void)state;
	begin();
	struct stream *first = come_in();
	for (unsigned i = 1; i < SGIP_INBOUND; i++)
		come_in();
	unsigned closed = smg.closed;
	knock();
	UNTIL(smg.closed > closed);
	say_text(first, 1, 0, 0, "still here", 10);
	assert_string_equal(in(0)->msg.text, "still here");
}

static void an_smg_that_says_nothing_makes_room(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.passive_config.rest_ms = 300;
	sgip()->carrier.passive_config.response_ms = 400;
	begin();
	unsigned closed = smg.closed;
	come_in();
	UNTIL(got_count(SGIP_UNBIND) == 1 && smg.closed > closed);
	closed = smg.closed;
	knock(); /* and never binds */
	UNTIL(smg.closed > closed);
}

static void draining_unbinds_both_ways(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_text(s, 1, 0, 0, "first", 5);
	in(0);
	sgip_adapter.drain(adapter);
	say_text(s, 2, 0, 0, "late", 4);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 11);
	assert_int_equal(gw.drained, 0);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(gw.drained == 1);
	assert_int_equal(got_count(SGIP_UNBIND), 2);
	assert_int_equal(gw.in_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_bind_says_who_we_are_and_the_node_has_all_its_bits),
		TEST(a_refused_bind_is_said_in_words_and_tried_again),
		TEST(a_submit_has_86_in_front_and_asks_for_every_report),
		TEST(the_sequence_of_a_submit_is_its_id),
		TEST(a_long_text_goes_in_parts_with_a_header),
		TEST(a_busy_node_is_waited_for_and_a_refusal_is_final),
		TEST(answers_out_of_order_twice_and_to_nothing_are_each_taken_once),
		TEST(a_submit_without_an_answer_is_written_again_with_its_sequence),
		TEST(an_idle_link_is_unbound_and_comes_back_for_a_message),
		TEST(an_unbind_answered_with_29_octets_is_one_too),
		TEST(a_link_with_an_answer_to_come_does_not_rest),
		TEST(an_smg_that_cuts_an_idle_link_is_no_fault),
		TEST(a_link_called_and_not_reached_is_down),
		TEST(only_the_smg_comes_in),
		TEST(a_message_before_the_login_is_not_taken),
		TEST(a_message_is_answered_once_it_is_kept),
		TEST(parts_keep_their_places),
		TEST(reports_say_what_became_of_a_submit),
		TEST(what_cannot_be_read_is_kept_aside_and_answered),
		TEST(the_smg_unbinds_and_another_may_come),
		TEST(a_connection_too_many_is_closed_and_the_others_stay),
		TEST(an_smg_that_says_nothing_makes_room),
		TEST(draining_unbinds_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
