#include <stdio.h>
#include <string.h>

#include "adapters/sms/peer.h"
#include "adapters/sms/smpp/data_coding.h"
#include "adapters/sms/smpp/internal.h"

enum { TON_INTERNATIONAL = 1, TON_ALPHANUMERIC = 5, NPI_ISDN = 1, ESM_UDH = 0x40, RECEIPT_WANTED = 1 };

struct address { const char *digits; uint8_t ton, npi; };

static bool has_letter(const char *s)
{
	for (; *s; s++)
		if ((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (unsigned char)*s >= 0x80)
			return true;
	return false;
}

/* "+86138…" is international without its plus, letters are alphanumeric, anything else a number of unknown type. */
static struct address address_of(const char *number, int ton, int npi)
{
	bool plus = number[0] == '+', letters = has_letter(number);
	struct address a = { .digits = number + plus, .npi = letters ? 0 : NPI_ISDN,
		.ton = plus ? TON_INTERNATIONAL : letters ? TON_ALPHANUMERIC : 0 };
	if (ton >= 0)
		a.ton = (uint8_t)ton;
	if (npi >= 0)
		a.npi = (uint8_t)npi;
	return a;
}

/* Where the type does not say that the country code stands in front, the digits have to. */
static struct address citizen(const char *peer, int ton, int npi, char room[MSG_PEER_MAX])
{
	struct address a = address_of(peer, ton, npi);
	if (a.ton != TON_INTERNATIONAL)
		a.digits = sms_digits(peer, room);
	return a;
}

static void fill(const struct smpp *s, const struct submit_part *part, struct smpp_message *m, char room[MSG_PEER_MAX])
{
	const struct smpp_config *c = s->config;
	const char *account = part->msg->account && part->msg->account[0] ? part->msg->account : c->number;
	struct address source = address_of(account, c->source_ton, c->source_npi);
	struct address dest = citizen(part->msg->peer, c->dest_ton, c->dest_npi, room);
	*m = (struct smpp_message){ .service_type = c->service_type, .source = source.digits, .source_ton = source.ton,
		.source_npi = source.npi, .dest = dest.digits, .dest_ton = dest.ton, .dest_npi = dest.npi,
		.registered_delivery = RECEIPT_WANTED,
		.data_coding = smpp_data_coding(part->coding, (enum coding)c->alphabet) };
}

int smpp_write_part(struct carrier_link *at, const struct submit_part *part, struct err *e)
{
	struct smpp_link *l = (struct smpp_link *)at;
	struct buf *wire = &at->carrier->wire;
	struct smpp_pdu pdu = { .command = SMPP_SUBMIT_SM };
	uint8_t text[256];
	char room[MSG_PEER_MAX];
	size_t header = 0;
	fill(smpp_of(l), part, &pdu.message, room);
	if (part->total > 1) {
		segment_udh(text, part->ref, part->total, part->index);
		header = SEGMENT_UDH_LEN;
		pdu.message.esm_class = ESM_UDH;
	}
	must(header + part->n <= sizeof text);
	if (part->n)
		memcpy(text + header, part->bytes, part->n);
	pdu.message.short_message = (struct smpp_octets){ text, header + part->n };
	pdu.sequence = smpp_link_next_sequence(l);
	buf_clear(wire);
	if (!smpp_pdu_encode(&pdu, wire))
		return err_set(e, E_RANGE, "the number is longer than SMPP can carry");
	session_request(at->session, pdu.sequence, part->request, wire->data, wire->len);
	return 0;
}

void smpp_outbound_answer(struct smpp_link *l, const struct smpp_pdu *pdu)
{
	void *request = session_answered(l->base.session, pdu->sequence);
	if (!request) {
		carrier_answer_to_nothing(&l->base, smpp_command_name(pdu->command), pdu->sequence);
		return;
	}
	char id[RECEIPT_ID_MAX] = "", words[SMPP_STATUS_MAX];
	enum submit_answer answer = smpp_status_answer(pdu->status);
	if (pdu->command == SMPP_GENERIC_NACK && answer == SUBMIT_ACCEPTED)
		answer = SUBMIT_NEVER;
	if (pdu->command == SMPP_SUBMIT_SM_RESP)
		receipt_id((enum receipt_ids)smpp_of(l)->config->message_id, false, pdu->message_resp.message_id, id);
	carrier_answered(&l->base, request, answer, id, smpp_status_words(pdu->status, words));
}
