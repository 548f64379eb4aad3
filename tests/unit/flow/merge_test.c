/* Putting tickets together and taking them apart: the rules, and what a citizen's own messages meet afterwards. */
#include "gateway/flow/citizen.h"
#include "gateway/flow/merge.h"
#include "gateway/store/event.h"
#include "gateway/store/ticket.h"
#include "tests/unit/flow/loop.h"

static const char LI[] = "+8613800138001", WU[] = "+8613800138002";

struct job { const char *from, *into; struct ticket_row row[2]; int rc; };

static int merge_run(struct tx *tx, void *arg, struct err *e)
{
	struct job *j = arg;
	if (now_)
		tx_set_now(tx, now_);
	assert_int_equal(ticket_get_number(tx, j->from, &j->row[0]), 0);
	assert_int_equal(ticket_get_number(tx, j->into, &j->row[1]), 0);
	return j->rc = ticket_merge(tx, flow_catalog(office.flow), &j->row[0], &j->row[1], "li", "同一件事", e);
}

static int unmerge_run(struct tx *tx, void *arg, struct err *e)
{
	struct job *j = arg;
	if (now_)
		tx_set_now(tx, now_);
	assert_int_equal(ticket_get_number(tx, j->from, &j->row[0]), 0);
	return j->rc = ticket_unmerge(tx, flow_catalog(office.flow), &j->row[0], "li", e);
}

static int join_run(struct tx *tx, void *arg, struct err *e)
{
	struct job *j = arg;
	assert_int_equal(ticket_get_number(tx, j->from, &j->row[0]), 0);
	assert_int_equal(ticket_get_number(tx, j->into, &j->row[1]), 0);
	return j->rc = citizen_join(tx, &j->row[0], &j->row[1], "li", e);
}

static int now(store_run_f *run, const char *from, const char *into)
{
	struct job j = { .from = from, .into = into };
	struct err e = { 0 };
	(void)!store_now(office.store, true, run, &j, &e);
	return j.rc;
}

struct cut { const char *number; uint64_t id; char made[TICKET_NUMBER_MAX]; int rc; };

static int split_run(struct tx *tx, void *arg, struct err *e)
{
	struct cut *c = arg;
	struct ticket_row t, made;
	if (now_)
		tx_set_now(tx, now_);
	assert_int_equal(ticket_get_number(tx, c->number, &t), 0);
	c->rc = ticket_split(tx, flow_catalog(office.flow), flow_words(office.flow), &t, &c->id, 1, "li", NULL, &made, e);
	if (c->rc == 0)
		(void)snprintf(c->made, sizeof c->made, "%s", made.number);
	return c->rc;
}

/* A ticket of its own for what was written so. */
static const char *cut_off(const char *number, const char *words)
{
	const struct seen *s = see(number);
	struct cut c = { .number = number };
	struct err e = { 0 };
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->m[i].text, words) == 0)
			c.id = s->m[i].id;
	(void)!store_now(office.store, true, split_run, &c, &e);
	assert_int_equal(c.rc, 0);
	return keep(c.made);
}

/* A second ticket of the same citizen, made of what they said last. */
static const char *second_of(const char *peer, const char *words)
{
	return cut_off(keep(write_in(office.sms, peer, words)->ticket), words);
}

static size_t said(const char *number, const char *words)
{
	size_t n = 0;
	const struct seen *s = see(number);
	for (size_t i = 0; i < s->n; i++)
		n += strstr(s->m[i].text, words) != NULL;
	return n;
}

static void merged_messages_stand_in_the_other_and_come_back(void **state)
{
	(void)state;
	const char *a = keep(write_in(office.sms, LI, "路灯不亮")->ticket), *b = second_of(LI, "小区停水");
	size_t before = got(office.sms, LI, "");
	assert_int_equal(now(merge_run, b, a), 0);
	assert_int_equal(see(b)->t.state, TICKET_CLOSED);
	assert_int_equal(said(a, "小区停水"), 1);
	assert_int_equal(said(b, "小区停水"), 0);
	assert_true(has_event(b, "merged li ", "\"note\":\"同一件事\""));
	assert_true(has_event(a, "joined li ", b));
	assert_int_equal(got(office.sms, LI, ""), before); /* the citizen hears nothing */
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_int_equal(see(b)->t.state, TICKET_NEW);
	assert_int_equal(said(b, "小区停水"), 1);
	assert_int_equal(said(a, "小区停水"), 0);
	assert_int_equal(now(unmerge_run, b, NULL), E_CONFLICT);
}

