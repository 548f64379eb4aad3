#include "gateway/base/sm.h"
#include "gateway/store/conversation.h"
#include "gateway/store/event.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/receipt.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "tests/unit/store/fixture.h"

static size_t claim(struct fixture *f, unsigned max, struct outbox_claim **c)
{
	size_t n;
	ok(outbox_claim(f->tx, "sms", CLAIM_THREADS, max, c, &n));
	return n;
}

/* The texts that a claim gives out, in order. */
static void expect_claim(struct fixture *f, const char *texts)
{
	struct outbox_claim *c;
	char got[128] = "";
	size_t n = claim(f, 50, &c);
	for (size_t i = 0; i < n; i++)
		strncat(got, c[i].out.text, sizeof got - strlen(got) - 1);
	assert_string_equal(got, texts);
}

static unsigned state_of(struct fixture *f, const struct message_row *m)
{
	struct outbox_row o;
	ok(outbox_get(f->tx, m->id, &o));
	return o.state;
}

static void set(struct fixture *f, const struct message_row *m, enum out_state to)
{
	ok(outbox_set(f->tx, m->id, to, tx_now(f->tx), NULL));
}

/* --- claim --- */

static void a_claim_holds_all_that_a_channel_needs(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct outbox_claim *claimed;
	struct message_row in = { .conversation = c.id, .ticket = t.id, .from = FROM_CITIZEN, .text = "灯坏了", .subject = "路灯",
		.external_id = "<first@x>" };
	ok(message_insert(f->tx, &in, &t));
	in.external_id = "<second@x>";
	in.subject = "Re: 路灯";
	ok(message_insert(f->tx, &in, &t));
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_STAFF, .author = "李工", .text = "已派人",
		.subject = "答复", .at = noon };
	ok(message_insert(f->tx, &m, &t));
	ok(outbox_insert(f->tx, &m, "sms", noon + 5000));
	in.external_id = "<third@x>"; /* comes after the answer was written */
	ok(message_insert(f->tx, &in, &t));
	assert_int_equal(claim(f, 10, &claimed), 1);
	const struct msg_out *o = &claimed->out;
	assert_int_equal(o->id, m.id);
	assert_int_equal(o->conversation, c.id);
	assert_int_equal(o->seq, 3);
	assert_int_equal(o->kind, OUT_TEXT);
	assert_string_equal(o->peer, "+8613800000001");
	assert_string_equal(o->account, "12345");
	assert_string_equal(o->author, "李工");
	assert_false(o->automatic);
	assert_string_equal(o->subject, "答复");
	assert_string_equal(o->text, "已派人");
	assert_string_equal(o->language, "zh-CN");
	assert_string_equal(o->ticket, t.number);
	assert_string_equal(o->answers, "<second@x>");
	assert_string_equal(o->thread_subject, "路灯");
	assert_null(o->survey);
	assert_int_equal(o->at, noon);
	assert_int_equal(o->attempt, 1);
	assert_int_equal(claimed->row.state, OUT_SENDING);
	assert_int_equal(claimed->row.expires_at, noon + 5000);
	assert_int_equal(state_of(f, &m), OUT_SENDING);
	assert_int_equal(claim(f, 10, &claimed), 0);
	size_t n;
	set(f, &m, OUT_QUEUED);
	ok(outbox_claim(f->tx, "sms", 0, 10, &claimed, &n)); /* a channel that does not thread */
	assert_int_equal(n, 1);
	assert_string_equal(claimed->out.text, "已派人");
	assert_null(claimed->out.answers);
	assert_null(claimed->out.thread_subject);
}

static void a_survey_goes_out_with_its_token_and_an_answer_without_ticket_finds_its_question(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), d = a_citizen(f, "+8613800000002");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct outbox_claim *claimed;
	struct survey_row s = { .ticket = t.id, .conversation = c.id, .token = "tok-1", .channel = "sms" };
	ok(survey_insert(f->tx, &s));
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_SYSTEM, .text = "请评价", .survey = s.id };
	ok(message_insert(f->tx, &m, &t));
	ok(outbox_insert(f->tx, &m, "sms", 0));
	struct message_row q = { .conversation = d.id, .from = FROM_CITIZEN, .text = "查询", .external_id = "q1" };
	ok(message_insert(f->tx, &q, NULL));
	struct message_row a = { .conversation = d.id, .from = FROM_SYSTEM, .text = "没有工单" };
	ok(message_insert(f->tx, &a, NULL));
	ok(outbox_insert(f->tx, &a, "sms", 0));
	assert_int_equal(claim(f, 10, &claimed), 2);
	assert_int_equal(claimed[0].out.kind, OUT_SURVEY);
	assert_string_equal(claimed[0].out.survey, "tok-1");
	assert_true(claimed[0].out.automatic);
	assert_null(claimed[1].out.ticket);
	assert_string_equal(claimed[1].out.answers, "q1");
}

