/* A message in: kept once, acknowledged after the commit, pushed back when it cannot be kept. */
#include <pthread.h>

#include "gateway/store/intake.h"
#include "gateway/store/message.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/ticket.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000", WANG[] = "+8613900139000";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

static struct msg_in text_of(const char *id, const char *text)
{
	return (struct msg_in){ .kind = MSG_TEXT, .external_id = id, .peer = ZHANG, .account = "12345", .text = text,
		.received_at = clock_now(), .verified = true };
}

static void a_message_becomes_a_ticket_and_is_acknowledged_after_the_commit(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP);
	struct took *t = take(office.sms, &m);
	assert_int_equal(t->taken, TAKEN_STORED);
	assert_int_equal(t->seq, 1);
	assert_true(ticket_number_valid(t->ticket));
	const struct seen *s = see(t->ticket); /* another connection: what it sees is committed */
	assert_int_equal(s->t.state, TICKET_NEW);
	assert_string_equal(s->m[0].text, LAMP);
	assert_int_equal(s->m[0].from, FROM_CITIZEN);
	UNTIL(got(office.sms, ZHANG, t->ticket) == 1);
	assert_true(has_event(t->ticket, "received citizen ", "\"rule\":\"new\""));
}

/* What a citizen says one after the other, '|' between ("" for a photo), and what his ticket is called in the end. */
static void a_ticket_is_named_after_the_first_words_that_tell_a_matter(void **state)
{
	(void)state;
	static const struct msg_attachment photo = { .name = "IMG_1.png", .type = "image/png", .sha256 = "", .size = 1 };
	static const struct { const char *says, *title; } SAID[] = {
		{ "你好|在吗？", "你好" },
		{ "你好|在吗？|楼下烧烤店油烟扰民。幸福路9号|每天都到半夜", "楼下烧烤店油烟扰民" },
		{ "您好||建设路口的路灯坏了", "建设路口的路灯坏了" },
		{ "|建设路口的路灯坏了|就在学校门口对面", "建设路口的路灯坏了" },
		{ "您好|在吗|1|路灯坏了", "路灯坏了" },
		{ "您好|我想问一下|路灯坏了", "路灯坏了" },
		{ "您好|有人吗|怎么没人回复|13800138000|好的|路灯坏了", "路灯坏了" },
		{ "人工|路灯坏了", "路灯坏了" },
		{ "投诉|有人吗？|路灯坏了", "路灯坏了" },
		{ "你好|撤单，我不服|路灯坏了", "路灯坏了" },
		{ "Hello|cancel|street light is broken", "street light is broken" },
		{ "Hello|can I ask a question?|human|street light is broken", "street light is broken" },
		{ "救命|人工|路灯坏了", "路灯坏了" },
		{ "救命啊快来人啊|路灯坏了", "救命啊快来人啊" },
		{ "你好|着火了", "着火了" },
		{ "停水了|人民路12号院三号楼", "停水了" },
	};
	for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++) {
		const char *peer = arena_printf(office.arena, "+86138001380%02zu", i), *number = NULL;
		unsigned n = 0;
		for (const char *s = SAID[i].says, *end; s; s = *end ? end + 1 : NULL) {
			end = s + strcspn(s, "|");
			struct msg_in m = text_of(arena_printf(office.arena, "id-%zu-%u", i, ++n),
				arena_printf(office.arena, "%.*s", (int)(end - s), s));
			m.peer = peer;
			m.attachment = &photo;
			m.attachment_count = end == s;
			number = take(office.sms, &m)->ticket;
		}
		assert_string_equal(see(number)->t.title, SAID[i].title);
	}
}

static const char *subject_of_receipt(const char *subject, bool doubted)
{
	struct msg_in m = text_of("id-m", LAMP);
	m.peer = "bystander@city.example";
	m.subject = subject;
	m.verified = false;
	m.doubted = doubted;
	struct took *t = take(office.mail, &m);
	const struct seen *s = see(t->ticket);
	assert_int_equal(s->n, 2);
	assert_string_equal(s->m[1].event, "received");
	return arena_printf(office.arena, "%s|%s", s->m[1].subject, t->ticket);
}

static void a_receipt_carries_no_strangers_link(void **state)
{
	(void)state;
	const char *said = subject_of_receipt("账户已冻结，请登录 https://evil.example/1 解冻", false);
	assert_non_null(strstr(said, "已收到您的诉求：账户已冻结，请登录 … 解冻|"));
}

