/* China Unicom's SMG inside a test, with both connections: ours to it, and its own to the adapter's door. Fixture of the
 * sgip_*_test.c suites. */
#ifndef XQ_TESTS_SMG_H
#define XQ_TESTS_SMG_H

#include "adapters/sms/sgip/internal.h"

#define PEER_PDU sgip_pdu
#define PEER_PDU_MAX SGIP_PDU_MAX
#define PEER_GOT_MAX 500
#define PEER_CONFIG sgip_config
#define PEER_ADAPTER sgip_adapter
#include "tests/unit/sms/peer.h"

static const uint32_t SMG_NODE = 3099900001u;

static struct {
	bool hold_submits, long_unbind_resp, mute_unbind;
	uint8_t bind_result, submit_result;
} smg;

/* --- what the SMG says --- */

static inline void say(struct stream *s, const struct sgip_pdu *pdu)
{
	struct buf b;
	buf_init(&b, SGIP_PDU_MAX);
	assert_true(sgip_pdu_encode(pdu, &b));
	assert_int_equal(stream_write(s, b.data, b.len), 0);
	buf_fini(&b);
}

static inline void answer(const struct got *g, uint8_t result)
{
	struct sgip_pdu pdu = { .command = g->pdu.command | SGIP_RESPONSE, .sequence = g->pdu.sequence,
		.answer = { .result = result } };
	say(g->from, &pdu);
}

static inline void answer_unbind(const struct got *g)
{
	uint8_t raw[29] = { 0, 0, 0, smg.long_unbind_resp ? 29 : 20, 0x80, 0, 0, 2 };
	sgip_sequence_write(&g->pdu.sequence, raw + 8);
	assert_int_equal(stream_write(g->from, raw, raw[3]), 0);
}

static inline void peer_answer(struct got *g)
{
	if (g->pdu.command == SGIP_BIND)
		answer(g, smg.bind_result);
	else if (g->pdu.command == SGIP_UNBIND && !smg.mute_unbind)
		answer_unbind(g);
	else if (g->pdu.command == SGIP_SUBMIT && !smg.hold_submits)
		answer(g, smg.submit_result);
}

static inline bool peer_decode(const uint8_t *p, size_t n, struct sgip_pdu *pdu)
{
	return sgip_pdu_decode(p, n, pdu) != 0; /* one with a fault is one too */
}

/* --- the fixture --- */

static inline int setup(void **state)
{
	(void)state;
	memset(&smg, 0, sizeof smg);
	config = (struct sgip_config){ .host = "127.0.0.1", .port = peer_open(), .login = "xinqiao",
		.password = "secret", .smg_login = "smg", .smg_password = "open", .node_id = "3010092008", .corp_id = "92008",
		.number = "10655012345", .service_type = "HELP", .fee_value = "0", .fee_type = 1, .window = 16,
		.response_timeout = 30, .reconnect_max = 60, .listen = { "127.0.0.1", 0 },
		.alphabet = CODING_ASCII };
	return 0;
}

static inline struct sgip *sgip(void)
{
	return (struct sgip *)adapter;
}

static inline void say_bind(struct stream *s, uint8_t type, const char *name, const char *password)
{
	struct sgip_pdu pdu = { .command = SGIP_BIND, .sequence = { SMG_NODE, 1128093000, 1 }, .bind = { .login_type = type } };
	assert_true(SGIP_SET(pdu.bind.login_name, name) && SGIP_SET(pdu.bind.login_password, password));
	say(s, &pdu);
}

static inline struct stream *come_in(void)
{
	unsigned before = got_count(SGIP_BIND_RESP);
	struct stream *s = peer_connect();
	say_bind(s, 2, "smg", "open");
	UNTIL(got_count(SGIP_BIND_RESP) > before);
	assert_int_equal(got(SGIP_BIND_RESP, before)->pdu.answer.result, 0);
	return s;
}

static inline void say_text(struct stream *s, uint32_t counter, uint8_t udhi, uint8_t coding, const void *text, size_t n)
{
	struct sgip_pdu pdu = { .command = SGIP_DELIVER, .sequence = { SMG_NODE, 1128093000, counter },
		.deliver = { .user_number = "8613800138000", .sp_number = "10655012345", .tp_udhi = udhi, .message_coding = coding,
			.content = { text, n } } };
	say(s, &pdu);
}

static inline void say_report(struct stream *s, const struct sgip_sequence *about, uint8_t type, uint8_t state, uint8_t error)
{
	struct sgip_pdu pdu = { .command = SGIP_REPORT, .sequence = { SMG_NODE, 1128093000, 9000 },
		.report = { .submit_sequence = *about, .report_type = type, .user_number = "8613800138000", .state = state,
			.error_code = error } };
	say(s, &pdu);
}

#endif
