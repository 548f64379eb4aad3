#include "gateway/flow/assign.h"

#include <string.h>

#include "gateway/flow/say.h"
#include "gateway/flow/steps.h"
#include "gateway/model/assign.h"
#include "gateway/store/staff.h"
#include "gateway/store/ticket_list.h"

static int move(struct tx *tx, struct ticket_row *t, const char *to, const char *actor, const char *why, const char *note)
{
	const char *from = t->assignee;
	t->assignee = to;
	int rc = tell_event(tx, t->id, "assigned", actor, json_pack("{s:s, s:s, s:s, s:s*}", "from", from, "assignee", to, "why",
		why, "note", note && *note ? note : NULL));
	return rc < 0 ? rc : ticket_update(tx, t);
}

/* A department's people get the tickets of their own department only. */
static int worker_check(struct tx *tx, const char *name, const struct ticket_row *t, struct staff_row *s, struct err *e)
{
	int rc = staff_get(tx, name, s);
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "staff could not be read");
	if (rc == E_NOTFOUND || s->disabled)
		return err_rule(e, E_RANGE, "no-colleague", "to: nobody called '%.60s' works here", name);
	if (s->role == ROLE_DEPARTMENT && t != NULL && strcmp(s->department, t->department) != 0)
		return err_rule(e, E_RANGE, "other-department", "to: '%.60s' is of another department than the ticket", name);
	return 0;
}

static bool leads(enum role r)
{
	return r == ROLE_SUPERVISOR || r == ROLE_ADMIN;
}

int assign_to(struct tx *tx, struct ticket_row *t, const struct assign_request *q, struct err *e)
{
	struct staff_row s;
	bool mine = strcmp(t->assignee, q->actor) == 0, free = *t->assignee == '\0';
	int rc = note_check(q->note, e);
	if (rc == 0 && q->own_department != NULL && strcmp(q->own_department, t->department) != 0)
		return err_rule(e, E_DENIED, "lead-assigns", "your department helps with this ticket: the lead unit says who works on it");
	if (rc < 0 || (*q->to && (rc = worker_check(tx, q->to, t, &s, e)) < 0))
		return rc;
	if (!ticket_state_open(t->state))
		return err_set(e, E_CONFLICT, "the ticket is closed");
	if (q->version >= 0 && q->version != t->version)
		return err_set(e, E_CONFLICT, "the ticket was changed meanwhile: look at it again");
	if (strcmp(t->assignee, q->to) == 0)
		return err_set(e, E_CONFLICT, *q->to ? "the ticket is theirs already" : "the ticket is nobody's already");
	if (!mine && !free && !leads(q->role))
		return err_set(e, E_DENIED, "'%.60s' has the ticket: they or a supervisor may hand it on", t->assignee);
	const char *why = *q->to == '\0' ? "back" : strcmp(q->to, q->actor) == 0 ? "taken" : "given";
	rc = move(tx, t, q->to, q->actor, why, q->note);
	return rc < 0 ? err_set(e, rc, "the ticket could not be assigned (%s)", err_name(rc)) : 0;
}

/* --- by itself --- */

/* Those on duty who have the console open, with what they have in hand. */
static int seats_load(struct tx *tx, const char *const *here, size_t n, struct assign_seat **out, size_t *count)
{
	struct staff_row s;
	struct assign_seat *seat = arena_alloc(tx_arena(tx), (n + 1) * sizeof *seat);
	*count = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t load = 0;
		int rc = staff_get(tx, here[i], &s);
		if (rc == E_NOTFOUND || (rc == 0 && (s.disabled || s.duty != DUTY_ON || s.role == ROLE_DEPARTMENT)))
			continue;
		if (rc < 0 || (rc = staff_load(tx, s.name, &load)) < 0)
			return rc;
		seat[(*count)++] = (struct assign_seat){ .name = s.name, .skills = s.skills, .capacity = s.capacity ? s.capacity :
			STAFF_CAPACITY, .load = (unsigned)load, .given_at = s.given_at };
	}
	*out = seat;
	return 0;
}

static int give(struct tx *tx, struct ticket_row *t, struct assign_seat *seat)
{
	struct staff_row s;
	int rc = move(tx, t, seat->name, "system", "auto", NULL);
	if (rc < 0 || (rc = staff_get(tx, seat->name, &s)) < 0)
		return rc;
	seat->load++;
	s.given_at = seat->given_at = tx_now(tx);
	return staff_put(tx, &s);
}

int assign_waiting(struct tx *tx, const char *const *here, size_t n, unsigned *given, bool *more, struct err *e)
{
	struct assign_seat *seat = NULL;
	struct ticket_row *t;
	size_t seats = 0, tickets = 0;
	*given = 0;
	*more = false;
	int rc = seats_load(tx, here, n, &seat, &seats);
	if (rc == 0 && seats > 0)
		rc = ticket_list_waiting(tx, ASSIGN_SEEN, &t, &tickets);
	for (size_t i = 0; rc == 0 && seats > 0 && i < tickets && *given < ASSIGN_AT_ONCE; i++) {
		/* 专家座席: an old number's own experts come before those of the category. */
		int to = assign_expert(seat, seats, t[i].hotline);
		if (to < 0)
			to = assign_pick(seat, seats, t[i].category, t[i].flags & FLAG_EMERGENCY);
		if (to < 0)
			continue;
		rc = give(tx, &t[i], &seat[to]);
		++*given;
	}
	*more = rc == 0 && *given == ASSIGN_AT_ONCE;
	return rc < 0 ? err_set(e, rc, "tickets could not be given out") : 0;
}

/* --- at the end of a shift --- */

int assign_hand_over(struct tx *tx, const char *from, const char *to, const char *actor, const char *note, unsigned *moved,
	bool *more, struct err *e)
{
	struct staff_row s;
	struct ticket_row *t;
	size_t n;
	uint64_t next;
	struct ticket_query q = { .state = -1, .assignee = from, .open_only = true, .limit = ASSIGN_AT_ONCE };
	*moved = 0;
	int rc = note_check(note, e);
	if (rc < 0 || (*to && (rc = worker_check(tx, to, NULL, &s, e)) < 0))
		return rc;
	if (*to && (s.role == ROLE_DEPARTMENT || strcmp(from, to) == 0))
		return err_rule(e, E_RANGE, "desk-wanted", "to: a colleague of the desk is wanted");
	if ((rc = ticket_list(tx, &q, &t, &n, &next)) < 0)
		return err_set(e, rc, "the tickets could not be read");
	for (size_t i = 0; rc == 0 && i < n; i++, ++*moved)
		rc = move(tx, &t[i], to, actor, "shift", note);
	*more = next != 0;
	return rc < 0 ? err_set(e, rc, "the tickets could not be handed over") : 0;
}
