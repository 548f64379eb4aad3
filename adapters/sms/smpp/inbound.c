#include <stdio.h>
#include <string.h>

#include "adapters/sms/arrive.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/segment.h"
#include "adapters/sms/smpp/data_coding.h"
#include "adapters/sms/smpp/internal.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"

enum { ESM_TYPE = 0x3C, ESM_RECEIPT = 0x04, ESM_INTERMEDIATE = 0x20, ESM_UDH = 0x40, TON_INTERNATIONAL = 1 };

/* Told to come again, since nothing more is taken here. */
static bool put_off(struct smpp_link *l, const struct smpp_pdu *pdu)
{
	if (!carrier_takes_no_more(&l->base))
		return false;
	smpp_link_respond(l, pdu->command, pdu->sequence, ESME_RX_T_APPN);
	return true;
}

void smpp_quarantine(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint32_t status)
{
	if (put_off(l, pdu))
		return;
	struct carrier_ack *ack = carrier_ack(&l->base, pdu->command, pdu->sequence, status);
	if (status == ESME_ROK)
		carrier_quarantine(l->base.carrier, reason, peer, raw, pdu->length, ack);
	else
		carrier_refuse(l->base.carrier, reason, raw, pdu->length, SMPP_HEADER, ack);
}

/* --- one message, whichever command brought it --- */

struct arrival {
	struct smpp_link *link;
	const struct smpp_pdu *pdu;
	const uint8_t *raw;
	const char *source, *dest;
	uint8_t source_ton, esm_class, data_coding;
	struct smpp_octets text; /* the short message or message_payload */
	const struct smpp_octets *tlvs;
	char peer[MSG_PEER_MAX];
};

static struct arrival arrival_of(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw)
{
	const struct smpp_message *m = &pdu->message;
	const struct smpp_data *d = &pdu->data;
	struct arrival a = { .link = l, .pdu = pdu, .raw = raw };
	if (pdu->command == SMPP_DELIVER_SM) {
		a.source = m->source, a.dest = m->dest, a.source_ton = m->source_ton;
		a.esm_class = m->esm_class, a.data_coding = m->data_coding, a.text = m->short_message, a.tlvs = &m->tlvs;
	} else {
		a.source = d->source, a.dest = d->dest, a.source_ton = d->source_ton;
		a.esm_class = d->esm_class, a.data_coding = d->data_coding, a.tlvs = &d->tlvs;
	}
	if (!a.text.n)
		smpp_tlv(a.tlvs, SMPP_TLV_MESSAGE_PAYLOAD, &a.text);
	return a;
}

bool smpp_has_text(const struct smpp_pdu *pdu)
{
	return arrival_of(NULL, pdu, NULL).text.n > 0;
}

static struct carrier_ack *ack_open(const struct arrival *a)
{
	return carrier_ack(&a->link->base, a->pdu->command, a->pdu->sequence, ESME_ROK);
}

static void set_aside(const struct arrival *a, const char *reason)
{
	smpp_quarantine(a->link, a->pdu, a->raw, reason, a->source, ESME_ROK);
}

/* --- receipts --- */

/* The optional parameters first, since the text form is every vendor's own; what they leave open the text fills. */
static void read_receipt(const struct arrival *a, struct receipt_text *r, enum out_state *state)
{
	struct carrier *c = a->link->base.carrier;
	const char *text = (const char *)a->text.p;
	size_t n = a->text.n;
	if (smpp_coding(a->data_coding, CODING_ASCII) == CODING_UCS2) {
		buf_clear(&c->text);
		coding_decode(CODING_UCS2, a->text.p, n, &c->text);
		text = buf_str(&c->text);
		n = c->text.len;
	}
	receipt_read(text ? text : "", n, r);
	*state = receipt_state(r->stat);
	struct smpp_octets id;
	if (smpp_tlv(a->tlvs, SMPP_TLV_RECEIPTED_MESSAGE_ID, &id) && id.n && id.p[0])
		snprintf(r->id, sizeof r->id, "%.*s", (int)(id.n < sizeof r->id ? id.n : sizeof r->id), (const char *)id.p);
	int64_t number = smpp_tlv_number(a->tlvs, SMPP_TLV_MESSAGE_STATE, 1);
	const char *stat;
	if (number >= 0) {
		*state = receipt_state_of_number((unsigned)number, &stat);
		snprintf(r->stat, sizeof r->stat, "%s", stat);
	}
	int64_t network = smpp_tlv_number(a->tlvs, SMPP_TLV_NETWORK_ERROR_CODE, 3);
	if (!r->err[0] && network >= 0)
		snprintf(r->err, sizeof r->err, "%03d", (int)(network & 0xFFFF));
}

