/* What a message to a citizen may carry, and the references of uploaded files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/model/file_ref.h"

static const struct attachment_limits pictures = { 2, 1000, 1500, "image/jpeg, image/png", true };
static const struct secret key = { .key = { 7 } };
static const char sha[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static const char *refused(const struct attachment_limits *l, const struct msg_attachment *a, size_t n)
{
	static struct err e;
	e = (struct err){ 0 };
	assert_int_equal(attachment_allowed(l, a, n, &e), E_RANGE);
	return e.words;
}

static void what_a_channel_does_not_carry_is_named(void **state)
{
	(void)state;
	struct err e = { 0 };
	const struct attachment_limits none = { 0 };
	const struct msg_attachment png = { "a.png", "image/png", sha, 900 }, pdf = { "b.pdf", "application/pdf", sha, 10 },
		big = { "c.png", "image/PNG", sha, 1001 }, hollow = { "d.png", "image/png", sha, 0 };
	const struct msg_attachment two[] = { png, png }, three[] = { png, png, png };
	assert_int_equal(attachment_allowed(&none, NULL, 0, &e), 0);
	assert_int_equal(attachment_allowed(&pictures, &png, 1, &e), 0);
	assert_non_null(strstr(refused(&none, &png, 1), "carries none"));
	assert_non_null(strstr(refused(&pictures, &pdf, 1), "'b.pdf' is application/pdf"));
	assert_non_null(strstr(refused(&pictures, &big, 1), "'c.png' is too large"));
	assert_non_null(strstr(refused(&pictures, &hollow, 1), "'d.png' is empty"));
	assert_non_null(strstr(refused(&pictures, three, 3), "2 with one message"));
	assert_non_null(strstr(refused(&pictures, two, 2), "together"));
	assert_int_equal(attachment_allowed(&pictures, two, 2, &e), E_RANGE);
	assert_string_equal(e.rule, "files-together"); /* each of them passed the page's own look */
}

static void a_type_is_found_whole(void **state)
{
	(void)state;
	assert_true(attachment_listed("image/jpeg, image/png", "image/png"));
	assert_true(attachment_listed("image/jpeg", "IMAGE/JPEG"));
	assert_false(attachment_listed("image/jpeg2, image/png", "image/jpeg"));
	assert_false(attachment_listed("image/jpeg", "image/jpeg2"));
	assert_false(attachment_listed("", "image/jpeg"));
	assert_true(attachment_listed(ATTACHMENT_TYPES, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"));
}

static void a_mail_is_known_by_its_type_or_its_name(void **state)
{
	(void)state;
	assert_true(attachment_is_mail("message/rfc822", "words"));
	assert_true(attachment_is_mail("text/html", "mail.eml"));
	assert_true(attachment_is_mail("text/plain", "RE.EML"));
	assert_true(attachment_is_mail("application/x-ole-storage", "re.msg"));
	assert_false(attachment_is_mail("text/plain", "eml"));
	assert_false(attachment_is_mail("image/png", "mail.eml.png"));
}

static void a_reference_comes_back_for_its_purpose_only(void **state)
{
	(void)state;
	char ref[FILE_REF_MAX];
	struct file_ref f = { .size = 0 };
	const struct msg_attachment a = { "照片.png", "image/png", sha, 123456789012 };
	file_ref_write(&key, "answer 1", &a, ref);
	assert_true(file_ref_read(&key, "answer 1", ref, "../照片.png", 1, &f));
	assert_string_equal(f.sha256, sha);
	assert_string_equal(f.type, "image/png");
	assert_string_equal(f.name, "照片.png");
	assert_int_equal(f.size, 123456789012);
	assert_false(file_ref_read(&key, "answer 2", ref, "a", 1, &f));
	assert_false(file_ref_read(&(struct secret){ .key = { 8 } }, "answer 1", ref, "a", 1, &f));
	ref[70] ^= 1;
	assert_false(file_ref_read(&key, "answer 1", ref, "a", 1, &f));
	assert_false(file_ref_read(&key, "answer 1", "", "a", 1, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_channel_does_not_carry_is_named),
		cmocka_unit_test(a_type_is_found_whole),
		cmocka_unit_test(a_mail_is_known_by_its_type_or_its_name),
		cmocka_unit_test(a_reference_comes_back_for_its_purpose_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