static void what_came_after_the_merge_stays_where_it_is(void **state)
{
	(void)state;
	const char *a = keep(write_in(office.sms, LI, "井盖没了")->ticket), *b = second_of(LI, "树倒了");
	assert_int_equal(now(merge_run, b, a), 0);
	assert_string_equal(write_in(office.sms, LI, "请快一点")->ticket, a);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_int_equal(said(a, "请快一点"), 1);
	assert_int_equal(said(b, "请快一点"), 0);
	assert_string_equal(see(a)->t.last_text, "请快一点");
	assert_string_equal(see(b)->t.last_text, "树倒了");
}

static void a_merge_into_what_is_merged_itself_is_undone_from_any_end(void **state)
{
	(void)state;
	const char *a = keep(write_in(office.sms, LI, "第一件")->ticket), *b = second_of(LI, "第二件"), *c = second_of(LI, "第三件");
	assert_int_equal(now(merge_run, c, b), 0);
	assert_int_equal(now(merge_run, b, a), 0);
	assert_int_equal(said(a, "第三件"), 1);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_int_equal(said(b, "第三件"), 1);
	assert_int_equal(now(unmerge_run, c, NULL), 0);
	assert_int_equal(said(c, "第三件"), 1);
	assert_int_equal(said(b, "第三件"), 0);
	assert_int_equal(now(merge_run, c, b), 0);
	assert_int_equal(now(merge_run, b, a), 0);
	assert_int_equal(now(unmerge_run, c, NULL), 0); /* the other order */
	assert_int_equal(said(c, "第三件"), 1);
	assert_int_equal(said(a, "第二件"), 1);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_int_equal(said(b, "第二件"), 1);
	assert_int_equal(said(c, "第三件"), 1); /* it stays open, and nobody's */
	assert_int_equal(see(c)->t.state, TICKET_NEW);
	assert_int_equal(now(unmerge_run, c, NULL), E_CONFLICT);
}

static void who_asked_to_stay_unknown_stays_so_wherever_his_words_go(void **state)
{
	(void)state;
	const char *a = keep(write_in(office.sms, LI, "饭店偷排污水，请为我保密")->ticket), *b = second_of(LI, "小区停水"), *c = second_of(LI, "还有树倒了");
	assert_true(see(a)->t.flags & FLAG_CONFIDENTIAL);
	assert_true(see(b)->t.flags & FLAG_CONFIDENTIAL);
	step(c, STEP_DISCLOSE, "市民同意公开");
	assert_false(see(c)->t.flags & FLAG_CONFIDENTIAL);
	assert_int_equal(now(merge_run, a, c), 0);
	assert_true(see(c)->t.flags & FLAG_CONFIDENTIAL);
	assert_int_equal(now(unmerge_run, a, NULL), 0);
	assert_true(see(a)->t.flags & see(c)->t.flags & FLAG_CONFIDENTIAL);
}

/* --- words of self-harm, and what is urgent --- */

/* The clock stands in the test's hands; at 9:00 something slow, at 9:01 by mail what is not, and both are one citizen's. */
static int clock_begin(void **state)
{
	now_ = 0;
	return office_setup(state);
}

static int clock_end(void **state)
{
	now_ = 0;
	return office_teardown(state);
}

static const char *slow_one(void)
{
	now_ = at("2027-03-01 09:00");
	return keep(citizen_says(office.sms, LI, "建议增加39路公交车早高峰的班次"));
}

static const char *mail_from(const char *peer, const char *slow, const char *words)
{
	now_ = at("2027-03-01 09:01");
	const char *b = keep(citizen_says(office.mail, peer, words));
	assert_int_equal(now(join_run, b, slow), 0);
	return b;
}

static const char *mail_of_the_same(const char *slow, const char *words)
{
	return mail_from("li@example.org", slow, words);
}

#define CARE "\"why\":\"care\""

