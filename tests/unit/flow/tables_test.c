/* What staff edit: a fault is named with its file and line, all of them at once, and what served before serves on. */
#include "tests/unit/flow/office.h"

static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

/* Loads; every line of `expected` begins in one of the faults, below the test's folder. */
static void faults_are(const char *const *expected, size_t n)
{
	struct faults f = { 0 };
	struct catalog *c = catalog_load(office.tables, office.templates, &f);
	if (c != NULL)
		fail_msg("loaded without a fault");
	for (size_t i = 0; i < n; i++) {
		bool found = false;
		for (size_t k = 0; k < f.count; k++) {
			const char *line = f.line[k] + strlen(temp_dir) + 1;
			found |= strncmp(line, expected[i], strlen(expected[i])) == 0;
		}
		for (size_t k = 0; !found && k < f.count; k++)
			print_error("%s\n", f.line[k]);
		if (!found)
			fail_msg("lacks: %s", expected[i]);
	}
	if (f.count != n)
		for (size_t k = 0; k < f.count; k++)
			print_error("%s\n", f.line[k]);
	assert_int_equal(f.count, n);
	faults_fini(&f);
}

#define FAULTS(...) \
	faults_are((const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* --- templates --- */

static void an_unknown_placeholder_is_named_with_what_may_stand_there(void **state)
{
	(void)state;
	put_file("templates/zh-CN/thanks.txt", "谢谢。\n工单{numer}\n{url}");
	FAULTS("templates/zh-CN/thanks.txt:2: {numer} is not known for thanks; it may have: {hotline} {number} {title}",
		"templates/zh-CN/thanks.txt:3: {url} is not known for thanks");
}

static void a_text_that_must_name_the_number_does(void **state)
{
	(void)state;
	put_file("templates/en/received.sms.txt", "We have it.");
	FAULTS("templates/en/received.sms.txt:1: does not say {number}; received must");
}

static void a_single_brace_is_a_fault_and_a_double_one_a_brace(void **state)
{
	(void)state;
	put_file("templates/en/thanks.txt", "Thanks {");
	put_file("templates/en/thanks-bad.txt", "Sorry\n}");
	FAULTS("templates/en/thanks.txt:1: a single '{'; write '{{'",
		"templates/en/thanks-bad.txt:2: a single '}'; write '}}'");
	put_file("templates/en/thanks.txt", "Thanks {{number}} {number}");
	put_file("templates/en/thanks-bad.txt", "Sorry");
	struct catalog *c = catalog_now();
	assert_non_null(c);
	struct buf text;
	buf_init(&text, RENDER_MAX);
	render(catalog_templates(c), "en", "thanks", "chat", &(struct render_args){ .number = "2026" }, NULL, &text);
	assert_string_equal(buf_str(&text), "Thanks {number} 2026");
	buf_fini(&text);
	catalog_unref(&c);
}

static void an_empty_text_and_one_that_is_no_text_are_faults(void **state)
{
	(void)state;
	put_file("templates/zh-CN/empty.txt", "\n");
	put_file("templates/en/empty.txt", "Subject: Only a subject\n");
	put_file("templates/en/thanks.txt", "\xc3(");
	FAULTS("templates/zh-CN/empty.txt:1: is empty", "templates/en/empty.txt:1: is empty",
		"templates/en/thanks.txt:1: is not UTF-8", "templates/en: lacks thanks.txt");
}

static void a_file_that_is_no_events_text_is_a_fault(void **state)
{
	(void)state;
	put_file("templates/zh-CN/recieved.txt", "收到{number}");
	put_file("templates/zh-CN/received.a-kind-that-is-too-long.txt", "收到{number}");
	put_file("templates/zh-CN/README.md", "not a text"); /* other files are no concern */
	FAULTS("templates/zh-CN/recieved.txt: is no event's text",
		"templates/zh-CN/received.a-kind-that-is-too-long.txt: is no event's text");
}

/* Texts that are older than the program. */
static void where_a_notice_is_lacking_the_one_that_stands_in_is_said(void **state)
{
	(void)state;
	const char *const lacking[] = { "withdraw-danger.txt", "withdraw-danger.sms.txt", "withdraw-danger.email.txt" };
	for (size_t i = 0; i < 3; i++) {
		char *name = mem_printf("templates/en/%s", lacking[i]), *path = temp_path(name);
		assert_int_equal(unlink(path), 0);
		free(path);
		free(name);
	}
	const struct render_args args = { .number = "2026" };
	put_file("templates/en/person.txt", "A person comes: {number}");
	put_file("templates/en/person.sms.txt", "Person: {number}");
	struct catalog *c = catalog_now();
	assert_non_null(c);
	struct buf text;
	buf_init(&text, RENDER_MAX);
	render(catalog_templates(c), "en", "withdraw-danger", "chat", &args, NULL, &text);
	assert_string_equal(buf_str(&text), "A person comes: 2026");
	render(catalog_templates(c), "en", "withdraw-danger", "sms", &args, NULL, &text);
	assert_string_equal(buf_str(&text), "Person: 2026");
	render(catalog_templates(c), "zh-CN", "withdraw-danger", "chat", &args, NULL, &text);
	assert_non_null(strstr(buf_str(&text), "没有撤回"));
	buf_fini(&text);
	catalog_unref(&c);
}

static void a_language_lacks_no_event_and_no_word(void **state)
{
	(void)state;
	char *path = temp_path("templates/en/status.txt");
	assert_int_equal(unlink(path), 0);
	free(path);
	put_file("templates/zh-CN/words.txt", "# words\nstate.new = 新\nstate.accepted 受理\n");
	struct faults f = { 0 };
	assert_null(catalog_load(office.tables, office.templates, &f));
	char *all = mem_strdup("");
	for (size_t i = 0; i < f.count; i++) {
		char *more = mem_printf("%s%s\n", all, f.line[i]);
		free(all);
		all = more;
	}
	assert_non_null(strstr(all, "templates/en: lacks status.txt; every language needs a text for every event"));
	assert_non_null(strstr(all, "templates/zh-CN/words.txt:3: has no ' = '"));
	assert_non_null(strstr(all, "templates/zh-CN/words.txt: lacks 'state.accepted = "));
	assert_non_null(strstr(all, "lacks 'rating.1 = "));
	assert_null(strstr(all, "lacks 'state.new"));
	free(all);
	faults_fini(&f);
}

static void without_chinese_there_is_nothing_to_fall_back_to(void **state)
{
	(void)state;
	char *from = temp_path("templates/zh-CN"), *to = temp_path("templates/zh-TW");
	assert_int_equal(rename(from, to), 0);
	FAULTS("templates: lacks zh-CN");
	free(from);
	free(to);
}

static void a_folder_that_is_not_there_is_a_fault(void **state)
{
	(void)state;
	struct faults f = { 0 };
	assert_null(catalog_load("/nowhere/config", "/nowhere/templates", &f));
	assert_true(f.count >= 6);
	faults_fini(&f);
}

static void the_channels_own_text_comes_before_the_plain_one(void **state)
{
	(void)state;
	put_file("templates/zh-CN/thanks.txt", "平常");
	put_file("templates/zh-CN/thanks.wechat.txt", "微信");
	struct catalog *c = catalog_now();
	struct buf text, subject;
	assert_non_null(c);
	buf_init(&text, RENDER_MAX);
	buf_init(&subject, RENDER_MAX);
	const struct { const char *language, *kind, *says; } both[] = { { "zh-CN", "wechat", "微信" }, { "zh-CN", "chat", "平常" },
		{ "fr", "wechat", "微信" }, { NULL, "chat", "平常" } };
	for (size_t i = 0; i < 4; i++) {
		render(catalog_templates(c), both[i].language, "thanks", both[i].kind, &(struct render_args){ 0 }, &subject, &text);
		assert_string_equal(buf_str(&text), both[i].says);
		assert_string_equal(buf_str(&subject), "");
	}
	assert_string_equal(render_words(catalog_templates(c), "zh-CN", "no.such.word"), "no.such.word");
	buf_fini(&text);
	buf_fini(&subject);
	catalog_unref(&c);
}

static void what_a_citizen_wrote_is_never_read_as_a_template(void **state)
{
	(void)state;
	struct catalog *c = catalog_now();
	struct buf text;
	buf_init(&text, RENDER_MAX);
	render(catalog_templates(c), "zh-CN", "reply", "chat", &(struct render_args){ .text = "{number} {{%s",
		.number = "2026" }, NULL, &text);
	assert_string_equal(buf_str(&text), "{number} {{%s");
	buf_fini(&text);
	catalog_unref(&c);
}

/* --- tables --- */

static void departments_have_a_code_of_their_own_and_a_name(void **state)
{
	(void)state;
	put_file("config/departments.csv", "code,name,name_en,phone\nurban,市城市管理局,,\nurban,另一个,,\n,无名,,\n");
	put_file("config/categories.csv", "code,name,nature,department,hours,days\ndefault,未分类,求助,,,5\n");
	put_file("config/hotlines.csv", "number,name,department,mode\n");
	FAULTS("config/departments.csv:3: code 'urban' is given twice",
		"config/departments.csv:4: a department needs a code and a name");
}

static void categories_have_one_deadline_and_a_department_that_exists(void **state)
{
	(void)state;
	put_file("config/categories.csv", "code,name,nature,department,hours,days\n"
		"a,甲,求助,,24,5\nb,乙,求助,,,\nc,丙,求助,,soon,\nd,丁,求助,moon,,5\ne,戊,求助,,,0\n,己,求助,,,5\nf,庚,求助,,,5\nf,辛,求助,,,5\n");
	FAULTS("config/categories.csv:2: give either hours (wall time) or days (working days)",
		"config/categories.csv:3: give either hours", "config/categories.csv:4: 'soon' is no number from 1 to 2000",
		"config/categories.csv:5: department 'moon' is not in departments.csv",
		"config/categories.csv:6: '0' is no number from 1 to 365", "config/categories.csv:7: a category needs a code",
		"config/categories.csv:9: code 'f' is given twice", "config/categories.csv: lacks the row 'default'");
}

static void a_category_has_a_nature_that_the_program_knows(void **state)
{
	(void)state;
	put_file("config/categories.csv", "code,name,nature,department,hours,days\ndefault,甲,未知,,,5\nb,乙,,,,5\n");
	FAULTS("config/categories.csv:2: '未知' is no nature; 咨询, 求助", "config/categories.csv: lacks the row 'default'");
}

static void a_misspelt_column_is_a_fault_and_any_other_is_not(void **state)
{
	(void)state;
	put_file("config/departments.csv", "code,name,name_en,phone,hour,liason,floor\nurban,城管,,,24h,13800138000,3\n");
	put_file("config/categories.csv", "code,name,nature,department,hours,days,note,followup_\ndefault,甲,求助,,,5,,\n");
	put_file("config/hotlines.csv", "number,name,department,mode,exprets\n12319,甲,urban,merged,\n");
	FAULTS("config/departments.csv:1: column 'hour' is not known; 'hours' would be right",
		"config/departments.csv:1: column 'liason' is not known; 'liaison' would be right",
		"config/categories.csv:1: column 'followup_' is not known; 'followup' would be right",
		"config/hotlines.csv:1: column 'exprets' is not known; 'experts' would be right");
}

static void what_contradicts_itself_is_a_fault_and_not_a_choice(void **state)
{
	(void)state;
	put_file("config/rules.csv", "key,value\nreturn_hours,8\nasks_max,5\nreturn_hours,4\n");
	put_file("config/calendar.csv", "day,kind\n2026-10-01,rest\n2026-10-10,work\n2026-10-01,rest\n2026-10-10,rest\n");
	FAULTS("config/rules.csv:4: rule 'return_hours' is given twice",
		"config/calendar.csv:5: 2026-10-10 is 'work' further up");
}

static void the_common_hours_are_in_the_rules_and_a_departments_own_come_before_them(void **state)
{
	(void)state;
	put_file("config/rules.csv", "key,value\nwork_from,18:00\nwork_to,08:30\n");
	FAULTS("config/rules.csv: work_from is not before work_to");
	put_file("config/rules.csv", "key,value\nwork_from,08:30\nwork_to,18:00\n");
	struct catalog *c = catalog_now();
	struct calendar k;
	assert_non_null(c);
	assert_true(catalog_hours_written(c, "", &k));
	assert_int_equal(k.open_minute, 8 * 60 + 30);
	assert_int_equal(k.close_minute, 18 * 60);
	assert_true(catalog_hours_written(c, "07:00-20:00", &k));
	assert_int_equal(k.open_minute, 7 * 60);
	assert_true(catalog_hours_written(c, "24h", &k));
	assert_true(k.always);
	assert_false(catalog_hours_written(c, "20:00-07:00", &k));
	catalog_unref(&c);
}

static void the_calendar_knows_days_and_two_kinds(void **state)
{
	(void)state;
	put_file("config/calendar.csv",
		"day,kind,note\n2026-13-01,rest,\n1.10.2026,rest,\n2026-10-01,party,\n2026-02-30,rest,\n");
	FAULTS("config/calendar.csv:2: '2026-13-01' is no day", "config/calendar.csv:3: '1.10.2026' is no day",
		"config/calendar.csv:4: 'party' is neither 'work'", "config/calendar.csv:5: '2026-02-30' is no day");
}

static void hotlines_have_a_known_mode_and_department(void **state)
{
	(void)state;
	put_file("config/hotlines.csv", "number,name,department,mode\n12345,甲,urban,melted\n12346,乙,moon,merged\n");
	FAULTS("config/hotlines.csv:2: mode 'melted' is not merged, parallel or subcentre",
		"config/hotlines.csv:3: department 'moon' is not in departments.csv");
}

static void a_hotline_stands_once_at_a_time(void **state)
{
	(void)state;
	put_file("config/hotlines.csv", "number,name,department,mode,experts,valid_from,valid_to\n12319,甲,urban,merged,,,2025-12-31\n"
		"12319,乙,urban,parallel,,2026-01-01,\n12319,丙,urban,merged,,2026-06-01,2026-06-30\n");
	FAULTS("config/hotlines.csv:4: number '12319' is given twice for the same days");
}

static void an_emergency_table_without_a_word_is_a_fault(void **state)
{
	(void)state;
	put_file("config/emergency.csv", "word,call,kind,unless\n<往事>,,,去年\n");
	FAULTS("config/emergency.csv: has no word that raises the alarm");
}

static void topics_have_a_name_of_their_own_and_words(void **state)
{
	(void)state;
	put_file("config/suggest.csv", "topic,nature,category,words\npay,投诉,wages,工资\npay,投诉,wages,薪水\nlamp,,,\n"
		"road,抱怨,,路\nmoon,,no-such-category,月亮\n");
	FAULTS("config/suggest.csv:3: a topic needs words and a name of its own",
		"config/suggest.csv:4: a topic needs words and a name of its own", "config/suggest.csv:5: '抱怨' is no nature");
}

static void emergency_words_have_a_number_to_call_and_a_text(void **state)
{
	(void)state;
	put_file("config/emergency.csv",
		"word,call,kind,unless\n着火,,emergency.fire,\n洪水,119,emergency.flood,\n,119,emergency.fire,\n"
		"谢谢,119,thanks,\n");
	FAULTS("config/emergency.csv:2: needs a word, a number to call", "config/emergency.csv:3: needs a word",
		"config/emergency.csv:4: needs a word", "config/emergency.csv:5: needs a word", "config/emergency.csv: has no word");
}

static bool raises_alarm(const char *text)
{
	struct catalog *c = catalog_now();
	assert_non_null(c);
	struct view v = { .now = 1 };
	struct msg_in m = { .kind = MSG_TEXT, .text = text };
	struct plan p;
	ticket_decide(catalog_rules(c), &v, &m, &p);
	catalog_unref(&c);
	return p.emergency != NULL;
}

static void an_emergency_word_is_heard_however_it_was_written_into_the_table(void **state)
{
	(void)state;
	put_file("config/emergency.csv", "word,call,kind,unless\n\"FLOOD|電線桿倒了\",119,emergency.fire,Insurance\n");
	assert_true(raises_alarm("FLOOD in the cellar"));
	assert_true(raises_alarm("a flood"));
	assert_true(raises_alarm("電線桿倒了"));
	assert_false(raises_alarm("flood, and the insurance"));
}

static void a_list_of_the_emergency_table_stands_for_its_words(void **state)
{
	(void)state;
	put_file("config/emergency.csv", "word,call,kind,unless,only\n没反应,120,emergency.medical,<物>|投诉,<人>|外婆\n<物>,,,電梯|Door,\n"
		"<人>,,,孩子|老人,\n");
	assert_true(raises_alarm("孩子没反应"));
	assert_true(raises_alarm("外婆没反应"));
	assert_false(raises_alarm("灯没反应"));
	assert_false(raises_alarm("孩子按电梯没反应"));
	assert_false(raises_alarm("老人投诉没反应"));
	put_file("config/emergency.csv", "word,call,kind,unless,only\n着火,119,emergency.fire,去年|<往事>,\n没反应,120,emergency.medical,,<人>\n");
	FAULTS("config/emergency.csv:2: there is no list '<往事>'", "config/emergency.csv:3: there is no list '<人>'");
}

static void a_missing_column_is_a_fault_of_the_first_line(void **state)
{
	(void)state;
	put_file("config/calendar.csv", "date,kind\n2026-10-01,rest\n");
	FAULTS("config/calendar.csv:1: has no column 'day'");
}

static void faults_of_all_files_come_together(void **state)
{
	(void)state;
	put_file("config/calendar.csv", "day,kind\nnever,rest\n");
	put_file("templates/zh-CN/thanks.txt", "{number");
	FAULTS("config/calendar.csv:2: 'never' is no day", "templates/zh-CN/thanks.txt:1: a single '{'");
}

/* --- reload --- */

static void a_reload_serves_what_begins_from_now_on(void **state)
{
	(void)state;
	write_in(office.chat, "visitor", LAMP);
	put_file("templates/zh-CN/received.txt", "新的说法 {number}");
	struct catalog *c = catalog_now();
	assert_non_null(c);
	flow_reload(office.flow, c);
	const char *n = write_in(office.chat, "other", LAMP)->ticket;
	assert_string_equal(told(n, "received")->text, arena_printf(office.arena, "新的说法 %s", n));
	UNTIL(got(office.chat, "other", "新的说法") == 1);
	assert_int_equal(got(office.chat, "visitor", "新的说法"), 0); /* what was said stays as it was said */
}

static void a_job_under_way_keeps_the_words_it_began_with(void **state)
{
	(void)state;
	struct msg_in m = { .kind = MSG_TEXT, .external_id = "id-1", .peer = "visitor", .account = "web", .text = LAMP };
	struct took *t = give(office.chat, &m);
	put_file("templates/zh-CN/received.txt", "新的说法 {number}");
	struct catalog *c = catalog_now();
	flow_reload(office.flow, c);
	UNTIL(t->done);
	assert_null(strstr(told(t->ticket, "received")->text, "新的说法"));
}

static void a_reload_with_a_fault_leaves_the_old_words(void **state)
{
	(void)state;
	put_file("templates/zh-CN/received.txt", "坏了 {nummer}");
	FAULTS("templates/zh-CN/received.txt:1: {nummer} is not known for received",
		"templates/zh-CN/received.txt:1: does not say {number}");
	const char *n = write_in(office.chat, "visitor", LAMP)->ticket;
	assert_non_null(strstr(told(n, "received")->text, "您的诉求已收到"));
}

static void an_emergency_is_due_in_two_hours_and_a_category_as_its_row_says(void **state)
{
	(void)state;
	const struct catalog *c = flow_catalog(office.flow);
	int64_t at;
	assert_int_equal(clock_parse("2026-11-20 16:00", &at), 0); /* Friday */
	assert_int_equal(catalog_due(c, "", "", at, true) - at, 2 * 3600 * 1000);
	assert_int_equal(catalog_due(c, "water-outage", "", at, false) - at, 24 * 3600 * 1000);
	char due[CLOCK_TEXT];
	assert_string_equal(clock_people(catalog_due(c, "", "", at, false), due), "2026-11-27 16:00"); /* five working days */
	assert_int_equal(catalog_due(c, "gone-from-the-table", "", at, false), catalog_due(c, "", "", at, false));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unknown_placeholder_is_named_with_what_may_stand_there),
		TEST(a_text_that_must_name_the_number_does),
		TEST(a_single_brace_is_a_fault_and_a_double_one_a_brace),
		TEST(an_empty_text_and_one_that_is_no_text_are_faults),
		TEST(a_file_that_is_no_events_text_is_a_fault),
		TEST(where_a_notice_is_lacking_the_one_that_stands_in_is_said),
		TEST(a_language_lacks_no_event_and_no_word),
		TEST(without_chinese_there_is_nothing_to_fall_back_to),
		TEST(a_folder_that_is_not_there_is_a_fault),
		TEST(the_channels_own_text_comes_before_the_plain_one),
		TEST(what_a_citizen_wrote_is_never_read_as_a_template),
		TEST(departments_have_a_code_of_their_own_and_a_name),
		TEST(categories_have_one_deadline_and_a_department_that_exists),
		TEST(a_category_has_a_nature_that_the_program_knows),
		TEST(a_misspelt_column_is_a_fault_and_any_other_is_not),
		TEST(a_hotline_stands_once_at_a_time),
		TEST(an_emergency_table_without_a_word_is_a_fault),
		TEST(what_contradicts_itself_is_a_fault_and_not_a_choice),
		TEST(the_common_hours_are_in_the_rules_and_a_departments_own_come_before_them),
		TEST(the_calendar_knows_days_and_two_kinds),
		TEST(hotlines_have_a_known_mode_and_department),
		TEST(emergency_words_have_a_number_to_call_and_a_text),
		TEST(an_emergency_word_is_heard_however_it_was_written_into_the_table),
		TEST(a_list_of_the_emergency_table_stands_for_its_words),
		TEST(topics_have_a_name_of_their_own_and_words),
		TEST(a_missing_column_is_a_fault_of_the_first_line),
		TEST(faults_of_all_files_come_together),
		TEST(a_reload_serves_what_begins_from_now_on),
		TEST(a_job_under_way_keeps_the_words_it_began_with),
		TEST(a_reload_with_a_fault_leaves_the_old_words),
		TEST(an_emergency_is_due_in_two_hours_and_a_category_as_its_row_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
