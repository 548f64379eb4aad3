/* A machine's clock that jumps. */
#include "gateway/flow/clockwork.h"
#include "gateway/store/docket.h"
#include "gateway/store/drafts.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000";
static const int64_t HOUR = 3600 * 1000, UNDO_MS = 5000, CARE_MS = 10 * 60 * 1000;

static int end(void **state)
{
	clock_adjust(0);
	return office_teardown(state);
}

/* By the clock of this process, as if its machine's had been put forward or back. */
static void clock_jumps(int64_t by)
{
	clock_adjust(clock_adjusted() + by);
	clock_look(office.flow);
	UNTIL(office.flow->clock_jobs == 0);
}

struct watch { uint64_t ticket; int64_t care, held; };

static int hold_run(struct tx *tx, void *arg, struct err *e)
{
	const struct watch *w = arg;
	struct held_row h = { .ticket = w->ticket, .staff = "li", .body = "{\"text\":\"x\"}", .send_at = tx_now(tx) + UNDO_MS };
	(void)e;
	return held_insert(tx, &h);
}

static int watch_run(struct tx *tx, void *arg, struct err *e)
{
	struct watch *w = arg;
	struct task_row k;
	struct held_row *h;
	size_t n;
	(void)e;
	int rc = task_get(tx, w->ticket, TASK_CARE, &k);
	if (rc < 0 || (rc = held_list(tx, w->ticket, &h, &n)) < 0 || n != 1)
		return rc < 0 ? rc : E_NOTFOUND;
	w->care = k.at;
	w->held = h[0].send_at;
	return 0;
}

static void who_wrote_of_self_harm_and_a_reply_wait_no_longer_when_the_clock_is_put_back(void **state)
{
	(void)state;
	if (store_shared(office.store)) /* there the clock is the database's */
		skip();
	UNTIL(office.flow->clock);
	clock_jumps(0);
	struct took *t = write_in(office.sms, ZHANG, "我不想活了，没人管我");
	struct watch w = { .ticket = see(t->ticket)->t.id };
	assert_int_equal(store_now(office.store, true, hold_run, &w, NULL), 0);
	clock_jumps(-HOUR);
	assert_int_equal(store_now(office.store, false, watch_run, &w, NULL), 0);
	assert_in_range(w.care, clock_now(), clock_now() + CARE_MS);
	assert_true(w.held <= clock_now() + UNDO_MS);
}

static const char *reply_while_down(uint64_t *id)
{
	struct took *t = write_in(office.sms, ZHANG, "人民路路口的路灯坏了三天没人修");
	UNTIL(got(office.sms, ZHANG, "") == 1);
	idle(office.sms);
	office.sms->host->state(&office.sms->base, false, "the link is down");
	*id = step(t->ticket, STEP_REPLY, "已经修好了").message;
	return t->ticket;
}

static void what_waits_does_not_expire_by_a_clock_that_is_days_ahead_for_a_moment(void **state)
{
	(void)state;
	uint64_t id;
	if (store_shared(office.store))
		skip();
	UNTIL(office.flow->clock);
	clock_jumps(0);
	const char *number = reply_while_down(&id);
	clock_jumps(5 * 24 * HOUR);
	ticks();
	assert_int_equal(state_of(number, id), OUT_QUEUED);
	office.sms->host->state(&office.sms->base, true, "back"); /* nor where it is to go out now */
	idle(office.sms);
	assert_int_equal(state_of(number, id), OUT_QUEUED);
	clock_jumps(-5 * 24 * HOUR);
	UNTIL(state_of(number, id) == OUT_ACCEPTED);
}

static void what_is_overdue_by_a_clock_that_stays_ahead_expires_a_while_later(void **state)
{
	(void)state;
	uint64_t id;
	if (store_shared(office.store))
		skip();
	UNTIL(office.flow->clock);
	clock_jumps(0);
	const char *number = reply_while_down(&id);
	clock_jumps(5 * 24 * HOUR);
	assert_true(clock_doubted(office.flow));
	office.flow->doubt_until = clock_monotonic();
	ticks();
	assert_int_equal(state_of(number, id), OUT_EXPIRED);
	assert_true(has_event(number, "undelivered", ""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_wrote_of_self_harm_and_a_reply_wait_no_longer_when_the_clock_is_put_back),
		TEST(what_waits_does_not_expire_by_a_clock_that_is_days_ahead_for_a_moment),
		TEST(what_is_overdue_by_a_clock_that_stays_ahead_expires_a_while_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
