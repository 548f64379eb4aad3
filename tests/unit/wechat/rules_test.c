/* Windows and quotas, templates, long texts, error codes: the platforms' rules as pure functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/wechat/errors.h"
#include "adapters/wechat/notices.h"
#include "adapters/wechat/template.h"
#include "adapters/wechat/split.h"
#include "adapters/wechat/standing.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

#define HOUR (3600LL * 1000)
#define NOW 1767000000000LL

/* --- standing --- */

static char line[1000];

static void note(enum standing_event event, int64_t at, unsigned count, const char *scene)
{
	char words[STANDING_LINE_MAX];
	struct buf next;
	buf_init(&next, sizeof line - 1);
	standing_write(&(struct standing_note){ event, at, count, scene }, words);
	standing_fold(line, words, &next);
	(void)snprintf(line, sizeof line, "%s", buf_str(&next));
	buf_fini(&next);
}

static struct reach reach(int64_t now)
{
	struct reach r;
	standing_reach(line, now, &r);
	return r;
}

static int anew(void **state)
{
	(void)state;
	line[0] = '\0';
	return 0;
}

static void a_message_opens_five_in_48_hours(void **state)
{
	(void)state;
	assert_false(reach(NOW).known);
	note(STANDING_MESSAGE, NOW, 0, NULL);
	assert_true(reach(NOW).open);
	assert_int_equal(reach(NOW).left, 5);
	assert_true(reach(NOW).until == NOW + 48 * HOUR);
	assert_true(reach(NOW + 48 * HOUR - 1).open);
	assert_false(reach(NOW + 48 * HOUR).open);
	note(STANDING_SENT, NOW + HOUR, 3, NULL);
	assert_int_equal(reach(NOW + HOUR).left, 2);
	note(STANDING_SENT, NOW + HOUR, 2, NULL);
	assert_false(reach(NOW + HOUR).open);
	assert_true(reach(NOW + HOUR).known);
	note(STANDING_MESSAGE, NOW + 2 * HOUR, 0, NULL);
	assert_int_equal(reach(NOW + 2 * HOUR).left, 5);
}

static void a_tap_opens_three_in_a_minute_and_they_are_used_first(void **state)
{
	(void)state;
	note(STANDING_TAP, NOW, 0, NULL);
	assert_int_equal(reach(NOW).left, 3);
	assert_true(reach(NOW).until == NOW + 60000);
	assert_false(reach(NOW + 60000).open);
	note(STANDING_MESSAGE, NOW + 1000, 0, NULL);
	assert_int_equal(reach(NOW + 1000).left, 8);
	note(STANDING_SENT, NOW + 2000, 4, NULL);
	assert_int_equal(reach(NOW + 2000).left, 4);
	assert_int_equal(reach(NOW + 70000).left, 4);
}

static void what_comes_late_or_again_opens_nothing_anew(void **state)
{
	(void)state;
	note(STANDING_MESSAGE, NOW, 0, NULL);
	note(STANDING_SENT, NOW, 5, NULL);
	note(STANDING_MESSAGE, NOW - 1000, 0, NULL);
	assert_false(reach(NOW).open);
	note(STANDING_TAP, NOW, 0, NULL);
	note(STANDING_SENT, NOW, 3, NULL);
	note(STANDING_TAP, NOW, 0, NULL);
	assert_false(reach(NOW).open);
	note(STANDING_GONE, NOW - 5000, 0, NULL); /* of before he wrote */
	note(STANDING_MESSAGE, NOW + 1000, 0, NULL);
	assert_true(reach(NOW + 1000).open);
}

static void who_left_is_closed_until_they_follow_or_write(void **state)
{
	(void)state;
	note(STANDING_MESSAGE, NOW, 0, NULL);
	note(STANDING_GONE, NOW + 1000, 0, NULL);
	assert_false(reach(NOW + 1000).open);
	note(STANDING_TAP, NOW + 2000, 0, "counter-3");
	assert_true(reach(NOW + 2000).open);
	assert_string_equal(reach(NOW + 2000).entrance, "counter-3");
	note(STANDING_REFUSING, NOW + 3000, 0, NULL);
	assert_false(reach(NOW + 3000).open);
}

