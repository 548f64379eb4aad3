/* What the API answers: lists, masking, departments' walls, replies, steps, problems. */
#include "gateway/console/call.h"
#include "gateway/model/event_kind.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/upload.h"
#include "tests/unit/console/desk.h"

/* --- lists --- */

static void a_list_is_read_to_its_end_by_cursor_without_gap_or_double(void **state)
{
	char seen[64][TICKET_NUMBER_MAX];
	size_t n = 0, pages = 0;
	char path[200] = "/api/v1/tickets?limit=3&channel=sms";
	(void)state;
	for (int i = 0; i < 7; i++) {
		char peer[24];
		(void)snprintf(peer, sizeof peer, "+8613900000%03d", i);
		citizen("sms", peer, "路灯坏了");
	}
	for (const char *next = ""; next != NULL; pages++) {
		assert_int_equal(get_as(&AGENT, path), 200);
		json_t *o;
		size_t i;
		json_array_foreach(json_object_get(got, "items"), i, o) {
			assert_true(n < 64);
			(void)snprintf(seen[n], sizeof seen[n], "%s", json_string_value(json_object_get(o, "number")));
			for (size_t k = 0; k < n; k++)
				assert_string_not_equal(seen[k], seen[n]);
			n++;
		}
		next = json_string_value(json_object_get(got, "next"));
		if (next != NULL)
			(void)snprintf(path, sizeof path, "/api/v1/tickets?limit=3&channel=sms&after=%s", next);
		else
			assert_true(json_is_null(json_object_get(got, "next")));
	}
	assert_true(n >= 7 && pages == (n + 2) / 3);
}

