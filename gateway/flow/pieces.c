/* Pieces of long messages whose rest never came. */
#include <stdlib.h>

#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/flow/internal.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/segment.h"

enum { PART_WAIT_MS = 10 * 60 * 1000, LEFT_WAIT_MS = 24 * 3600 * 1000, STALE_AT_ONCE = 50 };

struct stale {
	struct flow *flow;
	const struct lane *lane; /* NULL: of channels that nobody has */
	struct catalog *catalog;
};

static int stale_run(struct tx *tx, void *arg, struct err *e)
{
	const struct stale *s = arg;
	const struct flow_words *w = &s->flow->words;
	const char *name = s->lane->channel.name, **channel, **key;
	size_t n;
	int rc = segment_stale(tx, name, tx_now(tx) - PART_WAIT_MS, STALE_AT_ONCE, &channel, &key, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = intake_partial(tx, s->catalog, w, flow_trait(w, name), key[i], false);
	return rc < 0 ? err_set(e, rc, "pieces that waited too long could not be joined") : 0;
}

/* Nobody joins them: no node has their channel, or it has another name now, or speaks another protocol. */
static int pieces_aside(struct tx *tx, const char *channel, const char *key)
{
	struct segment_row *s;
	size_t n;
	int rc = segment_list(tx, channel, key, &s, &n);
	if (rc < 0 || n == 0)
		return rc;
	struct quarantine_row q = { .channel = channel, .reason = "pieces-left", .peer = s[0].peer, .raw_sha256 = "", .at = tx_now(tx),
		.note = arena_printf(tx_arena(tx), "%zu of %u pieces", n, s[0].total) };
	q.raw = segment_bytes(tx, s, n, &q.n);
	log_warn(channel, "pieces of a long message kept aside", "reason=%s pieces=%zu", q.reason, n);
	rc = quarantine_insert(tx, &q);
	return rc < 0 ? rc : segment_drop(tx, channel, key);
}

/* Another node may have the channel, and be away for a while. */
static int left_run(struct tx *tx, void *arg, struct err *e)
{
	const struct stale *s = arg;
	const char **channel, **key;
	size_t n;
	int rc = segment_stale(tx, "", tx_now(tx) - LEFT_WAIT_MS, STALE_AT_ONCE, &channel, &key, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct channel_trait *c = flow_trait(&s->flow->words, channel[i]);
		if (c == NULL || c->join == NULL)
			rc = pieces_aside(tx, channel[i], key[i]);
	}
	return rc < 0 ? err_set(e, rc, "pieces that nobody joins could not be set aside") : 0;
}

static void stale_done(void *arg, int rc, const struct err *e)
{
	struct stale *s = arg;
	if (rc < 0)
		log_error("flow", "pieces not joined", "reason=%s", e->words);
	s->flow->joining--;
	catalog_unref(&s->catalog);
	free(s);
}

static void stale_give(struct flow *f, const struct lane *l)
{
	struct stale *s = mem_new(struct stale);
	*s = (struct stale){ .flow = f, .lane = l, .catalog = catalog_ref(f->catalog) };
	if (store_write_again(f->set.store, l ? stale_run : left_run, stale_done, s) == 0) {
		f->joining++;
		return;
	}
	catalog_unref(&s->catalog); /* busy: the next tick comes soon */
	free(s);
}

void pieces_tick(struct flow *f)
{
	if (f->joining > 0)
		return;
	for (size_t i = 0; i < f->channels.count; i++)
		if (f->channels.lane[i]->joins)
			stale_give(f, f->channels.lane[i]);
	if (f->clock)
		stale_give(f, NULL);
}

static void joins_told(void *arg, bool ours)
{
	struct lane *l = arg;
	l->joins = ours;
}

void pieces_add(struct lane *l)
{
	if (l->channel.ops->join == NULL)
		return;
	char *name = mem_printf("%s pieces", l->channel.name);
	store_duty(l->flow->set.store, name, joins_told, l);
	free(name);
}
