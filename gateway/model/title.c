#include "gateway/model/title.h"

#include "gateway/base/buf.h"
#include "gateway/model/text.h"

static const char *kept(struct arena *a, struct buf *b)
{
	const char *words = arena_strdup(a, buf_str(b));
	buf_fini(b);
	return words;
}

const char *ticket_newest(struct arena *a, const char *text)
{
	enum { NEWEST_CHARS = 120 };
	struct buf b;
	buf_init(&b, 4096);
	text_cut(text, NEWEST_CHARS, &b);
	size_t n = 0;
	for (size_t i = 0; i < b.len; i++) { /* one line: every run of blanks, tabs and line ends is one blank */
		bool blank = b.data[i] <= ' ';
		if (!blank || (n > 0 && b.data[n - 1] != ' '))
			b.data[n++] = blank ? ' ' : b.data[i];
	}
	b.len = n;
	if (b.data != NULL)
		b.data[n] = '\0';
	return kept(a, &b);
}

const char *ticket_title(struct arena *a, const char *subject, const char *newest)
{
	enum { TITLE_CHARS = 60 };
	struct buf b;
	buf_init(&b, 4096);
	if (subject != NULL && !text_blank(subject))
		text_title(subject, "", TITLE_CHARS, &b);
	else
		text_title(NULL, newest, TITLE_CHARS, &b);
	return kept(a, &b);
}
