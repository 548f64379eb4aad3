#include "tests/sim/core/cases.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

struct cases {
	sqlite3 *db;
	int64_t told, doubles;
};

static const char SCHEMA[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"CREATE TABLE IF NOT EXISTS told (id TEXT PRIMARY KEY, ticket TEXT NOT NULL, event INTEGER NOT NULL, kind TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS told_ticket ON told (ticket, event);"
	"CREATE TABLE IF NOT EXISTS one (id INTEGER PRIMARY KEY, ticket TEXT NOT NULL UNIQUE, state TEXT NOT NULL, seq INTEGER NOT NULL,"
	" rounds INTEGER NOT NULL, disorder INTEGER NOT NULL);"
	"CREATE TABLE IF NOT EXISTS action (id INTEGER PRIMARY KEY AUTOINCREMENT, one INTEGER NOT NULL, step TEXT NOT NULL,"
	" state TEXT NOT NULL, body TEXT NOT NULL, done INTEGER NOT NULL, words TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS action_undone ON action (one, id) WHERE done = 0;";

/* How the core handles a case, and a case that came back; %s is its own number. */
struct script { const char *step, *state, *body; };
static const struct script FIRST[] = {
	{ "accept", "已受理", "{\"step\":\"accept\"}" },
	{ "dispatch", "已派单", "{\"step\":\"dispatch\",\"department\":\"urban\",\"note\":\"请按期办理\"}" },
	{ "handle", "办理中", "{\"step\":\"handle\"}" },
	{ "reply", "已答复", "{\"step\":\"reply\",\"text\":\"您好，您反映的问题已安排处理，受理编号%s。\"}" },
	{ "close", "已办结", "{\"step\":\"close\",\"result\":\"solved\"}" },
};
static const struct script AGAIN[] = {
	{ "reopen", "二次办理", "{\"step\":\"reopen\",\"note\":\"市民要求再次办理\"}" },
	{ "reply", "已再次答复", "{\"step\":\"reply\",\"text\":\"您好，我们已再次核实并处理，受理编号%s。\"}" },
	{ "close", "已办结", "{\"step\":\"close\",\"result\":\"explained\"}" },
};
static const struct script END[] = { { "withdraw", "市民撤回", "{\"step\":\"withdraw\",\"note\":\"市民撤回\"}" } };
#define SCRIPT(s) s, sizeof(s) / sizeof *(s)

struct cases *cases_open(const char *path, struct err *e)
{
	struct cases *c = mem_new(struct cases);
	if (sqlite3_open(path, &c->db) == SQLITE_OK && sqlite3_exec(c->db, SCHEMA, NULL, NULL, NULL) == SQLITE_OK)
		return c;
	(void)err_set(e, E_IO, "%s: %s", path, sqlite3_errmsg(c->db));
	cases_close(&c);
	return NULL;
}

void cases_close(struct cases **out)
{
	struct cases *c = *out;
	*out = NULL;
	if (c == NULL)
		return;
	sqlite3_close(c->db);
	free(c);
}

/* One statement; texts by position, numbers where the text is NULL. Answers the first column of the first row, or 0. */
struct bind { const char *text; int64_t number; };
static int64_t sql(struct cases *c, const char *text, const struct bind *b, int n)
{
	sqlite3_stmt *s;
	must(sqlite3_prepare_v2(c->db, text, -1, &s, NULL) == SQLITE_OK);
	for (int i = 0; i < n; i++)
		must((b[i].text ? sqlite3_bind_text(s, i + 1, b[i].text, -1, SQLITE_TRANSIENT) :
			sqlite3_bind_int64(s, i + 1, b[i].number)) == SQLITE_OK);
	int rc = sqlite3_step(s);
	must(rc == SQLITE_ROW || rc == SQLITE_DONE);
	int64_t answer = rc == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	must(sqlite3_finalize(s) == SQLITE_OK);
	return answer;
}
#define SQL(c, text, ...) sql(c, text, (const struct bind[]){ __VA_ARGS__ }, sizeof((const struct bind[]){ __VA_ARGS__ }) / sizeof(struct bind))
#define T(s) { .text = (s) }
#define N(i) { .number = (i) }

static void plan(struct cases *c, int64_t one, const struct script *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char number[32], body[600];
		(void)snprintf(number, sizeof number, "HX%08lld", (long long)one);
		const char *hole = strstr(s[i].body, "%s");
		if (hole)
			(void)snprintf(body, sizeof body, "%.*s%s%s", (int)(hole - s[i].body), s[i].body, number, hole + 2);
		else
			(void)snprintf(body, sizeof body, "%s", s[i].body);
		(void)SQL(c, "INSERT INTO action (one, step, state, body, done, words) VALUES (?1, ?2, ?3, ?4, 0, '')", N(one), T(s[i].step),
			T(s[i].state), T(body));
	}
}

