/* An SMSC for the conformance suite. */
#ifndef XQ_TESTS_CONFORMANCE_SMPP_H
#define XQ_TESTS_CONFORMANCE_SMPP_H

#include "adapters/sms/smpp/pdu.h"
#include "adapters/sms/smpp/smpp.h"
#include "tests/unit/adapters/conformance.h"

enum { SMSC_SAID = 64, SMSC_GOT = 2000, SMSC_LINKS = 16, SMSC_AGAIN = 0x64 };

static struct {
	struct stream_listener *listener;
	struct stream *link;
	int port;
	bool hold;
	enum heard heard[SMSC_SAID];
	char got[SMSC_GOT][40];
	struct { uint32_t sequence; unsigned id; bool answered; } submit[SMSC_GOT];
	unsigned submits;
	uint32_t sequence;
} smsc;

static void smsc_say(const struct smpp_pdu *pdu)
{
	struct buf b;
	buf_init(&b, SMPP_PDU_MAX);
	must(smpp_pdu_encode(pdu, &b));
	if (smsc.link)
		(void)!stream_write(smsc.link, b.data, b.len);
	buf_fini(&b);
}

static void smsc_answer(unsigned i)
{
	char id[16];
	(void)snprintf(id, sizeof id, "smsc-%u", smsc.submit[i].id);
	if (!smsc.submit[i].answered)
		smsc_say(&(struct smpp_pdu){ .command = SMPP_SUBMIT_SM_RESP, .sequence = smsc.submit[i].sequence,
			.message_resp = { .message_id = id } });
	smsc.submit[i].answered = true;
}

static void smsc_submitted(const struct smpp_pdu *pdu)
{
	must(smsc.submits < SMSC_GOT);
	unsigned i = smsc.submits++;
	(void)snprintf(smsc.got[i], sizeof smsc.got[i], "%.*s", (int)pdu->message.short_message.n,
		(const char *)pdu->message.short_message.p);
	smsc.submit[i].sequence = pdu->sequence;
	smsc.submit[i].id = i + 1;
	smsc.submit[i].answered = false;
	if (!smsc.hold)
		smsc_answer(i);
}

static size_t smsc_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	size_t used = 0;
	struct smpp_pdu pdu;
	(void)s, (void)owner;
	while (smpp_pdu_decode(p + used, n - used, &pdu) > 0) {
		used += pdu.length;
		uint32_t plain = pdu.command & ~SMPP_RESPONSE;
		if (pdu.command == (SMPP_DELIVER_SM | SMPP_RESPONSE) && pdu.sequence < 10000)
			smsc.heard[pdu.sequence % SMSC_SAID] = pdu.status == 0 ? HEARD_TAKEN : pdu.status == SMSC_AGAIN ? HEARD_LATER
				: HEARD_NEVER_AGAIN;
		else if (pdu.command == SMPP_SUBMIT_SM)
			smsc_submitted(&pdu);
		else if (plain == pdu.command) /* bind, enquire_link, unbind */
			smsc_say(&(struct smpp_pdu){ .command = pdu.command | SMPP_RESPONSE, .sequence = pdu.sequence });
	}
	return used;
}

static void smsc_closed(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	if (smsc.link == s)
		smsc.link = NULL;
}

static void smsc_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &smsc);
	smsc.link = s;
}

static void smsc_listen(void)
{
	static const struct stream_ops ops = { .on_data = smsc_data, .on_close = smsc_closed };
	static const struct stream_limits limits = { .in = SMPP_PDU_MAX, .out = 8 << 20 };
	struct err e;
	smsc.listener = stream_listen(&world.loop, "127.0.0.1", smsc.port, SMSC_LINKS, &ops, &limits, smsc_accept, NULL, &e);
	if (smsc.listener == NULL)
		fail_msg("%s", e.words);
	smsc.port = stream_listener_port(smsc.listener);
}

static void smsc_open(struct buf *lines)
{
	memset(&smsc, 0, sizeof smsc);
	smsc_listen();
	buf_addf(lines, "port = %d\nwindow = 2\npace = 0\nreconnect_max = 1\n", smsc.port);
}

static void smsc_meet(void)
{
	UNTIL(world.fake.up && smsc.link);
}

static void smsc_say_message(unsigned n)
{
	char text[32];
	int len = snprintf(text, sizeof text, "in-%u", n);
	smsc.heard[n % SMSC_SAID] = HEARD_NOTHING;
	smsc_say(&(struct smpp_pdu){ .command = SMPP_DELIVER_SM, .sequence = n,
		.message = { .source = "8613800138000", .source_ton = 1, .source_npi = 1, .dest = "12345",
		.short_message = { (const uint8_t *)text, (size_t)len } } });
}

static enum heard smsc_heard(unsigned n)
{
	return smsc.heard[n % SMSC_SAID];
}

static const char *smsc_to(void)
{
	return "+8613800138000";
}

static void smsc_hold(bool hold)
{
	smsc.hold = hold;
	for (unsigned i = 0; !hold && i < smsc.submits; i++)
		smsc_answer(i);
}

static size_t smsc_got(const char *text)
{
	size_t n = 0;
	for (unsigned i = 0; i < smsc.submits; i++)
		n += strcmp(smsc.got[i], text) == 0;
	return n;
}

static void smsc_cut(void)
{
	if (smsc.listener)
		stream_listener_close(&smsc.listener);
	if (smsc.link)
		stream_close(smsc.link, false);
	settle();
}

static void smsc_receipt(const char *id)
{
	char text[120];
	int len = snprintf(text, sizeof text,
		"id:%s sub:001 dlvrd:001 submit date:2611222200 done date:2611222200 stat:DELIVRD err:000 text:", id);
	smsc_say(&(struct smpp_pdu){ .command = SMPP_DELIVER_SM, .sequence = 20000,
		.message = { .source = "8613800138000", .source_ton = 1, .dest = "12345", .esm_class = 4,
		.short_message = { (const uint8_t *)text, (size_t)len } } });
}

static const struct peer smpp_peer = {
	.name = "smpp", .ops = &smpp_adapter, .window = 2,
	.required = "host = 127.0.0.1\nsystem_id = it\npassword = secret\nnumber = 12345\n",
	.open = smsc_open, .meet = smsc_meet, .say = smsc_say_message, .heard = smsc_heard, .to = smsc_to, .hold = smsc_hold,
	.got = smsc_got, .cut = smsc_cut, .come_back = smsc_listen, .receipt = smsc_receipt, .next_id = "smsc-1",
	.close = smsc_cut
};

#endif
