/* SMGP over a link: login, keep-alive, EXIT, resending, and peers that break the rules. */
#include "tests/unit/sms/smgw.h"

static void the_login_proves_that_we_know_the_secret(void **state)
{
	(void)state;
	begin();
	const struct smgp_login *l = &got(SMGP_LOGIN, 0)->pdu.login;
	uint8_t right[SMGP_DIGEST];
	smgp_client_digest("10612345", "secret", l->timestamp, right);
	assert_string_equal(l->client_id, "10612345");
	assert_memory_equal(l->authenticator, right, SMGP_DIGEST);
	assert_int_equal(l->mode, 2);
	assert_int_equal(l->version, 0x30);
	assert_non_null(strstr(gw.words, "logged in at 127.0.0.1:"));
}

static void a_server_that_proves_nothing_is_believed_all_the_same(void **state)
{
	(void)state;
	smgw.wrong_digest = true;
	begin();
	assert_int_equal(peer.conns, 1);
}

static void a_refused_login_is_said_in_words_and_tried_again(void **state)
{
	(void)state;
	smgw.login_status = SMGP_AUTH;
	start();
	UNTIL(strstr(gw.words, "secret is wrong (21)"));
	assert_false(gw.up);
	smgw.login_status = 0;
	UNTIL(gw.up);
	assert_true(peer.conns >= 2);
}

static void a_login_without_an_answer_is_given_up(void **state)
{
	(void)state;
	smgw.mute_login = true;
	prepare();
	smgp()->carrier.session_config.response_ms = 60;
	start();
	UNTIL(peer.conns >= 2);
	assert_non_null(strstr(gw.words, "not answered in time"));
}

static void the_version_is_said_and_shapes_the_submit(void **state)
{
	(void)state;
	config.version = 1;
	smgw.version = SMGP_13;
	begin();
	assert_int_equal(got(SMGP_LOGIN, 0)->pdu.login.version, 0x13);
	send_out(message(1, "hi"));
	UNTIL(gw.sent_count);
	struct got *g = got(SMGP_SUBMIT, 0);
	assert_int_equal(g->pdu.length, 126 - 6 + 21 + 2);
	assert_memory_equal(g->pdu.submit.content.p, "hi", 2);
	assert_int_equal(gw.sent[0].sent, SENT_ACCEPTED);
}

static void active_tests_are_answered_and_silence_is_tested(void **state)
{
	(void)state;
	config.window = 1;
	smgw.hold_submits = true;
	prepare();
	smgp()->carrier.session_config.probe_ms = 60;
	begin();
	say_empty(conn(), SMGP_ACTIVE_TEST, 1234);
	UNTIL(got(SMGP_ACTIVE_TEST_RESP, 0));
	assert_int_equal(got(SMGP_ACTIVE_TEST_RESP, 0)->pdu.sequence, 1234);
	send_out(message(1, "fills the window"));
	UNTIL(got_count(SMGP_ACTIVE_TEST) >= 3);
	assert_true(gw.up);
	assert_int_equal(peer.conns, 1);
}

static void three_tests_without_an_answer_end_the_link(void **state)
{
	(void)state;
	smgw.mute_test = true;
	prepare();
	smgp()->carrier.session_config.probe_ms = 40;
	smgp()->carrier.session_config.response_ms = 50;
	begin();
	UNTIL(!gw.up);
	assert_int_equal(got_count(SMGP_ACTIVE_TEST), SMGP_SENDS);
	assert_non_null(strstr(gw.words, "keep-alive"));
	UNTIL(gw.up);
}

static void an_exit_of_theirs_is_answered_and_the_link_comes_back(void **state)
{
	(void)state;
	begin();
	say_empty(conn(), SMGP_EXIT, 77);
	UNTIL(got(SMGP_EXIT_RESP, 0));
	assert_int_equal(got(SMGP_EXIT_RESP, 0)->pdu.sequence, 77);
	UNTIL(peer.conns == 2 && gw.up);
}

