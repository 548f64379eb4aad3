/* What is older than it may be kept goes by itself. */
#include "tests/unit/flow/office.h"

enum { KEEP_DAYS = 30 };

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	int64_t now = tx_now(tx);
	(void)arg, (void)e;
	tx_set_now(tx, now - (KEEP_DAYS + 1) * 86400000LL);
	for (size_t i = 0; i < 150; i++) { /* more than one job takes */
		int rc = quarantine_insert(tx, &(struct quarantine_row){ .channel = "mail", .reason = "automatic", .peer = "robot@example.org",
			.raw = "gone", .n = 4, .at = tx_now(tx) });
		if (rc < 0)
			return rc;
	}
	tx_set_now(tx, now);
	return quarantine_insert(tx, &(struct quarantine_row){ .channel = "mail", .reason = "automatic", .peer = "robot@example.org",
		.raw = "stays", .n = 5, .at = now });
}

static void what_was_kept_aside_longer_than_anything_may_be_kept_goes(void **state)
{
	(void)state;
	office_crash();
	office.keep_days = KEEP_DAYS;
	office_open();
	assert_int_equal(store_now(office.store, true, aside_run, NULL, NULL), 0);
	assert_int_equal(quarantined(), 151);
	office_start();
	UNTIL(quarantined() == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_kept_aside_longer_than_anything_may_be_kept_goes, office_setup, office_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
