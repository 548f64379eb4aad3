/* Who shows tokens and sessions that are none has the turns of his network at the store, and nobody else's. */
#include "tests/unit/console/feed.h"

enum { QUEUE = 40, STRANGERS = 60 };
static struct raw stranger[STRANGERS];

static bool flooded(void *arg)
{
	unsigned refused = 0;
	(void)arg;
	for (size_t i = 0; i < STRANGERS; i++) {
		stranger[i].want = SIZE_MAX;
		(void)raw_pull(&stranger[i]);
		refused += stranger[i].len > 0;
	}
	return refused >= STRANGERS - QUEUE;
}

/* Each with a secret of its own, more of them than may wait. */
static void flood(const char *path, const char *header)
{
	for (size_t i = 0; i < STRANGERS; i++) {
		char head[200];
		(void)snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: h\r\n%s%zu\r\n\r\n", path, header, i);
		raw_open(&stranger[i], &desk.loop, http_port(desk.http));
		assert_true(raw_say(&stranger[i], head));
	}
	assert_true(loop_until(&desk.loop, flooded, NULL, LOOP_UNTIL_MS));
}

static void secrets_that_are_none_leave_room_for_who_was_found(void **state)
{
	static const char *const header[] = { "Authorization: Bearer none-", "Cookie: xq_session=none-",
		"X-Forwarded-For: 198.51.100." }; /* each from a network of his own */
	(void)state;
	give_token("program", "read");
	assert_int_equal(ask("GET", "/api/v1/tickets", NULL, "program", NULL, NULL), 200);
	assert_int_equal(get_as(&AGENT, "/api/v1/tickets"), 200);
	for (size_t i = 0; i < sizeof header / sizeof *header; i++) {
		static struct raw known[2];
		hold_readers();
		flood("/api/v1/tickets", header[i]);
		for (size_t k = 0; k < 2; k++) {
			raw_open(&known[k], &desk.loop, http_port(desk.http));
			assert_true(raw_say(&known[k], "GET /api/v1/tickets HTTP/1.1\r\nHost: h\r\n"));
			assert_true(raw_say(&known[k], k ? "Authorization: Bearer program\r\n\r\n" : "Cookie: xq_session=cookie-of-agent\r\n\r\n"));
		}
		loop_for(&desk.loop, 100); /* they are taken, or refused, while nothing is read */
		free_readers();
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(raw_answer_to(&known[k], false), 200);
			raw_close(&known[k]);
		}
		for (size_t k = 0; k < STRANGERS; k++)
			raw_close(&stranger[k]);
		loop_for(&desk.loop, 50);
	}
}

/* A session that ended is a stranger's again. */
static void who_is_found_no_more_is_a_stranger(void **state)
{
	(void)state;
	const struct person gone = { "gone", ROLE_AGENT, "" };
	enter(&gone);
	assert_int_equal(get_as(&gone, "/api/v1/tickets"), 200);
	assert_int_equal(post_as(&gone, "/console/api/logout", "{}"), 204);
	assert_int_equal(get_as(&gone, "/api/v1/tickets"), 401);
	static struct raw late;
	hold_readers();
	flood("/api/v1/tickets", "Authorization: Bearer other-");
	raw_open(&late, &desk.loop, http_port(desk.http));
	assert_true(raw_say(&late, "GET /api/v1/tickets HTTP/1.1\r\nHost: h\r\nCookie: xq_session=cookie-of-gone\r\n\r\n"));
	assert_int_equal(raw_answer_to(&late, false), 503);
	free_readers();
	raw_close(&late);
	for (size_t k = 0; k < STRANGERS; k++)
		raw_close(&stranger[k]);
}

/* Behind the proxy, which all of them come through. */
static void one_networks_crowd_at_a_public_page_leaves_room_for_another_network(void **state)
{
	static const char *const path[] = { "/rate/none", "/kb" };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		static struct raw other;
		char head[200];
		hold_readers();
		flood(path[i], "X-Forwarded-For: 198.51.100.7\r\nX-Number: ");
		raw_open(&other, &desk.loop, http_port(desk.http));
		(void)snprintf(head, sizeof head, "GET %s HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n", path[i]);
		assert_true(raw_say(&other, head));
		loop_for(&desk.loop, 100);
		free_readers();
		assert_int_not_equal(raw_answer_to(&other, false), 503);
		raw_close(&other);
		for (size_t k = 0; k < STRANGERS; k++)
			raw_close(&stranger[k]);
		loop_for(&desk.loop, 50);
	}
}

int main(void)
{
	desk_queue = QUEUE;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_that_are_none_leave_room_for_who_was_found),
		cmocka_unit_test(who_is_found_no_more_is_a_stranger),
		cmocka_unit_test(one_networks_crowd_at_a_public_page_leaves_room_for_another_network),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
