/* The steps of the closed loop: what each does to the ticket, what the citizen is told, and who may not. */
#include "gateway/store/message.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000", SECRET[] = "内部：此人多次投诉，注意态度";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

static const char *ticket(void)
{
	return write_in(office.sms, ZHANG, LAMP)->ticket;
}

/* Nothing the citizen can see holds these words: neither what was sent nor the conversation. */
static bool hidden(const char *number, const char *words)
{
	const struct seen *s = see(number);
	for (size_t i = 0; i < s->n; i++)
		if (s->m[i].from != FROM_NOTE && strstr(s->m[i].text, words))
			return false;
	return got(office.sms, ZHANG, words) == 0;
}

static int with_own_words(void **state)
{
	int rc = office_setup(state);
	office_crash();
	put_file("templates/zh-CN/dispatched.sms.txt", "{number}转{department}，{due}前办结");
	put_file("templates/en/dispatched.sms.txt", "{number} to {department}, due {due}");
	put_file("templates/zh-CN/reopened.sms.txt", "{number}重办，{due}前");
	put_file("templates/zh-CN/received.sms.txt", "{number}收到于{time}，{due}前");
	put_file("templates/zh-CN/refused.petition.sms.txt", "{number}不予受理：{text}。");
	put_file("templates/zh-CN/reply.sms.txt", "{department}{staff}：{text}");
	office_open();
	office_start();
	return rc;
}

static const char *due_of(const char *number)
{
	char due[CLOCK_TEXT];
	return keep(clock_people(see(number)->t.due_at, due));
}

static void accept_gives_it_to_whoever_took_it(void **state)
{
	(void)state;
	const char *n = ticket();
	struct stepped a = step_q((struct step_request){ .number = n, .step = STEP_ACCEPT, .role = ROLE_AGENT, .seen_seq = -1,
		.actor = "wang", .category = "water-outage" });
	const struct seen *s = see(n);
	if (a.rc < 0)
		fail_msg("%s", a.e.words);
	assert_int_equal(s->t.state, TICKET_ACCEPTED);
	assert_string_equal(s->t.assignee, "wang");
	assert_true(s->t.accepted_at > 0);
	assert_string_equal(s->t.category, "water-outage");
	assert_string_equal(s->t.nature, catalog_category(flow_catalog(office.flow), "water-outage")->nature);
	assert_int_equal(s->t.due_at, catalog_due(flow_catalog(office.flow), "water-outage", "", s->t.opened_at, false));
	assert_true(has_event(n, "accept wang ", "\"from\":\"new\""));
	assert_int_equal(a.r.message, 0);
	assert_true(a.r.legal & 1u << STEP_DISPATCH);
	assert_false(a.r.legal & 1u << STEP_ACCEPT);
}

static void dispatch_tells_department_and_deadline(void **state)
{
	(void)state;
	const char *n = ticket();
	const struct department *d = catalog_department_at(flow_catalog(office.flow), 0);
	struct step_result r = step(n, STEP_DISPATCH, d->code);
	const struct seen *s = see(n);
	assert_int_equal(s->t.state, TICKET_DISPATCHED);
	assert_string_equal(s->t.department, d->code);
	assert_true(s->t.dispatched_at > 0);
	const struct seen_message *m = told(n, "dispatched");
	assert_int_equal(m->id, r.message);
	assert_int_equal(m->seq, r.seq);
	assert_string_equal(m->text, arena_printf(office.arena, "%s转%s，%s前办结", n, d->name, due_of(n)));
}

static void an_english_citizen_reads_the_departments_english_name(void **state)
{
	(void)state;
	const char *n = write_in(office.sms, ZHANG, "The street lamp is broken")->ticket;
	const struct department *d = catalog_department_at(flow_catalog(office.flow), 0);
	step(n, STEP_DISPATCH, d->code);
	assert_true(*d->name_en != '\0');
	assert_string_equal(told(n, "dispatched")->text, arena_printf(office.arena, "%s to %s, due %s", n, d->name_en,
		due_of(n)));
}

static void handling_is_for_staff_only(void **state)
{
	(void)state;
	const char *n = ticket();
	step(n, STEP_ACCEPT, NULL);
	size_t before = see(n)->n;
	step(n, STEP_HANDLE, NULL);
	assert_int_equal(see(n)->t.state, TICKET_HANDLING);
	assert_int_equal(see(n)->n, before);
}

