/* Replies and all other steps, as the API takes them. */
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/console/api.h"
#include "gateway/console/held.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/shape.h"
#include "gateway/flow/steps.h"
#include "gateway/store/core.h"
#include "gateway/store/drafts.h"
#include "gateway/store/ticket.h"

static void request_fill(const struct call *c, struct step_request *q)
{
	q->number = c->param[0];
	q->actor = c->who.name;
	q->display = c->who.display;
	q->role = c->who.role;
	q->program = c->who.token;
	q->own_department = who_department(&c->who);
}

/* What a refused step's answer says beside the words. */
static int refused(struct call *c, const struct ticket_row *t, int rc, struct err *e)
{
	if (rc != E_CONFLICT && rc != E_DENIED)
		return rc;
	if (e->rule == NULL)
		e->rule = "not-legal";
	c->extra = json_pack("{s:o, s:s}", "legal", shape_steps(call_legal(c, t)), "state", sm_name(&ticket_machine, t->state));
	must(c->extra != NULL);
	return rc;
}

/* What its writer has sent is sent, and kept no longer as a draft. A reply that was held had its draft dropped then. */
static int written(struct call *c, struct tx *tx, const struct step_request *q, const struct ticket_row *t, struct err *e)
{
	if (c->req == NULL || c->who.token || (q->step != STEP_REPLY && q->step != STEP_NOTE))
		return 0;
	int rc = draft_drop(tx, c->who.name, t->id, q->step == STEP_REPLY ? DRAFT_REPLY : DRAFT_NOTE);
	if (rc == 0 && q->step == STEP_REPLY)
		rc = draft_drop(tx, c->who.name, t->id, DRAFT_FILES);
	return rc < 0 ? err_set(e, rc, "the draft could not be dropped") : 0;
}

static int take(struct call *c, struct tx *tx, struct step_request *q, struct step_result *r, struct err *e)
{
	struct ticket_row t, other;
	struct core_row core;
	int rc = call_ticket(c, tx, &t, e), said = rc;
	if (rc == 0 && c->req != NULL) /* one that waited was held to it when it was written */
		said = rc = call_version(c, &t, e);
	if (rc < 0 || (said = core_read(c, tx, json_object_get(c->body, "core"), &t, &core, e)) < 0)
		return said;
	if (q->step == STEP_DECLINE && q->other != NULL && (rc = call_other(c, tx, "other", &t, &other, e)) < 0)
		return rc;
	request_fill(c, q);
	if (c->req != NULL && q->step != STEP_NOTE && (rc = held_flush(c, tx, &t, e)) < 0)
		return rc;
	rc = step_take(tx, c->catalog, flow_words(c->console->set.flow), q, r, e);
	if (rc == 0 && said > 0 && (rc = core_put(tx, &core)) < 0)
		return err_set(e, rc, "what the core system says could not be stored");
	return rc < 0 ? refused(c, &t, rc, e) : written(c, tx, q, &t, e);
}

/* From a page it may wait for a moment, in which it can be taken back. 1: it waits. */
static int hold(struct call *c, struct tx *tx, struct step_request *q, struct step_result *r, struct err *e)
{
	struct ticket_row t;
	if (!json_is_true(json_object_get(c->body, "hold")) || c->console->set.undo_seconds == 0 || c->who.token)
		return 0;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0 || (rc = call_version(c, &t, e)) < 0)
		return rc;
	request_fill(c, q);
	if ((rc = step_may(tx, c->catalog, flow_words(c->console->set.flow), q, r, e)) < 0)
		return refused(c, &t, rc, e);
	if ((rc = reply_fits(tx, c->catalog, flow_words(c->console->set.flow), q, e)) < 0)
		return rc;
	rc = held_begin(c, tx, &t, r->legal, e);
	return rc < 0 ? rc : 1;
}

static int reply_read(const struct call *c, struct tx *tx, struct step_request *q, struct err *e)
{
	json_t *interim = json_object_get(c->body, "interim"), *seen = json_object_get(c->body, "seen_seq");
	if (interim != NULL && !json_is_boolean(interim))
		return err_set(e, E_MALFORMED, "interim: true or false is wanted");
	if (seen != NULL && (!json_is_integer(seen) || json_integer_value(seen) < 0))
		return err_set(e, E_MALFORMED, "seen_seq: the seq of the last message you saw");
	q->interim = json_is_true(interim);
	q->seen_seq = seen ? json_integer_value(seen) : -1;
	int rc = reply_files(c, tx, q, e);
	return rc < 0 ? rc : call_string(c, "text", &q->text, e);
}

static int loop_fields(const struct call *c, struct step_request *q, struct err *e)
{
	json_t *days = json_object_get(c->body, "days");
	if (days != NULL && (!json_is_integer(days) || json_integer_value(days) < 0 || json_integer_value(days) > 1000))
		return err_set(e, E_MALFORMED, "days: a number of working days is wanted");
	q->days = (unsigned)json_integer_value(days);
	const struct { const char *name, **value; } words[] = { { "reason", &q->reason }, { "basis", &q->basis },
		{ "result", &q->result }, { "region", &q->region },
		{ "other", &q->other } };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof words / sizeof *words; i++)
		rc = call_string(c, words[i].name, words[i].value, e);
	return rc;
}

int api_reply(struct call *c, struct tx *tx, struct err *e)
{
	struct step_request q = { .step = STEP_REPLY };
	struct step_result r;
	int rc = reply_read(c, tx, &q, e);
	if (rc < 0 || (rc = hold(c, tx, &q, &r, e)) != 0)
		return rc < 0 ? rc : 0;
	if ((rc = take(c, tx, &q, &r, e)) < 0)
		return rc;
	c->status = 201;
	c->answer = json_pack("{s:s, s:o, s:I, s:s, s:o}", "number", r.ticket.number, "message", shape_id(r.message), "seq",
		(json_int_t)r.seq, "state", sm_name(&ticket_machine, r.ticket.state), "legal", shape_steps(
		call_legal(c, &r.ticket)));
	must(c->answer != NULL);
	return 0;
}

/* "409 with the legal steps when it is not one": an unknown word is no legal step either. */
static int step_unknown(struct call *c, struct tx *tx, const char *name, struct err *e)
{
	struct ticket_row t;
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	(void)err_set(e, E_CONFLICT, "step: there is no step '%.40s'", name);
	return refused(c, &t, E_CONFLICT, e);
}

int api_step(struct call *c, struct tx *tx, struct err *e)
{
	struct step_request q = { .seen_seq = -1 };
	struct step_result r;
	const char *name;
	int rc = reply_read(c, tx, &q, e);
	if (rc < 0 || (rc = call_string(c, "step", &name, e)) < 0 || (rc = call_string(c, "department", &q.department, e)) < 0 ||
		(rc = call_string(c, "note", &q.note, e)) < 0 || (rc = call_string(c, "ground", &q.ground, e)) < 0 ||
		(rc = call_string(c, "category", &q.category, e)) < 0 || (rc = loop_fields(c, &q, e)) < 0)
		return rc;
	if (name == NULL)
		return err_set(e, E_RANGE, "step: say which step");
	int step = step_find(name);
	if (step < 0)
		return step_unknown(c, tx, name, e);
	q.step = (enum step)step;
	if ((rc = suggested_fields(c, tx, &q, e)) < 0 || (rc = take(c, tx, &q, &r, e)) < 0)
		return rc;
	c->answer = shape_ticket(&r.ticket, false);
	must(json_object_set_new(c->answer, "legal", shape_steps(call_legal(c, &r.ticket))) == 0);
	return 0;
}

/* --- what pages are told --- */

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
