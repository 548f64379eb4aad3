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
