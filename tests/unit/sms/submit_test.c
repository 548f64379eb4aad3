/* The rules of submit.h under a clock of the test's own: no sockets, no waiting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/submit.h"

enum { WRITTEN_MAX = 1000 };

static struct {
	struct submit *submit;
	int64_t now;
	unsigned room, ready, sents;
	struct { void *request; unsigned index; uint8_t first; const struct msg_out *msg; } written[WRITTEN_MAX];
	unsigned count;
	struct {
		const struct msg_out *msg;
		enum sent sent;
		char reason[100];
		size_t ids;
		bool receipts;
		unsigned retry_ms;
	} sent[50];
	int64_t wake_at;
	struct pace hold;
	bool refuse_write, name;
} t;

static struct submit_config config;

static void wake(void *owner, unsigned ms)
{
	(void)owner;
	assert_true(ms > 0);
	t.wake_at = t.now + ms;
}

static bool room(void *owner)
{
	unsigned held = pace_take(&t.hold, t.now);
	if (held)
		wake(owner, held);
	return !held && t.room > 0;
}

static void hold(void *owner, void *link, int64_t now)
{
	(void)owner, (void)link;
	pace_throttled(&t.hold, now);
}

static int write_part(void *owner, const struct submit_part *p, struct err *e)
{
	(void)owner;
	if (t.refuse_write)
		return err_set(e, E_RANGE, "cannot be written");
	t.room--;
	if (t.name)
		submit_named(p->request, "ours");
	t.written[t.count].request = p->request;
	t.written[t.count].index = p->index;
	t.written[t.count].first = p->n ? p->bytes[0] : 0;
	t.written[t.count++].msg = p->msg;
	return 0;
}

static void sent(void *owner, const struct msg_out *m, const struct sent_result *r)
{
	(void)owner;
	t.sent[t.sents].msg = m;
	t.sent[t.sents].sent = r->sent;
	snprintf(t.sent[t.sents].reason, sizeof t.sent[0].reason, "%s", r->reason ? r->reason : "");
	t.sent[t.sents].ids = r->ids;
	t.sent[t.sents].receipts = r->receipts;
	t.sent[t.sents++].retry_ms = r->retry_ms;
}

static void ready(void *owner)
{
	(void)owner;
	t.ready++;
}

static const struct submit_ops ops = { room, write_part, wake, hold, sent, ready };

static char two_parts[201], five_parts[701];

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof t);
	memset(five_parts, 'a', 700);
	memset(two_parts, 'b', 200);
	t.now = 1000000;
	t.room = 10;
	config = (struct submit_config){ .narrow = CODING_GSM, .limits = &segment_limits_gsm, .messages = 3,
		.keep_ms = SUBMIT_KEEP_MS };
	pace_init(&t.hold, 0, t.now);
	t.submit = submit_create(&config, &ops, NULL, 0, t.now);
	submit_up(t.submit, t.now);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	submit_destroy(&t.submit);
	return 0;
}

static struct msg_out text(const char *s)
{
	return (struct msg_out){ .peer = "1", .text = s };
}

static void answer(unsigned i, enum submit_answer a)
{
	t.room++;
	if (a == SUBMIT_ACCEPTED)
		pace_accepted(&t.hold);
	submit_answered(t.submit, NULL, t.written[i].request, a, a == SUBMIT_ACCEPTED ? "id" : "", "why", t.now);
}

/* Lets time pass up to the moment that was asked for. */
static void sleep_until_woken(void)
{
	assert_true(t.wake_at > t.now);
	t.now = t.wake_at;
	submit_pump(t.submit, t.now);
}

static void a_single_text_that_is_throttled_for_ever_goes_back(void **state)
{
	(void)state;
	struct msg_out m = text("a");
	assert_int_equal(submit_send(t.submit, &m, t.now), 0);
	int64_t start = t.now;
	for (unsigned i = 0; i < SUBMIT_TRIES; i++) {
		assert_int_equal(t.count, i + 1);
		assert_int_equal(t.sents, 0);
		answer(i, SUBMIT_THROTTLED);
		if (i + 1 < SUBMIT_TRIES)
			sleep_until_woken();
	}
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_RETRY);
	assert_int_equal(t.sent[0].retry_ms, PACE_HOLD_MAX_MS);
	assert_int_equal(t.now - start, 1000 + 2000 + 4000 + 8000);
	assert_true(submit_idle(t.submit));
}

