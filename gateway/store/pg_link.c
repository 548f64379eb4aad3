#include "gateway/store/pg_link.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/store/pg_dsn.h"

enum { CONNECT_MS = 10000, WRITER_WAIT_MS = 20000, READER_WAIT_MS = 60000, NAME_BYTES = 4 };

/* --- words and codes --- */

static int lost(struct pg_link *l, const char *why, struct err *e)
{
	char words[ERR_WORDS_MAX];
	snprintf(words, sizeof words, "%s", why);
	pg_words_trim(words);
	if (l->conn) {
		log_warn("store", "connection lost", "reason=%s", words);
		pg_link_drop(l);
	}
	err_set(&l->failed, E_AGAIN, "the connection to PostgreSQL is lost: %s", words);
	if (e)
		*e = l->failed;
	return E_AGAIN;
}

/* Classes of SQLSTATE after which the same transaction may well succeed: 40 rollbacks, 55P03 no lock, 57P shutdowns and
 * crashes, 25006 a server that has become a standby, 08 connections. */
static int code_of(const char *state)
{
	if (!state)
		return E_AGAIN; /* libpq's own: the connection */
	if (strcmp(state, "23505") == 0)
		return E_EXISTS;
	bool again = strncmp(state, "40", 2) == 0 || strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0 ||
		strcmp(state, "55P03") == 0 || strcmp(state, "25006") == 0 || strcmp(state, "25P03") == 0;
	return again ? E_AGAIN : E_IO;
}

/* The server ends the connection with it, though the socket may close a while later. */
static bool is_farewell(const PGresult *r)
{
	const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	return severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

static int refused(struct pg_link *l, const PGresult *r, const char *what, struct err *e)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	if ((!state && PQstatus(l->conn) == CONNECTION_BAD) || is_farewell(r))
		return lost(l, PQresultErrorMessage(r), e);
	err_set(e, code_of(state), "PostgreSQL %s/%s: %s: %s (%s)", PQhost(l->conn), PQdb(l->conn), what,
		primary ? primary : "no words", state ? state : "no state");
	return e->code;
}

/* A server that takes writes and never finishes one may be a primary of old: its standby is the primary now, and it was not
 * told. So of several hosts the next one is asked first from then on; where that is none that takes writes, libpq comes back. All
 * connections of the process go together: what one server has, the other may not. */
static atomic_uint first_host;

static int silent(struct pg_link *l, struct err *e)
{
	if (l->role == DB_WRITER && l->hosts > 1 && l->first_host == atomic_load(&first_host))
		(void)atomic_fetch_add(&first_host, 1);
	return lost(l, "the server does not answer", e);
}

/* --- waiting --- */

static int wait_for(struct pg_link *l, short events, int64_t until)
{
	int64_t left = until - clock_monotonic();
	struct pollfd p = { .fd = PQsocket(l->conn), .events = events };
	if (left <= 0)
		return 0;
	int rc = poll(&p, 1, left > 60000 ? 60000 : (int)left);
	return rc < 0 && errno == EINTR ? 1 : rc;
}

static int flush(struct pg_link *l, int64_t until, struct err *e)
{
	int rc;
	while ((rc = PQflush(l->conn)) == 1) {
		if (wait_for(l, POLLIN | POLLOUT, until) <= 0)
			return lost(l, "the server does not read", e);
		if (!PQconsumeInput(l->conn))
			return lost(l, PQerrorMessage(l->conn), e);
	}
	return rc < 0 ? lost(l, PQerrorMessage(l->conn), e) : 0;
}

/* The next result; NULL in *r at the end of a command's. */
static int next(struct pg_link *l, PGresult **r, struct err *e)
{
	int64_t until = clock_monotonic() + l->wait_ms;
	int rc = flush(l, until, e);
	if (rc < 0)
		return rc;
	while (PQisBusy(l->conn)) {
		int ready = wait_for(l, POLLIN, until);
		if (ready == 0 && clock_monotonic() >= until)
			return silent(l, e);
		if (ready < 0 || !PQconsumeInput(l->conn))
			return lost(l, PQerrorMessage(l->conn), e);
	}
	*r = PQgetResult(l->conn);
	return 0;
}

/* --- connect --- */

static void on_notice(void *arg, const PGresult *r)
{
	(void)arg;
	const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
	if (severity && strcmp(severity, "WARNING") == 0)
		log_warn("store", "PostgreSQL warns", "words=%s", primary ? primary : "");
}

/* "On disk" is what the server says: never less than its own disk. The others see to it that what a lost connection held
 * is free again soon, on the server's side. */
