#include "adapters/email/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/utf8.h"

enum { CHUNK = 4096 };

static const char GB[] = "GB18030", BIG5[] = "BIG5-HKSCS", UTF8[] = "UTF-8", ASCII[] = "US-ASCII", HZ[] = "HZ",
	LATIN[] = "WINDOWS-1252";

static const struct label {
	const char *label, *name;
} labels[] = {
	{ "utf-8", UTF8 }, { "utf8", UTF8 }, { "utf-8mb4", UTF8 }, { "utf8mb4", UTF8 }, { "unicode-1-1-utf-8", UTF8 },
	{ "us-ascii", ASCII }, { "ascii", ASCII }, { "ansi_x3.4-1968", ASCII },
	{ "gb18030", GB }, { "gb-18030", GB }, { "gb2312", GB }, { "gb-2312", GB }, { "gb_2312-80", GB },
	{ "gb2312-80", GB }, { "gbk", GB }, { "x-gbk", GB }, { "cp936", GB }, { "ms936", GB }, { "windows-936", GB },
	{ "euc-cn", GB }, { "eucgb2312_cn", GB }, { "csgb2312", GB }, { "iso-ir-58", GB }, { "chinese", GB },
	{ "big5", BIG5 }, { "big-5", BIG5 }, { "big5-hkscs", BIG5 }, { "cn-big5", BIG5 }, { "x-x-big5", BIG5 },
	{ "cp950", BIG5 }, { "big5_hkscs", BIG5 }, { "euc-tw", "EUC-TW" },
	{ "hz-gb-2312", HZ }, { "hz", HZ },
	{ "iso-2022-jp", "ISO-2022-JP" }, { "shift_jis", "CP932" }, { "sjis", "CP932" }, { "x-sjis", "CP932" },
	{ "windows-31j", "CP932" }, { "euc-jp", "EUC-JP" }, { "euc-kr", "CP949" }, { "ks_c_5601-1987", "CP949" },
	{ "iso-2022-kr", "ISO-2022-KR" }, { "cp949", "CP949" },
	{ "iso-8859-1", LATIN }, { "latin1", LATIN }, { "windows-1252", LATIN }, { "cp1252", LATIN },
	{ "iso-8859-2", "ISO-8859-2" }, { "iso-8859-5", "ISO-8859-5" }, { "iso-8859-7", "ISO-8859-7" },
	{ "iso-8859-9", "ISO-8859-9" }, { "iso-8859-15", "ISO-8859-15" }, { "windows-1250", "WINDOWS-1250" },
	{ "windows-1251", "WINDOWS-1251" }, { "windows-1253", "WINDOWS-1253" }, { "windows-1254", "WINDOWS-1254" },
	{ "windows-1256", "WINDOWS-1256" }, { "windows-1258", "WINDOWS-1258" }, { "windows-874", "WINDOWS-874" },
	{ "tis-620", "TIS-620" }, { "koi8-r", "KOI8-R" }, { "koi8-u", "KOI8-U" },
	{ "utf-16", "UTF-16" }, { "utf-16le", "UTF-16LE" }, { "utf-16be", "UTF-16BE" }
};

const char *charset_lookup(const char *label)
{
	for (size_t i = 0; label && i < sizeof labels / sizeof *labels; i++)
		if (!strcasecmp(label, labels[i].label))
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
	if (name == GB)
		decode_gb(p, n, out);
	else if (name == BIG5)
		convert(BIG5, p, n, false, out);
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
	else
		convert(name, p, n, false, out);
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
