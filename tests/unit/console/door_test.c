/* Who guesses passwords, and whom that keeps out. Addresses are those of clients behind a proxy on this machine. */
#include "gateway/console/device.h"
#include "gateway/flow/paces.h"
#include "gateway/store/login_try.h"
#include "tests/unit/console/desk.h"

/* From an address, with a cookie ("": none). */
static int log_in_by(const char *address, const char *cookie, const char *name, const char *password)
{
	char body[200], more[1200];
	(void)snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
	(void)snprintf(more, sizeof more, "X-Forwarded-For: %s\r\n%s%s%s", address, *cookie ? "Cookie: " : "", cookie,
		*cookie ? "\r\n" : "");
	return ask("POST", "/console/api/login", NULL, NULL, more, body);
}

static int log_in_from(const char *address, const char *name, const char *password)
{
	return log_in_by(address, "", name, password);
}

/* What the last answer said for the browser to keep. */
static const char *device_kept(char out[1000])
{
	const char *at = strstr(raw.answer, "Set-Cookie: " DEVICE_COOKIE "=");
	assert_non_null(at);
	at += strlen("Set-Cookie: ");
	(void)snprintf(out, 1000, "%.*s", (int)strcspn(at, ";"), at);
	return out;
}

static void guess(unsigned n, const char *address, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(log_in_from(address, name, "wrong"), 401);
}

struct later { const char *address, *name; int64_t ms; };

/* What is remembered of one network is that much older. */
static int later_run(struct tx *tx, void *arg, struct err *e)
{
	const struct later *l = arg;
	int64_t due;
	(void)e;
	const char *source = arena_printf(tx_arena(tx), "network %s", paces_mark(tx, &desk.secret, l->address));
	int rc = login_try_get(tx, l->name, source, &due);
	assert_true(due > 0);
	return rc < 0 ? rc : login_try_put(tx, l->name, source, due - l->ms);
}

static void wait_ms(const char *address, const char *name, int64_t ms)
{
	struct later l = { address, name, ms };
	write_now(later_run, &l);
}

/* --- strangers --- */

static void who_guesses_from_one_network_keeps_nobody_out_at_another(void **state)
{
	(void)state;
	hire("wang", "right");
	guess(5, "203.0.113.9", "wang");
	assert_int_equal(log_in_from("198.51.100.4", "wang", "right"), 204);
	guess(45, "203.0.113.9", "wang");
	assert_int_equal(log_in_from("198.51.100.5", "wang", "right"), 204);
}

static void five_failures_shut_a_network_for_five_minutes_even_to_the_right_password(void **state)
{
	static const char here[] = "203.0.113.10", name[] = "qian";
	char wrong[2000];
	(void)state;
	hire(name, "right");
	guess(4, here, name);
	assert_int_equal(log_in_from(here, name, "right"), 204); /* the count begins anew */
	guess(5, here, name);
	(void)snprintf(wrong, sizeof wrong, "%s", raw.body);
	assert_int_equal(log_in_from(here, name, "right"), 401);
	assert_string_equal(raw.body, wrong);
	wait_ms(here, name, 4 * 60 * 1000);
	assert_int_equal(log_in_from(here, name, "right"), 401);
	wait_ms(here, name, 60 * 1000);
	guess(1, here, name); /* one more wrong one is enough then */
	assert_int_equal(log_in_from(here, name, "right"), 401);
	wait_ms(here, name, 5 * 60 * 1000);
	assert_int_equal(log_in_from(here, name, "right"), 204);
}

static void a_house_with_version_six_is_one_network(void **state)
{
	char address[64];
	(void)state;
	hire("sun", "right");
	for (unsigned i = 1; i <= 5; i++) {
		(void)snprintf(address, sizeof address, "2001:db8:0:7::%x", i);
		guess(1, address, "sun");
	}
	assert_int_equal(log_in_from("2001:db8:0:7:aaaa::1", "sun", "right"), 401);
	assert_int_equal(log_in_from("2001:db8:0:8::1", "sun", "right"), 204);
}

static void what_a_stranger_writes_of_where_he_comes_from_counts_only_from_our_proxy(void **state)
{
	(void)state;
	hire("kong", "right");
	guess(5, "198.51.100.60, 203.0.113.60", "kong"); /* the last is the proxy's word */
	assert_int_equal(log_in_from("198.51.100.60", "kong", "right"), 204);
	assert_int_equal(log_in_from("203.0.113.60", "kong", "right"), 401);
}

