#include <stdio.h>
#include <string.h>

#include "adapters/sms/cmpp/internal.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"

enum { WHY_MAX = 128 };

void cmpp_write(struct cmpp *c, const struct cmpp_pdu *pdu)
{
	buf_clear(&c->wire);
	must(cmpp_pdu_encode(pdu, &c->wire));
	session_write(c->session, c->wire.data, c->wire.len);
}

void cmpp_deliver_respond(struct cmpp *c, uint32_t sequence, uint64_t msg_id, uint32_t result)
{
	struct cmpp_pdu pdu = { .command = CMPP_DELIVER_RESP, .sequence = sequence, .version = c->version,
		.message_resp = { .msg_id = msg_id, .result = result } };
	cmpp_write(c, &pdu);
}

static void bare(struct cmpp *c, uint32_t command, uint32_t sequence)
{
	struct cmpp_pdu pdu = { .command = command, .sequence = sequence, .version = c->version };
	cmpp_write(c, &pdu);
}

/* --- what comes in --- */

static int frame(const uint8_t *p, size_t n, size_t *len, const char **why)
{
	if (n < 4)
		return 0;
	*len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	if (*len < CMPP_HEADER || *len > CMPP_PDU_MAX) {
		*why = *len < CMPP_HEADER ? "Total_Length below 12" : "Total_Length above 4096";
		return -1;
	}
	return n >= *len;
}

static uint8_t configured_version(const struct cmpp *c)
{
	return c->config->version == SPEAK_30 ? CMPP_V30 : CMPP_V20;
}

/* false: the link was given up. */
static bool check_server(struct cmpp *c, const struct cmpp_connect_resp *r)
{
	if (c->config->verify_server == VERIFY_NO ||
		cmpp_server_proved(r->authenticator, r->status, c->authenticator, c->config->secret))
		return true;
	log_warn("cmpp", "the server did not prove that it knows the secret", "channel=%s peer=%s", c->base.channel,
		session_peer(c->session));
	if (c->config->verify_server == VERIFY_WARN)
		return true;
	session_lose(c->session, "the server did not prove that it knows the secret");
	return false;
}

static void connect_refused(struct cmpp *c, const struct cmpp_connect_resp *r)
{
	char why[WHY_MAX];
	uint8_t asked = c->version;
	(void)snprintf(why, sizeof why, "connect refused: %s (%u)", cmpp_login_words(r->status), r->status);
	if (r->status == CMPP_LOGIN_VERSION_TOO_HIGH)
		c->version = cmpp_next_version(asked, r->version, configured_version(c));
	if (c->version < asked)
		(void)snprintf(why, sizeof why, "the server does not speak CMPP %u.%u: next with %u.%u", asked >> 4, asked & 15u,
			c->version >> 4, c->version & 15u);
	session_lose(c->session, why);
}

static void connect_answered(struct cmpp *c, const struct cmpp_pdu *pdu)
{
	const struct cmpp_connect_resp *r = &pdu->connect_resp;
	if (pdu->sequence != c->connect_sequence || !session_is_binding(c->session)) {
		log_info("cmpp", "answer to nothing", "channel=%s command=CONNECT_RESP seq=%u", c->base.channel, pdu->sequence);
	} else if (pdu->fault) {
		session_lose(c->session, "the answer to the connect is malformed");
	} else if (r->status != CMPP_LOGIN_OK) {
		connect_refused(c, r);
	} else if (check_server(c, r)) {
		if (c->version >= CMPP_V30 && pdu->version < CMPP_V30)
			c->version = CMPP_V20; /* accepted, in the layout of the lower version */
		c->bound_at = clock_now();
		session_bound(c->session);
	}
}

static void ignored(const struct cmpp *c, const struct cmpp_pdu *pdu)
{
	log_info("cmpp", "command ignored", "channel=%s command=0x%x name=%s seq=%u", c->base.channel, pdu->command,
		cmpp_command_name(pdu->command), pdu->sequence);
}

