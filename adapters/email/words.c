#include "adapters/email/words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/transfer.h"
#include "gateway/base/utf8.h"

enum { CHARSET_MAX = 40, WORD_BYTES = 45, LINE_MAX_CHARS = 76 };

/* One word "=?charset*lang?B?text?=" in place. */
struct word {
	char charset[CHARSET_MAX];
	char encoding; /* 'B' or 'Q' */
	const char *text;
	size_t n;
	const char *end; /* behind "?=" */
};

/* Behind the last "?=", p when there is none: whoever looked for an end behind it would look once for each "=?". */
static const char *words_end(const char *p, size_t n)
{
	while (n >= 2 && (p[n - 2] != '?' || p[n - 1] != '='))
		n--;
	return n >= 2 ? p + n : p;
}

/* end: words_end() */
static bool word_at(const char *p, const char *end, struct word *w)
{
	if (end - p < 8 || p[0] != '=' || p[1] != '?')
		return false;
	const char *charset = p + 2, *q = memchr(charset, '?', (size_t)(end - charset));
	if (!q || end - q < 5 || q[2] != '?' || !strchr("bBqQ", q[1]) || q[1] == '\0')
		return false;
	size_t k = (size_t)(q - charset);
	const char *star = memchr(charset, '*', k);
	k = star ? (size_t)(star - charset) : k;
	if (k >= sizeof w->charset)
		return false;
	memcpy(w->charset, charset, k);
	w->charset[k] = '\0';
	w->encoding = (char)toupper((unsigned char)q[1]);
	w->text = q + 3;
	const char *stop = memmem(w->text, (size_t)(end - w->text), "?=", 2);
	if (!stop)
		return false;
	w->n = (size_t)(stop - w->text);
	w->end = stop + 2;
	return true;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void q_decode(const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '=' && i + 2 < n && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			buf_u8(out, (uint8_t)(hex(p[i + 1]) << 4 | hex(p[i + 2])));
			i += 2;
		} else {
			buf_addc(out, p[i] == '_' ? ' ' : p[i]);
		}
	}
}

static bool blank(const char *p, const char *end)
{
	for (; p < end; p++)
		if (!strchr(" \t\r\n", *p) || *p == '\0')
			return false;
	return true;
}

/* Takes a run of neighbouring words of one charset that begins with *w; *at ends behind the last of them. */
static void run_decode(struct word *w, const char **at, const char *end, enum charset_hint hint, struct buf *out)
{
	struct buf bytes;
	buf_init(&bytes, (size_t)(end - w->text) + 8);
	struct base64 state = { 0 };
	for (;;) {
		if (w->encoding == 'B') {
			base64_decode(&state, w->text, w->n, &bytes);
		} else {
			base64_end(&state, &bytes);
			q_decode(w->text, w->n, &bytes);
		}
		*at = w->end;
		const char *next = w->end;
		while (next < end && blank(next, next + 1))
			next++;
		struct word more;
		if (!word_at(next, end, &more) || strcasecmp(more.charset, w->charset))
			break;
		*w = more;
	}
	base64_end(&state, &bytes);
	charset_decode(w->charset, hint, buf_str(&bytes), bytes.len, out);
	buf_fini(&bytes);
}

static void encode_word(const char *p, size_t n, struct buf *out)
{
	buf_adds(out, "=?UTF-8?B?");
	base64_encode(p, n, 0, out);
	buf_adds(out, "?=");
}

/* Ends a stretch of words: as text, or (joined) as one word. */
static void flush(struct buf *words, bool joined, struct buf *out)
{
	if (joined && words->len > 0) {
		struct buf clean;
		buf_init(&clean, out->cap);
		words_clean(buf_str(words), words->len, &clean);
		encode_word(buf_str(&clean), clean.len, out);
		buf_fini(&clean);
	} else {
		buf_add(out, words->data, words->len);
	}
	buf_clear(words);
}

static void walk(const char *p, size_t n, enum charset_hint hint, bool joined, struct buf *out)
{
	const char *end = p + n, *last = words_end(p, n), *plain = p;
	struct buf words;
	buf_init(&words, n * 4 + 64);
	while (p < last) {
		struct word w;
		if (*p != '=' || !word_at(p, last, &w)) {
			p++;
			continue;
		}
		if (words.len == 0 || !blank(plain, p)) {
			flush(&words, joined, out);
			charset_decode(NULL, hint, plain, (size_t)(p - plain), out);
		}
		run_decode(&w, &p, last, hint, &words);
		plain = p;
	}
	flush(&words, joined, out);
	charset_decode(NULL, hint, plain, (size_t)(end - plain), out);
	buf_fini(&words);
}

void words_join(const char *p, size_t n, enum charset_hint hint, struct buf *out)
{
	walk(p, n, hint, true, out);
}

void words_decode(const char *p, size_t n, enum charset_hint hint, struct buf *out)
{
	struct buf text;
	buf_init(&text, n * 4 + 64);
	walk(p, n, hint, false, &text);
	words_clean(buf_str(&text), text.len, out);
	buf_fini(&text);
}

static bool unwanted(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) ||
		cp == 0x2028 || cp == 0x2029 || cp == 0xFEFF;
}

void words_clean(const char *p, size_t n, struct buf *out)
{
	bool gap = false;
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		size_t k = utf8_next(p + i, n - i, &cp);
		if (k == 0) {
			k = 1;
			buf_adds(out, "\xEF\xBF\xBD");
			gap = false;
		} else if (cp == '\r' || cp == '\n' || cp == '\t') {
			if (!gap)
				buf_addc(out, ' ');
			gap = true;
		} else if (!unwanted(cp)) {
			buf_add(out, p + i, k);
			gap = cp == ' ';
		}
		i += k;
	}
}

void words_encode(const char *text, size_t column, struct buf *out)
{
	size_t n = strlen(text);
	bool plain = strstr(text, "=?") == NULL && column + n <= LINE_MAX_CHARS;
	for (size_t i = 0; i < n; i++)
		plain &= text[i] >= 0x20 && text[i] < 0x7F;
	if (plain) {
		buf_add(out, text, n);
		return;
	}
	/* A word of k bytes takes 12 + 4 * ceil(k / 3) characters. */
	size_t room = column + 12 + 4 < LINE_MAX_CHARS ? (LINE_MAX_CHARS - 1 - column - 12) / 4 * 3 : 0;
	for (size_t i = 0; i < n;) {
		size_t k = utf8_cut(text + i, n - i, room < WORD_BYTES ? room : WORD_BYTES);
		if (k > 0)
			encode_word(text + i, k, out);
		else if (room >= WORD_BYTES)
			return; /* malformed: cannot be, callers give UTF-8 */
		i += k;
		room = WORD_BYTES;
		if (i < n)
			buf_adds(out, "\r\n ");
	}
}
