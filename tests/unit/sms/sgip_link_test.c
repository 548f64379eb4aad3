/* The SGIP adapter's connections, ours to the SMG and the SMG's to us: logins, short sessions, ending. */
#include "tests/unit/sms/smg.h"

static void the_bind_says_who_we_are_and_the_node_has_all_its_bits(void **state)
{
	(void)state;
	begin();
	const struct sgip_pdu *b = &got(SGIP_BIND, 0)->pdu;
	assert_int_equal(b->bind.login_type, 1);
	assert_string_equal(b->bind.login_name, "xinqiao");
	assert_string_equal(b->bind.login_password, "secret");
	assert_true(b->sequence.node == 3010092008u);
	assert_non_null(strstr(gw.words, "bound to 127.0.0.1"));
}

static void a_refused_bind_is_said_in_words_and_tried_again(void **state)
{
	(void)state;
	smg.bind_result = 1;
	prepare();
	struct err e;
	assert_int_equal(sgip_adapter.start(adapter, &e), 0);
	UNTIL(strstr(gw.words, "login name or password is wrong (1)"));
	assert_false(gw.up);
	smg.bind_result = 0;
	UNTIL(gw.up);
}

/* --- short sessions --- */

static void rests_and_comes_back(void)
{
	prepare();
	sgip()->carrier.session_config.rest_ms = 40;
	begin();
	UNTIL(got_count(SGIP_UNBIND) == 1);
	UNTIL(strstr(gw.words, "at rest"));
	assert_true(gw.up); /* it is not down: it has nothing to say */
	unsigned conns = peer.conns;
	run_for(100);
	assert_int_equal(peer.conns, conns);
	assert_int_equal(sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x")), 0);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	assert_int_equal(peer.conns, conns + 1);
	UNTIL(got_count(SGIP_UNBIND) == 2);
}

static void an_idle_link_is_unbound_and_comes_back_for_a_message(void **state)
{
	(void)state;
	rests_and_comes_back();
}

static void an_unbind_answered_with_29_octets_is_one_too(void **state)
{
	(void)state;
	smg.long_unbind_resp = true;
	rests_and_comes_back();
}

static void a_link_with_an_answer_to_come_does_not_rest(void **state)
{
	(void)state;
	smg.hold_submits = true;
	prepare();
	sgip()->carrier.session_config.rest_ms = 30;
	begin();
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	UNTIL(got_count(SGIP_SUBMIT) == 1);
	run_for(120);
	assert_int_equal(got_count(SGIP_UNBIND), 0);
	answer(got(SGIP_SUBMIT, 0), 0);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	UNTIL(got_count(SGIP_UNBIND) == 1);
}

static void an_smg_that_cuts_an_idle_link_is_no_fault(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.session_config.rest_ms = 60000;
	begin();
	stream_close(peer.conn[0], true);
	UNTIL(strstr(gw.words, "at rest"));
	assert_true(gw.up);
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
}

static void a_link_called_and_not_reached_is_down(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.session_config.rest_ms = 40;
	begin();
	UNTIL(strstr(gw.words, "at rest"));
	smg.bind_result = 1;
	sgip_adapter.send(adapter, message_to(1, "+8613800138000", "x"));
	assert_int_equal(result(0)->sent, SENT_RETRY);
	UNTIL(!gw.up);
	smg.bind_result = 0;
	UNTIL(gw.up && gw.ready == 0);
}

/* --- the SMG comes in --- */

static void only_the_smg_comes_in(void **state)
{
	(void)state;
	static const struct { uint8_t type; const char *name, *password; uint8_t result; } rows[] = {
		{ 2, "smg", "wrong", 1 }, { 2, "other", "open", 1 }, { 2, "", "", 1 }, { 1, "smg", "open", 4 }, { 11, "smg", "open", 4 } };
	begin();
	for (unsigned i = 0; i < 5; i++) {
		unsigned closed = peer.closed;
		struct stream *s = peer_connect();
		say_bind(s, rows[i].type, rows[i].name, rows[i].password);
		UNTIL(peer.closed > closed);
		assert_int_equal(got(SGIP_BIND_RESP, i)->pdu.answer.result, rows[i].result);
		assert_int_equal(got(SGIP_BIND_RESP, i)->pdu.length, 29);
	}
	come_in();
	assert_true(gw.up);
}

static void garbage_is_kept_of_the_smg_and_of_no_stranger(void **state)
{
	(void)state;
	begin();
	unsigned closed = peer.closed;
	for (unsigned i = 0; i < 5; i++)
		say_hex(peer_connect(), "ffffffff 00000001");
	UNTIL(peer.closed == closed + 5);
	assert_int_equal(gw.in_count, 0);
	struct stream *s = come_in();
	say_hex(s, "ffffffff 00000001");
	assert_int_equal(nth(0)->what, FAKE_QUARANTINE);
	assert_string_equal(nth(0)->reason, "malformed-pdu");
	UNTIL(peer.closed == closed + 6);
	say_hex(peer.conn[0], "ffffffff 00000001"); /* the link that we made */
	assert_int_equal(nth(1)->what, FAKE_QUARANTINE);
}

static void the_smg_unbinds_and_another_may_come(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i < SGIP_INBOUND + 4; i++) {
		struct stream *s = come_in();
		struct sgip_pdu pdu = { .command = SGIP_UNBIND, .sequence = { SMG_NODE, 1128093000, i } };
		unsigned closed = peer.closed;
		say(s, &pdu);
		UNTIL(peer.closed > closed);
		assert_int_equal(got(SGIP_UNBIND_RESP, i)->pdu.length, 20);
	}
}

