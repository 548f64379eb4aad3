#include "adapters/email/smtp_word.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { GREYLIST_MS = 5 * 60 * 1000, TOO_FAST_MS = 10 * 60 * 1000 };

struct status {
	unsigned class, subject, detail; /* class 0: none was given */
};

/* "550 5.7.1 words" or "550-5.7.1". */
static struct status status_in(const char *words)
{
	struct status s = { 0 };
	int n = 0;
	if (strlen(words) < 9 || sscanf(words + 4, "%1u.%3u.%3u%n", &s.class, &s.subject, &s.detail, &n) != 3 || n < 5 ||
		(words[4 + n] && words[4 + n] != ' ') || (s.class != 2 && s.class != 4 && s.class != 5))
		return (struct status){ 0 };
	return s;
}

/* A 5 that time mends. */
static bool mended_by_time(const struct status *s)
{
	static const struct status list[] = { { 5, 2, 2 }, { 5, 3, 1 }, { 5, 3, 2 }, { 5, 4, 5 } };
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (s->class == 5 && s->subject == list[i].subject && s->detail == list[i].detail)
			return true;
	return false;
}

/* QQ and others refuse with a 5 whoever sends too fast. */
static bool too_fast(const char *words)
{
	return strcasestr(words, "frequency limited") || strcasestr(words, "Mailbox unavailable or access denied") ||
		strcasestr(words, "too many connections") || strcasestr(words, "rate limit");
}

struct smtp_verdict smtp_verdict(enum smtp_step step, unsigned code, const char *words)
{
	if (step == SMTP_ANSWER && code / 100 == 2)
		return (struct smtp_verdict){ SENT_ACCEPTED, 0 };
	if (step == SMTP_ANSWER && code / 100 != 4 && code / 100 != 5)
		return (struct smtp_verdict){ SENT_UNKNOWN, 0 };
	struct status s = status_in(words);
	/* 53x: the server wants a login or TLS. That is our trouble, not the mail's. */
	bool ours = code == 530 || code == 534 || code == 535 || code == 538;
	if (code && too_fast(words))
		return (struct smtp_verdict){ SENT_RETRY, TOO_FAST_MS };
	if (code / 100 != 5 || step == SMTP_CONNECTING || ours || s.class == 4 || mended_by_time(&s))
		return (struct smtp_verdict){ SENT_RETRY, s.class == 4 && s.subject == 7 ? GREYLIST_MS : 0 };
	return (struct smtp_verdict){ SENT_REFUSED, 0 };
}

size_t smtp_reply(const char *p, size_t len, unsigned *code, const char **words, size_t *n)
{
	for (size_t at = 0; at < len;) {
		const char *line = p + at, *lf = memchr(line, '\n', len - at);
		if (!lf)
			return 0;
		*n = (size_t)(lf - line);
		at += *n + 1;
		while (*n > 0 && line[*n - 1] == '\r')
			--*n;
		*words = line;
		bool digits = *n >= 3 && isdigit((unsigned char)line[0]) && isdigit((unsigned char)line[1]) &&
			isdigit((unsigned char)line[2]);
		*code = digits ? (unsigned)((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0')) : 0;
		if (!digits || *n == 3 || line[3] != '-')
			return at;
	}
	return 0;
}
