#include "gateway/flow/steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/sm.h"
#include "gateway/base/utf8.h"
#include "gateway/flow/tell.h"

static bool given(const char *s)
{
	return s != NULL && !text_blank(s);
}

/* The first thing the step needs that is missing or wrong, in words that name the field. */
static int needs_check(const struct catalog *c, const struct step_request *q, struct err *e)
{
	unsigned needs = step_rule(q->step)->needs;
	if ((needs & NEEDS_DEPARTMENT) && (!given(q->department) || catalog_department(c, q->department) == NULL))
		return err_set(e, E_RANGE, "department: '%s' is not a department's code", q->department ? q->department : "");
	if ((needs & NEEDS_TEXT) && !given(q->text))
		return err_set(e, E_RANGE, "text: an answer needs words");
	if ((needs & NEEDS_NOTE) && !given(q->note))
		return err_set(e, E_RANGE, "note: say why, for those who read the ticket later");
	if ((needs & NEEDS_GROUND) && (q->ground == NULL || ground_find(q->ground) < 0))
		return err_set(e, E_RANGE, "ground: '%s' is not one of the nine grounds of refusal", q->ground ? q->ground : "");
	if (given(q->category) && catalog_category(c, q->category) == NULL)
		return err_set(e, E_RANGE, "category: '%s' is not in the table of categories", q->category);
	const char *const words[] = { q->text, q->note };
	for (size_t i = 0; i < 2; i++)
		if (words[i] != NULL && (utf8_count(words[i], strlen(words[i])) > STEP_TEXT_MAX ||
			!utf8_valid(words[i], strlen(words[i]))))
			return err_set(e, E_RANGE, "%s: at most %d characters of UTF-8", i ? "note" : "text", STEP_TEXT_MAX);
	return 0;
}

/* The same key from the same actor: the answer that was given then. 1: repeated. */
static int repeated(struct tx *tx, const struct step_request *q, const char *key, struct step_result *r, struct err *e)
{
	const char *value = NULL;
	int rc = q->idempotency ? kept_get(tx, "idempotency", key, &value) : E_NOTFOUND;
	if (rc == E_NOTFOUND)
		return 0;
	uint64_t ticket = 0;
	if (rc < 0 || sscanf(value, "%" SCNu64 " %" SCNu64 " %" SCNd64, &ticket, &r->message, &r->seq) != 3)
		return err_set(e, rc < 0 ? rc : E_CORRUPT, "the idempotency key's answer cannot be read");
	if ((rc = ticket_get(tx, ticket, &r->ticket)) < 0)
		return rc;
	if (strcmp(r->ticket.number, q->number) != 0)
		return err_set(e, E_CONFLICT, "this idempotency key was used for another ticket");
	r->repeated = true;
	return 1;
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
			return err_set(e, E_CONFLICT, "somebody wrote meanwhile: read it before you send");
	return rc;
}

static void step_fields(struct tx *tx, const struct catalog *c, const struct step_request *q,
	const struct step_rule *rule, struct ticket_row *t)
{
	t->flags = (t->flags & ~rule->flags_clear) | rule->flags_set;
	if (rule->to >= 0 && !q->interim)
		ticket_enter(tx, t, (enum ticket_state)rule->to);
	if (q->step == STEP_DISPATCH)
		t->department = q->department;
	if (q->step == STEP_RETURN) {
		t->department = "";
		t->bounces++;
	}
	if ((q->step == STEP_ACCEPT || q->step == STEP_REPLY) && *t->assignee == '\0')
		t->assignee = q->actor;
	if (given(q->category)) {
		t->category = q->category;
		t->nature = catalog_category(c, q->category)->nature;
		t->due_at = catalog_due(c, t->category, t->opened_at, t->flags & FLAG_EMERGENCY);
	}
}

static int step_ask(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q,
	struct ticket_row *t, struct step_result *r)
{
	struct message_row m;
	int rc = survey_ask(tx, c, w, t, q->actor, &m);
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
	return (struct reply_size){ trait->parts(text), trait->parts_max };
}

