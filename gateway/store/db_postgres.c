/* PostgreSQL: a commit that returned is on the server's disk, and on its standbys' where it was told to wait for them.
 *
 * Write transactions see one snapshot (REPEATABLE READ), as SQLite's do; where two nodes change one row, the later one gets
 * E_AGAIN and runs again. Those of one node take turns by an advisory lock that is taken before the snapshot, so that they
 * never meet like that, and that a lost connection holds until the server has ended it: whoever gets the lock sees what
 * became of an unsure commit. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/store/db.h"
#include "gateway/store/db_postgres.h"
#include "gateway/store/pg_dsn.h"

enum { SCRIPT_MS = 24 * 3600 * 1000, NODE_TRIES = 50, NODE_AGAIN_MS = 100 };

/* --- connection --- */

static int postgres_open(struct db **db, const char *dsn, unsigned node, enum db_role role, struct err *e)
{
	struct db *d = *db = mem_new(struct db);
	d->node = node;
	int rc = pg_link_open(&d->link, dsn, node, role, e);
	d->connected = d->link.connected;
	if (rc < 0)
		db_postgres.close(db);
	return rc;
}

static void postgres_close(struct db **db)
{
	struct db *d = *db;
	if (!d)
		return;
	pg_link_close(&d->link);
	pg_link_close(&d->beside);
	buf_fini(&d->load);
	free(d->told);
	free(d);
	*db = NULL;
}

static int on_text(const PGresult *r, int row, void *arg)
{
	snprintf(arg, 200, "%s", PQgetvalue(r, row, 0));
	return 1;
}

/* 1: it is ours now; 0: holder has it, "" when it has just let go. */
static int try_node(struct db *d, char holder[200], struct err *e)
{
	char sql[400], got[200] = "";
	*holder = '\0';
	snprintf(sql, sizeof sql, "SELECT pg_try_advisory_lock(%d, %u)", PG_LOCK_ALIVE, d->node);
	int rc = pg_link_script(&d->link, sql, on_text, got, e);
	if (rc < 0 || *got == 't')
		return rc < 0 ? rc : 1;
	snprintf(sql, sizeof sql, "SELECT a.application_name || COALESCE(' at ' || host(a.client_addr), '') FROM pg_locks l"
		" JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.classid = %d AND l.objid = %u"
		" AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())", PG_LOCK_ALIVE, d->node);
	return pg_link_script(&d->link, sql, on_text, holder, e);
}

/* Who names several servers means to survive the death of one. */
static int warn_of_no_copy(struct db *d, struct err *e)
{
	char names[200] = "";
	int rc = d->link.hosts < 2 ? 0 : pg_link_script(&d->link, "SELECT current_setting('synchronous_standby_names')", on_text, names, e);
	if (rc == 0 && d->link.hosts > 1 && !*names)
		log_warn("store", "no standby is waited for: what is acknowledged now dies with this server; set synchronous_standby_names"
			" (Patroni: synchronous_mode_strict)", "host=%s", PQhost(d->link.conn));
	return rc;
}

/* A twin holds the lock for good. For a moment it may be held by another node, which settles what this one left behind when it
 * died, or by a connection of its last life that the server has not missed yet. */
static int take_node(struct db *d, struct err *e)
{
	char holder[200];
	for (int tries = 0; tries < NODE_TRIES; tries++) {
		int rc = try_node(d, holder, e);
		if (rc != 0)
			return rc < 0 ? rc : warn_of_no_copy(d, e);
		(void)poll(NULL, 0, NODE_AGAIN_MS);
	}
	return err_set(e, E_EXISTS, "node %u is in use by another gateway (%s): stop that one first, or give this one a"
		" number of its own (node = 0 to 1023)", d->node, holder);
}

static int postgres_exclusive(struct db *d, struct err *e)
{
	int rc = take_node(d, e);
	d->lone = rc == 0;
	return rc;
}

int db_postgres_up(struct db *d, struct err *e)
{
	int rc = pg_link_up(&d->link) ? 0 : pg_link_again(&d->link, e);
	if (rc == 0 && d->connected != d->link.connected) {
		d->connected = d->link.connected;
		d->known = (struct pg_statements){ 0 };
		if (d->lone && (rc = take_node(d, e)) < 0)
			pg_link_drop(&d->link);
	}
	return rc;
}

