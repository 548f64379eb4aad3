/* A gateway in one process: store, flow with two channels that only remember, console, HTTP on a free port. Requests are
 * written by hand on a socket while the same loop serves them. */
#ifndef XQ_TESTS_DESK_H
#define XQ_TESTS_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <semaphore.h>

#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "gateway/base/fetch.h"
#include "gateway/base/log.h"
#include "gateway/base/utf8.h"
#include "gateway/console/console.h"
#include "gateway/console/who.h"
#include "gateway/flow/flow.h"
#include "gateway/flow/intake.h"
#include "gateway/flow/steps.h"
#include "gateway/store/session.h"
#include "gateway/store/staff.h"
#include "gateway/store/token.h"
#include "tests/unit/store/place.h"
#include "tests/unit/base/raw_client.h"
#include "tests/unit/base/temp.h"

#define HERE static __attribute__((unused))

static struct {
	uv_loop_t loop;
	struct store *store;
	struct http_server *http;
	struct fetch *fetch;
	struct blob_store *blobs;
	struct flow *flow;
	struct console *console;
	struct secret secret;
	struct place place;
	char origin[64];
	const struct adapter_host *host;
	struct adapter *channel[2];
	unsigned channels;
	struct signal signalled;
	unsigned signals;  /* of typing */
	int64_t seen;      /* by staff, as told last */
	char seen_of[TICKET_NUMBER_MAX]; /* which ticket */
	bool limited;      /* the chat takes only so much */
} desk;

/* --- channels that take everything and send nothing --- */

static int deaf_create(struct adapter **a, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)config, (void)e;
	desk.host = host;
	*a = desk.channel[desk.channels++] = mem_new(struct adapter);
	return 0;
}

static int deaf_start(struct adapter *a, struct err *e)
{
	(void)e;
	desk.host->state(a, true, "listening");
	return 0;
}

static int deaf_send(struct adapter *a, const struct msg_out *m)
{
	struct sent_result r = { .sent = SENT_REFUSED, .reason = "nobody there" };
	desk.host->sent(a, m, &r);
	return 0;
}

static void deaf_signal(struct adapter *a, const struct signal *s)
{
	(void)a;
	desk.signalled = *s;
	desk.signals += s->what == SIGNAL_TYPING;
	if (s->what != SIGNAL_SEEN)
		return;
	desk.seen = s->seq;
	(void)snprintf(desk.seen_of, sizeof desk.seen_of, "%s", s->ticket);
}

static unsigned deaf_parts(const void *config, const char *text)
{
	(void)config;
	return (unsigned)(utf8_count(text, strlen(text)) + 66) / 67;
}

enum { DEAF_PARTS_MAX = 4 };
static unsigned deaf_parts_max(const void *config)
{
	(void)config;
	return DEAF_PARTS_MAX;
}

/* A channel with limits, as long as a test says so. */
static void deaf_reach(const char *state, int64_t now, struct reach *out)
{
	(void)state;
	*out = (struct reach){ .known = desk.limited, .open = true, .until = now + 48LL * 3600 * 1000, .left = 5 };
}

static void deaf_drain(struct adapter *a)
{
	desk.host->drained(a);
}

static void deaf_destroy(struct adapter **a)
{
	free(*a);
	*a = NULL;
}

static const struct adapter_ops deaf_sms = { .name = "deaf-sms", .caps = { .kind = "sms", .code = 20, .verified = true,
	.one_best = true }, .create = deaf_create, .start = deaf_start, .send = deaf_send, .parts = deaf_parts,
	.parts_max = deaf_parts_max,
	.drain = deaf_drain, .destroy = deaf_destroy };
static const struct adapter_ops deaf_chat = { .name = "deaf-chat", .caps = { .kind = "chat", .code = 10, .signals = true },
	.create = deaf_create, .start = deaf_start, .send = deaf_send, .signal = deaf_signal, .reach = deaf_reach, .drain = deaf_drain,
	.destroy = deaf_destroy };

/* --- jobs, from the test's own thread --- */

struct desk_job { store_run_f *run; void *arg; bool done; int rc; };

static void desk_done(void *arg, int rc, const struct err *e)
{
	struct desk_job *j = arg;
	if (rc < 0)
		print_error("job: %s\n", e->words);
	j->rc = rc;
	j->done = true;
}