static void a_name_that_is_not_there_is_answered_and_counted_as_one_that_is(void **state)
{
	char wrong[2000];
	(void)state;
	hire("zheng", "right");
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(log_in_from("203.0.113.11", "zheng", "wrong"), 401);
		(void)snprintf(wrong, sizeof wrong, "%s", raw.body);
		assert_int_equal(log_in_from("203.0.113.11", "zheng-not-there", "wrong"), 401);
		assert_string_equal(raw.body, wrong);
		assert_false(raw_has(&raw, "Set-Cookie"));
	}
}

/* --- known browsers --- */

static void from_sixty_networks(const char *name)
{
	char address[32];
	for (unsigned i = 0; i < 60; i++) {
		(void)snprintf(address, sizeof address, "192.0.2.%u", 1 + i);
		guess(1, address, name);
	}
}

static int full_run(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	return login_try_put(tx, arg, "", tx_now(tx) + 3600 * 1000);
}

/* As after those, without checking sixty passwords. */
static void strangers_shut_out(const char *name)
{
	char of[32];
	(void)snprintf(of, sizeof of, "%s", name);
	write_now(full_run, of);
	assert_int_equal(log_in_from("192.0.2.200", name, "right"), 401);
}

static void guesses_from_many_networks_keep_no_browser_out_that_was_here_before(void **state)
{
	char kept[1000];
	(void)state;
	hire("zhao", "right");
	assert_int_equal(log_in_from("198.51.100.20", "zhao", "right"), 204);
	assert_true(raw_has(&raw, "; HttpOnly; SameSite=Strict; Path=/console/api/login; Max-Age=15552000; Secure"));
	device_kept(kept);
	from_sixty_networks("zhao");
	assert_int_equal(log_in_from("198.51.100.21", "zhao", "right"), 401); /* a stranger's guess may be right as well */
	assert_int_equal(log_in_by("198.51.100.22", kept, "zhao", "right"), 204);
	device_kept(kept);
	assert_int_equal(log_in_by("198.51.100.23", kept, "zhao", "right"), 204);
}

static void a_browser_is_known_to_each_of_the_last_accounts(void **state)
{
	char one[1000], both[1000];
	(void)state;
	hire("zhou", "right"), hire("chu", "right");
	assert_int_equal(log_in_from("198.51.100.24", "zhou", "right"), 204);
	device_kept(one);
	assert_int_equal(log_in_by("198.51.100.24", one, "chu", "right"), 204);
	device_kept(both);
	strangers_shut_out("zhou");
	assert_int_equal(log_in_by("198.51.100.25", both, "zhou", "right"), 204);
}

static void a_stolen_device_cookie_has_its_own_five_guesses_and_shuts_its_owner_out_nowhere(void **state)
{
	char kept[1000];
	(void)state;
	hire("feng", "right");
	assert_int_equal(log_in_from("198.51.100.30", "feng", "right"), 204);
	device_kept(kept);
	strangers_shut_out("feng");
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(log_in_by("203.0.113.30", kept, "feng", "wrong"), 401);
	assert_int_equal(log_in_by("203.0.113.30", kept, "feng", "right"), 401);
	assert_int_equal(log_in_by("203.0.113.31", kept, "feng", "right"), 401); /* nor from elsewhere */
	hire("chen2", "right");
	assert_int_equal(log_in_from("198.51.100.30", "chen2", "right"), 204);
	device_kept(kept);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(log_in_by("203.0.113.32", kept, "chen2", "wrong"), 401);
	assert_int_equal(log_in_by("198.51.100.30", kept, "chen2", "right"), 204);
}

static void a_device_cookie_is_known_to_its_own_account_as_it_was_signed_and_no_longer_than_its_password(void **state)
{
	char kept[1000], other[1000];
	(void)state;
	hire("wei", "right"), hire("jiang", "right");
	assert_int_equal(log_in_from("198.51.100.40", "wei", "right"), 204);
	device_kept(kept);
	(void)snprintf(other, sizeof other, "%s", kept);
	strangers_shut_out("wei"), strangers_shut_out("jiang");
	assert_int_equal(log_in_by("198.51.100.41", kept, "jiang", "right"), 401);
	other[strlen(other) - 1] = (char)(other[strlen(other) - 1] == 'a' ? 'b' : 'a');
	assert_int_equal(log_in_by("198.51.100.42", other, "wei", "right"), 401);
	assert_int_equal(log_in_by("198.51.100.43", kept, "wei", "right"), 204);
	hire("wei", "another"); /* the same account, with another password */
	assert_int_equal(log_in_by("198.51.100.44", kept, "wei", "another"), 401);
}

