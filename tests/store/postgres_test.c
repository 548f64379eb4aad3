/* What only the PostgreSQL backend can be asked. Runs where XQ_TEST_STORE names one: tests/postgres THIS. */
#include "tests/store/fixture.h"

#include "gateway/store/db_postgres.h"
#include "gateway/store/pg_statement.h"

/* --- statements --- */

static void every_statement_prepares_and_uses_only_known_types(void **state)
{
	struct fixture *f = *state;
	struct pg_link *l = &f->session.db->link;
	static struct pg_statements known;
	unsigned wrong = 0;
	end(f);
	meddle(f, "DEALLOCATE ALL");
	for (enum stmt s = 0; s < STMT_COUNT; s++) {
		struct err e = { 0 };
		pg_link_forgive(l);
		if (pg_statement_prepare(l, &known, s, &e) == 0)
			continue;
		print_error("%s\n", e.words);
		wrong++;
	}
	pg_link_forgive(l);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const char *dsn = getenv("XQ_TEST_STORE");
	if (!dsn || strncmp(dsn, "postgres", 8) != 0) {
		print_error("this suite needs a PostgreSQL: tests/postgres build/release/tests/store/postgres_test\n");
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_statement_prepares_and_uses_only_known_types, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
