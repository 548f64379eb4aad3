/* What is kept aside for a reason is shown in the console by words: a code that has none there would be shown as it is. */
#ifndef XQ_TESTS_WORDED_H
#define XQ_TESTS_WORDED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <jansson.h>

static inline void assert_worded(const char *reason)
{
	static const char *const file[] = { "gateway/console/www/i18n/zh-CN.json", "gateway/console/www/i18n/en.json" };
	char key[100];
	(void)snprintf(key, sizeof key, "reason.%s", reason);
	for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
		json_t *words = json_load_file(file[i], 0, NULL);
		assert_non_null(words);
		if (json_object_get(words, key) == NULL)
			fail_msg("%s lacks %s", file[i], key);
		json_decref(words);
	}
}

#endif
