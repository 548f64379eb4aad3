#include <stdio.h>
#include <string.h>

#include "adapters/sms/arrive.h"
#include "adapters/sms/msg_format.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/segment.h"
#include "adapters/sms/smgp/internal.h"
#include "adapters/sms/smgp/report.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"

enum { EXTERNAL_MAX = SMGP_MSG_ID_TEXT + 16, YEAR = 4, RECV_TIME = 14 };

static struct carrier_ack *ack_open(struct smgp_link *l, const struct smgp_pdu *pdu, uint32_t settled_status)
{
	struct carrier_ack *a = carrier_ack(&l->base, pdu->command, pdu->sequence, settled_status);
	memcpy(a->id, pdu->deliver.msg_id, SMGP_MSG_ID);
	return a;
}

/* Told to come again, since nothing more is taken here. */
static bool put_off(struct smgp_link *l, const struct smgp_pdu *pdu)
{
	if (!carrier_takes_no_more(&l->base))
		return false;
	struct carrier_ack now = { .sequence = pdu->sequence };
	memcpy(now.id, pdu->deliver.msg_id, SMGP_MSG_ID);
	smgp_respond(&l->base, &now, false);
	return true;
}

void smgp_quarantine(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint32_t status)
{
	if (put_off(l, pdu))
		return;
	if (status == SMGP_OK)
		carrier_quarantine(l->base.carrier, reason, peer, raw, pdu->length, ack_open(l, pdu, status));
	else
		carrier_refuse(l->base.carrier, reason, raw, pdu->length, SMGP_HEADER, ack_open(l, pdu, status));
}

static void set_aside(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw, const char *reason)
{
	smgp_quarantine(l, pdu, raw, reason, pdu->deliver.src_term, SMGP_OK);
}

/* --- reports --- */

static void report_in(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw, const char *peer)
{
	const struct smgp_octets *content = &pdu->deliver.content;
	struct smgp_report report;
	char reason[RECEIPT_REASON_MAX];
	bool read = smgp_report_read(content->p, content->n, &report);
	if (!read || !report.stat[0]) {
		set_aside(l, pdu, raw, read ? "receipt-without-state" : "receipt-without-id");
		return;
	}
	enum out_state state = receipt_state(report.stat);
	receipt_reason(state, report.stat, report.err, reason);
	struct receipt r = { .external_id = report.id, .peer = peer[0] ? peer : NULL, .state = state,
		.reason = reason[0] ? reason : NULL, .at = report.done_at ? report.done_at : clock_now() };
	carrier_receipt(l->base.carrier, &r, ack_open(l, pdu, SMGP_OK));
}

/* --- messages --- */

/* A gateway that counts none leaves MsgID zero. */
static bool has_id(const struct smgp_deliver *d)
{
	static const uint8_t none[SMGP_MSG_ID];
	return memcmp(d->msg_id, none, SMGP_MSG_ID) != 0;
}

/* MsgID counts minutes of a year without naming the year, and the gateway knows ids for ever: a message of next year must
 * not look like one of this year sent again. */
static void external_id(const struct smgp_deliver *d, const struct udh *u, char out[EXTERNAL_MAX])
{
	char hex[SMGP_MSG_ID_TEXT], part[8] = "";
	bool year = strspn(d->recv_time, "0123456789") >= YEAR;
	if (u->total > 1)
		snprintf(part, sizeof part, ".%u", u->index & 0xFF);
	snprintf(out, EXTERNAL_MAX, "%s%s%.*s%s", crypto_hex(d->msg_id, SMGP_MSG_ID, hex), year || part[0] ? "#" : "",
		year ? YEAR : 0, d->recv_time, part);
}

/* RecvTime, YYYYMMDDhhmmss of Beijing; 0: no time. */
static int64_t recv_time(const char *digits)
{
	return strspn(digits, "0123456789") == RECV_TIME ? receipt_date(digits + 2) : 0;
}

/* A part whose place PkTotal and PkNumber say and no header. They hold no reference: a citizen's next message of as many parts
 * counts as the same until that one is whole. */
static bool read_places(const struct smgp_deliver *d, struct udh *u)
{
	int total = smgp_tlv_u8(&d->tlvs, SMGP_TLV_PK_TOTAL), number = smgp_tlv_u8(&d->tlvs, SMGP_TLV_PK_NUMBER);
	if (u->total || total < 2 || number < 1 || number > total)
		return false;
	u->total = (unsigned)total;
	u->index = (unsigned)number;
	return true;
}

/* 1: u is the header at the front, or blank when there is none; -1: malformed. Some gateways leave TP_udhi out and say
 * PkTotal alone: a header is then believed where it says the same total. */
static int read_header(const struct smgp_deliver *d, struct udh *u)
{
	int udhi = smgp_tlv_u8(&d->tlvs, SMGP_TLV_TP_UDHI), total = smgp_tlv_u8(&d->tlvs, SMGP_TLV_PK_TOTAL);
	*u = (struct udh){ 0 };
	if (udhi > 0)
		return udh_read(d->content.p, d->content.n, u);
	if (udhi < 0 && total > 1 && (udh_read(d->content.p, d->content.n, u) < 0 || u->total != (unsigned)total))
		*u = (struct udh){ 0 };
	return 1;
}

static void message_in(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw, const char *peer)
{
	const struct smgp_deliver *d = &pdu->deliver;
	enum coding coding = msg_format_coding(d->msg_format, (enum coding)smgp_of(l)->config->alphabet);
	struct udh u;
	char external[EXTERNAL_MAX];
	if (read_header(d, &u) < 0) {
		set_aside(l, pdu, raw, "udh-malformed");
		return;
	}
	if (coding == CODING_BINARY) {
		set_aside(l, pdu, raw, "not-text");
		return;
	}
	if (udh_is_foreign(&u, coding, d->content.p, d->content.n)) {
		arrive_foreign(l->base.carrier, &u);
		set_aside(l, pdu, raw, "not-text");
		return;
	}
	bool places = read_places(d, &u);
	external_id(d, &u, external);
	struct msg_in m = { .peer = peer, .account = d->dest_term[0] ? d->dest_term : smgp_of(l)->config->number,
		.sent_at = recv_time(d->recv_time), .received_at = clock_now(), .external_id = has_id(d) ? external : NULL,
		.verified = true };
	arrive(l->base.carrier, &m, d->content.p, d->content.n, &u, places ? "p" : NULL, coding,
		&(struct arrive_pdu){ raw, pdu->length, d->msg_format }, ack_open(l, pdu, SMGP_OK));
}

void smgp_inbound(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw)
{
	char peer[MSG_PEER_MAX] = "";
	if (put_off(l, pdu))
		return;
	bool known = sms_peer(pdu->deliver.src_term, false, peer);
	if (pdu->deliver.is_report)
		report_in(l, pdu, raw, known ? peer : "");
	else if (known)
		message_in(l, pdu, raw, peer);
	else
		set_aside(l, pdu, raw, "sender-no-number");
}
