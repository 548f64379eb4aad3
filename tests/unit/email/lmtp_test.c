#include "cmocka_all.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/email/lmtp_line.h"
#include "adapters/email/lmtp_slow.h"
#include "channel.h"

#define HELLO "LHLO mx.example\r\n"
#define ENVELOPE "MAIL FROM:<a@qq.com> SIZE=100 BODY=8BITMIME\r\nRCPT TO:<12345@city.example>\r\n"
#define MAIL "From: a@qq.com\r\nMessage-ID: <1@qq.com>\r\nSubject: s\r\n\r\nwords\r\n"
static const char hello_answer[] = "250-city.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n"
	"250-SMTPUTF8\r\n250-SIZE 1048576\r\n250 CHUNKING\r\n";
#define ENVELOPE_ANSWER "250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n"

static char got[1 << 16];
static bool ended;

static int client(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)email_lmtp_port(channel)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static void put(int fd, const void *p, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t k = send(fd, (const char *)p + at, n - at, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (k < 0 && errno != EAGAIN)
			return; /* the server closed: the answers tell */
		at += k > 0 ? (size_t)k : 0;
		if (at < n)
			loop_for(&loop, 1);
	}
}

/* Waits, two seconds at most, until the answers that came are `want`; fails with what came instead. */
static void answers(int fd, const char *want)
{
	size_t len = 0;
	got[0] = '\0';
	ended = false;
	for (int i = 0; i < 1000 && !ended && strcmp(got, want); i++) {
		loop_for(&loop, 2);
		ssize_t n = recv(fd, got + len, sizeof got - 1 - len, MSG_DONTWAIT);
		len += n > 0 ? (size_t)n : 0;
		ended = n == 0;
		got[len] = '\0';
	}
	assert_string_equal(got, want);
}

static void says(int fd, const char *text, const char *want)
{
	put(fd, text, strlen(text));
	answers(fd, want);
}

static int ready(void)
{
	int fd = client();
	answers(fd, "220 city.example LMTP Xinqiao\r\n");
	says(fd, HELLO, hello_answer);
	return fd;
}

static int up(void **state)
{
	int rc = temp_setup(state);
	channel_up("lmtp_listen = 127.0.0.1:0\nmax_size = 1\nlmtp_messages = 2\nlmtp_connections = 3\n");
	return rc;
}

static int down(void **state)
{
	channel_down();
	return temp_teardown(state);
}

static void a_mail_is_stored_before_it_is_acknowledged(void **state)
{
	(void)state;
	int fd = ready();
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	gateway.hold = true;
	put(fd, MAIL ".\r\n", sizeof MAIL ".\r\n" - 1);
	assert_true(channel_wait_takes(1));
	loop_for(&loop, 20);
	assert_int_equal(recv(fd, got, sizeof got, MSG_DONTWAIT), -1);
	fake_release();
	answers(fd, "250 2.0.0 Stored\r\n");
	const struct msg_in *m = &gateway.take[0].msg;
	assert_string_equal(m->peer, "a@qq.com");
	assert_string_equal(m->text, "words");
	assert_int_equal(m->raw_n, sizeof MAIL - 1);
	assert_memory_equal(m->raw, MAIL, sizeof MAIL - 1);
	close(fd);
}

static void a_pipelined_batch_is_answered_in_one_piece_and_in_order(void **state)
{
	(void)state;
	int fd = ready();
	says(fd, "MAIL FROM:<>\r\nRCPT TO:<12345@city.example>\r\nRCPT TO:<nobody@city.example>\r\n"
		"RCPT TO:<12345+tag@CITY.example>\r\nDATA\r\n",
		"250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n550 5.1.1 No such mailbox here\r\n250 2.1.5 Recipient ok\r\n"
		"354 End with CRLF.CRLF\r\n");
	says(fd, MAIL ".\r\nNOOP\r\nQUIT\r\n", "250 2.0.0 Stored\r\n250 2.0.0 Stored\r\n250 2.0.0 Ok\r\n221 2.0.0 Bye\r\n");
	assert_int_equal(gateway.takes, 1); /* one mailbox, one message, an answer for each recipient */
	close(fd);
}

