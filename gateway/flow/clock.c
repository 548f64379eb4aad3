/* The loop's side of the clock's work: every tick asks the store what is due and gives each task a write job of its own,
 * so that one that fails takes no other with it. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/flow/clockwork.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/liaison.h"
#include "gateway/store/docket.h"
#include "gateway/store/drafts.h"
#include "gateway/store/forward.h"
#include "gateway/store/outbox.h"

#define MINUTE_MS 60000LL
enum { AT_ONCE = 200, KIND_MAX = 24, BACK_MS = 10 * 1000, AHEAD_MS = 60 * 1000, DOUBT_MS = 60 * 1000 };

struct due_task { uint64_t ticket; char kind[KIND_MAX]; };
struct due_list {
	struct flow *flow;
	size_t n;
	struct due_task task[AT_ONCE];
};
struct due_job {
	struct flow *flow;
	struct catalog *catalog;
	struct due_task task;
};

static int job_run(struct tx *tx, void *arg, struct err *e)
{
	struct due_job *j = arg;
	return clockwork_do(tx, j->catalog, flow_words(j->flow), j->task.ticket, j->task.kind, e);
}

static void job_done(void *arg, int rc, const struct err *e)
{
	struct due_job *j = arg;
	struct flow *f = j->flow;
	if (rc < 0)
		log_error("flow", "what was due could not be done", "reason=%s", e->words);
	catalog_unref(&j->catalog);
	free(j);
	f->clock_jobs--;
	flow_drain_check(f);
}

static int list_run(struct tx *tx, void *arg, struct err *e)
{
	struct due_list *l = arg;
	struct task_row *t;
	size_t n;
	l->n = 0; /* a read whose connection was lost runs again */
	int rc = task_due(tx, tx_now(tx), AT_ONCE, &t, &n);
	if (rc < 0)
		return err_set(e, rc, "what is due could not be read");
	for (size_t i = 0; i < n; i++) {
		if (strlen(t[i].kind) >= KIND_MAX)
			continue;
		l->task[l->n].ticket = t[i].ticket;
		(void)snprintf(l->task[l->n++].kind, KIND_MAX, "%s", t[i].kind);
	}
	return 0;
}

static void list_done(void *arg, int rc, const struct err *e)
{
	struct due_list *l = arg;
	struct flow *f = l->flow;
	if (rc < 0)
		log_error("flow", "the clock could not read", "reason=%s", e->words);
	for (size_t i = 0; rc == 0 && !f->draining && i < l->n; i++) {
		struct due_job *j = mem_new(struct due_job);
		*j = (struct due_job){ f, catalog_ref(f->catalog), l->task[i] };
		f->clock_jobs++;
		flow_write(f, job_run, job_done, j);
	}
	free(l);
	f->clock_jobs--;
	flow_drain_check(f);
}

/* --- a clock that jumps --- */

struct back_job {
	struct flow *flow;
	struct catalog *catalog;
	int64_t by;
};

/* What is a matter of minutes. Deadlines are the calendar's; a liaison officer's hours are looked at again when it is due. */
static int tasks_back(struct tx *tx, const struct loop_rules *loop, int64_t by)
{
	int rc = task_clock_back(tx, TASK_CARE, by, loop->care_minutes * MINUTE_MS);
	if (rc == 0)
		rc = task_clock_back(tx, TASK_TRANSFER, by, loop->transfer_minutes * MINUTE_MS);
	return rc < 0 ? rc : task_clock_back(tx, TASK_LIAISON, by, 0);
}

static int back_run(struct tx *tx, void *arg, struct err *e)
{
	const struct back_job *j = arg;
	int rc = outbox_clock_back(tx, j->by);
	if (rc == 0)
		rc = held_clock_back(tx, j->by);
	if (rc == 0)
		rc = aside_clock_back(tx, j->by);
	if (rc == 0)
		rc = tasks_back(tx, catalog_loop(j->catalog), j->by);
	return rc < 0 ? err_set(e, rc, "what waits could not be set by the clock that was put back") : 0;
}

static void back_done(void *arg, int rc, const struct err *e)
{
	struct back_job *j = arg;
	struct flow *f = j->flow;
	if (rc < 0) {
		log_error("flow", "the clock was put back", "reason=%s", e->words);
		f->wall += j->by; /* the next tick sees it again */
	}
	catalog_unref(&j->catalog);
	free(j);
	for (size_t i = 0; rc == 0 && i < f->channels.count; i++)
		outbox_kick(f->channels.lane[i]);
	f->clock_jobs--;
	flow_drain_check(f);
}

static void put_back(struct flow *f, int64_t by)
{
	log_warn("flow", "the clock was put back", "seconds=%lld", (long long)by / 1000);
	struct back_job *j = mem_new(struct back_job);
	*j = (struct back_job){ f, catalog_ref(f->catalog), by };
	f->doubt_until = 0;
	f->clock_jobs++;
	flow_write(f, back_run, back_done, j);
}

/* Put back: messages would wait until the old time comes again, and all of their conversation behind them; so would a reply that
 * can still be taken back, and the watch over who wrote of self-harm. Put forward: a machine that was woken may be days ahead
 * until somebody tells it the time, and what expires or is erased is so for good. */
void clock_look(struct flow *f)
{
	int64_t wall = clock_now() - clock_monotonic(), by = f->wall - wall;
	bool known = f->wall != 0;
	f->wall = wall;
	if (known && by > BACK_MS) {
		put_back(f, by);
	} else if (known && -by > AHEAD_MS) {
		log_warn("flow", "the clock was put forward: nothing expires or is erased by it for a minute", "seconds=%lld",
			(long long)-by / 1000);
		f->doubt_until = clock_monotonic() + DOUBT_MS;
	}
}

bool clock_doubted(const struct flow *f)
{
	return clock_monotonic() < f->doubt_until;
}

void clock_tick(struct flow *f)
{
	if (f->clock_jobs > 0)
		return;
	struct due_list *l = mem_new(struct due_list);
	l->flow = f;
	f->clock_jobs = 1;
	if (store_read(f->set.store, list_run, list_done, l) < 0) { /* busy: the next tick comes soon */
		f->clock_jobs = 0;
		free(l);
	}
}
