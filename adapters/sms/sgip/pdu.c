#include "adapters/sms/sgip/pdu.h"

#include <string.h>

#include "gateway/base/crypto.h"

/* --- reading --- */

struct cursor { struct fields f; enum sgip_fault fault; const char *field; };

static bool broken(struct cursor *c, enum sgip_fault fault, const char *field)
{
	c->fault = fault;
	c->field = field;
	return false;
}

static bool get_sequence(struct fields *f, struct sgip_sequence *v)
{
	return fields_u32(f, &v->node) && fields_u32(f, &v->time) && fields_u32(f, &v->counter);
}

static bool get_list(struct fields *f, struct sgip_list *v, size_t width, size_t most)
{
	return fields_u8(f, &v->count) && v->count <= most && (v->p = fields_get(f, v->count * width));
}

static bool get_octets(struct fields *f, struct sgip_octets *v, size_t most)
{
	uint32_t n;
	if (!fields_u32(f, &n) || n > most)
		return false;
	v->n = n;
	return (v->p = fields_get(f, n));
}

#define NEED(got, field) if (!(got)) return broken(c, SGIP_FAULT_BODY, #field);
#define BODY(name) static bool decode_##name(struct cursor *c, struct sgip_##name *v) { (void)c; (void)v;
#define U8(field) NEED(fields_u8(&c->f, &v->field), field)
#define SEQUENCE(field) NEED(get_sequence(&c->f, &v->field), field)
#define STR(field, width) NEED(fields_str(&c->f, v->field, sizeof v->field, width), field)
#define LIST(field, width, most) NEED(get_list(&c->f, &v->field, width, most), field)
#define OCTETS(field, most) NEED(get_octets(&c->f, &v->field, most), field)
#define END(name) return true; }
#include "adapters/sms/sgip/pdu.def"

static void blank(struct sgip_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: pdu->body = (struct sgip_##body){ 0 }; break;
#include "adapters/sms/sgip/pdu.def"
	}
}

static bool decode_body(struct cursor *c, struct sgip_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return decode_##body(c, &pdu->body);
#include "adapters/sms/sgip/pdu.def"
	}
	return broken(c, SGIP_FAULT_COMMAND, "Command ID");
}

int sgip_pdu_decode(const uint8_t *p, size_t n, struct sgip_pdu *pdu)
{
	size_t len;
	int rc = fields_frame(p, n, SGIP_HEADER, SGIP_PDU_MAX, &len);
	*pdu = (struct sgip_pdu){ .length = (uint32_t)len, .fault = rc < 0 ? SGIP_FAULT_LENGTH : SGIP_FAULT_NONE,
		.field = rc < 0 ? "Message Length" : NULL };
	if (rc <= 0)
		return rc;
	pdu->command = fields_be32(p + 4);
	sgip_sequence_read(p + 8, &pdu->sequence);
	blank(pdu);
	struct cursor c = { { p + SGIP_HEADER, p + len }, SGIP_FAULT_NONE, NULL };
	if (decode_body(&c, pdu))
		return 1;
	blank(pdu);
	pdu->fault = c.fault;
	pdu->field = c.field;
	return -1;
}

/* --- writing --- */

static bool put_sequence(struct buf *out, const struct sgip_sequence *v)
{
	return buf_u32(out, v->node) && buf_u32(out, v->time) && buf_u32(out, v->counter);
}

static bool put_list(struct buf *out, const struct sgip_list *v, size_t width, size_t most)
{
	return v->count <= most && buf_u8(out, v->count) && buf_add(out, v->p, v->count * width);
}

static bool put_octets(struct buf *out, const struct sgip_octets *v, size_t most)
{
	return v->n <= most && buf_u32(out, (uint32_t)v->n) && buf_add(out, v->p, v->n);
}

#define BODY(name) static bool encode_##name(const struct sgip_##name *v, struct buf *out) \
	{ (void)v; (void)out; return true
#define U8(field) && buf_u8(out, v->field)
#define SEQUENCE(field) && put_sequence(out, &v->field)
#define STR(field, width) && fields_put_str(out, v->field, width)
#define LIST(field, width, most) && put_list(out, &v->field, width, most)
#define OCTETS(field, most) && put_octets(out, &v->field, most)
#define END(name) ; }
#include "adapters/sms/sgip/pdu.def"

static bool encode_body(const struct sgip_pdu *pdu, struct buf *out)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return encode_##body(&pdu->body, out);
#include "adapters/sms/sgip/pdu.def"
	}
	must(!"a command of pdu.def");
	return false;
}

