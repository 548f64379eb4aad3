#include "tests/sim/text.h"

#include <string.h>

#include "gateway/base/utf8.h"

enum { HEADER = 6, ESC = 0x1B, SINGLE_SEPTETS = 160, PART_SEPTETS = 153, SINGLE_OCTETS = 140, PART_OCTETS = 134 };

/* The default alphabet in the order of its septets; the escape's place is held by U+FFFF. */
static const char ALPHABET[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\xEF\xBF\xBFÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/* Pairs of a septet and the character it means behind an escape. */
static const char EXTENDED[] = "\x0A\f\x14^\x28{\x29}\x2F\\\x3C[\x3D~\x3E]\x40|\x65€";

static size_t step(const char *s, size_t n, uint32_t *cp)
{
	size_t took = utf8_next(s, n, cp);
	if (took)
		return took;
	*cp = '?';
	return 1;
}

static uint32_t nth(unsigned septet)
{
	uint32_t cp = 0;
	size_t i = 0;
	for (unsigned k = 0; k <= septet; k++)
		i += step(ALPHABET + i, sizeof ALPHABET - 1 - i, &cp);
	return cp;
}

static uint32_t extended(uint8_t septet)
{
	for (size_t i = 0; i < sizeof EXTENDED - 1;) {
		uint32_t cp;
		uint8_t s = (uint8_t)EXTENDED[i++];
		i += step(EXTENDED + i, sizeof EXTENDED - 1 - i, &cp);
		if (s == septet)
			return cp;
	}
	return 0;
}

/* Septets for cp into out; 0: not in the alphabet. */
static size_t septets(uint32_t cp, uint8_t out[2])
{
	uint32_t c;
	size_t i = 0;
	for (unsigned k = 0; k < 128; k++) {
		i += step(ALPHABET + i, sizeof ALPHABET - 1 - i, &c);
		if (c == cp && k != ESC) {
			out[0] = (uint8_t)k;
			return 1;
		}
	}
	for (i = 0; i < sizeof EXTENDED - 1;) {
		out[0] = ESC;
		out[1] = (uint8_t)EXTENDED[i++];
		i += step(EXTENDED + i, sizeof EXTENDED - 1 - i, &c);
		if (c == cp)
			return 2;
	}
	return 0;
}

static size_t octets(uint32_t cp, uint8_t out[4])
{
	uint32_t v = cp - 0x10000, high = 0xD800 + (v >> 10), low = 0xDC00 + (v & 0x3FF);
	if (cp < 0x10000) {
		out[0] = (uint8_t)(cp >> 8);
		out[1] = (uint8_t)cp;
		return 2;
	}
	out[0] = (uint8_t)(high >> 8);
	out[1] = (uint8_t)high;
	out[2] = (uint8_t)(low >> 8);
	out[3] = (uint8_t)low;
	return 4;
}

/* Total length in one alphabet; 0 for a character that is not in it (or an empty text). */
static size_t measure(const char *text, bool ucs2)
{
	size_t total = 0, n = strlen(text);
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		uint8_t unit[4];
		i += step(text + i, n - i, &cp);
		size_t c = ucs2 ? octets(cp, unit) : septets(cp, unit);
		if (!c)
			return 0;
		total += c;
	}
	return total;
}

static void begin_part(struct buf *wire, uint8_t ref, unsigned index)
{
	uint8_t h[HEADER] = { 5, 0, 3, ref, 0, (uint8_t)index };
	buf_add(wire, h, sizeof h);
}

