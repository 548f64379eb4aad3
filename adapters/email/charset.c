#include "adapters/email/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/utf8.h"

enum { CHUNK = 4096 };

static const char GB[] = "GB18030", BIG5[] = "BIG5-HKSCS", UTF8[] = "UTF-8", ASCII[] = "US-ASCII", HZ[] = "HZ",
	LATIN[] = "WINDOWS-1252", JIS[] = "ISO-2022-JP";

/* Labels are compared without '-', '_', '.', ':' and blanks, so each stands here once. */
static const struct label {
	const char *label, *name;
} labels[] = {
	{ "utf8", UTF8 }, { "utf8mb4", UTF8 }, { "unicode11utf8", UTF8 }, { "unicode20utf8", UTF8 }, { "xunicode20utf8", UTF8 },
	{ "usascii", ASCII }, { "ascii", ASCII }, { "ansix341968", ASCII }, { "iso646us", ASCII }, { "7bit", ASCII },
	{ "gb18030", GB }, { "gb2312", GB }, { "xgb2312", GB }, { "gb231280", GB }, { "gbk", GB }, { "xgbk", GB },
	{ "gb2312gbk", GB }, { "cp936", GB }, { "ms936", GB }, { "windows936", GB }, { "euccn", GB }, { "xeuccn", GB },
	{ "eucgb2312cn", GB }, { "csgb2312", GB }, { "csiso58gb231280", GB }, { "isoir58", GB }, { "chinese", GB },
	{ "xmacchinesesimp", GB }, { "gb", GB },
	{ "big5", BIG5 }, { "big5hkscs", BIG5 }, { "cnbig5", BIG5 }, { "xxbig5", BIG5 }, { "xbig5", BIG5 }, { "csbig5", BIG5 },
	{ "cp950", BIG5 }, { "ms950", BIG5 }, { "windows950", BIG5 }, { "big5eten", BIG5 }, { "euctw", "EUC-TW" },
	{ "hzgb2312", HZ }, { "hz", HZ },
	{ "iso2022jp", JIS }, { "csiso2022jp", JIS }, { "iso2022jpms", JIS }, { "cp50220", JIS }, { "cp50221", JIS },
	{ "iso2022jp1", "ISO-2022-JP-2" }, { "iso2022jp2", "ISO-2022-JP-2" }, { "iso2022jp3", "ISO-2022-JP-3" },
	{ "shiftjis", "CP932" }, { "sjis", "CP932" }, { "xsjis", "CP932" }, { "windows31j", "CP932" }, { "cp932", "CP932" },
	{ "csshiftjis", "CP932" }, { "mskanji", "CP932" }, { "eucjp", "EUC-JP-MS" }, { "xeucjp", "EUC-JP-MS" },
	{ "euckr", "CP949" }, { "ksc56011987", "CP949" }, { "ksc5601", "CP949" }, { "cp949", "CP949" }, { "uhc", "CP949" },
	{ "windows949", "CP949" }, { "iso2022kr", "ISO-2022-KR" }, { "johab", "JOHAB" }, { "iso2022cn", "ISO-2022-CN" },
	{ "iso88591", LATIN }, { "latin1", LATIN }, { "windows1252", LATIN }, { "cp1252", LATIN }, { "xansi", LATIN },
	{ "ansi", LATIN }, { "isoir100", LATIN },
	{ "iso88592", "ISO-8859-2" }, { "latin2", "ISO-8859-2" }, { "iso88593", "ISO-8859-3" }, { "iso88594", "ISO-8859-4" },
	{ "iso88595", "ISO-8859-5" }, { "iso88596", "ISO-8859-6" }, { "iso88597", "ISO-8859-7" },
	{ "iso88598", "ISO-8859-8" }, { "iso88598i", "ISO-8859-8" }, { "iso88598e", "ISO-8859-8" },
	{ "iso88599", "WINDOWS-1254" }, { "latin5", "WINDOWS-1254" }, { "iso885910", "ISO-8859-10" },
	{ "iso885911", "WINDOWS-874" }, { "iso885913", "ISO-8859-13" }, { "iso885914", "ISO-8859-14" },
	{ "iso885915", "ISO-8859-15" }, { "latin9", "ISO-8859-15" }, { "iso885916", "ISO-8859-16" },
	{ "windows1250", "WINDOWS-1250" }, { "cp1250", "WINDOWS-1250" }, { "windows1251", "WINDOWS-1251" },
	{ "cp1251", "WINDOWS-1251" }, { "win1251", "WINDOWS-1251" }, { "windows1253", "WINDOWS-1253" },
	{ "windows1254", "WINDOWS-1254" }, { "windows1255", "WINDOWS-1255" }, { "windows1256", "WINDOWS-1256" },
	{ "windows1257", "WINDOWS-1257" }, { "windows1258", "WINDOWS-1258" }, { "windows874", "WINDOWS-874" },
	{ "tis620", "WINDOWS-874" }, { "tcvn", "TCVN" }, { "viscii", "VISCII" },
	{ "koi8r", "KOI8-R" }, { "koi8u", "KOI8-U" }, { "koi8ru", "KOI8-RU" }, { "koi8t", "KOI8-T" },
	{ "ibm437", "CP437" }, { "cp437", "CP437" }, { "ibm850", "CP850" }, { "cp850", "CP850" }, { "ibm852", "CP852" },
	{ "ibm855", "CP855" }, { "ibm866", "CP866" }, { "cp866", "CP866" }, { "macintosh", "MACINTOSH" },
	{ "xmacroman", "MACINTOSH" }, { "macroman", "MACINTOSH" }, { "xmaccyrillic", "MAC-CYRILLIC" },
	{ "utf7", "UTF-7" }, { "unicode11utf7", "UTF-7" },
	{ "utf16", "UTF-16" }, { "utf16le", "UTF-16LE" }, { "utf16be", "UTF-16BE" }, { "unicode", "UTF-16" },
	{ "ucs2", "UTF-16" }, { "utf32", "UTF-32" }, { "utf32le", "UTF-32LE" }, { "utf32be", "UTF-32BE" }
};