static void every_verdict_has_its_answer(void **state)
{
	(void)state;
	static const struct { enum taken taken; const char *answer; } cases[] = {
		{ TAKEN_DUPLICATE, "250 2.0.0 Stored before\r\n" },
		{ TAKEN_RETRY, "451 4.3.0 Could not be stored now, try again later\r\n" },
		{ TAKEN_REFUSED, "250 2.0.0 Kept aside for review: empty\r\n" } };
	int fd = ready();
	gateway.reason = "empty";
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		gateway.answer = cases[i].taken;
		says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
		says(fd, MAIL ".\r\n", cases[i].answer);
	}
	close(fd);
}

static void dots_are_unstuffed_and_a_bare_lf_dot_is_content(void **state)
{
	(void)state;
	int fd = ready();
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	says(fd, "From: a@qq.com\r\n\r\n..one\r\n.two\r\na\n.\nMAIL FROM:<evil@x.cn>\nb\r.\r\nc\r\n.\r\n",
		"250 2.0.0 Stored\r\n");
	assert_string_equal(gateway.take[0].msg.text, ".one\ntwo\na\n.\nMAIL FROM:<evil@x.cn>\nb\n.\nc");
	close(fd);
}

static void data_cut_at_any_byte_reads_the_same(void **state)
{
	(void)state;
	static const char wire[] = ".\r\r\n..\r\n.a\r\nb.\r\n\r\n\n.\r\n.\n.\r\n\r\n.\r\nNEXT";
	static const char want[] = "\r\r\n.\r\na\r\nb.\r\n\r\n\n.\r\n\n.\r\n\r\n";
	for (size_t cut = 0; cut < sizeof wire - 1; cut++) {
		struct lmtp_data d = { DOT_START };
		char out[100];
		size_t made, more = 0, used = lmtp_data(&d, wire, cut, out, &made);
		if (used == cut)
			used += lmtp_data(&d, wire + cut, sizeof wire - 1 - cut, out + made, &more);
		assert_int_equal(used, sizeof wire - 1 - 4);
		assert_int_equal(made + more, sizeof want - 1);
		assert_memory_equal(out, want, sizeof want - 1);
	}
}

static void chunks_are_joined_and_the_last_is_answered_for_each(void **state)
{
	(void)state;
	int fd = ready();
	says(fd, ENVELOPE "RCPT TO:<12345+a@city.example>\r\n", ENVELOPE_ANSWER "250 2.1.5 Recipient ok\r\n");
	says(fd, "BDAT 16\r\nFrom: a@qq.com\r\nBDAT 4\r\n\r\nx\n",
		"250 2.0.0 Added 16 octets\r\n250 2.0.0 Added 4 octets\r\n");
	says(fd, "DATA\r\n", "503 5.5.1 DATA after BDAT\r\n");
	says(fd, "BDAT 5 LAST\r\n.\r\ny\n", "250 2.0.0 Stored\r\n250 2.0.0 Stored\r\n");
	assert_string_equal(gateway.take[0].msg.text, "x\n.\ny");
	says(fd, "BDAT 6\r\nQUIT\r\nNOOP\r\n", "503 5.5.1 BDAT needs MAIL and RCPT\r\n250 2.0.0 Ok\r\n"); /* octets are no commands */
	says(fd, ENVELOPE "BDAT 19\r\nFrom: a@qq.com\r\n\r\nz", ENVELOPE_ANSWER "250 2.0.0 Added 19 octets\r\n");
	says(fd, "BDAT 0 LAST\r\n", "250 2.0.0 Stored\r\n");
	close(fd);
}

static void what_is_too_big_is_refused_early_or_after_reading_on(void **state)
{
	(void)state;
	int fd = ready();
	says(fd, "MAIL FROM:<a@qq.com> SIZE=1048577\r\n", "552 5.3.4 Message too big, at most 1048576\r\n");
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	char *line = mem_alloc(1 << 16);
	memset(line, 'x', 1 << 16);
	for (int i = 0; i < 20; i++)
		put(fd, line, 1 << 16);
	free(line);
	says(fd, "\r\n.\r\n", "552 5.3.4 Message too big\r\n");
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	says(fd, MAIL ".\r\n", "250 2.0.0 Stored\r\n");
	assert_int_equal(gateway.takes, 1);
	close(fd);
}

