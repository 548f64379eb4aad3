/* The contract of gateway/adapter.h, for every adapter of adapters/adapters.def. A new one adds its peer below. */
#include "tests/unit/adapters/conformance.h"

#include "tests/unit/adapters/conformance_cmpp.h"
#include "tests/unit/adapters/conformance_email.h"
#include "tests/unit/adapters/conformance_sgip.h"
#include "tests/unit/adapters/conformance_smgp.h"
#include "tests/unit/adapters/conformance_smpp.h"
#include "tests/unit/adapters/conformance_sms_http.h"
#include "tests/unit/adapters/conformance_webchat.h"
#include "tests/unit/adapters/conformance_wechat.h"

static const struct peer *const peers[] = { &webchat_peer, &smpp_peer, &cmpp_peer, &sgip_peer, &smgp_peer, &sms_http_peer,
	&email_peer, &wechat_peer, &wecom_peer };
static const struct adapter_ops *const adapters[] = {
#define ADAPTER(ops) &ops,
#include "adapters/adapters.def"
#undef ADAPTER
};
enum { PEERS = sizeof peers / sizeof *peers, ADAPTERS = sizeof adapters / sizeof *adapters, ALL_MAX = 400 };

#define HEARD(n, what) UNTIL(world.peer->heard(n) == (what))

static bool disposed_of(enum heard h)
{
	return h == HEARD_TAKEN || h == HEARD_NEVER_AGAIN;
}

/* --- in --- */

static void what_is_stored_is_acknowledged(void **state)
{
	(void)state;
	world.peer->say(1);
	HEARD(1, HEARD_TAKEN);
	assert_int_equal(world.fake.takes, 1);
	const struct msg_in *m = &world.fake.take[0].msg;
	assert_int_equal(m->kind, MSG_TEXT);
	assert_string_equal(m->text, "in-1");
	assert_true(m->peer && *m->peer && strlen(m->peer) <= MSG_PEER_MAX);
	assert_true(m->account && *m->account);
	assert_true(m->received_at > 0);
	assert_true(m->external_id == NULL || strlen(m->external_id) <= MSG_EXTERNAL_ID_MAX);
	assert_true(m->external_id != NULL || m->session_at > 0); /* the gateway must be able to know it again */
	assert_int_equal(m->verified, world.peer->ops->caps.verified);
	assert_int_equal(m->automatic, MSG_BY_PERSON);
}

static void nothing_is_acknowledged_before_it_is_stored(void **state)
{
	(void)state;
	world.fake.hold = true;
	world.peer->say(1);
	UNTIL(world.peer->heard(1) != HEARD_NOTHING || world.fake.takes == 1);
	settle();
	assert_int_equal(world.peer->heard(1), HEARD_NOTHING);
	fake_release();
	HEARD(1, HEARD_TAKEN);
}

static void what_comes_twice_is_acknowledged_twice_and_known_again(void **state)
{
	(void)state;
	world.peer->say(1);
	HEARD(1, HEARD_TAKEN);
	world.fake.answer = TAKEN_DUPLICATE;
	world.peer->say(1);
	HEARD(1, HEARD_TAKEN);
	assert_int_equal(world.fake.takes, 2);
	const struct msg_in *a = &world.fake.take[0].msg, *b = &world.fake.take[1].msg;
	assert_int_equal(a->external_id != NULL, b->external_id != NULL);
	if (a->external_id)
		assert_string_equal(a->external_id, b->external_id);
	assert_string_equal(a->text, b->text);
	assert_string_equal(a->peer, b->peer);
	assert_string_equal(a->account, b->account);
}

static void two_messages_are_not_taken_for_one(void **state)
{
	(void)state;
	world.peer->say(1);
	world.peer->say(2);
	UNTIL(world.peer->heard(1) == HEARD_TAKEN && world.peer->heard(2) == HEARD_TAKEN);
	const struct msg_in *a = &world.fake.take[0].msg, *b = &world.fake.take[1].msg;
	assert_string_not_equal(a->text, b->text);
	if (a->external_id)
		assert_string_not_equal(a->external_id, b->external_id);
}

static void what_is_kept_aside_does_not_come_again(void **state)
{
	(void)state;
	world.fake.answer = TAKEN_REFUSED;
	world.peer->say(1);
	UNTIL(disposed_of(world.peer->heard(1)));
}

