/* The SMPP link itself: bind, keep-alive, unbind, and peers that break the rules. */
#include "tests/unit/sms/smsc.h"

static void the_bind_says_who_we_are(void **state)
{
	(void)state;
	config.system_type = "CMT";
	begin();
	const struct smpp_bind *b = &got(SMPP_BIND_TRANSCEIVER, 0)->pdu.bind;
	assert_string_equal(b->system_id, "xinqiao");
	assert_string_equal(b->password, "secret");
	assert_string_equal(b->system_type, "CMT");
	assert_int_equal(b->interface_version, 0x34);
	assert_non_null(strstr(gw.words, "bound to 127.0.0.1:"));
}

static void a_refused_bind_is_said_in_words_and_tried_again(void **state)
{
	(void)state;
	smsc.bind_status = ESME_RINVPASWD;
	prepare();
	struct err e;
	smpp_adapter.start(adapter, &e);
	UNTIL(strstr(gw.words, "password is wrong"));
	assert_false(gw.up);
	smsc.bind_status = 0;
	UNTIL(gw.up);
	assert_true(peer.conns >= 2);
}

static void a_bind_without_an_answer_is_given_up(void **state)
{
	(void)state;
	smsc.mute_bind = true;
	prepare();
	smpp()->carrier.session_config.response_ms = 60;
	struct err e;
	smpp_adapter.start(adapter, &e);
	UNTIL(peer.conns >= 2);
	assert_non_null(strstr(gw.words, "not answered in time"));
}

static void a_tls_handshake_without_an_answer_is_given_up(void **state)
{
	(void)state;
	config.tls = true; /* and the other side takes the connection and says nothing */
	prepare();
	smpp()->carrier.session_config.response_ms = 60;
	start();
	UNTIL(peer.conns >= 2);
	assert_non_null(strstr(gw.words, "the TLS handshake was not answered in time"));
}

static void a_nack_to_the_bind_is_a_refusal(void **state)
{
	(void)state;
	smsc.mute_bind = true;
	prepare();
	struct err e;
	smpp_adapter.start(adapter, &e);
	UNTIL(got(SMPP_BIND_TRANSCEIVER, 0));
	say_simple(conn(), SMPP_GENERIC_NACK, got(SMPP_BIND_TRANSCEIVER, 0)->pdu.sequence, ESME_RINVCMDID);
	UNTIL(strstr(gw.words, "bind refused"));
}

static void a_carrier_that_is_not_there_is_tried_again(void **state)
{
	(void)state;
	int port = config.port;
	stream_listener_close(&peer.listener);
	prepare();
	struct err e;
	smpp_adapter.start(adapter, &e);
	UNTIL(gw.states >= 3);
	assert_false(gw.up);
	peer_listen(port);
	UNTIL(gw.up);
}

static void enquiries_are_answered(void **state)
{
	(void)state;
	begin();
	say_simple(conn(), SMPP_ENQUIRE_LINK, 1234, 0);
	UNTIL(got(SMPP_ENQUIRE_LINK_RESP, 0));
	assert_int_equal(got(SMPP_ENQUIRE_LINK_RESP, 0)->pdu.sequence, 1234);
}

static void silence_is_enquired_about_even_behind_a_full_window(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	config.window = 1;
	prepare();
	smpp()->carrier.session_config.probe_ms = 60;
	begin();
	struct msg_out *m = message(1, "x");
	send_out(m);
	UNTIL(got_count(SMPP_ENQUIRE_LINK) >= 3);
	assert_true(gw.up);
	assert_int_equal(peer.conns, 1);
}

static void an_enquiry_without_answer_ends_the_link(void **state)
{
	(void)state;
	smsc.mute_enquire = true;
	prepare();
	smpp()->carrier.session_config.probe_ms = 50;
	smpp()->carrier.session_config.response_ms = 80;
	begin();
	UNTIL(!gw.up);
	assert_non_null(strstr(gw.words, "keep-alive"));
	UNTIL(peer.conns == 2);
}

