#include "gateway/console/problem.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "gateway/console/call.h"

int status_of(int rc)
{
	switch (rc) {
	case E_AGAIN: case E_CLOSED: return 503;
	case E_MALFORMED: return 400;
	case E_RANGE: return 422;
	case E_NOTFOUND: return 404;
	case E_EXISTS: case E_CONFLICT: return 409;
	case E_DENIED: return 403;
	default: return 500;
	}
}

static const char *title_of(int status)
{
	switch (status) {
	case 400: return "The request cannot be read";
	case 401: return "Log in first";
	case 403: return "Not allowed";
	case 404: return "Not found";
	case 405: return "Method not allowed";
	case 409: return "Not possible in the present state";
	case 413: return "Too much";
	case 415: return "JSON is wanted";
	case 429: return "Too many requests";
	case 422: return "A value is missing or out of range";
	case 503: return "Busy: try again soon";
	default: return "Something failed here";
	}
}

char *problem_text(int status, const char *code, const char *detail, const json_t *extra)
{
	json_t *o = json_pack("{s:s, s:s, s:i}", "type", "about:blank", "title", title_of(status), "status", status);
	must(o != NULL);
	if (detail != NULL && *detail && utf8_valid(detail, strlen(detail)))
		must(json_object_set_new(o, "detail", json_string(detail)) == 0);
	if (code != NULL)
		must(json_object_set_new(o, "code", json_string(code)) == 0);
	if (extra != NULL)
		must(json_object_update(o, (json_t *)(uintptr_t)extra) == 0);
	char *text = json_dumps(o, JSON_COMPACT);
	must(text != NULL);
	json_decref(o);
	return text;
}

void problem_answer(struct http_req *r, int status, const char *code, const char *detail, const json_t *extra,
	const char *const *headers)
{
	char *text = problem_text(status, code, detail, extra);
	http_answer(r, status, "application/problem+json", text, strlen(text), headers);
	free(text);
}
