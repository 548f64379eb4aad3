#include <stdio.h>
#include <string.h>

#include "adapters/sms/sgip/internal.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

enum { LOGIN_SP = 1, LOGIN_SMG = 2, WHY_MAX = 128 };

struct sgip_sequence sgip_next_sequence(struct sgip *s)
{
	return (struct sgip_sequence){ s->node, fields_timestamp(clock_now()), s->counter++ };
}

uint64_t sgip_key(const struct sgip_sequence *s)
{
	return (uint64_t)s->time << 32 | s->counter;
}

static void write_pdu(struct carrier_link *l, const struct sgip_pdu *pdu)
{
	struct buf *wire = &l->carrier->wire;
	buf_clear(wire);
	must(sgip_pdu_encode(pdu, wire));
	session_write(l->session, wire->data, wire->len);
}

static void answer(struct carrier_link *l, uint32_t command, const struct sgip_sequence *sequence, uint8_t result)
{
	struct sgip_pdu pdu = { .command = command | SGIP_RESPONSE, .sequence = *sequence };
	if (command != SGIP_UNBIND)
		pdu.answer.result = result;
	write_pdu(l, &pdu);
}

void sgip_respond(struct carrier_link *l, const struct carrier_ack *ack, bool kept)
{
	struct sgip_sequence sequence;
	sgip_sequence_read(ack->id, &sequence);
	answer(l, ack->command, &sequence, kept ? (uint8_t)ack->settled : SGIP_BUSY);
}

/* --- what comes in --- */

static bool is_inbound(const struct carrier_link *l)
{
	return l->roles & LINK_PASSIVE;
}

static int frame(const uint8_t *p, size_t n, size_t *len, const char **why)
{
	int rc = fields_frame(p, n, SGIP_HEADER, SGIP_PDU_MAX, len);
	if (rc < 0)
		*why = *len < SGIP_HEADER ? "Message Length below 20" : "Message Length above 4096";
	return rc;
}

/* Compared in full, whatever the first difference is: the answer's time says nothing. */
static bool same(const char *said, const char *right)
{
	uint8_t a[SHA256_LEN], b[SHA256_LEN];
	crypto_sha256(said, strlen(said), a);
	crypto_sha256(right, strlen(right), b);
	return crypto_equal(a, b, sizeof a);
}

/* The SMG logs in on the connection it made. */
static void bind_in(struct carrier_link *l, const struct sgip_pdu *pdu)
{
	const struct sgip_config *c = sgip_of(l)->config;
	const struct sgip_bind *b = &pdu->bind;
	bool name = same(b->login_name, c->smg_login), password = same(b->login_password, c->smg_password), known = name && password;
	uint8_t result = b->login_type != LOGIN_SMG ? SGIP_LOGIN_TYPE : known ? SGIP_OK : SGIP_LOGIN;
	char words[SGIP_RESULT_MAX], why[WHY_MAX];
	answer(l, SGIP_BIND, &pdu->sequence, result);
	if (result == SGIP_OK) {
		session_bound(l->session);
		return;
	}
	log_warn("sgip", "the SMG's login was refused", "channel=%s peer=%s why=%s", l->carrier->base.channel,
		session_peer(l->session), sgip_result_words(result, words));
	(void)snprintf(why, sizeof why, "login refused: %s", words);
	session_lose(l->session, why);
}

static void bind_answered(struct carrier_link *l, const struct sgip_pdu *pdu)
{
	char words[SGIP_RESULT_MAX], why[WHY_MAX];
	if (is_inbound(l) || !session_is_binding(l->session)) {
		carrier_answer_to_nothing(l, "BIND_RESP", pdu->sequence.counter);
	} else if (pdu->fault) {
		session_lose(l->session, "the answer to the bind is malformed");
	} else if (pdu->answer.result == SGIP_OK) {
		session_bound(l->session);
	} else {
		(void)snprintf(why, sizeof why, "bind refused: %s", sgip_result_words(pdu->answer.result, words));
		session_lose(l->session, why);
	}
}

