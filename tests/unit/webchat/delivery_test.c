#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "adapters/webchat/delivery.h"
#include "gateway/base/pace.h"

static bool live(struct delivery *d, int64_t seq)
{
	char frame[2] = { (char)('0' + seq), 0 };
	return delivery_live(d, seq, frame, 1);
}

static void expect_held(struct delivery *d, const char *frames)
{
	size_t n;
	for (; *frames; frames++) {
		char *frame = delivery_next_held(d, false, &n);
		assert_non_null(frame);
		assert_int_equal(n, 1);
		assert_int_equal(frame[0], *frames);
		free(frame);
	}
	assert_null(delivery_next_held(d, false, &n));
}

static void the_next_one_is_shown_at_once_and_only_once(void **state)
{
	(void)state;
	struct delivery d = { .shown = 4 };
	assert_true(live(&d, 5));
	assert_false(live(&d, 5));
	assert_false(live(&d, 3));
	assert_false(delivery_behind(&d));
	delivery_fini(&d);
}

static void a_gap_waits_for_the_history(void **state)
{
	(void)state;
	struct delivery d = { .shown = 4 };
	assert_false(live(&d, 7));
	assert_true(delivery_behind(&d));
	assert_true(delivery_replayed(&d, 5));
	assert_true(delivery_replayed(&d, 6));
	expect_held(&d, "7");
	assert_false(delivery_behind(&d));
	delivery_fini(&d);
}

static void live_ones_during_a_replay_come_after_it_in_order(void **state)
{
	(void)state;
	struct delivery d = { .replaying = true };
	assert_false(live(&d, 1));
	assert_false(live(&d, 4));
	assert_false(live(&d, 3));
	assert_false(live(&d, 4));
	assert_true(delivery_replayed(&d, 1));
	assert_true(delivery_replayed(&d, 2));
	d.replaying = false;
	expect_held(&d, "34");
	assert_true(live(&d, 5));
	delivery_fini(&d);
}

static void a_held_one_behind_a_gap_waits_until_the_history_has_no_more(void **state)
{
	(void)state;
	struct delivery d = { .replaying = true };
	size_t n;
	assert_false(live(&d, 3));
	assert_true(delivery_replayed(&d, 1));
	expect_held(&d, "");
	char *frame = delivery_next_held(&d, true, &n);
	assert_string_equal(frame, "3");
	free(frame);
	delivery_fini(&d);
}

static void what_the_history_already_gave_is_not_shown_again(void **state)
{
	(void)state;
	struct delivery d = { .replaying = true };
	assert_false(live(&d, 2));
	assert_true(delivery_replayed(&d, 1));
	assert_true(delivery_replayed(&d, 2));
	assert_false(delivery_replayed(&d, 2));
	d.replaying = false;
	expect_held(&d, "");
	delivery_fini(&d);
}

static void an_acknowledged_message_is_not_shown_back(void **state)
{
	(void)state;
	struct delivery d = { .shown = 4 };
	delivery_acked(&d, 7);
	assert_true(delivery_behind(&d));
	assert_true(delivery_replayed(&d, 5));
	assert_true(delivery_replayed(&d, 6));
	assert_false(delivery_replayed(&d, 7));
	assert_false(delivery_behind(&d));
	delivery_acked(&d, 8);
	assert_int_equal(d.shown, 8);
	delivery_acked(&d, 200);
	assert_int_equal(d.shown, 8);
	delivery_fini(&d);
}

static void an_acknowledged_message_far_ahead_is_not_shown_back(void **state)
{
	(void)state;
	struct delivery d = { .replaying = true };
	assert_false(live(&d, 90)); /* another tab's, held; its own acknowledgement comes after */
	delivery_acked(&d, 90);
	delivery_acked(&d, 80);
	delivery_acked(&d, 80);
	assert_false(live(&d, 80));
	for (int64_t seq = 1; seq <= 90; seq++)
		assert_int_equal(delivery_replayed(&d, seq), seq != 80 && seq != 90);
	expect_held(&d, "");
	assert_int_equal(d.held_bytes, 0);
	assert_int_equal(d.held_all, 0);
	delivery_fini(&d);
}

static void acknowledgements_ahead_have_a_cap(void **state)
{
	(void)state;
	struct delivery d = { .replaying = true };
	for (int64_t seq = 2; seq < 4 * HELD_ACKS_MAX; seq += 2)
		delivery_acked(&d, seq);
	assert_int_equal(d.held_all, HELD_ACKS_MAX);
	assert_true(delivery_replayed(&d, 1));
	assert_false(delivery_replayed(&d, 2 * HELD_ACKS_MAX));
	assert_true(delivery_replayed(&d, 2 * HELD_ACKS_MAX + 2)); /* rather twice than not at all */
	delivery_fini(&d);
}

static void held_frames_have_a_cap(void **state)
{
	(void)state;
	struct delivery d = { .replaying = true };
	char *big = calloc(1, HELD_BYTES_MAX);
	assert_false(delivery_live(&d, 2, big, HELD_BYTES_MAX));
	assert_false(delivery_live(&d, 3, big, 1));
	assert_int_equal(d.held_frames, 1);
	assert_int_equal(d.wanted, 3);
	delivery_fini(&d);
	struct delivery many = { .replaying = true };
	for (int64_t seq = 2; seq < 200; seq++)
		assert_false(delivery_live(&many, seq, big, 1));
	assert_int_equal(many.held_frames, HELD_FRAMES_MAX);
	delivery_fini(&many);
	free(big);
}

static void twenty_at_once_then_one_each_half_second(void **state)
{
	(void)state;
	int64_t due = 0, now = 1000000;
	for (int i = 0; i < 20; i++)
		assert_int_equal(pace(&due, now, 20, 10000), 0);
	assert_int_equal(pace(&due, now, 20, 10000), 500);
	assert_int_equal(pace(&due, now + 499, 20, 10000), 1);
	assert_int_equal(pace(&due, now + 500, 20, 10000), 0);
	assert_int_equal(pace(&due, now + 500, 20, 10000), 500);
	for (int i = 0; i < 20; i++)
		assert_int_equal(pace(&due, now + 60000, 20, 10000), 0);
	assert_int_not_equal(pace(&due, now + 60000, 20, 10000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_one_is_shown_at_once_and_only_once),
		cmocka_unit_test(a_gap_waits_for_the_history),
		cmocka_unit_test(live_ones_during_a_replay_come_after_it_in_order),
		cmocka_unit_test(a_held_one_behind_a_gap_waits_until_the_history_has_no_more),
		cmocka_unit_test(what_the_history_already_gave_is_not_shown_again),
		cmocka_unit_test(an_acknowledged_message_is_not_shown_back),
		cmocka_unit_test(an_acknowledged_message_far_ahead_is_not_shown_back),
		cmocka_unit_test(acknowledgements_ahead_have_a_cap),
		cmocka_unit_test(held_frames_have_a_cap),
		cmocka_unit_test(twenty_at_once_then_one_each_half_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