static void a_reply_reaches_the_citizen_in_the_writers_name(void **state)
{
	(void)state;
	const char *n = ticket();
	struct step_result r = step(n, STEP_REPLY, "今天下午修");
	const struct seen *s = see(n);
	assert_int_equal(s->t.state, TICKET_REPLIED);
	assert_true(s->t.replied_at > 0);
	assert_string_equal(s->t.last_from, "staff");
	const struct seen_message *m = told(n, "reply");
	assert_int_equal(m->id, r.message);
	assert_int_equal(m->from, FROM_STAFF);
	assert_string_equal(m->author, "李工");
	assert_string_equal(m->text, "示范市12345李工：今天下午修");
	UNTIL(got(office.sms, ZHANG, "今天下午修") == 1);
}

static void an_interim_reply_leaves_the_ticket_where_it_is(void **state)
{
	(void)state;
	const char *n = ticket();
	struct stepped a = step_q((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .seen_seq = -1,
		.text = "已派人去看", .interim = true });
	assert_int_equal(a.rc, 0);
	assert_int_equal(see(n)->t.state, TICKET_NEW);
	assert_non_null(told(n, "reply"));
}

static void a_returned_ticket_is_without_department_and_the_citizen_does_not_read_why(void **state)
{
	(void)state;
	const char *n = ticket();
	step(n, STEP_DISPATCH, "urban");
	size_t before = see(n)->n;
	struct stepped a = step_q((struct step_request){ .number = n, .step = STEP_RETURN, .role = ROLE_DEPARTMENT,
		.own_department = "urban", .note = SECRET, .reason = "duty", .basis = "市政设施管理条例第三条", .seen_seq = -1 });
	const struct seen *s = see(n);
	assert_int_equal(a.rc, 0);
	assert_int_equal(s->t.state, TICKET_ACCEPTED);
	assert_string_equal(s->t.department, "");
	assert_true(s->t.flags & FLAG_RETURNED);
	assert_int_equal(s->t.bounces, 1);
	assert_int_equal(s->n, before);
	assert_true(has_event(n, "return ", SECRET));
	assert_true(hidden(n, SECRET));
}

static void supervision_is_a_mark_that_closing_takes_off(void **state)
{
	(void)state;
	const char *n = ticket();
	step(n, STEP_SUPERVISE, SECRET);
	assert_true(see(n)->t.flags & FLAG_SUPERVISED);
	assert_int_equal(see(n)->t.state, TICKET_NEW);
	assert_true(hidden(n, SECRET));
	step(n, STEP_REPLY, "修好了");
	step(n, STEP_CLOSE, NULL);
	assert_false(see(n)->t.flags & FLAG_SUPERVISED);
}

static void a_held_ticket_is_answered_when_it_is_released(void **state)
{
	(void)state;
	const char *n = write_in(office.sms, ZHANG, "澳门赌场 百家乐 首充送彩金 t.cn/Axyz")->ticket;
	assert_null(told(n, "received"));
	assert_int_equal(step_q((struct step_request){ .number = n, .step = STEP_ACCEPT, .role = ROLE_ADMIN }).rc, E_CONFLICT);
	int64_t now = clock_now();
	step(n, STEP_RELEASE, NULL);
	char time[CLOCK_TEXT], next[CLOCK_TEXT];
	const char *text = told(n, "received")->text;
	assert_false(see(n)->t.flags & FLAG_HELD);
	if (strcmp(text, arena_printf(office.arena, "%s收到于%s，%s前", n, clock_people(now, time), due_of(n))) != 0)
		assert_string_equal(text, arena_printf(office.arena, "%s收到于%s，%s前", n, clock_people(now + 60000, next), due_of(n)));
}

static void closing_asks_for_a_rating(void **state)
{
	(void)state;
	const char *n = ticket();
	step(n, STEP_REPLY, "修好了");
	struct step_result r = step(n, STEP_CLOSE, NULL);
	const struct seen *s = see(n);
	assert_int_equal(s->t.state, TICKET_CLOSED);
	assert_true(s->t.closed_at > 0);
	assert_int_equal(told(n, "closed")->id, r.message);
	assert_int_equal(told(n, "closed")->seq, r.seq);
	UNTIL(see(n)->survey.state == SURVEY_ASKED);
}