static unsigned cut(const char *text, bool ucs2, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX])
{
	size_t most = ucs2 ? PART_OCTETS : PART_SEPTETS, n = strlen(text), start[SIM_PARTS_MAX + 1] = { 0 }, used = 0;
	bool whole = measure(text, ucs2) <= (ucs2 ? SINGLE_OCTETS : SINGLE_SEPTETS);
	unsigned parts = 1;
	buf_clear(wire);
	if (!whole)
		begin_part(wire, ref, 1);
	for (size_t i = 0; i < n;) {
		uint32_t cp;
		uint8_t unit[4];
		i += step(text + i, n - i, &cp);
		size_t c = ucs2 ? octets(cp, unit) : septets(cp, unit);
		if (!whole && used + c > most) {
			if (parts == SIM_PARTS_MAX)
				return 0;
			start[parts++] = wire->len;
			begin_part(wire, ref, parts);
			used = 0;
		}
		buf_add(wire, unit, c);
		used += c;
	}
	start[parts] = wire->len;
	for (unsigned k = 0; k < parts; k++) {
		piece[k] = (struct sim_piece){ wire->data ? wire->data + start[k] : NULL, start[k + 1] - start[k] };
		if (!whole && wire->data)
			wire->data[start[k] + 4] = (uint8_t)parts;
	}
	return parts;
}

unsigned sim_cut(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX], uint8_t *dcs)
{
	bool ucs2 = *text && !measure(text, false);
	*dcs = ucs2 ? SIM_DCS_UCS2 : SIM_DCS_DEFAULT;
	return cut(text, ucs2, ref, wire, piece);
}

unsigned sim_cut_ucs2(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX])
{
	return cut(text, true, ref, wire, piece);
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

unsigned sim_cut_ascii_or_ucs2(const char *text, size_t ascii_max, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX],
	uint8_t *coding)
{
	bool ascii = is_ascii(text) && strlen(text) <= ascii_max;
	*coding = ascii ? SIM_CODING_ASCII : SIM_CODING_UCS2;
	if (!ascii)
		return sim_cut_ucs2(text, ref, wire, piece);
	piece[0] = (struct sim_piece){ (const uint8_t *)text, strlen(text) };
	return 1;
}

static void read_ascii(const uint8_t *p, size_t n, struct buf *text)
{
	for (size_t i = 0; i < n; i++)
		utf8_put(text, p[i] && p[i] < 0x80 ? p[i] : '?');
}

static void read_default(const uint8_t *p, size_t n, struct buf *text)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t cp = '?';
		if (p[i] == ESC && i + 1 < n)
			cp = extended(p[++i]);
		else if (p[i] < 128 && p[i] != ESC)
			cp = nth(p[i]);
		utf8_put(text, cp ? cp : ' ');
	}
}

void sim_read(uint8_t dcs, const uint8_t *p, size_t n, struct buf *text)
{
	if (dcs == SIM_DCS_ASCII) {
		read_ascii(p, n, text);
		return;
	}
	if (dcs != SIM_DCS_UCS2) {
		read_default(p, n, text);
		return;
	}
	struct buf units;
	buf_init(&units, n * 3 + 8);
	for (size_t i = 0; i + 1 < n; i += 2)
		utf8_put(&units, (uint32_t)(p[i] << 8 | p[i + 1]));
	size_t joined = units.len ? utf8_join_surrogates((char *)units.data, units.len) : 0;
	utf8_mend(text, buf_str(&units), joined);
	buf_fini(&units);
}

bool sim_header(const uint8_t *p, size_t n, struct sim_header *h)
{
	*h = (struct sim_header){ .total = 1, .index = 1 };
	if (!n || p[0] + 1u > n)
		return false;
	h->len = p[0] + 1u;
	for (size_t i = 1; i + 1 < h->len;) {
		uint8_t id = p[i], len = p[i + 1];
		const uint8_t *v = p + i + 2;
		if (i + 2 + len > h->len)
			return false;
		if ((id == 0 && len == 3) || (id == 8 && len == 4)) {
			h->ref = len == 3 ? v[0] : (unsigned)(v[0] << 8 | v[1]);
			h->total = v[len - 2];
			h->index = v[len - 1];
		}
		i += 2u + len;
	}
	return h->total && h->index && h->index <= h->total;
}
