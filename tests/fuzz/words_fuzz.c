/* Header fields: encoded words read and written, bytes of undeclared alphabets. Input: a charset's name on a line, then
 * the bytes. */
#include "tests/fuzz/converters.h"
#include "tests/fuzz/fuzz.h"

#include "adapters/email/charset.h"
#include "adapters/email/words.h"

enum { FUZZ_MAX = 1024 };
enum { OUT_MAX = 1 << 20 };

static void must_be_clean(const struct buf *b)
{
	must(!b->overflow && utf8_valid(buf_str(b), b->len));
	for (size_t i = 0; i < b->len; i++)
		must(b->data[i] >= ' ' && b->data[i] != 0x7F);
	must(!strstr(buf_str(b), "\xE2\x80\xAE")); /* U+202E turns the reading direction */
}

/* What we write is read as what it was; no line is longer than a mail's may be. */
static void there_and_back(const struct buf *clean, size_t column, enum charset_hint hint)
{
	struct buf field, again;
	buf_init(&field, OUT_MAX);
	buf_init(&again, OUT_MAX);
	words_encode(buf_str(clean), column, &field);
	size_t fold = strncmp(buf_str(&field), "\r\n ", 3) ? 0 : 3; /* no room beside the name: a reader unfolds */
	words_decode(buf_str(&field) + fold, field.len - fold, hint, &again);
	must(again.len == clean->len && !memcmp(buf_str(&again), buf_str(clean), clean->len));
	size_t line = column;
	for (size_t i = 0; i < field.len; i++) {
		must(field.data[i] < 0x80);
		line = field.data[i] == '\n' ? 0 : line + 1;
		must(line <= 78);
	}
	buf_fini(&again);
	buf_fini(&field);
}

/* An alphabet with switches between its parts: a text may be nothing but those. */
static bool switches(const char *name)
{
	static const char *const such[] = { "ISO-2022", "HZ", "UTF-7", "UTF-16", "UTF-32" };
	for (size_t i = 0; name && i < sizeof such / sizeof *such; i++)
		if (!strncmp(name, such[i], strlen(such[i])))
			return true;
	return false;
}

static void declared(const char *label, enum charset_hint hint, const char *p, size_t n)
{
	struct buf out;
	const char *guess = charset_guess(p, n, hint), *ours = charset_lookup(label);
	buf_init(&out, OUT_MAX);
	charset_decode(label, hint, p, n, &out);
	must(!out.overflow && utf8_valid(buf_str(&out), out.len) && strlen(buf_str(&out)) == out.len);
	must(!n || out.len || switches(ours) || switches(guess) || memchr(p, 0x1B, n));
	must(!ours || *ours);
	if (guess && !strcmp(guess, "UTF-8"))
		must(utf8_valid(p, n));
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	converters_keep();
	struct input in = { p, n };
	char *label = input_line(&in);
	size_t rest = in.n;
	char *bytes = (char *)input_bytes(&in, rest);
	enum charset_hint hint = n && p[n - 1] & 1 ? CHARSET_TRADITIONAL : CHARSET_MAINLAND;
	struct buf joined, out;
	buf_init(&joined, OUT_MAX);
	buf_init(&out, OUT_MAX);
	declared(label, hint, bytes, rest);
	words_join(bytes, rest, hint, &joined);
	must(!joined.overflow);
	words_decode(bytes, rest, hint, &out);
	must_be_clean(&out);
	there_and_back(&out, strlen(label) % 70, hint);
	buf_fini(&out);
	buf_fini(&joined);
	free(bytes);
	free(label);
	return 0;
}
