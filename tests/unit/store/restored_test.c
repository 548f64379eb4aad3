#include "gateway/store/conversation.h"
#include "gateway/store/docket.h"
#include "gateway/store/drafts.h"
#include "gateway/store/event.h"
#include "gateway/store/event_place.h"
#include "gateway/store/kept.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/restored.h"
#include "gateway/store/ticket.h"
#include "gateway/store/verify.h"
#include "tests/unit/store/fixture.h"

/* The store is opened as a gateway does, and the time is now: numbers are passed over of the day on which it is restored. */
static int setup_now(void **state)
{
	setup(state);
	struct fixture *f = *state;
	key_on(f);
	tx_set_now(f->tx, clock_now());
	reopen(f);
	return 0;
}

static void marked(struct fixture *f)
{
	ok(kept_put(f->tx, RESTORED_SPACE, RESTORED_KEY, "2026-11-29T03:00:00+08:00"));
	reopen(f);
}

static const struct outbox_row *row_of(struct fixture *f, const struct message_row *m)
{
	struct outbox_row *o = arena_alloc(f->arena, sizeof *o);
	ok(outbox_get(f->tx, m->id, o));
	return o;
}

static const char *number_at(struct fixture *f, const struct conversation_row *c, unsigned kind, int64_t at)
{
	struct ticket_row t = { .conversation = c->id, .channel = c->channel, .kind = c->kind, .account = c->account, .peer = c->peer,
		.language = c->language, .title = "路灯", .opened_at = at, .last_at = at, .last_text = "", .last_from = "citizen" };
	ok(ticket_insert(f->tx, &t, kind));
	return arena_strdup(f->arena, t.number + 8); /* behind the day */
}

static const char *number_of(struct fixture *f, const struct conversation_row *c, unsigned kind)
{
	return number_at(f, c, kind, tx_now(f->tx));
}

static void no_number_of_the_day_is_given_a_second_time(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	assert_memory_equal(number_of(f, &c, 20), "20000001", 8);
	marked(f);
	assert_memory_equal(number_of(f, &c, 20), "25000001", 8);
	assert_memory_equal(number_of(f, &c, 10), "15000000", 8); /* of a kind that had none yet */
	assert_memory_equal(number_of(f, &c, 20), "25000002", 8);
	/* As one that is split off has, of the day its words came. */
	assert_memory_equal(number_at(f, &c, 20, tx_now(f->tx) - 24 * 3600000), "25000000", 8);
	marked(f); /* and once more on the same day */
	assert_true(strncmp(number_of(f, &c, 20), "27500001", 8) >= 0);
	for (unsigned i = 0; i < 12; i++)
		marked(f);
	(void)number_of(f, &c, 20); /* there are some left even then */
}

static void no_message_of_a_chat_has_a_number_that_a_browser_may_know(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), chat = { .channel = "web", .kind = "chat", .peer = "wv", .peer_name = "", .account = "a",
		.language = "zh-CN", .created_at = tx_now(f->tx), .last_at = tx_now(f->tx), .last_seq = 8 };
	ok(conversation_insert(f->tx, &chat));
	marked(f);
	ok(conversation_get(f->tx, chat.id, &chat));
	assert_true(chat.last_seq > 1000);
	ok(conversation_get(f->tx, c.id, &c));
	assert_int_equal(c.last_seq, 0);
}

static void what_waited_to_be_sent_waits_for_a_person(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001"), d = a_citizen(f, "+8613800000002");
	struct ticket_row t = a_ticket(f, &c, "甲"), u = a_ticket(f, &d, "乙");
	struct message_row queued = a_reply(f, &c, &t, "1"), behind = a_reply(f, &c, &t, "2"), tried = a_reply(f, &d, &u, "3");
	struct message_row sent = a_reply(f, &d, &u, "4");
	ok(outbox_set(f->tx, tried.id, OUT_SENDING, 0, NULL));
	ok(outbox_set(f->tx, tried.id, OUT_RETRY, tx_now(f->tx), "busy"));
	ok(outbox_set(f->tx, sent.id, OUT_SENDING, 0, NULL));
	ok(outbox_set(f->tx, sent.id, OUT_ACCEPTED, 0, NULL));
	marked(f);
	const struct message_row *held[] = { &queued, &behind, &tried };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(row_of(f, held[i])->state, OUT_UNKNOWN);
		assert_non_null(strstr(row_of(f, held[i])->error, "may have been sent"));
	}
	assert_int_equal(row_of(f, &sent)->state, OUT_ACCEPTED);
	ok(outbox_set(f->tx, behind.id, OUT_QUEUED, tx_now(f->tx), NULL)); /* a person's word */
	struct outbox_claim *claimed;
	size_t n;
	ok(outbox_claim(f->tx, "sms", CLAIM_THREADS, 10, &claimed, &n));
	assert_int_equal(n, 1);
	assert_string_equal(claimed->out.text, "2");
}

static void what_comes_after_is_as_ever_and_a_second_start_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	marked(f);
	const char *before = number_of(f, &c, 20);
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct message_row m = a_reply(f, &c, &t, "1");
	char last[24];
	snprintf(last, sizeof last, "%s", before);
	reopen(f);
	assert_int_equal(row_of(f, &m)->state, OUT_QUEUED);
	assert_memory_equal(number_of(f, &c, 20), last, 5); /* and not half of what is left further */
}

