/* Whose turn it is at the store: what one channel brings keeps no other waiting, and a channel's own keeps its order. */
#include "tests/unit/flow/office.h"

#include <semaphore.h>

static const char LAMP[] = "人民路路口的路灯坏了三天没人修", ZHANG[] = "+8613800138000";
enum { MANY = 60, SMALL_QUEUE = 8, HALF = SMALL_QUEUE / 2 };

/* --- the writer, held until what is given has queued up behind it --- */

static sem_t begun, end;

static int hold_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx, (void)arg, (void)e;
	sem_post(&begun);
	return sem_wait(&end);
}

static void hold_writer(void)
{
	assert_int_equal(sem_init(&begun, 0, 0), 0);
	assert_int_equal(sem_init(&end, 0, 0), 0);
	assert_int_equal(store_write(office.store, hold_run, NULL, NULL), 0);
	assert_int_equal(sem_wait(&begun), 0);
}

static int small_queue(void **state)
{
	int rc = office_setup(state);
	office_crash();
	office.queue_max = SMALL_QUEUE;
	office_open();
	office_start();
	idle(office.sms), idle(office.chat), idle(office.mail); /* their first claims take room too */
	return rc;
}

/* --- receipts as fast as they can be handed over --- */

static struct flood {
	struct line *line;
	size_t given, taken;
	size_t before;           /* taken while others(arg) was not yet so */
	bool (*others)(void);
	void (*at_half)(void);   /* called where so many are taken as one lane's queue holds */
} flood;

static void on_receipt(struct adapter *a, void *ack, enum taken taken, const struct taken_info *info)
{
	(void)a, (void)ack, (void)info;
	assert_int_equal(taken, TAKEN_STORED);
	flood.taken++;
	flood.before += flood.others != NULL && !flood.others();
	if (flood.taken == HALF && flood.at_half != NULL)
		flood.at_half();
}

static void flood_with_receipts(struct line *l)
{
	for (flood.given = 0; flood.given < MANY; flood.given++) {
		struct receipt r = { .external_id = arena_printf(office.arena, "nobody-%zu", flood.given), .state = OUT_DELIVERED };
		l->host->receipt(&l->base, &r, on_receipt, NULL);
	}
}

/* --- others --- */

static size_t chat_before;

static bool chat_has_more(void)
{
	return office.chat->count > chat_before;
}

static void one_channels_receipts_do_not_stand_before_anothers_answers(void **state)
{
	(void)state;
	const char *number = write_in(office.chat, "visitor", LAMP)->ticket;
	idle(office.chat);
	office.chat->host->state(&office.chat->base, false, NULL);
	step(number, STEP_REPLY, "明天来修");
	idle(office.chat);
	chat_before = office.chat->count;
	flood = (struct flood){ .others = chat_has_more };
	hold_writer();
	flood_with_receipts(office.sms);
	office.chat->host->state(&office.chat->base, true, NULL);
	sem_post(&end);
	UNTIL(flood.taken == MANY && chat_has_more());
	assert_true(flood.before <= 2);
}

static struct took *aside;

static bool is_aside(void)
{
	return aside->done;
}

static void one_channels_receipts_that_wait_for_room_do_not_stand_before_what_another_sets_aside(void **state)
{
	(void)state;
	flood = (struct flood){ .others = is_aside };
	aside = took_begin();
	hold_writer();
	flood_with_receipts(office.sms);
	office.chat->host->quarantine(&office.chat->base, "malformed", "visitor", "?", 1, on_took, aside);
	sem_post(&end);
	UNTIL(flood.taken == MANY && aside->done);
	assert_int_equal(aside->taken, TAKEN_REFUSED);
	assert_true(flood.before <= 2);
}

/* --- one's own --- */

/* A message that is lent to the chat, which has not said yet that the citizen is away. */
static size_t lent_to_the_chat(void)
{
	const char *number = write_in(office.chat, "visitor", LAMP)->ticket;
	idle(office.chat);
	office.chat->mode = LINE_KEEP;
	size_t at = office.chat->count;
	step(number, STEP_REPLY, "明天来修");
	UNTIL(office.chat->count == at + 1);
	return at;
}

static void the_citizen_is_back(void)
{
	office.chat->host->back(&office.chat->base, "visitor");
}