static void the_oldest_come_first_and_no_more_than_asked(void **state)
{
	struct fixture *f = *state;
	struct outbox_claim *c;
	char peer[20];
	for (unsigned i = 0; i < 5; i++) {
		snprintf(peer, sizeof peer, "+861380000000%u", i);
		struct conversation_row row = a_citizen(f, peer);
		a_reply(f, &row, NULL, (const char[]){ (char)('a' + i), 0 });
	}
	assert_int_equal(claim(f, 2, &c), 2);
	assert_string_equal(c[0].out.text, "a");
	assert_string_equal(c[1].out.text, "b");
	expect_claim(f, "cde");
}

static void other_channels_rows_are_not_claimed(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row m = a_message(f, &c, NULL, FROM_STAFF, "x");
	ok(outbox_insert(f->tx, &m, "mail", 0));
	expect_claim(f, "");
	assert_int_equal(outbox_next_due(f->tx, "sms"), 0);
	assert_int_equal(outbox_next_due(f->tx, "mail"), noon);
}

static void a_conversation_is_sent_in_order(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), d = a_citizen(f, "+8613800000002");
	struct message_row a = a_reply(f, &c, NULL, "a"), b = a_reply(f, &c, NULL, "b"), e = a_reply(f, &c, NULL, "c");
	a_reply(f, &d, NULL, "x");
	expect_claim(f, "ax");
	commit(f);
	expect_claim(f, "");
	ok(outbox_set(f->tx, a.id, OUT_RETRY, noon + 1000, "busy"));
	expect_claim(f, ""); /* a retry later still holds the others back */
	assert_int_equal(outbox_next_due(f->tx, "sms"), noon + 1000);
	tx_set_now(f->tx, noon + 1000);
	expect_claim(f, "a");
	set(f, &a, OUT_ACCEPTED);
	expect_claim(f, "b");
	set(f, &b, OUT_FAILED);
	expect_claim(f, "c");
	set(f, &e, OUT_UNKNOWN);
	assert_int_equal(outbox_next_due(f->tx, "sms"), 0);
}

static void attempts_are_counted_and_the_error_is_kept(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row m = a_reply(f, &c, NULL, "a");
	struct outbox_claim *claimed;
	struct outbox_row o;
	claim(f, 1, &claimed);
	ok(outbox_set(f->tx, m.id, OUT_RETRY, noon, "ESME_RTHROTTLED"));
	ok(outbox_get(f->tx, m.id, &o));
	assert_string_equal(o.error, "ESME_RTHROTTLED");
	assert_int_equal(claim(f, 1, &claimed), 1);
	assert_int_equal(claimed->out.attempt, 2);
	assert_int_equal(claimed->row.attempts, 2);
}

/* --- moves --- */

static void every_move_is_legal_or_refused_as_the_table_says(void **state)
{
	struct fixture *f = *state;
	char sql[100];
	for (unsigned from = 0; from < OUT_STATES; from++)
		for (unsigned to = 0; to < OUT_STATES; to++) {
			struct conversation_row c = a_citizen(f, arena_printf(f->arena, "%u-%u", from, to));
			struct message_row m = a_reply(f, &c, NULL, "x");
			snprintf(sql, sizeof sql, "UPDATE outbox SET state = %u, open = %d WHERE message = %lld", from,
				from == OUT_SENDING ? 2 : from == OUT_QUEUED || from == OUT_RETRY, (long long)m.id);
			meddle(f, sql);
			int rc = outbox_set(f->tx, m.id, (enum out_state)to, noon, NULL);
			assert_int_equal(rc, sm_legal(&out_machine, from, to) ? 0 : E_CONFLICT);
			assert_int_equal(state_of(f, &m), rc == 0 ? to : from);
		}
	assert_int_equal(outbox_set(f->tx, 5, OUT_SENDING, 0, NULL), E_NOTFOUND);
}