static void a_part_throttled_for_ever_among_accepted_ones_refuses(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts);
	submit_send(t.submit, &m, t.now);
	assert_int_equal(t.count, 5);
	for (unsigned i = 0; i < 4; i++)
		answer(i, SUBMIT_ACCEPTED);
	for (unsigned i = 0; i < SUBMIT_TRIES; i++) {
		answer(4 + i, SUBMIT_THROTTLED);
		if (i + 1 < SUBMIT_TRIES)
			sleep_until_woken();
	}
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_REFUSED);
	assert_int_equal(t.sent[0].ids, 4);
	assert_false(t.sent[0].receipts);
}

static void a_hold_stops_every_message_of_the_link(void **state)
{
	(void)state;
	struct msg_out a = text("a"), b = text("b");
	t.room = 1;
	submit_send(t.submit, &a, t.now);
	submit_send(t.submit, &b, t.now);
	t.room = 9;
	answer(0, SUBMIT_THROTTLED);
	assert_int_equal(t.count, 1);
	t.now += PACE_HOLD_MIN_MS - 1;
	submit_pump(t.submit, t.now);
	assert_int_equal(t.count, 1);
	t.now += 1;
	submit_pump(t.submit, t.now);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.written[1].first, 'a'); /* older first */
}

static void trouble_of_one_citizen_holds_nobody_else(void **state)
{
	(void)state;
	struct msg_out a = text("a"), b = text("b");
	submit_send(t.submit, &a, t.now);
	answer(0, SUBMIT_LATER);
	assert_int_equal(t.sent[0].sent, SENT_RETRY);
	assert_int_equal(t.sent[0].retry_ms, 0);
	submit_send(t.submit, &b, t.now);
	assert_int_equal(t.count, 2);
}

static void nor_does_half_a_text_that_waits_to_go_again(void **state)
{
	(void)state;
	struct msg_out half = text(two_parts), other = text("c");
	submit_send(t.submit, &half, t.now);
	answer(0, SUBMIT_ACCEPTED);
	answer(1, SUBMIT_LATER);
	submit_send(t.submit, &other, t.now);
	assert_int_equal(t.count, 3);
	assert_ptr_equal(t.written[2].msg, &other);
	answer(2, SUBMIT_ACCEPTED);
	assert_int_equal(t.sents, 1);
	sleep_until_woken();
	assert_ptr_equal(t.written[3].msg, &half);
}

static void a_provider_that_rests_is_given_nothing_and_half_a_text_waits_for_it(void **state)
{
	(void)state;
	struct msg_out half = text(two_parts), whole = text("c");
	t.room = 1;
	submit_send(t.submit, &half, t.now);
	submit_send(t.submit, &whole, t.now);
	answer(0, SUBMIT_ACCEPTED);
	t.room = 0;
	submit_put_back(t.submit, "away");
	assert_int_equal(t.sents, 1);
	assert_ptr_equal(t.sent[0].msg, &whole);
	assert_int_equal(t.sent[0].sent, SENT_RETRY);
	t.now += 10 * SUBMIT_KEEP_MS;
	t.room = 10;
	submit_pump(t.submit, t.now);
	answer(1, SUBMIT_ACCEPTED);
	assert_ptr_equal(t.sent[1].msg, &half);
	assert_int_equal(t.sent[1].sent, SENT_ACCEPTED);
}

static void an_unanswered_part_outweighs_every_other_answer(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts);
	submit_send(t.submit, &m, t.now);
	answer(0, SUBMIT_ACCEPTED);
	answer(1, SUBMIT_NEVER);
	submit_unanswered(t.submit, t.written[2].request, "no answer", t.now);
	answer(3, SUBMIT_LATER);
	assert_int_equal(t.sents, 0);
	answer(4, SUBMIT_ACCEPTED);
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_UNKNOWN);
	assert_string_equal(t.sent[0].reason, "why"); /* the first thing that went wrong */
	assert_int_equal(t.sent[0].ids, 2);
}

