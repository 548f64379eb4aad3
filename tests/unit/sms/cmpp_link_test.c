/* The CMPP link itself: login, versions, keep-alive, end, and peers that break the rules. */
#include <unistd.h>

#include "tests/unit/sms/ismg.h"

static void the_connect_says_who_we_are(void **state)
{
	(void)state;
	begin();
	const struct cmpp_connect *c = &got(CMPP_CONNECT, 0)->pdu.connect;
	uint8_t digest[MD5_LEN];
	assert_string_equal(c->source_addr, "901234");
	assert_int_equal(c->version, 0x30);
	cmpp_authenticator("901234", false, "secret", c->timestamp, digest);
	assert_memory_equal(c->authenticator, digest, MD5_LEN);
	assert_non_null(strstr(gw.words, "with CMPP 3.0"));
}

static void a_refused_connect_is_said_in_words_and_tried_again(void **state)
{
	(void)state;
	ismg.connect_status = 3;
	start();
	UNTIL(strstr(gw.words, "the secret is wrong (3)"));
	assert_false(gw.up);
	ismg.connect_status = 0;
	UNTIL(gw.up);
	assert_true(peer.conns >= 2);
}

static void a_refusal_in_the_other_layout_is_understood(void **state)
{
	(void)state;
	ismg.connect_status = 2;
	ismg.layout = CMPP_V20;
	start();
	UNTIL(strstr(gw.words, "source_addr is wrong (2)"));
	UNTIL(got_count(CMPP_CONNECT) == 2);
	assert_int_equal(got(CMPP_CONNECT, 1)->pdu.connect.version, 0x30); /* no reason to speak another version */
}

static void a_version_too_high_comes_back_with_the_one_offered(void **state)
{
	(void)state;
	ismg.version = CMPP_V20;
	begin();
	assert_int_equal(got(CMPP_CONNECT, 0)->pdu.connect.version, 0x30);
	assert_int_equal(got(CMPP_CONNECT, 1)->pdu.connect.version, 0x20);
	assert_non_null(strstr(gw.words, "with CMPP 2.0"));
	say_text(7, 0x55, "in the layout of 2.0");
	assert_string_equal(nth(0)->msg.text, "in the layout of 2.0");
	fake_gateway_answer(&gw, TAKEN_STORED);
	assert_int_equal(result_of(7), 0);
	assert_int_equal(deliver_resp(7)->pdu.length, 21);
	struct msg_out *m = message(1, "x");
	send_out(m);
	assert_int_equal(submit(0)->pdu.length, 138 + 21 + 1);
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
}

static void an_acceptance_in_the_layout_of_2_0_means_2_0(void **state)
{
	(void)state;
	ismg.layout = CMPP_V20;
	start();
	UNTIL(gw.up);
	ismg.speaks = CMPP_V20;
	assert_non_null(strstr(gw.words, "with CMPP 2.0"));
	struct msg_out *m = message(1, "x");
	send_out(m);
	assert_int_equal(submit(0)->pdu.length, 138 + 21 + 1);
}

static void a_server_without_proof_is_refused_only_when_asked(void **state)
{
	(void)state;
	ismg.forged = true;
	start();
	UNTIL(strstr(gw.words, "did not prove"));
	assert_false(gw.up);
	ismg.forged = false;
	UNTIL(gw.up);
	config.verify_server = VERIFY_WARN;
	ismg.forged = true;
	stream_close(conn(), true);
	UNTIL(!gw.up);
	UNTIL(gw.up);
}

static void a_connect_without_an_answer_is_given_up(void **state)
{
	(void)state;
	ismg.mute_connect = true;
	prepare();
	cmpp()->carrier.session_config.response_ms = 60;
	start();
	UNTIL(peer.conns >= 2);
	assert_non_null(strstr(gw.words, "not answered in time"));
}

static void a_malformed_answer_to_the_connect_is_a_refusal(void **state)
{
	(void)state;
	ismg.mute_connect = true;
	start();
	UNTIL(got(CMPP_CONNECT, 0));
	char hex[64];
	snprintf(hex, sizeof hex, "0000000d80000001%08x00", got(CMPP_CONNECT, 0)->pdu.sequence);
	say_hex(conn(), hex);
	UNTIL(strstr(gw.words, "malformed"));
}

static void a_message_before_the_login_is_not_taken(void **state)
{
	(void)state;
	ismg.mute_connect = true;
	start();
	UNTIL(got(CMPP_CONNECT, 0));
	say_text(3, 1, "too early");
	say_bare(CMPP_ACTIVE_TEST, 4);
	UNTIL(got(CMPP_ACTIVE_TEST_RESP, 0));
	assert_int_equal(gw.in_count, 0);
	assert_null(deliver_resp(3));
}