static void the_smgs_unbind_waits_for_what_came_just_before(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_text(s, 8, 0, 0, "help", 4);
	struct sgip_pdu pdu = { .command = SGIP_UNBIND, .sequence = { SMG_NODE, 1128093000, 77 } };
	say(s, &pdu);
	nth(0);
	run_for(50);
	assert_null(got(SGIP_UNBIND_RESP, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SGIP_UNBIND_RESP, 0));
	assert_int_equal(got(SGIP_UNBIND_RESP, 0)->pdu.sequence.counter, 77);
	assert_non_null(got(SGIP_DELIVER_RESP, 0));
	UNTIL(peer.closed > 0);
}

static void a_connection_too_many_is_closed_and_the_others_stay(void **state)
{
	(void)state;
	begin();
	struct stream *first = come_in();
	for (unsigned i = 1; i < SGIP_INBOUND; i++)
		come_in();
	unsigned closed = peer.closed;
	peer_connect();
	UNTIL(peer.closed > closed);
	say_text(first, 1, 0, 0, "still here", 10);
	assert_string_equal(nth(0)->msg.text, "still here");
}

static void an_smg_that_says_nothing_makes_room(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.passive_config.rest_ms = 300;
	sgip()->carrier.passive_config.response_ms = 400;
	begin();
	unsigned closed = peer.closed;
	come_in();
	UNTIL(got_count(SGIP_UNBIND) == 1 && peer.closed > closed);
	closed = peer.closed;
	peer_connect(); /* and never binds */
	UNTIL(peer.closed > closed);
}

static void what_crosses_our_unbind_may_come_again(void **state)
{
	(void)state;
	smg.mute_unbind = true;
	prepare();
	sgip()->carrier.passive_config.rest_ms = 50;
	begin();
	struct stream *s = come_in();
	UNTIL(got(SGIP_UNBIND, 0)); /* it said nothing for a while */
	struct sgip_sequence about = { 3010092008u, 1128093000, 7 };
	say_text(s, 1, 0, 0, "crossed", 7);
	say_report(s, &about, 0, 0, 0);
	UNTIL(got(SGIP_DELIVER_RESP, 0) && got(SGIP_REPORT_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, SGIP_BUSY);
	assert_int_equal(got(SGIP_REPORT_RESP, 0)->pdu.answer.result, SGIP_BUSY);
	assert_int_equal(gw.in_count, 0);
}

static void what_is_malformed_and_crosses_our_unbind_may_come_again_too(void **state)
{
	(void)state;
	smg.mute_unbind = true;
	prepare();
	sgip()->carrier.passive_config.rest_ms = 50;
	begin();
	struct stream *s = come_in();
	UNTIL(got(SGIP_UNBIND, 0));
	say_hex(s, "00000018 00000004 b8c2f0a1 433ee8c8 00000001 31323334");
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, SGIP_BUSY);
	assert_int_equal(gw.in_count, 0);
}

static void a_connection_whose_message_waits_for_the_store_is_not_idle(void **state)
{
	(void)state;
	prepare();
	sgip()->carrier.passive_config.rest_ms = 100;
	begin();
	struct stream *s = come_in();
	say_text(s, 1, 0, 0, "waits", 5);
	say_text(s, 2, 0, 0, "waits too", 9);
	nth(1);
	fake_gateway_answer(&gw, TAKEN_STORED);
	run_for(350);
	assert_int_equal(got_count(SGIP_UNBIND), 0);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got_count(SGIP_DELIVER_RESP) == 2);
	UNTIL(got_count(SGIP_UNBIND) == 1);
	s = come_in(); /* and what the connection before left unanswered counts no more */
	say_text(s, 3, 0, 0, "cut", 3);
	nth(2);
	unsigned closed = peer.closed;
	stream_close(s, true);
	UNTIL(peer.closed > closed);
	come_in();
	UNTIL(got_count(SGIP_UNBIND) == 2);
}

static void draining_unbinds_both_ways(void **state)
{
	(void)state;
	begin();
	struct stream *s = come_in();
	say_text(s, 1, 0, 0, "first", 5);
	nth(0);
	sgip_adapter.drain(adapter);
	say_text(s, 2, 0, 0, "late", 4);
	UNTIL(got(SGIP_DELIVER_RESP, 0));
	assert_int_equal(got(SGIP_DELIVER_RESP, 0)->pdu.answer.result, 11);
	assert_int_equal(gw.drained, 0);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(gw.drained == 1);
	assert_int_equal(got_count(SGIP_UNBIND), 2);
	assert_int_equal(gw.in_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_bind_says_who_we_are_and_the_node_has_all_its_bits),
		TEST(a_refused_bind_is_said_in_words_and_tried_again),
		TEST(an_idle_link_is_unbound_and_comes_back_for_a_message),
		TEST(an_unbind_answered_with_29_octets_is_one_too),
		TEST(a_link_with_an_answer_to_come_does_not_rest),
		TEST(an_smg_that_cuts_an_idle_link_is_no_fault),
		TEST(a_link_called_and_not_reached_is_down),
		TEST(only_the_smg_comes_in),
		TEST(garbage_is_kept_of_the_smg_and_of_no_stranger),
		TEST(the_smg_unbinds_and_another_may_come),
		TEST(the_smgs_unbind_waits_for_what_came_just_before),
		TEST(a_connection_too_many_is_closed_and_the_others_stay),
		TEST(an_smg_that_says_nothing_makes_room),
		TEST(what_crosses_our_unbind_may_come_again),
		TEST(what_is_malformed_and_crosses_our_unbind_may_come_again_too),
		TEST(a_connection_whose_message_waits_for_the_store_is_not_idle),
		TEST(draining_unbinds_both_ways),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
