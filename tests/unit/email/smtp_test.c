#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/pace.h"
#include "adapters/email/smtp.h"
#include "script.h"

static const struct msg_out mail = { .id = 7, .peer = "citizen@qq.com", .text = "水已恢复", .ticket = "20261122300000011",
	.language = "zh-CN" };
static const char *sender, *rcpt, *after_data;
static bool slow; /* nothing is answered to the mail for now */
static bool stuck; /* nothing of it is read */

static bool smtp_answer(const char *line, struct buf *out)
{
	if (!strncmp(line, "EHLO", 4))
		return buf_adds(out, "250-sink\r\n250 8BITMIME\r\n");
	if (!strncmp(line, "MAIL", 4))
		return buf_adds(out, sender);
	if (!strncmp(line, "RCPT", 4))
		return buf_adds(out, rcpt);
	if (!strncmp(line, "DATA", 4))
		stream_pause(script.last, stuck);
	if (!strncmp(line, "DATA", 4))
		return buf_adds(out, "354 go\r\n");
	if (!strcmp(line, ".") && slow)
		return true;
	if (!strcmp(line, "."))
		return after_data && buf_adds(out, after_data);
	if (!strncmp(line, "QUIT", 4))
		return buf_adds(out, "221 bye\r\n");
	return buf_adds(out, "250 ok\r\n");
}

static int up(void **state)
{
	int rc = temp_setup(state);
	char keys[200];
	sender = rcpt = after_data = "250 ok\r\n";
	slow = stuck = false;
	channel_loop();
	snprintf(keys, sizeof keys, "smtp_url = smtp://127.0.0.1:%d\nsmtp_connections = 1\n", script_up(&loop,
		"220 sink\r\n", smtp_answer));
	channel_up(keys);
	return rc;
}

static int down(void **state)
{
	script_down();
	channel_down();
	return temp_teardown(state);
}

static bool sent(void *n)
{
	return gateway.sents >= *(size_t *)n;
}

static size_t count_of(const char *what)
{
	size_t n = 0;
	for (const char *p = buf_str(&script.log); (p = strstr(p, what)); p++)
		n++;
	return n;
}

static struct fake_sent *send_one(void)
{
	size_t want = gateway.sents + 1;
	assert_int_equal(email_adapter.send(channel, &mail), 0);
	assert_true(loop_until(&loop, sent, &want, 5000));
	return &gateway.sent[gateway.sents - 1];
}

static void accepted_means_the_server_took_it(void **state)
{
	(void)state;
	struct fake_sent *s = send_one();
	assert_int_equal(s->sent, SENT_ACCEPTED);
	assert_ptr_equal(s->msg, &mail);
	assert_true(!strncmp(s->id, "<x.20261122300000011.7.", 23));
	assert_non_null(strstr(buf_str(&script.log), "MAIL FROM:<12345@city.example>"));
	assert_non_null(strstr(buf_str(&script.log), "RCPT TO:<citizen@qq.com>"));
}

static void refusals_carry_the_servers_words(void **state)
{
	(void)state;
	rcpt = "550 5.1.1 Mailbox not found\r\n";
	struct fake_sent *s = send_one();
	assert_int_equal(s->sent, SENT_REFUSED);
	assert_string_equal(s->reason, "550 5.1.1 Mailbox not found");
	rcpt = "450 4.2.0 Greylisted\r\n";
	s = send_one();
	assert_int_equal(s->sent, SENT_RETRY);
	assert_string_equal(s->reason, "450 4.2.0 Greylisted");
	rcpt = "250 ok\r\n";
	after_data = "554 5.7.1 Mail content denied\r\n";
	s = send_one();
	assert_int_equal(s->sent, SENT_REFUSED);
	assert_string_equal(s->reason, "554 5.7.1 Mail content denied");
	assert_true(gateway.up);
}

static void silence_after_the_whole_mail_is_unknown(void **state)
{
	(void)state;
	after_data = NULL;
	struct fake_sent *s = send_one();
	assert_int_equal(s->sent, SENT_UNKNOWN);
	assert_non_null(s->id);
	assert_true(s->receipts); /* should it bounce after all */
}

enum { LONG = 2400 << 10 }; /* a mail of it is more than the kernel holds for two who do not read */
static char long_text[LONG + 1];
static const struct msg_out long_mail = { .id = 8, .peer = "citizen@qq.com", .text = long_text, .ticket = "20261122300000011",
	.language = "zh-CN" };

static bool has_data(void *unused)
{
	(void)unused;
	return count_of("DATA") > 0;
}

