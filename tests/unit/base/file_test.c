#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/buf.h"
#include "gateway/base/file.h"
#include "tests/unit/base/temp.h"

static struct err e;

static void a_file_is_read_up_to_the_cap_and_not_past(void **state)
{
	(void)state;
	char *path = temp_file("f", "12345");
	struct buf b;
	buf_init(&b, 5);
	assert_int_equal(file_read(path, &b, &e), 0);
	assert_string_equal(buf_str(&b), "12345");
	buf_fini(&b);
	buf_init(&b, 4);
	assert_int_equal(file_read(path, &b, &e), E_RANGE);
	assert_non_null(strstr(e.words, "bigger than 4 bytes"));
	buf_fini(&b);
	free(path);
}

static void an_absent_file_and_a_folder_are_told_apart(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 5);
	assert_int_equal(file_read("/nowhere/f", &b, &e), E_NOTFOUND);
	assert_int_equal(file_read(temp_dir, &b, &e), E_IO);
	buf_fini(&b);
}

/* Whose file it is reads its name beside the fault: once. */
static void what_people_edit_and_cannot_be_read_is_a_fault(void **state)
{
	(void)state;
	struct faults f = { 0 };
	struct buf b;
	char *path = temp_file("f", "12345");
	static const char *const says[] = { "there is no such file", "cannot be read: Is a directory", "is too large; at most 0 KB would be right" };
	const char *const from[] = { "/nowhere/f", temp_dir, path };
	buf_init(&b, 4);
	for (size_t i = 0; i < 3; i++) {
		assert_false(file_read_or_fault(from[i], &b, &f));
		assert_int_equal(f.count, i + 1);
		assert_memory_equal(f.line[i], from[i], f.of[i].file);
		assert_string_equal(f.line[i] + f.of[i].words, says[i]);
	}
	buf_fini(&b);
	buf_init(&b, 5);
	assert_true(file_read_or_fault(path, &b, &f));
	assert_string_equal(buf_str(&b), "12345");
	assert_int_equal(f.count, 3);
	buf_fini(&b);
	free(path);
	faults_fini(&f);
}

static void the_folder_of_a_path_is_what_stands_before_its_last_slash(void **state)
{
	(void)state;
	static const char *const pair[][2] = { { "a", "." }, { "/a", "/" }, { "a/b", "a" }, { "/a/b/c", "/a/b" },
		{ "../x", ".." } };
	for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
		char *dir = file_folder(pair[i][0]);
		assert_string_equal(dir, pair[i][1]);
		free(dir);
	}
}

static void missing_folders_are_made_for_their_owner(void **state)
{
	(void)state;
	static const char *const name[] = { "a", "b/c//d", "e/f/", "a", "b/../g" };
	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		char *dir = temp_path(name[i]);
		struct stat st;
		assert_int_equal(file_mkdirs(dir, &e), 0);
		assert_int_equal(stat(dir, &st), 0);
		assert_true(S_ISDIR(st.st_mode));
		assert_int_equal(st.st_mode & 0777, 0700);
		free(dir);
	}
}

static void a_file_in_the_way_of_a_folder_is_a_fault(void **state)
{
	(void)state;
	char *path = temp_file("f", "x"), *below = temp_path("f/g");
	assert_int_equal(file_mkdirs(path, &e), E_IO);
	assert_int_equal(file_mkdirs(below, &e), E_IO);
	free(path);
	free(below);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, temp_setup, temp_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_is_read_up_to_the_cap_and_not_past),
		TEST(an_absent_file_and_a_folder_are_told_apart),
		TEST(what_people_edit_and_cannot_be_read_is_a_fault),
		TEST(the_folder_of_a_path_is_what_stands_before_its_last_slash),
		TEST(missing_folders_are_made_for_their_owner),
		TEST(a_file_in_the_way_of_a_folder_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
