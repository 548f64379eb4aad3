#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/config.h"
#include "tests/unit/base/temp.h"

struct thing {
	const char *text, *path, *word;
	int number, free_number, mode;
	bool flag;
	struct config_listen listen;
	struct config_list list;
};

static const struct config_key keys[] = {
	{ "text", CONFIG_STRING, offsetof(struct thing, text), .def = "none" },
	{ "path", CONFIG_PATH, offsetof(struct thing, path), .def = "../var" },
	{ "word", CONFIG_STRING, offsetof(struct thing, word), .secret = true },
	{ "number", CONFIG_INT, offsetof(struct thing, number), .def = "7", .min = 1, .max = 100 },
	{ "free_number", CONFIG_INT, offsetof(struct thing, free_number), .def = NULL },
	{ "mode", CONFIG_ENUM, offsetof(struct thing, mode), .def = "safe", .choices = "plain|safe|compatible" },
	{ "flag", CONFIG_BOOL, offsetof(struct thing, flag), .def = NULL },
	{ "listen", CONFIG_LISTEN, offsetof(struct thing, listen), .def = NULL },
	{ "list", CONFIG_LIST, offsetof(struct thing, list), .def = NULL },
	{ 0 }
};

static struct faults faults;
static struct config_file *file;
static struct thing thing;

/* Loads the text as a file; no section is filled yet. */
static void load(const char *text)
{
	char *path = temp_file("x.conf", text);
	faults_fini(&faults);
	config_destroy(&file);
	file = config_load(path, &faults);
	assert_non_null(file);
	free(path);
}

/* Loads and fills the first section. */
static void fill(const char *text)
{
	load(text);
	assert_non_null(config_section(file, 0));
	memset(&thing, 0xAA, sizeof thing);
	config_fill(config_section(file, 0), keys, &thing, &faults);
}

static void fill_good(const char *text)
{
	fill(text);
	if (faults.count)
		print_error("%s\n", faults.line[0]);
	assert_int_equal(faults.count, 0);
}

/* There is exactly one fault, and it says this behind the file's path. */
static void one_fault(const char *want)
{
	assert_int_equal(faults.count, 1);
	assert_memory_equal(faults.line[0], config_path(file), strlen(config_path(file)));
	assert_string_equal(faults.line[0] + strlen(config_path(file)), want);
}

static void sections_keep_order_kind_name_and_line(void **state)
{
	(void)state;
	load("# top\n[gateway]\nx = 1\n\n[ channel  sms ] # carrier\n[channel web];\ny=1\n");
	assert_int_equal(faults.count, 0);
	assert_string_equal(config_section_kind(config_section(file, 0)), "gateway");
	assert_string_equal(config_section_name(config_section(file, 0)), "");
	assert_string_equal(config_section_kind(config_section(file, 1)), "channel");
	assert_string_equal(config_section_name(config_section(file, 1)), "sms");
	assert_int_equal(config_section_line(config_section(file, 1)), 5);
	assert_string_equal(config_section_name(config_section(file, 2)), "web");
	assert_null(config_raw(config_section(file, 1), "y", NULL));
	assert_string_equal(config_raw(config_section(file, 2), "y", NULL), "1");
	assert_null(config_section(file, 3));
}

static void defaults_fill_what_is_not_written(void **state)
{
	(void)state;
	fill_good("[a]\n");
	assert_string_equal(thing.text, "none");
	assert_null(thing.word);
	assert_int_equal(thing.number, 7);
	assert_int_equal(thing.free_number, 0);
	assert_int_equal(thing.mode, 1);
	assert_false(thing.flag);
	assert_null(thing.listen.host);
	assert_int_equal(thing.list.count, 0);
}

static void written_values_are_taken(void **state)
{
	(void)state;
	fill_good(
		"\xEF\xBB\xBF[a]\r\n  text = \xE7\xA4\xBA\xE8\x8C\x83\xE5\xB8\x82 12345\r\nnumber=100\n"
		"free_number = -2147483648\n"
		"mode = compatible\nflag = Yes\nword=a#b;c=d\n");
	assert_string_equal(thing.text, "\xE7\xA4\xBA\xE8\x8C\x83\xE5\xB8\x82 12345");
	assert_int_equal(thing.number, 100);
	assert_int_equal(thing.free_number, INT32_MIN);
	assert_int_equal(thing.mode, 2);
	assert_true(thing.flag);
	assert_string_equal(thing.word, "a#b;c=d");
}

static void comments_may_follow_a_value(void **state)
{
	(void)state;
	fill_good("[a]   # here\ntext = zh-CN   # a note = x\nlisten =    # unset\n  ; whole line\nnumber = 8\t; too\n");
	assert_string_equal(thing.text, "zh-CN");
	assert_null(thing.listen.host);
	assert_int_equal(thing.number, 8);
}

