/* Requests as a stranger, a program or somebody of the staff may send them: any route the process serves over HTTP, any path, query and
 * body, several one after the other, against the real calls over a real store (SQLite, in TMPDIR). What a page of the console could never
 * send is sent as well.
 *
 * Input, as text: two lines a request. "WHO HOW METHOD PATH?QUERY" without blanks between the first two, who and how being one letter of
 * CALLER and of enum how; then the body. $1 to $3 are the numbers of tickets, $i the id of whatever an answer last named, $f a file.
 *
 * What has to hold: each request is answered once; with a status that the API describes, and never 500; what calls itself JSON is JSON;
 * a read changes nothing; and what is refused has written nothing.
 *
 * The store's jobs and the workers run here and at once, in one transaction that is taken back at the end: so no input sees what another
 * has left, and nothing waits for a disk. Time and chance are always the same. */
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/fetch.h"
#include "gateway/base/http_internal.h"
#include "gateway/base/log.h"
#include "gateway/console/console.h"
#include "gateway/console/edit.h"
#include "gateway/console/hasher.h"
#include "gateway/console/who.h"
#include "gateway/flow/flow.h"
#include "gateway/flow/intake.h"
#include "gateway/flow/steps.h"
#include "gateway/model/file_ref.h"
#include "gateway/store/db_sqlite.h"
#include "gateway/store/session.h"
#include "gateway/store/staff.h"
#include "gateway/store/token.h"
#include "gateway/store/tx.h"
#include "tests/fuzz/fuzz.h"

enum { FUZZ_MAX = 512 };
enum { REQUESTS_MAX = 8, JOBS_MAX = 200, TICKETS = 3, SPOKEN_MAX = 64 * 1024 };
static const int64_t noon = 1795320000000; /* 2026-11-22 12:00 in Shanghai */

enum how { HOW_PLAIN = ' ', HOW_KEY = 'k', HOW_NO_CSRF = 'c', HOW_FOREIGN = 'o' };
struct caller {
	char letter;
	const char *name;
	int role; /* -1: a token, which is its own name */
	const char *scopes, *department;
};
static const struct caller CALLER[] = {
	{ 'a', "agent", ROLE_AGENT, NULL, "" }, { 'd', "urban", ROLE_DEPARTMENT, NULL, "urban" }, { 's', "supervisor", ROLE_SUPERVISOR, NULL, "" },
	{ 'm', "admin", ROLE_ADMIN, NULL, "" }, { 'r', "reader", -1, "read", NULL }, { 'w', "writer", -1, "read,write", NULL },
	{ 'p', "person", -1, "read,write,pii,reports", NULL }, { 'n', NULL, 0, NULL, NULL }, { 'x', "stranger", -1, NULL, NULL },
};

static struct world {
	uv_loop_t loop;
	struct store *store;
	struct session session;
	struct http_server *http;
	struct fetch *fetch;
	struct blob_store *blobs;
	struct flow *flow;
	struct console *console;
	struct secret secret;
	char number[TICKETS][TICKET_NUMBER_MAX];
	const struct adapter_host *host;
	struct adapter adapter[2];
	unsigned adapters;
} *w;

/* One input's. */
static struct {
	struct { bool write; store_run_f *run; store_done_f *done; void *arg; uv_work_t *work; uv_after_work_cb after; } job[JOBS_MAX];
	size_t jobs, done;
	int64_t now;
	uint64_t random;
	const struct caller *caller;
	enum how how;
	struct http_req *req;
	bool admitted;
	int answers, status;
	bool wrote;      /* before the answer */
	char id[64], file[FILE_REF_MAX];
} in;

/* --- what lies below the console, played --- */

int64_t clock_now(void)
{
	return in.now += 1;
}

int64_t clock_monotonic(void)
{
	return in.now;
}

void crypto_random(void *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		in.random = in.random * 6364136223846793005ULL + 1442695040888963407ULL;
		((uint8_t *)out)[i] = (uint8_t)(in.random >> 56);
	}
}

