/* The numbers beside the views. Five hundred pages would each ask after every change: instead one job counts for all, never
 * more than a small share of the time, and only who has other numbers is told. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/console/live_internal.h"
#include "gateway/console/shape.h"
#include "gateway/store/docket.h"
#include "gateway/store/staff.h"
#include "gateway/store/ticket_list.h"

enum { LEAST_MS = 500, SHARE = 20 /* a count that took 1 ms is followed by 20 without one */, GROUPS_MAX = 200 };

struct tally {
	struct live *live;
	uv_timer_t timer;
	bool waiting, working, again, closing;
	int64_t next_at;
};

struct tally_group {
	char department[DEPARTMENT_MAX]; /* "": the desk */
	char *text; /* the frame up to what is a person's own; owned */
};

struct tally_job {
	struct tally *tally;
	int64_t took; /* the counting itself: how long it waited for a reader is no share of one */
	size_t groups, loads;
	struct tally_group group[GROUPS_MAX];
	struct staff_load *load;
};

static void tally_free(uv_handle_t *h)
{
	free(h->data);
}

/* What all of a group are told is made once, on the reader's thread. */
static int group_count(struct tx *tx, struct tally_group *g)
{
	struct ticket_counts n;
	struct loop_counts l;
	const char *department = *g->department ? g->department : NULL;
	int rc = ticket_count(tx, department, &n);
	if (rc < 0 || (rc = loop_count(tx, department, &l)) < 0)
		return rc;
	json_t *o = shape_counts(&n, &l);
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	must(text != NULL);
	free(g->text); /* a read whose connection was lost runs again */
	g->text = mem_printf("{\"type\":\"counts\",\"counts\":%.*s", (int)strlen(text) - 1, text);
	free(text);
	return 0;
}

static int job_run(struct tx *tx, void *arg, struct err *e)
{
	struct tally_job *j = arg;
	int64_t began = clock_monotonic();
	int rc = staff_loads(tx, &j->load, &j->loads);
	for (size_t i = 0; rc == 0 && i < j->groups; i++)
		rc = group_count(tx, &j->group[i]);
	j->took = clock_monotonic() - began;
	return rc < 0 ? err_set(e, rc, "the tickets could not be counted") : 0;
}

static const char *group_of(const struct viewer *v)
{
	return v->role == ROLE_DEPARTMENT ? v->department : "";
}

static void tell(const struct tally_job *j, struct viewer *v)
{
	char text[COUNTS_MAX];
	long long mine = 0;
	const char *shared = NULL;
	for (size_t i = 0; i < j->loads; i++)
		if (strcmp(j->load[i].name, v->name) == 0)
			mine = j->load[i].open;
	for (size_t i = 0; i < j->groups; i++)
		if (strcmp(j->group[i].department, group_of(v)) == 0)
			shared = j->group[i].text;
	if (shared == NULL)
		return;
	int len = snprintf(text, sizeof text, "%s,\"mine\":%lld}}", shared, mine);
	must(len > 0 && (size_t)len < sizeof text);
	if (strcmp(text, v->told) == 0)
		return;
	memcpy(v->told, text, sizeof text);
	(void)ws_send(v->ws, text, (size_t)len);
}

static void job_free(struct tally_job *j)
{
	for (size_t i = 0; i < j->groups; i++)
		free(j->group[i].text);
	free(j);
}

static void job_done(void *arg, int rc, const struct err *e)
{
	struct tally_job *j = arg;
	struct tally *t = j->tally;
	t->working = false;
	t->next_at = clock_monotonic() + LEAST_MS + j->took * SHARE;
	if (rc < 0)
		log_warn("console", "not counted", "reason=%s", e->words);
	for (struct viewer *v = rc == 0 && !t->closing ? t->live->viewers : NULL; v != NULL; v = v->next)
		if (v->known)
			tell(j, v);
	job_free(j);
	if (t->closing)
		uv_close((uv_handle_t *)&t->timer, tally_free);
	else if (t->again)
		tally_soon(t);
}

static void group_add(struct tally_job *j, const char *department)
{
	for (size_t i = 0; i < j->groups; i++)
		if (strcmp(j->group[i].department, department) == 0)
			return;
	if (j->groups < GROUPS_MAX)
		copy_text(j->group[j->groups++].department, DEPARTMENT_MAX, department);
}

static void on_timer(uv_timer_t *timer)
{
	struct tally *t = timer->data;
	t->waiting = t->again = false;
	struct tally_job *j = mem_new(struct tally_job);
	j->tally = t;
	for (const struct viewer *v = t->live->viewers; v != NULL; v = v->next)
		if (v->known && (v->role != ROLE_DEPARTMENT || *v->department))
			group_add(j, group_of(v));
	if (j->groups > 0 && store_read(t->live->console->set.store, job_run, job_done, j) == 0)
		t->working = true;
	else
		job_free(j);
}

void tally_soon(struct tally *t)
{
	if (t->closing || t->waiting)
		return;
	t->again = true;
	if (t->working)
		return;
	int64_t wait = t->next_at - clock_monotonic();
	t->waiting = true;
	must(uv_timer_start(&t->timer, on_timer, wait > 0 ? (uint64_t)wait : 20, 0) == 0);
}

struct tally *tally_create(struct live *l)
{
	struct tally *t = mem_new(struct tally);
	t->live = l;
	must(uv_timer_init(l->console->set.loop, &t->timer) == 0);
	t->timer.data = t;
	uv_unref((uv_handle_t *)&t->timer);
	return t;
}

void tally_destroy(struct tally **out)
{
	struct tally *t = *out;
	*out = NULL;
	if (t == NULL)
		return;
	t->closing = true;
	if (!t->working)
		uv_close((uv_handle_t *)&t->timer, tally_free);
}
