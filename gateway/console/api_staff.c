/* Staff as administrators see and change them. */
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/shape.h"
#include "gateway/console/tries.h"
#include "gateway/flow/hotline.h"
#include "gateway/model/assign.h"
#include "gateway/store/event.h"
#include "gateway/store/login_try.h"
#include "gateway/store/session.h"
#include "gateway/store/staff.h"

enum { SKILLS_LONGEST = 1000, CAPACITY_MOST = 200 };

/* A hash of what administrators edit: whoever saves says by it what they saw. */
static void staff_version(const struct staff_row *s, char version[HEX_SHA256])
{
	uint8_t hash[SHA256_LEN];
	json_t *o = json_pack("[s, s, s, i, i, b]", s->display, s->department, s->skills, (int)s->role, (int)s->capacity, (int)s->disabled);
	char *text = json_dumps(o, JSON_COMPACT);
	must(text != NULL);
	crypto_sha256(text, strlen(text), hash);
	crypto_hex(hash, sizeof hash, version);
	free(text);
	json_decref(o);
}

static json_t *staff_json(struct tx *tx, const struct staff_row *s)
{
	int64_t logins = 0;
	bool shut = false;
	char version[HEX_SHA256];
	(void)session_count(tx, s->name, &logins);
	(void)tries_shut(tx, s->name, &shut);
	staff_version(s, version);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:b, s:b, s:I, s:o, s:s}", "name", s->name, "display",
		s->display, "role", role_name((enum role)s->role), "department", s->department, "skills", s->skills, "capacity", (int)s->capacity, "disabled",
		(int)s->disabled, "totp", *s->totp != '\0', "locked", s->locked_until > tx_now(tx), "tried", (int)shut,
		"logins", (json_int_t)logins, "created_at", shape_time(s->created_at), "version", version);
	must(o != NULL);
	return o;
}

int api_staff_list(struct call *c, struct tx *tx, struct err *e)
{
	struct staff_row *s;
	size_t n;
	int rc = staff_list(tx, &s, &n);
	if (rc < 0)
		return err_set(e, rc, "staff could not be read");
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++)
		if (s[i].role < ROLE_SYSTEM)
			must(json_array_append_new(items, staff_json(tx, &s[i])) == 0);
	call_list(c, items, 0);
	return 0;
}

/* What the account has already is not asked for again: a category leaves the tables, and a hotline's experts the desk, by themselves. */
static int skills_check(const struct call *c, const char *skills, const char *had, struct err *e)
{
	char code[100];
	while (*skills) {
		skills += strspn(skills, " ,");
		size_t n = strcspn(skills, " ,");
		if (n == 0)
			break;
		if (n >= sizeof code)
			return err_set(e, E_RANGE, "skills: a code is too long");
		memcpy(code, skills, n);
		code[n] = '\0';
		const struct hotline *h = hotline_find(c->catalog, code, clock_now());
		if (catalog_category(c->catalog, code) == NULL && (h == NULL || !h->experts) && !assign_skilled(had, code))
			return err_rule(e, E_RANGE, "skill", "skills: '%s' is neither a category of categories.csv nor a hotline with experts", code);
		skills += n;
	}
	return 0;
}

static int texts_read(struct call *c, struct staff_row *s, struct err *e)
{
	const struct { const char *name; const char **to; size_t most; } text[] = {
		{ "display", &s->display, STAFF_DISPLAY_LONGEST }, { "department", &s->department, STAFF_NAME_LONGEST },
		{ "skills", &s->skills, SKILLS_LONGEST },
	};
	const char *had = s->skills;
	for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
		const char *v;
		int rc = call_string(c, text[i].name, &v, e);
		if (rc < 0)
			return rc;
		if (v != NULL && strlen(v) > text[i].most)
			return err_rule(e, E_RANGE, "too-long", "%s: too long", text[i].name);
		if (v != NULL)
			*text[i].to = v;
	}
	return skills_check(c, s->skills, had, e);
}

/* was: as above, a department that has left the tables and stays binds nobody. */
static int role_read(struct call *c, const struct staff_row *was, struct staff_row *s, struct err *e)
{
	const char *role;
	int rc = call_string(c, "role", &role, e);
	if (rc < 0)
		return rc;
	int r = role ? role_find(role) : (int)s->role;
	if (r < 0 || r >= ROLE_SYSTEM)
		return err_set(e, E_RANGE, "role: agent, department, supervisor or admin");
	s->role = (unsigned)r;
	bool stays = was->created_at && was->role == s->role && strcmp(was->department, s->department) == 0;
	if (s->role != ROLE_DEPARTMENT)
		s->department = "";
	else if (!stays && catalog_department(c->catalog, s->department) == NULL)
		return err_rule(e, E_RANGE, "department-wanted", "department: a department's staff needs one; codes are in departments.csv");
	return 0;
}