/* --- transactions --- */

/* Not held by any transaction: it is had before one begins and given back behind its end. */
static int lock(struct db *d, const char *verb, bool quiet, struct err *e)
{
	char sql[100];
	bool schema = d->mode == DB_SCHEMA;
	snprintf(sql, sizeof sql, "SELECT pg_advisory_%s(%d, %u)", verb, schema ? PG_LOCK_SCHEMA : PG_LOCK_WRITE, schema ? 0 : d->node);
	int rc = pg_link_send_text(&d->link, sql, quiet, e);
	return rc < 0 ? rc : pg_link_mark(&d->link, e);
}

static int postgres_begin(struct db *d, enum db_mode mode, struct err *e)
{
	must(!d->open);
	int rc = db_postgres_up(d, e);
	if (rc < 0)
		return rc;
	pg_link_forgive(&d->link);
	d->mode = mode;
	d->saved = false;
	free(d->told);
	d->told = NULL;
	if (mode != DB_READ && (rc = lock(d, "lock", false, e)) < 0)
		return rc;
	rc = pg_link_send_text(&d->link, mode == DB_READ ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" :
		"BEGIN ISOLATION LEVEL REPEATABLE READ", false, e);
	d->open = rc == 0;
	return rc;
}

/* Nobody waits for this: the next transaction finds it done. */
static void let_go(struct db *d)
{
	if (d->mode != DB_READ && pg_link_up(&d->link))
		(void)lock(d, "unlock", true, NULL);
	if (d->told && pg_link_up(&d->link) && pg_link_send_text(&d->link, d->told, true, NULL) == 0)
		(void)pg_link_mark(&d->link, NULL);
	if (pg_link_up(&d->link))
		(void)PQflush(d->link.conn);
	free(d->told);
	d->told = NULL;
	d->open = d->saved = false;
}

/* COMMIT goes out with what was sent ahead; where any of that fails, it is not looked at. What it answered stands, whatever came
 * behind it: a server that is shut down meanwhile finishes it and then says farewell. */
static int postgres_commit(struct db *d, struct err *e)
{
	struct pg_link *l = &d->link;
	l->tag[0] = '\0';
	int rc = d->open ? pg_link_send_text(l, "COMMIT", false, e) : err_set(e, E_IO, "no transaction is open");
	if (rc == 0)
		rc = pg_link_settle(l, NULL, NULL, e);
	bool committed = strcmp(l->tag, "COMMIT") == 0;
	if (rc < 0 && committed) {
		pg_link_drop(l);
		*e = (struct err){ 0 };
		rc = 0;
	}
	if (rc < 0 && !l->conn && d->mode != DB_READ) {
		d->open = false;
		return err_set(e, E_TIMEOUT, "nobody knows whether the transaction was committed: the connection was lost");
	}
	if (rc == 0 && !committed)
		rc = err_set(e, E_IO, "PostgreSQL rolled the transaction back");
	if (rc == 0)
		let_go(d);
	return rc;
}

static void postgres_rollback(struct db *d)
{
	struct pg_link *l = &d->link;
	free(d->told);
	d->told = NULL;
	if (d->open && pg_link_up(l)) {
		(void)pg_link_settle(l, NULL, NULL, NULL);
		pg_link_forgive(l);
		if (pg_link_up(l) && pg_link_send_text(l, "ROLLBACK", true, NULL) == 0)
			(void)pg_link_mark(l, NULL);
	}
	if (d->open)
		let_go(d);
}

static int postgres_settle(struct db *d, struct err *e)
{
	return pg_link_settle(&d->link, NULL, NULL, e);
}

static int postgres_savepoint(struct db *d, struct err *e)
{
	int rc = pg_link_send_text(&d->link, "SAVEPOINT job", false, e);
	d->saved = rc == 0;
	return rc;
}

static int postgres_release(struct db *d, struct err *e)
{
	d->saved = false;
	return pg_link_send_text(&d->link, "RELEASE SAVEPOINT job", false, e);
}

