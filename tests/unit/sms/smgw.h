/* China Telecom's gateway inside a test: listens on 127.0.0.1, keeps every PDU it gets, answers what the test tells it
 * to. With the adapter under test and a fake gateway of ours it makes the fixture of the smgp_*_test.c suites. */
#ifndef XQ_TESTS_SMGW_H
#define XQ_TESTS_SMGW_H

#include "adapters/sms/smgp/internal.h"

#define PEER_PDU smgp_pdu
#define PEER_PDU_MAX SMGP_PDU_MAX
#define PEER_GOT_MAX 9000
#define PEER_CONFIG smgp_config
#define PEER_ADAPTER smgp_adapter
#include "tests/unit/sms/peer.h"

static struct smgw {
	unsigned version;
	bool mute_login, mute_test, mute_exit, hold_submits, wrong_digest;
	uint32_t login_status, submit_status;
	unsigned next_id;
} smgw;

static const char *retry_items[] = { "1" };

/* --- what the gateway says --- */

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

static inline void peer_answer(struct got *g)
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
		if (!smgw.mute_exit)
			say_empty(g->from, 0x80000006, g->pdu.sequence);
		break;
	}
}

static inline bool peer_decode(const uint8_t *p, size_t n, struct smgp_pdu *pdu)
{
	return smgp_pdu_decode(p, n, smgw.version, pdu) > 0;
}

/* --- the fixture --- */

static inline int setup(void **state)
{
	(void)state;
	memset(&smgw, 0, sizeof smgw);
	smgw.version = SMGP_30;
	config = (struct smgp_config){ .host = "127.0.0.1", .port = peer_open(),
		.client_id = "10612345", .secret = "secret", .service_id = "HELP", .number = "10620012345", .window = 16,
		.enquire = 180, .response_timeout = 60, .reconnect_max = 60, .retry_status = { retry_items, 1 },
		.alphabet = CODING_ASCII };
	return 0;
}

static inline struct smgp *smgp(void)
{
	return (struct smgp *)adapter;
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

#endif
