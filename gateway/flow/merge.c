#include "gateway/flow/merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/flow/citizen.h"
#include "gateway/flow/clockwork.h"
#include "gateway/flow/say.h"
#include "gateway/flow/steps.h"
#include "gateway/flow/urgency.h"
#include "gateway/store/docket.h"
#include "gateway/store/event.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"

/* --- ids in an event --- */

static json_t *ids_json(struct tx *tx, const uint64_t *id, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++)
		must(json_array_append_new(list, json_string(tell_id(tx, id[i]))) == 0);
	return list;
}

static size_t ids_read(struct tx *tx, const json_t *list, uint64_t **out)
{
	size_t n = json_array_size(list);
	*out = arena_alloc(tx_arena(tx), (n + 1) * sizeof **out);
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));
		(*out)[i] = s ? strtoull(s, NULL, 10) : 0;
	}
	return n;
}

/* --- moving --- */

/* What the list shows of a ticket follows its messages. */
static int newest_again(struct tx *tx, struct ticket_row *t)
{
	struct message_row *m;
	size_t n;
	int rc = message_list_ticket(tx, t->id, &m, &n);
	while (rc == 0 && n > 0) {
		const struct message_row *last = &m[--n];
		if (last->from != FROM_CITIZEN && last->from != FROM_STAFF)
			continue;
		t->last_at = last->at;
		t->last_from = message_from_name((enum message_from)last->from);
		t->last_text = ticket_newest(tx_arena(tx), last->text);
		return 0;
	}
	return rc;
}

static int move_all(struct tx *tx, const uint64_t *message, size_t n, uint64_t from, uint64_t to)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = message_move(tx, message[i], from, to);
	return rc;
}

/* What was said and asked for goes along with the words: that the citizen wants to stay unknown, that somebody has to stay with him.
 * Where words part both sides keep it, for who knows which of them it was about. */
enum { MERGE_TAKES = FLAG_CONFIDENTIAL | FLAG_CARE, SPLIT_TAKES = FLAG_CONFIDENTIAL | FLAG_HELD | FLAG_CARE };

/* Whoever wrote of self-harm is watched over where his words are, until somebody speaks with him from now on: what was spoken about
 * there before was another matter. */
static int care_goes(struct tx *tx, const struct ticket_row *from, const struct ticket_row *to)
{
	struct task_row k, own;
	int rc = from->flags & FLAG_CARE ? task_get(tx, from->id, TASK_CARE, &k) : E_NOTFOUND;
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	rc = task_get(tx, to->id, TASK_CARE, &own);
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	return task_put(tx, &(struct task_row){ .ticket = to->id, .kind = TASK_CARE, .since = tx_now(tx),
		.at = rc == 0 && own.at < k.at ? own.at : k.at });
}

/* --- merge --- */

static int merge_check(struct tx *tx, const struct ticket_row *from, const struct ticket_row *into,
	const char *note, struct err *e)
{
	bool same = false;
	int rc = note_check(note, e);
	if (rc < 0)
		return rc;
	if (from->id == into->id)
		return err_rule(e, E_RANGE, "merge-self", "into: a ticket cannot be merged into itself");
	if (!ticket_state_open(from->state) || !ticket_state_open(into->state))
		return err_rule(e, E_CONFLICT, "merge-closed", "%s is closed: only open tickets are merged", ticket_state_open(from->state) ? into->number : from->number);
	if ((rc = citizen_same(tx, from, into, &same)) < 0)
		return err_set(e, rc, "the citizens could not be compared");
	if (!same)
		return err_rule(e, E_CONFLICT, "two-citizens", "they are of two citizens: an answer goes to one; join the citizens first if they are one person");
	return 0;
}