static void an_exit_waits_for_what_came_just_before(void **state)
{
	(void)state;
	begin();
	say_text(5, 1, "help");
	say_empty(conn(), SMGP_EXIT, 77);
	nth(0);
	run_for(50);
	assert_null(got(SMGP_EXIT_RESP, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SMGP_EXIT_RESP, 0));
	assert_int_equal(got(SMGP_EXIT_RESP, 0)->pdu.sequence, 77);
	assert_int_equal(got(SMGP_DELIVER_RESP, 0)->pdu.answer.status, SMGP_OK);
}

static void draining_says_exit_and_ends(void **state)
{
	(void)state;
	begin();
	smgp_adapter.drain(adapter);
	UNTIL(gw.drained);
	assert_non_null(got(SMGP_EXIT, 0));
	assert_int_equal(gw.drained, 1);
	run_for(60);
	assert_int_equal(peer.conns, 1);
}

static void a_message_that_crosses_our_exit_may_come_again(void **state)
{
	(void)state;
	smgw.mute_exit = true;
	begin();
	smgp_adapter.drain(adapter);
	UNTIL(got(SMGP_EXIT, 0));
	say_text(5, 1, "crossed");
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	assert_int_equal(got(SMGP_DELIVER_RESP, 0)->pdu.answer.status, SMGP_BUSY);
	assert_int_equal(gw.in_count, 0);
	say_empty(conn(), SMGP_EXIT_RESP, got(SMGP_EXIT, 0)->pdu.sequence);
	UNTIL(gw.drained);
}

static void a_drain_waits_for_what_is_under_way(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	begin();
	say_text(5, 1, "taken before");
	send_out(message(1, "under way"));
	UNTIL(gw.in_count && got(SMGP_SUBMIT, 0));
	smgp_adapter.drain(adapter);
	say_text(6, 2, "too late");
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	assert_int_equal(got(SMGP_DELIVER_RESP, 0)->pdu.sequence, 6);
	assert_int_equal(got(SMGP_DELIVER_RESP, 0)->pdu.answer.status, SMGP_BUSY);
	fake_gateway_answer(&gw, TAKEN_STORED);
	run_for(30);
	assert_int_equal(gw.drained, 0);
	answer_submit(got(SMGP_SUBMIT, 0), 0, 1);
	UNTIL(gw.drained);
	assert_int_equal(gw.sent[0].sent, SENT_ACCEPTED);
}

/* --- requests without an answer --- */

static void a_submit_is_sent_again_with_its_sequence_and_then_unknown(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	prepare();
	smgp()->carrier.session_config.response_ms = 60;
	begin();
	send_out(message(1, "anybody there?"));
	UNTIL(gw.sent_count);
	assert_int_equal(got_count(SMGP_SUBMIT), SMGP_SENDS);
	struct got *first = got(SMGP_SUBMIT, 0), *last = got(SMGP_SUBMIT, SMGP_SENDS - 1);
	assert_int_equal(last->pdu.length, first->pdu.length);
	assert_memory_equal(last->raw, first->raw, first->pdu.length);
	assert_ptr_equal(last->from, first->from);
	assert_int_equal(gw.sent[0].sent, SENT_UNKNOWN);
	assert_int_equal(peer.conns, 1); /* the link stays */
	answer_submit(last, 0, 1); /* late, and told to nobody */
	run_for(30);
	assert_int_equal(gw.sent_count, 1);
}

static void an_answer_to_the_second_try_is_an_answer_and_the_double_does_no_harm(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	prepare();
	smgp()->carrier.session_config.response_ms = 60;
	begin();
	send_out(message(1, "once more"));
	UNTIL(got_count(SMGP_SUBMIT) == 2);
	answer_submit(got(SMGP_SUBMIT, 1), 0, 7);
	answer_submit(got(SMGP_SUBMIT, 0), 12, 7); /* "sequence used twice" */
	UNTIL(gw.sent_count);
	run_for(150);
	assert_int_equal(gw.sent_count, 1);
	assert_int_equal(gw.sent[0].sent, SENT_ACCEPTED);
	assert_string_equal(gw.sent[0].id[0], "10003a11220015000007");
	assert_int_equal(got_count(SMGP_SUBMIT), 2);
}

