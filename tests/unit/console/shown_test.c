/* What whoever may see a ticket must not learn by it: who the citizen is by a way round, what he alone was told, and what is not read
 * unless it is written down. */
#include <inttypes.h>

#include "gateway/flow/query_code.h"
#include "gateway/store/event.h"
#include "gateway/store/place.h"
#include "gateway/store/quarantine.h"
#include "tests/unit/console/desk.h"
#include "gateway/store/attachment.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"

/* --- ways round the address --- */

static const char LETTER[] = "From: reporter@example.org\r\n\r\nwords";
static char letter_sha[HEX_SHA256];

struct letter { const char *number, *name, *type; char file[24]; };

static int letter_run(struct tx *tx, void *arg, struct err *e)
{
	struct letter *l = arg;
	struct ticket_row t;
	int rc = ticket_get_number(tx, l->number, &t);
	if (rc < 0 || (rc = blob_put(desk.blobs, LETTER, strlen(LETTER), letter_sha, e)) < 0)
		return rc;
	struct attachment_row a = { .name = l->name, .type = l->type, .sha256 = letter_sha, .size = strlen(LETTER) };
	struct message_row m = { .conversation = t.conversation, .ticket = t.id, .from = FROM_CITIZEN, .author = t.peer, .text = "words",
		.event = "", .at = tx_now(tx), .out_state = -1, .attachment = &a, .attachments = 1 };
	if ((rc = message_insert(tx, &m, &t)) < 0 || (rc = message_get(tx, m.id, &m)) < 0)
		return rc;
	(void)snprintf(l->file, sizeof l->file, "%" PRIu64, m.attachment[0].id);
	return 0;
}

static int read_letter(const struct letter *l, const struct person *as, const char *token)
{
	char path[80];
	(void)snprintf(path, sizeof path, "/api/v1/files/%s", l->file);
	return ask("GET", path, as, token, NULL, NULL);
}

static int count_run(struct tx *tx, void *arg, struct err *e)
{
	struct event_row *v;
	size_t n;
	const char *next;
	int *count = arg;
	(void)e;
	*count = 0;
	int rc = event_list(tx, "0", 100000, &v, &n, &next);
	for (size_t i = 0; rc == 0 && i < n; i++)
		*count += strcmp(v[i].kind, "read") == 0;
	return rc;
}

static int reads(void)
{
	int n;
	write_now(count_run, &n);
	return n;
}

/* One past the limits of its parser, whatever its bytes look like; one that he encloses, as ours with the address to rate in it; one of
 * a program that says nothing of what it encloses. */
static void a_mail_that_is_a_file_is_read_by_whom_a_raw_mail_is(void **state)
{
	static const struct { const char *name, *type; } mails[] = { { "mail.eml", "message/rfc822" }, { "mail.eml", "text/html" },
		{ "mail.eml", "application/octet-stream" }, { "您的诉求已办结.eml", "message/rfc822" }, { "attached", "message/rfc822" },
		{ "Re.EML", "text/plain" }, { "re.msg", "application/x-ole-storage" } };
	(void)state;
	give_token("reader", "read"), give_token("full", "read,pii");
	for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
		char peer[24];
		(void)snprintf(peer, sizeof peer, "+86137876520%02zu", i);
		struct letter l = { .number = citizen("sms", peer, "举报，附信一封"), .name = mails[i].name, .type = mails[i].type };
		write_now(letter_run, &l);
		take_step(l.number, STEP_ACCEPT, NULL, NULL);
		take_step(l.number, STEP_DISPATCH, "urban", NULL);
		assert_int_equal(read_letter(&l, &URBAN, NULL), 403);
		assert_null(strstr(raw.body, "reporter@"));
		assert_int_equal(read_letter(&l, NULL, "reader"), 403);
		int before = reads();
		assert_int_equal(read_letter(&l, NULL, "full"), 200);
		assert_int_equal(read_letter(&l, &AGENT, NULL), 200);
		assert_int_equal(reads(), before + 2);
		take_step(l.number, STEP_CONFIDE, NULL, NULL);
		assert_int_equal(read_letter(&l, &AGENT, NULL), 403);
		assert_int_equal(read_letter(&l, &SUPERVISOR, NULL), 200);
	}
}

