/* An ISMG inside a test: listens on 127.0.0.1, keeps every PDU it gets, answers what the test tells it to. With the
 * adapter under test and a fake gateway it makes the fixture of the cmpp_*_test.c suites. */
#ifndef XQ_TESTS_ISMG_H
#define XQ_TESTS_ISMG_H

#include "adapters/sms/cmpp/internal.h"

#define PEER_PDU cmpp_pdu
#define PEER_PDU_MAX CMPP_PDU_MAX
#define PEER_GOT_MAX 2000
#define PEER_CONFIG cmpp_config
#define PEER_ADAPTER cmpp_adapter
#include "tests/unit/sms/peer.h"

static struct ismg {
	uint8_t version; /* the highest it speaks; what a link speaks is the lower of the two */
	uint8_t layout;  /* of what it says, 0: as spoken */
	uint8_t speaks;
	bool mute_connect, mute_test, mute_terminate, hold_submits; /* leave unanswered */
	bool forged;     /* its proof is wrong */
	struct stream *silent, *throttling; /* a link that answers no submit, one that answers each with "too fast" */
	uint32_t connect_status, result;
	uint64_t next_id;
} ismg;

/* --- what the ISMG says --- */

static inline void say(struct stream *s, struct cmpp_pdu *pdu)
{
	struct buf b;
	buf_init(&b, CMPP_PDU_MAX);
	pdu->version = ismg.layout ? ismg.layout : ismg.speaks;
	assert_true(cmpp_pdu_encode(pdu, &b));
	say_raw(s, b.data, b.len);
	buf_fini(&b);
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

static inline void peer_answer(struct got *g)
{
	struct stream *s = g->from;
	struct cmpp_pdu test = { .command = CMPP_ACTIVE_TEST_RESP, .sequence = g->pdu.sequence };
	struct cmpp_pdu end = { .command = CMPP_TERMINATE_RESP, .sequence = g->pdu.sequence };
	if (g->pdu.command == CMPP_CONNECT && !ismg.mute_connect)
		answer_connect(g);
	if (g->pdu.command == CMPP_ACTIVE_TEST && !ismg.mute_test)
		say(s, &test);
	if (g->pdu.command == CMPP_TERMINATE && !ismg.mute_terminate)
		say(s, &end);
	if (g->pdu.command == CMPP_SUBMIT && !ismg.hold_submits && s != ismg.silent)
		answer_submit(g, s == ismg.throttling ? 8 : ismg.result, ++ismg.next_id);
}

static inline bool peer_decode(const uint8_t *p, size_t n, struct cmpp_pdu *pdu)
{
	return cmpp_pdu_decode(p, n, ismg.speaks, pdu) > 0;
}

/* --- the fixture --- */

static inline int setup(void **state)
{
	(void)state;
	memset(&ismg, 0, sizeof ismg);
	ismg.version = ismg.speaks = CMPP_V30;
	ismg.next_id = 0x773de14030390000ull;
	config = (struct cmpp_config){ .host = "127.0.0.1", .port = peer_open(),
		.source_addr = "901234", .secret = "secret", .number = "12345", .service_id = "HOTLINE", .fee_type = "01",
		.fee_code = "000000", .fee_user_type = 2, .version = SPEAK_30, .window = 16, .enquire = 30,
		.response_timeout = 60, .reconnect_max = 60, .verify_server = VERIFY_YES, .alphabet = CODING_ASCII };
	return 0;
}

static inline struct cmpp *cmpp(void)
{
	return (struct cmpp *)adapter;
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

static inline struct got *submit(unsigned n)
{
	UNTIL(got(CMPP_SUBMIT, n));
	return got(CMPP_SUBMIT, n);
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

#endif
