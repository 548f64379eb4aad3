#include "adapters/sms/segment.h"

#include <string.h>

#include "adapters/sms/gsm.h"
#include "gateway/base/utf8.h"

const struct segment_limits segment_limits_gsm = { 160, 153, 70, 67 };

static const char GAP[] = "[…]";

/* The character at text[i]; what is not UTF-8 counts as U+FFFD. */
static size_t next(const char *text, size_t n, uint32_t *cp)
{
	size_t took = utf8_next(text, n, cp);
	if (took)
		return took;
	*cp = 0xFFFD;
	return 1;
}

static unsigned cost(bool narrow, uint32_t cp)
{
	return narrow ? coding_gsm_cost(cp) : cp > 0xFFFF ? 2 : 1;
}

static bool fits_gsm(const char *text, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		i += next(text + i, n - i, &cp);
		if (!coding_gsm_cost(cp))
			return false;
	}
	return true;
}

/* In GB 18030 a character beyond ASCII takes two octets or four, and a part's limit counts characters. */
static bool fits_narrow(const char *text, size_t n, enum coding narrow)
{
	if (!fits_gsm(text, n))
		return false;
	for (size_t i = 0; narrow == CODING_GB && i < n; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static size_t units(const char *text, size_t n, bool narrow)
{
	size_t sum = 0;
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		i += next(text + i, n - i, &cp);
		sum += cost(narrow, cp);
	}
	return sum;
}

/* Writes the byte offset in text of each border between parts into border[1..] (may be NULL). Returns the parts. */
static unsigned cut_text(const char *text, size_t n, bool narrow, const struct segment_limits *l, uint32_t *border)
{
	unsigned single = narrow ? l->narrow_single : l->wide_single, most = narrow ? l->narrow_part : l->wide_part;
	unsigned parts = 1, used = 0;
	if (units(text, n, narrow) <= single)
		return 1;
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		size_t took = next(text + i, n - i, &cp);
		unsigned c = cost(narrow, cp);
		if (used + c > most) {
			if (parts > MSG_PARTS_MAX - 1)
				return MSG_PARTS_MAX + 1;
			if (border)
				border[parts] = (uint32_t)i;
			parts++;
			used = 0;
		}
		used += c;
		i += took;
	}
	return parts;
}

unsigned segment_count(const char *text)
{
	size_t n = strlen(text);
	return cut_text(text, n, fits_gsm(text, n), &segment_limits_gsm, NULL);
}

unsigned segment_count_as(const char *text, enum coding narrow, const struct segment_limits *limits)
{
	struct segments s;
	int rc = segments_init(&s, text, narrow, limits);
	unsigned parts = rc < 0 ? MSG_PARTS_MAX + 1 : s.parts;
	segments_fini(&s);
	return parts;
}

/* Codes text[from..to) behind what is there. */
static bool code(struct segments *s, const char *text, size_t from, size_t to)
{
	size_t start = s->bytes.len;
	if (coding_encode(s->coding, text + from, to - from, &s->bytes))
		return true;
	if (s->coding != CODING_UCS2 || s->bytes.overflow)
		return false;
	s->bytes.len = start;
	struct buf mended;
	buf_init(&mended, (to - from) * 3);
	utf8_mend(&mended, text + from, to - from);
	bool done = coding_encode(CODING_UCS2, buf_str(&mended), mended.len, &s->bytes);
	buf_fini(&mended);
	return done;
}

static bool code_parts(struct segments *s, const char *text, size_t n, bool narrow, const struct segment_limits *l)
{
	uint32_t border[MSG_PARTS_MAX + 1];
	buf_clear(&s->bytes);
	s->parts = cut_text(text, n, narrow, l, border);
	if (s->parts > MSG_PARTS_MAX)
		return true;
	border[0] = 0;
	border[s->parts] = (uint32_t)n;
	for (unsigned i = 0; i < s->parts; i++) {
		s->cut[i] = (uint32_t)s->bytes.len;
		if (!code(s, text, border[i], border[i + 1]))
			return false;
	}
	s->cut[s->parts] = (uint32_t)s->bytes.len;
	return true;
}