static int switches_read(struct call *c, struct staff_row *s, struct err *e)
{
	json_t *disabled = json_object_get(c->body, "disabled");
	int64_t capacity;
	int rc = call_integer(c, "capacity", s->capacity, &capacity, e);
	if (rc < 0)
		return rc;
	if (capacity < 0 || capacity > CAPACITY_MOST)
		return err_rule(e, E_RANGE, "capacity", "capacity: 0 (the usual number) to %d", CAPACITY_MOST);
	s->capacity = (unsigned)capacity;
	if (json_is_boolean(disabled))
		s->disabled = json_is_true(disabled);
	if (json_is_false(json_object_get(c->body, "totp")))
		s->totp = "";
	if (json_is_true(json_object_get(c->body, "unlock")))
		s->locked_until = 0, s->failures = 0;
	if (*c->hash)
		s->password = c->hash;
	return 0;
}

static int staff_event(struct tx *tx, const struct call *c, const struct staff_row *was, const struct staff_row *s)
{
	json_t *data = json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:b}", "staff", s->name, "role", role_name((enum role)s->role),
		"department", s->department, "skills", s->skills, "capacity", (int)s->capacity, "disabled", (int)s->disabled,
		"password", strcmp(was->password, s->password) != 0, "totp", *s->totp != '\0');
	char *text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	int rc = event_append(tx, 0, was->created_at ? "staff-changed" : "staff-added", c->who.name, text);
	free(text);
	json_decref(data);
	return rc;
}

/* "version": the account as it was seen, "" for one that was not there; absent: whatever it is. was NULL: it is not there. */
static int seen_check(struct call *c, const struct staff_row *was, struct err *e)
{
	const char *seen;
	char version[HEX_SHA256] = "";
	int rc = call_string(c, "version", &seen, e);
	if (rc < 0)
		return rc;
	if (was)
		staff_version(was, version);
	if (seen == NULL || strcmp(seen, version) == 0)
		return 0;
	return *seen ? err_rule(e, E_CONFLICT, "changed", "somebody changed the account meanwhile") :
		err_rule(e, E_EXISTS, "exists", "name: there is an account of this name already");
}

/* What opens a door, or shuts one, of an account: whoever's it is, a session somebody left open does not do it. */
static int doors_check(const struct call *c, struct tx *tx, const struct staff_row *was, const struct staff_row *s, struct err *e)
{
	const json_t *b = c->body;
	bool door = was->created_at == 0 || *c->hash || json_is_false(json_object_get(b, "totp")) || json_is_true(json_object_get(b, "unlock")) ||
		s->role != was->role || s->disabled != was->disabled || strcmp(s->department, was->department) != 0;
	return door ? who_fresh(&c->who, tx_now(tx), e) : 0;
}

/* Who is let in again, or has another password, is not kept out by wrong ones from before. */
static int tries_over(const struct call *c, struct tx *tx, const char *name)
{
	bool over = *c->hash || json_is_true(json_object_get(c->body, "unlock"));
	return over ? login_try_forget(tx, name) : 0;
}

/* Inserts or changes; members that are absent stay. Whoever may do less afterwards, or has another password, is out at once; of
 * one's own logins, this one stays. */
int api_staff_put(struct call *c, struct tx *tx, struct err *e)
{
	const char *name;
	int rc = call_string(c, "name", &name, e);
	if (rc < 0)
		return rc;
	if (name == NULL || !staff_name_valid(name))
		return err_rule(e, E_RANGE, "staff-name", "name: 1 to %d letters, digits, dots, dashes", STAFF_NAME_LONGEST);
	struct staff_row was = { .password = "" }, s;
	rc = staff_get(tx, name, &s);
	if (rc == 0)
		was = s;
	else if (rc == E_NOTFOUND)
		s = (struct staff_row){ .name = name, .display = name, .department = "", .password = "", .skills = "", .totp = "",
			.created_at = tx_now(tx) };
	else
		return err_set(e, rc, "staff could not be read");
	if ((rc = seen_check(c, was.created_at ? &was : NULL, e)) < 0)
		return rc;
	if (was.created_at == 0 && *c->hash == '\0')
		return err_rule(e, E_RANGE, "password-wanted", "password: a new account needs one");
	if (was.created_at == 0 && staff_name_own(name))
		return err_rule(e, E_RANGE, "staff-own", "name: '%s' is what the gateway signs its own events with: choose another", name);
	bool own = strcmp(name, c->who.name) == 0;
	if ((rc = texts_read(c, &s, e)) < 0 || (rc = role_read(c, &was, &s, e)) < 0 || (rc = switches_read(c, &s, e)) < 0 ||
		(rc = doors_check(c, tx, &was, &s, e)) < 0)
		return rc;
	if (own && (s.disabled || s.role != ROLE_ADMIN))
		return err_rule(e, E_CONFLICT, "own-rights", "you cannot take your own rights away; let another administrator do it");
	bool out = s.disabled || s.role != was.role || strcmp(s.department, was.department ? was.department : "") != 0 ||
		strcmp(s.password, was.password) != 0;
	if ((rc = staff_put(tx, &s)) < 0 || (rc = staff_event(tx, c, &was, &s)) < 0 || (rc = tries_over(c, tx, name)) < 0 ||
		(out && (rc = own ? session_drop_others(tx, name, c->credentials.session) : session_drop_staff(tx, name)) < 0))
		return err_set(e, rc, "the account could not be stored");
	c->answer = staff_json(tx, &s);
	return 0;
}

/* Open pages find out now, not at the next tick. */
void api_staff_after(struct call *c)
{
	live_check(c->console->live);
}
