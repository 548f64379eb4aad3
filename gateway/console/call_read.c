#include "gateway/console/call_internal.h"

#include <string.h>

#include "gateway/console/again.h"
#include "gateway/console/api.h"

static const char *const QUERY[Q_COUNT] = {
	"state", "channel", "department", "q", "after", "limit", "open", "waiting", "overdue", "flag",
	"asked", "unassigned", "assignee", "order", "remote", "name", "ticket", "report", "from", "to", "by", "category", "word", "every",
	"format", "least", "core",
};

const char *query_name(enum query q)
{
	must((unsigned)q < Q_COUNT);
	return QUERY[q];
}

/* 0, or the status to refuse with. */
static int body_read(struct call *c, const char **detail)
{
	size_t n;
	json_error_t fault;
	const char *text = http_body(c->req, &n);
	bool bytes = c->route->work == work_file_put; /* the body is a file */
	if (bytes || (c->route->job != ROUTE_WRITE && strcmp(c->route->method, "POST") != 0))
		return 0;
	if (n == 0) {
		c->body = json_object();
		return 0;
	}
	c->body = json_loadb(text, n, JSON_REJECT_DUPLICATES, &fault);
	if (c->body == NULL)
		*detail = arena_printf(c->arena, "line %d: %s", fault.line, fault.text);
	else if (!json_is_object(c->body))
		*detail = "the body must be a JSON object";
	return *detail ? 400 : 0;
}

int call_read(struct call *c, const char **detail)
{
	for (unsigned i = 0; i < Q_COUNT; i++) {
		const char *value = http_query(c->req, QUERY[i]);
		if (value != NULL && strlen(value) > CALL_TEXT_MAX) {
			*detail = arena_printf(c->arena, "%s: too long", QUERY[i]);
			return 400;
		}
		c->query[i] = arena_strdup(c->arena, value && *value ? value : NULL);
	}
	c->stray = arena_strdup(c->arena, http_query_other(c->req, QUERY, Q_COUNT));
	const char *key = http_header(c->req, "idempotency-key");
	if (key != NULL && (*key == '\0' || strlen(key) > CALL_KEY_MAX)) {
		*detail = "Idempotency-Key: 1 to 200 characters";
		return 400;
	}
	if (c->route->job == ROUTE_WRITE && !c->route->secret && key != NULL) {
		size_t n;
		const void *body = http_body(c->req, &n);
		c->idempotency = arena_strdup(c->arena, key);
		again_mark(c, body, n);
	}
	return body_read(c, detail);
}
