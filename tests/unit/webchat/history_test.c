/* What a tab is shown of what was said before it came, and while it came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/webchat/world.h"

static void everything_after_last_seq_comes_in_order(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	for (int i = 0; i < 130; i++)
		world_add(b->peer, i % 2 ? HISTORY_STAFF : HISTORY_CITIZEN, "x", NULL);
	struct browser *all = browser_tab(b, 0, 130);
	browser_expect_seq(all, 1, 130);
	browser_expect_silence(all);
	struct browser *some = browser_tab(b, 127, 130);
	browser_expect_seq(some, 128, 130);
	browser_expect_silence(some);
	struct browser *none = browser_tab(b, 130, 130);
	browser_expect_silence(none);
	browser_close(&all);
	browser_close(&some);
	browser_close(&none);
	browser_close(&b);
}

static void a_client_from_the_future_is_shown_everything(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	for (int i = 0; i < 3; i++)
		world_add(b->peer, HISTORY_STAFF, "x", NULL);
	struct browser *future = browser_tab(b, 99, 3);
	browser_expect_seq(future, 1, 3);
	reply(b->peer, "next");
	browser_expect_seq(future, 4, 4);
	browser_close(&future);
	browser_close(&b);
}

static void what_happens_during_a_replay_comes_once_and_in_order(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	char token[CHAT_TOKEN_LEN + 1], peer[CHAT_PEER_LEN + 1];
	memcpy(token, b->token, sizeof token);
	memcpy(peer, b->peer, sizeof peer);
	browser_close(&b);
	for (int i = 0; i < 60; i++)
		world_add(peer, HISTORY_STAFF, "x", NULL);
	world->hold_history = true;
	struct browser *tab = browser_open();
	browser_hello(tab, token, 0);
	while (world->histories < 1)
		world_turn();
	reply(peer, "while it is probed");
	world_tell_history();
	world_tell_history();
	browser_welcomed(tab, 61);
	reply(peer, "before the first page");
	message(tab, "own", "mine");
	while (world->takes_done < 1)
		world_turn();
	while (world->histories_done < world->histories)
		world_tell_history();
	reply(peer, "at the end");
	world->hold_history = false;
	for (int64_t seq = 1; seq <= 64; seq++) {
		char part[30];
		if (seq == 63)
			continue; /* its own, known from the ack */
		snprintf(part, sizeof part, "\"seq\":%lld,", (long long)seq);
		const char *got = browser_hear(tab);
		while (got && strstr(got, "\"type\":\"ack\""))
			got = browser_hear(tab);
		if (!got || !strstr(got, part))
			fail_msg("expected seq %lld, got %s", (long long)seq, got ? got : "nothing");
	}
	browser_expect_silence(tab);
	browser_close(&tab);
}

static void the_next_message_does_not_overtake_the_welcome(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	reply(b->peer, "one");
	browser_expect_seq(b, 1, 1);
	world->hold_history = true;
	struct browser *tab = browser_open();
	browser_hello(tab, b->token, 1);
	while (!world->histories)
		world_turn();
	reply(b->peer, "two");
	world->hold_history = false;
	browser_welcomed(tab, 2);
	browser_expect_seq(tab, 2, 2);
	browser_expect_silence(tab);
	browser_close(&tab);
	browser_close(&b);
}

static void a_rating_stored_behind_the_last_page_is_fetched_too(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	reply(b->peer, "one");
	browser_expect_seq(b, 1, 1);
	world->hold_takes = world->hold_history = true;
	struct browser *tab = browser_open();
	browser_hello(tab, b->token, 0);
	while (!world->histories)
		world_turn();
	browser_say(b, "{\"type\":\"rating\",\"survey\":\"sv\",\"rating\":5}");
	while (!world->takes)
		world_turn();
	world->commit_late = true;
	world->hold_history = false;
	browser_welcomed(tab, 1);
	browser_expect_seq(tab, 1, 2);
	browser_expect_silence(tab);
	browser_close(&tab);
	browser_close(&b);
}

static void a_missed_reply_is_fetched_before_the_next_is_shown(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	world_add(b->peer, HISTORY_STAFF, "never sent", NULL);
	reply(b->peer, "sent");
	browser_expect(b, "\"text\":\"never sent\"");
	browser_expect(b, "\"text\":\"sent\"");
	browser_expect_silence(b);
	browser_close(&b);
}

static void a_retried_reply_is_not_shown_twice(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	const struct msg_out *m = reply(b->peer, "once");
	browser_expect_seq(b, 1, 1);
	expect_sent(0, m, SENT_ACCEPTED);
	assert_int_equal(webchat_adapter.send(world->chat, m), 0);
	expect_sent(1, m, SENT_ACCEPTED);
	browser_expect_silence(b);
	browser_close(&b);
}

static void history_that_cannot_be_read_closes_for_another_try(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	world->refuse_history = true;
	struct browser *tab = browser_open();
	browser_hello(tab, b->token, 0);
	assert_null(browser_hear(tab));
	assert_int_equal(tab->close_code, 1013);
	browser_close(&tab);
	browser_close(&b);
}

static void a_tab_that_closes_while_history_is_read_is_forgotten(void **state)
{
	(void)state;
	struct browser *b = browser_new();
	world_add(b->peer, HISTORY_STAFF, "x", NULL);
	world->hold_history = true;
	struct browser *tab = browser_open();
	browser_hello(tab, b->token, 0);
	while (!world->histories)
		world_turn();
	browser_close(&tab);
	loop_for(&world->loop, 50);
	world_tell_history();
	browser_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHAT_TEST(everything_after_last_seq_comes_in_order),
		CHAT_TEST(a_client_from_the_future_is_shown_everything),
		CHAT_TEST(what_happens_during_a_replay_comes_once_and_in_order),
		CHAT_TEST(the_next_message_does_not_overtake_the_welcome),
		CHAT_TEST(a_rating_stored_behind_the_last_page_is_fetched_too),
		CHAT_TEST(a_missed_reply_is_fetched_before_the_next_is_shown),
		CHAT_TEST(a_retried_reply_is_not_shown_twice),
		CHAT_TEST(history_that_cannot_be_read_closes_for_another_try),
		CHAT_TEST(a_tab_that_closes_while_history_is_read_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