static void what_else_he_encloses_is_for_whoever_handles_it(void **state)
{
	(void)state;
	struct letter l = { .number = citizen("sms", "+8613787652050", "路灯坏了，见照片"), .name = "eml.jpg", .type = "image/jpeg" };
	write_now(letter_run, &l);
	take_step(l.number, STEP_ACCEPT, NULL, NULL);
	take_step(l.number, STEP_DISPATCH, "urban", NULL);
	int before = reads();
	assert_int_equal(read_letter(&l, &URBAN, NULL), 200);
	assert_int_equal(reads(), before);
}

/* One more ticket of the same conversation. */
static const char *split(const char *number)
{
	static char plain[4][TICKET_NUMBER_MAX];
	static unsigned next;
	char body[200];
	char *out = plain[next++ % 4];
	assert_int_equal(get_as(&SUPERVISOR, path_of(number, "")), 200);
	const json_t *all = json_object_get(got, "messages");
	const char *last = json_string_value(json_object_get(json_array_get(all, json_array_size(all) - 1), "id"));
	(void)snprintf(body, sizeof body, "{\"messages\":[\"%s\"]}", last);
	assert_int_equal(post_as(&SUPERVISOR, path_of(number, "/split"), body), 201);
	(void)snprintf(out, TICKET_NUMBER_MAX, "%s", json_string_value(json_object_get(json_object_get(got, "other"), "number")));
	return out;
}

static void a_history_goes_on_over_what_is_hidden_and_names_none_of_it(void **state)
{
	(void)state;
	char oldest[TICKET_NUMBER_MAX];
	const char *const peer = "+8613787651002";
	(void)snprintf(oldest, sizeof oldest, "%s", citizen("sms", peer, "第一件：路灯不亮"));
	assert_string_equal(citizen("sms", peer, "第二件：举报某人受贿"), oldest);
	const char *secret = split(oldest);
	assert_string_equal(citizen("sms", peer, "第三件：垃圾没有清运"), secret);
	const char *newest = split(secret);
	take_step(secret, STEP_CONFIDE, NULL, NULL);
	assert_int_equal(get_as(&AGENT, path_of(newest, "/history?limit=1")), 200);
	assert_int_equal(items(), 1);
	assert_non_null(strstr(raw.body, oldest));
	assert_int_equal(get_as(&SUPERVISOR, path_of(newest, "/history?limit=1")), 200);
	assert_non_null(strstr(raw.body, secret));
	assert_int_equal(get_as(&AGENT, path_of(secret, "/history?limit=1")), 200);
	assert_int_equal(items(), 0);
	assert_true(json_is_null(json_object_get(got, "next")));
	assert_true(json_is_null(json_object_get(got, "joined")));
}

static size_t events_of(const struct person *as, const char *path, const char *list, const char *name, const char *kind)
{
	size_t i, n = 0;
	json_t *o;
	assert_int_equal(get_as(as, path), 200);
	json_array_foreach(json_object_get(got, list), i, o)
		n += strcmp(json_string_value(json_object_get(o, name)), kind) == 0;
	return n;
}

/* Two of a kind in one instant tell which belong together, whatever is left out of them. */
static void nobody_learns_by_neighbouring_events_whose_a_confidential_ticket_is(void **state)
{
	(void)state;
	char secret[TICKET_NUMBER_MAX], plain[TICKET_NUMBER_MAX], body[80];
	static const char all[] = "/api/v1/events?limit=200";
	(void)snprintf(secret, sizeof secret, "%s", citizen("sms", "+8613787651003", "匿名举报"));
	(void)snprintf(plain, sizeof plain, "%s", citizen("web", "shown-joined", "井盖坏了"));
	(void)snprintf(body, sizeof body, "{\"other\":\"%s\"}", plain);
	assert_int_equal(post_as(&SUPERVISOR, path_of(secret, "/citizen"), body), 200);
	assert_int_equal(events_of(&AGENT, all, "items", "kind", "citizen-joined"), 0);
	assert_int_equal(events_of(&SUPERVISOR, all, "items", "kind", "citizen-joined"), 2);
	const char *const each[] = { secret, plain };
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(events_of(&AGENT, path_of(each[i], ""), "steps", "step", "citizen-joined"), 0);
		assert_int_equal(events_of(&SUPERVISOR, path_of(each[i], ""), "steps", "step", "citizen-joined"), 1);
	}
}