static void what_ended_a_message_is_its_reason_and_not_what_put_it_off_before(void **state)
{
	(void)state;
	struct msg_out m = text("a");
	submit_send(t.submit, &m, t.now);
	submit_answered(t.submit, NULL, t.written[0].request, SUBMIT_THROTTLED, NULL, "too fast", t.now);
	t.now += PACE_HOLD_MAX_MS;
	submit_pump(t.submit, t.now);
	assert_int_equal(t.count, 2);
	submit_answered(t.submit, NULL, t.written[1].request, SUBMIT_NEVER, NULL, "no such number", t.now);
	assert_int_equal(t.sent[0].sent, SENT_REFUSED);
	assert_string_equal(t.sent[0].reason, "no such number");
}

static void a_part_refused_for_now_before_another_is_accepted_goes_again(void **state)
{
	(void)state;
	struct msg_out m = text(two_parts);
	submit_send(t.submit, &m, t.now);
	answer(0, SUBMIT_LATER);
	answer(1, SUBMIT_ACCEPTED);
	for (unsigned i = 2; i <= SUBMIT_TRIES; i++) {
		assert_int_equal(t.sents, 0);
		assert_int_equal(t.count, i);
		sleep_until_woken(); /* not at once */
		assert_int_equal(t.count, i + 1);
		assert_int_equal(t.written[i].index, 1);
		answer(i, i < SUBMIT_TRIES ? SUBMIT_LATER : SUBMIT_ACCEPTED);
	}
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_ACCEPTED);
	assert_int_equal(t.sent[0].ids, 2);
	submit_send(t.submit, &m, t.now);
	unsigned first = t.count - 2;
	answer(first, SUBMIT_LATER);
	answer(first + 1, SUBMIT_ACCEPTED);
	for (unsigned i = 1; i < SUBMIT_TRIES; i++) {
		assert_int_equal(t.sents, 1);
		sleep_until_woken();
		answer(t.count - 1, SUBMIT_LATER);
	}
	assert_int_equal(t.sents, 2);
	assert_int_equal(t.sent[1].sent, SENT_REFUSED);
}

static void refused_for_now_with_none_accepted_goes_back_at_once(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts);
	t.room = 3;
	submit_send(t.submit, &m, t.now);
	answer(0, SUBMIT_LATER);
	answer(1, SUBMIT_LATER);
	assert_int_equal(t.sents, 0);
	answer(2, SUBMIT_LATER);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_RETRY);
}

static void refusal_outweighs_refusal_for_now(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts);
	t.room = 2;
	submit_send(t.submit, &m, t.now);
	t.room = 0;
	submit_answered(t.submit, NULL, t.written[0].request, SUBMIT_LATER, "", "later", t.now);
	submit_answered(t.submit, NULL, t.written[1].request, SUBMIT_NEVER, "", "never", t.now);
	assert_int_equal(t.sent[0].sent, SENT_REFUSED);
	assert_int_equal(t.count, 2);
}

static void what_cannot_be_written_is_refused_with_its_reason(void **state)
{
	(void)state;
	struct msg_out m = text("a");
	t.refuse_write = true;
	assert_int_equal(submit_send(t.submit, &m, t.now), 0);
	assert_int_equal(t.sent[0].sent, SENT_REFUSED);
	assert_string_equal(t.sent[0].reason, "cannot be written");
}

static void only_so_many_messages_are_taken_at_once(void **state)
{
	(void)state;
	struct msg_out m[4] = { text("a"), text("b"), text("c"), text("d") };
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(submit_send(t.submit, &m[i], t.now), 0);
	assert_int_equal(submit_send(t.submit, &m[3], t.now), E_AGAIN);
	answer(2, SUBMIT_ACCEPTED);
	assert_int_equal(t.ready, 1);
	answer(1, SUBMIT_ACCEPTED);
	assert_int_equal(t.ready, 1); /* asked once, told once */
	assert_int_equal(submit_send(t.submit, &m[3], t.now), 0);
}

