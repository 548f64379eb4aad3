/* What ships in config/ and templates/ is what a city starts from: it loads without a fault, text messages stay short,
 * and the table of emergency words says what the program knows by itself. Run from the project's folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/utf8.h"
#include "gateway/flow/catalog.h"

enum { TWO_SEGMENTS = 134 };

static struct catalog *shipped;

static int load(void **state)
{
	(void)state;
	struct faults f = { 0 };
	shipped = catalog_load("config", "templates", &f);
	for (size_t i = 0; i < f.count; i++)
		print_error("%s\n", f.line[i]);
	faults_fini(&f);
	return shipped == NULL;
}

static int unload(void **state)
{
	(void)state;
	catalog_unref(&shipped);
	return 0;
}

static const struct render_args ARGS = {
	.hotline = "示范市12345", .number = "20261122200000017", .title = "路灯坏了三天没人修", .department = "市住房和城乡建设局",
	.text = "已修好。", .call = "12356", .state = "已转承办单位", .due = "2026-12-01 09:00", .time = "2026-11-22 21:40",
	.url = "http://127.0.0.1:12345/rate/abcdefghijklmnop", .staff = "坐席 1001", .pin = "123456", .code = "123456",
};

static void each_event(const char *language, const char *kind, void (*check)(const char *event, const char *subject, const char *text))
{
	struct buf subject, text;
	buf_init(&subject, RENDER_MAX);
	buf_init(&text, RENDER_MAX);
	for (unsigned i = 0; render_event(i) != NULL; i++) {
		render(catalog_templates(shipped), language, render_event(i), kind, &ARGS, &subject, &text);
		check(render_event(i), buf_str(&subject), buf_str(&text));
	}
	buf_fini(&subject);
	buf_fini(&text);
}

static void sms_is_signed_and_short(const char *event, const char *subject, const char *text)
{
	(void)subject;
	size_t n = utf8_count(text, strlen(text));
	if (strncmp(text, "【示范市12345】", strlen("【示范市12345】")) != 0 || n > TWO_SEGMENTS)
		fail_msg("%s: %zu characters: %s", event, n, text);
}

static void text_messages_are_signed_and_fit_two_segments(void **state)
{
	(void)state;
	each_event("zh-CN", "sms", sms_is_signed_and_short);
	each_event("en", "sms", sms_is_signed_and_short);
}

static void mail_is_whole(const char *event, const char *subject, const char *text)
{
	if (*subject == '\0' || strchr(subject, '\n') != NULL)
		fail_msg("%s: subject '%s'", event, subject);
	if (strstr(text, "示范市12345") == NULL || strstr(text, "\n\n") == NULL)
		fail_msg("%s: no greeting or signature: %s", event, text);
}

static void mails_have_subject_greeting_and_signature(void **state)
{
	(void)state;
	each_event("zh-CN", "email", mail_is_whole);
	each_event("en", "email", mail_is_whole);
}

static void emergency_calls_first(const char *event, const char *subject, const char *text)
{
	(void)subject;
	if (strncmp(event, "emergency.", strlen("emergency.")) != 0)
		return;
	const char *call = strstr(text, "12356");
	if (call == NULL || utf8_count(text, (size_t)(call - text)) > 24)
		fail_msg("%s: the number to call does not stand first: %s", event, text);
}

static void an_emergency_text_begins_with_the_number_to_call(void **state)
{
	(void)state;
	static const char *const languages[] = { "zh-CN", "en" }, *const kinds[] = { "chat", "sms" };
	for (size_t l = 0; l < 2; l++)
		for (size_t k = 0; k < 2; k++)
			each_event(languages[l], kinds[k], emergency_calls_first);
}

static void no_text_shouts(const char *event, const char *subject, const char *text)
{
	const char *const both[] = { subject, text };
	for (size_t i = 0; i < 2; i++)
		if (strchr(both[i], '!') != NULL || strstr(both[i], "！") != NULL)
			fail_msg("%s: %s", event, both[i]);
}

static void no_text_has_an_exclamation_mark(void **state)
{
	(void)state;
	static const char *const languages[] = { "zh-CN", "en" }, *const kinds[] = { "chat", "sms", "email" };
	for (size_t l = 0; l < 2; l++)
		for (size_t k = 0; k < 3; k++)
			each_event(languages[l], kinds[k], no_text_shouts);
}

/* Shown from the first word on that differs: a row has hundreds. */
static void must_agree(unsigned row, const char *what, const char *program, const char *table)
{
	const char *a = program != NULL ? program : "", *b = table != NULL ? table : "";
	size_t n = 0;
	while (a[n] != '\0' && a[n] == b[n])
		n++;
	if (a[n] == b[n])
		return;
	while (n > 0 && a[n - 1] != '|')
		n--;
	fail_msg("row %u, %s: '%s' in the program, '%s' in the table", row + 1, what, a + n, b + n);
}

static void the_emergency_table_says_row_by_row_what_the_program_knows(void **state)
{
	(void)state;
	static struct rules own;
	rules_defaults(&own);
	const struct rules *table = catalog_rules(shipped);
	for (unsigned i = 0; i < own.emergencies || i < table->emergencies; i++) {
		const struct rule_word *a = &own.emergency[i], *b = &table->emergency[i];
		must_agree(i, "word", a->word, b->word);
		must_agree(i, "call", a->number, b->number);
		must_agree(i, "kind", a->kind, b->kind);
		must_agree(i, "unless", a->unless, b->unless);
		must_agree(i, "only", a->only, b->only);
	}
}

static void all_32_hotlines_of_the_founding_document_are_there(void **state)
{
	(void)state;
	static const char NUMBERS[] = "12396 12300 12349 12336 12312 12301 12356 96119 12330 12331 12358 12365 12322 12348 12333 12369 "
		"12319 12329 12328 12316 12318 12320 12350 12315 12393 12317 12385 12360 12366 12313 12367 12305";
	size_t n = 0;
	for (const struct hotline *h; (h = catalog_hotline_at(shipped, n)) != NULL; n++)
		if (strstr(NUMBERS, h->number) == NULL)
			fail_msg("%s is not one of them", h->number);
	assert_int_equal(n, 32);
}

static void a_national_holiday_is_not_a_working_day_and_a_make_up_sunday_is(void **state)
{
	(void)state;
	const struct calendar *c = catalog_calendar(shipped);
	assert_false(calendar_working(c, 20261001)); /* Thursday */
	assert_true(calendar_working(c, 20260920));  /* Sunday */
	assert_true(calendar_working(c, 20261008));  /* Thursday */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_messages_are_signed_and_fit_two_segments),
		cmocka_unit_test(mails_have_subject_greeting_and_signature),
		cmocka_unit_test(an_emergency_text_begins_with_the_number_to_call),
		cmocka_unit_test(no_text_has_an_exclamation_mark),
		cmocka_unit_test(the_emergency_table_says_row_by_row_what_the_program_knows),
		cmocka_unit_test(all_32_hotlines_of_the_founding_document_are_there),
		cmocka_unit_test(a_national_holiday_is_not_a_working_day_and_a_make_up_sunday_is),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
