#include "gateway/flow/clockwork.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/flow/followup.h"
#include "gateway/flow/liaison.h"
#include "gateway/flow/stepping.h"
#include "gateway/store/event.h"
#include "gateway/store/outbox.h"

/* --- a deadline and its reminders --- */

static int64_t reminder(const struct catalog *c, const struct ticket_row *t, enum remind r, int64_t since)
{
	struct calendar hours = catalog_hours(c, t->department);
	return remind_at(r, catalog_loop(c), &hours, catalog_due_hours(c, t->category, t->flags & FLAG_EMERGENCY), since,
		t->due_at);
}

static int plan(struct tx *tx, const struct catalog *c, const struct ticket_row *t, unsigned stage, int64_t since)
{
	if (stage >= REMINDS || t->due_at == 0)
		return task_drop(tx, t->id, TASK_DUE);
	return task_put(tx, &(struct task_row){ .ticket = t->id, .kind = TASK_DUE, .since = since, .stage = stage,
		.at = reminder(c, t, (enum remind)stage, since) });
}

/* The first of the reminders that fall after now. */
static enum remind next_reminder(struct tx *tx, const struct catalog *c, const struct ticket_row *t, int64_t since)
{
	struct calendar hours = catalog_hours(c, t->department);
	return remind_next(catalog_loop(c), &hours, catalog_due_hours(c, t->category, t->flags & FLAG_EMERGENCY), since,
		t->due_at, tx_now(tx));
}

/* Of a ticket that is overdue all that fell before now would be said at once: the last of it says the rest. */
int deadline_begin(struct tx *tx, const struct catalog *c, const struct ticket_row *t, int64_t since)
{
	enum remind next = next_reminder(tx, c, t, since);
	return plan(tx, c, t, next > REMIND_HALF ? next - 1 : REMIND_HALF, since);
}

int deadline_moved(struct tx *tx, const struct catalog *c, struct ticket_row *t, bool anew)
{
	struct task_row k;
	int rc = task_get(tx, t->id, TASK_DUE, &k);
	int64_t since = rc == 0 ? k.since : t->opened_at;
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	if (anew && !(t->flags & FLAG_EXTENDED))
		t->due_at = catalog_due(c, t->category, t->department, since, t->flags & FLAG_EMERGENCY);
	/* What fell before now was said of the old deadline, or is said of this one too late to help. */
	return plan(tx, c, t, next_reminder(tx, c, t, since), since);
}

