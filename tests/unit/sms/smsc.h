/* An SMSC inside a test: listens on 127.0.0.1, keeps every PDU it gets, answers what the test tells it to. With the
 * adapter under test and a fake gateway it makes the fixture of the smpp_*_test.c suites. */
#ifndef XQ_TESTS_SMSC_H
#define XQ_TESTS_SMSC_H

#include "adapters/sms/smpp/internal.h"

#define PEER_PDU smpp_pdu
#define PEER_PDU_MAX SMPP_PDU_MAX
#define PEER_GOT_MAX 20000
#define PEER_CONFIG smpp_config
#define PEER_ADAPTER smpp_adapter
#include "tests/unit/sms/peer.h"

static struct smsc {
	bool mute_bind, mute_enquire, mute_unbind, hold_submits; /* leave unanswered */
	uint32_t bind_status, submit_status;
	unsigned next_id;
} smsc;

/* --- what the SMSC says --- */

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

static inline void answer_submit(const struct got *g, uint32_t status, const char *id)
{
	struct smpp_pdu pdu = { .command = SMPP_SUBMIT_SM_RESP, .sequence = g->pdu.sequence, .status = status,
		.message_resp = { .message_id = id } };
	say(g->from, &pdu);
}

static inline void peer_answer(struct got *g)
{
	struct stream *s = g->from;
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
		if (!smsc.mute_unbind)
			say_simple(s, 0x80000006, g->pdu.sequence, 0);
		break;
	case 0x04:
		snprintf(id, sizeof id, "%u", ++smsc.next_id);
		if (!smsc.hold_submits)
			answer_submit(g, smsc.submit_status, id);
		break;
	}
}

static inline bool peer_decode(const uint8_t *p, size_t n, struct smpp_pdu *pdu)
{
	return smpp_pdu_decode(p, n, pdu) > 0;
}

/* --- the fixture --- */

static inline int setup(void **state)
{
	(void)state;
	memset(&smsc, 0, sizeof smsc);
	config = (struct smpp_config){ .host = "127.0.0.1", .port = peer_open(),
		.system_id = "xinqiao",
		.password = "secret", .system_type = "", .service_type = "", .number = "12345", .window = 10, .enquire = 30,
		.response_timeout = 60, .reconnect_max = 60, .source_ton = -1, .source_npi = -1, .dest_ton = -1, .dest_npi = -1 };
	return 0;
}

static inline struct smpp *smpp(void)
{
	return (struct smpp *)adapter;
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

#endif
