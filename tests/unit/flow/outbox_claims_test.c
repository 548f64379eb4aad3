/* How many messages are claimed at once, beside what citizens write, and what becomes of those a channel has no room for. */
#include "tests/unit/flow/office.h"

#include <semaphore.h>

static const char LAMP[] = "人民路路口的路灯坏了三天没人修";

static sem_t held;

static int hold_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx;
	(void)arg;
	(void)e;
	return sem_wait(&held);
}

static int nothing_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx;
	(void)arg;
	(void)e;
	return 0;
}

static void count_lent(void *arg, int rc, const struct err *e)
{
	(void)e;
	assert_int_equal(rc, 0);
	*(size_t *)arg = office.sms->count;
}

/* How many of MANY answers the channel's next claim takes when so many jobs wait for the store before it. */
static size_t claimed_behind(unsigned jobs)
{
	enum { MANY = 60 };
	struct lane *lane = office.sms->base.host_data;
	size_t before = office.sms->count, after = 0;
	idle(office.sms); /* a claim that is under way would take them as they come */
	lane->channel.up = false;
	for (unsigned i = 0; i < MANY; i++) {
		struct took *t = write_in(office.sms, arena_printf(office.arena, "+86138000%05u", i), LAMP);
		UNTIL(t->done);
	}
	idle(office.sms);
	lane->batch = LENT_MAX;
	office.sms->mode = LINE_KEEP;
	assert_int_equal(sem_init(&held, 0, 0), 0);
	assert_int_equal(store_write(office.store, hold_run, NULL, NULL), 0);
	for (unsigned i = 0; i < jobs; i++)
		assert_int_equal(store_write(office.store, nothing_run, NULL, NULL), 0);
	office.sms->host->state(&office.sms->base, true, NULL);
	const struct store_job behind = { .run = nothing_run, .done = count_lent, .arg = &after, .write = true, .lane = lane->writes.lane };
	assert_int_equal(store_give(office.store, &behind), 0); /* its word comes before a second claim's */
	sem_post(&held);
	UNTIL(after > before);
	UNTIL(office.sms->count == before + MANY);
	sem_destroy(&held);
	return after - before;
}

static void answers_are_fetched_by_the_hundred_when_nobody_waits_for_the_store(void **state)
{
	(void)state;
	assert_int_equal(claimed_behind(0), 60);
}

/* A citizen's word is acknowledged before. */
static void answers_are_fetched_a_few_at_a_time_when_many_wait_for_the_store(void **state)
{
	(void)state;
	assert_int_equal(claimed_behind(MANY_JOBS), BATCH_FIRST);
}

/* --- claimed, and the channel's window is full --- */

static const char ZHANG[] = "+8613800138000";

static const char *held_reply(uint64_t *id)
{
	struct took *t = write_in(office.sms, ZHANG, LAMP);
	UNTIL(got(office.sms, ZHANG, "") == 1);
	idle(office.sms);
	office.sms->mode = LINE_FULL;
	*id = step(t->ticket, STEP_REPLY, "已经修好了").message;
	UNTIL(office.sms->full == 1);
	assert_int_equal(state_of(t->ticket, *id), OUT_SENDING);
	return t->ticket;
}

static void what_a_channel_has_no_room_for_waits_when_it_goes_down(void **state)
{
	(void)state;
	uint64_t id;
	const char *number = held_reply(&id);
	office.sms->host->state(&office.sms->base, false, "the link is gone");
	UNTIL(state_of(number, id) == OUT_QUEUED);
	idle(office.sms);
	office.sms->mode = LINE_ACCEPT;
	office.sms->host->ready(&office.sms->base);
	assert_int_equal(got(office.sms, ZHANG, "已经修好了"), 0);
	office.sms->host->state(&office.sms->base, true, "back");
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
	assert_int_equal(office.sms->said[office.sms->count - 1].attempt, 1);
}

/* The lease of this node's number ran out, as when its connection to the store hung: another settles what it was sending. */
static int settled_run(struct tx *tx, void *arg, struct err *e)
{
	size_t n;
	(void)arg;
	(void)e;
	return outbox_recover(tx, "sms", false, &n);
}

static void what_another_node_settled_meanwhile_is_not_lent_after_all(void **state)
{
	(void)state;
	uint64_t id;
	const char *number = held_reply(&id);
	struct lane *lane = office.sms->base.host_data;
	assert_int_equal(store_now(office.store, true, settled_run, NULL, NULL), 0);
	assert_non_null(lane->held);
	lane->held->since -= HELD_MS;
	office.sms->mode = LINE_ACCEPT;
	office.sms->host->ready(&office.sms->base);
	idle(office.sms);
	assert_int_equal(got(office.sms, ZHANG, "已经修好了"), 0);
	assert_int_equal(state_of(number, id), OUT_UNKNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_are_fetched_by_the_hundred_when_nobody_waits_for_the_store),
		TEST(answers_are_fetched_a_few_at_a_time_when_many_wait_for_the_store),
		TEST(what_a_channel_has_no_room_for_waits_when_it_goes_down),
		TEST(what_another_node_settled_meanwhile_is_not_lent_after_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