int ticket_merge(struct tx *tx, const struct catalog *c, struct ticket_row *from, struct ticket_row *into,
	const char *actor, const char *note, struct err *e)
{
	uint64_t *message, *child;
	size_t messages, children;
	unsigned was = from->state;
	int rc = merge_check(tx, from, into, note, e);
	if (rc < 0)
		return rc;
	if ((rc = message_ids(tx, from->id, &message, &messages)) < 0 || (rc = ticket_merged_here(tx, from->id, &child, &children)) < 0)
		return err_set(e, rc, "the ticket could not be read");
	if (messages > MERGE_MESSAGES_MAX)
		return err_set(e, E_RANGE, "more than %d messages cannot be moved", MERGE_MESSAGES_MAX);
	ticket_enter(tx, from, TICKET_CLOSED);
	into->flags |= from->flags & MERGE_TAKES;
	if ((rc = care_goes(tx, from, into)) == 0)
		rc = task_drop(tx, from->id, TASK_CARE);
	for (size_t i = 0; rc == 0 && i < children; i++)
		rc = ticket_set_merged(tx, child[i], into->id);
	if (rc < 0 || (rc = move_all(tx, message, messages, from->id, into->id)) < 0 ||
		(rc = ticket_set_merged(tx, from->id, into->id)) < 0 || (rc = newest_again(tx, into)) < 0 ||
		(rc = tell_event(tx, from->id, "merged", actor, json_pack("{s:s, s:s, s:s*, s:o, s:o}", "into", into->number, "from",
			sm_name(&ticket_machine, was), "note", note && *note ? note : NULL, "messages", ids_json(tx, message, messages),
			"tickets", ids_json(tx, child, children)))) < 0 ||
		(rc = tell_event(tx, into->id, "joined", actor, json_pack("{s:s, s:s*}", "other", from->number, "note",
			note && *note ? note : NULL))) < 0 ||
		(rc = from->flags & FLAG_EMERGENCY ? urgency_again(tx, c, into) : 0) < 0 ||
		(rc = ticket_update(tx, from)) < 0 || (rc = ticket_update(tx, into)) < 0)
		return err_set(e, rc, "the tickets could not be merged (%s)", err_name(rc));
	return 0;
}

/* What the newest event of that kind on the ticket says. */
static int event_last(struct tx *tx, uint64_t ticket, const char *kind, json_t **data)
{
	struct event_row *v;
	size_t n;
	*data = NULL;
	int rc = event_list_ticket(tx, ticket, &v, &n);
	while (rc == 0 && *data == NULL && n-- > 0)
		if (strcmp(v[n].kind, kind) == 0)
			*data = json_loads(v[n].data, 0, NULL);
	return rc < 0 ? rc : *data ? 0 : E_NOTFOUND;
}

/* Of the ids noted at the merge those that stand in `into` still: what was taken out of it since stays where it went. */
static size_t still_there(uint64_t *id, size_t n, const uint64_t *there, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < count; k++)
			if (there[k] == id[i]) {
				id[kept++] = id[i];
				break;
			}
	return kept;
}

static int comes_back(struct tx *tx, uint64_t into, const json_t *was, uint64_t **message, size_t *messages,
	uint64_t **child, size_t *children)
{
	uint64_t *there;
	size_t n;
	*messages = ids_read(tx, json_object_get(was, "messages"), message);
	*children = ids_read(tx, json_object_get(was, "tickets"), child);
	int rc = message_ids(tx, into, &there, &n);
	if (rc < 0)
		return rc;
	*messages = still_there(*message, *messages, there, n);
	if ((rc = ticket_merged_here(tx, into, &there, &n)) == 0)
		*children = still_there(*child, *children, there, n);
	return rc < 0 ? rc : *messages > 0 ? 0 : E_CONFLICT;
}

static int unmerge(struct tx *tx, const struct catalog *c, struct ticket_row *from, struct ticket_row *into, const json_t *was,
	const char *actor)
{
	uint64_t *message, *child;
	size_t messages, children;
	const char *state = json_string_value(json_object_get(was, "from"));
	int to = state ? sm_find(&ticket_machine, state) : -1, rc;
	if (to < 0 || !ticket_state_open((enum ticket_state)to))
		return E_CORRUPT;
	if ((rc = comes_back(tx, into->id, was, &message, &messages, &child, &children)) < 0)
		return rc;
	ticket_enter(tx, from, (enum ticket_state)to);
	for (size_t i = 0; rc == 0 && i < children; i++)
		rc = ticket_set_merged(tx, child[i], from->id);
	bool urgent = from->flags & FLAG_EMERGENCY;
	if (rc < 0 || (rc = move_all(tx, message, messages, into->id, from->id)) < 0 || (rc = ticket_set_merged(tx, from->id, 0)) < 0 ||
		(rc = from->flags & FLAG_CARE ? care_goes(tx, into, from) : 0) < 0 ||
		(rc = newest_again(tx, from)) < 0 || (rc = newest_again(tx, into)) < 0 ||
		(rc = tell_event(tx, from->id, "unmerged", actor, json_pack("{s:s, s:s}", "other", into->number, "to", state))) < 0 ||
		(rc = tell_event(tx, into->id, "parted", actor, json_pack("{s:s}", "other", from->number))) < 0 ||
		(rc = urgent ? urgency_again(tx, c, into) : 0) < 0 || (rc = urgent ? urgency_again(tx, c, from) : 0) < 0 ||
		(rc = ticket_update(tx, from)) < 0)
		return rc;
	return ticket_update(tx, into);
}