static void half_a_message_waits_for_the_link_and_no_longer(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts), other = text("x");
	t.room = 1;
	submit_send(t.submit, &m, t.now);
	submit_send(t.submit, &other, t.now);
	t.room = 0;
	submit_answered(t.submit, NULL, t.written[0].request, SUBMIT_ACCEPTED, "id", "", t.now);
	submit_down(t.submit, "gone", t.now);
	assert_int_equal(t.sents, 1);
	assert_ptr_equal(t.sent[0].msg, &other);
	assert_int_equal(t.sent[0].sent, SENT_RETRY);
	assert_string_equal(t.sent[0].reason, "gone");
	assert_int_equal(t.wake_at, t.now + SUBMIT_KEEP_MS);
	t.now += SUBMIT_KEEP_MS - 1;
	submit_pump(t.submit, t.now);
	assert_int_equal(t.sents, 1);
	t.now++;
	submit_pump(t.submit, t.now);
	assert_int_equal(t.sent[1].sent, SENT_UNKNOWN);
	assert_int_equal(t.sent[1].ids, 1);
}

static void what_is_kept_is_given_up_in_time_whatever_else_woke_it(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts);
	t.room = 1;
	submit_send(t.submit, &m, t.now);
	t.room = 0;
	submit_answered(t.submit, NULL, t.written[0].request, SUBMIT_ACCEPTED, "id", "", t.now);
	submit_down(t.submit, "gone", t.now);
	int64_t until = t.now + SUBMIT_KEEP_MS;
	t.wake_at = 0; /* one wake at a time, the earliest: the pace had asked for its own before */
	t.now += 100;
	submit_pump(t.submit, t.now);
	assert_int_equal(t.sents, 0);
	assert_int_equal(t.wake_at, until);
	sleep_until_woken();
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_UNKNOWN);
}

static void a_link_back_too_late_carries_no_other_half(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts);
	t.room = 1;
	submit_send(t.submit, &m, t.now);
	submit_answered(t.submit, NULL, t.written[0].request, SUBMIT_ACCEPTED, "id", "", t.now);
	submit_down(t.submit, "gone", t.now);
	t.now += SUBMIT_KEEP_MS; /* nobody was awake meanwhile */
	t.room = 10;
	submit_up(t.submit, t.now);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_UNKNOWN);
}

static void a_link_back_in_time_carries_the_other_half(void **state)
{
	(void)state;
	struct msg_out m = text(five_parts);
	t.room = 1;
	submit_send(t.submit, &m, t.now);
	submit_answered(t.submit, NULL, t.written[0].request, SUBMIT_ACCEPTED, "id", "", t.now);
	submit_down(t.submit, "gone", t.now);
	t.now += SUBMIT_KEEP_MS / 2;
	t.room = 10;
	submit_up(t.submit, t.now);
	assert_int_equal(t.count, 5);
	t.now += SUBMIT_KEEP_MS;
	submit_pump(t.submit, t.now);
	for (unsigned i = 1; i < 5; i++)
		answer(i, SUBMIT_ACCEPTED);
	assert_int_equal(t.sent[0].sent, SENT_ACCEPTED);
	assert_true(t.sent[0].receipts);
}

static void what_is_to_be_resent_is_written_again_and_not_for_ever(void **state)
{
	(void)state;
	struct msg_out m = text(two_parts);
	config.resend = true;
	submit_send(t.submit, &m, t.now);
	answer(0, SUBMIT_ACCEPTED);
	for (unsigned i = 1; i < SUBMIT_TRIES; i++) {
		assert_int_equal(t.sents, 0);
		submit_unanswered(t.submit, t.written[i].request, "no answer", t.now);
		assert_int_equal(t.count, i + 2);
		assert_int_equal(t.written[i + 1].index, 2); /* never the accepted part */
	}
	submit_unanswered(t.submit, t.written[SUBMIT_TRIES].request, "no answer", t.now);
	assert_int_equal(t.sents, 1);
	assert_int_equal(t.sent[0].sent, SENT_UNKNOWN);
}

