/* Seals what was stored before there was a key, or by an older one, while the gateway works. Every gateway of a store may do it:
 * a batch that meets another's is done again. */
#include "gateway/base/log.h"
#include "gateway/flow/chore.h"
#include "gateway/flow/internal.h"
#include "gateway/store/rekey.h"

enum { BATCH = 200, IDLE_MS = 10, BUSY_MS = 400, FAILED_MS = 5000 };

struct rekeyer {
	struct chore chore; /* first */
	uint64_t rows;
	size_t batch;
	bool done;
};

static int rekey_run(struct tx *tx, void *arg, struct err *e)
{
	struct rekeyer *k = arg;
	int rc = rekey_step(tx, BATCH, &k->batch, &k->done);
	return rc < 0 ? err_set(e, rc, "a batch could not be sealed") : 0;
}

static int64_t rekey_done(struct chore *c, int rc, const struct err *e)
{
	struct rekeyer *k = (struct rekeyer *)c;
	struct store *s = c->flow->set.store;
	if (rc < 0)
		log_warn("store", "not sealed yet", "reason=%s", e->words);
	else
		k->rows += k->batch;
	if (rc < 0 || !k->done)
		return rc < 0 ? FAILED_MS : store_queued(s) > 0 ? BUSY_MS : IDLE_MS;
	store_sealed_whole(s);
	if (k->rows)
		log_info("store", "every field is sealed", "key=%u rows=%llu", store_key(s), (unsigned long long)k->rows);
	return CHORE_OVER;
}

struct chore *rekeyer_create(struct flow *f)
{
	static const struct chore_kind kind = { .first_ms = BUSY_MS, .run = rekey_run, .done = rekey_done };
	if (!store_key(f->set.store))
		return NULL;
	struct rekeyer *k = mem_new(struct rekeyer);
	chore_init(&k->chore, &kind, f, true);
	return &k->chore;
}
