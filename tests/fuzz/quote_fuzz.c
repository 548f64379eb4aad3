/* Where the quotation begins. Input: a byte for the place an HTML mail marked, then the text. */
#include "tests/fuzz/fuzz.h"

#include "adapters/email/flowed.h"
#include "adapters/email/quote.h"
#include "gateway/model/text.h"

enum { FUZZ_MAX = 2048 };

static void part(const char *text, long hint)
{
	struct quote q = quote_find(text, hint);
	size_t n = strlen(text);
	must(q.said <= q.below && q.below <= n);
	must(text_border(text, q.said) && text_border(text, q.below));
	char *said = mem_strndup(text, q.said), *between = mem_strndup(text + q.said, q.below - q.said);
	must(text_blank(between));
	must(!text_blank(said) || text_blank(text)); /* whoever wrote something has said something */
	free(between);
	free(said);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	unsigned place = input_byte(&in);
	char *text = input_rest_utf8(&in);
	size_t len = strlen(text), at = len * place / 255;
	while (!text_border(text, at))
		at--;
	part(text, -1);
	part(text, (long)at);
	for (int delsp = 0; delsp < 2; delsp++) {
		struct buf flowed;
		buf_init(&flowed, 1 << 20);
		flowed_decode(text, len, delsp, &flowed);
		must(!flowed.overflow && utf8_valid(buf_str(&flowed), flowed.len) && flowed.len <= 2 * len + 1);
		buf_fini(&flowed);
	}
	free(text);
	return 0;
}
