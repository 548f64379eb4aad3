#include "adapters/sms/smpp/pdu.h"

#include <string.h>

#include "gateway/model/address.h"

/* --- reading --- */

struct cursor { const uint8_t *p, *end; enum smpp_fault fault; const char *field; };

static bool broken(struct cursor *c, enum smpp_fault fault, const char *field)
{
	c->fault = fault;
	c->field = field;
	return false;
}

static bool get_u8(struct cursor *c, uint8_t *v)
{
	if (c->p == c->end)
		return false;
	*v = *c->p++;
	return true;
}

static bool get_cstr(struct cursor *c, const char **v, size_t max)
{
	size_t left = (size_t)(c->end - c->p);
	const uint8_t *nul = memchr(c->p, 0, left < max ? left : max);
	if (!nul)
		return false;
	*v = (const char *)c->p;
	c->p = nul + 1;
	return true;
}

static bool get_octets(struct cursor *c, struct smpp_octets *v, size_t max)
{
	uint8_t n;
	if (!get_u8(c, &n) || n > max || n > (size_t)(c->end - c->p))
		return false;
	*v = (struct smpp_octets){ c->p, n };
	c->p += n;
	return true;
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static bool get_tlvs(struct cursor *c, struct smpp_octets *v)
{
	*v = (struct smpp_octets){ c->p, 0 };
	while (c->p != c->end) {
		size_t left = (size_t)(c->end - c->p);
		if (left < 4 || be16(c->p + 2) > left - 4)
			return broken(c, SMPP_FAULT_TLV, "optional parameters");
		c->p += 4 + be16(c->p + 2);
		v->n = (size_t)(c->p - v->p);
	}
	return true;
}

#define BODY(name) static void blank_##name(struct smpp_##name *v) { *v = (struct smpp_##name){ 0 };
#define CSTR(field, max) v->field = "";
#define END(name) }
#include "adapters/sms/smpp/pdu.def"

#define NEED(got, field) if (!(got)) return broken(c, SMPP_FAULT_BODY, #field);
#define BODY(name) static bool decode_##name(struct cursor *c, struct smpp_##name *v) { (void)c; (void)v;
#define U8(field) NEED(get_u8(c, &v->field), field)
#define CSTR(field, max) NEED(get_cstr(c, &v->field, max), field)
#define OCTETS(field, max) NEED(get_octets(c, &v->field, max), field)
#define TLVS if (!get_tlvs(c, &v->tlvs)) return false;
#define END(name) return true; }
#include "adapters/sms/smpp/pdu.def"

/* false: the command is unknown. */
static bool blank(struct smpp_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: blank_##body(&pdu->body); return true;
#include "adapters/sms/smpp/pdu.def"
	}
	return false;
}

static bool decode_body(struct cursor *c, struct smpp_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return decode_##body(c, &pdu->body);
#include "adapters/sms/smpp/pdu.def"
	}
	return broken(c, SMPP_FAULT_COMMAND, "command_id");
}

static bool read_header(const uint8_t *p, struct smpp_pdu *pdu)
{
	pdu->length = be32(p);
	pdu->command = be32(p + 4);
	pdu->status = be32(p + 8);
	pdu->sequence = be32(p + 12);
	pdu->fault = SMPP_FAULT_NONE;
	pdu->field = NULL;
	if (pdu->length >= SMPP_HEADER && pdu->length <= SMPP_PDU_MAX)
		return true;
	pdu->fault = SMPP_FAULT_LENGTH;
	pdu->field = "command_length";
	return false;
}

int smpp_pdu_decode(const uint8_t *p, size_t n, struct smpp_pdu *pdu)
{
	/* A length that cannot be right is said at once: the sender may never send the 16 octets of a header. */
	uint8_t early[SMPP_HEADER] = { 0 };
	if (n < 4)
		return 0;
	if (n < SMPP_HEADER)
		memcpy(early, p, n);
	bool in_bounds = read_header(n < SMPP_HEADER ? early : p, pdu), known = blank(pdu);
	if (!in_bounds)
		return -1;
	if (n < pdu->length)
		return 0;
	if (known && pdu->length == SMPP_HEADER && (pdu->command & SMPP_RESPONSE))
		return 1;
	struct cursor c = { p + SMPP_HEADER, p + pdu->length, SMPP_FAULT_NONE, NULL };
	if (decode_body(&c, pdu))
		return 1;
	if (c.fault != SMPP_FAULT_TLV)
		blank(pdu);
	pdu->fault = c.fault;
	pdu->field = c.field;
	return -1;
}

/* --- writing --- */

static bool put_cstr(struct buf *out, const char *v, size_t max)
{
	size_t n = v ? strlen(v) : 0;
	return n < max && buf_add(out, v ? v : "", n) && buf_u8(out, 0);
}

static bool put_octets(struct buf *out, const struct smpp_octets *v, size_t max)
{
	return v->n <= max && buf_u8(out, (uint8_t)v->n) && buf_add(out, v->p, v->n);
}