/* As much of the long mail as fits is on its way. */
static void send_stuck(void)
{
	memset(long_text, 'a', LONG);
	stuck = true;
	assert_int_equal(email_adapter.send(channel, &long_mail), 0);
	assert_true(loop_until(&loop, has_data, NULL, 5000));
	loop_for(&loop, 200);
	assert_int_equal(gateway.sents, 0);
}

static void a_connection_lost_before_the_mail_is_whole_is_retried(void **state)
{
	(void)state;
	size_t one = 1;
	send_stuck();
	stream_close(script.last, false);
	assert_true(loop_until(&loop, sent, &one, 5000));
	assert_int_equal(gateway.sent[0].sent, SENT_RETRY);
	assert_null(gateway.sent[0].id);
}

static void a_stop_before_the_mail_is_whole_is_retried(void **state)
{
	(void)state;
	send_stuck();
	email_adapter.destroy(&channel);
	assert_int_equal(gateway.sent[0].sent, SENT_RETRY);
}

static bool is_closed(void *unused)
{
	(void)unused;
	return !script.last;
}

/* The server may read on as if it were commands: nothing more is said over that connection. */
static void a_mail_refused_before_it_is_whole_ends_the_connection(void **state)
{
	(void)state;
	size_t one = 1;
	send_stuck();
	must(stream_write(script.last, "552 5.3.4 Too big\r\n", 19) == 0);
	assert_true(loop_until(&loop, sent, &one, 5000));
	assert_int_equal(gateway.sent[0].sent, SENT_REFUSED);
	assert_string_equal(gateway.sent[0].reason, "552 5.3.4 Too big");
	stuck = false;
	stream_pause(script.last, false);
	assert_true(loop_until(&loop, is_closed, NULL, 10000)); /* it has read what was given away */
	assert_int_equal(send_one()->sent, SENT_ACCEPTED);
	assert_int_equal(count_of("EHLO"), 2);
	assert_int_equal(count_of("RSET"), 0);
}

static void a_long_mail_is_given_over_whole(void **state)
{
	(void)state;
	size_t one = 1;
	send_stuck();
	stream_pause(script.last, false);
	assert_true(loop_until(&loop, sent, &one, 10000));
	assert_int_equal(gateway.sent[0].sent, SENT_ACCEPTED);
}

static void no_connection_is_retried_and_the_channel_is_down(void **state)
{
	(void)state;
	stream_listener_close(&script.listener);
	loop_for(&loop, 20);
	assert_int_equal(send_one()->sent, SENT_RETRY);
	assert_false(gateway.up);
	assert_non_null(strstr(gateway.words, "smtp: "));
}

static bool is_up(void *unused)
{
	(void)unused;
	return gateway.up;
}

static bool is_down(void *unused)
{
	(void)unused;
	return gateway.states > 0 && !gateway.up;
}

/* The gateway gives no mail to a channel that is down, so none can show that it is up. */
static void a_server_that_is_back_is_found_without_a_mail(void **state)
{
	(void)state;
	script.hello = "421 4.3.2 not now\r\n";
	assert_int_equal(send_one()->sent, SENT_RETRY);
	assert_false(gateway.up);
	loop_for(&loop, 200);
	assert_false(gateway.up);
	script.hello = "220 sink\r\n";
	assert_true(loop_until(&loop, is_up, NULL, 10000));
	assert_string_equal(gateway.words, "");
	assert_int_equal(count_of("MAIL FROM"), 0);
	assert_int_equal(send_one()->sent, SENT_ACCEPTED);
	assert_int_equal(count_of("EHLO"), 1); /* over the connection that found it */
}

static void a_server_that_has_no_time_for_mails_is_tried_again(void **state)
{
	(void)state;
	sender = "451 4.3.0 busy\r\n";
	assert_int_equal(send_one()->sent, SENT_RETRY);
	assert_false(gateway.up);
	sender = "250 ok\r\n";
	assert_true(loop_until(&loop, is_up, NULL, 10000));
	assert_int_equal(send_one()->sent, SENT_ACCEPTED);
}

