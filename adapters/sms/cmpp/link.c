#include <stdio.h>
#include <string.h>

#include "adapters/sms/cmpp/internal.h"
#include "adapters/sms/fields.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"

enum { WHY_MAX = 128 };

static void write_pdu(struct cmpp_link *l, struct cmpp_pdu *pdu)
{
	struct buf *wire = &l->base.carrier->wire;
	pdu->version = l->version;
	buf_clear(wire);
	must(cmpp_pdu_encode(pdu, wire));
	session_write(l->base.session, wire->data, wire->len);
}

void cmpp_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept)
{
	struct cmpp_pdu pdu = { .command = CMPP_DELIVER_RESP, .sequence = ack->sequence,
		.message_resp = { .result = kept ? CMPP_OK : CMPP_FLOW_CONTROL } };
	memcpy(&pdu.message_resp.msg_id, ack->id, sizeof pdu.message_resp.msg_id);
	write_pdu((struct cmpp_link *)l, &pdu);
}

static void bare(struct cmpp_link *l, uint32_t command, uint32_t sequence)
{
	struct cmpp_pdu pdu = { .command = command, .sequence = sequence };
	write_pdu(l, &pdu);
}

/* --- what comes in --- */

static int frame(const uint8_t *p, size_t n, size_t *len, const char **why)
{
	int rc = fields_frame(p, n, CMPP_HEADER, CMPP_PDU_MAX, len);
	if (rc < 0)
		*why = *len < CMPP_HEADER ? "Total_Length below 12" : "Total_Length above 4096";
	return rc;
}

static uint8_t configured_version(const struct cmpp_link *l)
{
	return cmpp_of(l)->config->version == SPEAK_30 ? CMPP_V30 : CMPP_V20;
}

/* false: the link was given up. */
static bool check_server(struct cmpp_link *l, const struct cmpp_connect_resp *r)
{
	if (cmpp_of(l)->config->verify_server == VERIFY_NO ||
		cmpp_server_proved(r->authenticator, r->status, l->authenticator, cmpp_of(l)->config->secret))
		return true;
	log_warn("cmpp", "the server did not prove that it knows the secret", "channel=%s peer=%s", l->base.carrier->base.channel,
		session_peer(l->base.session));
	if (cmpp_of(l)->config->verify_server == VERIFY_WARN)
		return true;
	session_lose(l->base.session, "the server did not prove that it knows the secret");
	return false;
}

static void connect_refused(struct cmpp_link *l, const struct cmpp_connect_resp *r)
{
	char why[WHY_MAX];
	uint8_t asked = l->version;
	(void)snprintf(why, sizeof why, "connect refused: %s (%u)", cmpp_login_words(r->status), r->status);
	if (r->status == CMPP_LOGIN_VERSION_TOO_HIGH)
		l->version = cmpp_next_version(asked, r->version, configured_version(l));
	if (l->version < asked)
		(void)snprintf(why, sizeof why, "the server does not speak CMPP %u.%u: next with %u.%u", asked >> 4, asked & 15u,
			l->version >> 4, l->version & 15u);
	session_lose(l->base.session, why);
}

static void connect_answered(struct cmpp_link *l, const struct cmpp_pdu *pdu)
{
	const struct cmpp_connect_resp *r = &pdu->connect_resp;
	if (pdu->sequence != l->connect_sequence || !session_is_binding(l->base.session)) {
		carrier_answer_to_nothing(&l->base, "CONNECT_RESP", pdu->sequence);
	} else if (pdu->fault) {
		session_lose(l->base.session, "the answer to the connect is malformed");
	} else if (r->status != CMPP_LOGIN_OK) {
		connect_refused(l, r);
	} else if (check_server(l, r)) {
		if (l->version >= CMPP_V30 && pdu->version < CMPP_V30)
			l->version = CMPP_V20; /* accepted, in the layout of the lower version */
		session_bound(l->base.session);
	}
}

