#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/webchat/world.h"

/* --- hello and identity --- */

static void a_first_hello_gets_a_token_of_ours_and_no_history(void **state)
{
	(void)state;
	struct browser *b = browser_open();
	browser_hello(b, NULL, 5);
	browser_welcomed(b, 0);
	assert_true(chat_token_valid(&world->secret, b->token));
	assert_int_equal(world->histories, 0);
	browser_expect_silence(b);
	browser_close(&b);
}

static void nothing_is_taken_before_hello(void **state)
{
	(void)state;
	struct browser *b = browser_open();
	message(b, "1", "hi");
	browser_expect(b, "\"code\":\"hello-first\"");
	assert_non_null(strstr(b->frame, "\"id\":\"1\""));
	browser_say(b, "{\"type\":\"typing\"}");
	browser_expect(b, "\"code\":\"hello-first\"");
	assert_int_equal(world->takes, 0);
	assert_int_equal(world->signals, 0);
	browser_close(&b);
}

static void a_forged_token_never_joins_a_conversation(void **state)
{
	(void)state;
	struct browser *victim = browser_new();
	world_add(victim->peer, HISTORY_STAFF, "secret", NULL);
	char forged[CHAT_TOKEN_LEN + 1];
	memcpy(forged, victim->token, sizeof forged);
	forged[CHAT_TOKEN_LEN - 1] = forged[CHAT_TOKEN_LEN - 1] == 'a' ? 'b' : 'a';
	struct browser *thief = browser_open();
	browser_hello(thief, forged, 0);
	browser_expect(thief, "\"code\":\"bad-token\"");
	browser_welcomed(thief, 0);
	assert_string_not_equal(thief->token, victim->token);
	assert_string_not_equal(thief->token, forged);
	reply(victim->peer, "for the victim only");
	browser_expect_silence(thief);
	browser_close(&thief);
	browser_close(&victim);
}

static void a_second_hello_is_refused(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	browser_hello(b, b->token, 0);
	browser_expect(b, "\"code\":\"hello-again\"");
	browser_close(&b);
}

static void only_our_sites_may_open_the_socket(void **state)
{
	(void)state;
	struct browser *b = mem_new(struct browser);
	char own[80];
	assert_int_equal(browser_upgrade(b, "Origin: https://evil.example\r\n"), 403);
	raw_close(&b->raw);
	assert_int_equal(browser_upgrade(b, "Origin: https://www.city.example\r\n"), 101);
	raw_close(&b->raw);
	snprintf(own, sizeof own, "Origin: http://127.0.0.1:%d\r\n", http_port(world->server));
	assert_int_equal(browser_upgrade(b, own), 101);
	browser_close(&b);
}

/* --- messages in --- */

static void an_ack_comes_only_after_the_commit(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	world->hold_takes = true;
	message(b, "m1", "路灯坏了");
	browser_expect_silence(b);
	assert_int_equal(world->takes, 1);
	const struct msg_in *m = &world->take[0].m;
	char id[60];
	snprintf(id, sizeof id, "%s:m1", b->peer);
	assert_string_equal(m->external_id, id);
	assert_string_equal(m->peer, b->peer);
	assert_string_equal(m->text, "路灯坏了");
	assert_string_equal(m->account, "web");
	assert_true(m->verified);
	assert_int_equal(m->kind, MSG_TEXT);
	world_commit();
	browser_expect(b, "{\"type\":\"ack\",\"id\":\"m1\",\"seq\":1,\"ticket\":\"20261122100000017\"}");
	browser_close(&b);
}

static void the_same_id_again_gets_the_same_ack_and_nothing_more(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	message(b, "m1", "一");
	browser_expect(b, "\"type\":\"ack\"");
	char *first = mem_strdup(b->frame);
	message(b, "m1", "一");
	browser_expect(b, first);
	free(first);
	browser_expect_silence(b);
	assert_int_equal(world->items, 1);
	browser_close(&b);
}

static void two_citizens_with_the_same_client_id_are_two_messages(void **state)
{
	(void)state;
	struct browser *a = browser_new(), *b = browser_new();
	message(a, "1", "a");
	message(b, "1", "b");
	browser_expect(a, "\"seq\":1");
	browser_expect(b, "\"seq\":1");
	assert_int_equal(world->items, 2);
	browser_close(&a);
	browser_close(&b);
}

