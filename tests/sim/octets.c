#include "tests/sim/octets.h"

#include <string.h>

#include "gateway/base/clock.h"

size_t octets_begin(struct buf *b, uint32_t command, uint32_t sequence)
{
	size_t at = b->len;
	buf_u32(b, 0);
	buf_u32(b, command);
	buf_u32(b, sequence);
	return at;
}

void octets_end(struct buf *b, size_t at)
{
	size_t n = b->len - at;
	b->data[at + 2] = (uint8_t)(n >> 8);
	b->data[at + 3] = (uint8_t)n;
}

void octets_add_text(struct buf *b, const char *s, size_t width)
{
	char field[64] = "";
	must(width <= sizeof field && strlen(s) <= width);
	memcpy(field, s, strlen(s));
	buf_add(b, field, width);
}

void octets_add_tlv(struct buf *b, uint16_t tag, uint8_t v)
{
	buf_u16(b, tag);
	buf_u16(b, 1);
	buf_u8(b, v);
}

int octets_frame(const uint8_t *p, size_t n, size_t head, size_t max, size_t *length)
{
	if (n < 4)
		return 0;
	*length = octets_u32(p);
	return *length < head || *length > max ? -1 : n >= *length;
}

const uint8_t *octets_take(struct octets_reader *r, size_t n)
{
	static const uint8_t nothing[256];
	if (r->bad || (size_t)(r->end - r->p) < n) {
		r->bad = true;
		return nothing;
	}
	r->p += n;
	return r->p - n;
}

uint32_t octets_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void octets_take_text(struct octets_reader *r, size_t width, char out[64])
{
	memcpy(out, octets_take(r, width), width);
	out[width] = '\0';
}

struct tm octets_now(void)
{
	time_t now = (time_t)((clock_now() + CLOCK_ZONE_MS) / 1000);
	struct tm tm;
	gmtime_r(&now, &tm);
	return tm;
}
