/* RFC 6238, appendix B (SHA-1), and what a code is good for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/seal.h"
#include "gateway/base/totp.h"

static const char KEY[] = "12345678901234567890";
enum { KEY_LEN = sizeof KEY - 1 };

static void the_vectors_of_the_rfc(void **state)
{
	static const struct { int64_t at; uint32_t code; } vector[] = {
		{ 59, 94287082 }, { 1111111109, 7081804 }, { 1111111111, 14050471 }, { 1234567890, 89005924 }, { 2000000000, 69279037 },
		{ 20000000000, 65353130 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
		assert_int_equal(totp_code(KEY, KEY_LEN, (uint64_t)(vector[i].at / TOTP_STEP_S), 8), vector[i].code);
	assert_int_equal(totp_code(KEY, KEY_LEN, 59 / TOTP_STEP_S, 6), 287082);
}

static void a_code_serves_one_step_each_way_and_once(void **state)
{
	(void)state;
	assert_int_equal(totp_find(KEY, KEY_LEN, "287082", 59000, 0), 1);
	assert_int_equal(totp_find(KEY, KEY_LEN, "287 082", 89000, 0), 1);
	assert_int_equal(totp_find(KEY, KEY_LEN, "287082", 119000, 0), -1); /* two steps late */
	assert_int_equal(totp_find(KEY, KEY_LEN, "287082", 59000, 1), -1);  /* used before */
}

static void what_is_not_six_digits_is_no_code(void **state)
{
	(void)state;
	assert_int_equal(totp_find(KEY, KEY_LEN, "", 59000, 0), -1);
	assert_int_equal(totp_find(KEY, KEY_LEN, "28708", 59000, 0), -1);
	assert_int_equal(totp_find(KEY, KEY_LEN, "2870820", 59000, 0), -1);
	assert_int_equal(totp_find(KEY, KEY_LEN, "28708x", 59000, 0), -1);
	assert_int_equal(totp_find(KEY, KEY_LEN, "0x2870", 59000, 0), -1);
}

static void a_sealed_secret_opens_for_its_owner_only(void **state)
{
	struct secret one = { { 1 } }, two = { { 2 } };
	char sealed[SEAL_TEXT];
	uint8_t out[SEAL_PLAIN_MAX];
	(void)state;
	seal(&one, "totp", "chen", KEY, KEY_LEN, sealed);
	assert_int_equal(seal_open(&one, "totp", "chen", sealed, out), KEY_LEN);
	assert_memory_equal(out, KEY, KEY_LEN);
	assert_int_equal(seal_open(&one, "totp", "li", sealed, out), E_DENIED);
	assert_int_equal(seal_open(&one, "other", "chen", sealed, out), E_DENIED);
	assert_int_equal(seal_open(&two, "totp", "chen", sealed, out), E_DENIED);
	sealed[30] = sealed[30] == '0' ? '1' : '0';
	assert_int_equal(seal_open(&one, "totp", "chen", sealed, out), E_DENIED);
	assert_int_equal(seal_open(&one, "totp", "chen", "", out), E_DENIED);
	assert_int_equal(seal_open(&one, "totp", "chen", "zz", out), E_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc),
		cmocka_unit_test(a_code_serves_one_step_each_way_and_once),
		cmocka_unit_test(what_is_not_six_digits_is_no_code),
		cmocka_unit_test(a_sealed_secret_opens_for_its_owner_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
