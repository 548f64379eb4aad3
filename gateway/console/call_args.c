/* What handlers read of a call, and the form of lists. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/console/call.h"
#include "gateway/console/internal.h"
#include "gateway/flow/steps.h"
#include "gateway/store/ticket.h"

static int number_read(const char *s, uint64_t *out)
{
	char *end;
	if (s == NULL || *s < '0' || *s > '9' || strlen(s) > 20)
		return E_MALFORMED;
	errno = 0;
	*out = strtoull(s, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : E_MALFORMED;
}

int call_limit(const struct call *c, unsigned *limit, struct err *e)
{
	uint64_t n = LIST_DEFAULT;
	if (c->query[Q_LIMIT] != NULL && (number_read(c->query[Q_LIMIT], &n) < 0 || n < 1 || n > LIST_MAX))
		return err_set(e, E_MALFORMED, "limit: a number from 1 to %d", LIST_MAX);
	*limit = (unsigned)n;
	return 0;
}

int call_after(const struct call *c, uint64_t *after, struct err *e)
{
	*after = 0;
	if (c->query[Q_AFTER] != NULL && (number_read(c->query[Q_AFTER], after) < 0 || *after > INT64_MAX))
		return err_set(e, E_MALFORMED, "after: the 'next' of an earlier answer");
	return 0;
}

int call_id(const struct call *c, unsigned i, uint64_t *id)
{
	return number_read(c->param[i], id) < 0 || *id > INT64_MAX ? E_NOTFOUND : 0;
}

int call_string(const struct call *c, const char *name, const char **value, struct err *e)
{
	json_t *v = json_object_get(c->body, name);
	*value = json_string_value(v);
	if (v != NULL && !json_is_null(v) && *value == NULL)
		return err_set(e, E_MALFORMED, "%s: a string is wanted", name);
	return 0;
}

int call_ticket(struct call *c, struct tx *tx, struct ticket_row *t, struct err *e)
{
	int rc = ticket_get_number(tx, c->param[0], t);
	if (rc == 0 && who_sees(&c->who, t))
		return 0;
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the ticket could not be read");
	return err_set(e, E_NOTFOUND, "there is no ticket %.30s", c->param[0]);
}

int call_version(const struct call *c, const struct ticket_row *t, struct err *e)
{
	int64_t seen;
	int rc = call_integer(c, "version", -1, &seen, e);
	if (rc < 0 || seen == -1 || seen == t->version)
		return rc;
	return err_rule(e, E_CONFLICT, "changed", "the ticket was changed meanwhile: look at it again");
}

uint32_t call_legal(const struct call *c, const struct ticket_row *t)
{
	return steps_here(flow_words(c->console->set.flow), c->who.token, ticket_legal(t, c->who.role, who_department(&c->who)));
}

int call_embedded(struct call *c, struct err *e)
{
	if (c->who.token || !flow_words(c->console->set.flow)->remote)
		return 0;
	return err_rule(e, E_CONFLICT, "remote", REMOTE_WORDS);
}

void call_list_text(struct call *c, json_t *items, const char *next)
{
	c->answer = json_pack("{s:o, s:s?}", "items", items, "next", next);
	must(c->answer != NULL);
}

void call_list(struct call *c, json_t *items, uint64_t next)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)next);
	call_list_text(c, items, next ? text : NULL);
}

int call_integer(const struct call *c, const char *name, int64_t absent, int64_t *value, struct err *e)
{
	json_t *v = json_object_get(c->body, name);
	*value = v == NULL || json_is_null(v) ? absent : json_integer_value(v);
	if (v != NULL && !json_is_null(v) && !json_is_integer(v))
		return err_set(e, E_MALFORMED, "%s: a whole number is wanted", name);
	return 0;
}