int crypto_password_hash(const char *password, char out[PASSWORD_HASH_MAX], struct err *e)
{
	(void)e;
	snprintf(out, PASSWORD_HASH_MAX, "played$%zu", strlen(password));
	return 0;
}

bool crypto_password_check(const char *password, const char *hash)
{
	char own[PASSWORD_HASH_MAX];
	struct err e;
	return crypto_password_hash(password, own, &e) == 0 && strcmp(own, hash) == 0;
}

static void later(bool write, store_run_f *run, store_done_f *done, void *arg, uv_work_t *work, uv_after_work_cb after)
{
	must(in.jobs < JOBS_MAX);
	in.job[in.jobs].write = write;
	in.job[in.jobs].run = run;
	in.job[in.jobs].done = done;
	in.job[in.jobs].arg = arg;
	in.job[in.jobs].work = work;
	in.job[in.jobs++].after = after;
}

int store_give(struct store *s, const struct store_job *j)
{
	(void)s;
	later(j->write, j->run, j->done, j->arg, NULL, NULL);
	return 0;
}

int store_write(struct store *s, store_run_f *run, store_done_f *done, void *arg)
{
	return store_give(s, &(struct store_job){ .run = run, .done = done, .arg = arg, .write = true });
}

int store_write_again(struct store *s, store_run_f *run, store_done_f *done, void *arg)
{
	return store_write(s, run, done, arg);
}

int store_read(struct store *s, store_run_f *run, store_done_f *done, void *arg)
{
	return store_give(s, &(struct store_job){ .run = run, .done = done, .arg = arg });
}

/* Here and at once, too. */
struct hasher *hasher_create(uv_loop_t *loop)
{
	return (struct hasher *)loop;
}

void hasher_give(struct hasher *h, struct hash_job *j)
{
	(void)h;
	j->run(j);
	j->done(j, true);
}

void hasher_destroy(struct hasher **h)
{
	*h = NULL;
}

int uv_queue_work(uv_loop_t *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb after)
{
	(void)loop;
	run(work);
	later(false, NULL, NULL, NULL, work, after);
	return 0;
}

/* The loader is other targets' subject (csv, words, survey, render), and takes a hundred times as long as a request: what has a `!` in it
 * is refused as it refuses, all else would be what is in use already. */
int edit_try(struct edit *ed, struct faults *f, struct err *e)
{
	if (ed->text && memchr(ed->text, '!', ed->n)) {
		faults_add(f, ed->file, 1, "`%s` is not known", "!");
		return err_set(e, E_RANGE, "%s", f->line[0]);
	}
	ed->catalog = catalog_ref(flow_catalog(w->flow));
	ed->canned = json_array();
	return 0;
}

/* The gateway's tables stay as they are: what is accepted is not written. */
int edit_apply(struct edit *ed, struct faults *f, struct err *e)
{
	return edit_try(ed, f, e);
}

int blob_put(struct blob_store *s, const void *p, size_t n, char hex[HEX_SHA256], struct err *e)
{
	uint8_t sum[SHA256_LEN];
	(void)s, (void)e;
	crypto_sha256(p, n, sum);
	crypto_hex(sum, sizeof sum, hex);
	return 0;
}

/* --- jobs --- */

static int changes(void)
{
	return sqlite3_total_changes(db_sqlite_handle(w->session.db));
}

static void job_run(bool write, store_run_f *run, store_done_f *done, void *arg)
{
	struct arena *a = arena_create(4096);
	struct err e = { 0 };
	struct tx tx;
	bool lost;
	int before = changes();
	tx_init(&tx, &w->session, a, write);
	int rc = tx_run_job(&tx, false, run, arg, &lost, &e);
	must(!lost);
	must(write || changes() == before);
	if (rc == 0 && in.answers == 0)
		in.wrote = in.wrote || changes() != before;
	done(arg, rc, &e);
	arena_destroy(&a);
}

