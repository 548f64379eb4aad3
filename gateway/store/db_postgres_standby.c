/* How much of the log a standby has replayed, and whether it is one of this store at all. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/store/db_postgres.h"

enum { ASK_MS = 20 };

/* A server's own number and the database's in it: a copy has both. */
#define WHOSE "system_identifier || '.' || (SELECT oid FROM pg_database WHERE datname = current_database())"

static int on_place(const PGresult *r, int row, void *arg)
{
	snprintf(arg, DB_PLACE_MAX, "%s", PQgetvalue(r, row, 0));
	return 1;
}

/* "16/B374D848 7331234567890123456.16384" */
static int place(struct db *d, char out[DB_PLACE_MAX], struct err *e)
{
	*out = '\0';
	int rc = db_postgres_up(d, e);
	if (rc < 0)
		return rc;
	pg_link_forgive(&d->link);
	rc = pg_link_script(&d->link, "SELECT pg_current_wal_lsn() || ' ' || " WHOSE " FROM pg_control_system()", on_place, out, e);
	return rc == 0 && !strchr(out, ' ') ? err_set(e, E_IO, "PostgreSQL does not say where its log ends") : rc;
}

static int ask(struct db *d, const char *at, char answer[DB_PLACE_MAX], struct err *e)
{
	char *sql = mem_printf("SELECT CASE WHEN NOT pg_is_in_recovery() THEN 'primary' WHEN " WHOSE " <> '%s' THEN 'other'"
		" WHEN pg_last_wal_replay_lsn() >= '%.*s' THEN 'here' ELSE 'behind' END FROM pg_control_system()",
		strchr(at, ' ') + 1, (int)strcspn(at, " "), at);
	*answer = '\0';
	pg_link_forgive(&d->link);
	int rc = pg_link_script(&d->link, sql, on_place, answer, e);
	free(sql);
	return rc;
}

static int reach(struct db *d, const char *at, int ms, struct err *e)
{
	char answer[DB_PLACE_MAX];
	int64_t until = clock_monotonic() + ms;
	int rc = db_postgres_up(d, e);
	while (rc == 0 && (rc = ask(d, at, answer, e)) == 0 && strcmp(answer, "behind") == 0 && clock_monotonic() < until)
		(void)poll(NULL, 0, ASK_MS);
	if (rc < 0 || strcmp(answer, "here") == 0)
		return rc;
	if (strcmp(answer, "behind") == 0)
		return err_set(e, E_TIMEOUT, "the standby is more than %d ms behind", ms);
	bool other = strcmp(answer, "other") == 0;
	if (!other)
		pg_link_drop(&d->link); /* it was promoted: another of the hosts may be a standby now */
	return err_set(e, E_CONFIG, other ? "%s is a standby of another store" : "%s is no standby", "the server of reports_store");
}

const struct db_standby db_postgres_standby = { .place = place, .reach = reach };
