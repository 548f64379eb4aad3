/* Where a test's store stands: what XQ_TEST_STORE says, with {} for a name of its own
 * ("postgresql://user@/{}?host=/folder", see tests/postgres); a file in the test's folder where it says nothing. */
#ifndef XQ_TESTS_STORE_PLACE_H
#define XQ_TESTS_STORE_PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

struct place {
	char dsn[640];
	char path[512]; /* of the file, where there is one */
};

static inline void place_sql(const char *dsn, const char *sql)
{
	PGconn *c = PQconnectdb(dsn);
	PGresult *r = PQexec(c, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
}

/* A database a program, made from the one that is always there, and emptied for each of its tests: to make one takes longer. */
static inline void place_database(struct place *p, const char *pattern, const char *hole)
{
	static bool made;
	char sql[100], from[640];
	snprintf(p->dsn, sizeof p->dsn, "%.*st%ld%s", (int)(hole - pattern), pattern, (long)getpid(), hole + 2);
	if (made) {
		place_sql(p->dsn, "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
		return;
	}
	snprintf(from, sizeof from, "%.*spostgres%s", (int)(hole - pattern), pattern, hole + 2);
	snprintf(sql, sizeof sql, "CREATE DATABASE t%ld", (long)getpid());
	place_sql(from, sql);
	made = true;
}

static inline void place_make(struct place *p, const char *folder)
{
	const char *pattern = getenv("XQ_TEST_STORE"), *hole = pattern ? strstr(pattern, "{}") : NULL;
	*p = (struct place){ 0 };
	if (hole) {
		place_database(p, pattern, hole);
		return;
	}
	snprintf(p->path, sizeof p->path, "%s/store.db", folder);
	snprintf(p->dsn, sizeof p->dsn, "sqlite:%s", p->path);
}

static inline void place_remove(const struct place *p)
{
	static const char *const end_of[] = { "", "-wal", "-shm", ".lock", ".copy" };
	char name[600];
	for (size_t i = 0; *p->path && i < sizeof end_of / sizeof *end_of; i++) {
		snprintf(name, sizeof name, "%s%s", p->path, end_of[i]);
		unlink(name);
	}
}

#endif
