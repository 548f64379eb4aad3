#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "adapters/webchat/protocol.h"

static struct chat_in in;

static int reading(const char *frame)
{
	chat_in_fini(&in);
	return chat_read(frame, strlen(frame), 10, &in);
}

static void expect_error(const char *frame, const char *code)
{
	assert_int_equal(reading(frame), -1);
	assert_string_equal(chat_error_code(in.error), code);
}

static int teardown(void **state)
{
	(void)state;
	chat_in_fini(&in);
	return 0;
}

static void hello_may_be_bare(void **state)
{
	(void)state;
	assert_int_equal(reading("{\"type\":\"hello\"}"), 1);
	assert_int_equal(in.verb, CHAT_HELLO);
	assert_null(in.token);
	assert_int_equal(in.seq, 0);
	assert_int_equal(reading("{\"type\":\"hello\",\"token\":null,\"last_seq\":null,\"language\":\"fr\",\"new\":[1]}"), 1);
	assert_null(in.language);
	assert_int_equal(reading("{\"type\":\"hello\",\"token\":\"t\",\"last_seq\":7,\"language\":\"en-GB\"}"), 1);
	assert_string_equal(in.token, "t");
	assert_int_equal(in.seq, 7);
	assert_string_equal(in.language, "en");
}

static void a_message_is_kept_byte_for_byte(void **state)
{
	(void)state;
	assert_int_equal(reading("{\"type\":\"message\",\"id\":\"a-1\",\"text\":\" \\ud867\\ude3d路灯\\n\"}"), 1);
	assert_string_equal(in.id, "a-1");
	assert_string_equal(in.text, " \xf0\xa9\xb8\xbd路灯\n");
}

static void half_an_emoji_and_nul_are_read_as_a_mark(void **state)
{
	(void)state;
	assert_int_equal(reading("{\"type\":\"message\",\"id\":\"1\",\"text\":\"a\\u0000b\\uD83D\"}"), 1);
	assert_string_equal(in.text, "a\xef\xbf\xbd" "b\xef\xbf\xbd");
	assert_int_equal(reading("{\"type\":\"message\",\"id\":\"1\",\"text\":\"\\ude00\\ud83d\\ude00\\ud83d\\\\ude00\"}"), 1);
	assert_string_equal(in.text, "\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd\\ude00");
}

static void an_error_names_the_message_it_is_of(void **state)
{
	char frame[400], id[201];
	(void)state;
	memset(id, 'x', 200);
	id[200] = '\0';
	(void)snprintf(frame, sizeof frame, "{\"type\":\"message\",\"id\":\"%s\",\"text\":\"a\"}", id);
	expect_error(frame, "bad-id");
	assert_string_equal(in.id, id);
	expect_error("{\"type\":1,\"id\":\"7\"}", "bad-json");
	assert_string_equal(in.id, "7");
}

static void broken_frames_are_bad_json(void **state)
{
	(void)state;
	expect_error("", "bad-json");
	expect_error("{", "bad-json");
	expect_error("[]", "bad-json");
	expect_error("{\"type\":1}", "bad-json");
	expect_error("{\"type\":\"hello\"} x", "bad-json");
	expect_error("{\"type\":\"hello\",\"token\":5}", "bad-json");
	expect_error("{\"type\":\"hello\",\"last_seq\":-1}", "bad-json");
	expect_error("{\"type\":\"hello\",\"last_seq\":1.5}", "bad-json");
	expect_error("{\"type\":\"message\",\"id\":\"1\",\"text\":5}", "bad-json");
	expect_error("{\"type\":\"rating\",\"survey\":\"s\",\"rating\":1,\"solved\":\"yes\"}", "bad-json");
}

/* Under a sanitizer: nothing behind the frame is read, whatever stands in it. */
static void a_frame_is_as_long_as_it_came(void **state)
{
	(void)state;
	static const struct { const char *bytes; size_t n; } frames[] = {
#define FRAME(bytes) { bytes, sizeof(bytes) - 1 }
		FRAME("{\"type\":\"hello\"}\0"),
		FRAME("\0{\"type\":\"hello\"}"),
		FRAME("{\"type\":\"hello\",\"x\":\"\0\\u0000\"}"),
		FRAME("\"\0\\u00"),
		FRAME("\0\\"),
#undef FRAME
	};
	for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		char *exact = malloc(frames[i].n);
		assert_non_null(exact);
		memcpy(exact, frames[i].bytes, frames[i].n);
		chat_in_fini(&in);
		assert_int_equal(chat_read(exact, frames[i].n, 10, &in), -1);
		assert_string_equal(chat_error_code(in.error), "bad-json");
		free(exact);
	}
}