static void a_frame_that_never_ends_is_silence(void **state)
{
	(void)state;
	static const uint8_t begun[] = { 0, 0, 1, 0, 0, 0, 0, 5 }, more = 'a';
	smsc.mute_enquire = true;
	prepare();
	smpp()->carrier.session_config.probe_ms = 300;
	smpp()->carrier.session_config.response_ms = 80;
	begin();
	say_raw(conn(), begun, sizeof begun);
	for (int k = 0; k < 200 && gw.up; k++) {
		say_raw(conn(), &more, 1);
		for (int ms = 0; ms < 10 && gw.up; ms++)
			run_for(1);
	}
	assert_false(gw.up);
	assert_non_null(strstr(gw.words, "keep-alive"));
	UNTIL(peer.conns == 2);
}

static void a_message_that_overtakes_the_answer_to_the_bind_comes_again(void **state)
{
	(void)state;
	smsc.mute_bind = true;
	start();
	UNTIL(got(SMPP_BIND_TRANSCEIVER, 0));
	say_text(3, "early");
	say_simple(conn(), SMPP_BIND_TRANSCEIVER_RESP, got(SMPP_BIND_TRANSCEIVER, 0)->pdu.sequence, 0);
	UNTIL(got(SMPP_DELIVER_SM_RESP, 0));
	assert_int_equal(got(SMPP_DELIVER_SM_RESP, 0)->pdu.status, ESME_RX_T_APPN);
	UNTIL(gw.up);
	assert_int_equal(gw.in_count, 0);
	say_text(3, "early");
	assert_string_equal(nth(0)->msg.text, "early");
}

static void an_unbind_waits_for_the_answer_to_what_came_just_before(void **state)
{
	(void)state;
	begin();
	say_text(7, "help");
	say_simple(conn(), SMPP_UNBIND, 55, 0);
	nth(0);
	run_for(50);
	assert_null(got(0x80000006, 0));
	say_text(8, "more"); /* they are still taken */
	nth(1);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SMPP_DELIVER_SM_RESP, 0));
	run_for(50);
	assert_null(got(0x80000006, 0));
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(0x80000006, 0));
	assert_int_equal(got(0x80000006, 0)->pdu.sequence, 55);
	assert_int_equal(got_count(SMPP_DELIVER_SM_RESP), 2);
	UNTIL(peer.closed == 1);
	UNTIL(peer.conns == 2);
}

static void an_unbind_waits_for_answers_of_the_peer(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	send_out(message(1, "one"));
	UNTIL(got(SMPP_SUBMIT_SM, 0));
	say_simple(conn(), SMPP_UNBIND, 55, 0);
	run_for(50);
	send_out(message(2, "two"));
	run_for(100);
	assert_int_equal(got_count(SMPP_SUBMIT_SM), 1); /* nothing more is sent */
	assert_null(got(0x80000006, 0));
	answer_submit(got(SMPP_SUBMIT_SM, 0), 0, "id1");
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	UNTIL(got(0x80000006, 0));
	UNTIL(peer.closed == 1);
}

static void a_drain_ends_a_link_that_the_peer_unbinds(void **state)
{
	(void)state;
	begin();
	say_text(7, "help");
	say_simple(conn(), SMPP_UNBIND, 55, 0);
	say_simple(conn(), SMPP_ENQUIRE_LINK, 8, 0);
	UNTIL(got(SMPP_ENQUIRE_LINK_RESP, 0));
	smpp_adapter.drain(adapter);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(gw.drained);
	UNTIL(got(SMPP_UNBIND_RESP, 0));
	assert_int_equal(got(SMPP_DELIVER_SM_RESP, 0)->pdu.status, ESME_ROK);
}

