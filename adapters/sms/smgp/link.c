#include <stdio.h>
#include <string.h>

#include "adapters/sms/fields.h"
#include "adapters/sms/smgp/internal.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

enum { MODE_BOTH = 2 };

static void write_pdu(struct smgp_link *l, const struct smgp_pdu *pdu)
{
	struct buf *wire = &l->base.carrier->wire;
	buf_clear(wire);
	must(smgp_pdu_encode(pdu, smgp_of(l)->version, wire));
	session_write(l->base.session, wire->data, wire->len);
}

static void write_empty(struct smgp_link *l, uint32_t command, uint32_t sequence)
{
	struct smgp_pdu pdu = { .command = command, .sequence = sequence };
	write_pdu(l, &pdu);
}

static void answer_deliver(struct smgp_link *l, uint32_t sequence, const uint8_t msg_id[SMGP_MSG_ID], uint32_t status)
{
	struct smgp_pdu pdu = { .command = SMGP_DELIVER_RESP, .sequence = sequence, .answer = { .status = status } };
	memcpy(pdu.answer.msg_id, msg_id, SMGP_MSG_ID);
	write_pdu(l, &pdu);
}

void smgp_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept)
{
	answer_deliver((struct smgp_link *)l, ack->sequence, ack->id, kept ? ack->settled : SMGP_BUSY);
}

/* --- what comes in --- */

static int frame(const uint8_t *p, size_t n, size_t *len, const char **why)
{
	int rc = smgp_pdu_frame(p, n, len);
	if (rc < 0)
		*why = *len < SMGP_HEADER ? "PacketLength below 12" : "PacketLength above 4096";
	return rc;
}

static void check_server(const struct smgp_link *l, const struct smgp_login_resp *r)
{
	uint8_t right[SMGP_DIGEST];
	smgp_server_digest(r->status, l->login_digest, smgp_of(l)->config->secret, right);
	if (!crypto_equal(right, r->authenticator, SMGP_DIGEST))
		log_warn("smgp", "the gateway did not prove that it knows the secret", "channel=%s peer=%s", l->base.carrier->base.channel,
			session_peer(l->base.session));
}

static void login_answered(struct smgp_link *l, const struct smgp_pdu *pdu)
{
	char words[SMGP_STATUS_MAX], why[SMGP_STATUS_MAX + 32];
	if (pdu->sequence != l->login_sequence || !session_is_binding(l->base.session)) {
		carrier_answer_to_nothing(&l->base, smgp_command_name(pdu->command), pdu->sequence);
		return;
	}
	if (pdu->login_resp.status == SMGP_OK) {
		check_server(l, &pdu->login_resp);
		session_bound(l->base.session);
		return;
	}
	snprintf(why, sizeof why, "login refused: %s", smgp_status_words(pdu->login_resp.status, words));
	session_lose(l->base.session, why);
}

static void ignore(const struct smgp_link *l, const struct smgp_pdu *pdu)
{
	log_info("smgp", "request ignored", "channel=%s command=0x%x name=%s seq=%u", l->base.carrier->base.channel, pdu->command,
		smgp_command_name(pdu->command), pdu->sequence);
}

static void handle(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw)
{
	switch (pdu->command) {
	case SMGP_DELIVER:
		if (session_was_bound(l->base.session))
			smgp_inbound(l, pdu, raw);
		else
			answer_deliver(l, pdu->sequence, pdu->deliver.msg_id, SMGP_AUTH);
		break;
	case SMGP_SUBMIT_RESP:
		smgp_outbound_answer(l, pdu);
		break;
	case SMGP_ACTIVE_TEST:
		write_empty(l, SMGP_ACTIVE_TEST_RESP, pdu->sequence);
		break;
	case SMGP_EXIT:
		l->exit_sequence = pdu->sequence;
		session_leave(l->base.session);
		break;
	case SMGP_LOGIN_RESP:
		login_answered(l, pdu);
		break;
	case SMGP_EXIT_RESP:
		session_unbound(l->base.session);
		break;
	case SMGP_ACTIVE_TEST_RESP: /* any bytes show that the peer lives */
		break;
	case SMGP_DELIVER_RESP:
		carrier_answer_to_nothing(&l->base, smgp_command_name(pdu->command), pdu->sequence);
		break;
	default: /* LOGIN, SUBMIT: only a gateway answers these, and SMGP has no way to say so */
		ignore(l, pdu);
	}
}

