/* Replies that can still be taken back, and drafts: the API's side. */
#include <string.h>

#include "gateway/console/held.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/shape.h"
#include "gateway/flow/steps.h"

enum { DRAFTS_SHOWN = 200 };

/* --- holding a reply --- */

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

/* What was sent is no draft any more, on no machine. */
static void tell_sent(const struct call *c, unsigned mode)
{
	json_t *draft = draft_json(c->param[0], mode, "", 0);
	live_tell_draft(c->console->live, c->who.name, draft);
	json_decref(draft);
}

/* A note may have been one. */
void api_step_after(struct call *c)
{
	const char *step = json_string_value(json_object_get(c->body, "step"));
	if (!c->who.token && step != NULL && strcmp(step, step_name(STEP_NOTE)) == 0)
		tell_sent(c, DRAFT_NOTE);
}

void api_reply_after(struct call *c)
{
	if (!c->who.token) {
		tell_sent(c, DRAFT_REPLY);
		tell_sent(c, DRAFT_FILES);
	}
	if (c->held == 0)
		return;
	held_soon(c->console->held, c->console->set.undo_seconds * 1000);
	live_tell_at(c->console->live, c->held, json_pack("{s:s, s:s}", "type", "held", "number", c->param[0]));
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

/* --- drafts --- */

static const char *const MODE[DRAFT_MODES] = { "reply", "note", "files" };

json_t *draft_json(const char *number, unsigned mode, const char *text, int64_t rev)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:I}", "number", number, "mode", MODE[mode % DRAFT_MODES], "text",
		shape_text(text), "rev", (json_int_t)rev);
	must(o != NULL);
	return o;
}

int api_drafts(struct call *c, struct tx *tx, struct err *e)
{
	struct draft_row *d;
	size_t n;
	int rc = draft_list(tx, c->who.name, DRAFTS_SHOWN, &d, &n);
	json_t *items = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++)
		must(json_array_append_new(items, draft_json(d[i].number, d[i].mode, d[i].text, d[i].rev)) == 0);
	call_list(c, items, 0);
	must(json_object_set_new(c->answer, "whole", json_boolean(n < DRAFTS_SHOWN)) == 0); /* what is not among them is gone */
	return rc < 0 ? err_set(e, rc, "drafts could not be read") : 0;
}

static int mode_read(const struct call *c, unsigned *mode, struct err *e)
{
	const char *name;
	int rc = call_string(c, "mode", &name, e);
	for (*mode = 0; rc == 0 && *mode < DRAFT_MODES; ++*mode)
		if (name != NULL && strcmp(MODE[*mode], name) == 0)
			return 0;
	return rc < 0 ? rc : err_set(e, E_RANGE, "mode: reply, note or files");
}

/* {"mode","text","rev"}: rev is the one it was written over; another one is there: 409 with it. "" drops it. */
int api_draft_put(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t;
	struct draft_row was = { .text = "" };
	const char *text;
	int64_t rev;
	unsigned mode;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0 || (rc = mode_read(c, &mode, e)) < 0 || (rc = call_string(c, "text", &text, e)) < 0 ||
		(rc = call_integer(c, "rev", 0, &rev, e)) < 0)
		return rc;
	if (text == NULL || strlen(text) > STEP_TEXT_MAX * 4)
		return err_set(e, E_RANGE, "text: at most %d characters", STEP_TEXT_MAX);
	rc = draft_get(tx, c->who.name, t.id, mode, &was);
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the draft could not be read");
	if (was.rev != rev && strcmp(was.text, text) != 0) {
		c->extra = json_pack("{s:o}", "draft", draft_json(t.number, mode, was.text, was.rev));
		return err_set(e, E_CONFLICT, "another draft of yours was kept meanwhile");
	}
	struct draft_row d = { .staff = c->who.name, .ticket = t.id, .mode = mode, .text = text, .rev = was.rev + 1 };
	rc = *text ? draft_put(tx, &d) : draft_drop(tx, d.staff, d.ticket, mode);
	c->answer = draft_json(t.number, mode, text, *text ? d.rev : 0);
	return rc < 0 ? err_set(e, rc, "the draft could not be kept") : 0;
}

/* The pages one has open elsewhere. */
void api_draft_after(struct call *c)
{
	live_tell_draft(c->console->live, c->who.name, c->answer);
}
