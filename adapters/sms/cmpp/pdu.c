#include "adapters/sms/cmpp/pdu.h"

#include <stdio.h>
#include <string.h>

#include "gateway/model/address.h"

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

struct cursor { const uint8_t *p, *end; unsigned v; const char *field; };

static bool get_number(struct cursor *c, size_t octets, uint64_t *v)
{
	if ((size_t)(c->end - c->p) < octets)
		return false;
	*v = 0;
	while (octets--)
		*v = *v << 8 | *c->p++;
	return true;
}

static bool get_u8(struct cursor *c, uint8_t *v)
{
	uint64_t wide;
	bool got = get_number(c, 1, &wide);
	if (got)
		*v = (uint8_t)wide;
	return got;
}

static bool get_u32(struct cursor *c, size_t octets, uint32_t *v)
{
	uint64_t wide;
	bool got = get_number(c, octets, &wide);
	if (got)
		*v = (uint32_t)wide;
	return got;
}

static bool get_bytes(struct cursor *c, void *out, size_t n)
{
	if ((size_t)(c->end - c->p) < n)
		return false;
	memcpy(out, c->p, n);
	c->p += n;
	return true;
}

/* The width is copied whole and what stands behind the first NUL wiped, so that equal strings are equal bytes. */
static bool get_str(struct cursor *c, char *out, size_t size, size_t width)
{
	memset(out, 0, size);
	if (!get_bytes(c, out, width))
		return false;
	size_t n = strlen(out);
	memset(out + n, 0, size - n);
	return true;
}

static bool get_content(struct cursor *c, struct cmpp_octets *v, size_t max)
{
	uint8_t n;
	if (!get_u8(c, &n) || n > max || n > (size_t)(c->end - c->p))
		return false;
	*v = (struct cmpp_octets){ c->p, n };
	c->p += n;
	return true;
}

#define NEED(got, name) if (!(got)) { c->field = #name; return false; }
#define BODY(name) static bool decode_##name(struct cursor *c, struct cmpp_##name *v) { (void)c; (void)v;
#define U8(field) NEED(get_u8(c, &v->field), field)
#define U32(field) NEED(get_u32(c, 4, &v->field), field)
#define U64(field) NEED(get_number(c, 8, &v->field), field)
#define CODE(field) NEED(get_u32(c, c->v == V3_ ? 4 : 1, &v->field), field)
#define V3(field) NEED(c->v != V3_ || get_u8(c, &v->field), field)
#define STR(field, v2, v3) NEED(get_str(c, v->field, sizeof v->field, c->v == V3_ ? (v3) : (v2)), field)
#define DIGEST(field) NEED(get_bytes(c, v->field, MD5_LEN), field)
#define CONTENT(field, max) NEED(get_content(c, &v->field, max), field)
#define MAYBE(field) NEED(c->p == c->end || get_u8(c, &v->field), field)
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

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool read_header(const uint8_t *p, struct cmpp_pdu *pdu)
{
	pdu->length = be32(p);
	pdu->command = be32(p + 4);
	pdu->sequence = be32(p + 8);
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
	struct cursor c = { p + CMPP_HEADER, p + pdu->length, layout(pdu->version), NULL };
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
	struct cursor c = { p, p + n, v, NULL };
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

static bool put_str(struct buf *out, const char *s, size_t width)
{
	static const uint8_t nul[64];
	size_t n = strlen(s);
	return n <= width && buf_add(out, s, n) && buf_add(out, nul, width - n);
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
#define STR(field, v2, v3) && put_str(out, f->field, v == V3_ ? (v3) : (v2))
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

#define BODY(name) static void dump_##name(const struct cmpp_##name *v, struct buf *out) { (void)v; (void)out;
#define U8(field) buf_addf(out, " " #field "=%u", v->field);
#define U32(field) buf_addf(out, " " #field "=%u", v->field);
#define U64(field) buf_addf(out, " " #field "=%016llx", (unsigned long long)v->field);
#define CODE(field) buf_addf(out, " " #field "=%u", v->field);
#define V3(field) buf_addf(out, " " #field "=%u", v->field);
#define STR(field, v2, v3) dump_str(out, #field, v->field);
#define ADDR(field, v2, v3) dump_addr(out, #field, v->field);
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

static void seed_str(char *out, size_t width, const char *name)
{
	size_t n = strlen(name);
	memcpy(out, n > width ? name + n - width : name, n > width ? width : n);
}

#define BODY(name) static void seed_##name(struct cmpp_##name *f, unsigned v) { (void)f; (void)v;
#define U8(field) f->field = 1;
#define U32(field) f->field = 0x01020304;
#define U64(field) f->field = 0x773de1403039004dull;
#define CODE(field) f->field = 8;
#define V3(field) f->field = v == V3_;
#define STR(field, v2, v3) seed_str(f->field, v == V3_ ? (v3) : (v2), #field);
#define ADDR(field, v2, v3) seed_str(f->field, v == V3_ ? (v3) : (v2), "8613800138000");
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
