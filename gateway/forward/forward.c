#include "gateway/forward/forward.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/metrics.h"
#include "gateway/base/sm.h"
#include "gateway/forward/post.h"
#include "gateway/forward/round.h"
#include "gateway/store/forward.h"
#include "gateway/store/place.h"

enum { TARGETS_MAX = 32, PARALLEL_MAX = 32, POLL_MS = 2000, GATHER_MS = 30, PAUSE_FIRST_MS = 1000, PAUSE_MAX_MS = 5 * 60 * 1000 };

/*            kick or poll          read                 all answered
 *   idle ──────────────▶ reading ────────▶ sending ───────────────▶ storing ──▶ idle, or reading when more is due
 *                           │ nothing due, or the store failed        │
 *                           ▼                                         ▼ the target is not there
 *                         idle                                      paused ──▶ reading, after a growing while       */
enum target_state { TARGET_IDLE, TARGET_READING, TARGET_SENDING, TARGET_STORING, TARGET_PAUSED, TARGET_STATES };
static const char *const state_name[TARGET_STATES] = { "idle", "reading", "sending", "storing", "paused" };
static const uint32_t state_next[TARGET_STATES] = {
	[TARGET_IDLE] = SM_TO(TARGET_READING),
	[TARGET_READING] = SM_TO(TARGET_SENDING) | SM_TO(TARGET_IDLE),
	[TARGET_SENDING] = SM_TO(TARGET_STORING),
	[TARGET_STORING] = SM_TO(TARGET_IDLE) | SM_TO(TARGET_READING) | SM_TO(TARGET_PAUSED),
	[TARGET_PAUSED] = SM_TO(TARGET_READING),
};
static const struct sm_table target_machine = { "forward", state_name, state_next, TARGET_STATES };

struct delivery { struct target *target; struct item *item; struct post *post; };

struct target {
	struct forward *forward;
	const char *name;
	const struct forward_config *config;
	struct forward_key key;
	unsigned state;            /* enum target_state; target_machine */
	struct round round;
	struct delivery under_way[PARALLEL_MAX];
	unsigned sending;
	bool again;                /* something changed while it was busy */
	bool away;                 /* found in this round */
	unsigned failures;         /* rounds in a row that found the target away */
	unsigned retry_ms;
	uv_timer_t timer;
	struct metric *delivered, *failed, *up;
};

struct forward {
	uv_loop_t *loop;
	struct store *store;
	struct fetch *fetch;
	struct target *target[TARGETS_MAX];
	size_t targets;
	bool ours;               /* of several gateways over one store one forwards */
	bool started, stopped;
};

static void begin(struct target *t);
static void on_timer(uv_timer_t *h);

static void enter(struct target *t, enum target_state to)
{
	sm_move(&target_machine, &t->state, to, t->name);
}

static void wait_for(struct target *t, uint64_t ms)
{
	if (t->forward->ours && !t->forward->stopped)
		must(uv_timer_start(&t->timer, on_timer, ms, 0) == 0);
}

/* --- the end of a round --- */

static unsigned pause_ms(const struct target *t)
{
	unsigned ms = PAUSE_FIRST_MS;
	uint32_t jitter;
	for (unsigned i = 1; i < t->failures && ms < PAUSE_MAX_MS; i++)
		ms *= 2;
	if (ms > PAUSE_MAX_MS)
		ms = PAUSE_MAX_MS;
	crypto_random(&jitter, sizeof jitter);
	ms = ms / 2 + jitter % (ms / 2 + 1);
	return t->retry_ms > ms ? t->retry_ms : ms;
}

static void rest(struct target *t)
{
	bool more = round_goes_on(&t->round);
	round_fini(&t->round);
	enter(t, TARGET_IDLE);
	wait_for(t, more ? 0 : t->again ? GATHER_MS : POLL_MS);
}

static void on_stored(void *arg, int rc, const struct err *e)
{
	struct target *t = arg;
	if (rc < 0) /* delivered, and it will be delivered again: the id is the same */
		log_error("forward", "not stored", "target=%s why=%s", t->name, e->words);
	if (!t->away) {
		rest(t);
		return;
	}
	round_fini(&t->round);
	enter(t, TARGET_PAUSED);
	wait_for(t, pause_ms(t));
}

