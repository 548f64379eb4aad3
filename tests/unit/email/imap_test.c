#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/imap.h"
#include "adapters/email/imap_flight.h"
#include "adapters/email/imap_line.h"
#include "script.h"

/* A mailbox of three mails; the first would end the session if a mail's words were taken for protocol. */
static const char *const mails[] = {
	"From: a@qq.com\r\nSubject: one\r\n\r\n* BYE\r\n)\r\n* 1 FETCH (UID 9 BODY[] {1}\r\nx)\r\n",
	"From: b@qq.com\r\nSubject: two\r\n\r\nbody two\r\n",
	"From: c@qq.com\r\nSubject: three\r\n\r\nbody three\r\n",
};
static bool refuse_second; /* FETCH of UID 2 says NO */
static unsigned refusals;  /* so often; 0: always */
static bool refuse_all;
static bool no_text;       /* what is refused is answered OK, without its text */
static unsigned base;      /* added to every UID */
static bool no_move;

static bool search(unsigned from, struct buf *out)
{
	from = from > base ? from - base : 1;
	buf_adds(out, "* SEARCH");
	for (unsigned uid = from; uid <= 3; uid++)
		buf_addf(out, " %u", base + uid);
	return buf_adds(out, "\r\n");
}

static bool refuses(const char *line, unsigned uid)
{
	if (refuse_all && strstr(line, "FETCH"))
		return true;
	if (uid != 2 || !refuse_second || !strstr(line, "FETCH"))
		return false;
	refuse_second = refusals != 1;
	refusals -= refusals > 0;
	return true;
}

static bool imap_answer(const char *line, struct buf *out)
{
	char tag[40], word[40];
	unsigned a = 0;
	bool refused = false;
	if (sscanf(line, "%39s %39s", tag, word) != 2)
		return false;
	if (!strcmp(word, "CAPABILITY"))
		buf_adds(out, "* CAPABILITY IMAP4rev1\r\n");
	else if (!strcmp(word, "SELECT"))
		buf_addf(out, "* 3 EXISTS\r\n* OK [UIDVALIDITY %u] v\r\n* OK [UIDNEXT %u] n\r\n", base + 5, base + 4);
	else if (sscanf(line, "%*s UID SEARCH UID %u", &a) == 1)
		search(a, out);
	else if (sscanf(line, "%*s UID FETCH %u", &a) == 1 && (a -= base) >= 1 && a <= 3 && !(refused = refuses(line, a)))
		buf_addf(out, "* %u FETCH (FLAGS (\\Recent))\r\n* %u FETCH (UID %u BODY[] {%zu}\r\n%s)\r\n", a, a, base + a,
			strlen(mails[a - 1]), mails[a - 1]);
	if (refused && no_text)
		buf_addf(out, "* 2 FETCH (FLAGS () UID %u BODY[] NIL)\r\n", base + a);
	if (no_move && strstr(line, " UID MOVE "))
		return buf_addf(out, "%s BAD unknown\r\n", tag);
	buf_addf(out, "%s %s\r\n", tag, refused && !no_text ? "NO [UNAVAILABLE] busy" : "OK done");
	return true;
}

static void start(const char *more)
{
	char keys[500];
	channel_loop();
	int port = script_up(&loop, "* OK ready\r\n", imap_answer);
	snprintf(keys, sizeof keys, "imap_url = imap://127.0.0.1:%d/INBOX\nimap_user = u\nimap_password = p\nimap_poll = 1\n%s", port, more);
	channel_up(keys);
}

static int up(void **state)
{
	refuse_second = refuse_all = no_text = no_move = false;
	base = refusals = 0;
	return temp_setup(state);
}

static int down(void **state)
{
	script_down();
	channel_down();
	return temp_teardown(state);
}

static bool logged(void *words)
{
	return strstr(buf_str(&script.log), words) != NULL;
}

static bool wait_log(const char *words)
{
	return loop_until(&loop, logged, (void *)(uintptr_t)words, 5000);
}

