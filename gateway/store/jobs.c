#include "gateway/store/jobs.h"

#include <string.h>

void queue_add(struct queue *q, struct job *j)
{
	j->next = NULL;
	if (q->last)
		q->last->next = j;
	else
		q->first = j;
	q->last = j;
	q->n++;
}

void queue_move(struct queue *q, struct queue *to, size_t max)
{
	if (q->first && max >= q->n) { /* all of it, at once */
		*(to->last ? &to->last->next : &to->first) = q->first;
		to->last = q->last;
		to->n += q->n;
		*q = (struct queue){ 0 };
		return;
	}
	for (struct job *j; max > 0 && (j = q->first); max--) {
		q->first = j->next;
		if (!q->first)
			q->last = NULL;
		q->n--;
		queue_add(to, j);
	}
}

void lanes_add(struct lanes *l, struct job *j)
{
	queue_add(&l->lane[j->lane], j);
	l->busy |= UINT64_C(1) << j->lane;
	l->n++;
}

/* The next lane that has jobs, from the one whose turn it is. */
static unsigned lanes_next(const struct lanes *l)
{
	uint64_t ready = lanes_ready(l), later = ready & (~UINT64_C(0) << l->turn);
	return (unsigned)__builtin_ctzll(later ? later : ready);
}

void lanes_take_of(struct lanes *l, struct queue *to, unsigned i, bool again)
{
	if (again && !l->lane[i].first->again)
		return;
	queue_move(&l->lane[i], to, 1);
	if (l->lane[i].n == 0)
		l->busy &= ~(UINT64_C(1) << i);
	l->n--;
}

void lanes_take(struct lanes *l, struct queue *to, size_t max)
{
	for (; max > 0 && lanes_ready(l); max--) {
		unsigned i = lanes_next(l);
		lanes_take_of(l, to, i, false);
		l->turn = (i + 1) % STORE_LANES;
	}
}

void lanes_put_back(struct lanes *l, struct queue *q)
{
	struct queue later[STORE_LANES];
	if (!q->first)
		return;
	l->turn = q->first->lane;
	memcpy(later, l->lane, sizeof later);
	memset(l->lane, 0, sizeof l->lane);
	for (struct job *j = q->first, *next; j; j = next) {
		next = j->next;
		lanes_add(l, j);
	}
	for (unsigned i = 0; i < STORE_LANES; i++)
		queue_move(&later[i], &l->lane[i], later[i].n);
	*q = (struct queue){ 0 };
}
