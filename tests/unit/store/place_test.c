/* Places among the events: what a reader gives back to go on where it was. */
#include "gateway/store/event.h"
#include "gateway/store/event_place.h"
#include "gateway/store/place.h"
#include "tests/unit/store/fixture.h"

static void a_place_that_is_none_is_refused(void **state)
{
	static const char *const bad[] = { "", "x", "-1", "1.", ".1", "1.2-", "1.2x", "1024.5", "99999999999999999999", "1.2.3", "1 " };
	struct fixture *f = *state;
	struct event_row *v;
	size_t n;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(event_list(f->tx, bad[i], 5, &v, &n, NULL), E_MALFORMED);
}

static void a_place_survives_its_text(void **state)
{
	static struct event_place p, q;
	struct fixture *f = *state;
	assert_int_equal(place_read(&p, "3.77-1023.9223372036854775807"), 1);
	assert_int_equal(p.id[3], 77);
	assert_int_equal(place_read(&q, place_text(f->arena, &p)), 1);
	assert_memory_equal(&p, &q, sizeof p);
}

static void one_id_is_the_place_behind_it_for_every_node(void **state)
{
	struct fixture *f = *state;
	struct event_row *v;
	const char *next;
	size_t n;
	for (int i = 0; i < 5; i++)
		ok(event_append(f->tx, 0, "login", "li", "{}"));
	ok(event_list(f->tx, "0", 2, &v, &n, &next));
	assert_int_equal(n, 2);
	ok(event_list(f->tx, arena_printf(f->arena, "%llu", (unsigned long long)v[1].id), 9, &v, &n, &next));
	assert_int_equal(n, 3);
	ok(event_list(f->tx, next, 9, &v, &n, &next));
	assert_int_equal(n, 0);
}

static void a_place_goes_back_and_never_forth(void **state)
{
	struct fixture *f = *state;
	assert_string_equal(place_back(f->arena, "9", 7), "7");
	assert_null(place_back(f->arena, "9", 9));
	assert_string_equal(place_back(f->arena, "1.5-2.9", 7), "1.5-2.7");
	assert_null(place_back(f->arena, "1.5-2.9", 10));
}

/* The ids of another node, whose clock is a minute behind, are committed after the higher ones of this one were read. */
static void what_another_node_commits_late_with_lower_ids_is_read(void **state)
{
	struct fixture *f = *state;
	struct event_row *v;
	const char *next;
	size_t n;
	ok(event_append(f->tx, 0, "login", "li", "{}"));
	commit(f);
	ok(event_list(f->tx, "0", 9, &v, &n, &next));
	uint64_t seen = v[0].id;
	char place[128]; /* longer than the transaction */
	assert_true(snprintf(place, sizeof place, "%s", next) < (int)sizeof place);
	end(f);
	f->session.node = 9;
	f->session.given = 0;
	begin(f, noon - 60000);
	ok(event_append(f->tx, 0, "login", "wang", "{}"));
	ok(event_append(f->tx, 0, "login", "zhao", "{}"));
	commit(f);
	ok(event_list(f->tx, place, 1, &v, &n, &next));
	assert_int_equal(n, 1);
	assert_true(v[0].id < seen);
	ok(event_list(f->tx, next, 9, &v, &n, &next));
	assert_int_equal(n, 1);
	assert_string_equal(v[0].actor, "zhao");
	ok(event_list(f->tx, next, 9, &v, &n, &next));
	assert_int_equal(n, 0);
}

static void a_place_behind_some_events_leaves_the_others_to_be_read(void **state)
{
	struct fixture *f = *state;
	struct event_row *v;
	const char *next;
	size_t n;
	for (int i = 0; i < 4; i++)
		ok(event_append(f->tx, 0, "login", "li", "{}"));
	ok(event_list(f->tx, "0", 9, &v, &n, NULL));
	uint64_t two[] = { v[0].id, v[1].id }, third = v[2].id;
	ok(place_behind(f->tx, "0", two, 2, &next));
	ok(event_list(f->tx, next, 9, &v, &n, NULL));
	assert_int_equal(n, 2);
	assert_int_equal(v[0].id, third);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_place_that_is_none_is_refused),
		TEST(a_place_survives_its_text),
		TEST(one_id_is_the_place_behind_it_for_every_node),
		TEST(a_place_goes_back_and_never_forth),
		TEST(what_another_node_commits_late_with_lower_ids_is_read),
		TEST(a_place_behind_some_events_leaves_the_others_to_be_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