static void what_was_not_stored_is_said_to_be_so(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	world->verdict = TAKEN_RETRY;
	message(b, "1", "x");
	browser_expect(b, "\"code\":\"not-stored\"");
	assert_non_null(strstr(b->frame, "\"id\":\"1\""));
	world->verdict = TAKEN_REFUSED;
	world->reason = "survey-unknown";
	browser_say(b, "{\"type\":\"rating\",\"survey\":\"old\",\"rating\":5}");
	browser_expect(b, "\"code\":\"survey-unknown\"");
	assert_non_null(strstr(b->frame, "\"survey\":\"old\""));
	browser_close(&b);
}

static void errors_speak_the_language_of_hello(void **state)
{
	(void)state;
	struct browser *b = browser_open();
	browser_say(b, "{\"type\":\"hello\",\"language\":\"en\"}");
	browser_welcomed(b, 0);
	message(b, "1", "");
	browser_expect(b, "The message is empty. Type something first.");
	browser_close(&b);
}

static void broken_json_does_not_end_the_connection(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	browser_say(b, "{\"type\":");
	browser_expect(b, "\"code\":\"bad-json\"");
	browser_say(b, "{\"type\":\"dance\"}");
	browser_expect(b, "\"code\":\"unknown-type\"");
	message(b, "1", "still here");
	browser_expect(b, "\"type\":\"ack\"");
	browser_close(&b);
}

static void a_frame_above_32_kib_closes_with_1009(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	char *big = mem_alloc(33 * 1024);
	memset(big, 'x', 33 * 1024);
	browser_say_n(b, big, 33 * 1024);
	assert_null(browser_hear(b));
	assert_int_equal(b->close_code, 1009);
	assert_int_equal(world->takes, 0);
	free(big);
	browser_close(&b);
}

static void a_text_of_the_longest_kind_fits(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	char text[4001 * 3 + 1];
	for (size_t i = 0; i < 4001; i++)
		memcpy(text + 3 * i, "好", 3);
	text[sizeof text - 1] = '\0';
	message(b, "1", text);
	browser_expect(b, "\"code\":\"too-long\"");
	text[4000 * 3] = '\0';
	message(b, "2", text);
	browser_expect(b, "\"type\":\"ack\"");
	assert_string_equal(world->item[0].text, text);
	browser_close(&b);
}

static void the_twenty_first_message_at_once_is_too_fast_and_may_come_again(void **state)
{
	(void)state;
	struct browser *b = browser_new(); /* hello is counted too */
	char id[20];
	for (int i = 2; i <= 20; i++) {
		snprintf(id, sizeof id, "%d", i);
		message(b, id, "x");
	}
	message(b, "21", "x");
	const char *last = browser_hear(b);
	while (last && !strstr(last, "too-fast"))
		last = browser_hear(b);
	assert_non_null(last);
	assert_non_null(strstr(last, "\"id\":\"21\""));
	unsigned wait = (unsigned)atoi(strstr(last, "\"retry_ms\":") + 11);
	assert_in_range(wait, 1, 500);
	loop_for(&world->loop, wait + 20);
	message(b, "21", "x");
	while ((last = browser_hear(b)) && !strstr(last, "\"id\":\"21\""))
		;
	assert_non_null(last);
	assert_non_null(strstr(last, "\"type\":\"ack\""));
	browser_close(&b);
}

static void an_ack_for_a_tab_that_closed_is_nobodys_trouble(void **state)
{
	(void)state;
	struct browser *b = browser_new(), *other = browser_tab(b, 0, 0);
	world->hold_takes = true;
	message(b, "1", "last words");
	for (int i = 0; i < 500 && !world->takes; i++)
		world_turn();
	browser_close(&b);
	loop_for(&world->loop, 50);
	world_commit();
	browser_expect(other, "\"from\":\"citizen\",\"id\":\"1\",\"text\":\"last words\"");
	browser_close(&other);
}

/* --- several tabs --- */

static void every_tab_sees_every_message_once(void **state)
{
	(void)state;
	struct browser *a = browser_new(), *b = browser_tab(a, 0, 0);
	message(a, "1", "from a");
	browser_expect(a, "\"type\":\"ack\"");
	browser_expect(b, "{\"type\":\"message\",\"seq\":1,\"from\":\"citizen\",\"id\":\"1\",\"text\":\"from a\"");
	message(b, "2", "from b");
	browser_expect(b, "\"type\":\"ack\"");
	browser_expect(a, "\"text\":\"from b\"");
	reply(a->peer, "to both");
	browser_expect(a, "\"from\":\"staff\",\"name\":\"李\",\"text\":\"to both\"");
	browser_expect(b, "\"text\":\"to both\"");
	browser_expect_silence(a);
	browser_expect_silence(b);
	browser_close(&a);
	browser_close(&b);
}

