/* The published vectors, and what a stranger may try with an envelope. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/wechat/seal.h"

#define KEY_A "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
#define CIPHER_A "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="

static struct envelope_key key_of(const char *token, const char *aes, const char *id)
{
	struct envelope_key k = { .token = token, .id = id, .has_aes = true };
	assert_true(envelope_key_read(aes, k.aes));
	return k;
}

static struct buf out;

static int opened(const struct envelope_key *k, const char *text)
{
	buf_fini(&out);
	buf_init(&out, ENVELOPE_MAX);
	return envelope_open(k, text, strlen(text), &out);
}

static int end(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static void vector_a_the_java_sample(void **state)
{
	(void)state;
	struct envelope_key k = key_of("pamtest", KEY_A, "wxb11529c136998cb6");
	assert_int_equal(opened(&k, CIPHER_A), 0);
	assert_string_equal(buf_str(&out), "我是中文abcd123");
	assert_true(envelope_signed(&k, "1409304348", "xxxxxx", CIPHER_A, "82c962d39941aa48552f90ef55aa323dc620cc10"));
	char *again = seal(&k, "aaaabbbbccccdddd", "我是中文abcd123");
	assert_string_equal(again, CIPHER_A);
	free(again);
}

static void vector_b_the_address_check(void **state)
{
	(void)state;
	static const char echo[] = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==";
	struct envelope_key k = key_of("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7");
	assert_true(envelope_signed(&k, "1409659589", "263014780", echo, "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3"));
	assert_int_equal(opened(&k, echo), 0);
	assert_string_equal(buf_str(&out), "1616140317555161061");
	char *again = seal(&k, "c41b64491c2468d0", "1616140317555161061");
	assert_string_equal(again, echo);
	free(again);
}

static void vector_n_an_independent_implementation_signs_alike(void **state)
{
	(void)state;
	char signature[ENVELOPE_SIGNATURE + 1];
	envelope_sign("RMNlACHlV5ThzfRlVS4D4", "timestamp", "nonce", "encrypt", signature);
	assert_string_equal(signature, "8edac0945683c119ee71c9f6256d76c48aa08a96");
}

static void spare_bits_of_the_keys_last_character_are_no_matter(void **state)
{
	(void)state;
	uint8_t a[AES_KEY_LEN], b[AES_KEY_LEN];
	assert_true(envelope_key_read("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFE", a)); /* E 000100, G 000110 */
	assert_true(envelope_key_read(KEY_A, b));
	assert_memory_equal(a, b, sizeof a);
	assert_false(envelope_key_read("abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", a));
	assert_false(envelope_key_read("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH", a));
	assert_false(envelope_key_read("abcdefghijklmnopqrstuvwxyz 123456789ABCDEFG", a));
	assert_false(envelope_key_read("", a));
}

static void every_length_over_the_padding_borders_comes_back(void **state)
{
	(void)state;
	struct envelope_key k = key_of("t", KEY_A, "wx0123456789abcdef");
	char text[100];
	for (size_t n = 0; n < 99; n++) {
		memset(text, 'x', n);
		text[n] = '\0';
		char *sealed = seal(&k, "0123456789abcdef", text);
		assert_int_equal(opened(&k, sealed), 0);
		assert_string_equal(buf_str(&out), text);
		free(sealed);
	}
}

static void another_apps_message_is_denied(void **state)
{
	(void)state;
	struct envelope_key k = key_of("t", KEY_A, "wx0123456789abcdef"), longer = k, shorter = k, other = k;
	longer.id = "wx0123456789abcdef0";
	shorter.id = "wx0123456789abcde";
	other.id = "wx0123456789abcdeF";
	char *sealed = seal(&k, "0123456789abcdef", "text");
	assert_int_equal(opened(&k, sealed), 0);
	assert_int_equal(opened(&longer, sealed), E_DENIED);
	assert_int_equal(opened(&shorter, sealed), E_DENIED);
	assert_int_equal(opened(&other, sealed), E_DENIED);
	free(sealed);
}