static void a_move_is_noted_with_its_message(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row m = a_reply(f, &c, NULL, "a");
	struct outbox_claim *claimed;
	f->tx->changes = 0;
	claim(f, 1, &claimed);
	ok(outbox_set(f->tx, m.id, OUT_FAILED, 0, "no such number"));
	assert_int_equal(f->tx->changes, 2);
	assert_int_equal(f->tx->change[0].kind, CHANGE_OUT_STATE);
	assert_int_equal(f->tx->change[0].message->out_state, OUT_SENDING);
	assert_int_equal(f->tx->change[1].message->id, m.id);
	assert_int_equal(f->tx->change[1].message->ticket, m.ticket);
	assert_int_equal(f->tx->change[1].message->out_state, OUT_FAILED);
	assert_string_equal(f->tx->change[1].message->out_error, "no such number");
}

static void an_answer_that_did_not_arrive_is_an_event_of_its_ticket(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲"), after;
	struct message_row m = a_reply(f, &c, &t, "a"), other = a_reply(f, &c, &t, "b"), instead = a_reply(f, &c, &t, "c");
	struct event_row *v;
	size_t n, before;
	char data[200];
	ok(event_list_ticket(f->tx, t.id, &v, &before));
	ok(ticket_get(f->tx, t.id, &t));
	ok(outbox_set(f->tx, m.id, OUT_FAILED, 0, "no such \"number\""));
	ok(outbox_set(f->tx, other.id, OUT_EXPIRED, 0, NULL));
	ok(outbox_instead(f->tx, instead.id, "sent by mail instead"));
	ok(event_list_ticket(f->tx, t.id, &v, &n));
	assert_int_equal(n, before + 2);
	assert_string_equal(v[before].kind, "undelivered");
	(void)snprintf(data, sizeof data, "{\"channel\":\"sms\",\"message\":\"%llu\",\"reason\":\"no such \\\"number\\\"\",\"state\":\"failed\"}",
		(unsigned long long)m.id);
	assert_string_equal(v[before].data, data);
	assert_non_null(strstr(v[before + 1].data, "\"expired\""));
	ok(ticket_get(f->tx, t.id, &after));
	assert_int_equal(after.version, t.version + 2);
}

static struct message_row a_notice(struct fixture *f, const struct conversation_row *c, const struct ticket_row *t, const char *event)
{
	struct message_row m = { .conversation = c->id, .ticket = t->id, .from = FROM_SYSTEM, .text = event, .event = event,
		.at = tx_now(f->tx), .out_state = -1 };
	ok(message_insert(f->tx, &m, t));
	ok(outbox_insert(f->tx, &m, c->channel, tx_now(f->tx) + 72 * 3600000LL));
	return m;
}

static void what_we_say_as_staffs_answer_is_missed_as_theirs_is(void **state)
{
	static const struct { const char *event; bool told; } OF[] = { { "refused.litigation", true }, { "refused.repeat", true },
		{ "transferred", true }, { "extended", true }, { "closed-unasked", true }, { "received", false }, { "survey-reminder", false } };
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct event_row *v;
	for (size_t i = 0; i < sizeof OF / sizeof *OF; i++) {
		size_t before, n;
		struct message_row m = a_notice(f, &c, &t, OF[i].event);
		ok(event_list_ticket(f->tx, t.id, &v, &before));
		ok(outbox_set(f->tx, m.id, OUT_EXPIRED, 0, NULL));
		ok(event_list_ticket(f->tx, t.id, &v, &n));
		if (n - before != OF[i].told)
			fail_msg("%s: %zu events", OF[i].event, n - before);
	}
}

