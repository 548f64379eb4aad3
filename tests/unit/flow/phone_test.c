/* Proving a mobile number, with the time passed in: how long a code lives, how often one is sent, what is left of it. */
#include "gateway/flow/citizen.h"
#include "gateway/flow/phone.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/ticket.h"
#include "tests/unit/flow/office.h"

enum { MINUTE = 60 * 1000, DAY = 24 * 60 * MINUTE };
static const char ZHAO[] = "wzhaozhaozhaozhaozhaozhao", QIAN[] = "wqianqianqianqianqianqian", PHONE[] = "13800138001";
static int64_t at;
static unsigned asked;

struct run { struct phone_job job; struct phone_answer answer; int64_t at; };

static int step_run(struct tx *tx, void *arg, struct err *e)
{
	struct run *r = arg;
	tx_set_now(tx, r->at);
	return phone_step(tx, flow_catalog(office.flow), flow_words(office.flow), &r->job, &r->answer, e);
}

static enum phone_said said(const char *peer, const char *number, const char *code)
{
	asked++;
	struct run r = { .at = at, .job = { .channel = "web", .random = asked * 7777777ull, .ask = { .peer = peer, .language = "zh-CN",
		.from = arena_printf(office.arena, "10.0.%u.1", asked), .number = number, .code = code } } };
	struct err e = { 0 };
	if (store_now(office.store, true, step_run, &r, &e) < 0)
		fail_msg("%s", e.words);
	return r.answer.said;
}

/* The code of the last ask, as its random number makes it. */
static const char *code(void)
{
	return arena_printf(office.arena, "%06u", (unsigned)(asked * 7777777ull % 1000000));
}

struct texts { const char *text[SEEN_MAX]; int64_t expires_at[SEEN_MAX]; size_t n; bool forget; };

static int texts_run(struct tx *tx, void *arg, struct err *e)
{
	struct texts *t = arg;
	struct conversation_row c;
	struct message_row *m;
	const char **number;
	(void)e;
	tx_set_now(tx, at);
	if (t->forget)
		return phone_forget(tx);
	assert_int_equal(conversation_find(tx, "sms", "+8613800138001", &c), 0);
	assert_int_equal(message_list_conversation(tx, c.id, 0, SEEN_MAX, &m, &number, &t->n), 0);
	for (size_t i = 0; i < t->n; i++) {
		struct outbox_row o;
		t->text[i] = keep(m[i].text);
		if (outbox_get(tx, m[i].id, &o) == 0)
			t->expires_at[i] = o.expires_at;
	}
	return 0;
}

static struct texts texts(bool forget)
{
	struct texts t = { .forget = forget };
	struct err e = { 0 };
	assert_int_equal(store_now(office.store, true, texts_run, &t, &e), 0);
	return t;
}

static int begin(void **state)
{
	at = 1800000000000;
	asked = 0;
	return office_begin(state);
}

static void a_code_is_good_for_five_minutes(void **state)
{
	(void)state;
	assert_int_equal(said(ZHAO, PHONE, NULL), PHONE_SENT);
	assert_int_equal(texts(false).expires_at[0], at + PHONE_CODE_MS);
	const char *first = code();
	at += PHONE_CODE_MS;
	assert_int_equal(said(ZHAO, NULL, first), PHONE_OVER);
	assert_int_equal(said(ZHAO, PHONE, NULL), PHONE_SENT);
	const char *second = code();
	at += PHONE_CODE_MS - 1;
	assert_int_equal(said(ZHAO, NULL, first), PHONE_WRONG);
	assert_int_equal(said(ZHAO, NULL, second), PHONE_PROVEN);
}

static void a_new_code_takes_the_place_of_the_last(void **state)
{
	(void)state;
	assert_int_equal(said(ZHAO, PHONE, NULL), PHONE_SENT);
	const char *first = code();
	at += MINUTE;
	assert_int_equal(said(ZHAO, "13800138002", NULL), PHONE_SENT);
	assert_int_equal(said(ZHAO, NULL, first), PHONE_WRONG);
	assert_true(strstr(texts(false).text[0], "******") != NULL && strstr(texts(false).text[0], first) == NULL);
}