static void padding_that_was_tampered_with_is_denied(void **state)
{
	(void)state;
	struct envelope_key k = key_of("t", KEY_A, "wx0123456789abcdef");
	size_t n;
	uint8_t *frame = seal_plain("0123456789abcdef", "text", k.id, &n);
	size_t pad = frame[n - 1];
	for (size_t i = 1; i <= pad; i++) { /* each byte of it is looked at */
		uint8_t was = frame[n - i];
		frame[n - i] ^= 1;
		char *sealed = seal_frame(k.aes, frame, n);
		assert_int_equal(opened(&k, sealed), E_DENIED);
		free(sealed);
		frame[n - i] = was;
	}
	static const uint8_t lasts[] = { 0, 33, 64, 255 };
	for (size_t i = 0; i < sizeof lasts; i++) {
		frame[n - 1] = lasts[i];
		char *sealed = seal_frame(k.aes, frame, n);
		assert_int_equal(opened(&k, sealed), E_DENIED);
		free(sealed);
	}
	free(frame);
}

static void a_length_that_lies_is_denied(void **state)
{
	(void)state;
	struct envelope_key k = key_of("t", KEY_A, "wx0123456789abcdef");
	static const uint32_t lies[] = { 0, 3, 5, 100, 0x7FFFFFFF, 0xFFFFFFFF };
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		size_t n;
		uint8_t *frame = seal_plain("0123456789abcdef", "text", k.id, &n);
		for (unsigned b = 0; b < 4; b++)
			frame[16 + b] = (uint8_t)(lies[i] >> (24 - 8 * b));
		char *sealed = seal_frame(k.aes, frame, n);
		assert_int_equal(opened(&k, sealed), E_DENIED);
		free(sealed);
		free(frame);
	}
}

static void base64_that_is_cut_or_foreign_is_denied(void **state)
{
	(void)state;
	struct envelope_key k = key_of("pamtest", KEY_A, "wxb11529c136998cb6");
	char text[sizeof CIPHER_A];
	for (size_t n = 0; n < sizeof CIPHER_A - 1; n++) {
		memcpy(text, CIPHER_A, n);
		text[n] = '\0';
		assert_int_equal(opened(&k, text), E_DENIED);
	}
	static const char foreign[] = "-_ \n=%.";
	for (size_t i = 0; i < sizeof foreign - 1; i++) {
		memcpy(text, CIPHER_A, sizeof text);
		text[20] = foreign[i];
		assert_int_equal(opened(&k, text), E_DENIED);
	}
}

static void a_signature_counts_only_whole_and_right(void **state)
{
	(void)state;
	struct envelope_key k = key_of("RMNlACHlV5ThzfRlVS4D4", KEY_A, "wx");
	char s[] = "8edac0945683c119ee71c9f6256d76c48aa08a96";
	assert_true(envelope_signed(&k, "timestamp", "nonce", "encrypt", s));
	assert_false(envelope_signed(&k, "timestamp", "nonce", "encrypt", "8edac0945683c119ee71c9f6256d76c48aa08a9"));
	assert_false(envelope_signed(&k, "timestamp", "nonce", "encrypt", "8edac0945683c119ee71c9f6256d76c48aa08a966"));
	assert_false(envelope_signed(&k, "timestamp", "nonce", "encrypt", NULL));
	assert_false(envelope_signed(&k, NULL, "nonce", "encrypt", s));
	assert_false(envelope_signed(&k, "", "nonce", "encrypt", s));
	assert_false(envelope_signed(&k, "timestamp", "nonce", "encrypt2", s));
	s[39] ^= 1;
	assert_false(envelope_signed(&k, "timestamp", "nonce", "encrypt", s));
	k.token = NULL;
	assert_false(envelope_signed(&k, "timestamp", "nonce", "encrypt", s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vector_a_the_java_sample),
		cmocka_unit_test(vector_b_the_address_check),
		cmocka_unit_test(vector_n_an_independent_implementation_signs_alike),
		cmocka_unit_test(spare_bits_of_the_keys_last_character_are_no_matter),
		cmocka_unit_test(every_length_over_the_padding_borders_comes_back),
		cmocka_unit_test(another_apps_message_is_denied),
		cmocka_unit_test(padding_that_was_tampered_with_is_denied),
		cmocka_unit_test(a_length_that_lies_is_denied),
		cmocka_unit_test(base64_that_is_cut_or_foreign_is_denied),
		cmocka_unit_test(a_signature_counts_only_whole_and_right),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