static void refuse(struct carrier_link *l, const struct sgip_pdu *pdu, uint8_t result)
{
	log_info("sgip", "command refused", "channel=%s command=0x%x name=%s", l->carrier->base.channel, pdu->command,
		sgip_command_name(pdu->command));
	if (!(pdu->command & SGIP_RESPONSE)) {
		struct sgip_pdu pdu_ = { .command = SGIP_SUBMIT_RESP, .sequence = pdu->sequence, .answer = { .result = result } };
		struct buf *wire = &l->carrier->wire;
		buf_clear(wire);
		must(sgip_pdu_encode(&pdu_, wire));
		for (size_t i = 0; i < 4; i++) /* every answer looks the same, also to a command we do not know */
			wire->data[4 + i] = (uint8_t)((pdu->command | SGIP_RESPONSE) >> (24 - 8 * i));
		session_write(l->session, wire->data, wire->len);
	}
}

static void handle(struct carrier_link *l, const struct sgip_pdu *pdu, const uint8_t *raw)
{
	bool inbound = is_inbound(l), bound = session_was_bound(l->session);
	if (pdu->command == SGIP_BIND && inbound && session_is_binding(l->session)) {
		bind_in(l, pdu);
	} else if ((pdu->command == SGIP_DELIVER || pdu->command == SGIP_REPORT) && inbound && bound) {
		sgip_inbound(l, pdu, raw);
	} else if (pdu->command == SGIP_SUBMIT_RESP) {
		sgip_outbound_answer(l, pdu);
	} else if (pdu->command == SGIP_BIND_RESP) {
		bind_answered(l, pdu);
	} else if (pdu->command == SGIP_UNBIND) {
		((struct sgip_link *)l)->unbind = pdu->sequence;
		session_leave(l->session);
	} else if (pdu->command == SGIP_UNBIND_RESP) {
		session_unbound(l->session);
	} else if (pdu->command & SGIP_RESPONSE) {
		carrier_answer_to_nothing(l, sgip_command_name(pdu->command), pdu->sequence.counter);
	} else { /* before the login, or the wrong way round */
		refuse(l, pdu, inbound && !bound ? SGIP_LOGIN : SGIP_FORMAT);
	}
}

static void malformed(struct carrier_link *l, const struct sgip_pdu *pdu, const uint8_t *raw)
{
	metric_add(l->carrier->malformed, 1);
	log_warn("sgip", "malformed pdu", "channel=%s command=0x%x name=%s field=%s length=%u", l->carrier->base.channel,
		pdu->command, sgip_command_name(pdu->command), pdu->field, pdu->length);
	bool message = pdu->command == SGIP_DELIVER || pdu->command == SGIP_REPORT;
	if (message && is_inbound(l) && session_was_bound(l->session))
		sgip_quarantine(l, pdu, raw, "malformed-pdu", "", SGIP_FORMAT);
	else if (pdu->command == SGIP_SUBMIT_RESP || pdu->command == SGIP_BIND_RESP)
		handle(l, pdu, raw);
	else
		refuse(l, pdu, SGIP_FORMAT);
}

static void on_frame(struct session *session, void *owner, const uint8_t *p, size_t n)
{
	(void)session;
	struct sgip_pdu pdu;
	int rc = sgip_pdu_decode(p, n, &pdu);
	must(rc != 0);
	if (rc > 0)
		handle(owner, &pdu, p);
	else if (pdu.fault == SGIP_FAULT_COMMAND)
		refuse(owner, &pdu, SGIP_FORMAT);
	else
		malformed(owner, &pdu, p);
}

/* --- what goes out --- */

static void bind_link(struct session *session, void *owner)
{
	(void)session;
	struct carrier_link *l = owner;
	const struct sgip_config *c = sgip_of(l)->config;
	struct sgip_pdu pdu = { .command = SGIP_BIND, .sequence = sgip_next_sequence(sgip_of(l)),
		.bind = { .login_type = LOGIN_SP } };
	must(SGIP_SET(pdu.bind.login_name, c->login) && SGIP_SET(pdu.bind.login_password, c->password));
	write_pdu(l, &pdu);
}

static void unbind(struct session *session, void *owner)
{
	(void)session;
	struct carrier_link *l = owner;
	struct sgip_pdu pdu = { .command = SGIP_UNBIND, .sequence = sgip_next_sequence(sgip_of(l)) };
	write_pdu(l, &pdu);
}

static void leave(struct session *session, void *owner)
{
	(void)session;
	struct sgip_link *l = owner;
	answer(&l->base, SGIP_UNBIND, &l->unbind, SGIP_OK);
}

const struct session_ops sgip_session_ops = { frame, on_frame, carrier_on_garbage, bind_link, NULL, unbind, leave,
	CARRIER_SESSION_OPS };