int ticket_unmerge(struct tx *tx, const struct catalog *c, struct ticket_row *from, const char *actor, struct err *e)
{
	uint64_t id = 0;
	struct ticket_row into;
	json_t *was = NULL;
	int rc = ticket_merged(tx, from->id, &id);
	if (rc == 0 && id == 0)
		return err_rule(e, E_CONFLICT, "not-merged", "the ticket was not merged");
	if (rc < 0 || (rc = ticket_get(tx, id, &into)) < 0 || (rc = event_last(tx, from->id, "merged", &was)) < 0)
		return err_set(e, rc, "what it was merged into could not be read");
	if (!ticket_state_open(into.state))
		rc = err_rule(e, E_CONFLICT, "unmerge-closed", "the other ticket is closed by now: its messages stay where they were answered");
	else if ((rc = unmerge(tx, c, from, &into, was, actor)) < 0)
		(void)err_set(e, rc, "the tickets could not be parted (%s)", err_name(rc));
	json_decref(was);
	return rc;
}

/* --- split --- */

static const struct message_row *message_of(const struct message_row *m, size_t n, uint64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (m[i].id == id)
			return &m[i];
	return NULL;
}

/* The first of the citizen's messages that go; NULL with words when the choice cannot be. */
static const struct message_row *split_check(const struct message_row *m, size_t n, const uint64_t *id, size_t ids, struct err *e)
{
	const struct message_row *first = NULL;
	size_t all = 0, going = 0;
	for (size_t i = 0; i < n; i++)
		all += m[i].from == FROM_CITIZEN;
	for (size_t i = 0; i < ids; i++) {
		const struct message_row *one = message_of(m, n, id[i]);
		if (one == NULL) {
			(void)err_set(e, E_RANGE, "messages: %" PRIu64 " is not of this ticket", id[i]);
			return NULL;
		}
		for (size_t k = 0; k < i; k++)
			if (id[k] == id[i]) {
				(void)err_set(e, E_RANGE, "messages: %" PRIu64 " is named twice", id[i]);
				return NULL;
			}
		going += one->from == FROM_CITIZEN;
		if (one->from == FROM_CITIZEN && (first == NULL || one->id < first->id))
			first = one;
	}
	if (first == NULL || going == all) {
		(void)err_rule(e, E_RANGE, "split-choice", "messages: choose some of the citizen's, and leave some");
		return NULL;
	}
	return first;
}

static int split_make(struct tx *tx, const struct flow_words *w, const struct ticket_row *t,
	const struct message_row *first, struct ticket_row *made)
{
	const struct channel_trait *trait = flow_trait(w, t->channel);
	*made = *t;
	made->number = NULL;
	made->state = TICKET_NEW;
	made->flags = t->flags & SPLIT_TAKES;
	made->rounds = made->bounces = 0;
	made->department = made->category = made->nature = "";
	made->opened_at = first->at;
	made->accepted_at = made->dispatched_at = made->replied_at = made->closed_at = 0;
	made->due_at = 0; /* urgency_again() says */
	made->title = ticket_title(tx_arena(tx), first->subject, ticket_newest(tx_arena(tx), first->text));
	return ticket_insert(tx, made, trait ? trait->caps.code : 0);
}

int ticket_split(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t, const uint64_t *message,
	size_t n, const char *actor, const char *note, struct ticket_row *made, struct err *e)
{
	struct message_row *m;
	size_t all;
	int rc = note_check(note, e);
	if (rc < 0)
		return rc;
	if (!ticket_state_open(t->state))
		return err_rule(e, E_CONFLICT, "closed", "the ticket is closed");
	if ((rc = message_list_ticket(tx, t->id, &m, &all)) < 0)
		return err_set(e, rc, "the ticket could not be read");
	const struct message_row *first = split_check(m, all, message, n, e);
	if (first == NULL)
		return e->code;
	int64_t alarmed;
	int urgent = urgency_parts(tx, t, message, n, &alarmed);
	if ((rc = urgent) < 0 || (rc = split_make(tx, w, t, first, made)) < 0 || (rc = move_all(tx, message, n, t->id, made->id)) < 0 ||
		(rc = care_goes(tx, t, made)) < 0 || (rc = newest_again(tx, made)) < 0 || (rc = newest_again(tx, t)) < 0 ||
		(rc = tell_event(tx, t->id, "split", actor, json_pack("{s:s, s:s*, s:o}", "other", made->number, "note",
			note && *note ? note : NULL, "messages", ids_json(tx, message, n)))) < 0 ||
		(rc = tell_event(tx, made->id, "split-off", actor, json_pack("{s:s, s:o}", "other", t->number, "alarmed",
			urgent ? json_integer(alarmed) : json_null()))) < 0 || (rc = urgency_again(tx, c, made)) < 0 ||
		(rc = ticket_update(tx, made)) < 0 || (rc = ticket_update(tx, t)) < 0)
		return err_set(e, rc, "the ticket could not be split (%s)", err_name(rc));
	return 0;
}
