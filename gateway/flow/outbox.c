/* Messages out: claim, lend to the adapter, store what became of it. Order is kept per conversation by the claim, which
 * never gives out a row while an older one of the same conversation is unfinished. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/flow/elsewhere.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/lend.h"
#include "gateway/flow/standing.h"
#include "gateway/model/address.h"
#include "gateway/store/outbox.h"
#include "gateway/store/receipt.h"
#include "gateway/store/survey.h"

/* A quarter of an hour apart they outlast a weekend without the channel; what lives shorter expires by itself (say.c). */
enum { TRIES_MAX = 400, BACKOFF_FIRST_MS = 2000, BACKOFF_MAX_MS = 15 * 60 * 1000 };

void loan_free(struct loan *n)
{
	struct arena *a = n->arena;
	arena_destroy(&a);
}

/* --- claim --- */

struct claim { struct lane *lane; unsigned how, asked; struct outbox_claim *row; size_t n; int64_t next_due; };

static int claim_run(struct tx *tx, void *arg, struct err *e)
{
	struct claim *c = arg;
	int rc = outbox_claim(tx, c->lane->channel.name, c->how, c->asked, &c->row, &c->n);
	if (rc < 0)
		return err_set(e, rc, "no messages could be claimed");
	if (c->n < c->asked)
		c->next_due = outbox_next_due(tx, c->lane->channel.name);
	return 0;
}

static void held_push(struct lane *l, struct loan *n)
{
	n->next = NULL;
	*l->held_end = n;
	l->held_end = &n->next;
}

static struct loan *held_pop(struct lane *l)
{
	struct loan *n = l->held;
	l->held = n->next;
	if (l->held == NULL)
		l->held_end = &l->held;
	return n;
}

/* Gives one to the adapter; false: its window is full. */
static bool lend(struct lane *l, struct loan *n)
{
	if (l->flow->draining || l->channel.ops->send(l->channel.adapter, &n->out) < 0) {
		l->full = true;
		return false;
	}
	return true;
}

/* What a survey's buttons say, best first. */
static void choices_fill(const struct lane *l, struct arena *a, struct msg_out *o)
{
	const struct templates *t = catalog_templates(l->flow->catalog);
	char key[32];
	for (int rating = 5; rating >= 1; rating--) {
		(void)snprintf(key, sizeof key, "rating.%d", rating);
		o->choice[o->choices++] = (struct msg_choice){ .rating = rating,
			.words = arena_strdup(a, render_words(t, o->language, key)) };
	}
	o->choice[o->choices++] = (struct msg_choice){ .solved = SOLVED_NO,
		.words = arena_strdup(a, render_words(t, o->language, "solved.no")) };
	must(o->choices <= MSG_CHOICES_MAX);
}

static struct loan *loan_make(struct lane *l, const struct outbox_claim *c)
{
	struct arena *a = arena_create(1024 + strlen(c->out.text));
	struct loan *n = arena_alloc(a, sizeof *n);
	n->lane = l;
	n->arena = a;
	n->claimed_at = c->row.updated_at;
	n->due_at = c->row.next_at;
	n->since = clock_monotonic();
	msg_out_copy(a, &n->out, &c->out);
	if (n->out.survey != NULL) {
		n->out.survey_url = arena_printf(a, "%s/rate/%s", l->flow->words.public_url, n->out.survey);
		choices_fill(l, a, &n->out);
	}
	return n;
}

static void timer_fired(uv_timer_t *t)
{
	outbox_kick(t->data);
}

static void timer_set(struct lane *l, int64_t due)
{
	int64_t wait = due ? due - clock_now() : POLL_MS;
	if (wait > POLL_MS)
		wait = POLL_MS;
	(void)uv_timer_start(&l->timer, timer_fired, wait > 0 ? (uint64_t)wait : 1, 0);
}

static bool sends(const struct channel *c)
{
	return c->up || (c->ops->sends && c->ops->sends(c->adapter));
}

