#include "adapters/sms/smgp/pdu.h"

#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/model/address.h"

/* --- reading --- */

struct cursor { const uint8_t *p, *end; enum smgp_fault fault; const char *field; };

static bool broken(struct cursor *c, enum smgp_fault fault, const char *field)
{
	c->fault = fault;
	c->field = field;
	return false;
}

/* The next n octets, or NULL. */
static const uint8_t *get(struct cursor *c, size_t n)
{
	const uint8_t *p = c->p;
	if (n > (size_t)(c->end - c->p))
		return NULL;
	c->p += n;
	return p;
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static bool get_u8(struct cursor *c, uint8_t *v)
{
	const uint8_t *p = get(c, 1);
	if (p)
		*v = *p;
	return p;
}

static bool get_u32(struct cursor *c, uint32_t *v)
{
	const uint8_t *p = get(c, 4);
	if (p)
		*v = be32(p);
	return p;
}

static bool get_str(struct cursor *c, char *v, size_t width)
{
	const uint8_t *p = get(c, width);
	if (!p)
		return false;
	size_t n = strnlen((const char *)p, width);
	memcpy(v, p, n);
	v[n] = '\0';
	return true;
}

static bool get_raw(struct cursor *c, uint8_t *v, size_t width)
{
	const uint8_t *p = get(c, width);
	if (p)
		memcpy(v, p, width);
	return p;
}

static bool get_list(struct cursor *c, struct smgp_list *v, size_t width, size_t most)
{
	return get_u8(c, &v->count) && v->count <= most && (v->p = get(c, v->count * width));
}

static bool get_octets(struct cursor *c, struct smgp_octets *v, size_t most)
{
	uint8_t n;
	if (!get_u8(c, &n) || n > most)
		return false;
	v->n = n;
	return (v->p = get(c, n));
}

static bool get_tlvs(struct cursor *c, struct smgp_octets *v)
{
	*v = (struct smgp_octets){ c->p, (size_t)(c->end - c->p) };
	while (c->p != c->end) {
		const uint8_t *head = get(c, 4);
		if (!head || !get(c, be16(head + 2)))
			return broken(c, SMGP_FAULT_TLV, "optional parameters");
	}
	return true;
}

#define NEED(got, field) if (!(got)) return broken(c, SMGP_FAULT_BODY, #field);
#define BODY(name) static bool decode_##name(struct cursor *c, unsigned version, struct smgp_##name *v) \
	{ (void)c; (void)version; (void)v;
#define U8(field) NEED(get_u8(c, &v->field), field)
#define U32(field) NEED(get_u32(c, &v->field), field)
#define STR(field, width) NEED(get_str(c, v->field, width), field)
#define STR_30(field, width) NEED(version < SMGP_30 || get_str(c, v->field, width), field)
#define RAW(field, width) NEED(get_raw(c, v->field, width), field)
#define LIST(field, width, most) NEED(get_list(c, &v->field, width, most), field)
#define OCTETS(field, most) NEED(get_octets(c, &v->field, most), field)
#define TLVS if (!get_tlvs(c, &v->tlvs)) return false;
#define END(name) return true; }
#include "adapters/sms/smgp/pdu.def"

static void blank(struct smgp_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: pdu->body = (struct smgp_##body){ 0 }; break;
#include "adapters/sms/smgp/pdu.def"
	}
}

static bool decode_body(struct cursor *c, unsigned version, struct smgp_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return decode_##body(c, version, &pdu->body);
#include "adapters/sms/smgp/pdu.def"
	}
	return broken(c, SMGP_FAULT_COMMAND, "RequestID");
}

int smgp_pdu_frame(const uint8_t *p, size_t n, size_t *len)
{
	if (n < 4)
		return 0;
	*len = be32(p);
	if (*len < SMGP_HEADER || *len > SMGP_PDU_MAX)
		return -1;
	return n >= *len;
}

int smgp_pdu_decode(const uint8_t *p, size_t n, unsigned version, struct smgp_pdu *pdu)
{
	size_t len = 0;
	int rc = smgp_pdu_frame(p, n, &len);
	pdu->length = (uint32_t)len;
	pdu->command = pdu->sequence = 0;
	pdu->fault = rc < 0 ? SMGP_FAULT_LENGTH : SMGP_FAULT_NONE;
	pdu->field = rc < 0 ? "PacketLength" : NULL;
	if (rc <= 0)
		return rc;
	pdu->command = be32(p + 4);
	pdu->sequence = be32(p + 8);
	blank(pdu);
	struct cursor c = { p + SMGP_HEADER, p + len, SMGP_FAULT_NONE, NULL };
	if (decode_body(&c, version, pdu))
		return 1;
	blank(pdu);
	pdu->fault = c.fault;
	pdu->field = c.field;
	return -1;
}

/* --- writing --- */

static bool put_str(struct buf *out, const char *v, size_t width)
{
	static const char zeros[32];
	size_t n = strnlen(v, width + 1);
	return n <= width && buf_add(out, v, n) && buf_add(out, zeros, width - n);
}

static bool put_list(struct buf *out, const struct smgp_list *v, size_t width, size_t most)
{
	return v->count <= most && buf_u8(out, v->count) && buf_add(out, v->p, v->count * width);
}

static bool put_octets(struct buf *out, const struct smgp_octets *v, size_t most)
{
	return v->n <= most && buf_u8(out, (uint8_t)v->n) && buf_add(out, v->p, v->n);
}

#define BODY(name) static bool encode_##name(const struct smgp_##name *v, unsigned version, struct buf *out) \
	{ (void)v; (void)version; (void)out; return true
#define U8(field) && buf_u8(out, v->field)
#define U32(field) && buf_u32(out, v->field)
#define STR(field, width) && put_str(out, v->field, width)
#define STR_30(field, width) && (version < SMGP_30 || put_str(out, v->field, width))
#define RAW(field, width) && buf_add(out, v->field, width)
#define LIST(field, width, most) && put_list(out, &v->field, width, most)
#define OCTETS(field, most) && put_octets(out, &v->field, most)
#define TLVS && buf_add(out, v->tlvs.p, v->tlvs.n)
#define END(name) ; }
#include "adapters/sms/smgp/pdu.def"

static bool encode_body(const struct smgp_pdu *pdu, unsigned version, struct buf *out)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return encode_##body(&pdu->body, version, out);
#include "adapters/sms/smgp/pdu.def"
	}
	must(!"a command of pdu.def");
	return false;
}

