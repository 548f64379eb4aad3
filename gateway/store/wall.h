/* What the supervisors' wall shows. Conventions as in store.h. */
#ifndef XQ_STORE_WALL_H
#define XQ_STORE_WALL_H

#include "gateway/store/store.h"

enum { WALL_HOURS = 24, WALL_WAITS = 5, WALL_DEPARTMENTS = 60 };
struct wall {
	int64_t queue, oldest, wait[WALL_WAITS]; /* not taken up by anybody: under 3, 10, 30, 120 minutes, longer */
	int64_t opened, taken_up;                /* today */
	int64_t said, solved, rated, satisfied;  /* answered today */
	int64_t hours_from, opened_in[WALL_HOURS], closed_in[WALL_HOURS]; /* whole hours, the last one is now */
	struct wall_department { const char *code; int64_t open, overdue; } *department;
	size_t departments;
	struct wall_channel { const char *name; int64_t opened; } *channel;
	size_t channels;
};
int wall_load(struct tx *, struct wall *);

#endif
