#include "adapters/sms/cmpp/pdu.h"

#include <stdio.h>
#include <string.h>

#include "adapters/sms/fields.h"

enum { V2, V3_ };

static unsigned layout(uint8_t version)
{
	return version >= CMPP_V30 ? V3_ : V2;
}

/* --- sizes --- */

/* Octets of each body without content: size_<body>(V2), size_<body>(V3_). */
#define BODY(name) static size_t size_##name(unsigned v) { (void)v; return 0
#define U8(field) + 1
#define U32(field) + 4
#define U64(field) + 8
#define CODE(field) + (v == V3_ ? 4u : 1u)
#define V3(field) + (v == V3_ ? 1u : 0u)
#define STR(field, v2, v3) + (v == V3_ ? (size_t)(v3) : (size_t)(v2))
#define DIGEST(field) + MD5_LEN
#define CONTENT(field, max) + 1
#define MAYBE(field) + 1
#define END(name) ; }
#include "adapters/sms/cmpp/pdu.def"

static size_t size_of(uint32_t command, unsigned v)
{
	switch (command) {
#define COMMAND(NAME, id, body) case id: return size_##body(v);
#include "adapters/sms/cmpp/pdu.def"
	}
	return 0;
}

/* --- reading --- */

struct cursor { struct fields f; unsigned v; const char *field; };

static bool get_u64(struct cursor *c, uint64_t *v)
{
	uint32_t high, low;
	if (!fields_u32(&c->f, &high) || !fields_u32(&c->f, &low))
		return false;
	*v = (uint64_t)high << 32 | low;
	return true;
}

static bool get_code(struct cursor *c, uint32_t *v)
{
	uint8_t narrow;
	if (c->v == V3_)
		return fields_u32(&c->f, v);
	if (!fields_u8(&c->f, &narrow))
		return false;
	*v = narrow;
	return true;
}

static bool get_content(struct cursor *c, struct cmpp_octets *v, size_t max)
{
	uint8_t n;
	if (!fields_u8(&c->f, &n) || n > max)
		return false;
	*v = (struct cmpp_octets){ fields_get(&c->f, n), n };
	return v->p;
}

#define NEED(got, name) if (!(got)) { c->field = #name; return false; }
#define BODY(name) static bool decode_##name(struct cursor *c, struct cmpp_##name *v) { (void)c; (void)v;
#define U8(field) NEED(fields_u8(&c->f, &v->field), field)
#define U32(field) NEED(fields_u32(&c->f, &v->field), field)
#define U64(field) NEED(get_u64(c, &v->field), field)
#define CODE(field) NEED(get_code(c, &v->field), field)
#define V3(field) NEED(c->v != V3_ || fields_u8(&c->f, &v->field), field)
#define STR(field, v2, v3) NEED(fields_str(&c->f, v->field, sizeof v->field, c->v == V3_ ? (v3) : (v2)), field)
#define DIGEST(field) NEED(fields_raw(&c->f, v->field, MD5_LEN), field)
#define CONTENT(field, max) NEED(get_content(c, &v->field, max), field)
#define MAYBE(field) NEED(c->f.p == c->f.end || fields_u8(&c->f, &v->field), field)
#define END(name) return true; }
#include "adapters/sms/cmpp/pdu.def"

/* false: the command is unknown. */
static bool blank(struct cmpp_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: pdu->body = (struct cmpp_##body){ 0 }; return true;
#include "adapters/sms/cmpp/pdu.def"
	}
	return false;
}

static bool decode_body(struct cursor *c, struct cmpp_pdu *pdu)
{
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return decode_##body(c, &pdu->body);
#include "adapters/sms/cmpp/pdu.def"
	}
	return false;
}

static bool read_header(const uint8_t *p, struct cmpp_pdu *pdu)
{
	pdu->length = fields_be32(p);
	pdu->command = fields_be32(p + 4);
	pdu->sequence = fields_be32(p + 8);
	pdu->fault = CMPP_FAULT_NONE;
	pdu->field = NULL;
	if (pdu->length >= CMPP_HEADER && pdu->length <= CMPP_PDU_MAX)
		return true;
	pdu->fault = CMPP_FAULT_LENGTH;
	pdu->field = "Total_Length";
	return false;
}

