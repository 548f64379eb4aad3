#include <stdio.h>
#include <string.h>

#include "adapters/sms/smgp/internal.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

enum { MODE_BOTH = 2 };

uint32_t smgp_next_sequence(struct smgp *s)
{
	return ++s->sequence;
}

void smgp_write(struct smgp *s, const struct smgp_pdu *pdu)
{
	buf_clear(&s->wire);
	must(smgp_pdu_encode(pdu, s->version, &s->wire));
	session_write(s->session, s->wire.data, s->wire.len);
}

static void write_empty(struct smgp *s, uint32_t command, uint32_t sequence)
{
	struct smgp_pdu pdu = { .command = command, .sequence = sequence };
	smgp_write(s, &pdu);
}

void smgp_answer_deliver(struct smgp *s, uint32_t sequence, const uint8_t msg_id[SMGP_MSG_ID], uint32_t status)
{
	struct smgp_pdu pdu = { .command = SMGP_DELIVER_RESP, .sequence = sequence, .answer = { .status = status } };
	memcpy(pdu.answer.msg_id, msg_id, SMGP_MSG_ID);
	smgp_write(s, &pdu);
}

/* --- what comes in --- */

static int frame(const uint8_t *p, size_t n, size_t *len, const char **why)
{
	int rc = smgp_pdu_frame(p, n, len);
	if (rc < 0)
		*why = *len < SMGP_HEADER ? "PacketLength below 12" : "PacketLength above 4096";
	return rc;
}

static void answer_to_nothing(const struct smgp *s, const struct smgp_pdu *pdu)
{
	log_info("smgp", "answer to nothing", "channel=%s command=%s seq=%u", s->base.channel,
		smgp_command_name(pdu->command), pdu->sequence);
}

static void check_server(const struct smgp *s, const struct smgp_login_resp *r)
{
	uint8_t right[SMGP_DIGEST];
	smgp_server_digest(r->status, s->login_digest, s->config->secret, right);
	if (!crypto_equal(right, r->authenticator, SMGP_DIGEST))
		log_warn("smgp", "the gateway did not prove that it knows the secret", "channel=%s peer=%s", s->base.channel,
			session_peer(s->session));
}

static void login_answered(struct smgp *s, const struct smgp_pdu *pdu)
{
	char words[SMGP_STATUS_MAX], why[SMGP_STATUS_MAX + 32];
	if (pdu->sequence != s->login_sequence || !session_is_binding(s->session)) {
		answer_to_nothing(s, pdu);
		return;
	}
	if (pdu->login_resp.status == SMGP_OK) {
		check_server(s, &pdu->login_resp);
		session_bound(s->session);
		return;
	}
	snprintf(why, sizeof why, "login refused: %s", smgp_status_words(pdu->login_resp.status, words));
	session_lose(s->session, why);
}

static void ignore(const struct smgp *s, const struct smgp_pdu *pdu)
{
	log_info("smgp", "request ignored", "channel=%s command=0x%x name=%s seq=%u", s->base.channel, pdu->command,
		smgp_command_name(pdu->command), pdu->sequence);
}

static void handle(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw)
{
	switch (pdu->command) {
	case SMGP_DELIVER:
		if (session_is_bound(s->session))
			smgp_inbound(s, pdu, raw);
		else
			smgp_answer_deliver(s, pdu->sequence, pdu->deliver.msg_id, SMGP_AUTH);
		break;
	case SMGP_SUBMIT_RESP:
		smgp_outbound_answer(s, pdu);
		break;
	case SMGP_ACTIVE_TEST:
		write_empty(s, SMGP_ACTIVE_TEST_RESP, pdu->sequence);
		break;
	case SMGP_EXIT:
		write_empty(s, SMGP_EXIT_RESP, pdu->sequence);
		session_lose(s->session, "the gateway said EXIT");
		break;
	case SMGP_LOGIN_RESP:
		login_answered(s, pdu);
		break;
	case SMGP_EXIT_RESP:
		session_unbound(s->session);
		break;
	case SMGP_ACTIVE_TEST_RESP: /* any bytes show that the peer lives */
		break;
	case SMGP_DELIVER_RESP:
		answer_to_nothing(s, pdu);
		break;
	default: /* LOGIN, SUBMIT: only a gateway answers these, and SMGP has no way to say so */
		ignore(s, pdu);
	}
}

