/* The survey: asked at the close, answered by words, digits or a button, once; bad news brings the ticket back. */
#include "gateway/store/survey.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

/* Closed, and the citizen has the question. */
static const char *closed(struct line *l, const char *peer)
{
	const char *n = write_in(l, peer, LAMP)->ticket;
	step(n, STEP_REPLY, "修好了");
	step(n, STEP_CLOSE, NULL);
	UNTIL(see(n)->survey.state == SURVEY_ASKED);
	return n;
}

static struct took *press(struct line *l, const char *peer, const char *id, const char *token, int rating,
	enum msg_solved solved, const char *comment)
{
	return take(l, &(struct msg_in){ .kind = MSG_RATING, .external_id = id, .peer = peer, .account = "web", .text = "",
		.verified = true, .rating = { .survey = token, .rating = rating, .solved = solved, .comment = comment } });
}

static void the_question_counts_as_asked_only_when_the_channel_has_it(void **state)
{
	(void)state;
	const char *n = write_in(office.sms, ZHANG, LAMP)->ticket;
	step(n, STEP_REPLY, "修好了");
	UNTIL(got(office.sms, ZHANG, "修好了") == 1);
	office.sms->mode = LINE_KEEP;
	size_t at = office.sms->count;
	step(n, STEP_CLOSE, NULL);
	UNTIL(office.sms->count == at + 1);
	assert_int_equal(see(n)->survey.state, SURVEY_QUEUED);
	assert_string_equal(office.sms->said[at].survey, see(n)->survey.token);
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(see(n)->survey.state == SURVEY_ASKED);
	assert_true(see(n)->survey.asked_at > 0);
	assert_int_equal(see(n)->survey.expires_at - see(n)->survey.created_at, 72 * 3600 * 1000);
}

static void an_answer_faster_than_the_channels_word_counts(void **state)
{
	(void)state;
	const char *n = write_in(office.sms, ZHANG, LAMP)->ticket;
	step(n, STEP_REPLY, "修好了");
	UNTIL(got(office.sms, ZHANG, "修好了") == 1);
	office.sms->mode = LINE_KEEP;
	size_t at = office.sms->count;
	step(n, STEP_CLOSE, NULL);
	UNTIL(office.sms->count == at + 1);
	assert_string_equal(write_in(office.sms, ZHANG, "1")->ticket, n);
	assert_int_equal(see(n)->survey.state, SURVEY_ANSWERED);
	office.sms->mode = LINE_ACCEPT;
	line_end(office.sms, at, SENT_ACCEPTED, NULL);
	UNTIL(told(n, "closed")->state == OUT_ACCEPTED);
	assert_int_equal(see(n)->survey.state, SURVEY_ANSWERED);
}

static void one_is_best_in_a_text_message(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	assert_string_equal(write_in(office.sms, ZHANG, "１")->ticket, n);
	const struct seen *s = see(n);
	assert_int_equal(s->survey.state, SURVEY_ANSWERED);
	assert_int_equal(s->survey.rating, 5);
	assert_string_equal(s->survey.raw, "１");
	assert_int_equal(s->survey.scale, SURVEY_ONE_BEST);
	assert_int_equal(s->t.state, TICKET_CLOSED);
	assert_true(has_event(n, "rated citizen ", "\"rating\":5"));
	assert_non_null(told(n, "thanks"));
	assert_null(told(n, "thanks-bad"));
}

static void five_is_best_in_the_chat(void **state)
{
	(void)state;
	const char *n = closed(office.chat, "visitor");
	write_in(office.chat, "visitor", "5");
	assert_int_equal(see(n)->survey.rating, 5);
	assert_int_equal(see(n)->t.state, TICKET_CLOSED);
}