bool sgip_pdu_encode(const struct sgip_pdu *pdu, struct buf *out)
{
	size_t start = out->len;
	bool fits = buf_u32(out, 0) && buf_u32(out, pdu->command) && put_sequence(out, &pdu->sequence) &&
		encode_body(pdu, out);
	return fields_end(out, start, fits, SGIP_PDU_MAX);
}

/* --- sequences --- */

void sgip_sequence_write(const struct sgip_sequence *s, uint8_t out[SGIP_SEQUENCE])
{
	const uint32_t part[] = { s->node, s->time, s->counter };
	for (size_t i = 0; i < SGIP_SEQUENCE; i++)
		out[i] = (uint8_t)(part[i / 4] >> (24 - 8 * (i % 4)));
}

void sgip_sequence_read(const uint8_t in[SGIP_SEQUENCE], struct sgip_sequence *s)
{
	*s = (struct sgip_sequence){ fields_be32(in), fields_be32(in + 4), fields_be32(in + 8) };
}

char *sgip_id(const struct sgip_sequence *s, char out[SGIP_ID_MAX])
{
	uint8_t wire[SGIP_SEQUENCE];
	sgip_sequence_write(s, wire);
	return crypto_hex(wire, SGIP_SEQUENCE, out);
}

int sgip_year(uint32_t time, int64_t now)
{
	enum { MONTH = 100000000 };
	return fields_year(time / MONTH, now);
}

/* --- for people and fuzzers --- */

const char *sgip_command_name(uint32_t command)
{
	switch (command) {
#define COMMAND(NAME, id, body) case id: return #NAME;
#include "adapters/sms/sgip/pdu.def"
	}
	return "unknown";
}

static void dump_sequence(struct buf *out, const char *field, const struct sgip_sequence *v)
{
	buf_addf(out, " %s=%u-%u-%u", field, v->node, v->time, v->counter);
}

#define BODY(name) static void dump_##name(const struct sgip_##name *v, struct buf *out) { (void)v; (void)out;
#define U8(field) buf_addf(out, " " #field "=%u", v->field);
#define SEQUENCE(field) dump_sequence(out, #field, &v->field);
#define STR(field, width) fields_dump_str(out, #field, v->field);
#define ADDR(field, width) fields_dump_addr(out, #field, v->field);
#define SECRET(field, width) buf_adds(out, " " #field "=***");
#define LIST(field, width, most) buf_addf(out, " " #field "=%u numbers", v->field.count);
#define OCTETS(field, most) buf_addf(out, " " #field "=%zu octets", v->field.n);
#define END(name) }
#include "adapters/sms/sgip/pdu.def"

void sgip_pdu_dump(const struct sgip_pdu *pdu, struct buf *out)
{
	buf_adds(out, sgip_command_name(pdu->command));
	dump_sequence(out, "seq", &pdu->sequence);
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: dump_##body(&pdu->body, out); break;
#include "adapters/sms/sgip/pdu.def"
	}
}

static const uint8_t SEED_NUMBERS[2 * SGIP_NUMBER] = "8613800138000";

#define BODY(name) static void seed_##name(struct sgip_##name *v) { (void)v;
#define U8(field) v->field = 1;
#define SEQUENCE(field) v->field = (struct sgip_sequence){ 3010092008u, 714153000, 7 };
#define STR(field, width) fields_seed_str(v->field, width, #field);
#define ADDR(field, width) fields_seed_str(v->field, width, "8613800138000");
#define LIST(field, width, most) v->field = (struct sgip_list){ SEED_NUMBERS, 2 };
#define OCTETS(field, most) v->field = (struct sgip_octets){ (const uint8_t *)#field, sizeof #field - 1 };
#define END(name) }
#include "adapters/sms/sgip/pdu.def"

bool sgip_pdu_seed(size_t i, struct sgip_pdu *pdu)
{
	static const uint32_t command[] = {
#define COMMAND(NAME, id, body) id,
#include "adapters/sms/sgip/pdu.def"
	};
	if (i >= sizeof command / sizeof command[0])
		return false;
	*pdu = (struct sgip_pdu){ .command = command[i], .sequence = { 3010092008u, 1128093000, 1 } };
	switch (command[i]) {
#define COMMAND(NAME, id, body) case id: seed_##body(&pdu->body); break;
#include "adapters/sms/sgip/pdu.def"
	}
	return true;
}