static void a_mailbox_that_cannot_be_read_keeps_no_answer_back(void **state)
{
	(void)temp_setup(state);
	sender = rcpt = after_data = "250 ok\r\n";
	char keys[200];
	channel_loop();
	int port = script_up(&loop, "220 sink\r\n", smtp_answer);
	snprintf(keys, sizeof keys, "smtp_url = smtp://127.0.0.1:%d\nimap_url = imap://127.0.0.1:1/INBOX\nimap_user = x\n", port);
	channel_up(keys);
	assert_true(loop_until(&loop, is_down, NULL, 5000));
	assert_non_null(strstr(gateway.words, "imap: "));
	assert_true(email_adapter.sends(channel));
	script.hello = "421 4.3.2 not now\r\n";
	assert_int_equal(send_one()->sent, SENT_RETRY);
	assert_non_null(strstr(gateway.words, "smtp: "));
	assert_false(email_adapter.sends(channel));
	script_down();
	channel_down();
	(void)temp_teardown(state);
}

static void a_full_window_says_so_and_then_that_there_is_room(void **state)
{
	(void)state;
	size_t one = 1;
	assert_int_equal(email_adapter.send(channel, &mail), 0);
	assert_int_equal(email_adapter.send(channel, &mail), E_AGAIN);
	assert_true(loop_until(&loop, sent, &one, 5000));
	assert_int_equal(gateway.readies, 1);
	assert_int_equal(gateway.sents, 1);
}

static void what_is_no_address_is_refused_later_not_at_once(void **state)
{
	(void)state;
	struct msg_out m = mail;
	size_t one = 1;
	m.peer = "unknown@invalid";
	assert_int_equal(email_adapter.send(channel, &m), 0);
	assert_int_equal(gateway.sents, 0);
	assert_true(loop_until(&loop, sent, &one, 5000));
	assert_int_equal(gateway.sent[0].sent, SENT_REFUSED);
}

static void destroying_ends_every_loan(void **state)
{
	(void)state;
	assert_int_equal(email_adapter.send(channel, &mail), 0);
	email_adapter.destroy(&channel);
	assert_int_equal(gateway.sents, 1);
	assert_int_equal(gateway.sent[0].sent, SENT_RETRY);
}

static void verdicts_tell_whose_trouble_it_is(void **state)
{
	(void)state;
	assert_int_equal(smtp_verdict(SMTP_ANSWER, 250, "250 ok").sent, SENT_ACCEPTED);
	assert_int_equal(smtp_verdict(SMTP_CONNECTING, 0, "").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_MAIL, 530, "530 login").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_MAIL, 553, "553 no").sent, SENT_REFUSED);
	assert_int_equal(smtp_verdict(SMTP_RCPT, 421, "421 bye").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_DATA, 0, "").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_DATA, 250, "250 ok").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_CONTENT, 0, "").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_CONTENT, 250, "250 already?").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_CONTENT, 552, "552 5.3.4 too big").sent, SENT_REFUSED);
	assert_int_equal(smtp_verdict(SMTP_ANSWER, 0, "").sent, SENT_UNKNOWN);
}

static void an_enhanced_status_outranks_the_code(void **state)
{
	(void)state;
	assert_int_equal(smtp_verdict(SMTP_RCPT, 550, "550 4.7.1 greylisted").sent, SENT_RETRY);
	assert_true(smtp_verdict(SMTP_RCPT, 450, "450 4.7.1 greylisted").retry_ms >= 60000);
	assert_int_equal(smtp_verdict(SMTP_RCPT, 552, "552 5.2.2 mailbox full").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_ANSWER, 554, "554 5.3.1 system full").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_RCPT, 550, "550 5.1.1 unknown").sent, SENT_REFUSED);
	assert_int_equal(smtp_verdict(SMTP_RCPT, 550, "550 5.22.2 odd").sent, SENT_REFUSED);
	assert_int_equal(smtp_verdict(SMTP_MAIL, 550, "550 Connection frequency limited").sent, SENT_RETRY);
	assert_int_equal(smtp_verdict(SMTP_RCPT, 550, "550 5").sent, SENT_REFUSED);
}

static void a_domain_keeps_its_pace_and_no_other_waits_for_it(void **state)
{
	(void)state;
	static struct pace p = { .per_minute = 60 };
	for (int i = 0; i < PACE_BURST; i++)
		assert_int_equal(pace_wait(&p, "a@qq.com", 1000000), 0);
	assert_int_equal(pace_wait(&p, "b@QQ.com", 1000000), 1000);
	assert_int_equal(pace_wait(&p, "a@163.com", 1000000), 0);
	assert_int_equal(pace_wait(&p, "b@qq.com", 1001000), 0);
	assert_int_equal(pace_wait(&p, "b@qq.com", 1001000), 1000);
	char address[40];
	for (int i = 0; i < 2 * PACE_DOMAINS; i++) { /* the table forgets the longest quiet */
		snprintf(address, sizeof address, "x@d%d.cn", i);
		assert_int_equal(pace_wait(&p, address, 1002000 + i), 0);
	}
}

