/* Whose ticket it is: by hand, by itself, at the end of a shift; and what each keeps for themselves. */
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/store/staff.h"
#include "tests/unit/console/desk.h"

static const struct person LI = { "li", ROLE_AGENT, "" }, WANG = { "wang", ROLE_AGENT, "" };

static int setup(void **state)
{
	int rc = desk_setup(state);
	enter(&LI);
	enter(&WANG);
	return rc;
}

static int assign(const struct person *as, const char *number, const char *body)
{
	return post_as(as, path_of(number, "/assign"), body);
}

static const char *whose(const char *number)
{
	assert_int_equal(get_as(&ADMIN, path_of(number, "")), 200);
	return word("assignee");
}

static void a_ticket_is_taken_once_and_handed_on_by_who_has_it(void **state)
{
	const char *number = citizen("web", "assign-1", "路灯坏了");
	(void)state;
	assert_int_equal(assign(&LI, number, "{\"to\":\"me\"}"), 200);
	assert_string_equal(word("assignee"), "li");
	assert_int_equal(assign(&LI, number, "{\"to\":\"me\"}"), 409);
	assert_int_equal(assign(&WANG, number, "{\"to\":\"me\"}"), 403); /* not without li or a supervisor */
	assert_int_equal(assign(&LI, number, "{\"to\":\"wang\",\"note\":\"请接着办\"}"), 200);
	assert_string_equal(whose(number), "wang");
	json_t *steps = json_object_get(got, "steps"), *last = json_array_get(steps, json_array_size(steps) - 1);
	assert_string_equal(json_string_value(json_object_get(last, "step")), "assigned");
	assert_string_equal(json_string_value(json_object_get(json_object_get(last, "data"), "note")), "请接着办");
	assert_int_equal(assign(&SUPERVISOR, number, "{\"to\":\"\"}"), 200);
	assert_string_equal(whose(number), "");
}

static void nobody_gets_what_is_not_theirs_to_work_on(void **state)
{
	const char *number = citizen("web", "assign-2", "占道经营");
	(void)state;
	assert_int_equal(assign(&LI, number, "{\"to\":\"nobody-here\"}"), 422);
	assert_int_equal(assign(&LI, number, "{}"), 422);
	assert_int_equal(assign(&LI, number, "{\"to\":\"urban\"}"), 422); /* of a department that does not have it */
	assert_int_equal(assign(&URBAN, number, "{\"to\":\"me\"}"), 404);
	take_step(number, STEP_DISPATCH, "urban", NULL);
	assert_int_equal(assign(&URBAN, number, "{\"to\":\"me\"}"), 200);
	assert_string_equal(whose(number), "urban");
}

static void who_helps_with_a_ticket_does_not_say_whose_it_is(void **state)
{
	const char *number = citizen("web", "assign-help", "烧烤摊扰民，有人打架");
	(void)state;
	take_step(number, STEP_DISPATCH, "police", NULL);
	take_step(number, STEP_ASSIST, "urban", "请协助");
	assert_int_equal(get_as(&URBAN, path_of(number, "")), 200);
	assert_int_equal(assign(&URBAN, number, "{\"to\":\"me\"}"), 403);
	assert_string_equal(word("code"), "lead-assigns");
	assert_int_equal(assign(&URBAN, number, "{\"to\":\"li\"}"), 403);
	assert_int_equal(assign(&LI, number, "{\"to\":\"me\"}"), 200);
	assert_int_equal(assign(&URBAN, number, "{\"to\":\"\"}"), 403);
	assert_string_equal(whose(number), "li");
}

static void whoever_saw_an_older_state_is_told(void **state)
{
	const char *number = citizen("web", "assign-3", "井盖没了");
	char body[80];
	(void)state;
	assert_int_equal(get_as(&LI, path_of(number, "")), 200);
	(void)snprintf(body, sizeof body, "{\"to\":\"me\",\"version\":%lld}", (long long)json_integer_value(json_object_get(got, "version")));
	citizen("web", "assign-3", "还没人来");
	assert_int_equal(assign(&LI, number, body), 409);
	assert_string_equal(whose(number), "");
}

/* --- by itself --- */

static struct raw page[2];

static void open_page(struct raw *r, const struct person *who)
{
	char head[400];
	(void)snprintf(head, sizeof head, "GET /console/live HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: xq_session=cookie-of-%s\r\n\r\n",
		desk.origin + 7, who->name);
	raw_open(r, &desk.loop, http_port(desk.http));
	assert_true(raw_say(r, head));
	assert_int_equal(raw_answer(r), 101);
	loop_for(&desk.loop, 100);
}

