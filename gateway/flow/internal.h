/* Inside the flow room: a lane is a channel with what the flows keep about it. Loop thread only, but for what a job
 * carries with it. */
#ifndef XQ_FLOW_INTERNAL_H
#define XQ_FLOW_INTERNAL_H

#include "gateway/base/blob.h"
#include "gateway/base/metrics.h"
#include "gateway/flow/flow.h"
#include "gateway/flow/intake.h"
#include "gateway/model/ticket.h"

enum {
	LANES_MAX = 32,
	LENT_MAX = 256,         /* messages of one channel between claim and answer */
	/* Claimed at once; doubled while the adapter takes all: what is claimed and still held here when the process dies
	 * counts as unknown. */
	BATCH_FIRST = 16,
	MANY_JOBS = 48,         /* waiting for the store: claims stay at BATCH_FIRST */
	HELD_MS = 30 * 1000,    /* longer none is held here: it may be taken for a dead node's, or be over, or another's to send */
	POLL_MS = 2000,         /* rows that another process queued are found within this */
	TICK_MS = 10 * 1000,    /* expiry of messages, surveys and pieces */
	CHORES = 4,
	UNSTORED_MS = 1000      /* before what could not be stored is tried again */
};

struct loan { /* one claimed message, until its outcome is stored */
	struct loan *next;
	struct lane *lane;
	struct arena *arena;
	struct msg_out out;
	int64_t claimed_at, due_at; /* of its row */
	int64_t since;              /* claimed, by the monotonic clock */
};

struct backlog;
struct writes { /* one lane of the store, and what of it the store has no room for yet, in the order it was given */
	unsigned lane;
	struct backlog *first, **end;
};

/* Receipts that fit no message of ours (unmatched.h). */
struct unmatched {
	int64_t upto, now; /* those that came before were looked at; are, by the job under way */
	struct unmatched_row *of;
	size_t n;
};

enum { SENT_ID_SHOWN = 64 };

struct lane {
	struct channel channel;
	struct flow *flow;
	void *config;
	struct loan *held, **held_end; /* claimed, but the adapter's window was full */
	unsigned lent;                 /* claimed and not yet stored */
	unsigned batch;                /* messages of the next claim */
	unsigned taking;               /* takes and receipts under way */
	struct writes writes;
	bool claiming, again, full;
	bool joins;                    /* what is left of its pieces is this node's to join */
	uv_timer_t timer;
	struct metric *in[OUTCOMES], *doubles, *retries, *out[OUT_STATES], *unmatched;
	int64_t unmatched_said;       /* when the log was last told */
	char sent_id[SENT_ID_SHOWN];  /* that the channel gave last */
};

struct channels { struct lane *lane[LANES_MAX]; size_t count; };

struct flow {
	struct flow_settings set;
	struct catalog *catalog;
	struct flow_words words;
	struct channel_trait trait[LANES_MAX];
	struct adapter_host host;
	struct channels channels;
	struct learner *learner;
	struct scanner *scanner; /* or NULL */
	struct chore *chore[CHORES]; /* chore.h; or NULL */
	struct writes writes; /* the gateway's own */
	struct later *laters, **laters_end;
	struct blob_gone *unsent; /* files thrown away by the clock's job under way */
	size_t unsents;
	struct unmatched unmatched;
	struct outcome_job *unstored; /* what became of messages, while the store fails */
	uv_timer_t tick, backlog_timer, later_timer, drain_timer, unstored_timer;
	struct arena *duties;
	bool clock;      /* the clock's work is ours */
	bool ticking, recovering;
	bool unrecovered; /* what a dead node was sending is not settled yet: the next tick tries */
	unsigned handles;    /* of libuv, still closing */
	int64_t wall;        /* the wall clock's distance from the monotonic one when last looked at; 0: never */
	int64_t doubt_until; /* monotonic */
	unsigned joining;    /* jobs under way that look for pieces whose rest never came */
	unsigned clock_jobs; /* the clock's look and what it found, under way */
	bool draining, stopped;
	void (*drained)(void *);
	void *drained_arg;
	void (*on_signal)(void *, const char *, const struct signal *);
	void *on_signal_arg;
};

