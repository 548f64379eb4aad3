/* 回访: when a closed ticket's question is asked. With the closing, or after the category's delay and then never at night; not
 * more often than the rules allow; reminded of once. What the clock asks stands in the store as a task. */
#include "gateway/flow/stepping.h"

#include <string.h>

#include "gateway/base/sm.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)

static int64_t awake(const struct catalog *c, int64_t when)
{
	const struct loop_rules *r = catalog_loop(c);
	return calendar_awake(when, (int)r->quiet_from, (int)r->quiet_to);
}

static int64_t asking_at(const struct catalog *c, const struct ticket_row *t, int64_t now)
{
	const struct category *g = catalog_category(c, *t->category ? t->category : "default");
	unsigned hours = g ? g->followup : 0;
	bool at_once = hours == 0 && catalog_loop(c)->ask_at_once;
	return at_once ? now : awake(c, now + hours * HOUR_MS);
}

/* Asked so often lately that one question more would be a nuisance. */
static int asked_often(struct tx *tx, const struct catalog *c, const struct ticket_row *t)
{
	const struct loop_rules *r = catalog_loop(c);
	int64_t count = 0;
	int rc = survey_count_since(tx, t->conversation, tx_now(tx) - r->asks_days * DAY_MS, &count);
	return rc < 0 ? rc : count >= (int64_t)r->asks_max;
}

int followup_plan(struct stepping *s, bool *ask_now)
{
	struct ticket_row *t = s->t;
	int64_t now = tx_now(s->tx), when = asking_at(s->catalog, t, now);
	*ask_now = false;
	/* Nobody is asked for stars about words of despair. */
	const char *why = "stopped";
	int rc = survey_stopped(s->tx, t->conversation);
	if (rc == 0 && t->flags & FLAG_CARE) {
		why = "care";
		rc = 1;
	} else if (rc == 0) {
		why = "often";
		rc = asked_often(s->tx, s->catalog, t);
	}
	if (rc < 0)
		return rc;
	if (rc > 0) {
		s->say = "closed-unasked";
		return tell_event(s->tx, t->id, "unasked", "system", json_pack("{s:s}", "why", why));
	}
	*ask_now = when <= now;
	if (*ask_now)
		return 0;
	s->say = "closed-later";
	return task_put(s->tx, &(struct task_row){ .ticket = t->id, .kind = TASK_ASK, .at = when, .since = now });
}

int followup_remind_plan(struct tx *tx, const struct catalog *c, const struct survey_row *survey)
{
	int64_t when = awake(c, tx_now(tx) + catalog_loop(c)->survey_remind_hours * HOUR_MS);
	if (catalog_loop(c)->survey_remind_hours == 0 || when >= survey->expires_at)
		return 0;
	return task_put(tx, &(struct task_row){ .ticket = survey->ticket, .kind = TASK_ASK_AGAIN, .at = when,
		.since = tx_now(tx) });
}

/* The clock may come late, after a stop: then the night is respected all the same. 1: not now. */
static int asleep(struct tx *tx, const struct catalog *c, struct task_row *k)
{
	k->at = awake(c, tx_now(tx));
	if (k->at <= tx_now(tx))
		return 0;
	int rc = task_put(tx, k);
	return rc < 0 ? rc : 1;
}

int followup_ask(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t, struct task_row *k)
{
	int rc = asleep(tx, c, k);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	struct message_row said;
	if ((rc = task_drop(tx, t->id, TASK_ASK)) < 0 || t->state != TICKET_CLOSED)
		return rc;
	if ((rc = survey_stopped(tx, t->conversation)) != 0)
		return rc < 0 ? rc : 0;
	return survey_ask(tx, c, w, t, "system", "survey", &said);
}

int followup_ask_again(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t,
	struct task_row *k)
{
	struct survey_row s;
	struct conversation_row conv;
	struct message_row m;
	int rc = asleep(tx, c, k);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if ((rc = task_drop(tx, t->id, TASK_ASK_AGAIN)) < 0 || (rc = survey_of_ticket(tx, t->id, &s)) < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	if ((rc = survey_stopped(tx, s.conversation)) != 0)
		return rc < 0 ? rc : 0;
	if (!sm_legal(&survey_machine, s.state, SURVEY_ANSWERED) || s.expires_at <= tx_now(tx))
		return 0;
	if ((rc = conversation_get(tx, s.conversation, &conv)) < 0)
		return rc;
	struct render_args args = { .url = arena_printf(tx_arena(tx), "%s/rate/%s", w->public_url, s.token) };
	ticket_args(tx, c, w, conv.language, t, &args);
	rc = say_to(tx, c, w, &conv, t, &(struct say){ .event = "survey-reminder", .args = &args, .from = FROM_SYSTEM }, &m);
	return rc < 0 ? rc : tell_event(tx, t->id, "survey-reminder", "system", json_pack("{s:s}", "message", tell_id(tx, m.id)));
}

/* --- a bad answer --- */

bool followup_bad(const struct survey_answer *a)
{
	return a->solved == SOLVED_NO || (a->rating >= 1 && a->rating <= 2);
}

/* Every one of them is called back, whatever else becomes of the ticket. */
int followup_call_back(struct tx *tx, const struct catalog *c, struct ticket_row *t, const struct survey_row *survey)
{
	struct docket_row d;
	t->flags |= FLAG_CALLBACK;
	int rc = docket_pending(tx, t, DOCKET_CALLBACK, &d);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	struct calendar hours = catalog_hours(c, "");
	d = (struct docket_row){ .ticket = t->id, .kind = DOCKET_CALLBACK, .department = survey->department, .actor = "citizen",
		.reason = survey->rating ? arena_printf(tx_arena(tx), "rating-%d", survey->rating) : "unsolved",
		.note = survey->comment, .since = tx_now(tx), .due_at = calendar_add_days(&hours, tx_now(tx), 1) };
	return docket_insert(tx, &d);
}

int effect_callback(struct stepping *s)
{
	struct docket_row d;
	int rc = docket_pending(s->tx, s->t, DOCKET_CALLBACK, &d);
	return rc <= 0 ? rc : docket_rule(s->tx, &d, "called", s->q->actor, s->q->note);
}

/* 二次办理: who answered the first time does not answer the second. A department is one account in many cities, so this
 * binds the desk. */
int effect_reply(struct stepping *s)
{
	const struct ticket_row *t = s->t;
	bool again = t->rounds > 0 && !s->q->interim && s->q->role == ROLE_AGENT && *t->former;
	if (again && catalog_loop(s->catalog)->second_other && strcmp(t->former, s->q->actor) == 0)
		return step_refuse(s, "second-other", "%s answered the first time: another person handles it again", t->former);
	return 0;
}
