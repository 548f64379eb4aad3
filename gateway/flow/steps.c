#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/sm.h"
#include "gateway/base/utf8.h"
#include "gateway/flow/liaison.h"
#include "gateway/flow/stepping.h"
#include "gateway/flow/survey.h"
#include "gateway/store/conversation.h"
#include "gateway/store/docket.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"
#include "gateway/store/report.h"

static bool given(const char *s)
{
	return s != NULL && !text_blank(s);
}

/* The first thing the step needs that is missing or wrong, in words that name the field. */
static int needs_check(const struct catalog *c, const struct step_request *q, struct err *e)
{
	unsigned needs = step_needs(q->step, q->role);
	bool department = needs & NEEDS_DEPARTMENT || (q->step == STEP_DESIGNATE && given(q->department));
	if (department && (!given(q->department) || catalog_department(c, q->department) == NULL))
		return err_set(e, E_RANGE, "department: '%s' is not a department's code", q->department ? q->department : "");
	if ((needs & NEEDS_TEXT) && !given(q->text))
		return err_set(e, E_RANGE, "text: an answer needs words");
	if ((needs & NEEDS_NOTE) && !given(q->note))
		return err_set(e, E_RANGE, "note: say why, for those who read the ticket later");
	if ((needs & NEEDS_GROUND) && (q->ground == NULL || ground_find(q->ground) < 0))
		return err_set(e, E_RANGE, "ground: '%s' is not one of the nine grounds of refusal", q->ground ? q->ground : "");
	if ((needs & NEEDS_REASON || given(q->reason)) && (q->reason == NULL || return_reason_find(q->reason) < 0))
		return err_set(e, E_RANGE, "reason: '%s' is not a coded reason of a return", q->reason ? q->reason : "");
	if ((needs & NEEDS_BASIS) && !given(q->basis))
		return err_set(e, E_RANGE, "basis: name the rule by which it is another's duty");
	if ((needs & NEEDS_REGION) && (!given(q->region) || catalog_region(c, q->region) == NULL))
		return err_set(e, E_RANGE, "region: '%s' is not in the table of regions", q->region ? q->region : "");
	if ((needs & NEEDS_OTHER) && !given(q->other))
		return err_set(e, E_RANGE, "other: the number of the ticket that came first");
	if ((needs & NEEDS_RESULT || given(q->result)) && (q->result == NULL || result_find(q->result) < 0))
		return err_set(e, E_RANGE, "result: '%s' is not solved, explained or unsolved", q->result ? q->result : "");
	if (q->files > 0 && q->step != STEP_REPLY)
		return err_set(e, E_RANGE, "files: they go with an answer to the citizen only");
	if (given(q->category) && catalog_category(c, q->category) == NULL)
		return err_set(e, E_RANGE, "category: '%s' is not in the table of categories", q->category);
	const struct { const char *name, *words; } said[] = { { "text", q->text }, { "note", q->note }, { "basis", q->basis } };
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		if (said[i].words != NULL && (utf8_count(said[i].words, strlen(said[i].words)) > STEP_TEXT_MAX ||
			!utf8_valid(said[i].words, strlen(said[i].words))))
			return err_rule(e, E_RANGE, "too-long", "%s: at most %d characters of UTF-8", said[i].name, STEP_TEXT_MAX);
	return 0;
}

int note_check(const char *note, struct err *e)
{
	if (note != NULL && utf8_count(note, strlen(note)) > NOTE_MAX)
		return err_rule(e, E_RANGE, "too-long", "note: at most %d characters", NOTE_MAX);
	return 0;
}