static void a_receipt_to_a_sender_nobody_vouches_for_has_none_of_his_words(void **state)
{
	(void)state;
	const char *said = subject_of_receipt("账户已冻结", true), *number = strchr(said, '|') + 1;
	assert_string_equal(said, arena_printf(office.arena, "已收到您的诉求：%s|%s", number, number));
}

static void what_the_caller_does_with_its_message_afterwards_does_not_matter(void **state)
{
	(void)state;
	char id[] = "id-1", text[] = "路灯坏了", peer[] = "+8613800138000", account[] = "12345", ref[] = "<a@b>", name[] = "a.jpg";
	const char *refs[] = { ref };
	struct msg_attachment file = { name, name, name, 3 };
	struct msg_in m = { .kind = MSG_TEXT, .external_id = id, .peer = peer, .account = account, .text = text, .refs = refs,
		.ref_count = 1, .attachment = &file, .attachment_count = 1, .subject = name, .peer_name = name };
	struct took *t = give(office.sms, &m);
	char *const all[] = { id, text, peer, account, ref, name };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		memset(all[i], 'X', strlen(all[i]));
	refs[0] = NULL;
	memset(&m, 'X', sizeof m);
	memset(&file, 'X', sizeof file);
	UNTIL(t->done);
	assert_string_equal(see(t->ticket)->m[0].text, "路灯坏了");
	assert_int_equal(talk_length(office.sms, ZHANG), 2);
}

static void the_same_id_twice_is_stored_once_and_acknowledged_twice(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP);
	struct took *first = take(office.sms, &m), *again = take(office.sms, &m);
	assert_int_equal(first->taken, TAKEN_STORED);
	assert_int_equal(again->taken, TAKEN_DUPLICATE);
	assert_int_equal(again->seq, first->seq);
	assert_string_equal(again->ticket, first->ticket);
	assert_int_equal(talk_length(office.sms, ZHANG), 2); /* the message and its receipt */
}

static void an_id_is_known_for_ever(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP);
	int64_t now = clock_now();
	assert_int_equal(take_at(office.sms, &m, now).taken, TAKEN_STORED);
	assert_int_equal(take_at(office.sms, &m, now + 30LL * 24 * 3600 * 1000).taken, TAKEN_DUPLICATE);
}

static void twice_at_the_same_moment_is_stored_once(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP);
	struct took *a = give(office.sms, &m), *b = give(office.sms, &m);
	UNTIL(a->done && b->done);
	assert_int_equal(a->taken, TAKEN_STORED);
	assert_int_equal(b->taken, TAKEN_DUPLICATE);
}

static void the_same_id_on_another_channel_is_another_message(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP);
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_STORED);
	assert_int_equal(take(office.chat, &m)->taken, TAKEN_STORED);
}

static void without_an_id_the_same_words_within_the_window_are_a_redelivery(void **state)
{
	(void)state;
	struct msg_in m = text_of(NULL, LAMP);
	int64_t now = clock_now();
	assert_int_equal(take_at(office.sms, &m, now).taken, TAKEN_STORED);
	assert_int_equal(take_at(office.sms, &m, now + FINGERPRINT_WINDOW_MS - 1).taken, TAKEN_DUPLICATE);
	assert_int_equal(take_at(office.sms, &m, now + FINGERPRINT_WINDOW_MS).taken, TAKEN_STORED);
	/* The window runs from the newest of them. */
	assert_int_equal(take_at(office.sms, &m, now + 2 * FINGERPRINT_WINDOW_MS - 1).taken, TAKEN_DUPLICATE);
}

static void the_same_words_were_written_twice_and_after_a_new_start_redelivered(void **state)
{
	(void)state;
	int64_t now = clock_now();
	struct msg_in m = text_of(NULL, "还没修");
	m.session_at = now - 1000;
	assert_int_equal(take_at(office.sms, &m, now).taken, TAKEN_STORED);
	assert_int_equal(take_at(office.sms, &m, now + 2000).taken, TAKEN_STORED);
	m.session_at = m.began_at = now + 3000;
	assert_int_equal(take_at(office.sms, &m, now + 4000).taken, TAKEN_DUPLICATE);
}

/* As another gateway of the store would have left it. */
static int take_elsewhere(struct tx *tx, void *arg, struct err *e)
{
	struct intake_ahead ahead;
	struct intake_row row;
	intake_look_ahead(tx_arena(tx), flow_catalog(office.flow), arg, &ahead);
	int rc = intake_said(tx, "sms", ZHANG, ahead.key, 0, &row);
	row.message += 1 << 12; /* the bits of the node are above those of the counter */
	return rc < 0 ? rc : intake_insert(tx, "sms", ahead.key, &row) < 0 ? err_set(e, E_IO, "not inserted") : 0;
}

