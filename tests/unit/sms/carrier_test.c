/* Several links of one account: shared load, failover, and what belongs to the account and not to a link. CMPP speaks
 * here for every dialect: carrier.c is the same for all. */
#include <unistd.h>

#include "adapters/sms/endpoint.h"
#include "tests/unit/sms/ismg.h"

enum { STALL_MS = 60 };

static char at[64];
static const char *two[2] = { at, at };

/* Two links to the same ISMG; both are bound when this returns. */
static void begin_two(unsigned window)
{
	(void)snprintf(at, sizeof at, "127.0.0.1:%d", config.port);
	config.host = NULL;
	config.link = (struct config_list){ two, 2 };
	config.window = (int)window;
	prepare();
	cmpp()->carrier.stall_ms = STALL_MS;
	start();
	UNTIL(got_count(CMPP_CONNECT) == 2 && strstr(gw.words, "2 of 2 links"));
	assert_true(gw.up);
}

static unsigned submits_on(const struct stream *s)
{
	unsigned n = 0;
	struct got *g;
	for (unsigned i = 0; (g = got(CMPP_SUBMIT, i)); i++)
		n += g->from == s;
	return n;
}

static void send_many(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(send_out(message(100 + i, "x")), 0);
}

static void the_load_is_shared_and_each_link_has_its_own_window(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	begin_two(2);
	send_many(4);
	assert_int_equal(send_out(message(200, "too many")), E_AGAIN);
	UNTIL(got_count(CMPP_SUBMIT) == 4);
	assert_int_equal(submits_on(peer.conn[0]), 2);
	assert_int_equal(submits_on(peer.conn[1]), 2);
	answer_submit(got(CMPP_SUBMIT, 0), 0, 1);
	UNTIL(gw.ready == 1);
}

static void the_parts_of_one_message_go_over_both_links(void **state)
{
	(void)state;
	static char text[1000];
	begin_two(2);
	memset(text, 'a', sizeof text - 1);
	send_out(message(1, text));
	assert_int_equal(result(0)->sent, SENT_ACCEPTED);
	assert_int_equal(result(0)->ids, 7);
	assert_true(submits_on(peer.conn[0]) > 0 && submits_on(peer.conn[1]) > 0);
}

static void a_link_that_is_bound_and_silent_gets_nothing_more(void **state)
{
	(void)state;
	begin_two(4);
	ismg.silent = peer.conn[0];
	send_many(2);
	UNTIL(submits_on(peer.conn[0]) == 1);
	run_for(STALL_MS * 2);
	for (unsigned i = 0; i < 20; i++) {
		size_t before = gw.sent_count;
		send_out(message(300 + i, "goes on"));
		UNTIL(gw.sent_count > before);
		assert_int_equal(gw.sent[before].sent, SENT_ACCEPTED);
	}
	assert_int_equal(submits_on(peer.conn[0]), 1);
	assert_true(gw.up);
}

static void silence_on_every_link_stops_none_of_them(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	begin_two(4);
	send_many(2);
	UNTIL(got_count(CMPP_SUBMIT) == 2);
	run_for(STALL_MS * 2);
	send_out(message(300, "nobody else is there"));
	UNTIL(got_count(CMPP_SUBMIT) == 3);
}

static void the_loss_of_one_link_is_said_and_the_other_goes_on(void **state)
{
	(void)state;
	begin_two(2);
	cmpp()->carrier.session_config.reconnect_min_ms = 60000;
	stream_close(peer.conn[0], true);
	UNTIL(strstr(gw.words, "1 of 2 links bound; link to 127.0.0.1"));
	assert_true(gw.up);
	send_many(2);
	assert_int_equal(result(1)->sent, SENT_ACCEPTED);
	stream_close(peer.conn[1], true);
	UNTIL(!gw.up);
	assert_int_equal(send_out(message(400, "x")), E_AGAIN);
}