static void a_parked_message_waits_for_the_citizen_without_counting_a_try(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row m = a_reply(f, &c, NULL, "a"), behind = a_reply(f, &c, NULL, "b");
	struct outbox_claim *claimed;
	claim(f, 1, &claimed);
	ok(outbox_park(f->tx, m.id, NULL));
	assert_int_equal(state_of(f, &m), OUT_QUEUED);
	expect_claim(f, "");
	assert_int_equal(outbox_next_due(f->tx, "sms"), 0);
	ok(outbox_wake(f->tx, "sms", "+8613800000002")); /* somebody else */
	expect_claim(f, "");
	ok(outbox_wake(f->tx, "sms", "+8613800000001"));
	assert_int_equal(claim(f, 10, &claimed), 1);
	assert_int_equal(claimed->out.attempt, 1);
	set(f, &m, OUT_ACCEPTED);
	expect_claim(f, "b");
	assert_int_equal(state_of(f, &behind), OUT_SENDING);
	assert_int_equal(outbox_park(f->tx, m.id, NULL), E_CONFLICT);
}

static void what_was_claimed_and_never_lent_is_due_as_before_unless_it_is_no_longer_ours(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row m = a_reply(f, &c, NULL, "a");
	struct outbox_claim *first, *again;
	claim(f, 1, &first);
	ok(outbox_unclaim(f->tx, m.id, first->row.updated_at, first->row.next_at));
	assert_int_equal(state_of(f, &m), OUT_QUEUED);
	tx_set_now(f->tx, tx_now(f->tx) + 1000);
	assert_int_equal(claim(f, 1, &again), 1);
	assert_int_equal(again->out.attempt, 1);
	ok(outbox_unclaim(f->tx, m.id, first->row.updated_at, first->row.next_at));
	assert_int_equal(state_of(f, &m), OUT_SENDING);
	set(f, &m, OUT_UNKNOWN);
	ok(outbox_unclaim(f->tx, m.id, again->row.updated_at, again->row.next_at));
	assert_int_equal(state_of(f, &m), OUT_UNKNOWN);
}

static void what_was_to_go_out_by_a_clock_since_put_back_goes_out_as_soon(void **state)
{
	struct fixture *f = *state;
	const int64_t day = 24 * 3600000LL;
	struct conversation_row c = a_citizen(f, "+8613800000001"), parked = a_citizen(f, "+8613800000002");
	struct message_row p = a_reply(f, &parked, NULL, "p");
	struct outbox_claim *claimed;
	claim(f, 1, &claimed);
	ok(outbox_park(f->tx, p.id, NULL));
	int64_t now = tx_now(f->tx);
	tx_set_now(f->tx, now + day);
	a_reply(f, &c, NULL, "a");
	tx_set_now(f->tx, now);
	expect_claim(f, "");
	ok(outbox_clock_back(f->tx, day));
	expect_claim(f, "a");
}

static void what_a_person_queues_again_begins_anew_and_in_order(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row a = a_reply(f, &c, NULL, "a"), b = a_reply(f, &c, NULL, "b");
	struct outbox_claim *claimed;
	struct outbox_row o;
	expect_claim(f, "a");
	set(f, &a, OUT_FAILED);
	tx_set_now(f->tx, noon + 100 * 3600000LL); /* a's time is long over */
	ok(outbox_set(f->tx, b.id, OUT_EXPIRED, 0, NULL));
	struct message_row late = a_reply(f, &c, NULL, "c");
	set(f, &a, OUT_QUEUED);
	ok(outbox_get(f->tx, a.id, &o));
	assert_int_equal(o.attempts, 0);
	assert_int_equal(o.expires_at, tx_now(f->tx) + 72 * 3600000LL);
	assert_int_equal(claim(f, 10, &claimed), 1); /* and c waits behind it */
	assert_string_equal(claimed->out.text, "a");
	set(f, &a, OUT_ACCEPTED);
	expect_claim(f, "c");
	set(f, &late, OUT_ACCEPTED);
}

static void what_is_queued_again_waits_for_older_ones(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row a = a_reply(f, &c, NULL, "a"), b = a_reply(f, &c, NULL, "b");
	expect_claim(f, "a");
	set(f, &b, OUT_FAILED);
	set(f, &b, OUT_QUEUED);
	expect_claim(f, "");
	set(f, &a, OUT_ACCEPTED);
	expect_claim(f, "b");
}