static void a_list_asked_for_wrongly_says_what_is_wrong(void **state)
{
	static const char *const wrong[][2] = {
		{ "limit=0", "limit" }, { "limit=201", "limit" }, { "limit=x", "limit" }, { "after=x", "after" }, { "after=-1", "after" },
		{ "after=99999999999999999999", "after" }, { "state=gone", "state" }, { "flag=red", "flag" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		char path[100];
		(void)snprintf(path, sizeof path, "/api/v1/tickets?%s", wrong[i][0]);
		assert_int_equal(get_as(&AGENT, path), 400);
		assert_non_null(strstr(word("detail"), wrong[i][1]));
	}
}

static void filters_narrow_a_list(void **state)
{
	const char *number = citizen("web", "visitor-filter", "楼道很黑，灯坏了");
	char path[200];
	(void)state;
	(void)snprintf(path, sizeof path, "/api/v1/tickets?q=%s", number);
	assert_int_equal(get_as(&AGENT, path), 200);
	assert_int_equal(items(), 1);
	assert_int_equal(get_as(&AGENT, "/api/v1/tickets?state=closed"), 200);
	assert_int_equal(items(), 0);
	assert_int_equal(get_as(&AGENT, "/api/v1/tickets?channel=web&state=new&open=1&waiting=1"), 200);
	assert_true(items() >= 1);
}

/* --- masking --- */

static const char *member_of_first(const char *name)
{
	const char *s = json_string_value(json_object_get(json_array_get(json_object_get(got, "items"), 0), name));
	return s ? s : "";
}

static void a_citizens_address_is_masked_unless_the_role_may_see_it(void **state)
{
	static const char phone[] = "+8613912345678";
	const char *number = citizen("sms", phone, "水管爆了");
	char list[200];
	(void)state;
	(void)snprintf(list, sizeof list, "/api/v1/tickets?q=%s", number);
	take_step(number, STEP_DISPATCH, "urban", NULL);
	give_token("blind", "read");
	give_token("seeing", "read,pii");

	assert_int_equal(get_as(&ADMIN, list), 200);
	assert_string_equal(member_of_first("peer"), "139****5678");
	assert_string_equal(member_of_first("name"), "张*");
	assert_null(strstr(raw.body, "12345678"));

	assert_int_equal(get_as(&AGENT, path_of(number, "")), 200);
	assert_string_equal(word("peer"), phone);
	assert_string_equal(word("name"), "张伟");

	assert_int_equal(get_as(&URBAN, path_of(number, "")), 200);
	assert_string_equal(word("peer"), "139****5678");
	assert_null(strstr(raw.body, "12345678"));
	assert_null(strstr(raw.body, "张伟"));

	assert_int_equal(ask("GET", path_of(number, ""), NULL, "blind", NULL, NULL), 200);
	assert_null(strstr(raw.body, "12345678"));
	assert_int_equal(ask("GET", path_of(number, ""), NULL, "seeing", NULL, NULL), 200);
	assert_string_equal(word("peer"), phone);
}

/* --- a department's walls --- */

static void a_department_meets_only_its_own_tickets(void **state)
{
	char own[TICKET_NUMBER_MAX], other[TICKET_NUMBER_MAX];
	(void)state;
	(void)snprintf(own, sizeof own, "%s", citizen("web", "wall-1", "占道经营，天天如此"));
	(void)snprintf(other, sizeof other, "%s", citizen("web", "wall-2", "公交车不停站"));
	take_step(own, STEP_DISPATCH, "urban", NULL);
	take_step(other, STEP_DISPATCH, "police", NULL);

	assert_int_equal(get_as(&URBAN, "/api/v1/tickets?limit=200"), 200);
	assert_non_null(strstr(raw.body, own));
	assert_null(strstr(raw.body, other));
	assert_int_equal(get_as(&URBAN, "/api/v1/tickets?department=police"), 403);
	assert_int_equal(get_as(&URBAN, path_of(own, "")), 200);
	assert_int_equal(get_as(&URBAN, path_of(other, "")), 404);
	assert_int_equal(post_as(&URBAN, path_of(other, "/replies"), "{\"text\":\"好\"}"), 404);
	assert_int_equal(post_as(&URBAN, path_of(other, "/steps"), "{\"step\":\"handle\"}"), 404);
	assert_int_equal(post_as(&URBAN, path_of(other, "/steps"), "{\"step\":\"nonsense\"}"), 404);
	assert_int_equal(get_as(&URBAN, "/api/v1/events?limit=200"), 200);
	assert_non_null(strstr(raw.body, own));
	assert_null(strstr(raw.body, other));
	assert_int_equal(post_as(&URBAN, path_of(own, "/steps"), "{\"step\":\"handle\"}"), 200);
	assert_string_equal(word("state"), "handling");
	/* Gone with the return. */
	assert_int_equal(post_as(&URBAN, path_of(own, "/steps"), "{\"step\":\"return\",\"note\":\"不归我们\"}"), 422);
	assert_int_equal(post_as(&URBAN, path_of(own, "/steps"), "{\"step\":\"return\",\"note\":\"不归我们\",\"reason\":\"duty\","
		"\"basis\":\"市城市管理条例第十二条\"}"), 200);
	assert_int_equal(get_as(&URBAN, path_of(own, "")), 404);
}

/* --- replies and steps --- */

static void an_interim_reply_leaves_the_state(void **state)
{
	const char *number = citizen("web", "interim", "井盖没了");
	(void)state;
	assert_int_equal(post_as(&AGENT, path_of(number, "/replies"), "{\"text\":\"正在核实\",\"interim\":true}"), 201);
	assert_string_equal(word("state"), "new");
}

static void a_writer_who_has_not_seen_the_newest_is_told(void **state)
{
	const char *number = citizen("web", "unseen", "路灯坏了");
	(void)state;
	assert_int_equal(get_as(&AGENT, path_of(number, "")), 200);
	char body[100];
	(void)snprintf(body, sizeof body, "{\"text\":\"好的\",\"seen_seq\":%lld}", json_integer_value(json_object_get(got, "last_seq")));
	citizen("web", "unseen", "又坏了一盏");
	assert_int_equal(post_as(&AGENT, path_of(number, "/replies"), body), 409);
	assert_string_equal(word("code"), "newer");
	assert_int_equal(said_by_staff(number), 0);
}

static void a_step_that_is_not_legal_names_those_that_are(void **state)
{
	static const char *const bodies[] = { "{\"step\":\"close\"}", "{\"step\":\"nonsense\"}" };
	const char *number = citizen("web", "illegal", "树倒了");
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(post_as(&AGENT, path_of(number, "/steps"), bodies[i]), 409);
		assert_true(raw_has(&raw, "Content-Type: application/problem+json"));
		json_t *legal = json_object_get(got, "legal");
		assert_true(json_array_size(legal) >= 3);
		assert_string_equal(json_string_value(json_array_get(legal, 0)), "accept");
		assert_string_equal(word("code"), "not-legal");
		assert_string_equal(word("state"), "new");
	}
	/* Legal in this state, but not for an agent. */
	assert_int_equal(post_as(&AGENT, path_of(number, "/steps"), "{\"step\":\"supervise\",\"note\":\"急\"}"), 403);
}

