/* POST /console/api/deadline: what business hours mean for a ticket, before they are saved. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"

enum { HOUR_MS = 3600 * 1000 };

static int at_read(const struct call *c, struct tx *tx, int64_t *at, struct err *e)
{
	const char *text;
	int rc = call_string(c, "at", &text, e);
	*at = tx_now(tx);
	if (rc == 0 && text != NULL && clock_parse(text, at) < 0)
		rc = err_set(e, E_RANGE, "at: a time is wanted, 2026-10-01T09:00:00+08:00");
	return rc;
}

static const char *common_hours(const struct call *c)
{
	const struct calendar *k = catalog_calendar(c->catalog);
	return arena_printf(c->arena, "%02d:%02d-%02d:%02d", k->open_minute / 60, k->open_minute % 60, k->close_minute / 60,
		k->close_minute % 60);
}

/* {"hours","category","at"}: hours as departments.csv writes them. */
int api_deadline(struct call *c, struct tx *tx, struct err *e)
{
	const char *hours, *category;
	struct calendar k;
	int64_t at;
	int rc = call_string(c, "hours", &hours, e);
	if (rc < 0 || (rc = call_string(c, "category", &category, e)) < 0 || (rc = at_read(c, tx, &at, e)) < 0)
		return rc;
	if (!catalog_hours_written(c->catalog, hours ? hours : "", &k))
		return err_rule(e, E_RANGE, "hours", "hours '%.20s': 08:30-17:30 or 24h would be right", hours);
	category = category ? category : "";
	bool wall = catalog_due_hours(c->catalog, category, false);
	int64_t due = catalog_due_on(c->catalog, category, &k, at);
	const struct loop_rules *rules = catalog_loop(c->catalog);
	c->answer = json_pack("{s:s, s:b, s:o, s:o, s:o, s:o}", "common", common_hours(c), "wall", (int)wall, "half_at",
		shape_time(remind_at(REMIND_HALF, rules, &k, wall, at, due)), "near_at",
		shape_time(remind_at(REMIND_NEAR, rules, &k, wall, at, due)), "due_at", shape_time(due), "return_until",
		shape_time(calendar_add_worked(&k, at, (int64_t)rules->return_hours * HOUR_MS)));
	must(c->answer != NULL);
	return 0;
}
