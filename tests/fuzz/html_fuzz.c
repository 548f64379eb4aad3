/* HTML of a mail as text. */
#include "tests/fuzz/converters.h"
#include "tests/fuzz/fuzz.h"

#include "adapters/email/html.h"
#include "adapters/email/mime.h"

enum { FUZZ_MAX = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	converters_keep();
	struct input in = { p, n };
	struct buf text;
	char charset[40];
	long quote_at;
	mime_init();
	html_charset((const char *)p, n, charset);
	must(memchr(charset, 0, sizeof charset));
	char *html = input_rest_utf8(&in);
	buf_init(&text, 1 << 20);
	buf_adds(&text, "above\n");
	size_t before = text.len;
	struct html_budget left = HTML_BUDGET;
	if (n && p[n - 1] % 8 == 0)
		left.cost = 0; /* its words alone */
	html_to_text(html, strlen(html), &left, &text, &quote_at);
	const char *s = buf_str(&text);
	must(utf8_valid(s, text.len) && strlen(s) == text.len && !memcmp(s, "above\n", before));
	must(!strchr(s, '\r'));
	must(quote_at == HTML_NO_QUOTE || ((size_t)quote_at >= before && (size_t)quote_at <= text.len));
	must(quote_at == HTML_NO_QUOTE || text_border(s, (size_t)quote_at));
	buf_fini(&text);
	free(html);
	return 0;
}
