#include <string.h>

#include "adapters/sms/msg_format.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/segment.h"
#include "adapters/sms/sgip/internal.h"

enum { CONTENT_MAX = 160, MOBILE_DIGITS = 11, NOT_FROM_MO = 2, REPORT_ALWAYS = 1 };

/* An ASCII text has 160 characters in one piece; a part's header takes 6 octets of 140. */
const struct segment_limits sgip_limits = { CONTENT_MAX, 153, 70, 67 };

/* 86 in front is required of numbers at home. false: too long. */
static bool user_number(char out[SGIP_NUMBER + 1], const char *peer)
{
	char room[MSG_PEER_MAX];
	const char *digits = sms_digits(peer, room);
	bool bare = peer[0] == '1' && strlen(peer) == MOBILE_DIGITS;
	size_t n = strlen(digits), prefix = bare ? 2 : 0;
	if (prefix + n > SGIP_NUMBER)
		return false;
	memcpy(out, "86", prefix);
	memcpy(out + prefix, digits, n + 1);
	return true;
}

/* false: a number is too long. dest holds the one number as it goes on the wire. */
static bool fill(const struct sgip_config *c, const struct submit_part *part, struct sgip_submit *m,
	char dest[SGIP_NUMBER + 1])
{
	const char *account = part->msg->account && part->msg->account[0] ? part->msg->account : c->number;
	*m = (struct sgip_submit){ .user_number = { (const uint8_t *)dest, 1 }, .fee_type = (uint8_t)c->fee_type,
		.more_late_to_mt_flag = NOT_FROM_MO, .report_flag = REPORT_ALWAYS, .tp_udhi = part->total > 1,
		.message_coding = msg_format_of(part->coding) };
	memset(dest, 0, SGIP_NUMBER + 1);
	if (c->charge == CHARGE_SP)
		memset(m->charge_number, '0', SGIP_NUMBER);
	must(SGIP_SET(m->corp_id, c->corp_id) && SGIP_SET(m->service_type, c->service_type) &&
		SGIP_SET(m->fee_value, c->fee_value) && SGIP_SET(m->given_value, "0"));
	return SGIP_SET(m->sp_number, account) && user_number(dest, part->msg->peer);
}

int sgip_write_part(struct carrier_link *l, const struct submit_part *part, struct err *e)
{
	struct sgip *s = sgip_of(l);
	struct sgip_pdu pdu = { .command = SGIP_SUBMIT };
	char dest[SGIP_NUMBER + 1], id[SGIP_ID_MAX];
	uint8_t content[CONTENT_MAX];
	size_t header = 0;
	if (!fill(s->config, part, &pdu.submit, dest))
		return err_set(e, E_RANGE, "the number is longer than SGIP can carry");
	if (part->total > 1) {
		segment_udh(content, part->ref, part->total, part->index);
		header = SEGMENT_UDH_LEN;
	}
	must(header + part->n <= sizeof content);
	if (part->n)
		memcpy(content + header, part->bytes, part->n);
	pdu.submit.content = (struct sgip_octets){ content, header + part->n };
	pdu.sequence = sgip_next_sequence(s);
	buf_clear(&s->carrier.wire);
	must(sgip_pdu_encode(&pdu, &s->carrier.wire));
	submit_named(part->request, sgip_id(&pdu.sequence, id)); /* ours, so a report names it without any answer */
	session_request(l->session, sgip_key(&pdu.sequence), part->request, s->carrier.wire.data, s->carrier.wire.len);
	return 0;
}

void sgip_outbound_answer(struct carrier_link *l, const struct sgip_pdu *pdu)
{
	char id[SGIP_ID_MAX], words[SGIP_RESULT_MAX];
	void *request = pdu->sequence.node == sgip_of(l)->node ? session_answered(l->session, sgip_key(&pdu->sequence)) : NULL;
	if (!request) /* late, or the second answer to what was sent again */
		carrier_answer_to_nothing(l, "SUBMIT_RESP", pdu->sequence.counter);
	else if (pdu->fault)
		carrier_unanswered(l, request, "the answer is malformed");
	else
		carrier_answered(l, request, sgip_result_answer(pdu->answer.result), sgip_id(&pdu->sequence, id),
			sgip_result_words(pdu->answer.result, words));
}