static int postgres_undo(struct db *d, struct err *e)
{
	struct pg_link *l = &d->link;
	(void)pg_link_settle(l, NULL, NULL, NULL);
	if (!d->saved || !pg_link_up(l) || l->failed.code == E_AGAIN)
		return err_set(e, E_IO, "the transaction was dropped");
	pg_link_forgive(l);
	int rc = pg_link_send_text(l, "ROLLBACK TO SAVEPOINT job", false, e);
	if (rc == 0)
		rc = pg_link_send_text(l, "RELEASE SAVEPOINT job", false, e);
	if (rc == 0)
		rc = pg_link_settle(l, NULL, NULL, e);
	d->saved = false;
	return rc;
}

/* --- statements --- */

static int postgres_exec(struct db *d, enum stmt id, const struct db_value *v, size_t n,
	int (*row)(struct db_row *, void *), void *arg, int64_t *changed, struct err *e)
{
	struct pg_link *l = &d->link;
	if (l->failed.code) {
		if (e)
			*e = l->failed;
		return l->failed.code;
	}
	int rc = pg_statement_send(l, &d->known, id, v, n, e);
	if (rc == 0 && (row || changed || d->mode == DB_READ))
		rc = pg_statement_answer(l, row, arg, e);
	if (rc == 0 && changed)
		*changed = l->changed;
	return rc;
}

static int on_number(struct db_row *r, void *arg)
{
	*(int64_t *)arg = pg_col_int(r, 0);
	return 1;
}

/* Not synced by itself: the log of the server is one, so that any later commit that is on disk has this before it. */
static int beside_up(struct db *d, struct err *e)
{
	int rc = pg_link_up(&d->beside) ? 0 : d->beside.dsn ? pg_link_again(&d->beside, e) :
		pg_link_open(&d->beside, d->link.dsn, d->node, DB_WRITER, e);
	if (rc == 0 && d->known_beside.connected != d->beside.connected) {
		d->known_beside = (struct pg_statements){ .connected = d->beside.connected };
		rc = pg_link_script(&d->beside, "SET synchronous_commit = off", NULL, NULL, e);
	}
	return rc;
}

static int postgres_apart(struct db *d, enum stmt id, const struct db_value *v, size_t n, int64_t *answer, struct err *e)
{
	int rc = beside_up(d, e);
	if (rc < 0)
		return rc;
	pg_link_forgive(&d->beside);
	rc = pg_statement_send(&d->beside, &d->known_beside, id, v, n, e);
	return rc < 0 ? rc : pg_statement_answer(&d->beside, on_number, answer, e);
}

/* An index of a large table takes minutes. A server that is gone meanwhile is noticed by the connection's keepalives. */
static int postgres_script(struct db *d, const char *sql, struct err *e)
{
	int wait_ms = d->link.wait_ms;
	d->link.wait_ms = SCRIPT_MS;
	int rc = pg_link_script(&d->link, sql, NULL, NULL, e);
	d->link.wait_ms = wait_ms;
	return rc;
}

static int postgres_backup(struct db *d, const char *path, void (*progress)(void *, int, int), void *arg, struct err *e)
{
	(void)path;
	(void)progress;
	(void)arg;
	return err_set(e, E_UNSUPPORTED, "a PostgreSQL store is backed up by PostgreSQL's own tools: pg_dump --format=custom"
		" --file=%s %s, or pg_basebackup for the whole server", path, PQdb(d->link.conn));
}

const struct db_ops db_postgres = {
	.scheme = "postgresql",
	.shared = true,
	.check = pg_dsn_check,
	.unproven = pg_dsn_unproven,
	.open = postgres_open,
	.close = postgres_close,
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.savepoint = postgres_savepoint,
	.release = postgres_release,
	.settle = postgres_settle,
	.undo = postgres_undo,
	.exclusive = postgres_exclusive,
	.exec = postgres_exec,
	.apart = postgres_apart,
	.standby = &db_postgres_standby,
	.nodes = &db_postgres_nodes,
	.target = &db_postgres_target,
	.script = postgres_script,
	.col_int = pg_col_int,
	.col_text = pg_col_text,
	.col_blob = pg_col_blob,
	.backup = postgres_backup,
};