static void every_mail_is_taken_with_its_place_and_flagged_after(void **state)
{
	(void)state;
	start("");
	gateway.hold = true;
	assert_true(channel_wait_takes(1));
	loop_for(&loop, 50);
	assert_null(strstr(buf_str(&script.log), "STORE"));
	assert_string_equal(gateway.take[0].msg.text, "* BYE\n)\n* 1 FETCH (UID 9 BODY[] {1}\nx)");
	assert_string_equal(gateway.take[0].msg.cursor_value, "5:1");
	fake_release();
	assert_true(channel_wait_takes(3));
	assert_true(wait_log("UID STORE 1:3 +FLAGS.SILENT (\\Seen)"));
	assert_string_equal(gateway.take[1].msg.cursor_value, "5:0"); /* never past one that is not on disk */
	assert_string_equal(gateway.take[2].msg.cursor_value, "5:3");
	assert_non_null(strstr(buf_str(&script.log), "UNSEEN")); /* a first start does not take a mailbox's past */
	assert_true(strstr(buf_str(&script.log), " ID (") < strstr(buf_str(&script.log), "SELECT"));
	assert_true(gateway.up);
	assert_int_equal(gateway.takes, 3);
	script_down();
}

static void the_cursor_says_where_to_go_on(void **state)
{
	(void)state;
	channel_loop();
	start("imap_after = move:已处理\n");
	gateway.cursor = "5:2";
	assert_true(channel_wait_takes(1));
	assert_string_equal(gateway.take[0].msg.subject, "three");
	assert_true(wait_log("UID MOVE 3 \"&XfJZBHQG-\""));
	assert_null(strstr(buf_str(&script.log), "UNSEEN"));
	script_down();
}

static void another_numbering_looks_back_a_week(void **state)
{
	(void)state;
	start("imap_after = keep\n");
	gateway.cursor = "4:99";
	assert_true(channel_wait_takes(3));
	assert_true(wait_log("UID SEARCH UID 1:* OR UNSEEN SINCE "));
	script_down();
}

static void a_bad_mail_does_not_block_the_next(void **state)
{
	(void)state;
	refuse_second = true;
	start("");
	gateway.answer = TAKEN_REFUSED;
	gateway.reason = "spam";
	size_t two = 2;
	assert_true(loop_until(&loop, channel_took, &two, 20000)); /* it is asked for a few times */
	assert_string_equal(gateway.take[1].msg.subject, "three");
	assert_string_equal(gateway.take[1].msg.cursor_value, "5:1"); /* a later start asks for it as well */
	assert_true(wait_log("UID STORE 3 "));
	buf_clear(&script.log);
	assert_true(wait_log("UID FETCH 2 "));
	assert_true(gateway.up);
	script_down();
}

static bool is_up(void *yes)
{
	return gateway.states > 0 && gateway.up == *(bool *)yes;
}

static void a_server_that_gives_nothing_for_a_while_loses_no_mail(void **state)
{
	(void)state;
	static bool yes = true, no = false;
	refuse_all = true;
	start("");
	assert_true(loop_until(&loop, is_up, &yes, 5000));
	assert_true(loop_until(&loop, is_up, &no, 20000));
	assert_string_equal(gateway.words, "imap: the server gives no mail: NO [UNAVAILABLE] busy");
	loop_for(&loop, 500);
	assert_false(gateway.up);
	assert_int_equal(gateway.takes, 0);
	refuse_all = false;
	assert_true(channel_wait_takes(3));
	assert_string_equal(gateway.take[0].msg.subject, "one");
	assert_string_equal(gateway.take[1].msg.subject, "two");
	assert_string_equal(gateway.take[2].msg.subject, "three");
	assert_true(loop_until(&loop, is_up, &yes, 5000));
	script_down();
}

static void a_mail_that_is_refused_for_a_moment_is_not_left_out(void **state)
{
	(void)state;
	refuse_second = true;
	refusals = 2;
	start("");
	size_t three = 3;
	assert_true(loop_until(&loop, channel_took, &three, 20000));
	assert_string_equal(gateway.take[1].msg.subject, "two");
	assert_string_equal(gateway.take[2].msg.subject, "three");
	assert_int_equal(gateway.takes, 3);
	script_down();
}

