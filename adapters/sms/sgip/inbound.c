#include <stdio.h>

#include "adapters/sms/arrive.h"
#include "adapters/sms/msg_format.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/sgip/internal.h"
#include "gateway/base/clock.h"

enum { EXTERNAL_MAX = SGIP_ID_MAX + 8, STATE_DELIVERED = 0, STATE_WAITING = 1, OF_A_SUBMIT = 0 };

static struct carrier_ack *ack_open(struct carrier_link *l, const struct sgip_pdu *pdu, uint8_t result)
{
	struct carrier_ack *a = carrier_ack(l, pdu->command, pdu->sequence.counter, result);
	sgip_sequence_write(&pdu->sequence, a->id);
	return a;
}

/* Told to come again, since nothing more is taken here. */
static bool put_off(struct carrier_link *l, const struct sgip_pdu *pdu)
{
	if (!carrier_takes_no_more(l))
		return false;
	struct carrier_ack now = { .command = pdu->command };
	sgip_sequence_write(&pdu->sequence, now.id);
	sgip_respond(l, &now, false);
	return true;
}

void sgip_quarantine(struct carrier_link *l, const struct sgip_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint8_t result)
{
	if (put_off(l, pdu))
		return;
	if (result == SGIP_OK)
		carrier_quarantine(l->carrier, reason, peer, raw, pdu->length, ack_open(l, pdu, result));
	else
		carrier_refuse(l->carrier, reason, raw, pdu->length, SGIP_HEADER, ack_open(l, pdu, result));
}

static void report_in(struct carrier_link *l, const struct sgip_pdu *pdu)
{
	const struct sgip_report *r = &pdu->report;
	char id[SGIP_ID_MAX], words[SGIP_RESULT_MAX], peer[MSG_PEER_MAX] = "";
	enum out_state state = r->state == STATE_DELIVERED ? OUT_DELIVERED : r->state == STATE_WAITING ? OUT_ACCEPTED : OUT_FAILED;
	bool known = sms_peer(r->user_number, false, peer);
	struct receipt receipt = { .external_id = sgip_id(&r->submit_sequence, id), .peer = known ? peer : NULL, .state = state,
		.reason = state == OUT_FAILED ? sgip_result_words(r->error_code, words) : NULL, .at = clock_now() };
	carrier_receipt(l->carrier, &receipt, ack_open(l, pdu, SGIP_OK));
}

static void message_in(struct carrier_link *l, const struct sgip_pdu *pdu, const uint8_t *raw, const char *peer)
{
	const struct sgip_deliver *d = &pdu->deliver;
	enum coding coding = msg_format_coding(d->message_coding, (enum coding)sgip_of(l)->config->alphabet);
	struct udh u = { 0 };
	char id[SGIP_ID_MAX], external[EXTERNAL_MAX];
	if (d->tp_udhi && udh_read(d->content.p, d->content.n, &u) < 0) {
		sgip_quarantine(l, pdu, raw, "udh-malformed", d->user_number, SGIP_OK);
		return;
	}
	if (coding == CODING_BINARY) {
		sgip_quarantine(l, pdu, raw, "not-text", d->user_number, SGIP_OK);
		return;
	}
	if (udh_is_foreign(&u, coding, d->content.p, d->content.n)) {
		arrive_foreign(l->carrier, &u);
		sgip_quarantine(l, pdu, raw, "not-text", d->user_number, SGIP_OK);
		return;
	}
	int64_t now = clock_now();
	(void)snprintf(external, sizeof external, "%s#%d", sgip_id(&pdu->sequence, id), sgip_year(pdu->sequence.time, now));
	struct msg_in m = { .peer = peer, .account = d->sp_number[0] ? d->sp_number : sgip_of(l)->config->number,
		.received_at = now, .external_id = external, .verified = true };
	arrive(l->carrier, &m, d->content.p, d->content.n, &u, NULL, coding,
		&(struct arrive_pdu){ raw, pdu->length, d->message_coding }, ack_open(l, pdu, SGIP_OK));
}

void sgip_inbound(struct carrier_link *l, const struct sgip_pdu *pdu, const uint8_t *raw)
{
	char peer[MSG_PEER_MAX] = "";
	if (put_off(l, pdu))
		return;
	if (pdu->command == SGIP_REPORT && pdu->report.report_type == OF_A_SUBMIT) {
		report_in(l, pdu);
	} else if (pdu->command == SGIP_REPORT) { /* of a DELIVER that one SMG passed to another: nothing of ours */
		sgip_quarantine(l, pdu, raw, "receipt-of-another", "", SGIP_OK);
	} else if (sms_peer(pdu->deliver.user_number, false, peer)) {
		message_in(l, pdu, raw, peer);
	} else {
		sgip_quarantine(l, pdu, raw, "sender-no-number", pdu->deliver.user_number, SGIP_OK);
	}
}
