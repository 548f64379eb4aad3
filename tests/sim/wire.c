#include "tests/sim/wire.h"

#include <string.h>

enum { TAG_PAYLOAD = 0x0424 };

static uint32_t u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

int wire_head(const uint8_t *p, size_t n, struct wire_head *h)
{
	if (n < 4)
		return 0;
	uint32_t length = u32(p);
	if (length < WIRE_HEADER || length > WIRE_MAX)
		return -1;
	if (n < length)
		return 0;
	*h = (struct wire_head){ length, u32(p + 4), u32(p + 8), u32(p + 12) };
	return 1;
}

uint8_t wire_u8(struct wire *w)
{
	if (w->bad || w->p == w->end) {
		w->bad = true;
		return 0;
	}
	return *w->p++;
}

void wire_str(struct wire *w, char *out, size_t size)
{
	size_t n = 0;
	for (uint8_t c; (c = wire_u8(w)) != 0;) {
		if (n + 1 >= size) {
			w->bad = true;
			break;
		}
		out[n++] = (char)c;
	}
	out[n] = '\0';
}

static void read_payload(struct wire *w, struct wire_message *m)
{
	while (!w->bad && w->end - w->p >= 4) {
		unsigned tag = (unsigned)(w->p[0] << 8 | w->p[1]), len = (unsigned)(w->p[2] << 8 | w->p[3]);
		w->p += 4;
		if (len > (size_t)(w->end - w->p)) {
			w->bad = true;
			return;
		}
		if (tag == TAG_PAYLOAD && !m->n) {
			m->text = w->p;
			m->n = len;
		}
		w->p += len;
	}
}

bool wire_read_message(const uint8_t *body, size_t n, struct wire_message *m)
{
	struct wire w = { body, body + n, false };
	char skipped[20];
	memset(m, 0, sizeof *m);
	wire_str(&w, m->service, sizeof m->service);
	m->from_ton = wire_u8(&w);
	m->from_npi = wire_u8(&w);
	wire_str(&w, m->from, sizeof m->from);
	m->to_ton = wire_u8(&w);
	m->to_npi = wire_u8(&w);
	wire_str(&w, m->to, sizeof m->to);
	m->esm = wire_u8(&w);
	wire_u8(&w); /* protocol_id */
	wire_u8(&w); /* priority_flag */
	wire_str(&w, skipped, sizeof skipped);
	wire_str(&w, skipped, sizeof skipped);
	m->registered = wire_u8(&w);
	wire_u8(&w); /* replace_if_present_flag */
	m->dcs = wire_u8(&w);
	wire_u8(&w); /* sm_default_msg_id */
	m->n = wire_u8(&w);
	m->text = w.p;
	if (w.bad || m->n > (size_t)(w.end - w.p))
		return false;
	w.p += m->n;
	read_payload(&w, m);
	return !w.bad;
}

void wire_add_head(struct buf *b, uint32_t command, uint32_t status, uint32_t sequence)
{
	buf_u32(b, WIRE_HEADER);
	buf_u32(b, command);
	buf_u32(b, status);
	buf_u32(b, sequence);
}

/* Writes the true length of what was begun at `start`. */
static void close_pdu(struct buf *b, size_t start)
{
	size_t n = b->len - start;
	for (size_t i = 0; i < 4; i++)
		b->data[start + i] = (uint8_t)(n >> (24 - 8 * i));
}

void wire_add_answer(struct buf *b, uint32_t command, uint32_t status, uint32_t sequence, const char *string)
{
	size_t start = b->len;
	wire_add_head(b, command, status, sequence);
	buf_add(b, string, strlen(string) + 1);
	close_pdu(b, start);
}

void wire_add_message(struct buf *b, uint32_t command, uint32_t sequence, const struct wire_message *m,
	const struct buf *tlvs)
{
	size_t start = b->len;
	wire_add_head(b, command, 0, sequence);
	buf_add(b, m->service, strlen(m->service) + 1);
	buf_u8(b, m->from_ton);
	buf_u8(b, m->from_npi);
	buf_add(b, m->from, strlen(m->from) + 1);
	buf_u8(b, m->to_ton);
	buf_u8(b, m->to_npi);
	buf_add(b, m->to, strlen(m->to) + 1);
	buf_u8(b, m->esm);
	buf_add(b, "\0\0\0\0", 4); /* protocol, priority, no schedule, no validity */
	buf_u8(b, m->registered);
	buf_u8(b, 0);
	buf_u8(b, m->dcs);
	buf_u8(b, 0);
	buf_u8(b, (uint8_t)m->n);
	buf_add(b, m->text, m->n);
	if (tlvs)
		buf_add(b, tlvs->data, tlvs->len);
	close_pdu(b, start);
}

void wire_add_tlv(struct buf *b, uint16_t tag, const void *p, size_t n)
{
	buf_u16(b, tag);
	buf_u16(b, (uint16_t)n);
	buf_add(b, p, n);
}
