#include "gateway/console/canned.h"

#include <string.h>
#include <unistd.h>

#include "gateway/base/csv.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

enum { CODE, KEYWORDS, PINYIN, ZH, EN, COLUMNS };
static const char *const COLUMN[COLUMNS] = { "code", "keywords", "pinyin", "zh", "en" };

/* Every brace opens a placeholder that the page can fill. */
static bool placeholders_known(const char *text)
{
	static const char *const known[] = { "{number}", "{title}", "{hotline}" };
	for (const char *p = strchr(text, '{'); p != NULL; p = strchr(p + 1, '{')) {
		bool ok = false;
		for (size_t i = 0; i < 3; i++)
			ok |= strncmp(p, known[i], strlen(known[i])) == 0;
		if (!ok)
			return false;
	}
	return true;
}

static void row_check(const struct csv *t, size_t row, const int *column, struct faults *f)
{
	const char *path = csv_path(t);
	unsigned line = csv_line(t, row);
	if (*csv_cell(t, row, column[CODE]) == '\0')
		faults_add(f, path, line, "code is empty; give every reply a short code");
	if (*csv_cell(t, row, column[ZH]) == '\0' && *csv_cell(t, row, column[EN]) == '\0')
		faults_add(f, path, line, "there is no text; fill in zh or en");
	for (int i = ZH; i <= EN; i++) {
		const char *text = csv_cell(t, row, column[i]);
		if (utf8_count(text, strlen(text)) > CANNED_TEXT_MAX)
			faults_add(f, path, line, "%s is too long; at most %d characters", COLUMN[i], CANNED_TEXT_MAX);
		if (!placeholders_known(text))
			faults_add(f, path, line, "%s has an unknown placeholder; known are {number} {title} {hotline}", COLUMN[i]);
	}
}

static json_t *row_json(const struct csv *t, size_t row, const int *column)
{
	json_t *o = json_object();
	for (size_t i = 0; i < COLUMNS; i++)
		must(json_object_set_new(o, COLUMN[i], json_string(csv_cell(t, row, column[i]))) == 0);
	return o;
}

static json_t *rows_json(const struct csv *t, struct faults *f)
{
	int column[COLUMNS];
	size_t before = f->count;
	for (size_t i = 0; i < COLUMNS; i++)
		if ((column[i] = csv_column(t, COLUMN[i])) < 0)
			faults_add(f, csv_path(t), 1, "has no column '%s'; the first line names the columns", COLUMN[i]);
	if (csv_rows(t) > CANNED_MAX)
		faults_add(f, csv_path(t), 1, "too many rows; at most %d", CANNED_MAX);
	if (f->count > before)
		return NULL;
	json_t *list = json_array();
	for (size_t i = 0; i < csv_rows(t); i++) {
		row_check(t, i, column, f);
		must(json_array_append_new(list, row_json(t, i, column)) == 0);
	}
	if (f->count == before)
		return list;
	json_decref(list);
	return NULL;
}

json_t *canned_load(const char *tables, struct faults *f)
{
	char *path = mem_printf("%s/canned.csv", tables);
	json_t *list = NULL;
	if (access(path, F_OK) < 0) {
		list = json_array();
	} else {
		struct csv *t = csv_load(path, f);
		if (t != NULL)
			list = rows_json(t, f);
		csv_destroy(&t);
	}
	free(path);
	return list;
}