static void a_step_that_lacks_something_says_which_field(void **state)
{
	static const char *const cases[][2] = {
		{ "{\"step\":\"dispatch\"}", "department" }, { "{\"step\":\"dispatch\",\"department\":\"nowhere\"}", "department" },
		{ "{\"step\":\"refuse\"}", "ground" }, { "{\"step\":\"refuse\",\"ground\":\"because\"}", "ground" },
		{ "{\"step\":\"note\"}", "note" }, { "{\"step\":\"reply\",\"text\":\"  \"}", "text" }, { "{}", "step" },
		{ "{\"step\":\"accept\",\"category\":\"nowhere\"}", "category" },
	};
	const char *number = citizen("web", "lacks", "噪声很大");
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(post_as(&AGENT, path_of(number, "/steps"), cases[i][0]), 422);
		assert_non_null(strstr(word("detail"), cases[i][1]));
	}
	assert_int_equal(post_as(&AGENT, path_of(number, "/steps"), "{\"step\":7}"), 400);
}

/* --- files --- */

static int uploads_run(struct tx *tx, void *arg, struct err *e)
{
	struct upload_row *u;
	(void)e;
	return upload_old(tx, tx_now(tx) + 60000, 10, &u, arg);
}

/* So that it is thrown away when no answer brings it, be it that none may. */
static void a_file_that_comes_up_is_noted_also_where_the_channel_carries_none(void **state)
{
	char path[100];
	size_t n;
	(void)state;
	(void)snprintf(path, sizeof path, "/api/v1/files?ticket=%s&name=a.pdf", citizen("web", "files", "路灯坏了"));
	assert_int_equal(post_as(&AGENT, path, "%PDF-1.4\n"), 422);
	assert_non_null(strstr(word("detail"), "carries none"));
	write_now(uploads_run, &n);
	assert_int_equal(n, 1);
}

/* --- problems --- */

