#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "gateway/forward/body.h"
#include "gateway/forward/post.h"
#include "gateway/forward/round.h"
#include "gateway/forward/sign.h"
#include "gateway/store/conversation.h"
#include "gateway/store/event.h"
#include "gateway/store/forward.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"
#include "tests/unit/store/place.h"
#include "tests/unit/base/temp.h"

/* The example of the Standard Webhooks specification and its reference libraries. */
static void the_published_example_is_signed_as_published(void **state)
{
	struct forward_key key;
	struct err e = { 0 };
	char signature[FORWARD_SIGNATURE];
	(void)state;
	assert_int_equal(forward_key_read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &key, &e), 0);
	forward_sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}", signature);
	assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void a_key_that_is_short_or_no_base64_is_refused_with_words(void **state)
{
	static const char *const bad[] = { "", "short", "whsec_", "whsec_c2hvcnQ=", "whsec_not*base64*at*all*000" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct forward_key key;
		struct err e = { 0 };
		assert_true(forward_key_read(bad[i], &key, &e) < 0);
		assert_true(strlen(e.words) > 0);
	}
}

static void a_status_means_the_event_or_the_target(void **state)
{
	static const struct { long status; enum post_result meaning; } row[] = {
		{ 200, POST_DELIVERED }, { 204, POST_DELIVERED }, { 299, POST_DELIVERED }, { 0, POST_AWAY }, { 301, POST_BUSY },
		{ 400, POST_REFUSED }, { 401, POST_BUSY }, { 404, POST_BUSY }, { 409, POST_REFUSED }, { 410, POST_REFUSED },
		{ 413, POST_REFUSED }, { 422, POST_REFUSED }, { 429, POST_BUSY }, { 500, POST_BUSY }, { 503, POST_BUSY },
	};
	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		assert_int_equal(post_meaning(row[i].status), row[i].meaning);
}

/* Events 1, 2, 3 of tickets a, b, a. */
static struct round three(void)
{
	static const struct forward_config none;
	struct round r;
	round_init(&r, "core", &none);
	r.from = "0";
	r.to = "3";
	r.items = 3;
	for (unsigned i = 0; i < 3; i++)
		r.item[i] = (struct item){ .event = i + 1, .ticket = i == 1 ? 20 : 10, .state = ITEM_WAITING, .body = "{}" };
	return r;
}

static void a_ticket_s_events_go_one_after_the_other_and_others_beside_them(void **state)
{
	struct round r = three();
	(void)state;
	struct item *first = round_next(&r);
	assert_int_equal(first->event, 1);
	first->state = ITEM_SENDING;
	struct item *second = round_next(&r);
	assert_int_equal(second->event, 2);
	second->state = ITEM_SENDING;
	assert_null(round_next(&r));
	first->state = ITEM_DELIVERED;
	assert_int_equal(round_next(&r)->event, 3);
	round_fini(&r);
}

static void a_failure_takes_the_later_events_of_its_ticket_along(void **state)
{
	struct round r = three();
	(void)state;
	round_failed(&r, &r.item[0], false, "answered 422");
	assert_int_equal(r.item[2].state, ITEM_BEHIND);
	assert_int_equal(round_next(&r)->event, 2);
	round_fini(&r);
}

static void one_answer_that_fails_among_others_is_that_event_s_fault(void **state)
{
	struct round r = three();
	(void)state;
	round_failed(&r, &r.item[0], true, "answered 500");
	assert_int_equal(round_stuck(&r)->event, 1);
	r.item[1].state = ITEM_DELIVERED;
	assert_null(round_stuck(&r));
	round_fini(&r);
	r = three();
	round_failed(&r, &r.item[0], false, "answered 422"); /* refused for its own sake: the target is well */
	assert_null(round_stuck(&r));
	round_fini(&r);
}

static void what_waited_behind_a_delivered_one_goes_at_once(void **state)
{
	struct round r = three();
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		r.item[i].state = ITEM_DELIVERED;
	assert_false(round_goes_on(&r));
	r.item[1].again = true;
	assert_true(round_goes_on(&r));
	round_fini(&r);
}

