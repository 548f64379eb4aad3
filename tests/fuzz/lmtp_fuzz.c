/* LMTP: command lines, and DATA undone in whatever pieces it comes. Input: one command line, then what follows DATA. */
#include "tests/fuzz/fuzz.h"

#include "adapters/email/lmtp_line.h"

enum { FUZZ_MAX = 4608 };

static void command(const char *line)
{
	const char *rest;
	struct lmtp_path path;
	uint64_t n;
	bool last;
	enum lmtp_verb verb = lmtp_verb(line, &rest);
	must(verb >= LMTP_UNKNOWN && verb <= LMTP_STARTTLS && rest >= line && rest <= line + strlen(line));
	for (int mail = 0; mail < 2; mail++)
		if (lmtp_path(rest, mail, &path) == LMTP_PATH_OK) {
			must(memchr(path.address, 0, sizeof path.address));
			must(mail || path.address[0]);
		}
	if (lmtp_chunk(rest, &n, &last))
		must(n < 1000000000000000000u);
}

struct undone { char *p; size_t n, used; bool ended; };

static struct undone undo(const char *p, size_t n, size_t piece)
{
	struct undone u = { .p = mem_alloc(n + 1) };
	struct lmtp_data d = { DOT_START };
	while (u.used < n && d.state != DOT_END) {
		size_t k = piece < n - u.used ? piece : n - u.used, made;
		char *out = mem_alloc(k + 1); /* as much as is promised, not more */
		size_t took = lmtp_data(&d, p + u.used, k, out, &made);
		must(took <= k && made <= k + 1 && u.n + made <= n && (took == k || d.state == DOT_END));
		memcpy(u.p + u.n, out, made);
		u.n += made;
		u.used += took;
		free(out);
	}
	u.ended = d.state == DOT_END;
	return u;
}

/* The border between two reads means nothing. */
static void pieces_are_one(const char *p, size_t n)
{
	struct undone whole = undo(p, n, n + 1);
	for (size_t piece = 1; piece <= 3; piece++) {
		struct undone u = undo(p, n, piece);
		must(u.n == whole.n && u.used == whole.used && u.ended == whole.ended && !memcmp(u.p, whole.p, u.n));
		free(u.p);
	}
	free(whole.p);
}

/* What a sender stuffs as the standard says comes out as it was, and ends where it ends. */
static void stuffed_comes_back(const char *p, size_t n)
{
	char *wire = mem_alloc(2 * n + 8);
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '.' && (i == 0 || (i >= 2 && p[i - 1] == '\n' && p[i - 2] == '\r')))
			wire[len++] = '.';
		wire[len++] = p[i];
	}
	memcpy(wire + len, "\r\n.\r\nQ", 6);
	struct undone u = undo(wire, len + 6, len + 7);
	must(u.ended && u.used == len + 5 && u.n == n + 2 && !memcmp(u.p, p, n) && !memcmp(u.p + n, "\r\n", 2));
	free(u.p);
	free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	char *line = input_line(&in);
	size_t rest = in.n;
	char *data = (char *)input_bytes(&in, rest);
	command(line);
	pieces_are_one(data, rest);
	stuffed_comes_back(data, rest);
	free(data);
	free(line);
	return 0;
}
