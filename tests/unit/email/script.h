/* A scripted peer on the test's loop: answers each line it gets as a table says. */
#ifndef XQ_TESTS_SCRIPT_H
#define XQ_TESTS_SCRIPT_H

#include "channel.h"
#include "gateway/base/stream.h"

struct script {
	const char *hello;
	/* Writes the answer to one line (without its end) into out; false closes the connection without one. */
	bool (*answer)(const char *line, struct buf *out);
	struct stream_listener *listener;
	struct buf log;       /* every line that came */
	struct stream *open[8]; /* a client may come again before its last connection is gone */
	struct stream *last;
	bool data;            /* SMTP: between 354 and the dot, where only "." is asked about */
};
static struct script script;

static inline size_t script_data(struct stream *s, void *owner, const uint8_t *p, size_t n)
{
	(void)owner;
	size_t at = 0;
	const char *lf;
	while ((lf = memchr(p + at, '\n', n - at))) {
		size_t k = (size_t)(lf - (const char *)p) - at;
		char line[2000];
		snprintf(line, sizeof line, "%.*s", (int)(k > 0 ? k - 1 : 0), (const char *)p + at);
		at += k + 1;
		if (!script.data)
			buf_addf(&script.log, "%s\n", line);
		if (script.data && strcmp(line, ".") != 0)
			continue;
		struct buf out;
		buf_init(&out, 1 << 20);
		bool stay = script.answer(line, &out);
		script.data = out.len > 4 && !memcmp(out.data, "354 ", 4);
		if (out.len > 0)
			must(stream_write(s, out.data, out.len) == 0);
		buf_fini(&out);
		if (!stay) {
			stream_close(s, true);
			return n;
		}
	}
	return at;
}

static inline void script_close(struct stream *s, void *owner, const char *reason)
{
	(void)owner, (void)reason;
	for (size_t i = 0; i < 8; i++)
		if (script.open[i] == s)
			script.open[i] = NULL;
	script.last = script.last == s ? NULL : script.last;
	script.data = false;
}

static inline void script_accept(struct stream *s, void *arg)
{
	size_t i = 0;
	(void)arg;
	while (i < 8 && script.open[i])
		i++;
	must(i < 8);
	script.open[i] = script.last = s;
	must(stream_write(s, script.hello, strlen(script.hello)) == 0);
}

/* Takes connections on a port it returns; call after the loop exists, script_down() before the channel goes. */
static inline int script_up(uv_loop_t *on, const char *hello, bool (*answer)(const char *, struct buf *))
{
	static const struct stream_ops ops = { .on_data = script_data, .on_close = script_close };
	static const struct stream_limits limits = { .in = 1 << 20, .out = 4 << 20 };
	struct err e;
	script = (struct script){ .hello = hello, .answer = answer };
	buf_init(&script.log, 1 << 20);
	script.listener = stream_listen(on, "127.0.0.1", 0, 10, &ops, &limits, script_accept, NULL, &e);
	must(script.listener != NULL);
	return stream_listener_port(script.listener);
}

/* Again is nothing: a test that failed half-way is ended by its teardown. */
static inline void script_down(void)
{
	if (!script.listener)
		return;
	stream_listener_close(&script.listener);
	for (size_t i = 0; i < 8; i++)
		if (script.open[i])
			stream_close(script.open[i], false);
	loop_for(&loop, 20);
	buf_fini(&script.log);
}

#endif
