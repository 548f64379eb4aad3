/* Who may do what: sessions, tokens, CSRF, what is masked. Roles by route: matrix_test.c; who guesses: door_test.c. */
#include "gateway/store/event.h"
#include "gateway/store/place.h"
#include "gateway/store/report.h"
#include "gateway/store/session.h"
#include "gateway/store/staff.h"
#include "gateway/store/token.h"
#include "tests/unit/console/desk.h"

/* --- what is read in full --- */

struct last_read { char who[80], data[2000]; int count; };

static int last_read_run(struct tx *tx, void *arg, struct err *e)
{
	struct last_read *l = arg;
	struct event_row *v;
	size_t n;
	const char *next;
	(void)e;
	*l = (struct last_read){ 0 };
	int rc = event_list(tx, "0", 100000, &v, &n, &next);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (strcmp(v[i].kind, "read") != 0)
			continue;
		l->count++;
		(void)snprintf(l->who, sizeof l->who, "%s", v[i].actor);
		(void)snprintf(l->data, sizeof l->data, "%s", v[i].data);
	}
	return rc;
}

static struct last_read last_read(void)
{
	static struct last_read l;
	write_now(last_read_run, &l);
	return l;
}

static void who_sees_an_address_in_full_stands_in_the_chain_before_it_is_shown(void **state)
{
	(void)state;
	const char *number = citizen("sms", "+8613912345678", "路灯坏了");
	take_step(number, STEP_ACCEPT, NULL, NULL);
	take_step(number, STEP_DISPATCH, "urban", "请处理");
	enter(&AGENT), enter(&URBAN);
	int before = last_read().count;
	assert_int_equal(get_as(&AGENT, path_of(number, "")), 200);
	assert_string_equal(word("peer"), "+8613912345678");
	struct last_read l = last_read();
	assert_int_equal(l.count, before + 1);
	assert_string_equal(l.who, "agent");
	assert_non_null(strstr(l.data, number));
	assert_int_equal(get_as(&URBAN, path_of(number, "")), 200);
	assert_null(strstr(raw.body, "13912345678"));
	assert_null(strstr(raw.body, "张伟"));
	assert_int_equal(get_as(&AGENT, "/api/v1/tickets"), 200);
	assert_null(strstr(raw.body, "13912345678"));
	assert_int_equal(last_read().count, before + 1);
	give_token("pii", "read,pii"), give_token("plain", "read");
	assert_int_equal(ask("GET", "/api/v1/tickets", NULL, "pii", NULL, NULL), 200);
	assert_non_null(strstr(raw.body, "13912345678"));
	l = last_read();
	assert_string_equal(l.who, "api:pii");
	assert_non_null(strstr(l.data, number));
	assert_int_equal(ask("GET", path_of(number, ""), NULL, "plain", NULL, NULL), 200);
	assert_null(strstr(raw.body, "13912345678"));
	assert_int_equal(last_read().count, before + 2);
	assert_int_equal(ask("GET", "/api/v1/events?limit=200", NULL, "plain", NULL, NULL), 200);
	assert_null(strstr(raw.body, "\"read\"")); /* following the events and looking makes no more of them */
}

static sem_t held, released;

static int hold_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx, (void)arg, (void)e;
	sem_post(&held);
	return sem_wait(&released);
}

static int own_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg, (void)e;
	return event_append(tx, 0, "others", "system", "{}");
}

static bool all_wait(void *arg)
{
	return store_queued(desk.store) == *(unsigned *)arg;
}

/* How many had been read in full when it was written. */
static int reads_before_run(struct tx *tx, void *arg, struct err *e)
{
	int *count = arg;
	struct event_row *v;
	size_t n;
	const char *next;
	(void)e;
	*count = 0;
	int rc = event_list(tx, "0", 100000, &v, &n, &next);
	for (size_t i = 0; rc == 0 && i < n && strcmp(v[i].kind, "others") != 0; i++)
		*count += strcmp(v[i].kind, "read") == 0;
	return rc;
}

