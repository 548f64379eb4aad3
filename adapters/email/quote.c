#include "adapters/email/quote.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/mem.h"
#include "gateway/model/text.h"

enum { LOOK_AHEAD = 6, JOINED = 3, SIGNATURE_LINES = 15, LINE_CAP = 400 };

struct line {
	const char *p; /* leading blanks skipped */
	size_t n;      /* trailing blanks left out */
	size_t at;     /* offset of the whole line */
};

/* U+00A0, U+3000 and the byte-order mark count as blanks. */
static size_t blank_len(const char *p, size_t n)
{
	if (n >= 1 && (*p == ' ' || *p == '\t' || *p == '\r'))
		return 1;
	if (n >= 2 && !memcmp(p, "\xC2\xA0", 2))
		return 2;
	if (n >= 3 && (!memcmp(p, "\xE3\x80\x80", 3) || !memcmp(p, "\xEF\xBB\xBF", 3)))
		return 3;
	return 0;
}

static void trim(const char **p, size_t *n)
{
	size_t k;
	while (*n > 0 && (k = blank_len(*p, *n))) {
		*p += k;
		*n -= k;
	}
	for (;;) {
		if (*n > 0 && blank_len(*p + *n - 1, 1))
			*n -= 1;
		else if (*n >= 2 && blank_len(*p + *n - 2, 2) == 2)
			*n -= 2;
		else if (*n >= 3 && blank_len(*p + *n - 3, 3) == 3)
			*n -= 3;
		else
			return;
	}
}

/* The line at offset at; the offset of the next is returned. */
static size_t line_at(const char *text, size_t len, size_t at, struct line *l)
{
	const char *lf = memchr(text + at, '\n', len - at);
	size_t whole = lf ? (size_t)(lf - text) - at : len - at;
	*l = (struct line){ .p = text + at, .n = whole, .at = at };
	trim(&l->p, &l->n);
	return at + whole + (lf ? 1 : 0);
}

static bool begins(const char *p, size_t n, const char *word)
{
	size_t k = strlen(word);
	return n >= k && !strncasecmp(p, word, k);
}

static bool holds(const char *p, size_t n, const char *word)
{
	return memmem(p, n, word, strlen(word)) != NULL;
}

static bool any_of(const char *p, size_t n, const char *const *words, bool (*test)(const char *, size_t, const char *))
{
	for (; *words; words++)
		if (test(p, n, *words))
			return true;
	return false;
}

/* "发件人:", "*主题*：", "| 日期 | …": the fields by which clients head a quotation. */
static bool is_field(const struct line *l)
{
	static const char *const names[] = { "发件人", "发送时间", "收件人", "抄送", "主题", "日期", "發件人", "寄件者",
		"收件者", "主旨", "From", "Sent Time", "Sent", "Send time", "Date", "To", "Cc", "Subject", NULL };
	const char *p = l->p;
	size_t n = l->n;
	while (n > 0 && (*p == '>' || *p == '*' || *p == '|' || blank_len(p, n))) {
		size_t k = blank_len(p, n) ? blank_len(p, n) : 1;
		p += k;
		n -= k;
	}
	for (size_t i = 0; names[i]; i++) {
		if (!begins(p, n, names[i]))
			continue;
		const char *q = p + strlen(names[i]);
		size_t m = n - strlen(names[i]);
		while (m > 0 && (*q == '*' || blank_len(q, m))) {
			size_t k = blank_len(q, m) ? blank_len(q, m) : 1;
			q += k;
			m -= k;
		}
		if (m > 0 && (*q == ':' || *q == '|' || begins(q, m, "：")))
			return true;
	}
	return false;
}

static unsigned fields_ahead(const char *text, size_t len, size_t at)
{
	unsigned found = 0;
	for (unsigned i = 0; i < LOOK_AHEAD && at < len;) {
		struct line l;
		at = line_at(text, len, at, &l);
		if (l.n == 0)
			continue;
		found += is_field(&l);
		i++;
	}
	return found;
}

/* "------ 原始邮件 ------", "---- 回复的原邮件 ----", a lone "Original". */
static bool is_separator(const struct line *l)
{
	static const char *const words[] = { "原始邮件", "原邮件", "原始郵件", "转发邮件", "转发的邮件", "Original Message",
		"Original", "Replied Message", "Forwarded Message", "Forwarded message", NULL };
	const char *p = l->p;
	size_t n = l->n;
	while (n > 0 && (*p == '>' || *p == '-' || *p == ' ' || blank_len(p, n)))
		p++, n--;
	while (n > 0 && (p[n - 1] == '-' || p[n - 1] == ' '))
		n--;
	trim(&p, &n);
	for (size_t i = 0; words[i]; i++) {
		size_t k = strlen(words[i]);
		if (n >= k && n <= k + 9 && !memcmp(p + n - k, words[i], k))
			return true;
	}
	return false;
}

static bool is_rule(const struct line *l)
{
	if (l->n < 10)
		return false;
	for (size_t i = 0; i < l->n; i++)
		if (l->p[i] != '_' && l->p[i] != '-' && l->p[i] != '=')
			return false;
	return true;
}

static bool year_or_address(const char *p, size_t n)
{
	bool at = memchr(p, '@', n) != NULL, year = false, time = false;
	for (size_t i = 0; i + 3 < n; i++) {
		year |= (p[i] == '1' || p[i] == '2') && isdigit((unsigned char)p[i + 1]) && isdigit((unsigned char)p[i + 2]) &&
			isdigit((unsigned char)p[i + 3]);
		time |= isdigit((unsigned char)p[i]) && p[i + 1] == ':' && isdigit((unsigned char)p[i + 2]);
	}
	return at || (year && time);
}

