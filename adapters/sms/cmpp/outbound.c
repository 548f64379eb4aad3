#include <stdio.h>
#include <string.h>

#include "adapters/sms/cmpp/internal.h"
#include "adapters/sms/fields.h"
#include "adapters/sms/peer.h"

enum { FMT_ASCII = 0, FMT_UCS2 = 8, CONTENT_MAX = 160, MOBILE_WITH_86 = 14 };

/* "+86138…" is known everywhere without its country code; other countries' numbers keep theirs. */
static const char *digits_of(const char *peer, char room[MSG_PEER_MAX])
{
	if (strlen(peer) == MOBILE_WITH_86 && !strncmp(peer, "+861", 4))
		return peer + 3;
	return sms_digits(peer, room);
}

#define PUT(field, s) fields_set(field, sizeof(field), s)

static bool fill(const struct cmpp_config *config, const struct submit_part *part, struct cmpp_submit *m)
{
	const char *account = part->msg->account && part->msg->account[0] ? part->msg->account : config->number;
	char room[MSG_PEER_MAX];
	*m = (struct cmpp_submit){ .pk_total = (uint8_t)part->total, .pk_number = (uint8_t)part->index,
		.registered_delivery = 1, .fee_user_type = (uint8_t)config->fee_user_type, .tp_udhi = part->total > 1,
		.msg_fmt = part->coding == CODING_UCS2 ? FMT_UCS2 : FMT_ASCII, .dest_count = 1 };
	return PUT(m->service_id, config->service_id) && PUT(m->msg_src, config->source_addr) &&
		PUT(m->fee_type, config->fee_type) && PUT(m->fee_code, config->fee_code) && PUT(m->src_id, account) &&
		PUT(m->dest, digits_of(part->msg->peer, room));
}

int cmpp_write_part(struct carrier_link *at, const struct submit_part *part, struct err *e)
{
	struct cmpp_link *l = (struct cmpp_link *)at;
	struct buf *wire = &at->carrier->wire;
	struct cmpp_pdu pdu = { .command = CMPP_SUBMIT, .version = l->version };
	uint8_t text[CONTENT_MAX];
	size_t header = 0;
	bool fits = fill(cmpp_of(l)->config, part, &pdu.submit);
	if (part->total > 1) {
		segment_udh(text, part->ref, part->total, part->index);
		header = SEGMENT_UDH_LEN;
	}
	must(header + part->n <= sizeof text);
	if (part->n)
		memcpy(text + header, part->bytes, part->n);
	pdu.submit.content = (struct cmpp_octets){ text, header + part->n };
	pdu.sequence = ++l->sequence;
	buf_clear(wire);
	if (!fits || !cmpp_pdu_encode(&pdu, wire))
		return err_set(e, E_RANGE, "the number is longer than CMPP can carry");
	session_request(at->session, pdu.sequence, part->request, wire->data, wire->len);
	return 0;
}

void cmpp_outbound_answer(struct cmpp_link *l, const struct cmpp_pdu *pdu)
{
	uint32_t result = pdu->message_resp.result;
	void *request = session_answered(l->base.session, pdu->sequence);
	char id[CMPP_ID_MAX] = "", words[CMPP_RESULT_MAX];
	if (!request) {
		carrier_answer_to_nothing(&l->base, "SUBMIT_RESP", pdu->sequence);
	} else if (pdu->fault || result == CMPP_DUPLICATE_SEQUENCE) {
		carrier_unanswered(&l->base, request, pdu->fault ? "the answer is malformed" : cmpp_result_words(result, words));
	} else {
		if (pdu->message_resp.msg_id)
			cmpp_msg_id(pdu->message_resp.msg_id, id);
		carrier_answered(&l->base, request, cmpp_result_answer(result), id, cmpp_result_words(result, words));
	}
}