static void who_reads_very_much_in_full_keeps_nobody_else_waiting(void **state)
{
	(void)state;
	enum { ASKS = 6 };
	static struct raw asks[ASKS];
	unsigned waiting = 1 + ASKS;
	struct desk_job own = { .run = own_run };
	citizen("sms", "+8613912345678", "路灯坏了");
	give_token("greedy", "read,pii");
	assert_int_equal(ask("GET", "/api/v1/tickets", NULL, "greedy", NULL, NULL), 200); /* known, it has turns of its own */
	int before = last_read().count, when = 0;
	assert_int_equal(sem_init(&held, 0, 0), 0);
	assert_int_equal(sem_init(&released, 0, 0), 0);
	assert_int_equal(store_write(desk.store, hold_run, NULL, NULL), 0);
	assert_int_equal(sem_wait(&held), 0);
	for (size_t i = 0; i < ASKS; i++) {
		raw_open(&asks[i], &desk.loop, http_port(desk.http));
		assert_true(raw_say(&asks[i], "GET /api/v1/tickets HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer greedy\r\n\r\n"));
	}
	assert_true(loop_until(&desk.loop, all_wait, &waiting, LOOP_UNTIL_MS)); /* each has read, and is to be written down */
	assert_int_equal(store_write(desk.store, desk_run, desk_done, &own), 0);
	sem_post(&released);
	assert_true(loop_until(&desk.loop, desk_is_done, &own, LOOP_UNTIL_MS));
	for (size_t i = 0; i < ASKS; i++) {
		assert_int_equal(raw_answer_to(&asks[i], false), 200);
		raw_close(&asks[i]);
	}
	assert_int_equal(last_read().count, before + ASKS);
	write_now(reads_before_run, &when);
	assert_in_range(when - before, 0, 1);
}

static void of_a_confidential_ticket_only_its_handler_and_leads_see_the_citizen(void **state)
{
	(void)state;
	const char *number = citizen("sms", "+8613787654321", "举报违建");
	take_step(number, STEP_CONFIDE, NULL, NULL);
	enter(&AGENT), enter(&SUPERVISOR);
	int before = last_read().count;
	assert_int_equal(get_as(&AGENT, path_of(number, "")), 200);
	assert_string_equal(word("peer"), "***");
	assert_null(strstr(raw.body, "张伟"));
	assert_int_equal(last_read().count, before);
	assert_int_equal(get_as(&SUPERVISOR, path_of(number, "")), 200);
	assert_string_equal(word("peer"), "+8613787654321");
	assert_string_equal(last_read().who, "supervisor");
}

/* Beside another ticket of the same citizen a name would stand, or its ends. */
static void who_asked_to_stay_unknown_is_not_told_by_other_tickets_either(void **state)
{
	(void)state;
	char secret[TICKET_NUMBER_MAX], plain[TICKET_NUMBER_MAX], body[200];
	(void)snprintf(secret, sizeof secret, "%s", citizen("sms", "+8613787650001", "饭店偷排污水，请为我保密"));
	assert_string_equal(citizen("sms", "+8613787650001", "饭店又在偷排污水，请为我保密"), secret);
	enter(&AGENT), enter(&SUPERVISOR);
	assert_int_equal(get_as(&SUPERVISOR, path_of(secret, "")), 200);
	const json_t *all = json_object_get(got, "messages");
	const char *last = json_string_value(json_object_get(json_array_get(all, json_array_size(all) - 1), "id"));
	(void)snprintf(body, sizeof body, "{\"messages\":[\"%s\"]}", last);
	assert_int_equal(post_as(&AGENT, path_of(secret, "/split"), body), 201);
	(void)snprintf(plain, sizeof plain, "%s", json_string_value(json_object_get(json_object_get(got, "other"), "number")));
	assert_int_equal(get_as(&AGENT, path_of(plain, "")), 200);
	assert_string_equal(word("peer"), "***"); /* what was split off is no way to see it */
	take_step(plain, STEP_DISCLOSE, NULL, "市民同意");
	/* Nor by what the one says of the other, nor by trying whether they belong together. */
	assert_int_equal(get_as(&AGENT, path_of(plain, "")), 200);
	assert_string_equal(word("peer"), "+8613787650001");
	assert_null(strstr(raw.body, secret));
	assert_int_equal(get_as(&AGENT, path_of(secret, "")), 200);
	assert_null(strstr(raw.body, plain));
	assert_int_equal(get_as(&SUPERVISOR, path_of(plain, "")), 200);
	assert_non_null(strstr(raw.body, secret));
	char stranger[TICKET_NUMBER_MAX];
	(void)snprintf(stranger, sizeof stranger, "%s", citizen("sms", "+8613787650002", "小区停水"));
	const char *const beside[] = { plain, stranger };
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(body, sizeof body, "{\"%s\":\"%s\"}", i % 2 ? "into" : "other", beside[i / 2]);
		assert_int_equal(post_as(&AGENT, path_of(secret, i % 2 ? "/merge" : "/citizen"), body), 403);
		assert_string_equal(word("code"), "stays-unknown");
	}
	(void)snprintf(body, sizeof body, "{\"other\":\"%s\"}", plain);
	assert_int_equal(post_as(&SUPERVISOR, path_of(secret, "/citizen"), body), 409); /* one conversation already */
	assert_int_equal(get_as(&AGENT, "/api/v1/events?limit=200"), 200);
	json_t *all_events = json_object_get(got, "items"), *event;
	size_t at;
	json_array_foreach(all_events, at, event) {
		const char *other = json_string_value(json_object_get(json_object_get(event, "data"), "other"));
		assert_false(other && (strcmp(other, secret) == 0 || strcmp(other, plain) == 0));
	}
	static const char *const route[] = { "/history", "/alike" };
	const char *const of[] = { secret, plain };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(get_as(&AGENT, path_of(of[i / 2], route[i % 2])), 200);
		assert_int_equal(items(), 0);
		assert_int_equal(get_as(&SUPERVISOR, path_of(of[i / 2], route[i % 2])), 200);
		assert_int_equal(items(), 1);
	}
}

