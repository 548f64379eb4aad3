#include "adapters/sms/smgp/pdu.h"

#include <string.h>

#include "adapters/sms/fields.h"

/* --- reading --- */

struct cursor { struct fields f; enum smgp_fault fault; const char *field; };

static bool broken(struct cursor *c, enum smgp_fault fault, const char *field)
{
	c->fault = fault;
	c->field = field;
	return false;
}

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool get_list(struct cursor *c, struct smgp_list *v, size_t width, size_t most)
{
	return fields_u8(&c->f, &v->count) && v->count <= most && (v->p = fields_get(&c->f, v->count * width));
}

static bool get_octets(struct cursor *c, struct smgp_octets *v, size_t most)
{
	uint8_t n;
	if (!fields_u8(&c->f, &n) || n > most)
		return false;
	v->n = n;
	return (v->p = fields_get(&c->f, n));
}

static bool get_tlvs(struct cursor *c, struct smgp_octets *v)
{
	*v = (struct smgp_octets){ c->f.p, (size_t)(c->f.end - c->f.p) };
	while (c->f.p != c->f.end) {
		const uint8_t *head = fields_get(&c->f, 4);
		if (!head || !fields_get(&c->f, be16(head + 2)))
			return broken(c, SMGP_FAULT_TLV, "optional parameters");
	}
	return true;
}

#define NEED(got, field) if (!(got)) return broken(c, SMGP_FAULT_BODY, #field);
#define BODY(name) static bool decode_##name(struct cursor *c, unsigned version, struct smgp_##name *v) \
	{ (void)c; (void)version; (void)v;
#define U8(field) NEED(fields_u8(&c->f, &v->field), field)
#define U32(field) NEED(fields_u32(&c->f, &v->field), field)
#define STR(field, width) NEED(fields_str(&c->f, v->field, sizeof v->field, width), field)
#define STR_30(field, width) NEED(version < SMGP_30 || fields_str(&c->f, v->field, sizeof v->field, width), field)
#define RAW(field, width) NEED(fields_raw(&c->f, v->field, width), field)
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
	return fields_frame(p, n, SMGP_HEADER, SMGP_PDU_MAX, len);
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
	pdu->command = fields_be32(p + 4);
	pdu->sequence = fields_be32(p + 8);
	blank(pdu);
	struct cursor c = { { p + SMGP_HEADER, p + len }, SMGP_FAULT_NONE, NULL };
	if (decode_body(&c, version, pdu))
		return 1;
	blank(pdu);
	pdu->fault = c.fault;
	pdu->field = c.field;
	return -1;
}

/* --- writing --- */

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
#define STR(field, width) && fields_put_str(out, v->field, width)
#define STR_30(field, width) && (version < SMGP_30 || fields_put_str(out, v->field, width))
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
		encode_body(pdu, version, out);
	return fields_end(out, start, fits, SMGP_PDU_MAX);
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

#define BODY(name) static void dump_##name(const struct smgp_##name *v, struct buf *out) { (void)v; (void)out;
#define U8(field) buf_addf(out, " " #field "=%u", v->field);
#define U32(field) buf_addf(out, " " #field "=%u", v->field);
#define STR(field, width) fields_dump_str(out, #field, v->field);
#define ADDR(field, width) fields_dump_addr(out, #field, v->field);
#define RAW(field, width) fields_dump_raw(out, #field, v->field, width);
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

#define BODY(name) static void seed_##name(struct smgp_##name *v) { (void)v;
#define U8(field) v->field = 1;
#define U32(field) v->field = 0x01020304;
#define STR(field, width) fields_seed_str(v->field, width, #field);
#define ADDR(field, width) fields_seed_str(v->field, width, "8613800138000");
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