static void every_failure_is_a_problem_document(void **state)
{
	static const struct { const char *method, *path, *body; int status; } cases[] = {
		{ "GET", "/api/v1/nothing", NULL, 404 }, { "GET", "/api/v1/tickets/20260101100000011", NULL, 404 },
		{ "GET", "/api/v1/tickets/", NULL, 404 }, { "DELETE", "/api/v1/tickets", NULL, 405 },
		{ "POST", "/api/v1/tickets/1/steps", "{\"step\":", 400 }, { "POST", "/api/v1/tickets/1/steps", "[]", 400 },
		{ "POST", "/api/v1/tickets/1/steps", "{\"step\":\"a\",\"step\":\"b\"}", 400 }, { "GET", "/api/v1/files/abc", NULL, 404 },
		{ "GET", "/api/v1/files/12345", NULL, 404 }, { "POST", "/console/api/outbox/1/retry", "{}", 404 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int status = ask(cases[i].method, cases[i].path, &ADMIN, NULL, NULL, cases[i].body);
		if (status != cases[i].status)
			fail_msg("%s %s: %d", cases[i].method, cases[i].path, status);
		assert_true(raw_has(&raw, "Content-Type: application/problem+json"));
		assert_int_equal(json_integer_value(json_object_get(got, "status")), status);
		assert_true(*word("type") && *word("title"));
	}
	assert_int_equal(ask("DELETE", "/api/v1/tickets", &ADMIN, NULL, NULL, NULL), 405);
	assert_true(raw_has(&raw, "Allow: GET"));
}

static void the_description_names_exactly_the_routes_there_are(void **state)
{
	size_t n, described = 0, real = 0;
	const char *path;
	json_t *methods;
	(void)state;
	assert_int_equal(ask("GET", "/api/v1/openapi.json", NULL, NULL, NULL, NULL), 200);
	json_object_foreach(json_object_get(got, "paths"), path, methods)
		described += (size_t)(json_object_get(methods, "get") != NULL) + (json_object_get(methods, "post") != NULL);
	const struct route *table = console_routes(&n);
	for (size_t i = 0; i < n; i++) {
		if (strncmp(table[i].path, "/api/v1/", 8) != 0)
			continue;
		char name[200], *hole;
		(void)snprintf(name, sizeof name, "%s", table[i].path);
		if ((hole = strstr(name, "{}")) != NULL) {
			const char *rest = strstr(table[i].path, "{}") + 2;
			const char *key = strstr(table[i].path, "docket") ? "{kind}" : strstr(table[i].path, "/tickets/") ? "{number}" : "{id}";
			(void)snprintf(hole, sizeof name - (size_t)(hole - name), "%s%s", key, rest);
		}
		if ((hole = strstr(name, "{}")) != NULL)
			(void)snprintf(hole, sizeof name - (size_t)(hole - name), "{fault}");
		assert_non_null(json_object_get(json_object_get(json_object_get(got, "paths"), name),
			strcmp(table[i].method, "GET") == 0 ? "get" : "post"));
		real++;
	}
	assert_int_equal(described, real);
}

static void the_description_names_exactly_the_kinds_of_events_there_are(void **state)
{
	size_t n = 0;
	(void)state;
	assert_int_equal(ask("GET", "/api/v1/openapi.json", NULL, NULL, NULL, NULL), 200);
	const json_t *schemas = json_object_get(json_object_get(got, "components"), "schemas");
	const json_t *kinds = json_object_get(json_object_get(json_object_get(json_object_get(schemas, "Event"), "properties"), "kind"), "enum");
	for (; event_kind(n, NULL) != NULL; n++)
		assert_string_equal(json_string_value(json_array_get(kinds, n)), event_kind(n, NULL));
	assert_int_equal(json_array_size(kinds), n);
}

/* --- the console's own --- */

static void the_page_learns_what_it_may_choose_from(void **state)
{
	(void)state;
	assert_int_equal(get_as(&SUPERVISOR, "/console/api/me"), 200);
	assert_string_equal(word("role"), "supervisor");
	assert_int_equal(json_array_size(json_object_get(got, "channels")), 2);
	assert_int_equal(json_array_size(json_object_get(got, "grounds")), 9);
	assert_int_equal(json_array_size(json_object_get(got, "steps")), STEPS);
	assert_true(json_array_size(json_object_get(got, "departments")) > 3);
	assert_true(json_array_size(json_object_get(got, "canned")) > 3);
}

static void the_counter_counts_as_the_channel_does(void **state)
{
	(void)state;
	assert_int_equal(post_as(&AGENT, "/console/api/parts", "{\"channel\":\"web\",\"text\":\"很长\"}"), 200);
	assert_int_equal(json_integer_value(json_object_get(got, "parts")), 1);
	char body[2000] = "{\"channel\":\"sms\",\"text\":\"";
	for (int i = 0; i < 68; i++)
		strcat(body, "路");
	strcat(body, "\"}");
	assert_int_equal(post_as(&AGENT, "/console/api/parts", body), 200);
	assert_int_equal(json_integer_value(json_object_get(got, "parts")), 2);
	assert_int_equal(post_as(&AGENT, "/console/api/parts", "{\"channel\":\"pigeon\",\"text\":\"x\"}"), 422);
}

/* {"…":"…", "text":"路…"} */
static const char *with_roads(const char *front, int roads)
{
	static char body[4000];
	(void)snprintf(body, sizeof body, "{%s\"text\":\"", front);
	while (roads--)
		strcat(body, "路");
	strcat(body, "\"}");
	return body;
}

static void a_reply_longer_than_the_carrier_takes_is_refused_before_it_is_sent(void **state)
{
	(void)state;
	const char *number = citizen("sms", "+8613700000077", "没水了");
	char path[100], front[100];
	(void)snprintf(path, sizeof path, "/api/v1/tickets/%s/replies", number);
	(void)snprintf(front, sizeof front, "\"channel\":\"sms\",\"ticket\":\"%s\",", number);
	/* 67 would be one part, but the signature and the ticket's number count */
	assert_int_equal(post_as(&AGENT, "/console/api/parts", with_roads(front, 67)), 200);
	assert_int_equal(json_integer_value(json_object_get(got, "parts")), 2);
	assert_int_equal(json_integer_value(json_object_get(got, "most")), DEAF_PARTS_MAX);
	assert_int_equal(post_as(&AGENT, path, with_roads("", 67 * DEAF_PARTS_MAX)), 422);
	assert_non_null(strstr(word("detail"), "5 text messages"));
	assert_string_equal(word("code"), "parts");
	(void)snprintf(path, sizeof path, "/api/v1/tickets/%s", number);
	assert_int_equal(get_as(&AGENT, path), 200);
	json_t *m;
	size_t i;
	json_array_foreach(json_object_get(got, "messages"), i, m)
		assert_string_not_equal(json_string_value(json_object_get(m, "from")), "staff"); /* nothing of it was kept */
	(void)snprintf(path, sizeof path, "/api/v1/tickets/%s/replies", number);
	assert_int_equal(post_as(&AGENT, path, with_roads("", 67 * 3)), 201);
	assert_int_equal(post_as(&AGENT, "/console/api/parts", "{\"channel\":\"sms\",\"ticket\":\"20\",\"text\":\"x\"}"), 404);
	assert_int_equal(post_as(&URBAN, "/console/api/parts", with_roads(front, 1)), 404);
}

static void what_failed_is_listed_and_can_be_sent_again(void **state)
{
	const char *number = citizen("sms", "+8613700000001", "没水了");
	char path[100];
	(void)state;
	for (int waited = 0; waited < LOOP_UNTIL_MS * (int)slack(); waited += 100) { /* until the deaf channel has refused the answer */
		loop_for(&desk.loop, 100);
		assert_int_equal(get_as(&SUPERVISOR, "/console/api/outbox?state=failed"), 200);
		if (items() >= 1 && strcmp(member_of_first("number"), number) == 0)
			break;
	}
	assert_true(items() >= 1);
	assert_string_equal(member_of_first("number"), number);
	assert_string_equal(member_of_first("error"), "nobody there");
	assert_int_equal(get_as(&SUPERVISOR, "/console/api/outbox"), 200);
	assert_string_equal(member_of_first("state"), "failed");
	(void)snprintf(path, sizeof path, "/console/api/outbox/%s/retry", member_of_first("id"));
	assert_int_equal(post_as(&URBAN, path, "{}"), 404);
	take_step(number, STEP_DISPATCH, "police", NULL);
	take_step(number, STEP_ASSIST, "urban", "请协助");
	assert_int_equal(post_as(&URBAN, path, "{}"), 403); /* who helps does not answer */
	assert_int_equal(post_as(&SUPERVISOR, path, "{}"), 200);
	assert_string_equal(word("state"), "queued");
}

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct quarantine_row q = { .channel = "sms", .reason = "empty", .peer = "+8613912345678", .note = "",
		.raw = arg, .n = 3, .raw_sha256 = "", .at = tx_now(tx) };
	(void)e;
	return quarantine_insert(tx, &q);
}

