/* Every route there is, asked as everybody there is, and what the live feed tells to whom. What was found is written down and
 * compared with matrix.txt beside this file, which a reviewer reads: a new route, or a right more or less, is a line there. */
#include "tests/unit/console/feed.h"

#include "gateway/base/http_internal.h"
#include "gateway/console/call.h"

#define EXPECTED "tests/unit/console/matrix.txt"
#define FOUND "build/matrix.txt"

enum { ROUTES_MAX = 400, CALLERS = 8, STAFF_CALLERS = 4 };
static const char *const CALLER[CALLERS] = { "agent", "department", "supervisor", "admin", "read", "write", "pii", "nobody" };
static const struct person *const STAFF[STAFF_CALLERS] = { &AGENT, &URBAN, &SUPERVISOR, &ADMIN };

struct line { char method[8], path[80]; };
static struct line line[ROUTES_MAX];
static size_t lines;

static int by_path(const void *a, const void *b)
{
	int c = strcmp(((const struct line *)a)->path, ((const struct line *)b)->path);
	return c ? c : strcmp(((const struct line *)a)->method, ((const struct line *)b)->method);
}

static void add(const char *method, const char *path)
{
	assert_true(lines < ROUTES_MAX);
	(void)snprintf(line[lines].method, sizeof line->method, "%s", method);
	(void)snprintf(line[lines++].path, sizeof line->path, "%s", path);
}

/* The API's table, and whatever else the server answers; the API's own two stars stand for that table. */
static void collect(void)
{
	size_t n;
	const struct route *table = console_routes(&n);
	lines = 0;
	for (size_t i = 0; i < n; i++)
		add(table[i].method, table[i].path);
	for (const struct http_route *r = desk.http->routes; r; r = r->next)
		if (strcmp(r->pattern, "/api/v1/*") != 0 && strcmp(r->pattern, "/console/api/*") != 0)
			add(r->method, r->pattern);
	for (const struct ws_endpoint *w = desk.http->endpoints; w; w = w->next)
		add("WS", w->path);
	qsort(line, lines, sizeof *line, by_path);
	size_t kept = 0;
	for (size_t i = 0; i < lines; i++) /* a route of the table with a body limit of its own stands in both */
		if (i == 0 || by_path(&line[kept - 1], &line[i]) != 0)
			line[kept++] = line[i];
	lines = kept;
}

static void concrete(const char *path, char out[200])
{
	size_t n = 0;
	for (; *path && n < 190; path++)
		if (strncmp(path, "{}", 2) == 0) {
			out[n++] = '1';
			path++;
		} else
			out[n++] = *path == '*' ? 'x' : *path;
	out[n] = '\0';
}

static int ask_as(unsigned caller, const char *method, const char *path)
{
	char cookie[80] = "";
	if (caller < STAFF_CALLERS) {
		enter(STAFF[caller]); /* an earlier call may have logged out */
		(void)snprintf(cookie, sizeof cookie, "cookie-of-%s", STAFF[caller]->name);
	}
	if (strcmp(method, "WS") == 0) {
		assert_string_equal(path, "/console/live");
		int status = caller < STAFF_CALLERS ? watch(&eye[0], cookie, desk.origin) : watch(&eye[0], NULL, desk.origin);
		raw_close(&eye[0]);
		return status;
	}
	bool token = caller >= STAFF_CALLERS && caller < CALLERS - 1;
	return ask(method, path, caller < STAFF_CALLERS ? STAFF[caller] : NULL, token ? CALLER[caller] : NULL, NULL,
		strcmp(method, "GET") == 0 ? NULL : "{}");
}

/* Let in: anything but 401 and 403. Whoever is known and refused gets 403, and whoever is not known 401. */
static bool let_in(unsigned caller, const struct line *l)
{
	char path[200];
	concrete(l->path, path);
	int status = ask_as(caller, l->method, path);
	bool known = caller < CALLERS - 1 && strcmp(l->method, "WS") != 0;
	if (status == 401 ? known : status == 403 && !known)
		fail_msg("%s %s as %s: %d", l->method, path, CALLER[caller], status);
	return status != 401 && status != 403;
}

static void found_line(FILE *out, const struct line *l)
{
	bool in[CALLERS], all = true;
	for (unsigned c = 0; c < CALLERS; c++)
		all &= in[c] = let_in(c, l);
	fprintf(out, "%-5s %-42s", l->method, l->path);
	for (unsigned c = 0; c < CALLERS && !all; c++)
		fprintf(out, " %s", in[c] ? CALLER[c] : "-");
	fprintf(out, "%s\n", all ? " everybody" : "");
}

/* Nobody's address in full ever; of a department's own tickets what the desk sees. */
static void found_live(FILE *out, const char *what, const char *number)
{
	fprintf(out, "LIVE  %-42s", what);
	for (unsigned c = 0; c < STAFF_CALLERS; c++) {
		const char *heard = all_of(&eye[c]);
		assert_null(strstr(heard, "13611112222"));
		assert_null(strstr(heard, "张伟"));
		bool gone = strstr(heard, "\"gone\"") && !strstr(heard, "\"ticket\":{");
		fprintf(out, " %s%s", strstr(heard, number) ? CALLER[c] : "-", gone ? "(gone)" : "");
	}
	fprintf(out, "\n");
}

static void live(FILE *out)
{
	for (unsigned c = 0; c < STAFF_CALLERS; c++) {
		enter(STAFF[c]);
		enter_feed(&eye[c], STAFF[c]);
	}
	char number[TICKET_NUMBER_MAX];
	(void)snprintf(number, sizeof number, "%s", citizen("sms", "+8613611112222", "占道经营"));
	found_live(out, "a ticket of no department", number);
	take_step(number, STEP_DISPATCH, "urban", NULL);
	found_live(out, "a ticket of the department", number);
	take_step(number, STEP_DISPATCH, "police", NULL);
	found_live(out, "a ticket that leaves the department", number);
	take_step(number, STEP_NOTE, NULL, "内部备注");
	found_live(out, "a ticket of another department", number);
	leave_all();
}

static void same_as_expected(void)
{
	char want[300] = "", got_[300] = "";
	FILE *a = fopen(EXPECTED, "r"), *b = fopen(FOUND, "r");
	assert_non_null(b);
	for (unsigned n = 1;; n++) {
		char *w = a ? fgets(want, sizeof want, a) : NULL, *g = fgets(got_, sizeof got_, b);
		if (!w && !g)
			break;
		if (!w || !g || strcmp(want, got_) != 0)
			fail_msg(EXPECTED ":%u: expected %sfound    %sif that is meant, copy " FOUND " over it", n, w ? want : "nothing\n",
				g ? got_ : "nothing\n");
	}
	if (a)
		fclose(a);
	fclose(b);
}

static void every_route_and_the_feed_let_in_whom_the_matrix_names_and_nobody_else(void **state)
{
	(void)state;
	static const char *const scope[] = { "read", "write", "pii" };
	for (size_t i = 0; i < 3; i++)
		give_token(scope[i], scope[i]);
	collect();
	FILE *out = fopen(FOUND, "w");
	assert_non_null(out);
	fprintf(out, "# Who is let in. Roles of staff, scopes of tokens, and nobody: no login at all. \"-\": refused, 401 to nobody, 403 to others.\n"
		"# A department's people are bounded to their own tickets by each handler. Compared by matrix_test.c.\n");
	for (size_t i = 0; i < lines; i++)
		found_line(out, &line[i]);
	live(out);
	assert_int_equal(fclose(out), 0);
	same_as_expected();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_and_the_feed_let_in_whom_the_matrix_names_and_nobody_else),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