static void long_values_are_whole(void **state)
{
	(void)state;
	char text[3100] = "[a]\ntext = ";
	size_t n = strlen(text);
	memset(text + n, 'x', 3000);
	text[n + 3000] = '\0';
	fill_good(text);
	assert_int_equal(strlen(thing.text), 3000);
}

static void a_line_past_the_limit_is_named(void **state)
{
	(void)state;
	static char text[6000] = "[a]\nnumber = 3\ntext = ";
	memset(text + strlen(text), 'x', 5000);
	strcat(text, "\nflag = yes\n");
	fill(text);
	one_fault(":3: the line is longer than 4093 bytes");
	assert_true(thing.flag);
}

static void paths_are_relative_to_the_file(void **state)
{
	(void)state;
	char *want = temp_path("../var"), *near = temp_path("near.txt");
	fill_good("[a]\n");
	assert_string_equal(thing.path, want);
	fill_good("[a]\npath = near.txt\n");
	assert_string_equal(thing.path, near);
	fill_good("[a]\npath = /etc/far\n");
	assert_string_equal(thing.path, "/etc/far");
	assert_string_equal(config_resolve(config_section(file, 0), "near.txt"), near);
	free(want);
	free(near);
}

static void every_word_for_yes_and_no_is_read(void **state)
{
	(void)state;
	static const char *const yes[] = { "yes", "true", "on", "1", "TRUE" },
				 *const no[] = { "no", "false", "off", "0", "Off" };
	char text[64];
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof text, "[a]\nflag = %s\n", yes[i]);
		fill_good(text);
		assert_true(thing.flag);
		snprintf(text, sizeof text, "[a]\nflag = %s\n", no[i]);
		fill_good(text);
		assert_false(thing.flag);
	}
}

static void listen_addresses_have_host_and_port(void **state)
{
	(void)state;
	fill_good("[a]\nlisten = 127.0.0.1:12345\n");
	assert_string_equal(thing.listen.host, "127.0.0.1");
	assert_int_equal(thing.listen.port, 12345);
	fill_good("[a]\nlisten = [::1]:80\n");
	assert_string_equal(thing.listen.host, "::1");
	assert_int_equal(thing.listen.port, 80);
	fill_good("[a]\nlisten = localhost:0\n");
	assert_string_equal(thing.listen.host, "localhost");
	assert_int_equal(thing.listen.port, 0);
	fill_good("[a]\nlisten =\n");
	assert_null(thing.listen.host);
}

static void what_is_no_listen_address_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "127.0.0.1", "80", ":80", "::1:80", "[::1]", "[::1:80", "[]:80",
		"h:", "h:65536", "h:-1", "h:+1", "h:8x", "h: 80" };
	char text[64];
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(text, sizeof text, "[a]\nlisten = %s\n", bad[i]);
		fill(text);
		assert_int_equal(faults.count, 1);
		assert_non_null(strstr(faults.line[0], "x.conf:2: listen = "));
		assert_non_null(strstr(faults.line[0], "write HOST:PORT"));
		assert_null(thing.listen.host);
	}
}

static void a_list_is_split_and_a_repeated_key_adds(void **state)
{
	(void)state;
	fill_good("[a]\nlist = https://a.example,  b c ,\nlist = d\nlist =\n");
	assert_int_equal(thing.list.count, 3);
	assert_string_equal(thing.list.item[0], "https://a.example");
	assert_string_equal(thing.list.item[1], "b c");
	assert_string_equal(thing.list.item[2], "d");
}

static void a_required_key_is_missed_at_its_section(void **state)
{
	(void)state;
	static const struct config_key need[] = {
		{ "host", CONFIG_STRING, offsetof(struct thing, text), .required = true, .doc = "the carrier's host" },
		{ "origins", CONFIG_LIST, offsetof(struct thing, list), .required = true },
		{ 0 }
	};
	load("\n[channel sms]\nhost =\norigins = ,\n[channel web]\n");
	config_fill(config_section(file, 0), need, &thing, &faults);
	config_fill(config_section(file, 1), need, &thing, &faults);
	assert_int_equal(faults.count, 4);
	assert_non_null(strstr(faults.line[0], "x.conf:3: host has no value; write one, or leave the line out"));
	assert_non_null(strstr(faults.line[1], "x.conf:4: origins is missing; write origins = VALUE, VALUE"));
	assert_non_null(strstr(faults.line[2], "x.conf:5: [channel web] needs host: the carrier's host"));
	assert_non_null(strstr(faults.line[3], "x.conf:5: origins is missing"));
}

