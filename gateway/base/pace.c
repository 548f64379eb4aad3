#include "gateway/base/pace.h"

/* Each time pushes the moment `due` a step ahead of the clock; it may run at most a window ahead. */
unsigned pace(int64_t *due, int64_t now, unsigned burst, unsigned window_ms)
{
	int64_t step = window_ms / burst;
	int64_t from = *due > now ? *due : now;
	int64_t over = from + step - now - (int64_t)window_ms;
	if (over > 0)
		return (unsigned)over;
	*due = from + step;
	return 0;
}

int64_t pace_paid(int64_t until, int64_t now, size_t n, unsigned ahead_ms)
{
	int64_t most = now + (int64_t)ahead_ms;
	until += (int64_t)((n * 1000 + PACE_BYTES - 1) / PACE_BYTES);
	return until < most ? until : most;
}