static void close_pages(void)
{
	for (size_t i = 0; i < 2; i++)
		if (page[i].fd > 0)
			raw_close(&page[i]);
	memset(page, 0, sizeof page);
	loop_for(&desk.loop, 50);
}

static bool has_owner(void *number)
{
	return *whose(number) != '\0';
}

static void work_comes_to_who_is_on_duty_and_here(void **state)
{
	char number[4][TICKET_NUMBER_MAX];
	(void)state;
	assert_int_equal(post_as(&LI, "/console/api/duty", "{\"duty\":\"on\"}"), 200);
	assert_int_equal(post_as(&WANG, "/console/api/duty", "{\"duty\":\"away\"}"), 200);
	open_page(&page[0], &LI);
	open_page(&page[1], &WANG);
	(void)snprintf(number[0], sizeof number[0], "%s", citizen("web", "assign-4", "停水了"));
	assert_true(loop_until(&desk.loop, has_owner, number[0], LOOP_UNTIL_MS));
	assert_string_equal(whose(number[0]), "li");
	assert_int_equal(get_as(&LI, "/api/v1/tickets?assignee=me&open=1"), 200);
	assert_true(items() >= 1);
	/* wang is back, with less in hand. */
	assert_int_equal(post_as(&WANG, "/console/api/duty", "{\"duty\":\"on\"}"), 200);
	(void)snprintf(number[1], sizeof number[1], "%s", citizen("web", "assign-5", "停电了"));
	assert_true(loop_until(&desk.loop, has_owner, number[1], LOOP_UNTIL_MS));
	assert_string_equal(whose(number[1]), "wang");
	assert_int_equal(get_as(&LI, "/console/api/colleagues"), 200);
	size_t i, here = 0;
	json_t *o;
	json_array_foreach(json_object_get(got, "items"), i, o)
		here += json_is_true(json_object_get(o, "online"));
	assert_int_equal(here, 2);
	close_pages();
}

/* As another node would: nobody here is told. */
static int on_duty_run(struct tx *tx, void *arg, struct err *e)
{
	struct staff_row s;
	(void)e;
	int rc = staff_get(tx, arg, &s);
	s.duty = DUTY_ON;
	return rc < 0 ? rc : staff_put(tx, &s);
}

static void who_goes_on_duty_while_sessions_are_looked_at_is_on_duty(void **state)
{
	char number[TICKET_NUMBER_MAX];
	(void)state;
	assert_int_equal(post_as(&LI, "/console/api/duty", "{\"duty\":\"on\"}"), 200);
	assert_int_equal(post_as(&WANG, "/console/api/duty", "{\"duty\":\"off\",\"hand_over\":\"\"}"), 200);
	open_page(&page[0], &LI);
	open_page(&page[1], &WANG);
	(void)snprintf(number, sizeof number, "%s", citizen("web", "assign-7", "路面塌了"));
	assert_true(loop_until(&desk.loop, has_owner, number, LOOP_UNTIL_MS));
	assert_string_equal(whose(number), "li");
	/* The look reads "off", and is answered when it is known here already that it is on. */
	live_check(desk.console->live);
	live_duty(desk.console->live, "wang", DUTY_ON);
	loop_for(&desk.loop, 200);
	write_now(on_duty_run, (void *)WANG.name);
	hold_readers(); /* so the next look comes too late to mend it */
	(void)snprintf(number, sizeof number, "%s", citizen("web", "assign-8", "水管漏了"));
	loop_for(&desk.loop, 2500);
	free_readers();
	assert_true(loop_until(&desk.loop, has_owner, number, LOOP_UNTIL_MS));
	assert_string_equal(whose(number), "wang");
	close_pages();
}

static void work_comes_to_who_went_on_duty_elsewhere(void **state)
{
	char number[TICKET_NUMBER_MAX];
	(void)state;
	assert_int_equal(post_as(&LI, "/console/api/duty", "{\"duty\":\"off\",\"hand_over\":\"\"}"), 200);
	assert_int_equal(post_as(&WANG, "/console/api/duty", "{\"duty\":\"off\"}"), 200);
	open_page(&page[0], &LI);
	(void)snprintf(number, sizeof number, "%s", citizen("web", "assign-9", "路灯全灭"));
	loop_for(&desk.loop, 500);
	assert_string_equal(whose(number), "");
	write_now(on_duty_run, (void *)LI.name);
	live_check(desk.console->live);
	assert_true(loop_until(&desk.loop, has_owner, number, LOOP_UNTIL_MS));
	assert_string_equal(whose(number), "li");
	close_pages();
}

