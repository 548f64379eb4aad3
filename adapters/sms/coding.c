#include "adapters/sms/coding.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "adapters/sms/gsm.h"
#include "gateway/base/utf8.h"

enum { UNKNOWN_CHARACTER = 0xFFFD };

/* Appends one character; returns 1 when it had to be replaced. */
static size_t put(struct buf *text, uint32_t cp)
{
	if (cp)
		utf8_put(text, cp);
	return cp == UNKNOWN_CHARACTER;
}

static size_t decode_gsm(const uint8_t *p, size_t n, struct buf *text)
{
	size_t replaced = 0;
	for (size_t i = 0; i < n; i++) {
		uint32_t cp = UNKNOWN_CHARACTER;
		if (p[i] == GSM_ESCAPE && i + 1 < n && p[i + 1] < 128) {
			i++;
			cp = gsm_extension(p[i]);
			/* A telephone without the extension shows the default alphabet's character; so do we. */
			cp = cp ? cp : p[i] == GSM_ESCAPE ? ' ' : gsm_basic(p[i]);
		} else if (p[i] < 128 && p[i] != GSM_ESCAPE) {
			cp = gsm_basic(p[i]);
		}
		replaced += put(text, cp);
	}
	return replaced;
}

static size_t decode_bytes(const uint8_t *p, size_t n, uint8_t last, struct buf *text)
{
	size_t replaced = 0;
	for (size_t i = 0; i < n; i++)
		replaced += put(text, p[i] <= last ? p[i] : UNKNOWN_CHARACTER);
	return replaced;
}

static uint32_t unit_at(const uint8_t *p, bool little)
{
	return little ? (uint32_t)(p[1] << 8 | p[0]) : (uint32_t)(p[0] << 8 | p[1]);
}

static size_t decode_ucs2(const uint8_t *p, size_t n, struct buf *text)
{
	bool little = n >= 2 && p[0] == 0xFF && p[1] == 0xFE;
	size_t i = little || (n >= 2 && p[0] == 0xFE && p[1] == 0xFF) ? 2 : 0, replaced = 0;
	for (; i + 1 < n; i += 2) {
		uint32_t cp = unit_at(p + i, little);
		if (cp >= 0xD800 && cp <= 0xDFFF) {
			uint32_t low = cp <= 0xDBFF && i + 3 < n ? unit_at(p + i + 2, little) : 0;
			if (low >= 0xDC00 && low <= 0xDFFF) {
				cp = 0x10000 + ((cp - 0xD800) << 10 | (low - 0xDC00));
				i += 2;
			} else {
				cp = UNKNOWN_CHARACTER;
			}
		}
		replaced += put(text, cp);
	}
	return i < n ? replaced + put(text, UNKNOWN_CHARACTER) : replaced;
}

/* Through iconv. Malformed input becomes `mark` in the output, or ends the conversion when mark is NULL. Returns how
 * many times that happened. */
static size_t convert(const char *to, const char *from, const char *p, size_t n, const char *mark, struct buf *out)
{
	iconv_t cd = iconv_open(to, from);
	must(cd != (iconv_t)-1);
	char *in = (char *)(uintptr_t)p, room[512];
	size_t bad = 0;
	while (n) {
		char *at = room;
		size_t left = sizeof room;
		int why = iconv(cd, &in, &n, &at, &left) == (size_t)-1 ? errno : 0;
		buf_add(out, room, (size_t)(at - room));
		if (!why || why == E2BIG)
			continue;
		bad++;
		if (!mark)
			break;
		buf_adds(out, mark);
		if (why == EINVAL) /* cut inside its last character */
			break;
		in++;
		n--;
	}
	iconv_close(cd);
	return bad;
}

static size_t decode_gb(const uint8_t *p, size_t n, struct buf *text)
{
	size_t start = text->len, bad = convert("UTF-8", "GB18030", (const char *)p, n, "\xEF\xBF\xBD", text), to = start;
	for (size_t i = start; i < text->len; i++)
		if (text->data[i])
			text->data[to++] = text->data[i];
	if (to < text->len) {
		text->len = to;
		text->data[to] = '\0';
	}
	return bad;
}

size_t coding_decode(enum coding c, const uint8_t *p, size_t n, struct buf *text)
{
	switch (c) {
	case CODING_GSM:
		return decode_gsm(p, n, text);
	case CODING_LATIN1:
		return decode_bytes(p, n, 0xFF, text);
	case CODING_ASCII:
		return decode_bytes(p, n, 0x7F, text);
	case CODING_GB:
		return decode_gb(p, n, text);
	case CODING_UCS2:
		return decode_ucs2(p, n, text);
	default:
		must(!"a coding that holds text");
		return 0;
	}
}