bool smgp_pdu_encode(const struct smgp_pdu *pdu, unsigned version, struct buf *out)
{
	size_t start = out->len;
	bool fits = buf_u32(out, 0) && buf_u32(out, pdu->command) && buf_u32(out, pdu->sequence) &&
		encode_body(pdu, version, out) && out->len - start <= SMGP_PDU_MAX;
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

bool smgp_set(char *field, size_t size, const char *text)
{
	size_t n = strlen(text);
	bool fits = n < size;
	memcpy(field, text, fits ? n : 0);
	field[fits ? n : 0] = '\0';
	return fits;
}

/* --- optional parameters --- */

int smgp_tlv_u8(const struct smgp_octets *tlvs, uint16_t tag)
{
	for (size_t i = 0; i + 4 <= tlvs->n; i += 4u + be16(tlvs->p + i + 2))
		if (be16(tlvs->p + i) == tag)
			return be16(tlvs->p + i + 2) == 1 ? tlvs->p[i + 4] : -1;
	return -1;
}

bool smgp_tlv_add_u8(struct buf *tlvs, uint16_t tag, uint8_t v)
{
	return buf_u16(tlvs, tag) && buf_u16(tlvs, 1) && buf_u8(tlvs, v);
}

/* --- for people and fuzzers --- */

const char *smgp_command_name(uint32_t command)
{
	switch (command) {
#define COMMAND(NAME, id, body) case id: return #NAME;
#include "adapters/sms/smgp/pdu.def"
	}
	return "unknown";
}

/* What a peer wrote must not end the line, nor reach a terminal as more than letters. */
static void dump_str(struct buf *out, const char *field, const char *v)
{
	buf_addf(out, " %s=", field);
	for (; *v; v++)
		buf_addc(out, *v > ' ' && *v < 0x7F ? *v : '?');
}

static void dump_addr(struct buf *out, const char *field, const char *v)
{
	char masked[MSG_PEER_MAX];
	address_mask(v, masked);
	buf_addf(out, " %s=%s", field, masked);
}

static void dump_raw(struct buf *out, const char *field, const uint8_t *p, size_t n)
{
	char hex[64];
	must(2 * n < sizeof hex);
	buf_addf(out, " %s=%s", field, crypto_hex(p, n, hex));
}

#define BODY(name) static void dump_##name(const struct smgp_##name *v, struct buf *out) { (void)v; (void)out;
#define U8(field) buf_addf(out, " " #field "=%u", v->field);
#define U32(field) buf_addf(out, " " #field "=%u", v->field);
#define STR(field, width) dump_str(out, #field, v->field);
#define ADDR(field, width) dump_addr(out, #field, v->field);
#define RAW(field, width) dump_raw(out, #field, v->field, width);
#define SECRET(field, width) buf_adds(out, " " #field "=***");
#define LIST(field, width, most) buf_addf(out, " " #field "=%u numbers", v->field.count);
#define OCTETS(field, most) buf_addf(out, " " #field "=%zu octets", v->field.n);
#define TLVS buf_addf(out, " tlvs=%zu octets", v->tlvs.n);
#define END(name) }
#include "adapters/sms/smgp/pdu.def"

void smgp_pdu_dump(const struct smgp_pdu *pdu, struct buf *out)
{
	buf_addf(out, "%s seq=%u", smgp_command_name(pdu->command), pdu->sequence);
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: dump_##body(&pdu->body, out); break;
#include "adapters/sms/smgp/pdu.def"
	}
}

