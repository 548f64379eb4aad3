/* What a gateway was sending when it died, where the next one has another number. */
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000";
static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

/* A reply that the channel never answered, and the gateway is dead. */
static const char *died_sending(uint64_t *id)
{
	struct took *t = write_in(office.sms, ZHANG, LAMP);
	UNTIL(got(office.sms, ZHANG, "") > 0);
	idle(office.sms);
	office.sms->mode = LINE_KEEP;
	size_t at = office.sms->count;
	*id = step(t->ticket, STEP_REPLY, "答复").message;
	UNTIL(office.sms->count == at + 1);
	office_crash();
	return t->ticket;
}

static void office_of(unsigned node)
{
	office.node = node;
	office_open();
	office_start();
}

static void what_a_node_was_sending_that_nobody_saw_die_is_settled_at_a_start(void **state)
{
	uint64_t id;
	(void)state;
	const char *number = died_sending(&id);
	office_of(1);
	UNTIL(state_of(number, id) == OUT_UNKNOWN);
	uint64_t later = step(number, STEP_REPLY, "后来的答复").message;
	UNTIL(state_of(number, later) == OUT_ACCEPTED);
}

static const char refuse[] = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;"
	" CREATE TRIGGER refuse BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse()";

static void what_could_not_be_settled_then_is_at_a_later_tick(void **state)
{
	uint64_t id;
	(void)state;
	if (!store_shared(office.store))
		skip();
	const char *number = died_sending(&id);
	place_sql(office.place.dsn, refuse);
	office_of(1);
	assert_int_equal(state_of(number, id), OUT_SENDING);
	place_sql(office.place.dsn, "DROP TRIGGER refuse ON outbox");
	uv_timer_set_repeat(&office.flow->tick, 20);
	assert_int_equal(uv_timer_again(&office.flow->tick), 0);
	UNTIL(state_of(number, id) == OUT_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_a_node_was_sending_that_nobody_saw_die_is_settled_at_a_start),
		TEST(what_could_not_be_settled_then_is_at_a_later_tick),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