static int desk_run(struct tx *tx, void *arg, struct err *e)
{
	struct desk_job *j = arg;
	return j->run(tx, j->arg, e);
}

static bool desk_is_done(void *arg)
{
	return ((struct desk_job *)arg)->done;
}

HERE void write_now(store_run_f *run, void *arg)
{
	struct desk_job j = { .run = run, .arg = arg };
	assert_int_equal(store_write(desk.store, desk_run, desk_done, &j), 0);
	assert_true(loop_until(&desk.loop, desk_is_done, &j, LOOP_UNTIL_MS));
	assert_int_equal(j.rc, 0);
}

/* --- readers that are busy --- */

enum { READERS = 2 };
static struct { sem_t end; struct desk_job job[READERS]; } busy;

static int busy_run(struct tx *tx, void *arg, struct err *e)
{
	(void)tx, (void)arg, (void)e;
	while (sem_wait(&busy.end) < 0)
		;
	return 0;
}

/* Until free_readers() nothing else is read. */
HERE void hold_readers(void)
{
	assert_int_equal(sem_init(&busy.end, 0, 0), 0);
	for (size_t i = 0; i < READERS; i++) {
		busy.job[i] = (struct desk_job){ .run = busy_run };
		assert_int_equal(store_read(desk.store, desk_run, desk_done, &busy.job[i]), 0);
	}
}

HERE void free_readers(void)
{
	for (size_t i = 0; i < READERS; i++)
		assert_int_equal(sem_post(&busy.end), 0);
	for (size_t i = 0; i < READERS; i++)
		assert_true(loop_until(&desk.loop, desk_is_done, &busy.job[i], LOOP_UNTIL_MS));
	assert_int_equal(sem_destroy(&busy.end), 0);
}

/* --- people and programs --- */

struct person { const char *name; enum role role; const char *department; };
static const struct person AGENT = { "agent", ROLE_AGENT, "" }, URBAN = { "urban", ROLE_DEPARTMENT, "urban" },
	SUPERVISOR = { "supervisor", ROLE_SUPERVISOR, "" }, ADMIN = { "admin", ROLE_ADMIN, "" };

struct entry { const struct person *who; int64_t expires_at, since; bool disabled; const char *password; };

static int entry_run(struct tx *tx, void *arg, struct err *e)
{
	const struct entry *n = arg;
	char cookie[64], hash[HEX_SHA256];
	(void)e;
	(void)snprintf(cookie, sizeof cookie, "cookie-of-%s", n->who->name);
	session_hash(cookie, hash);
	struct staff_row p = { .name = n->who->name, .display = n->who->name, .department = n->who->department,
		.password = n->password ? n->password : "", .role = n->who->role, .disabled = n->disabled, .created_at = tx_now(tx) };
	struct session_row s = { .id_hash = hash, .staff = n->who->name, .csrf = "csrf-token",
		.created_at = n->since ? n->since : tx_now(tx), .expires_at = n->expires_at ? n->expires_at : tx_now(tx) + SESSION_IDLE_MS };
	int rc = staff_put(tx, &p);
	return rc < 0 ? rc : session_put(tx, &s);
}

/* Somebody with the session "cookie-of-NAME" and the CSRF token "csrf-token". */
HERE void enter(const struct person *who)
{
	struct entry n = { .who = who };
	write_now(entry_run, &n);
}

/* An agent with this password, and a session as of enter(). */
HERE void hire(const char *name, const char *password)
{
	char hash[PASSWORD_HASH_MAX];
	struct err e = { 0 };
	struct person p = { name, ROLE_AGENT, "" };
	struct entry n = { .who = &p, .password = hash };
	assert_int_equal(crypto_password_hash(password, hash, &e), 0);
	write_now(entry_run, &n);
}

struct pass { const char *name, *scopes; };

static int pass_run(struct tx *tx, void *arg, struct err *e)
{
	const struct pass *p = arg;
	char hash[HEX_SHA256];
	(void)e;
	session_hash(p->name, hash);
	struct token_row t = { .name = p->name, .hash = hash, .scopes = p->scopes, .created_at = tx_now(tx) };
	return token_put(tx, &t);
}

