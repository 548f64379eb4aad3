#include <stdio.h>
#include <string.h>

#include "adapters/sms/arrive.h"
#include "adapters/sms/cmpp/internal.h"
#include "adapters/sms/fields.h"
#include "adapters/sms/msg_format.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/segment.h"
#include "gateway/base/clock.h"

enum { IS_REPORT = 1, PSEUDONYM = 1, EXTERNAL_MAX = CMPP_ID_MAX + 16, MONTH_SHIFT = 60, STAT_MAX = 8 };

static struct carrier_ack *ack_open(struct cmpp_link *l, const struct cmpp_pdu *pdu)
{
	struct carrier_ack *a = carrier_ack(&l->base, pdu->command, pdu->sequence, CMPP_OK);
	memcpy(a->id, &pdu->deliver.msg_id, sizeof pdu->deliver.msg_id);
	return a;
}

/* Told to come again, since nothing more is taken here. */
static bool put_off(struct cmpp_link *l, const struct cmpp_pdu *pdu)
{
	if (!carrier_takes_no_more(&l->base))
		return false;
	struct carrier_ack now = { .sequence = pdu->sequence };
	memcpy(now.id, &pdu->deliver.msg_id, sizeof pdu->deliver.msg_id);
	cmpp_respond(&l->base, &now, false);
	return true;
}

void cmpp_quarantine(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer)
{
	if (!put_off(l, pdu))
		carrier_quarantine(l->base.carrier, reason, peer, raw, pdu->length, ack_open(l, pdu));
}

/* --- one DELIVER --- */

struct arrival {
	struct cmpp_link *link;
	const struct cmpp_pdu *pdu;
	const uint8_t *raw;
	const struct cmpp_deliver *d;
	char peer[MSG_PEER_MAX];
};

static void set_aside(const struct arrival *a, const char *reason)
{
	cmpp_quarantine(a->link, a->pdu, a->raw, reason, a->d->source);
}

/* The carrier's word as it came; what does not print cannot be shown. */
static void raw_stat(const char *stat, char out[STAT_MAX])
{
	size_t n = 0;
	for (; stat[n] && n + 1 < STAT_MAX; n++)
		out[n] = stat[n] > ' ' && stat[n] < 0x7F ? stat[n] : '?';
	out[n] = '\0';
}

static void report_in(const struct arrival *a)
{
	struct carrier *c = a->link->base.carrier;
	struct cmpp_report report;
	if (!cmpp_report_decode(a->d->content.p, a->d->content.n, &report)) {
		set_aside(a, "receipt-malformed");
		return;
	}
	char id[CMPP_ID_MAX], stat[STAT_MAX], reason[RECEIPT_REASON_MAX];
	raw_stat(report.stat, stat);
	enum out_state state = receipt_state(stat);
	receipt_reason(state, stat, "", reason);
	struct receipt r = { .external_id = cmpp_msg_id(report.msg_id, id), .peer = a->peer[0] ? a->peer : NULL,
		.state = state, .reason = reason[0] ? reason : NULL, .at = receipt_date(report.done_time) };
	if (!r.at)
		r.at = clock_now();
	carrier_receipt(c, &r, ack_open(a->link, a->pdu));
}

/* Msg_Id names the month and not the year, and the gateway knows ids for ever: a message of next year must not look like
 * one of this year sent again. The parts of a message may have one Msg_Id. */
static void external_id(uint64_t msg_id, const struct udh *u, int64_t now, char out[EXTERNAL_MAX])
{
	char id[CMPP_ID_MAX], part[8] = "";
	if (u->total > 1)
		(void)snprintf(part, sizeof part, ".%u", u->index & 0xFF);
	(void)snprintf(out, EXTERNAL_MAX, "%s#%d%s", cmpp_msg_id(msg_id, id), fields_year((unsigned)(msg_id >> MONTH_SHIFT), now), part);
}

static void message_in(const struct arrival *a)
{
	const struct cmpp *c = cmpp_of(a->link);
	const struct cmpp_deliver *d = a->d;
	enum coding coding = msg_format_coding(d->msg_fmt, (enum coding)c->config->alphabet);
	struct udh u = { 0 };
	if (d->tp_udhi && udh_read(d->content.p, d->content.n, &u) < 0) {
		set_aside(a, "udh-malformed");
		return;
	}
	if (coding == CODING_BINARY) {
		set_aside(a, "not-text");
		return;
	}
	if (udh_is_foreign(&u, coding, d->content.p, d->content.n)) {
		arrive_foreign(a->link->base.carrier, &u);
		set_aside(a, "not-text");
		return;
	}
	char external[EXTERNAL_MAX];
	int64_t now = clock_now();
	external_id(d->msg_id, &u, now, external);
	struct msg_in m = { .peer = a->peer, .account = d->dest[0] ? d->dest : c->config->number, .received_at = now,
		.external_id = d->msg_id ? external : NULL, .verified = true };
	arrive(a->link->base.carrier, &m, d->content.p, d->content.n, &u, NULL, coding,
		&(struct arrive_pdu){ a->raw, a->pdu->length, d->msg_fmt }, ack_open(a->link, a->pdu));
}

void cmpp_inbound(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw)
{
	if (put_off(l, pdu))
		return;
	struct arrival a = { .link = l, .pdu = pdu, .raw = raw, .d = &pdu->deliver };
	bool known = sms_peer(a.d->source, false, a.peer);
	if (a.d->registered_delivery == IS_REPORT)
		report_in(&a);
	else if (a.d->source_type == PSEUDONYM)
		set_aside(&a, "sender-pseudonym");
	else if (known)
		message_in(&a);
	else
		set_aside(&a, "sender-no-number");
}