static void an_unbind_does_not_wait_for_ever(void **state)
{
	(void)state;
	smsc.hold_submits = true;
	begin();
	send_out(message(1, "one"));
	UNTIL(got(SMPP_SUBMIT_SM, 0));
	say_simple(conn(), SMPP_UNBIND, 55, 0);
	uint64_t began = uv_hrtime();
	UNTIL(got(0x80000006, 0));
	assert_true(uv_hrtime() - began > 1000000000ull);
	assert_int_equal(result(0)->sent, SENT_UNKNOWN);
}

static void an_unbind_is_answered_and_the_link_comes_back(void **state)
{
	(void)state;
	begin();
	say_simple(conn(), SMPP_UNBIND, 55, 0);
	UNTIL(got(SMPP_UNBIND_RESP, 0));
	assert_int_equal(got(SMPP_UNBIND_RESP, 0)->pdu.sequence, 55);
	UNTIL(peer.conns == 2 && gw.up);
}

static void a_message_that_crosses_our_unbind_may_come_again(void **state)
{
	(void)state;
	smsc.mute_unbind = true;
	begin();
	smpp_adapter.drain(adapter);
	UNTIL(got(SMPP_UNBIND, 0));
	say_text(5, "crossed");
	say_hex(conn(), "00000014 00000005 00000000 00000006 31323334"); /* nor is one that is malformed refused for good */
	UNTIL(got(SMPP_DELIVER_SM_RESP, 1));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(got(SMPP_DELIVER_SM_RESP, i)->pdu.sequence, 5 + i);
		assert_int_equal(got(SMPP_DELIVER_SM_RESP, i)->pdu.status, ESME_RX_T_APPN);
	}
	assert_int_equal(gw.in_count, 0);
	say_simple(conn(), SMPP_UNBIND | SMPP_RESPONSE, got(SMPP_UNBIND, 0)->pdu.sequence, 0);
	UNTIL(gw.drained);
}

static void unknown_commands_are_refused_by_name(void **state)
{
	(void)state;
	begin();
	say_hex(conn(), "00000010 00000077 00000000 0000000b");
	say_hex(conn(), "00000010 80000077 00000000 0000000c"); /* a response is never refused */
	say_hex(conn(), "00000010 00000003 00000000 0000000d"); /* query_sm: ours to ask, not to answer */
	struct smpp_pdu submit = { .command = SMPP_SUBMIT_SM, .sequence = 14, .message = { .dest = "1" } };
	say(conn(), &submit);
	UNTIL(got_count(SMPP_GENERIC_NACK) == 3);
	static const uint32_t sequence[] = { 0x0B, 0x0D, 14 };
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(got(SMPP_GENERIC_NACK, i)->pdu.sequence, sequence[i]);
		assert_int_equal(got(SMPP_GENERIC_NACK, i)->pdu.status, ESME_RINVCMDID);
	}
	assert_true(gw.up);
}

static void notices_need_no_answer(void **state)
{
	(void)state;
	begin();
	unsigned before = peer.count;
	say_hex(conn(), "0000001f 00000102 00000000 00000002 0101 313300 0000 313200 0422 0001 00");
	say_hex(conn(), "00000014 0000000b 00000000 00000002 534d 00 00");
	say_hex(conn(), "00000010 80000000 00000003 00000000");
	run_for(50);
	assert_int_equal(peer.count, before);
	assert_true(gw.up);
}

static void a_length_out_of_bounds_is_kept_and_ends_the_link(void **state)
{
	(void)state;
	static const char *const rows[] = { "0000000f 00000005 00000000 00000001", "00010001 00000005 00000000 00000001",
		"ffffffff",
		"47455420 2f204854" };
	begin();
	for (unsigned i = 0; i < 4; i++) {
		unsigned conns = peer.conns;
		say_hex(conn(), rows[i]);
		UNTIL(gw.in_count == i + 1);
		assert_int_equal(gw.in[i].what, FAKE_QUARANTINE);
		assert_string_equal(gw.in[i].reason, "malformed-pdu");
		UNTIL(got_count(SMPP_GENERIC_NACK) == i + 1);
		assert_int_equal(got(SMPP_GENERIC_NACK, i)->pdu.status, ESME_RINVCMDLEN);
		UNTIL(peer.conns > conns && gw.up);
	}
}

