#include "gateway/model/address.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"
#include "gateway/model/fold.h"

enum { PHONE_DIGITS_MAX = 32, LOCAL_MAX = 64, DOMAIN_MAX = 253, NAME_STARS_MAX = 3, VISITOR_TAIL = 4, PEER_MIN = 4 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool all_digits(const char *s)
{
	return *s && s[strspn(s, "0123456789")] == '\0';
}

/* Digits into d, and whether a plus stood before them. false: too long, or anything but digits and separators. */
static bool collect_digits(const char *in, char d[PHONE_DIGITS_MAX + 1], bool *plus)
{
	size_t n = 0, left = strlen(in);
	*plus = false;
	while (left) {
		uint32_t cp = 0xFFFD;
		size_t took = utf8_next(in, left, &cp);
		in += took + !took;
		left -= took + !took;
		cp = fold_char(cp);
		if (cp >= '0' && cp <= '9') {
			if (n == PHONE_DIGITS_MAX)
				return false;
			d[n++] = (char)cp;
		} else if (cp == '+' && !n) {
			*plus = true;
		} else if (cp && !(cp < 0x80 && strchr(" \n-./()", (int)cp)) && !(cp >= 0x2010 && cp <= 0x2015)) {
			return false;
		}
	}
	d[n] = '\0';
	return n > 0;
}

static bool is_mobile(const char *d)
{
	return strlen(d) == 11 && d[0] == '1' && d[1] >= '3';
}

bool address_phone(const char *in, char out[MSG_PEER_MAX])
{
	char digits[PHONE_DIGITS_MAX + 1], *d = digits;
	bool plus;
	if (!strncmp(in, "tel:", 4) || !strncmp(in, "sms:", 4))
		in += 4;
	if (!collect_digits(in, digits, &plus))
		return false;
	if (!plus && d[0] == '0' && d[1] == '0' && d[2]) {
		plus = true;
		d += 2;
	}
	bool with_86 = !strncmp(d, "86", 2) && is_mobile(d + 2);
	const char *prefix = plus || with_86 ? "+" : is_mobile(d) ? "+86" : "";
	(void)snprintf(out, MSG_PEER_MAX, "%s%s", prefix, d);
	return true;
}

static bool local_ok(const char *s, size_t n)
{
	if (n < 1 || n > LOCAL_MAX || s[0] == '.') /* dots beside each other and at the end: carriers gave such addresses out */
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] <= ' ' || s[i] == 0x7F || strchr("<>()[],;:\\\"@", s[i]))
			return false;
	return true;
}

static bool domain_ok(const char *s)
{
	size_t n = strlen(s), label = 0;
	if (n < 1 || n > DOMAIN_MAX)
		return false;
	for (size_t i = 0; i <= n; i++) {
		char c = s[i];
		if (c == '.' || !c) {
			if (!label || s[i - 1] == '-')
				return false;
			label = 0;
		} else if ((c >= 'a' && c <= 'z') || is_digit(c) || (unsigned char)c >= 0x80 || (c == '-' && label)) {
			label++;
		} else {
			return false;
		}
	}
	return true;
}

bool address_email(const char *in, char out[MSG_PEER_MAX])
{
	in += strspn(in, " \t");
	size_t n = strlen(in);
	while (n && (in[n - 1] == ' ' || in[n - 1] == '\t'))
		n--;
	if (n < 3 || n >= MSG_PEER_MAX || !utf8_valid(in, n))
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(in[i] >= 'A' && in[i] <= 'Z' ? in[i] + 32 : in[i]);
	out[n] = '\0';
	char *at = strrchr(out, '@');
	return at && local_ok(out, (size_t)(at - out)) && domain_ok(at + 1);
}

bool address_of_kind(const char *kind, const char *in, char out[MSG_PEER_MAX])
{
	if (strcmp(kind, "sms") == 0)
		return address_phone(in, out);
	if (strcmp(kind, "email") == 0)
		return address_email(in, out);
	bool fits = strlen(in) < MSG_PEER_MAX;
	(void)snprintf(out, MSG_PEER_MAX, "%s", fits ? in : "");
	return fits;
}

/* The first character and what may follow: a broken name shows one byte's worth, never half a character. */
static size_t first_char(const char *s)
{
	uint32_t cp;
	return utf8_next(s, strlen(s), &cp);
}