static void what_could_not_be_kept_is_pushed_back_and_taken_the_next_time(void **state)
{
	(void)state;
	world.fake.answer = TAKEN_RETRY;
	world.peer->say(1);
	HEARD(1, HEARD_LATER);
	world.fake.answer = TAKEN_STORED;
	world.peer->say(1);
	HEARD(1, HEARD_TAKEN);
	assert_int_equal(world.fake.takes, 2);
}

static void several_under_way_get_each_its_own_answer(void **state)
{
	(void)state;
	if (world.peer->in_turn)
		skip();
	world.fake.hold = true;
	for (unsigned n = 1; n <= 3; n++)
		world.peer->say(n);
	UNTIL((world.peer->heard(1), world.peer->heard(2), world.peer->heard(3), world.fake.takes == 3));
	settle();
	static const unsigned order[] = { 3, 1, 2 }; /* what is pushed back may be told by silence, so it is the last */
	for (size_t i = 0; i < 3; i++) {
		unsigned n = order[i];
		struct fake_take *t = &world.fake.take[0];
		while (t->msg.text[3] - '0' != (int)n)
			t++;
		char text[10];
		(void)snprintf(text, sizeof text, "in-%u", n);
		assert_string_equal(t->msg.text, text);
		assert_int_equal(world.peer->heard(n), HEARD_NOTHING);
		struct taken_info info = { .seq = 1 };
		t->answered = true;
		t->done(world.adapter, t->ack, n == 2 ? TAKEN_RETRY : TAKEN_STORED, &info);
		HEARD(n, n == 2 ? HEARD_LATER : HEARD_TAKEN);
	}
}

static void an_answer_for_a_peer_that_has_left_harms_nobody(void **state)
{
	(void)state;
	world.fake.hold = true;
	world.peer->say(1);
	UNTIL((world.peer->heard(1), world.fake.takes == 1));
	world.peer->cut();
	world.peer->come_back();
	UNTIL(world.fake.up);
	fake_release();
	settle();
	assert_true(world.fake.take[0].answered);
	assert_false(disposed_of(world.peer->heard(1))); /* what is said on a new link is not about the old one */
}

/* --- out --- */

static void accepted_means_that_the_peer_has_it(void **state)
{
	(void)state;
	world.peer->hold(true);
	assert_int_equal(lend(1), 0);
	UNTIL(got(1) == 1);
	if (!world.peer->outcome_at_once) {
		settle();
		assert_int_equal(world.ended, 0); /* received, not answered: nothing is known yet */
	}
	world.peer->hold(false);
	UNTIL(world.ended == 1);
	assert_int_equal(world.loan[0].sent, SENT_ACCEPTED);
	assert_false(world.loan[0].reason);
	assert_int_equal(world.loan[0].receipts, world.peer->ops->caps.receipts);
	if (world.peer->ops->caps.receipts)
		assert_int_equal(world.loan[0].ids, 1);
	settle();
	all_ended_once();
	assert_int_equal(got(1), 1);
}

static void nobody_there_is_never_accepted(void **state)
{
	(void)state;
	world.peer->cut();
	int rc = lend(1);
	settle();
	assert_int_equal(got(1), 0);
	if (rc < 0) {
		assert_int_equal(rc, E_AGAIN);
		return;
	}
	UNTIL(world.ended == 1);
	assert_true(world.loan[0].sent == SENT_RETRY || world.loan[0].sent == SENT_PARKED);
}

static void before_anybody_was_met_nothing_is_accepted(void **state)
{
	(void)state; /* the gateway may send from start() on */
	int rc = lend(1);
	assert_true(rc == 0 || rc == E_AGAIN);
	if (rc < 0) {
		UNTIL(world.fake.readies > 0);
		assert_int_equal(lend(1), 0);
	}
	UNTIL(world.ended == 1);
	UNTIL(got(1) == (world.loan[0].sent == SENT_ACCEPTED));
}

static void when_the_peer_is_back_messages_go_again(void **state)
{
	(void)state;
	world.peer->cut();
	int rc = lend(1);
	if (rc == 0)
		UNTIL(world.ended == 1);
	enum sent sent = world.loan[0].sent;
	size_t readies = world.fake.readies, backs = world.backs;
	world.peer->come_back();
	if (rc < 0)
		UNTIL(world.fake.readies > readies);
	else if (sent == SENT_PARKED)
		UNTIL(world.backs > backs);
	else
		assert_int_equal(sent, SENT_RETRY);
	assert_int_equal(lend(2), 0);
	size_t mine = world.loans - 1;
	UNTIL(world.loan[mine].ended == 1);
	assert_int_equal(world.loan[mine].sent, SENT_ACCEPTED);
	UNTIL(got(2) == 1);
	UNTIL(world.fake.up);
}

