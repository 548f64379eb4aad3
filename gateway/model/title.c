#include "gateway/model/title.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"
#include "gateway/model/reading.h"
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

/* --- what says something --- */

/* A character that is a word or a syllable, beside a letter; some four of those, or two words. */
enum { WORD = 3, TELLS = 10 };

static unsigned weight_of(uint32_t cp)
{
	bool word = (cp >= 0x3040 && cp <= 0xD7FF) || (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0x20000 && cp <= 0x323AF);
	bool letter = (cp >= 'a' && cp <= 'z') || (cp >= 0xC0 && cp <= 0x1FFF && cp != 0xD7 && cp != 0xF7);
	return word ? WORD : letter;
}

/* Digits, marks and pictures weigh nothing. */
static unsigned weight(const struct reading *r)
{
	unsigned sum = 0;
	for (size_t i = 0; i < r->fold.s.len;) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(buf_str(&r->fold.s) + i, r->fold.s.len - i, &cp);
		i += took + !took;
		sum += weight_of(cp);
	}
	return sum;
}

/* "[IMG_1.png] [2.jpg]", as a message of files only is shown; cut, the last may lack its end. */
static bool files_only(const char *s)
{
	unsigned depth = 0;
	for (; *s; s++) {
		depth += *s == '[';
		if (depth == 0 && *s != ' ')
			return false;
		depth -= depth && *s == ']';
		if (strcmp(s, "…") == 0)
			return true;
	}
	return depth == 0;
}

/* To the hotline itself, or about a matter it has. */
static bool to_hotline(const struct reading *r)
{
	return reading_person(r) || reading_guide(r) || reading_query(r) || reading_withdraw(r) ||
		reading_withdraw_unclear(r);
}

static unsigned told(const char *words)
{
	struct reading r;
	if (files_only(words) || text_opens_only(words) || text_courtesy(words))
		return 0;
	reading_init(&r, words);
	unsigned sum = to_hotline(&r) ? 0 : weight(&r);
	reading_fini(&r);
	return sum;
}

bool title_says_nothing(const char *title)
{
	return told(title) == 0;
}

bool title_tells(const char *words)
{
	return told(words) >= TELLS;
}
