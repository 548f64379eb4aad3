/* Every route there is, the console's and the channels', asked as everybody there is, and what the live feed tells to whom.
 * What was found is written down and compared with matrix.txt beside this file, which a reviewer reads: a new route, or a right
 * more or less, is a line there. */
#include "tests/unit/console/feed.h"

#include "adapters/sms/http/sms_http.h"
#include "adapters/webchat/webchat.h"
#include "adapters/wechat/wechat.h"
#include "gateway/base/http_internal.h"
#include "gateway/console/call.h"

#define EXPECTED "tests/unit/adapters/matrix.txt"
#define FOUND "build/matrix.txt"

enum { ROUTES_MAX = 400, CALLERS = 8, STAFF_CALLERS = 4 };
static const char *const CALLER[CALLERS] = { "agent", "department", "supervisor", "admin", "read", "write", "pii", "nobody" };
static const struct person *const STAFF[STAFF_CALLERS] = { &AGENT, &URBAN, &SUPERVISOR, &ADMIN };

/* The channels that have routes of their own. Their servers are nobody's. */
static const struct adapter_ops *const CHANNEL[] = {
	&webchat_adapter, &sms_http_adapter, &wechat_adapter, &wecom_adapter
};
static const char CONFIGURED[] = "[x chat]\norigins = http://127.0.0.1\n"
	"[x text]\nprofile = kannel\nurl = http://127.0.0.1:1/\naccount = x\nsecret = x\nnumber = 1\n"
	"callback_secret = 0123456789abcdef\n"
	"[x wechat]\napp_id = wx1\napp_secret = x\ntoken = x\nmode = safe\napi_base = http://127.0.0.1:1\n"
	"encoding_aes_key = abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\n"
	"[x wecom]\ncorp_id = ww1\nsecret = x\ntoken = x\nopen_kfid = wk1\napi_base = http://127.0.0.1:1\n"
	"encoding_aes_key = abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\n";
static struct config_file *channels;

static void add_channels(void)
{
	struct faults f = { 0 };
	struct err e = { 0 };
	char *path = temp_file("x.conf", CONFIGURED);
	assert_non_null(channels = config_load(path, &f));
	for (size_t i = 0; i < sizeof CHANNEL / sizeof *CHANNEL; i++) {
		struct config_section *s = config_section(channels, i);
		void *config = mem_zalloc(CHANNEL[i]->config_size);
		config_fill(s, CHANNEL[i]->keys, config, &f);
		CHANNEL[i]->check(config, s, &f);
		for (size_t k = 0; k < f.count; k++)
			print_error("%s\n", f.line[k]);
		assert_int_equal(f.count, 0);
		if (flow_add(desk.flow, config_section_name(s), CHANNEL[i], config, &e) < 0)
			fail_msg("%s", e.words);
	}
	faults_fini(&f);
	free(path);
}

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
		const char *more = strcmp(path, "/chat/ws") == 0 ? "Sec-WebSocket-Protocol: xinqiao.chat.1\r\n" : "";
		int status = upgrade(&eye[0], path, more, caller < STAFF_CALLERS ? cookie : NULL, desk.origin);
		raw_close(&eye[0]);
		return status;
	}
	bool token = caller >= STAFF_CALLERS && caller < CALLERS - 1;
	return ask(method, path, caller < STAFF_CALLERS ? STAFF[caller] : NULL, token ? CALLER[caller] : NULL, NULL,
		strcmp(method, "GET") == 0 ? NULL : "{}");
}

static bool refused(int status)
{
	return status == 401 || status == 403;
}

/* Let in: anything but 401 and 403. Whoever is known and refused gets 403, and whoever is not known 401. A channel knows nobody
 * of ours, and asks a proof of its own. */