static void who_wrote_of_self_harm_is_watched_over_in_what_it_went_into(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, "我不想活了，没人管我");
	now_ = at("2027-03-01 09:02");
	must_step((struct step_request){ .number = a, .step = STEP_CONTACT, AS_AGENT, .note = "说的是公交车" });
	now_ = at("2027-03-01 09:03");
	assert_int_equal(now(merge_run, b, a), 0);
	time_goes_to("2027-03-01 09:40");
	assert_true(events(a, "escalated system ", CARE) >= 2);
	assert_int_equal(events(b, "escalated system ", CARE), 0);
	must_step((struct step_request){ .number = a, .step = STEP_CONTACT, AS_AGENT, .note = "已通话，家人在身边" });
	unsigned calls = events(a, "escalated ", CARE);
	time_goes_to("2027-03-01 10:40");
	assert_int_equal(events(a, "escalated ", CARE), calls);
	assert_int_equal(now(unmerge_run, b, NULL), 0); /* somebody has spoken: it is not begun again */
	time_goes_to("2027-03-01 11:40");
	assert_int_equal(events(b, "escalated ", CARE), 0);
}

static void an_answer_that_never_went_out_frees_nobody_of_the_watch(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, "我不想活了，没人管我");
	now_ = at("2027-03-01 09:02");
	must_step((struct step_request){ .number = b, .step = STEP_REPLY, AS_AGENT, .text = "我在", .interim = true });
	assert_int_equal(now(merge_run, b, a), 0);
	time_goes_to("2027-03-01 09:40");
	assert_true(events(a, "escalated system ", CARE) >= 2);
}

static void the_watch_comes_back_with_what_was_merged(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, "我不想活了，没人管我");
	assert_int_equal(now(merge_run, b, a), 0);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	time_goes_to("2027-03-01 09:40");
	assert_true(events(b, "escalated system ", CARE) >= 2);
}

static void both_are_watched_over_where_words_part(void **state)
{
	(void)state;
	now_ = at("2027-03-01 09:00");
	const char *a = keep(citizen_says(office.sms, LI, "我不想活了，没人管我"));
	assert_string_equal(citizen_says(office.sms, LI, "公交车也等不到"), a);
	const char *made = cut_off(a, "公交车也等不到");
	time_goes_to("2027-03-01 09:40");
	assert_true(events(a, "escalated system ", CARE) >= 2);
	assert_true(events(made, "escalated system ", CARE) >= 2);
}

static void what_is_urgent_stays_so_in_what_it_went_into(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, "楼道里着火了，浓烟滚滚");
	int64_t due = see(b)->t.due_at;
	assert_true(due < see(a)->t.due_at);
	now_ = at("2027-03-01 09:02");
	assert_int_equal(now(merge_run, b, a), 0);
	assert_int_equal(see(a)->t.priority, PRIORITY_URGENT);
	assert_true(see(a)->t.due_at == due);
	now_ = due;
	while (clock_looks() > 0)
		;
	assert_true(events(a, "reminder system ", "\"stage\":\"due\"") == 1);
}

#define FIRE "楼道里着火了，浓烟滚滚"

static void what_was_not_urgent_before_is_not_when_they_are_parted(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, FIRE);
	struct ticket_row slow = see(a)->t, fire = see(b)->t;
	for (int i = 0; i < 2; i++) { /* and again */
		now_ = at("2027-03-01 09:02");
		assert_int_equal(now(merge_run, b, a), 0);
		assert_true(see(a)->t.flags & FLAG_EMERGENCY);
		now_ = at("2027-03-01 09:05");
		assert_int_equal(now(unmerge_run, b, NULL), 0);
		assert_false(see(a)->t.flags & FLAG_EMERGENCY);
		assert_int_equal(see(a)->t.priority, slow.priority);
		assert_true(see(a)->t.due_at == slow.due_at);
		assert_true(see(b)->t.flags & FLAG_EMERGENCY);
		assert_true(see(b)->t.due_at == fire.due_at);
	}
	time_goes_to("2027-03-02 12:00");
	assert_int_equal(events(a, "reminder ", ""), 0);
	assert_true(events(b, "reminder ", "") > 0);
	time_goes_to("2027-03-09 12:00");
	assert_true(events(a, "reminder ", "") > 0); /* of its own deadline */
}

static void what_became_urgent_since_stays_so_when_they_are_parted(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, FIRE);
	now_ = at("2027-03-01 09:02");
	assert_int_equal(now(merge_run, b, a), 0);
	assert_string_equal(citizen_says(office.sms, LI, "公交车也着火了"), a);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_true(see(a)->t.flags & FLAG_EMERGENCY);
	assert_int_equal(see(a)->t.priority, PRIORITY_URGENT);
	assert_string_equal(people(see(a)->t.due_at), "2027-03-01 11:02"); /* by its own words, no longer by the other's */
	now_ = see(a)->t.due_at;
	while (clock_looks() > 0)
		;
	assert_int_equal(events(a, "reminder system ", "\"stage\":\"due\""), 1);
}

