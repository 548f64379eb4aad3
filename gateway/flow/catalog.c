#include "gateway/flow/catalog_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/mem.h"

static const char *const table_file[TABLES] = { "departments.csv", "categories.csv", "calendar.csv", "hotlines.csv",
	"emergency.csv", "suggest.csv", "rules.csv", "regions.csv" };

/* Columns that a table may do without. */
static const char *const table_optional[TABLES][5] = { [T_DEPARTMENTS] = { "hours", "liaison" }, [T_EMERGENCY] = { "only" },
	[T_CATEGORIES] = { "priority", "immediate", "unrated", "followup" }, [T_HOTLINES] = { "experts", "valid_from", "valid_to" } };

struct catalog *catalog_load(const char *tables, const char *templates, struct faults *f)
{
	static void (*const load[TABLES])(struct catalog *, struct faults *) = { catalog_load_departments, catalog_load_categories,
		catalog_load_calendar, catalog_load_hotlines, catalog_load_emergency, catalog_load_topics, catalog_load_rules,
		catalog_load_regions };
	size_t before = f->count;
	struct catalog *c = mem_new(struct catalog);
	atomic_init(&c->refs, 1);
	c->words = arena_create(1024);
	loop_rules_defaults(&c->loop);
	for (size_t i = 0; i < TABLES; i++) {
		char *path = mem_printf("%s/%s", tables, table_file[i]);
		bool missing = (i == T_RULES || i == T_REGIONS) && access(path, F_OK) != 0; /* a city that upgrades has none yet */
		if ((c->csv[i] = missing ? NULL : csv_load(path, f)) != NULL) {
			csv_misspelt(c->csv[i], table_optional[i], f);
			load[i](c, f);
		}
		free(path);
	}
	c->calendar.open_minute = (int)c->loop.work_from;
	c->calendar.close_minute = (int)c->loop.work_to;
	c->templates = templates_load(templates, f);
	if (f->count > before)
		catalog_unref(&c);
	return c;
}

void catalog_pace(struct catalog *c, unsigned messages, unsigned minutes, unsigned visitors)
{
	c->rules.flood_messages = messages;
	c->rules.flood_visitors = visitors;
	c->rules.flood_window_ms = (int64_t)minutes * 60 * 1000;
}

struct catalog *catalog_ref(struct catalog *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void catalog_unref(struct catalog **cp)
{
	struct catalog *c = *cp;
	*cp = NULL;
	if (c == NULL || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < TABLES; i++)
		csv_destroy(&c->csv[i]);
	templates_destroy(&c->templates);
	arena_destroy(&c->words);
	free(c->department);
	free(c->category);
	free(c->hotline);
	free(c->topic);
	free(c->region);
	free(c->calendar.day);
	free(c);
}

const struct templates *catalog_templates(const struct catalog *c) { return c->templates; }
const struct rules *catalog_rules(const struct catalog *c) { return &c->rules; }
const struct calendar *catalog_calendar(const struct catalog *c) { return &c->calendar; }

const struct department *catalog_department(const struct catalog *c, const char *code)
{
	for (size_t i = 0; i < c->departments; i++)
		if (strcmp(c->department[i].code, code) == 0)
			return &c->department[i];
	return NULL;
}

const struct department *catalog_department_at(const struct catalog *c, size_t i)
{
	return i < c->departments ? &c->department[i] : NULL;
}

const struct category *catalog_category(const struct catalog *c, const char *code)
{
	for (size_t i = 0; i < c->categories; i++)
		if (strcmp(c->category[i].code, code) == 0)
			return &c->category[i];
	return NULL;
}

const struct category *catalog_category_at(const struct catalog *c, size_t i)
{
	return i < c->categories ? &c->category[i] : NULL;
}

const struct hotline *catalog_hotline_at(const struct catalog *c, size_t i)
{
	return i < c->hotlines ? &c->hotline[i] : NULL;
}

const struct topic_row *catalog_topic_at(const struct catalog *c, size_t i)
{
	return i < c->topics ? &c->topic[i] : NULL;
}

const struct region *catalog_region(const struct catalog *c, const char *code)
{
	for (size_t i = 0; i < c->regions; i++)
		if (strcmp(c->region[i].code, code) == 0)
			return &c->region[i];
	return NULL;
}

const struct region *catalog_region_at(const struct catalog *c, size_t i)
{
	return i < c->regions ? &c->region[i] : NULL;
}

const struct loop_rules *catalog_loop(const struct catalog *c) { return &c->loop; }