static const char session_settings[] =
	"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local');"
	"SET jit = off; SET lock_timeout = '15s'; SET idle_in_transaction_session_timeout = '60s';"
	"SET client_connection_check_interval = '5s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;"
	"SET tcp_keepalives_count = 3; SET tcp_user_timeout = 25000";
/* A list is planned with what is asked for. A plan for any state whatever reads all tickets to find the few that are in none but one. */
static const char reader_settings[] = "SET plan_cache_mode = force_custom_plan";

static int on_locale(const PGresult *r, int row, void *arg)
{
	snprintf(arg, 64, "%s %s", PQgetvalue(r, row, 0), PQgetvalue(r, row, 1));
	return 1;
}

/* Texts are compared byte by byte everywhere, and an index outlives the operating system's next idea of an alphabet. */
static int check_locale(struct pg_link *l, struct err *e)
{
	char found[64] = "";
	int rc = pg_link_script(l, "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database"
		" WHERE datname = current_database()", on_locale, found, e);
	if (rc < 0 || strcmp(found, "UTF8 C") == 0 || strcmp(found, "UTF8 POSIX") == 0 || strncmp(found, "UTF8 C.", 7) == 0)
		return rc;
	return err_set(e, E_CONFIG, "database %s has encoding and collation %s; it must be UTF8 and C: CREATE DATABASE %s TEMPLATE"
		" template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'", PQdb(l->conn), found, PQdb(l->conn));
}

static int connect_now(struct pg_link *l, struct err *e)
{
	e->code = 0;
	l->first_host = l->role == DB_STANDBY ? 0 : atomic_load(&first_host);
	l->conn = pg_dsn_connect(l->dsn, l->name, l->role, l->first_host, &l->hosts, e);
	if (!l->conn)
		return e->code ? e->code : err_set(e, E_IO, "PostgreSQL cannot be reached: no memory");
	if (PQstatus(l->conn) != CONNECTION_OK) {
		err_set(e, E_AGAIN, "PostgreSQL cannot be reached: %s", PQerrorMessage(l->conn));
		pg_words_trim(e->words);
		PQfinish(l->conn);
		l->conn = NULL;
		return E_AGAIN;
	}
	PQsetNoticeReceiver(l->conn, on_notice, NULL);
	must(PQsetnonblocking(l->conn, 1) == 0);
	l->connected++;
	pg_link_forgive(l);
	int rc = pg_link_script(l, session_settings, NULL, NULL, e);
	if (rc == 0 && l->role != DB_WRITER)
		rc = pg_link_script(l, reader_settings, NULL, NULL, e);
	if (rc == 0)
		rc = check_locale(l, e);
	if (rc < 0)
		pg_link_drop(l);
	return rc;
}

int pg_link_open(struct pg_link *l, const char *dsn, unsigned node, enum db_role role, struct err *e)
{
	static const char *const kind[] = { [DB_READER] = "reader", [DB_WRITER] = "writer", [DB_STANDBY] = "standby" };
	uint8_t chance[NAME_BYTES];
	crypto_random(chance, sizeof chance);
	*l = (struct pg_link){ .dsn = mem_strdup(dsn), .role = role,
		.wait_ms = role == DB_WRITER ? WRITER_WAIT_MS : READER_WAIT_MS };
	l->name = mem_printf("xinqiao node %u process %ld %s %02x%02x%02x%02x", node, (long)getpid(), kind[role],
		chance[0], chance[1], chance[2], chance[3]);
	int rc = connect_now(l, e);
	if (rc == E_AGAIN)
		e->code = rc = E_IO;
	if (rc < 0)
		pg_link_close(l);
	return rc;
}

void pg_link_close(struct pg_link *l)
{
	pg_link_drop(l);
	free(l->dsn);
	free(l->name);
	*l = (struct pg_link){ 0 };
}

bool pg_link_up(const struct pg_link *l)
{
	bool there = l->role == DB_STANDBY || l->hosts < 2 || l->first_host == atomic_load(&first_host);
	return there && l->conn && PQstatus(l->conn) == CONNECTION_OK;
}

/* The server may not have noticed yet that the old connection is gone; it is told. */
static int end_others(struct pg_link *l, struct err *e)
{
	char *sql = mem_printf("SELECT pg_terminate_backend(pid, 3000) FROM pg_stat_activity WHERE application_name = '%s'"
		" AND pid <> pg_backend_pid()", l->name);
	int rc = pg_link_script(l, sql, NULL, NULL, e);
	free(sql);
	return rc;
}

