/* Receipts that fit no message of ours. */
#include "gateway/flow/unmatched.h"
#include "gateway/store/receipt.h"
#include "tests/unit/flow/office.h"

static const char ZHANG[] = "+8613800138000";

struct moment { int64_t at; const char *id; };

static int receive_run(struct tx *tx, void *arg, struct err *e)
{
	const struct moment *l = arg;
	(void)e;
	tx_set_now(tx, l->at);
	int rc = outbox_receipt(tx, "sms", &(struct receipt){ .external_id = l->id, .state = OUT_DELIVERED });
	return rc == E_NOTFOUND ? 0 : rc;
}

static void receive_at(int64_t at, const char *id)
{
	struct moment l = { at, id };
	assert_int_equal(store_now(office.store, true, receive_run, &l, NULL), 0);
}

static int find_run(struct tx *tx, void *arg, struct err *e)
{
	const struct moment *l = arg;
	(void)e;
	tx_set_now(tx, l->at);
	int rc = unmatched_find(tx, &office.flow->unmatched);
	if (rc == 0)
		unmatched_tell(office.flow);
	return rc;
}

static void look_at(int64_t at)
{
	struct moment l = { .at = at };
	assert_int_equal(store_now(office.store, true, find_run, &l, NULL), 0);
}

static int64_t unmatched(void)
{
	return metric_get(metric_counter("xinqiao_receipts_unmatched_total", "channel=\"sms\"", ""));
}

static void a_receipt_that_stays_without_its_message_is_counted_once_and_said_once_an_hour(void **state)
{
	(void)state;
	int64_t now = clock_now(), before = unmatched();
	struct lane *lane = office.sms->base.host_data;
	receive_at(now, "0000043969");
	look_at(now + RECEIPT_WAIT_MS - 1); /* the answer to its send may still come */
	assert_int_equal(unmatched(), before);
	assert_int_equal(lane->unmatched_said, 0);
	look_at(now + RECEIPT_WAIT_MS);
	assert_int_equal(unmatched(), before + 1);
	int64_t said = lane->unmatched_said;
	assert_true(said >= now);
	look_at(now + RECEIPT_WAIT_MS + 10000);
	assert_int_equal(unmatched(), before + 1);
	receive_at(now + 20000, "0000043970");
	look_at(now + RECEIPT_WAIT_MS + 20000);
	assert_int_equal(unmatched(), before + 2);
	assert_int_equal(lane->unmatched_said, said);
}

static void a_receipt_that_came_before_the_answer_to_its_send_is_not_counted(void **state)
{
	(void)state;
	int64_t now = clock_now(), before = unmatched();
	struct lane *lane = office.sms->base.host_data;
	office.sms->ids[0] = "abc1";
	office.sms->id_count = 1;
	struct took *t = write_in(office.sms, ZHANG, "路灯坏了");
	UNTIL(t->done);
	UNTIL(lane->sent_id[0]);
	idle(office.sms); /* what became of the send is stored */
	receive_at(now, lane->sent_id); /* fits */
	look_at(now + RECEIPT_WAIT_MS);
	assert_int_equal(unmatched(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_begin, office_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_receipt_that_stays_without_its_message_is_counted_once_and_said_once_an_hour),
		TEST(a_receipt_that_came_before_the_answer_to_its_send_is_not_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
