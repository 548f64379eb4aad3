/* Work that comes to people: when there is a ticket that is nobody's and somebody on duty with the console open, one write
 * job gives out what it can. At most a few jobs a second, and fewer while nobody has room. Of several nodes one gives out to all, or
 * they would meet at every ticket; whom it thinks at the console of another one may have left it a moment ago, as here. Loop
 * thread only. */
#include "gateway/console/seats.h"

#include <string.h>

#include "gateway/base/log.h"
#include "gateway/base/metrics.h"
#include "gateway/console/live_internal.h"
#include "gateway/flow/assign.h"
#include "gateway/store/staff.h"

enum { SOON_MS = 200, FULL_MS = 2000, SEATS_MAX = 2000 };

struct seats {
	struct console *console;
	uv_timer_t timer;
	bool ours;             /* of several nodes this one gives out */
	bool waiting, working, again, closing;
	bool full;             /* the last job found nothing to give, or nobody with room */
	struct metric *given;
};

struct seats_job {
	struct seats *seats;
	char (*name)[STAFF_NAME_MAX];
	size_t n;
	unsigned given;
	bool more;
};

static void seats_free(uv_handle_t *h)
{
	free(h->data);
}

static int job_run(struct tx *tx, void *arg, struct err *e)
{
	struct seats_job *j = arg;
	const char **here = arena_alloc(tx_arena(tx), (j->n + 1) * sizeof *here);
	for (size_t i = 0; i < j->n; i++)
		here[i] = j->name[i];
	return assign_waiting(tx, here, j->n, &j->given, &j->more, e);
}

static void job_done(void *arg, int rc, const struct err *e)
{
	struct seats_job *j = arg;
	struct seats *s = j->seats;
	bool more = rc == 0 && j->more;
	s->working = false;
	s->full = rc < 0 || j->given == 0;
	if (rc == 0 && j->given > 0)
		metric_add(s->given, j->given);
	if (rc < 0)
		log_warn("console", "tickets not given out", "reason=%s", e->words);
	free(j->name);
	free(j);
	if (s->closing)
		uv_close((uv_handle_t *)&s->timer, seats_free);
	else if (more || s->again)
		seats_kick(s);
}

static void name_add(void *arg, const char *name)
{
	struct seats_job *j = arg;
	for (size_t i = 0; i < j->n; i++)
		if (strcmp(j->name[i], name) == 0)
			return;
	if (j->n < SEATS_MAX)
		copy_text(j->name[j->n++], STAFF_NAME_MAX, name);
}

/* Everybody on duty once, however many pages they have open, and wherever. */
static void names_collect(const struct live *l, struct seats_job *j)
{
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v->known && v->duty == DUTY_ON)
			name_add(j, v->name);
	afar_on_duty(l, name_add, j);
}

static void on_timer(uv_timer_t *t)
{
	struct seats *s = t->data;
	struct seats_job *j = mem_new(struct seats_job);
	s->waiting = s->again = false;
	j->seats = s;
	j->name = mem_zalloc(SEATS_MAX * sizeof *j->name);
	names_collect(s->console->live, j);
	if (j->n > 0 && store_write(s->console->set.store, job_run, job_done, j) == 0) {
		s->working = true;
		return;
	}
	free(j->name);
	free(j);
}

void seats_kick(struct seats *s)
{
	/* Where a core system runs the loop, it says whose a ticket is. */
	if (s->closing || !s->ours || s->waiting || flow_words(s->console->set.flow)->remote)
		return;
	s->again = true;
	if (s->working)
		return;
	s->waiting = true;
	must(uv_timer_start(&s->timer, on_timer, s->full ? FULL_MS : SOON_MS, 0) == 0);
}

static void on_duty(void *arg, bool ours)
{
	struct seats *s = arg;
	s->ours = ours;
	seats_kick(s);
}

struct seats *seats_create(struct console *c)
{
	struct seats *s = mem_new(struct seats);
	s->console = c;
	s->given = metric_counter("xinqiao_tickets_given_total", "", "Tickets given to staff by themselves");
	must(uv_timer_init(c->set.loop, &s->timer) == 0);
	s->timer.data = s;
	uv_unref((uv_handle_t *)&s->timer);
	store_duty(c->set.store, "handing out", on_duty, s);
	return s;
}

void seats_destroy(struct seats **out)
{
	struct seats *s = *out;
	*out = NULL;
	if (s == NULL)
		return;
	s->closing = true;
	if (!s->working)
		uv_close((uv_handle_t *)&s->timer, seats_free);
}