static void what_was_kept_aside_is_shown_masked_and_as_text_or_hex(void **state)
{
	char text[] = "abc", bytes[] = "\xff\x00\x01";
	(void)state;
	write_now(aside_run, text);
	assert_int_equal(get_as(&SUPERVISOR, "/console/api/quarantine"), 200);
	assert_string_equal(member_of_first("text"), "abc");
	assert_string_equal(member_of_first("peer"), "139****5678");
	write_now(aside_run, bytes);
	assert_int_equal(get_as(&SUPERVISOR, "/console/api/quarantine"), 200);
	assert_string_equal(member_of_first("hex"), "ff0001");
}

static int whole_aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct quarantine_row q = { .channel = "mail", .reason = "automatic", .peer = "a@example.cn", .note = "", .raw = "words", .n = 5,
		.raw_sha256 = arg, .whole = "Subject: x\r\n\r\nwords", .whole_n = 19, .at = tx_now(tx) };
	(void)e;
	return quarantine_insert(tx, &q);
}

static void the_whole_of_a_mail_kept_aside_can_be_had(void **state)
{
	char sha256[] = "00000000000000000000000000000000000000000000000000000000000000aa", path[80]; /* no file has this name */
	(void)state;
	write_now(whole_aside_run, sha256);
	assert_int_equal(get_as(&SUPERVISOR, "/console/api/quarantine"), 200);
	assert_string_equal(member_of_first("text"), "words");
	(void)snprintf(path, sizeof path, "/console/api/quarantine/%s/raw", member_of_first("id"));
	assert_int_equal(get_as(&SUPERVISOR, path), 200);
	assert_string_equal(raw.body, "Subject: x\r\n\r\nwords");
}

