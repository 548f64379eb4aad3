/* The gateway ends while calls are still on a worker. */
#include <semaphore.h>

#include "tests/unit/console/desk.h"

enum { POOL = 4, LATE_MS = 300 }; /* libuv's own number of workers */

static uv_work_t sleeper[POOL];
static sem_t wake;
static uv_timer_t later;

static void sleep_run(uv_work_t *w)
{
	(void)w;
	while (sem_wait(&wake) != 0)
		;
}

static void sleep_done(uv_work_t *w, int status)
{
	(void)w;
	assert_int_equal(status, 0);
}

static void wake_all(uv_timer_t *t)
{
	for (size_t i = 0; i < POOL; i++)
		assert_int_equal(sem_post(&wake), 0);
	uv_close((uv_handle_t *)t, NULL);
}

/* Every worker is busy, so that the preview, which asks each channel how many parts it would send, begins only when the teardown
 * has run for a while; a sanitizer tells when it then reads what is gone. */
static void a_preview_that_still_waits_for_a_worker_ends_before_the_channels(void **state)
{
	static const char body[] = "{\"file\":\"zh-CN/received.txt\",\"text\":\"已收到，编号 {number}。\"}";
	char head[400];
	(void)state;
	assert_int_equal(sem_init(&wake, 0, 0), 0);
	for (size_t i = 0; i < POOL; i++)
		assert_int_equal(uv_queue_work(&desk.loop, &sleeper[i], sleep_run, sleep_done), 0);
	assert_int_equal(uv_timer_init(&desk.loop, &later), 0);
	assert_int_equal(uv_timer_start(&later, wake_all, LATE_MS, 0), 0);
	raw_open(&raw, &desk.loop, http_port(desk.http));
	(void)snprintf(head, sizeof head, "POST /console/api/preview HTTP/1.1\r\nHost: %s\r\nCookie: xq_session=cookie-of-admin\r\n"
		"X-XQ-CSRF: csrf-token\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", desk.origin + 7, strlen(body));
	assert_true(raw_say(&raw, head) && raw_say(&raw, body));
	loop_for(&desk.loop, LATE_MS / 3);
	assert_int_equal(desk_teardown(state), 0);
	raw_close(&raw);
	assert_int_equal(sem_destroy(&wake), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_preview_that_still_waits_for_a_worker_ends_before_the_channels, desk_setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