static void the_platforms_word_ends_the_window(void **state)
{
	(void)state;
	note(STANDING_MESSAGE, NOW, 0, NULL);
	note(STANDING_SPENT, NOW + 1000, 0, NULL);
	assert_false(reach(NOW + 1000).open);
}

static void a_scene_is_one_line_and_cut_on_a_character(void **state)
{
	(void)state;
	char scene[200] = "号\n1 2";
	note(STANDING_TAP, NOW, 0, scene);
	assert_string_equal(reach(NOW).entrance, "号 1 2");
	for (size_t i = 0; i + 3 < sizeof scene; i += 3)
		memcpy(scene + i, "路", 4);
	note(STANDING_TAP, NOW + 1, 0, scene);
	assert_int_equal(strlen(reach(NOW).entrance), 63);
	assert_true(utf8_valid(reach(NOW).entrance, 63));
	assert_int_equal(reach(NOW + 2).left, 3); /* the rest of the line was read */
}

static void a_line_nobody_wrote_is_nothing(void **state)
{
	(void)state;
	static const char *const strange[] = { "", "x", "1", "1 2 3", "3 1 1 1 1 1 - x", "1 a b c d e f" };
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		(void)snprintf(line, sizeof line, "%s", strange[i]);
		assert_false(reach(NOW).known);
		note(STANDING_MESSAGE, NOW, 0, NULL);
		assert_int_equal(reach(NOW).left, 5);
	}
}

static void what_was_accepted_or_refused_last_is_known_by_template(void **state)
{
	(void)state;
	char scene[STANDING_LINE_MAX] = "", id[STANDING_TEMPLATE_MAX + 2];
	note(STANDING_TAP, NOW, 0, "counter-3");
	standing_notice_add(scene, true, "tmpl-A_1");
	standing_notice_add(scene, false, "tmplB");
	standing_notice_add(scene, true, "no template");
	assert_string_equal(scene, "+tmpl-A_1,-tmplB");
	note(STANDING_NOTICES, NOW, 0, scene);
	assert_int_equal(standing_notice(line, "tmpl-A_1"), 1);
	assert_int_equal(standing_notice(line, "tmplB"), -1);
	assert_int_equal(standing_notice(line, "tmpl"), 0);
	assert_string_equal(reach(NOW).entrance, "counter-3");
	note(STANDING_NOTICES, NOW, 0, "-tmpl-A_1");
	note(STANDING_MESSAGE, NOW + 1, 0, NULL);
	assert_int_equal(standing_notice(line, "tmpl-A_1"), -1);
	assert_string_equal(reach(NOW).entrance, "counter-3");
	memset(id, 'x', sizeof id);
	id[sizeof id - 1] = '\0';
	for (int i = 0; i < 8; i++) { /* the longest there are, and more than are kept */
		id[STANDING_TEMPLATE_MAX] = '\0';
		id[0] = (char)('a' + i);
		scene[0] = '\0';
		standing_notice_add(scene, true, id);
		note(STANDING_NOTICES, NOW, 0, scene);
	}
	assert_int_equal(standing_notice(line, id), 1);
	assert_int_equal(standing_notice(line, "tmplB"), 0);
	id[0] = 'a';
	assert_int_equal(standing_notice(line, id), 0);
	assert_string_equal(reach(NOW).entrance, "counter-3");
	assert_int_equal(reach(NOW + 2).left, 8);
}

static void a_scene_of_bytes_that_are_no_text_is_read_back_as_it_was_kept(void **state)
{
	(void)state;
	char words[200], scene[100];
	struct buf next;
	memset(scene, '\xd1', sizeof scene); /* the first half of characters whose second half never comes */
	scene[sizeof scene - 1] = '\0';
	(void)snprintf(words, sizeof words, "1 %lld 0 %s", (long long)NOW, scene);
	buf_init(&next, sizeof line - 1);
	standing_fold("", words, &next);
	(void)snprintf(line, sizeof line, "%s", buf_str(&next));
	buf_fini(&next);
	struct reach before = reach(NOW);
	note(STANDING_MESSAGE, NOW, 0, NULL);
	assert_string_equal(reach(NOW).entrance, before.entrance);
}