static void the_same_words_that_another_gateway_took_within_a_minute_are_a_redelivery(void **state)
{
	(void)state;
	int64_t now = clock_now();
	struct err e;
	struct msg_in m = text_of(NULL, "还没修");
	m.session_at = now - 1000; /* our link has been there all the time */
	assert_int_equal(take_at(office.sms, &m, now).taken, TAKEN_STORED);
	assert_int_equal(store_now(office.store, true, take_elsewhere, &m, &e), 0);
	assert_int_equal(take_at(office.sms, &m, now + FINGERPRINT_ELSEWHERE_MS - 1).taken, TAKEN_DUPLICATE);
	m.session_at = now + 1000; /* a link of its that is gone may be this one */
	assert_int_equal(take_at(office.sms, &m, now + FINGERPRINT_ELSEWHERE_MS).taken, TAKEN_DUPLICATE);
	m.session_at = now - 1000;
	assert_int_equal(take_at(office.sms, &m, now + FINGERPRINT_ELSEWHERE_MS).taken, TAKEN_STORED);
}

static void the_same_words_to_another_number_are_no_redelivery(void **state)
{
	(void)state;
	struct msg_in m = text_of(NULL, LAMP);
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_STORED);
	m.account = "12319";
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_STORED);
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_DUPLICATE);
	m.account = "12345";
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_DUPLICATE);
}

static void the_same_words_from_somebody_else_are_no_redelivery(void **state)
{
	(void)state;
	struct msg_in m = text_of(NULL, LAMP);
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_STORED);
	m.peer = WANG;
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_STORED);
}

/* --- refused, pushed back --- */

static void an_empty_text_is_kept_aside_and_acknowledged_again_as_refused(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", " \xe3\x80\x80\n");
	struct took *t = take(office.sms, &m);
	assert_int_equal(t->taken, TAKEN_REFUSED);
	assert_string_equal(t->reason, "empty");
	assert_null(t->ticket);
	assert_int_equal(quarantined(), 1);
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_REFUSED);
	assert_int_equal(quarantined(), 1);
	m.external_id = NULL; /* by its words then */
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_REFUSED);
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_REFUSED);
	assert_int_equal(quarantined(), 2);
	assert_int_equal(tickets(), 0);
}

static void a_machines_mail_is_kept_aside_and_never_answered(void **state)
{
	(void)state;
	struct msg_in m = text_of("<1@mx>", "我不在办公室");
	m.peer = "robot@city.example";
	m.automatic = MSG_AUTO_REPLY;
	m.automatic_why = "Auto-Submitted: auto-replied";
	struct took *t = take(office.mail, &m);
	assert_int_equal(t->taken, TAKEN_REFUSED);
	assert_string_equal(t->reason, "automatic");
	assert_int_equal(quarantined(), 1);
	assert_int_equal(talk_length(office.mail, "robot@city.example"), 0);
	assert_int_equal(office.mail->count, 0);
}

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct quarantine_row *q, *newest = arg;
	size_t n;
	(void)e;
	int rc = quarantine_list(tx, 0, 1, &q, &n);
	*newest = q[0];
	newest->reason = keep(q[0].reason);
	newest->note = keep(q[0].note);
	return rc;
}

static void bytes_that_never_became_a_message_are_kept_up_to_the_limit(void **state)
{
	(void)state;
	static char raw[QUARANTINE_RAW_MAX + 100];
	struct took *t = took_begin();
	office.sms->host->quarantine(&office.sms->base, "malformed-pdu", NULL, raw, sizeof raw, on_took, t);
	assert_false(t->done);
	UNTIL(t->done);
	assert_int_equal(t->taken, TAKEN_REFUSED);
	assert_int_equal(quarantined(), 1);
	struct quarantine_row row;
	assert_int_equal(store_now(office.store, false, aside_run, &row, NULL), 0);
	assert_int_equal(row.n, QUARANTINE_RAW_MAX);
	assert_string_equal(row.reason, "malformed-pdu");
	assert_string_equal(row.note, "cut: 65536 of 65636 bytes kept");
	office.sms->host->quarantine(&office.sms->base, "malformed-pdu", NULL, NULL, 0, NULL, NULL);
	UNTIL(quarantined() == 2);
}

static bool drain_done;

static void on_drained(void *arg)
{
	(void)arg;
	drain_done = true;
}

