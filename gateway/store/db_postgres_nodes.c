/* What the nodes of one store know of each other: who lives and whose duty a thing is are advisory locks, which end with
 * their connection; what was changed is told by NOTIFY, which may get lost: whoever hears nothing looks by itself. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/hash.h"
#include "gateway/store/db_postgres.h"

/* Whoever has duties must know soon that he has lost them. */
enum { ANSWER_MS = 5000 };

static int connect_nodes(struct db *d, uint64_t *connected, struct err *e)
{
	d->link.wait_ms = ANSWER_MS;
	int rc = db_postgres_up(d, e);
	if (rc == 0 && d->listens != d->link.connected) {
		rc = pg_link_script(&d->link, "LISTEN xinqiao", NULL, NULL, e);
		if (rc == 0)
			d->listens = d->link.connected;
	}
	*connected = d->listens;
	return rc;
}

/* "NAME" alone: it has changed something. "NAME WORD": it says something. */
static bool drain(struct db *d, const char *own, void (*word)(void *, const char *), void *arg)
{
	bool heard = false;
	PGnotify *n;
	size_t length = strlen(own);
	while ((n = PQnotifies(d->link.conn))) {
		bool mine = strncmp(n->extra, own, length) == 0;
		const char *said = strlen(n->extra) > length && n->extra[length] == ' ' ? n->extra + length + 1 : NULL;
		heard = heard || (!mine && !said);
		if (!mine && said)
			word(arg, said);
		PQfreemem(n);
	}
	return heard;
}

static int wait_nodes(struct db *d, int wake, int ms, const char *own, void (*word)(void *, const char *), void *arg, struct err *e)
{
	int64_t until = clock_monotonic() + ms;
	for (int64_t left = ms; left > 0; left = until - clock_monotonic()) {
		int rc = pg_link_settle(&d->link, NULL, NULL, e); /* an end of a transaction whose answer nobody has read */
		if (rc < 0)
			return rc;
		if (drain(d, own, word, arg))
			return 1;
		struct pollfd p[2] = { { .fd = PQsocket(d->link.conn), .events = POLLIN }, { .fd = wake, .events = POLLIN } };
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return err_set(e, E_IO, "poll: %s", strerror(errno));
		if (p[0].revents && !PQconsumeInput(d->link.conn)) {
			pg_link_drop(&d->link);
			return err_set(e, E_AGAIN, "the connection to PostgreSQL is lost");
		}
		if (p[1].revents)
			break;
	}
	return drain(d, own, word, arg);
}

static int say(struct db *d, const char *own, const char *word, struct err *e)
{
	char *literal = pg_link_up(&d->link) ? PQescapeLiteral(d->link.conn, word, strlen(word)) : NULL;
	if (!literal)
		return err_set(e, E_AGAIN, "the word cannot be said now");
	char *sql = mem_printf("SELECT pg_notify('xinqiao', '%s ' || %s)", own, literal);
	pg_link_forgive(&d->link);
	int rc = pg_link_script(&d->link, sql, NULL, NULL, e);
	free(sql);
	PQfreemem(literal);
	return rc;
}

static int on_clock(const PGresult *r, int row, void *arg)
{
	*(int64_t *)arg = strtoll(PQgetvalue(r, row, 0), NULL, 10);
	return 1;
}

static int ask_clock(struct db *d, int64_t *now, struct err *e)
{
	pg_link_forgive(&d->link);
	return pg_link_script(&d->link, "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", on_clock, now, e);
}

static void tell(struct db *d, const char *own)
{
	free(d->told);
	d->told = mem_printf("SELECT pg_notify('xinqiao', '%s')", own);
}

/* The same name gives the same lock on every node. */
static int32_t duty_key(const char *name)
{
	return (int32_t)hash_text(name);
}

static int on_flag(const PGresult *r, int row, void *arg)
{
	*(bool *)arg = *PQgetvalue(r, row, 0) == 't';
	return 1;
}

static int duty(struct db *d, const char *verb, const char *name, struct err *e)
{
	char sql[120];
	bool got = false;
	snprintf(sql, sizeof sql, "SELECT pg_%s(%d, %" PRId32 ")", verb, PG_LOCK_DUTY, duty_key(name));
	pg_link_forgive(&d->link);
	int rc = pg_link_script(&d->link, sql, on_flag, &got, e);
	return rc < 0 ? rc : got;
}

static int take(struct db *d, const char *name, struct err *e)
{
	return duty(d, "try_advisory_lock", name, e);
}

static int give(struct db *d, const char *name, struct err *e)
{
	return duty(d, "advisory_unlock", name, e);
}

static int on_node(const PGresult *r, int row, void *arg)
{
	struct buf *b = arg;
	(void)buf_addf(b, "%s%s,", b->len ? "" : ",", PQgetvalue(r, row, 0));
	return 0;
}

static int others(struct db *d, char *list, size_t cap, struct err *e)
{
	char sql[300];
	struct buf b;
	buf_init(&b, cap - 1);
	snprintf(sql, sizeof sql, "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %d AND objid <> %u AND granted"
		" AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY objid", PG_LOCK_ALIVE, d->node);
	pg_link_forgive(&d->link);
	int rc = pg_link_script(&d->link, sql, on_node, &b, e);
	if (rc == 0)
		snprintf(list, cap, "%s", buf_str(&b));
	buf_fini(&b);
	return rc;
}

const struct db_nodes db_postgres_nodes = {
	.connect = connect_nodes, .wait = wait_nodes, .tell = tell, .take = take, .give = give, .others = others,
	.say = say, .clock = ask_clock,
};