/* A bearer token that is its own name. */
HERE void give_token(const char *name, const char *scopes)
{
	struct pass p = { name, scopes };
	write_now(pass_run, &p);
}

/* --- tickets --- */

struct asked { const char *channel, *peer, *name, *text; char number[TICKET_NUMBER_MAX]; };

static int asked_run(struct tx *tx, void *arg, struct err *e)
{
	struct asked *a = arg;
	static unsigned serial;
	char id[32];
	(void)snprintf(id, sizeof id, "in-%u", ++serial);
	struct msg_in m = { .kind = MSG_TEXT, .external_id = id, .peer = a->peer, .peer_name = a->name, .account = "12345",
		.text = a->text, .sent_at = tx_now(tx), .received_at = tx_now(tx) };
	struct intake_done done = { 0 };
	int rc = intake_message(tx, flow_catalog(desk.flow), flow_words(desk.flow), flow_trait(flow_words(desk.flow), a->channel), &m,
		false, &done, e);
	if (rc == 0)
		(void)snprintf(a->number, sizeof a->number, "%s", done.ticket);
	return rc;
}

/* A citizen writes; the ticket's number stays valid until the next call with the same slot. */
HERE const char *citizen(const char *channel, const char *peer, const char *text)
{
	static struct asked a[8];
	static unsigned next;
	struct asked *slot = &a[next++ % 8];
	*slot = (struct asked){ .channel = channel, .peer = peer, .name = "张伟", .text = text };
	write_now(asked_run, slot);
	return slot->number;
}

struct taken_step { const char *number, *department, *text; enum step step; };

static int taken_step_run(struct tx *tx, void *arg, struct err *e)
{
	const struct taken_step *t = arg;
	struct step_request q = { .number = t->number, .step = t->step, .actor = "somebody", .display = "某人", .role = ROLE_ADMIN,
		.department = t->department, .text = t->text, .note = t->text, .seen_seq = -1,
		.result = t->step == STEP_CLOSE ? "solved" : NULL };
	struct step_result r;
	return step_take(tx, flow_catalog(desk.flow), flow_words(desk.flow), &q, &r, e);
}

HERE void take_step(const char *number, enum step step, const char *department, const char *text)
{
	struct taken_step t = { number, department, text, step };
	write_now(taken_step_run, &t);
}

/* --- requests --- */

static struct raw raw;
static json_t *got; /* the last answer's body, when it is JSON */

/* as: a person (cookie and CSRF token), or NULL; token: or a bearer token; more: further header lines. */
HERE int ask(const char *method, const char *path, const struct person *as, const char *token, const char *more, const char *body)
{
	char head[4096], cookie[200] = "", bearer[200] = "";
	if (as != NULL)
		(void)snprintf(cookie, sizeof cookie, "Cookie: xq_session=cookie-of-%s\r\nX-XQ-CSRF: csrf-token\r\n", as->name);
	if (token != NULL)
		(void)snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", token);
	(void)snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s%s%s", method, path, desk.origin + 7,
		cookie, bearer, more ? more : "");
	raw_open(&raw, &desk.loop, http_port(desk.http));
	assert_true(raw_say(&raw, head));
	if (body != NULL) {
		(void)snprintf(head, sizeof head, "Content-Type: application/json\r\nContent-Length: %zu\r\n", strlen(body));
		assert_true(raw_say(&raw, head));
	}
	assert_true(raw_say(&raw, "\r\n"));
	if (body != NULL)
		assert_true(raw_say(&raw, body));
	int status = raw_answer_to(&raw, strcmp(method, "HEAD") == 0);
	raw_close(&raw);
	json_decref(got);
	got = json_loads(raw.body, 0, NULL);
	return status;
}

HERE int get_as(const struct person *as, const char *path)
{
	return ask("GET", path, as, NULL, NULL, NULL);
}

HERE int post_as(const struct person *as, const char *path, const char *body)
{
	return ask("POST", path, as, NULL, NULL, body);
}

HERE const char *word(const char *name)
{
	const char *s = json_string_value(json_object_get(got, name));
	return s ? s : "";
}

HERE size_t items(void)
{
	return json_array_size(json_object_get(got, "items"));
}