static void the_largest_pdu_is_still_read(void **state)
{
	(void)state;
	begin();
	struct buf t;
	buf_init(&t, SMPP_PDU_MAX);
	uint8_t *zero = calloc(1, SMPP_PDU_MAX);
	smpp_tlv_add(&t, SMPP_TLV_MESSAGE_PAYLOAD, zero, 65535 - 200);
	smpp_tlv_add(&t, 0x1400, zero, SMPP_PDU_MAX - SMPP_HEADER - 33 - t.len - 4);
	say_message(1, 0, 0, NULL, 0, &t);
	UNTIL(gw.in_count == 1);
	assert_int_equal(strlen(gw.in[0].msg.text), 65535 - 200); /* 0 is '@' */
	free(zero);
	buf_fini(&t);
}

static void a_pair_binds_twice_and_receives_on_the_receiver(void **state)
{
	(void)state;
	config.bind = BIND_PAIR;
	begin();
	assert_int_equal(peer.conns, 2);
	struct got *tx = got(SMPP_BIND_TRANSMITTER, 0), *rx = got(SMPP_BIND_RECEIVER, 0);
	assert_non_null(tx);
	assert_non_null(rx);
	struct smpp_pdu pdu = { .command = SMPP_DELIVER_SM, .sequence = 8,
		.message = { .source = "13800138000", .dest = "12345", .short_message = { (const uint8_t *)"x", 1 } } };
	say(tx->from, &pdu);
	say(rx->from, &pdu);
	UNTIL(gw.in_count == 1);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got_count(SMPP_DELIVER_SM_RESP) == 2);
	for (unsigned i = 0; i < 2; i++) {
		struct got *g = got(SMPP_DELIVER_SM_RESP, i);
		assert_int_equal(g->pdu.status, g->from == rx->from ? ESME_ROK : ESME_RINVBNDSTS);
	}
	struct msg_out *m = message(1, "x");
	send_out(m);
	UNTIL(gw.sent_count == 1);
	assert_ptr_equal(got(SMPP_SUBMIT_SM, 0)->from, tx->from);
	stream_close(rx->from, true);
	UNTIL(!gw.up);
	assert_non_null(strstr(gw.words, "receiver"));
	assert_true(smpp_adapter.sends && smpp_adapter.sends(gw.adapter)); /* the transmitter still works, and is given what waits */
	assert_int_equal(send_out(m), 0);
	UNTIL(gw.up);
	stream_close(tx->from, true);
	UNTIL(!gw.up);
	assert_false(smpp_adapter.sends(gw.adapter));
}

/* The SMSC connects to us and says who it is. */
static struct stream *outbind(const char *system_id, const char *password)
{
	struct stream *s = peer_connect();
	struct smpp_pdu pdu = { .command = SMPP_OUTBIND, .sequence = 1, .outbind = { .system_id = system_id, .password = password } };
	say(s, &pdu);
	return s;
}