static void a_mail_of_a_megabyte_goes_through_a_file(void **state)
{
	(void)state;
	int fd = ready();
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	put(fd, MAIL, sizeof MAIL - 1);
	char *line = mem_alloc(100);
	memset(line, 'y', 98);
	memcpy(line + 98, "\r\n", 2);
	for (int i = 0; i < 9000; i++)
		put(fd, line, 100);
	free(line);
	says(fd, ".\r\n", "250 2.0.0 Stored\r\n");
	assert_int_equal(strlen(gateway.take[0].msg.text), 5 + 1 + 9000 * 99 - 1);
	close(fd);
}

static void a_mail_cut_in_mid_data_is_not_taken(void **state)
{
	(void)state;
	int fd = ready();
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	put(fd, MAIL, sizeof MAIL - 1);
	close(fd);
	loop_for(&loop, 50);
	assert_int_equal(gateway.takes, 0);
	fd = ready(); /* and its place is free again */
	close(fd);
}

static void a_client_gone_before_the_answer_loses_nothing(void **state)
{
	(void)state;
	int fd = ready();
	gateway.hold = true;
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	put(fd, MAIL ".\r\n", sizeof MAIL ".\r\n" - 1);
	assert_true(channel_wait_takes(1));
	close(fd);
	loop_for(&loop, 30);
	fake_release();
	loop_for(&loop, 30);
	assert_true(gateway.take[0].answered);
}

