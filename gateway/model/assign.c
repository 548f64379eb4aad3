#include "gateway/model/assign.h"

#include <string.h>

bool assign_skilled(const char *skills, const char *category)
{
	size_t want = strlen(category);
	while (want > 0 && *skills) {
		skills += strspn(skills, " ,");
		size_t n = strcspn(skills, " ,");
		if (n == want && strncmp(skills, category, n) == 0)
			return true;
		skills += n;
	}
	return false;
}

/* a before b: load/capacity compared without dividing. */
static bool before(const struct assign_seat *a, const struct assign_seat *b)
{
	uint64_t x = (uint64_t)a->load * b->capacity, y = (uint64_t)b->load * a->capacity;
	if (x != y)
		return x < y;
	return a->given_at < b->given_at;
}

static int best(const struct assign_seat *seat, size_t n, const char *category, bool experts, bool full)
{
	int found = -1;
	for (size_t i = 0; i < n; i++) {
		bool fits = experts ? assign_skilled(seat[i].skills, category) : *seat[i].skills == '\0';
		if (fits && (full || seat[i].load < seat[i].capacity) && (found < 0 || before(&seat[i], &seat[found])))
			found = (int)i;
	}
	return found;
}

int assign_expert(const struct assign_seat *seat, size_t n, const char *skill)
{
	return best(seat, n, skill, true, false);
}

int assign_pick(const struct assign_seat *seat, size_t n, const char *category, bool emergency)
{
	int found = best(seat, n, category, true, false);
	if (found < 0)
		found = best(seat, n, category, false, false);
	if (found < 0 && emergency) {
		found = best(seat, n, category, true, true);
		if (found < 0)
			found = best(seat, n, category, false, true);
	}
	return found;
}