static int able_run(struct tx *tx, void *arg, struct err *e)
{
	struct staff_row p;
	(void)arg, (void)e;
	int rc = staff_get(tx, "shen", &p);
	p.disabled = !p.disabled;
	return rc < 0 ? rc : staff_put(tx, &p);
}

static void who_was_disabled_meanwhile_has_no_known_browser(void **state)
{
	char kept[1000];
	(void)state;
	hire("shen", "right");
	assert_int_equal(log_in_from("198.51.100.50", "shen", "right"), 204);
	device_kept(kept);
	write_now(able_run, NULL);
	assert_int_equal(log_in_by("198.51.100.50", kept, "shen", "right"), 401);
	write_now(able_run, NULL);
	strangers_shut_out("shen");
	assert_int_equal(log_in_by("198.51.100.51", kept, "shen", "right"), 401);
}

/* --- who lets somebody in again --- */

static bool account_has(const char *name, const char *what)
{
	assert_int_equal(get_as(&ADMIN, "/console/api/staff"), 200);
	json_t *s;
	size_t i;
	json_array_foreach(json_object_get(got, "items"), i, s)
		if (strcmp(json_string_value(json_object_get(s, "name")), name) == 0)
			return json_is_true(json_object_get(s, what));
	fail_msg("nobody is called %s", name);
	return false;
}

static void an_administrator_sees_that_somebody_is_kept_out_and_lets_them_in(void **state)
{
	static const char here[] = "203.0.113.70", unlock[] = "{\"name\":\"han\",\"unlock\":true}";
	(void)state;
	hire("han", "right");
	guess(4, here, "han");
	assert_false(account_has("han", "tried"));
	guess(1, here, "han");
	assert_true(account_has("han", "tried"));
	assert_false(account_has("han", "locked"));
	assert_int_equal(log_in_from(here, "han", "right"), 401);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", unlock), 200);
	assert_false(account_has("han", "tried"));
	assert_int_equal(log_in_from(here, "han", "right"), 204);
	from_sixty_networks("han");
	assert_true(account_has("han", "tried"));
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", unlock), 200);
	assert_int_equal(log_in_from("198.51.100.71", "han", "right"), 204);
}

static void a_new_password_is_not_shut_out_by_wrong_ones_of_before(void **state)
{
	static const char here[] = "203.0.113.72";
	(void)state;
	hire("yang", "forgotten");
	guess(5, here, "yang");
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"yang\",\"password\":\"remembered-1\"}"), 200);
	assert_int_equal(log_in_from(here, "yang", "remembered-1"), 204);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_guesses_from_one_network_keeps_nobody_out_at_another),
		cmocka_unit_test(five_failures_shut_a_network_for_five_minutes_even_to_the_right_password),
		cmocka_unit_test(a_house_with_version_six_is_one_network),
		cmocka_unit_test(what_a_stranger_writes_of_where_he_comes_from_counts_only_from_our_proxy),
		cmocka_unit_test(a_name_that_is_not_there_is_answered_and_counted_as_one_that_is),
		cmocka_unit_test(guesses_from_many_networks_keep_no_browser_out_that_was_here_before),
		cmocka_unit_test(a_browser_is_known_to_each_of_the_last_accounts),
		cmocka_unit_test(a_stolen_device_cookie_has_its_own_five_guesses_and_shuts_its_owner_out_nowhere),
		cmocka_unit_test(a_device_cookie_is_known_to_its_own_account_as_it_was_signed_and_no_longer_than_its_password),
		cmocka_unit_test(who_was_disabled_meanwhile_has_no_known_browser),
		cmocka_unit_test(an_administrator_sees_that_somebody_is_kept_out_and_lets_them_in),
		cmocka_unit_test(a_new_password_is_not_shut_out_by_wrong_ones_of_before),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