static void what_waits_too_long_expires(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), d = a_citizen(f, "+8613800000002");
	struct message_row m = a_message(f, &c, NULL, FROM_STAFF, "a"), for_ever = a_message(f, &d, NULL, FROM_STAFF, "x");
	size_t n;
	ok(outbox_insert(f->tx, &m, "sms", noon + 1000));
	ok(outbox_insert(f->tx, &for_ever, "sms", 0));
	struct message_row next = a_reply(f, &c, NULL, "b");
	ok(outbox_expire(f->tx, 10, &n));
	assert_int_equal(n, 0);
	tx_set_now(f->tx, noon + 1000);
	ok(outbox_expire(f->tx, 10, &n));
	assert_int_equal(n, 1);
	assert_int_equal(state_of(f, &m), OUT_EXPIRED);
	expect_claim(f, "xb");
	assert_int_equal(state_of(f, &next), OUT_SENDING);
}

static void a_claim_does_not_give_out_what_is_over(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row m = a_message(f, &c, NULL, FROM_STAFF, "a");
	ok(outbox_insert(f->tx, &m, "sms", noon + 1000));
	tx_set_now(f->tx, noon + 2000);
	expect_claim(f, "");
	assert_int_equal(state_of(f, &m), OUT_EXPIRED);
	assert_int_equal(outbox_next_due(f->tx, "sms"), 0);
}

static void what_is_over_and_stays_as_it_is_holds_up_nothing_younger(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), d = a_citizen(f, "+8613800000002"), e = a_citizen(f, "+8613800000003");
	struct message_row old[] = { a_message(f, &c, NULL, FROM_STAFF, "a"), a_message(f, &d, NULL, FROM_STAFF, "b") };
	struct outbox_claim *claimed;
	size_t n;
	for (size_t i = 0; i < 2; i++)
		ok(outbox_insert(f->tx, &old[i], "sms", noon + 1000));
	tx_set_now(f->tx, noon + 2000);
	struct message_row young = a_reply(f, &e, NULL, "c");
	ok(outbox_claim(f->tx, "sms", CLAIM_OVERDUE_STAYS, 2, &claimed, &n)); /* as many as there are of them */
	assert_int_equal(n, 1);
	assert_int_equal(claimed->row.message, young.id);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(state_of(f, &old[i]), OUT_QUEUED);
}

static void after_a_crash_what_was_being_sent_is_unknown_or_queued(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row a = a_reply(f, &c, NULL, "a"), b = a_reply(f, &c, NULL, "b");
	size_t n;
	expect_claim(f, "a");
	reopen(f);
	ok(outbox_recover(f->tx, "mail", false, &n));
	assert_int_equal(n, 0);
	meddle(f, "UPDATE outbox SET node = 8 WHERE open = 2"); /* another node's is not ours to judge */
	ok(outbox_recover(f->tx, "sms", false, &n));
	assert_int_equal(n, 0);
	meddle(f, "UPDATE outbox SET node = 7 WHERE open = 2");
	ok(outbox_recover(f->tx, "sms", false, &n));
	assert_int_equal(n, 1);
	assert_int_equal(state_of(f, &a), OUT_UNKNOWN);
	expect_claim(f, "b");
	ok(outbox_recover(f->tx, "sms", true, &n));
	assert_int_equal(n, 1);
	assert_int_equal(state_of(f, &b), OUT_QUEUED);
	expect_claim(f, "b");
}

static void lists_show_the_newest_first_by_state(void **state)
{
	struct fixture *f = *state;
	struct outbox_row *o;
	size_t n;
	char peer[20];
	struct message_row m[4];
	for (unsigned i = 0; i < 4; i++) {
		snprintf(peer, sizeof peer, "+861380000000%u", i);
		struct conversation_row c = a_citizen(f, peer);
		m[i] = a_reply(f, &c, NULL, "x");
	}
	expect_claim(f, "xxxx");
	set(f, &m[0], OUT_DEAD);
	set(f, &m[1], OUT_DEAD);
	set(f, &m[2], OUT_ACCEPTED);
	ok(outbox_list(f->tx, OUT_DEAD, 0, 10, &o, &n));
	assert_int_equal(n, 2);
	assert_int_equal(o[0].message, m[1].id);
	ok(outbox_list(f->tx, OUT_DEAD, m[1].id, 10, &o, &n));
	assert_int_equal(n, 1);
	ok(outbox_list(f->tx, OUT_SENDING, 0, 10, &o, &n));
	assert_int_equal(n, 1);
	ok(outbox_list(f->tx, OUT_ACCEPTED, 0, 10, &o, &n));
	assert_int_equal(n, 1);
	ok(outbox_list(f->tx, -1, 0, 3, &o, &n));
	assert_int_equal(n, 3);
	assert_int_equal(o[0].message, m[3].id);
}

