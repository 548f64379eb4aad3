/* What goes on behind everything else: one thing at a time, as often as it says, and no longer than the flow. */
#include <stdatomic.h>

#include "gateway/flow/chore.h"
#include "tests/unit/flow/office.h"

static struct { unsigned begun, runs, done, over; int rc; bool refuses; atomic_bool works, worked, freed_early; } seen;

static bool begin(struct chore *c)
{
	(void)c;
	return ++seen.begun > 1 || !seen.refuses;
}

static int run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx, (void)arg;
	seen.runs++;
	return seen.runs == 2 ? err_set(e, E_IO, "the disk is full") : 0;
}

static int64_t thrice(struct chore *c, int rc, const struct err *e)
{
	(void)c, (void)e;
	if (rc < 0)
		seen.rc = rc;
	return ++seen.done < 3 ? 0 : CHORE_OVER;
}

static int64_t once(struct chore *c, int rc, const struct err *e)
{
	(void)c, (void)rc, (void)e;
	seen.done++;
	return CHORE_OVER;
}

static int slow(struct chore *c, struct err *e)
{
	struct timespec pause = { .tv_nsec = 100 * 1000000 };
	(void)c, (void)e;
	seen.works = true;
	nanosleep(&pause, NULL);
	seen.worked = true;
	return 0;
}

static void fini(struct chore *c)
{
	(void)c;
	seen.over++;
	seen.freed_early = seen.works && !seen.worked;
}

/* In a place of the flow's that is free: nothing is erased by age here. */
static void put(const struct chore_kind *kind)
{
	struct chore *c = mem_new(struct chore), **at = &office.flow->chore[CHORES - 1];
	memset(&seen, 0, sizeof seen);
	assert_null(*at);
	chore_init(*at = c, kind, office.flow, true);
}

static void a_chore_goes_on_until_it_says_that_it_is_over_also_after_what_failed(void **state)
{
	(void)state;
	static const struct chore_kind kind = { .first_ms = 1, .run = run, .done = thrice, .fini = fini };
	put(&kind);
	office_start();
	UNTIL(seen.done == 3);
	for (int i = 0; i < 10; i++)
		uv_run(&office.loop, UV_RUN_ONCE);
	assert_int_equal(seen.runs, 3);
	assert_int_equal(seen.rc, E_IO);
	office_crash();
	assert_int_equal(seen.over, 1);
}

static void what_may_not_begin_yet_is_asked_again(void **state)
{
	(void)state;
	static const struct chore_kind kind = { .first_ms = 1, .begin = begin, .run = run, .done = once };
	put(&kind);
	seen.refuses = true;
	office_start();
	UNTIL(seen.done == 1);
	assert_int_equal(seen.begun, 2);
	assert_int_equal(seen.runs, 1);
}

static void a_worker_that_outlives_the_flow_finds_what_is_its_own(void **state)
{
	(void)state;
	static const struct chore_kind kind = { .first_ms = 1, .run = run, .work = slow, .done = thrice, .fini = fini };
	put(&kind);
	office_start();
	UNTIL(seen.works);
	office_crash();
	assert_true(seen.worked);
	assert_false(seen.freed_early);
	assert_int_equal(seen.over, 1);
	assert_int_equal(seen.done, 0); /* nobody is there to hear of it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, office_setup, office_teardown)
		TEST(a_chore_goes_on_until_it_says_that_it_is_over_also_after_what_failed),
		TEST(what_may_not_begin_yet_is_asked_again),
		TEST(a_worker_that_outlives_the_flow_finds_what_is_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