static void a_rating_is_acked_here_and_closes_the_survey_there(void **state)
{
	(void)state;
	struct browser *a = browser_new(), *b = browser_tab(a, 0, 0);
	browser_say(a, "{\"type\":\"rating\",\"survey\":\"sv\",\"rating\":2,\"solved\":false,\"comment\":\"还没修\"}");
	browser_expect(a, "{\"type\":\"ack\",\"survey\":\"sv\",\"seq\":1");
	browser_expect(b, "{\"type\":\"ack\",\"survey\":\"sv\",\"seq\":1");
	browser_expect(b, "\"from\":\"citizen\"");
	const struct msg_in *m = &world->take[0].m;
	assert_int_equal(m->kind, MSG_RATING);
	assert_string_equal(m->rating.survey, "sv");
	assert_int_equal(m->rating.rating, 2);
	assert_int_equal(m->rating.solved, SOLVED_NO);
	assert_string_equal(m->rating.comment, "还没修");
	browser_say(a, "{\"type\":\"rating\",\"survey\":\"sv\",\"rating\":2,\"solved\":false,\"comment\":\"还没修\"}");
	browser_expect(a, "{\"type\":\"ack\",\"survey\":\"sv\",\"seq\":1");
	assert_int_equal(world->items, 1);
	browser_say(a, "{\"type\":\"rating\",\"survey\":\"sv\",\"rating\":3}");
	browser_expect(a, "{\"type\":\"ack\",\"survey\":\"sv\",\"seq\":2");
	browser_close(&a);
	browser_close(&b);
}

/* --- sending --- */

static void a_reply_to_nobody_is_parked_and_shown_on_return(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	struct { char token[CHAT_TOKEN_LEN + 1], peer[CHAT_PEER_LEN + 1]; } kept;
	memcpy(kept.token, b->token, sizeof kept.token);
	memcpy(kept.peer, b->peer, sizeof kept.peer);
	browser_close(&b);
	loop_for(&world->loop, 50);
	expect_sent(0, reply(kept.peer, "waits"), SENT_PARKED);
	assert_int_equal(world->backs, 0);
	world->hold_history = true;
	b = browser_open();
	browser_hello(b, kept.token, 0);
	while (!world->histories)
		world_turn();
	assert_int_equal(world->backs, 0);
	world->hold_history = false;
	browser_welcomed(b, 1);
	browser_expect(b, "\"text\":\"waits\"");
	assert_int_equal(world->backs, 1);
	assert_string_equal(world->back, kept.peer);
	browser_close(&b);
}

static void a_survey_goes_out_as_a_survey(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	struct msg_out m = { .seq = 1, .kind = OUT_SURVEY, .peer = b->peer, .author = "", .automatic = true, .text = "满意吗",
		.survey = "sv", .ticket = "20261122100000017" };
	struct history_item *i = world_add(b->peer, HISTORY_SYSTEM, "满意吗", NULL);
	i->kind = OUT_SURVEY;
	i->survey = "sv";
	assert_int_equal(webchat_adapter.send(world->chat, &m), 0);
	browser_expect(b, "{\"type\":\"survey\",\"seq\":1,\"from\":\"system\",\"text\":\"满意吗\",\"survey\":\"sv\",\"scale\":5,\"open\":true");
	struct browser *tab = browser_tab(b, 0, 1);
	browser_expect(tab, "\"survey\":\"sv\",\"scale\":5,\"open\":false");
	expect_sent(0, &m, SENT_ACCEPTED);
	browser_close(&tab);
	browser_close(&b);
}

/* --- signals --- */

