#include "gateway/flow/catalog.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/csv.h"
#include "gateway/base/mem.h"
#include "gateway/model/address.h"
#include "gateway/model/fold.h"
#include "gateway/model/suggest.h"

enum table { T_DEPARTMENTS, T_CATEGORIES, T_CALENDAR, T_HOTLINES, T_EMERGENCY, T_SUGGEST, T_RULES, T_REGIONS, TABLES };
static const char *const table_file[TABLES] = { "departments.csv", "categories.csv", "calendar.csv", "hotlines.csv",
	"emergency.csv", "suggest.csv", "rules.csv", "regions.csv" };

/* Columns that a table may do without. */
static const char *const table_optional[TABLES][5] = { [T_DEPARTMENTS] = { "hours", "liaison" }, [T_EMERGENCY] = { "only" },
	[T_CATEGORIES] = { "priority", "immediate", "unrated", "followup" }, [T_HOTLINES] = { "experts", "valid_from", "valid_to" } };

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

/* Column numbers by name; a missing one is a fault and -1. */
static bool columns(const struct csv *t, const char *const *name, int *at, size_t n, struct faults *f)
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

static bool number(const struct csv *t, size_t row, int col, long long min, long long max, unsigned *out,
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

/* "08:30-17:00", "24h", or nothing: the calendar's hours. */
static bool hours_read(const char *s, struct department *d)
{
	unsigned h1, m1, h2, m2;
	char rest;
	if (strcmp(s, "24h") == 0)
		d->always = true;
	else if (*s != '\0') {
		if (sscanf(s, "%2u:%2u-%2u:%2u%c", &h1, &m1, &h2, &m2, &rest) != 4 || h1 > 23 || h2 > 24 || m1 > 59 || m2 > 59 ||
			h1 * 60 + m1 >= h2 * 60 + m2)
			return false;
		d->open_minute = (int)(h1 * 60 + m1);
		d->close_minute = (int)(h2 * 60 + m2);
	}
	return true;
}

/* A column that older tables do not have. */
static const char *optional(const struct csv *t, size_t row, const char *name)
{
	int col = csv_column(t, name);
	return col < 0 ? "" : csv_cell(t, row, col);
}

/* One form, the one the channel knows the officer by. */
static bool liaison_read(struct catalog *c, const char *s, struct department *d)
{
	char phone[MSG_PEER_MAX];
	d->liaison = "";
	if (*s == '\0')
		return true;
	if (!address_phone(s, phone) || *phone != '+')
		return false;
	d->liaison = arena_strdup(c->words, phone);
	return true;
}

static void load_departments(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "code", "name", "name_en", "phone" };
	const struct csv *t = c->csv[T_DEPARTMENTS];
	int at[4];
	if (!columns(t, name, at, 4, f))
		return;
	c->department = mem_array(struct department, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct department d = { .code = csv_cell(t, r, at[0]), .name = csv_cell(t, r, at[1]), .name_en = csv_cell(t, r, at[2]),
			.phone = csv_cell(t, r, at[3]) };
		if (!liaison_read(c, optional(t, r, "liaison"), &d))
			faults_add(f, csv_path(t), csv_line(t, r), "liaison '%s': a mobile number such as 13800138000 would be right",
				optional(t, r, "liaison"));
		else if (!hours_read(optional(t, r, "hours"), &d))
			faults_add(f, csv_path(t), csv_line(t, r), "hours '%s': 08:30-17:30 or 24h would be right",
				optional(t, r, "hours"));
		else if (strchr(d.code, ',') != NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "code '%s' holds a comma", d.code);
		else if (*d.code == '\0' || *d.name == '\0')
			faults_add(f, csv_path(t), csv_line(t, r), "a department needs a code and a name");
		else if (catalog_department(c, d.code) != NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "code '%s' is given twice", d.code);
		else
			c->department[c->departments++] = d;
	}
}

static bool nature_known(const struct csv *t, size_t r, const char *s, struct faults *f)
{
	static const char *const nature[] = { "", "咨询", "求助", "投诉", "举报", "建议" };
	for (size_t i = 0; i < sizeof nature / sizeof *nature; i++)
		if (strcmp(nature[i], s) == 0)
			return true;
	faults_add(f, csv_path(t), csv_line(t, r), "'%s' is no nature; 咨询, 求助, 投诉, 举报 or 建议 would be right", s);
	return false;
}

static bool yes_or_no(const struct csv *t, size_t r, const char *name, bool *out, struct faults *f)
{
	const char *s = optional(t, r, name);
	*out = strcmp(s, "yes") == 0;
	if (*out || *s == '\0' || strcmp(s, "no") == 0)
		return true;
	faults_add(f, csv_path(t), csv_line(t, r), "%s '%s': yes, no or nothing would be right", name, s);
	return false;
}

