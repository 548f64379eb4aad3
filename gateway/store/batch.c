#include "gateway/store/batch.h"

#include <time.h>

#include "gateway/base/clock.h"
#include "gateway/store/syncer.h"

/* Where commits are dear a slice is longer, so that they take a third at most; half, once the few have had their turn. */
enum { COMMITS_A_SLICE = 2, SLICE_OF_COMMITS_MAX_MS = 20, COMMIT_UNIT = 16 };
/* So many jobs of a lane in a transaction are many; others are there when they had a job not longer ago than this. */
enum { MANY = 8, LATELY_MS = 2000 };

/* --- how long --- */

static int64_t slice_ms(const struct store *s, bool few_ran)
{
	int64_t ms = (few_ran ? 1 : COMMITS_A_SLICE) * s->pace.commit_16 / COMMIT_UNIT;
	ms = ms < SLICE_OF_COMMITS_MAX_MS ? ms : SLICE_OF_COMMITS_MAX_MS;
	return ms > s->config.slice_ms ? ms : s->config.slice_ms;
}

void batch_committed(struct store *s, int64_t took)
{
	int64_t more = took * COMMIT_UNIT - s->pace.commit_16;
	s->pace.commit_16 += more < 0 ? more / 4 : more / 16; /* that of a large batch takes longer, which is no reason for larger ones */
}

/* Nothing is cut short for the gateway's own work; nor by it, while only one lane gives it work to do. */
static bool others_wait(struct store *s, const struct job *next)
{
	pthread_mutex_lock(&s->lock);
	uint64_t others = lanes_ready(&s->to_write) & ~(UINT64_C(1) << next->lane | 1);
	pthread_mutex_unlock(&s->lock);
	return next->lane == 0 ? (others & (others - 1)) != 0 : others != 0;
}

static bool others_lately(const struct store *s, int64_t now)
{
	return s->pace.others_at && now - s->pace.others_at <= LATELY_MS;
}

static bool slice_over(struct store *s, const struct batch *b)
{
	int64_t now = clock_monotonic(), passed = now - s->pace.began;
	if (b->few_ran && passed >= slice_ms(s, true) && syncer_idle(s))
		return true;
	return passed >= slice_ms(s, false) && (b->few_ran || others_lately(s, now) || others_wait(s, b->todo->first));
}

/* --- which --- */

static void find_few(struct batch *b)
{
	b->few = NULL;
	for (const struct job *j = b->todo->first; j; j = j->next)
		if (j->lane != 0 && j->lane != b->todo->last->lane)
			b->few = j;
}

/* Those who came since the batch was taken: the first of each lane that has none left in it runs next, rather than wait for this
 * transaction and then for one of its own. Not the gateway's own work, which waits for nobody at a screen. */
static void let_in(struct store *s, struct batch *b)
{
	struct queue more = { 0 };
	pthread_mutex_lock(&s->lock);
	uint64_t others = lanes_ready(&s->to_write) & ~UINT64_C(1);
	for (const struct job *j = b->todo->first; others && j; j = j->next)
		others &= ~(UINT64_C(1) << j->lane);
	for (; others; others &= others - 1)
		lanes_take_of(&s->to_write, &more, (unsigned)__builtin_ctzll(others), b->together);
	pthread_mutex_unlock(&s->lock);
	if (!more.first)
		return;
	queue_move(b->todo, &more, b->todo->n);
	*b->todo = more;
	find_few(b);
}

void batch_begin(struct batch *b, struct queue *todo, struct queue *ran, bool together)
{
	*b = (struct batch){ .todo = todo, .ran = ran, .alone = todo->n == 1, .together = together };
	find_few(b);
}

struct job *batch_next(struct store *s, struct batch *b)
{
	if (!b->todo->first || (b->ran->n > 0 && slice_over(s, b)))
		return NULL;
	if (!b->alone && b->ran->n > 0) /* first runs whose turn it is, or it might never */
		let_in(s, b);
	struct job *j = b->todo->first;
	queue_move(b->todo, b->ran, 1);
	b->few_ran |= j == b->few;
	return j;
}

/* --- rest --- */

/* The lane that has most of the jobs, and *most of them; *others: it was not alone. */
static unsigned lane_of_most(const struct queue *ran, unsigned *most, bool *others)
{
	unsigned count[STORE_LANES] = { 0 }, lane = 0, all = 0;
	for (const struct job *j = ran->first; j; j = j->next) {
		if (j->lane == 0)
			continue;
		all++;
		if (++count[j->lane] > count[lane])
			lane = j->lane;
	}
	*most = count[lane];
	*others = all > *most;
	return lane;
}

void batch_ended(struct store *s, const struct queue *ran)
{
	struct batch_pace *p = &s->pace;
	unsigned most;
	bool others;
	int64_t now = clock_monotonic();
	unsigned lane = lane_of_most(ran, &most, &others);
	if (others || (lane != 0 && p->lane != 0 && lane != p->lane)) /* in one transaction, or each in its own */
		p->others_at = now;
	if (lane != 0)
		p->lane = lane;
	if (!s->syncer.running || most < MANY || !others_lately(s, now))
		return;
	p->rest_until = now + (now - p->began);
	pthread_mutex_lock(&s->lock);
	s->to_write.held = UINT64_C(1) << lane;
	pthread_mutex_unlock(&s->lock);
}

static void sleep_until(struct store *s, int64_t ms)
{
	const struct timespec at = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
	(void)pthread_cond_clockwait(&s->writer_wake, &s->lock, CLOCK_MONOTONIC, &at);
}

void batch_wait(struct store *s)
{
	for (;;) {
		if (s->stopping || clock_monotonic() >= s->pace.rest_until)
			s->to_write.held = 0;
		if (s->stopping || lanes_ready(&s->to_write))
			return;
		if (s->to_write.held)
			sleep_until(s, s->pace.rest_until);
		else
			pthread_cond_wait(&s->writer_wake, &s->lock);
	}
}