static void an_smsc_that_says_outbind_is_bound_as_receiver_on_its_own_connection(void **state)
{
	(void)state;
	config.outbind_listen = (struct config_listen){ "127.0.0.1", 0 };
	config.outbind_system_id = "smsc";
	config.outbind_password = "open";
	begin();
	struct stream *s = outbind("smsc", "open");
	UNTIL(got(SMPP_BIND_RECEIVER, 0));
	assert_ptr_equal(got(SMPP_BIND_RECEIVER, 0)->from, s);
	assert_string_equal(got(SMPP_BIND_RECEIVER, 0)->pdu.bind.system_id, "xinqiao");
	say_text(9, "over the connection of the SMSC");
	UNTIL(gw.in_count == 1);
	assert_string_equal(gw.in[0].msg.text, "over the connection of the SMSC");
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(got(SMPP_DELIVER_SM_RESP, 0));
	assert_ptr_equal(got(SMPP_DELIVER_SM_RESP, 0)->from, s);
	send_out(message(1, "x")); /* goes over our own link, never there */
	UNTIL(got(SMPP_SUBMIT_SM, 0));
	assert_ptr_not_equal(got(SMPP_SUBMIT_SM, 0)->from, s);
}

static void an_outbind_by_somebody_else_gets_no_credentials(void **state)
{
	(void)state;
	config.outbind_listen = (struct config_listen){ "127.0.0.1", 0 };
	config.outbind_system_id = "smsc";
	config.outbind_password = "open";
	begin();
	unsigned closed = peer.closed;
	outbind("smsc", "guess");
	outbind("other", "open");
	UNTIL(peer.closed == closed + 2);
	assert_null(got(SMPP_BIND_RECEIVER, 0));
	assert_true(gw.up);
}

static void where_nobody_is_named_an_outbind_gets_no_credentials(void **state)
{
	(void)state;
	config.outbind_listen = (struct config_listen){ "127.0.0.1", 0 };
	config.outbind_system_id = config.outbind_password = "";
	begin();
	unsigned closed = peer.closed;
	outbind("", "");
	outbind("evil", "");
	UNTIL(peer.closed == closed + 2);
	assert_null(got(SMPP_BIND_RECEIVER, 0));
}

/* Answers a bind that nobody wrote on this connection, and sends a message. */
static void forge(uint32_t sequence)
{
	unsigned refused = got_count(SMPP_DELIVER_SM_RESP);
	struct stream *s = peer_connect();
	say_simple(s, SMPP_BIND_RECEIVER_RESP, sequence, ESME_ROK);
	say_text(9, "forged");
	UNTIL(got(SMPP_DELIVER_SM_RESP, refused));
	assert_int_equal(got(SMPP_DELIVER_SM_RESP, refused)->pdu.status, ESME_RINVBNDSTS);
	assert_int_equal(gw.in_count, 0);
	unsigned closed = peer.closed;
	stream_close(s, true);
	UNTIL(peer.closed > closed);
}

static void who_says_no_outbind_is_not_bound_whatever_bind_it_answers(void **state)
{
	(void)state;
	config.outbind_listen = (struct config_listen){ "127.0.0.1", 0 };
	config.outbind_system_id = "smsc";
	config.outbind_password = "open";
	begin();
	forge(0); /* no bind was ever written from this place */
	struct stream *s = outbind("smsc", "open");
	UNTIL(got(SMPP_BIND_RECEIVER, 0));
	unsigned closed = peer.closed;
	say_simple(s, SMPP_UNBIND, 2, 0);
	UNTIL(peer.closed > closed);
	forge(got(SMPP_BIND_RECEIVER, 0)->pdu.sequence); /* it was, on the connection before */
}

static void a_stranger_who_comes_and_goes_makes_no_redelivery_of_equal_words(void **state)
{
	(void)state;
	config.outbind_listen = (struct config_listen){ "127.0.0.1", 0 };
	begin();
	struct smpp_pdu one = { .command = SMPP_DELIVER_SM, .sequence = 1,
		.message = { .source = "13800138000", .dest = "12345", .short_message = { (const uint8_t *)"1", 1 } } };
	struct stream *own = conn();
	say(own, &one);
	nth(0);
	unsigned told = gw.states;
	struct stream *s = peer_connect();
	run_for(20);
	stream_close(s, true);
	UNTIL(gw.states > told);
	say(own, &one);
	assert_false(nth(1)->msg.resent);
}