/* What the loop knows of a category: columns that older tables do not have. */
static bool category_more(const struct csv *t, size_t r, struct category *g, struct faults *f)
{
	const char *class = optional(t, r, "priority"), *hours = optional(t, r, "followup");
	int priority = *class ? priority_find(class) : PRIORITY_NORMAL;
	g->followup = 0;
	if (priority < 0) {
		faults_add(f, csv_path(t), csv_line(t, r), "priority '%s' is not urgent, livelihood, normal, complex or enquiry", class);
		return false;
	}
	g->priority = (unsigned)priority;
	return yes_or_no(t, r, "immediate", &g->immediate, f) && yes_or_no(t, r, "unrated", &g->unrated, f) &&
		(*hours == '\0' || number(t, r, csv_column(t, "followup"), 0, 720, &g->followup, f));
}

static void load_categories(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "code", "name", "nature", "department", "hours", "days" };
	const struct csv *t = c->csv[T_CATEGORIES];
	int at[6];
	if (!columns(t, name, at, 6, f))
		return;
	c->category = mem_array(struct category, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct category g = { .code = csv_cell(t, r, at[0]), .name = csv_cell(t, r, at[1]), .nature = csv_cell(t, r, at[2]),
			.department = csv_cell(t, r, at[3]) };
		bool hours = *csv_cell(t, r, at[4]) != '\0', days = *csv_cell(t, r, at[5]) != '\0';
		if (hours == days)
			faults_add(f, csv_path(t), csv_line(t, r), "give either hours (wall time) or days (working days)");
		else if (!(hours ? number(t, r, at[4], 1, 2000, &g.hours, f) : number(t, r, at[5], 1, 365, &g.days, f)))
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

static int by_day(const void *a, const void *b)
{
	const struct calendar_day *x = a, *y = b;
	return (x->day > y->day) - (x->day < y->day);
}

static bool day_contradicts(const struct calendar *c, int day, bool working)
{
	for (size_t i = 0; i < c->days; i++)
		if (c->day[i].day == day && c->day[i].working != working)
			return true;
	return false;
}

static void load_calendar(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "day", "kind" };
	const struct csv *t = c->csv[T_CALENDAR];
	int at[2];
	if (!columns(t, name, at, 2, f))
		return;
	c->calendar.day = mem_array(struct calendar_day, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		int64_t time;
		const char *day = csv_cell(t, r, at[0]), *kind = csv_cell(t, r, at[1]);
		bool work = strcmp(kind, "work") == 0;
		if (strlen(day) != strlen("2026-10-01") || clock_parse(day, &time) < 0)
			faults_add(f, csv_path(t), csv_line(t, r), "'%s' is no day; 2026-10-01 would be right", day);
		else if (!work && strcmp(kind, "rest") != 0)
			faults_add(f, csv_path(t), csv_line(t, r), "'%s' is neither 'work' (a make-up day) nor 'rest' (a holiday)", kind);
		else if (day_contradicts(&c->calendar, clock_day(time), work))
			faults_add(f, csv_path(t), csv_line(t, r), "%s is '%s' further up", day, work ? "rest" : "work");
		else
			c->calendar.day[c->calendar.days++] = (struct calendar_day){ clock_day(time), work };
	}
	qsort(c->calendar.day, c->calendar.days, sizeof *c->calendar.day, by_day);
}

/* A day, or nothing; *at is left alone then. end: the day itself still counts. */
static bool day_cell(const struct csv *t, size_t r, const char *name, bool end, int64_t *at, struct faults *f)
{
	const char *s = optional(t, r, name);
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

static bool hotline_valid_too(const struct catalog *c, const struct hotline *h)
{
	for (const struct hotline *o = c->hotline; o < c->hotline + c->hotlines; o++)
		if (strcmp(o->number, h->number) == 0 && (o->to == 0 || h->from < o->to) && (h->to == 0 || o->from < h->to))
			return true;
	return false;
}

static void load_hotlines(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "number", "name", "department", "mode" };
	static const char *const modes[] = { [HOTLINE_MERGED] = "merged", [HOTLINE_PARALLEL] = "parallel", [HOTLINE_SUBCENTRE] = "subcentre" };
	const struct csv *t = c->csv[T_HOTLINES];
	int at[4];
	if (!columns(t, name, at, 4, f))
		return;
	c->hotline = mem_array(struct hotline, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct hotline h = { .number = csv_cell(t, r, at[0]), .name = csv_cell(t, r, at[1]), .department = csv_cell(t, r, at[2]) };
		const char *mode = csv_cell(t, r, at[3]);
		unsigned m = 0;
		while (m < 3 && strcmp(mode, modes[m]) != 0)
			m++;
		h.mode = (enum hotline_mode)m;
		if (m == 3)
			faults_add(f, csv_path(t), csv_line(t, r), "mode '%s' is not merged, parallel or subcentre", mode);
		else if (catalog_department(c, h.department) == NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "department '%s' is not in departments.csv", h.department);
		else if (*h.number == '\0' || strspn(h.number, "0123456789") != strlen(h.number))
			faults_add(f, csv_path(t), csv_line(t, r), "number '%s': digits only, such as 12320", h.number);
		else if (yes_or_no(t, r, "experts", &h.experts, f) && day_cell(t, r, "valid_from", false, &h.from, f) &&
			day_cell(t, r, "valid_to", true, &h.to, f)) {
			if (hotline_valid_too(c, &h))
				faults_add(f, csv_path(t), csv_line(t, r), "number '%s' is given twice for the same days", h.number);
			c->hotline[c->hotlines++] = h;
		}
	}
}

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

