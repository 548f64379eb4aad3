#include <string.h>

#include "adapters/sms/fields.h"
#include "adapters/sms/smpp/internal.h"
#include "gateway/base/log.h"

enum { INTERFACE_VERSION = 0x34, SEQUENCE_MAX = 0x7FFFFFFF };

uint32_t smpp_link_next_sequence(struct smpp_link *l)
{
	l->sequence = l->sequence >= SEQUENCE_MAX ? 1 : l->sequence + 1;
	return l->sequence;
}

static void write_pdu(struct smpp_link *l, const struct smpp_pdu *pdu)
{
	struct buf *wire = &l->base.carrier->wire;
	buf_clear(wire);
	must(smpp_pdu_encode(pdu, wire));
	session_write(l->base.session, wire->data, wire->len);
}

void smpp_link_respond(struct smpp_link *l, uint32_t command, uint32_t sequence, uint32_t status)
{
	struct smpp_pdu pdu = { .command = command | SMPP_RESPONSE, .sequence = sequence, .status = status };
	write_pdu(l, &pdu);
}

void smpp_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept)
{
	smpp_link_respond((struct smpp_link *)l, ack->command, ack->sequence, kept ? ack->settled : ESME_RX_T_APPN);
}

static void request(struct smpp_link *l, uint32_t command)
{
	struct smpp_pdu pdu = { .command = command, .sequence = smpp_link_next_sequence(l) };
	write_pdu(l, &pdu);
}

/* --- what comes in --- */

static int frame(const uint8_t *p, size_t n, size_t *len, const char **why)
{
	int rc = fields_frame(p, n, SMPP_HEADER, SMPP_PDU_MAX, len);
	if (rc < 0)
		*why = *len < SMPP_HEADER ? "command_length below 16" : "command_length above 65536";
	return rc;
}

/* Our bind is written here and not answered: the SMSC may count us as bound and its messages overtake the answer. */
static bool bind_is_under_way(const struct smpp_link *l)
{
	return session_is_binding(l->base.session) && l->bind_sequence && l->bind_generation == session_generation(l->base.session);
}

/* A connection that was accepted is binding before a bind is written on it: who connected may know every old sequence. */
static bool answers_bind(const struct smpp_link *l, uint32_t sequence)
{
	return bind_is_under_way(l) && sequence == l->bind_sequence;
}

static void bind_answered(struct smpp_link *l, const struct smpp_pdu *pdu)
{
	char words[SMPP_STATUS_MAX];
	if (!answers_bind(l, pdu->sequence)) {
		carrier_answer_to_nothing(&l->base, smpp_command_name(pdu->command), pdu->sequence);
		return;
	}
	if (pdu->status == ESME_ROK && pdu->command != SMPP_GENERIC_NACK) {
		session_bound(l->base.session);
		return;
	}
	char why[SMPP_STATUS_MAX + 32];
	(void)snprintf(why, sizeof why, "bind refused: %s", smpp_status_words(pdu->status, words));
	session_lose(l->base.session, why);
}

static void message_in(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw)
{
	bool receives = l->base.roles & LINK_RECEIVES, early = receives && bind_is_under_way(l);
	if (receives && session_was_bound(l->base.session)) {
		smpp_inbound(l, pdu, raw);
		return;
	}
	log_event(early ? LOG_INFO : LOG_WARN, "smpp", early ? "message put off until the bind is answered" : "message on a link that receives none",
		"channel=%s peer=%s link=%s seq=%u", l->base.carrier->base.channel, session_peer(l->base.session), l->base.name, pdu->sequence);
	smpp_link_respond(l, pdu->command, pdu->sequence, early ? ESME_RX_T_APPN : ESME_RINVBNDSTS);
}

static void write_bind(struct smpp_link *l);

/* The SMSC connected to us because it has something: it is who it should be, or the link ends. outbind has no answer. */
static void outbind_in(struct smpp_link *l, const struct smpp_pdu *pdu)
{
	const struct smpp_config *c = smpp_of(l)->config;
	if (!(l->base.roles & LINK_PASSIVE) || !session_is_binding(l->base.session))
		return;
	if (c->outbind_system_id[0] && !strcmp(pdu->outbind.system_id, c->outbind_system_id) &&
		!strcmp(pdu->outbind.password, c->outbind_password))
		write_bind(l);
	else
		session_lose(l->base.session, "outbind by somebody else");
}