static void a_path_or_address_that_is_always_used_cannot_be_emptied(void **state)
{
	(void)state;
	static const struct config_key door[] = { { "door", CONFIG_LISTEN, offsetof(struct thing, listen), .def = "127.0.0.1:80" }, { 0 } };
	fill("[a]\npath =\n");
	one_fault(":2: path has no value; write one, or leave the line out");
	load("[a]\ndoor =\n");
	config_fill(config_section(file, 0), door, &thing, &faults);
	one_fault(":2: door has no value; write one, or leave the line out");
	fill_good("[a]\nlisten =\ntext =\n");
}

static void values_of_the_wrong_type_or_range_are_refused(void **state)
{
	(void)state;
	fill("[a]\nnumber = many\n");
	one_fault(":2: number = many: not a whole number; write one from 1 to 100");
	fill("[a]\nnumber = 101\n");
	one_fault(":2: number = 101: out of range; write a whole number from 1 to 100");
	fill("[a]\nnumber = 99999999999999999999\n");
	one_fault(":2: number = 99999999999999999999: out of range; write a whole number from 1 to 100");
	fill("[a]\nnumber =\n");
	one_fault(":2: number has no value; write one, or leave the line out");
	fill("[a]\nfree_number = 2147483648\n");
	one_fault(":2: free_number = 2147483648: out of range; write a whole number from -2147483648 to 2147483647");
	fill("[a]\n\nmode = safer\n");
	one_fault(":3: mode = safer: not a choice; write one of plain, safe, compatible");
	fill("[a]\nmode = plain|safe\n");
	one_fault(":2: mode = plain|safe: not a choice; write one of plain, safe, compatible");
	fill("[a]\nflag = maybe\n");
	one_fault(":2: flag = maybe: neither yes nor no; write yes or no");
}

static void an_unknown_key_is_named_with_the_known_ones(void **state)
{
	(void)state;
	fill("[channel sms]\nnumber = 3\nnumbr = 4\n");
	one_fault(
		":3: unknown key \"numbr\" in [channel sms]; it knows text, path, word, number, free_number, "
		"mode, flag, "
		"listen, list");
}

static void a_key_read_raw_is_known(void **state)
{
	(void)state;
	unsigned line = 0;
	load("[channel sms]\ntype = smpp\n");
	assert_string_equal(config_raw(config_section(file, 0), "type", &line), "smpp");
	assert_int_equal(line, 2);
	config_fill(config_section(file, 0), keys, &thing, &faults);
	assert_int_equal(faults.count, 0);
}

static void a_repeated_key_is_refused_unless_it_lists(void **state)
{
	(void)state;
	fill("[a]\nnumber = 3\nnumber = 4\n");
	one_fault(":3: number is here again after line 2; keep one of them");
}

static void a_repeated_section_is_refused(void **state)
{
	(void)state;
	load("[channel a]\n[channel b]\n[ channel   a ]\n");
	one_fault(":3: [channel   a] is here again after line 1; put its keys there");
}

static void every_bad_line_is_named(void **state)
{
	(void)state;
	load("x = 1\n[a\n[]\n[b] c\nword\n= 5\n[c]\nalso word # = 1\n");
	static const char *const want[] = { ":1: key \"x\" stands before any section", ":2: not a section",
		":3: a section without", ":4: not a section", ":5: neither a section nor a key",
		":6: a value without a key", ":8: neither a section nor a key" };
	assert_int_equal(faults.count, sizeof want / sizeof *want);
	for (size_t i = 0; i < faults.count; i++)
		assert_non_null(strstr(faults.line[i], want[i]));
}

static void a_bad_last_line_without_an_end_is_named(void **state)
{
	(void)state;
	load("[a]\nword");
	one_fault(":2: neither a section nor a key; write KEY = VALUE, or # before a comment");
}

static void a_secret_comes_from_its_file(void **state)
{
	(void)state;
	free(temp_file("pw", "  geheim # not a comment\r\n"));
	fill_good("[a]\nword_file = pw\n");
	assert_string_equal(thing.word, "  geheim # not a comment");
	free(temp_file("marked", "\xEF\xBB\xBFgeheim\r\n"));
	fill_good("[a]\nword_file = marked\n");
	assert_string_equal(thing.word, "geheim");
	fill("[a]\ntext_file = pw\n");
	assert_int_equal(faults.count, 1);
	assert_non_null(strstr(faults.line[0], ":2: unknown key \"text_file\""));
}

