/* An SMG (SGIP 1.2) for the conformance suite: it listens for what goes out, and connects for what comes in. */
#ifndef XQ_TESTS_CONFORMANCE_SGIP_H
#define XQ_TESTS_CONFORMANCE_SGIP_H

#include "adapters/sms/door.h"
#include "adapters/sms/sgip/internal.h"
#include "tests/unit/adapters/conformance.h"

enum { SMG_SAID = 64, SMG_GOT = 2000, SMG_LINKS = 16 };
static const uint32_t SMG_NODE = 3099900001u;

static struct {
	struct stream_listener *listener;
	struct stream *link, *to; /* the gateway's connection, and ours to it */
	int port;
	bool hold;
	enum heard heard[SMG_SAID];
	char got[SMG_GOT][40];
	struct { struct sgip_sequence sequence; bool answered; } submit[SMG_GOT];
	unsigned submits;
} smg;

static void smg_write(struct stream *s, const struct sgip_pdu *pdu)
{
	struct buf b;
	buf_init(&b, SGIP_PDU_MAX);
	must(sgip_pdu_encode(pdu, &b));
	if (s)
		(void)!stream_write(s, b.data, b.len);
	buf_fini(&b);
}

static void smg_answer(unsigned i)
{
	struct sgip_pdu pdu = { .command = SGIP_SUBMIT_RESP, .sequence = smg.submit[i].sequence };
	if (!smg.submit[i].answered)
		smg_write(smg.link, &pdu);
	smg.submit[i].answered = true;
}

static void smg_submitted(const struct sgip_pdu *pdu)
{
	must(smg.submits < SMG_GOT);
	unsigned i = smg.submits++;
	(void)snprintf(smg.got[i], sizeof smg.got[i], "%.*s", (int)pdu->submit.content.n, (const char *)pdu->submit.content.p);
	smg.submit[i].sequence = pdu->sequence;
	smg.submit[i].answered = false;
	if (!smg.hold)
		smg_answer(i);
}

static size_t smg_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	size_t used = 0;
	struct sgip_pdu pdu;
	(void)owner;
	while (sgip_pdu_decode(p + used, n - used, &pdu) > 0) {
		used += pdu.length;
		if (pdu.command == SGIP_DELIVER_RESP)
			smg.heard[pdu.sequence.counter % SMG_SAID] = pdu.answer.result == SGIP_OK ? HEARD_TAKEN
				: pdu.answer.result == SGIP_BUSY ? HEARD_LATER : HEARD_NEVER_AGAIN;
		else if (pdu.command == SGIP_SUBMIT)
			smg_submitted(&pdu);
		else if (!(pdu.command & SGIP_RESPONSE)) { /* BIND, UNBIND */
			struct sgip_pdu answer = { .command = pdu.command | SGIP_RESPONSE, .sequence = pdu.sequence };
			smg_write(s, &answer);
		}
	}
	return used;
}

static void smg_closed(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	if (smg.link == s)
		smg.link = NULL;
	if (smg.to == s)
		smg.to = NULL;
}

static const struct stream_ops smg_ops = { .on_data = smg_data, .on_close = smg_closed };

static void smg_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &smg);
	smg.link = s;
}

static void smg_listen(void)
{
	static const struct stream_limits limits = { .in = SGIP_PDU_MAX, .out = 8 << 20 };
	struct err e;
	smg.listener = stream_listen(&world.loop, "127.0.0.1", smg.port, SMG_LINKS, &smg_ops, &limits, smg_accept, NULL, &e);
	if (smg.listener == NULL)
		fail_msg("%s", e.words);
	smg.port = stream_listener_port(smg.listener);
}

static void smg_opened(struct stream *s, void *owner)
{
	(void)s, (void)owner;
}

/* A connection to the gateway, bound by its first words. */
static void smg_connect(void)
{
	static const struct stream_ops ops = { smg_opened, smg_data, NULL, smg_closed };
	static const struct stream_limits limits = { .in = SGIP_PDU_MAX, .out = 8 << 20 };
	struct sgip *s = (struct sgip *)world.adapter;
	if (smg.to || !s->carrier.door)
		return;
	struct sgip_pdu bind = { .command = SGIP_BIND, .sequence = { SMG_NODE, 0, 999 },
		.bind = { .login_type = 2, .login_name = "smg", .login_password = "open" } };
	smg.to = stream_connect(&world.loop, "127.0.0.1", door_port(s->carrier.door), &ops, &limits, &smg);
	smg_write(smg.to, &bind);
}

static void smg_open(struct buf *lines)
{
	memset(&smg, 0, sizeof smg);
	smg_listen();
	buf_addf(lines, "port = %d\nwindow = 2\npace = 0\nreconnect_max = 1\n", smg.port);
}

static void smg_meet(void)
{
	UNTIL(world.fake.up && smg.link);
}

static void smg_say(unsigned n)
{
	char text[32];
	int len = snprintf(text, sizeof text, "in-%u", n);
	smg.heard[n % SMG_SAID] = HEARD_NOTHING;
	struct sgip_pdu pdu = { .command = SGIP_DELIVER, .sequence = { SMG_NODE, 1128093000, n },
		.deliver = { .user_number = "8613800138000", .sp_number = "12345", .content = { (const uint8_t *)text, (size_t)len } } };
	smg_connect();
	smg_write(smg.to, &pdu);
}

static enum heard smg_heard(unsigned n)
{
	return smg.heard[n % SMG_SAID];
}

static const char *smg_to(void)
{
	return "+8613800138000";
}

static void smg_hold(bool hold)
{
	smg.hold = hold;
	for (unsigned i = 0; !hold && i < smg.submits; i++)
		smg_answer(i);
}

static size_t smg_got(const char *text)
{
	size_t n = 0;
	for (unsigned i = 0; i < smg.submits; i++)
		n += strcmp(smg.got[i], text) == 0;
	return n;
}

static void smg_cut(void)
{
	if (smg.listener)
		stream_listener_close(&smg.listener);
	if (smg.link)
		stream_close(smg.link, false);
	if (smg.to)
		stream_close(smg.to, false);
	settle();
}

/* The id is the SUBMIT's own sequence: that of the message out that came last. */
static void smg_receipt(const char *id)
{
	(void)id;
	struct sgip_pdu pdu = { .command = SGIP_REPORT, .sequence = { SMG_NODE, 1128093000, 20000 },
		.report = { .submit_sequence = smg.submit[smg.submits - 1].sequence, .user_number = "8613800138000" } };
	smg_connect();
	smg_write(smg.to, &pdu);
}

static const struct peer sgip_peer = {
	.name = "sgip", .ops = &sgip_adapter, .window = 2,
	.required = "host = 127.0.0.1\nlogin = xinqiao\npassword = secret\nsmg_login = smg\nsmg_password = open\n"
		"node_id = 3010092008\ncorp_id = 92008\nnumber = 12345\nidle = 0\nlisten = 127.0.0.1:0\n",
	.open = smg_open, .meet = smg_meet, .say = smg_say, .heard = smg_heard, .to = smg_to, .hold = smg_hold,
	.got = smg_got, .cut = smg_cut, .come_back = smg_listen, .receipt = smg_receipt, .next_id = "", .close = smg_cut
};

#endif