static void deep_nesting_is_refused_before_it_is_parsed(void **state)
{
	(void)state;
	char deep[20001];
	memset(deep, '[', 20000);
	deep[20000] = '\0';
	expect_error(deep, "bad-json");
	expect_error("{\"type\":\"hello\",\"x\":[[[[]]]]}", "bad-json");
	assert_int_equal(reading("{\"type\":\"hello\",\"x\":\"[[[[[[{{{\\\"[[\"}"), 1);
}

static void a_message_needs_an_id_and_words(void **state)
{
	(void)state;
	expect_error("{\"type\":\"message\",\"text\":\"x\"}", "bad-id");
	expect_error("{\"type\":\"message\",\"id\":\"\",\"text\":\"x\"}", "bad-id");
	expect_error("{\"type\":\"message\",\"id\":7,\"text\":\"x\"}", "bad-id");
	expect_error("{\"type\":\"message\",\"id\":\"a\\nb\",\"text\":\"x\"}", "bad-id");
	expect_error("{\"type\":\"message\",\"id\":\"1\"}", "empty");
	expect_error("{\"type\":\"message\",\"id\":\"1\",\"text\":\" \\u3000\\n\"}", "empty");
	assert_string_equal(in.id, "1");
	expect_error("{\"type\":\"shout\"}", "unknown-type");
}

static void length_is_counted_in_characters(void **state)
{
	(void)state;
	assert_int_equal(reading("{\"type\":\"message\",\"id\":\"1\",\"text\":\"一二三四五六七八九十\"}"), 1);
	expect_error("{\"type\":\"message\",\"id\":\"1\",\"text\":\"一二三四五六七八九十1\"}", "too-long");
	assert_string_equal(in.id, "1");
}

static void a_rating_says_a_level_or_whether_solved(void **state)
{
	(void)state;
	assert_int_equal(reading("{\"type\":\"rating\",\"survey\":\"s\",\"rating\":5,\"solved\":true,\"comment\":\"好\"}"), 1);
	assert_int_equal(in.rating, 5);
	assert_int_equal(in.solved, SOLVED_YES);
	assert_string_equal(in.text, "好");
	assert_int_equal(reading("{\"type\":\"rating\",\"survey\":\"s\",\"rating\":null,\"solved\":false}"), 1);
	assert_int_equal(in.rating, 0);
	assert_int_equal(in.solved, SOLVED_NO);
	expect_error("{\"type\":\"rating\",\"survey\":\"s\"}", "bad-rating");
	expect_error("{\"type\":\"rating\",\"survey\":\"s\",\"rating\":0}", "bad-rating");
	expect_error("{\"type\":\"rating\",\"survey\":\"s\",\"rating\":6}", "bad-rating");
	expect_error("{\"type\":\"rating\",\"survey\":\"s\",\"rating\":\"5\"}", "bad-rating");
	expect_error("{\"type\":\"rating\",\"rating\":5}", "survey-unknown");
	expect_error("{\"type\":\"rating\",\"survey\":\"s\",\"rating\":5,\"comment\":\"一二三四五六七八九十1\"}", "too-long");
}

static void a_phone_step_is_a_number_or_a_code(void **state)
{
	(void)state;
	assert_int_equal(reading("{\"type\":\"phone\",\"number\":\"138 0013 8000\"}"), 1);
	assert_string_equal(in.number, "138 0013 8000");
	assert_null(in.code);
	assert_int_equal(reading("{\"type\":\"phone\",\"code\":\"123456\"}"), 1);
	assert_string_equal(in.code, "123456");
	expect_error("{\"type\":\"phone\"}", "bad-json");
	expect_error("{\"type\":\"phone\",\"number\":\"1\",\"code\":\"1\"}", "bad-json");
	expect_error("{\"type\":\"phone\",\"code\":123456}", "bad-json");
	char frame[200];
	(void)snprintf(frame, sizeof frame, "{\"type\":\"phone\",\"number\":\"%0*d\"}", CHAT_PHONE_MAX + 1, 1);
	expect_error(frame, "bad-json");
}

static void a_message_may_say_whose_page_it_is_written_on(void **state)
{
	(void)state;
	assert_int_equal(reading("{\"type\":\"message\",\"id\":\"1\",\"text\":\"a\",\"department\":\"urban\"}"), 1);
	assert_string_equal(in.department, "urban");
	assert_int_equal(reading("{\"type\":\"message\",\"id\":\"1\",\"text\":\"a\",\"department\":\"\"}"), 1);
	assert_null(in.department);
	expect_error("{\"type\":\"message\",\"id\":\"1\",\"text\":\"a\",\"department\":1}", "bad-json");
}