static void what_was_written_when_the_link_broke_is_unknown_and_not_repeated(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	begin();
	send_out(message(1, "lost?"));
	UNTIL(got(SMGP_SUBMIT, 0));
	stream_close(conn(), false);
	UNTIL(gw.sent_count);
	assert_int_equal(gw.sent[0].sent, SENT_UNKNOWN);
	UNTIL(peer.conns == 2 && gw.up);
	run_for(50);
	assert_int_equal(got_count(SMGP_SUBMIT), 1);
}

static void a_link_destroyed_with_requests_open_ends_their_loans(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	begin();
	send_out(message(1, "open"));
	UNTIL(got(SMGP_SUBMIT, 0));
	smgp_adapter.destroy(&adapter);
	assert_int_equal(gw.sent_count, 1);
	assert_int_equal(gw.sent[0].sent, SENT_UNKNOWN);
}

/* --- broken bytes --- */

static void a_pdu_cut_in_two_is_read_whole_and_one_cut_short_is_forgotten(void **state)
{
	(void)state;
	gw.automatic = true;
	begin();
	struct buf b;
	buf_init(&b, SMGP_PDU_MAX);
	struct smgp_pdu pdu = deliver(3, 1, 0, "in two pieces", 13);
	assert_true(smgp_pdu_encode(&pdu, SMGP_30, &b));
	say_raw(conn(), b.data, 50);
	run_for(30);
	assert_int_equal(gw.in_count, 0);
	say_raw(conn(), b.data + 50, b.len - 50);
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	say_raw(conn(), b.data, 50);
	run_for(30);
	stream_close(conn(), false);
	UNTIL(peer.conns == 2 && gw.up);
	run_for(30);
	assert_int_equal(gw.in_count, 1);
	buf_fini(&b);
}

static void a_length_out_of_bounds_ends_the_link_and_keeps_the_bytes(void **state)
{
	(void)state;
	gw.automatic = true;
	begin();
	say_raw(conn(), "\x00\x00\x10\x01\x00\x00\x00\x03", 8);
	UNTIL(peer.conns == 2 && gw.up);
	assert_int_equal(gw.in_count, 1);
	assert_int_equal(gw.in[0].what, FAKE_QUARANTINE);
	assert_string_equal(gw.in[0].reason, "malformed-pdu");
	assert_int_equal(gw.in[0].raw_len, 8);
}

static void a_malformed_deliver_is_set_aside_and_answered(void **state)
{
	(void)state;
	begin();
	uint8_t raw[60] = { 0, 0, 0, 60, 0, 0, 0, 3, 0, 0, 0, 9 };
	say_raw(conn(), raw, sizeof raw);
	UNTIL(gw.in_count);
	assert_int_equal(gw.in[0].what, FAKE_QUARANTINE);
	assert_int_equal(gw.in[0].raw_len, 60);
	assert_null(got(SMGP_DELIVER_RESP, 0)); /* not before it is kept */
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	assert_int_equal(got(SMGP_DELIVER_RESP, 0)->pdu.answer.status, SMGP_STRUCTURE);
	assert_true(gw.up);
}

static void nor_is_it_set_aside_when_it_crosses_our_exit(void **state)
{
	(void)state;
	smgw.mute_exit = true;
	begin();
	smgp_adapter.drain(adapter);
	UNTIL(got(SMGP_EXIT, 0));
	uint8_t raw[60] = { 0, 0, 0, 60, 0, 0, 0, 3, 0, 0, 0, 9 };
	say_raw(conn(), raw, sizeof raw);
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	assert_int_equal(got(SMGP_DELIVER_RESP, 0)->pdu.answer.status, SMGP_BUSY);
	assert_int_equal(gw.in_count, 0);
}