/* --- receipts --- */

static struct message_row sent(struct fixture *f, const char *const *id, size_t n)
{
	static unsigned count;
	struct outbox_claim *c;
	struct conversation_row row = a_citizen(f, arena_printf(f->arena, "+86139%08u", ++count));
	struct message_row m = a_reply(f, &row, NULL, "x");
	assert_int_equal(claim(f, 1, &c), 1);
	ok(outbox_handed(f->tx, m.id, OUT_ACCEPTED, NULL, "sms", id, n));
	return m;
}

static int receipt(struct fixture *f, const char *id, enum out_state s)
{
	return outbox_receipt(f->tx, "sms", &(struct receipt){ .external_id = id, .state = s, .reason = "code 7", .at = noon });
}

static const char *const abc[] = { "A", "B", "C" };

static void delivered_only_when_every_part_is(void **state)
{
	struct fixture *f = *state;
	struct message_row m = sent(f, abc, 3);
	ok(receipt(f, "B", OUT_DELIVERED));
	ok(receipt(f, "B", OUT_DELIVERED)); /* twice is once */
	ok(receipt(f, "B", OUT_DELIVERED));
	ok(receipt(f, "A", OUT_ACCEPTED));  /* still on its way */
	assert_int_equal(state_of(f, &m), OUT_ACCEPTED);
	ok(receipt(f, "A", OUT_DELIVERED));
	assert_int_equal(state_of(f, &m), OUT_ACCEPTED);
	commit(f);
	ok(receipt(f, "C", OUT_DELIVERED));
	assert_int_equal(state_of(f, &m), OUT_DELIVERED);
	ok(receipt(f, "C", OUT_READ));
	assert_int_equal(state_of(f, &m), OUT_READ);
}

static void failed_when_one_part_is_and_late_words_change_nothing(void **state)
{
	struct fixture *f = *state;
	struct outbox_row o;
	struct message_row m = sent(f, abc, 3);
	ok(receipt(f, "A", OUT_DELIVERED));
	ok(receipt(f, "B", OUT_FAILED));
	assert_int_equal(state_of(f, &m), OUT_FAILED);
	ok(receipt(f, "B", OUT_DELIVERED));
	ok(receipt(f, "C", OUT_DELIVERED));
	ok(outbox_get(f->tx, m.id, &o));
	assert_int_equal(o.state, OUT_FAILED);
	assert_string_equal(o.error, "code 7");
	static const char *const d[] = { "D" }, *const e[] = { "E" };
	struct message_row n = sent(f, d, 1), x = sent(f, e, 1);
	ok(receipt(f, "D", OUT_DELIVERED));
	ok(receipt(f, "D", OUT_FAILED));
	assert_int_equal(state_of(f, &n), OUT_DELIVERED);
	ok(receipt(f, "E", OUT_EXPIRED));
	assert_int_equal(state_of(f, &x), OUT_EXPIRED);
}

static void a_receipt_before_its_send_is_answered_is_held(void **state)
{
	struct fixture *f = *state;
	static const char *const ab[] = { "A", "B" }, *const z[] = { "Z" };
	assert_int_equal(receipt(f, "A", OUT_DELIVERED), E_NOTFOUND);
	assert_int_equal(receipt(f, "Z", OUT_DELIVERED), E_NOTFOUND);
	assert_int_equal(receipt(f, "Z", OUT_FAILED), E_NOTFOUND);
	assert_int_equal(outbox_receipt(f->tx, "mail", &(struct receipt){ .external_id = "B", .state = OUT_FAILED }), E_NOTFOUND);
	commit(f);
	struct message_row m = sent(f, ab, 2);
	assert_int_equal(state_of(f, &m), OUT_ACCEPTED);
	ok(receipt(f, "B", OUT_DELIVERED));
	assert_int_equal(state_of(f, &m), OUT_DELIVERED);
	struct message_row n = sent(f, z, 1);
	assert_int_equal(state_of(f, &n), OUT_FAILED);
}

