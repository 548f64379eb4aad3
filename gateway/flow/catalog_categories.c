/* categories.csv and suggest.csv: what there is to be sorted by, and by which words. */
#include "gateway/flow/catalog_internal.h"

#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/model/suggest.h"

static bool nature_known(const struct csv *t, size_t r, const char *s, struct faults *f)
{
	static const char *const nature[] = { "", "咨询", "求助", "投诉", "举报", "建议" };
	for (size_t i = 0; i < sizeof nature / sizeof *nature; i++)
		if (strcmp(nature[i], s) == 0)
			return true;
	faults_add(f, csv_path(t), csv_line(t, r), "'%s' is no nature; 咨询, 求助, 投诉, 举报 or 建议 would be right", s);
	return false;
}

/* What the loop knows of a category: columns that older tables do not have. */
static bool category_more(const struct csv *t, size_t r, struct category *g, struct faults *f)
{
	const char *class = cell_optional(t, r, "priority"), *hours = cell_optional(t, r, "followup");
	int priority = *class ? priority_find(class) : PRIORITY_NORMAL;
	g->followup = 0;
	if (priority < 0) {
		faults_add(f, csv_path(t), csv_line(t, r), "priority '%s' is not urgent, livelihood, normal, complex or enquiry", class);
		return false;
	}
	g->priority = (unsigned)priority;
	return cell_yes_or_no(t, r, "immediate", &g->immediate, f) && cell_yes_or_no(t, r, "unrated", &g->unrated, f) &&
		(*hours == '\0' || cell_number(t, r, csv_column(t, "followup"), 0, 720, &g->followup, f));
}

void catalog_load_categories(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "code", "name", "nature", "department", "hours", "days" };
	const struct csv *t = c->csv[T_CATEGORIES];
	int at[6];
	if (!cell_columns(t, name, at, 6, f))
		return;
	c->category = mem_array(struct category, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct category g = { .code = csv_cell(t, r, at[0]), .name = csv_cell(t, r, at[1]), .nature = csv_cell(t, r, at[2]),
			.department = csv_cell(t, r, at[3]) };
		bool hours = *csv_cell(t, r, at[4]) != '\0', days = *csv_cell(t, r, at[5]) != '\0';
		if (hours == days)
			faults_add(f, csv_path(t), csv_line(t, r), "give either hours (wall time) or days (working days)");
		else if (!(hours ? cell_number(t, r, at[4], 1, 2000, &g.hours, f) : cell_number(t, r, at[5], 1, 365, &g.days, f)))
			continue;
		if (!category_more(t, r, &g, f) || !nature_known(t, r, g.nature, f))
			continue;
		if (*g.code == '\0')
			faults_add(f, csv_path(t), csv_line(t, r), "a category needs a code");
		else if (catalog_category(c, g.code) != NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "code '%s' is given twice", g.code);
		else if (*g.department != '\0' && catalog_department(c, g.department) == NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "department '%s' is not in departments.csv", g.department);
		else
			c->category[c->categories++] = g;
	}
	if (catalog_category(c, "default") == NULL)
		faults_add(f, csv_path(t), 0, "lacks the row 'default', the deadline of what is not sorted yet");
}

static bool topic_fits(const struct catalog *c, const struct csv *t, size_t r, const struct topic_row *p, struct faults *f)
{
	bool given = *p->name != '\0' && *p->words != '\0';
	for (size_t i = 0; i < c->topics; i++)
		given &= strcmp(c->topic[i].name, p->name) != 0;
	if (!given)
		faults_add(f, csv_path(t), csv_line(t, r), "a topic needs words and a name of its own");
	else if (c->topics == SUGGEST_TOPICS_MAX)
		faults_add(f, csv_path(t), csv_line(t, r), "is one topic too many; at most %d", SUGGEST_TOPICS_MAX);
	else
		return nature_known(t, r, p->nature, f);
	return false;
}

void catalog_load_topics(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "topic", "nature", "category", "words" };
	const struct csv *t = c->csv[T_SUGGEST];
	int at[4];
	if (!cell_columns(t, name, at, 4, f))
		return;
	c->topic = mem_array(struct topic_row, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct topic_row p = { csv_cell(t, r, at[0]), csv_cell(t, r, at[1]), csv_cell(t, r, at[2]), csv_cell(t, r, at[3]) };
		if (topic_fits(c, t, r, &p, f))
			c->topic[c->topics++] = p;
	}
}
