#include "tests/unit/store/fixture.h"

#include <sys/stat.h>

/* Opened by a gateway, or by a command beside it. */
static int open_with(struct fixture *f, struct store **s, const char *name, bool gateway, bool anew, struct err *e)
{
	char *path = arena_printf(f->arena, "%s/%s", f->folder, name);
	*e = (struct err){ 0 };
	struct store_config c = { .dsn = f->dsn, .node = 7, .key_file = f->key_file, .secret_file = path, .exclusive = gateway, .secret_anew = anew };
	return store_open(s, &c, e);
}

static bool there(struct fixture *f, const char *name)
{
	struct stat st;
	return stat(arena_printf(f->arena, "%s/%s", f->folder, name), &st) == 0;
}

/* The secret that the store goes on with; the file. */
static struct secret goes_on(struct fixture *f, const char *name, bool anew)
{
	struct store *s;
	struct err e;
	if (open_with(f, &s, name, true, anew, &e) < 0)
		fail_msg("%s", e.words);
	struct secret secret = *store_secret(s);
	store_close(&s);
	assert_true(there(f, name));
	return secret;
}

static void refused(struct fixture *f, const char *name, bool gateway, const char *words)
{
	struct store *s;
	struct err e;
	assert_int_equal(open_with(f, &s, name, gateway, false, &e), E_CONFIG);
	assert_null(s);
	if (!strstr(e.words, words) || !strstr(e.words, "rekey --secret"))
		fail_msg("%s", e.words);
}

static void the_first_gateway_makes_it_and_the_next_finds_it(void **state)
{
	struct fixture *f = *state;
	struct secret made = goes_on(f, "s", false), found = goes_on(f, "s", false);
	assert_memory_equal(&made, &found, sizeof made);
}

/* A slip in its name; the second of two nodes without a copy of the first one's. */
static void a_store_that_knows_one_is_not_given_another(void **state)
{
	struct fixture *f = *state;
	(void)goes_on(f, "s", false);
	refused(f, "t", true, "there is no secret_file");
	refused(f, "t", false, "there is no secret_file");
	assert_false(there(f, "t"));
}

static void another_ones_is_refused(void **state)
{
	struct fixture *f = *state;
	struct secret other;
	struct err e;
	(void)goes_on(f, "s", false);
	ok(secret_make(&other, arena_printf(f->arena, "%s/t", f->folder), &e));
	refused(f, "t", true, "is not the secret");
	refused(f, "t", false, "is not the secret");
}

static void one_from_before_the_store_was_told_is_kept(void **state)
{
	struct fixture *f = *state;
	struct secret old;
	struct err e;
	ok(secret_make(&old, arena_printf(f->arena, "%s/s", f->folder), &e));
	struct secret now = goes_on(f, "s", false);
	assert_memory_equal(&old, &now, sizeof old);
	refused(f, "t", true, "there is no secret_file");
}

static void a_command_makes_none_and_tells_the_store_of_none(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	struct secret mine;
	struct err e;
	ok(open_with(f, &s, "s", false, false, &e));
	assert_null(store_secret(s));
	store_close(&s);
	assert_false(there(f, "s"));
	ok(secret_make(&mine, arena_printf(f->arena, "%s/mine", f->folder), &e));
	ok(open_with(f, &s, "mine", false, false, &e));
	assert_memory_equal(store_secret(s), &mine, sizeof mine);
	store_close(&s);
	(void)goes_on(f, "s", false);
}

static void an_operator_may_go_on_with_another(void **state)
{
	struct fixture *f = *state;
	struct secret first = goes_on(f, "s", false), second = goes_on(f, "t", true), again = goes_on(f, "t", false);
	assert_memory_not_equal(&first, &second, sizeof first);
	assert_memory_equal(&second, &again, sizeof second);
	refused(f, "s", true, "is not the secret");
	struct secret back = goes_on(f, "s", true);
	assert_memory_equal(&first, &back, sizeof first);
}

/* Each test opens it by itself. */
static int setup_closed(void **state)
{
	setup(state);
	struct fixture *f = *state;
	store_down(f);
	f->arena = arena_create(4096);
	return 0;
}

static int teardown_files(void **state)
{
	struct fixture *f = *state;
	static const char *const name[] = { "s", "t", "mine" };
	char path[100];
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/%s", f->folder, name[i]);
		unlink(path);
	}
	arena_destroy(&f->arena);
	fixture_remove(f);
	return 0;
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup_closed, teardown_files)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_gateway_makes_it_and_the_next_finds_it),
		TEST(a_store_that_knows_one_is_not_given_another),
		TEST(another_ones_is_refused),
		TEST(one_from_before_the_store_was_told_is_kept),
		TEST(a_command_makes_none_and_tells_the_store_of_none),
		TEST(an_operator_may_go_on_with_another),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