static void the_sequence_wraps_before_its_highest_bit(void **state)
{
	(void)state;
	begin();
	((struct smpp_link *)smpp()->carrier.link[0])->sequence = 0x7FFFFFFE;
	struct msg_out *m = message(1, "x");
	for (unsigned i = 0; i < 2; i++) {
		send_out(m);
		UNTIL(gw.sent_count == i + 1);
	}
	assert_int_equal(got(SMPP_SUBMIT_SM, 0)->pdu.sequence, 0x7FFFFFFF);
	assert_int_equal(got(SMPP_SUBMIT_SM, 1)->pdu.sequence, 1);
}

static void configuration_beyond_the_wire_is_a_fault(void **state)
{
	(void)state;
	(void)config;
	char path[] = "/tmp/xq-smpp-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "w");
	fputs("[channel sms]\ntype = smpp\nhost = h\nsystem_id = sixteen-letters-\npassword = ninechars\nnumber = 12345\n"
		"bind = sometimes\nwindow = 0\noutbind_listen = 127.0.0.1:2776\noutbind_system_id = smsc\n", f);
	fclose(f);
	struct faults faults = { 0 };
	struct config_file *c = config_load(path, &faults);
	struct config_section *s = config_section(c, 0);
	struct smpp_config filled;
	config_raw(s, "type", NULL);
	config_fill(s, smpp_config_keys, &filled, &faults);
	assert_int_equal(faults.count, 2); /* bind, window */
	smpp_config_check(&filled, s, &faults);
	assert_int_equal(faults.count, 5);
	assert_non_null(strstr(faults.line[2], ":4:"));
	assert_non_null(strstr(faults.line[4], "set outbind_system_id and outbind_password"));
	assert_int_equal(filled.port, 2775);
	assert_int_equal(filled.enquire, 30);
	assert_int_equal(filled.dest_ton, -1);
	faults_fini(&faults);
	config_destroy(&c);
	remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_bind_says_who_we_are),
		TEST(a_refused_bind_is_said_in_words_and_tried_again),
		TEST(a_bind_without_an_answer_is_given_up),
		TEST(a_tls_handshake_without_an_answer_is_given_up),
		TEST(a_nack_to_the_bind_is_a_refusal),
		TEST(a_carrier_that_is_not_there_is_tried_again),
		TEST(enquiries_are_answered),
		TEST(silence_is_enquired_about_even_behind_a_full_window),
		TEST(an_enquiry_without_answer_ends_the_link),
		TEST(a_frame_that_never_ends_is_silence),
		TEST(an_unbind_is_answered_and_the_link_comes_back),
		TEST(a_message_that_overtakes_the_answer_to_the_bind_comes_again),
		TEST(an_unbind_waits_for_the_answer_to_what_came_just_before),
		TEST(an_unbind_waits_for_answers_of_the_peer),
		TEST(a_drain_ends_a_link_that_the_peer_unbinds),
		TEST(an_unbind_does_not_wait_for_ever),
		TEST(a_message_that_crosses_our_unbind_may_come_again),
		TEST(unknown_commands_are_refused_by_name),
		TEST(notices_need_no_answer),
		TEST(a_length_out_of_bounds_is_kept_and_ends_the_link),
		TEST(the_largest_pdu_is_still_read),
		TEST(a_pair_binds_twice_and_receives_on_the_receiver),
		TEST(an_smsc_that_says_outbind_is_bound_as_receiver_on_its_own_connection),
		TEST(an_outbind_by_somebody_else_gets_no_credentials),
		TEST(where_nobody_is_named_an_outbind_gets_no_credentials),
		TEST(who_says_no_outbind_is_not_bound_whatever_bind_it_answers),
		TEST(a_stranger_who_comes_and_goes_makes_no_redelivery_of_equal_words),
		TEST(the_sequence_wraps_before_its_highest_bit),
		cmocka_unit_test(configuration_beyond_the_wire_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