static void ignored(const struct cmpp_link *l, const struct cmpp_pdu *pdu)
{
	log_info("cmpp", "command ignored", "channel=%s command=0x%x name=%s seq=%u", l->base.carrier->base.channel, pdu->command,
		cmpp_command_name(pdu->command), pdu->sequence);
}

static void handle(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw)
{
	switch (pdu->command) {
	case CMPP_DELIVER:
		if (session_was_bound(l->base.session))
			cmpp_inbound(l, pdu, raw);
		else
			ignored(l, pdu);
		break;
	case CMPP_SUBMIT_RESP:
		cmpp_outbound_answer(l, pdu);
		break;
	case CMPP_ACTIVE_TEST:
		bare(l, CMPP_ACTIVE_TEST_RESP, pdu->sequence);
		break;
	case CMPP_ACTIVE_TEST_RESP: /* any bytes show that the peer lives */
		break;
	case CMPP_TERMINATE:
		l->terminate_sequence = pdu->sequence;
		session_leave(l->base.session);
		break;
	case CMPP_TERMINATE_RESP:
		session_unbound(l->base.session);
		break;
	case CMPP_CONNECT_RESP:
		connect_answered(l, pdu);
		break;
	default:
		ignored(l, pdu);
	}
}

static void malformed(struct cmpp_link *l, const struct cmpp_pdu *pdu, const uint8_t *raw)
{
	metric_add(l->base.carrier->malformed, 1);
	log_warn("cmpp", "malformed pdu", "channel=%s command=0x%x name=%s field=%s length=%u seq=%u", l->base.carrier->base.channel,
		pdu->command, cmpp_command_name(pdu->command), pdu->field, pdu->length, pdu->sequence);
	if (pdu->command == CMPP_DELIVER && session_was_bound(l->base.session))
		cmpp_quarantine(l, pdu, raw, "malformed-pdu", "");
	else if (pdu->command == CMPP_SUBMIT_RESP || pdu->command == CMPP_CONNECT_RESP)
		handle(l, pdu, raw);
}

static void on_frame(struct session *session, void *owner, const uint8_t *p, size_t n)
{
	(void)session;
	struct cmpp_link *l = owner;
	struct cmpp_pdu pdu;
	int rc = cmpp_pdu_decode(p, n, l->version, &pdu);
	must(rc != 0);
	if (rc > 0)
		handle(l, &pdu, p);
	else if (pdu.fault == CMPP_FAULT_COMMAND)
		ignored(l, &pdu);
	else
		malformed(l, &pdu, p);
}

/* --- what goes out --- */

static void connect_link(struct session *session, void *owner)
{
	(void)session;
	struct cmpp_link *l = owner;
	const struct cmpp_config *config = cmpp_of(l)->config;
	uint32_t timestamp = fields_timestamp(clock_now());
	cmpp_authenticator(config->source_addr, config->pad_source_addr, config->secret, timestamp, l->authenticator);
	l->connect_sequence = ++l->sequence;
	struct cmpp_pdu pdu = { .command = CMPP_CONNECT, .sequence = l->connect_sequence,
		.connect = { .version = l->version, .timestamp = timestamp } };
	(void)snprintf(pdu.connect.source_addr, sizeof pdu.connect.source_addr, "%s", config->source_addr);
	memcpy(pdu.connect.authenticator, l->authenticator, MD5_LEN);
	write_pdu(l, &pdu);
}

static void probe(struct session *session, void *owner)
{
	(void)session;
	struct cmpp_link *l = owner;
	bare(l, CMPP_ACTIVE_TEST, ++l->sequence);
}

static void unbind(struct session *session, void *owner)
{
	(void)session;
	struct cmpp_link *l = owner;
	bare(l, CMPP_TERMINATE, ++l->sequence);
}

static void leave(struct session *session, void *owner)
{
	(void)session;
	struct cmpp_link *l = owner;
	bare(l, CMPP_TERMINATE_RESP, l->terminate_sequence);
}

const struct session_ops cmpp_session_ops = { frame, on_frame, carrier_on_garbage, connect_link, probe, unbind, leave,
	CARRIER_SESSION_OPS };
