/* The closed loop with the time passed in: nothing runs but what the test says, so a fortnight takes a moment. Setup is
 * office_setup: the flows are open, their timers never start. */
#ifndef XQ_TESTS_LOOP_H
#define XQ_TESTS_LOOP_H

#include "gateway/flow/clockwork.h"
#include "gateway/store/docket.h"
#include "gateway/store/outbox.h"
#include "gateway/store/ticket.h"
#include "tests/unit/flow/office.h"

static int64_t now_; /* the test's clock */

HERE int64_t at(const char *when)
{
	int64_t t = 0;
	assert_int_equal(clock_parse(when, &t), 0);
	return t;
}

HERE const char *people(int64_t t)
{
	char text[CLOCK_TEXT];
	return keep(clock_people(t, text));
}

/* A step at the test's time, as whoever the request says. */
HERE struct stepped try_step(struct step_request q)
{
	struct stepped s = { .q = q, .at = now_ };
	struct err e = { 0 };
	if (q.actor == NULL)
		s.q.actor = "li", s.q.display = "李工";
	s.q.seen_seq = -1;
	(void)!store_now(office.store, true, stepped_run, &s, &e);
	return s;
}

HERE struct step_result must_step(struct step_request q)
{
	struct stepped s = try_step(q);
	if (s.rc < 0)
		fail_msg("%s: %s", step_name(q.step), s.e.words);
	return s.r;
}

HERE void refuses(struct step_request q, int rc, const char *words)
{
	struct stepped s = try_step(q);
	if (s.rc != rc || strstr(s.e.words, words) == NULL)
		fail_msg("%s: %d '%s', not %d '…%s…'", step_name(q.step), s.rc, s.e.words, rc, words);
}

#define AS_UNIT(unit) .role = ROLE_DEPARTMENT, .own_department = (unit), .actor = (unit)
#define AS_AGENT .role = ROLE_AGENT, .actor = "chen"
#define AS_LEAD .role = ROLE_SUPERVISOR, .actor = "zhou"

struct tick { struct task_row *task; size_t n, i; };

static int tick_list(struct tx *tx, void *arg, struct err *e)
{
	struct tick *t = arg;
	struct task_row *rows;
	(void)e;
	int rc = task_due(tx, now_, 100, &rows, &t->n);
	t->task = arena_alloc(office.arena, (t->n + 1) * sizeof *t->task);
	for (size_t i = 0; rc == 0 && i < t->n; i++) {
		t->task[i] = rows[i];
		t->task[i].kind = keep(rows[i].kind);
	}
	return rc;
}

static int tick_do(struct tx *tx, void *arg, struct err *e)
{
	struct tick *t = arg;
	tx_set_now(tx, now_);
	return clockwork_do(tx, flow_catalog(office.flow), flow_words(office.flow), t->task[t->i].ticket, t->task[t->i].kind, e);
}

/* One look of the clock: how many things were due. */
HERE size_t clock_looks(void)
{
	struct tick t = { 0 };
	struct err e = { 0 };
	if (store_now(office.store, true, tick_list, &t, &e) < 0)
		fail_msg("%s", e.words);
	for (t.i = 0; t.i < t.n; t.i++)
		if (store_now(office.store, true, tick_do, &t, &e) < 0)
			fail_msg("%s", e.words);
	return t.n;
}

/* Time goes on to `when`, and the clock looks every ten minutes on the way. */
HERE void time_goes_to(const char *when)
{
	for (int64_t end = at(when); now_ < end;) {
		now_ = now_ + 600000 < end ? now_ + 600000 : end;
		while (clock_looks() > 0)
			;
	}
}

/* How many events of the ticket begin so and hold that. */
HERE unsigned events(const char *number, const char *begins, const char *holds)
{
	const struct seen *s = see(number);
	unsigned n = 0;
	for (size_t i = 0; i < s->events; i++)
		n += strncmp(s->event[i], begins, strlen(begins)) == 0 && strstr(s->event[i], holds) != NULL;
	return n;
}

HERE unsigned told_times(const char *number, const char *event)
{
	const struct seen *s = see(number);
	unsigned n = 0;
	for (size_t i = 0; i < s->n; i++)
		n += strcmp(s->m[i].event, event) == 0;
	return n;
}

static int post_run(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	size_t n = 1;
	tx_set_now(tx, now_);
	while (n > 0) {
		struct outbox_claim *c;
		int rc = outbox_claim(tx, arg, 0, 50, &c, &n);
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = outbox_set(tx, c[i].row.message, OUT_ACCEPTED, 0, NULL);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* What waits for the citizens of a channel reaches them. */
HERE void post_goes_out(struct line *l)
{
	char name[32];
	(void)snprintf(name, sizeof name, "%s", l->base.channel);
	assert_int_equal(store_now(office.store, true, post_run, name, NULL), 0);
}

HERE const char *citizen_says(struct line *l, const char *peer, const char *text)
{
	static unsigned serial;
	const char *id = arena_printf(office.arena, "loop-%u", ++serial);
	post_goes_out(l); /* they have read what there is */
	return take_at(l, &(struct msg_in){ .kind = MSG_TEXT, .external_id = id, .peer = peer, .account = "12345", .text = text,
		.received_at = now_, .verified = true }, now_).ticket;
}

struct docket_look { const char *number; enum docket_kind kind; struct docket_row d; };

static int docket_run(struct tx *tx, void *arg, struct err *e)
{
	struct docket_look *l = arg;
	struct ticket_row t;
	(void)e;
	int rc = ticket_get_number(tx, l->number, &t);
	if (rc < 0 || (rc = docket_last(tx, t.id, l->kind, &l->d)) < 0)
		return rc;
	const char **const own[] = { &l->d.department, &l->d.actor, &l->d.reason, &l->d.basis, &l->d.note, &l->d.verdict,
		&l->d.judge, &l->d.words };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		*own[i] = keep(*own[i]);
	return 0;
}

HERE struct docket_row docket(const char *number, enum docket_kind kind)
{
	struct docket_look l = { number, kind, { 0 } };
	assert_int_equal(store_now(office.store, false, docket_run, &l, NULL), 0);
	return l.d;
}

#endif