static bool no_letter(const void *arg, const char *channel)
{
	(void)arg, (void)channel;
	return false;
}

static int follow_run(struct tx *tx, void *arg, struct err *e)
{
	struct report_follow f = { .letter = no_letter, .limit = 10000 };
	(void)arg, (void)e;
	return report_follow(tx, &f);
}

static void a_report_shows_a_department_no_ticket_that_has_left_it(void **state)
{
	static const char path[] = "/api/v1/tickets?report=received&limit=200";
	(void)state;
	const char *number = citizen("web", "rights-moved", "我家地址是幸福里3号");
	take_step(number, STEP_DISPATCH, "urban", NULL);
	write_now(follow_run, NULL);
	assert_int_equal(get_as(&URBAN, path), 200);
	assert_non_null(strstr(raw.body, number));
	take_step(number, STEP_DISPATCH, "police", NULL);
	assert_int_equal(get_as(&URBAN, path), 200); /* before the reports have followed */
	assert_null(strstr(raw.body, number));
	assert_int_equal(get_as(&SUPERVISOR, path), 200);
	assert_non_null(strstr(raw.body, number));
}

static void a_token_nobody_knows_or_that_was_revoked_is_refused(void **state)
{
	(void)state;
	assert_int_equal(ask("GET", "/api/v1/tickets", NULL, "stranger", NULL, NULL), 401);
	assert_true(raw_has(&raw, "WWW-Authenticate: Bearer"));
	/* A cookie beside a bad token does not help. */
	assert_int_equal(ask("GET", "/api/v1/tickets", &ADMIN, "stranger", NULL, NULL), 401);
}

static int revoke_run(struct tx *tx, void *arg, struct err *e)
{
	struct token_row t;
	(void)e;
	int rc = token_get(tx, arg, &t);
	t.revoked_at = tx_now(tx);
	return rc < 0 ? rc : token_put(tx, &t);
}

static void a_revoked_token_is_out_with_the_next_request(void **state)
{
	char name[] = "leaver";
	(void)state;
	give_token(name, "read");
	assert_int_equal(ask("GET", "/api/v1/tickets", NULL, name, NULL, NULL), 200);
	write_now(revoke_run, name);
	assert_int_equal(ask("GET", "/api/v1/tickets", NULL, name, NULL, NULL), 401);
}

/* --- sessions --- */

static void a_session_ends_after_its_time(void **state)
{
	struct entry n = { .who = &AGENT, .expires_at = clock_now() - 1 };
	(void)state;
	write_now(entry_run, &n);
	assert_int_equal(get_as(&AGENT, "/console/api/me"), 401);
	enter(&AGENT);
	assert_int_equal(get_as(&AGENT, "/console/api/me"), 200);
}