/* A broken answer says nothing of what was asked: neither granted nor refused. */
static void malformed_answer(struct smgp_link *l, const struct smgp_pdu *pdu)
{
	if (pdu->command == SMGP_LOGIN_RESP && session_is_binding(l->base.session))
		session_lose(l->base.session, "the answer to the login is malformed");
	if (pdu->command != SMGP_SUBMIT_RESP)
		return;
	void *request = session_answered(l->base.session, pdu->sequence);
	if (request)
		carrier_unanswered(&l->base, request, "the answer was malformed");
}

static void malformed(struct smgp_link *l, const struct smgp_pdu *pdu, const uint8_t *raw)
{
	if (pdu->fault == SMGP_FAULT_COMMAND) {
		ignore(l, pdu);
		return;
	}
	metric_add(l->base.carrier->malformed, 1);
	log_warn("smgp", "malformed pdu", "channel=%s name=%s field=%s length=%u seq=%u", l->base.carrier->base.channel,
		smgp_command_name(pdu->command), pdu->field, pdu->length, pdu->sequence);
	if (pdu->command == SMGP_DELIVER && session_was_bound(l->base.session))
		smgp_quarantine(l, pdu, raw, "malformed-pdu", "", SMGP_STRUCTURE);
	else if (pdu->command & SMGP_RESPONSE)
		malformed_answer(l, pdu);
}

static void on_frame(struct session *session, void *owner, const uint8_t *p, size_t n)
{
	(void)session;
	struct smgp_link *l = owner;
	struct smgp_pdu pdu;
	int rc = smgp_pdu_decode(p, n, smgp_of(l)->version, &pdu);
	must(rc != 0);
	if (rc > 0)
		handle(l, &pdu, p);
	else
		malformed(l, &pdu, p);
}

/* --- what goes out --- */

static void login(struct session *session, void *owner)
{
	(void)session;
	struct smgp_link *l = owner;
	uint32_t timestamp = fields_timestamp(clock_now());
	l->login_sequence = ++l->sequence;
	smgp_client_digest(smgp_of(l)->config->client_id, smgp_of(l)->config->secret, timestamp, l->login_digest);
	struct smgp_pdu pdu = { .command = SMGP_LOGIN, .sequence = l->login_sequence,
		.login = { .mode = MODE_BOTH, .timestamp = timestamp, .version = (uint8_t)smgp_of(l)->version } };
	must(SMGP_SET(pdu.login.client_id, smgp_of(l)->config->client_id));
	memcpy(pdu.login.authenticator, l->login_digest, SMGP_DIGEST);
	write_pdu(l, &pdu);
}

static void probe(struct session *session, void *owner)
{
	(void)session;
	struct smgp_link *l = owner;
	write_empty(l, SMGP_ACTIVE_TEST, ++l->sequence);
}

static void say_exit(struct session *session, void *owner)
{
	(void)session;
	struct smgp_link *l = owner;
	write_empty(l, SMGP_EXIT, ++l->sequence);
}

static void leave(struct session *session, void *owner)
{
	(void)session;
	struct smgp_link *l = owner;
	write_empty(l, SMGP_EXIT_RESP, l->exit_sequence);
}

const struct session_ops smgp_session_ops = { frame, on_frame, carrier_on_garbage, login, probe, say_exit, leave,
	CARRIER_SESSION_OPS };