static void words_that_are_no_events_text_have_no_preview(void **state)
{
	(void)state;
	assert_int_equal(get_as(&ADMIN, "/console/api/templates"), 200);
	json_t *item, *words = NULL;
	size_t i;
	json_array_foreach(json_object_get(got, "items"), i, item)
		if (strcmp(json_string_value(json_object_get(item, "file")), "zh-CN/words.txt") == 0)
			words = json_copy(item);
	assert_non_null(words);
	char *body = json_dumps(words, JSON_COMPACT);
	assert_int_equal(post_as(&ADMIN, "/console/api/preview", body), 200);
	assert_int_equal(json_array_size(json_object_get(got, "items")), 0);
	free(body);
	json_decref(words);
}

/* The page says it in its reader's language: it needs the words apart from where they were found, and what they were made of. */
static void a_fault_of_the_loader_comes_in_its_parts(void **state)
{
	(void)state;
	assert_int_equal(post_as(&ADMIN, "/console/api/preview", "{\"file\":\"zh-CN/received.txt\",\"version\":\"\",\"text\":\"{number}\\n{numbre}\"}"), 422);
	assert_string_equal(word("code"), "faults");
	const json_t *faults = json_object_get(got, "faults"), *f = json_array_get(faults, 0);
	assert_int_equal(json_array_size(faults), 1);
	assert_string_equal(json_string_value(json_object_get(f, "file")), "zh-CN/received.txt");
	assert_int_equal(json_integer_value(json_object_get(f, "line")), 2);
	assert_string_equal(json_string_value(json_object_get(f, "form")), "{%.*s} is not known for %s; it may have: %s");
	assert_memory_equal(json_string_value(json_object_get(f, "words")), "{numbre} is not known for received; it may have: {", 50);
	assert_memory_equal(word("detail"), "zh-CN/received.txt:2: {numbre} is not known", 43);
}

