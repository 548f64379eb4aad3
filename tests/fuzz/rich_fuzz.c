/* A mail as its writer laid it out: whatever comes, the page holds nothing that acts. */
#include <string.h>
#include <strings.h>

#include "adapters/email/rich.h"
#include "gateway/base/err.h"
#include "tests/fuzz/fuzz.h"

enum { FUZZ_MAX = 1024 };
enum { PAGE_MAX = 32 << 20 };

static int holds(const char *page, const char *word)
{
	return strcasestr(page, word) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf page;
	buf_init(&page, PAGE_MAX);
	if (rich_html(data, size, &page)) {
		const char *p = buf_str(&page);
		must(!holds(p, "<script") && !holds(p, "<iframe") && !holds(p, "<object") && !holds(p, "<form") && !holds(p, "<base") &&
			!holds(p, "<meta http-equiv") && !holds(p, "<svg") && !holds(p, "<link") && !holds(p, "<embed"));
	} else {
		must(page.len == 0);
	}
	buf_fini(&page);
	return 0;
}