static void a_client_gone_before_it_was_accepted_does_no_harm(void **state)
{
	(void)state;
	struct linger hard = { 1, 0 };
	for (int i = 0; i < 3; i++) {
		int gone = client();
		setsockopt(gone, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		close(gone);
	}
	int fd = ready();
	says(fd, "QUIT\r\n", "221 2.0.0 Bye\r\n");
	close(fd);
}

static void words_out_of_order_are_told_so(void **state)
{
	(void)state;
	int fd = client();
	answers(fd, "220 city.example LMTP Xinqiao\r\n");
	says(fd, "EHLO x\r\n", "500 5.5.1 This is LMTP: LHLO\r\n");
	says(fd, "MAIL FROM:<a@b>\r\n", "503 5.5.1 LHLO first\r\n");
	says(fd, HELLO, hello_answer);
	says(fd, "RCPT TO:<12345@city.example>\r\nDATA\r\n", "503 5.5.1 MAIL first\r\n503 5.5.1 MAIL first\r\n");
	says(fd, "MAIL FROM:a@b\r\n", "501 5.5.4 MAIL FROM:<address>\r\n");
	says(fd, "MAIL FROM:<a@b> RET=FULL\r\n", "555 5.5.4 Unknown MAIL parameter\r\n");
	says(fd, "MAIL FROM:<张@例子.中国> SMTPUTF8\r\nMAIL FROM:<a@b>\r\n", "250 2.1.0 Sender ok\r\n503 5.5.1 Nested MAIL\r\n");
	says(fd, "RCPT TO:<x@y.cn>\r\nDATA\r\n", "550 5.1.1 No such mailbox here\r\n503 5.5.1 No valid recipients\r\n");
	says(fd, "RSET\r\nVRFY a\r\nFROB\r\n", "250 2.0.0 Ok\r\n252 2.5.0 Send some mail and see\r\n500 5.5.1 Unknown command\r\n");
	close(fd);
}

static void a_line_without_end_is_bounded(void **state)
{
	(void)state;
	int fd = ready();
	char line[6000];
	memset(line, 'A', sizeof line);
	put(fd, line, sizeof line);
	answers(fd, "500 5.5.2 Line too long\r\n");
	close(fd);
}

static void too_many_messages_are_pushed_back_at_rcpt(void **state)
{
	(void)state;
	int a = ready(), b = ready(), c = ready();
	says(a, ENVELOPE, ENVELOPE_ANSWER);
	says(b, ENVELOPE, ENVELOPE_ANSWER);
	says(c, ENVELOPE, "250 2.1.0 Sender ok\r\n451 4.3.2 Too many messages under way, try again later\r\n");
	says(a, "RSET\r\n", "250 2.0.0 Ok\r\n");
	says(c, "RCPT TO:<12345@city.example>\r\n", "250 2.1.5 Recipient ok\r\n");
	int d = client();
	answers(d, "421 4.3.2 Too many connections, try again later\r\n");
	close(a);
	close(b);
	close(c);
	close(d);
}

static bool drained(void *n)
{
	return gateway.drains >= *(size_t *)n;
}

static void draining_stores_what_is_here_and_sends_the_rest_away(void **state)
{
	(void)state;
	int a = ready(), b = ready();
	size_t once = 1;
	gateway.hold = true;
	says(a, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	put(a, MAIL ".\r\n", sizeof MAIL ".\r\n" - 1);
	assert_true(channel_wait_takes(1));
	email_adapter.drain(channel);
	answers(b, "421 4.3.2 Shutting down\r\n");
	assert_int_equal(gateway.drains, 0);
	fake_release();
	answers(a, "250 2.0.0 Stored\r\n421 4.3.2 Shutting down\r\n");
	close(a);
	close(b);
	assert_true(loop_until(&loop, drained, &once, 3000));
}

static void destroying_in_mid_storing_leaves_nothing_behind(void **state)
{
	(void)state;
	int fd = ready();
	gateway.hold = true;
	says(fd, ENVELOPE "DATA\r\n", ENVELOPE_ANSWER "354 End with CRLF.CRLF\r\n");
	put(fd, MAIL ".\r\n", sizeof MAIL ".\r\n" - 1);
	assert_true(channel_wait_takes(1));
	email_adapter.destroy(&channel);
	loop_for(&loop, 30); /* no answer comes any more: what was kept for it is gone with the adapter */
	close(fd);
}

static void who_speaks_slowly_makes_room_after_a_second_and_within_a_mail_after_five(void **state)
{
	(void)state;
	struct lmtp_slow s;
	lmtp_slow_step(&s, 1000);
	assert_true(lmtp_slow_overdue(&s, LMTP_UNGREETED, 2000) <= 0);
	assert_true(lmtp_slow_overdue(&s, LMTP_UNGREETED, 2001) > 0);
	assert_true(lmtp_slow_overdue(&s, LMTP_BETWEEN, 2001) > 0);
	assert_true(lmtp_slow_overdue(&s, LMTP_CONTENT, 6000) <= 0);
	assert_true(lmtp_slow_overdue(&s, LMTP_CONTENT, 6001) > 0);
	lmtp_slow_content(&s, LMTP_CONTENT_STEP - 1, 5000); /* not yet a step */
	assert_true(lmtp_slow_overdue(&s, LMTP_CONTENT, 6001) > 0);
	lmtp_slow_content(&s, 1, 6001);
	assert_true(lmtp_slow_overdue(&s, LMTP_CONTENT, 6002) <= 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		TEST(a_mail_is_stored_before_it_is_acknowledged),
		TEST(a_pipelined_batch_is_answered_in_one_piece_and_in_order),
		TEST(every_verdict_has_its_answer),
		TEST(dots_are_unstuffed_and_a_bare_lf_dot_is_content),
		cmocka_unit_test(data_cut_at_any_byte_reads_the_same),
		TEST(chunks_are_joined_and_the_last_is_answered_for_each),
		TEST(what_is_too_big_is_refused_early_or_after_reading_on),
		TEST(a_mail_of_a_megabyte_goes_through_a_file),
		TEST(a_mail_cut_in_mid_data_is_not_taken),
		TEST(a_client_gone_before_the_answer_loses_nothing),
		TEST(a_client_gone_before_it_was_accepted_does_no_harm),
		TEST(words_out_of_order_are_told_so),
		TEST(a_line_without_end_is_bounded),
		TEST(too_many_messages_are_pushed_back_at_rcpt),
		cmocka_unit_test(who_speaks_slowly_makes_room_after_a_second_and_within_a_mail_after_five),
		TEST(draining_stores_what_is_here_and_sends_the_rest_away),
		TEST(destroying_in_mid_storing_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
