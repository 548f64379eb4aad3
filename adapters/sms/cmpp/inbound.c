#include <stdio.h>
#include <string.h>

#include "adapters/sms/cmpp/internal.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/segment.h"
#include "gateway/base/clock.h"

enum { IS_REPORT = 1, PSEUDONYM = 1, KEY_MAX = MSG_PEER_MAX + 64, ID_WITH_PART = CMPP_ID_MAX + 8, STAT_MAX = 8 };

static struct carrier_ack *ack_open(struct cmpp_link *l, const struct cmpp_pdu *pdu)
{
	struct carrier_ack *a = carrier_ack(&l->base, pdu->command, pdu->sequence, CMPP_OK);
	memcpy(a->id, &pdu->deliver.msg_id, sizeof pdu->deliver.msg_id);
	return a;
}

void cmpp_quarantine(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw, const char *reason,
	const char *peer)
{
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

/* Msg_Fmt. 0x1x are the forms with a message class that handsets send. */
static enum coding coding_of(uint8_t fmt)
{
	switch (fmt) {
	case 0:
		return CODING_ASCII;
	case 8:
	case 0x18: case 0x19: case 0x1A: case 0x1B:
		return CODING_UCS2;
	case 15:
		return CODING_GB;
	default: /* 3 is a card to be written, 4 binary */
		return CODING_BINARY;
	}
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

static void take_part(const struct arrival *a, struct msg_in *m, const struct udh *u, enum coding coding)
{
	struct carrier *c = a->link->base.carrier;
	char key[KEY_MAX], id[ID_WITH_PART];
	(void)snprintf(key, sizeof key, "%s>%s/%s%u/%u", m->peer, m->account, u->wide ? "w" : "u", u->ref, u->total);
	if (m->external_id) {
		(void)snprintf(id, sizeof id, "%s#%u", m->external_id, u->index);
		m->external_id = id;
	}
	m->kind = MSG_PART;
	m->part = (struct msg_part){ .key = key, .index = u->index, .total = u->total, .coding = coding,
		.bytes = a->d->content.p + u->len, .n = a->d->content.n - u->len };
	carrier_take(c, m, ack_open(a->link, a->pdu));
}

static void take_text(const struct arrival *a, struct msg_in *m, size_t header, enum coding coding)
{
	struct carrier *c = a->link->base.carrier;
	buf_clear(&c->text);
	coding_decode(coding, a->d->content.p + header, a->d->content.n - header, &c->text);
	m->kind = MSG_TEXT;
	m->text = buf_str(&c->text);
	carrier_take(c, m, ack_open(a->link, a->pdu));
}

static void message_in(const struct arrival *a)
{
	const struct cmpp *c = cmpp_of(a->link);
	const struct cmpp_deliver *d = a->d;
	enum coding coding = coding_of(d->msg_fmt);
	struct udh u = { 0 };
	if (d->tp_udhi && udh_read(d->content.p, d->content.n, &u) < 0) {
		set_aside(a, "udh-malformed");
		return;
	}
	if (coding == CODING_BINARY) {
		set_aside(a, "not-text");
		return;
	}
	char id[CMPP_ID_MAX];
	struct msg_in m = { .peer = a->peer, .account = d->dest[0] ? d->dest : c->config->number, .received_at = clock_now(),
		.external_id = d->msg_id ? cmpp_msg_id(d->msg_id, id) : NULL, .session_at = c->carrier.changed_at, .verified = true };
	if (u.total > 1)
		take_part(a, &m, &u, coding);
	else
		take_text(a, &m, u.len, coding);
}

void cmpp_inbound(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw)
{
	if (carrier_draining(l->base.carrier)) {
		struct carrier_ack now = { .sequence = pdu->sequence };
		memcpy(now.id, &pdu->deliver.msg_id, sizeof pdu->deliver.msg_id);
		cmpp_respond(&l->base, &now, false);
		return;
	}
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
