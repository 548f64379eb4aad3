/* An ISMG (CMPP 3.0) for the conformance suite. */
#ifndef XQ_TESTS_CONFORMANCE_CMPP_H
#define XQ_TESTS_CONFORMANCE_CMPP_H

#include "adapters/sms/cmpp/pdu.h"
#include "adapters/sms/cmpp/cmpp.h"
#include "tests/unit/adapters/conformance.h"

enum { ISMG_SAID = 64, ISMG_GOT = 2000, ISMG_LINKS = 16, ISMG_AGAIN = 8 };

static struct {
	struct stream_listener *listener;
	struct stream *link;
	int port;
	bool hold;
	enum heard heard[ISMG_SAID];
	char got[ISMG_GOT][40];
	struct { uint32_t sequence; unsigned id; bool answered; } submit[ISMG_GOT];
	unsigned submits;
	uint32_t sequence;
} ismg;

static void ismg_say(struct cmpp_pdu pdu)
{
	struct buf b;
	buf_init(&b, CMPP_PDU_MAX);
	pdu.version = CMPP_V30;
	must(cmpp_pdu_encode(&pdu, &b));
	if (ismg.link)
		(void)!stream_write(ismg.link, b.data, b.len);
	buf_fini(&b);
}

static void ismg_answer(unsigned i)
{
	if (!ismg.submit[i].answered)
		ismg_say((struct cmpp_pdu){ .command = CMPP_SUBMIT_RESP, .sequence = ismg.submit[i].sequence,
			.message_resp = { .msg_id = ismg.submit[i].id } });
	ismg.submit[i].answered = true;
}

static void ismg_submitted(const struct cmpp_pdu *pdu)
{
	must(ismg.submits < ISMG_GOT);
	unsigned i = ismg.submits++;
	(void)snprintf(ismg.got[i], sizeof ismg.got[i], "%.*s", (int)pdu->submit.content.n, (const char *)pdu->submit.content.p);
	ismg.submit[i].sequence = pdu->sequence;
	ismg.submit[i].id = i + 1;
	ismg.submit[i].answered = false;
	if (!ismg.hold)
		ismg_answer(i);
}

static size_t ismg_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	size_t used = 0;
	struct cmpp_pdu pdu;
	(void)s, (void)owner;
	while (cmpp_pdu_decode(p + used, n - used, CMPP_V30, &pdu) > 0) {
		used += pdu.length;
		uint32_t result = pdu.message_resp.result;
		if (pdu.command == CMPP_DELIVER_RESP && pdu.sequence < 10000)
			ismg.heard[pdu.sequence % ISMG_SAID] = result == 0 ? HEARD_TAKEN : result == ISMG_AGAIN ? HEARD_LATER : HEARD_NEVER_AGAIN;
		else if (pdu.command == CMPP_SUBMIT)
			ismg_submitted(&pdu);
		else if (!(pdu.command & CMPP_RESPONSE)) /* CONNECT, ACTIVE_TEST, TERMINATE */
			ismg_say((struct cmpp_pdu){ .command = pdu.command | CMPP_RESPONSE, .sequence = pdu.sequence });
	}
	return used;
}

static void ismg_closed(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	if (ismg.link == s)
		ismg.link = NULL;
}

static void ismg_accept(struct stream *s, void *arg)
{
	(void)arg;
	stream_set_owner(s, &ismg);
	ismg.link = s;
}

static void ismg_listen(void)
{
	static const struct stream_ops ops = { .on_data = ismg_data, .on_close = ismg_closed };
	static const struct stream_limits limits = { .in = CMPP_PDU_MAX, .out = 8 << 20 };
	struct err e;
	ismg.listener = stream_listen(&world.loop, "127.0.0.1", ismg.port, ISMG_LINKS, &ops, &limits, ismg_accept, NULL, &e);
	if (ismg.listener == NULL)
		fail_msg("%s", e.words);
	ismg.port = stream_listener_port(ismg.listener);
}

static void ismg_open(struct buf *lines)
{
	memset(&ismg, 0, sizeof ismg);
	ismg_listen();
	buf_addf(lines, "port = %d\nwindow = 2\npace = 0\nreconnect_max = 1\nverify_server = no\n", ismg.port);
}

static void ismg_meet(void)
{
	UNTIL(world.fake.up && ismg.link);
}

static void ismg_say_message(unsigned n)
{
	char text[32];
	int len = snprintf(text, sizeof text, "in-%u", n);
	ismg.heard[n % ISMG_SAID] = HEARD_NOTHING;
	ismg_say((struct cmpp_pdu){ .command = CMPP_DELIVER, .sequence = n, .deliver = { .msg_id = 0x1000 + n, .dest = "12345",
		.source = "8613800138000", .content = { (const uint8_t *)text, (size_t)len } } });
}

static enum heard ismg_heard(unsigned n)
{
	return ismg.heard[n % ISMG_SAID];
}

static const char *ismg_to(void)
{
	return "+8613800138000";
}

static void ismg_hold(bool hold)
{
	ismg.hold = hold;
	for (unsigned i = 0; !hold && i < ismg.submits; i++)
		ismg_answer(i);
}

static size_t ismg_got(const char *text)
{
	size_t n = 0;
	for (unsigned i = 0; i < ismg.submits; i++)
		n += strcmp(ismg.got[i], text) == 0;
	return n;
}

static void ismg_cut(void)
{
	if (ismg.listener)
		stream_listener_close(&ismg.listener);
	if (ismg.link)
		stream_close(ismg.link, false);
	settle();
}

static void ismg_receipt(const char *id)
{
	struct cmpp_report r = { .msg_id = strtoull(id, NULL, 16), .stat = "DELIVRD", .submit_time = "2611222200",
		.done_time = "2611222200", .dest = "13800138000" };
	struct buf b;
	buf_init(&b, 200);
	must(cmpp_report_encode(&r, CMPP_V30, &b));
	ismg_say((struct cmpp_pdu){ .command = CMPP_DELIVER, .sequence = 20000, .deliver = { .msg_id = 0x99, .dest = "12345",
		.source = "8613800138000", .registered_delivery = 1, .content = { b.data, b.len } } });
	buf_fini(&b);
}

static const struct peer cmpp_peer = {
	.name = "cmpp", .ops = &cmpp_adapter, .window = 2,
	.required = "host = 127.0.0.1\nsource_addr = 901234\nsecret = secret\nnumber = 12345\n",
	.open = ismg_open, .meet = ismg_meet, .say = ismg_say_message, .heard = ismg_heard, .to = ismg_to, .hold = ismg_hold,
	.got = ismg_got, .cut = ismg_cut, .come_back = ismg_listen, .receipt = ismg_receipt, .next_id = "0000000000000001",
	.close = ismg_cut
};

#endif