static void a_bad_rating_brings_the_ticket_back_before_a_supervisor(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	write_in(office.sms, ZHANG, "5 没人来修");
	const struct seen *s = see(n);
	assert_int_equal(s->survey.rating, 1);
	assert_string_equal(s->survey.comment, "没人来修");
	assert_int_equal(s->t.state, TICKET_ACCEPTED);
	assert_true(s->t.flags & FLAG_REOPENED);
	assert_true(s->t.flags & FLAG_SUPERVISED);
	assert_int_equal(s->t.rounds, 1);
	assert_non_null(told(n, "thanks-bad"));
}

/* The chain is never erased: what he said stands in the survey and the docket, which are. */
static void what_the_citizen_said_with_the_rating_is_not_in_the_chain(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	write_in(office.sms, ZHANG, "5 没人来修，我住三单元");
	assert_string_equal(see(n)->survey.comment, "没人来修，我住三单元");
	assert_true(has_event(n, "rated citizen ", "\"rating\":1"));
	assert_true(has_event(n, "order system ", "\"reason\":\"rating\""));
	assert_false(has_event(n, "", "三单元"));
}

static void not_solved_brings_it_back_whatever_the_rating(void **state)
{
	(void)state;
	const char *n = closed(office.chat, "visitor");
	assert_int_equal(press(office.chat, "visitor", "p-1", see(n)->survey.token, 5, SOLVED_NO, NULL)->taken, TAKEN_STORED);
	const struct seen *s = see(n);
	assert_int_equal(s->survey.rating, 5);
	assert_int_equal(s->survey.solved, SOLVED_NO);
	assert_int_equal(s->t.state, TICKET_ACCEPTED);
}

static void a_button_says_in_the_ticket_what_was_pressed(void **state)
{
	(void)state;
	const char *n = closed(office.chat, "visitor");
	struct took *t = press(office.chat, "visitor", "p-1", see(n)->survey.token, 4, SOLVED_YES, "谢谢李工");
	assert_int_equal(t->taken, TAKEN_STORED);
	assert_true(t->seq > 0);
	assert_string_equal(t->ticket, n);
	const struct seen *s = see(n);
	assert_int_equal(s->survey.rating, 4);
	assert_int_equal(s->survey.solved, SOLVED_YES);
	assert_string_equal(s->survey.comment, "谢谢李工");
	bool shown = false;
	for (size_t i = 0; i < s->n; i++)
		shown |= strcmp(s->m[i].text, "满意 · 已解决\n谢谢李工") == 0;
	assert_true(shown);
	assert_int_equal(press(office.chat, "visitor", "p-1", s->survey.token, 4, SOLVED_YES, "谢谢李工")->taken, TAKEN_DUPLICATE);
}

/* Also where the words are as long as the form lets them be. */
static void a_cry_for_help_beside_a_button_is_heard_and_the_button_counts(void **state)
{
	(void)state;
	const char *n = closed(office.chat, "visitor");
	struct buf b;
	buf_init(&b, MSG_TEXT_MAX);
	buf_adds(&b, "我不想活了。");
	while (b.len + 3 < 3 * SURVEY_COMMENT_MAX)
		buf_adds(&b, "苦");
	struct took *t = press(office.chat, "visitor", "p-cry", see(n)->survey.token, 1, SOLVED_NO, buf_str(&b));
	buf_fini(&b);
	assert_string_not_equal(t->ticket, n);
	assert_true(see(t->ticket)->t.flags & FLAG_CARE);
	assert_non_null(strstr(see(t->ticket)->m[0].text, "我不想活了"));
	assert_non_null(told(t->ticket, "emergency.selfharm"));
	assert_int_equal(see(n)->survey.state, SURVEY_ANSWERED);
	assert_int_equal(see(n)->survey.rating, 1);
	assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
	assert_null(told(n, "thanks-bad"));
}

static void no_level_of_the_scale_is_asked_again(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	write_in(office.sms, ZHANG, "9");
	assert_int_equal(see(n)->survey.state, SURVEY_ASKED);
	assert_non_null(told(n, "rate-again"));
	write_in(office.sms, ZHANG, "2");
	assert_int_equal(see(n)->survey.rating, 4);
}

