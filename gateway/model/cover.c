#include "gateway/model/cover.h"

#include <string.h>
#include <strings.h>

#include "gateway/model/notice.h"
#include "gateway/model/text.h"
#include "gateway/model/ticket.h"

enum { MAC_LEAST = 16 /* of a token, behind its dot */, HEX_MOST = 16 };
static const char RATE[] = "/rate/", HEX[] = "0123456789abcdefABCDEF",
	WORD[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", GONE[] = "…", DIGIT_GONE[] = "•";

/* Bytes of the digit at s, full-width ones among them; 0: none. */
static size_t digit(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	if (u[0] >= '0' && u[0] <= '9')
		return 1;
	return u[0] == 0xEF && u[1] == 0xBC && u[2] >= 0x90 && u[2] <= 0x99 ? 3 : 0;
}

/* Bytes of a run of digits, and how many they are. */
static size_t digits(const char *s, size_t *count)
{
	size_t n = 0, d;
	for (*count = 0; (d = digit(s + n)) > 0; ++*count)
		n += d;
	return n;
}

/* Of a token's two numbers, 64 bits each; more than HEX_MOST: it is neither. */
static size_t hex_run(const char *s)
{
	size_t n = 0;
	while (n <= HEX_MOST && s[n] && strchr(HEX, s[n]))
		n++;
	return n;
}

/* A survey's token by its form (crypto.h, mark_sign), wherever it stands: other mail systems write the address around it anew. */
static size_t token(const char *s)
{
	size_t a = hex_run(s), b, mac;
	if (a == 0 || s[a] != '-' || (b = hex_run(s + a + 1)) == 0 || s[a + 1 + b] != '.')
		return 0;
	mac = strspn(s + a + b + 2, WORD);
	return mac >= MAC_LEAST ? a + b + 2 + mac : 0;
}

static size_t token_of_link(const char *s)
{
	size_t n = 0, part;
	while ((part = strspn(s + n, WORD)) > 0 || s[n] == '-' || s[n] == '.')
		n += part + (part == 0);
	return n;
}

/* Six digits are a query code where the citizen says so, where he asks by a ticket's number, or where he writes nothing else: it was
 * asked of him. Else they are a postcode, or what he owes. */
static bool code_written(const char *text)
{
	char number[TICKET_NUMBER_MAX];
	size_t blank = strspn(text, " \t\r\n"), count, n = digits(text + blank, &count);
	if (count == TICKET_CODE_LEN && text_blank(text + blank + n))
		return true;
	struct buf folded;
	buf_init(&folded, COVER_MAX(text));
	text_fold(text, &folded);
	const char *f = buf_str(&folded);
	bool said = text_has(f, "查询码|验证码|query code") ||
		(ticket_number_find(text, number) && (text_query(text) || text_has(f, "code")));
	buf_fini(&folded);
	return said;
}

static bool code_told(enum cover_of of, const char *event, const char *text)
{
	char number[TICKET_NUMBER_MAX];
	int i = event ? notice_find(event, strlen(event)) : -1;
	switch (of) {
	case COVER_OURS:
		return i >= 0 && ((notice_at((unsigned)i)->may & 1u << NOTICE_pin) || strcmp(event, "phone-code") == 0);
	case COVER_THEIRS:
		return code_written(text);
	case COVER_QUOTED:
		return ticket_number_find(text, number);
	case COVER_ELSE:
		break;
	}
	return false;
}

struct covering { const char *from, *at; struct buf *out; bool any, asked, codes; enum cover_of of; const char *event, *text; };

/* What stood at `at`, n bytes, is left out. */
static void leave_out(struct covering *c, size_t n, const char *mark, size_t marks)
{
	buf_add(c->out, c->from, (size_t)(c->at - c->from));
	while (marks-- > 0)
		buf_adds(c->out, mark);
	c->from = c->at += n;
	c->any = true;
}

static void pass_digits(struct covering *c)
{
	size_t count, n = digits(c->at, &count);
	if (count == TICKET_CODE_LEN && !c->asked) {
		c->codes = code_told(c->of, c->event, c->text);
		c->asked = true;
	}
	if (count == TICKET_CODE_LEN && c->codes)
		leave_out(c, n, DIGIT_GONE, count);
	else
		c->at += n;
}

static void pass(struct covering *c)
{
	size_t n = token(c->at), hex;
	if (n > 0) {
		leave_out(c, n, GONE, 1);
	} else if (strncasecmp(c->at, RATE, sizeof RATE - 1) == 0) {
		c->at += sizeof RATE - 1;
		if ((n = token_of_link(c->at)) > 0)
			leave_out(c, n, GONE, 1);
	} else if (digit(c->at)) {
		pass_digits(c);
	} else {
		hex = strspn(c->at, HEX + 10); /* letters: no token begins within them */
		c->at += hex ? hex : 1;
	}
}

bool cover(enum cover_of of, const char *event, const char *text, struct buf *out)
{
	struct covering c = { .from = text, .at = text, .out = out, .of = of, .event = event, .text = text };
	buf_clear(out);
	if (text == NULL)
		return false;
	while (*c.at)
		pass(&c);
	if (c.any)
		buf_adds(out, c.from);
	return c.any;
}
