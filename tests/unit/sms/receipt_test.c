#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/receipt.h"

static void text_forms_of_many_vendors_are_read(void **state)
{
	(void)state;
	static const struct { const char *text, *id, *stat, *err; } rows[] = {
		{ "id:0123456789 sub:001 dlvrd:001 submit date:2611221030 done date:2611221031 stat:DELIVRD err:000 text:Hello",
			"0123456789",
			"DELIVRD", "000" },
		{ "id:abcDEF sub:001 dlvrd:000 submit date:261122103000 done date:261122103111 stat:UNDELIV err:045 text:", "abcDEF",
			"UNDELIV", "045" },
		{ "ID:77 STAT:EXPIRED ERR:1", "77", "EXPIRED", "1" },
		{ "Id: 77 Sub: 001 Dlvrd: 001 Submit Date: 2611221030 Done Date: 2611221031 Stat: DELIVRD Err: 000 Text: x", "77",
			"DELIVRD",
			"000" },
		{ "id:77 submit_date:2611221030 done_date:2611221031 stat:REJECTD err:12", "77", "REJECTD", "12" },
		{ "stat:DELIVRD id:77", "77", "DELIVRD", "" },
		{ "id=77 stat=DELIVRD err=0", "77", "DELIVRD", "0" },
		{ "id:77,sub:1,stat:DELIVRD,err:0", "77", "DELIVRD", "0" },
		{ "id:77\nstat:DELIVRD\nerr:000", "77", "DELIVRD", "000" },
		{ "id:77 sub: dlvrd: submit date: done date: stat:DELIVRD err: text:", "77", "DELIVRD", "" },
		{ "id: sub:001 stat:DELIVRD", "", "DELIVRD", "" },
		{ "id:77 stat:MA:0001 err:999", "77", "MA:0001", "999" },
		{ "id:77 stat:DELIVRD err:000 text:id:99 stat:FAILED err:1", "77", "DELIVRD", "000" },
		{ "id:77", "77", "", "" },
		{ "id:6F0C-44b1-9a stat:DELIVRD", "6F0C-44b1-9a", "DELIVRD", "" },
		{ "  id:77   stat:ACCEPTD  ", "77", "ACCEPTD", "" }
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct receipt_text r;
		assert_true(receipt_read(rows[i].text, strlen(rows[i].text), &r));
		assert_string_equal(r.id, rows[i].id);
		assert_string_equal(r.stat, rows[i].stat);
		assert_string_equal(r.err, rows[i].err);
	}
}

static void other_texts_are_no_receipts(void **state)
{
	(void)state;
	static const char *const rows[] = { "", "hello", "my grid: stats: paid:7", "text:id:7 stat:DELIVRD", "id", "id:",
		"路灯坏了" };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct receipt_text r;
		assert_false(receipt_read(rows[i], strlen(rows[i]), &r));
	}
}

static void dates_of_ten_and_twelve_digits_are_beijing_time(void **state)
{
	(void)state;
	struct receipt_text r;
	const char *ten = "id:7 done date:2611221031 stat:DELIVRD", *twelve = "id:7 done date:261122103105 stat:DELIVRD";
	const char *odd = "id:7 done date:26112210 stat:DELIVRD", *wrong = "id:7 done date:2699991031 stat:DELIVRD";
	assert_true(receipt_read(ten, strlen(ten), &r));
	assert_int_equal(r.done_at, 1795314660000); /* 2026-11-22T02:31Z */
	assert_true(receipt_read(twelve, strlen(twelve), &r));
	assert_int_equal(r.done_at, 1795314665000);
	assert_true(receipt_read(odd, strlen(odd), &r));
	assert_int_equal(r.done_at, 0);
	assert_true(receipt_read(wrong, strlen(wrong), &r));
	assert_int_equal(r.done_at, 0);
}

