/* Words for an index, and the queries that find them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/mem.h"
#include "gateway/model/search.h"

static void words_are(const char *text, const char *want)
{
	struct buf b;
	buf_init(&b, SEARCH_WORDS_MAX);
	search_words(text, &b);
	assert_string_equal(buf_str(&b), want);
	buf_fini(&b);
}

static void asks(const char *query, enum search_dialect d, const char *want)
{
	struct search_query q;
	struct buf b;
	buf_init(&b, 4096);
	assert_true(search_query_read(query, &q));
	assert_int_equal(search_expression(&q, d, &b), *want != '\0');
	assert_string_equal(buf_str(&b), want);
	buf_fini(&b);
}

static bool finds(const char *query, const char *text)
{
	struct search_query q;
	return search_query_read(query, &q) && search_holds(&q, NULL, text);
}

static void chinese_is_cut_into_pairs_and_letters_into_words(void **state)
{
	(void)state;
	words_are("路灯坏了", "路灯 灯坏 坏了 了 ");
	words_are("3号楼ＡＢＣ Lamp。灯", "3 号楼 楼 abc lamp 灯 ");
	words_are("，。！ \n", "");
	words_are("é\xff\xe5 x", "é x ");
	words_are("ナイス 한국 𠮷野家", "ナイ イス ス 한국 국 𠮷野 野家 家 ");
}

static void a_query_asks_for_its_pairs_and_for_what_begins_with_its_last_word(void **state)
{
	(void)state;
	asks("路灯", SEARCH_FTS5, "\"路灯\"");
	asks("路灯坏", SEARCH_FTS5, "\"路灯\" \"灯坏\"");
	asks("灯", SEARCH_FTS5, "\"灯\"*");
	asks("灯 Lam", SEARCH_FTS5, "\"lam\"*");
	asks("3号楼", SEARCH_TSQUERY, "'3' & '号楼'");
	asks("灯", SEARCH_TSQUERY, "'灯':*");
	asks("% !", SEARCH_FTS5, "");
	asks("a\" OR \"b", SEARCH_FTS5, "\"a\" \"or\"* \"b\"*");
	struct search_query q;
	assert_false(search_query_read(" \xe3\x80\x80\n", &q));
}

static void what_is_found_holds_every_term(void **state)
{
	(void)state;
	assert_true(finds("路灯 东门", "东门外的路灯"));
	assert_false(finds("路灯 西门", "东门外的路灯"));
	assert_false(finds("灯路", "路灯"));
	assert_true(finds("ＬＡＭＰ", "two lamps"));
	assert_false(finds("amp", "two lamps"));
	assert_true(finds("amp", "lamp amp"));
	assert_true(finds("灯a", "灯abc"));
	assert_true(finds("100%", "满100%"));
}

static void no_text_is_too_long(void **state)
{
	enum { BIG = 3 << 20 };
	(void)state;
	char *big = mem_alloc(BIG + 1);
	for (size_t i = 0; i + 3 <= BIG; i += 3)
		memcpy(big + i, "\xe7\x81\xaf", 3);
	big[BIG / 3 * 3] = '\0';
	struct buf b;
	struct search_query q;
	buf_init(&b, SEARCH_WORDS_MAX);
	search_words(big, &b);
	assert_false(b.overflow);
	assert_true(search_query_read(big, &q));
	assert_true(search_holds(&q, big, big));
	buf_fini(&b);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chinese_is_cut_into_pairs_and_letters_into_words),
		cmocka_unit_test(a_query_asks_for_its_pairs_and_for_what_begins_with_its_last_word),
		cmocka_unit_test(what_is_found_holds_every_term),
		cmocka_unit_test(no_text_is_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