static void frames_are_written_as_documented(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, CHAT_WRITE_MAX);
	chat_write_welcome(&b, "tok", 7, false);
	assert_string_equal(buf_str(&b), "{\"type\":\"welcome\",\"token\":\"tok\",\"last_seq\":7,\"language\":\"zh-CN\"}");
	chat_write_ack(&b, "a", NULL, 8, "20261122100000017");
	assert_string_equal(buf_str(&b), "{\"type\":\"ack\",\"id\":\"a\",\"seq\":8,\"ticket\":\"20261122100000017\"}");
	chat_write_typing(&b);
	assert_string_equal(buf_str(&b), "{\"type\":\"typing\",\"from\":\"staff\"}");
	chat_write_seen(&b, "20261122100000017", 8);
	assert_string_equal(buf_str(&b), "{\"type\":\"seen\",\"seq\":8,\"ticket\":\"20261122100000017\"}");
	chat_write_error(&b, CHAT_TOO_FAST, true, "a", NULL, 500);
	assert_string_equal(buf_str(&b), "{\"type\":\"error\",\"code\":\"too-fast\",\"text\":\"Too many messages at once. "
		"Yours is kept and sent again soon.\",\"id\":\"a\",\"retry_ms\":500}");
	buf_fini(&b);
}

static const struct secret secret = { .key = { 1, 2, 3 } };

static void items_show_who_wrote_and_never_somebody_elses_id(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, CHAT_WRITE_MAX);
	struct history_item item = { .seq = 3, .from = HISTORY_CITIZEN, .text = "a\"b", .external_id = "wpeer:id:1", .at = 0 };
	chat_write_item(&b, &item, "wpeer", &secret);
	assert_string_equal(buf_str(&b), "{\"type\":\"message\",\"seq\":3,\"from\":\"citizen\",\"id\":\"id:1\",\"text\":\"a\\\"b\","
		"\"at\":\"1970-01-01T08:00:00.000+08:00\"}");
	chat_write_item(&b, &item, "wpee", &secret);
	assert_null(strstr(buf_str(&b), "id:1"));
	item = (struct history_item){ .seq = 4, .from = HISTORY_SYSTEM, .kind = OUT_SURVEY, .text = "?", .survey = "sv",
		.survey_open = true, .ticket = "T" };
	chat_write_item(&b, &item, "wpeer", &secret);
	assert_string_equal(buf_str(&b), "{\"type\":\"survey\",\"seq\":4,\"from\":\"system\",\"text\":\"?\",\"survey\":\"sv\","
		"\"scale\":5,\"open\":true,\"ticket\":\"T\",\"at\":\"1970-01-01T08:00:00.000+08:00\"}");
	item = (struct history_item){ .seq = 5, .from = HISTORY_STAFF, .author = "李", .text = "bad \xff byte" };
	chat_write_item(&b, &item, "wpeer", &secret);
	assert_non_null(strstr(buf_str(&b), "\"from\":\"staff\",\"name\":\"李\",\"text\":\"bad \xef\xbf\xbd byte\""));
	buf_fini(&b);
}

static void every_error_has_a_code_and_words_in_both_languages(void **state)
{
	(void)state;
	for (unsigned e = 1; e < CHAT_ERRORS; e++) {
		assert_true(strlen(chat_error_code(e)) > 0);
		assert_true(strlen(chat_error_text(e, true)) > 0);
		assert_true(strlen(chat_error_text(e, false)) > 0);
	}
	assert_int_equal(chat_error_of_reason("survey-unknown"), CHAT_SURVEY_UNKNOWN);
	assert_int_equal(chat_error_of_reason("empty"), CHAT_EMPTY);
	assert_int_equal(chat_error_of_reason(NULL), CHAT_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(hello_may_be_bare, teardown),
		cmocka_unit_test_teardown(a_message_is_kept_byte_for_byte, teardown),
		cmocka_unit_test_teardown(broken_frames_are_bad_json, teardown),
		cmocka_unit_test_teardown(half_an_emoji_and_nul_are_read_as_a_mark, teardown),
		cmocka_unit_test_teardown(an_error_names_the_message_it_is_of, teardown),
		cmocka_unit_test_teardown(a_frame_is_as_long_as_it_came, teardown),
		cmocka_unit_test_teardown(deep_nesting_is_refused_before_it_is_parsed, teardown),
		cmocka_unit_test_teardown(a_message_needs_an_id_and_words, teardown),
		cmocka_unit_test_teardown(length_is_counted_in_characters, teardown),
		cmocka_unit_test_teardown(a_rating_says_a_level_or_whether_solved, teardown),
		cmocka_unit_test_teardown(a_phone_step_is_a_number_or_a_code, teardown),
		cmocka_unit_test_teardown(a_message_may_say_whose_page_it_is_written_on, teardown),
		cmocka_unit_test(frames_are_written_as_documented),
		cmocka_unit_test(items_show_who_wrote_and_never_somebody_elses_id),
		cmocka_unit_test(every_error_has_a_code_and_words_in_both_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
