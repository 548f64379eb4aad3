#include "gateway/base/sm.h"

#include <string.h>

#include "gateway/base/err.h"
#include "gateway/base/log.h"

bool sm_legal(const struct sm_table *t, unsigned from, unsigned to)
{
	return from < t->count && to < t->count && (t->next[from] & SM_TO(to));
}

void sm_move(const struct sm_table *t, unsigned *state, unsigned to, const char *of)
{
	must(sm_legal(t, *state, to));
	log_debug(t->name, "moved", "of=%s from=%s to=%s", of ? of : "-", t->state[*state], t->state[to]);
	*state = to;
}

const char *sm_name(const struct sm_table *t, unsigned state)
{
	must(state < t->count);
	return t->state[state];
}

int sm_find(const struct sm_table *t, const char *name)
{
	for (unsigned i = 0; i < t->count; i++)
		if (!strcmp(t->state[i], name))
			return (int)i;
	return -1;
}
