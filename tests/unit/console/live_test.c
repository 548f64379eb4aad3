/* The live feed: who may open it, who hears what. */
#include "tests/unit/console/feed.h"

static void place(struct raw *r, const char *number, const char *what)
{
	char text[120];
	(void)snprintf(text, sizeof text, "{\"type\":\"presence\",\"number\":\"%s\",\"what\":\"%s\"}", number, what);
	say(r, text);
	loop_for(&desk.loop, 60);
}

static void nobody_watches_without_a_session_or_from_another_site(void **state)
{
	(void)state;
	assert_int_equal(watch(&eye[0], NULL, NULL), 401);
	raw_close(&eye[0]);
	assert_int_equal(watch(&eye[0], "cookie-of-agent", "https://evil.example"), 403);
	raw_close(&eye[0]);
	/* A cookie that is no session any more is let go before anything is told. */
	assert_int_equal(watch(&eye[0], "stale", desk.origin), 101);
	assert_int_equal(hear(&eye[0]), 8);
	assert_int_equal((uint8_t)eye[0].answer[0] << 8 | (uint8_t)eye[0].answer[1], 4401);
	leave_all();
}

static void a_change_reaches_the_desk_masked_and_a_department_only_with_its_own(void **state)
{
	(void)state;
	enter_feed(&eye[0], &AGENT);
	enter_feed(&eye[1], &URBAN);
	const char *number = citizen("sms", "+8613611112222", "占道经营");
	const char *desk_saw = all_of(&eye[0]);
	assert_non_null(strstr(desk_saw, number));
	assert_non_null(strstr(desk_saw, "136****2222"));
	assert_null(strstr(desk_saw, "13611112222"));
	assert_string_equal(all_of(&eye[1]), "");
	take_step(number, STEP_DISPATCH, "urban", NULL);
	assert_non_null(told(&eye[1], number));
	take_step(number, STEP_DISPATCH, "police", NULL);
	const char *after = all_of(&eye[1]);
	assert_non_null(strstr(after, "\"gone\""));
	assert_null(strstr(after, "\"ticket\":{"));
	leave_all();
}

static void messages_go_to_those_who_have_the_ticket_open(void **state)
{
	const char *number = citizen("web", "live-open", "路灯坏了"), *elsewhere = citizen("web", "live-else", "井盖没了");
	(void)state;
	enter_feed(&eye[0], &AGENT);
	enter_feed(&eye[1], &SUPERVISOR);
	place(&eye[0], number, "viewing");
	place(&eye[1], elsewhere, "viewing");
	(void)all_of(&eye[0]), (void)all_of(&eye[1]);
	citizen("web", "live-open", "还有一盏也坏了");
	const char *message = told(&eye[0], "\"type\":\"message\"");
	assert_non_null(message);
	assert_non_null(strstr(message, "\"external_id\":null")); /* it would say whose it is */
	const char *other = all_of(&eye[1]);
	assert_null(strstr(other, "\"type\":\"message\""));
	assert_non_null(strstr(other, "还有一盏也坏了")); /* as the ticket's newest words */
	leave_all();
}

static void colleagues_see_who_is_there_and_that_they_left(void **state)
{
	const char *number = citizen("web", "live-here", "路灯坏了");
	(void)state;
	take_step(number, STEP_DISPATCH, "police", NULL);
	enter_feed(&eye[0], &AGENT);
	enter_feed(&eye[1], &SUPERVISOR);
	enter_feed(&eye[2], &URBAN);
	place(&eye[0], number, "writing");
	const char *seen = told(&eye[1], "\"staff\":\"agent\"");
	assert_non_null(seen);
	assert_non_null(strstr(seen, "\"what\":\"writing\""));
	assert_null(strstr(all_of(&eye[2]), number));
	/* Who comes later learns it too. */
	enter_feed(&eye[3], &ADMIN);
	assert_non_null(told(&eye[3], "\"what\":\"writing\""));
	raw_close(&eye[0]);
	eye[0].fd = 0;
	assert_non_null(told(&eye[1], "\"what\":\"gone\""));
	leave_all();
}

