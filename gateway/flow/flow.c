#include "gateway/flow/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/blob_sweep.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/sm.h"
#include "gateway/flow/chore.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/phone.h"
#include "gateway/flow/scan.h"
#include "gateway/flow/unmatched.h"
#include "gateway/store/drafts.h"
#include "gateway/store/kept.h"
#include "gateway/store/outbox.h"
#include "gateway/store/survey.h"

/* --- a gateway of this store is dead: another, or this one under the number it had --- */

static int recover_dead(struct tx *tx, struct flow *f, unsigned node)
{
	for (size_t i = 0; i < f->channels.count; i++) {
		const struct channel *c = &f->channels.lane[i]->channel;
		size_t n = 0;
		int rc = outbox_recover_dead(tx, node, c->name, c->ops->caps.idempotent, &n);
		if (rc < 0)
			return rc;
		if (n > 0)
			log_warn(c->name, "messages were under way on a node that died", "node=%u count=%zu now=%s", node, n,
				c->ops->caps.idempotent ? "queued" : "unknown");
	}
	return 0;
}

static int gone_run(struct tx *tx, void *arg, struct err *e)
{
	unsigned *node;
	size_t n;
	int rc = outbox_nodes(tx, &node, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = recover_dead(tx, arg, node[i]);
	return rc < 0 ? err_set(e, rc, "what a dead node was sending could not be recovered") : 0;
}

/* What could not be done is done at the next tick. */
static void recovered(struct flow *f, int rc, const struct err *e)
{
	f->unrecovered = rc < 0;
	if (rc < 0)
		log_error("flow", "not recovered yet", "reason=%s", e->words);
}

static void gone_done(void *arg, int rc, const struct err *e)
{
	struct flow *f = arg;
	f->recovering = false;
	recovered(f, rc, e);
	for (size_t i = 0; i < f->channels.count; i++)
		outbox_kick(f->channels.lane[i]);
	flow_drain_check(f);
}

static void on_gone(void *arg)
{
	struct flow *f = arg;
	if (f->draining || f->recovering)
		return;
	f->recovering = true;
	flow_write(f, gone_run, gone_done, f);
}

/* --- the clock's work --- */

static int tick_run(struct tx *tx, void *arg, struct err *e)
{
	enum { AT_ONCE = 200 };
	const int64_t quarter = 90 * 24LL * 3600 * 1000;
	size_t messages = 0, surveys = 0;
	struct flow *f = arg;
	int rc = outbox_expire(tx, AT_ONCE, &messages);
	if (rc == 0)
		rc = survey_expire(tx, AT_ONCE, &surveys);
	if (rc == 0)
		rc = draft_drop_before(tx, tx_now(tx) - quarter);
	if (rc == 0)
		rc = phone_forget(tx);
	if (rc == 0 && (rc = upload_forget(tx, &f->unsent, &f->unsents, e)) < 0)
		return rc;
	if (rc == 0)
		rc = shared_prune(tx);
	if (rc == 0)
		rc = keys_drop(tx);
	if (rc == 0)
		rc = unmatched_find(tx, &f->unmatched);
	return rc < 0 ? err_set(e, rc, "what is overdue could not be expired") : 0;
}

static void tick_done(void *arg, int rc, const struct err *e)
{
	struct flow *f = arg;
	f->ticking = false;
	if (rc < 0)
		log_error("flow", "expiry failed", "reason=%s", e->words);
	else {
		blob_sweep(f->set.loop, f->set.blobs, f->unsent, f->unsents);
		unmatched_tell(f);
	}
	flow_drain_check(f);
}

static void tick(uv_timer_t *t)
{
	struct flow *f = t->data;
	if (f->unrecovered)
		on_gone(f);
	clock_look(f);
	if (f->draining || clock_doubted(f))
		return;
	pieces_tick(f);
	if (f->ticking || !f->clock)
		return;
	f->ticking = true;
	flow_write(f, tick_run, tick_done, f);
	if (f->scanner)
		scanner_kick(f->scanner); /* another node may have taken files */
	clock_tick(f);
}

/* Of several gateways over one store one does the clock's work. */
static void clock_told(void *arg, bool ours)
{
	struct flow *f = arg;
	f->clock = ours;
}

/* --- signs of life --- */

/* To the other nodes: "staff" or "citizen", who types, or "seen" by staff, how far and of which ticket; the channel and the
 * peer, behind tabs. */
static void signal_say(struct flow *f, const char *who, const char *channel, const struct signal *s)
{
	char word[STORE_WORD_MAX + 1], seen[40 + TICKET_NUMBER_MAX];
	(void)snprintf(seen, sizeof seen, "seen %lld %s", (long long)s->seq, s->ticket ? s->ticket : "");
	if (s->peer != NULL && (size_t)snprintf(word, sizeof word, "%s\t%s\t%s", s->what == SIGNAL_SEEN ? seen : who, channel,
		s->peer) < sizeof word)
		store_say(f->set.store, word);
}

/* false: the channel has no signs. */
static bool signal_here(struct flow *f, const char *channel, const struct signal *s)
{
	struct channel *c = channel_find(&f->channels, channel);
	if (c == NULL || c->ops->signal == NULL)
		return false;
	c->ops->signal(c->adapter, s);
	return true;
}

void flow_signal(struct flow *f, const char *channel, const struct signal *s)
{
	if (signal_here(f, channel, s))
		signal_say(f, "staff", channel, s);
}

void flow_signal_in(struct flow *f, const char *channel, const struct signal *s)
{
	if (f->on_signal != NULL)
		f->on_signal(f->on_signal_arg, channel, s);
	signal_say(f, "citizen", channel, s);
}

static void on_word(void *arg, const char *word)
{
	struct flow *f = arg;
	char text[STORE_WORD_MAX + 1];
	(void)snprintf(text, sizeof text, "%s", word);
	char *channel = strchr(text, '\t'), *peer = channel ? strchr(channel + 1, '\t') : NULL;
	if (peer == NULL || f->draining)
		return;
	*channel++ = *peer++ = '\0';
	char *ticket = NULL;
	bool seen = strncmp(text, "seen ", 5) == 0;
	long long seq = seen ? strtoll(text + 5, &ticket, 10) : 0;
	if (seen && *ticket++ != ' ')
		return; /* of a node of an older version: nobody knows of which ticket */
	struct signal s = { .what = seen ? SIGNAL_SEEN : SIGNAL_TYPING, .peer = peer, .ticket = ticket, .seq = seq };
	if (seen || strcmp(text, "staff") == 0)
		(void)signal_here(f, channel, &s);
	else if (strcmp(text, "citizen") == 0 && f->on_signal != NULL)
		f->on_signal(f->on_signal_arg, channel, &s);
}

/* Whoever moved it: its channel's answer, a late receipt, the clock, a person. Another gateway counts what is done there. */
static void outcome_count(struct flow *f, const struct change *c)
{
	if (c->kind != CHANGE_OUT_STATE || c->elsewhere || c->message->out_state == OUT_SENDING)
		return;
	for (size_t i = 0; i < f->channels.count; i++)
		if (strcmp(f->channels.lane[i]->channel.name, c->channel) == 0)
			metric_add(f->channels.lane[i]->out[c->message->out_state], 1);
}

static void on_change(void *arg, const struct change *c, size_t n)
{
	struct flow *f = arg;
	for (size_t i = 0; i < n; i++) {
		outcome_count(f, &c[i]);
		if (c[i].kind == CHANGE_TICKET && *c[i].ticket->category)
			learner_decided(f->learner);
		if (f->scanner && c[i].kind == CHANGE_MESSAGE && c[i].message->attachments)
			scanner_kick(f->scanner);
		bool queued = (c[i].kind == CHANGE_MESSAGE && c[i].queued) ||
			(c[i].kind == CHANGE_OUT_STATE && c[i].message->out_state == OUT_QUEUED);
		for (size_t l = 0; queued && l < f->channels.count; l++)
			if (c[i].ticket == NULL || strcmp(c[i].ticket->channel, f->channels.lane[l]->channel.name) == 0)
				outbox_kick(f->channels.lane[l]);
	}
}

static struct catalog *catalog_of(void *arg)
{
	return flow_catalog(arg);
}

/* --- life --- */

enum { TIMERS = 5 };

static uv_timer_t *timer_of(struct flow *f, size_t i)
{
	uv_timer_t *const all[TIMERS] = { &f->tick, &f->backlog_timer, &f->later_timer, &f->drain_timer, &f->unstored_timer };
	return all[i];
}

static struct chore *(*const chores[CHORES])(struct flow *) = { indexer_create, rekeyer_create, anchorer_create,
	retainer_create };

struct flow *flow_create(const struct flow_settings *s, struct err *e)
{
	(void)e;
	struct flow *f = mem_new(struct flow);
	f->set = *s;
	f->catalog = s->catalog;
	writes_init(&f->writes, 0);
	f->laters_end = &f->laters;
	f->duties = arena_create(256);
	f->words = (struct flow_words){ .hotline = s->hotline, .public_url = s->public_url, .secret = s->secret,
		.trait = f->trait, .guide = s->guide, .remote = s->remote,
		.phone_channel = s->phone_channel, .liaison = s->liaison };
	for (size_t i = 0; i < TIMERS; i++) {
		must(uv_timer_init(s->loop, timer_of(f, i)) == 0);
		timer_of(f, i)->data = f;
	}
	f->learner = learner_create(s->loop, s->store);
	for (size_t i = 0; i < CHORES; i++)
		f->chore[i] = chores[i](f);
	if (s->scan_command)
		f->scanner = scanner_create(s->loop, s->store, s->blobs, s->scan_command);
	f->words.scans = f->scanner != NULL;
	host_init(f);
	store_watch(s->store, on_change, f);
	store_on_gone(s->store, on_gone, f);
	store_hear(s->store, on_word, f);
	store_duty(s->store, "clock", clock_told, f);
	return f;
}

static void lane_metrics(struct lane *l)
{
	char labels[200];
	for (unsigned i = 0; i < OUTCOMES; i++) {
		(void)snprintf(labels, sizeof labels, "channel=\"%s\",outcome=\"%s\"", l->channel.name,
			outcome_name((enum outcome)i));
		l->in[i] = metric_counter("xinqiao_messages_in_total", labels, "Messages taken from citizens, by what was decided");
	}
	for (unsigned i = 0; i < OUT_STATES; i++) {
		(void)snprintf(labels, sizeof labels, "channel=\"%s\",state=\"%s\"", l->channel.name, sm_name(&out_machine, i));
		l->out[i] = metric_counter("xinqiao_messages_out_total", labels, "Outcomes of sending to citizens");
	}
	(void)snprintf(labels, sizeof labels, "channel=\"%s\"", l->channel.name);
	l->doubles = metric_counter("xinqiao_messages_doubled_total", labels, "Messages that came again and were stored once");
	l->retries = metric_counter("xinqiao_messages_pushed_back_total", labels,
		"Messages the channel was asked to send again");
	l->unmatched = metric_counter("xinqiao_receipts_unmatched_total", labels, "Receipts that fit no message of ours");
}

void lane_up(const struct lane *l)
{
	char labels[100];
	if (channel_off(&l->channel)) /* without a gauge: an alarm on 0 would ring for ever */
		return;
	(void)snprintf(labels, sizeof labels, "channel=\"%s\"", l->channel.name);
	metric_set(metric_gauge("xinqiao_channel_up", labels, "1 while the channel can carry messages"), l->channel.up);
}

int flow_add(struct flow *f, const char *name, const struct adapter_ops *ops, void *config, struct err *e)
{
	if (f->channels.count == LANES_MAX)
		return err_set(e, E_RANGE, "at most %d channels", LANES_MAX);
	struct lane *l = mem_new(struct lane);
	l->flow = f;
	l->config = config;
	l->held_end = &l->held;
	l->batch = BATCH_FIRST;
	l->channel = (struct channel){ .name = name, .ops = ops, .words = "starting", .since = clock_now() };
	f->trait[f->channels.count] = (struct channel_trait){ .name = name, .caps = ops->caps, .join = ops->join, .config = config,
		.parts = ops->parts, .parts_max = ops->parts_max ? ops->parts_max(config) : 0, .fold = ops->fold, .reach = ops->reach };
	lane_metrics(l);
	int rc = ops->create(&l->channel.adapter, config, &f->host, e);
	if (rc < 0) {
		free(l);
		return err_wrap(e, "channel %s", name);
	}
	l->channel.adapter->ops = ops;
	l->channel.adapter->channel = name;
	l->channel.adapter->host_data = l;
	must(uv_timer_init(f->set.loop, &l->timer) == 0);
	l->timer.data = l;
	writes_init(&l->writes, store_lane_of_channel((unsigned)f->channels.count));
	pieces_add(l);
	f->channels.lane[f->channels.count++] = l;
	f->words.traits = f->channels.count;
	return 0;
}

static int recover_run(struct tx *tx, void *arg, struct err *e)
{
	struct flow *f = arg;
	for (size_t i = 0; i < f->channels.count; i++) {
		const struct channel *c = &f->channels.lane[i]->channel;
		size_t n = 0;
		int rc = outbox_recover(tx, c->name, c->ops->caps.idempotent, &n);
		if (rc < 0)
			return err_set(e, rc, "the outbox of channel %s could not be recovered", c->name);
		if (n > 0)
			log_warn(c->name, "messages were under way at the last stop", "count=%zu now=%s", n,
				c->ops->caps.idempotent ? "queued" : "unknown");
	}
	if (!f->scanner && scanner_release(tx) < 0)
		return err_set(e, E_IO, "files held for a scanner could not be let go");
	return 0;
}

int flow_start(struct flow *f, struct err *e)
{
	struct err late = { 0 };
	int rc = store_now(f->set.store, true, recover_run, f, e);
	if (rc == 0) /* those that died while nobody was there to see it */
		recovered(f, store_now(f->set.store, true, gone_run, f, &late), &late);
	for (size_t i = 0; rc == 0 && i < f->channels.count; i++) {
		struct channel *c = &f->channels.lane[i]->channel;
		if ((rc = c->ops->start(c->adapter, e)) < 0)
			return err_wrap(e, "channel %s", c->name);
		lane_up(f->channels.lane[i]);
		outbox_kick(f->channels.lane[i]);
	}
	if (rc == 0 && f->scanner)
		scanner_kick(f->scanner);
	if (rc == 0) {
		must(uv_timer_start(&f->tick, tick, TICK_MS, TICK_MS) == 0);
		learner_start(f->learner, catalog_of, f);
		for (size_t i = 0; i < CHORES; i++)
			if (f->chore[i] != NULL)
				chore_start(f->chore[i]);
	}
	return rc;
}

/* Done when every adapter says so and nothing it gave or got is still on its way to the disk. */
void flow_drain_check(struct flow *f)
{
	if (f->drained == NULL || writes_wait(f) || f->ticking || f->recovering || f->clock_jobs > 0)
		return;
	for (size_t i = 0; i < f->channels.count; i++) {
		const struct lane *l = f->channels.lane[i];
		if (!l->channel.drained || l->taking > 0 || l->claiming || l->lent > 0)
			return;
	}
	void (*done)(void *) = f->drained;
	f->drained = NULL;
	(void)uv_timer_stop(&f->drain_timer);
	done(f->drained_arg);
}

static void drain_late(uv_timer_t *t)
{
	struct flow *f = t->data;
	void (*done)(void *) = f->drained;
	f->drained = NULL;
	log_warn("flow", "stopped before every channel was drained", NULL);
	if (done != NULL)
		done(f->drained_arg);
}

void flow_drain(struct flow *f, unsigned ms, void (*done)(void *), void *arg)
{
	f->draining = true;
	f->drained = done;
	f->drained_arg = arg;
	must(uv_timer_start(&f->drain_timer, drain_late, ms, 0) == 0);
	outbox_store_again(f);
	for (size_t i = 0; i < f->channels.count; i++) {
		outbox_put_back(f->channels.lane[i]);
		f->channels.lane[i]->channel.ops->drain(f->channels.lane[i]->channel.adapter);
	}
	flow_drain_check(f);
}

static void lane_closed(uv_handle_t *h)
{
	free(h->data);
}

static void flow_closed(uv_handle_t *h)
{
	struct flow *f = h->data;
	if (--f->handles > 0) /* libuv still holds the others, which are part of f */
		return;
	catalog_unref(&f->catalog);
	arena_destroy(&f->duties);
	free(f);
}

void flow_destroy(struct flow **fp)
{
	struct flow *f = *fp;
	*fp = NULL;
	f->stopped = f->draining = true;
	outbox_store_again(f);
	writes_drop(f);
	scanner_destroy(&f->scanner);
	for (size_t i = 0; i < f->channels.count; i++) {
		struct lane *l = f->channels.lane[i];
		outbox_drop_held(l);
		l->channel.ops->destroy(&l->channel.adapter);
		free(l->config);
		uv_close((uv_handle_t *)&l->timer, lane_closed);
	}
	learner_destroy(&f->learner);
	for (size_t i = 0; i < CHORES; i++)
		if (f->chore[i] != NULL)
			chore_destroy(&f->chore[i]);
	for (f->handles = 0; f->handles < TIMERS; f->handles++)
		uv_close((uv_handle_t *)timer_of(f, f->handles), flow_closed);
}

void flow_reload(struct flow *f, struct catalog *c)
{
	catalog_unref(&f->catalog);
	f->catalog = c;
	learner_hurry(f->learner);
}

struct catalog *flow_catalog(struct flow *f) { return f->catalog; }
const struct flow_words *flow_words(struct flow *f) { return &f->words; }
struct channels *flow_channels(struct flow *f) { return &f->channels; }
struct suggest *flow_suggest(struct flow *f) { return learner_model(f->learner); }

void flow_watch_signals(struct flow *f, void (*fn)(void *, const char *, const struct signal *), void *arg)
{
	f->on_signal = fn;
	f->on_signal_arg = arg;
}

struct channel *channel_at(struct channels *c, size_t i)
{
	return i < c->count ? &c->lane[i]->channel : NULL;
}

struct channel *channel_find(struct channels *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->lane[i]->channel.name, name) == 0)
			return &c->lane[i]->channel;
	return NULL;
}

bool channel_off(const struct channel *c)
{
	return !c->up && strncmp(c->words, "off", 3) == 0;
}
