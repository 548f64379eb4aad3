/* What the decisions know about words. Input: a word on a line, then a text. */
#include "tests/fuzz/fuzz.h"

#include "gateway/model/fold.h"
#include "gateway/model/text.h"
#include "gateway/model/ticket.h"

enum { FUZZ_MAX = 1024 };
enum { OUT_MAX = 1 << 20, TITLE = 30 };

static void folding_ends(const char *text)
{
	struct buf once, twice;
	buf_init(&once, OUT_MAX);
	buf_init(&twice, OUT_MAX);
	text_fold(text, &once);
	text_fold(buf_str(&once), &twice);
	must(!once.overflow && utf8_valid(buf_str(&once), once.len));
	must(!strcmp(buf_str(&once), buf_str(&twice)));
	must(text_blank(text) == !once.len);
	buf_fini(&twice);
	buf_fini(&once);
}

/* Every folded byte knows where it was written. */
static void the_way_back(const char *text)
{
	struct fold f;
	fold_init(&f, text);
	must(utf8_valid(buf_str(&f.s), f.s.len) && f.s.len <= FOLD_MAX);
	for (size_t i = 0; i < f.s.len; i++)
		must(f.at[i] <= f.at[i + 1] && f.at[i] < strlen(text));
	must(f.at[f.s.len] <= strlen(text));
	fold_fini(&f);
}

static void title_fits(const char *subject, const char *text)
{
	struct buf out;
	buf_init(&out, OUT_MAX);
	text_title(subject, text, TITLE, &out);
	must(utf8_count(buf_str(&out), out.len) <= TITLE && utf8_valid(buf_str(&out), out.len));
	must(!strpbrk(buf_str(&out), "\r\n"));
	must(out.len || text_blank(text));
	buf_fini(&out);
}

static void number_is_one(const char *text)
{
	char number[TICKET_NUMBER_MAX];
	if (!ticket_number_find(text, number))
		return;
	must(strlen(number) == TICKET_NUMBER_LEN && ticket_number_valid(number));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	char *word = input_line(&in), *raw = input_rest(&in);
	struct input again = { (const uint8_t *)raw, strlen(raw) };
	char *text = input_rest_utf8(&again);
	folding_ends(text);
	the_way_back(raw);
	the_way_back(text);
	title_fits(NULL, text);
	title_fits(text_valid(word) ? word : "", text);
	number_is_one(raw);
	must(!strcmp(text_language(text), "zh-CN") || !strcmp(text_language(text), "en"));
	must(!text_blank(text) || !(text_courtesy(text) || text_unsolved(text) || text_query(text) || text_link_spam(text)));
	(void)text_new_matter(raw);
	(void)text_link_spam(raw);
	(void)text_unsolved(raw);
	must(!text_has(text, "") && (text_valid(word) ? text_has(text, word) || true : true));
	free(text);
	free(raw);
	free(word);
	return 0;
}