/* --- what carriers send under another name --- */

/* What Chinese and what stands between it are written with. */
static bool common(uint32_t unit)
{
	static const struct { uint16_t from, to; } span[] = { { '\n', '\n' }, { '\r', '\r' }, { ' ', '~' }, { 0xA0, 0xFF }, { 0x2000, 0x27BF },
		{ 0x3000, 0x9FFF }, { 0xD83C, 0xD83E }, { 0xDC00, 0xDFFF }, { 0xFF00, 0xFFEF } };
	for (size_t i = 0; i < sizeof span / sizeof *span; i++)
		if (unit >= span[i].from && unit <= span[i].to)
			return true;
	return false;
}

static bool is_control(uint8_t octet)
{
	return octet < ' ' && octet != '\n' && octet != '\r';
}

/* Words of a European language have few octets above 0x7F and no control characters; halves of Chinese ones have many of both. */
static bool no_letters(const uint8_t *p, size_t n)
{
	size_t high = 0;
	for (size_t i = 0; i < n; i++) {
		if (is_control(p[i]))
			return true;
		high += p[i] > 0x7F;
	}
	return high * 4 > n;
}

static bool is_clean(enum coding c, const uint8_t *p, size_t n)
{
	struct buf text;
	buf_init(&text, n * 4 + 1);
	bool clean = coding_decode(c, p, n, &text) == 0;
	buf_fini(&text);
	return clean;
}

static bool looks_ucs2(const uint8_t *p, size_t n)
{
	bool little = n >= 2 && p[0] == 0xFF && p[1] == 0xFE;
	size_t i = little || (n >= 2 && p[0] == 0xFE && p[1] == 0xFF) ? 2 : 0;
	if (n % 2 || !no_letters(p, n))
		return false;
	for (; i + 1 < n; i += 2)
		if (!common(unit_at(p + i, little)))
			return false;
	return is_clean(CODING_UCS2, p, n);
}

enum coding coding_guess(enum coding said, const uint8_t *p, size_t n)
{
	bool strange = false;
	for (size_t i = 0; i < n; i++)
		strange = strange || p[i] > 0x7F || (said == CODING_ASCII && is_control(p[i]));
	if (!strange || (said != CODING_ASCII && said != CODING_GSM))
		return said;
	/* GB 18030 would take nearly anything, UCS-2 of common characters hardly what is in GB 18030. */
	return looks_ucs2(p, n) ? CODING_UCS2 : !is_clean(said, p, n) && is_clean(CODING_GB, p, n) ? CODING_GB : said;
}

const char *coding_name(enum coding c)
{
	static const char *const name[CODINGS] = { "gsm", "latin1", "ascii", "gb18030", "ucs-2", "binary" };
	return name[c];
}

static bool encode_gsm(uint32_t cp, struct buf *out)
{
	int septet = gsm_find_basic(cp);
	if (septet >= 0)
		return buf_u8(out, (uint8_t)septet);
	septet = gsm_find_extension(cp);
	return septet >= 0 && buf_u8(out, GSM_ESCAPE) && buf_u8(out, (uint8_t)septet);
}

static bool encode_ucs2(uint32_t cp, struct buf *out)
{
	if (cp < 0x10000)
		return buf_u16(out, (uint16_t)cp);
	cp -= 0x10000;
	return buf_u16(out, (uint16_t)(0xD800 | cp >> 10)) && buf_u16(out, (uint16_t)(0xDC00 | (cp & 0x3FF)));
}

static bool encode_one(enum coding c, uint32_t cp, struct buf *out)
{
	switch (c) {
	case CODING_GSM:
		return encode_gsm(cp, out);
	case CODING_LATIN1:
		return cp <= 0xFF && buf_u8(out, (uint8_t)cp);
	case CODING_ASCII:
		return cp <= 0x7F && buf_u8(out, (uint8_t)cp);
	case CODING_UCS2:
		return encode_ucs2(cp, out);
	default:
		must(!"a coding written character by character");
		return false;
	}
}

bool coding_encode(enum coding c, const char *text, size_t n, struct buf *out)
{
	if (c == CODING_GB)
		return !convert("GB18030", "UTF-8", text, n, NULL, out) && !out->overflow;
	for (size_t i = 0, took; i < n; i += took) {
		uint32_t cp;
		took = utf8_next(text + i, n - i, &cp);
		if (!took || !encode_one(c, cp, out))
			return false;
	}
	return !out->overflow;
}

unsigned coding_gsm_cost(uint32_t cp)
{
	return gsm_find_basic(cp) >= 0 ? 1 : gsm_find_extension(cp) >= 0 ? 2 : 0;
}
