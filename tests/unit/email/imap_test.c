#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/imap.h"
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
static enum { SAYS_NO, NO_TEXT, NO_WORD, CLOSES } refusal; /* NO_TEXT, NO_WORD: OK, but without its text, or without any line */
static unsigned base;      /* added to every UID */
static unsigned mails_now; /* in the mailbox */
static bool grows;         /* by one each time it is opened */
static unsigned taken_away; /* after it was asked for once: not found any more */
static bool no_move;
static unsigned next_below; /* UIDNEXT is less than it should be by so many */

static bool search(unsigned from, struct buf *out)
{
	from = from > base ? from - base : 1;
	buf_adds(out, "* SEARCH");
	for (unsigned uid = from; uid <= mails_now; uid++)
		if (uid != taken_away || !strstr(buf_str(&script.log), "UID FETCH 2 "))
			buf_addf(out, " %u", base + uid);
	return buf_adds(out, "\r\n");
}

static bool open_mailbox(struct buf *out)
{
	mails_now += grows;
	return buf_addf(out, "* %u EXISTS\r\n* OK [UIDVALIDITY %u] v\r\n* OK [UIDNEXT %u] n\r\n", mails_now, base + 5,
		base + mails_now + 1 - next_below);
}

static bool give(unsigned uid, struct buf *out)
{
	const char *mail = mails[(uid - 1) % 3];
	return buf_addf(out, "* %u FETCH (FLAGS (\\Recent))\r\n* %u FETCH (UID %u BODY[] {%zu}\r\n%s)\r\n", uid, uid, base + uid, strlen(mail),
		mail);
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
		open_mailbox(out);
	else if (sscanf(line, "%*s UID SEARCH UID %u", &a) == 1)
		search(a, out);
	else if (sscanf(line, "%*s UID FETCH %u", &a) == 1 && (a -= base) >= 1 && a <= mails_now && !(refused = refuses(line, a)))
		give(a, out);
	if (refused && refusal == CLOSES)
		return false;
	if (refused && refusal == NO_TEXT) /* a flag of that name stands before its number */
		buf_addf(out, "* 2 FETCH (FLAGS ($GUID 7) UID %u BODY[] NIL)\r\n", base + a);
	if (no_move && strstr(line, " UID MOVE "))
		return buf_addf(out, "%s BAD unknown\r\n", tag);
	if (refused && refusal == SAYS_NO)
		return buf_addf(out, "%s NO [UNAVAILABLE] busy with %u\r\n", tag, a);
	return buf_addf(out, "%s OK done\r\n", tag);
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
	refuse_second = refuse_all = no_move = grows = false;
	refusal = SAYS_NO;
	base = refusals = taken_away = next_below = 0;
	mails_now = 3;
	return temp_setup(state);
}

/* The puller alone: patient for so long, without a rest between the rounds, so that a test need not wait for them. */
static struct lone {
	char url[60];
	struct imap_config config;
	struct intake *intake;
	struct imap *imap;
	unsigned downs; /* times it was told to be down */
	bool up;
	char words[200];
	uv_timer_t drip;
} lone;

static void lone_told(void *arg, bool is, const char *words)
{
	(void)arg;
	lone.downs += !is;
	lone.up = is;
	if (words)
		snprintf(lone.words, sizeof lone.words, "%s", words);
}

static void lone_up(bool (*answer)(const char *, struct buf *), const char *mailbox, unsigned answer_ms)
{
	channel_loop();
	int port = script_up(&loop, "* OK ready\r\n", answer);
	channel_up("");
	lone = (struct lone){ .downs = 0 };
	snprintf(lone.url, sizeof lone.url, "imap://127.0.0.1:%d", port);
	lone.config = (struct imap_config){ .link = { .url = lone.url, .user = "u", .password = "p" }, .mailbox = mailbox, .cursor = "place",
		.after = "keep", .answer_ms = answer_ms, .max_size = 1 << 20 };
	lone.intake = intake_create(channel, &gateway.host, "12345@city.example", NULL, &(struct mime_limits){ 0 });
	lone.imap = imap_create(channel, &gateway.host, &lone.config, lone.intake, lone_told, NULL);
	uv_timer_init(&loop, &lone.drip);
	gateway.cursor = "5:0";
	imap_start(lone.imap);
}

