/* A QR code as a path: whether it can be read, the browser's test finds out with a decoder of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/qr.h"

static void a_short_text_is_the_smallest_code_and_begins_with_the_corner(void **state)
{
	struct buf path;
	struct err e = { 0 };
	unsigned size = 0;
	(void)state;
	buf_init(&path, 64 * 1024);
	assert_int_equal(qr_path("12345", &path, &size, &e), 0);
	assert_int_equal(size, 21);
	assert_memory_equal(buf_str(&path), "M0 0h7v1h-7z", 12);
	assert_non_null(strstr(buf_str(&path), "M14 0h7v1h-7z"));
	assert_non_null(strstr(buf_str(&path), "M0 20h7v1h-7z"));
	buf_fini(&path);
}

static void a_text_that_is_too_long_is_refused(void **state)
{
	char text[QR_TEXT_MAX + 2];
	struct buf path;
	struct err e = { 0 };
	unsigned size = 0;
	(void)state;
	memset(text, 'a', sizeof text);
	text[QR_TEXT_MAX + 1] = '\0';
	buf_init(&path, 256 * 1024);
	assert_int_equal(qr_path(text, &path, &size, &e), E_RANGE);
	text[QR_TEXT_MAX] = '\0';
	assert_int_equal(qr_path(text, &path, &size, &e), 0);
	assert_false(path.overflow);
	buf_fini(&path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_text_is_the_smallest_code_and_begins_with_the_corner),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