static void the_first_answer_stands_and_the_second_is_kept_beside_it(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	write_in(office.sms, ZHANG, "1");
	size_t before = see(n)->n;
	struct took *t = write_in(office.sms, ZHANG, "2");
	const struct seen *s = see(n);
	assert_string_equal(t->ticket, n);
	assert_int_equal(s->survey.rating, 5);
	assert_string_equal(s->survey.raw, "1");
	assert_int_equal(s->n, before + 1); /* the message, and no second thanks */
	assert_int_equal(s->t.state, TICKET_CLOSED);
	assert_int_equal(tickets(), 1);
}

static void a_second_answer_that_says_not_solved_is_believed(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	write_in(office.sms, ZHANG, "1");
	write_in(office.sms, ZHANG, "6");
	assert_int_equal(see(n)->survey.rating, 5);
	assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
	assert_non_null(told(n, "reopened"));
}

struct later { int64_t at; size_t n; };

static int expire_run(struct tx *tx, void *arg, struct err *e)
{
	struct later *l = arg;
	(void)e;
	tx_set_now(tx, l->at);
	return survey_expire(tx, 100, &l->n);
}

static void after_three_days_nothing_is_an_answer_any_more(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	struct later l = { .at = see(n)->survey.expires_at - 1 };
	assert_int_equal(store_now(office.store, true, expire_run, &l, NULL), 0);
	assert_int_equal(l.n, 0);
	l.at++;
	struct msg_in m = { .kind = MSG_TEXT, .external_id = "late", .peer = ZHANG, .account = "12345", .text = "5",
		.verified = true };
	struct intake_done d = take_at(office.sms, &m, l.at); /* before the clock came round to it */
	assert_int_not_equal(d.outcome, OUTCOME_RATE);
	assert_int_equal(see(n)->survey.state, SURVEY_ASKED);
	assert_int_equal(store_now(office.store, true, expire_run, &l, NULL), 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(see(n)->survey.state, SURVEY_EXPIRED);
	assert_int_equal(see(n)->t.state, TICKET_CLOSED);
}

static void a_button_pressed_too_late_is_told_so_and_not_asked_for_again(void **state)
{
	(void)state;
	const char *n = closed(office.chat, "visitor");
	struct msg_in m = { .kind = MSG_RATING, .external_id = "late", .peer = "visitor", .account = "web", .text = "",
		.verified = true, .rating = { .survey = see(n)->survey.token, .rating = 5 } };
	struct intake_done d = take_at(office.chat, &m, see(n)->survey.expires_at);
	assert_int_equal(d.taken, TAKEN_REFUSED);
	assert_string_equal(d.reason, "survey-unknown");
	assert_int_equal(see(n)->survey.state, SURVEY_ASKED);
}

static void a_survey_that_never_was_is_refused(void **state)
{
	(void)state;
	closed(office.chat, "visitor");
	struct took *t = press(office.chat, "visitor", "p-1", "invented", 5, SOLVED_UNSAID, NULL);
	assert_int_equal(t->taken, TAKEN_REFUSED);
	assert_string_equal(t->reason, "survey-unknown");
}

static void somebody_elses_survey_cannot_be_answered(void **state)
{
	(void)state;
	const char *n = closed(office.chat, "visitor");
	write_in(office.chat, "thief", "你好，路灯");
	assert_int_equal(press(office.chat, "thief", "p-1", see(n)->survey.token, 1, SOLVED_NO, NULL)->taken, TAKEN_REFUSED);
	assert_int_equal(see(n)->survey.state, SURVEY_ASKED);
	assert_int_equal(see(n)->t.state, TICKET_CLOSED);
}

static void back_at_work_the_question_is_over(void **state)
{
	(void)state;
	const char *n = closed(office.chat, "visitor");
	assert_string_equal(write_in(office.chat, "visitor", "路灯还没修好")->ticket, n);
	assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
	assert_non_null(told(n, "reopened"));
	assert_int_equal(see(n)->survey.state, SURVEY_EXPIRED);
	struct took *t = press(office.chat, "visitor", "p-1", see(n)->survey.token, 5, SOLVED_UNSAID, NULL);
	assert_int_equal(t->taken, TAKEN_REFUSED); /* and not RETRY: it would come for ever */
	assert_int_equal(see(n)->survey.rating, 0);
}

static void each_close_asks_anew(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG), *first = see(n)->survey.token;
	write_in(office.sms, ZHANG, "6");
	assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
	step(n, STEP_REPLY, "这次真修好了");
	step(n, STEP_CLOSE, NULL);
	UNTIL(see(n)->survey.state == SURVEY_ASKED);
	assert_string_not_equal(see(n)->survey.token, first);
	assert_int_equal(see(n)->survey.round, 1);
	write_in(office.sms, ZHANG, "1");
	assert_int_equal(see(n)->survey.rating, 5);
}

