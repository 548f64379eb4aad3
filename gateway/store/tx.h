/* Inside the store's room: a transaction as the verbs see it, and the short forms they are written in. */
#ifndef XQ_STORE_TX_H
#define XQ_STORE_TX_H

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/store/chain.h"
#include "gateway/store/db.h"
#include "gateway/store/sealed.h"
#include "gateway/store/store.h"

/* Where a node stands: read when a write transaction begins (the command line writes beside the gateway, under the same
 * node), written when it commits. */
struct node_head {
	uint64_t last_id;
	int64_t event_seq;
	uint8_t event_hash[SHA256_LEN];
	uint8_t said[SHA256_LEN]; /* the last message's link (chain.h); zeros: none */
};

/* The last serial given of a day and kind of channel: taken from its row once a transaction, put back when it commits. In a
 * shared store it would be a row that every node waits for; there each takes some at a time, more while it needs many. */
enum { SERIALS_MAX = 8, SERIAL_BLOCK_MAX = 512 };
struct serial {
	int day;
	unsigned code;
	int64_t last, stored;
	int64_t from, end;     /* shared: all between are ours */
	int64_t taken_at;
	unsigned size;
};
struct serials {
	struct serial of[SERIALS_MAX];
	size_t n;
	unsigned turn; /* shared: whose place is taken when there is none left */
};

struct tx;
/* A connection and what belongs to it. One thread at a time. */
struct session {
	const struct db_ops *ops;
	struct db *db;
	unsigned node;
	bool watched;          /* somebody wants changes: verbs note them */
	struct node_head head, head_stored;
	struct serials serials, serials_begun;
	uint64_t given;        /* the last id given here, also by a job that was rolled back */
	bool begun;            /* the last begin found a server */
	bool again;            /* the open transaction is lost and may be run again */
	char name[17];         /* shared: whose mark it is */
	struct buf feed;       /* shared: what the open transaction has changed */
	struct sealer *sealer; /* the store's; NULL: nothing is sealed */
	struct seal_box *box;
	struct nodes *nodes;   /* the writer's: who else is there */
	struct { uint8_t bytes[64 * SALT_LEN]; size_t left; } salts; /* random, each used once */
	int64_t mark;          /* of the last transaction that was to be committed: tells what became of an unsure one */
};
int session_open(struct session *s, const struct db_ops *ops, const char *dsn, unsigned node, enum db_role role, struct err *e);
void session_close(struct session *s);
struct sealer *store_sealer(const struct store *); /* for a session beside the store's own */
int session_begin(struct session *s, bool write, struct err *e);
/* Rolled back when it fails. E_AGAIN: nothing was done, and it may run again. E_TIMEOUT: ask session_unsure(). */
int session_commit(struct session *s, struct err *e);
/* As it, where the backend can; *later: it is not on disk before s->ops->sync(). */
int session_commit_unsynced(struct session *s, bool *later, struct err *e);
void session_rollback(struct session *s);
/* The commit marks (shared stores) of those who last wrote before then. */
int marks_drop(struct tx *tx, int64_t before);
/* What became of a commit that gave E_TIMEOUT. 0: it is on disk; E_AGAIN: it is not and never will be; E_TIMEOUT: the store
 * cannot be asked now. */
int session_unsure(struct session *s, struct err *e);

struct tx {
	struct session *session;
	struct arena *arena;
	int64_t now;
	bool write;
	bool failed;           /* the backend failed at something; words in err */
	bool closed;           /* a sealed field of a row that was read does not open */
	struct err err;
	struct change *change; /* in the arena */
	size_t changes, change_room;
	struct { const char *of, *blind; } blind[2]; /* the last made, newest first: a look-up is followed by the insert of what it did not find */
	struct { const char *of, *key; } id[2]; /* the same of ids */
	struct { uint64_t id; int64_t seq; } last; /* a conversation whose last_seq this job has seen; id 0: none */
};
void tx_init(struct tx *tx, struct session *s, struct arena *a, bool write);
void session_salt(struct session *s, uint8_t salt[SALT_LEN]); /* never the same again */
/* Runs one job. alone: the transaction is all its own, so no savepoint. Returns what the job did, words in *e. *lost: the
 * whole transaction is gone with it. */
int tx_run_job(struct tx *tx, bool alone, store_run_f *run, void *arg, bool *lost, struct err *e);

/* The smallest id that can have been given at `at`. */
uint64_t id_floor(int64_t at);
int64_t id_at(uint64_t id); /* when it was given */
uint64_t id_next(uint64_t last, int64_t now, unsigned node);
unsigned id_node(uint64_t id);
/* The next id behind it is of a later millisecond, whatever its node. */
uint64_t id_end_of_ms(uint64_t id);

/* --- parameters --- */
static inline struct db_value v_int(int64_t i)
{
	return (struct db_value){ .type = DB_INT, .i = i };
}
static inline struct db_value v_id(uint64_t id)
{
	return v_int((int64_t)id);
}
static inline struct db_value v_text(const char *s) /* NULL is SQL's NULL */
{
	return s ? (struct db_value){ .type = DB_TEXT, .p = s, .n = strlen(s) } : (struct db_value){ .type = DB_NULL };
}
static inline struct db_value v_words(const char *s) /* NULL is "" */
{
	return v_text(s ? s : "");
}
static inline struct db_value v_blob(const void *p, size_t n)
{
	return p ? (struct db_value){ .type = DB_BLOB, .p = p, .n = n } : (struct db_value){ .type = DB_NULL };
}
#define PARAMS(...) \
	(const struct db_value[]){ __VA_ARGS__ }, sizeof((const struct db_value[]){ __VA_ARGS__ }) / sizeof(struct db_value)
#define NO_PARAMS NULL, 0

/* --- rows: read from left to right; texts are copied into the job's arena --- */
struct row {
	struct tx *tx;
	struct db_row *at;
	int col;
};
int64_t row_int(struct row *r);
static inline uint64_t row_id(struct row *r)
{
	return (uint64_t)row_int(r);
}
static inline unsigned row_uint(struct row *r)
{
	return (unsigned)row_int(r);
}
const char *row_text(struct row *r);  /* NULL for SQL's NULL */
const char *row_words(struct row *r); /* "" for it */
const void *row_blob(struct row *r, size_t *n);
typedef void fill_f(struct row *r, void *out);

/* Runs a statement that answers nothing. changed may be NULL. */
int tx_exec(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, int64_t *changed);
/* The first row; E_NOTFOUND. */
int tx_one(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, fill_f *fill, void *out);
/* Every row, as an array in the arena. */
int tx_all(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, fill_f *fill, size_t size, void *rows,
	size_t *count);
void fill_int(struct row *r, void *out); /* one int64_t */
void fill_id(struct row *r, void *out);  /* one uint64_t */
/* E_* with words for a verb's own refusal. */
int tx_refuse(struct tx *tx, int code, const char *fmt, ...) XQ_PRINTF(3, 4);

#endif