/* Or it would wait for a sign of his that has been given. */
static void a_citizen_who_went_and_came_back_gets_what_was_parked_meanwhile(void **state)
{
	(void)state;
	size_t at = lent_to_the_chat();
	flood = (struct flood){ 0 };
	hold_writer();
	flood_with_receipts(office.chat);
	line_end(office.chat, at, SENT_PARKED, NULL);
	the_citizen_is_back();
	office.chat->mode = LINE_ACCEPT;
	sem_post(&end);
	UNTIL(flood.taken == MANY && office.chat->count == at + 2);
	assert_string_equal(office.chat->said[at + 1].text, office.chat->said[at].text);
}

/* The sign comes where there is room again, and what it is a sign for still waits for some. */
static void nor_is_a_sign_given_where_there_is_room_before_what_waits_for_some(void **state)
{
	(void)state;
	size_t at = lent_to_the_chat();
	flood = (struct flood){ .at_half = the_citizen_is_back };
	hold_writer();
	flood_with_receipts(office.chat);
	line_end(office.chat, at, SENT_PARKED, NULL);
	office.chat->mode = LINE_ACCEPT;
	sem_post(&end);
	UNTIL(flood.taken == MANY && office.chat->count == at + 2);
}

static struct took *late;

static void he_writes(void)
{
	late = give(office.sms, &(struct msg_in){ .kind = MSG_TEXT, .external_id = "late", .peer = ZHANG, .account = "12345", .text = LAMP,
		.received_at = clock_now(), .verified = true });
}

static void a_message_is_pushed_back_while_what_came_before_it_waits_for_room(void **state)
{
	(void)state;
	flood = (struct flood){ .at_half = he_writes };
	late = NULL;
	hold_writer();
	flood_with_receipts(office.sms);
	sem_post(&end);
	UNTIL(late != NULL && late->done);
	assert_int_equal(late->taken, TAKEN_RETRY);
	UNTIL(flood.taken == MANY);
	he_writes();
	UNTIL(late->done);
	assert_int_equal(late->taken, TAKEN_STORED);
}

/* --- no, and not within the call --- */

struct answer { bool done; int rc; };

static void on_history(struct adapter *a, void *arg, int rc, const struct history_item *item, size_t n, bool more)
{
	(void)a, (void)item, (void)n, (void)more;
	*(struct answer *)arg = (struct answer){ true, rc };
}

static void on_file(struct adapter *a, void *arg, int rc, enum file_state state)
{
	(void)a, (void)state;
	*(struct answer *)arg = (struct answer){ true, rc };
}

static void who_reads_where_there_is_no_room_is_told_so_on_the_loops_next_turn(void **state)
{
	(void)state;
	static struct answer read[HALF + 1], file;
	const struct adapter_host *h = office.chat->host;
	memset(read, 0, sizeof read);
	file = read[0];
	for (size_t i = 0; i <= HALF; i++)
		h->history(&office.chat->base, "visitor", 0, 10, on_history, &read[i]);
	h->file(&office.chat->base, "00", on_file, &file);
	assert_false(read[HALF].done || file.done);
	UNTIL(read[0].done && read[HALF].done && file.done);
	assert_int_equal(read[0].rc, 0);
	assert_int_equal(read[HALF].rc, E_AGAIN);
	assert_int_equal(file.rc, E_AGAIN);
}

static void who_was_to_be_told_when_the_gateway_ends_is_told_all_the_same(void **state)
{
	(void)state;
	struct took *t[HALF + 1];
	hold_writer();
	for (size_t i = 0; i <= HALF; i++)
		t[i] = give(office.sms, &(struct msg_in){ .kind = MSG_TEXT, .external_id = arena_printf(office.arena, "id-%zu", i),
			.peer = ZHANG, .account = "12345", .text = LAMP, .received_at = clock_now(), .verified = true });
	sem_post(&end);
	office_crash();
	assert_int_equal(t[0]->taken, TAKEN_STORED);
	assert_true(t[HALF]->done);
	assert_int_equal(t[HALF]->taken, TAKEN_RETRY);
}

#define TEST(name, up) cmocka_unit_test_setup_teardown(name, up, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_channels_receipts_do_not_stand_before_anothers_answers, office_begin),
		TEST(one_channels_receipts_that_wait_for_room_do_not_stand_before_what_another_sets_aside, small_queue),
		TEST(a_citizen_who_went_and_came_back_gets_what_was_parked_meanwhile, office_begin),
		TEST(nor_is_a_sign_given_where_there_is_room_before_what_waits_for_some, small_queue),
		TEST(a_message_is_pushed_back_while_what_came_before_it_waits_for_room, small_queue),
		TEST(who_reads_where_there_is_no_room_is_told_so_on_the_loops_next_turn, small_queue),
		TEST(who_was_to_be_told_when_the_gateway_ends_is_told_all_the_same, small_queue),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
