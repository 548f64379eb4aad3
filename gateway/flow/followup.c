/* 回访: when a closed ticket's question is asked. With the closing, or after the category's delay and then never at night; not
 * more often than the rules allow; reminded of once. What the clock asks stands in the store as a task. */
#include "gateway/flow/followup.h"

#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/flow/elsewhere.h"
#include "gateway/flow/stepping.h"
#include "gateway/flow/survey.h"
#include "gateway/store/conversation.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"

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
static int asked_often(struct tx *tx, const struct catalog *c, uint64_t conversation)
{
	const struct loop_rules *r = catalog_loop(c);
	int64_t count = 0;
	int rc = survey_count_since(tx, conversation, tx_now(tx) - r->asks_days * DAY_MS, &count);
	return rc < 0 ? rc : count >= (int64_t)r->asks_max;
}

static int unasked(struct tx *tx, uint64_t ticket, const char *why)
{
	return tell_event(tx, ticket, "unasked", "system", json_pack("{s:s}", "why", why));
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
		rc = asked_often(s->tx, s->catalog, t->conversation);
	}
	if (rc < 0)
		return rc;
	if (rc > 0) {
		s->say = "closed-unasked";
		return unasked(s->tx, t->id, why);
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
	if ((rc = asked_often(tx, c, t->conversation)) != 0) /* since the closing, about other tickets */
		return rc < 0 ? rc : unasked(tx, t->id, "often");
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

/* --- where the first channel does not get it through --- */

/* Minutes after the question at which it is looked whether it went through: a refusal comes at once, a bounced mail in minutes,
 * hours or days. */
static const unsigned LOOKS[] = { 10, 60, 360, 1440, 2880 };
enum { LOOK_COUNT = sizeof LOOKS / sizeof *LOOKS };

static int look_plan(struct tx *tx, const struct survey_row *s, unsigned stage)
{
	return task_put(tx, &(struct task_row){ .ticket = s->ticket, .kind = TASK_ASK_ELSEWHERE, .stage = stage, .since = s->created_at,
		.at = s->created_at + LOOKS[stage] * 60000LL });
}

int followup_elsewhere_plan(struct tx *tx, const struct survey_row *s)
{
	uint64_t citizen = 0;
	int rc = conversation_citizen(tx, s->conversation, &citizen);
	return rc < 0 || citizen == 0 ? rc : look_plan(tx, s, 0);
}

bool followup_waits(struct tx *tx, const struct catalog *c)
{
	return awake(c, tx_now(tx)) > tx_now(tx);
}

static bool lost(unsigned state)
{
	return state == OUT_FAILED || state == OUT_EXPIRED || state == OUT_DEAD;
}

/* The same question, by its address: an answer there is an answer to the same survey, and the first one counts. */
static int ask_there(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t,
	const struct survey_row *s)
{
	struct conversation_row to;
	struct message_row m;
	struct msg_out o = { .conversation = s->conversation };
	int rc = elsewhere_find(tx, w, &o, s->channel, &to);
	if (rc < 0 || to.id == 0 || (rc = survey_stopped(tx, to.id)) != 0 || (rc = asked_often(tx, c, to.id)) != 0)
		return rc < 0 ? rc : 0;
	struct render_args args = { .text = "", .url = arena_printf(tx_arena(tx), "%s/rate/%s", w->public_url, s->token) };
	rc = say_to(tx, c, w, &to, t, &(struct say){ .event = "elsewhere-survey", .args = &args, .from = FROM_SYSTEM }, &m);
	return rc < 0 ? rc : tell_event(tx, t->id, "elsewhere", "system", json_pack("{s:s, s:s, s:s, s:s}", "from", s->channel, "to",
		to.channel, "message", tell_id(tx, s->message), "instead", tell_id(tx, m.id)));
}

/* Sent there already, by the way a closed window takes (elsewhere.h)? */
static bool gone_there(const struct outbox_row *o)
{
	return strncmp(o->error, "sent by ", strlen("sent by ")) == 0;
}

int followup_elsewhere(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t, struct task_row *k)
{
	struct survey_row s;
	struct outbox_row o;
	int rc = asleep(tx, c, k);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if ((rc = task_drop(tx, t->id, TASK_ASK_ELSEWHERE)) < 0 || (rc = survey_of_ticket(tx, t->id, &s)) < 0 ||
		(rc = outbox_get(tx, s.message, &o)) < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	if (!sm_legal(&survey_machine, s.state, SURVEY_ANSWERED) || s.expires_at <= tx_now(tx) || o.state == OUT_READ || gone_there(&o))
		return 0;
	if (lost(o.state))
		return ask_there(tx, c, w, t, &s);
	unsigned next = k->stage + 1;
	while (next < LOOK_COUNT && s.created_at + LOOKS[next] * 60000LL <= tx_now(tx))
		next++;
	return next < LOOK_COUNT ? look_plan(tx, &s, next) : 0;
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
		return err_rule(s->e, E_CONFLICT, "second-other", "%s answered the first time: another person handles it again", t->former);
	return 0;
}
