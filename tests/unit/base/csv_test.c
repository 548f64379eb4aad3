#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/csv.h"
#include "tests/unit/base/temp.h"

static struct csv *good(const char *text)
{
	struct faults f = { 0 };
	char *path = temp_file("t.csv", text);
	struct csv *t = csv_load(path, &f);
	assert_int_equal(f.count, 0);
	assert_non_null(t);
	assert_string_equal(csv_path(t), path);
	free(path);
	return t;
}

/* The table is refused with exactly this fault; `want` begins behind the path. */
static void refused_n(const char *text, size_t n, const char *want)
{
	struct faults f = { 0 };
	char *path = temp_file_n("t.csv", text, n);
	assert_null(csv_load(path, &f));
	assert_int_equal(f.count, 1);
	assert_memory_equal(f.line[0], path, strlen(path));
	assert_string_equal(f.line[0] + strlen(path), want);
	free(path);
	faults_fini(&f);
}

static void refused(const char *text, const char *want)
{
	refused_n(text, strlen(text), want);
}

static void columns_are_found_by_name(void **state)
{
	(void)state;
	struct csv *t = good("code,name\n01,\xE5\x9F\x8E\xE7\xAE\xA1\n02,b\n");
	assert_int_equal(csv_rows(t), 2);
	assert_int_equal(csv_column(t, "name"), 1);
	assert_int_equal(csv_column(t, "Name"), -1);
	assert_string_equal(csv_cell(t, 0, 1), "\xE5\x9F\x8E\xE7\xAE\xA1");
	assert_string_equal(csv_cell(t, 1, csv_column(t, "code")), "02");
	assert_int_equal(csv_line(t, 1), 3);
	csv_destroy(&t);
	assert_null(t);
	csv_destroy(&t);
}

static void a_byte_order_mark_and_crlf_are_no_part_of_cells(void **state)
{
	(void)state;
	struct csv *t = good("\xEF\xBB\xBF" "a,b\r\n1,2\r\n3,\r\n");
	assert_int_equal(csv_column(t, "a"), 0);
	assert_int_equal(csv_column(t, "b"), 1);
	assert_string_equal(csv_cell(t, 0, 1), "2");
	assert_string_equal(csv_cell(t, 1, 1), "");
	assert_int_equal(csv_line(t, 1), 3);
	csv_destroy(&t);
}

static void the_last_line_needs_no_end(void **state)
{
	(void)state;
	struct csv *t = good("a,b\n1,\"2\"");
	assert_int_equal(csv_rows(t), 1);
	assert_string_equal(csv_cell(t, 0, 1), "2");
	csv_destroy(&t);
	t = good("a,b\n1,");
	assert_string_equal(csv_cell(t, 0, 1), "");
	csv_destroy(&t);
	t = good("a");
	assert_int_equal(csv_rows(t), 0);
	csv_destroy(&t);
}

static void quotes_hold_commas_quotes_and_line_breaks(void **state)
{
	(void)state;
	struct csv *t = good("a,b\n\"1,5\",\"say \"\"no\"\"\"\n\"two\r\nlines\",\"\"\nx,\"\"\"\"\n");
	assert_string_equal(csv_cell(t, 0, 0), "1,5");
	assert_string_equal(csv_cell(t, 0, 1), "say \"no\"");
	assert_string_equal(csv_cell(t, 1, 0), "two\r\nlines");
	assert_string_equal(csv_cell(t, 1, 1), "");
	assert_string_equal(csv_cell(t, 2, 1), "\"");
	assert_int_equal(csv_line(t, 1), 3);
	assert_int_equal(csv_line(t, 2), 5);
	csv_destroy(&t);
}

static void cells_are_trimmed_of_narrow_and_wide_spaces(void **state)
{
	(void)state;
	struct csv *t = good(" a ,b\n\t1 2 ,\xE3\x80\x80\xE5\xBF\x83\xE3\x80\x80 \n \xE3\x80\x80,x\n");
	assert_int_equal(csv_column(t, "a"), 0);
	assert_string_equal(csv_cell(t, 0, 0), "1 2");
	assert_string_equal(csv_cell(t, 0, 1), "\xE5\xBF\x83");
	assert_string_equal(csv_cell(t, 1, 0), "");
	csv_destroy(&t);
}