static void a_held_receipt_is_forgotten_after_a_day(void **state)
{
	struct fixture *f = *state;
	static const char *const a[] = { "A" };
	size_t n;
	assert_int_equal(receipt(f, "A", OUT_DELIVERED), E_NOTFOUND);
	tx_set_now(f->tx, noon + 25 * 3600000LL);
	ok(outbox_expire(f->tx, 10, &n));
	struct message_row m = sent(f, a, 1);
	assert_int_equal(state_of(f, &m), OUT_ACCEPTED);
}

static unsigned round_of_claim(struct fixture *f)
{
	struct outbox_claim *c;
	assert_int_equal(claim(f, 1, &c), 1);
	return c->out.round;
}

static void sent_again_after_the_channel_had_taken_it_it_is_a_new_round(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct message_row m = a_reply(f, &c, NULL, "x");
	assert_int_equal(round_of_claim(f), 0);
	set(f, &m, OUT_RETRY);
	assert_int_equal(round_of_claim(f), 0);
	set(f, &m, OUT_UNKNOWN); /* nobody knows: what it was known by may tell */
	set(f, &m, OUT_QUEUED);
	assert_int_equal(round_of_claim(f), 0);
	ok(outbox_handed(f->tx, m.id, OUT_ACCEPTED, NULL, "sms", abc, 1));
	ok(receipt(f, "A", OUT_FAILED));
	set(f, &m, OUT_QUEUED);
	unsigned second = round_of_claim(f);
	assert_true(second > 0);
	set(f, &m, OUT_RETRY);
	assert_int_equal(round_of_claim(f), second);
	ok(outbox_handed(f->tx, m.id, OUT_ACCEPTED, NULL, "sms", abc + 1, 1));
	ok(receipt(f, "B", OUT_FAILED));
	set(f, &m, OUT_QUEUED);
	assert_true(round_of_claim(f) > second);
}

static void receipts_of_an_earlier_sending_do_not_count(void **state)
{
	struct fixture *f = *state;
	static const char *const first[] = { "A" }, *const second[] = { "B", "C" };
	struct outbox_claim *c;
	struct conversation_row row = a_citizen(f, "+8613800000001");
	struct message_row m = a_reply(f, &row, NULL, "x");
	claim(f, 1, &c);
	ok(outbox_handed(f->tx, m.id, OUT_UNKNOWN, "no answer", "sms", first, 1));
	ok(outbox_set(f->tx, m.id, OUT_QUEUED, noon, NULL));
	ok(receipt(f, "A", OUT_FAILED)); /* while it waits */
	assert_int_equal(state_of(f, &m), OUT_QUEUED);
	claim(f, 1, &c);
	ok(outbox_handed(f->tx, m.id, OUT_ACCEPTED, NULL, "sms", second, 2));
	ok(receipt(f, "A", OUT_DELIVERED));
	ok(receipt(f, "B", OUT_DELIVERED));
	assert_int_equal(state_of(f, &m), OUT_ACCEPTED);
	ok(receipt(f, "C", OUT_DELIVERED));
	assert_int_equal(state_of(f, &m), OUT_DELIVERED);
}

static void a_late_receipt_does_not_fail_what_was_queued_again(void **state)
{
	struct fixture *f = *state;
	static const char *const ab[] = { "A", "B" };
	struct message_row m = sent(f, ab, 2);
	ok(receipt(f, "A", OUT_FAILED));
	set(f, &m, OUT_QUEUED);
	ok(receipt(f, "B", OUT_FAILED));
	assert_int_equal(state_of(f, &m), OUT_QUEUED);
}

static void an_unknown_message_is_settled_by_its_receipt(void **state)
{
	struct fixture *f = *state;
	static const char *const a[] = { "A" };
	struct outbox_claim *c;
	struct conversation_row row = a_citizen(f, "+8613800000001");
	struct message_row m = a_reply(f, &row, NULL, "x");
	claim(f, 1, &c);
	ok(outbox_handed(f->tx, m.id, OUT_UNKNOWN, "no answer", "sms", a, 1));
	ok(receipt(f, "A", OUT_ACCEPTED));
	assert_int_equal(state_of(f, &m), OUT_ACCEPTED);
	ok(receipt(f, "A", OUT_DELIVERED));
	assert_int_equal(state_of(f, &m), OUT_DELIVERED);
}