static uint8_t layout_of(const struct cmpp_pdu *pdu, uint8_t version)
{
	size_t body = pdu->length - CMPP_HEADER;
	unsigned ours = layout(version), other = ours == V2 ? V3_ : V2;
	bool differs = (pdu->command & CMPP_RESPONSE) && body != size_of(pdu->command, ours) &&
		body == size_of(pdu->command, other);
	return !differs ? version : other == V3_ ? CMPP_V30 : CMPP_V20;
}

int cmpp_pdu_decode(const uint8_t *p, size_t n, uint8_t version, struct cmpp_pdu *pdu)
{
	/* A length that cannot be right is said at once: the sender may never send the 12 octets of a header. */
	uint8_t early[CMPP_HEADER] = { 0 };
	if (n < 4)
		return 0;
	memcpy(early, p, n < CMPP_HEADER ? n : CMPP_HEADER);
	pdu->version = version;
	bool in_bounds = read_header(early, pdu), known = blank(pdu);
	if (!in_bounds)
		return -1;
	if (n < pdu->length)
		return 0;
	if (!known) {
		pdu->fault = CMPP_FAULT_COMMAND;
		pdu->field = "Command_Id";
		return -1;
	}
	pdu->version = layout_of(pdu, version);
	struct cursor c = { { p + CMPP_HEADER, p + pdu->length }, layout(pdu->version), NULL };
	bool one_number = pdu->command != CMPP_SUBMIT;
	if (decode_body(&c, pdu) && (one_number || pdu->submit.dest_count == 1))
		return 1;
	blank(pdu);
	pdu->fault = CMPP_FAULT_BODY;
	pdu->field = c.field ? c.field : "dest_count";
	return -1;
}

bool cmpp_report_decode(const uint8_t *p, size_t n, struct cmpp_report *r)
{
	*r = (struct cmpp_report){ 0 };
	unsigned v = n == size_report(V3_) ? V3_ : V2;
	struct cursor c = { { p, p + n }, v, NULL };
	return n == size_report(v) && decode_report(&c, r);
}

/* --- writing --- */

static bool put_u64(struct buf *out, uint64_t v)
{
	return buf_u32(out, (uint32_t)(v >> 32)) && buf_u32(out, (uint32_t)v);
}

static bool put_code(struct buf *out, uint32_t v, unsigned version)
{
	return version == V3_ ? buf_u32(out, v) : v <= UINT8_MAX && buf_u8(out, (uint8_t)v);
}

static bool put_content(struct buf *out, const struct cmpp_octets *v, size_t max)
{
	return v->n <= max && buf_u8(out, (uint8_t)v->n) && buf_add(out, v->p, v->n);
}

#define BODY(name) static bool encode_##name(const struct cmpp_##name *f, unsigned v, struct buf *out) \
	{ (void)f; (void)v; (void)out; return true
#define U8(field) && buf_u8(out, f->field)
#define U32(field) && buf_u32(out, f->field)
#define U64(field) && put_u64(out, f->field)
#define CODE(field) && put_code(out, f->field, v)
#define V3(field) && (v != V3_ || buf_u8(out, f->field))
#define STR(field, v2, v3) && fields_put_str(out, f->field, v == V3_ ? (v3) : (v2))
#define DIGEST(field) && buf_add(out, f->field, MD5_LEN)
#define CONTENT(field, max) && put_content(out, &f->field, max)
#define MAYBE(field) && buf_u8(out, f->field)
#define END(name) ; }
#include "adapters/sms/cmpp/pdu.def"

static bool encode_body(const struct cmpp_pdu *pdu, struct buf *out)
{
	unsigned v = layout(pdu->version);
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: return encode_##body(&pdu->body, v, out);
#include "adapters/sms/cmpp/pdu.def"
	}
	must(!"a command of pdu.def");
	return false;
}

bool cmpp_pdu_encode(const struct cmpp_pdu *pdu, struct buf *out)
{
	size_t start = out->len;
	bool fits = buf_u32(out, 0) && buf_u32(out, pdu->command) && buf_u32(out, pdu->sequence) && encode_body(pdu, out);
	return fields_end(out, start, fits, CMPP_PDU_MAX);
}

