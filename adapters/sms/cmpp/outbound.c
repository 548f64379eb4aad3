#include <stdio.h>
#include <string.h>

#include "adapters/sms/cmpp/internal.h"
#include "gateway/base/log.h"

enum { FMT_ASCII = 0, FMT_UCS2 = 8, CONTENT_MAX = 160, MOBILE_WITH_86 = 14 };

static bool room(void *owner)
{
	struct cmpp *c = owner;
	return session_room(c->session);
}

/* "+86138…" is known everywhere without its country code; other countries' numbers keep theirs. */
static const char *digits_of(const char *peer)
{
	if (strlen(peer) == MOBILE_WITH_86 && !strncmp(peer, "+861", 4))
		return peer + 3;
	return peer + (peer[0] == '+');
}

/* Copies into a field of the wire's width; false: too long. The field is zero. */
static bool put(char *field, size_t size, const char *s)
{
	size_t n = strlen(s);
	if (n >= size)
		return false;
	memcpy(field, s, n);
	return true;
}
#define PUT(field, s) put(field, sizeof(field), s)

static bool fill(const struct cmpp *c, const struct submit_part *part, struct cmpp_submit *m)
{
	const struct cmpp_config *config = c->config;
	const char *account = part->msg->account && part->msg->account[0] ? part->msg->account : config->number;
	*m = (struct cmpp_submit){ .pk_total = (uint8_t)part->total, .pk_number = (uint8_t)part->index,
		.registered_delivery = 1, .fee_user_type = (uint8_t)config->fee_user_type, .tp_udhi = part->total > 1,
		.msg_fmt = part->coding == CODING_UCS2 ? FMT_UCS2 : FMT_ASCII, .dest_count = 1 };
	return PUT(m->service_id, config->service_id) && PUT(m->msg_src, config->source_addr) &&
		PUT(m->fee_type, config->fee_type) && PUT(m->fee_code, config->fee_code) && PUT(m->src_id, account) &&
		PUT(m->dest, digits_of(part->msg->peer));
}

static int write_part(void *owner, const struct submit_part *part, struct err *e)
{
	struct cmpp *c = owner;
	struct cmpp_pdu pdu = { .command = CMPP_SUBMIT, .version = c->version };
	uint8_t text[CONTENT_MAX];
	size_t header = 0;
	bool fits = fill(c, part, &pdu.submit);
	if (part->total > 1) {
		segment_udh(text, part->ref, part->total, part->index);
		header = SEGMENT_UDH_LEN;
	}
	must(header + part->n <= sizeof text);
	if (part->n)
		memcpy(text + header, part->bytes, part->n);
	pdu.submit.content = (struct cmpp_octets){ text, header + part->n };
	pdu.sequence = ++c->sequence;
	buf_clear(&c->wire);
	if (!fits || !cmpp_pdu_encode(&pdu, &c->wire))
		return err_set(e, E_RANGE, "the number is longer than CMPP can carry");
	session_request(c->session, pdu.sequence, part->request, c->wire.data, c->wire.len);
	return 0;
}

static void wake(void *owner, unsigned ms)
{
	struct cmpp *c = owner;
	session_wake(c->session, ms);
}

static void sent(void *owner, const struct msg_out *m, const struct sent_result *r)
{
	struct cmpp *c = owner;
	if (r->sent != SENT_ACCEPTED)
		log_info("cmpp", "message not accepted", "channel=%s id=%llu result=%d why=%s", c->base.channel,
			(unsigned long long)m->id, (int)r->sent, r->reason ? r->reason : "");
	c->host->sent(&c->base, m, r);
	cmpp_maybe_drained(c);
}

static void ready(void *owner)
{
	struct cmpp *c = owner;
	c->host->ready(&c->base);
}

const struct submit_ops cmpp_submit_ops = { room, write_part, wake, sent, ready };

void cmpp_outbound_answer(struct cmpp *c, const struct cmpp_pdu *pdu)
{
	uint32_t result = pdu->message_resp.result;
	void *request = session_answered(c->session, pdu->sequence);
	if (!request) {
		log_info("cmpp", "answer to nothing", "channel=%s seq=%u result=%u", c->base.channel, pdu->sequence, result);
		return;
	}
	int64_t now = session_now(c->session);
	char id[CMPP_ID_MAX] = "", words[CMPP_RESULT_MAX];
	if (pdu->fault || result == CMPP_DUPLICATE_SEQUENCE) {
		submit_unanswered(c->submit, request, pdu->fault ? "the answer is malformed" : cmpp_result_words(result, words), now);
		return;
	}
	enum submit_answer answer = cmpp_result_answer(result);
	metric_add(c->throttled, answer == SUBMIT_THROTTLED);
	if (pdu->message_resp.msg_id)
		cmpp_msg_id(pdu->message_resp.msg_id, id);
	submit_answered(c->submit, request, answer, id, cmpp_result_words(result, words), now);
}