static const struct person OLD = { "old", ROLE_AGENT, "" }, STALE = { "stale-login", ROLE_AGENT, "" };

static void a_session_ends_after_a_day_however_busy(void **state)
{
	struct entry n = { .who = &OLD, .since = clock_now() - SESSION_LIFE_MS + 60000 };
	(void)state;
	write_now(entry_run, &n);
	assert_int_equal(get_as(&OLD, "/console/api/me"), 200);
	struct entry over = { .who = &STALE, .since = clock_now() - SESSION_LIFE_MS - 1 };
	write_now(entry_run, &over);
	assert_int_equal(get_as(&STALE, "/console/api/me"), 401);
}

static void how_one_logs_in_is_changed_only_after_a_login_of_the_last_minutes(void **state)
{
	static const struct person late = { "late", ROLE_AGENT, "" };
	struct entry n = { .who = &late, .since = clock_now() - FRESH_MS - 60000 };
	(void)state;
	write_now(entry_run, &n);
	assert_int_equal(post_as(&late, "/console/api/password", "{\"password\":\"a long enough one\"}"), 403);
	assert_string_equal(word("code"), "again");
	assert_int_equal(post_as(&late, "/console/api/totp", "{\"begin\":true}"), 403);
	assert_int_equal(post_as(&AGENT, "/console/api/password", "{\"password\":\"short\"}"), 422);
	assert_int_equal(post_as(&AGENT, "/console/api/totp", "{\"code\":\"123456\"}"), 409);
	assert_int_equal(post_as(&AGENT, "/console/api/totp", "{\"begin\":true}"), 200);
	assert_int_equal(strlen(word("secret")), 32);
	assert_int_equal(post_as(&AGENT, "/console/api/totp", "{\"code\":\"12345\"}"), 422);
}

static int second_session_run(struct tx *tx, void *arg, struct err *e)
{
	char hash[HEX_SHA256];
	(void)e;
	session_hash("elsewhere", hash);
	struct session_row s = { .id_hash = hash, .staff = arg, .csrf = "csrf-token", .created_at = tx_now(tx),
		.expires_at = tx_now(tx) + SESSION_IDLE_MS };
	return session_put(tx, &s);
}

static void administrators_change_how_they_log_in_themselves_no_easier_than_others(void **state)
{
	static const struct person chief = { "chief", ROLE_ADMIN, "" };
	char name[] = "chief";
	struct entry late = { .who = &chief, .since = clock_now() - FRESH_MS - 60000 };
	(void)state;
	write_now(entry_run, &late);
	assert_int_equal(post_as(&chief, "/console/api/staff", "{\"name\":\"chief\",\"password\":\"a long enough one\"}"), 403);
	assert_string_equal(word("code"), "again");
	assert_int_equal(post_as(&chief, "/console/api/staff", "{\"name\":\"chief\",\"totp\":false}"), 403);
	assert_string_equal(word("code"), "again");
	assert_int_equal(post_as(&chief, "/console/api/staff", "{\"name\":\"chief\",\"capacity\":9}"), 200);
	assert_int_equal(post_as(&chief, "/console/api/logout", "{}"), 204);
	enter(&chief);
	write_now(second_session_run, name);
	assert_int_equal(ask("GET", "/console/api/me", NULL, NULL, "Cookie: xq_session=elsewhere\r\n", NULL), 200);
	assert_int_equal(post_as(&chief, "/console/api/staff", "{\"name\":\"chief\",\"password\":\"a long enough one\"}"), 200);
	assert_int_equal(get_as(&chief, "/console/api/me"), 200);
	assert_int_equal(ask("GET", "/console/api/me", NULL, NULL, "Cookie: xq_session=elsewhere\r\n", NULL), 401);
}

static void nobody_takes_their_own_rights_away_nor_gives_what_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"admin\",\"disabled\":true}"), 409);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"admin\",\"role\":\"agent\"}"), 409);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"new one\",\"password\":\"long enough it is\"}"), 422);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"fresh\"}"), 422); /* no password */
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"fresh\",\"role\":\"system\",\"password\":\"long enough it is\"}"), 422);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"fresh\",\"skills\":\"juggling\",\"password\":\"long enough it is\"}"), 422);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"fresh\",\"role\":\"department\",\"department\":\"nowhere\",\"password\":\"long enough it is\"}"), 422);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"fresh\",\"skills\":\"water-outage\",\"password\":\"long enough it is\"}"), 200);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"agent\",\"role\":\"supervisor\"}"), 200);
	assert_int_equal(get_as(&AGENT, "/console/api/me"), 401); /* another role: log in again */
	enter(&AGENT);
}