/* The oldest stand first. */
static void held_look(struct lane *l)
{
	if (l->held != NULL && (l->flow->draining || !sends(&l->channel) || clock_monotonic() - l->held->since >= HELD_MS))
		outbox_put_back(l);
}

static void claim_done(void *arg, int rc, const struct err *e)
{
	struct claim *c = arg;
	struct lane *l = c->lane;
	l->claiming = false;
	if (rc < 0 && !l->flow->stopped)
		log_error(l->channel.name, "outbox not read", "reason=%s", e->words);
	for (size_t i = 0; rc == 0 && i < c->n; i++) {
		struct loan *n = loan_make(l, &c->row[i]);
		l->lent++;
		if (l->full || !lend(l, n))
			held_push(l, n);
	}
	bool more = rc == 0 && c->n == c->asked;
	if (l->full)
		l->batch = BATCH_FIRST;
	else if (more && l->batch < LENT_MAX)
		l->batch *= 2;
	bool others = c->n == 0 && c->next_due <= clock_now(); /* another gateway's, and not yet ours to take */
	timer_set(l, rc == 0 && !others ? c->next_due : 0);
	struct flow *f = l->flow;
	held_look(l);
	if (more || l->again)
		outbox_kick(l);
	free(c);
	flow_drain_check(f);
}

void outbox_kick(struct lane *l)
{
	if (l->flow->draining)
		return;
	clock_look(l->flow);
	held_look(l);
	if (l->claiming) {
		l->again = true;
		return;
	}
	if (!sends(&l->channel) || l->full || l->lent >= LENT_MAX) {
		timer_set(l, 0);
		return;
	}
	l->again = false;
	l->claiming = true;
	struct claim *c = mem_new(struct claim);
	/* While many wait for the store, a citizen's word is acknowledged before our answers to others are fetched by the hundred. */
	unsigned most = store_queued(l->flow->set.store) < MANY_JOBS ? l->batch : BATCH_FIRST;
	unsigned how = (l->channel.ops->caps.threads ? CLAIM_THREADS : 0) | (clock_doubted(l->flow) ? CLAIM_OVERDUE_STAYS : 0);
	*c = (struct claim){ .lane = l, .how = how, .asked = most < LENT_MAX - l->lent ? most : LENT_MAX - l->lent };
	lane_write(l, claim_run, claim_done, c);
}

void outbox_ready(struct adapter *a)
{
	struct lane *l = a->host_data;
	l->full = false;
	held_look(l);
	while (l->held != NULL) {
		struct loan *n = held_pop(l);
		if (lend(l, n))
			continue;
		n->next = l->held;
		if (l->held == NULL)
			l->held_end = &n->next;
		l->held = n;
		return;
	}
	outbox_kick(l);
}

void outbox_drop_held(struct lane *l)
{
	while (l->held != NULL)
		loan_free(held_pop(l));
}

/* --- what became of it --- */

struct outcome_job {
	struct outcome_job *next; /* among the unstored */
	struct lane *lane;
	struct loan *loan;
	bool never_lent; /* put back: nothing of it reached the channel */
	struct arena *arena;
	enum sent sent;
	const char *reason, *note;
	const char **id;
	struct catalog *catalog; /* a reference, while the message may have to be said elsewhere */
	size_t ids;
	bool receipts;
	unsigned retry_ms;
	uint32_t jitter;
	bool complained;
};

static int64_t backoff(const struct outcome_job *j)
{
	unsigned tries = j->loan->out.attempt ? j->loan->out.attempt - 1 : 0;
	int64_t ms = tries >= 10 ? BACKOFF_MAX_MS : (int64_t)BACKOFF_FIRST_MS << tries;
	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	ms = ms / 2 + (int64_t)(j->jitter % (uint32_t)(ms / 2 + 1)); /* half fixed, half chance: peers do not march in step */
	return ms > (int64_t)j->retry_ms ? ms : (int64_t)j->retry_ms;
}