void pg_link_drop(struct pg_link *l)
{
	if (l->conn)
		PQfinish(l->conn);
	l->conn = NULL;
	l->first = l->count = 0;
}

int pg_link_again(struct pg_link *l, struct err *e)
{
	pg_link_drop(l);
	int rc = connect_now(l, e);
	if (rc == 0)
		rc = end_others(l, e);
	if (rc == 0)
		log_info("store", "connected again", "host=%s", PQhost(l->conn));
	return rc;
}

void pg_link_forgive(struct pg_link *l)
{
	l->failed = (struct err){ 0 };
}

/* --- send --- */

static int sent(struct pg_link *l, int ok, struct pg_ahead a, struct err *e)
{
	if (!ok)
		return lost(l, PQerrorMessage(l->conn), e);
	must(l->count < PG_AHEAD_MAX);
	l->ahead[(l->first + l->count++) % PG_AHEAD_MAX] = a;
	return 0;
}

/* In pipeline mode, connected, with room for one more and the mark behind it. */
static int ready(struct pg_link *l, struct err *e)
{
	if (!pg_link_up(l))
		return lost(l, "it was closed", e);
	if (l->count + 2 >= PG_AHEAD_MAX) {
		int rc = pg_link_settle(l, NULL, NULL, e);
		if (rc < 0)
			return rc;
	}
	if (PQpipelineStatus(l->conn) == PQ_PIPELINE_OFF)
		must(PQenterPipelineMode(l->conn) == 1);
	return 0;
}

int pg_link_mark(struct pg_link *l, struct err *e)
{
	return sent(l, PQpipelineSync(l->conn), (struct pg_ahead){ .what = "", .sync = true }, e);
}

int pg_link_send_text(struct pg_link *l, const char *sql, bool quiet, struct err *e)
{
	int rc = ready(l, e);
	return rc < 0 ? rc : sent(l, PQsendQueryParams(l->conn, sql, 0, NULL, NULL, NULL, NULL, 1),
		(struct pg_ahead){ .what = sql, .quiet = quiet }, e);
}

int pg_link_send(struct pg_link *l, const char *what, const char *statement, int n, const char *const *value,
	const int *length, const int *format, struct err *e)
{
	int rc = ready(l, e);
	if (rc < 0)
		return rc;
	return sent(l, PQsendQueryPrepared(l->conn, statement, n, value, length, format, 1),
		(struct pg_ahead){ .what = what }, e);
}

int pg_link_prepare(struct pg_link *l, const char *what, const char *statement, const char *sql, int n, const Oid *type,
	struct err *e)
{
	int rc = ready(l, e);
	return rc < 0 ? rc : sent(l, PQsendPrepare(l->conn, statement, sql, n, type), (struct pg_ahead){ .what = what }, e);
}

int pg_link_describe(struct pg_link *l, const char *what, const char *statement, struct err *e)
{
	int rc = ready(l, e);
	return rc < 0 ? rc : sent(l, PQsendDescribePrepared(l->conn, statement),
		(struct pg_ahead){ .what = what, .description = true }, e);
}

/* --- read --- */

static void note_failure(struct pg_link *l, const struct err *e, bool last)
{
	if (l->failed.code)
		return;
	l->failed = *e;
	if (!last && e->code == E_EXISTS) /* whoever asks next did not insert it */
		l->failed.code = E_IO;
}

static int one_result(struct pg_link *l, PGresult *r, const struct pg_ahead *a, bool last, pg_row_f *row, void *arg, bool *enough)
{
	struct err e = { 0 };
	ExecStatusType s = PQresultStatus(r);
	if (s == PGRES_PIPELINE_ABORTED)
		return 0; /* the first failure speaks */
	if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_SINGLE_TUPLE && s != PGRES_PIPELINE_SYNC) {
		int rc = refused(l, r, a->what, &e);
		if (!a->quiet && l->conn)
			note_failure(l, &e, last);
		return l->conn ? 0 : rc;
	}
	if (last && row && a->description)
		(void)row(r, -1, arg);
	for (int i = 0; last && row && !*enough && i < PQntuples(r); i++)
		*enough = row(r, i, arg) != 0;
	if (last && s != PGRES_SINGLE_TUPLE) {
		const char *n = PQcmdTuples(r);
		snprintf(l->tag, sizeof l->tag, "%s", PQcmdStatus(r));
		l->changed = *n ? strtoll(n, NULL, 10) : 0;
	}
	return 0;
}

