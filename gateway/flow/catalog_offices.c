/* departments.csv, hotlines.csv and regions.csv: who there is. */
#include "gateway/flow/catalog_internal.h"

#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/model/address.h"

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

void catalog_load_departments(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "code", "name", "name_en", "phone" };
	const struct csv *t = c->csv[T_DEPARTMENTS];
	int at[4];
	if (!cell_columns(t, name, at, 4, f))
		return;
	c->department = mem_array(struct department, csv_rows(t) + 1);
	for (size_t r = 0; r < csv_rows(t); r++) {
		struct department d = { .code = csv_cell(t, r, at[0]), .name = csv_cell(t, r, at[1]), .name_en = csv_cell(t, r, at[2]),
			.phone = csv_cell(t, r, at[3]) };
		if (!liaison_read(c, cell_optional(t, r, "liaison"), &d))
			faults_add(f, csv_path(t), csv_line(t, r), "liaison '%s': a mobile number such as 13800138000 would be right",
				cell_optional(t, r, "liaison"));
		else if (!catalog_hours_read(cell_optional(t, r, "hours"), &d))
			faults_add(f, csv_path(t), csv_line(t, r), "hours '%s': 08:30-17:30 or 24h would be right",
				cell_optional(t, r, "hours"));
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

static bool hotline_valid_too(const struct catalog *c, const struct hotline *h)
{
	for (const struct hotline *o = c->hotline; o < c->hotline + c->hotlines; o++)
		if (strcmp(o->number, h->number) == 0 && (o->to == 0 || h->from < o->to) && (h->to == 0 || o->from < h->to))
			return true;
	return false;
}

void catalog_load_hotlines(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "number", "name", "department", "mode" };
	static const char *const modes[] = { [HOTLINE_MERGED] = "merged", [HOTLINE_PARALLEL] = "parallel", [HOTLINE_SUBCENTRE] = "subcentre" };
	const struct csv *t = c->csv[T_HOTLINES];
	int at[4];
	if (!cell_columns(t, name, at, 4, f))
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
		else if (cell_yes_or_no(t, r, "experts", &h.experts, f) && cell_day(t, r, "valid_from", false, &h.from, f) &&
			cell_day(t, r, "valid_to", true, &h.to, f)) {
			if (hotline_valid_too(c, &h))
				faults_add(f, csv_path(t), csv_line(t, r), "number '%s' is given twice for the same days", h.number);
			c->hotline[c->hotlines++] = h;
		}
	}
}

void catalog_load_regions(struct catalog *c, struct faults *f)
{
	static const char *const name[] = { "code", "name", "name_en", "alliance", "phone" };
	const struct csv *t = c->csv[T_REGIONS];
	int at[5];
	if (!cell_columns(t, name, at, 5, f))
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