static void what_was_classed_meanwhile_keeps_its_class_when_they_are_parted(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, FIRE);
	now_ = at("2027-03-01 09:02");
	assert_int_equal(now(merge_run, b, a), 0);
	must_step((struct step_request){ .number = a, .step = STEP_ACCEPT, AS_AGENT, .category = "water-outage" });
	assert_int_equal(see(a)->t.priority, PRIORITY_URGENT);
	now_ = at("2027-03-01 09:05");
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_int_equal(see(a)->t.priority, PRIORITY_LIVELIHOOD);
	assert_string_equal(people(see(a)->t.due_at), "2027-03-02 09:00");
	now_ = at("2027-03-02 09:00");
	while (clock_looks() > 0)
		;
	assert_int_equal(events(a, "reminder system ", "\"stage\":\"due\""), 1);
}

static void more_time_that_was_granted_is_there_again_when_they_are_parted(void **state)
{
	(void)state;
	const char *a = slow_one();
	step(a, STEP_DISPATCH, "transport");
	must_step((struct step_request){ .number = a, .step = STEP_EXTEND, AS_UNIT("transport"), .note = "等客流统计", .days = 3 });
	must_step((struct step_request){ .number = a, .step = STEP_GRANT, AS_LEAD, .text = "统计周期未到" });
	int64_t due = see(a)->t.due_at;
	const char *b = mail_of_the_same(a, FIRE);
	assert_int_equal(now(merge_run, b, a), 0);
	assert_true(see(a)->t.due_at == see(b)->t.due_at);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_true(see(a)->t.due_at == due);
}

static void a_second_round_has_its_own_time_again_when_they_are_parted(void **state)
{
	(void)state;
	const char *a = slow_one();
	must_step((struct step_request){ .number = a, .step = STEP_REPLY, AS_AGENT, .text = "已增加" });
	must_step((struct step_request){ .number = a, .step = STEP_CLOSE, AS_AGENT, .result = "solved" });
	now_ = at("2027-03-01 09:00") + 60000;
	must_step((struct step_request){ .number = a, .step = STEP_REOPEN, AS_LEAD });
	int64_t due = see(a)->t.due_at;
	const char *b = mail_of_the_same(a, FIRE);
	assert_int_equal(now(merge_run, b, a), 0);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_true(see(a)->t.due_at == due);
}

static void two_fires_leave_nothing_urgent_behind_in_whatever_order_they_go(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, FIRE), *c = mail_from("li.home@example.org", a, FIRE);
	int64_t due = see(a)->t.due_at;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(now(merge_run, b, a), 0);
		assert_int_equal(now(merge_run, c, a), 0);
		assert_int_equal(now(unmerge_run, i ? c : b, NULL), 0);
		assert_true(see(a)->t.flags & FLAG_EMERGENCY); /* one is still there */
		assert_int_equal(see(a)->t.priority, PRIORITY_URGENT);
		assert_true(see(a)->t.due_at == see(i ? b : c)->t.due_at);
		assert_int_equal(now(unmerge_run, i ? b : c, NULL), 0);
		assert_false(see(a)->t.flags & FLAG_EMERGENCY);
		assert_int_equal(see(a)->t.priority, PRIORITY_NORMAL);
		assert_true(see(a)->t.due_at == due);
		assert_true(see(b)->t.flags & see(c)->t.flags & FLAG_EMERGENCY);
	}
}

static void a_fire_leaves_nothing_urgent_in_what_it_only_passed_through(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_from("li.home@example.org", a, "路灯也不亮"), *c = mail_of_the_same(a, FIRE);
	int64_t due = see(b)->t.due_at;
	assert_int_equal(now(merge_run, c, b), 0);
	assert_int_equal(now(merge_run, b, a), 0);
	assert_true(see(a)->t.due_at == see(c)->t.due_at);
	assert_int_equal(now(unmerge_run, c, NULL), 0);
	assert_false(see(a)->t.flags & FLAG_EMERGENCY);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_false((see(a)->t.flags | see(b)->t.flags) & FLAG_EMERGENCY);
	assert_int_equal(see(b)->t.priority, PRIORITY_NORMAL);
	assert_true(see(b)->t.due_at == due);
	assert_true(see(c)->t.flags & FLAG_EMERGENCY);
}