static void empty_rows_are_passed_over_and_lines_still_counted(void **state)
{
	(void)state;
	struct csv *t = good("\na,b\n\n,\n1,2\n,,,\n \n");
	assert_int_equal(csv_rows(t), 1);
	assert_int_equal(csv_line(t, 0), 5);
	csv_destroy(&t);
}

static void ragged_rows_are_all_named(void **state)
{
	(void)state;
	struct faults f = { 0 };
	char *path = temp_file("t.csv", "a,b\n1\n1,2\n1,2,3\n");
	assert_null(csv_load(path, &f));
	assert_int_equal(f.count, 2);
	assert_non_null(strstr(f.line[0], "t.csv:2: the row has 1 fields; the header has 2"));
	assert_non_null(strstr(f.line[1], "t.csv:4: the row has 3 fields; the header has 2"));
	free(path);
	faults_fini(&f);
}

static void an_open_quote_is_named_where_it_opens(void **state)
{
	(void)state;
	refused("a,b\n1,\"2\n3,4\n", ":2: a quote opens here and never closes; write \" at the end of the field");
	refused("a\n\"", ":2: a quote opens here and never closes; write \" at the end of the field");
	refused("a\n\"\"\"", ":2: a quote opens here and never closes; write \" at the end of the field");
}

static void text_behind_a_closing_quote_is_refused(void **state)
{
	(void)state;
	refused("a,b\n\"1\"x,2\n",
		":2: text follows a closing quote; write \"\" for a quote inside a quoted field");
}

static void gbk_is_refused_with_advice(void **state)
{
	(void)state;
	refused("a\n\xB3\xC7\xB9\xDC\n",
		": not UTF-8 (GBK, perhaps); in the spreadsheet program save it as \"CSV UTF-8\"");
}

static void a_zero_byte_is_refused(void **state)
{
	(void)state;
	refused_n("a\n1\0\n", 5, ": holds a zero byte, so it is no text; save it as \"CSV UTF-8\"");
}

static void a_column_named_twice_is_refused(void **state)
{
	(void)state;
	refused("a,b,a\n1,2,3\n", ":1: column \"a\" appears twice; give each column its own name");
}

static void an_empty_table_is_refused(void **state)
{
	(void)state;
	refused("", ":1: the table is empty; its first line must name the columns");
	refused("\xEF\xBB\xBF\r\n", ":1: the table is empty; its first line must name the columns");
}

static void columns_have_a_limit(void **state)
{
	(void)state;
	char text[CSV_MAX_COLUMNS + 8];
	memset(text, ',', sizeof text);
	text[0] = 'a';
	text[CSV_MAX_COLUMNS] = '\n';
	text[CSV_MAX_COLUMNS + 1] = '\0';
	struct csv *t = good(text);
	csv_destroy(&t);
	strcpy(text + CSV_MAX_COLUMNS, ",\n");
	refused(text, ":1: more columns than the 64 a table may have");
}

static void an_absent_file_is_a_fault(void **state)
{
	(void)state;
	struct faults f = { 0 };
	assert_null(csv_load("/nowhere/at/all.csv", &f));
	assert_int_equal(f.count, 1);
	assert_non_null(strstr(f.line[0], "/nowhere/at/all.csv: there is no such file"));
	faults_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_found_by_name),
		cmocka_unit_test(a_byte_order_mark_and_crlf_are_no_part_of_cells),
		cmocka_unit_test(the_last_line_needs_no_end),
		cmocka_unit_test(quotes_hold_commas_quotes_and_line_breaks),
		cmocka_unit_test(cells_are_trimmed_of_narrow_and_wide_spaces),
		cmocka_unit_test(empty_rows_are_passed_over_and_lines_still_counted),
		cmocka_unit_test(ragged_rows_are_all_named),
		cmocka_unit_test(an_open_quote_is_named_where_it_opens),
		cmocka_unit_test(text_behind_a_closing_quote_is_refused),
		cmocka_unit_test(gbk_is_refused_with_advice),
		cmocka_unit_test(a_zero_byte_is_refused),
		cmocka_unit_test(a_column_named_twice_is_refused),
		cmocka_unit_test(an_empty_table_is_refused),
		cmocka_unit_test(columns_have_a_limit),
		cmocka_unit_test(an_absent_file_is_a_fault),
	};
	return cmocka_run_group_tests(tests, temp_setup, temp_teardown);
}
