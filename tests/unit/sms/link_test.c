/* What a link decides without a socket: pace, back-off, the window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "adapters/sms/pace.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/window.h"

static void pace_lets_no_more_through_than_its_rate(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 50, 1000);
	unsigned through = 0;
	for (int64_t now = 1000; now < 11000; now++)
		while (!pace_take(&p, now))
			through++;
	assert_in_range(through, 499, 505);
}

static void pace_says_how_long_to_wait(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 5, 0);
	assert_int_equal(pace_take(&p, 0), 0);
	assert_int_equal(pace_take(&p, 0), 200);
	assert_int_equal(pace_take(&p, 199), 1);
	assert_int_equal(pace_take(&p, 200), 0);
}

static void a_pause_does_not_save_up_a_burst(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 50, 0);
	unsigned burst = 0;
	while (!pace_take(&p, 3600 * 1000))
		burst++;
	assert_int_equal(burst, 5);
}

static void zero_means_no_limit(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 0, 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(pace_take(&p, 0), 0);
}

static void throttling_holds_twice_as_long_each_time(void **state)
{
	(void)state;
	struct pace p;
	pace_init(&p, 0, 0);
	pace_throttled(&p, 0);
	pace_throttled(&p, 10); /* the rest of the window says the same: one hold */
	assert_int_equal(pace_take(&p, 0), 1000);
	assert_int_equal(pace_take(&p, 1000), 0);
	pace_throttled(&p, 1000);
	assert_int_equal(pace_take(&p, 1000), 2000);
	int64_t now = 3000;
	for (int i = 0; i < 10; i++, now = p.held_until)
		pace_throttled(&p, now);
	assert_int_equal(p.hold_ms, PACE_HOLD_MAX_MS);
	pace_accepted(&p);
	pace_throttled(&p, now);
	assert_int_equal(pace_take(&p, now), 1000);
}

static void back_off_doubles_up_to_its_limit_with_jitter(void **state)
{
	(void)state;
	assert_int_equal(backoff_ms(0, 1000, 60000, 0), 500);
	assert_int_equal(backoff_ms(0, 1000, 60000, UINT32_MAX), 1000);
	assert_int_equal(backoff_ms(3, 1000, 60000, UINT32_MAX), 8000);
	assert_int_equal(backoff_ms(3, 1000, 60000, 0), 4000);
	assert_int_equal(backoff_ms(1000000, 1000, 60000, UINT32_MAX), 60000);
	assert_in_range(backoff_ms(1000000, 1000, 60000, UINT32_MAX / 2), 44000, 46000);
}

static void answers_may_come_in_any_order(void **state)
{
	(void)state;
	struct window *w = window_create(1000);
	static int request[1000];
	for (unsigned i = 0; i < 1000; i++)
		window_open(w, i + 1, &request[i], i);
	assert_true(window_full(w));
	for (unsigned i = 0; i < 1000; i++) {
		unsigned key = (i * 7) % 1000;
		assert_ptr_equal(window_close(w, key + 1), &request[key]);
		assert_null(window_close(w, key + 1));
	}
	assert_int_equal(window_used(w), 0);
	assert_int_equal(window_deadline(w), INT64_MAX);
	window_destroy(&w);
}

static void keys_of_64_bits_do_not_meet(void **state)
{
	(void)state;
	struct window *w = window_create(3);
	int a, b, c;
	window_open(w, 1ull << 32 | 5, &a, 1);
	window_open(w, 2ull << 32 | 5, &b, 2);
	window_open(w, 5, &c, 3);
	assert_ptr_equal(window_close(w, 5), &c);
	assert_ptr_equal(window_close(w, 2ull << 32 | 5), &b);
	assert_ptr_equal(window_close(w, 1ull << 32 | 5), &a);
	window_destroy(&w);
}

static void the_oldest_request_times_out_first(void **state)
{
	(void)state;
	struct window *w = window_create(4);
	int a, b, c;
	window_open(w, 1, &a, 100);
	window_open(w, 2, &b, 200);
	window_open(w, 3, &c, 300);
	assert_null(window_expire(w, 99));
	assert_int_equal(window_deadline(w), 100);
	assert_ptr_equal(window_close(w, 2), &b);
	assert_ptr_equal(window_expire(w, 250), &a);
	assert_null(window_expire(w, 250));
	assert_ptr_equal(window_expire(w, INT64_MAX), &c);
	assert_null(window_expire(w, INT64_MAX));
	window_destroy(&w);
}

static void assert_peer(const char *in, bool international, const char *out)
{
	char peer[MSG_PEER_MAX];
	if (!out) {
		assert_false(sms_peer(in, international, peer));
		return;
	}
	assert_true(sms_peer(in, international, peer));
	assert_string_equal(peer, out);
}

static void one_citizen_has_one_number_however_carriers_write_it(void **state)
{
	(void)state;
	assert_peer("13800138000", false, "+8613800138000");
	assert_peer("8613800138000", false, "+8613800138000");
	assert_peer("8613800138000", true, "+8613800138000");
	assert_peer("+8613800138000", true, "+8613800138000");
	assert_peer("008613800138000", false, "+8613800138000");
	assert_peer("85291234567", true, "+85291234567");
	assert_peer("10086", false, "10086");
	assert_peer("+13105550123", false, "+13105550123");
	assert_peer("0013105550123", false, "+13105550123");
	assert_peer("13105550123", true, "+8613105550123");
	assert_peer("INFO", false, NULL);
	assert_peer("", false, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pace_lets_no_more_through_than_its_rate),
		cmocka_unit_test(pace_says_how_long_to_wait),
		cmocka_unit_test(a_pause_does_not_save_up_a_burst),
		cmocka_unit_test(zero_means_no_limit),
		cmocka_unit_test(throttling_holds_twice_as_long_each_time),
		cmocka_unit_test(back_off_doubles_up_to_its_limit_with_jitter),
		cmocka_unit_test(answers_may_come_in_any_order),
		cmocka_unit_test(keys_of_64_bits_do_not_meet),
		cmocka_unit_test(the_oldest_request_times_out_first),
		cmocka_unit_test(one_citizen_has_one_number_however_carriers_write_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