static void a_link_lost_before_the_answer_is_never_a_retry(void **state)
{
	(void)state;
	world.peer->hold(true);
	assert_int_equal(lend(1), 0);
	UNTIL(got(1) == 1);
	world.peer->cut();
	UNTIL(world.ended == 1);
	/* What the peer knows again may go once more. */
	enum sent most = world.peer->outcome_at_once ? SENT_ACCEPTED : world.peer->ops->caps.idempotent ? SENT_RETRY : SENT_UNKNOWN;
	assert_int_equal(world.loan[0].sent, most);
}

static void a_full_window_says_so_and_then_that_there_is_room(void **state)
{
	(void)state;
	if (world.peer->window == 0)
		skip();
	world.peer->hold(true);
	unsigned lent = 0;
	int rc;
	while ((rc = lend(lent)) == 0 && lent < LOANS_MAX - 2)
		lent++;
	assert_int_equal(rc, E_AGAIN);
	assert_int_equal(lent, world.peer->window);
	UNTIL(got(lent - 1) == 1);
	settle();
	assert_int_equal(world.fake.readies, 0);
	world.peer->hold(false);
	UNTIL(world.fake.readies > 0);
	assert_int_equal(lend(lent), 0);
	UNTIL(world.ended == lent + 1);
	all_ended_once();
	for (unsigned i = 0; i <= lent; i++) {
		assert_int_equal(world.loan[i].sent, SENT_ACCEPTED);
		assert_int_equal(got(i), 1);
	}
}

static void a_receipt_before_the_sends_answer_is_passed_on(void **state)
{
	(void)state;
	assert_int_equal(world.peer->receipt != NULL, world.peer->ops->caps.receipts);
	if (world.peer->receipt == NULL)
		skip();
	world.peer->hold(true);
	assert_int_equal(lend(1), 0);
	UNTIL(got(1) == 1);
	world.peer->receipt(world.peer->next_id);
	UNTIL(world.fake.receipts == 1);
	assert_int_equal(world.ended, 0);
	world.peer->hold(false);
	UNTIL(world.ended == 1);
	assert_string_equal(world.fake.receipt[0].receipt.external_id, world.loan[0].id);
	assert_int_equal(world.fake.receipt[0].receipt.state, OUT_DELIVERED);
	assert_int_equal(world.loan[0].sent, SENT_ACCEPTED);
}

static void the_longest_text_it_promises_can_be_sent(void **state)
{
	(void)state;
	unsigned most = world.peer->ops->caps.text_max ? world.peer->ops->caps.text_max : 20000;
	char *text = mem_alloc(most * 3 + 1);
	for (unsigned i = 0; i < most; i++)
		memcpy(text + i * 3, "路", 3);
	text[most * 3] = '\0';
	assert_int_equal(lend_text(text), 0);
	UNTIL(world.ended == 1);
	assert_int_equal(world.loan[0].sent, SENT_ACCEPTED);
	if (world.peer->ops->parts && (world.loan[0].ids || world.peer->ops->caps.receipts))
		assert_int_equal(world.loan[0].ids, world.peer->ops->parts(world.config, text));
	free(text);
}

static void an_idempotent_channel_shows_a_repeated_message_once(void **state)
{
	(void)state;
	if (!world.peer->ops->caps.idempotent)
		skip();
	assert_int_equal(lend(1), 0);
	UNTIL(got(1) == 1 && world.ended == 1);
	world.loans--; /* the same id and seq again, as after a crash */
	world.seq--;
	world.ended = 0;
	assert_int_equal(lend(1), 0);
	UNTIL(world.ended == 1);
	assert_int_equal(world.loan[0].sent, SENT_ACCEPTED);
	settle();
	assert_int_equal(got(1), 1);
}

/* --- the end --- */

static void nothing_under_way_is_drained_at_once_and_once(void **state)
{
	(void)state;
	world.peer->ops->drain(world.adapter);
	UNTIL(world.fake.drains == 1);
	settle();
	assert_int_equal(world.fake.drains, 1);
}