/* Somebody wrote after what the writer saw: the composer shows it before anything is sent. */
static int unseen_check(struct tx *tx, const struct ticket_row *t, const struct step_request *q, struct err *e)
{
	if (q->step != STEP_REPLY || q->seen_seq < 0)
		return 0;
	struct message_row *m;
	const char **number;
	size_t n;
	int rc = message_list_conversation(tx, t->conversation, q->seen_seq, 50, &m, &number, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (m[i].ticket == t->id && (m[i].from == FROM_CITIZEN || m[i].from == FROM_STAFF))
			return err_rule(e, E_CONFLICT, "newer", "somebody wrote meanwhile: read it before you send");
	return rc;
}

void ticket_enter(struct tx *tx, struct ticket_row *t, enum ticket_state to)
{
	int64_t now = tx_now(tx);
	if (t->state != (unsigned)to)
		sm_move(&ticket_machine, &t->state, to, t->number);
	if (to != TICKET_NEW && to != TICKET_REFUSED && t->accepted_at == 0)
		t->accepted_at = now;
	if (to == TICKET_DISPATCHED)
		t->dispatched_at = now;
	if (to == TICKET_REPLIED)
		t->replied_at = now;
	t->closed_at = ticket_state_open(to) ? 0 : now;
}

static void step_fields(struct stepping *s)
{
	const struct step_request *q = s->q;
	struct ticket_row *t = s->t;
	t->flags = (t->flags & ~s->rule->flags_clear) | s->rule->flags_set;
	if (s->rule->to >= 0 && !q->interim)
		ticket_enter(s->tx, t, (enum ticket_state)s->rule->to);
	if ((q->step == STEP_ACCEPT || q->step == STEP_REPLY) && *t->assignee == '\0')
		t->assignee = q->actor;
	if (q->step == STEP_REPLY && t->contacted_at == 0)
		t->contacted_at = tx_now(s->tx);
	if (given(q->category)) {
		const struct category *g = catalog_category(s->catalog, q->category);
		t->category = q->category;
		t->nature = g->nature;
		t->priority = t->flags & FLAG_EMERGENCY ? PRIORITY_URGENT : g->priority;
		t->flags = g->immediate ? t->flags | FLAG_IMMEDIATE : t->flags & ~(unsigned)FLAG_IMMEDIATE;
	}
}

/* 即时转办: from the word that it is one until a department has it. */
static int step_immediate(struct stepping *s, const struct ticket_row *before)
{
	const struct ticket_row *t = s->t;
	bool waits = (t->flags & FLAG_IMMEDIATE) && (t->state == TICKET_NEW || t->state == TICKET_ACCEPTED);
	if (waits == ((before->flags & FLAG_IMMEDIATE) && (before->state == TICKET_NEW || before->state == TICKET_ACCEPTED)))
		return 0;
	if (!waits)
		return task_drop(s->tx, t->id, TASK_TRANSFER);
	return task_put(s->tx, &(struct task_row){ .ticket = t->id, .kind = TASK_TRANSFER, .since = tx_now(s->tx),
		.at = tx_now(s->tx) + catalog_loop(s->catalog)->transfer_minutes * 60000LL });
}

/* What the step means for the deadline: its end, or its reminders anew. */
static int step_deadline(struct stepping *s, const struct ticket_row *before)
{
	struct ticket_row *t = s->t;
	if (!ticket_state_open(t->state))
		return before->state == t->state ? 0 : deadline_end(s->tx, t);
	bool anew = strcmp(before->category, t->category) != 0 || strcmp(before->department, t->department) != 0;
	return anew || before->due_at != t->due_at ? deadline_moved(s->tx, s->catalog, t, anew) : 0;
}

static int step_ask(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q,
	struct ticket_row *t, struct step_result *r)
{
	struct message_row m;
	int rc = survey_ask(tx, c, w, t, q->actor, "closed", &m);
	if (rc < 0)
		return rc;
	r->message = m.id;
	r->seq = m.seq;
	return 0;
}

static struct reply_size size_of(const struct flow_words *w, const char *channel, const char *text)
{
	const struct channel_trait *trait = flow_trait(w, channel);
	if (trait == NULL || trait->parts == NULL)
		return (struct reply_size){ 1, 0 };
	return (struct reply_size){ trait->parts(trait->config, text), trait->parts_max };
}

static int size_check(const struct flow_words *w, const char *channel, struct reply_size size, size_t files, struct err *e)
{
	const struct channel_trait *trait = flow_trait(w, channel);
	if (trait != NULL && trait->caps.files.apart)
		size.parts += (unsigned)files;
	if (size.most == 0 || size.parts <= size.most)
		return 0;
	if (files > 0)
		return err_rule(e, E_RANGE, "parts", "files: text and files would go out as %u messages, and this channel takes %u at once; "
			"fewer files or a shorter text would be right", size.parts, size.most);
	return err_rule(e, E_RANGE, "parts", "text: it would go out as %u text messages, and this channel takes %u at most; a shorter one "
		"would be right", size.parts, size.most);
}

static int files_carried(const struct flow_words *w, const char *channel, const struct step_request *q, struct err *e)
{
	static const struct attachment_limits none;
	const struct channel_trait *trait = flow_trait(w, channel);
	return attachment_allowed(trait ? &trait->caps.files : &none, q->file, q->files, e);
}

int reply_size(struct tx *tx, const struct catalog *c, const struct flow_words *w, const char *number,
	const char *own_department, const char *display, const char *text, struct reply_size *size)
{
	struct ticket_row t;
	struct conversation_row conv;
	struct buf subject, whole;
	int rc = ticket_get_number(tx, number, &t);
	if (rc == 0 && own_department != NULL && strcmp(t.department, own_department) != 0)
		rc = E_NOTFOUND;
	if (rc < 0 || (rc = conversation_get(tx, t.conversation, &conv)) < 0)
		return rc;
	struct render_args args = { .text = text, .staff = display, .hotline = w->hotline, .number = t.number, .title = t.title };
	ticket_args(tx, c, w, conv.language, &t, &args);
	buf_init(&subject, MSG_SUBJECT_MAX);
	buf_init(&whole, RENDER_MAX);
	render(catalog_templates(c), conv.language, "reply", conv.kind, &args, &subject, &whole);
	*size = size_of(w, conv.channel, buf_str(&whole));
	buf_fini(&subject);
	buf_fini(&whole);
	return 0;
}

int reply_fits(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q, struct err *e)
{
	struct reply_size size;
	struct ticket_row t;
	struct conversation_row conv;
	int rc = ticket_get_number(tx, q->number, &t);
	if (rc < 0 || (rc = conversation_get(tx, t.conversation, &conv)) < 0 ||
		(rc = reply_size(tx, c, w, q->number, q->own_department, q->display, q->text, &size)) < 0)
		return err_set(e, rc, "the reply could not be measured");
	rc = files_carried(w, conv.channel, q, e);
	return rc < 0 ? rc : size_check(w, conv.channel, size, q->files, e);
}

/* What the citizen is told of the step, if anything. A note is for staff and never gets here. */
static int step_say(struct stepping *s, struct step_result *r)
{
	struct tx *tx = s->tx;
	const struct step_request *q = s->q;
	struct ticket_row *t = s->t;
	if (s->say == NULL)
		return 0;
	bool ask_now = false;
	int rc = q->step == STEP_CLOSE ? followup_plan(s, &ask_now) : 0;
	if (rc < 0)
		return rc;
	if (ask_now)
		return step_ask(tx, s->catalog, s->words, q, t, r);
	struct conversation_row conv;
	if ((rc = conversation_get(tx, t->conversation, &conv)) < 0)
		return rc;
	char time[CLOCK_TEXT];
	struct render_args args = s->args;
	args.text = q->text;
	args.staff = q->display;
	ticket_args(tx, s->catalog, s->words, conv.language, t, &args);
	args.time = clock_people(tx_now(tx), time); /* the step is the last change */
	struct say say = { .event = s->say, .args = &args, .from = FROM_SYSTEM };
	if (q->step == STEP_REFUSE)
		say.event = arena_printf(tx_arena(tx), "refused.%s", q->ground);
	if (q->step == STEP_REPLY) {
		say.from = FROM_STAFF;
		say.author = q->display;
		say.file = q->file;
		say.files = q->files;
		if ((rc = files_carried(s->words, conv.channel, q, s->e)) < 0)
			return rc;
	}
	struct message_row m;
	if ((rc = say_to(tx, s->catalog, s->words, &conv, t, &say, &m)) < 0)
		return rc;
	r->message = m.id;
	r->seq = m.seq;
	return q->step == STEP_REPLY ? size_check(s->words, conv.channel, size_of(s->words, conv.channel, m.text), q->files, s->e) : 0;
}

/* What colleagues say to each other stands between the messages. */
static int step_note(struct tx *tx, const struct step_request *q, const struct ticket_row *t, struct step_result *r)
{
	if (q->step != STEP_NOTE && q->step != STEP_OPINION && q->step != STEP_CONTACT && q->step != STEP_CALLBACK)
		return 0;
	struct message_row m = { .conversation = t->conversation, .ticket = t->id, .from = FROM_NOTE, .author = q->actor,
		.text = q->note, .event = "", .at = tx_now(tx), .out_state = -1 };
	int rc = message_insert(tx, &m, t);
	r->message = m.id;
	return rc;
}

/* Whether a person took what was suggested: kept for the reports, and told in the step's event. */
static int step_suggested(struct stepping *s, json_t *data)
{
	const struct step_request *q = s->q;
	const struct { enum suggested_head head; const char *name, *suggested, *chosen; } of[] = {
		{ SUGGESTED_CATEGORY, "category", q->suggested_category, q->category },
		{ SUGGESTED_DEPARTMENT, "department", q->suggested_department, q->department },
	};
	json_t *told = json_object();
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof of / sizeof *of; i++)
		if (of[i].suggested != NULL && given(of[i].chosen)) {
			must(json_object_set_new(told, of[i].name, json_string(of[i].suggested)) == 0);
			rc = suggested_put(s->tx, s->t->id, of[i].head, of[i].suggested, of[i].chosen);
		}
	if (json_object_size(told) > 0)
		must(json_object_set(data, "suggested", told) == 0);
	json_decref(told);
	return rc;
}