static void load_emergency(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "word", "call", "kind", "unless" };
	const struct csv *t = c->csv[T_EMERGENCY];
	int at[4];
	rules_defaults(&c->rules);
	if (!columns(t, name, at, 4, f))
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
				words_of(c, t, r, csv_cell(t, r, at[3]), f), words_of(c, t, r, optional(t, r, "only"), f) };
	}
	if (c->rules.emergencies == 0)
		faults_add(f, csv_path(t), 0, "has no word that raises the alarm");
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

static void load_topics(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "topic", "nature", "category", "words" };
	const struct csv *t = c->csv[T_SUGGEST];
	int at[4];
	if (!columns(t, name, at, 4, f))
		return;
	c->topic = mem_array(struct topic_row, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct topic_row p = { csv_cell(t, r, at[0]), csv_cell(t, r, at[1]), csv_cell(t, r, at[2]), csv_cell(t, r, at[3]) };
		if (topic_fits(c, t, r, &p, f))
			c->topic[c->topics++] = p;
	}
}

static void load_regions(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "code", "name", "name_en", "alliance", "phone" };
	const struct csv *t = c->csv[T_REGIONS];
	int at[5];
	if (!columns(t, name, at, 5, f))
		return;
	c->region = mem_array(struct region, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct region g = { csv_cell(t, r, at[0]), csv_cell(t, r, at[1]), csv_cell(t, r, at[2]), csv_cell(t, r, at[3]),
			csv_cell(t, r, at[4]) };
		if (strlen(g.code) != 6 || strspn(g.code, "0123456789") != 6 || *g.name == '\0')
			faults_add(f, csv_path(t), csv_line(t, r), "a region needs a name and six digits (GB/T 2260): 310000 would be right");
		else if (catalog_region(c, g.code) != NULL)
			faults_add(f, csv_path(t), csv_line(t, r), "code '%s' is given twice", g.code);
		else
			c->region[c->regions++] = g;
	}
}

static void load_rules(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "key", "value" };
	const struct csv *t = c->csv[T_RULES];
	int at[2];
	if (!columns(t, name, at, 2, f))
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

struct catalog *catalog_load(const char *tables, const char *templates, struct faults *f)
{
	static void (*const load[TABLES])(struct catalog *, struct faults *) = { load_departments, load_categories,
		load_calendar, load_hotlines, load_emergency, load_topics, load_rules,
		load_regions };
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

void catalog_pace(struct catalog *c, unsigned messages, unsigned minutes)
{
	c->rules.flood_messages = messages;
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

static struct calendar hours_of(const struct catalog *c, const struct department *d)
{
	struct calendar own = c->calendar;
	if (d != NULL && d->close_minute > d->open_minute) {
		own.open_minute = d->open_minute;
		own.close_minute = d->close_minute;
	}
	own.always = d != NULL && d->always;
	return own;
}

struct calendar catalog_hours(const struct catalog *c, const char *department)
{
	return hours_of(c, *department ? catalog_department(c, department) : NULL);
}

bool catalog_hours_written(const struct catalog *c, const char *hours, struct calendar *out)
{
	struct department d = { 0 };
	bool ok = hours_read(hours, &d);
	*out = hours_of(c, ok ? &d : NULL);
	return ok;
}

static const struct category *category_or_default(const struct catalog *c, const char *code)
{
	const struct category *g = catalog_category(c, *code ? code : "default");
	if (g == NULL)
		g = catalog_category(c, "default");
	must(g != NULL);
	return g;
}

int64_t catalog_due_on(const struct catalog *c, const char *category, const struct calendar *hours, int64_t from)
{
	const struct category *g = category_or_default(c, category);
	return g->hours ? calendar_add_hours(from, g->hours) : calendar_add_days(hours, from, g->days);
}

int64_t catalog_due(const struct catalog *c, const char *category, const char *department, int64_t from, bool emergency)
{
	enum { EMERGENCY_HOURS = 2 };
	struct calendar hours = catalog_hours(c, department);
	return emergency ? calendar_add_hours(from, EMERGENCY_HOURS) : catalog_due_on(c, category, &hours, from);
}

bool catalog_due_hours(const struct catalog *c, const char *category, bool emergency)
{
	return emergency || category_or_default(c, category)->hours != 0;
}