static void a_drain_waits_for_what_was_taken_and_lent(void **state)
{
	(void)state;
	if (world.peer->in_turn) /* a peer that is pulled from hears of it at the next pull, after the restart */
		skip();
	world.fake.hold = true;
	world.peer->hold(true);
	world.peer->say(1);
	world.peer->say(2);
	UNTIL((world.peer->heard(1), world.peer->heard(2), world.fake.takes == 2));
	assert_int_equal(lend(1), 0);
	UNTIL(got(1) == 1);
	world.peer->ops->drain(world.adapter);
	settle();
	assert_int_equal(world.fake.drains, 0);
	fake_release();
	UNTIL(world.peer->heard(1) == HEARD_TAKEN && world.peer->heard(2) == HEARD_TAKEN);
	if (!world.peer->outcome_at_once)
		assert_int_equal(world.fake.drains, 0);
	world.peer->hold(false);
	UNTIL(world.fake.drains == 1);
	all_ended_once();
	assert_int_equal(world.loan[0].sent, SENT_ACCEPTED);
	settle();
	assert_int_equal(world.fake.drains, 1);
}

static void while_draining_nothing_more_is_taken(void **state)
{
	(void)state;
	if (world.peer->in_turn)
		skip();
	world.fake.hold = true;
	world.peer->say(1);
	UNTIL((world.peer->heard(1), world.fake.takes == 1));
	world.peer->ops->drain(world.adapter);
	world.peer->say(2);
	uint64_t end = uv_hrtime() + SETTLE_MS * 1000000ull;
	while (uv_hrtime() < end) {
		(void)world.peer->heard(2);
		uv_run(&world.loop, UV_RUN_ONCE);
	}
	enum heard h = world.peer->heard(2);
	assert_true(world.fake.takes == 2 ? h == HEARD_NOTHING : h == HEARD_LATER || h == HEARD_GONE || h == HEARD_NOTHING);
	fake_release();
	HEARD(1, HEARD_TAKEN);
	UNTIL(world.fake.drains == 1);
	size_t takes = world.fake.takes;
	world.peer->say(3);
	settle();
	assert_false(disposed_of(world.peer->heard(3)));
	assert_int_equal(world.fake.takes, takes);
}

static void while_draining_nothing_more_is_lent(void **state)
{
	(void)state;
	world.peer->ops->drain(world.adapter);
	int rc = lend(1);
	if (rc == 0) {
		UNTIL(world.ended == 1);
		UNTIL(world.loan[0].sent != SENT_ACCEPTED || got(1) == 1);
	}
	UNTIL(world.fake.drains == 1);
}

static void with_the_peer_away_a_drain_ends_too(void **state)
{
	(void)state;
	world.peer->cut();
	(void)lend(1);
	world.peer->ops->drain(world.adapter);
	UNTIL(world.fake.drains == 1);
	all_ended_once();
}

static void open_loans_end_as_unknown_when_the_peer_may_have_them(void **state)
{
	(void)state;
	world.peer->hold(true);
	unsigned lent = 0;
	while (lent < 5 && lend(lent) == 0)
		lent++;
	UNTIL(got(0) == 1);
	destroy();
	all_ended_once();
	for (unsigned i = 0; i < lent; i++) {
		enum sent s = world.loan[i].sent;
		if (got(i) > 0)
			assert_int_equal(s, world.peer->outcome_at_once ? SENT_ACCEPTED : SENT_UNKNOWN);
		else
			assert_true(s == SENT_UNKNOWN || s == SENT_RETRY || s == SENT_PARKED);
	}
}

static void open_loans_end_as_retry_when_nobody_can_have_them(void **state)
{
	(void)state;
	world.peer->cut();
	if (lend(1) < 0)
		skip();
	destroy();
	all_ended_once();
	assert_true(world.loan[0].sent == SENT_RETRY || world.loan[0].sent == SENT_PARKED);
}

static void it_may_end_with_messages_untaken(void **state)
{
	(void)state;
	world.fake.hold = true;
	world.peer->say(1);
	world.peer->say(2);
	UNTIL((world.peer->heard(1), world.peer->heard(2), world.fake.takes == (world.peer->in_turn ? 1 : 2)));
	destroy();
	settle();
	assert_false(disposed_of(world.peer->heard(1)));
}

static void it_may_end_without_ever_having_begun(void **state)
{
	(void)state;
	destroy();
	assert_int_equal(world.fake.takes, 0);
	assert_int_equal(world.loans, 0);
	world.peer->ops->destroy(&world.adapter); /* of nothing */
}

static void it_may_end_while_it_is_draining(void **state)
{
	(void)state;
	world.fake.hold = true;
	world.peer->hold(true);
	world.peer->say(1);
	UNTIL((world.peer->heard(1), world.fake.takes == 1));
	(void)lend(1);
	world.peer->ops->drain(world.adapter);
	destroy();
	all_ended_once();
	assert_int_equal(world.fake.drains, 0);
}