/* An account as the list of staff has it. */
static json_t *account(const char *name)
{
	size_t i;
	json_t *o;
	assert_int_equal(get_as(&ADMIN, "/console/api/staff"), 200);
	json_array_foreach(json_object_get(got, "items"), i, o)
		if (strcmp(json_string_value(json_object_get(o, "name")), name) == 0)
			return o;
	fail();
	return NULL;
}

static int put_account(const char *name, const char *version, const char *change)
{
	char body[300];
	(void)snprintf(body, sizeof body, "{\"name\":\"%s\",\"version\":\"%s\",%s}", name, version, change);
	return post_as(&ADMIN, "/console/api/staff", body);
}

static void an_account_is_not_saved_over_what_another_administrator_changed(void **state)
{
	static const struct person leaver = { "leaver", ROLE_SUPERVISOR, "" };
	char seen[HEX_SHA256];
	(void)state;
	enter(&leaver);
	(void)snprintf(seen, sizeof seen, "%s", json_string_value(json_object_get(account("leaver"), "version")));
	assert_int_equal(put_account("leaver", seen, "\"role\":\"agent\",\"disabled\":true"), 200);
	assert_int_equal(put_account("leaver", seen, "\"capacity\":9,\"role\":\"supervisor\",\"disabled\":false"), 409);
	assert_string_equal(word("code"), "changed");
	assert_true(json_is_true(json_object_get(account("leaver"), "disabled")));
	(void)snprintf(seen, sizeof seen, "%s", json_string_value(json_object_get(account("leaver"), "version")));
	assert_int_equal(put_account("leaver", seen, "\"capacity\":9"), 200);
	assert_true(json_is_true(json_object_get(account("leaver"), "disabled")));
	assert_string_equal(json_string_value(json_object_get(account("leaver"), "role")), "agent");
	assert_int_equal(put_account("leaver", "", "\"password\":\"a long enough one\""), 409); /* meant to be a new one */
	assert_string_equal(word("code"), "exists");
}

static int outlived_run(struct tx *tx, void *arg, struct err *e)
{
	struct staff_row s;
	(void)e;
	int rc = staff_get(tx, arg, &s);
	s.skills = "zzz-gone,water-outage";
	s.department = "dissolved";
	return rc < 0 ? rc : staff_put(tx, &s);
}

static void what_has_left_the_tables_does_not_keep_an_account_as_it_is(void **state)
{
	static const struct person old = { "old-hand", ROLE_DEPARTMENT, "urban" };
	(void)state;
	enter(&old);
	write_now(outlived_run, (void *)old.name);
	assert_int_equal(put_account("old-hand", "", "\"disabled\":true"), 409);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"old-hand\",\"disabled\":true}"), 200);
	assert_true(json_is_true(json_object_get(account("old-hand"), "disabled")));
	assert_string_equal(json_string_value(json_object_get(account("old-hand"), "skills")), "zzz-gone,water-outage");
	/* One can be added beside it, and it can be dropped, but is not given out again. */
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"old-hand\",\"skills\":\"zzz-gone,waste\"}"), 200);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"old-hand\",\"skills\":\"waste\"}"), 200);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"old-hand\",\"skills\":\"zzz-gone\"}"), 422);
	assert_string_equal(word("code"), "skill");
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"old-hand\",\"department\":\"urban\"}"), 200);
	assert_int_equal(post_as(&ADMIN, "/console/api/staff", "{\"name\":\"old-hand\",\"department\":\"dissolved\"}"), 422);
}

static void no_file_outside_the_tables_is_read_or_written(void **state)
{
	static const char *const bad[] = { "../xinqiao.conf", "xinqiao.conf", "..csv", ".hidden.csv", "a/b.csv", "/etc/passwd.csv" };
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char body[200];
		(void)snprintf(body, sizeof body, "{\"file\":\"%s\",\"version\":\"0\",\"text\":\"x\"}", bad[i]);
		assert_int_equal(post_as(&ADMIN, "/console/api/tables", body), 422);
		assert_int_equal(post_as(&ADMIN, "/console/api/templates", body), 422);
	}
	assert_int_equal(post_as(&ADMIN, "/console/api/tables", "{\"file\":\"canned.csv\",\"version\":\"0\",\"text\":\"x\"}"), 409);
	assert_int_equal(post_as(&ADMIN, "/console/api/templates", "{\"file\":\"zh-CN/../../x.txt\",\"version\":\"\",\"text\":\"x\"}"), 422);
}

