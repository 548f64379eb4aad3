/* 派单, 退单, 争议审核, 审定: a ticket on its way to the department that is in charge. The citizen hears of the first
 * department, and then of the one that really takes it, not of each that did not. */
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/flow/stepping.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

/* The time from the dispatch that was undone to this one is lost. */
static int bounce_ends(struct stepping *s)
{
	struct docket_row d;
	int rc = docket_last(s->tx, s->t->id, DOCKET_RETURN, &d);
	if (rc < 0 || d.until != 0)
		return rc == E_NOTFOUND ? 0 : rc;
	d.until = tx_now(s->tx);
	s->t->lost_ms += d.until - d.since;
	return docket_update(s->tx, &d);
}

static int goes_to(struct stepping *s, const char *department)
{
	struct ticket_row *t = s->t;
	if (ticket_helped_by(t, department))
		return err_rule(s->e, E_CONFLICT, "helps", "department: %s helps with this ticket already", department);
	t->department = department;
	return bounce_ends(s);
}

int effect_dispatch(struct stepping *s)
{
	struct ticket_row *t = s->t;
	bool told = strcmp(t->told, s->q->department) == 0 && strcmp(t->department, t->told) == 0; /* only its category is another one */
	if (told || (t->bounces > 0 && *t->told != '\0'))
		s->say = NULL;
	else
		t->told = s->q->department;
	return goes_to(s, s->q->department);
}

/* The department takes it: if the citizen was told of another one before, this is the word that counts. */
int effect_handle(struct stepping *s)
{
	struct ticket_row *t = s->t;
	if (*t->department == '\0' || *t->told == '\0' || strcmp(t->told, t->department) == 0)
		return 0;
	t->told = t->department;
	s->say = "dispatched";
	return 0;
}

static int in_time(struct stepping *s)
{
	char until[CLOCK_TEXT];
	struct calendar hours = catalog_hours(s->catalog, s->t->department);
	int64_t end = calendar_add_worked(&hours, s->t->dispatched_at,
		catalog_loop(s->catalog)->return_hours * 3600LL * 1000);
	if (s->q->role != ROLE_DEPARTMENT || tx_now(s->tx) <= end)
		return 0;
	return err_rule(s->e, E_CONFLICT, "return-late", "the time for returning this ticket ended at %s: handle it, or ask a supervisor",
		clock_people(end, until));
}

/* An extension that was asked by a department which no longer has the ticket is nobody's. */
static int drop_extension(struct stepping *s)
{
	struct docket_row d;
	int rc = docket_pending(s->tx, s->t, DOCKET_EXTENSION, &d);
	return rc <= 0 ? rc : docket_rule(s->tx, &d, "void", s->q->actor, "");
}

static int press(struct stepping *s)
{
	if (s->t->bounces < catalog_loop(s->catalog)->returns_press)
		return 0;
	return order_open(s->tx, s->catalog, s->t, "system", "returns", s->q->note);
}

int effect_return(struct stepping *s)
{
	struct ticket_row *t = s->t;
	bool dispute = s->q->role == ROLE_DEPARTMENT;
	struct docket_row d = { .ticket = t->id, .kind = DOCKET_RETURN, .department = t->department, .actor = s->q->actor,
		.reason = s->q->reason, .basis = s->q->basis, .note = s->q->note, .since = t->dispatched_at };
	int rc = in_time(s);
	if (rc == 0)
		rc = drop_extension(s);
	if (rc == 0)
		rc = docket_insert(s->tx, &d);
	/* A supervisor's own return is a ruling. */
	if (rc == 0 && !dispute)
		rc = docket_rule(s->tx, &d, "recalled", s->q->actor, "");
	if (rc < 0)
		return rc;
	json_object_set_new(s->data, "reason", json_string(s->q->reason ? s->q->reason : ""));
	json_object_set_new(s->data, "basis", json_string(s->q->basis ? s->q->basis : ""));
	json_object_set_new(s->data, "department", json_string(t->department));
	if (dispute)
		t->flags |= FLAG_DISPUTED;
	t->department = "";
	t->bounces++;
	return press(s);
}

int effect_uphold(struct stepping *s)
{
	struct docket_row d;
	int rc = docket_pending(s->tx, s->t, DOCKET_RETURN, &d);
	return rc <= 0 ? rc : docket_rule(s->tx, &d, "upheld", s->q->actor, s->q->note);
}

/* 首接负责: the department that was asked first, when nobody else is named. */
static int first_asked(struct stepping *s, const char **department)
{
	struct docket_row *d;
	size_t n;
	int rc = docket_list(s->tx, s->t->id, &d, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (d[i].kind == DOCKET_RETURN && *d[i].department) {
			*department = d[i].department;
			return 0;
		}
	return rc < 0 ? rc : err_rule(s->e, E_RANGE, "department-wanted", "department: say which one has it from now on");
}

int effect_designate(struct stepping *s)
{
	struct docket_row d;
	const char *to = s->q->department;
	int rc = 0;
	if (to == NULL || *to == '\0')
		rc = first_asked(s, &to);
	if (rc == 0)
		rc = docket_pending(s->tx, s->t, DOCKET_RETURN, &d);
	if (rc > 0)
		rc = docket_rule(s->tx, &d, "designated", s->q->actor, s->q->note);
	if (rc < 0 || (rc = goes_to(s, to)) < 0)
		return rc;
	if (strcmp(s->t->told, to) == 0)
		s->say = NULL;
	s->t->told = to;
	return 0;
}
