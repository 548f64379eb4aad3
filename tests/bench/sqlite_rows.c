/* What plain SQLite does on this machine, to measure the gateway against: three rows a message (its intake key, its ticket,
 * its text) in transactions of 256 messages, write-ahead log, synchronous=FULL, no more index than the keys.
 *
 *   sqlite_rows --file PATH [--count 100000] [--batch 256]
 *
 * Prints one JSON line: messages a second, and fdatasyncs a second of appends of 4 KB and of 1 MB beside the same file. */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHARS = 60, SYNC_S = 1 };

static sqlite3 *db;
static sqlite3_stmt *intake, *ticket, *message;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void check(int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_DONE)
		return;
	fprintf(stderr, "sqlite_rows: %s\n", sqlite3_errmsg(db));
	exit(1);
}

static void run(const char *sql)
{
	check(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepared(const char *sql)
{
	sqlite3_stmt *s;
	check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL));
	return s;
}

static void step(sqlite3_stmt *s)
{
	check(sqlite3_step(s));
	sqlite3_reset(s);
}

/* The text the SMS generator sends: 60 Chinese characters. */
static int text_of(unsigned i, char out[CHARS * 3])
{
	int n = 0;
	for (unsigned c = 0; c < CHARS; c++) {
		unsigned cp = 0x4e00 + (i * 7 + c * 131) % 0x3000;
		out[n++] = (char)(0xE0 | cp >> 12);
		out[n++] = (char)(0x80 | (cp >> 6 & 0x3F));
		out[n++] = (char)(0x80 | (cp & 0x3F));
	}
	return n;
}

static void put(unsigned i)
{
	char key[64], number[32], peer[32], text[CHARS * 3];
	int n = text_of(i, text);
	int key_len = snprintf(key, sizeof key, "fp:%016llx%016llx", i * 0x9E3779B97F4A7C15ull, i * 0xC2B2AE3D27D4EB4Full);
	int number_len = snprintf(number, sizeof number, "2026112220%06u0", i % 1000000);
	int peer_len = snprintf(peer, sizeof peer, "+86139%08u", i);
	sqlite3_bind_text(intake, 1, key, key_len, SQLITE_STATIC);
	sqlite3_bind_int64(intake, 2, i);
	sqlite3_bind_int64(ticket, 1, i);
	sqlite3_bind_text(ticket, 2, number, number_len, SQLITE_STATIC);
	sqlite3_bind_text(ticket, 3, peer, peer_len, SQLITE_STATIC);
	sqlite3_bind_int64(ticket, 4, 1700000000000ll + i);
	sqlite3_bind_text(ticket, 5, text, n / 2 / 3 * 3, SQLITE_STATIC);
	sqlite3_bind_int64(message, 1, i);
	sqlite3_bind_int64(message, 2, i);
	sqlite3_bind_int64(message, 3, 1700000000000ll + i);
	sqlite3_bind_text(message, 4, text, n, SQLITE_STATIC);
	step(intake);
	step(ticket);
	step(message);
}

static double syncs_a_second(const char *path, size_t size)
{
	static char block[1 << 20];
	char name[4096];
	snprintf(name, sizeof name, "%s.sync", path);
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	unsigned n = 0;
	double begun = now(), took = 0;
	for (; took < SYNC_S; took = now() - begun, n++)
		if (fd < 0 || write(fd, block, size) != (ssize_t)size || fdatasync(fd) != 0) {
			perror(name);
			exit(1);
		}
	close(fd);
	unlink(name);
	return n / took;
}

int main(int argc, char **argv)
{
	const char *file = NULL;
	unsigned count = 100000, batch = 256;
	for (int i = 1; i + 1 < argc; i += 2)
		if (!strcmp(argv[i], "--file"))
			file = argv[i + 1];
		else if (!strcmp(argv[i], "--count"))
			count = (unsigned)atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--batch"))
			batch = (unsigned)atoi(argv[i + 1]);
	if (file == NULL)
		return fprintf(stderr, "sqlite_rows: --file PATH?\n"), 2;
	double syncs = syncs_a_second(file, 4096), megabytes = syncs_a_second(file, 1 << 20);
	check(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
	run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=8192;"
		"CREATE TABLE intake (key TEXT PRIMARY KEY, message INTEGER NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE ticket (id INTEGER PRIMARY KEY, number TEXT UNIQUE, peer TEXT, at INTEGER, title TEXT);"
		"CREATE TABLE message (id INTEGER PRIMARY KEY, ticket INTEGER, at INTEGER, text TEXT)");
	intake = prepared("INSERT INTO intake VALUES (?1, ?2)");
	ticket = prepared("INSERT INTO ticket VALUES (?1, ?2, ?3, ?4, ?5)");
	message = prepared("INSERT INTO message VALUES (?1, ?2, ?3, ?4)");
	double begun = now();
	for (unsigned i = 1; i <= count; i++) {
		if (i % batch == 1)
			run("BEGIN IMMEDIATE");
		put(i);
		if (i % batch == 0 || i == count)
			run("COMMIT");
	}
	double took = now() - begun;
	sqlite3_finalize(intake);
	sqlite3_finalize(ticket);
	sqlite3_finalize(message);
	sqlite3_close(db);
	printf("{\"messages\":%u,\"seconds\":%.3f,\"per_second\":%.0f,\"fdatasyncs_per_second\":%.0f,\"megabyte_syncs_per_second\":%.0f}\n", count, took,
		count / took, syncs, megabytes);
	return 0;
}