static void what_is_urgent_is_so_on_both_where_words_part(void **state)
{
	(void)state;
	const char *a = slow_one();
	now_ = at("2027-03-01 09:01");
	assert_string_equal(citizen_says(office.sms, LI, FIRE), a);
	int64_t due = see(a)->t.due_at;
	now_ = at("2027-03-01 09:04");
	const char *made = cut_off(a, FIRE);
	const char *const both[] = { a, made };
	for (size_t i = 0; i < 2; i++) {
		assert_true(see(both[i])->t.flags & FLAG_EMERGENCY);
		assert_int_equal(see(both[i])->t.priority, PRIORITY_URGENT);
		assert_true(see(both[i])->t.due_at == due);
	}
	now_ = due;
	while (clock_looks() > 0)
		;
	assert_int_equal(events(made, "reminder system ", "\"stage\":\"due\""), 1);
}

#define LAMP "另外路灯也不亮了"

/* A fire and a lamp on one ticket that nobody has answered; the next day what was written so is cut off. */
static const char *next_day_apart(const char *words)
{
	now_ = at("2027-03-01 09:00");
	const char *a = keep(citizen_says(office.sms, LI, FIRE));
	now_ = at("2027-03-01 09:01");
	assert_string_equal(citizen_says(office.sms, LI, LAMP), a);
	time_goes_to("2027-03-02 12:00");
	return cut_off(a, words);
}

static int split_off_before_run(struct tx *tx, void *arg, struct err *e)
{
	struct job *j = arg;
	(void)e;
	assert_int_equal(ticket_get_number(tx, j->from, &j->row[0]), 0);
	j->row[0].flags |= FLAG_EMERGENCY;
	j->row[0].priority = PRIORITY_URGENT;
	j->rc = ticket_update(tx, &j->row[0]);
	return j->rc < 0 ? j->rc : event_append(tx, j->row[0].id, "split-off", "li", "{\"other\":\"20270301200000010\"}");
}

/* Such a version gave the part the mark, and its record says nothing of it. */
static void what_a_version_before_split_off_as_urgent_is_so_in_what_it_goes_into(void **state)
{
	(void)state;
	const char *a = slow_one(), *b = mail_of_the_same(a, "另外路灯也不亮了");
	assert_int_equal(now(split_off_before_run, b, NULL), 0);
	now_ = at("2027-03-01 09:02");
	assert_int_equal(now(merge_run, b, a), 0);
	assert_true(see(a)->t.flags & FLAG_EMERGENCY);
	assert_int_equal(now(unmerge_run, b, NULL), 0);
	assert_false(see(a)->t.flags & FLAG_EMERGENCY);
	assert_true(see(b)->t.flags & FLAG_EMERGENCY);
}

static void what_stood_beside_an_alarm_whose_time_is_over_is_not_hurried(void **state)
{
	(void)state;
	const char *lamp = next_day_apart(LAMP);
	assert_false(see(lamp)->t.flags & FLAG_EMERGENCY);
	assert_int_equal(see(lamp)->t.priority, PRIORITY_NORMAL);
	assert_string_equal(people(see(lamp)->t.due_at), "2027-03-08 09:01");
	must_step((struct step_request){ .number = lamp, .step = STEP_DISPATCH, AS_AGENT, .department = "urban", .category = "street-light" });
	assert_string_equal(people(see(lamp)->t.due_at), "2027-03-08 09:01");
	time_goes_to("2027-03-02 12:10");
	assert_int_equal(events(lamp, "reminder ", ""), 0);
	assert_false(see(lamp)->t.flags & FLAG_SUPERVISED);
}

static void an_alarm_that_is_cut_off_late_is_late_without_being_told_again(void **state)
{
	(void)state;
	const char *fire = next_day_apart(FIRE);
	assert_true(see(fire)->t.flags & FLAG_EMERGENCY);
	assert_string_equal(people(see(fire)->t.due_at), "2027-03-01 11:00");
	time_goes_to("2027-03-02 12:10");
	assert_int_equal(events(fire, "reminder ", ""), 0);
	assert_false(see(fire)->t.flags & FLAG_SUPERVISED);
	time_goes_to("2027-03-10 12:10");
	assert_int_equal(events(fire, "escalated system ", "\"why\":\"overdue\""), 1); /* nobody has answered it still */
}