static void long_values_are_cut_not_overrun(void **state)
{
	(void)state;
	char text[400];
	struct receipt_text r;
	memset(text, 'x', sizeof text);
	memcpy(text, "id:", 3);
	assert_true(receipt_read(text, sizeof text, &r)); /* no NUL behind it */
	assert_int_equal(strlen(r.id), RECEIPT_ID_MAX - 1);
}

static void states_that_are_not_final_stay_accepted(void **state)
{
	(void)state;
	assert_int_equal(receipt_state("DELIVRD"), OUT_DELIVERED);
	assert_int_equal(receipt_state("delivrd"), OUT_DELIVERED);
	assert_int_equal(receipt_state("ENROUTE"), OUT_ACCEPTED);
	assert_int_equal(receipt_state("ACCEPTD"), OUT_ACCEPTED);
	assert_int_equal(receipt_state("EXPIRED"), OUT_EXPIRED);
	static const char *const failed[] = { "UNDELIV", "DELETED", "REJECTD", "FAILED", "UNKNOWN", "MB:1234", "" };
	for (size_t i = 0; i < sizeof failed / sizeof failed[0]; i++)
		assert_int_equal(receipt_state(failed[i]), OUT_FAILED);
	static const enum out_state by_number[] = { OUT_ACCEPTED, OUT_ACCEPTED, OUT_DELIVERED, OUT_EXPIRED, OUT_FAILED,
		OUT_FAILED,
		OUT_ACCEPTED, OUT_FAILED, OUT_FAILED, OUT_FAILED };
	for (unsigned i = 0; i < 10; i++) {
		const char *stat;
		assert_int_equal(receipt_state_of_number(i, &stat), by_number[i]);
		assert_int_equal(receipt_state(stat), by_number[i]);
	}
}

static void a_reason_names_the_carriers_code(void **state)
{
	(void)state;
	char reason[RECEIPT_REASON_MAX];
	receipt_reason(OUT_FAILED, "UNDELIV", "045", reason);
	assert_string_equal(reason, "UNDELIV err 045");
	receipt_reason(OUT_FAILED, "UNDELIV", "000", reason);
	assert_string_equal(reason, "UNDELIV");
	receipt_reason(OUT_DELIVERED, "DELIVRD", "000", reason);
	assert_string_equal(reason, "");
}

static void assert_same(enum receipt_ids mode, const char *resp, const char *receipt)
{
	char a[RECEIPT_ID_MAX], b[RECEIPT_ID_MAX];
	receipt_id(mode, false, resp, a);
	receipt_id(mode, true, receipt, b);
	assert_string_equal(a, b);
}

static void ids_in_two_notations_are_one_id(void **state)
{
	(void)state;
	assert_same(IDS_RAW, "0012AB", "0012ab");
	assert_same(IDS_RESP_HEX, "1A2B3C4D", "439041101");
	assert_same(IDS_RESP_HEX, "001a2b3c4d", "0439041101");
	assert_same(IDS_RECEIPT_HEX, "0439041101", "1A2B3C4D");
	assert_same(IDS_RESP_HEX, "FFFFFFFFFFFFFFFF", "18446744073709551615");
	assert_same(IDS_RESP_HEX, "not-a-number", "NOT-A-NUMBER");
	assert_same(IDS_RESP_HEX, "0", "0000");
	char a[RECEIPT_ID_MAX], b[RECEIPT_ID_MAX];
	receipt_id(IDS_RAW, false, "0012", a);
	receipt_id(IDS_RAW, true, "12", b);
	assert_string_not_equal(a, b); /* zeros count where nobody said these are numbers */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_forms_of_many_vendors_are_read),
		cmocka_unit_test(other_texts_are_no_receipts),
		cmocka_unit_test(dates_of_ten_and_twelve_digits_are_beijing_time),
		cmocka_unit_test(long_values_are_cut_not_overrun),
		cmocka_unit_test(states_that_are_not_final_stay_accepted),
		cmocka_unit_test(a_reason_names_the_carriers_code),
		cmocka_unit_test(ids_in_two_notations_are_one_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
