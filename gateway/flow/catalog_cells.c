#include "gateway/flow/catalog_internal.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"

bool cell_columns(const struct csv *t, const char *const *name, int *at, size_t n, struct faults *f)
{
	bool all = true;
	for (size_t i = 0; i < n; i++) {
		at[i] = csv_column(t, name[i]);
		if (at[i] < 0) {
			faults_add(f, csv_path(t), 1, "has no column '%s'; the first line names the columns", name[i]);
			all = false;
		}
	}
	return all;
}

bool cell_number(const struct csv *t, size_t row, int col, long long min, long long max, unsigned *out,
	struct faults *f)
{
	const char *s = csv_cell(t, row, col);
	char *end = NULL;
	long long v = strtoll(s, &end, 10);
	if (*s == '\0' || *end != '\0' || v < min || v > max) {
		faults_add(f, csv_path(t), csv_line(t, row), "'%s' is no number from %lld to %lld", s, min, max);
		return false;
	}
	*out = (unsigned)v;
	return true;
}

const char *cell_optional(const struct csv *t, size_t row, const char *name)
{
	int col = csv_column(t, name);
	return col < 0 ? "" : csv_cell(t, row, col);
}

bool cell_yes_or_no(const struct csv *t, size_t r, const char *name, bool *out, struct faults *f)
{
	const char *s = cell_optional(t, r, name);
	*out = strcmp(s, "yes") == 0;
	if (*out || *s == '\0' || strcmp(s, "no") == 0)
		return true;
	faults_add(f, csv_path(t), csv_line(t, r), "%s '%s': yes, no or nothing would be right", name, s);
	return false;
}

bool cell_day(const struct csv *t, size_t r, const char *name, bool end, int64_t *at, struct faults *f)
{
	const char *s = cell_optional(t, r, name);
	int64_t day;
	if (*s == '\0')
		return true;
	if (strlen(s) != strlen("2020-12-28") || clock_parse(s, &day) < 0) {
		faults_add(f, csv_path(t), csv_line(t, r), "%s '%s' is no day; 2020-12-28 would be right", name, s);
		return false;
	}
	*at = end ? day + 24 * 3600000LL : day;
	return true;
}
