/* What staff can change without a restart, as one immutable snapshot: templates, departments, categories, hotlines,
 * calendar and the decision's rules. SIGHUP loads a new one; it replaces the old only when it has no fault. A job keeps
 * the snapshot it began with.
 * Thread: references are counted atomically; the content is read-only. */
#ifndef XQ_FLOW_CATALOG_H
#define XQ_FLOW_CATALOG_H

#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/flow/render.h"
#include "gateway/model/calendar.h"
#include "gateway/model/loop.h"
#include "gateway/model/ticket.h"

struct department {
	const char *code, *name, *name_en, *phone;
	int open_minute, close_minute; /* its business hours; open = close: the calendar's */
	bool always;                   /* works day and night */
	const char *liaison;           /* its officer's telephone as +86…, or "" */
};
struct category {
	const char *code, *name, *nature, *department;
	unsigned hours, days;     /* one of the two is set */
	unsigned priority;        /* enum priority */
	bool immediate;           /* 即时转办: law enforcement, complaints about officials */
	bool unrated;             /* mediation, law enforcement: asked, but not in the satisfaction rate */
	unsigned followup;        /* hours from closing to the question; 0: with the closing */
};
struct region { const char *code, *name, *name_en, *alliance, *phone; }; /* 区域联动 */
enum hotline_mode { HOTLINE_MERGED, HOTLINE_PARALLEL, HOTLINE_SUBCENTRE };
struct hotline {
	const char *number, *name, *department;
	enum hotline_mode mode;
	bool experts;             /* has expert seats: staff whose skills name the number */
	int64_t from, to;         /* valid from this moment until before that one; to 0: no end */
};
struct topic_row { const char *name, *nature, *category, *words; }; /* of suggest.csv; words: '|' between. A
 * category that the city's own table does not have only makes the row a topic without an example. */

struct catalog;
/* tables: the folder of departments.csv, categories.csv, calendar.csv, hotlines.csv, emergency.csv, suggest.csv, and,
 * where they are, rules.csv and regions.csv; templates: the folder of the languages. Adds every fault; NULL when there was one. One
 * reference is the caller's. */
struct catalog *catalog_load(const char *tables, const char *templates, struct faults *f);
/* How fast one sender may write before it is a flood; before the catalog is shared. */
void catalog_pace(struct catalog *, unsigned messages, unsigned minutes, unsigned visitors);
struct catalog *catalog_ref(struct catalog *);
void catalog_unref(struct catalog **);

const struct templates *catalog_templates(const struct catalog *);
const struct rules *catalog_rules(const struct catalog *);
const struct calendar *catalog_calendar(const struct catalog *);
const struct department *catalog_department(const struct catalog *, const char *code); /* NULL */
const struct department *catalog_department_at(const struct catalog *, size_t i);      /* NULL past the last */
const struct category *catalog_category(const struct catalog *, const char *code);
const struct category *catalog_category_at(const struct catalog *, size_t i);
const struct hotline *catalog_hotline_at(const struct catalog *, size_t i);
const struct topic_row *catalog_topic_at(const struct catalog *, size_t i);            /* NULL past the last */
const struct region *catalog_region(const struct catalog *, const char *code);         /* NULL */
const struct region *catalog_region_at(const struct catalog *, size_t i);              /* NULL past the last */
const struct loop_rules *catalog_loop(const struct catalog *);
/* The calendar with a department's own hours; of "" or an unknown one the common hours. Its days are borrowed. */
struct calendar catalog_hours(const struct catalog *, const char *department);
/* The calendar with hours as the table writes them: "08:30-17:30", "24h", "" for the common ones. false: not understood. */
bool catalog_hours_written(const struct catalog *, const char *hours, struct calendar *);
/* When a ticket of this category (or "", the default row) is due, on the hours of this department (or ""). */
int64_t catalog_due(const struct catalog *, const char *category, const char *department, int64_t from, bool emergency);
/* The same on any hours; not of an emergency. */
int64_t catalog_due_on(const struct catalog *, const char *category, const struct calendar *hours, int64_t from);
/* Does that deadline count wall time, nights and holidays too? */
bool catalog_due_hours(const struct catalog *, const char *category, bool emergency);

#endif