static void found_line(FILE *out, const struct line *l)
{
	char path[200];
	int status[CALLERS];
	bool all = true, none = true;
	concrete(l->path, path);
	for (unsigned c = 0; c < CALLERS; c++) {
		status[c] = ask_as(c, l->method, path);
		all &= !refused(status[c]);
		none &= refused(status[c]) && status[c] == status[0];
	}
	for (unsigned c = 0; c < CALLERS && !none; c++) {
		bool known = c < CALLERS - 1 && strcmp(l->method, "WS") != 0;
		if (status[c] == 401 ? known : status[c] == 403 && !known)
			fail_msg("%s %s as %s: %d", l->method, path, CALLER[c], status[c]);
	}
	fprintf(out, "%-5s %-42s", l->method, l->path);
	for (unsigned c = 0; c < CALLERS && !all && !none; c++)
		fprintf(out, " %s", refused(status[c]) ? "-" : CALLER[c]);
	fprintf(out, "%s\n", all ? " everybody" : none ? " by its own proof" : "");
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
		"# By its own proof: refused to all of them alike, for a channel's route asks for a signature or a token.\n"
		"# A department's people are bounded to their own tickets by each handler. Compared by matrix_test.c.\n");
	for (size_t i = 0; i < lines; i++)
		found_line(out, &line[i]);
	live(out);
	assert_int_equal(fclose(out), 0);
	same_as_expected();
}

/* The ticket's number, or its first message's, where the path names one; "": it names none. */
static void named(const char *pattern, const char *number, const char *message, char out[200])
{
	const char *gap = strstr(pattern, "{}"), *of = NULL;
	if (strstr(pattern, "/tickets/{}") || strstr(pattern, "/docket/{}"))
		of = number;
	else if (strstr(pattern, "/messages/{}"))
		of = message;
	out[0] = '\0';
	if (gap && of)
		(void)snprintf(out, 200, "%.*s%s%s", (int)(gap - pattern), pattern, of, gap + 2);
}

/* What a handler reads before it looks for the ticket. NULL: nothing. */
static const char *body_of(const struct line *l)
{
	static const struct { const char *end, *body; } bodies[] = {
		{ "/steps", "{\"step\":\"note\",\"text\":\"x\"}" },
		{ "/replies", "{\"text\":\"x\"}" },
	};
	size_t n = strlen(l->path);
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		if (n > strlen(bodies[i].end) && strcmp(l->path + n - strlen(bodies[i].end), bodies[i].end) == 0)
			return bodies[i].body;
	return strcmp(l->method, "GET") == 0 ? NULL : "{}";
}

static void no_route_that_names_a_ticket_knows_another_departments(void **state)
{
	(void)state;
	char number[TICKET_NUMBER_MAX], message[32], path[200];
	unsigned asked = 0, there = 0;
	enter(&URBAN);
	enter(&ADMIN);
	(void)snprintf(number, sizeof number, "%s", citizen("sms", "+8613611113333", "夜间有人打架"));
	take_step(number, STEP_DISPATCH, "police", NULL);
	assert_int_equal(get_as(&ADMIN, path_of(number, "")), 200);
	const json_t *first = json_array_get(json_object_get(got, "messages"), 0);
	assert_non_null(json_string_value(json_object_get(first, "id")));
	(void)snprintf(message, sizeof message, "%s", json_string_value(json_object_get(first, "id")));
	collect();
	for (size_t i = 0; i < lines; i++) {
		named(line[i].path, number, message, path);
		if (!*path)
			continue;
		int status = ask(line[i].method, path, &URBAN, NULL, NULL, body_of(&line[i]));
		if (status != 403 && status != 404)
			fail_msg("%s %s as another department: %d", line[i].method, path, status);
		assert_null(strstr(raw.body, "打架"));
		asked++;
		if (strcmp(line[i].method, "GET") == 0)
			there += ask("GET", path, &ADMIN, NULL, NULL, NULL) == 200;
	}
	assert_int_equal(asked, 16);
	assert_true(there >= 4); /* others find what they ask for */
	(void)snprintf(path, sizeof path, "/api/v1/files?ticket=%s&name=a.txt", number);
	assert_int_equal(post_as(&URBAN, path, "x"), 404);
	assert_int_equal(get_as(&ADMIN, path_of(number, "")), 200); /* it was there all along, as it was */
	assert_string_equal(word("department"), "police");
}

int main(void)
{
	desk_more = add_channels;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_and_the_feed_let_in_whom_the_matrix_names_and_nobody_else),
		cmocka_unit_test(no_route_that_names_a_ticket_knows_another_departments),
	};
	int failed = cmocka_run_group_tests(tests, desk_setup, desk_teardown);
	config_destroy(&channels);
	return failed;
}