static int session_read(struct tx *tx, void *arg, struct err *e)
{
	struct session_row s;
	char hash[HEX_SHA256];
	(void)e;
	session_hash("cookie-of-agent", hash);
	int rc = session_get(tx, hash, &s);
	*(int64_t *)arg = s.expires_at;
	return rc;
}

static void a_session_in_use_goes_on_for_twelve_hours(void **state)
{
	struct entry n = { .who = &AGENT, .expires_at = clock_now() + 60000 };
	int64_t expires = 0;
	(void)state;
	write_now(entry_run, &n);
	assert_int_equal(get_as(&AGENT, "/console/api/me"), 200);
	write_now(session_read, &expires); /* behind the renewal: writes run in order */
	assert_true(expires > clock_now() + SESSION_IDLE_MS - 60000);
}

static void a_disabled_account_is_out_with_its_next_request(void **state)
{
	struct entry n = { .who = &AGENT, .disabled = true };
	(void)state;
	assert_int_equal(get_as(&AGENT, "/console/api/me"), 200);
	write_now(entry_run, &n);
	assert_int_equal(get_as(&AGENT, "/console/api/me"), 401);
	enter(&AGENT);
}

static void logging_out_ends_the_session(void **state)
{
	(void)state;
	assert_int_equal(post_as(&AGENT, "/console/api/logout", "{}"), 204);
	assert_true(raw_has(&raw, "Set-Cookie: xq_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"));
	assert_int_equal(get_as(&AGENT, "/console/api/me"), 401);
	enter(&AGENT);
}

/* --- CSRF --- */

static int post_with(const char *csrf, const char *origin)
{
	char head[300];
	(void)snprintf(head, sizeof head, "Cookie: xq_session=cookie-of-agent\r\n%s%s%s%s%s%s", csrf ? "X-XQ-CSRF: " : "",
		csrf ? csrf : "", csrf ? "\r\n" : "", origin ? "Origin: " : "", origin ? origin : "", origin ? "\r\n" : "");
	return ask("POST", "/console/api/parts", NULL, NULL, head, "{\"channel\":\"sms\",\"text\":\"x\"}");
}

static void a_write_with_a_cookie_needs_the_token_and_our_own_origin(void **state)
{
	(void)state;
	assert_int_equal(post_with(NULL, NULL), 403);
	assert_int_equal(post_with("", NULL), 403);
	assert_int_equal(post_with("csrf-toker", NULL), 403);
	assert_int_equal(post_with("csrf-token", "https://evil.example"), 403);
	assert_int_equal(post_with("csrf-token", "null"), 403);
	assert_int_equal(post_with("csrf-token", "https://12345.city.example.evil.example"), 403);
	assert_int_equal(post_with("csrf-token", NULL), 200);
	assert_int_equal(post_with("csrf-token", desk.origin), 200);
	assert_int_equal(post_with("csrf-token", "https://12345.city.example"), 200);
}

static void who_may_not_send_a_file_is_told_before_any_of_it_is_taken(void **state)
{
	static const char file[] = "/api/v1/files?ticket=1&name=a.pdf", head[] = "Expect: 100-continue\r\nContent-Length: 10000000\r\n";
	(void)state;
	give_token("reader", "read"), give_token("writer", "read,write");
	enter(&AGENT);
	assert_int_equal(ask("POST", file, NULL, NULL, head, NULL), 401);
	assert_int_equal(ask("POST", file, NULL, "made-up", head, NULL), 401);
	assert_int_equal(ask("POST", file, NULL, "reader", head, NULL), 403);
	assert_int_equal(ask("POST", file, NULL, "writer", head, NULL), 100);
	assert_int_equal(ask("POST", file, NULL, NULL, "Cookie: xq_session=cookie-of-agent\r\n"
		"Expect: 100-continue\r\nContent-Length: 10000000\r\n", NULL), 403);
	assert_int_equal(ask("POST", file, &AGENT, NULL, head, NULL), 100);
}

