/* 联络员: a department's officer is told by text message that tickets wait to be signed for, that one is urgent, or is late. One
 * number a department (departments.csv, liaison), one channel ([gateway] liaison_channel); nothing where either is missing.
 *
 * A message says how many tickets wait, so tickets that come while one is on its way need none of their own, and there is at most
 * one in `liaison_minutes`. It goes out in the department's working hours; an urgent one at once, at any hour. What is to be
 * told stands in the store as a task. Nothing of the citizen or the matter is in it: a telephone is not the desk. */
#ifndef XQ_FLOW_LIAISON_H
#define XQ_FLOW_LIAISON_H

#include "gateway/flow/words.h"
#include "gateway/store/docket.h"
#include "gateway/store/ticket.h"

#define TASK_LIAISON "liaison" /* stage: enum liaison */
enum liaison { LIAISON_DISPATCHED, LIAISON_URGENT, LIAISON_OVERDUE, LIAISONS };

/* The ticket came to its department, or is late: planned. */
int liaison_plan(struct tx *, const struct catalog *, const struct flow_words *, const struct ticket_row *, enum liaison);
/* Dispatched anew, or pressed, by what a step made of it. */
int liaison_stepped(struct tx *, const struct catalog *, const struct flow_words *, const struct ticket_row *before,
	const struct ticket_row *after);
/* A due task of this kind: told, put off, or dropped. */
int liaison_do(struct tx *, const struct catalog *, const struct flow_words *, struct ticket_row *, struct task_row *);

#endif