/* --- what the citizen alone was told --- */

static const char TOKEN[] = "5a1-7c.abcdefgh234567ij";

static int told_run(struct tx *tx, void *arg, struct err *e)
{
	struct ticket_row t;
	(void)e;
	int rc = ticket_get_number(tx, arg, &t);
	struct message_row ours = { .conversation = t.conversation, .ticket = t.id, .from = FROM_SYSTEM, .author = "", .event = "closed",
		.text = arena_printf(tx_arena(tx), "办结，请评价：https://12345.city.example/rate/%s 谢谢", TOKEN), .at = tx_now(tx), .out_state = -1 };
	struct message_row his = { .conversation = t.conversation, .ticket = t.id, .from = FROM_CITIZEN, .author = t.peer, .event = "",
		.text = "没有解决", .quoted = ours.text, .at = tx_now(tx), .out_state = -1 };
	return rc < 0 || (rc = message_insert(tx, &ours, &t)) < 0 ? rc : message_insert(tx, &his, &t);
}

static void what_lets_somebody_speak_as_the_citizen_is_shown_to_nobody_else(void **state)
{
	(void)state;
	static const struct person *const each[] = { &AGENT, &URBAN, &SUPERVISOR, &ADMIN };
	char number[TICKET_NUMBER_MAX], code[QUERY_CODE_LEN + 1], path[100];
	(void)snprintf(number, sizeof number, "%s", citizen("sms", "+8613787651004", "小区垃圾三天没有清运"));
	take_step(number, STEP_ACCEPT, NULL, NULL);
	take_step(number, STEP_DISPATCH, "urban", NULL);
	write_now(told_run, number);
	query_code(&desk.secret, number, code);
	for (size_t i = 0; i < sizeof each / sizeof *each; i++) {
		assert_int_equal(get_as(each[i], path_of(number, "")), 200);
		assert_non_null(strstr(raw.body, "/rate/")); /* that he was asked is seen */
		assert_non_null(strstr(raw.body, "查询码"));
		assert_null(strstr(raw.body, TOKEN));
		assert_null(strstr(raw.body, code));
	}
	give_token("all-of-it", "read,write,pii,reports");
	assert_int_equal(ask("GET", path_of(number, ""), NULL, "all-of-it", NULL, NULL), 200);
	assert_null(strstr(raw.body, TOKEN));
	assert_null(strstr(raw.body, code));
	/* Nor by asking what would be found. */
	const char *const words[] = { code, TOKEN, "5a1-7c.abc" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		(void)snprintf(path, sizeof path, "/api/v1/tickets?q=%s", words[i]);
		assert_int_equal(get_as(&AGENT, path), 200);
		assert_int_equal(items(), 0);
	}
	assert_int_equal(get_as(&AGENT, "/api/v1/tickets?q=%E6%B8%85%E8%BF%90"), 200);
	assert_true(items() > 0);
}

static void nor_by_another_way_to_what_he_wrote(void **state)
{
	(void)state;
	char number[TICKET_NUMBER_MAX], body[80];
	static const char words[] = "评价 https://city.example/rate/5a1-7c.abcdefgh234567ij 打不开";
	(void)snprintf(number, sizeof number, "%s", citizen("sms", "+8613787651006", words));
	assert_int_equal(get_as(&AGENT, path_of(number, "/alike")), 200);
	assert_non_null(strstr(raw.body, "/rate/"));
	assert_null(strstr(raw.body, TOKEN));
	take_step(number, STEP_ACCEPT, NULL, NULL);
	take_step(number, STEP_REPLY, NULL, "请再试一次 https://city.example/rate/5a1-7c.abcdefgh234567ij");
	(void)snprintf(body, sizeof body, "{\"ticket\":\"%s\"}", number);
	assert_int_equal(post_as(&SUPERVISOR, "/api/v1/articles", body), 201);
	assert_null(strstr(raw.body, TOKEN));
	assert_int_equal(get_as(&AGENT, "/api/v1/articles"), 200);
	assert_null(strstr(raw.body, TOKEN));
}