static void mask_phone(const char *peer, char *out)
{
	const char *d = !strncmp(peer, "+86", 3) ? peer + 3 : peer;
	size_t plus = *d == '+', n = strlen(d + plus);
	size_t head = n >= 11 ? 3 : n >= 7 ? 2 : 0, tail = n >= 11 ? 4 : n >= 7 ? 2 : 1;
	(void)snprintf(out, MSG_PEER_MAX, "%.*s****%s", (int)(head + plus), d, d + plus + n - tail);
}

static void mask_email(const char *peer, const char *at, char *out)
{
	size_t first = at > peer ? first_char(peer) : 0;
	(void)snprintf(out, MSG_PEER_MAX, "%.*s***%s", (int)first, peer, at);
	out[utf8_cut(out, strlen(out), MSG_PEER_MAX - 1)] = '\0';
}

/* The last letters and digits of an opaque id tell two visitors apart, and tell nothing else. */
static void mask_visitor(const char *peer, char *out)
{
	char tail[VISITOR_TAIL + 1] = "";
	size_t n = VISITOR_TAIL;
	for (size_t i = strlen(peer); i && n; i--) {
		char c = peer[i - 1];
		if (is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			tail[--n] = c;
	}
	(void)snprintf(out, MSG_PEER_MAX, "访客 %s", tail + n);
}

static bool printable(const char *s)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == 0x7F)
			return false;
	return utf8_valid(s, n);
}

void address_mask(const char *peer, char out[MSG_PEER_MAX])
{
	const char *at = printable(peer) ? strrchr(peer, '@') : NULL;
	if (at)
		mask_email(peer, at, out);
	else if (all_digits(peer + (*peer == '+')) && strlen(peer) <= PHONE_DIGITS_MAX + 1)
		mask_phone(peer, out);
	else
		mask_visitor(peer, out);
}

void address_mask_name(const char *name, char out[MSG_PEER_MAX])
{
	size_t first = first_char(name), stars = utf8_count(name + first, strlen(name + first));
	if (stars < 1)
		stars = *name != '\0';
	if (stars > NAME_STARS_MAX)
		stars = NAME_STARS_MAX;
	(void)snprintf(out, MSG_PEER_MAX, "%.*s%.*s", (int)first, name, (int)stars, "***");
}

/* --- foreign words --- */

static const char BETWEEN[] = " \t\r\n<>()[],;:\""; /* words */

/* What begins at p, to be masked as if it were `as`; 0: nothing. A whole word with an @ in it goes for a mail address: rather too much. */
static size_t mail_at(struct arena *a, const char *p, const char *peer, const char **as)
{
	size_t n = strcspn(p, BETWEEN);
	const char *at = memchr(p, '@', n);
	size_t local = strcspn(peer, "@"), end = n;
	while (end && p[end - 1] == '.')
		end--;
	if (at && at > p && at + 1 < p + end)
		*as = arena_strndup(a, p, end);
	else if (peer[local] && end >= PEER_MIN && end == local && !strncasecmp(p, peer, local))
		*as = peer;
	else
		return 0;
	return end;
}

static size_t phone_at(struct arena *a, const char *p, const char *peer, const char **as)
{
	char form[MSG_PEER_MAX];
	size_t plus = *p == '+', n = plus + strspn(p + plus, "0123456789");
	if (n == plus || !address_phone(arena_strndup(a, p, n), form))
		return 0;
	if (strcmp(form, peer) != 0 && (strncmp(form, "+86", 3) != 0 || !is_mobile(form + 3)))
		return 0;
	*as = arena_strdup(a, form);
	return n;
}

static size_t peer_at(const char *p, const char *peer, const char **as)
{
	size_t n = strlen(peer);
	*as = peer;
	return n >= PEER_MIN && !all_digits(peer + (*peer == '+')) && !strncasecmp(p, peer, n) ? n : 0;
}

const char *address_mask_words(struct arena *a, const char *words, const char *peer)
{
	struct buf out;
	char mask[MSG_PEER_MAX];
	if (words == NULL)
		return NULL;
	if (peer == NULL)
		peer = "";
	buf_init(&out, (strlen(words) + 1) * sizeof mask);
	for (const char *p = words, *as = NULL; *p;) {
		bool word = p == words || strchr(BETWEEN, p[-1]);
		size_t n = word ? mail_at(a, p, peer, &as) : 0;
		if (!n && (p == words || !is_digit(p[-1])))
			n = phone_at(a, p, peer, &as);
		if (!n)
			n = peer_at(p, peer, &as);
		if (n)
			address_mask(as, mask);
		must(n ? buf_adds(&out, mask) : buf_addc(&out, *p));
		p += n ? n : 1;
	}
	const char *masked = arena_strdup(a, buf_str(&out));
	buf_fini(&out);
	return masked;
}