/* As RFC 3501 lets a server do with one that it cannot read. */
static void a_mail_without_its_text_was_not_given(void **state)
{
	(void)state;
	refuse_second = no_text = true;
	refusals = 2;
	start("");
	assert_true(channel_wait_takes(3));
	assert_string_equal(gateway.take[1].msg.subject, "two");
	assert_int_equal(gateway.takes, 3);
	script_down();
}

static void push_back_stops_the_round(void **state)
{
	(void)state;
	start("");
	gateway.answer = TAKEN_RETRY;
	assert_true(channel_wait_takes(1));
	loop_for(&loop, 300);
	assert_true(gateway.takes <= 3);
	assert_null(strstr(buf_str(&script.log), "STORE"));
	for (size_t k = 0; k < gateway.takes; k++)
		assert_string_equal(gateway.take[k].msg.cursor_value, k ? "5:0" : "5:1");
	script_down();
}

static bool drained(void *unused)
{
	(void)unused;
	return gateway.drains > 0;
}

static void draining_finishes_the_mail_under_way(void **state)
{
	(void)state;
	start("");
	gateway.hold = true;
	assert_true(channel_wait_takes(1));
	email_adapter.drain(channel);
	loop_for(&loop, 50);
	assert_int_equal(gateway.drains, 0);
	fake_release();
	assert_true(loop_until(&loop, drained, NULL, 3000));
	assert_non_null(strstr(buf_str(&script.log), "UID STORE 1"));
	assert_true(gateway.takes < 3);
	script_down();
}

static void a_lost_connection_is_made_again(void **state)
{
	(void)state;
	start("imap_after = keep\n");
	assert_true(channel_wait_takes(3));
	loop_for(&loop, 50);
	buf_clear(&script.log);
	stream_close(script.last, false);
	loop_for(&loop, 100);
	assert_false(gateway.up);
	assert_true(wait_log("SELECT"));
	loop_for(&loop, 100);
	assert_true(gateway.up);
	assert_int_equal(gateway.takes, 3); /* and nothing is taken twice */
	script_down();
}

static void numbers_past_two_to_the_31_are_numbers(void **state)
{
	(void)state;
	base = 4294967000u;
	start("");
	gateway.cursor = "4294967005:4294967001";
	assert_true(channel_wait_takes(2));
	assert_string_equal(gateway.take[0].msg.subject, "two");
	assert_string_equal(gateway.take[1].msg.cursor_value, "4294967005:4294967003");
	assert_true(wait_log("UID STORE 4294967002:4294967003"));
	script_down();
}

static void a_server_without_move_copies_and_deletes(void **state)
{
	(void)state;
	no_move = true;
	start("imap_after = move:Done\n");
	assert_true(wait_log("UID EXPUNGE 1:3"));
	assert_non_null(strstr(buf_str(&script.log), "UID COPY 1:3 \"Done\""));
	assert_non_null(strstr(buf_str(&script.log), "UID STORE 1:3 +FLAGS.SILENT (\\Deleted)"));
	script_down();
}

static void every_folder_is_pulled_and_has_its_own_place(void **state)
{
	(void)state;
	start("imap_folders = 垃圾邮件, Done\n");
	assert_true(channel_wait_takes(9));
	assert_non_null(strstr(buf_str(&script.log), "SELECT \"&V4NXPpCuTvY-\""));
	assert_non_null(strstr(buf_str(&script.log), "SELECT \"Done\""));
	bool own = false;
	for (size_t k = 0; k < gateway.takes; k++)
		own |= strstr(gateway.take[k].msg.cursor_key, ";垃圾邮件") != NULL;
	assert_true(own);
	script_down();
}

/* --- the pure parts --- */