static void draining_gives_back_what_was_not_begun(void **state)
{
	(void)state;
	struct msg_out a = text(two_parts), b = text("b");
	t.room = 1;
	submit_send(t.submit, &a, t.now);
	submit_send(t.submit, &b, t.now);
	submit_drain(t.submit);
	assert_int_equal(t.sents, 1);
	assert_ptr_equal(t.sent[0].msg, &b);
	assert_false(submit_idle(t.submit));
	answer(0, SUBMIT_ACCEPTED);
	for (unsigned i = 1; i < t.count; i++)
		answer(i, SUBMIT_ACCEPTED);
	assert_int_equal(t.sent[1].sent, SENT_ACCEPTED);
	assert_true(submit_idle(t.submit));
	assert_int_equal(t.ready, 0);
}

static void an_id_of_ours_is_told_even_when_no_answer_came(void **state)
{
	(void)state;
	struct msg_out m = text("a");
	t.name = true;
	assert_int_equal(submit_send(t.submit, &m, t.now), 0);
	submit_unanswered(t.submit, t.written[0].request, "time-out", t.now);
	assert_int_equal(t.sent[0].sent, SENT_UNKNOWN);
	assert_int_equal(t.sent[0].ids, 1);
	assert_true(t.sent[0].receipts);
	struct msg_out two = text(two_parts); /* of which only one was written: the whole cannot be known by its receipt */
	t.room = 1;
	assert_int_equal(submit_send(t.submit, &two, t.now), 0);
	submit_unanswered(t.submit, t.written[1].request, "time-out", t.now);
	assert_int_equal(t.sent[1].sent, SENT_UNKNOWN);
	assert_false(t.sent[1].receipts);
}

static unsigned ten(const char *s)
{
	(void)s;
	return 10;
}

static void what_the_provider_cuts_itself_is_paced_by_its_parts(void **state)
{
	(void)state;
	struct msg_out m = text("a");
	submit_destroy(&t.submit);
	config.pace = 10;
	config.weight = ten;
	t.submit = submit_create(&config, &ops, NULL, 0, t.now);
	submit_up(t.submit, t.now);
	int64_t start = t.now;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(submit_send(t.submit, &m, t.now), 0);
	assert_int_equal(t.count, 1);
	sleep_until_woken();
	assert_int_equal(t.count, 2);
	assert_true(t.now - start == 1000);
	sleep_until_woken();
	assert_int_equal(t.count, 3);
	assert_true(t.now - start == 2000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_id_of_ours_is_told_even_when_no_answer_came),
		TEST(what_the_provider_cuts_itself_is_paced_by_its_parts),
		TEST(a_single_text_that_is_throttled_for_ever_goes_back),
		TEST(a_part_throttled_for_ever_among_accepted_ones_refuses),
		TEST(a_hold_stops_every_message_of_the_link),
		TEST(trouble_of_one_citizen_holds_nobody_else),
		TEST(nor_does_half_a_text_that_waits_to_go_again),
		TEST(a_provider_that_rests_is_given_nothing_and_half_a_text_waits_for_it),
		TEST(an_unanswered_part_outweighs_every_other_answer),
		TEST(what_ended_a_message_is_its_reason_and_not_what_put_it_off_before),
		TEST(a_part_refused_for_now_before_another_is_accepted_goes_again),
		TEST(refused_for_now_with_none_accepted_goes_back_at_once),
		TEST(refusal_outweighs_refusal_for_now),
		TEST(what_cannot_be_written_is_refused_with_its_reason),
		TEST(only_so_many_messages_are_taken_at_once),
		TEST(half_a_message_waits_for_the_link_and_no_longer),
		TEST(what_is_kept_is_given_up_in_time_whatever_else_woke_it),
		TEST(a_link_back_too_late_carries_no_other_half),
		TEST(a_link_back_in_time_carries_the_other_half),
		TEST(what_is_to_be_resent_is_written_again_and_not_for_ever),
		TEST(draining_gives_back_what_was_not_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
