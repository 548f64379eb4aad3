#include "gateway/console/call_internal.h"

#include <string.h>

#include "gateway/console/problem.h"

enum { HEADERS_MAX = 12 };

/* What every answer of a call says beside its own headers. */
static void put_headers(const struct call *c, const char **h, size_t n)
{
	const struct { const char *name, *value; } more[] = { { "RateLimit-Policy", c->pace.policy }, { "RateLimit", c->pace.now },
		{ "Retry-After", c->pace.retry }, { "Idempotency-Replayed", c->repeated ? "true" : "" } };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		if (*more[i].value) {
			h[n++] = more[i].name;
			h[n++] = more[i].value;
		}
	h[n] = NULL;
}

void call_refuse(struct call *c, int status, const char *code, const char *detail)
{
	const char *headers[HEADERS_MAX] = { "WWW-Authenticate", "Bearer" };
	put_headers(c, headers, status == 401 ? 2 : 0);
	problem_answer(c->req, status, code, detail, c->extra, headers);
	call_free(c);
}

/* A citizen's HTML: no script, no form, nothing from elsewhere unless it was asked for, and no way out of its frame. */
static void page_answer(struct call *c)
{
	const char *const headers[] = { "Content-Security-Policy", c->page.remote ?
		"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; frame-ancestors 'self'" :
		"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'",
		"Cache-Control", "private, no-store", "X-DNS-Prefetch-Control", "off", NULL };
	http_answer(c->req, 200, "text/html; charset=utf-8", c->page.text, strlen(c->page.text), headers);
}

static void sheet_answer(struct call *c)
{
	const char *const headers[] = { "Content-Disposition", arena_printf(c->arena, "attachment; filename=\"%s\"", c->sheet.name),
		"Cache-Control", "no-store", NULL };
	http_answer(c->req, 200, "text/csv; charset=utf-8", c->sheet.text, strlen(c->sheet.text), headers);
}

void call_answer(struct call *c)
{
	const char *headers[HEADERS_MAX] = { "Cache-Control", "no-store" };
	put_headers(c, headers, 2);
	if (c->file.fd >= 0) {
		int fd = c->file.fd;
		c->file.fd = -1;
		http_answer_fd(c->req, fd, c->file.size, c->file.type, c->file.name);
		return;
	}
	if (c->sheet.text != NULL) {
		sheet_answer(c);
		return;
	}
	if (c->page.text != NULL) {
		page_answer(c);
		return;
	}
	if (c->answer != NULL)
		c->text = json_dumps(c->answer, JSON_COMPACT);
	http_answer(c->req, c->status, c->text ? "application/json" : NULL, c->text, c->text ? strlen(c->text) : 0, headers);
}