static void mails_share_a_link(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(send_one()->sent, SENT_ACCEPTED);
	rcpt = "550 5.1.1 no\r\n";
	assert_int_equal(send_one()->sent, SENT_REFUSED);
	rcpt = "250 ok\r\n";
	assert_int_equal(send_one()->sent, SENT_ACCEPTED);
	assert_int_equal(count_of("EHLO"), 1);
	assert_int_equal(count_of("RSET"), 1);
	assert_int_equal(count_of("MAIL FROM"), 5);
}

static void a_link_the_server_closed_meanwhile_loses_no_mail(void **state)
{
	(void)state;
	assert_int_equal(send_one()->sent, SENT_ACCEPTED);
	stream_close(script.last, false);
	size_t want = 2;
	assert_int_equal(email_adapter.send(channel, &mail), 0); /* before the end was noticed */
	assert_true(loop_until(&loop, sent, &want, 5000));
	assert_int_equal(gateway.sent[1].sent, SENT_ACCEPTED);
	assert_int_equal(count_of("EHLO"), 2);
}

static void replies_of_several_lines_are_one(void **state)
{
	(void)state;
	static const char wire[] = "550-5.1.1 first\r\n550 5.1.1 last\r\n250";
	unsigned code;
	const char *words;
	size_t n;
	for (size_t len = 0; len < 33; len++)
		assert_int_equal(smtp_reply(wire, len, &code, &words, &n), 0);
	assert_int_equal(smtp_reply(wire, sizeof wire - 1, &code, &words, &n), 33);
	assert_int_equal(code, 550);
	assert_memory_equal(words, "550 5.1.1 last", n);
	assert_int_equal(smtp_reply("what\r\n", 6, &code, &words, &n), 6);
	assert_int_equal(code, 0);
}

/* libcurl's own SMTP waits for this answer inside its call and would stop every other channel. */
static void a_slow_answer_does_not_hold_up_the_loop(void **state)
{
	(void)state;
	slow = true;
	size_t one = 1;
	assert_int_equal(email_adapter.send(channel, &mail), 0);
	uint64_t worst = 0, before = uv_hrtime();
	for (int i = 0; i < 40; i++) {
		loop_for(&loop, 5);
		uint64_t now = uv_hrtime();
		worst = now - before > worst ? now - before : worst;
		before = now;
	}
	assert_int_equal(gateway.sents, 0);
	assert_true(worst < 500000000);
	must(stream_write(script.last, "250 at last\r\n", 13) == 0);
	assert_true(loop_until(&loop, sent, &one, 5000));
	assert_int_equal(gateway.sent[0].sent, SENT_ACCEPTED);
}

static void nothing_configured_starts_and_says_so(void **state)
{
	(void)temp_setup(state);
	channel_up("");
	assert_false(gateway.up);
	assert_non_null(strstr(gateway.words, "off: none"));
	assert_int_equal(send_one()->sent, SENT_REFUSED);
	channel_down();
	(void)temp_teardown(state);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		TEST(accepted_means_the_server_took_it),
		TEST(refusals_carry_the_servers_words),
		TEST(silence_after_the_whole_mail_is_unknown),
		TEST(a_connection_lost_before_the_mail_is_whole_is_retried),
		TEST(a_stop_before_the_mail_is_whole_is_retried),
		TEST(a_mail_refused_before_it_is_whole_ends_the_connection),
		TEST(a_long_mail_is_given_over_whole),
		TEST(no_connection_is_retried_and_the_channel_is_down),
		TEST(a_server_that_is_back_is_found_without_a_mail),
		TEST(a_server_that_has_no_time_for_mails_is_tried_again),
		cmocka_unit_test(a_mailbox_that_cannot_be_read_keeps_no_answer_back),
		TEST(a_full_window_says_so_and_then_that_there_is_room),
		TEST(what_is_no_address_is_refused_later_not_at_once),
		TEST(destroying_ends_every_loan),
		cmocka_unit_test(verdicts_tell_whose_trouble_it_is),
		cmocka_unit_test(an_enhanced_status_outranks_the_code),
		cmocka_unit_test(a_domain_keeps_its_pace_and_no_other_waits_for_it),
		TEST(mails_share_a_link),
		TEST(a_link_the_server_closed_meanwhile_loses_no_mail),
		cmocka_unit_test(replies_of_several_lines_are_one),
		TEST(a_slow_answer_does_not_hold_up_the_loop),
		cmocka_unit_test(nothing_configured_starts_and_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