static void a_line_of_an_older_gateway_is_read(void **state)
{
	(void)state;
	(void)snprintf(line, sizeof line, "1 %lld 4 0 0 0 counter 7", (long long)NOW);
	assert_int_equal(reach(NOW).left, 4);
	assert_string_equal(reach(NOW).entrance, "counter 7");
}

/* --- templates --- */

static void a_template_line_is_read_and_filled(void **state)
{
	(void)state;
	struct template n;
	struct err e = { 0 };
	assert_int_equal(template_read("reply TM1 character_string1:{number} thing2:{title} thing3:{text} const4:{hotline}提醒", &n, &e), 0);
	assert_string_equal(n.event, "reply");
	assert_string_equal(n.id, "TM1");
	struct msg_out m = { .fields = "{\"number\":\"20261122200000017\",\"title\":\"人民路 路灯不亮\",\"hotline\":\"示范市12345\","
		"\"text\":\"您好，\\n路灯已经修好，感谢您的反映，欢迎监督我们的工作。\"}" };
	json_t *d = template_data(&n, &m);
	const char *text = NULL;
	assert_int_equal(json_unpack(d, "{s:{s:s}}", "thing3", "value", &text), 0);
	assert_string_equal(text, "您好， 路灯已经修好，感谢您的反映，欢…");
	assert_int_equal(utf8_count(text, strlen(text)), 20);
	assert_int_equal(json_unpack(d, "{s:{s:s}}", "const4", "value", &text), 0);
	assert_string_equal(text, "示范市12345提醒");
	assert_int_equal(json_unpack(d, "{s:{s:s}}", "character_string1", "value", &text), 0);
	assert_string_equal(text, "20261122200000017");
	json_decref(d);
}

static void a_template_line_that_is_wrong_says_how_it_would_be_right(void **state)
{
	(void)state;
	static const char *const wrong[][2] = { { "", "notice" }, { "reply", "template id" }, { "reply T", "fields" },
		{ "reply T thing2", "thing2:{title}" }, { "reply T :x", "field" }, { "reply T thing2:{nobody}", "{number}" },
		{ "reply T thing2:{call}", "{text}" }, { "replied T thing2:{text}", "templates/" } };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct template n;
		struct err e = { 0 };
		assert_int_equal(template_read(wrong[i][0], &n, &e), E_MALFORMED);
		assert_non_null(strstr(e.words, wrong[i][1]));
	}
}

static void an_event_finds_its_line_and_a_star_the_rest(void **state)
{
	(void)state;
	struct template n[2];
	struct err e;
	assert_int_equal(template_read("* T0 thing1:{text}", &n[0], &e), 0);
	assert_int_equal(template_read("closed T1 thing1:{title}", &n[1], &e), 0);
	assert_string_equal(template_find(n, 2, "closed")->id, "T1");
	assert_string_equal(template_find(n, 2, "reply")->id, "T0");
	assert_null(template_find(&n[1], 1, "reply"));
	assert_null(template_find(n, 0, "reply"));
}

/* --- long texts --- */

static void parts_are_the_text_byte_for_byte_on_characters(void **state)
{
	(void)state;
	static const char *const unit[] = { "路", "a", "😀", "é\n", "句子。\n" };
	for (size_t u = 0; u < sizeof unit / sizeof *unit; u++) {
		struct buf text;
		buf_init(&text, 20000);
		while (text.len < 9000)
			buf_adds(&text, unit[u]);
		size_t at = 0;
		unsigned parts = 0;
		while (at < text.len) {
			size_t n = split_next(buf_str(&text) + at, text.len - at);
			assert_in_range(n, 1, SPLIT_MAX);
			assert_true(utf8_valid(buf_str(&text) + at, n));
			at += n;
			parts++;
		}
		assert_int_equal(at, text.len);
		assert_int_equal(parts, split_parts(buf_str(&text)));
		buf_fini(&text);
	}
	assert_int_equal(split_parts(""), 1);
}

static void a_part_ends_behind_a_line_where_one_is_near(void **state)
{
	(void)state;
	char text[4000];
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	assert_int_equal(split_next(text, 3999), SPLIT_MAX);
	text[1999] = '\n';
	assert_int_equal(split_next(text, 3999), 2000);
	text[1999] = 'a';
	text[100] = '\n';
	assert_int_equal(split_next(text, 3999), SPLIT_MAX);
}