static void jobs_run(void)
{
	for (; in.done < in.jobs; in.done++) {
		if (in.job[in.done].after)
			in.job[in.done].after(in.job[in.done].work, 0);
		else
			job_run(in.job[in.done].write, in.job[in.done].run, in.job[in.done].done, in.job[in.done].arg);
	}
	in.jobs = in.done = 0;
}

/* --- a request, and its answer --- */

const char *http_header(const struct http_req *r, const char *name)
{
	static char bearer[80];
	(void)r;
	const struct caller *c = in.caller;
	bool staff = c->name && c->role >= 0;
	if (strcmp(name, "authorization") == 0 && c->name && !staff) {
		snprintf(bearer, sizeof bearer, "Bearer %s", c->name);
		return bearer;
	}
	if (strcmp(name, "x-xq-csrf") == 0 && staff && in.how != HOW_NO_CSRF)
		return "csrf-token";
	if (strcmp(name, "origin") == 0 && in.how == HOW_FOREIGN)
		return "https://elsewhere.example";
	if (strcmp(name, "idempotency-key") == 0 && in.how == HOW_KEY)
		return "a-key";
	return strcmp(name, "host") == 0 ? "12345.city.example" : NULL;
}

const char *http_cookie(const struct http_req *r, const char *name)
{
	(void)r;
	return strcmp(name, SESSION_COOKIE) == 0 && in.caller->name && in.caller->role >= 0 ? in.caller->name : NULL;
}

static void remember(const json_t *o, const char *name, char *to, size_t cap)
{
	const char *s = json_string_value(json_object_get(o, name));
	if (s && *s && strlen(s) < cap)
		snprintf(to, cap, "%s", s);
}

static bool status_known(int status)
{
	static const int known[] = { 200, 201, 204, 303, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 423, 429 };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i] == status)
			return true;
	return false;
}

/* Pages that anybody may open count and note things on the way; of the API what is refused has not happened, but that it was tried. */
static bool is_api(const char *path)
{
	return strcmp(path, "/console/api/login") != 0 && strcmp(path, "/console/api/totp") != 0 &&
		(strncmp(path, "/api/v1/", 8) == 0 || strncmp(path, "/console/api/", 13) == 0);
}

static void answered(struct http_req *r, int status)
{
	must(r == in.req && in.answers++ == 0);
	in.status = status;
	/* Its channels are not up; no file is on its disk, as if it had been swept just then. */
	bool busy = status == 503 && (strcmp(r->path, "/readyz") == 0 || strcmp(r->path, "/api/v1/files") == 0);
	if (!status_known(status) && !busy)
		must(!"a status that nobody was told of");
	must(status < 400 || !in.wrote || !is_api(r->path));
}

void http_answer(struct http_req *r, int status, const char *type, const void *body, size_t n, const char *const *headers)
{
	for (size_t i = 0; headers && headers[i]; i += 2)
		must(headers[i + 1] && !strpbrk(headers[i + 1], "\r\n"));
	bool problem = type && strcmp(type, "application/problem+json") == 0;
	if (problem || (type && strcmp(type, "application/json") == 0)) {
		json_t *o = json_loadb(body, n, JSON_REJECT_DUPLICATES, NULL);
		must(o);
		must(!problem || json_integer_value(json_object_get(o, "status")) == status);
		remember(o, "message", in.id, sizeof in.id);
		remember(o, "id", in.id, sizeof in.id);
		remember(o, "file", in.file, sizeof in.file);
		json_decref(o);
	} else if (type) {
		must(utf8_valid(body, n));
	}
	answered(r, status);
}

void http_answer_text(struct http_req *r, int status, const char *text)
{
	http_answer(r, status, "text/plain", text, strlen(text), NULL);
}

void http_problem(struct http_req *r, int status, const char *title, const char *detail)
{
	must(title);
	(void)detail;
	answered(r, status);
}

