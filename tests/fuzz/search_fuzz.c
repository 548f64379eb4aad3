/* A query and a text that may hold it. Input: the query on a line, then the text. */
#include "tests/fuzz/fuzz.h"

#include "gateway/model/search.h"

enum { FUZZ_MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	struct search_query q;
	struct buf words, expression;
	char *query = input_line(&in), *text = input_rest(&in);
	buf_init(&words, SEARCH_WORDS_MAX);
	buf_init(&expression, 8 * SEARCH_QUERY_MAX);
	search_words(text, &words);
	must(utf8_valid(buf_str(&words), words.len));
	if (search_query_read(query, &q)) {
		(void)search_expression(&q, SEARCH_FTS5, &expression);
		must(!expression.overflow && utf8_valid(buf_str(&expression), expression.len));
		(void)search_holds(&q, query, text);
	}
	buf_fini(&words);
	buf_fini(&expression);
	free(query);
	free(text);
	return 0;
}