static void at_the_end_of_a_shift_what_is_open_goes_on(void **state)
{
	const char *number = citizen("web", "assign-6", "垃圾没清运");
	(void)state;
	assert_int_equal(assign(&LI, number, "{\"to\":\"me\"}"), 200);
	assert_int_equal(post_as(&LI, "/console/api/duty", "{\"duty\":\"off\",\"hand_over\":\"li\"}"), 422);
	assert_int_equal(post_as(&LI, "/console/api/duty", "{\"duty\":\"off\",\"hand_over\":\"urban\"}"), 422);
	assert_string_equal(word("code"), "desk-wanted");
	assert_int_equal(post_as(&LI, "/console/api/duty", "{\"duty\":\"on\",\"hand_over\":\"wang\"}"), 422);
	assert_int_equal(post_as(&LI, "/console/api/duty", "{\"duty\":\"off\",\"hand_over\":\"wang\",\"note\":\"明早回访\"}"), 200);
	assert_true(json_integer_value(json_object_get(got, "moved")) >= 1);
	assert_string_equal(whose(number), "wang");
	assert_int_equal(get_as(&LI, "/api/v1/tickets?assignee=me&open=1"), 200);
	assert_int_equal(items(), 0);
	assert_int_equal(get_as(&LI, "/console/api/me"), 200);
	assert_string_equal(word("duty"), "off");
}

static void saved_views_are_ones_own_and_stay_inside_the_console(void **state)
{
	(void)state;
	assert_int_equal(post_as(&LI, "/console/api/views",
		"{\"views\":[{\"name\":\"短信超期\",\"path\":\"/console/in/overdue?channel=sms\"}]}"), 200);
	assert_int_equal(get_as(&LI, "/console/api/me"), 200);
	assert_int_equal(json_array_size(json_object_get(got, "views")), 1);
	assert_int_equal(get_as(&WANG, "/console/api/me"), 200);
	assert_int_equal(json_array_size(json_object_get(got, "views")), 0);
	assert_int_equal(post_as(&LI, "/console/api/views", "{\"views\":[{\"name\":\"x\",\"path\":\"//evil.example/\"}]}"), 422);
	assert_int_equal(post_as(&LI, "/console/api/views", "{\"views\":1}"), 422);
}

static void lists_by_deadline_go_on_where_the_page_ended(void **state)
{
	char path[200] = "/api/v1/tickets?open=1&order=due&limit=2", seen[4096] = "";
	unsigned pages = 0;
	size_t all = 0;
	(void)state;
	for (; *path && pages < 20; pages++) {
		assert_int_equal(get_as(&LI, path), 200);
		size_t i;
		json_t *o;
		json_array_foreach(json_object_get(got, "items"), i, o) {
			const char *number = json_string_value(json_object_get(o, "number"));
			assert_null(strstr(seen, number));
			strcat(seen, number);
			all++;
		}
		if (*word("next"))
			(void)snprintf(path, sizeof path, "/api/v1/tickets?open=1&order=due&limit=2&after=%s", word("next"));
		else
			*path = '\0';
	}
	assert_int_equal(get_as(&LI, "/api/v1/tickets?open=1&limit=200"), 200);
	assert_int_equal(items(), all);
	assert_int_equal(get_as(&LI, "/api/v1/tickets?order=due&after=7"), 400);
	assert_int_equal(get_as(&LI, "/api/v1/tickets?order=name"), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_is_taken_once_and_handed_on_by_who_has_it),
		cmocka_unit_test(nobody_gets_what_is_not_theirs_to_work_on),
		cmocka_unit_test(who_helps_with_a_ticket_does_not_say_whose_it_is),
		cmocka_unit_test(whoever_saw_an_older_state_is_told),
		cmocka_unit_test(work_comes_to_who_is_on_duty_and_here),
		cmocka_unit_test(who_goes_on_duty_while_sessions_are_looked_at_is_on_duty),
		cmocka_unit_test(work_comes_to_who_went_on_duty_elsewhere),
		cmocka_unit_test(at_the_end_of_a_shift_what_is_open_goes_on),
		cmocka_unit_test(saved_views_are_ones_own_and_stay_inside_the_console),
		cmocka_unit_test(lists_by_deadline_go_on_where_the_page_ended),
	};
	return cmocka_run_group_tests(tests, setup, desk_teardown);
}