/* A reply is refused before it is sent, not by the carrier afterwards. */
static int too_many_parts(const struct flow_words *w, const char *channel, const char *text, struct err *e)
{
	struct reply_size size = size_of(w, channel, text);
	if (size.most == 0 || size.parts <= size.most)
		return 0;
	return err_set(e, E_RANGE, "text: it would go out as %u text messages, and this channel takes %u at most; a shorter one "
		"would be right", size.parts, size.most);
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

/* What the citizen is told of the step, if anything. A note is for staff and never gets here. */
static int step_say(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q,
	const struct step_rule *rule, struct ticket_row *t, struct step_result *r, struct err *e)
{
	if (rule->event == NULL)
		return 0;
	if (q->step == STEP_CLOSE)
		return step_ask(tx, c, w, q, t, r);
	struct conversation_row conv;
	int rc = conversation_get(tx, t->conversation, &conv);
	if (rc < 0)
		return rc;
	char time[CLOCK_TEXT];
	struct render_args args = { .text = q->text, .staff = q->display };
	ticket_args(tx, c, w, conv.language, t, &args);
	args.time = clock_people(tx_now(tx), time); /* the step is the last change */
	struct say say = { .event = rule->event, .args = &args, .from = FROM_SYSTEM };
	if (q->step == STEP_REFUSE)
		say.event = arena_printf(tx_arena(tx), "refused.%s", q->ground);
	if (q->step == STEP_REPLY) {
		say.from = FROM_STAFF;
		say.author = q->display;
	}
	struct message_row m;
	if ((rc = say_to(tx, c, w, &conv, t, &say, &m)) < 0)
		return rc;
	r->message = m.id;
	r->seq = m.seq;
	return q->step == STEP_REPLY ? too_many_parts(w, conv.channel, m.text, e) : 0;
}

static int step_note(struct tx *tx, const struct step_request *q, const struct ticket_row *t, struct step_result *r)
{
	if (q->step != STEP_NOTE)
		return 0;
	struct message_row m = { .conversation = t->conversation, .ticket = t->id, .from = FROM_NOTE, .author = q->actor,
		.text = q->note, .event = "", .at = tx_now(tx), .out_state = -1 };
	int rc = message_insert(tx, &m, t);
	r->message = m.id;
	return rc;
}

static int step_event(struct tx *tx, const struct step_request *q, unsigned from, const struct ticket_row *t,
	const struct step_result *r)
{
	return tell_event(tx, t->id, step_name(q->step), q->actor,
		json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:s, s:s, s:b}",
		"from", sm_name(&ticket_machine, from), "to", sm_name(&ticket_machine, t->state), "role", role_name(q->role),
		"note", q->note, "ground", q->ground, "category", q->category, "department", t->department,
		"message", tell_id(tx, r->message), "interim", (int)q->interim));
}

/* A merged ticket goes on in the other; only notes may still be put to it. */
static int merged_check(struct tx *tx, const struct step_request *q, const struct ticket_row *t, struct err *e)
{
	uint64_t into = 0;
	struct ticket_row other;
	if (t->state != TICKET_CLOSED || q->step == STEP_NOTE)
		return 0;
	int rc = ticket_merged(tx, t->id, &into);
	if (rc == 0 && into != 0 && (rc = ticket_get(tx, into, &other)) == 0)
		return err_set(e, E_CONFLICT, "the ticket was merged into %s: go on there, or undo the merge first", other.number);
	return rc < 0 ? err_set(e, rc, "the ticket could not be read") : 0;
}

int step_take(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct step_request *q,
	struct step_result *r, struct err *e)
{
	*r = (struct step_result){ 0 };
	const char *key = q->idempotency ? arena_printf(tx_arena(tx), "%s %s", q->actor, q->idempotency) : NULL;
	int rc = repeated(tx, q, key, r, e);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	struct ticket_row *t = &r->ticket;
	if ((rc = ticket_get_number(tx, q->number, t)) < 0)
		return err_set(e, rc, "no ticket has the number '%s'", q->number);
	if (q->own_department != NULL && strcmp(t->department, q->own_department) != 0)
		return err_set(e, E_DENIED, "the ticket is not with your department");
	if ((rc = merged_check(tx, q, t, e)) < 0)
		return rc;
	const struct step_rule *rule = step_rule(q->step);
	unsigned from = t->state;
	r->legal = steps_legal((enum ticket_state)t->state, t->flags, q->role);
	if ((rc = step_check(q->step, (enum ticket_state)t->state, t->flags, q->role, e)) < 0 ||
		(rc = needs_check(c, q, e)) < 0 || (rc = unseen_check(tx, t, q, e)) < 0)
		return rc;
	step_fields(tx, c, q, rule, t);
	if (q->step == STEP_REOPEN) {
		t->rounds++;
		rc = survey_withdraw(tx, t);
	}
	if (rc == 0 && (rc = step_say(tx, c, w, q, rule, t, r, e)) == E_RANGE)
		return rc; /* with its words */
	if (rc < 0 || (rc = step_note(tx, q, t, r)) < 0 ||
		(rc = step_event(tx, q, from, t, r)) < 0 || (rc = ticket_update(tx, t)) < 0)
		return err_set(e, rc, "the step could not be stored (%s)", err_name(rc));
	r->legal = steps_legal((enum ticket_state)t->state, t->flags, q->role);
	if (key == NULL)
		return 0;
	return kept_put(tx, "idempotency", key, arena_printf(tx_arena(tx), "%" PRIu64 " %" PRIu64 " %" PRId64, t->id,
		r->message, r->seq));
}