#define BODY(name) static bool encode_##name(const struct smpp_##name *v, struct buf *out) \
	{ (void)v; (void)out; return true
#define U8(field) && buf_u8(out, v->field)
#define CSTR(field, max) && put_cstr(out, v->field, max)
#define OCTETS(field, max) && put_octets(out, &v->field, max)
#define TLVS && buf_add(out, v->tlvs.p, v->tlvs.n)
#define END(name) ; }
#include "adapters/sms/smpp/pdu.def"

static bool encode_body(const struct smpp_pdu *pdu, struct buf *out)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return encode_##body(&pdu->body, out);
#include "adapters/sms/smpp/pdu.def"
	}
	must(!"a command of pdu.def");
	return false;
}

bool smpp_pdu_encode(const struct smpp_pdu *pdu, struct buf *out)
{
	size_t start = out->len;
	bool fits = buf_u32(out, 0) && buf_u32(out, pdu->command) && buf_u32(out, pdu->status) &&
		buf_u32(out, pdu->sequence) && encode_body(pdu, out) && out->len - start <= SMPP_PDU_MAX;
	if (!fits) {
		out->len = start;
		if (out->data)
			out->data[start] = '\0';
		return false;
	}
	size_t n = out->len - start;
	for (size_t i = 0; i < 4; i++)
		out->data[start + i] = (uint8_t)(n >> (8 * (3 - i)));
	return true;
}

/* --- optional parameters --- */

bool smpp_tlv(const struct smpp_octets *tlvs, uint16_t tag, struct smpp_octets *value)
{
	for (size_t i = 0; i + 4 <= tlvs->n; i += 4u + be16(tlvs->p + i + 2)) {
		if (be16(tlvs->p + i) != tag)
			continue;
		*value = (struct smpp_octets){ tlvs->p + i + 4, be16(tlvs->p + i + 2) };
		return true;
	}
	return false;
}

int64_t smpp_tlv_number(const struct smpp_octets *tlvs, uint16_t tag, size_t octets)
{
	struct smpp_octets value;
	must(octets <= 4);
	if (!smpp_tlv(tlvs, tag, &value) || value.n != octets)
		return -1;
	int64_t v = 0;
	for (size_t i = 0; i < octets; i++)
		v = v << 8 | value.p[i];
	return v;
}

bool smpp_tlv_add(struct buf *tlvs, uint16_t tag, const void *p, size_t n)
{
	return n <= UINT16_MAX && buf_u16(tlvs, tag) && buf_u16(tlvs, (uint16_t)n) && buf_add(tlvs, p, n);
}

/* --- for people and fuzzers --- */

const char *smpp_command_name(uint32_t command)
{
	switch (command) {
#define COMMAND(NAME, id, body) case id: return #NAME;
#include "adapters/sms/smpp/pdu.def"
	}
	return "unknown";
}

/* What a peer wrote must not end the line, nor reach a terminal as more than letters. */
static void dump_cstr(struct buf *out, const char *field, const char *v)
{
	buf_addf(out, " %s=", field);
	for (; v && *v; v++)
		buf_addc(out, *v > ' ' && *v < 0x7F ? *v : '?');
}

static void dump_addr(struct buf *out, const char *field, const char *v)
{
	char masked[MSG_PEER_MAX];
	address_mask(v ? v : "", masked);
	buf_addf(out, " %s=%s", field, masked);
}

#define BODY(name) static void dump_##name(const struct smpp_##name *v, struct buf *out) { (void)v; (void)out;
#define U8(field) buf_addf(out, " " #field "=%u", v->field);
#define CSTR(field, max) dump_cstr(out, #field, v->field);
#define SECRET(field, max) buf_adds(out, " " #field "=***");
#define ADDR(field, max) dump_addr(out, #field, v->field);
#define OCTETS(field, max) buf_addf(out, " " #field "=%zu octets", v->field.n);
#define TLVS buf_addf(out, " tlvs=%zu octets", v->tlvs.n);
#define END(name) }
#include "adapters/sms/smpp/pdu.def"

void smpp_pdu_dump(const struct smpp_pdu *pdu, struct buf *out)
{
	buf_addf(out, "%s seq=%u status=0x%x", smpp_command_name(pdu->command), pdu->sequence, pdu->status);
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: dump_##body(&pdu->body, out); break;
#include "adapters/sms/smpp/pdu.def"
	}
}

static const uint8_t SEED_TLV[] = { 0x04, 0x27, 0, 1, 2 };

#define BODY(name) static void seed_##name(struct smpp_##name *v) { (void)v;
#define U8(field) v->field = 1;
#define CSTR(field, max) v->field = &#field[sizeof #field > (max) ? sizeof #field - (max) : 0];
#define ADDR(field, max) v->field = "8613800138000";
#define OCTETS(field, max) v->field = (struct smpp_octets){ (const uint8_t *)#field, sizeof #field - 1 };
#define TLVS v->tlvs = (struct smpp_octets){ SEED_TLV, sizeof SEED_TLV };
#define END(name) }
#include "adapters/sms/smpp/pdu.def"

bool smpp_pdu_seed(size_t i, struct smpp_pdu *pdu)
{
	static const uint32_t command[] = {
#define COMMAND(NAME, id, body) id,
#include "adapters/sms/smpp/pdu.def"
	};
	if (i >= sizeof command / sizeof command[0])
		return false;
	*pdu = (struct smpp_pdu){ .command = command[i], .sequence = 1 };
	switch (command[i]) {
#define COMMAND(NAME, id, body) case id: seed_##body(&pdu->body); break;
#include "adapters/sms/smpp/pdu.def"
	}
	return true;
}