static int store_run(struct tx *tx, void *arg, struct err *e)
{
	struct target *t = arg;
	return round_store(tx, &t->round, e);
}

static void store(struct target *t)
{
	enter(t, TARGET_STORING);
	crypto_random(&t->round.jitter, sizeof t->round.jitter);
	struct err none = { 0 };
	if (store_write_again(t->forward->store, store_run, on_stored, t) == 0)
		return;
	err_set(&none, E_AGAIN, "the store's queue is full");
	on_stored(t, E_AGAIN, &none);
}

/* --- sending --- */

static void fill_window(struct target *t);

static void found_away(struct target *t, const char *words, unsigned retry_ms)
{
	if (!t->away) {
		t->failures++;
		log_warn("forward", "target away", "target=%s rounds=%u why=%s", t->name, t->failures, words);
	}
	t->away = true;
	t->retry_ms = retry_ms;
	metric_set(t->up, 0);
}

static void found_there(struct target *t)
{
	if (t->failures > 0)
		log_info("forward", "target there again", "target=%s", t->name);
	t->failures = 0;
	metric_set(t->up, 1);
}

static void judge(struct target *t, struct item *i, enum post_result result, const char *words, unsigned retry_ms)
{
	switch (result) {
	case POST_DELIVERED:
		i->state = ITEM_DELIVERED;
		metric_add(t->delivered, 1);
		found_there(t);
		break;
	case POST_REFUSED:
		round_failed(&t->round, i, false, words);
		metric_add(t->failed, 1);
		log_warn("forward", "event refused", "target=%s event=%" PRIu64 " why=%s", t->name, i->event, words);
		break;
	case POST_BUSY: /* this event's fault, or the target's: known when the round is over */
		round_failed(&t->round, i, true, words);
		metric_add(t->failed, 1);
		t->retry_ms = retry_ms;
		break;
	default:
		i->state = ITEM_UNSENT;
		if (result == POST_AWAY)
			found_away(t, words, retry_ms);
	}
}

static void on_answer(void *arg, enum post_result result, const char *words, unsigned retry_ms)
{
	struct delivery *d = arg;
	struct target *t = d->target;
	judge(t, d->item, result, words, retry_ms);
	d->post = NULL;
	t->sending--;
	fill_window(t);
}

static struct delivery *free_place(struct target *t)
{
	for (int i = 0; i < t->config->parallel; i++)
		if (t->under_way[i].post == NULL)
			return &t->under_way[i];
	return NULL;
}

/* Sends what may go; when nothing is left and nothing under way, the round is over. */
static void fill_window(struct target *t)
{
	struct delivery *d;
	struct item *i;
	while (!t->away && !t->forward->stopped && (d = free_place(t)) != NULL && (i = round_next(&t->round)) != NULL) {
		i->state = ITEM_SENDING;
		t->sending++;
		*d = (struct delivery){ .target = t, .item = i };
		d->post = post_start(t->forward->fetch, t->config, &t->key, i->event, i->body, on_answer, d);
	}
	if (t->sending > 0 || t->state != TARGET_SENDING)
		return;
	const struct item *stuck = round_stuck(&t->round);
	if (!t->away && stuck != NULL)
		found_away(t, stuck->error, t->retry_ms);
	if (t->away || t->forward->stopped)
		round_give_up(&t->round);
	store(t);
}

/* --- reading --- */

static void on_read(void *arg, int rc, const struct err *e)
{
	struct target *t = arg;
	if (rc < 0)
		log_error("forward", "not read", "target=%s why=%s", t->name, e->words);
	if (rc < 0 || t->forward->stopped || (t->round.items == 0 && strcmp(t->round.to, t->round.from) == 0)) {
		t->round.more = false;
		t->round.items = 0;
		rest(t);
		return;
	}
	enter(t, TARGET_SENDING);
	fill_window(t);
}

static int read_run(struct tx *tx, void *arg, struct err *e)
{
	struct target *t = arg;
	return round_read(tx, &t->round, e);
}

static void begin(struct target *t)
{
	if (!t->forward->ours || t->forward->stopped)
		return;
	enter(t, TARGET_READING);
	t->again = t->away = false;
	t->retry_ms = 0;
	round_init(&t->round, t->name, t->config);
	struct err none = { 0 };
	if (store_read(t->forward->store, read_run, on_read, t) == 0)
		return;
	err_set(&none, E_AGAIN, "the store's queue is full");
	on_read(t, E_AGAIN, &none);
}