static bool same_label(const char *label, const char *plain)
{
	for (; *label; label++) {
		if (strchr("-_.: \"'", *label))
			continue;
		if (tolower((unsigned char)*label) != *plain++)
			return false;
	}
	return *plain == '\0';
}

const char *charset_lookup(const char *label)
{
	if (label && !strncasecmp(label, "charset=", 8))
		label += 8;
	for (size_t i = 0; label && i < sizeof labels / sizeof *labels; i++)
		if (same_label(label, labels[i].label))
			return labels[i].name;
	return NULL;
}

/* Converts with an iconv name of ours. strict: false at the first byte that does not fit, out unchanged in meaning (the
 * caller restores len). Otherwise such a byte becomes U+FFFD and false is returned at the end. */
static bool convert(const char *name, const char *p, size_t n, bool strict, struct buf *out)
{
	iconv_t cd = iconv_open("UTF-8", name);
	if (cd == (iconv_t)-1) {
		if (!strict)
			utf8_mend(out, p, n);
		return false;
	}
	bool clean = true;
	char *in = (char *)(uintptr_t)p;
	while (n > 0 && (clean || !strict)) {
		char piece[CHUNK], *to = piece;
		size_t room = sizeof piece;
		size_t rc = iconv(cd, &in, &n, &to, &room);
		int why = errno;
		bool fits = buf_add(out, piece, (size_t)(to - piece));
		if (!fits)
			break;
		if (rc != (size_t)-1 || why == E2BIG)
			continue;
		clean = false;
		if (strict)
			break;
		buf_adds(out, "\xEF\xBF\xBD");
		in++;
		n--;
	}
	char rest[16], *to = rest; /* converters that compose letters hold the last one back */
	size_t room = sizeof rest;
	if (iconv(cd, NULL, NULL, &to, &room) != (size_t)-1)
		buf_add(out, rest, (size_t)(to - rest));
	iconv_close(cd);
	return clean;
}

/* All or nothing: appends and returns true only if every byte fits. */
static bool convert_whole(const char *name, const char *p, size_t n, struct buf *out)
{
	size_t len = out->len;
	if (convert(name, p, n, true, out))
		return true;
	if (out->data) {
		out->len = len;
		out->data[len] = '\0';
	}
	return false;
}

static bool fits(const char *name, const char *p, size_t n)
{
	struct buf b;
	buf_init(&b, n * 4 + 8);
	bool ok = convert_whole(name, p, n, &b);
	buf_fini(&b);
	return ok;
}

struct shape {
	bool high;      /* any byte above 7F */
	bool utf8;      /* valid */
	bool longer;    /* a sequence of three or four bytes */
	bool adjacent;  /* two two-byte sequences side by side */
	bool trails_a1; /* every trail byte is A1 or above */
	size_t good, bad;
};