static void a_malformed_submit_resp_says_neither_yes_nor_no(void **state)
{
	(void)state;
	smgw.hold_submits = true;
	begin();
	send_out(message(1, "and?"));
	UNTIL(got(SMGP_SUBMIT, 0));
	uint8_t raw[16] = { 0, 0, 0, 16, 0x80, 0, 0, 2 };
	raw[11] = (uint8_t)got(SMGP_SUBMIT, 0)->pdu.sequence;
	say_raw(conn(), raw, sizeof raw);
	UNTIL(gw.sent_count);
	assert_int_equal(gw.sent[0].sent, SENT_UNKNOWN);
	assert_true(gw.up);
}

static void requests_nobody_knows_are_ignored(void **state)
{
	(void)state;
	begin();
	unsigned before = peer.count;
	say_raw(conn(), "\x00\x00\x00\x0e\x00\x00\x00\x07\x00\x00\x00\x05\x01\x02", 14);
	say_raw(conn(), "\x00\x00\x00\x0c\x00\x00\x00\x99\x00\x00\x00\x06", 12);
	say_raw(conn(), "\x00\x00\x00\x0c\x80\x00\x00\x99\x00\x00\x00\x06", 12);
	say_empty(conn(), SMGP_ACTIVE_TEST, 8);
	UNTIL(got(SMGP_ACTIVE_TEST_RESP, 0));
	assert_int_equal(peer.count, before + 1);
	assert_int_equal(gw.in_count, 0);
	assert_true(gw.up);
}

static void a_deliver_before_the_login_is_refused(void **state)
{
	(void)state;
	smgw.mute_login = true;
	start();
	UNTIL(got(SMGP_LOGIN, 0));
	say_text(3, 1, "too early");
	UNTIL(got(SMGP_DELIVER_RESP, 0));
	assert_int_equal(got(SMGP_DELIVER_RESP, 0)->pdu.answer.status, SMGP_AUTH);
	assert_int_equal(gw.in_count, 0);
}

#define LINK_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINK_TEST(the_login_proves_that_we_know_the_secret),
		LINK_TEST(a_server_that_proves_nothing_is_believed_all_the_same),
		LINK_TEST(a_refused_login_is_said_in_words_and_tried_again),
		LINK_TEST(a_login_without_an_answer_is_given_up),
		LINK_TEST(the_version_is_said_and_shapes_the_submit),
		LINK_TEST(active_tests_are_answered_and_silence_is_tested),
		LINK_TEST(three_tests_without_an_answer_end_the_link),
		LINK_TEST(an_exit_of_theirs_is_answered_and_the_link_comes_back),
		LINK_TEST(an_exit_waits_for_what_came_just_before),
		LINK_TEST(draining_says_exit_and_ends),
		LINK_TEST(a_message_that_crosses_our_exit_may_come_again),
		LINK_TEST(a_drain_waits_for_what_is_under_way),
		LINK_TEST(a_submit_is_sent_again_with_its_sequence_and_then_unknown),
		LINK_TEST(an_answer_to_the_second_try_is_an_answer_and_the_double_does_no_harm),
		LINK_TEST(what_was_written_when_the_link_broke_is_unknown_and_not_repeated),
		LINK_TEST(a_link_destroyed_with_requests_open_ends_their_loans),
		LINK_TEST(a_pdu_cut_in_two_is_read_whole_and_one_cut_short_is_forgotten),
		LINK_TEST(a_length_out_of_bounds_ends_the_link_and_keeps_the_bytes),
		LINK_TEST(a_malformed_deliver_is_set_aside_and_answered),
		LINK_TEST(nor_is_it_set_aside_when_it_crosses_our_exit),
		LINK_TEST(a_malformed_submit_resp_says_neither_yes_nor_no),
		LINK_TEST(requests_nobody_knows_are_ignored),
		LINK_TEST(a_deliver_before_the_login_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