static void an_id_that_a_carrier_uses_again_belongs_to_the_newest(void **state)
{
	struct fixture *f = *state;
	static const char *const a[] = { "A" };
	struct message_row old = sent(f, a, 1), new = sent(f, a, 1);
	ok(receipt(f, "A", OUT_DELIVERED));
	assert_int_equal(state_of(f, &old), OUT_ACCEPTED);
	assert_int_equal(state_of(f, &new), OUT_DELIVERED);
}

static void seen_up_to_a_place_is_said_of_everything_before_it(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), g;
	struct message_row m[3];
	struct outbox_claim *claimed;
	for (unsigned i = 0; i < 3; i++) {
		m[i] = a_reply(f, &c, NULL, "x");
		claim(f, 1, &claimed);
		set(f, &m[i], OUT_ACCEPTED);
	}
	struct receipt r = { .peer = "+8613800000001", .upto_seq = 2, .state = OUT_DELIVERED };
	ok(outbox_receipt(f->tx, "sms", &r));
	assert_int_equal(state_of(f, &m[1]), OUT_DELIVERED);
	assert_int_equal(state_of(f, &m[2]), OUT_ACCEPTED);
	r.state = OUT_READ;
	ok(outbox_receipt(f->tx, "sms", &r));
	assert_int_equal(state_of(f, &m[0]), OUT_READ);
	assert_int_equal(state_of(f, &m[1]), OUT_READ);
	assert_int_equal(state_of(f, &m[2]), OUT_ACCEPTED);
	ok(conversation_get(f->tx, c.id, &g));
	assert_int_equal(g.read_seq, 2);
	r.upto_seq = 1000; /* a client may claim anything */
	ok(outbox_receipt(f->tx, "sms", &r));
	ok(conversation_get(f->tx, c.id, &g));
	assert_int_equal(g.read_seq, 3);
	assert_int_equal(state_of(f, &m[2]), OUT_READ);
	r.peer = "nobody";
	assert_int_equal(outbox_receipt(f->tx, "sms", &r), E_NOTFOUND);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_claim_holds_all_that_a_channel_needs),
		TEST(a_survey_goes_out_with_its_token_and_an_answer_without_ticket_finds_its_question),
		TEST(the_oldest_come_first_and_no_more_than_asked),
		TEST(other_channels_rows_are_not_claimed),
		TEST(a_conversation_is_sent_in_order),
		TEST(attempts_are_counted_and_the_error_is_kept),
		TEST(every_move_is_legal_or_refused_as_the_table_says),
		cmocka_unit_test_setup_teardown(a_move_is_noted_with_its_message, setup_watched, teardown),
		cmocka_unit_test_setup_teardown(an_answer_that_did_not_arrive_is_an_event_of_its_ticket, setup_watched, teardown),
		cmocka_unit_test_setup_teardown(what_we_say_as_staffs_answer_is_missed_as_theirs_is, setup_watched, teardown),
		TEST(a_parked_message_waits_for_the_citizen_without_counting_a_try),
		TEST(what_was_claimed_and_never_lent_is_due_as_before_unless_it_is_no_longer_ours),
		TEST(what_was_to_go_out_by_a_clock_since_put_back_goes_out_as_soon),
		TEST(what_a_person_queues_again_begins_anew_and_in_order),
		TEST(what_is_queued_again_waits_for_older_ones),
		TEST(what_waits_too_long_expires),
		TEST(a_claim_does_not_give_out_what_is_over),
		TEST(what_is_over_and_stays_as_it_is_holds_up_nothing_younger),
		TEST(after_a_crash_what_was_being_sent_is_unknown_or_queued),
		TEST(lists_show_the_newest_first_by_state),
		TEST(delivered_only_when_every_part_is),
		TEST(failed_when_one_part_is_and_late_words_change_nothing),
		TEST(a_receipt_before_its_send_is_answered_is_held),
		TEST(a_held_receipt_is_forgotten_after_a_day),
		TEST(sent_again_after_the_channel_had_taken_it_it_is_a_new_round),
		TEST(receipts_of_an_earlier_sending_do_not_count),
		TEST(a_late_receipt_does_not_fail_what_was_queued_again),
		TEST(an_unknown_message_is_settled_by_its_receipt),
		TEST(an_id_that_a_carrier_uses_again_belongs_to_the_newest),
		TEST(seen_up_to_a_place_is_said_of_everything_before_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
