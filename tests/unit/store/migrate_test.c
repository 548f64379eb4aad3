#include "gateway/store/conversation.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/schema/schema.h"
#include "tests/unit/store/fixture.h"

static void a_new_store_has_the_newest_schema(void **state)
{
	struct fixture *f = *state;
	int64_t version = 0;
	ok(tx_one(f->tx, STMT_schema_get, NO_PARAMS, fill_int, &version));
	assert_int_equal(version, schema_newest());
}

static void opening_again_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), again;
	reopen(f);
	ok(conversation_get(f->tx, c.id, &again));
	assert_string_equal(again.peer, "+8613800000001");
}

static void a_newer_schema_is_refused_in_clear_words(void **state)
{
	struct fixture *f = *state;
	struct store *s;
	struct err e = { 0 };
	meddle(f, "INSERT INTO schema_version (version) VALUES (99)");
	end(f);
	struct store_config c = fixture_config(f);
	assert_int_equal(store_open(&s, &c, &e), E_UNSUPPORTED);
	assert_null(s);
	assert_non_null(strstr(e.words, "schema 99"));
	assert_non_null(strstr(e.words, "newer version"));
}

static void a_migration_that_fails_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t version = -1;
	struct store *s;
	struct err e = { 0 };
	/* As if version 1 had never been recorded: its tables are there, so it fails at the first. */
	meddle(f, "DELETE FROM schema_version; DROP TABLE quarantine");
	end(f);
	struct store_config c = fixture_config(f);
	assert_true(store_open(&s, &c, &e) < 0);
	assert_non_null(strstr(e.words, "already exists"));
	begin(f, noon);
	ok(tx_one(f->tx, STMT_schema_get, NO_PARAMS, fill_int, &version));
	assert_int_equal(version, 0);
	struct quarantine_row *rows;
	size_t n;
	assert_true(quarantine_list(f->tx, 0, 1, &rows, &n) < 0);
	abandon(f);
}

static void an_unknown_kind_of_store_is_refused(void **state)
{
	(void)state;
	struct store *s;
	struct err e = { 0 };
	struct store_config c = { .dsn = "oracle:x" };
	assert_int_equal(store_open(&s, &c, &e), E_CONFIG);
	assert_non_null(strstr(e.words, "oracle:x"));
	c = (struct store_config){ .dsn = "sqlite:", .node = 1 };
	assert_int_equal(store_open(&s, &c, &e), E_CONFIG);
	c = (struct store_config){ .dsn = "sqlite:/tmp/never", .node = 1024 };
	assert_int_equal(store_open(&s, &c, &e), E_CONFIG);
	assert_non_null(strstr(e.words, "1023"));
}

static void a_database_elsewhere_says_how_its_certificate_is_checked(void **state)
{
	(void)state;
	static const char *const near[] = { "postgresql://u@127.0.0.1:5433/d", "postgresql:///d", "postgresql://u@/d?host=/run/postgresql",
		"postgresql://u@localhost,[::1]/d", "postgresql://u@db1,db2/d?sslmode=verify-full", "postgresql://u@10.0.0.1/d?sslmode=disable" };
	static const char *const bare[] = { "postgresql://u@db1/d", "postgresql://u@127.0.0.1,db2/d", "postgresql://u@/d?hostaddr=10.0.0.1" };
	struct err e = { 0 };
	unsetenv("PGSSLMODE");
	for (size_t i = 0; i < sizeof near / sizeof *near; i++)
		ok(store_dsn_check(near[i], &e));
	for (size_t i = 0; i < sizeof bare / sizeof *bare; i++) {
		assert_int_equal(store_dsn_check(bare[i], &e), E_CONFIG);
		assert_non_null(strstr(e.words, "sslmode=verify-full"));
	}
}

static void a_database_elsewhere_that_could_be_anybody_is_warned_of(void **state)
{
	(void)state;
	static const char *const proven[] = { "sqlite:x.db", "postgresql://u@127.0.0.1/d?sslmode=disable",
		"postgresql://u@/d?host=/run/postgresql",
		"postgresql://u@db1,db2/d?sslmode=verify-full", "postgresql://u@db1/d?sslmode=verify-ca" };
	static const char *const unproven[] = { "postgresql://u@10.0.0.1/d?sslmode=disable",
		"postgresql://u@127.evil.example/d?sslmode=require",
		"postgresql://u@localhost,db2/d?sslmode=prefer", "postgresql://u@db1/d" };
	unsetenv("PGSSLMODE");
	for (size_t i = 0; i < sizeof proven / sizeof *proven; i++)
		assert_false(store_dsn_unproven(proven[i]));
	for (size_t i = 0; i < sizeof unproven / sizeof *unproven; i++)
		assert_true(store_dsn_unproven(unproven[i]));
}

static void every_migration_has_a_text_for_both_databases(void **state)
{
	(void)state;
	for (unsigned v = 1; v <= schema_newest(); v++) {
		assert_non_null(schema_script(v, false));
		assert_non_null(schema_script(v, true));
		assert_null(strstr(schema_script(v, true), "WITHOUT ROWID"));
		assert_null(strstr(schema_script(v, true), "BLOB"));
	}
	assert_null(schema_script(0, false));
	assert_null(schema_script(schema_newest() + 1, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_store_has_the_newest_schema, setup, teardown),
		cmocka_unit_test_setup_teardown(opening_again_changes_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_newer_schema_is_refused_in_clear_words, setup, teardown),
		cmocka_unit_test_setup_teardown(a_migration_that_fails_leaves_nothing, setup, teardown),
		cmocka_unit_test(an_unknown_kind_of_store_is_refused),
		cmocka_unit_test(every_migration_has_a_text_for_both_databases),
		cmocka_unit_test(a_database_elsewhere_says_how_its_certificate_is_checked),
		cmocka_unit_test(a_database_elsewhere_that_could_be_anybody_is_warned_of),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