bool cmpp_report_encode(const struct cmpp_report *r, uint8_t version, struct buf *out)
{
	return encode_report(r, layout(version), out);
}

char *cmpp_msg_id(uint64_t id, char out[CMPP_ID_MAX])
{
	(void)snprintf(out, CMPP_ID_MAX, "%016llx", (unsigned long long)id);
	return out;
}

/* --- for people and fuzzers --- */

const char *cmpp_command_name(uint32_t command)
{
	switch (command) {
#define COMMAND(NAME, id, body) case id: return #NAME;
#include "adapters/sms/cmpp/pdu.def"
	}
	return "unknown";
}

#define BODY(name) static void dump_##name(const struct cmpp_##name *v, struct buf *out) { (void)v; (void)out;
#define U8(field) buf_addf(out, " " #field "=%u", v->field);
#define U32(field) buf_addf(out, " " #field "=%u", v->field);
#define U64(field) buf_addf(out, " " #field "=%016llx", (unsigned long long)v->field);
#define CODE(field) buf_addf(out, " " #field "=%u", v->field);
#define V3(field) buf_addf(out, " " #field "=%u", v->field);
#define STR(field, v2, v3) fields_dump_str(out, #field, v->field);
#define ADDR(field, v2, v3) fields_dump_addr(out, #field, v->field);
#define DIGEST(field) buf_adds(out, " " #field "=***");
#define CONTENT(field, max) buf_addf(out, " " #field "=%zu octets", v->field.n);
#define MAYBE(field) buf_addf(out, " " #field "=%u", v->field);
#define END(name) }
#include "adapters/sms/cmpp/pdu.def"

void cmpp_pdu_dump(const struct cmpp_pdu *pdu, struct buf *out)
{
	buf_addf(out, "%s seq=%u", cmpp_command_name(pdu->command), pdu->sequence);
	switch (pdu->command) {
#define COMMAND(NAME, id, body) case id: dump_##body(&pdu->body, out); break;
#include "adapters/sms/cmpp/pdu.def"
	}
	struct cmpp_report r;
	const struct cmpp_deliver *d = &pdu->deliver;
	if (pdu->command == CMPP_DELIVER && d->registered_delivery == 1 && cmpp_report_decode(d->content.p, d->content.n, &r))
		dump_report(&r, out);
}

#define BODY(name) static void seed_##name(struct cmpp_##name *f, unsigned v) { (void)f; (void)v;
#define U8(field) f->field = 1;
#define U32(field) f->field = 0x01020304;
#define U64(field) f->field = 0x773de1403039004dull;
#define CODE(field) f->field = 8;
#define V3(field) f->field = v == V3_;
#define STR(field, v2, v3) fields_seed_str(f->field, v == V3_ ? (v3) : (v2), #field);
#define ADDR(field, v2, v3) fields_seed_str(f->field, v == V3_ ? (v3) : (v2), "8613800138000");
#define DIGEST(field) memset(f->field, 0xA5, MD5_LEN);
#define CONTENT(field, max) f->field = (struct cmpp_octets){ (const uint8_t *)#field, sizeof #field - 1 };
#define MAYBE(field) f->field = 1;
#define END(name) }
#include "adapters/sms/cmpp/pdu.def"

bool cmpp_pdu_seed(size_t i, uint8_t version, struct cmpp_pdu *pdu)
{
	static const uint32_t command[] = {
#define COMMAND(NAME, id, body) id,
#include "adapters/sms/cmpp/pdu.def"
	};
	if (i >= sizeof command / sizeof command[0])
		return false;
	*pdu = (struct cmpp_pdu){ .command = command[i], .sequence = 1, .version = version };
	switch (command[i]) {
#define COMMAND(NAME, id, body) case id: seed_##body(&pdu->body, layout(version)); break;
#include "adapters/sms/cmpp/pdu.def"
	}
	return true;
}

void cmpp_report_seed(uint8_t version, struct cmpp_report *r)
{
	*r = (struct cmpp_report){ 0 };
	seed_report(r, layout(version));
}
