/* Inside the catalog: catalog.c has the snapshot and what is looked up in it; catalog_offices.c, catalog_categories.c, catalog_time.c and
 * catalog_rules.c read the tables, with catalog_cells.c. Nobody else includes this. */
#ifndef XQ_FLOW_CATALOG_INTERNAL_H
#define XQ_FLOW_CATALOG_INTERNAL_H

#include <stdatomic.h>

#include "gateway/base/csv.h"
#include "gateway/flow/catalog.h"

enum table { T_DEPARTMENTS, T_CATEGORIES, T_CALENDAR, T_HOTLINES, T_EMERGENCY, T_SUGGEST, T_RULES, T_REGIONS, TABLES };

struct catalog {
	atomic_uint refs;
	struct csv *csv[TABLES]; /* owns every string below, but */
	struct arena *words;     /* what was made of them */
	struct templates *templates;
	struct department *department;
	struct category *category;
	struct hotline *hotline;
	struct topic_row *topic;
	struct calendar calendar;
	struct rules rules;
	struct region *region;
	struct loop_rules loop;
	size_t departments, categories, hotlines, topics, regions;
};

/* Each adds the faults of its table, which is there. In the order of enum table: a category names a department. */
void catalog_load_departments(struct catalog *, struct faults *);
void catalog_load_categories(struct catalog *, struct faults *);
void catalog_load_calendar(struct catalog *, struct faults *);
void catalog_load_hotlines(struct catalog *, struct faults *);
void catalog_load_emergency(struct catalog *, struct faults *);
void catalog_load_topics(struct catalog *, struct faults *);
void catalog_load_rules(struct catalog *, struct faults *);
void catalog_load_regions(struct catalog *, struct faults *);

/* catalog_time.c: "08:30-17:00", "24h", or nothing: the calendar's hours. false: not understood. */
bool catalog_hours_read(const char *s, struct department *d);

/* --- cells; false: a fault was added --- */
/* Column numbers by name; a missing one is a fault and -1. */
bool cell_columns(const struct csv *, const char *const *name, int *at, size_t n, struct faults *);
/* A column that older tables do not have: "". */
const char *cell_optional(const struct csv *, size_t row, const char *name);
bool cell_number(const struct csv *, size_t row, int col, long long min, long long max, unsigned *out, struct faults *);
/* Nothing is no. */
bool cell_yes_or_no(const struct csv *, size_t row, const char *name, bool *out, struct faults *);
/* A day, or nothing; *at is left alone then. end: the day itself still counts. */
bool cell_day(const struct csv *, size_t row, const char *name, bool end, int64_t *at, struct faults *);

#endif
