/* The key `template`, and the other things of an sms-http section that only a person can get wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/http/wording.h"
#include "tests/unit/base/temp.h"

static struct arena *arena;
static struct wordings all;

static int setup(void **state)
{
	arena = arena_create(1024);
	all.count = 0;
	return temp_setup(state);
}

static int teardown(void **state)
{
	arena_destroy(&arena);
	return temp_teardown(state);
}

static void add(const char *item, bool named)
{
	struct err e = { 0 };
	if (wording_read(item, named, arena, &all.row[all.count++], &e) < 0)
		fail_msg("%s: %s", item, e.words);
}

/* --- reading and choosing --- */

static void the_nearest_row_speaks(void **state)
{
	(void)state;
	add("* T0 text={text}", true);
	add("received T1 n={number}", true);
	add("received@en T2 n={number}", true);
	add("*@en T3", true);
	assert_string_equal(wording_find(&all, "received", "zh-CN")->template_id, "T1");
	assert_string_equal(wording_find(&all, "received", "en")->template_id, "T2");
	assert_string_equal(wording_find(&all, "closed", "zh-CN")->template_id, "T0");
	assert_string_equal(wording_find(&all, "closed", "en")->template_id, "T3");
	assert_string_equal(wording_find(&all, "", "")->template_id, "T0");
	all.count = 0;
	add("received T1", true);
	assert_null(wording_find(&all, "closed", "zh-CN"));
}

/* Rows that are older than the program. */
static void a_notice_without_a_row_goes_by_that_of_the_one_that_stands_in(void **state)
{
	(void)state;
	add("elsewhere T1 text={text}", true);
	assert_string_equal(wording_find(&all, "elsewhere-notice", "zh-CN")->template_id, "T1");
	add("* T0 text={text}", true);
	assert_string_equal(wording_find(&all, "elsewhere-notice", "zh-CN")->template_id, "T0");
	add("elsewhere-notice T2 text={text}", true);
	assert_string_equal(wording_find(&all, "elsewhere-notice", "zh-CN")->template_id, "T2");
}