static void a_secret_file_must_be_there_and_hold_one_line(void **state)
{
	(void)state;
	free(temp_file("two", "a\nb\n"));
	free(temp_file("none", "\n"));
	fill("[a]\n\nword_file = absent\n");
	assert_int_equal(faults.count, 1);
	assert_non_null(strstr(faults.line[0], "x.conf:3: word_file: cannot open "));
	fill("[a]\nword_file = two\n");
	one_fault(":2: word_file: two must hold one line of UTF-8 text and nothing else");
	fill("[a]\nword_file = none\n");
	one_fault(":2: word_file: none must hold one line of UTF-8 text and nothing else");
	fill("[a]\nword = a\nword_file = two\n");
	one_fault(":3: word and word_file are both given; keep one of them");
}

static void what_is_wrong_with_a_secret_is_said_at_the_line_of_its_file(void **state)
{
	(void)state;
	free(temp_file("pw", "short"));
	fill_good("[a]\n\nword_file = pw\n");
	config_fault(config_section(file, 0), "word", &faults, "is too short");
	one_fault(":3: is too short");
}

static void a_secret_is_not_printed_in_a_fault(void **state)
{
	(void)state;
	static const struct config_key pin[] = { { "pin", CONFIG_INT, offsetof(struct thing, number), .secret = true },
		{ 0 } };
	load("[a]\npin = hush\n");
	config_fill(config_section(file, 0), pin, &thing, &faults);
	assert_int_equal(faults.count, 1);
	assert_null(strstr(faults.line[0], "hush"));
}

static void faults_of_others_stand_at_the_key_s_line(void **state)
{
	(void)state;
	load("\n[a]\nx = 1\n");
	config_fault(config_section(file, 0), "x", &faults, "odd %d", 1);
	config_fault(config_section(file, 0), "y", &faults, "none");
	config_fault(config_section(file, 0), NULL, &faults, "none");
	assert_non_null(strstr(faults.line[0], "x.conf:3: odd 1"));
	assert_non_null(strstr(faults.line[1], "x.conf:2: none"));
	assert_non_null(strstr(faults.line[2], "x.conf:2: none"));
}

static void a_file_that_cannot_be_read_or_is_no_text_is_refused(void **state)
{
	(void)state;
	faults_fini(&faults);
	assert_null(config_load("/nowhere/x.conf", &faults));
	char *gbk = temp_file("gbk.conf", "[a]\ntext = \xB3\xC7\n"), *zero = temp_file_n("zero.conf", "[a]\n\0", 5);
	assert_null(config_load(gbk, &faults));
	assert_null(config_load(zero, &faults));
	assert_int_equal(faults.count, 3);
	assert_non_null(strstr(faults.line[0], "/nowhere/x.conf: cannot open"));
	assert_non_null(strstr(faults.line[1], "gbk.conf: not UTF-8 text"));
	assert_non_null(strstr(faults.line[2], "zero.conf: not UTF-8 text"));
	free(gbk);
	free(zero);
}

static void an_empty_file_has_no_sections(void **state)
{
	(void)state;
	load("");
	assert_int_equal(faults.count, 0);
	assert_null(config_section(file, 0));
}

static int tidy(void **state)
{
	faults_fini(&faults);
	config_destroy(&file);
	return temp_teardown(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_setup, tidy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sections_keep_order_kind_name_and_line),
		TEST(defaults_fill_what_is_not_written),
		TEST(written_values_are_taken),
		TEST(comments_may_follow_a_value),
		TEST(long_values_are_whole),
		TEST(a_line_past_the_limit_is_named),
		TEST(paths_are_relative_to_the_file),
		TEST(every_word_for_yes_and_no_is_read),
		TEST(listen_addresses_have_host_and_port),
		TEST(what_is_no_listen_address_is_refused),
		TEST(a_list_is_split_and_a_repeated_key_adds),
		TEST(a_required_key_is_missed_at_its_section),
		TEST(a_path_or_address_that_is_always_used_cannot_be_emptied),
		TEST(values_of_the_wrong_type_or_range_are_refused),
		TEST(an_unknown_key_is_named_with_the_known_ones),
		TEST(a_key_read_raw_is_known),
		TEST(a_repeated_key_is_refused_unless_it_lists),
		TEST(a_repeated_section_is_refused),
		TEST(every_bad_line_is_named),
		TEST(a_bad_last_line_without_an_end_is_named),
		TEST(a_secret_comes_from_its_file),
		TEST(a_secret_file_must_be_there_and_hold_one_line),
		TEST(what_is_wrong_with_a_secret_is_said_at_the_line_of_its_file),
		TEST(a_secret_is_not_printed_in_a_fault),
		TEST(faults_of_others_stand_at_the_key_s_line),
		TEST(a_file_that_cannot_be_read_or_is_no_text_is_refused),
		TEST(an_empty_file_has_no_sections),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