static int step_event(struct stepping *s, unsigned from, const struct step_result *r)
{
	const struct step_request *q = s->q;
	json_t *data = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:s, s:s, s:b}",
		"from", sm_name(&ticket_machine, from), "to", sm_name(&ticket_machine, s->t->state), "role", role_name(q->role),
		"note", q->note, "ground", q->ground, "category", q->category, "department", s->t->department,
		"message", tell_id(s->tx, r->message), "interim", (int)q->interim);
	must(data != NULL && json_object_update(data, s->data) == 0);
	int rc = step_suggested(s, data);
	if (rc < 0) {
		json_decref(data);
		return rc;
	}
	return tell_event(s->tx, s->t->id, s->kind, q->actor, data);
}

uint32_t ticket_legal(const struct ticket_row *t, enum role role, const char *own_department)
{
	uint32_t legal = steps_legal((enum ticket_state)t->state, t->flags, role);
	bool helps = own_department != NULL && strcmp(t->department, own_department) != 0 &&
		ticket_helped_by(t, own_department);
	if (helps)
		return legal & HELPER_STEPS;
	return *t->helpers == '\0' || own_department != NULL ? legal & ~(1u << STEP_OPINION) : legal;
}

uint32_t steps_here(const struct flow_words *w, bool program, uint32_t legal)
{
	return w->remote && !program ? legal & CONVERSATION_STEPS : legal;
}

