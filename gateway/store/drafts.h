/* What is being written and what has not quite gone out: drafts, one per person, ticket and mode, and held replies.
 * Conventions as in store.h. */
#ifndef XQ_STORE_DRAFTS_H
#define XQ_STORE_DRAFTS_H

#include "gateway/store/store.h"

enum { DRAFT_REPLY, DRAFT_NOTE, DRAFT_FILES /* those of the reply, as JSON */, DRAFT_MODES };

struct draft_row {
	const char *staff, *text;
	uint64_t ticket;
	unsigned mode;
	int64_t rev, at;    /* rev rises by one with each change */
	const char *number; /* of the ticket, in draft_list */
};
int draft_get(struct tx *, const char *staff, uint64_t ticket, unsigned mode, struct draft_row *); /* E_NOTFOUND */
int draft_put(struct tx *, const struct draft_row *); /* inserts or replaces; at is set */
int draft_drop(struct tx *, const char *staff, uint64_t ticket, unsigned mode);
/* What one person has, the newest first. */
int draft_list(struct tx *, const char *staff, unsigned limit, struct draft_row **, size_t *n);
/* What nobody went on with since. */
int draft_drop_before(struct tx *, int64_t before);

enum { HELD_SECONDS_MAX = 60 }; /* the longest that undo_seconds may be */
struct held_row {
	uint64_t id, ticket;
	const char *staff, *body;
	int64_t send_at;
	const char *number;             /* of the ticket */
};
int held_insert(struct tx *, struct held_row *); /* sets id */
int held_get(struct tx *, uint64_t id, struct held_row *);                              /* E_NOTFOUND */
int held_list(struct tx *, uint64_t ticket, struct held_row **, size_t *n);             /* as they were written */
/* send_at up to `until`, the oldest first. */
int held_due(struct tx *, int64_t until, unsigned limit, struct held_row **, size_t *n);
int held_clock_back(struct tx *, int64_t ms); /* as task_clock_back */
/* 1: it was there, and whoever else asks is told that it was not; 0: it was not. */
int held_take(struct tx *, uint64_t id);
/* Of its body, in the arena; files: a list, as JSON, or "". */
const char *held_text(struct tx *, const struct held_row *);
const char *held_files(struct tx *, const struct held_row *);
/* One that was taken: its text becomes the beginning of its writer's draft, and its files the draft's. Both, as they are then, are in the
 * arena. */
int held_back(struct tx *, const struct held_row *, const char **text, const char **files, int64_t *rev);

#endif