static void a_refusal_names_its_ground_and_keeps_the_note_inside(void **state)
{
	(void)state;
	const char *n = ticket();
	struct step_request q = { .number = n, .step = STEP_REFUSE, .role = ROLE_AGENT, .ground = "petition", .note = SECRET,
		.seen_seq = -1 };
	assert_int_equal(step_q(q).rc, 0);
	assert_int_equal(see(n)->t.state, TICKET_REFUSED);
	assert_string_equal(told(n, "refused.petition")->text, arena_printf(office.arena, "%s不予受理：。", n));
	assert_true(hidden(n, SECRET));
	n = write_in(office.mail, "a@city.example", LAMP)->ticket;
	q.number = n;
	q.text = "请找信访局";
	assert_int_equal(step_q(q).rc, 0);
	assert_int_equal(see(n)->t.state, TICKET_REFUSED);
}

static void a_refusals_own_words_reach_the_citizen(void **state)
{
	(void)state;
	const char *n = ticket();
	struct step_request q = { .number = n, .step = STEP_REFUSE, .role = ROLE_AGENT, .ground = "petition", .note = SECRET,
		.text = "请找信访局", .seen_seq = -1 };
	assert_int_equal(step_q(q).rc, 0);
	assert_string_equal(told(n, "refused.petition")->text, arena_printf(office.arena, "%s不予受理：请找信访局。", n));
}

static void reopening_tells_the_deadline_and_counts_the_round(void **state)
{
	(void)state;
	const char *n = ticket();
	step(n, STEP_REPLY, "修好了");
	step(n, STEP_CLOSE, NULL);
	step(n, STEP_REOPEN, NULL);
	const struct seen *s = see(n);
	assert_int_equal(s->t.state, TICKET_ACCEPTED);
	assert_int_equal(s->t.rounds, 1);
	assert_int_equal(s->t.closed_at, 0);
	assert_true(s->t.flags & FLAG_REOPENED);
	assert_string_equal(told(n, "reopened")->text, arena_printf(office.arena, "%s重办，%s前", n, due_of(n)));
	assert_int_equal(s->survey.state, SURVEY_EXPIRED); /* nobody is to rate what is being done again */
}

static void a_note_is_never_in_the_citizens_conversation(void **state)
{
	(void)state;
	const char *n = ticket();
	size_t talk = talk_length(office.sms, ZHANG);
	step(n, STEP_NOTE, SECRET);
	const struct seen *s = see(n);
	assert_int_equal(s->m[s->n - 1].from, FROM_NOTE);
	assert_string_equal(s->m[s->n - 1].text, SECRET);
	assert_int_equal(s->m[s->n - 1].seq, 0);
	assert_int_equal(talk_length(office.sms, ZHANG), talk);
	assert_true(hidden(n, SECRET));
	assert_string_equal(s->t.last_from, "citizen"); /* the citizen still waits */
}

/* --- what is not possible --- */

static void refused(struct step_request q, int rc, const char *words)
{
	size_t before = see(q.number)->n, events = see(q.number)->events;
	q.seen_seq = q.seen_seq ? q.seen_seq : -1;
	struct stepped s = step_q(q);
	if (s.rc != rc || strstr(s.e.words, words) == NULL)
		fail_msg("%s: %d '%s', not %d '…%s…'", step_name(q.step), s.rc, s.e.words, rc, words);
	assert_int_equal(see(q.number)->n, before);
	assert_int_equal(see(q.number)->events, events);
}

static void a_step_out_of_turn_says_which_are_legal(void **state)
{
	(void)state;
	const char *n = ticket();
	refused((struct step_request){ .number = n, .step = STEP_CLOSE, .role = ROLE_AGENT }, E_CONFLICT,
		"close is not possible for a ticket that is new; legal now: accept, dispatch, reply, refuse, note");
	struct stepped s = step_q((struct step_request){ .number = n, .step = STEP_CLOSE, .role = ROLE_AGENT,
		.result = "solved", .seen_seq = -1 });
	assert_int_equal(s.r.legal, steps_legal(TICKET_NEW, 0, ROLE_AGENT));
}

static void a_step_for_another_role_is_denied(void **state)
{
	(void)state;
	refused((struct step_request){ .number = ticket(), .step = STEP_SUPERVISE, .role = ROLE_AGENT, .note = "x" }, E_DENIED,
		"a agent may not supervise");
}