/* One event more than a round holds. */
static int fill_run(struct tx *tx, void *arg, struct err *e)
{
	struct conversation_row c = { .channel = "sms", .kind = "sms", .peer = "+8613800000001", .peer_name = "", .account = "12345",
		.language = "zh-CN" };
	struct ticket_row t = { .channel = "sms", .kind = "sms", .account = "12345", .peer = "+8613800000001", .language = "zh-CN",
		.title = "路灯不亮", .last_text = "路灯不亮", .last_from = "citizen", .opened_at = tx_now(tx) };
	(void)arg, (void)e;
	int rc = conversation_insert(tx, &c);
	t.conversation = c.id;
	if (rc == 0 && (rc = ticket_insert(tx, &t, 20)) == 0)
		rc = forward_open(tx, "core", "0");
	for (int i = 0; rc == 0 && i <= ROUND_EVENTS; i++)
		rc = event_append(tx, t.id, "received", "citizen", "{}");
	return rc;
}

static int put_two(struct tx *tx, struct ticket_row t[2])
{
	struct conversation_row c = { .channel = "sms", .kind = "sms", .peer = "+8613800000002", .peer_name = "", .account = "12345",
		.language = "zh-CN" };
	int rc = conversation_insert(tx, &c);
	for (int i = 0; rc == 0 && i < 2; i++) {
		t[i] = (struct ticket_row){ .conversation = c.id, .channel = "sms", .kind = "sms", .account = "12345", .peer = c.peer,
			.language = "zh-CN", .title = "举报", .last_text = "举报", .last_from = "citizen", .opened_at = tx_now(tx) };
		rc = ticket_insert(tx, &t[i], 20);
	}
	return rc;
}

static int told_run(struct tx *tx, void *arg, struct err *e)
{
	static const struct forward_config masked, full = { .peers = FORWARD_PEERS_FULL };
	struct ticket_row t[2];
	char data[2][100];
	const char *body;
	(void)arg, (void)e;
	int rc = put_two(tx, t);
	(void)snprintf(data[0], sizeof data[0], "{\"into\":\"%s\"}", t[1].number);
	(void)snprintf(data[1], sizeof data[1], "{\"other\":\"%s\"}", t[0].number);
	for (int confidential = 0; rc == 0 && confidential < 2; confidential++) {
		t[0].flags = confidential ? FLAG_CONFIDENTIAL : 0;
		rc = ticket_update(tx, &t[0]);
		for (int i = 0; rc == 0 && i < 2; i++) {
			const struct event_row v = { .ticket = t[i].id, .kind = i ? "joined" : "merged", .actor = "lead", .data = data[i] };
			for (int peers = 0; peers < 2; peers++) {
				assert_int_equal(forward_body(tx, peers ? &full : &masked, &v, &body), 1);
				assert_int_equal(strstr(body, t[!i].number) != NULL, !confidential || peers);
			}
		}
	}
	return rc;
}

static int refused_run(struct tx *tx, void *arg, struct err *e)
{
	static const struct forward_config week = { .days = 7 };
	const int64_t day = 24 * 3600 * 1000, now = tx_now(tx);
	static const struct { unsigned attempts; int days_ago; bool dead; } row[] = {
		{ 5, 8, false }, /* the clock is ahead, or nobody tried */ { 400, 6, false }, { 200, 8, true },
	};
	int rc = 0;
	(void)arg;
	for (size_t i = 0; rc == 0 && i < sizeof row / sizeof *row; i++) {
		struct round r;
		struct aside_row *a;
		size_t n;
		round_init(&r, "core", &week);
		r.from = r.to = "";
		r.items = 1;
		r.item[0] = (struct item){ .event = i + 1, .ticket = 1, .again = true, .state = ITEM_FAILED, .error = "answered 422",
			.before = { .attempts = row[i].attempts, .since = now - row[i].days_ago * day } };
		if ((rc = round_store(tx, &r, e)) == 0 && (rc = aside_list(tx, "core", row[i].dead, i, 1, &a, &n)) == 0) {
			assert_int_equal(n, 1);
			assert_int_equal(a[0].event, i + 1);
		}
		round_fini(&r);
	}
	return rc;
}