static void receipt_in(const struct arrival *a)
{
	struct smpp *s = smpp_of(a->link);
	struct receipt_text text;
	enum out_state state;
	read_receipt(a, &text, &state);
	if (!text.id[0] || !text.stat[0]) {
		set_aside(a, text.id[0] ? "receipt-without-state" : "receipt-without-id");
		return;
	}
	char id[RECEIPT_ID_MAX], reason[RECEIPT_REASON_MAX];
	receipt_id((enum receipt_ids)s->config->message_id, true, text.id, id);
	receipt_reason(state, text.stat, text.err, reason);
	struct receipt r = { .external_id = id, .peer = a->peer[0] ? a->peer : NULL, .state = state,
		.reason = reason[0] ? reason : NULL, .at = text.done_at ? text.done_at : clock_now() };
	carrier_receipt(&s->carrier, &r, ack_open(a));
}

/* --- messages --- */

/* A part by sar_* parameters; with a UDH those are not allowed and not looked at. */
static bool read_sar(const struct arrival *a, struct udh *u)
{
	int64_t ref = smpp_tlv_number(a->tlvs, SMPP_TLV_SAR_MSG_REF_NUM, 2);
	int64_t total = smpp_tlv_number(a->tlvs, SMPP_TLV_SAR_TOTAL_SEGMENTS, 1);
	int64_t index = smpp_tlv_number(a->tlvs, SMPP_TLV_SAR_SEGMENT_SEQNUM, 1);
	*u = (struct udh){ 0 };
	if (ref < 0 || total < 1 || index < 1 || index > total)
		return false;
	*u = (struct udh){ .ref = (unsigned)ref, .total = (unsigned)total, .index = (unsigned)index };
	return true;
}

/* The two are meant to exclude each other. Of both in one PDU nothing is left out: the payload alone where it begins with the other
 * (which then is its first line, for old telephones), else one behind the other. */
static void add_payload(struct arrival *a, bool udh, enum coding coding)
{
	const struct smpp_octets words = a->text;
	struct smpp_octets more;
	struct buf *both = &a->link->base.carrier->wire; /* nothing is written before the message is taken */
	if (a->pdu->command != SMPP_DELIVER_SM || !a->pdu->message.short_message.n ||
		!smpp_tlv(a->tlvs, SMPP_TLV_MESSAGE_PAYLOAD, &more) || !more.n)
		return;
	log_warn("smpp", "short_message and message_payload in one message", "channel=%s seq=%u octets=%zu and %zu",
		a->link->base.carrier->base.channel, a->pdu->sequence, words.n, more.n);
	a->text = more;
	if (more.n >= words.n && !memcmp(more.p, words.p, words.n))
		return;
	buf_clear(both);
	buf_add(both, words.p, words.n);
	if (!udh)
		must(coding_encode(coding, "\n", 1, both));
	buf_add(both, more.p, more.n);
	a->text = (struct smpp_octets){ both->data, both->len };
}

static void message_in(struct arrival *a)
{
	const struct smpp_config *c = smpp_of(a->link)->config;
	enum coding coding = smpp_coding(a->data_coding, (enum coding)c->alphabet);
	struct udh u = { 0 };
	bool udh = a->esm_class & ESM_UDH;
	if (coding != CODING_BINARY)
		add_payload(a, udh, coding);
	if (udh && udh_read(a->text.p, a->text.n, &u) < 0) {
		set_aside(a, "udh-malformed");
		return;
	}
	if (coding == CODING_BINARY) {
		set_aside(a, "not-text");
		return;
	}
	if (udh_is_foreign(&u, coding, a->text.p, a->text.n)) {
		arrive_foreign(a->link->base.carrier, &u);
		set_aside(a, "not-text");
		return;
	}
	bool sar = !udh && read_sar(a, &u);
	struct smpp_octets id;
	char external[RECEIPT_ID_MAX] = "";
	if (smpp_tlv(a->tlvs, SMPP_TLV_RECEIPTED_MESSAGE_ID, &id))
		snprintf(external, sizeof external, "%.*s", (int)(id.n < sizeof external ? id.n : sizeof external),
			(const char *)id.p);
	struct msg_in m = { .peer = a->peer, .account = a->dest[0] ? a->dest : c->number, .received_at = clock_now(),
		.external_id = external[0] ? external : NULL, .verified = true };
	if (u.total > 1)
		m.external_id = NULL;
	arrive(a->link->base.carrier, &m, a->text.p, a->text.n, &u, sar ? "s" : NULL, coding,
		&(struct arrive_pdu){ a->raw, a->pdu->length, a->data_coding }, ack_open(a));
}

void smpp_inbound(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw)
{
	if (put_off(l, pdu))
		return;
	struct arrival a = arrival_of(l, pdu, raw);
	bool known = sms_peer(a.source, a.source_ton == TON_INTERNATIONAL, a.peer);
	uint8_t type = a.esm_class & ESM_TYPE;
	if (type == ESM_RECEIPT || type == ESM_INTERMEDIATE)
		receipt_in(&a);
	else if (known)
		message_in(&a);
	else
		set_aside(&a, "sender-no-number");
}