static void what_a_step_needs_is_named_by_its_field(void **state)
{
	(void)state;
	const char *n = ticket();
	static char huge[STEP_TEXT_MAX + 2];
	memset(huge, 'x', sizeof huge - 1);
	refused((struct step_request){ .number = n, .step = STEP_DISPATCH, .role = ROLE_ADMIN, .department = "moon" }, E_RANGE,
		"department: 'moon'");
	refused((struct step_request){ .number = n, .step = STEP_DISPATCH, .role = ROLE_ADMIN }, E_RANGE, "department: ''");
	refused((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_ADMIN, .text = " \n" }, E_RANGE,
		"text: ");
	refused((struct step_request){ .number = n, .step = STEP_SUPERVISE, .role = ROLE_ADMIN }, E_RANGE, "note: ");
	refused((struct step_request){ .number = n, .step = STEP_REFUSE, .role = ROLE_ADMIN, .ground = "boredom" }, E_RANGE,
		"ground: 'boredom'");
	refused((struct step_request){ .number = n, .step = STEP_ACCEPT, .role = ROLE_ADMIN, .category = "moon" }, E_RANGE,
		"category: 'moon'");
	refused((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_ADMIN, .text = huge }, E_RANGE,
		"text: at most 20000");
	refused((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_ADMIN, .text = "\xff" }, E_RANGE,
		"text: at most");
}

static void an_unknown_number_is_not_found(void **state)
{
	(void)state;
	struct stepped s = step_q((struct step_request){ .number = "20261122200000017", .step = STEP_NOTE, .role = ROLE_ADMIN,
		.note = "x" });
	assert_int_equal(s.rc, E_NOTFOUND);
	assert_non_null(strstr(s.e.words, "20261122200000017"));
}

static void a_department_touches_only_its_own_tickets(void **state)
{
	(void)state;
	const char *n = ticket();
	refused((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_DEPARTMENT, .own_department = "urban",
		.text = "好" }, E_DENIED, "not with your department");
	step(n, STEP_DISPATCH, "urban");
	assert_int_equal(step_q((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_DEPARTMENT,
		.own_department = "urban", .text = "好", .seen_seq = -1 }).rc, 0);
	refused((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_DEPARTMENT, .own_department = "water",
		.text = "好" }, E_DENIED, "not with your department");
}

/* --- twice, and meanwhile --- */

static void a_reply_to_what_was_not_read_is_stopped(void **state)
{
	(void)state;
	const char *n = ticket();
	struct step_request q = { .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .text = "今天下午修", .seen_seq = 2 };
	assert_int_equal(talk_length(office.sms, ZHANG), 2);
	write_in(office.sms, ZHANG, "已经修好了，不用来了");
	refused(q, E_CONFLICT, "somebody wrote meanwhile");
	q.seen_seq = (int64_t)talk_length(office.sms, ZHANG);
	assert_int_equal(step_q(q).rc, 0);
}

static void a_receipt_of_ours_stops_no_reply(void **state)
{
	(void)state;
	const char *n = ticket();
	struct stepped s = step_q((struct step_request){ .number = n, .step = STEP_REPLY, .role = ROLE_AGENT, .text = "好",
		.seen_seq = 1 });
	assert_int_equal(s.rc, 0); /* seq 2 is "received" */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_own_words, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accept_gives_it_to_whoever_took_it),
		TEST(dispatch_tells_department_and_deadline),
		TEST(an_english_citizen_reads_the_departments_english_name),
		TEST(handling_is_for_staff_only),
		TEST(a_reply_reaches_the_citizen_in_the_writers_name),
		TEST(an_interim_reply_leaves_the_ticket_where_it_is),
		TEST(a_returned_ticket_is_without_department_and_the_citizen_does_not_read_why),
		TEST(supervision_is_a_mark_that_closing_takes_off),
		TEST(a_held_ticket_is_answered_when_it_is_released),
		TEST(closing_asks_for_a_rating),
		TEST(a_refusal_names_its_ground_and_keeps_the_note_inside),
		TEST(a_refusals_own_words_reach_the_citizen),
		TEST(reopening_tells_the_deadline_and_counts_the_round),
		TEST(a_note_is_never_in_the_citizens_conversation),
		TEST(a_step_out_of_turn_says_which_are_legal),
		TEST(a_step_for_another_role_is_denied),
		TEST(what_a_step_needs_is_named_by_its_field),
		TEST(an_unknown_number_is_not_found),
		TEST(a_department_touches_only_its_own_tickets),
		TEST(a_reply_to_what_was_not_read_is_stopped),
		TEST(a_receipt_of_ours_stops_no_reply),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