/* Two systems that both make steps would soon tell the citizen two things. */
static int remote_check(const struct flow_words *w, const struct step_request *q, struct err *e)
{
	bool here = (CONVERSATION_STEPS & 1u << q->step) && (q->step != STEP_REPLY || q->interim);
	if (!w->remote || q->program || here)
		return 0;
	return err_rule(e, E_CONFLICT, "remote", REMOTE_WORDS);
}

static int may_touch(const struct ticket_row *t, const struct step_request *q, struct err *e)
{
	if (q->own_department == NULL || strcmp(t->department, q->own_department) == 0)
		return q->step == STEP_OPINION && q->own_department != NULL ?
			err_set(e, E_DENIED, "your department leads: its answer goes to the citizen") : 0;
	if (!ticket_helped_by(t, q->own_department))
		return err_set(e, E_DENIED, "the ticket is not with your department");
	return HELPER_STEPS & 1u << q->step ? 0 :
		err_set(e, E_DENIED, "your department helps with this ticket: give your opinion, the lead unit answers");
}

/* The step itself, once it is known to be legal; the row is stored by the caller. */
static int step_do(struct stepping *s, struct step_result *r)
{
	struct ticket_row before = *s->t;
	step_effect_f *effect = step_effect(s->q->step);
	step_fields(s);
	int rc = effect ? effect(s) : 0;
	if (rc < 0 || (rc = step_deadline(s, &before)) < 0 || (rc = step_immediate(s, &before)) < 0 || (rc = liaison_stepped(s->tx, s->catalog, s->words, &before, s->t)) < 0 ||
		(rc = step_say(s, r)) < 0 || (rc = step_note(s->tx, s->q, s->t, r)) < 0)
		return rc;
	return step_event(s, before.state, r);
}

