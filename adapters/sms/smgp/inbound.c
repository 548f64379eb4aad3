#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/peer.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/segment.h"
#include "adapters/sms/smgp/internal.h"
#include "adapters/sms/smgp/msg_format.h"
#include "adapters/sms/smgp/report.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"

enum { EXTERNAL_MAX = SMGP_MSG_ID_TEXT + 16, KEY_MAX = MSG_PEER_MAX + 64, YEAR = 4, RECV_TIME = 14 };

/* --- answers that wait for done() --- */

static struct smgp_ack *ack_open(struct smgp *s, const struct smgp_pdu *pdu, uint32_t settled_status)
{
	struct smgp_ack *a = mem_new(struct smgp_ack);
	*a = (struct smgp_ack){ .generation = session_generation(s->session), .sequence = pdu->sequence,
		.settled_status = settled_status };
	memcpy(a->msg_id, pdu->deliver.msg_id, SMGP_MSG_ID);
	LIST_INSERT_HEAD(&s->acks, a, link);
	if (++s->takes >= SMGP_TAKES_MAX)
		session_pause(s->session, true);
	return a;
}

void smgp_acks_free(struct smgp *s)
{
	for (struct smgp_ack *a; (a = LIST_FIRST(&s->acks));) {
		LIST_REMOVE(a, link);
		free(a);
	}
}

static void on_taken(struct adapter *adapter, void *at, enum taken taken, const struct taken_info *info)
{
	(void)info;
	struct smgp *s = (struct smgp *)adapter;
	struct smgp_ack *a = at;
	if (a->generation == session_generation(s->session))
		smgp_answer_deliver(s, a->sequence, a->msg_id, taken == TAKEN_RETRY ? SMGP_BUSY : a->settled_status);
	LIST_REMOVE(a, link);
	free(a);
	if (--s->takes <= SMGP_TAKES_MAX / 2)
		session_pause(s->session, false);
	smgp_maybe_drained(s);
}

void smgp_quarantine(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer, uint32_t status)
{
	s->host->quarantine(&s->base, reason, peer, raw, pdu->length, on_taken, ack_open(s, pdu, status));
}

static void set_aside(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw, const char *reason)
{
	smgp_quarantine(s, pdu, raw, reason, pdu->deliver.src_term, SMGP_OK);
}

/* --- reports --- */

static void report_in(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw, const char *peer)
{
	const struct smgp_octets *content = &pdu->deliver.content;
	struct smgp_report report;
	char reason[RECEIPT_REASON_MAX];
	bool read = smgp_report_read(content->p, content->n, &report);
	if (!read || !report.stat[0]) {
		set_aside(s, pdu, raw, read ? "receipt-without-state" : "receipt-without-id");
		return;
	}
	enum out_state state = receipt_state(report.stat);
	receipt_reason(state, report.stat, report.err, reason);
	struct receipt r = { .external_id = report.id, .peer = peer[0] ? peer : NULL, .state = state,
		.reason = reason[0] ? reason : NULL, .at = report.done_at ? report.done_at : clock_now() };
	s->host->receipt(&s->base, &r, on_taken, ack_open(s, pdu, SMGP_OK));
}

/* --- messages --- */

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

static void take_part(struct smgp *s, const struct smgp_pdu *pdu, struct msg_in *m, const struct udh *u,
	enum coding coding)
{
	const struct smgp_octets *content = &pdu->deliver.content;
	char key[KEY_MAX];
	snprintf(key, sizeof key, "%s>%s/%s%u/%u", m->peer, m->account, u->wide ? "w" : "u", u->ref, u->total);
	m->kind = MSG_PART;
	m->part = (struct msg_part){ .key = key, .index = u->index, .total = u->total, .coding = coding,
		.bytes = content->p + u->len, .n = content->n - u->len };
	s->host->take(&s->base, m, on_taken, ack_open(s, pdu, SMGP_OK));
}

static void take_text(struct smgp *s, const struct smgp_pdu *pdu, struct msg_in *m, size_t header, enum coding coding)
{
	const struct smgp_octets *content = &pdu->deliver.content;
	buf_clear(&s->text);
	coding_decode(coding, content->p + header, content->n - header, &s->text);
	m->kind = MSG_TEXT;
	m->text = buf_str(&s->text);
	s->host->take(&s->base, m, on_taken, ack_open(s, pdu, SMGP_OK));
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

static void message_in(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw, const char *peer)
{
	const struct smgp_deliver *d = &pdu->deliver;
	enum coding coding = smgp_coding(d->msg_format);
	struct udh u;
	char external[EXTERNAL_MAX];
	if (read_header(d, &u) < 0) {
		set_aside(s, pdu, raw, "udh-malformed");
		return;
	}
	if (coding == CODING_BINARY) {
		set_aside(s, pdu, raw, "not-text");
		return;
	}
	external_id(d, &u, external);
	struct msg_in m = { .peer = peer, .account = d->dest_term[0] ? d->dest_term : s->config->number,
		.sent_at = recv_time(d->recv_time), .received_at = clock_now(), .external_id = external, .verified = true };
	if (u.total > 1)
		take_part(s, pdu, &m, &u, coding);
	else
		take_text(s, pdu, &m, u.len, coding);
}

void smgp_inbound(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw)
{
	char peer[MSG_PEER_MAX] = "";
	if (drain_begun(s->drain)) {
		smgp_answer_deliver(s, pdu->sequence, pdu->deliver.msg_id, SMGP_BUSY);
		return;
	}
	bool known = sms_peer(pdu->deliver.src_term, false, peer);
	if (pdu->deliver.is_report)
		report_in(s, pdu, raw, known ? peer : "");
	else if (known)
		message_in(s, pdu, raw, peer);
	else
		set_aside(s, pdu, raw, "sender-no-number");
}
