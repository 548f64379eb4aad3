/* The store: one writer thread with group commit, readers of their own, and the verbs the flows are made of.
 *
 * A job is a function that runs with a transaction. Write jobs are taken all together by the writer: one transaction,
 * one commit. A job that fails is rolled back alone, for each runs inside a savepoint of its own; where all the jobs of a
 * transaction may run twice (store_write_again) they do without, and only when one fails all run again with savepoints.
 * done() runs on the loop only after the commit is on disk (SQLite: WAL with synchronous=FULL); when the commit fails every job of it
 * gets E_IO. Jobs of one lane run, and have their done(), in the order they were given; lanes take turns at both, and a transaction is
 * cut short when another lane's jobs wait, so that who gives very many keeps nobody else waiting. Read jobs run on a reader thread, in
 * a snapshot, and never wait for the writer.
 *
 * Thread: store_open, store_start, store_write, store_read, store_stop, store_close on the loop's thread. Verbs (everything
 * that takes a struct tx) only inside a job. Nothing else is shared. */
#ifndef XQ_STORE_STORE_H
#define XQ_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"

struct store;
struct tx;

struct store_config {
	const char *dsn;      /* sqlite:/var/lib/xinqiao/xinqiao.db or postgresql://user@host/database */
	const char *reports_dsn; /* a standby of that PostgreSQL, for jobs that are far; NULL: there is none */
	unsigned node;        /* 0..1023 */
	unsigned readers;     /* 0: 2 */
	unsigned queue_max;   /* write jobs waiting; 0: 20000 */
	unsigned batch_max;   /* jobs a commit; 0: 512 */
	unsigned slice_ms;    /* for how long one lane's many are run at a time while others are there; 0: 1, or longer where commits are dear */
	const char *key_file; /* keys of the fields that identify a person (base/keyring.h), made where there is none; NULL: not sealed */
	const char *secret_file; /* the gateway's secret, made where the store knows none; NULL: nobody asks for it */
	bool secret_anew;     /* whatever secret_file holds is the store's from now on, and it is made where there is none */
	bool as_it_is;        /* for store_move() and store_backup(): nobody reads what is sealed, so no key and no secret is asked for (a
	                         move does at its end, to verify); nor is a store that is half moved a fault then */
	bool exclusive;       /* serve: refuse (E_EXISTS) when another gateway has this store (or, shared, this node) */
};

/* What a DSN may be is known here only. Its form, without opening anything: E_CONFIG, with what would be right. */
int store_dsn_check(const char *dsn, struct err *e);
/* Can the second be a standby of the first? Its form only; E_CONFIG. */
int store_reports_check(const char *dsn, const char *reports, struct err *e);
/* Of one that is right: does it lead to a server elsewhere whose certificate nobody looks at? */
bool store_dsn_unproven(const char *dsn);
/* With a path in it made absolute by resolve(); owned by the caller. */
char *store_dsn_resolve(const char *dsn, const char *(*resolve)(const void *, const char *), const void *arg);

/* Opens, checks, migrates by number. E_CONFIG: a key or secret of its configuration is not the one the store knows. */
int store_open(struct store **s, const struct store_config *c, struct err *e);
/* Lives as long as the store. NULL: there is none yet, the first gateway makes it. */
struct secret;
const struct secret *store_secret(const struct store *);
void store_close(struct store **s);

typedef int store_run_f(struct tx *, void *arg, struct err *e); /* 0, or E_*: rolled back */
typedef void store_done_f(void *arg, int rc, const struct err *e);

int store_start(struct store *s, uv_loop_t *loop, struct err *e); /* threads */
/* Finishes every queued job and its done(), then ends the threads. Blocks; runs done() itself. */
void store_stop(struct store *s);
/* Whose job it is: 0 is the gateway's own and every caller's that says nothing; a channel, a user of the API, or a network of strangers takes
 * one of the rest. Two that share one by chance share its turns. A lane but the first may fill half of the queue; of strangers each a quarter,
 * and half together. */
enum { STORE_LANES = 64 };
enum store_lanes_of { STORE_LANES_CHANNELS = 1, STORE_LANES_CALLERS = 32, STORE_LANES_STRANGERS = 56 };
static inline unsigned store_lane_of_channel(unsigned i) { return STORE_LANES_CHANNELS + i % (STORE_LANES_CALLERS - STORE_LANES_CHANNELS); }
static inline unsigned store_lane_of_caller(unsigned hash) { return STORE_LANES_CALLERS + hash % (STORE_LANES_STRANGERS - STORE_LANES_CALLERS); }
static inline unsigned store_lane_of_stranger(unsigned hash) { return STORE_LANES_STRANGERS + hash % (STORE_LANES - STORE_LANES_STRANGERS); }
struct store_job {
	store_run_f *run;
	store_done_f *done;
	void *arg;
	bool write;
	bool again; /* a write that may run twice: store_write_again */
	/* A read that counts over very much: on a standby, where there is one that has all that was committed before the question, on a
	 * thread of its own; else on the store itself. So its answer is never older than another read's. */
	bool far;
	unsigned lane;
};
/* E_AGAIN: the queue is full, nothing was taken (done will not run). */
int store_give(struct store *s, const struct store_job *j) XQ_MUST_CHECK;
int store_write(struct store *s, store_run_f *run, store_done_f *done, void *arg) XQ_MUST_CHECK;
int store_read(struct store *s, store_run_f *run, store_done_f *done, void *arg) XQ_MUST_CHECK;
/* As store_write, for a run() that may be called a second time after it was undone: it leaves its argument so that calling
 * it again gives the same. Cheaper under load, and meant for what comes by the thousand. */
