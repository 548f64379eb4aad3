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
	clock_look_back(office.flow);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_wrote_of_self_harm_and_a_reply_wait_no_longer_when_the_clock_is_put_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