int step_moved(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q,
	struct ticket_row *t, const char *kind, json_t *data)
{
	struct err words = { 0 };
	struct step_result r = { 0 };
	struct stepping s = { .tx = tx, .catalog = c, .words = w, .q = q, .rule = step_rule(q->step), .t = t, .e = &words,
		.kind = kind, .data = data };
	must(data != NULL);
	int rc = step_do(&s, &r);
	json_decref(data);
	return rc;
}

int ticket_reopen(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t, const char *actor,
	const char *why)
{
	if (ticket_state_open(t->state))
		return 0;
	const struct step_request q = { .step = STEP_REOPEN, .role = ROLE_SYSTEM, .actor = actor };
	return step_moved(tx, c, w, &q, t, "reopened", json_pack("{s:s}", "why", why));
}

/* A merged ticket goes on in the other; only notes may still be put to it. */
static int merged_check(struct tx *tx, const struct step_request *q, const struct ticket_row *t, struct err *e)
{
	uint64_t into = 0;
	if (t->state != TICKET_CLOSED || q->step == STEP_NOTE)
		return 0;
	int rc = ticket_merged(tx, t->id, &into);
	if (rc == 0 && into != 0) /* into which, the ticket says to who may know it */
		return err_rule(e, E_CONFLICT, "merged", "the ticket was merged into another: go on there, or undo the merge first");
	return rc < 0 ? err_set(e, rc, "the ticket could not be read") : 0;
}

int step_may(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q,
	struct step_result *r, struct err *e)
{
	*r = (struct step_result){ 0 };
	struct ticket_row *t = &r->ticket;
	int rc = ticket_get_number(tx, q->number, t);
	if (rc < 0)
		return err_set(e, rc, "no ticket has the number '%s'", q->number);
	r->legal = ticket_legal(t, q->role, q->own_department);
	if ((rc = remote_check(w, q, e)) < 0 || (rc = may_touch(t, q, e)) < 0 || (rc = merged_check(tx, q, t, e)) < 0 ||
		(rc = step_check(q->step, (enum ticket_state)t->state, t->flags, q->role, e)) < 0 ||
		(rc = needs_check(c, q, e)) < 0 || (rc = unseen_check(tx, t, q, e)) < 0)
		return rc;
	return 0;
}

int step_take(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q,
	struct step_result *r, struct err *e)
{
	int rc = step_may(tx, c, w, q, r, e);
	if (rc < 0)
		return rc;
	struct ticket_row *t = &r->ticket;
	struct err words = { 0 };
	struct stepping s = { .tx = tx, .catalog = c, .words = w, .q = q, .rule = step_rule(q->step), .t = t, .e = &words,
		.kind = step_name(q->step), .say = step_rule(q->step)->event, .data = json_object() };
	rc = step_do(&s, r);
	if (rc == 0)
		rc = ticket_update(tx, t);
	json_decref(s.data);
	if (rc < 0)
		return words.code ? err_rule(e, rc, words.rule, "%s", words.words) :
			err_set(e, rc, "the step could not be stored (%s)", err_name(rc));
	r->legal = ticket_legal(t, q->role, q->own_department);
	return 0;
}