static void typing_and_seen_go_both_ways(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	browser_say(b, "{\"type\":\"typing\"}");
	browser_say(b, "{\"type\":\"typing\"}");
	reply(b->peer, "x");
	browser_expect_seq(b, 1, 1);
	assert_int_equal(world->signals, 1);
	assert_int_equal(world->signal.what, SIGNAL_TYPING);
	assert_string_equal(world->signal_peer, b->peer);
	browser_say(b, "{\"type\":\"seen\",\"seq\":50}");
	browser_say(b, "{\"type\":\"seen\",\"seq\":1}");
	for (int i = 0; i < 100 && !world->receipts; i++)
		world_turn();
	browser_expect_silence(b);
	assert_int_equal(world->receipts, 1);
	assert_int_equal(world->receipt.upto_seq, 1);
	assert_int_equal(world->receipt.state, OUT_READ);
	assert_string_equal(world->receipt.peer, b->peer);
	webchat_adapter.signal(world->chat, &(struct signal){ .what = SIGNAL_TYPING, .peer = b->peer });
	browser_expect(b, "{\"type\":\"typing\",\"from\":\"staff\"}");
	struct signal read = { .what = SIGNAL_SEEN, .peer = b->peer, .ticket = "one", .seq = 5 };
	webchat_adapter.signal(world->chat, &read);
	browser_expect(b, "{\"type\":\"seen\",\"seq\":5,\"ticket\":\"one\"}");
	webchat_adapter.signal(world->chat, &read);
	browser_expect_silence(b); /* said again while somebody reads */
	read.ticket = "other", read.seq = 3;
	webchat_adapter.signal(world->chat, &read);
	browser_expect(b, "{\"type\":\"seen\",\"seq\":3,\"ticket\":\"other\"}");
	webchat_adapter.signal(world->chat, &(struct signal){ .what = SIGNAL_TYPING, .peer = "wnobody" });
	browser_close(&b);
}

/* --- ending --- */

static void drain_waits_for_commits_and_refuses_the_rest(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	world->hold_takes = true;
	message(b, "1", "before");
	for (int i = 0; i < 500 && !world->takes; i++)
		world_turn();
	webchat_adapter.drain(world->chat);
	message(b, "2", "after");
	browser_expect(b, "\"code\":\"not-stored\"");
	assert_int_equal(world->drains, 0);
	struct browser *late = mem_new(struct browser);
	assert_int_equal(browser_upgrade(late, ""), 503);
	browser_close(&late);
	world_commit();
	browser_expect(b, "\"type\":\"ack\",\"id\":\"1\"");
	assert_null(browser_hear(b));
	assert_int_equal(b->close_code, 1012);
	assert_int_equal(world->drains, 1);
	assert_int_equal(world->takes, 1);
	browser_close(&b);
}

static void destroy_ends_loans_and_closes_sockets(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	world->hold_takes = world->hold_history = true;
	message(b, "1", "under way");
	struct browser *tab = browser_open();
	browser_hello(tab, b->token, 0);
	for (int i = 0; i < 500 && (!world->takes || !world->histories); i++)
		world_turn();
	reply(b->peer, "lent");
	assert_int_equal(world->sents, 0);
	webchat_adapter.destroy(&world->chat);
	assert_null(world->chat);
	assert_int_equal(world->sents, 1);
	while (browser_hear(b))
		;
	assert_int_equal(b->close_code, 1001);
	browser_close(&tab);
	browser_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHAT_TEST(a_first_hello_gets_a_token_of_ours_and_no_history),
		CHAT_TEST(nothing_is_taken_before_hello),
		CHAT_TEST(a_forged_token_never_joins_a_conversation),
		CHAT_TEST(a_second_hello_is_refused),
		CHAT_TEST(only_our_sites_may_open_the_socket),
		CHAT_TEST(an_ack_comes_only_after_the_commit),
		CHAT_TEST(the_same_id_again_gets_the_same_ack_and_nothing_more),
		CHAT_TEST(two_citizens_with_the_same_client_id_are_two_messages),
		CHAT_TEST(what_was_not_stored_is_said_to_be_so),
		CHAT_TEST(errors_speak_the_language_of_hello),
		CHAT_TEST(broken_json_does_not_end_the_connection),
		CHAT_TEST(a_frame_above_32_kib_closes_with_1009),
		CHAT_TEST(a_text_of_the_longest_kind_fits),
		CHAT_TEST(the_twenty_first_message_at_once_is_too_fast_and_may_come_again),
		CHAT_TEST(an_ack_for_a_tab_that_closed_is_nobodys_trouble),
		CHAT_TEST(every_tab_sees_every_message_once),
		CHAT_TEST(a_rating_is_acked_here_and_closes_the_survey_there),
		CHAT_TEST(a_reply_to_nobody_is_parked_and_shown_on_return),
		CHAT_TEST(a_survey_goes_out_as_a_survey),
		CHAT_TEST(typing_and_seen_go_both_ways),
		CHAT_TEST(drain_waits_for_commits_and_refuses_the_rest),
		CHAT_TEST(destroy_ends_loans_and_closes_sockets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
