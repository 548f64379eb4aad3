/* Erases what is older than it may be kept: a citizen's, so many days after the last word with him, when nothing of his is open; what was
 * kept aside, so many days after it came. The clock's work: of several gateways one does it. */
#include "gateway/base/blob_sweep.h"
#include "gateway/base/log.h"
#include "gateway/flow/internal.h"
#include "gateway/store/erase.h"

enum { AT_ONCE = 20, ASIDE_AT_ONCE = 100, FIRST_MS = 3000, SOON_MS = 200, LATER_MS = 3600 * 1000 };
#define DAY_MS 86400000LL

struct retainer {
	struct flow *flow;
	uv_timer_t timer;
	uint64_t id[AT_ONCE];
	size_t n, next;
	uint64_t after; /* the last one of this round; 0: from the beginning */
	struct erased done;
	bool busy;
};

static void look_later(struct retainer *x, uint64_t ms);

static int due_run(struct tx *tx, void *arg, struct err *e)
{
	struct retainer *x = arg;
	uint64_t *id;
	size_t n;
	int rc = erase_due(tx, tx_now(tx) - (int64_t)x->flow->set.keep_days * DAY_MS, x->after, AT_ONCE, &id, &n);
	if (rc < 0)
		return err_set(e, rc, "what is old could not be read");
	for (x->n = 0, x->next = 0; x->n < n; x->n++)
		x->after = x->id[x->n] = id[x->n];
	if (n < AT_ONCE)
		x->after = 0;
	return 0;
}

static int erase_run(struct tx *tx, void *arg, struct err *e)
{
	struct retainer *x = arg;
	return erase_conversation(tx, x->id[x->next], "system", "retention", &x->done, e);
}

static void erase_next(struct retainer *x);

static void files_remove(struct retainer *x)
{
	blob_sweep(x->flow->set.loop, x->flow->set.blobs, x->done.file, x->done.files);
}

static void erase_done(void *arg, int rc, const struct err *e)
{
	struct retainer *x = arg;
	if (rc < 0 && rc != E_CONFLICT)
		log_error("retention", "not erased", "reason=%s", e->words);
	if (rc == 0)
		files_remove(x);
	x->next++;
	erase_next(x);
}

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	struct retainer *x = arg;
	int rc = erase_aside_old(tx, tx_now(tx) - (int64_t)x->flow->set.keep_days * DAY_MS, ASIDE_AT_ONCE, &x->done);
	return rc < 0 ? err_set(e, rc, "what is old and was kept aside could not be erased (%s)", err_name(rc)) : 0;
}

static void round_over(struct retainer *x, int64_t aside)
{
	if (x->n || aside)
		log_info("retention", "erased", "conversations=%zu kept_aside=%lld days=%u", x->next, (long long)aside, x->flow->set.keep_days);
	look_later(x, x->n == AT_ONCE || aside == ASIDE_AT_ONCE ? SOON_MS : LATER_MS);
}

static void aside_done(void *arg, int rc, const struct err *e)
{
	struct retainer *x = arg;
	x->busy = false;
	if (rc < 0)
		log_error("retention", "not erased", "reason=%s", e->words);
	else
		files_remove(x);
	round_over(x, rc < 0 ? 0 : x->done.aside);
}

static void erase_next(struct retainer *x)
{
	bool all = x->next >= x->n;
	x->busy = !x->flow->draining && store_write(x->flow->set.store, all ? aside_run : erase_run, all ? aside_done : erase_done, x) == 0;
	if (!x->busy)
		round_over(x, 0);
}

static void due_done(void *arg, int rc, const struct err *e)
{
	struct retainer *x = arg;
	if (rc < 0)
		log_error("retention", "not erased", "reason=%s", e->words);
	if (rc < 0)
		x->n = 0;
	x->busy = false;
	erase_next(x);
}

static void on_timer(uv_timer_t *t)
{
	struct retainer *x = t->data;
	if (x->flow->draining)
		return;
	x->busy = x->flow->clock && store_read(x->flow->set.store, due_run, due_done, x) == 0;
	if (!x->busy)
		look_later(x, FIRST_MS);
}

static void look_later(struct retainer *x, uint64_t ms)
{
	if (!x->flow->draining)
		must(uv_timer_start(&x->timer, on_timer, ms, 0) == 0);
}

struct retainer *retainer_create(struct flow *f)
{
	if (f->set.keep_days == 0)
		return NULL;
	struct retainer *x = mem_new(struct retainer);
	x->flow = f;
	must(uv_timer_init(f->set.loop, &x->timer) == 0);
	x->timer.data = x;
	return x;
}

void retainer_start(struct retainer *x)
{
	if (x != NULL)
		look_later(x, FIRST_MS);
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void retainer_destroy(struct retainer **xp)
{
	struct retainer *x = *xp;
	*xp = NULL;
	if (x == NULL)
		return;
	must(!x->busy); /* the store has stopped, and with it every job */
	uv_close((uv_handle_t *)&x->timer, closed);
}