int segments_init(struct segments *s, const char *text, enum coding narrow, const struct segment_limits *limits)
{
	size_t n = strlen(text);
	s->coding = narrow;
	s->parts = 0;
	buf_init(&s->bytes, (size_t)MSG_PARTS_MAX * 256);
	bool done = fits_narrow(text, n, narrow) && code_parts(s, text, n, true, limits);
	if (!done) {
		s->coding = CODING_UCS2;
		done = code_parts(s, text, n, false, limits);
	}
	must(done);
	return s->parts > MSG_PARTS_MAX ? E_RANGE : 0;
}

void segments_fini(struct segments *s)
{
	buf_fini(&s->bytes);
}

void segment_udh(uint8_t out[SEGMENT_UDH_LEN], uint8_t ref, unsigned total, unsigned index)
{
	must(index >= 1 && index <= total && total <= MSG_PARTS_MAX);
	out[0] = 5;
	out[1] = 0;
	out[2] = 3;
	out[3] = ref;
	out[4] = (uint8_t)total;
	out[5] = (uint8_t)index;
}

enum { ELEMENT_SHIFT = 0x24, ELEMENT_LOCKING = 0x25 };

static void read_element(struct udh *u, uint8_t id, const uint8_t *p, size_t n)
{
	if (n == 1 && (id == ELEMENT_SHIFT || id == ELEMENT_LOCKING))
		*(id == ELEMENT_SHIFT ? &u->shift : &u->locking) = p[0];
	bool narrow = id == 0 && n == 3, wide = id == 8 && n == 4;
	if (!narrow && !wide)
		return;
	const uint8_t *count = p + n - 2;
	if (!count[0] || !count[1] || count[1] > count[0])
		return;
	u->wide = wide;
	u->ref = wide ? (unsigned)(p[0] << 8 | p[1]) : p[0];
	u->total = count[0];
	u->index = count[1];
}

int udh_read(const uint8_t *p, size_t n, struct udh *u)
{
	*u = (struct udh){ 0 };
	if (!n || (size_t)p[0] + 1 > n)
		return -1;
	u->len = (size_t)p[0] + 1;
	for (size_t i = 1; i + 2 <= u->len;) {
		size_t len = p[i + 1];
		if (i + 2 + len > u->len)
			return -1;
		read_element(u, p[i], p + i + 2, len);
		i += 2 + len;
	}
	return 1;
}

bool udh_is_foreign(const struct udh *u, enum coding c, const uint8_t *p, size_t n)
{
	if (c != CODING_GSM && c != CODING_ASCII)
		return false;
	return u->locking || (u->shift && n > u->len && memchr(p + u->len, GSM_ESCAPE, n - u->len));
}

static void flush(struct buf *run, unsigned coding, struct buf *text)
{
	if (run->len && coding < CODING_BINARY)
		coding_decode(coding_guess((enum coding)coding, run->data, run->len), run->data, run->len, text);
	buf_clear(run);
}

bool segment_join(const struct msg_part *part, size_t n, struct buf *text)
{
	struct buf run;
	buf_init(&run, MSG_TEXT_MAX);
	unsigned expected = 1, coding = n ? part[0].coding : 0;
	for (size_t i = 0; i < n; i++) {
		if (part[i].index < expected) /* the same part twice */
			continue;
		if (part[i].index > expected || part[i].coding != coding)
			flush(&run, coding, text);
		if (part[i].index > expected)
			buf_adds(text, GAP);
		coding = part[i].coding;
		expected = part[i].index + 1;
		buf_add(&run, part[i].bytes, part[i].n);
	}
	bool fits = !run.overflow;
	flush(&run, coding, text);
	buf_fini(&run);
	if (n && expected <= part[0].total)
		buf_adds(text, GAP);
	return fits && !text->overflow;
}