void flow_drain_check(struct flow *);
void lane_up(const struct lane *); /* its state, to the gauge */

/* writes.c: all writes are as store_write_again. */
/* In the channel's lane; waits for room instead of failing, for what nobody would bring a second time. Its channel bounds how much that is:
 * by loans, and by what it has handed in that is not answered yet, for at so much it reads no more. */
void lane_write(struct lane *, store_run_f *, store_done_f *, void *arg);
/* The same in the gateway's own lane: what the clock does, so much at a time. */
void flow_write(struct flow *, store_run_f *, store_done_f *, void *arg);
/* In the channel's lane, for what is brought again: done() gets E_AGAIN where there is no room, or something of lane_write() still waits
 * for it, which goes first. */
void lane_try(struct lane *, store_run_f *, store_done_f *, void *arg);
void lane_read(struct lane *, store_run_f *, store_done_f *, void *arg);
/* done() gets E_AGAIN on the loop's next turn, never within this call; E_CLOSED when the flow ends first. */
void flow_later(struct flow *, store_done_f *, void *arg);
void writes_init(struct writes *, unsigned lane);
bool writes_wait(struct flow *); /* is there something that has no room yet? */
/* After store_stop, while the adapters are there: each that still waits learns that it was not stored. */
void writes_drop(struct flow *);

/* intake.c */
void intake_take(struct adapter *, const struct msg_in *, taken_f *, void *ack);
void intake_quarantine(struct adapter *, const char *reason, const char *peer, const void *raw, size_t n, taken_f *,
	void *ack);
/* Inside the job: the pieces of one message that are here become a message with gaps, and a note of what is missing on its ticket. */
int intake_partial(struct tx *, const struct catalog *, const struct flow_words *, const struct channel_trait *, const char *key,
	bool quiet);
/* pieces.c: what waited ten minutes for the rest of its message is made one with gaps, by one of the nodes that have its channel; what
 * nobody has joined for a day is set aside by the node whose the clock's work is. */
void pieces_add(struct lane *); /* of a new channel */
void pieces_tick(struct flow *);
/* apply.c: inside the job */
int intake_apply(struct tx *, const struct catalog *, const struct flow_words *, const struct channel_trait *,
	const struct msg_in *, const struct intake_ahead *, bool quiet, struct intake_done *);

/* outbox.c */
/* A citizen's sign, from an adapter of this node. */
void flow_signal_in(struct flow *, const char *channel, const struct signal *);
void outbox_kick(struct lane *);
void outbox_sent(struct adapter *, const struct msg_out *, const struct sent_result *);
void outbox_ready(struct adapter *);
void outbox_back(struct adapter *, const char *peer);
void outbox_drop_held(struct lane *);
/* What the adapter never had goes back to the queue: another node may send it, and nobody takes it for sent. */
void outbox_put_back(struct lane *);
void outbox_store_again(struct flow *); /* what could not be stored, now: the last try when it drains */
void loan_free(struct loan *);

/* clock.c: what is due on tickets */
void clock_tick(struct flow *);
/* Cheap: has the wall clock been put back? Then what waits is set by it. Or forward? Then it is doubted for a while, in which nothing ends
 * by it. Where messages go out, before anybody is erased for his age, and every tick. */
void clock_look(struct flow *);
bool clock_doubted(const struct flow *);

/* upload.c */
void upload_keep(struct adapter *, const struct msg_attachment *, taken_f *, void *ack);
void upload_ask(struct adapter *, const char *sha256, file_f *, void *arg);
/* Those whose message never came. Inside the clock's job; *gone, in tx_arena(): what is to be removed behind it. */
int upload_forget(struct tx *, struct blob_gone **gone, size_t *n, struct err *);

/* phone.c */
void phone_take(struct adapter *, const struct phone_ask *, phone_f *, void *arg);

/* host.c */
/* Tells the channel what became of something it handed in, and lets it go. */
void host_over(struct lane *, struct arena *, int rc, taken_f *, void *ack);
void host_init(struct flow *);

#endif