static int survey_asked(struct tx *tx, const struct msg_out *o)
{
	struct survey_row s;
	if (o->survey == NULL)
		return 0;
	int rc = survey_find_token(tx, o->survey, &s);
	if (rc < 0 || s.state != SURVEY_QUEUED)
		return rc == E_NOTFOUND ? 0 : rc;
	s.asked_at = tx_now(tx);
	return survey_update(tx, &s, SURVEY_ASKED);
}

static int handed(struct tx *tx, const struct outcome_job *j, enum out_state to, bool ids, const char *reason)
{
	uint64_t id = j->loan->out.id;
	return ids ? outbox_handed(tx, id, to, reason, j->lane->channel.name, j->id, j->ids) : outbox_set(tx, id, to, 0, reason);
}

static int outcome_store(struct tx *tx, struct outcome_job *j)
{
	const struct flow_words *w = &j->lane->flow->words;
	uint64_t id = j->loan->out.id;
	int rc = 0;
	switch (j->sent) {
	case SENT_ACCEPTED:
		rc = handed(tx, j, OUT_ACCEPTED, j->ids > 0, NULL);
		if (rc == 0)
			rc = survey_asked(tx, &j->loan->out);
		break;
	case SENT_RETRY:
		rc = outbox_set(tx, id, j->loan->out.attempt >= TRIES_MAX ? OUT_DEAD : OUT_RETRY, tx_now(tx) + backoff(j), j->reason);
		break;
	case SENT_PARKED:
		rc = outbox_park(tx, id, NULL);
		break;
	case SENT_CLOSED:
		rc = elsewhere_send(tx, j->catalog, w, j->lane->channel.name, &j->loan->out, j->reason);
		break;
	case SENT_REFUSED:
		rc = outbox_set(tx, id, OUT_FAILED, 0, j->reason);
		break;
	case SENT_UNKNOWN:
		rc = handed(tx, j, OUT_UNKNOWN, j->receipts, j->reason);
		break;
	}
	return rc == E_CONFLICT ? 0 : rc; /* a receipt or a person was there first */
}

static int outcome_run(struct tx *tx, void *arg, struct err *e)
{
	struct outcome_job *j = arg;
	int rc;
	if (j->never_lent) {
		rc = outbox_unclaim(tx, j->loan->out.id, j->loan->claimed_at, j->loan->due_at);
		return rc < 0 ? err_set(e, rc, "a message could not be put back (%s)", err_name(rc)) : 0;
	}
	rc = outcome_store(tx, j);
	if (rc == 0 && j->note != NULL)
		rc = standing_note(tx, flow_trait(&j->lane->flow->words, j->lane->channel.name), j->loan->out.peer, j->note, false);
	return rc < 0 ? err_set(e, rc, "what became of a message could not be stored (%s)", err_name(rc)) : 0;
}

static void outcome_done(void *arg, int rc, const struct err *e);

static void on_unstored(uv_timer_t *t)
{
	outbox_store_again(t->data);
}

/* The disk's trouble must not lose an answer: the same job again, in a while, for as long as it takes. */
static void unstored_push(struct outcome_job *j, const struct err *e)
{
	struct flow *f = j->lane->flow;
	if (!j->complained)
		log_error(j->lane->channel.name, "outcome not stored yet", "message=%llu reason=%s",
			(unsigned long long)j->loan->out.id, e->words);
	j->complained = true;
	j->next = f->unstored;
	f->unstored = j;
	if (!uv_is_active((uv_handle_t *)&f->unstored_timer))
		must(uv_timer_start(&f->unstored_timer, on_unstored, UNSTORED_MS, 0) == 0);
}

void outbox_store_again(struct flow *f)
{
	struct outcome_job *j = f->unstored;
	f->unstored = NULL;
	for (struct outcome_job *next; j != NULL; j = next) {
		next = j->next;
		lane_write(j->lane, outcome_run, outcome_done, j);
	}
}