static void on_timer(uv_timer_t *h)
{
	begin(h->data);
}

/* --- the room --- */

static void on_changes(void *arg, const struct change *c, size_t n)
{
	struct forward *f = arg;
	(void)c;
	for (size_t i = 0; n > 0 && i < f->targets && f->started; i++) {
		struct target *t = f->target[i];
		if (!t->again && t->state == TARGET_IDLE)
			wait_for(t, GATHER_MS);
		t->again = true;
	}
}

struct forward *forward_create(uv_loop_t *loop, struct store *store, struct fetch *fetch)
{
	struct forward *f = mem_new(struct forward);
	*f = (struct forward){ .loop = loop, .store = store, .fetch = fetch };
	store_watch(store, on_changes, f);
	return f;
}

int forward_add(struct forward *f, const char *name, const struct forward_config *config, struct err *e)
{
	if (f->targets == TARGETS_MAX)
		return err_set(e, E_RANGE, "[forward %s]: %d targets are the most", name, TARGETS_MAX);
	struct target *t = mem_new(struct target);
	*t = (struct target){ .forward = f, .name = name, .config = config };
	int rc = forward_key_read(config->secret, &t->key, e);
	if (rc < 0) {
		free(t);
		return rc;
	}
	char labels[200];
	(void)snprintf(labels, sizeof labels, "target=\"%s\"", name);
	t->delivered = metric_counter("xinqiao_forward_delivered_total", labels, "Events delivered to a target");
	t->failed = metric_counter("xinqiao_forward_failed_total", labels, "Deliveries that a target answered with an error");
	t->up = metric_gauge("xinqiao_forward_up", labels, "0: the target does not answer");
	metric_set(t->up, 1);
	must(uv_timer_init(f->loop, &t->timer) == 0);
	t->timer.data = t;
	f->target[f->targets++] = t;
	return 0;
}

static int open_run(struct tx *tx, void *arg, struct err *e)
{
	struct forward *f = arg;
	const char *newest;
	int rc = event_newest(tx, &newest);
	for (size_t i = 0; rc == 0 && i < f->targets; i++)
		rc = forward_open(tx, f->target[i]->name, newest);
	return rc < 0 ? err_set(e, rc, "the targets of forwarding could not be opened") : 0;
}

static void on_open(void *arg, int rc, const struct err *e)
{
	struct forward *f = arg;
	if (rc < 0)
		log_error("forward", "not started", "why=%s", e->words);
	f->started = rc == 0;
	for (size_t i = 0; f->started && i < f->targets; i++)
		if (f->target[i]->state == TARGET_IDLE || f->target[i]->state == TARGET_PAUSED)
			wait_for(f->target[i], 0);
}

static void open_all(struct forward *f)
{
	struct err full = { 0 };
	if (store_write(f->store, open_run, on_open, f) < 0)
		on_open(f, E_AGAIN, (err_set(&full, E_AGAIN, "the store's queue is full"), &full));
}

/* A round under way when the duty is lost may end: the place moves only from where it was read. */
static void told(void *arg, bool ours)
{
	struct forward *f = arg;
	f->ours = ours;
	if (ours && !f->stopped)
		open_all(f);
}

void forward_start(struct forward *f)
{
	if (f->targets == 0)
		return;
	open_all(f); /* a new target begins here, not when the duty comes: what happens in between is its business */
	store_duty(f->store, "forward", told, f);
}

void forward_stop(struct forward *f)
{
	f->stopped = true;
	for (size_t i = 0; i < f->targets; i++) {
		struct target *t = f->target[i];
		(void)uv_timer_stop(&t->timer);
		for (int k = 0; k < PARALLEL_MAX; k++)
			if (t->under_way[k].post != NULL)
				post_cancel(t->under_way[k].post);
	}
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h->data);
}

static void target_end(struct target *t)
{
	must(t->state == TARGET_IDLE || t->state == TARGET_PAUSED);
	uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}

void forward_destroy(struct forward **out)
{
	struct forward *f = *out;
	*out = NULL;
	if (f == NULL)
		return;
	forward_stop(f);
	for (size_t i = 0; i < f->targets; i++)
		target_end(f->target[i]);
	free(f);
}
