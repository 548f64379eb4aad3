#include "adapters/sms/fields.h"

#include <string.h>
#include <time.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/model/address.h"

enum { LENGTH_OCTETS = 4, HEX_MAX = 64 };

uint32_t fields_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int fields_frame(const uint8_t *p, size_t n, size_t header, size_t max, size_t *len)
{
	*len = 0;
	if (n < LENGTH_OCTETS)
		return 0;
	*len = fields_be32(p);
	if (*len < header || *len > max)
		return -1;
	return n >= *len;
}

uint32_t fields_timestamp(int64_t now)
{
	time_t local = (time_t)((now + CLOCK_ZONE_MS) / 1000);
	struct tm t;
	must(gmtime_r(&local, &t));
	return (uint32_t)(((t.tm_mon + 1) * 100 + t.tm_mday) * 1000000 + t.tm_hour * 10000 + t.tm_min * 100 + t.tm_sec);
}

int fields_year(unsigned month, int64_t now)
{
	enum { JANUARY = 1, DECEMBER = 12, DAYS_OF_YEAR = 10000 };
	int year = clock_day(now) / DAYS_OF_YEAR, present = clock_day(now) / 100 % 100;
	if (month == DECEMBER && present == JANUARY)
		return year - 1;
	return month == JANUARY && present == DECEMBER ? year + 1 : year;
}

/* --- reading --- */

const uint8_t *fields_get(struct fields *f, size_t n)
{
	const uint8_t *p = f->p;
	if (n > (size_t)(f->end - f->p))
		return NULL;
	f->p += n;
	return p;
}

bool fields_u8(struct fields *f, uint8_t *v)
{
	const uint8_t *p = fields_get(f, 1);
	if (p)
		*v = *p;
	return p;
}

bool fields_u32(struct fields *f, uint32_t *v)
{
	const uint8_t *p = fields_get(f, 4);
	if (p)
		*v = fields_be32(p);
	return p;
}

bool fields_raw(struct fields *f, void *v, size_t width)
{
	const uint8_t *p = fields_get(f, width);
	if (p)
		memcpy(v, p, width);
	return p;
}

bool fields_str(struct fields *f, char *v, size_t size, size_t width)
{
	must(size > width);
	const uint8_t *p = fields_get(f, width);
	if (!p)
		return false;
	size_t n = strnlen((const char *)p, width);
	memcpy(v, p, n);
	memset(v + n, 0, size - n);
	return true;
}

/* --- writing --- */

bool fields_put_str(struct buf *out, const char *v, size_t width)
{
	static const char zeros[64];
	size_t n = strnlen(v, width + 1);
	must(width <= sizeof zeros);
	return n <= width && buf_add(out, v, n) && buf_add(out, zeros, width - n);
}

bool fields_end(struct buf *out, size_t start, bool ok, size_t max)
{
	size_t n = out->len - start;
	if (!ok || n > max) {
		out->len = start;
		if (out->data)
			out->data[start] = '\0';
		return false;
	}
	for (size_t i = 0; i < LENGTH_OCTETS; i++)
		out->data[start + i] = (uint8_t)(n >> (8 * (LENGTH_OCTETS - 1 - i)));
	return true;
}

bool fields_set(char *field, size_t size, const char *text)
{
	size_t n = strlen(text);
	bool fits = n < size;
	memcpy(field, text, fits ? n : 0);
	field[fits ? n : 0] = '\0';
	return fits;
}

/* --- for people --- */

void fields_dump_str(struct buf *out, const char *field, const char *v)
{
	buf_addf(out, " %s=", field);
	for (; *v; v++)
		buf_addc(out, *v > ' ' && *v < 0x7F ? *v : '?');
}

void fields_dump_addr(struct buf *out, const char *field, const char *v)
{
	char masked[MSG_PEER_MAX];
	address_mask(v, masked);
	buf_addf(out, " %s=%s", field, masked);
}

void fields_dump_raw(struct buf *out, const char *field, const uint8_t *p, size_t n)
{
	char hex[HEX_MAX];
	must(2 * n < sizeof hex);
	buf_addf(out, " %s=%s", field, crypto_hex(p, n, hex));
}

void fields_seed_str(char *v, size_t width, const char *name)
{
	size_t n = strlen(name);
	memcpy(v, n > width ? name + n - width : name, n > width ? width : n);
	v[n > width ? width : n] = '\0';
}