/* All of one command. */
static int one_answer(struct pg_link *l, const struct pg_ahead *a, bool last, pg_row_f *row, void *arg, struct err *e)
{
	bool enough = false;
	if (last && row && !a->description)
		(void)PQsetSingleRowMode(l->conn); /* a long answer is never in memory as a whole */
	for (;;) {
		PGresult *r = NULL;
		int rc = next(l, &r, e);
		if (rc < 0 || !r)
			return rc;
		bool sync = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
		rc = one_result(l, r, a, last, row, arg, &enough);
		PQclear(r);
		if (rc < 0 || sync)
			return rc;
	}
}

static unsigned last_command(const struct pg_link *l)
{
	unsigned n = l->count;
	while (n > 0 && l->ahead[(l->first + n - 1) % PG_AHEAD_MAX].sync)
		n--;
	return n;
}

int pg_link_settle(struct pg_link *l, pg_row_f *row, void *arg, struct err *e)
{
	struct err own;
	e = e ? e : &own;
	if (l->count && !l->ahead[(l->first + l->count - 1) % PG_AHEAD_MAX].sync) {
		int rc = pg_link_mark(l, e);
		if (rc < 0)
			return rc;
	}
	unsigned last = last_command(l);
	for (unsigned n = 1; l->count; n++) {
		struct pg_ahead a = l->ahead[l->first];
		int rc = one_answer(l, &a, n == last, row, arg, e);
		if (rc < 0) {
			*e = l->failed;
			return rc;
		}
		l->first = (l->first + 1) % PG_AHEAD_MAX;
		l->count--;
	}
	if (l->failed.code)
		*e = l->failed;
	return l->failed.code;
}

/* Out of pipeline mode, with nothing under way. */
static int query(struct pg_link *l, const char *sql, struct err *e)
{
	if (!pg_link_up(l))
		return lost(l, "it was closed", e);
	int rc = pg_link_settle(l, NULL, NULL, e);
	if (rc < 0)
		return rc;
	if (PQpipelineStatus(l->conn) != PQ_PIPELINE_OFF)
		must(PQexitPipelineMode(l->conn) == 1);
	return PQsendQuery(l->conn, sql) ? 0 : lost(l, PQerrorMessage(l->conn), e);
}

/* Every answer until there is none. */
static int answers(struct pg_link *l, const char *what, pg_row_f *row, void *arg, struct err *e)
{
	const struct pg_ahead a = { .what = what };
	bool enough = false;
	for (;;) {
		PGresult *r = NULL;
		int rc = next(l, &r, e);
		if (rc < 0)
			return rc;
		if (!r)
			break;
		rc = one_result(l, r, &a, true, row, arg, &enough);
		PQclear(r);
		if (rc < 0)
			return rc;
	}
	if (l->failed.code && e)
		*e = l->failed;
	return l->failed.code;
}

int pg_link_script(struct pg_link *l, const char *sql, pg_row_f *row, void *arg, struct err *e)
{
	int rc = query(l, sql, e);
	return rc < 0 ? rc : answers(l, "script", row, arg, e);
}

int pg_link_copy(struct pg_link *l, const char *sql, struct err *e)
{
	PGresult *r = NULL;
	int rc = query(l, sql, e);
	if (rc == 0)
		rc = next(l, &r, e);
	if (rc < 0 || PQresultStatus(r) == PGRES_COPY_IN) {
		PQclear(r);
		return rc;
	}
	rc = refused(l, r, "COPY", e);
	PQclear(r);
	(void)answers(l, "COPY", NULL, NULL, NULL);
	return rc;
}

int pg_link_copy_put(struct pg_link *l, const void *p, size_t n, struct err *e)
{
	int rc, flushed = 0;
	while ((rc = PQputCopyData(l->conn, p, (int)n)) == 0 && flushed == 0)
		flushed = flush(l, clock_monotonic() + l->wait_ms, e);
	if (rc == 1)
		flushed = flush(l, clock_monotonic() + l->wait_ms, e); /* what waits here is in memory */
	return rc < 0 ? lost(l, PQerrorMessage(l->conn), e) : flushed;
}

int pg_link_copy_end(struct pg_link *l, const char *broken_off, struct err *e)
{
	int rc, flushed = 0;
	while ((rc = PQputCopyEnd(l->conn, broken_off)) == 0 && flushed == 0)
		flushed = flush(l, clock_monotonic() + l->wait_ms, e);
	if (rc < 0)
		return lost(l, PQerrorMessage(l->conn), e);
	return flushed < 0 ? flushed : answers(l, "COPY", NULL, NULL, e);
}