static void handle(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw)
{
	switch (pdu->command) {
	case SMPP_DELIVER_SM:
	case SMPP_DATA_SM:
		message_in(l, pdu, raw);
		break;
	case SMPP_SUBMIT_SM_RESP:
		smpp_outbound_answer(l, pdu);
		break;
	case SMPP_ENQUIRE_LINK:
		smpp_link_respond(l, pdu->command, pdu->sequence, ESME_ROK);
		break;
	case SMPP_UNBIND:
		l->unbind_sequence = pdu->sequence;
		session_leave(l->base.session);
		break;
	case SMPP_BIND_TRANSCEIVER_RESP:
	case SMPP_BIND_TRANSMITTER_RESP:
	case SMPP_BIND_RECEIVER_RESP:
		bind_answered(l, pdu);
		break;
	case SMPP_OUTBIND:
		outbind_in(l, pdu);
		break;
	case SMPP_UNBIND_RESP:
		session_unbound(l->base.session);
		break;
	case SMPP_GENERIC_NACK:
		if (session_is_binding(l->base.session))
			bind_answered(l, pdu);
		else
			smpp_outbound_answer(l, pdu);
		break;
	case SMPP_ENQUIRE_LINK_RESP: /* any bytes show that the peer lives */
	case SMPP_ALERT_NOTIFICATION:
	case SMPP_DELIVER_SM_RESP:
	case SMPP_DATA_SM_RESP:
		break;
	default: /* requests that only an SMSC answers */
		smpp_link_respond(l, SMPP_GENERIC_NACK, pdu->sequence, ESME_RINVCMDID);
	}
}

static void malformed(struct smpp_link *l, const struct smpp_pdu *pdu, const uint8_t *raw)
{
	metric_add(l->base.carrier->malformed, 1);
	log_warn("smpp", "malformed pdu", "channel=%s command=0x%x name=%s field=%s length=%u seq=%u",
		l->base.carrier->base.channel, pdu->command, smpp_command_name(pdu->command), pdu->field, pdu->length, pdu->sequence);
	bool message = pdu->command == SMPP_DELIVER_SM || pdu->command == SMPP_DATA_SM;
	uint32_t status = pdu->fault == SMPP_FAULT_TLV ? ESME_RINVOPTPARSTREAM : ESME_RINVCMDLEN;
	if (pdu->fault == SMPP_FAULT_COMMAND) {
		if (!(pdu->command & SMPP_RESPONSE))
			smpp_link_respond(l, SMPP_GENERIC_NACK, pdu->sequence, ESME_RINVCMDID);
	} else if (pdu->command & SMPP_RESPONSE) {
		handle(l, pdu, raw); /* the header says enough: what was asked, and whether it was granted */
	} else if (message && pdu->fault == SMPP_FAULT_TLV && smpp_has_text(pdu)) {
		message_in(l, pdu, raw); /* with the words whole, a stray octet behind them is no reason to refuse them */
	} else if (message && session_was_bound(l->base.session)) {
		smpp_quarantine(l, pdu, raw, "malformed-pdu", "", status);
	} else if (pdu->command != SMPP_ALERT_NOTIFICATION && pdu->command != SMPP_OUTBIND) {
		smpp_link_respond(l, SMPP_GENERIC_NACK, pdu->sequence, status);
	}
}

static void on_frame(struct session *session, void *owner, const uint8_t *p, size_t n)
{
	(void)session;
	struct smpp_link *l = owner;
	struct smpp_pdu pdu;
	int rc = smpp_pdu_decode(p, n, &pdu);
	must(rc != 0);
	if (rc > 0)
		handle(l, &pdu, p);
	else
		malformed(l, &pdu, p);
}

static void on_garbage(struct session *session, void *owner, const char *why, const uint8_t *p, size_t n)
{
	smpp_link_respond(owner, SMPP_GENERIC_NACK, 0, ESME_RINVCMDLEN);
	carrier_on_garbage(session, owner, why, p, n);
}

/* --- what goes out --- */

static void write_bind(struct smpp_link *l)
{
	const struct smpp_config *c = smpp_of(l)->config;
	l->bind_sequence = smpp_link_next_sequence(l);
	l->bind_generation = session_generation(l->base.session);
	struct smpp_pdu pdu = { .command = l->bind_command, .sequence = l->bind_sequence,
		.bind = { .system_id = c->system_id, .password = c->password, .system_type = c->system_type,
			.interface_version = INTERFACE_VERSION } };
	write_pdu(l, &pdu);
}

static void bind_link(struct session *session, void *owner)
{
	(void)session;
	write_bind(owner);
}

static void probe(struct session *session, void *owner)
{
	(void)session;
	request(owner, SMPP_ENQUIRE_LINK);
}

static void unbind(struct session *session, void *owner)
{
	(void)session;
	request(owner, SMPP_UNBIND);
}

static void leave(struct session *session, void *owner)
{
	(void)session;
	struct smpp_link *l = owner;
	smpp_link_respond(l, SMPP_UNBIND, l->unbind_sequence, ESME_ROK);
}

const struct session_ops smpp_session_ops = { frame, on_frame, on_garbage, bind_link, probe, unbind, leave,
	CARRIER_SESSION_OPS };