/* Again is nothing, as with script_down(). */
static void lone_down(void)
{
	if (!lone.imap)
		return;
	uv_close((uv_handle_t *)&lone.drip, NULL);
	imap_destroy(&lone.imap);
	intake_destroy(&lone.intake);
	script_down();
}

static bool lone_is_down(void *unused)
{
	(void)unused;
	return lone.downs > 0;
}

static int down(void **state)
{
	lone_down();
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
	assert_string_equal(gateway.take[0].msg.cursor_value, "5:1 u");
	fake_release();
	assert_true(channel_wait_takes(3));
	assert_true(wait_log("UID STORE 1:3 +FLAGS.SILENT (\\Seen)"));
	assert_string_equal(gateway.take[1].msg.cursor_value, "5:0 u"); /* never past one that is not on disk */
	assert_string_equal(gateway.take[2].msg.cursor_value, "5:3 u");
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

static void is_begun_as_on_the_very_first_start(const char *place)
{
	start("imap_after = keep\n");
	gateway.cursor = place;
	assert_true(channel_wait_takes(3));
	assert_true(wait_log("UID SEARCH UID 1:* UNSEEN"));
	assert_string_equal(gateway.take[2].msg.cursor_value, "5:3 u");
	script_down();
}

/* What was read of one account says nothing of another under the same URL. */
static void another_users_place_is_not_ours(void **state)
{
	(void)state;
	is_begun_as_on_the_very_first_start("4:99 other@city.example");
}

static void nor_where_the_numbers_are_the_same(void **state)
{
	(void)state;
	is_begun_as_on_the_very_first_start("5:3 u2");
}

static void our_own_place_is_known_again(void **state)
{
	(void)state;
	start("imap_after = keep\n");
	gateway.cursor = "5:2 u";
	assert_true(channel_wait_takes(1));
	assert_string_equal(gateway.take[0].msg.subject, "three");
	script_down();
}

static void numbers_that_begin_again_look_back_a_week(void **state)
{
	(void)state;
	start("imap_after = keep\n");
	gateway.cursor = "5:99 u";
	assert_true(channel_wait_takes(3));
	assert_true(wait_log("UID SEARCH UID 1:* OR UNSEEN SINCE "));
	script_down();
}

static void each_new_beginning_is_seen(void **state)
{
	(void)state;
	start("imap_after = keep\n");
	gateway.cursor = "5:99 u";
	assert_true(channel_wait_takes(3));
	mails_now = 2;
	assert_true(channel_wait_takes(5));
	mails_now = 1;
	assert_true(channel_wait_takes(6));
	script_down();
}

/* It never says the number the next mail will have. */
static void a_server_that_counts_wrongly_is_believed_once(void **state)
{
	(void)state;
	next_below = 1;
	start("imap_after = keep\n");
	gateway.cursor = "5:3 u";
	assert_true(channel_wait_takes(3));
	buf_clear(&script.log);
	assert_true(wait_log("SELECT"));
	loop_for(&loop, 100);
	assert_null(strstr(buf_str(&script.log), "SEARCH"));
	assert_int_equal(gateway.takes, 3);
	mails_now += 2;
	assert_true(channel_wait_takes(5));
	buf_clear(&script.log);
	assert_true(wait_log("SELECT"));
	loop_for(&loop, 100);
	assert_null(strstr(buf_str(&script.log), "SEARCH"));
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
	assert_string_equal(gateway.take[1].msg.cursor_value, "5:1 u"); /* a later start asks for it as well */
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

static bool refuses_two_and_three(const char *line, struct buf *out)
{
	refuse_all = strstr(line, "UID FETCH 2 ") || strstr(line, "UID FETCH 3 ");
	return imap_answer(line, out);
}

static void a_mailbox_that_was_not_opened_yet_is_not_up(void **state)
{
	(void)state;
	static bool yes = true;
	start("");
	assert_false(gateway.up);
	assert_string_equal(gateway.words, "imap: connecting");
	assert_true(loop_until(&loop, is_up, &yes, 5000));
	script_down();
}

static void a_server_that_gives_nothing_for_a_while_loses_no_mail(void **state)
{
	(void)state;
	static bool yes = true, no = false;
	refuse_all = true;
	start("");
	assert_true(loop_until(&loop, is_up, &yes, 5000));
	assert_true(loop_until(&loop, is_up, &no, 20000));
	assert_string_equal(gateway.words, "imap: the server gives no mail: NO [UNAVAILABLE] busy with 3");
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
	refuse_second = true;
	refusal = NO_TEXT;
	refusals = 2;
	start("");
	assert_true(channel_wait_takes(3));
	assert_string_equal(gateway.take[1].msg.subject, "two");
	assert_int_equal(gateway.takes, 3);
	script_down();
}

/* Nor was one of which it says nothing at all, as long as it is there. */
static void a_mail_without_a_word_is_looked_for_again(void **state)
{
	(void)state;
	refuse_second = true;
	refusal = NO_WORD;
	refusals = 2;
	start("");
	assert_true(channel_wait_takes(3));
	assert_string_equal(gateway.take[1].msg.subject, "two");
	script_down();
}

static unsigned asked(const char *words)
{
	unsigned n = 0;
	for (const char *p = buf_str(&script.log); (p = strstr(p, words)); p++)
		n++;
	return n;
}

static void a_mail_that_was_taken_away_holds_nobody_up(void **state)
{
	(void)state;
	refuse_second = true;
	refusal = NO_WORD;
	taken_away = 2;
	start("");
	assert_true(channel_wait_takes(2));
	assert_string_equal(gateway.take[1].msg.subject, "three");
	assert_string_equal(gateway.take[1].msg.cursor_value, "5:3 u");
	assert_int_equal(asked("UID FETCH 2 "), 1);
	script_down();
}

/* Nobody logs in again and again in vain, and whoever looks at the channel's state sees a mailbox that is read. */
static void a_mail_at_which_the_connection_ends_does_not_block_the_next(void **state)
{
	(void)state;
	refuse_second = true;
	refusal = CLOSES;
	start("");
	static bool yes = true, no = false;
	size_t two = 2;
	assert_true(loop_until(&loop, is_up, &yes, 5000));
	assert_false(loop_turn(&loop, is_up, &no, 5000));
	assert_true(asked("SELECT") <= 4); /* at once, then after 1, 2 and 4 seconds; one a second were five */
	assert_true(loop_until(&loop, channel_took, &two, 20000));
	assert_string_equal(gateway.take[1].msg.subject, "three");
	assert_string_equal(gateway.take[1].msg.cursor_value, "5:1 u");
	assert_true(gateway.up);
	script_down();
}

/* The rest of the process would be taken out of service with it. */
static void one_bad_mail_in_a_quiet_mailbox_is_no_outage(void **state)
{
	(void)state;
	static bool yes = true, no = false;
	refuse_second = true;
	mails_now = 2;
	start("");
	gateway.cursor = "5:1";
	assert_true(loop_until(&loop, is_up, &yes, 5000));
	assert_false(loop_turn(&loop, is_up, &no, 6000));
	assert_true(asked("UID FETCH 2 ") >= 3);
	script_down();
}

static bool left_two(void *unused)
{
	(void)unused;
	return gateway.quarantined == 2;
}

static const char *silent_at; /* nothing is answered to what has this in it */
static unsigned begun;        /* mails whose first bytes were given, and no end */

static bool falls_silent(const char *line, struct buf *out)
{
	unsigned uid;
	refuse_all = silent_at != NULL;
	if (!silent_at || !strstr(line, silent_at))
		return imap_answer(line, out);
	if (sscanf(line, "%*s UID FETCH %u", &uid) == 1)
		buf_addf(out, "* %u FETCH (UID %u BODY[] {9000}\r\nFrom: d", uid, uid);
	begun++;
	return true;
}

static void a_byte(uv_timer_t *t)
{
	(void)t;
	if (script.last && begun)
		must(stream_write(script.last, "d", 1) == 0);
}

static void of_a_mail_begun_no_end(unsigned drip_ms)
{
	silent_at = "UID FETCH 3 ";
	begun = 0;
	lone_up(falls_silent, "INBOX", 300);
	if (drip_ms)
		uv_timer_start(&lone.drip, a_byte, drip_ms, drip_ms);
	assert_true(loop_until(&loop, lone_is_down, NULL, 5000));
	assert_string_equal(lone.words, "the server gives no mail: the server stopped within a mail, or gives it too slowly");
	uv_timer_stop(&lone.drip);
	silent_at = NULL;
	assert_true(channel_wait_takes(3)); /* on the next connection */
	assert_true(lone.up);
	lone_down();
}

static void a_byte_now_and_then_does_not_hold_the_mailbox(void **state)
{
	(void)state;
	of_a_mail_begun_no_end(50);
}

static void who_falls_silent_within_a_mail_does_not_hold_the_mailbox(void **state)
{
	(void)state;
	of_a_mail_begun_no_end(0);
}

static void who_falls_silent_between_mails_is_down_and_tried_again(void **state)
{
	(void)state;
	silent_at = "UID SEARCH";
	lone_up(falls_silent, "INBOX", 300);
	assert_true(loop_until(&loop, lone_is_down, NULL, 5000));
	assert_string_equal(lone.words, "the server does not answer");
	silent_at = NULL;
	assert_true(channel_wait_takes(3));
	assert_true(lone.up);
	lone_down();
}

static void what_is_left_for_good_is_told_with_its_own_answer(void **state)
{
	(void)state;
	grows = true;
	lone_up(refuses_two_and_three, "垃圾邮件", IMAP_ANSWER_MS);
	assert_true(loop_until(&loop, left_two, NULL, 20000));
	assert_string_equal(gateway.aside[0].reason, "mail-not-given");
	assert_string_equal(gateway.aside[0].raw, "垃圾邮件, UID 2: NO [UNAVAILABLE] busy with 2");
	assert_string_equal(gateway.aside[1].raw, "垃圾邮件, UID 3: NO [UNAVAILABLE] busy with 3");
	assert_string_equal(gateway.memo[0].memo.cursor_key, "place");
	assert_string_equal(gateway.memo[0].memo.cursor_value, "5:2 u");
	unsigned place;
	assert_int_equal(sscanf(gateway.memo[1].memo.cursor_value, "5:%u", &place), 1);
	assert_true(place > 10); /* all that was given since is behind it */
	lone_down();
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
		assert_string_equal(gateway.take[k].msg.cursor_value, k ? "5:0 u" : "5:1 u");
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
	assert_string_equal(gateway.take[1].msg.cursor_value, "4294967005:4294967003 u");
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
		TEST(another_users_place_is_not_ours),
		TEST(nor_where_the_numbers_are_the_same),
		TEST(our_own_place_is_known_again),
		TEST(numbers_that_begin_again_look_back_a_week),
		TEST(each_new_beginning_is_seen),
		TEST(a_server_that_counts_wrongly_is_believed_once),
		TEST(a_bad_mail_does_not_block_the_next),
		TEST(a_mailbox_that_was_not_opened_yet_is_not_up),
		TEST(a_server_that_gives_nothing_for_a_while_loses_no_mail),
		TEST(a_mail_that_is_refused_for_a_moment_is_not_left_out),
		TEST(a_mail_without_its_text_was_not_given),
		TEST(a_mail_without_a_word_is_looked_for_again),
		TEST(a_mail_that_was_taken_away_holds_nobody_up),
		TEST(a_mail_at_which_the_connection_ends_does_not_block_the_next),
		TEST(one_bad_mail_in_a_quiet_mailbox_is_no_outage),
		TEST(a_byte_now_and_then_does_not_hold_the_mailbox),
		TEST(who_falls_silent_within_a_mail_does_not_hold_the_mailbox),
		TEST(who_falls_silent_between_mails_is_down_and_tried_again),
		TEST(what_is_left_for_good_is_told_with_its_own_answer),
		TEST(push_back_stops_the_round),
		TEST(draining_finishes_the_mail_under_way),
		TEST(a_lost_connection_is_made_again),
		TEST(numbers_past_two_to_the_31_are_numbers),
		TEST(a_server_without_move_copies_and_deletes),
		TEST(every_folder_is_pulled_and_has_its_own_place),
		cmocka_unit_test(answers_cut_at_any_byte_read_the_same),
		cmocka_unit_test(a_line_or_literal_past_the_cap_is_no_imap),
		cmocka_unit_test(mailbox_names_are_written_in_modified_utf7),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