static void tests_are_answered(void **state)
{
	(void)state;
	begin();
	say_bare(CMPP_ACTIVE_TEST, 0xFFFFFFFE);
	UNTIL(got(CMPP_ACTIVE_TEST_RESP, 0));
	assert_int_equal(got(CMPP_ACTIVE_TEST_RESP, 0)->pdu.sequence, 0xFFFFFFFE);
	assert_int_equal(got(CMPP_ACTIVE_TEST_RESP, 0)->pdu.length, 13);
}

static void silence_is_tested_even_behind_a_full_window(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	config.window = 1;
	prepare();
	cmpp()->carrier.session_config.probe_ms = 60;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	UNTIL(got_count(CMPP_ACTIVE_TEST) >= 3);
	assert_true(gw.up);
	assert_int_equal(peer.conns, 1);
}

static void a_test_is_sent_three_times_before_the_link_is_given_up(void **state)
{
	(void)state;
	ismg.mute_test = true;
	prepare();
	cmpp()->carrier.session_config.probe_ms = 50;
	cmpp()->carrier.session_config.response_ms = 80;
	begin();
	UNTIL(!gw.up);
	assert_non_null(strstr(gw.words, "keep-alive"));
	assert_int_equal(got_count(CMPP_ACTIVE_TEST), 3);
	UNTIL(peer.conns == 2);
}

static void a_termination_is_answered_and_the_link_comes_back(void **state)
{
	(void)state;
	begin();
	say_bare(CMPP_TERMINATE, 55);
	UNTIL(got(CMPP_TERMINATE_RESP, 0));
	assert_int_equal(got(CMPP_TERMINATE_RESP, 0)->pdu.sequence, 55);
	UNTIL(peer.conns == 2 && gw.up);
}

static void a_termination_waits_for_what_came_just_before(void **state)
{
	(void)state;
	begin();
	struct cmpp_pdu pdu = deliver(9, 9, 0, "help", 4);
	say(conn(), &pdu);
	say_bare(CMPP_TERMINATE, 55);
	nth(0);
	run_for(50);
	assert_null(got(CMPP_TERMINATE_RESP, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(CMPP_TERMINATE_RESP, 0));
	assert_int_equal(got(CMPP_DELIVER_RESP, 0)->pdu.message_resp.result, CMPP_OK);
	assert_int_equal(got(CMPP_TERMINATE_RESP, 0)->pdu.sequence, 55);
	UNTIL(peer.conns == 2 && gw.up);
}

static void what_crosses_our_termination_may_come_again(void **state)
{
	(void)state;
	ismg.mute_terminate = true;
	begin();
	cmpp_adapter.drain(adapter);
	UNTIL(got(CMPP_TERMINATE, 0));
	say_text(5, 77, "crossed");
	say_hex(conn(), "00000014000000050000000600000000000000aa"); /* nor is one that is malformed set aside */
	UNTIL(got(CMPP_DELIVER_RESP, 1));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(got(CMPP_DELIVER_RESP, i)->pdu.sequence, 5 + i);
		assert_int_equal(got(CMPP_DELIVER_RESP, i)->pdu.message_resp.result, CMPP_FLOW_CONTROL);
	}
	assert_int_equal(gw.in_count, 0);
	say_bare(CMPP_TERMINATE_RESP, got(CMPP_TERMINATE, 0)->pdu.sequence);
	UNTIL(gw.drained);
}

static void unknown_commands_are_ignored(void **state)
{
	(void)state;
	begin();
	unsigned before = peer.count;
	say_hex(conn(), "0000000c000000030000000b");
	say_hex(conn(), "00000010000000090000000c00000000"); /* FWD */
	say_hex(conn(), "0000000c800000770000000d");
	say_hex(conn(), "000000140000000700000009773de1403039004d"); /* CANCEL: ours to ask, not to answer */
	run_for(50);
	assert_int_equal(peer.count, before);
	assert_true(gw.up);
}

static void a_length_out_of_bounds_is_kept_and_ends_the_link(void **state)
{
	(void)state;
	static const char *const rows[] = { "0000000b0000000500000001", "000010010000000500000001", "474554202f204854" };
	begin();
	for (unsigned i = 0; i < 3; i++) {
		unsigned conns = peer.conns;
		say_hex(conn(), rows[i]);
		UNTIL(gw.in_count == i + 1);
		assert_int_equal(gw.in[i].what, FAKE_QUARANTINE);
		assert_string_equal(gw.in[i].reason, "malformed-pdu");
		UNTIL(peer.conns > conns && gw.up);
	}
}