static struct shape shape_of(const char *p, size_t n)
{
	struct shape s = { .utf8 = true, .trails_a1 = true };
	bool two_before = false;
	for (size_t i = 0; i < n;) {
		if ((unsigned char)p[i] < 0x80) {
			two_before = false;
			i++;
			continue;
		}
		s.high = true;
		uint32_t cp;
		size_t k = utf8_next(p + i, n - i, &cp);
		if (k == 0) {
			s.utf8 = false;
			s.bad++;
			i++;
			continue;
		}
		s.good++;
		s.longer |= k > 2;
		s.adjacent |= k == 2 && two_before;
		two_before = k == 2;
		for (size_t j = 1; j < k; j++)
			s.trails_a1 &= (unsigned char)p[i + j] >= 0xA1;
		i += k;
	}
	return s;
}

static bool alone(const char *p, size_t n, size_t i)
{
	return (i == 0 || (unsigned char)p[i - 1] < 0x80) && (i + 1 == n || (unsigned char)p[i + 1] < 0x80);
}

/* Accented letters in a text of ASCII: Chinese bytes come in pairs. */
static bool looks_latin(const char *p, size_t n)
{
	size_t high = 0, single = 0;
	for (size_t i = 0; i < n; i++) {
		high += (unsigned char)p[i] >= 0x80;
		single += (unsigned char)p[i] >= 0xA0 && alone(p, n, i);
	}
	return high > 0 && single == high;
}

const char *charset_guess(const char *p, size_t n, enum charset_hint hint)
{
	struct shape s = shape_of(p, n);
	if (!s.high)
		return ASCII;
	if (s.utf8 && s.longer)
		return UTF8;
	if (s.utf8 && s.adjacent && s.trails_a1 && hint == CHARSET_MAINLAND && fits(GB, p, n))
		return GB;
	if (s.utf8)
		return UTF8;
	if (looks_latin(p, n))
		return LATIN;
	const char *first = hint == CHARSET_TRADITIONAL ? BIG5 : GB, *second = first == GB ? BIG5 : GB;
	if (fits(first, p, n))
		return first;
	return fits(second, p, n) ? second : NULL;
}

/* HZ (RFC 1843): GB 2312 in seven bits between ~{ and ~}. */
static void hz_to_gb(const char *p, size_t n, struct buf *out)
{
	bool gb = false;
	for (size_t i = 0; i < n; i++) {
		char next = i + 1 < n ? p[i + 1] : '\0';
		if (p[i] == '~' && (next == '{' || next == '}')) {
			gb = next == '{';
			i++;
		} else if (p[i] == '~' && next == '~' && !gb) {
			buf_addc(out, '~');
			i++;
		} else {
			if (p[i] == '\n')
				gb = false;
			buf_addc(out, gb && p[i] > 0x20 ? (char)(p[i] | (char)0x80) : p[i]);
		}
	}
}

static void decode_gb(const char *p, size_t n, struct buf *out)
{
	if (!convert_whole(GB, p, n, out) && !convert_whole("GBK", p, n, out))
		convert(GB, p, n, false, out);
}

static void decode_hz(const char *p, size_t n, struct buf *out)
{
	struct buf gb;
	buf_init(&gb, n + 1);
	hz_to_gb(p, n, &gb);
	decode_gb(buf_str(&gb), gb.len, out);
	buf_fini(&gb);
}

/* ISO-2022-JP with what Windows and phones put into it (NEC's row 13, half-width katakana), which glibc refuses: as
 * Shift_JIS, whose table has them. */
static void jis_to_sjis(const char *p, size_t n, struct buf *out)
{
	enum { ROMAN, KANJI, KATAKANA } set = ROMAN;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i], d = i + 1 < n ? (unsigned char)p[i + 1] : 0;
		if (c == 0x1B && i + 2 < n && (d == '$' || d == '(')) {
			set = d == '$' ? KANJI : p[i + 2] == 'I' ? KATAKANA : ROMAN;
			i += 2;
		} else if (set == KANJI && c > 0x20 && c < 0x7F && d > 0x20 && d < 0x7F) {
			buf_u8(out, (uint8_t)((c + 1) / 2 + (c < 0x5F ? 0x70 : 0xB0)));
			buf_u8(out, (uint8_t)(c % 2 ? d + (d < 0x60 ? 0x1F : 0x20) : d + 0x7E));
			i++;
		} else {
			if (c == '\n')
				set = ROMAN;
			buf_u8(out, (uint8_t)(set == KATAKANA && c > 0x20 && c < 0x60 ? c | 0x80 : c));
		}
	}
}