static void a_department_cannot_open_anothers_ticket_in_the_feed(void **state)
{
	const char *number = citizen("web", "live-wall", "路灯坏了");
	(void)state;
	take_step(number, STEP_DISPATCH, "police", NULL);
	enter_feed(&eye[0], &URBAN);
	enter_feed(&eye[1], &AGENT);
	place(&eye[0], number, "viewing");
	citizen("web", "live-wall", "请尽快");
	assert_null(strstr(all_of(&eye[0]), number));
	assert_null(strstr(all_of(&eye[1]), "\"staff\":\"urban\""));
	leave_all();
}

static void typing_goes_both_ways(void **state)
{
	const char *number = citizen("web", "live-typing", "路灯坏了");
	(void)state;
	enter_feed(&eye[0], &AGENT);
	place(&eye[0], number, "viewing");
	(void)all_of(&eye[0]);
	struct signal s = { .what = SIGNAL_TYPING, .peer = "live-typing" };
	desk.host->signal(desk.channel[1], &s);
	assert_non_null(told(&eye[0], "\"type\":\"typing\""));
	unsigned before = desk.signals;
	place(&eye[0], number, "writing");
	place(&eye[0], number, "writing"); /* once in three seconds is enough */
	assert_int_equal(desk.signals, before + 1);
	leave_all();
}

/* Two tickets at which somebody types at once are one citizen's. */
static void typing_tells_nobody_whose_a_confidential_ticket_is(void **state)
{
	const char *number = citizen("web", "live-secret", "举报违建");
	(void)state;
	enter_feed(&eye[0], &AGENT);
	enter_feed(&eye[1], &SUPERVISOR);
	place(&eye[0], number, "viewing");
	place(&eye[1], number, "viewing");
	struct signal s = { .what = SIGNAL_TYPING, .peer = "live-secret" };
	for (int again = 0; again < 2; again++) { /* made so while it is open, and opened when it is */
		take_step(number, again ? STEP_NOTE : STEP_CONFIDE, NULL, "备注");
		loop_for(&desk.loop, 100);
		(void)all_of(&eye[0]), (void)all_of(&eye[1]);
		desk.host->signal(desk.channel[1], &s);
		assert_non_null(told(&eye[1], "\"type\":\"typing\""));
		assert_null(strstr(all_of(&eye[0]), "\"type\":\"typing\""));
		place(&eye[0], number, "gone");
		place(&eye[0], number, "viewing");
	}
	leave_all();
}

static void what_the_citizen_said_is_seen_by_who_has_the_ticket_open_and_nobody_else(void **state)
{
	const char *number = citizen("web", "live-seen", "路灯坏了");
	(void)state;
	desk.seen = 0;
	enter_feed(&eye[0], &AGENT);
	citizen("web", "live-seen", "请尽快");
	(void)all_of(&eye[0]);
	assert_int_equal(desk.seen, 0);
	place(&eye[0], number, "viewing");
	(void)all_of(&eye[0]);
	int64_t upto = desk.seen;
	assert_true(upto > 0);
	assert_string_equal(desk.seen_of, number);
	citizen("web", "live-seen", "还没有人来");
	assert_non_null(told(&eye[0], "还没有人来"));
	assert_true(desk.seen > upto);
	leave_all();
}

/* Each conversation counts its own: the third word of an SMS is not the third one of the chat. */
static void words_of_another_conversation_that_were_merged_in_are_not_told_as_seen(void **state)
{
	char from[TICKET_NUMBER_MAX], into[TICKET_NUMBER_MAX], body[100];
	(void)state;
	(void)snprintf(into, sizeof into, "%s", citizen("web", "live-merged", "路灯坏了"));
	for (unsigned i = 0; i < 6; i++)
		(void)snprintf(from, sizeof from, "%s", citizen("sms", "+8613611113333", "路灯还没有修"));
	enter_feed(&eye[0], &SUPERVISOR);
	desk.seen = 0;
	place(&eye[0], into, "viewing");
	int64_t own = desk.seen;
	assert_true(own > 0);
	place(&eye[0], into, "gone");
	(void)snprintf(body, sizeof body, "{\"other\":\"%s\"}", into);
	assert_int_equal(post_as(&SUPERVISOR, path_of(from, "/citizen"), body), 200);
	(void)snprintf(body, sizeof body, "{\"into\":\"%s\"}", into);
	assert_int_equal(post_as(&SUPERVISOR, path_of(from, "/merge"), body), 200);
	place(&eye[0], into, "viewing");
	assert_int_equal(desk.seen, own);
	(void)all_of(&eye[0]);
	citizen("sms", "+8613611113333", "今晚能修吗");
	assert_non_null(told(&eye[0], "今晚能修吗"));
	assert_int_equal(desk.seen, own);
	citizen("web", "live-merged", "谢谢");
	assert_non_null(told(&eye[0], "谢谢"));
	assert_true(desk.seen > own);
	leave_all();
}

