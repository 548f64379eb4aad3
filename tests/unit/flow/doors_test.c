/* What strangers may try at the doors that are open to all, with the time passed in: how often, and who else notices. */
#include "gateway/flow/query_code.h"
#include "tests/unit/flow/office.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
static const char ZHANG[] = "+8613800138000", LAMP[] = "人民路路口的路灯坏了三天没人修";
static const char NEAR[] = "198.51.100.7", FAR[] = "203.0.113.9";
static int64_t at;
static unsigned serial;

/* Somebody new each time, where no peer is given. */
static struct intake_done says(struct line *l, const char *peer, const char *from, const char *text)
{
	const char *id = arena_printf(office.arena, "d-%u", ++serial);
	return take_at(l, &(struct msg_in){ .kind = MSG_TEXT, .external_id = id, .peer = peer ? peer : id, .from = from,
		.account = "12345", .text = text, .received_at = at, .verified = true }, at);
}

static const char *a_ticket_of(const char *peer)
{
	return says(office.sms, peer, NULL, LAMP).ticket;
}

/* Asks as somebody new, with the right code or the wrong'th beside it. */
static void tries(const char *from, const char *number, unsigned wrong)
{
	char code[QUERY_CODE_LEN + 1];
	query_code(&office.secret, number, code);
	code[QUERY_CODE_LEN - 1] = (char)('0' + (code[QUERY_CODE_LEN - 1] - '0' + (int)(wrong % 10)) % 10);
	says(office.chat, NULL, from, arena_printf(office.arena, "查询 %s %s", number, code));
}

static bool was_told(const char *number)
{
	return has_event(number, "queried-by-code", "");
}

static void who_tries_codes_from_one_network_shuts_no_tickets_code(void **state)
{
	(void)state;
	at = clock_now();
	const char *number = a_ticket_of(ZHANG);
	for (unsigned i = 0; i < 30; i++)
		tries(NEAR, number, 1 + i % 9);
	tries(NEAR, number, 0);
	assert_false(was_told(number)); /* who has tried is told nothing, not even of the right one */
	tries(FAR, number, 0);
	assert_true(was_told(number));
}

static void who_tries_codes_of_many_tickets_is_stopped_as_well(void **state)
{
	const char *number[8];
	(void)state;
	at = clock_now();
	for (unsigned i = 0; i < 8; i++)
		number[i] = a_ticket_of(arena_printf(office.arena, "+861380013800%u", i));
	for (unsigned i = 0; i < 7 * 3; i++)
		tries(NEAR, number[i % 7], 1 + i % 9);
	tries(NEAR, number[7], 0);
	assert_false(was_told(number[7]));
	at += HOUR;
	tries(NEAR, number[7], 0);
	assert_true(was_told(number[7]));
}

static void a_number_that_tries_codes_by_text_is_stopped_by_itself(void **state)
{
	(void)state;
	at = clock_now();
	const char *number = a_ticket_of(ZHANG);
	for (unsigned i = 0; i < 12; i++)
		says(office.sms, "+8613900139000", NULL, arena_printf(office.arena, "查询 %s 00000%u", number, i % 10));
	tries(FAR, number, 0);
	assert_true(was_told(number));
}

static int automatic_run(struct tx *tx, void *arg, struct err *e)
{
	struct conversation_row c;
	struct message_row *m;
	const char **number;
	size_t n, *count = arg; /* ours, theirs */
	(void)e;
	if (conversation_find(tx, "sms", ZHANG, &c) < 0)
		return 0;
	assert_int_equal(message_list_conversation(tx, c.id, 0, 1000, &m, &number, &n), 0);
	for (size_t i = 0; i < n; i++)
		count[m[i].from == FROM_CITIZEN] += m[i].from == FROM_CITIZEN || m[i].from == FROM_SYSTEM;
	return 0;
}

static size_t automatic(size_t *heard)
{
	size_t count[2] = { 0, 0 };
	assert_int_equal(store_now(office.store, false, automatic_run, count, NULL), 0);
	*heard = count[1];
	return count[0];
}

static void a_number_gets_so_many_automatic_answers_and_no_more(void **state)
{
	size_t heard;
	(void)state;
	at = clock_now();
	a_ticket_of(ZHANG);
	for (unsigned i = 0; i < 59; i++, at += 50 * SECOND)
		says(office.sms, ZHANG, NULL, "查询");
	assert_int_equal(automatic(&heard), 20);
	assert_int_equal(heard, 60);
	says(office.sms, ZHANG, NULL, "楼下起火了，快来");
	assert_int_equal(automatic(&heard), 21); /* a cry for help is answered yet */
	for (unsigned i = 0; i < 80; i++, at += 4 * MINUTE)
		says(office.sms, ZHANG, NULL, i % 2 ? "楼下起火了，快来" : "查询");
	assert_true(automatic(&heard) <= 60);
	at += 24 * HOUR;
	size_t before = automatic(&heard);
	says(office.sms, ZHANG, NULL, "查询");
	assert_int_equal(automatic(&heard), before + 1);
	assert_int_equal(heard, 142);
}

/* What a merged or a sub-centre's old number says besides the receipt is paid for as well */
static void whatever_is_said_of_its_own_accord_is_counted(void **state)
{
	static const char *const NUMBER[] = { "12349", "12366" };
	size_t heard;
	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		at = clock_now() + k * 3 * 24 * HOUR;
		size_t before = automatic(&heard);
		for (unsigned i = 0; i < 25; i++, at += 2 * MINUTE) {
			const char *id = arena_printf(office.arena, "d-%u", ++serial);
			take_at(office.sms, &(struct msg_in){ .kind = MSG_TEXT, .external_id = id, .peer = ZHANG, .account = NUMBER[k],
				.text = "小区门口新开了一家店，招牌挡住了窗户", .received_at = at, .verified = true }, at);
			says(office.sms, ZHANG, NULL, "撤回");
		}
		assert_int_equal(automatic(&heard) - before, 20);
	}
}

static void new_visitors_of_one_network_are_held_beyond_the_pace(void **state)
{
	const unsigned most = catalog_rules(flow_catalog(office.flow))->flood_visitors;
	(void)state;
	at = clock_now();
	for (unsigned i = 0; i < most; i++)
		assert_int_equal(says(office.chat, NULL, NEAR, LAMP).outcome, OUTCOME_NEW);
	struct intake_done held = says(office.chat, "wlatecomer", NEAR, LAMP);
	assert_int_equal(held.outcome, OUTCOME_HOLD);
	assert_string_equal(see(held.ticket)->m[0].text, LAMP);
	assert_int_equal(says(office.chat, NULL, NEAR, "楼下起火了，快来").outcome, OUTCOME_EMERGENCY);
	assert_int_equal(says(office.chat, NULL, FAR, LAMP).outcome, OUTCOME_NEW);
	at += 10 * MINUTE;
	assert_int_equal(says(office.chat, NULL, NEAR, LAMP).outcome, OUTCOME_NEW);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_tries_codes_from_one_network_shuts_no_tickets_code),
		TEST(who_tries_codes_of_many_tickets_is_stopped_as_well),
		TEST(a_number_that_tries_codes_by_text_is_stopped_by_itself),
		TEST(a_number_gets_so_many_automatic_answers_and_no_more),
		TEST(whatever_is_said_of_its_own_accord_is_counted),
		TEST(new_visitors_of_one_network_are_held_beyond_the_pace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