static void a_throttled_link_slows_down_alone(void **state)
{
	(void)state;
	begin_two(4);
	for (unsigned i = 0; i < 2; i++)
		cmpp()->carrier.link[i]->hold.hold_min_ms = 30000;
	ismg.throttling = peer.conn[0];
	send_many(6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(result(i)->sent, SENT_ACCEPTED);
	assert_in_range(submits_on(peer.conn[0]), 1, 3);
	send_many(4); /* the hold still lasts */
	result(9);
	assert_in_range(submits_on(peer.conn[0]), 1, 3);
}

static void what_a_lost_link_leaves_unanswered_is_unknown(void **state)
{
	(void)state;
	begin_two(2);
	ismg.silent = peer.conn[0];
	send_many(2);
	UNTIL(submits_on(peer.conn[0]) == 1 && gw.sent_count == 1);
	stream_close(peer.conn[0], true);
	assert_int_equal(result(1)->sent, SENT_UNKNOWN);
	assert_int_equal(got_count(CMPP_SUBMIT), 2);
}

static void where_it_is_to_be_resent_the_other_link_carries_it(void **state)
{
	(void)state;
	config.unanswered = UNANSWERED_RESEND;
	begin_two(2);
	assert_non_null(strstr(gw.words, "what is not answered is resent")); /* the console shows the channel's words */
	ismg.silent = peer.conn[0];
	send_many(2);
	UNTIL(submits_on(peer.conn[0]) == 1 && gw.sent_count == 1);
	stream_close(peer.conn[0], true);
	assert_int_equal(result(1)->sent, SENT_ACCEPTED);
	assert_int_equal(submits_on(peer.conn[1]), 2);
}

static void a_receipt_comes_over_whichever_link(void **state)
{
	(void)state;
	begin_two(2);
	ismg.silent = peer.conn[1];
	send_out(message(1, "x"));
	UNTIL(got_count(CMPP_SUBMIT) == 1);
	if (got(CMPP_SUBMIT, 0)->from == peer.conn[1])
		answer_submit(got(CMPP_SUBMIT, 0), 0, ++ismg.next_id);
	const char *id = result(0)->id[0];
	for (unsigned i = 0; i < 2; i++) {
		struct cmpp_report r = { .msg_id = strtoull(id, NULL, 16), .stat = "DELIVRD", .submit_time = "2607141530",
			.done_time = "2607141531", .dest = "13800138000" };
		struct buf b;
		buf_init(&b, 200);
		assert_true(cmpp_report_encode(&r, CMPP_V30, &b));
		struct cmpp_pdu pdu = deliver(50 + i, 900 + i, 0, b.data, b.len);
		pdu.deliver.registered_delivery = 1;
		say(peer.conn[i], &pdu);
		buf_fini(&b);
		assert_string_equal(nth(i)->receipt.external_id, id);
		fake_gateway_answer(&gw, TAKEN_STORED);
	}
}

static void parts_over_different_links_share_their_key_and_are_answered_where_they_came(void **state)
{
	(void)state;
	begin_two(2);
	for (uint8_t i = 0; i < 2; i++) {
		const uint8_t text[] = { 5, 0, 3, 77, 2, (uint8_t)(i + 1), 0x61, (uint8_t)('0' + i) };
		struct cmpp_pdu pdu = deliver(70 + i, 0x1000 + i, 8, text, sizeof text);
		pdu.deliver.tp_udhi = 1;
		say(peer.conn[i], &pdu);
	}
	assert_string_equal(nth(0)->msg.part.key, nth(1)->msg.part.key);
	fake_gateway_answer(&gw, TAKEN_STORED);
	fake_gateway_answer(&gw, TAKEN_STORED);
	UNTIL(deliver_resp(70) && deliver_resp(71));
	assert_ptr_equal(deliver_resp(70)->from, peer.conn[0]);
	assert_ptr_equal(deliver_resp(71)->from, peer.conn[1]);
}

static void what_a_lost_link_brought_may_come_again_over_the_other(void **state)
{
	(void)state;
	begin_two(2);
	struct cmpp_pdu pdu = deliver(80, 0, 0, "no id", 5);
	say(peer.conn[0], &pdu);
	nth(0);
	stream_close(peer.conn[0], true);
	UNTIL(strstr(gw.words, "1 of 2"));
	say(peer.conn[1], &pdu);
	assert_true(nth(1)->msg.resent); /* so the first one is known as the same */
}

static void a_link_that_could_not_be_made_is_none_that_went(void **state)
{
	(void)state;
	static const char *one_is_dead[2] = { at, "127.0.0.1:1" };
	(void)snprintf(at, sizeof at, "127.0.0.1:%d", config.port);
	config.host = NULL;
	config.link = (struct config_list){ one_is_dead, 2 };
	begin();
	say_text(80, 0, "1");
	nth(0);
	unsigned told = gw.states;
	UNTIL(gw.states >= told + 2); /* tried again, in vain */
	say_text(81, 0, "1");
	assert_false(nth(1)->msg.resent); /* the same words again are the citizen's, not the carrier's */
}

static void every_link_is_tested_behind_its_full_window(void **state)
{
	(void)state;
	ismg.hold_submits = true;
	(void)snprintf(at, sizeof at, "127.0.0.1:%d", config.port);
	config.host = NULL;
	config.link = (struct config_list){ two, 2 };
	config.window = 1;
	prepare();
	cmpp()->carrier.session_config.probe_ms = 60;
	start();
	UNTIL(strstr(gw.words, "2 of 2 links"));
	send_many(2);
	UNTIL(got_count(CMPP_SUBMIT) == 2);
	unsigned before = got_count(CMPP_ACTIVE_TEST);
	UNTIL(got_count(CMPP_ACTIVE_TEST) >= before + 4);
	bool seen[2] = { false, false };
	for (unsigned i = before; i < got_count(CMPP_ACTIVE_TEST); i++)
		seen[got(CMPP_ACTIVE_TEST, i)->from == peer.conn[1]] = true;
	assert_true(seen[0] && seen[1]);
}

static void draining_ends_every_link(void **state)
{
	(void)state;
	begin_two(2);
	cmpp_adapter.drain(adapter);
	UNTIL(gw.drained == 1);
	assert_int_equal(got_count(CMPP_TERMINATE), 2);
}

static size_t faults_of(const char *host, const char *const *item, size_t n)
{
	struct faults f = { 0 };
	struct config_list link = { (const char **)item, n };
	char path[] = "/tmp/xq-endpoint-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, "[channel sms]\n", 14) == 14);
	close(fd);
	struct config_file *file = config_load(path, &f);
	endpoint_check(host, &link, config_section(file, 0), &f);
	size_t count = f.count;
	faults_fini(&f);
	config_destroy(&file);
	unlink(path);
	return count;
}

static void the_address_of_a_link_is_checked(void **state)
{
	(void)state;
	static const char *const right[] = { "10.0.0.1:7890", "ismg.example", "[2001:db8::1]:7890", "[::1]" };
	static const char *const wrong[] = { "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:x", ":7890", "", "a b:1", "[::1", "a:1x", "[::1]x:1" };
	struct endpoint e[ENDPOINTS_MAX];
	assert_int_equal(faults_of("10.0.0.1", NULL, 0), 0);
	assert_int_equal(faults_of(NULL, NULL, 0), 1);
	assert_int_equal(faults_of("10.0.0.1", right, 1), 1);
	assert_int_equal(faults_of(NULL, right, 4), 0);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(faults_of(NULL, &wrong[i], 1), 1);
	struct config_list all = { (const char **)right, 4 };
	assert_int_equal(endpoint_list(NULL, 7, &all, e), 4);
	assert_string_equal(e[0].host, "10.0.0.1");
	assert_int_equal(e[0].port, 7890);
	assert_int_equal(e[1].port, 7);
	assert_string_equal(e[2].host, "2001:db8::1");
	assert_string_equal(e[3].host, "::1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_load_is_shared_and_each_link_has_its_own_window),
		TEST(the_parts_of_one_message_go_over_both_links),
		TEST(a_link_that_is_bound_and_silent_gets_nothing_more),
		TEST(silence_on_every_link_stops_none_of_them),
		TEST(the_loss_of_one_link_is_said_and_the_other_goes_on),
		TEST(a_throttled_link_slows_down_alone),
		TEST(what_a_lost_link_leaves_unanswered_is_unknown),
		TEST(where_it_is_to_be_resent_the_other_link_carries_it),
		TEST(a_receipt_comes_over_whichever_link),
		TEST(parts_over_different_links_share_their_key_and_are_answered_where_they_came),
		TEST(what_a_lost_link_brought_may_come_again_over_the_other),
		TEST(a_link_that_could_not_be_made_is_none_that_went),
		TEST(every_link_is_tested_behind_its_full_window),
		TEST(draining_ends_every_link),
		TEST(the_address_of_a_link_is_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