static void what_is_seen_is_not_told_again_with_each_sign_of_presence(void **state)
{
	const char *number = citizen("web", "live-still", "路灯坏了");
	(void)state;
	enter_feed(&eye[0], &AGENT);
	desk.seen = 0;
	place(&eye[0], number, "viewing");
	assert_true(desk.seen > 0);
	desk.seen = 0;
	place(&eye[0], number, "viewing");
	place(&eye[0], number, "writing");
	assert_int_equal(desk.seen, 0);
	place(&eye[0], number, "gone");
	place(&eye[0], number, "viewing");
	assert_true(desk.seen > 0);
	leave_all();
}

struct two { struct taken_step step[2]; };

static int two_run(struct tx *tx, void *arg, struct err *e)
{
	struct two *t = arg;
	int rc = taken_step_run(tx, &t->step[0], e);
	return rc < 0 ? rc : taken_step_run(tx, &t->step[1], e);
}

static void changes_of_one_moment_come_as_one_frame(void **state)
{
	(void)state;
	const char *number = citizen("web", "live-batch", "路灯坏了");
	enter_feed(&eye[0], &AGENT);
	(void)all_of(&eye[0]);
	struct two t = { { { .number = number, .step = STEP_ACCEPT }, { .number = number, .step = STEP_HANDLE } } };
	write_now(two_run, &t);
	assert_int_equal(hear(&eye[0]), 1);
	json_t *o = json_loads(eye[0].answer, 0, NULL);
	assert_int_equal(json_array_size(json_object_get(o, "items")), 1); /* of one ticket only the last state */
	assert_non_null(strstr(eye[0].answer, "handling"));
	json_decref(o);
	leave_all();
}

static int flood_run(struct tx *tx, void *arg, struct err *e)
{
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < 100; i++) {
		char peer[32];
		(void)snprintf(peer, sizeof peer, "live-flood-%u", i);
		struct asked a = { .channel = "web", .peer = peer, .name = "", .text = "路灯坏了" };
		rc = asked_run(tx, &a, e);
	}
	(void)arg;
	return rc;
}

static void of_very_many_changes_the_newest_are_told_and_the_rest_counted(void **state)
{
	(void)state;
	enter_feed(&eye[0], &AGENT);
	(void)all_of(&eye[0]);
	write_now(flood_run, NULL);
	assert_int_equal(hear(&eye[0]), 1);
	json_t *o = json_loads(eye[0].answer, 0, NULL), *list = json_object_get(o, "items");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "type")), "more");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 0), "n")) + (json_int_t)json_array_size(list) - 1, 100);
	json_decref(o);
	leave_all();
}

static void the_numbers_are_told_when_they_change_each_group_its_own(void **state)
{
	(void)state;
	enter_feed(&eye[0], &AGENT);
	enter_feed(&eye[1], &URBAN);
	loop_for(&desk.loop, 700);
	while (hear_all(&eye[1]) == 1 && strstr(eye[1].answer, "counts") == NULL)
		;
	json_t *before = json_loads(eye[1].answer, 0, NULL);
	take_step(citizen("web", "live-count", "占道"), STEP_DISPATCH, "urban", NULL);
	loop_for(&desk.loop, 1200);
	json_t *after = NULL;
	while (hear_all(&eye[1]) == 1) {
		json_decref(after);
		after = NULL;
		if (strstr(eye[1].answer, "\"counts\"") != NULL && (after = json_loads(eye[1].answer, 0, NULL)) != NULL)
			break;
	}
	json_int_t was = json_integer_value(json_object_get(json_object_get(before, "counts"), "open"));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(after, "counts"), "open")), was + 1);
	json_decref(before);
	json_decref(after);
	leave_all();
}