/* --- notices the platform has yet to speak of --- */

static void a_notice_is_open_until_it_is_told_of_and_a_minute_at_most(void **state)
{
	(void)state;
	struct notices *n = notices_create();
	notices_sent(n, "notice:oA:T1", 1000);
	notices_sent(n, "notice:oA:T2", 1000);
	assert_true(notices_open(n, "notice:oA:T1", 1000));
	assert_false(notices_open(n, "notice:oB:T1", 1000));
	notices_told(n, "notice:oA:T1");
	notices_told(n, "notice:oC:T1"); /* nobody's */
	assert_false(notices_open(n, "notice:oA:T1", 1000));
	assert_true(notices_open(n, "notice:oA:T2", 1000 + NOTICES_WAIT_MS - 1));
	assert_false(notices_open(n, "notice:oA:T2", 1000 + NOTICES_WAIT_MS));
	notices_sent(n, "notice:oA:T2", 1000 + NOTICES_WAIT_MS);
	assert_true(notices_open(n, "notice:oA:T2", 1001 + NOTICES_WAIT_MS));
	notices_destroy(&n);
	notices_destroy(&n);
}

/* --- error codes --- */

static void each_code_of_the_reference_has_its_fate(void **state)
{
	(void)state;
	static const struct { int code; enum fate fate; } codes[] = {
		{ 0, FATE_OK }, { -1, FATE_BUSY }, { 40001, FATE_TOKEN }, { 40014, FATE_TOKEN }, { 42001, FATE_TOKEN }, { 41001, FATE_TOKEN },
		{ 40003, FATE_GONE }, { 40037, FATE_ALARM }, { 47003, FATE_ALARM }, { 43004, FATE_GONE }, { 43019, FATE_GONE },
		{ 48002, FATE_GONE }, { 43101, FATE_REFUSED }, { 45002, FATE_NEVER }, { 45009, FATE_DEFER }, { 45011, FATE_DEFER },
		{ 45015, FATE_CLOSED }, { 45047, FATE_CLOSED }, { 48001, FATE_ALARM }, { 12345, FATE_NEVER },
	}, wecom[] = {
		{ 0, FATE_OK }, { -1, FATE_BUSY }, { 42001, FATE_TOKEN }, { 40096, FATE_GONE }, { 48002, FATE_ALARM }, { 60020, FATE_ALARM },
		{ 95001, FATE_CLOSED }, { 95002, FATE_CLOSED }, { 95013, FATE_CLOSED }, { 95017, FATE_ALARM }, { 95018, FATE_CLOSED },
		{ 95033, FATE_TAKEN }, { 95007, FATE_NEVER },
	};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		assert_int_equal(error_fate(codes[i].code, false), codes[i].fate);
	for (size_t i = 0; i < sizeof wecom / sizeof *wecom; i++)
		assert_int_equal(error_fate(wecom[i].code, true), wecom[i].fate);
	assert_null(error_words(12345, true));
	assert_non_null(error_words(45015, false));
}

#define ONE(name) cmocka_unit_test_setup(name, anew)
int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(a_message_opens_five_in_48_hours), ONE(a_tap_opens_three_in_a_minute_and_they_are_used_first),
		ONE(what_comes_late_or_again_opens_nothing_anew), ONE(who_left_is_closed_until_they_follow_or_write),
		ONE(the_platforms_word_ends_the_window), ONE(a_scene_is_one_line_and_cut_on_a_character), ONE(a_line_nobody_wrote_is_nothing),
		ONE(what_was_accepted_or_refused_last_is_known_by_template), ONE(a_line_of_an_older_gateway_is_read),
		ONE(a_scene_of_bytes_that_are_no_text_is_read_back_as_it_was_kept),
		ONE(a_template_line_is_read_and_filled), ONE(a_template_line_that_is_wrong_says_how_it_would_be_right),
		ONE(an_event_finds_its_line_and_a_star_the_rest), ONE(parts_are_the_text_byte_for_byte_on_characters),
		ONE(a_part_ends_behind_a_line_where_one_is_near), ONE(a_notice_is_open_until_it_is_told_of_and_a_minute_at_most),
		ONE(each_code_of_the_reference_has_its_fate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