static void while_draining_messages_are_pushed_back_and_not_kept(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP);
	office.sms->drained_late = true;
	drain_done = false;
	flow_drain(office.flow, 60000, on_drained, NULL);
	assert_int_equal(take(office.sms, &m)->taken, TAKEN_RETRY);
	assert_int_equal(tickets(), 0);
	assert_false(drain_done);
	office.sms->host->drained(&office.sms->base);
	UNTIL(drain_done);
}

static void a_message_taken_before_the_drain_is_answered_before_its_end(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP);
	struct took *t = give(office.sms, &m);
	drain_done = false;
	flow_drain(office.flow, 60000, on_drained, NULL);
	assert_false(drain_done);
	UNTIL(drain_done);
	assert_true(t->done);
	assert_int_equal(t->taken, TAKEN_STORED);
}

static void a_channel_that_never_drains_does_not_hold_up_the_end(void **state)
{
	(void)state;
	office.sms->drained_late = true;
	drain_done = false;
	flow_drain(office.flow, 50, on_drained, NULL);
	UNTIL(drain_done);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static int gate_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx, (void)arg, (void)e;
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return 0;
}

static int small_queue(void **state)
{
	int rc = office_setup(state);
	office_crash();
	office.queue_max = 2;
	office_open();
	office.sms->down = office.chat->down = office.mail->down = true; /* nobody else writes */
	office_start();
	return rc;
}

static void a_full_store_pushes_back_and_takes_it_the_next_time(void **state)
{
	(void)state;
	struct msg_in m = text_of("id-1", LAMP), other = text_of("id-2", "小区噪音");
	pthread_mutex_lock(&gate);
	assert_int_equal(store_write(office.store, gate_run, NULL, NULL), 0);
	struct took *kept = give(office.sms, &m), *over = give(office.sms, &other);
	UNTIL(over->done);
	assert_int_equal(over->taken, TAKEN_RETRY);
	assert_false(kept->done);
	struct receipt r = { .external_id = "nobody", .state = OUT_DELIVERED };
	struct took *receipt = took_begin(); /* receipts wait for room instead */
	office.sms->host->receipt(&office.sms->base, &r, on_took, receipt);
	pthread_mutex_unlock(&gate);
	UNTIL(kept->done && receipt->done);
	assert_int_equal(kept->taken, TAKEN_STORED);
	assert_int_equal(receipt->taken, TAKEN_STORED);
	assert_int_equal(take(office.sms, &other)->taken, TAKEN_STORED);
}

/* --- cursors --- */

static const char *cursor_found;

static void on_cursor(struct adapter *a, void *arg, int rc, const char *value)
{
	(void)a, (void)arg;
	assert_int_equal(rc, 0);
	cursor_found = keep(value);
}

static const char *cursor(struct line *l, const char *key)
{
	cursor_found = NULL;
	l->host->cursor(&l->base, key, on_cursor, NULL);
	assert_null(cursor_found);
	UNTIL(cursor_found != NULL);
	return cursor_found;
}

static void a_cursor_moves_with_its_message_stored_doubled_or_refused(void **state)
{
	(void)state;
	assert_string_equal(cursor(office.mail, "INBOX"), "");
	struct msg_in m = text_of("<1@mx>", LAMP);
	m.cursor_key = "INBOX";
	m.cursor_value = "7:100";
	assert_int_equal(take(office.mail, &m)->taken, TAKEN_STORED);
	assert_string_equal(cursor(office.mail, "INBOX"), "7:100");
	m.cursor_value = "7:101";
	assert_int_equal(take(office.mail, &m)->taken, TAKEN_DUPLICATE);
	assert_string_equal(cursor(office.mail, "INBOX"), "7:101");
	struct msg_in empty = text_of("<2@mx>", " ");
	empty.cursor_key = "INBOX";
	empty.cursor_value = "7:102";
	assert_int_equal(take(office.mail, &empty)->taken, TAKEN_REFUSED);
	assert_string_equal(cursor(office.mail, "INBOX"), "7:102");
	assert_string_equal(cursor(office.sms, "INBOX"), ""); /* each channel has its own */
}

/* --- what the citizen hears --- */

static void an_emergency_is_answered_at_once_with_the_number_to_call(void **state)
{
	(void)state;
	struct took *t = write_in(office.sms, ZHANG, "快来人，我家着火了");
	const struct seen *s = see(t->ticket);
	assert_true(s->t.flags & FLAG_EMERGENCY);
	assert_int_equal(s->t.priority, 1);
	assert_int_equal(s->t.due_at - s->t.opened_at, 2 * 3600 * 1000);
	UNTIL(got(office.sms, ZHANG, "119") == 1);
	assert_int_equal(got(office.sms, ZHANG, "已收到"), 0);
}

