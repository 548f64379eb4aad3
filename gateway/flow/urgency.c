#include "gateway/flow/urgency.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/flow/clockwork.h"
#include "gateway/flow/say.h"
#include "gateway/flow/steps.h"
#include "gateway/store/docket.h"
#include "gateway/store/event.h"
#include "gateway/store/merge.h"

struct record {
	const uint64_t *message; /* those that leave */
	size_t n;
	bool urgent, goes;       /* words call for help; they are among those */
	int64_t first, first_goes; /* when, unanswered; 0: never */
	int64_t begun;           /* the ticket's time, by a reopening; 0: when it was opened */
	bool answered;           /* when it was merged */
	bool marked;             /* its ticket is, as urgent */
};

static void sooner(int64_t *first, int64_t at)
{
	if (*first == 0 || (at != 0 && at < *first))
		*first = at;
}

/* message NULL: somewhere among the words that were cut off with it. */
static bool leaves(const struct record *r, const char *message)
{
	uint64_t id = message ? strtoull(message, NULL, 10) : 0;
	bool any = message == NULL && r->n > 0;
	for (size_t i = 0; i < r->n && !any; i++)
		any = r->message[i] == id;
	return any;
}

static void alarm_read(struct record *r, const char *message, int64_t at)
{
	r->urgent = true;
	sooner(&r->first, at);
	if (!leaves(r, message))
		return;
	r->goes = true;
	sooner(&r->first_goes, at);
}

static void event_read(struct record *r, const struct event_row *v, const json_t *data)
{
	const char *outcome = json_string_value(json_object_get(data, "outcome"));
	const json_t *alarmed = json_object_get(data, "alarmed");
	if (outcome != NULL && strcmp(outcome, outcome_name(OUTCOME_EMERGENCY)) == 0)
		alarm_read(r, json_string_value(json_object_get(data, "message")), v->at);
	else if (json_is_integer(alarmed))
		alarm_read(r, NULL, json_integer_value(alarmed));
	else if (alarmed == NULL && r->marked && strcmp(v->kind, "split-off") == 0) /* of a version that did not say whether */
		alarm_read(r, NULL, v->at);
	/* Its second handling has its own two hours. */
	if (strcmp(v->kind, "reopened") == 0 || strcmp(v->kind, step_name(STEP_REOPEN)) == 0) {
		r->begun = v->at;
		r->first = r->urgent ? v->at : 0;
		r->first_goes = r->goes ? v->at : 0;
	}
	if (strcmp(v->kind, "merged") == 0) {
		const char *from = json_string_value(json_object_get(data, "from"));
		r->answered = from != NULL && sm_find(&ticket_machine, from) >= TICKET_REPLIED;
	}
}

static int ticket_read(struct tx *tx, uint64_t ticket, struct record *r)
{
	struct event_row *v;
	size_t n;
	int rc = event_list_ticket(tx, ticket, &v, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		json_t *data = json_loads(v[i].data, 0, NULL);
		event_read(r, &v[i], data);
		json_decref(data);
	}
	return rc;
}

static int record_read(struct tx *tx, uint64_t ticket, struct record *r)
{
	uint64_t *merged;
	size_t n = 0;
	int rc = ticket_read(tx, ticket, r);
	if (rc == 0)
		rc = ticket_merged_here(tx, ticket, &merged, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct ticket_row t;
		struct record one = { .message = r->message, .n = r->n };
		rc = ticket_get(tx, merged[i], &t);
		one.marked = rc == 0 && t.flags & FLAG_EMERGENCY;
		if (rc < 0 || (rc = ticket_read(tx, merged[i], &one)) < 0 || !one.urgent)
			continue;
		r->urgent = true;
		r->goes |= one.goes;
		if (one.answered) /* nothing that still has to be hurried */
			continue;
		sooner(&r->first, one.first);
		sooner(&r->first_goes, one.first_goes);
	}
	return rc;
}

/* As it would be without an alarm. */
static int due_of_its_own(struct tx *tx, const struct catalog *c, const struct ticket_row *t, int64_t begun,
	int64_t *due)
{
	struct docket_row *d;
	size_t n = 0;
	*due = catalog_due(c, t->category, t->department, begun, false);
	int rc = t->flags & FLAG_EXTENDED ? docket_list(tx, t->id, &d, &n) : 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (d[i].kind == DOCKET_EXTENSION && strcmp(d[i].verdict, "granted") == 0)
			*due = d[i].until;
	return rc;
}

int urgency_again(struct tx *tx, const struct catalog *c, struct ticket_row *t)
{
	struct record r = { .marked = t->flags & FLAG_EMERGENCY };
	const struct category *g = catalog_category(c, t->category);
	int rc = record_read(tx, t->id, &r);
	int64_t since = r.begun ? r.begun : t->opened_at;
	if (rc < 0 || (rc = due_of_its_own(tx, c, t, since, &t->due_at)) < 0)
		return rc;
	t->flags = r.urgent ? t->flags | FLAG_EMERGENCY : t->flags & ~(unsigned)FLAG_EMERGENCY;
	t->priority = r.urgent ? PRIORITY_URGENT : g ? g->priority : PRIORITY_NORMAL;
	if (r.first != 0) {
		int64_t due = catalog_due(c, "", "", r.first, true);
		t->due_at = due < t->due_at ? due : t->due_at;
		since = r.first;
	}
	rc = deadline_begin(tx, c, t, since);
	return rc < 0 ? rc : deadline_moved(tx, c, t, false);
}

int urgency_parts(struct tx *tx, const struct ticket_row *t, const uint64_t *message, size_t n, int64_t *alarmed)
{
	struct record r = { .message = message, .n = n, .marked = t->flags & FLAG_EMERGENCY };
	bool runs = t->due_at > tx_now(tx);
	*alarmed = 0;
	int rc = t->flags & FLAG_EMERGENCY ? record_read(tx, t->id, &r) : 0;
	/* While its time runs both are urgent: who knows which of them it was about. */
	if (rc < 0 || !(r.goes || (r.urgent && runs)))
		return rc;
	if (runs || t->state < TICKET_REPLIED)
		*alarmed = r.goes ? r.first_goes : r.first;
	return 1;
}
