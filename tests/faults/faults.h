/* The table between tests and the library that faults.c makes: a file of FAULTS_SIZE bytes, named by XQ_FAULTS, mapped by
 * the process that is to suffer and written by the test (tests/crash/lib/faults.mjs writes the same numbers). Little-endian,
 * 64 bits everywhere.
 *
 *	0    the wall clock's offset, milliseconds
 *	8    milliseconds that every look-up of a name takes before it fails
 *	16   nonzero: say on stderr from where a fault came
 *	64   one struct fault for each point, in the order of FAULT_POINTS */
#ifndef XQ_TESTS_FAULTS_H
#define XQ_TESTS_FAULTS_H

#include <stdint.h>

enum { FAULTS_SIZE = 4096, FAULTS_FIRST = 64 };

/* A message comes in: ACCEPT, RECV, [BLOB_WRITE, BLOB_SYNC, RENAME,] WAL_WRITE, WAL_SYNC, SEND. A message goes out:
 * WAL_SYNC (the claim), [CONNECT,] SEND, RECV (the answer), WAL_SYNC (sent). DB_WRITE and DB_SYNC are checkpoints. */
#define FAULT_POINTS(X) \
	X(RECV) X(SEND) X(ACCEPT) X(CONNECT) X(SOCKET) \
	X(WAL_WRITE) X(WAL_SYNC) X(DB_READ) X(DB_WRITE) X(DB_SYNC) X(SHM_MAP) \
	X(FILE_OPEN) X(BLOB_WRITE) X(BLOB_SYNC) X(RENAME) X(MALLOC)

enum fault_point {
#define X(name) FAULT_##name,
	FAULT_POINTS(X)
#undef X
	FAULT_POINT_COUNT
};

/* KILL_AFTER lets the call do its work first. SHORT does half of it and says so. FAIL does nothing and gives the error. */
enum fault_action { FAULT_NONE, FAULT_KILL_BEFORE, FAULT_KILL_AFTER, FAULT_FAIL, FAULT_SHORT };

struct fault {
	uint64_t total;  /* calls, ever */
	uint64_t n;      /* calls since the test armed it */
	uint64_t from, to; /* which of those are hit, from 1, both included */
	uint64_t action; /* enum fault_action; the test writes it last */
	uint64_t error;  /* errno of FAIL */
	uint64_t fired;
	uint64_t unused;
};

#endif