void http_redirect(struct http_req *r, int status, const char *location)
{
	must(*location == '/' && !strpbrk(location, "\r\n"));
	answered(r, status);
}

void http_answer_file(struct http_req *r, const char *path, const char *cache)
{
	must(!strstr(path, "/.."));
	(void)cache;
	answered(r, 200);
}

void http_answer_fd(struct http_req *r, int fd, uint64_t size, const char *type, const char *name)
{
	(void)size, (void)type, (void)name;
	close(fd);
	answered(r, 200);
}

void http_admit(struct http_req *r)
{
	must(r == in.req && !in.admitted && !in.answers);
	in.admitted = true;
}

void http_hang_up(struct http_req *r)
{
	answered(r, 204);
}

static const char *placed(char c)
{
	return c >= '1' && c < '1' + TICKETS ? w->number[c - '1'] : c == 'i' ? in.id : c == 'f' ? in.file : NULL;
}

/* Whatever the input names by a $. Valid UTF-8, as the server hands on nothing else. */
static char *spoken(const char *text, struct arena *a)
{
	struct buf b, mended;
	buf_init(&b, SPOKEN_MAX);
	buf_init(&mended, 4 * SPOKEN_MAX);
	for (const char *p = text; *p; p++) {
		const char *said = *p == '$' ? placed(p[1]) : NULL;
		if (said)
			p++;
		must(said ? buf_adds(&b, said) : buf_add(&b, p, 1));
	}
	utf8_mend(&mended, buf_str(&b), b.len);
	char *s = arena_strdup(a, buf_str(&mended));
	buf_fini(&mended);
	buf_fini(&b);
	return s;
}

static void query_read(struct http_req *r, char *text)
{
	for (char *piece = strtok(text, "&"); piece; piece = strtok(NULL, "&")) {
		struct http_query *q = arena_alloc(r->arena, sizeof *q);
		char *value = strchr(piece, '=');
		if (value)
			*value++ = '\0';
		*q = (struct http_query){ .next = r->query, .name = piece, .value = value ? value : "" };
		r->query = q;
	}
}

/* "METHOD PATH?QUERY": what the server takes apart before a handler is called. */
static bool request_read(struct http_req *r, char *line, const char *body)
{
	static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH" };
	char *path = strchr(line, ' '), *query = path ? strchr(path, '?') : NULL;
	if (!path)
		return false;
	*path++ = '\0';
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		r->method = strcmp(line, methods[i]) == 0 ? methods[i] : r->method;
	if (query)
		*query++ = '\0';
	r->path = path;
	r->query_raw = query ? arena_strdup(r->arena, query) : "";
	r->peer = "192.0.2.1";
	if (query)
		query_read(r, query);
	buf_adds(&r->body, body);
	int status;
	const char *allow;
	r->route = r->method && *path == '/' && !strstr(path, "/..") ? http_route_find(w->http, r->method, path, r->arena, &status, &allow) : NULL;
	r->rest = r->route && r->route->prefix ? path + r->route->len : "";
	return r->route != NULL;
}

static void request(const char *line, const char *body)
{
	if (!line[0] || !line[1])
		return;
	struct http_req r = { .arena = arena_create(4096) };
	in.caller = &CALLER[7];
	for (size_t i = 0; i < sizeof CALLER / sizeof *CALLER; i++)
		in.caller = CALLER[i].letter == line[0] ? &CALLER[i] : in.caller;
	in.how = (enum how)line[1];
	in.req = &r;
	in.answers = 0;
	in.wrote = false;
	buf_init(&r.body, 4 * SPOKEN_MAX);
	if (request_read(&r, spoken(line + 2, r.arena), spoken(body, r.arena))) {
		in.admitted = !r.route->admit || !r.body.len;
		if (!in.admitted) {
			r.route->admit(&r, r.route->arg);
			jobs_run();
			must(in.admitted != (in.answers == 1));
		}
		if (in.admitted) {
			r.route->handler(&r, r.route->arg);
			jobs_run();
		}
		must(in.answers == 1);
	}
	in.req = NULL;
	buf_fini(&r.body);
	arena_destroy(&r.arena);
}