/* --- login --- */

static int log_in(const char *name, const char *password)
{
	char body[200];
	(void)snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
	return ask("POST", "/console/api/login", NULL, NULL, NULL, body);
}

static void a_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use(void **state)
{
	char cookie[200], *end;
	(void)state;
	hire("chen", "right");
	assert_int_equal(log_in("chen", "right"), 204);
	const char *at = strstr(raw.answer, "Set-Cookie: xq_session=");
	assert_non_null(at);
	assert_true(raw_has(&raw, "; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200; Secure"));
	(void)snprintf(cookie, sizeof cookie, "Cookie: %s", at + 12);
	end = strchr(cookie, ';');
	memcpy(end, "\r\n", 3);
	assert_int_equal(ask("GET", "/console/api/me", NULL, NULL, cookie, NULL), 200);
	assert_string_equal(word("name"), "chen");
	assert_int_equal(strlen(word("csrf")), 64);
}

static void a_login_from_another_site_is_refused(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/console/api/login", NULL, NULL, "Origin: https://evil.example\r\n",
		"{\"name\":\"chen\",\"password\":\"right\"}"), 403);
}

static void a_wrong_password_and_an_unknown_name_get_the_same_answer(void **state)
{
	char wrong[2000];
	(void)state;
	hire("li", "right");
	assert_int_equal(log_in("li", "wrong"), 401);
	(void)snprintf(wrong, sizeof wrong, "%s", raw.body);
	assert_int_equal(log_in("nobody", "wrong"), 401);
	assert_string_equal(raw.body, wrong);
	assert_false(raw_has(&raw, "Set-Cookie"));
}

static void a_login_that_is_no_login_is_a_bad_request(void **state)
{
	(void)state;
	assert_int_equal(ask("POST", "/console/api/login", NULL, NULL, NULL, "name=chen"), 400);
	assert_int_equal(ask("POST", "/console/api/login", NULL, NULL, NULL, "{\"name\":\"chen\"}"), 400);
	assert_int_equal(log_in("", "right"), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_sees_an_address_in_full_stands_in_the_chain_before_it_is_shown),
		cmocka_unit_test(who_reads_very_much_in_full_keeps_nobody_else_waiting),
		cmocka_unit_test(of_a_confidential_ticket_only_its_handler_and_leads_see_the_citizen),
		cmocka_unit_test(who_asked_to_stay_unknown_is_not_told_by_other_tickets_either),
		cmocka_unit_test(a_report_shows_a_department_no_ticket_that_has_left_it),
		cmocka_unit_test(a_token_nobody_knows_or_that_was_revoked_is_refused),
		cmocka_unit_test(a_revoked_token_is_out_with_the_next_request),
		cmocka_unit_test(a_session_ends_after_its_time),
		cmocka_unit_test(a_session_ends_after_a_day_however_busy),
		cmocka_unit_test(how_one_logs_in_is_changed_only_after_a_login_of_the_last_minutes),
		cmocka_unit_test(administrators_change_how_they_log_in_themselves_no_easier_than_others),
		cmocka_unit_test(nobody_takes_their_own_rights_away_nor_gives_what_is_not_there),
		cmocka_unit_test(an_account_is_not_saved_over_what_another_administrator_changed),
		cmocka_unit_test(what_has_left_the_tables_does_not_keep_an_account_as_it_is),
		cmocka_unit_test(no_file_outside_the_tables_is_read_or_written),
		cmocka_unit_test(a_session_in_use_goes_on_for_twelve_hours),
		cmocka_unit_test(a_disabled_account_is_out_with_its_next_request),
		cmocka_unit_test(logging_out_ends_the_session),
		cmocka_unit_test(a_write_with_a_cookie_needs_the_token_and_our_own_origin),
		cmocka_unit_test(who_may_not_send_a_file_is_told_before_any_of_it_is_taken),
		cmocka_unit_test(a_login_gives_a_cookie_that_scripts_and_other_sites_cannot_use),
		cmocka_unit_test(a_login_from_another_site_is_refused),
		cmocka_unit_test(a_wrong_password_and_an_unknown_name_get_the_same_answer),
		cmocka_unit_test(a_login_that_is_no_login_is_a_bad_request),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