/* A million codes; whoever guesses gets five codes a day with five tries each, however many visitors he is. */
static void nobody_guesses_for_long(void **state)
{
	(void)state;
	unsigned sent = 0;
	for (int64_t end = at + DAY; at < end; at += 10 * MINUTE) {
		const char *peer = arena_printf(office.arena, "wthief%lld", (long long)at);
		if (said(peer, PHONE, NULL) != PHONE_SENT)
			continue;
		sent++;
		for (unsigned i = 1; i < PHONE_TRIES; i++)
			assert_int_equal(said(peer, NULL, "000000"), PHONE_WRONG);
		assert_int_equal(said(peer, NULL, "000000"), PHONE_OVER);
		assert_int_equal(said(peer, NULL, "000000"), PHONE_OVER);
	}
	assert_in_range(sent, 5, 10); /* five at once, and what comes back within the day */
	assert_int_equal(texts(false).n, sent);
}

static void whoever_asks_for_many_numbers_is_slowed_down(void **state)
{
	(void)state;
	unsigned sent = 0;
	for (unsigned i = 0; i < 60; i++, at += MINUTE)
		sent += said(QIAN, arena_printf(office.arena, "139%08u", i), NULL) == PHONE_SENT;
	assert_int_equal(sent, 8);
}

static void its_digits_are_wiped_when_it_is_over(void **state)
{
	(void)state;
	assert_int_equal(said(ZHAO, PHONE, NULL), PHONE_SENT);
	assert_non_null(strstr(texts(false).text[0], code()));
	(void)texts(true);
	assert_non_null(strstr(texts(false).text[0], code()));
	at += PHONE_CODE_MS;
	(void)texts(true);
	assert_null(strstr(texts(false).text[0], code()));
	assert_non_null(strstr(texts(false).text[0], "******"));
}

static void a_code_asked_for_takes_no_answer_from_a_survey(void **state)
{
	(void)state;
	const char *n = keep(write_in(office.sms, "+8613800138001", "路灯坏了")->ticket);
	step(n, STEP_ACCEPT, NULL);
	step(n, STEP_REPLY, "已修好。");
	step(n, STEP_CLOSE, NULL);
	UNTIL(see(n)->survey.id != 0 && see(n)->survey.state == SURVEY_ASKED);
	at = clock_now();
	assert_int_equal(said(ZHAO, PHONE, NULL), PHONE_SENT);
	assert_string_equal(write_in(office.sms, "+8613800138001", "1")->ticket, n);
	assert_int_equal(see(n)->survey.rating, 5);
}

static int leave_run(struct tx *tx, void *arg, struct err *e)
{
	struct ticket_row t;
	assert_int_equal(ticket_get_number(tx, (const char *)arg, &t), 0);
	return citizen_leave(tx, &t, "li", e);
}

/* Joined by staff is one citizen for the desk; to read takes the proof. */
static void who_was_parted_by_staff_reads_no_more(void **state)
{
	(void)state;
	const char *text = keep(write_in(office.sms, "+8613800138001", "井盖松了")->ticket);
	const char *chat = keep(write_in(office.chat, ZHAO, "路灯坏了")->ticket);
	at = clock_now();
	assert_int_equal(said(ZHAO, PHONE, NULL), PHONE_SENT);
	assert_int_equal(said(ZHAO, NULL, code()), PHONE_PROVEN);
	write_in(office.chat, ZHAO, "查询");
	UNTIL(office.chat->count > 0 && strstr(office.chat->said[office.chat->count - 1].text, text) != NULL);
	struct err e = { 0 };
	assert_int_equal(store_now(office.store, true, leave_run, (void *)(uintptr_t)chat, &e), 0);
	write_in(office.chat, ZHAO, "查询");
	UNTIL(office.chat->count > 0 && strcmp(office.chat->said[office.chat->count - 1].event, "status") == 0);
	assert_null(strstr(office.chat->said[office.chat->count - 1].text, text));
	write_in(office.chat, ZHAO, arena_printf(office.arena, "查询 %s", text));
	UNTIL(office.chat->count > 0 && strcmp(office.chat->said[office.chat->count - 1].event, "status-denied") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, office_teardown)
		TEST(a_code_is_good_for_five_minutes), TEST(a_new_code_takes_the_place_of_the_last), TEST(nobody_guesses_for_long),
		TEST(whoever_asks_for_many_numbers_is_slowed_down), TEST(its_digits_are_wiped_when_it_is_over),
		TEST(a_code_asked_for_takes_no_answer_from_a_survey), TEST(who_was_parted_by_staff_reads_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
