/* What somebody is writing and has not sent, on whichever machine. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/held.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/shape.h"
#include "gateway/flow/steps.h"
#include "gateway/store/drafts.h"
#include "gateway/store/ticket.h"

enum { DRAFTS_SHOWN = 200 };

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
