/* Who is here: colleagues as everybody sees them, and whether one is on duty oneself. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/shape.h"
#include "gateway/flow/assign.h"
#include "gateway/store/event.h"
#include "gateway/store/staff.h"

static const char *const DUTY[DUTIES] = { "off", "on", "away" };

const char *duty_name(unsigned duty)
{
	return DUTY[duty % DUTIES];
}

/* --- who is here --- */

static json_t *colleague_json(struct tx *tx, const struct staff_row *s, int *rc)
{
	int64_t open = 0;
	*rc = staff_load(tx, s->name, &open);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:i, s:s, s:b}", "name", s->name, "display", s->display, "role",
		role_name((enum role)s->role), "department", s->department, "duty", DUTY[s->duty % DUTIES], "duty_at",
		shape_time(s->duty_at), "open", (json_int_t)open, "capacity", s->capacity ? (int)s->capacity : STAFF_CAPACITY, "skills",
		s->skills, "online", 0);
	must(o != NULL);
	return o;
}

int api_colleagues(struct call *c, struct tx *tx, struct err *e)
{
	struct staff_row *s;
	size_t n;
	const char *own = who_department(&c->who);
	int rc = staff_list(tx, &s, &n);
	json_t *items = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (!s[i].disabled && s[i].role < ROLE_SYSTEM && (own == NULL || strcmp(own, s[i].department) == 0))
			must(json_array_append_new(items, colleague_json(tx, &s[i], &rc)) == 0);
	call_list(c, items, 0);
	return rc < 0 ? err_set(e, rc, "staff could not be read") : 0;
}

/* Who has the console open is known on the loop. */
void api_colleagues_after(struct call *c)
{
	size_t i;
	json_t *o;
	json_array_foreach(json_object_get(c->answer, "items"), i, o) {
		bool online = live_is_here(c->console->live, json_string_value(json_object_get(o, "name")));
		must(json_object_set_new(o, "online", json_boolean(online)) == 0);
	}
}

/* --- duty --- */

static int duty_find(const char *name)
{
	for (int i = 0; name != NULL && i < DUTIES; i++)
		if (strcmp(DUTY[i], name) == 0)
			return i;
	return -1;
}

static int duty_set(struct tx *tx, const struct call *c, unsigned duty, struct err *e)
{
	struct staff_row s;
	int rc = staff_get(tx, c->who.name, &s);
	if (rc == 0 && s.duty != duty) {
		s.duty = duty;
		s.duty_at = tx_now(tx);
		rc = staff_put(tx, &s);
		json_t *data = json_pack("{s:s}", "duty", DUTY[duty]);
		char *text = json_dumps(data, JSON_COMPACT);
		rc = rc < 0 ? rc : event_append(tx, 0, "duty", c->who.name, text);
		free(text);
		json_decref(data);
	}
	return rc < 0 ? err_set(e, rc, "your duty could not be stored") : 0;
}

/* {"duty":"on"|"away"|"off","hand_over":"NAME" or ""}: at the end of a shift what is open goes to somebody. It goes by
 * parts: while "more" is true, ask again. */
int api_duty(struct call *c, struct tx *tx, struct err *e)
{
	const char *name, *to, *note;
	unsigned moved = 0;
	bool more = false;
	int rc = call_string(c, "duty", &name, e);
	if (rc < 0 || (rc = call_string(c, "hand_over", &to, e)) < 0 || (rc = call_string(c, "note", &note, e)) < 0)
		return rc;
	int duty = duty_find(name);
	if (duty < 0)
		return err_set(e, E_RANGE, "duty: on, away or off");
	if (to != NULL && duty != DUTY_OFF)
		return err_set(e, E_RANGE, "hand_over: goes with duty off");
	if ((rc = duty_set(tx, c, (unsigned)duty, e)) < 0 ||
		(to != NULL && (rc = assign_hand_over(tx, c->who.name, to, c->who.name, note, &moved, &more, e)) < 0))
		return rc;
	c->who.duty = (unsigned)duty;
	c->answer = json_pack("{s:s, s:i, s:b}", "duty", DUTY[duty], "moved", (int)moved, "more", (int)more);
	must(c->answer != NULL);
	return 0;
}

void api_duty_after(struct call *c)
{
	live_duty(c->console->live, c->who.name, c->who.duty);
}
