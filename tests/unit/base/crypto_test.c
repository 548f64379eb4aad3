#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/crypto.h"
#include "tests/unit/base/temp.h"

/* FIPS 180-2, appendix B. */
static void sha256_gives_the_published_sums(void **state)
{
	(void)state;
	uint8_t sum[SHA256_LEN];
	char hex[HEX_SHA256];
	crypto_sha256("abc", 3, sum);
	assert_string_equal(
		crypto_hex(sum, sizeof sum, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256(NULL, 0, sum);
	assert_string_equal(
		crypto_hex(sum, sizeof sum, hex), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void check_mac(const void *key, size_t key_len, const void *p, size_t n, const char *want)
{
	uint8_t mac[SHA256_LEN];
	char hex[HEX_SHA256];
	crypto_hmac_sha256(key, key_len, p, n, mac);
	assert_string_equal(crypto_hex(mac, sizeof mac, hex), want);
	struct crypto_mac *m = key_len ? crypto_mac_create(key, key_len) : NULL;
	for (int again = 0; m && again < 2; again++) { /* the key stays, what was hashed does not */
		memset(mac, 0, sizeof mac);
		crypto_mac(m, p, n, mac);
		assert_string_equal(crypto_hex(mac, sizeof mac, hex), want);
	}
	crypto_mac_destroy(&m);
}

/* RFC 4231, sections 4.2 to 4.4, 4.7 and 4.8. */
static void hmac_gives_the_published_macs(void **state)
{
	(void)state;
	uint8_t key[131], data[50];
	memset(key, 0x0b, 20);
	check_mac(key, 20, "Hi There", 8, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	check_mac("Jefe", 4, "what do ya want for nothing?", 28,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof key);
	memset(data, 0xdd, sizeof data);
	check_mac(key, 20, data, 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
	const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
	check_mac(key, 131, text, strlen(text), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	text = "This is a test using a larger than block-size key and a larger than block-size data. "
		"The key needs to be hashed before being used by the HMAC algorithm.";
	check_mac(key, 131, text, strlen(text), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

static void an_empty_key_is_a_key(void **state)
{
	(void)state;
	check_mac("x", 1, "", 0, "f27e6527d6b8408430a666b746070c307f542bb54ee7e6dcb303f3e52c0b09fb");
	check_mac("", 0, "", 0, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 4648, section 10, in lower case and without padding. */
/* RFC 2202, test cases 1 and 2. */
static void hmac_sha1_gives_the_published_macs(void **state)
{
	uint8_t mac[SHA1_LEN];
	char hex[2 * SHA1_LEN + 1];
	(void)state;
	crypto_hmac_sha1("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", 20, "Hi There", 8, mac);
	assert_string_equal(crypto_hex(mac, sizeof mac, hex), "b617318655057264e28bc0b6fb378c8ef146be00");
	crypto_hmac_sha1("Jefe", 4, "what do ya want for nothing?", 28, mac);
	assert_string_equal(crypto_hex(mac, sizeof mac, hex), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

/* RFC 4648, section 10. */
static void base64_gives_the_published_texts(void **state)
{
	static const char *const want[] = { "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	char out[9];
	(void)state;
	for (size_t n = 0; n <= 6; n++)
		assert_string_equal(crypto_base64("foobar", n, out), want[n]);
	assert_string_equal(crypto_base64(NULL, 0, out), "");
}

static void base32_gives_the_published_texts_and_reads_them(void **state)
{
	(void)state;
	static const char *const want[] = { "", "my", "mzxq", "mzxw6", "mzxw6yq", "mzxw6ytb", "mzxw6ytboi" };
	for (size_t n = 0; n <= 6; n++) {
		char out[16];
		uint8_t back[8];
		size_t got;
		assert_string_equal(crypto_base32("foobar", n, out), want[n]);
		assert_int_equal(crypto_base32_decode(out, strlen(out), back, n, &got), 0);
		assert_int_equal(got, n);
		assert_memory_equal(back, "foobar", n);
	}
}

static void base32_reads_only_what_it_writes_in_either_case(void **state)
{
	(void)state;
	uint8_t out[8];
	size_t n;
	assert_int_equal(crypto_base32_decode("MZXW6YTB", 8, out, 8, &n), 0);
	assert_memory_equal(out, "fooba", 5);
	assert_int_equal(crypto_base32_decode("mzxw6ytb", 8, out, 4, &n), E_RANGE);
	static const char *const bad[] = { "a", "aaa", "aaaaaa", "m", "mzx", "mzxw6y", "mz", "my======", "m1", "m8", "m!", "m{", "m@" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(crypto_base32_decode(bad[i], strlen(bad[i]), out, 8, &n), E_MALFORMED);
}

static void unhex_wants_exactly_its_digits(void **state)
{
	(void)state;
	uint8_t out[3];
	assert_int_equal(crypto_unhex("00fFa9", out, 3), 0);
	assert_memory_equal(out, "\x00\xff\xa9", 3);
	static const char *const bad[] = { "", "00", "00fFa", "00fFa90", "00fFag", "00fF:9", " 0fFa9", "00fF a" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(crypto_unhex(bad[i], out, 3), E_MALFORMED);
}

static void random_bytes_differ(void **state)
{
	(void)state;
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	crypto_random(a, sizeof a);
	crypto_random(b, sizeof b);
	assert_false(crypto_equal(a, b, sizeof a));
	assert_true(crypto_equal(a, a, sizeof a));
}

static const struct secret secret = { { 1, 2, 3 } }, other = { { 1, 2, 4 } };

static void a_mark_is_accepted_with_its_payload(void **state)
{
	(void)state;
	char mark[64];
	mark_sign(&secret, "mail", "t20261122.7", 16, mark, sizeof mark);
	assert_int_equal(strlen(mark), 11 + 1 + 16);
	assert_int_equal(mark_check(&secret, "mail", mark, 16), 11);
	mark_sign(&secret, "mail", "", 16, mark, sizeof mark);
	assert_int_equal(mark_check(&secret, "mail", mark, 16), 0);
}

static void any_changed_character_of_a_mark_is_noticed(void **state)
{
	(void)state;
	char mark[64];
	mark_sign(&secret, "mail", "t20261122", 16, mark, sizeof mark);
	for (size_t i = 0; mark[i]; i++) {
		char was = mark[i];
		mark[i] = was == '2' ? '3' : '2';
		assert_int_equal(mark_check(&secret, "mail", mark, 16), E_DENIED);
		mark[i] = was;
	}
	assert_int_equal(mark_check(&other, "mail", mark, 16), E_DENIED);
	assert_int_equal(mark_check(&secret, "rate", mark, 16), E_DENIED);
	assert_int_equal(mark_check(&secret, "mail", mark, 12), E_DENIED);
	assert_int_equal(mark_check(&secret, "mail", mark + 1, 16), E_DENIED);
	assert_int_equal(mark_check(&secret, "mail", "", 16), E_DENIED);
	assert_int_equal(mark_check(&secret, "mail", "t.x", 16), E_DENIED);
}

static void the_border_of_purpose_and_payload_counts(void **state)
{
	(void)state;
	char a[64], b[64];
	mark_sign(&secret, "ab", "c", 16, a, sizeof a);
	mark_sign(&secret, "a", "bc", 16, b, sizeof b);
	assert_string_not_equal(strchr(a, '.'), strchr(b, '.'));
}

static void mail_systems_may_fold_the_case_of_a_mark(void **state)
{
	(void)state;
	char mark[64];
	mark_sign(&secret, "mail", "T20261122-Ab", 16, mark, sizeof mark);
	for (char *p = mark; *p; p++)
		assert_false(*p >= 'A' && *p <= 'Z');
	assert_int_equal(mark_check(&secret, "mail", mark, 16), 12);
	for (char *p = mark; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
	assert_int_equal(mark_check(&secret, "mail", mark, 16), 12);
}

static void a_secret_is_made_once_for_its_owner_only(void **state)
{
	(void)state;
	struct secret a, b;
	struct stat st;
	struct err e;
	char *path = temp_path("deep/er/secret.key");
	assert_int_equal(secret_load(&a, path, &e), E_NOTFOUND);
	assert_int_equal(secret_make(&a, path, &e), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(secret_load(&b, path, &e), 0);
	assert_memory_equal(&a, &b, sizeof a);
	assert_int_equal(secret_make(&b, path, &e), E_EXISTS);
	assert_int_equal(secret_load(&b, path, &e), 0);
	assert_memory_equal(&a, &b, sizeof a);
	free(path);
}

static void a_secret_that_everybody_may_read_is_refused(void **state)
{
	(void)state;
	struct secret s;
	struct err e;
	char *path = temp_path("open.key");
	assert_int_equal(secret_make(&s, path, &e), 0);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(secret_load(&s, path, &e), E_CONFIG);
	assert_non_null(strstr(e.words, "chmod 600"));
	assert_int_equal(chmod(path, 0640), 0); /* a group's is its administrator's word */
	assert_int_equal(secret_load(&s, path, &e), 0);
	free(path);
}

static void a_damaged_secret_is_refused_and_kept(void **state)
{
	(void)state;
	struct secret s;
	struct err e;
	char *path = temp_file("damaged.key", "0123456789abcdef\n");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(secret_load(&s, path, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, "damaged.key"));
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 17);
	free(path);
}

static void a_password_is_known_by_its_hash_alone(void **state)
{
	(void)state;
	char a[PASSWORD_HASH_MAX], b[PASSWORD_HASH_MAX];
	struct err e;
	assert_int_equal(crypto_password_hash("\xE5\xBF\x83 horse", a, &e), 0);
	assert_int_equal(crypto_password_hash("\xE5\xBF\x83 horse", b, &e), 0);
	assert_string_not_equal(a, b);
	assert_int_equal(strncmp(a, "scrypt$16384$8$1$", 17), 0);
	assert_true(crypto_password_check("\xE5\xBF\x83 horse", a));
	assert_false(crypto_password_check("\xE5\xBF\x83 Horse", a));
	assert_false(crypto_password_check("", a));
}

static void a_hash_out_of_shape_opens_nothing(void **state)
{
	(void)state;
	char hash[PASSWORD_HASH_MAX], bad[PASSWORD_HASH_MAX + 8];
	struct err e;
	assert_int_equal(crypto_password_hash("x", hash, &e), 0);
	snprintf(bad, sizeof bad, "%s0", hash);
	assert_false(crypto_password_check("x", bad));
	snprintf(bad, sizeof bad, "scrypt$9999999$8$1%s", strchr(hash + 14, '$'));
	assert_false(crypto_password_check("x", bad));
	hash[strlen(hash) - 1] = '\0';
	assert_false(crypto_password_check("x", hash));
	assert_false(crypto_password_check("x", ""));
	assert_false(crypto_password_check("x", "x"));
	assert_false(crypto_password_check("x", "scrypt$16384$8$1$$"));
	char huge[1026];
	memset(huge, 'x', sizeof huge);
	huge[1025] = '\0';
	assert_int_equal(crypto_password_hash(huge, hash, &e), E_RANGE);
	assert_int_equal(crypto_password_hash("", hash, &e), E_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_published_sums),
		cmocka_unit_test(hmac_gives_the_published_macs),
		cmocka_unit_test(hmac_sha1_gives_the_published_macs),
		cmocka_unit_test(base64_gives_the_published_texts),
		cmocka_unit_test(an_empty_key_is_a_key),
		cmocka_unit_test(base32_gives_the_published_texts_and_reads_them),
		cmocka_unit_test(base32_reads_only_what_it_writes_in_either_case),
		cmocka_unit_test(unhex_wants_exactly_its_digits),
		cmocka_unit_test(random_bytes_differ),
		cmocka_unit_test(a_mark_is_accepted_with_its_payload),
		cmocka_unit_test(any_changed_character_of_a_mark_is_noticed),
		cmocka_unit_test(the_border_of_purpose_and_payload_counts),
		cmocka_unit_test(mail_systems_may_fold_the_case_of_a_mark),
		cmocka_unit_test_setup_teardown(a_secret_is_made_once_for_its_owner_only, temp_setup, temp_teardown),
		cmocka_unit_test_setup_teardown(a_secret_that_everybody_may_read_is_refused, temp_setup, temp_teardown),
		cmocka_unit_test_setup_teardown(a_damaged_secret_is_refused_and_kept, temp_setup, temp_teardown),
		cmocka_unit_test(a_password_is_known_by_its_hash_alone),
		cmocka_unit_test(a_hash_out_of_shape_opens_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
