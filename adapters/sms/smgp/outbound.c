#include <string.h>

#include "adapters/sms/msg_format.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/smgp/internal.h"
#include "gateway/base/crypto.h"

enum { CONTENT_MAX = 140, MSG_TYPE_MT = 6, TLVS_MAX = 64 };

/* MsgLength goes up to 140 in every format. */
const struct segment_limits smgp_limits = { CONTENT_MAX, CONTENT_MAX - SEGMENT_UDH_LEN, 70, 67 };

/* false: a number is too long. */
static bool fill(const struct smgp *s, const struct submit_part *part, struct smgp_submit *m, char dest[SMGP_TERM + 1])
{
	const char *account = part->msg->account && part->msg->account[0] ? part->msg->account : s->config->number;
	char room[MSG_PEER_MAX];
	*m = (struct smgp_submit){ .msg_type = MSG_TYPE_MT, .need_report = 1, .fee_type = "00", .fee_code = "000000",
		.fixed_fee = "000000", .msg_format = msg_format_of(part->coding) };
	must(SMGP_SET(m->service_id, s->config->service_id));
	memset(dest, 0, SMGP_TERM + 1);
	m->dest_term = (struct smgp_list){ (const uint8_t *)dest, 1 };
	return SMGP_SET(m->src_term, sms_home_digits(account, room)) && fields_set(dest, SMGP_TERM + 1, sms_home_digits(part->msg->peer, room));
}

/* The content with its joining header, and the parameters that say the same. */
static void fill_content(const struct submit_part *part, uint8_t content[CONTENT_MAX], struct smgp_submit *m,
	struct buf *tlvs)
{
	size_t header = 0;
	if (part->total > 1) {
		segment_udh(content, part->ref, part->total, part->index);
		header = SEGMENT_UDH_LEN;
		must(smgp_tlv_add_u8(tlvs, SMGP_TLV_TP_UDHI, 1) && smgp_tlv_add_u8(tlvs, SMGP_TLV_PK_TOTAL, (uint8_t)part->total) &&
			smgp_tlv_add_u8(tlvs, SMGP_TLV_PK_NUMBER, (uint8_t)part->index));
		m->tlvs = (struct smgp_octets){ tlvs->data, tlvs->len };
	}
	must(header + part->n <= CONTENT_MAX);
	if (part->n)
		memcpy(content + header, part->bytes, part->n);
	m->content = (struct smgp_octets){ content, header + part->n };
}

int smgp_write_part(struct carrier_link *at, const struct submit_part *part, struct err *e)
{
	struct smgp_link *l = (struct smgp_link *)at;
	const struct smgp *s = smgp_of(l);
	struct buf *wire = &at->carrier->wire;
	struct smgp_pdu pdu = { .command = SMGP_SUBMIT };
	char dest[SMGP_TERM + 1];
	uint8_t content[CONTENT_MAX];
	struct buf tlvs;
	if (!fill(s, part, &pdu.submit, dest))
		return err_set(e, E_RANGE, "the number is longer than SMGP can carry");
	buf_init(&tlvs, TLVS_MAX);
	fill_content(part, content, &pdu.submit, &tlvs);
	pdu.sequence = ++l->sequence;
	buf_clear(wire);
	must(smgp_pdu_encode(&pdu, s->version, wire));
	buf_fini(&tlvs);
	session_request(at->session, pdu.sequence, part->request, wire->data, wire->len);
	return 0;
}

void smgp_outbound_answer(struct smgp_link *l, const struct smgp_pdu *pdu)
{
	void *request = session_answered(l->base.session, pdu->sequence);
	uint32_t status = pdu->answer.status;
	char id[SMGP_MSG_ID_TEXT], words[SMGP_STATUS_MAX];
	if (request)
		carrier_answered(&l->base, request, smgp_status_answer(status, &smgp_of(l)->retry),
			crypto_hex(pdu->answer.msg_id, SMGP_MSG_ID, id), smgp_status_words(status, words));
	else /* late, or the second answer to what was sent again */
		carrier_answer_to_nothing(&l->base, "SUBMIT_RESP", pdu->sequence);
}