static void its_state_is_told_with_words_when_it_is_down(void **state)
{
	(void)state;
	assert_true(world.fake.up);
	if (world.peer->outcome_at_once) /* citizens come and go; the channel is the server */
		skip();
	world.peer->cut();
	if (lend(1) == 0)
		UNTIL(world.ended == 1);
	UNTIL(!world.fake.up);
	assert_true(strlen(world.fake.words) > 5);
}

#include "tests/unit/adapters/conformance_self.h"

/* --- every rule for every peer --- */

/* The messengers' peers stand in a program of their own (conformance_wechat_test.c), so that two run at once. */
#ifndef CONFORMANCE_MESSENGERS
#define CONFORMANCE_MESSENGERS false
#endif
static bool is_here(const struct peer *p)
{
	return (strcmp(p->ops->caps.kind, "wechat") == 0) == CONFORMANCE_MESSENGERS;
}

#define RULE(name, from) { #name, name, from }
static const struct rule { const char *name; CMUnitTestFunction test; CMFixtureFunction from; } rules[] = {
	RULE(what_is_stored_is_acknowledged, world_meet),
	RULE(nothing_is_acknowledged_before_it_is_stored, world_meet),
	RULE(what_comes_twice_is_acknowledged_twice_and_known_again, world_meet),
	RULE(two_messages_are_not_taken_for_one, world_meet),
	RULE(what_is_kept_aside_does_not_come_again, world_meet),
	RULE(what_could_not_be_kept_is_pushed_back_and_taken_the_next_time, world_meet),
	RULE(several_under_way_get_each_its_own_answer, world_meet),
	RULE(an_answer_for_a_peer_that_has_left_harms_nobody, world_meet),
	RULE(accepted_means_that_the_peer_has_it, world_meet),
	RULE(nobody_there_is_never_accepted, world_meet),
	RULE(before_anybody_was_met_nothing_is_accepted, world_start),
	RULE(when_the_peer_is_back_messages_go_again, world_meet),
	RULE(a_link_lost_before_the_answer_is_never_a_retry, world_meet),
	RULE(a_full_window_says_so_and_then_that_there_is_room, world_meet),
	RULE(a_receipt_before_the_sends_answer_is_passed_on, world_meet),
	RULE(the_longest_text_it_promises_can_be_sent, world_meet),
	RULE(an_idempotent_channel_shows_a_repeated_message_once, world_meet),
	RULE(nothing_under_way_is_drained_at_once_and_once, world_meet),
	RULE(a_drain_waits_for_what_was_taken_and_lent, world_meet),
	RULE(while_draining_nothing_more_is_taken, world_meet),
	RULE(while_draining_nothing_more_is_lent, world_meet),
	RULE(with_the_peer_away_a_drain_ends_too, world_meet),
	RULE(open_loans_end_as_unknown_when_the_peer_may_have_them, world_meet),
	RULE(open_loans_end_as_retry_when_nobody_can_have_them, world_meet),
	RULE(it_may_end_with_messages_untaken, world_meet),
	RULE(it_may_end_without_ever_having_begun, world_up),
	RULE(it_may_end_while_it_is_draining, world_meet),
	RULE(its_state_is_told_with_words_when_it_is_down, world_meet),
};

/* With an argument only the tests that fit it: conformance_test 'smpp: *'. */
int main(int argc, char **argv)
{
	static struct CMUnitTest tests[ALL_MAX];
	static char names[ALL_MAX][120];
	const struct CMUnitTest own[] = {
		cmocka_unit_test(every_adapter_has_a_peer_here),
		cmocka_unit_test(names_kinds_and_codes_are_their_own),
		cmocka_unit_test(what_it_can_is_what_it_has),
		cmocka_unit_test(keys_are_explained_and_their_own),
		cmocka_unit_test_setup_teardown(every_default_is_a_value_one_could_write, temp_setup, temp_teardown),
		cmocka_unit_test_setup_teardown(a_key_that_is_required_is_missed, temp_setup, temp_teardown),
	};
	size_t n = sizeof own / sizeof *own;
	memcpy(tests, own, sizeof own);
	for (size_t p = 0; p < PEERS; p++)
		for (size_t r = 0; is_here(peers[p]) && r < sizeof rules / sizeof *rules; r++, n++) {
			must(n < ALL_MAX);
			(void)snprintf(names[n], sizeof names[n], "%s: %s", peers[p]->name, rules[r].name);
			tests[n] = (struct CMUnitTest){ names[n], rules[r].test, rules[r].from, world_down, (void *)(uintptr_t)peers[p] };
		}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests("conformance", tests, n, NULL, NULL);
}