static void what_is_in_flight_bounds_the_place_kept(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	assert_int_equal(flight_place(&f, 7), 7);
	unsigned a = flight_begin(&f, 7), b = flight_begin(&f, 9);
	assert_int_equal(flight_place(&f, 12), 6);
	flight_end(&f, a, true, true);
	assert_int_equal(flight_place(&f, 12), 8);
	flight_end(&f, b, false, true);
	assert_int_equal(f.failed, 9);
	assert_int_equal(flight_place(&f, 12), 8);
	for (uint32_t uid = 3; uid <= 5; uid++)
		flight_end(&f, flight_begin(&f, 8 - uid), true, true);
	struct buf set;
	buf_init(&set, 100);
	flight_set(&f, &set);
	assert_string_equal(buf_str(&set), "3:5,7");
	buf_fini(&set);
}

/* So often in a row, as long as nothing is owed: what was written later comes later. */
static void owe(struct imap_flight *f, uint32_t uid)
{
	for (unsigned k = 1; k < FLIGHT_HOLDS; k++) {
		assert_false(flight_refused(f, uid));
		assert_int_equal(flight_back(f), uid - 1);
		assert_true(flight_round(f));
	}
	assert_true(flight_refused(f, uid));
}

static void what_the_server_owes_is_left_only_if_it_gives_others(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	uint32_t uid[FLIGHT_OWED];
	owe(&f, 7);
	assert_true(flight_refused(&f, 8)); /* at once: those behind do not wait again */
	for (unsigned round = 1; round < 100; round++) {
		assert_false(flight_round(&f));
		assert_int_equal(f.deaf, round);
		assert_int_equal(flight_leave(&f), 0);
		assert_true(flight_refused(&f, 7) && flight_refused(&f, 8));
	}
	flight_given(&f, 7);
	assert_int_equal(flight_place(&f, 7), 7);
	assert_int_equal(flight_place(&f, 9), 7); /* never past one that is owed */
	assert_true(flight_round(&f));
	for (unsigned round = 1; round < FLIGHT_TRIES; round++) {
		assert_int_equal(flight_leave(&f), 0);
		assert_int_equal(flight_owed(&f, 9, uid), 1);
		assert_true(flight_refused(&f, 8));
		assert_true(flight_round(&f)); /* it is known that it is not the server */
		assert_true(flight_refused(&f, 8));
		flight_given(&f, 9 + round);
		assert_true(flight_round(&f));
	}
	assert_int_equal(flight_leave(&f), 8);
	assert_int_equal(flight_leave(&f), 0);
	assert_int_equal(flight_owed(&f, 99, uid), 0);
	assert_int_equal(flight_place(&f, 99), 99);
}

static void when_too_much_is_owed_those_behind_wait(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	uint32_t uid[FLIGHT_OWED];
	owe(&f, 1);
	for (uint32_t n = 2; n <= FLIGHT_OWED; n++)
		assert_true(flight_refused(&f, n));
	assert_false(flight_refused(&f, FLIGHT_OWED + 1));
	assert_int_equal(flight_back(&f), FLIGHT_OWED);
	assert_false(flight_round(&f));
	flight_gone(&f, 3);
	assert_int_equal(flight_owed(&f, 4, uid), 3);
	assert_true(uid[0] == 1 && uid[1] == 2 && uid[2] == 4);
	assert_true(flight_refused(&f, FLIGHT_OWED + 1));
	flight_failed(&f, 10); /* all from there come again anyway */
	assert_int_equal(flight_back(&f), 9);
	assert_int_equal(flight_owed(&f, 99, uid), 8);
}

static char answers[2000], bytes[2000];

static void on_answer(void *arg, const char *line, size_t n)
{
	(void)arg, (void)n;
	strcat(strcat(answers, line), "|");
}

static bool on_literal(void *arg, const char *line, uint64_t n)
{
	(void)arg, (void)n;
	return strstr(line, "BODY[]") != NULL;
}

static void on_bytes(void *arg, const void *p, size_t n)
{
	(void)arg;
	strncat(bytes, p, n);
}

