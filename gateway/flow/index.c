/* What is made of the store's rows behind the writer: the search index and the reports' sums, while nothing else is to be done;
 * under steady load at a pace that costs little. Few at a time: whoever writes meanwhile waits for them. */
#include "gateway/base/log.h"
#include "gateway/flow/internal.h"
#include "gateway/store/report.h"
#include "gateway/store/rows.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
enum { BATCH = 64, IDLE_MS = 2, BUSY_MS = 250, QUIET_MS = 3000 };

struct indexer {
	struct flow *flow;
	uv_timer_t timer;
	bool more; /* the batch was a whole one */
	struct report_follow report;
	bool writing;
};

static void wait_for(struct indexer *x, uint64_t ms);

static bool is_letter(const void *arg, const char *channel)
{
	const struct channel_trait *trait = flow_trait(arg, channel);
	return trait != NULL && trait->caps.threads;
}

static int index_run(struct tx *tx, void *arg, struct err *e)
{
	struct indexer *x = arg;
	size_t put;
	int rc = search_index(tx, BATCH, &put);
	if (rc < 0)
		return err_set(e, rc, "the search index could not be filled");
	if ((rc = report_follow(tx, &x->report)) < 0)
		return err_set(e, rc, "the reports could not be kept up");
	x->more = put == BATCH || x->report.seen == BATCH;
	return 0;
}

static void index_done(void *arg, int rc, const struct err *e)
{
	struct indexer *x = arg;
	x->writing = false;
	if (rc < 0)
		log_error("search", "not indexed", "reason=%s", e->words);
	bool more = rc == 0 && x->more, busy = store_queued(x->flow->set.store) > 0;
	wait_for(x, !more ? QUIET_MS : busy ? BUSY_MS : IDLE_MS);
}

static void on_timer(uv_timer_t *t)
{
	struct indexer *x = t->data;
	if (x->flow->draining)
		return;
	if (!x->flow->clock) { /* of several gateways one does it for all */
		wait_for(x, QUIET_MS);
		return;
	}
	const struct loop_rules *r = catalog_loop(x->flow->catalog);
	x->report = (struct report_follow){ .limits = { r->first_minutes * MINUTE_MS, r->letter_hours * HOUR_MS }, .letter = is_letter,
		.arg = &x->flow->words, .limit = BATCH };
	x->writing = store_write(x->flow->set.store, index_run, index_done, x) == 0;
	if (!x->writing)
		wait_for(x, QUIET_MS);
}

static void wait_for(struct indexer *x, uint64_t ms)
{
	if (!x->flow->draining)
		must(uv_timer_start(&x->timer, on_timer, ms, 0) == 0);
}

struct indexer *indexer_create(struct flow *f)
{
	struct indexer *x = mem_new(struct indexer);
	x->flow = f;
	must(uv_timer_init(f->set.loop, &x->timer) == 0);
	x->timer.data = x;
	return x;
}

void indexer_start(struct indexer *x)
{
	wait_for(x, QUIET_MS);
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void indexer_destroy(struct indexer **xp)
{
	struct indexer *x = *xp;
	*xp = NULL;
	must(!x->writing); /* the store has stopped, and with it every job */
	uv_close((uv_handle_t *)&x->timer, closed);
}
