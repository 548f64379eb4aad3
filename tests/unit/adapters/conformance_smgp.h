/* An SMGW (SMGP 3.0) for the conformance suite. */
#ifndef XQ_TESTS_CONFORMANCE_SMGP_H
#define XQ_TESTS_CONFORMANCE_SMGP_H

#include "adapters/sms/smgp/pdu.h"
#include "adapters/sms/smgp/smgp.h"
#include "tests/unit/adapters/conformance.h"

enum { SMGW_SAID = 64, SMGW_GOT = 2000, SMGW_LINKS = 16, SMGW_BUSY = 1 };

static struct {
	struct stream_listener *listener;
	struct stream *link;
	int port;
	bool hold;
	enum heard heard[SMGW_SAID];
	char got[SMGW_GOT][40];
	struct { uint32_t sequence; unsigned id; bool answered; } submit[SMGW_GOT];
	unsigned submits;
} smgw;

static void smgw_say(const struct smgp_pdu *pdu)
{
	struct buf b;
	buf_init(&b, SMGP_PDU_MAX);
	must(smgp_pdu_encode(pdu, SMGP_30, &b));
	if (smgw.link)
		(void)!stream_write(smgw.link, b.data, b.len);
	buf_fini(&b);
}

/* With NULs in it, as they come. */
static void smgw_id(unsigned n, uint8_t id[SMGP_MSG_ID])
{
	memcpy(id, "\x10\x00\x3A\x11\x22\x00\x15", 7);
	id[7] = (uint8_t)(n >> 16), id[8] = (uint8_t)(n >> 8), id[9] = (uint8_t)n;
}

static void smgw_answer(unsigned i)
{
	struct smgp_pdu pdu = { .command = SMGP_SUBMIT_RESP, .sequence = smgw.submit[i].sequence };
	smgw_id(smgw.submit[i].id, pdu.answer.msg_id);
	if (!smgw.submit[i].answered)
		smgw_say(&pdu);
	smgw.submit[i].answered = true;
}

static void smgw_submitted(const struct smgp_pdu *pdu)
{
	must(smgw.submits < SMGW_GOT);
	unsigned i = smgw.submits++;
	(void)snprintf(smgw.got[i], sizeof smgw.got[i], "%.*s", (int)pdu->submit.content.n, (const char *)pdu->submit.content.p);
	smgw.submit[i].sequence = pdu->sequence;
	smgw.submit[i].id = i + 1;
	smgw.submit[i].answered = false;
	if (!smgw.hold)
		smgw_answer(i);
}

static size_t smgw_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	size_t used = 0;
	struct smgp_pdu pdu;
	(void)s, (void)owner;
	while (smgp_pdu_decode(p + used, n - used, SMGP_30, &pdu) > 0) {
		used += pdu.length;
		uint32_t status = pdu.answer.status;
		if (pdu.command == SMGP_DELIVER_RESP && pdu.sequence < 10000)
			smgw.heard[pdu.sequence % SMGW_SAID] = status == 0 ? HEARD_TAKEN
				: status == SMGW_BUSY ? HEARD_LATER : HEARD_NEVER_AGAIN;
		else if (pdu.command == SMGP_SUBMIT)
			smgw_submitted(&pdu);
		else if (pdu.command == SMGP_LOGIN)
			smgw_say(&(struct smgp_pdu){ .command = SMGP_LOGIN_RESP, .sequence = pdu.sequence,
				.login_resp = { .version = SMGP_30 } });
		else if (!(pdu.command & SMGP_RESPONSE)) /* ACTIVE_TEST, EXIT */
			smgw_say(&(struct smgp_pdu){ .command = pdu.command | SMGP_RESPONSE, .sequence = pdu.sequence });
	}
	return used;
}

static void smgw_closed(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	if (smgw.link == s)
		smgw.link = NULL;
}

static void smgw_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &smgw);
	smgw.link = s;
}

static void smgw_listen(void)
{
	static const struct stream_ops ops = { .on_data = smgw_data, .on_close = smgw_closed };
	static const struct stream_limits limits = { .in = SMGP_PDU_MAX, .out = 8 << 20 };
	struct err e;
	smgw.listener = stream_listen(&world.loop, "127.0.0.1", smgw.port, SMGW_LINKS, &ops, &limits, smgw_accept, NULL, &e);
	if (smgw.listener == NULL)
		fail_msg("%s", e.words);
	smgw.port = stream_listener_port(smgw.listener);
}

static void smgw_open(struct buf *lines)
{
	memset(&smgw, 0, sizeof smgw);
	smgw_listen();
	buf_addf(lines, "port = %d\nwindow = 2\npace = 0\nreconnect_max = 1\n", smgw.port);
}

static void smgw_meet(void)
{
	UNTIL(world.fake.up && smgw.link);
}

static void smgw_deliver(uint32_t sequence, unsigned id, bool report, const char *content, size_t n)
{
	struct smgp_pdu pdu = { .command = SMGP_DELIVER, .sequence = sequence, .deliver = { .is_report = report,
		.recv_time = "20261122221500", .src_term = "13800138000", .dest_term = "12345",
		.content = { (const uint8_t *)content, n } } };
	smgw_id(id, pdu.deliver.msg_id);
	smgw_say(&pdu);
}

static void smgw_say_message(unsigned n)
{
	char text[32];
	int len = snprintf(text, sizeof text, "in-%u", n);
	smgw.heard[n % SMGW_SAID] = HEARD_NOTHING;
	smgw_deliver(n, 0x1000 + n, false, text, (size_t)len);
}

static enum heard smgw_heard(unsigned n)
{
	return smgw.heard[n % SMGW_SAID];
}

static const char *smgw_to(void)
{
	return "+8613800138000";
}

static void smgw_hold(bool hold)
{
	smgw.hold = hold;
	for (unsigned i = 0; !hold && i < smgw.submits; i++)
		smgw_answer(i);
}

static size_t smgw_got(const char *text)
{
	size_t n = 0;
	for (unsigned i = 0; i < smgw.submits; i++)
		n += strcmp(smgw.got[i], text) == 0;
	return n;
}

static void smgw_cut(void)
{
	if (smgw.listener)
		stream_listener_close(&smgw.listener);
	if (smgw.link)
		stream_close(smgw.link, false);
	settle();
}

static void smgw_receipt(const char *id)
{
	char text[130];
	uint8_t raw[SMGP_MSG_ID];
	int n = snprintf(text, sizeof text, "id:%10s sub:001 dlvrd:001 Submit date:2611222215 done date:2611222216 "
		"stat:DELIVRD err:000 Text:%-20s", "", "000");
	smgw_id((unsigned)strtoul(id, NULL, 10), raw);
	memcpy(text + 3, raw, sizeof raw);
	smgw_deliver(20000, 0x99, true, text, (size_t)n);
}

static const struct peer smgp_peer = {
	.name = "smgp", .ops = &smgp_adapter, .window = 2,
	.required = "host = 127.0.0.1\nclient_id = 10612345\nsecret = secret\nnumber = 12345\n",
	.open = smgw_open, .meet = smgw_meet, .say = smgw_say_message, .heard = smgw_heard, .to = smgw_to, .hold = smgw_hold,
	.got = smgw_got, .cut = smgw_cut, .come_back = smgw_listen, .receipt = smgw_receipt, .next_id = "1", .close = smgw_cut
};

#endif
