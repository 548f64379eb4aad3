/* What citizens attach: names, types, base64. Input: a name on a line, a declared type on a line, then the bytes. */
#include "tests/fuzz/converters.h"
#include "tests/fuzz/fuzz.h"

#include "adapters/email/attach.h"
#include "adapters/email/transfer.h"
#include "gateway/base/media.h"

enum { FUZZ_MAX = 1024 };

static void name_is_harmless(const char *name)
{
	char once[ATTACHMENT_NAME_MAX + 1];
	attach_name(name, 1, once);
	must(*once && *once != '.' && strlen(once) <= ATTACHMENT_NAME_MAX && text_valid(once) && !strpbrk(once, "/\\"));
	for (const char *p = once; *p; p++)
		must((unsigned char)*p >= ' ' && *p != 0x7F);
	must(!strchr(" .", once[strlen(once) - 1]));
}

static void there_and_back(const uint8_t *p, size_t n)
{
	for (unsigned line = 0; line <= 76; line += 76) {
		struct buf coded, plain;
		struct base64 s = { 0 };
		buf_init(&coded, 1 << 16);
		buf_init(&plain, 1 << 16);
		base64_encode(p, n, line, &coded);
		size_t half = coded.len / 2;
		base64_decode(&s, buf_str(&coded), half, &plain);
		base64_decode(&s, buf_str(&coded) + half, coded.len - half, &plain);
		base64_end(&s, &plain);
		must(plain.len == n && (!n || !memcmp(plain.data, p, n)));
		buf_fini(&plain);
		buf_fini(&coded);
	}
	struct buf out;
	struct base64 s = { 0 };
	buf_init(&out, 1 << 16);
	base64_decode(&s, (const char *)p, n, &out);
	base64_end(&s, &out);
	must(out.len <= n);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	converters_keep();
	struct input in = { p, n };
	char *name = input_line(&in), *declared = input_line(&in);
	size_t rest = in.n;
	uint8_t *bytes = input_bytes(&in, rest);
	name_is_harmless(name);
	const char *type = media_type(bytes, rest, name, declared);
	must(type && strchr(type, '/') && text_valid(type));
	there_and_back(bytes, rest);
	free(bytes);
	free(declared);
	free(name);
	return 0;
}