static void in_a_store(store_run_f *run)
{
	struct place place;
	struct store *s;
	struct err e = { 0 };
	place_make(&place, temp_dir);
	assert_int_equal(store_open(&s, &(struct store_config){ .dsn = place.dsn }, &e), 0);
	assert_int_equal(store_now(s, true, run, NULL, &e), 0);
	store_close(&s);
	place_remove(&place);
}

static void beside_whom_a_confidential_ticket_is_is_told_to_who_is_told_the_citizen(void **state)
{
	(void)state;
	in_a_store(told_run);
}

static void an_event_that_is_refused_dies_after_its_days_and_their_tries(void **state)
{
	(void)state;
	in_a_store(refused_run);
}

static int named_run(struct tx *tx, void *arg, struct err *e)
{
	static const struct forward_config masked, full = { .peers = FORWARD_PEERS_FULL };
	struct ticket_row t[2];
	char data[100];
	const char *body;
	(void)arg, (void)e;
	int rc = put_two(tx, t);
	struct message_row m = { .conversation = t[0].conversation, .ticket = t[0].id, .from = FROM_CITIZEN, .author = t[0].peer, .text = "举报",
		.event = "", .external_id = "<1@reporter.example>", .at = tx_now(tx), .out_state = -1 };
	if (rc < 0 || (rc = message_insert(tx, &m, &t[0])) < 0)
		return rc;
	(void)snprintf(data, sizeof data, "{\"message\":\"%" PRIu64 "\"}", m.id);
	const struct event_row v = { .ticket = t[0].id, .kind = "received", .actor = "citizen", .data = data };
	for (int peers = 0; peers < 2; peers++) {
		assert_int_equal(forward_body(tx, peers ? &full : &masked, &v, &body), 1);
		assert_non_null(strstr(body, "\"external_id\""));
		assert_int_equal(strstr(body, "reporter.example") != NULL, peers);
	}
	return 0;
}

static void what_the_channel_calls_a_message_is_told_to_who_is_told_the_citizen(void **state)
{
	(void)state;
	in_a_store(named_run);
}

/* Its connection was lost at the end, and it runs again. */
static int read_run(struct tx *tx, void *arg, struct err *e)
{
	int rc = round_read(tx, arg, e);
	return rc < 0 ? rc : round_read(tx, arg, e);
}

static void a_reading_that_runs_again_holds_each_event_once(void **state)
{
	static const struct forward_config all;
	struct place place;
	struct store *s;
	struct round r;
	struct err e = { 0 };
	(void)state;
	place_make(&place, temp_dir);
	assert_int_equal(store_open(&s, &(struct store_config){ .dsn = place.dsn }, &e), 0);
	assert_int_equal(store_now(s, true, fill_run, NULL, &e), 0);
	round_init(&r, "core", &all);
	assert_int_equal(store_now(s, false, read_run, &r, &e), 0);
	assert_int_equal(r.items, ROUND_EVENTS);
	assert_true(r.more);
	for (size_t i = 1; i < r.items; i++)
		assert_true(r.item[i - 1].event < r.item[i].event);
	round_fini(&r);
	store_close(&s);
	place_remove(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_example_is_signed_as_published),
		cmocka_unit_test(a_key_that_is_short_or_no_base64_is_refused_with_words),
		cmocka_unit_test(a_status_means_the_event_or_the_target),
		cmocka_unit_test(a_ticket_s_events_go_one_after_the_other_and_others_beside_them),
		cmocka_unit_test(a_failure_takes_the_later_events_of_its_ticket_along),
		cmocka_unit_test(one_answer_that_fails_among_others_is_that_event_s_fault),
		cmocka_unit_test(what_waited_behind_a_delivered_one_goes_at_once),
		cmocka_unit_test_setup_teardown(beside_whom_a_confidential_ticket_is_is_told_to_who_is_told_the_citizen, temp_setup, temp_teardown),
		cmocka_unit_test_setup_teardown(an_event_that_is_refused_dies_after_its_days_and_their_tries, temp_setup, temp_teardown),
		cmocka_unit_test_setup_teardown(what_the_channel_calls_a_message_is_told_to_who_is_told_the_citizen, temp_setup, temp_teardown),
		cmocka_unit_test_setup_teardown(a_reading_that_runs_again_holds_each_event_once, temp_setup, temp_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
