/* The closed loop's own rows: what was asked on a ticket and how it was ruled, who helps, and what the clock has to do.
 * Conventions as in store.h. */
#ifndef XQ_STORE_DOCKET_H
#define XQ_STORE_DOCKET_H

#include "gateway/store/store.h"

/* --- the docket: one row for everything that somebody asks on a ticket and somebody else rules on --- */
enum docket_kind {
	DOCKET_RETURN,      /* 0, as statements.def has it; 退单: from the dispatch it undoes to the dispatch that follows */
	DOCKET_EXTENSION,   /* 延期 */
	DOCKET_SUPERVISION, /* 督办单: answered by the department */
	DOCKET_CALLBACK,    /* 差评回访: a bad rating, until somebody has called back */
	DOCKET_KINDS
};
const char *docket_kind_name(enum docket_kind k);
int docket_kind_find(const char *name); /* -1 */

struct docket_row {
	uint64_t id, ticket;
	unsigned kind;
	const char *department;   /* whom it concerns */
	const char *actor;        /* who asked */
	const char *reason, *basis, *note; /* a return's code and legal basis; what was said */
	unsigned days;            /* of an extension */
	int64_t since;            /* return: dispatched at; extension: the deadline before; supervision: asked at */
	int64_t at;               /* asked at */
	int64_t due_at;           /* wanted by; 0: no limit */
	const char *verdict;      /* "" while open */
	const char *judge, *words;
	int64_t judged_at;
	int64_t until;            /* return: dispatched anew; extension: the deadline after; 0: not yet, or none */
	const char *number, *title; /* of the ticket, in docket_open */
};
int docket_insert(struct tx *, struct docket_row *); /* sets id */
/* verdict, judge, words, judged_at and until. */
int docket_update(struct tx *, const struct docket_row *);
/* The newest of a kind on a ticket, ruled on or not. E_NOTFOUND. */
int docket_last(struct tx *, uint64_t ticket, enum docket_kind, struct docket_row *);
/* The newest row of this kind that nobody has ruled on: 1, 0 when there is none. */
int docket_pending(struct tx *, const struct ticket_row *, enum docket_kind, struct docket_row *);
/* Rules on it now. */
int docket_rule(struct tx *, struct docket_row *, const char *verdict, const char *judge, const char *words);
int docket_list(struct tx *, uint64_t ticket, struct docket_row **, size_t *n); /* in order of id */
/* What nobody has ruled on, oldest first; after: newer than this id. department NULL: any; else what concerns it of tickets that are with
 * it. Of one that it returned and nobody has yet it has its own words, and no title: that may have changed since. */
int docket_open(struct tx *, enum docket_kind, const char *department, uint64_t after, unsigned limit,
	struct docket_row **, size_t *n);

/* --- helping departments (协办) --- */
struct helper_row {
	const char *department, *asked_by, *opinion, *answered_by;
	int64_t asked_at, answered_at;
	uint64_t ticket;
	const char *number, *title; /* of the ticket, in helper_open */
};
int helper_put(struct tx *, uint64_t ticket, const struct helper_row *); /* inserts or replaces */
int helper_list(struct tx *, uint64_t ticket, struct helper_row **, size_t *n); /* as they were asked */
/* Asked and not answered, of tickets that are open, oldest ticket first; after: newer than this ticket. department NULL: any. */
int helper_open(struct tx *, const char *department, uint64_t after, unsigned limit, struct helper_row **, size_t *n);

/* How much of each waits. department NULL: any. */
struct loop_counts { int64_t docket[DOCKET_KINDS], helping; };
int loop_count(struct tx *, const char *department, struct loop_counts *);

/* --- the clock's work: one row for each thing a ticket waits for, gone in the transaction that does it, so that a
 * restart neither repeats it nor misses it --- */
#define TASK_ASK "ask"       /* 回访: the question after a closing */
#define TASK_ASK_AGAIN "ask-again" /* its one reminder */
#define TASK_ASK_ELSEWHERE "ask-elsewhere" /* looks whether the question reached the citizen; stage: how often it has */
struct task_row { uint64_t ticket; const char *kind; int64_t at, since; unsigned stage; };
int task_put(struct tx *, const struct task_row *); /* inserts or replaces (ticket, kind) */
int task_get(struct tx *, uint64_t ticket, const char *kind, struct task_row *);
int task_drop(struct tx *, uint64_t ticket, const char *kind); /* kind NULL: all of the ticket */
/* Due by `now`, in order of time. */
int task_due(struct tx *, int64_t now, unsigned limit, struct task_row **, size_t *n);
/* The wall clock was put back by so many ms: tasks of this kind that are due later than `longest` ms from now were set by the
 * old one and are due as soon. What the right clock set stays, also where several nodes say so; with 0 for `longest`, where being early
 * costs a look, each moves it. */
int task_clock_back(struct tx *, const char *kind, int64_t ms, int64_t longest);

#endif
