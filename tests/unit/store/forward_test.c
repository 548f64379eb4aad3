#include "gateway/store/event.h"
#include "gateway/store/forward.h"
#include "gateway/store/place.h"
#include "tests/unit/store/fixture.h"

static void aside(struct fixture *f, uint64_t event, uint64_t ticket, int64_t next_at, bool dead)
{
	ok(aside_put(f->tx, "core", &(struct aside_row){ .event = event, .ticket = ticket, .attempts = 1, .since = noon,
		.next_at = next_at, .dead = dead, .error = "answered 422" }));
}

static void a_target_stands_where_it_was_first_opened(void **state)
{
	struct fixture *f = *state;
	struct forward_row r;
	assert_int_equal(forward_get(f->tx, "core", &r), E_NOTFOUND);
	ok(forward_open(f->tx, "core", "7"));
	ok(forward_open(f->tx, "core", "9"));
	ok(forward_get(f->tx, "core", &r));
	assert_string_equal(r.place, "7");
}

static void a_place_moves_only_from_where_it_is(void **state)
{
	struct fixture *f = *state;
	struct forward_row r;
	ok(forward_open(f->tx, "core", "7"));
	assert_int_equal(forward_move(f->tx, "core", "6", "9"), E_CONFLICT);
	ok(forward_move(f->tx, "core", "7", "9"));
	ok(forward_get(f->tx, "core", &r));
	assert_string_equal(r.place, "9");
}

static void of_each_ticket_only_the_oldest_is_due(void **state)
{
	struct fixture *f = *state;
	struct aside_row *a;
	size_t n;
	aside(f, 1, 10, 0, false);
	aside(f, 2, 10, 0, false);
	aside(f, 3, 20, tx_now(f->tx) + 1000, false);
	ok(aside_due(f->tx, "core", 10, &a, &n));
	assert_int_equal(n, 1);
	assert_int_equal(a[0].event, 1);
	assert_string_equal(a[0].error, "answered 422");
	ok(aside_drop(f->tx, "core", 1));
	ok(aside_due(f->tx, "core", 10, &a, &n));
	assert_int_equal(n, 1);
	assert_int_equal(a[0].event, 2);
}

static void a_dead_one_holds_nobody_back(void **state)
{
	struct fixture *f = *state;
	const struct forward_row core = { .name = "core", .place = "7" };
	struct forward_stand s;
	bool blocks;
	aside(f, 1, 10, 0, false);
	ok(aside_blocks(f->tx, "core", 10, &blocks));
	assert_true(blocks);
	ok(aside_blocks(f->tx, "water", 10, &blocks));
	assert_false(blocks);
	aside(f, 1, 10, 0, true);
	ok(aside_blocks(f->tx, "core", 10, &blocks));
	assert_false(blocks);
	ok(forward_stands(f->tx, &core, &s));
	assert_int_equal(s.waiting, 0);
	assert_int_equal(s.dead, 1);
}

static void what_failed_while_the_clock_was_ahead_is_due_soon_after_it_is_put_back(void **state)
{
	struct fixture *f = *state;
	const int64_t day = 24 * 3600000, soon = 5000;
	struct aside_row *a;
	size_t n;
	aside(f, 1, 10, tx_now(f->tx) + day + soon, false);
	aside(f, 2, 20, tx_now(f->tx) - 1, false);
	ok(aside_clock_back(f->tx, day));
	ok(aside_list(f->tx, "core", false, 0, 10, &a, &n));
	assert_int_equal(n, 2);
	assert_int_equal(a[0].next_at, tx_now(f->tx) + soon);
	assert_int_equal(a[1].next_at, tx_now(f->tx) - 1);
}

/* Of a target that is away everything waits, not only what it refused. */
static void what_is_behind_the_place_waits_too(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct forward_stand s;
	const char *place;
	ok(event_newest(f->tx, &place));
	for (int i = 0; i < 3; i++)
		ok(event_append(f->tx, i == 1 ? 0 : t.id, "note", "chen", "{}"));
	aside(f, 1, t.id, 0, false);
	ok(forward_stands(f->tx, &(struct forward_row){ .name = "core", .place = place }, &s));
	assert_int_equal(s.waiting, 3);
	assert_false(s.more);
	for (int i = 0; i < FORWARD_COUNTED; i++)
		ok(event_append(f->tx, t.id, "note", "chen", "{}"));
	ok(forward_stands(f->tx, &(struct forward_row){ .name = "core", .place = place }, &s));
	assert_true(s.more);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_target_stands_where_it_was_first_opened),
		TEST(a_place_moves_only_from_where_it_is),
		TEST(of_each_ticket_only_the_oldest_is_due),
		TEST(a_dead_one_holds_nobody_back),
		TEST(what_failed_while_the_clock_was_ahead_is_due_soon_after_it_is_put_back),
		TEST(what_is_behind_the_place_waits_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