int store_write_again(struct store *s, store_run_f *run, store_done_f *done, void *arg) XQ_MUST_CHECK;
/* In the caller's thread, without store_start: for the command line and tests. Same promises. */
int store_now(struct store *s, bool write, store_run_f *run, void *arg, struct err *e) XQ_MUST_CHECK;
/* Writes that were given and whose done() has not begun. */
unsigned store_queued(const struct store *s);
/* false after a commit failed, until one succeeds: /readyz. */
bool store_healthy(const struct store *s);
/* Its own connection, any thread; blocks. The copy is of one moment, mode 0600, and whole on disk when it returns 0; a file
 * of that name is replaced. It is marked as a copy (restored.h). */
int store_backup(struct store *s, const char *path, void (*progress)(void *, int done, int total), void *arg, struct err *e);

/* What a committed write changed, for live views, the outbox and forwarding: told on the loop after the commit, in order,
 * before the jobs' done(). Rows are borrowed for the call. */
enum change_kind { CHANGE_TICKET, CHANGE_MESSAGE, CHANGE_OUT_STATE, CHANGE_SURVEY };
struct ticket_row;
struct message_row;
struct change {
	enum change_kind kind;
	const struct ticket_row *ticket;   /* after the change; NULL for an out state whose ticket was not loaded */
	const struct message_row *message; /* CHANGE_MESSAGE, CHANGE_OUT_STATE */
	const char *channel;               /* CHANGE_OUT_STATE: it goes by; NULL: done elsewhere */
	bool queued;                       /* CHANGE_MESSAGE: an outbox row came with it */
	/* Another gateway of this store did it (or the command line): it is shown here; what follows from it was done there. The
	 * rows are as they are now, which may be later than the change. */
	bool elsewhere;
};
typedef void store_change_f(void *arg, const struct change *, size_t n);
/* Up to 4 watchers, before store_start. */
void store_watch(struct store *s, store_change_f *f, void *arg);

/* --- several gateways over one store --- */
bool store_shared(const struct store *s); /* there may be others */
/* What only one of them may do at a time: read a mailbox, be a listener, run the clock's work. told() runs on the loop: true
 * when it is ours, false when it is no longer - stop at once, another may begin within seconds. With a store that is never
 * shared it is ours from the start. Not while stopping; for as long as the store lives. */
typedef void store_duty_f(void *arg, bool ours);
void store_duty(struct store *s, const char *name, store_duty_f *told, void *arg);
/* A word to the other gateways that is kept nowhere and may get lost: nothing may follow from it but what is shown (somebody
 * types) and what is right without it as well (who is offered work). On the loop. Nothing where the store is never shared, or too
 * much is said. */
enum { STORE_WORD_MAX = 1000 };
void store_say(struct store *s, const char *word);
/* On the loop, what another one said; whoever hears knows his own words by their first field. Up to 4 hear or are told (store_on_gone),
 * together. Before store_start. */
void store_hear(struct store *s, void (*f)(void *arg, const char *word), void *arg);
/* On the loop, when another one is found dead. Before store_start. */
void store_on_gone(struct store *s, void (*f)(void *arg), void *arg);
/* What several gateways over one store keep for each other and no longer need. The clock's work. */
int shared_prune(struct tx *);
unsigned store_node(const struct store *s);
bool store_node_lives(struct store *s, unsigned node); /* as this one knows it, within a second or two */

/* --- inside a job: the verbs, one header a subject (ticket.h, message.h, outbox.h …), say what can be asked of the store and done to it.
 * Strings in rows that a verb returns live in tx_arena(). A verb returns 0 or a negative E_*; `find` verbs return E_NOTFOUND without
 * words. All times are ms since 1970 UTC. --- */
int64_t tx_now(const struct tx *);          /* the job's wall time, ms */
void tx_set_now(struct tx *, int64_t now);  /* tests and imports: time is passed in */
struct arena *tx_arena(struct tx *);        /* lives until the job's done() has run (write) or the job ends (store_now) */
uint64_t tx_id(struct tx *);                /* a new id: 41 bits of ms since 2024, 10 of node, 12 of counter; always rising */
const char *tx_others(struct tx *);         /* the nodes that live, but for this one: ",1,2,"; "" for none */

#endif