/* "在 2026-10-03 18:28:31，\"Name\" <a@b> 写道：", wrapped over up to three lines by Gmail and Apple. */
static bool is_attribution(const char *text, size_t len, size_t at)
{
	static const char *const ends[] = { "写道", "寫道", "wrote", "撰写", "撰寫", "来信", "來信", NULL };
	char joined[LINE_CAP];
	size_t n = 0;
	for (unsigned i = 0; i < JOINED && at < len; i++) {
		struct line l;
		at = line_at(text, len, at, &l);
		if (l.n == 0 || n + l.n >= sizeof joined)
			return false;
		memcpy(joined + n, l.p, l.n);
		n += l.n;
		const char *p = joined;
		size_t m = n;
		while (m > 0 && (p[m - 1] == '-' || p[m - 1] == ' '))
			m--;
		bool colon = m > 0 && p[m - 1] == ':';
		if (colon || (m >= 3 && !memcmp(p + m - 3, "：", 3)))
			m -= colon ? 1 : 3;
		for (size_t k = 0; ends[k]; k++) {
			size_t w = strlen(ends[k]);
			if (m > w && !memcmp(p + m - w, ends[k], w) && year_or_address(p, m))
				return true;
		}
	}
	return false;
}

/* Where the lines begin of which, to the end, each that holds anything is marked with ">"; len: the last is not. */
static size_t marked_end(const char *text, size_t len)
{
	size_t from = len;
	for (size_t at = 0; at < len;) {
		struct line l;
		at = line_at(text, len, at, &l);
		if (l.n > 0 && *l.p != '>')
			from = len;
		else if (l.n > 0 && from == len)
			from = l.at;
	}
	return from;
}

static bool begins_quotation(const char *text, size_t len, const struct line *l, size_t next)
{
	if (holds(l->p, l->n, QUOTE_MARK_ZH) || holds(l->p, l->n, QUOTE_MARK_EN))
		return true;
	if ((is_separator(l) || is_rule(l)) && fields_ahead(text, len, next) >= 2)
		return true;
	if (is_field(l) && fields_ahead(text, len, l->at) >= 3)
		return true;
	return is_attribution(text, len, l->at);
}

static bool is_signature(const struct line *l)
{
	static const char *const starts[] = { "发自", "发送自", "發自", "來自我的", "来自我的", "获取 Outlook", "获取Outlook",
		"Sent from my ", "Get Outlook for ", "使用Zoho Mail", NULL };
	if (l->n > 120)
		return false;
	if (any_of(l->p, l->n, starts, begins))
		return true;
	return (begins(l->p, l->n, "从我的") && l->n >= 6 && !memcmp(l->p + l->n - 6, "发送", 6)) ||
		(begins(l->p, l->n, "從我的") && l->n >= 6 && !memcmp(l->p + l->n - 6, "傳送", 6));
}

static size_t quotation(const char *text, size_t len, long hint)
{
	size_t cut = hint >= 0 && (size_t)hint < len ? (size_t)hint : len;
	size_t marked = marked_end(text, len);
	for (size_t at = 0; at < cut;) {
		struct line l;
		size_t next = line_at(text, len, at, &l);
		if (at == marked || (l.n > 0 && begins_quotation(text, len, &l, next)))
			return at;
		at = next;
	}
	return cut;
}

/* The signature in text[0, len): behind "-- ", or one of the words that phones add among the last three lines. */
static size_t signature(const char *text, size_t len)
{
	size_t recent[3] = { len, len, len };
	size_t delimiter = len;
	unsigned after = 0;
	for (size_t at = 0; at < len;) {
		struct line l;
		size_t from = at;
		at = line_at(text, len, at, &l);
		if (at - from >= 3 && !memcmp(text + from, "-- ", 3) && l.n == 2) {
			delimiter = from;
			after = 0;
		}
		if (l.n == 0)
			continue;
		after++;
		recent[0] = recent[1];
		recent[1] = recent[2];
		recent[2] = from;
	}
	if (delimiter < len && after <= SIGNATURE_LINES)
		return delimiter;
	for (unsigned i = 0; i < 3; i++) {
		struct line l = { 0 };
		if (recent[i] < len && (line_at(text, len, recent[i], &l), is_signature(&l)))
			return recent[i];
	}
	return len;
}

static size_t without_blank_end(const char *text, size_t n)
{
	for (;;) {
		size_t before = n;
		const char *p = text;
		while (n > 0 && (p[n - 1] == '\n' || p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r'))
			n--;
		if (n >= 2 && blank_len(p + n - 2, 2) == 2)
			n -= 2;
		if (n >= 3 && blank_len(p + n - 3, 3) == 3)
			n -= 3;
		if (n == before)
			return n;
	}
}

/* Nothing that can be seen: editors leave zero-width characters and controls above a quotation. */
static bool says_nothing(const char *text, size_t n)
{
	char *above = mem_strndup(text, n);
	bool nothing = text_blank(above);
	free(above);
	return nothing;
}

struct quote quote_find(const char *text, long hint)
{
	size_t len = strlen(text), cut = quotation(text, len, hint);
	if (says_nothing(text, cut))
		cut = len;
	size_t sign = signature(text, cut);
	if (!says_nothing(text, sign))
		cut = sign;
	size_t said = without_blank_end(text, cut);
	return (struct quote){ .said = said, .below = cut == len ? len : cut };
}