/* The number of open tickets in the next frame of numbers. */
static json_int_t next_open(struct raw *r)
{
	json_int_t open = -1;
	int opcode;
	while ((opcode = hear_all(r)) == 1 && strncmp(r->answer, "{\"type\":\"counts\"", 16) != 0)
		;
	json_t *o = opcode == 1 ? json_loads(r->answer, 0, NULL) : NULL;
	(void)json_unpack(o, "{s:{s:I}}", "counts", "open", &open);
	json_decref(o);
	return open;
}

static void a_count_that_waited_for_a_reader_does_not_put_off_the_next(void **state)
{
	(void)state;
	enter_feed(&eye[0], &AGENT);
	json_int_t was = next_open(&eye[0]);
	assert_true(was >= 0);
	hold_readers();
	citizen("web", "live-wait-1", "路灯坏了");
	loop_for(&desk.loop, 1500);
	free_readers();
	assert_int_equal(next_open(&eye[0]), was + 1);
	citizen("web", "live-wait-2", "路灯坏了");
	assert_int_equal(next_open(&eye[0]), was + 2);
	leave_all();
}

static void presence_that_only_goes_on_is_not_told_again(void **state)
{
	const char *number = citizen("web", "live-still", "路灯坏了");
	(void)state;
	enter_feed(&eye[0], &AGENT);
	enter_feed(&eye[1], &SUPERVISOR);
	place(&eye[0], number, "viewing");
	assert_non_null(told(&eye[1], "viewing"));
	place(&eye[0], number, "viewing");
	assert_null(strstr(all_of(&eye[1]), "viewing"));
	place(&eye[0], number, "writing");
	assert_non_null(told(&eye[1], "writing"));
	leave_all();
}

static void logging_out_closes_the_feed(void **state)
{
	(void)state;
	enter_feed(&eye[0], &AGENT);
	assert_int_equal(post_as(&AGENT, "/console/api/logout", "{}"), 204);
	assert_int_equal(hear(&eye[0]), 8);
	assert_int_equal((uint8_t)eye[0].answer[0] << 8 | (uint8_t)eye[0].answer[1], 4401);
	enter(&AGENT);
	leave_all();
}

static void nonsense_closes_the_feed(void **state)
{
	(void)state;
	enter_feed(&eye[0], &AGENT);
	say(&eye[0], "[1,2");
	assert_int_equal(hear(&eye[0]), 8);
	leave_all();
}

static void a_gateway_that_stops_with_open_feeds_leaks_nothing(void **state)
{
	(void)state;
	enter_feed(&eye[0], &AGENT);
	enter_feed(&eye[1], &URBAN);
	place(&eye[0], citizen("web", "live-end", "路灯坏了"), "viewing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_watches_without_a_session_or_from_another_site),
		cmocka_unit_test(a_change_reaches_the_desk_masked_and_a_department_only_with_its_own),
		cmocka_unit_test(messages_go_to_those_who_have_the_ticket_open),
		cmocka_unit_test(colleagues_see_who_is_there_and_that_they_left),
		cmocka_unit_test(a_department_cannot_open_anothers_ticket_in_the_feed),
		cmocka_unit_test(typing_goes_both_ways),
		cmocka_unit_test(typing_tells_nobody_whose_a_confidential_ticket_is),
		cmocka_unit_test(what_the_citizen_said_is_seen_by_who_has_the_ticket_open_and_nobody_else),
		cmocka_unit_test(words_of_another_conversation_that_were_merged_in_are_not_told_as_seen),
		cmocka_unit_test(what_is_seen_is_not_told_again_with_each_sign_of_presence),
		cmocka_unit_test(changes_of_one_moment_come_as_one_frame),
		cmocka_unit_test(of_very_many_changes_the_newest_are_told_and_the_rest_counted),
		cmocka_unit_test(the_numbers_are_told_when_they_change_each_group_its_own),
		cmocka_unit_test(a_count_that_waited_for_a_reader_does_not_put_off_the_next),
		cmocka_unit_test(presence_that_only_goes_on_is_not_told_again),
		cmocka_unit_test(logging_out_closes_the_feed),
		cmocka_unit_test(nonsense_closes_the_feed),
		cmocka_unit_test(a_gateway_that_stops_with_open_feeds_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
