/* Channels as administrators see them: bound or not and since when, what waits, the last thing that went wrong; and a test
 * message to an address of theirs. */
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/probe.h"
#include "gateway/store/backlog.h"
#include "gateway/store/outbox.h"

enum { FACTS_MAX = 16 * 1024 };

int api_channels(struct call *c, struct tx *tx, struct err *e)
{
	struct channel_backlog *b;
	size_t n;
	int rc = outbox_backlog(tx, &b, &n);
	json_t *items = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++) {
		json_t *o = json_pack("{s:s, s:I, s:o, s:I, s:o, s:o, s:s}", "name", b[i].channel, "queued", (json_int_t)b[i].queued, "oldest_at",
			shape_time(b[i].oldest_at), "trouble", (json_int_t)b[i].trouble, "error", shape_text(b[i].error), "error_at",
			shape_time(b[i].error_at), "words", "");
		must(o != NULL && json_array_append_new(items, o) == 0);
	}
	call_list(c, items, 0);
	return rc < 0 ? err_set(e, rc, "the outbox could not be read") : 0;
}

static const json_t *backlog_of(const json_t *items, const char *name)
{
	size_t i;
	json_t *o;
	json_array_foreach((json_t *)(uintptr_t)items, i, o)
		if (strcmp(json_string_value(json_object_get(o, "name")), name) == 0)
			return o;
	return NULL;
}

json_t *channel_facts(const struct channel *ch)
{
	struct buf b;
	if (ch->ops->facts == NULL)
		return json_null();
	buf_init(&b, FACTS_MAX);
	buf_adds(&b, "{");
	ch->ops->facts(ch->adapter, &b);
	buf_adds(&b, "}");
	json_t *o = json_loadb(buf_str(&b), b.len, 0, NULL);
	buf_fini(&b);
	must(o != NULL);
	return o;
}

/* How a channel is belongs to the loop. */
void api_channels_after(struct call *c)
{
	json_t *list = json_array();
	const json_t *items = json_object_get(c->answer, "items");
	const struct channel *ch;
	for (size_t i = 0; (ch = channel_at(flow_channels(c->console->set.flow), i)) != NULL; i++) {
		json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:b, s:s, s:o, s:b}", "name", ch->name, "type", ch->ops->name, "kind",
			ch->ops->caps.kind, "up", (int)ch->up, "off", (int)channel_off(ch), "words", ch->words, "since",
			shape_time(ch->since), "receipts", (int)ch->ops->caps.receipts);
		must(o != NULL);
		const json_t *b = backlog_of(items, ch->name);
		static const char *const member[] = { "queued", "oldest_at", "trouble", "error", "error_at" };
		for (size_t k = 0; k < sizeof member / sizeof *member; k++)
			must(json_object_set_new(o, member[k], b ? json_incref(json_object_get(b, member[k])) : json_null()) == 0);
		must(json_object_set_new(o, "menu", json_boolean(ch->ops->ask != NULL)) == 0);
		must(json_object_set_new(o, "facts", channel_facts(ch)) == 0);
		if (ch->ops->ask != NULL) /* for the next time it is looked at */
			ch->ops->ask(ch->adapter, "refresh", NULL, NULL, NULL);
		must(json_array_append_new(list, o) == 0);
	}
	must(json_object_set_new(c->answer, "items", list) == 0);
}

int api_channel_test(struct call *c, struct tx *tx, struct err *e)
{
	const char *to;
	uint64_t message;
	int rc = call_string(c, "to", &to, e);
	if (rc < 0)
		return rc;
	if (to == NULL || *to == '\0')
		return err_set(e, E_RANGE, "to: an address of your own");
	if ((rc = channel_probe(tx, c->catalog, flow_words(c->console->set.flow), c->param[0], to, c->who.name, &message, e)) < 0)
		return rc;
	c->status = 201;
	c->answer = json_pack("{s:o}", "id", shape_id(message));
	must(c->answer != NULL);
	return 0;
}

/* What became of a message: {"state","error"}. */
int api_sent(struct call *c, struct tx *tx, struct err *e)
{
	uint64_t id;
	struct outbox_row row;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = outbox_get(tx, id, &row);
	if (rc < 0)
		return err_set(e, rc, "there is no such message");
	c->answer = json_pack("{s:s, s:o, s:i, s:o}", "state", sm_name(&out_machine, row.state), "error", shape_text(row.error), "attempts",
		(int)row.attempts, "updated_at", shape_time(row.updated_at));
	must(c->answer != NULL);
	return 0;
}