/* A broken answer says nothing of what was asked: neither granted nor refused. */
static void malformed_answer(struct smgp *s, const struct smgp_pdu *pdu)
{
	if (pdu->command == SMGP_LOGIN_RESP && session_is_binding(s->session))
		session_lose(s->session, "the answer to the login is malformed");
	if (pdu->command != SMGP_SUBMIT_RESP)
		return;
	void *request = session_answered(s->session, pdu->sequence);
	if (request)
		submit_unanswered(s->submit, request, "the answer was malformed", session_now(s->session));
}

static void malformed(struct smgp *s, const struct smgp_pdu *pdu, const uint8_t *raw)
{
	if (pdu->fault == SMGP_FAULT_COMMAND) {
		ignore(s, pdu);
		return;
	}
	metric_add(s->malformed, 1);
	log_warn("smgp", "malformed pdu", "channel=%s name=%s field=%s length=%u seq=%u", s->base.channel,
		smgp_command_name(pdu->command), pdu->field, pdu->length, pdu->sequence);
	if (pdu->command == SMGP_DELIVER && session_is_bound(s->session))
		smgp_quarantine(s, pdu, raw, "malformed-pdu", "", SMGP_STRUCTURE);
	else if (pdu->command & SMGP_RESPONSE)
		malformed_answer(s, pdu);
}

static void on_frame(struct session *session, void *owner, const uint8_t *p, size_t n)
{
	(void)session;
	struct smgp *s = owner;
	struct smgp_pdu pdu;
	int rc = smgp_pdu_decode(p, n, s->version, &pdu);
	must(rc != 0);
	if (rc > 0)
		handle(s, &pdu, p);
	else
		malformed(s, &pdu, p);
}

static void on_garbage(struct session *session, void *owner, const char *why, const uint8_t *p, size_t n)
{
	struct smgp *s = owner;
	metric_add(s->malformed, 1);
	log_warn("smgp", "stream out of step", "channel=%s peer=%s why=%s bytes=%zu", s->base.channel,
		session_peer(session), why, n);
	s->host->quarantine(&s->base, "malformed-pdu", "", p, n, NULL, NULL);
}

/* --- what goes out --- */

static void login(struct session *session, void *owner)
{
	(void)session;
	struct smgp *s = owner;
	uint32_t timestamp = smgp_timestamp(clock_now());
	s->login_sequence = smgp_next_sequence(s);
	smgp_client_digest(s->config->client_id, s->config->secret, timestamp, s->login_digest);
	struct smgp_pdu pdu = { .command = SMGP_LOGIN, .sequence = s->login_sequence,
		.login = { .mode = MODE_BOTH, .timestamp = timestamp, .version = (uint8_t)s->version } };
	must(SMGP_SET(pdu.login.client_id, s->config->client_id));
	memcpy(pdu.login.authenticator, s->login_digest, SMGP_DIGEST);
	smgp_write(s, &pdu);
}

static void probe(struct session *session, void *owner)
{
	(void)session;
	struct smgp *s = owner;
	write_empty(s, SMGP_ACTIVE_TEST, smgp_next_sequence(s));
}

static void say_exit(struct session *session, void *owner)
{
	(void)session;
	struct smgp *s = owner;
	write_empty(s, SMGP_EXIT, smgp_next_sequence(s));
}

/* --- the session's news --- */

static void on_up(struct session *session, void *owner)
{
	(void)session;
	smgp_link_up(owner);
}

static void on_down(struct session *session, void *owner, const char *why)
{
	(void)session;
	smgp_link_down(owner, why);
}

static void on_unanswered(struct session *session, void *owner, void *request, enum session_end end)
{
	struct smgp *s = owner;
	submit_unanswered(s->submit, request, end == SESSION_LOST ? "the link was lost before the answer came"
		: "no answer came, however often it was sent", session_now(session));
}

static void on_room(struct session *session, void *owner)
{
	struct smgp *s = owner;
	submit_pump(s->submit, session_now(session));
}

static void on_ended(struct session *session, void *owner)
{
	(void)session;
	smgp_link_ended(owner);
}

const struct session_ops smgp_session_ops = { frame, on_frame, on_garbage, login, probe, say_exit, on_up, on_down,
	on_unanswered, on_room, on_ended };