static void wrong_rows_are_told_with_what_would_be_right(void **state)
{
	static const struct { const char *item; bool named; const char *words; } bad[] = {
		{ "", true, "NOTICE TEMPLATE VALUE" }, { "received", true, "NOTICE TEMPLATE VALUE" },
		{ "recieved T1", true, "\"recieved\" is no notice" }, { "received@fr T1", true, "zh-CN or en" },
		{ "received T1 {number}", true, "NAME={number}" }, { "received T1 ={number}", true, "NAME={number}" },
		{ "received T1 n={nummer}", true, "it may have: {hotline} {number} {title} {text} {due} {time}" },
		{ "received T1 n={url}", true, "not known for received" }, { "received T1 n={number", true, "not known" },
		{ "received T1 n=}", true, "not known" }, { "received T1 n={title:0}", true, "{text:35}" },
		{ "received T1 n={title:x}", true, "{text:35}" }, { "received T1 n={title:9999}", true, "{text:35}" },
		{ "received T1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21", false, "more than 20" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct err e = { 0 };
		struct wording w;
		assert_int_equal(wording_read(bad[i].item, bad[i].named, arena, &w, &e), E_CONFIG);
		if (!strstr(e.words, bad[i].words))
			fail_msg("%s: %s", bad[i].item, e.words);
	}
}

/* --- filling --- */

static const char *filled_with(const char *value, const struct msg_out *m)
{
	struct filled f;
	char item[200];
	snprintf(item, sizeof item, "%s T1 v=%s", m->event[0] ? m->event : "*", value);
	all.count = 0;
	add(item, true);
	wording_fill(&all.row[0], m, arena, &f);
	assert_string_equal(f.template_id, "T1");
	assert_string_equal(f.name[0], "v");
	return f.value[0];
}

static void values_come_from_the_notices_fields(void **state)
{
	const struct msg_out m = { .event = "reply", .text = "【示范市12345】答复：已修好，请放心。", .ticket = "20261122200000017",
		.fields = "{\"number\":\"20261122200000017\",\"text\":\"已修好，请放心。\",\"department\":\"城管局\",\"title\":\"\"}" };
	(void)state;
	assert_string_equal(filled_with("{number}", &m), "20261122200000017");
	assert_string_equal(filled_with("{department}:{text}", &m), "城管局:已修好，请放心。");
	assert_string_equal(filled_with("{text:5}", &m), "已修好，…");
	assert_string_equal(filled_with("{text:8}", &m), "已修好，请放心。");
	assert_string_equal(filled_with("{text:1}", &m), "…");
	assert_string_equal(filled_with("{title}", &m), "");
	assert_string_equal(filled_with("plain", &m), "plain");
}

static void a_notice_without_text_gives_its_whole_words_without_the_signature(void **state)
{
	struct msg_out m = { .event = "received", .text = "【示范市12345】您的诉求已收到。", .fields = "{\"number\":\"1\"}", .ticket = "1" };
	(void)state;
	assert_string_equal(filled_with("{text}", &m), "您的诉求已收到。");
	m.text = "【没有完";
	assert_string_equal(filled_with("{text}", &m), "【没有完");
	m = (struct msg_out){ .event = "", .text = "旧的一条", .ticket = "17", .survey_url = "https://x/rate/1" }; /* queued before fields were kept */
	assert_string_equal(filled_with("{number}/{url}/{due}/{text}", &m), "17/https://x/rate/1//旧的一条");
}

/* --- the section --- */

/* The faults of a section, one a line, without file and number. */
static const char *faults_of(const char *lines)
{
	struct faults f = { 0 };
	char *ini = mem_printf("[channel it]\n%s", lines), *path = temp_file("it.conf", ini);
	struct config_file *file = config_load(path, &f);
	struct sms_http_config c = { 0 };
	struct buf all_words;
	buf_init(&all_words, 10000);
	config_fill(config_section(file, 0), sms_http_config_keys, &c, &f);
	if (!f.count)
		sms_http_config_check(&c, config_section(file, 0), &f);
	for (size_t i = 0; i < f.count; i++)
		buf_addf(&all_words, "%s\n", f.line[i]);
	const char *words = arena_strdup(arena, buf_str(&all_words));
	buf_fini(&all_words);
	faults_fini(&f);
	config_destroy(&file);
	free(ini);
	free(path);
	return words;
}

#define BASE "account = a\nsecret = s\nnumber = 12345\ncallback_secret = 0123456789abcdef\n"

static void sections_that_are_right_pass(void **state)
{
	(void)state;
	assert_string_equal(faults_of(BASE "profile = kannel\nurl = http://box.lan:13013/cgi-bin/sendsms\n"), "");
	assert_string_equal(faults_of(BASE "profile = aliyun\nsign_name = 市\ntemplate = * SMS_1 t={text}\n"), "");
	assert_string_equal(faults_of(BASE "profile = tencent\napp = 14\nsign_name = 市\ntemplate = * 1110 {text}\n"), "");
	assert_string_equal(faults_of("profile = twilio\naccount = AC\nsecret = s\nnumber = +1500\n"), "");
	assert_string_equal(faults_of("profile = twilio\naccount = AC\nsecret = s\nnumber = +1500\ntemplate = closed HX1 1={url}\n"
		"url = http://127.0.0.1:8080\npath = /sms/twilio\n"), "");
}

static void sections_that_are_wrong_say_what_would_be_right(void **state)
{
	static const struct { const char *lines, *words; } bad[] = {
		{ BASE "profile = aliyun\nsign_name = 市\n", "no template for received emergency.fire" },
		{ BASE "profile = aliyun\nsign_name = 市\ntemplate = received SMS_1 n={number}\n", "no template for emergency.fire" },
		{ BASE "profile = aliyun\ntemplate = * S t={text}\n", "sign_name is missing; aliyun needs it" },
		{ BASE "profile = tencent\nsign_name = 市\ntemplate = * S {text}\n", "app is missing; tencent needs it" },
		{ BASE "profile = aliyun\nsign_name = 市\ntemplate = * S {text}\n", "template 1: \"{text}\" has no name" },
		{ BASE "profile = kannel\nurl = http://b/\ntemplate = * S\n", "kannel sends texts" },
		{ BASE "profile = kannel\n", "url is missing" },
		{ BASE "profile = kannel\nurl = ftp://x\n", "begins with https://" },
		{ "profile = twilio\naccount = a\nsecret = s\nnumber = 1\nurl = http://api.example\n", "unprotected; https://" },
		{ "profile = twilio\naccount = a\nsecret = s\nnumber = 1\nurl = http://127.0.0.1.evil.example\n", "unprotected" },
		{ "profile = twilio\naccount = a\nsecret = s\nnumber = 1\npath = sms\n", "path = sms is no path" },
		{ "profile = twilio\naccount = a\nsecret = s\nnumber = 1\npath = /sms/\n", "is no path" },
		{ "profile = kannel\nurl = http://b/\naccount = a\nsecret = s\nnumber = 1\n", "callback_secret must be hard to guess" },
		{ "profile = kannel\nurl = http://b/\naccount = a\nsecret = s\nnumber = 1\ncallback_secret = short\n", "at least 16" },
		{ "profile = kannel\nurl = http://b/\naccount = a\nsecret = s\nnumber = 1\ncallback_secret = 0123456789/abcdef\n", "letters" },
		{ BASE "profile = other\n", "profile" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!strstr(faults_of(bad[i].lines), bad[i].words))
			fail_msg("%s\ngave: %s", bad[i].lines, faults_of(bad[i].lines));
}

/* The key's choices and the table of providers are one order. */
static void every_provider_can_be_chosen(void **state)
{
	char choices[100] = "";
	(void)state;
	for (unsigned i = 0; provider_at(i); i++)
		snprintf(choices + strlen(choices), sizeof choices - strlen(choices), "%s%s", i ? "|" : "", provider_at(i)->name);
	assert_string_equal(sms_http_config_keys[0].choices, choices);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_nearest_row_speaks),
		TEST(a_notice_without_a_row_goes_by_that_of_the_one_that_stands_in),
		TEST(wrong_rows_are_told_with_what_would_be_right),
		TEST(values_come_from_the_notices_fields),
		TEST(a_notice_without_text_gives_its_whole_words_without_the_signature),
		TEST(sections_that_are_right_pass),
		TEST(sections_that_are_wrong_say_what_would_be_right),
		TEST(every_provider_can_be_chosen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
