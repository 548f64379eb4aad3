/* Templates: every text a citizen gets. templates/<language>/<event>.txt, and <event>.<kind>.txt where a channel kind
 * needs its own words ("received.sms.txt"). A template that begins with a line "Subject: …" has a subject.
 *
 *   您的诉求已收到，工单号 {number}。
 *
 * {{ and }} are braces. Which placeholders an event may and must have stands in model/notice.c; anything else, a
 * missing file or a language that lacks an event is a fault with file and line; but where that names another to be said
 * instead, a language may lack it.
 * Thread: immutable once loaded. */
#ifndef XQ_FLOW_RENDER_H
#define XQ_FLOW_RENDER_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

struct templates;
struct render_args { /* NULL counts as "" */
	const char *hotline, *number, *title, *department, *text, *reason, *call, *state, *due, *time, *url, *staff, *region, *code, *other, *pin, *phone;
};
enum { RENDER_MAX = 1 << 20 };

struct templates *templates_load(const char *dir, struct faults *f); /* NULL on any fault */
void templates_destroy(struct templates **t);
/* event and kind as above; language falls back to zh-CN. subject may be NULL. Both buffers are cleared first. */
void render(const struct templates *t, const char *language, const char *event, const char *kind,
	const struct render_args *args, struct buf *subject, struct buf *text);
/* What an event says, a JSON object by placeholder ({"number":"2026…"}), for channels that send no text; malloc'd. */
char *render_fields(const char *event, const struct render_args *args);
/* Which version of its text an event has: changes with the words. */
enum { RENDER_VERSION = 13 };
void render_version(const struct templates *t, const char *language, const char *event, const char *kind,
	char out[RENDER_VERSION]);
/* For `check` and the console: the i-th event's name, NULL past the last. */
const char *render_event(unsigned i);
/* The words of a state, a ground or a role for citizens: "state.handling", "ground.petition"; from words.txt of the
 * language ("key = words" lines); the key itself when it has none (a fault at load). */
const char *render_words(const struct templates *t, const char *language, const char *key);

#endif
