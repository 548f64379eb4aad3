/* Seals what was stored before there was a key, or by an older one, while the gateway works. Every gateway of a store may do it:
 * a batch that meets another's is done again. */
#include "gateway/base/log.h"
#include "gateway/flow/internal.h"
#include "gateway/store/rows.h"

enum { BATCH = 200, IDLE_MS = 10, BUSY_MS = 400, FAILED_MS = 5000 };

struct rekeyer {
	struct flow *flow;
	uv_timer_t timer;
	uint64_t rows;
	size_t batch;
	bool writing, done;
};

static void wait_for(struct rekeyer *k, uint64_t ms);

static int rekey_run(struct tx *tx, void *arg, struct err *e)
{
	struct rekeyer *k = arg;
	int rc = rekey_step(tx, BATCH, &k->batch, &k->done);
	return rc < 0 ? err_set(e, rc, "a batch could not be sealed") : 0;
}

static void rekey_done(void *arg, int rc, const struct err *e)
{
	struct rekeyer *k = arg;
	struct store *s = k->flow->set.store;
	k->writing = false;
	if (rc < 0)
		log_warn("store", "not sealed yet", "reason=%s", e->words);
	else
		k->rows += k->batch;
	if (rc == 0 && k->done) {
		store_sealed_whole(s);
		if (k->rows)
			log_info("store", "every field is sealed", "key=%u rows=%llu", store_key(s), (unsigned long long)k->rows);
		return;
	}
	wait_for(k, rc < 0 ? FAILED_MS : store_queued(s) > 0 ? BUSY_MS : IDLE_MS);
}

static void on_timer(uv_timer_t *t)
{
	struct rekeyer *k = t->data;
	if (k->flow->draining)
		return;
	k->writing = store_write(k->flow->set.store, rekey_run, rekey_done, k) == 0;
	if (!k->writing)
		wait_for(k, FAILED_MS);
}

static void wait_for(struct rekeyer *k, uint64_t ms)
{
	if (!k->flow->draining)
		must(uv_timer_start(&k->timer, on_timer, ms, 0) == 0);
}

struct rekeyer *rekeyer_create(struct flow *f)
{
	if (!store_key(f->set.store))
		return NULL;
	struct rekeyer *k = mem_new(struct rekeyer);
	k->flow = f;
	must(uv_timer_init(f->set.loop, &k->timer) == 0);
	k->timer.data = k;
	return k;
}

void rekeyer_start(struct rekeyer *k)
{
	if (k != NULL)
		wait_for(k, BUSY_MS);
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void rekeyer_destroy(struct rekeyer **kp)
{
	struct rekeyer *k = *kp;
	*kp = NULL;
	if (k == NULL)
		return;
	must(!k->writing); /* the store has stopped, and with it every job */
	uv_close((uv_handle_t *)&k->timer, closed);
}