static const char *word(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static bool bad_rating(const json_t *data)
{
	json_int_t rating = json_integer_value(json_object_get(data, "rating"));
	return (rating >= 1 && rating <= 2) || strcmp(word(data, "solved"), "no") == 0;
}

/* What an event means for a case. */
static void follow(struct cases *c, int64_t one, const char *kind, const json_t *data)
{
	const char *outcome = word(data, "outcome");
	bool back = (strcmp(kind, "message") == 0 && strcmp(outcome, "reopen") == 0) || (strcmp(kind, "rated") == 0 && bad_rating(data));
	if (strcmp(kind, "message") == 0 && strcmp(outcome, "withdraw") == 0) {
		(void)SQL(c, "DELETE FROM action WHERE one = ?1 AND done = 0 AND id > (SELECT MIN(id) FROM action WHERE one = ?1 AND done = 0)", N(one));
		plan(c, one, SCRIPT(END));
	} else if (back && SQL(c, "SELECT rounds FROM one WHERE id = ?1", N(one)) == 0) {
		(void)SQL(c, "UPDATE one SET rounds = rounds + 1 WHERE id = ?1", N(one));
		plan(c, one, SCRIPT(AGAIN));
	}
}

static void take_new(struct cases *c, const char *id, const json_t *data)
{
	const json_t *event = json_object_get(data, "event");
	const char *number = word(json_object_get(data, "ticket"), "number"), *kind = word(event, "kind");
	int64_t at = strtoll(word(event, "id"), NULL, 10);
	int64_t later = SQL(c, "SELECT COUNT(*) FROM told WHERE ticket = ?1 AND event > ?2", T(number), N(at));
	(void)SQL(c, "INSERT INTO told (id, ticket, event, kind) VALUES (?1, ?2, ?3, ?4)", T(id), T(number), N(at), T(kind));
	int64_t one = SQL(c, "SELECT id FROM one WHERE ticket = ?1", T(number));
	if (one == 0) {
		(void)SQL(c, "INSERT INTO one (ticket, state, seq, rounds, disorder) VALUES (?1, '', 0, 0, 0)", T(number));
		one = sqlite3_last_insert_rowid(c->db);
		plan(c, one, SCRIPT(FIRST));
	}
	if (later > 0)
		(void)SQL(c, "UPDATE one SET disorder = disorder + 1 WHERE id = ?1", N(one));
	follow(c, one, kind, json_object_get(event, "data"));
}

void cases_take(struct cases *c, const char *id, const json_t *event)
{
	c->told++;
	if (SQL(c, "SELECT COUNT(*) FROM told WHERE id = ?1", T(id)) > 0) {
		c->doubles++;
		return;
	}
	must(sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
	take_new(c, id, json_object_get(event, "data"));
	must(sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
}

static void fill(struct action *a, sqlite3_stmt *s)
{
	a->id = sqlite3_column_int64(s, 0);
	a->case_id = sqlite3_column_int64(s, 1);
	(void)snprintf(a->number, sizeof a->number, "HX%08lld", (long long)a->case_id);
	(void)snprintf(a->ticket, sizeof a->ticket, "%s", (const char *)sqlite3_column_text(s, 2));
	a->body = json_loads((const char *)sqlite3_column_text(s, 3), 0, NULL);
	must(a->body && json_object_set_new(a->body, "core", json_pack("{s:s, s:s, s:I}", "number", a->number, "state",
		(const char *)sqlite3_column_text(s, 4), "seq", (json_int_t)sqlite3_column_int64(s, 5) + 1)) == 0);
}

bool cases_next(struct cases *c, const int64_t *busy, size_t n, struct action *a)
{
	sqlite3_stmt *s;
	bool found = false;
	must(sqlite3_prepare_v2(c->db, "SELECT MIN(a.id), a.one, o.ticket, a.body, a.state, o.seq FROM action a JOIN one o ON o.id = a.one"
		" WHERE a.done = 0 GROUP BY a.one ORDER BY a.one", -1, &s, NULL) == SQLITE_OK);
	while (!found && sqlite3_step(s) == SQLITE_ROW) {
		bool taken = false;
		for (size_t i = 0; i < n; i++)
			taken = taken || busy[i] == sqlite3_column_int64(s, 1);
		if ((found = !taken))
			fill(a, s);
	}
	sqlite3_finalize(s);
	return found;
}

void cases_done(struct cases *c, const struct action *a, bool refused, const char *words)
{
	must(sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK);
	if (!refused)
		(void)SQL(c, "UPDATE one SET seq = seq + 1, state = (SELECT state FROM action WHERE id = ?2) WHERE id = ?1", N(a->case_id), N(a->id));
	(void)SQL(c, "UPDATE action SET done = ?2, words = ?3 WHERE id = ?1", N(a->id), N(refused ? 2 : 1), T(words));
	must(sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
}

void cases_resync(struct cases *c, int64_t case_id, int64_t expected)
{
	(void)SQL(c, "UPDATE one SET seq = ?2 WHERE id = ?1", N(case_id), N(expected - 1));
}

json_t *cases_stats(struct cases *c)
{
	json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "cases", (json_int_t)sql(c, "SELECT COUNT(*) FROM one", NULL, 0), "told",
		(json_int_t)c->told, "doubles", (json_int_t)c->doubles, "events", (json_int_t)sql(c, "SELECT COUNT(*) FROM told", NULL, 0),
		"disorder", (json_int_t)sql(c, "SELECT COALESCE(SUM(disorder), 0) FROM one", NULL, 0), "undone",
		(json_int_t)sql(c, "SELECT COUNT(*) FROM action WHERE done = 0", NULL, 0), "done", (json_int_t)sql(c,
		"SELECT COUNT(*) FROM action WHERE done = 1", NULL, 0), "refused", (json_int_t)sql(c,
		"SELECT COUNT(*) FROM action WHERE done = 2", NULL, 0));
	must(o != NULL);
	return o;
}

static json_t *steps_of(struct cases *c, int64_t one)
{
	sqlite3_stmt *s;
	json_t *list = json_array();
	must(sqlite3_prepare_v2(c->db, "SELECT step, done, words FROM action WHERE one = ?1 ORDER BY id", -1, &s, NULL) == SQLITE_OK);
	must(sqlite3_bind_int64(s, 1, one) == SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW)
		must(json_array_append_new(list, json_pack("{s:s, s:i, s:s}", "step", (const char *)sqlite3_column_text(s, 0), "done",
			sqlite3_column_int(s, 1), "words", (const char *)sqlite3_column_text(s, 2))) == 0);
	sqlite3_finalize(s);
	return list;
}

json_t *cases_list(struct cases *c)
{
	sqlite3_stmt *s;
	json_t *list = json_array();
	must(sqlite3_prepare_v2(c->db, "SELECT id, ticket, state, seq FROM one ORDER BY id", -1, &s, NULL) == SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		char number[32];
		int64_t id = sqlite3_column_int64(s, 0);
		(void)snprintf(number, sizeof number, "HX%08lld", (long long)id);
		must(json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:o}", "number", number, "ticket",
			(const char *)sqlite3_column_text(s, 1), "state", (const char *)sqlite3_column_text(s, 2), "seq",
			(json_int_t)sqlite3_column_int64(s, 3), "steps", steps_of(c, id))) == 0);
	}
	sqlite3_finalize(s);
	return list;
}