static void only_open_tickets_of_one_citizen_are_merged(void **state)
{
	(void)state;
	const char *a = keep(write_in(office.sms, LI, "路灯不亮")->ticket), *other = keep(write_in(office.sms, WU, "路灯不亮")->ticket);
	assert_int_equal(now(merge_run, other, a), E_CONFLICT);
	assert_int_equal(now(merge_run, a, a), E_RANGE);
	assert_int_equal(now(join_run, other, a), 0);
	assert_int_equal(now(join_run, other, a), E_CONFLICT);
	assert_int_equal(now(merge_run, other, a), 0);
	step(a, STEP_REPLY, "修好了");
	step(a, STEP_CLOSE, NULL);
	assert_int_equal(now(unmerge_run, other, NULL), E_CONFLICT);
}

static void no_step_is_taken_on_what_was_merged(void **state)
{
	(void)state;
	const char *a = keep(write_in(office.sms, LI, "路灯不亮")->ticket), *b = second_of(LI, "小区停水");
	assert_int_equal(now(merge_run, b, a), 0);
	struct stepped s = step_q((struct step_request){ .number = b, .step = STEP_REOPEN, .role = ROLE_ADMIN, .seen_seq = -1, .actor = "boss" });
	assert_int_equal(s.rc, E_CONFLICT);
	assert_string_equal(s.e.rule, "merged");
	assert_null(strstr(s.e.words, a)); /* nor is whoever may not know it told by this which it is in */
	assert_int_equal(step_q((struct step_request){ .number = b, .step = STEP_NOTE, .role = ROLE_AGENT, .seen_seq = -1,
		.actor = "li", .note = "记一笔" }).rc, 0);
}

static void the_number_that_went_tells_how_the_other_stands(void **state)
{
	(void)state;
	const char *a = keep(write_in(office.sms, LI, "路灯不亮")->ticket), *b = second_of(LI, "小区停水");
	assert_int_equal(now(merge_run, b, a), 0);
	write_in(office.sms, LI, arena_printf(office.arena, "查询 %s", b));
	const struct seen_message *m = told(a, "status");
	assert_non_null(strstr(m->text, a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(merged_messages_stand_in_the_other_and_come_back, office_begin, office_teardown),
		cmocka_unit_test_setup_teardown(what_came_after_the_merge_stays_where_it_is, office_begin, office_teardown),
		cmocka_unit_test_setup_teardown(a_merge_into_what_is_merged_itself_is_undone_from_any_end, office_begin, office_teardown),
		cmocka_unit_test_setup_teardown(who_asked_to_stay_unknown_stays_so_wherever_his_words_go, office_begin, office_teardown),
		cmocka_unit_test_setup_teardown(who_wrote_of_self_harm_is_watched_over_in_what_it_went_into, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(an_answer_that_never_went_out_frees_nobody_of_the_watch, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(the_watch_comes_back_with_what_was_merged, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(both_are_watched_over_where_words_part, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(what_is_urgent_stays_so_in_what_it_went_into, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(what_was_not_urgent_before_is_not_when_they_are_parted, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(what_became_urgent_since_stays_so_when_they_are_parted, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(what_was_classed_meanwhile_keeps_its_class_when_they_are_parted, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(more_time_that_was_granted_is_there_again_when_they_are_parted, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(a_second_round_has_its_own_time_again_when_they_are_parted, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(two_fires_leave_nothing_urgent_behind_in_whatever_order_they_go, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(a_fire_leaves_nothing_urgent_in_what_it_only_passed_through, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(what_is_urgent_is_so_on_both_where_words_part, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(what_a_version_before_split_off_as_urgent_is_so_in_what_it_goes_into, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(what_stood_beside_an_alarm_whose_time_is_over_is_not_hurried, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(an_alarm_that_is_cut_off_late_is_late_without_being_told_again, clock_begin, clock_end),
		cmocka_unit_test_setup_teardown(only_open_tickets_of_one_citizen_are_merged, office_begin, office_teardown),
		cmocka_unit_test_setup_teardown(no_step_is_taken_on_what_was_merged, office_begin, office_teardown),
		cmocka_unit_test_setup_teardown(the_number_that_went_tells_how_the_other_stands, office_begin, office_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
