/* emergency.csv and rules.csv: what raises the alarm, and the numbers of the loop. */
#include "gateway/flow/catalog_internal.h"

#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/model/fold.h"

/* Messages are folded before they are searched: "FLOOD" or "電線" as somebody wrote it into the table would never be found. */
static const char *as_heard(struct catalog *c, const char *words)
{
	struct fold fold;
	fold_init(&fold, words);
	const char *heard = arena_strdup(c->words, buf_str(&fold.s));
	fold_fini(&fold);
	return heard;
}

/* The words of the row whose word is the n bytes at name, a list; NULL: there is none. */
static const char *list_called(const struct csv *t, const char *name, size_t n)
{
	int word = csv_column(t, "word"), words = csv_column(t, "unless");
	for (size_t r = 0; r < csv_rows(t); r++)
		if (strlen(csv_cell(t, r, word)) == n && memcmp(csv_cell(t, r, word), name, n) == 0)
			return csv_cell(t, r, words);
	return NULL;
}

/* A cell's words, with the words of a list in place of its name; NULL for none. */
static const char *words_of(struct catalog *c, const struct csv *t, size_t r, const char *cell, struct faults *f)
{
	struct buf all;
	buf_init(&all, FOLD_MAX);
	for (size_t n; *cell != '\0'; cell += n + (cell[n] == '|')) {
		n = strcspn(cell, "|");
		const char *list = *cell == '<' ? list_called(t, cell, n) : NULL;
		if (*cell == '<' && list == NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "there is no list '%.*s'; a row with this name as its word would be one", (int)n, cell);
		buf_addf(&all, "%s%.*s", all.len > 0 ? "|" : "", (int)(list == NULL ? n : strlen(list)), list == NULL ? cell : list);
	}
	const char *heard = all.len > 0 ? as_heard(c, buf_str(&all)) : NULL;
	buf_fini(&all);
	return heard;
}

static bool calls_for_help(const char *kind)
{
	for (unsigned i = 0; render_event(i) != NULL; i++)
		if (strncmp(kind, "emergency.", 10) == 0 && strcmp(render_event(i), kind) == 0)
			return true;
	return false;
}

void catalog_load_emergency(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "word", "call", "kind", "unless" };
	const struct csv *t = c->csv[T_EMERGENCY];
	int at[4];
	rules_defaults(&c->rules);
	if (!cell_columns(t, name, at, 4, f))
		return;
	c->rules.emergencies = 0;
	for (size_t r = 0; r < csv_rows(t); r++) {
		const char *word = csv_cell(t, r, at[0]), *call = csv_cell(t, r, at[1]), *kind = csv_cell(t, r, at[2]);
		if (*word == '<' && *call == '\0')
			continue;
		if (*word == '\0' || *call == '\0' || !calls_for_help(kind))
			faults_add(f, csv_path(t), csv_line(t, r), "needs a word, a number to call and a kind such as emergency.fire");
		else if (c->rules.emergencies == RULE_WORDS_MAX)
			faults_add(f, csv_path(t), csv_line(t, r), "is one word too many; at most %d", RULE_WORDS_MAX);
		else
			c->rules.emergency[c->rules.emergencies++] = (struct rule_word){ as_heard(c, word), call, kind,
				words_of(c, t, r, csv_cell(t, r, at[3]), f), words_of(c, t, r, cell_optional(t, r, "only"), f) };
	}
	if (c->rules.emergencies == 0)
		faults_add(f, csv_path(t), 0, "has no word that raises the alarm");
}

void catalog_load_rules(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "key", "value" };
	const struct csv *t = c->csv[T_RULES];
	int at[2];
	if (!cell_columns(t, name, at, 2, f))
		return;
	for (size_t r = 0; r < csv_rows(t); r++) {
		const char *key = csv_cell(t, r, at[0]), *value = csv_cell(t, r, at[1]);
		int rc = loop_rules_set(&c->loop, key, value);
		const struct loop_key *k = NULL;
		size_t first = 0;
		while (strcmp(csv_cell(t, first, at[0]), key) != 0)
			first++;
		for (size_t i = 0; rc == E_RANGE && (k = loop_key(i)) != NULL && strcmp(k->name, key) != 0; i++)
			;
		if (rc == E_NOTFOUND)
			faults_add(f, csv_path(t), csv_line(t, r), "there is no rule '%s'", key);
		else if (first < r)
			faults_add(f, csv_path(t), csv_line(t, r), "rule '%s' is given twice", key);
		else if (k != NULL && k->clock)
			faults_add(f, csv_path(t), csv_line(t, r), "%s: '%s' is no time of the day; 21:00 would be right", key, value);
		else if (k != NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "%s: '%s' is no number from %u to %u", key, value, k->min, k->max);
	}
	if (c->loop.work_from >= c->loop.work_to)
		faults_add(f, csv_path(t), 0, "work_from is not before work_to; 09:00 and 17:30 would be right");
}