static void past_the_rounds_a_supervisor_decides(void **state)
{
	(void)state;
	const char *n = closed(office.sms, ZHANG);
	unsigned most = catalog_rules(flow_catalog(office.flow))->max_rounds;
	for (unsigned i = 0; i < most; i++) {
		write_in(office.sms, ZHANG, "6");
		assert_int_equal(see(n)->t.state, TICKET_ACCEPTED);
		step(n, STEP_REPLY, "又修了一次");
		step(n, STEP_CLOSE, NULL);
		UNTIL(see(n)->survey.state == SURVEY_ASKED);
	}
	write_in(office.sms, ZHANG, "6");
	assert_int_equal(see(n)->t.state, TICKET_CLOSED);
	assert_true(see(n)->t.flags & FLAG_SUPERVISED);
	assert_int_equal(see(n)->t.rounds, most);
}

static void the_question_names_the_department_in_the_citizens_language(void **state)
{
	(void)state;
	office_crash();
	put_file("templates/en/closed.txt", "{number} by {department}");
	put_file("templates/zh-CN/closed.txt", "{number}由{department}办结");
	office_open();
	office_start();
	const struct department *d = catalog_department(flow_catalog(office.flow), "urban");
	const char *zh = write_in(office.chat, "visitor", LAMP)->ticket;
	const char *en = write_in(office.chat, "guest", "The street lamp is broken")->ticket;
	const char *const both[] = { zh, en };
	for (size_t i = 0; i < 2; i++) {
		step(both[i], STEP_DISPATCH, "urban");
		step(both[i], STEP_REPLY, "ok");
		step(both[i], STEP_CLOSE, NULL);
	}
	assert_string_equal(told(zh, "closed")->text, arena_printf(office.arena, "%s由%s办结", zh, d->name));
	assert_string_equal(told(en, "closed")->text, arena_printf(office.arena, "%s by %s", en, d->name_en));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_question_counts_as_asked_only_when_the_channel_has_it),
		TEST(an_answer_faster_than_the_channels_word_counts),
		TEST(one_is_best_in_a_text_message),
		TEST(five_is_best_in_the_chat),
		TEST(a_bad_rating_brings_the_ticket_back_before_a_supervisor),
		TEST(what_the_citizen_said_with_the_rating_is_not_in_the_chain),
		TEST(not_solved_brings_it_back_whatever_the_rating),
		TEST(a_button_says_in_the_ticket_what_was_pressed),
		TEST(a_cry_for_help_beside_a_button_is_heard_and_the_button_counts),
		TEST(no_level_of_the_scale_is_asked_again),
		TEST(the_first_answer_stands_and_the_second_is_kept_beside_it),
		TEST(a_second_answer_that_says_not_solved_is_believed),
		TEST(after_three_days_nothing_is_an_answer_any_more),
		TEST(a_button_pressed_too_late_is_told_so_and_not_asked_for_again),
		TEST(a_survey_that_never_was_is_refused),
		TEST(somebody_elses_survey_cannot_be_answered),
		TEST(back_at_work_the_question_is_over),
		TEST(each_close_asks_anew),
		TEST(past_the_rounds_a_supervisor_decides),
		TEST(the_question_names_the_department_in_the_citizens_language),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