static void a_text_in_a_language_there_is_not_is_refused(void **state)
{
	(void)state;
	assert_int_equal(post_as(&ADMIN, "/console/api/preview", "{\"file\":\"de/received.txt\",\"version\":\"\",\"text\":\"Guten Tag\"}"), 422);
	assert_string_equal(word("detail"), "file: not the name of a template");
}

/* It was answered with every ticket of the count, as if all of them fitted. */
static void behind_a_number_of_a_report_no_other_filter_is_passed_over(void **state)
{
	static const char *const more[] = { "q=x", "assignee=me", "state=new", "open=1", "waiting=1", "overdue=1", "flag=held", "asked=1",
		"unassigned=1", "order=due" };
	char path[100];
	(void)state;
	for (size_t i = 0; i < 2 * sizeof more / sizeof *more; i++) {
		(void)snprintf(path, sizeof path, "/api/v1/tickets?%s&%s", i % 2 ? "report=received" : "word=x", more[i / 2]);
		assert_int_equal(get_as(&SUPERVISOR, path), 400);
		assert_memory_equal(word("detail"), more[i / 2], strcspn(more[i / 2], "="));
	}
	assert_int_equal(get_as(&SUPERVISOR, "/api/v1/tickets?report=received&channel=web&category=waste&department=urban"), 200);
}

static void an_article_of_blanks_is_refused_by_a_rule(void **state)
{
	(void)state;
	assert_int_equal(post_as(&AGENT, "/api/v1/articles", "{\"title\":\"  \",\"body\":\"见公告\"}"), 422);
	assert_string_equal(word("code"), "article-words");
	assert_int_equal(post_as(&AGENT, "/api/v1/articles", "{\"title\":\"供暖\",\"body\":\"\\n\"}"), 422);
	assert_string_equal(word("code"), "article-words");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_read_to_its_end_by_cursor_without_gap_or_double),
		cmocka_unit_test(a_list_asked_for_wrongly_says_what_is_wrong),
		cmocka_unit_test(filters_narrow_a_list),
		cmocka_unit_test(a_citizens_address_is_masked_unless_the_role_may_see_it),
		cmocka_unit_test(a_department_meets_only_its_own_tickets),
		cmocka_unit_test(an_interim_reply_leaves_the_state),
		cmocka_unit_test(a_writer_who_has_not_seen_the_newest_is_told),
		cmocka_unit_test(a_step_that_is_not_legal_names_those_that_are),
		cmocka_unit_test(a_step_that_lacks_something_says_which_field),
		cmocka_unit_test(a_file_that_comes_up_is_noted_also_where_the_channel_carries_none),
		cmocka_unit_test(every_failure_is_a_problem_document),
		cmocka_unit_test(the_description_names_exactly_the_routes_there_are),
		cmocka_unit_test(the_description_names_exactly_the_kinds_of_events_there_are),
		cmocka_unit_test(the_page_learns_what_it_may_choose_from),
		cmocka_unit_test(the_counter_counts_as_the_channel_does),
		cmocka_unit_test(a_reply_longer_than_the_carrier_takes_is_refused_before_it_is_sent),
		cmocka_unit_test(what_failed_is_listed_and_can_be_sent_again),
		cmocka_unit_test(what_was_kept_aside_is_shown_masked_and_as_text_or_hex),
		cmocka_unit_test(the_whole_of_a_mail_kept_aside_can_be_had),
		cmocka_unit_test(words_that_are_no_events_text_have_no_preview),
		cmocka_unit_test(a_fault_of_the_loader_comes_in_its_parts),
		cmocka_unit_test(a_text_in_a_language_there_is_not_is_refused),
		cmocka_unit_test(behind_a_number_of_a_report_no_other_filter_is_passed_over),
		cmocka_unit_test(an_article_of_blanks_is_refused_by_a_rule),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