static void an_emergency_on_an_open_ticket_marks_that_ticket(void **state)
{
	(void)state;
	struct took *t = write_in(office.chat, "visitor", LAMP);
	struct took *u = write_in(office.chat, "visitor", "现在着火了，快");
	assert_string_equal(t->ticket, u->ticket);
	assert_true(see(t->ticket)->t.flags & FLAG_EMERGENCY);
	UNTIL(got(office.chat, "visitor", "119") == 1);
}

static void asking_how_it_stands_is_answered_with_state_and_deadline(void **state)
{
	(void)state;
	assert_null(write_in(office.sms, WANG, "查询")->ticket);
	UNTIL(got(office.sms, WANG, "没有找到") == 1);
	struct took *t = write_in(office.sms, ZHANG, LAMP);
	assert_string_equal(write_in(office.sms, ZHANG, "查询")->ticket, t->ticket);
	const struct seen_message *m = told(t->ticket, "status");
	char due[CLOCK_TEXT];
	assert_non_null(m);
	assert_non_null(strstr(m->text, t->ticket));
	assert_non_null(strstr(m->text, clock_people(see(t->ticket)->t.due_at, due)));
	assert_non_null(strstr(m->text, "待受理"));
}

static void somebody_elses_number_is_not_told_how_it_stands(void **state)
{
	(void)state;
	struct took *t = write_in(office.sms, ZHANG, LAMP);
	write_in(office.sms, WANG, arena_printf(office.arena, "查询 %s", t->ticket));
	UNTIL(got(office.sms, WANG, "只告诉提交人本人") == 1);
	assert_null(told(t->ticket, "status"));
}

static void a_citizen_who_writes_english_is_answered_in_english(void **state)
{
	(void)state;
	struct took *t = write_in(office.sms, ZHANG, "The street lamp at the corner is broken");
	UNTIL(got(office.sms, ZHANG, "We have your request") == 1);
	assert_string_equal(see(t->ticket)->t.language, "en");
}

static void link_spam_is_held_and_not_answered(void **state)
{
	(void)state;
	struct took *t = write_in(office.chat, "spammer", "澳门赌场 百家乐 首充送彩金 t.cn/Axyz");
	assert_int_equal(t->taken, TAKEN_STORED);
	assert_true(see(t->ticket)->t.flags & FLAG_HELD);
	assert_int_equal(see(t->ticket)->n, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_becomes_a_ticket_and_is_acknowledged_after_the_commit),
		TEST(a_ticket_is_named_after_the_first_words_that_tell_a_matter),
		TEST(a_receipt_carries_no_strangers_link),
		TEST(a_receipt_to_a_sender_nobody_vouches_for_has_none_of_his_words),
		TEST(what_the_caller_does_with_its_message_afterwards_does_not_matter),
		TEST(the_same_id_twice_is_stored_once_and_acknowledged_twice),
		TEST(an_id_is_known_for_ever),
		TEST(twice_at_the_same_moment_is_stored_once),
		TEST(the_same_id_on_another_channel_is_another_message),
		TEST(without_an_id_the_same_words_within_the_window_are_a_redelivery),
		TEST(the_same_words_were_written_twice_and_after_a_new_start_redelivered),
		TEST(the_same_words_that_another_gateway_took_within_a_minute_are_a_redelivery),
		TEST(the_same_words_from_somebody_else_are_no_redelivery),
		TEST(the_same_words_to_another_number_are_no_redelivery),
		TEST(an_empty_text_is_kept_aside_and_acknowledged_again_as_refused),
		TEST(a_machines_mail_is_kept_aside_and_never_answered),
		TEST(bytes_that_never_became_a_message_are_kept_up_to_the_limit),
		TEST(while_draining_messages_are_pushed_back_and_not_kept),
		TEST(a_message_taken_before_the_drain_is_answered_before_its_end),
		TEST(a_channel_that_never_drains_does_not_hold_up_the_end),
		cmocka_unit_test_setup_teardown(a_full_store_pushes_back_and_takes_it_the_next_time, small_queue, office_teardown),
		TEST(a_cursor_moves_with_its_message_stored_doubled_or_refused),
		TEST(an_emergency_is_answered_at_once_with_the_number_to_call),
		TEST(an_emergency_on_an_open_ticket_marks_that_ticket),
		TEST(asking_how_it_stands_is_answered_with_state_and_deadline),
		TEST(somebody_elses_number_is_not_told_how_it_stands),
		TEST(a_citizen_who_writes_english_is_answered_in_english),
		TEST(link_spam_is_held_and_not_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
