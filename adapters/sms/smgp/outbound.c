#include <string.h>

#include "adapters/sms/smgp/internal.h"
#include "adapters/sms/smgp/msg_format.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

enum { CONTENT_MAX = 140, MSG_TYPE_MT = 6, TLVS_MAX = 64 };

/* MsgLength goes up to 140 in every format. */
const struct segment_limits smgp_limits = { CONTENT_MAX, CONTENT_MAX - SEGMENT_UDH_LEN, 70, 67 };

static bool room(void *owner)
{
	struct smgp *s = owner;
	return session_room(s->session);
}

/* Numbers at home go without +86, others without their plus. */
static const char *digits(const char *number)
{
	return !strncmp(number, "+86", 3) ? number + 3 : number[0] == '+' ? number + 1 : number;
}

/* false: a number is too long. */
static bool fill(const struct smgp *s, const struct submit_part *part, struct smgp_submit *m, char dest[SMGP_TERM + 1])
{
	const char *account = part->msg->account && part->msg->account[0] ? part->msg->account : s->config->number;
	*m = (struct smgp_submit){ .msg_type = MSG_TYPE_MT, .need_report = 1, .fee_type = "00", .fee_code = "000000",
		.fixed_fee = "000000", .msg_format = smgp_msg_format(part->coding) };
	must(SMGP_SET(m->service_id, s->config->service_id));
	memset(dest, 0, SMGP_TERM + 1);
	m->dest_term = (struct smgp_list){ (const uint8_t *)dest, 1 };
	return SMGP_SET(m->src_term, digits(account)) && smgp_set(dest, SMGP_TERM + 1, digits(part->msg->peer));
}

/* The content with its joining header, and the parameters that say the same. */
static void fill_content(const struct submit_part *part, uint8_t content[CONTENT_MAX], struct smgp_submit *m,
	struct buf *tlvs)
{
	size_t header = 0;
	if (part->total > 1) {
		segment_udh(content, part->ref, part->total, part->index);
		header = SEGMENT_UDH_LEN;
		must(smgp_tlv_add_u8(tlvs, SMGP_TLV_TP_UDHI, 1) && smgp_tlv_add_u8(tlvs, SMGP_TLV_PK_TOTAL, (uint8_t)part->total) &&
			smgp_tlv_add_u8(tlvs, SMGP_TLV_PK_NUMBER, (uint8_t)part->index));
		m->tlvs = (struct smgp_octets){ tlvs->data, tlvs->len };
	}
	must(header + part->n <= CONTENT_MAX);
	if (part->n)
		memcpy(content + header, part->bytes, part->n);
	m->content = (struct smgp_octets){ content, header + part->n };
}

static int write_part(void *owner, const struct submit_part *part, struct err *e)
{
	struct smgp *s = owner;
	struct smgp_pdu pdu = { .command = SMGP_SUBMIT };
	char dest[SMGP_TERM + 1];
	uint8_t content[CONTENT_MAX];
	struct buf tlvs;
	if (!fill(s, part, &pdu.submit, dest))
		return err_set(e, E_RANGE, "the number is longer than SMGP can carry");
	buf_init(&tlvs, TLVS_MAX);
	fill_content(part, content, &pdu.submit, &tlvs);
	pdu.sequence = smgp_next_sequence(s);
	buf_clear(&s->wire);
	must(smgp_pdu_encode(&pdu, s->version, &s->wire));
	buf_fini(&tlvs);
	session_request(s->session, pdu.sequence, part->request, s->wire.data, s->wire.len);
	return 0;
}

static void wake(void *owner, unsigned ms)
{
	struct smgp *s = owner;
	session_wake(s->session, ms);
}

static void sent(void *owner, const struct msg_out *m, const struct sent_result *r)
{
	struct smgp *s = owner;
	if (r->sent != SENT_ACCEPTED)
		log_info("smgp", "message not accepted", "channel=%s id=%llu result=%d why=%s", s->base.channel,
			(unsigned long long)m->id, (int)r->sent, r->reason ? r->reason : "");
	s->host->sent(&s->base, m, r);
	smgp_maybe_drained(s);
}

static void ready(void *owner)
{
	struct smgp *s = owner;
	s->host->ready(&s->base);
}

const struct submit_ops smgp_submit_ops = { room, write_part, wake, sent, ready };

void smgp_outbound_answer(struct smgp *s, const struct smgp_pdu *pdu)
{
	void *request = session_answered(s->session, pdu->sequence);
	uint32_t status = pdu->answer.status;
	char id[SMGP_MSG_ID_TEXT], words[SMGP_STATUS_MAX];
	if (!request) { /* late, or the second answer to what was sent again */
		log_info("smgp", "answer to nothing", "channel=%s seq=%u status=%u", s->base.channel, pdu->sequence, status);
		return;
	}
	enum submit_answer answer = smgp_status_answer(status, &s->retry);
	metric_add(s->throttled, answer == SUBMIT_THROTTLED);
	submit_answered(s->submit, request, answer, crypto_hex(pdu->answer.msg_id, SMGP_MSG_ID, id),
		smgp_status_words(status, words), session_now(s->session));
}