/* PkTotal 2, and one that nobody knows. */
static const uint8_t SEED_TLV[] = { 0, 9, 0, 1, 2, 0x7F, 0x7F, 0, 0 };
static const uint8_t SEED_NUMBERS[2 * SMGP_TERM] = "8613800138000";

static void seed_str(char *v, size_t width, const char *name)
{
	size_t n = strlen(name) < width ? strlen(name) : width;
	memcpy(v, name, n);
	v[n] = '\0';
}

#define BODY(name) static void seed_##name(struct smgp_##name *v) { (void)v;
#define U8(field) v->field = 1;
#define U32(field) v->field = 0x01020304;
#define STR(field, width) seed_str(v->field, width, #field);
#define ADDR(field, width) seed_str(v->field, width, "8613800138000");
#define RAW(field, width) memset(v->field, 0x3A, width);
#define LIST(field, width, most) v->field = (struct smgp_list){ SEED_NUMBERS, 2 };
#define OCTETS(field, most) v->field = (struct smgp_octets){ (const uint8_t *)#field, sizeof #field - 1 };
#define TLVS v->tlvs = (struct smgp_octets){ SEED_TLV, sizeof SEED_TLV };
#define END(name) }
#include "adapters/sms/smgp/pdu.def"

bool smgp_pdu_seed(size_t i, struct smgp_pdu *pdu)
{
	static const uint32_t command[] = {
#define COMMAND(NAME, id, body) id,
#include "adapters/sms/smgp/pdu.def"
	};
	if (i >= sizeof command / sizeof command[0])
		return false;
	*pdu = (struct smgp_pdu){ .command = command[i], .sequence = 1 };
	switch (command[i]) {
#define COMMAND(NAME, id, body) case id: seed_##body(&pdu->body); break;
#include "adapters/sms/smgp/pdu.def"
	}
	return true;
}