/* --- what was kept aside --- */

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct quarantine_row q = { .channel = "sms", .reason = "bad", .peer = "+8613787651005", .note = "", .raw = arg,
		.n = strlen(arg), .raw_sha256 = "", .at = tx_now(tx) };
	(void)e;
	return quarantine_insert(tx, &q);
}

/* A chat's ids begin with the visitor, an event's end with his open id. */
static void what_the_channel_calls_a_message_is_shown_to_who_may_see_whose_it_is(void **state)
{
	(void)state;
	char open[TICKET_NUMBER_MAX], secret[TICKET_NUMBER_MAX];
	(void)snprintf(open, sizeof open, "%s", citizen("web", "visitor-7", "路灯坏了"));
	(void)snprintf(secret, sizeof secret, "%s", citizen("web", "visitor-8", "举报违建"));
	take_step(open, STEP_DISPATCH, "urban", NULL);
	take_step(secret, STEP_DISPATCH, "urban", NULL);
	take_step(secret, STEP_CONFIDE, NULL, NULL);
	give_token("named", "read,pii"), give_token("unnamed", "read");
	const struct { const char *number; const struct person *as; const char *token; bool shown; } ask_of[] = {
		{ open, &AGENT, NULL, true }, { open, NULL, "named", true }, { open, &URBAN, NULL, false }, { open, NULL, "unnamed", false },
		{ secret, &SUPERVISOR, NULL, true }, { secret, &AGENT, NULL, false }, { secret, &URBAN, NULL, false },
	};
	for (size_t i = 0; i < sizeof ask_of / sizeof *ask_of; i++) {
		assert_int_equal(ask("GET", path_of(ask_of[i].number, ""), ask_of[i].as, ask_of[i].token, NULL, NULL), 200);
		const json_t *first = json_array_get(json_object_get(got, "messages"), 0);
		assert_int_equal(json_is_string(json_object_get(first, "external_id")), ask_of[i].shown);
	}
}

/* The same moment on two tickets says that they are one citizen's. */
static void until_when_a_citizen_can_be_answered_does_not_say_whose_a_confidential_ticket_is(void **state)
{
	(void)state;
	const char *number = citizen("web", "visitor-9", "举报违建");
	take_step(number, STEP_DISPATCH, "urban", NULL);
	desk.limited = true;
	for (int secret = 0; secret < 2; secret++) {
		const struct person *const as[] = { &AGENT, &URBAN, &SUPERVISOR };
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(get_as(as[i], path_of(number, "")), 200);
			const json_t *reach = json_object_get(got, "reach");
			bool told = !secret || as[i] == &SUPERVISOR;
			assert_true(json_is_true(json_object_get(reach, "open")));
			assert_int_equal(json_is_string(json_object_get(reach, "until")), told);
			assert_int_equal(json_is_integer(json_object_get(reach, "left")), told);
		}
		if (!secret)
			take_step(number, STEP_CONFIDE, NULL, NULL);
	}
	desk.limited = false;
}

