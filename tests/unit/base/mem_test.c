#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

static void strings_of_null_stay_null(void **state)
{
	(void)state;
	struct arena *a = arena_create(0);
	assert_null(mem_strdup(NULL));
	assert_null(arena_strdup(a, NULL));
	assert_null(arena_strndup(a, NULL, 3));
	arena_destroy(&a);
	assert_null(a);
	arena_destroy(&a);
}

static void copies_are_cut_where_asked(void **state)
{
	(void)state;
	struct arena *a = arena_create(0);
	char *s = mem_strndup("abcdef", 3);
	assert_string_equal(s, "abc");
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(a, "ab", 30), "ab");
	assert_string_equal(arena_printf(a, "%s-%d", s, 42), "abc-42");
	free(s);
	arena_destroy(&a);
}

static void an_array_that_grows_by_one_is_copied_only_where_it_doubles(void **state)
{
	(void)state;
	uint16_t *p = NULL;
	for (uint16_t i = 0; i < 1000; i++) {
		uint16_t *same = p;
		p = mem_grow(p, i, sizeof *p);
		if (i & (i - 1))
			assert_ptr_equal(p, same);
		assert_true(malloc_usable_size(p) >= (i + 1u) * sizeof *p);
		p[i] = i;
	}
	for (uint16_t i = 0; i < 1000; i++)
		assert_int_equal(p[i], i);
	free(p);
}

static void arena_memory_is_zeroed_and_aligned_and_apart(void **state)
{
	(void)state;
	struct arena *a = arena_create(300);
	char *before = NULL;
	for (size_t n = 0; n < 2000; n++) {
		char *p = arena_alloc(a, n);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xAA, n);
		if (before)
			assert_int_equal((unsigned char)before[n - 2], 0xAA);
		before = n ? p : NULL;
	}
	arena_destroy(&a);
}

static void a_reset_arena_gives_zeroed_memory_again(void **state)
{
	(void)state;
	struct arena *a = arena_create(256);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++)
			assert_string_equal(arena_alloc(a, 64), "");
		memset(arena_alloc(a, 3 << 20), 'x', 3 << 20);
		arena_reset(a);
		char *p = arena_alloc(a, 200);
		assert_int_equal(p[0] | p[199], 0);
		memset(p, 'y', 200);
		arena_reset(a);
	}
	arena_destroy(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_of_null_stay_null),
		cmocka_unit_test(copies_are_cut_where_asked),
		cmocka_unit_test(an_array_that_grows_by_one_is_copied_only_where_it_doubles),
		cmocka_unit_test(arena_memory_is_zeroed_and_aligned_and_apart),
		cmocka_unit_test(a_reset_arena_gives_zeroed_memory_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