static void decode_jis(const char *p, size_t n, struct buf *out)
{
	bool kana = memmem(p, n, "\x1B(I", 3) != NULL; /* which glibc lets pass as letters */
	if ((!kana && convert_whole(JIS, p, n, out)) || (memmem(p, n, "\x1B$(D", 4) && convert_whole("ISO-2022-JP-2", p, n, out)))
		return;
	struct buf sjis;
	buf_init(&sjis, n + 1);
	jis_to_sjis(p, n, &sjis);
	convert("CP932", buf_str(&sjis), sjis.len, false, out);
	buf_fini(&sjis);
}

/* Bytes under a Latin label whose high bytes all come in even runs of A1 and above are Chinese in truth. */
static bool pairs_only(const char *p, size_t n)
{
	size_t run = 0, pairs = 0;
	for (size_t i = 0; i <= n; i++) {
		unsigned char c = i < n ? (unsigned char)p[i] : 0;
		if (c >= 0xA1) {
			run++;
		} else if (c >= 0x80 || run % 2) {
			return false;
		} else {
			pairs += run / 2;
			run = 0;
		}
	}
	return pairs >= 2;
}

static void decode_undeclared(const char *p, size_t n, enum charset_hint hint, struct buf *out)
{
	const char *name = charset_guess(p, n, hint);
	if (name == ASCII && (memmem(p, n, "\x1B$B", 3) || memmem(p, n, "\x1B$@", 3)))
		decode_jis(p, n, out);
	else if (name == GB)
		decode_gb(p, n, out);
	else if (name == BIG5 || name == LATIN)
		convert(name, p, n, false, out);
	else
		utf8_mend(out, p, n);
}

/* What the bytes show counts more than a label that cannot be right. */
static const char *corrected(const char *name, const char *p, size_t n, enum charset_hint hint)
{
	if (name != UTF8 && name != LATIN && name != ASCII)
		return name;
	struct shape s = shape_of(p, n);
	if (!s.high)
		return UTF8;
	if (name == UTF8)
		return s.utf8 || (s.longer && s.good >= s.bad) ? UTF8 : NULL;
	if (name == ASCII || (s.utf8 && s.longer) || (pairs_only(p, n) && charset_guess(p, n, hint) == GB))
		return NULL;
	return LATIN;
}

/* UTF-16 that does not say which way round: ASCII among it does. */
static const char *utf16_order(const char *p, size_t n)
{
	size_t even = 0, odd = 0;
	if (n >= 2 && (!memcmp(p, "\xFF\xFE", 2) || !memcmp(p, "\xFE\xFF", 2)))
		return "UTF-16";
	for (size_t i = 0; i < n; i++) {
		even += !p[i] && i % 2 == 0;
		odd += !p[i] && i % 2 == 1;
	}
	return even > odd ? "UTF-16BE" : "UTF-16LE";
}

static void decode(const char *label, enum charset_hint hint, const char *p, size_t n, struct buf *out)
{
	const char *name = corrected(charset_lookup(label), p, n, hint);
	if (!name)
		decode_undeclared(p, n, hint, out);
	else if (name == UTF8)
		utf8_mend(out, p, n);
	else if (name == GB)
		decode_gb(p, n, out);
	else if (name == HZ)
		decode_hz(p, n, out);
	else if (name == JIS)
		decode_jis(p, n, out);
	else
		convert(strcmp(name, "UTF-16") ? name : utf16_order(p, n), p, n, false, out);
}

void charset_decode(const char *label, enum charset_hint hint, const char *p, size_t n, struct buf *out)
{
	size_t from = out->len;
	decode(label, hint, p, n, out);
	if (out->len == from || !memchr(out->data + from, '\0', out->len - from))
		return;
	struct buf text;
	buf_init(&text, out->cap);
	for (size_t i = from; i < out->len; i++)
		(void)(out->data[i] ? buf_addc(&text, (char)out->data[i]) : buf_adds(&text, "\xEF\xBF\xBD"));
	out->len = from;
	if (!buf_add(out, text.data, text.len))
		buf_add(out, text.data, utf8_cut(buf_str(&text), text.len, out->cap - from));
	buf_fini(&text);
}

int charset_ready(struct err *e)
{
	static const char *const need[] = { "GB18030", "GBK", "BIG5-HKSCS" };
	for (size_t i = 0; i < sizeof need / sizeof *need; i++) {
		iconv_t cd = iconv_open("UTF-8", need[i]);
		if (cd == (iconv_t)-1)
			return err_set(e, E_UNSUPPORTED, "this system cannot convert %s (glibc's gconv modules are missing)",
				need[i]);
		iconv_close(cd);
	}
	return 0;
}