/* Two tickets of one citizen, the first confidential. */
static void two_of_one(const char *peer, char secret[TICKET_NUMBER_MAX], char plain[TICKET_NUMBER_MAX])
{
	char body[200];
	(void)snprintf(secret, TICKET_NUMBER_MAX, "%s", citizen("sms", peer, "饭店偷排污水"));
	(void)citizen("sms", peer, "小区停水三天了");
	assert_int_equal(get_as(&SUPERVISOR, path_of(secret, "")), 200);
	const json_t *all = json_object_get(got, "messages");
	const char *last = json_string_value(json_object_get(json_array_get(all, json_array_size(all) - 1), "id"));
	(void)snprintf(body, sizeof body, "{\"messages\":[\"%s\"]}", last);
	assert_int_equal(post_as(&SUPERVISOR, path_of(secret, "/split"), body), 201);
	(void)snprintf(plain, TICKET_NUMBER_MAX, "%s", json_string_value(json_object_get(json_object_get(got, "other"), "number")));
	take_step(secret, STEP_CONFIDE, NULL, NULL);
}

static void what_a_merged_confidential_ticket_refuses_names_no_other_and_only_who_knows_parts_them(void **state)
{
	char secret[TICKET_NUMBER_MAX], plain[TICKET_NUMBER_MAX], body[200];
	(void)state;
	two_of_one("+8613787650021", secret, plain);
	(void)snprintf(body, sizeof body, "{\"into\":\"%s\"}", plain);
	assert_int_equal(post_as(&SUPERVISOR, path_of(secret, "/merge"), body), 200);
	assert_int_equal(post_as(&AGENT, path_of(secret, "/steps"), "{\"step\":\"reopen\"}"), 409);
	assert_string_equal(word("code"), "merged");
	assert_null(strstr(raw.body, plain));
	assert_int_equal(post_as(&AGENT, path_of(secret, "/unmerge"), "{}"), 403);
	assert_string_equal(word("code"), "stays-unknown");
	assert_int_equal(post_as(&AGENT, path_of(secret, "/citizen"), "{\"other\":null}"), 403);
	assert_string_equal(word("code"), "stays-unknown");
	take_step(plain, STEP_REPLY, NULL, "已处理");
	take_step(plain, STEP_CLOSE, NULL, NULL);
	assert_int_equal(post_as(&SUPERVISOR, path_of(secret, "/unmerge"), "{}"), 409);
	assert_string_equal(word("code"), "unmerge-closed");
	assert_null(strstr(raw.body, plain));
}

static void declining_a_ticket_as_a_repeat_does_not_say_whose_a_confidential_one_is(void **state)
{
	char secret[TICKET_NUMBER_MAX], plain[TICKET_NUMBER_MAX], body[200];
	(void)state;
	two_of_one("+8613787650022", secret, plain);
	const char *stranger = citizen("sms", "+8613787650023", "小区停水");
	give_token("writes", "read,write"), give_token("writes-all", "read,write,pii");
	const char *const number[] = { plain, stranger };
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(body, sizeof body, "{\"step\":\"decline\",\"note\":\"重复\",\"other\":\"%s\"}", secret);
		assert_int_equal(ask("POST", path_of(number[i % 2], "/steps"), NULL, i < 2 ? "writes" : "writes-all", NULL, body), i < 2 ? 403 : 409);
		assert_string_equal(word("code"), i < 2 ? "stays-unknown" : i == 2 ? "other-open" : "not-same");
	}
}

static void the_docket_shows_a_department_nothing_of_a_ticket_that_has_left_it(void **state)
{
	(void)state;
	const char *number = citizen("web", "visitor-10", "施工噪声整夜不停");
	take_step(number, STEP_DISPATCH, "urban", NULL);
	take_step(number, STEP_SUPERVISE, NULL, "请尽快");
	assert_int_equal(get_as(&URBAN, "/api/v1/docket/supervision"), 200);
	assert_non_null(strstr(raw.body, number));
	take_step(number, STEP_DISPATCH, "police", NULL);
	assert_int_equal(get_as(&URBAN, "/api/v1/docket/supervision"), 200);
	assert_null(strstr(raw.body, number));
	assert_null(strstr(raw.body, "施工噪声"));
	assert_int_equal(get_as(&SUPERVISOR, "/api/v1/docket/supervision"), 200);
	assert_non_null(strstr(raw.body, number));
}