/* A question that was asked meanwhile would be asked twice; a department is better told twice, and a deadline only noticed once more. */
static void nothing_is_asked_that_fell_due_meanwhile(void **state)
{
	static const char *const kind[] = { "ask", "ask-again", "ask-elsewhere", "liaison", "due", "care" };
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲"), later = a_ticket(f, &c, "乙");
	struct task_row k;
	for (size_t i = 0; i < 6; i++) {
		ok(task_put(f->tx, &(struct task_row){ .ticket = t.id, .kind = kind[i], .at = tx_now(f->tx) - 1000, .since = 1 }));
		ok(task_put(f->tx, &(struct task_row){ .ticket = later.id, .kind = kind[i], .at = tx_now(f->tx) + 3600000, .since = 1 }));
	}
	marked(f);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(task_get(f->tx, t.id, kind[i], &k), i < 3 ? E_NOTFOUND : 0);
		ok(task_get(f->tx, later.id, kind[i], &k));
	}
}

/* A row that stayed would keep every colleague from answering, and go out with whatever its writer does next. */
static void replies_that_could_still_be_taken_back_are_drafts_of_their_writers(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct held_row h = { .ticket = t.id, .staff = "chen", .body = "{\"text\":\"今晚修好\",\"files\":[{\"name\":\"a.png\"}]}",
		.send_at = tx_now(f->tx) + 5000 }, *left;
	struct held_row other = { .ticket = t.id, .staff = "li", .body = "{\"text\":\"已派人\"}", .send_at = tx_now(f->tx) - 5000 };
	struct draft_row d;
	size_t n;
	ok(held_insert(f->tx, &h));
	ok(held_insert(f->tx, &other));
	ok(draft_put(f->tx, &(struct draft_row){ .staff = "chen", .ticket = t.id, .mode = DRAFT_REPLY, .text = "请放心", .rev = 7 }));
	marked(f);
	ok(held_list(f->tx, t.id, &left, &n));
	assert_int_equal(n, 0);
	ok(draft_get(f->tx, "chen", t.id, DRAFT_REPLY, &d));
	assert_string_equal(d.text, "今晚修好\n请放心");
	assert_int_equal(d.rev, 8);
	ok(draft_get(f->tx, "chen", t.id, DRAFT_FILES, &d));
	assert_string_equal(d.text, "[{\"name\":\"a.png\"}]");
	ok(draft_get(f->tx, "li", t.id, DRAFT_REPLY, &d));
	assert_string_equal(d.text, "已派人");
	assert_int_equal(draft_get(f->tx, "li", t.id, DRAFT_FILES, &d), E_NOTFOUND);
}

static void the_chain_says_that_it_was_so(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	(void)a_reply(f, &c, &t, "1");
	marked(f);
	struct event_row *v;
	struct err e;
	int64_t events;
	size_t n;
	ok(event_page(f->tx, 0, 10, &v, &n));
	assert_int_equal(n, 1);
	assert_string_equal(v->kind, "restored");
	assert_string_equal(v->data, "{\"taken\":\"2026-11-29T03:00:00+08:00\",\"held\":1}");
	ok(event_verify(f->tx, &events, NULL, NULL, &e));
}

/* pg_dump, a snapshot of the machine: nothing in it tells. */
static void a_copy_without_a_mark_goes_on_the_same_way_when_it_is_said_to_be_one(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct message_row m = a_reply(f, &c, &t, "1");
	struct restored r, again;
	struct err e;
	reopen(f);
	assert_int_equal(row_of(f, &m)->state, OUT_QUEUED);
	end(f);
	ok(store_restored(f->store, &r, &e));
	ok(store_restored(f->store, &again, &e));
	begin(f, clock_now());
	assert_int_equal(r.held, 1);
	assert_string_equal(r.taken, "");
	assert_int_equal(row_of(f, &m)->state, OUT_UNKNOWN);
	reopen(f); /* on PostgreSQL the session would go on with the numbers it has taken */
	assert_memory_equal(number_of(f, &c, 20), "25000001", 8);
}

/* `audit verify` of a backup leaves it a backup. */
static void a_command_that_only_looks_leaves_the_copy_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800000001");
	struct ticket_row t = a_ticket(f, &c, "甲");
	struct message_row m = a_reply(f, &c, &t, "1");
	ok(kept_put(f->tx, RESTORED_SPACE, RESTORED_KEY, "2026-11-29T03:00:00+08:00"));
	store_down(f);
	struct store_config look = fixture_config(f);
	struct store *s;
	struct err e;
	look.exclusive = false;
	ok(store_open(&s, &look, &e));
	store_close(&s);
	store_up(f);
	begin(f, clock_now());
	assert_int_equal(row_of(f, &m)->state, OUT_UNKNOWN); /* by the gateway that was opened last */
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup_now, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_number_of_the_day_is_given_a_second_time),
		TEST(no_message_of_a_chat_has_a_number_that_a_browser_may_know),
		TEST(what_waited_to_be_sent_waits_for_a_person),
		TEST(what_comes_after_is_as_ever_and_a_second_start_changes_nothing),
		TEST(nothing_is_asked_that_fell_due_meanwhile),
		TEST(replies_that_could_still_be_taken_back_are_drafts_of_their_writers),
		TEST(the_chain_says_that_it_was_so),
		TEST(a_copy_without_a_mark_goes_on_the_same_way_when_it_is_said_to_be_one),
		TEST(a_command_that_only_looks_leaves_the_copy_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
