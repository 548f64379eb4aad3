/* IMAP: what a server sends, in whatever pieces it comes, and names we write. */
#include "tests/fuzz/fuzz.h"

#include "adapters/email/imap_line.h"

enum { FUZZ_MAX = 2048 };

struct heard { struct buf all; unsigned answers; };

static void on_answer(void *arg, const char *line, size_t n)
{
	struct heard *h = arg;
	const char *at = line + (n < 8 ? n : 8);
	must(strnlen(line, n + 1) <= n);
	(void)imap_code(line, "UIDVALIDITY");
	for (unsigned i = 0; imap_next_uid(&at); i++)
		must(i <= n);
	must(at <= line + n);
	buf_addf(&h->all, "A%zu:", n);
	buf_add(&h->all, line, n);
	h->answers++;
}

static bool on_literal(void *arg, const char *line, uint64_t n)
{
	struct heard *h = arg;
	buf_addf(&h->all, "L%llu:%s", (unsigned long long)n, line);
	return n % 2;
}

static void on_bytes(void *arg, const void *p, size_t n)
{
	buf_add(&((struct heard *)arg)->all, p, n);
}

static bool hear(struct heard *h, const uint8_t *p, size_t n, size_t piece)
{
	struct imap_reader r;
	struct imap_sink sink = { on_answer, on_literal, on_bytes, h };
	bool ok = true;
	buf_init(&h->all, 1 << 20);
	h->answers = 0;
	imap_reader_init(&r);
	for (size_t at = 0; ok && at < n; at += piece) {
		size_t k = piece < n - at ? piece : n - at;
		struct input in = { p + at, k };
		char *exact = (char *)input_bytes(&in, k);
		ok = imap_read(&r, exact, k, &sink);
		free(exact);
	}
	imap_reader_fini(&r);
	return ok;
}

static void write_a_name(const char *name)
{
	struct buf out;
	buf_init(&out, 1 << 16);
	if (imap_mailbox(name, &out)) {
		must(out.len >= 3 && out.data[0] == '"' && out.data[out.len - 1] == '"');
		for (size_t i = 0; i < out.len; i++)
			must(out.data[i] >= ' ' && out.data[i] < 0x7F);
	}
	buf_clear(&out);
	imap_quote(name, &out);
	for (size_t i = 1; i + 1 < out.len; i++) {
		must(out.data[i] >= ' ' && out.data[i] != '"');
		i += out.data[i] == '\\';
	}
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct heard whole, pieces;
	struct input in = { p, n };
	bool ok = hear(&whole, p, n, n ? n : 1);
	for (size_t piece = 1; piece <= 7; piece += 3) {
		must(hear(&pieces, p, n, piece) == ok);
		must(pieces.answers == whole.answers && pieces.all.len == whole.all.len);
		must(!whole.all.len || !memcmp(pieces.all.data, whole.all.data, whole.all.len));
		buf_fini(&pieces.all);
	}
	buf_fini(&whole.all);
	char *name = input_line(&in);
	write_a_name(name);
	free(name);
	return 0;
}