HERE const char *path_of(const char *number, const char *rest)
{
	static char path[200];
	(void)snprintf(path, sizeof path, "/api/v1/tickets/%s%s", number, rest);
	return path;
}

HERE size_t said_by_staff(const char *number)
{
	size_t i, n = 0;
	json_t *m;
	assert_int_equal(get_as(&ADMIN, path_of(number, "")), 200);
	json_array_foreach(json_object_get(got, "messages"), i, m)
		n += strcmp(json_string_value(json_object_get(m, "from")), "staff") == 0;
	return n;
}

/* --- life --- */

/* What a suite adds to the two channels, before anything is started; NULL: nothing. */
static void (*desk_more)(void);
static const char *desk_proxies[] = { "127.0.0.1" };
static unsigned desk_queue; /* jobs that may wait; 0: as ever */

static int desk_setup(void **state)
{
	struct err e = { 0 };
	struct faults f = { 0 };
	if (temp_setup(state) < 0)
		return -1;
	log_init(false, LOG_ERROR);
	assert_int_equal(uv_loop_init(&desk.loop), 0);
	char *files = temp_path("files"), *key = temp_path("secret.key");
	place_make(&desk.place, temp_dir);
	struct store_config sc = { .dsn = desk.place.dsn, .queue_max = desk_queue };
	struct http_limits limits = { .connections = 200, .body = 64 * 1024 };
	struct catalog *cat = catalog_load("config", "templates", &f);
	assert_non_null(cat);
	assert_int_equal(secret_make(&desk.secret, key, &e), 0);
	assert_non_null(desk.blobs = blob_open(files, &e));
	assert_int_equal(store_open(&desk.store, &sc, &e), 0);
	assert_non_null(desk.http = http_create(&desk.loop, &limits, &e));
	assert_non_null(desk.fetch = fetch_create(&desk.loop, &e));
	struct flow_settings fs = { .loop = &desk.loop, .store = desk.store, .http = desk.http, .fetch = desk.fetch,
		.blobs = desk.blobs, .secret = &desk.secret, .catalog = cat, .hotline = "示范市12345", .language = "zh-CN",
		.public_url = "https://12345.city.example", .www = temp_dir };
	char *widget = temp_path("widget");
	assert_int_equal(symlink("/proc/self/cwd/adapters/webchat/widget", widget), 0);
	assert_non_null(desk.flow = flow_create(&fs, &e));
	assert_int_equal(flow_add(desk.flow, "sms", &deaf_sms, NULL, &e), 0);
	assert_int_equal(flow_add(desk.flow, "web", &deaf_chat, NULL, &e), 0);
	if (desk_more)
		desk_more();
	struct console_settings cs = { .loop = &desk.loop, .flow = desk.flow, .http = desk.http, .store = desk.store,
		.blobs = desk.blobs, .secret = &desk.secret, .www = temp_dir, .public_url = fs.public_url, .hotline = fs.hotline,
		.tables = "config", .templates = "templates", .proxies = { desk_proxies, 1 } };
	char *www = temp_path("console");
	assert_int_equal(symlink("/proc/self/cwd/gateway/console/www", www), 0);
	assert_int_equal(console_create(&desk.console, &cs, &e), 0);
	assert_int_equal(store_start(desk.store, &desk.loop, &e), 0);
	assert_int_equal(flow_start(desk.flow, &e), 0);
	assert_int_equal(http_listen(desk.http, "127.0.0.1", 0, &e), 0);
	(void)snprintf(desk.origin, sizeof desk.origin, "http://127.0.0.1:%d", http_port(desk.http));
	enter(&AGENT);
	enter(&URBAN);
	enter(&SUPERVISOR);
	enter(&ADMIN);
	free(files);
	free(key);
	free(www);
	free(widget);
	faults_fini(&f);
	return 0;
}

static int desk_teardown(void **state)
{
	store_stop(desk.store);
	console_destroy(&desk.console);
	flow_destroy(&desk.flow);
	http_destroy(&desk.http);
	fetch_destroy(&desk.fetch);
	(void)uv_run(&desk.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&desk.loop), 0);
	store_close(&desk.store);
	place_remove(&desk.place);
	blob_close(&desk.blobs);
	json_decref(got);
	got = NULL;
	return temp_teardown(state);
}

#endif
