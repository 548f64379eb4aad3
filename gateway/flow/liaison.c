#include "gateway/flow/liaison.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/flow/say.h"
#include "gateway/model/loop.h"
#include "gateway/store/conversation.h"
#include "gateway/store/liaison.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket_list.h"

#define MINUTE_MS 60000LL

/* The officer to tell, and how; NULL: nobody. */
static const struct department *told_of(const struct catalog *c, const struct flow_words *w, const struct ticket_row *t)
{
	const struct department *d = *t->department ? catalog_department(c, t->department) : NULL;
	bool may = w->liaison != NULL && flow_trait(w, w->liaison) != NULL;
	return may && d != NULL && *d->liaison ? d : NULL;
}

static int64_t working(const struct catalog *c, const struct department *d, int64_t at)
{
	struct calendar hours = catalog_hours(c, d->code);
	int64_t opens = calendar_add_worked(&hours, at, 1) - 1;
	return opens > at ? opens : at;
}

int liaison_plan(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct ticket_row *t, enum liaison why)
{
	const struct department *d = told_of(c, w, t);
	if (d == NULL)
		return 0;
	int64_t now = tx_now(tx);
	return task_put(tx, &(struct task_row){ .ticket = t->id, .kind = TASK_LIAISON, .since = now, .stage = why,
		.at = why == LIAISON_URGENT ? now : working(c, d, now) });
}

static bool urgent(const struct ticket_row *t)
{
	return (t->flags & (FLAG_EMERGENCY | FLAG_SUPERVISED)) || t->priority == PRIORITY_URGENT;
}

int liaison_stepped(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct ticket_row *before,
	const struct ticket_row *after)
{
	bool came = after->state == TICKET_DISPATCHED && (before->state != TICKET_DISPATCHED ||
		strcmp(before->department, after->department) != 0);
	bool pressed = urgent(after) && !urgent(before) && after->state < TICKET_REPLIED && *after->department;
	if (!came && !pressed)
		return 0;
	return liaison_plan(tx, c, w, after, urgent(after) ? LIAISON_URGENT : LIAISON_DISPATCHED);
}

/* Signed for, answered, or another's meanwhile: nothing to tell any more. */
static bool moot(const struct ticket_row *t, unsigned why)
{
	return why == LIAISON_DISPATCHED ? t->state != TICKET_DISPATCHED : t->state >= TICKET_REPLIED;
}

static int conversation_of(struct tx *tx, const struct flow_words *w, const struct department *d, struct conversation_row *conv)
{
	int rc = conversation_find(tx, w->liaison, d->liaison, conv);
	if (rc != E_NOTFOUND)
		return rc;
	*conv = (struct conversation_row){ .channel = w->liaison, .kind = flow_trait(w, w->liaison)->caps.kind, .peer = d->liaison,
		.peer_name = "", .account = "", .language = "zh-CN", .verified = true, .created_at = tx_now(tx), .last_at = tx_now(tx) };
	return conversation_insert(tx, conv);
}

static int tell(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct department *d,
	const struct ticket_row *t, unsigned why)
{
	static const char *const event[LIAISONS] = { "liaison-dispatched", "liaison-urgent", "liaison-overdue" };
	struct conversation_row conv;
	struct message_row m;
	struct ticket_counts n;
	char due[CLOCK_TEXT];
	int rc = ticket_count(tx, d->code, &n);
	if (rc < 0 || (rc = conversation_of(tx, w, d, &conv)) < 0)
		return rc;
	int64_t waiting = why == LIAISON_OVERDUE ? n.overdue : n.by_state[TICKET_DISPATCHED];
	struct render_args args = { .code = t->number, .department = d->name, .due = clock_people(t->due_at, due),
		.text = arena_printf(tx_arena(tx), "%" PRId64, waiting) };
	rc = say_to(tx, c, w, &conv, NULL, &(struct say){ .event = event[why], .args = &args, .from = FROM_SYSTEM }, &m);
	if (rc < 0 || (rc = liaison_told(tx, d->code)) < 0)
		return rc;
	return tell_event(tx, t->id, "liaison", "system", json_pack("{s:s, s:s, s:s}", "department", d->code, "why", event[why] +
		strlen("liaison-"), "message", tell_id(tx, m.id)));
}

static int put_off(struct tx *tx, struct task_row *k, int64_t until)
{
	k->at = until;
	return task_put(tx, k);
}

int liaison_do(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t, struct task_row *k)
{
	const struct department *d = told_of(c, w, t);
	int64_t now = tx_now(tx), last, pace = catalog_loop(c)->liaison_minutes * MINUTE_MS;
	unsigned why = k->stage < LIAISONS ? k->stage : LIAISON_DISPATCHED;
	int rc = d ? liaison_told_at(tx, d->code, &last) : 0;
	if (rc < 0)
		return rc;
	if (d == NULL || moot(t, why))
		return task_drop(tx, t->id, TASK_LIAISON);
	if (why != LIAISON_URGENT) {
		if (last >= k->since) /* a message that counted this one has gone out */
			return task_drop(tx, t->id, TASK_LIAISON);
		int64_t when = working(c, d, last + pace > now ? last + pace : now);
		if (when > now)
			return put_off(tx, k, when);
	}
	rc = task_drop(tx, t->id, TASK_LIAISON);
	return rc < 0 ? rc : tell(tx, c, w, d, t, why);
}