static void a_link_cut_inside_a_message_takes_nothing_of_it(void **state)
{
	(void)state;
	begin();
	struct cmpp_pdu pdu = deliver(9, 77, 0, "halved", 6);
	struct buf b;
	buf_init(&b, 512);
	pdu.version = CMPP_V30;
	assert_true(cmpp_pdu_encode(&pdu, &b));
	say_raw(conn(), b.data, b.len / 2);
	stream_close(conn(), true);
	UNTIL(peer.conns == 2 && gw.up);
	assert_int_equal(gw.in_count, 0);
	say_raw(conn(), b.data, 5); /* and in pieces it is read all the same */
	run_for(20);
	say_raw(conn(), b.data + 5, b.len - 5);
	assert_string_equal(nth(0)->msg.text, "halved");
	buf_fini(&b);
}

static void draining_answers_what_was_taken_then_terminates(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	begin();
	struct msg_out *m = message(1, "a");
	send_out(m);
	say_text(5, 0x51, "before");
	nth(0);
	cmpp_adapter.drain(adapter);
	assert_int_equal(send_out(m), E_CLOSED);
	say_text(6, 0x52, "after");
	assert_int_equal(result_of(6), 8);
	answer_submit(submit(0), 0, 1);
	result(0);
	assert_int_equal(got_count(CMPP_TERMINATE), 0);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(gw.drained == 1);
	UNTIL(peer.closed == 1);
	assert_int_equal(got_count(CMPP_TERMINATE), 1);
	assert_int_equal(result_of(5), 0);
	assert_int_equal(gw.in_count, 1);
}

static void destroying_ends_every_loan(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	config.pace = 1;
	begin();
	struct msg_out *a = message(1, "a"), *b = message(2, "b");
	send_out(a);
	send_out(b);
	submit(0);
	say_text(5, 0x51, "waits");
	nth(0);
	cmpp_adapter.destroy(&adapter);
	assert_null(adapter);
	assert_int_equal(gw.sent_count, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(gw.sent[i].sent, gw.sent[i].msg == a ? SENT_UNKNOWN : SENT_RETRY);
}

static void configuration_beyond_the_wire_is_a_fault(void **state)
{
	(void)state;
	char path[] = "/tmp/xq-cmpp-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "w");
	fputs("[channel sms]\ntype = cmpp\nhost = h\nsource_addr = 1234567\nsecret = s\nnumber = 1234567890123456789012\n"
		"version = 4.0\nwindow = 0\nverify_server = yes\n", f);
	fclose(f);
	struct faults faults = { 0 };
	struct config_file *c = config_load(path, &faults);
	struct config_section *s = config_section(c, 0);
	struct cmpp_config filled;
	config_raw(s, "type", NULL);
	config_fill(s, cmpp_config_keys, &filled, &faults);
	assert_int_equal(faults.count, 2); /* version, window */
	cmpp_config_check(&filled, s, &faults);
	assert_int_equal(faults.count, 4);
	assert_non_null(strstr(faults.line[2], ":4:"));
	assert_int_equal(filled.port, 7890);
	assert_int_equal(filled.verify_server, VERIFY_YES);
	faults_fini(&faults);
	config_destroy(&c);
	remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_connect_says_who_we_are),
		TEST(a_refused_connect_is_said_in_words_and_tried_again),
		TEST(a_refusal_in_the_other_layout_is_understood),
		TEST(a_version_too_high_comes_back_with_the_one_offered),
		TEST(an_acceptance_in_the_layout_of_2_0_means_2_0),
		TEST(a_server_without_proof_is_refused_only_when_asked),
		TEST(a_connect_without_an_answer_is_given_up),
		TEST(a_malformed_answer_to_the_connect_is_a_refusal),
		TEST(a_message_before_the_login_is_not_taken),
		TEST(tests_are_answered),
		TEST(silence_is_tested_even_behind_a_full_window),
		TEST(a_test_is_sent_three_times_before_the_link_is_given_up),
		TEST(a_termination_is_answered_and_the_link_comes_back),
		TEST(a_termination_waits_for_what_came_just_before),
		TEST(what_crosses_our_termination_may_come_again),
		TEST(unknown_commands_are_ignored),
		TEST(a_length_out_of_bounds_is_kept_and_ends_the_link),
		TEST(a_link_cut_inside_a_message_takes_nothing_of_it),
		TEST(draining_answers_what_was_taken_then_terminates),
		TEST(destroying_ends_every_loan),
		cmocka_unit_test(configuration_beyond_the_wire_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