int deadline_end(struct tx *tx, const struct ticket_row *t)
{
	struct docket_row *d;
	size_t n;
	int rc = task_drop(tx, t->id, NULL);
	if (rc == 0)
		rc = docket_list(tx, t->id, &d, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (*d[i].verdict == '\0' && d[i].kind != DOCKET_CALLBACK) /* a call back is owed all the same */
			rc = docket_rule(tx, &d[i], "ended", "system", "");
	return rc;
}

/* --- what falls due --- */

struct doing {
	struct tx *tx;
	const struct catalog *catalog;
	const struct flow_words *words;
	struct ticket_row t;
	struct task_row task;
};
typedef int do_f(struct doing *);

static int escalate(struct doing *d, const char *why)
{
	d->t.flags |= FLAG_SUPERVISED | FLAG_ESCALATED;
	return tell_event(d->tx, d->t.id, "escalated", "system", json_pack("{s:s}", "why", why));
}

static int remind(struct doing *d)
{
	char due[CLOCK_TEXT];
	unsigned stage = d->task.stage;
	int rc = plan(d->tx, d->catalog, &d->t, stage + 1, d->task.since);
	/* An answer is there, or nobody has looked whether it is a matter at all: then nobody is pressed. */
	if (rc < 0 || d->t.state >= TICKET_REPLIED || (d->t.flags & FLAG_HELD))
		return rc;
	rc = tell_event(d->tx, d->t.id, "reminder", "system", json_pack("{s:s, s:s, s:s}", "stage",
		remind_name((enum remind)stage), "due", clock_rfc3339(d->t.due_at, due), "department", d->t.department));
	if (rc == 0 && stage == REMIND_DUE)
		rc = liaison_plan(d->tx, d->catalog, d->words, &d->t, LIAISON_OVERDUE);
	if (rc == 0 && stage == REMIND_AFTER)
		rc = order_open(d->tx, d->catalog, &d->t, "system", "overdue", "");
	if (rc == 0 && stage == REMIND_ESCALATE)
		rc = escalate(d, "overdue");
	return rc;
}

static int order_late(struct doing *d)
{
	struct docket_row o;
	int rc = docket_pending(d->tx, &d->t, DOCKET_SUPERVISION, &o);
	if (rc > 0)
		rc = escalate(d, "order");
	return rc < 0 ? rc : task_drop(d->tx, d->t.id, TASK_ORDER);
}

static int transfer_late(struct doing *d)
{
	int rc = escalate(d, "transfer");
	return rc < 0 ? rc : task_drop(d->tx, d->t.id, TASK_TRANSFER);
}

/* How far a person's written word got. */
enum word { UNSENT, GONE_OUT, ARRIVED };

/* What a channel has taken may come back: a text message within hours, a mail within two days. */
#define COMES_BACK_MS (48 * 3600000LL)

static int how_far(struct tx *tx, uint64_t message, enum word *word)
{
	struct outbox_row o;
	int rc = outbox_get(tx, message, &o);
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	bool taken = o.state == OUT_ACCEPTED, settled = taken && tx_now(tx) - o.updated_at >= COMES_BACK_MS;
	enum word far = o.state == OUT_DELIVERED || o.state == OUT_READ || settled ? ARRIVED : taken ? GONE_OUT : UNSENT;
	*word = far > *word ? far : *word;
	return 0;
}

static uint64_t id_in(const json_t *data, const char *field)
{
	const char *id = json_string_value(json_object_get(data, field));
	return id ? strtoull(id, NULL, 10) : 0;
}

/* The message by which a person wrote to the citizen, or what was sent elsewhere in place of one of those said before; 0. */
static uint64_t persons_word(const struct event_row *v, const uint64_t *said, size_t n)
{
	uint64_t message = 0;
	json_t *data = json_loads(v->data, 0, NULL);
	if (strcmp(v->kind, "reply") == 0 && strncmp(v->actor, "api:", strlen("api:")) != 0)
		message = id_in(data, "message");
	for (size_t i = 0; i < n && strcmp(v->kind, "elsewhere") == 0; i++)
		if (said[i] == id_in(data, "message"))
			message = id_in(data, "instead");
	json_decref(data);
	return message;
}

static int words_since(struct doing *d, enum word *word)
{
	struct event_row *v;
	size_t n = 0, said = 0;
	int rc = event_list_ticket(d->tx, d->t.id, &v, &n);
	uint64_t *message = arena_alloc(tx_arena(d->tx), (n + 1) * sizeof *message);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (v[i].at >= d->task.since && (message[said] = persons_word(&v[i], message, said)) != 0)
			rc = how_far(d->tx, message[said++], word);
	return rc;
}

/* Until a person has spoken with the citizen (effect_contact() ends it), or written and it arrived, it is said again and again; while
 * what was written may still come back, nothing is said. */
static int care_late(struct doing *d)
{
	enum word word = UNSENT;
	int rc = words_since(d, &word);
	if (rc < 0 || word == ARRIVED)
		return rc < 0 ? rc : task_drop(d->tx, d->t.id, TASK_CARE);
	d->task.at = tx_now(d->tx) + catalog_loop(d->catalog)->care_minutes * 60000LL;
	rc = word == UNSENT ? escalate(d, "care") : 0;
	return rc < 0 ? rc : task_put(d->tx, &d->task);
}

static int ask(struct doing *d)
{
	return followup_ask(d->tx, d->catalog, d->words, &d->t, &d->task);
}

static int ask_again(struct doing *d)
{
	return followup_ask_again(d->tx, d->catalog, d->words, &d->t, &d->task);
}

static int ask_elsewhere(struct doing *d)
{
	return followup_elsewhere(d->tx, d->catalog, d->words, &d->t, &d->task);
}

static int liaison(struct doing *d)
{
	return liaison_do(d->tx, d->catalog, d->words, &d->t, &d->task);
}

/* A deadline goes on behind a merged ticket too, without a word: the merge may be undone. */
static const struct { const char *kind; do_f *f; bool after_end, handling; } DO[] = {
	{ TASK_DUE, remind, true, true }, { TASK_ORDER, order_late, false, true }, { TASK_TRANSFER, transfer_late, false, true },
	{ TASK_CARE, care_late, false, false }, { TASK_ASK, ask, true, false }, { TASK_ASK_AGAIN, ask_again, true, false },
	{ TASK_ASK_ELSEWHERE, ask_elsewhere, true, false },
	{ TASK_LIAISON, liaison, false, true },
};

int clockwork_do(struct tx *tx, const struct catalog *c, const struct flow_words *w, uint64_t ticket, const char *kind,
	struct err *e)
{
	struct doing d = { .tx = tx, .catalog = c, .words = w };
	int rc = task_get(tx, ticket, kind, &d.task);
	if (rc == E_NOTFOUND || (rc == 0 && d.task.at > tx_now(tx)))
		return 0; /* done, or moved, since it was listed */
	if (rc == 0)
		rc = ticket_get(tx, ticket, &d.t);
	unsigned flags = d.t.flags;
	size_t i = 0;
	while (i < sizeof DO / sizeof *DO && strcmp(DO[i].kind, kind) != 0)
		i++;
	/* Of a kind that this program no longer has, or for a ticket that has ended meanwhile: nothing to do. */
	bool ended = !ticket_state_open(d.t.state);
	/* A core system that runs the loop also presses for it. */
	bool moot = i == sizeof DO / sizeof *DO || (ended && !DO[i].after_end) || (w->remote && DO[i].handling);
	if (rc == 0)
		rc = moot ? task_drop(tx, ticket, kind) : DO[i].f(&d);
	if (rc == 0 && d.t.flags != flags)
		rc = ticket_update(tx, &d.t);
	return rc < 0 ? err_set(e, rc, "task %s of ticket %s: %s", kind, d.t.number ? d.t.number : "", err_name(rc)) : 0;
}
