/* Replies that can still be taken back: the API's side. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/held.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/shape.h"
#include "gateway/store/drafts.h"
#include "gateway/store/ticket.h"

/* While a colleague's answer is about to go out, nobody else's is. */
static int others_check(struct call *c, struct tx *tx, const struct ticket_row *t, struct err *e)
{
	struct held_row *h;
	size_t n;
	int rc = held_list(tx, t->id, &h, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (strcmp(h[i].staff, c->who.name) != 0)
			return err_rule(e, E_CONFLICT, "newer", "a colleague's answer is on its way: read it before you send");
	return rc;
}

static int held_insert_body(struct call *c, struct tx *tx, struct held_row *h)
{
	json_t *body = json_copy(c->body);
	(void)json_object_del(body, "hold");
	(void)json_object_del(body, "seen_seq"); /* it was looked at now */
	char *text = json_dumps(body, JSON_COMPACT);
	must(text != NULL);
	h->body = text;
	int rc = held_insert(tx, h);
	free(text);
	json_decref(body);
	return rc;
}

int held_begin(struct call *c, struct tx *tx, const struct ticket_row *t, uint32_t legal, struct err *e)
{
	struct held_row h = { .ticket = t->id, .staff = c->who.name,
		.send_at = tx_now(tx) + c->console->set.undo_seconds * 1000LL };
	int rc = others_check(c, tx, t, e);
	if (rc < 0)
		return rc;
	if ((rc = held_insert_body(c, tx, &h)) < 0 || (rc = draft_drop(tx, c->who.name, t->id, DRAFT_REPLY)) < 0 ||
		(rc = draft_drop(tx, c->who.name, t->id, DRAFT_FILES)) < 0)
		return err_set(e, rc, "the reply could not be stored");
	c->status = 202;
	c->held = t->id;
	c->answer = json_pack("{s:s, s:o, s:I, s:o}", "number", t->number, "held", shape_id(h.id), "left_ms",
		(json_int_t)(h.send_at - tx_now(tx)), "legal", shape_steps(legal));
	must(c->answer != NULL);
	return 0;
}

/* One's own only. */
static int held_own(struct call *c, struct tx *tx, struct held_row *h, struct err *e)
{
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = held_get(tx, id, h);
	if (rc == E_NOTFOUND || (rc == 0 && strcmp(h->staff, c->who.name) != 0))
		return err_set(e, E_CONFLICT, "the reply has gone out already");
	return rc < 0 ? err_set(e, rc, "the reply could not be read") : 0;
}

int api_held_undo(struct call *c, struct tx *tx, struct err *e)
{
	struct held_row h;
	const char *text, *files;
	int64_t rev;
	int rc = held_own(c, tx, &h, e);
	if (rc < 0)
		return rc;
	if ((rc = held_take(tx, h.id)) == 0)
		return err_set(e, E_CONFLICT, "the reply has gone out already");
	if (rc < 0 || (rc = held_back(tx, &h, &text, &files, &rev)) < 0)
		return err_set(e, rc, "the reply could not be taken back");
	c->held = h.ticket;
	c->answer = draft_json(h.number, DRAFT_REPLY, text, rev);
	must(json_object_set_new(c->answer, "files", shape_text(files)) == 0);
	return 0;
}

int api_held_send(struct call *c, struct tx *tx, struct err *e)
{
	struct held_row h = { 0 };
	bool gone;
	int rc = held_own(c, tx, &h, e);
	if (rc < 0 || (rc = held_send(c->console, c->catalog, tx, &h, &gone, e)) < 0)
		return rc;
	c->held = h.ticket;
	c->answer = json_pack("{s:s}", "number", h.number);
	must(c->answer != NULL);
	return 0;
}

void api_held_after(struct call *c)
{
	const char *number = json_string_value(json_object_get(c->answer, "number"));
	live_tell_at(c->console->live, c->held, json_pack("{s:s, s:s}", "type", "held", "number", number));
	if (json_object_get(c->answer, "text") != NULL)
		live_tell_draft(c->console->live, c->who.name, c->answer);
}
