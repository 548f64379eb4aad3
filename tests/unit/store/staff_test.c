#include "gateway/store/session.h"
#include "gateway/store/staff.h"
#include "gateway/store/token.h"
#include "tests/unit/store/fixture.h"

static void staff_are_put_and_replaced_by_name(void **state)
{
	struct fixture *f = *state;
	struct staff_row s = { .name = "li", .display = "李工", .department = "roads", .password = "scrypt$x", .role = 2,
		.created_at = noon }, *all, g;
	size_t n;
	ok(staff_put(f->tx, &s));
	s.disabled = true;
	s.failures = 3;
	s.locked_until = noon + 1;
	s.created_at = 0;
	ok(staff_put(f->tx, &s));
	ok(staff_put(f->tx, &(struct staff_row){ .name = "an" }));
	ok(staff_get(f->tx, "li", &g));
	assert_string_equal(g.display, "李工");
	assert_string_equal(g.password, "scrypt$x");
	assert_int_equal(g.role, 2);
	assert_true(g.disabled);
	assert_int_equal(g.failures, 3);
	assert_int_equal(g.locked_until, noon + 1);
	assert_int_equal(g.created_at, noon); /* stays what it was */
	ok(staff_list(f->tx, &all, &n));
	assert_int_equal(n, 2);
	assert_string_equal(all[0].name, "an");
	assert_int_equal(staff_get(f->tx, "nobody", &g), E_NOTFOUND);
}

static void sessions_end_one_by_one_or_all_of_a_person(void **state)
{
	struct fixture *f = *state;
	struct session_row g;
	static const char *const id[] = { "h1", "h2", "h3" };
	for (size_t i = 0; i < 3; i++)
		ok(session_put(f->tx, &(struct session_row){ .id_hash = id[i], .staff = i == 2 ? "an" : "li", .csrf = "c",
			.created_at = noon, .expires_at = noon + 1000 }));
	ok(session_get(f->tx, "h1", &g));
	assert_string_equal(g.staff, "li");
	assert_string_equal(g.csrf, "c");
	assert_int_equal(g.expires_at, noon + 1000);
	ok(session_drop(f->tx, "h1"));
	assert_int_equal(session_get(f->tx, "h1", &g), E_NOTFOUND);
	ok(session_get(f->tx, "h2", &g));
	ok(session_drop_staff(f->tx, "li"));
	assert_int_equal(session_get(f->tx, "h2", &g), E_NOTFOUND);
	ok(session_get(f->tx, "h3", &g));
}

static void a_session_can_be_made_longer_and_expired_ones_are_cleared(void **state)
{
	struct fixture *f = *state;
	struct session_row s = { .id_hash = "h1", .staff = "li", .csrf = "c", .expires_at = noon + 1000 }, g;
	ok(session_put(f->tx, &s));
	s.expires_at = noon + 5000;
	ok(session_put(f->tx, &s));
	ok(session_get(f->tx, "h1", &g));
	assert_int_equal(g.expires_at, noon + 5000);
	tx_set_now(f->tx, noon + 6000);
	ok(session_put(f->tx, &(struct session_row){ .id_hash = "h2", .staff = "li", .expires_at = noon + 9000 }));
	assert_int_equal(session_get(f->tx, "h1", &g), E_NOTFOUND);
}

static void a_token_is_found_by_name_and_by_hash(void **state)
{
	struct fixture *f = *state;
	struct token_row t = { .name = "core", .hash = "abc", .scopes = "read,write", .created_at = noon }, g;
	ok(token_put(f->tx, &t));
	ok(token_find(f->tx, "abc", &g));
	assert_string_equal(g.name, "core");
	assert_string_equal(g.scopes, "read,write");
	assert_int_equal(g.revoked_at, 0);
	t.revoked_at = noon + 1;
	ok(token_put(f->tx, &t));
	ok(token_get(f->tx, "core", &g));
	assert_int_equal(g.revoked_at, noon + 1);
	assert_int_equal(token_find(f->tx, "abd", &g), E_NOTFOUND);
	assert_int_equal(token_get(f->tx, "other", &g), E_NOTFOUND);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(staff_are_put_and_replaced_by_name),
		TEST(sessions_end_one_by_one_or_all_of_a_person),
		TEST(a_session_can_be_made_longer_and_expired_ones_are_cleared),
		TEST(a_token_is_found_by_name_and_by_hash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