static void whoever_reads_what_was_kept_aside_has_it_in_the_chain(void **state)
{
	char words[] = "From=+8613787651005&Body=我是王小明";
	(void)state;
	write_now(aside_run, words);
	int before = reads();
	assert_int_equal(get_as(&SUPERVISOR, "/console/api/quarantine"), 200);
	assert_non_null(strstr(raw.body, "王小明"));
	assert_int_equal(reads(), before + 1);
}

/* --- accounts --- */

static void whoever_finds_an_administrators_session_makes_and_takes_no_account(void **state)
{
	static const struct person chief = { "old-chief", ROLE_ADMIN, "" }, victim = { "victim", ROLE_ADMIN, "" };
	static const char *const bad[] = {
		"{\"name\":\"ghost\",\"role\":\"admin\",\"password\":\"a long enough one\"}",
		"{\"name\":\"victim\",\"password\":\"a long enough one\"}", "{\"name\":\"victim\",\"totp\":false}",
		"{\"name\":\"victim\",\"unlock\":true}", "{\"name\":\"victim\",\"role\":\"agent\"}", "{\"name\":\"victim\",\"disabled\":true}",
		"{\"name\":\"victim\",\"role\":\"department\",\"department\":\"urban\"}",
	};
	struct entry late = { .who = &chief, .since = clock_now() - FRESH_MS - 60000 };
	(void)state;
	enter(&victim);
	write_now(entry_run, &late);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(post_as(&chief, "/console/api/staff", bad[i]), 403);
		assert_string_equal(word("code"), "again");
	}
	/* What opens no door needs none of that. */
	assert_int_equal(post_as(&chief, "/console/api/staff", "{\"name\":\"victim\",\"capacity\":9,\"display\":\"甲\",\"role\":\"admin\",\"disabled\":false}"), 200);
	assert_int_equal(get_as(&victim, "/console/api/me"), 200);
	assert_int_equal(post_as(&chief, "/console/api/logout", "{}"), 204);
	enter(&chief);
	assert_int_equal(post_as(&chief, "/console/api/staff", bad[0]), 200);
}

static void nobody_is_called_as_what_the_gateway_signs_with(void **state)
{
	static const char *const own[] = { "citizen", "system", "clock", "command", "import", "System" };
	char body[120];
	(void)state;
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		(void)snprintf(body, sizeof body, "{\"name\":\"%s\",\"role\":\"agent\",\"password\":\"long enough it is\"}", own[i]);
		assert_int_equal(post_as(&ADMIN, "/console/api/staff", body), 422);
		assert_string_equal(word("code"), "staff-own");
	}
	/* Who has one from before can be let go. */
	static const struct person clock = { "clock", ROLE_AGENT, "" };
	enter(&clock);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"clock\",\"disabled\":true}"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_that_is_a_file_is_read_by_whom_a_raw_mail_is),
		cmocka_unit_test(what_else_he_encloses_is_for_whoever_handles_it),
		cmocka_unit_test(a_history_goes_on_over_what_is_hidden_and_names_none_of_it),
		cmocka_unit_test(nobody_learns_by_neighbouring_events_whose_a_confidential_ticket_is),
		cmocka_unit_test(what_lets_somebody_speak_as_the_citizen_is_shown_to_nobody_else),
		cmocka_unit_test(nor_by_another_way_to_what_he_wrote),
		cmocka_unit_test(what_the_channel_calls_a_message_is_shown_to_who_may_see_whose_it_is),
		cmocka_unit_test(until_when_a_citizen_can_be_answered_does_not_say_whose_a_confidential_ticket_is),
		cmocka_unit_test(what_a_merged_confidential_ticket_refuses_names_no_other_and_only_who_knows_parts_them),
		cmocka_unit_test(declining_a_ticket_as_a_repeat_does_not_say_whose_a_confidential_one_is),
		cmocka_unit_test(the_docket_shows_a_department_nothing_of_a_ticket_that_has_left_it),
		cmocka_unit_test(whoever_reads_what_was_kept_aside_has_it_in_the_chain),
		cmocka_unit_test(whoever_finds_an_administrators_session_makes_and_takes_no_account),
		cmocka_unit_test(nobody_is_called_as_what_the_gateway_signs_with),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