static void outcome_done(void *arg, int rc, const struct err *e)
{
	struct outcome_job *j = arg;
	struct lane *l = j->lane;
	if (rc < 0 && !l->flow->draining) {
		unstored_push(j, e);
		return;
	}
	if (rc < 0)
		log_error(l->channel.name, "outcome not stored", "message=%llu reason=%s", (unsigned long long)j->loan->out.id, e->words);
	l->lent--;
	struct flow *f = l->flow;
	bool elsewhere = j->sent == SENT_CLOSED && !j->never_lent;
	loan_free(j->loan);
	if (j->catalog != NULL)
		catalog_unref(&j->catalog);
	struct arena *a = j->arena;
	arena_destroy(&a);
	outbox_kick(l);
	for (size_t i = 0; elsewhere && i < f->channels.count; i++)
		outbox_kick(f->channels.lane[i]);
	flow_drain_check(f);
}

void outbox_sent(struct adapter *a, const struct msg_out *o, const struct sent_result *r)
{
	struct lane *l = a->host_data;
	struct loan *n = (struct loan *)((char *)(uintptr_t)o - offsetof(struct loan, out));
	must(n->lane == l);
	if (l->flow->stopped) { /* the store is closed: the row stays in SENDING, and the next start knows what to do */
		loan_free(n);
		return;
	}
	struct arena *arena = arena_create(512);
	struct outcome_job *j = arena_alloc(arena, sizeof *j);
	*j = (struct outcome_job){ .lane = l, .loan = n, .arena = arena, .sent = r->sent,
		.reason = address_mask_words(arena, r->reason, o->peer), .note = arena_strdup(arena, r->note), .ids = r->ids,
		.receipts = r->receipts, .retry_ms = r->retry_ms,
		.catalog = r->sent == SENT_CLOSED ? catalog_ref(l->flow->catalog) : NULL };
	j->id = arena_alloc(arena, (r->ids + 1) * sizeof *j->id);
	for (size_t i = 0; i < r->ids; i++)
		j->id[i] = arena_strdup(arena, r->id[i]);
	if (r->sent == SENT_RETRY)
		crypto_random(&j->jitter, sizeof j->jitter);
	if (r->sent != SENT_ACCEPTED && r->sent != SENT_PARKED)
		log_warn(l->channel.name, "message not sent", "message=%llu attempt=%u reason=%s", (unsigned long long)o->id,
			o->attempt, j->reason ? j->reason : "");
	if (r->sent == SENT_ACCEPTED && r->ids > 0)
		(void)snprintf(l->sent_id, sizeof l->sent_id, "%s", r->id[0]);
	lane_write(l, outcome_run, outcome_done, j);
}

void outbox_put_back(struct lane *l)
{
	while (l->held != NULL) {
		struct loan *n = held_pop(l);
		struct arena *arena = arena_create(256);
		struct outcome_job *j = arena_alloc(arena, sizeof *j);
		*j = (struct outcome_job){ .lane = l, .loan = n, .arena = arena, .never_lent = true };
		lane_write(l, outcome_run, outcome_done, j);
	}
}

/* --- a citizen is back --- */

struct back_job { struct lane *lane; char *peer; };

static int back_run(struct tx *tx, void *arg, struct err *e)
{
	struct back_job *j = arg;
	int rc = outbox_wake(tx, j->lane->channel.name, j->peer);
	return rc < 0 ? err_set(e, rc, "parked messages could not be woken") : 0;
}

static void back_done(void *arg, int rc, const struct err *e)
{
	struct back_job *j = arg;
	if (rc < 0)
		log_error(j->lane->channel.name, "parked messages wait on", "reason=%s", e->words);
	else
		outbox_kick(j->lane);
	free(j->peer);
	free(j);
}

void outbox_back(struct adapter *a, const char *peer)
{
	struct lane *l = a->host_data;
	if (l->flow->draining)
		return;
	struct back_job *j = mem_new(struct back_job);
	*j = (struct back_job){ .lane = l, .peer = mem_strdup(peer) };
	lane_write(l, back_run, back_done, j);
}