/* --- the gateway --- */

static int play_create(struct adapter **a, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)config, (void)e;
	w->host = host;
	*a = &w->adapter[w->adapters++];
	return 0;
}

static int play_start(struct adapter *a, struct err *e)
{
	(void)a, (void)e;
	return 0;
}

static int play_send(struct adapter *a, const struct msg_out *m)
{
	(void)a, (void)m;
	return E_AGAIN;
}

static void play_signal(struct adapter *a, const struct signal *s)
{
	(void)a, (void)s;
}

static void play_drain(struct adapter *a)
{
	(void)a;
}

static void play_destroy(struct adapter **a)
{
	*a = NULL;
}

static unsigned play_parts(const void *config, const char *text)
{
	(void)config;
	return (unsigned)(utf8_count(text, strlen(text)) + 66) / 67;
}

static unsigned play_parts_max(const void *config)
{
	(void)config;
	return 4;
}

static const struct adapter_ops play_sms = { .name = "play-sms", .caps = { .kind = "sms", .code = 20, .verified = true, .one_best = true },
	.create = play_create, .start = play_start, .send = play_send, .parts = play_parts, .parts_max = play_parts_max,
	.drain = play_drain, .destroy = play_destroy };
static const struct adapter_ops play_chat = { .name = "play-chat", .caps = { .kind = "chat", .code = 10, .signals = true, .files = {
	.count = 3, .each = 1 << 20, .all = 2 << 20, .types = "image/jpeg,image/png,text/plain" } }, .create = play_create, .start = play_start, .send = play_send,
	.signal = play_signal, .drain = play_drain, .destroy = play_destroy };

static int people_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg, (void)e;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof CALLER / sizeof *CALLER; i++) {
		const struct caller *c = &CALLER[i];
		char hash[HEX_SHA256];
		if (!c->name || (c->role < 0 && !c->scopes))
			continue;
		session_hash(c->name, hash);
		struct staff_row p = { .name = c->name, .display = c->name, .department = c->department, .password = "played$10", .role = (unsigned)c->role,
			.created_at = tx_now(tx) };
		struct session_row s = { .id_hash = hash, .staff = c->name, .csrf = "csrf-token", .created_at = tx_now(tx),
			.expires_at = tx_now(tx) + SESSION_IDLE_MS };
		struct token_row t = { .name = c->name, .hash = hash, .scopes = c->scopes, .created_at = tx_now(tx) };
		if (c->role < 0)
			rc = token_put(tx, &t);
		else if ((rc = staff_put(tx, &p)) == 0)
			rc = session_put(tx, &s);
	}
	return rc;
}

/* The first is with a department, the second new, the third closed and asked about. */
static int tickets_run(struct tx *tx, void *arg, struct err *e)
{
	static const char *const text[TICKETS] = { "滨江路路灯不亮", "请问社保怎么补缴", "楼上装修太吵" };
	const struct flow_words *words = flow_words(w->flow);
	struct catalog *c = flow_catalog(w->flow);
	int rc = 0;
	(void)arg;
	for (unsigned i = 0; rc == 0 && i < TICKETS; i++) {
		char id[8], peer[20];
		snprintf(id, sizeof id, "in-%u", i);
		snprintf(peer, sizeof peer, "+861380000000%u", i);
		struct msg_in m = { .kind = MSG_TEXT, .external_id = id, .peer = peer, .peer_name = "张伟", .account = "12345", .text = text[i],
			.sent_at = tx_now(tx), .received_at = tx_now(tx) };
		struct intake_done done = { 0 };
		rc = intake_message(tx, c, words, flow_trait(words, i == 1 ? "web" : "sms"), &m, false, &done, e);
		if (rc == 0)
			snprintf(w->number[i], sizeof w->number[i], "%s", done.ticket);
	}
	static const struct { unsigned ticket; enum step step; } taken[] = { { 0, STEP_ACCEPT }, { 0, STEP_DISPATCH }, { 2, STEP_ACCEPT },
		{ 2, STEP_REPLY }, { 2, STEP_CLOSE } };
	for (size_t i = 0; rc == 0 && i < sizeof taken / sizeof *taken; i++) {
		struct step_result r;
		struct step_request q = { .number = w->number[taken[i].ticket], .step = taken[i].step, .actor = "agent", .display = "agent",
			.role = ROLE_ADMIN, .department = taken[i].step == STEP_DISPATCH ? "urban" : NULL, .text = "已处理",
			.seen_seq = -1, .result = taken[i].step == STEP_CLOSE ? "solved" : NULL };
		rc = step_take(tx, c, words, &q, &r, e);
	}
	return rc;
}