static void answers_cut_at_any_byte_read_the_same(void **state)
{
	(void)state;
	static const char wire[] = "* OK hi\r\n* 1 FETCH (UID 7 BODY[] {6}\r\nA1 \r\nx FLAGS ())\r\n* LIST {3}\r\na\r\n x\r\nA1 OK {x}\r\n";
	const struct imap_sink sink = { .answer = on_answer, .literal = on_literal, .bytes = on_bytes };
	for (size_t cut = 0; cut < sizeof wire; cut++) {
		struct imap_reader r;
		imap_reader_init(&r);
		answers[0] = bytes[0] = '\0';
		assert_true(imap_read(&r, wire, cut, &sink) && imap_read(&r, wire + cut, sizeof wire - 1 - cut, &sink));
		assert_string_equal(answers, "* OK hi|* 1 FETCH (UID 7 BODY[] {6} FLAGS ())|* LIST {3}a\r\n x|A1 OK {x}|");
		assert_string_equal(bytes, "A1 \r\nx");
		imap_reader_fini(&r);
	}
}

static void a_line_or_literal_past_the_cap_is_no_imap(void **state)
{
	(void)state;
	const struct imap_sink sink = { .answer = on_answer, .literal = on_literal, .bytes = on_bytes };
	struct imap_reader r;
	imap_reader_init(&r);
	assert_false(imap_read(&r, "* X {999999999}\r\n", 17, &sink));
	imap_reader_fini(&r);
	imap_reader_init(&r);
	char *long_line = mem_alloc(IMAP_LINE_MAX + 1);
	memset(long_line, 'a', IMAP_LINE_MAX + 1);
	assert_false(imap_read(&r, long_line, IMAP_LINE_MAX + 1, &sink));
	free(long_line);
	imap_reader_fini(&r);
}

static void mailbox_names_are_written_in_modified_utf7(void **state)
{
	(void)state;
	static const char *const names[][2] = { { "INBOX", "\"INBOX\"" }, { "已处理", "\"&XfJZBHQG-\"" }, { "a&b",
		"\"a&-b\"" },
		{ "台北/日本語x", "\"&U,BTFw-/&ZeVnLIqe-x\"" }, { "q\"\\", "\"q\\\"\\\\\"" } };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct buf b;
		buf_init(&b, 1000);
		assert_true(imap_mailbox(names[i][0], &b));
		assert_string_equal(buf_str(&b), names[i][1]);
		buf_fini(&b);
	}
	struct buf b;
	buf_init(&b, 1000);
	assert_false(imap_mailbox("a\r\nA1 LOGOUT", &b));
	assert_false(imap_mailbox("\xFF", &b));
	assert_true(imap_url_mailbox("imaps://h:1/%E5%B7%B2", &b));
	assert_string_equal(buf_str(&b), "已");
	buf_clear(&b);
	assert_true(imap_url_mailbox("imap://h", &b));
	assert_string_equal(buf_str(&b), "INBOX");
	assert_false(imap_url_mailbox("http://h/", &b));
	buf_fini(&b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		TEST(every_mail_is_taken_with_its_place_and_flagged_after),
		TEST(the_cursor_says_where_to_go_on),
		TEST(another_numbering_looks_back_a_week),
		TEST(a_bad_mail_does_not_block_the_next),
		TEST(a_server_that_gives_nothing_for_a_while_loses_no_mail),
		TEST(a_mail_that_is_refused_for_a_moment_is_not_left_out),
		TEST(a_mail_without_its_text_was_not_given),
		TEST(push_back_stops_the_round),
		TEST(draining_finishes_the_mail_under_way),
		TEST(a_lost_connection_is_made_again),
		TEST(numbers_past_two_to_the_31_are_numbers),
		TEST(a_server_without_move_copies_and_deletes),
		TEST(every_folder_is_pulled_and_has_its_own_place),
		cmocka_unit_test(what_is_in_flight_bounds_the_place_kept),
		cmocka_unit_test(what_the_server_owes_is_left_only_if_it_gives_others),
		cmocka_unit_test(when_too_much_is_owed_those_behind_wait),
		cmocka_unit_test(answers_cut_at_any_byte_read_the_same),
		cmocka_unit_test(a_line_or_literal_past_the_cap_is_no_imap),
		cmocka_unit_test(mailbox_names_are_written_in_modified_utf7),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
