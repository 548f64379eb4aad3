/* What is made of the store's rows behind the writer: the search index and the reports' sums, while nothing else is to be done;
 * under steady load at a pace that costs little. Few at a time: whoever writes meanwhile waits for them. */
#include "gateway/base/log.h"
#include "gateway/flow/chore.h"
#include "gateway/flow/internal.h"
#include "gateway/store/report.h"
#include "gateway/store/search.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
enum { BATCH = 64, IDLE_MS = 2, BUSY_MS = 250, QUIET_MS = 3000 };

struct indexer {
	struct chore chore; /* first */
	bool more; /* the batch was a whole one */
	struct report_follow report;
};

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

static int64_t index_done(struct chore *c, int rc, const struct err *e)
{
	if (rc < 0)
		log_error("search", "not indexed", "reason=%s", e->words);
	bool more = rc == 0 && ((struct indexer *)c)->more, busy = store_queued(c->flow->set.store) > 0;
	return !more ? QUIET_MS : busy ? BUSY_MS : IDLE_MS;
}

/* Of several gateways one does it for all. */
static bool index_begin(struct chore *c)
{
	struct indexer *x = (struct indexer *)c;
	const struct loop_rules *r = catalog_loop(c->flow->catalog);
	x->report = (struct report_follow){ .limits = { r->first_minutes * MINUTE_MS, r->letter_hours * HOUR_MS }, .letter = is_letter,
		.arg = &c->flow->words, .limit = BATCH };
	return c->flow->clock;
}

struct chore *indexer_create(struct flow *f)
{
	static const struct chore_kind kind = { .first_ms = QUIET_MS, .begin = index_begin, .run = index_run,
		.done = index_done };
	struct indexer *x = mem_new(struct indexer);
	chore_init(&x->chore, &kind, f, true);
	return &x->chore;
}