static void set_up(const char *folder)
{
	struct err e = { 0 };
	struct faults f = { 0 };
	char *dsn = mem_printf("sqlite:%s/store.db", folder), *files = mem_printf("%s/files", folder);
	struct store_config sc = { .dsn = dsn };
	struct http_limits limits = { .connections = 10, .body = 64 * 1024 };
	must(uv_loop_init(&w->loop) == 0);
	must(store_open(&w->store, &sc, &e) == 0);
	must((w->blobs = blob_open(files, &e)) != NULL);
	must((w->http = http_create(&w->loop, &limits, &e)) != NULL);
	must((w->fetch = fetch_create(&w->loop, &e)) != NULL);
	struct catalog *catalog = catalog_load("config", "templates", &f);
	must(catalog);
	struct flow_settings fs = { .loop = &w->loop, .store = w->store, .http = w->http, .fetch = w->fetch, .blobs = w->blobs,
		.secret = &w->secret, .catalog = catalog, .hotline = "示范市12345", .language = "zh-CN",
		.public_url = "https://12345.city.example", .www = "gateway" };
	must((w->flow = flow_create(&fs, &e)) != NULL);
	must(flow_add(w->flow, "sms", &play_sms, NULL, &e) == 0 && flow_add(w->flow, "web", &play_chat, NULL, &e) == 0);
	struct console_settings cs = { .loop = &w->loop, .flow = w->flow, .http = w->http, .store = w->store, .blobs = w->blobs,
		.secret = &w->secret, .www = "gateway", .public_url = fs.public_url, .hotline = fs.hotline, .tables = "config",
		.templates = "templates", .undo_seconds = 10 };
	must(console_create(&w->console, &cs, &e) == 0);
	must(store_now(w->store, true, people_run, NULL, &e) == 0);
	if (store_now(w->store, true, tickets_run, NULL, &e) < 0) {
		fprintf(stderr, "%s\n", e.words);
		must(!"the tickets to begin with");
	}
	must(session_open(&w->session, db_find(dsn), dsn, 0, true, &e) == 0);
	faults_fini(&f);
	free(dsn);
	free(files);
}

static void world_make(void)
{
	static struct world world;
	const char *tmp = getenv("TMPDIR");
	char *folder = mem_printf("%s/xq-api-XXXXXX", tmp ? tmp : "/tmp");
	w = &world;
	in.now = noon;
	log_init(false, LOG_ERROR);
	must(mkdtemp(folder) != NULL);
	set_up(folder);
	free(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = { 0 };
	struct input input = { p, n };
	if (!w)
		world_make();
	memset(&in, 0, sizeof in);
	in.now = noon + 60000;
	must(session_begin(&w->session, true, &e) == 0);
	for (unsigned i = 0; input.n && i < REQUESTS_MAX; i++) {
		char *line = input_line(&input), *body = input_line(&input);
		in.now += 1000;
		request(line, body);
		free(line);
		free(body);
	}
	session_rollback(&w->session);
	w->session.given = 0;
	return 0;
}