static void handle(struct cmpp *c, const struct cmpp_pdu *pdu, const uint8_t *raw)
{
	switch (pdu->command) {
	case CMPP_DELIVER:
		if (session_is_bound(c->session))
			cmpp_inbound(c, pdu, raw);
		else
			ignored(c, pdu);
		break;
	case CMPP_SUBMIT_RESP:
		cmpp_outbound_answer(c, pdu);
		break;
	case CMPP_ACTIVE_TEST:
		bare(c, CMPP_ACTIVE_TEST_RESP, pdu->sequence);
		break;
	case CMPP_ACTIVE_TEST_RESP: /* any bytes show that the peer lives */
		break;
	case CMPP_TERMINATE:
		bare(c, CMPP_TERMINATE_RESP, pdu->sequence);
		session_lose(c->session, "terminated by the peer");
		break;
	case CMPP_TERMINATE_RESP:
		session_unbound(c->session);
		break;
	case CMPP_CONNECT_RESP:
		connect_answered(c, pdu);
		break;
	default:
		ignored(c, pdu);
	}
}

static void malformed(struct cmpp *c, const struct cmpp_pdu *pdu, const uint8_t *raw)
{
	metric_add(c->malformed, 1);
	log_warn("cmpp", "malformed pdu", "channel=%s command=0x%x name=%s field=%s length=%u seq=%u", c->base.channel,
		pdu->command, cmpp_command_name(pdu->command), pdu->field, pdu->length, pdu->sequence);
	if (pdu->command == CMPP_DELIVER && session_is_bound(c->session))
		cmpp_quarantine(c, pdu, raw, "malformed-pdu", "");
	else if (pdu->command == CMPP_SUBMIT_RESP || pdu->command == CMPP_CONNECT_RESP)
		handle(c, pdu, raw);
}

static void on_frame(struct session *session, void *owner, const uint8_t *p, size_t n)
{
	(void)session;
	struct cmpp *c = owner;
	struct cmpp_pdu pdu;
	int rc = cmpp_pdu_decode(p, n, c->version, &pdu);
	must(rc != 0);
	if (rc > 0)
		handle(c, &pdu, p);
	else if (pdu.fault == CMPP_FAULT_COMMAND)
		ignored(c, &pdu);
	else
		malformed(c, &pdu, p);
}

static void on_garbage(struct session *session, void *owner, const char *why, const uint8_t *p, size_t n)
{
	struct cmpp *c = owner;
	metric_add(c->malformed, 1);
	log_warn("cmpp", "stream out of step", "channel=%s peer=%s why=%s bytes=%zu", c->base.channel, session_peer(session),
		why, n);
	c->host->quarantine(&c->base, "malformed-pdu", "", p, n, NULL, NULL);
}

/* --- what goes out --- */

static void connect_link(struct session *session, void *owner)
{
	(void)session;
	struct cmpp *c = owner;
	const struct cmpp_config *config = c->config;
	uint32_t timestamp = cmpp_timestamp(clock_now());
	cmpp_authenticator(config->source_addr, config->pad_source_addr, config->secret, timestamp, c->authenticator);
	c->connect_sequence = ++c->sequence;
	struct cmpp_pdu pdu = { .command = CMPP_CONNECT, .sequence = c->connect_sequence, .version = c->version,
		.connect = { .version = c->version, .timestamp = timestamp } };
	(void)snprintf(pdu.connect.source_addr, sizeof pdu.connect.source_addr, "%s", config->source_addr);
	memcpy(pdu.connect.authenticator, c->authenticator, MD5_LEN);
	cmpp_write(c, &pdu);
}

static void probe(struct session *session, void *owner)
{
	(void)session;
	struct cmpp *c = owner;
	bare(c, CMPP_ACTIVE_TEST, ++c->sequence);
}

static void unbind(struct session *session, void *owner)
{
	(void)session;
	struct cmpp *c = owner;
	bare(c, CMPP_TERMINATE, ++c->sequence);
}

/* --- the session's news --- */

static void on_up(struct session *session, void *owner)
{
	(void)session;
	cmpp_link_up(owner);
}

static void on_down(struct session *session, void *owner, const char *why)
{
	(void)session;
	cmpp_link_down(owner, why);
}

static void on_unanswered(struct session *session, void *owner, void *request, enum session_end end)
{
	struct cmpp *c = owner;
	submit_unanswered(c->submit, request, end == SESSION_LOST ? "the link was lost before the answer came"
		: "no answer came in time", session_now(session));
}

static void on_room(struct session *session, void *owner)
{
	struct cmpp *c = owner;
	submit_pump(c->submit, session_now(session));
}

static void on_ended(struct session *session, void *owner)
{
	(void)session;
	cmpp_link_ended(owner);
}

const struct session_ops cmpp_session_ops = { frame, on_frame, on_garbage, connect_link, probe, unbind, on_up, on_down,
	on_unanswered, on_room, on_ended };
