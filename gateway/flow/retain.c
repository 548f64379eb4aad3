/* Erases what is older than it may be kept: a citizen's, so many days after the last word with him, when nothing of his is open; what was
 * kept aside, so many days after it came. The clock's work: of several gateways one does it. */
#include "gateway/base/blob_sweep.h"
#include "gateway/base/log.h"
#include "gateway/flow/chore.h"
#include "gateway/flow/internal.h"
#include "gateway/store/erase.h"

enum { AT_ONCE = 20, ASIDE_AT_ONCE = 100, FIRST_MS = 3000, SOON_MS = 200, LATER_MS = 3600 * 1000 };
#define DAY_MS 86400000LL

/* A round: what is due is looked up; each of it is erased; then what was kept aside. */
struct retainer {
	struct chore chore; /* first */
	enum { LOOK, ERASE, ASIDE } step;
	uint64_t id[AT_ONCE];
	size_t n, next;
	uint64_t after; /* the last one of this round; 0: from the beginning */
	struct erased done;
};

static int64_t kept_since(struct tx *tx, const struct retainer *x)
{
	return tx_now(tx) - (int64_t)x->chore.flow->set.keep_days * DAY_MS;
}

static int look(struct tx *tx, struct retainer *x, struct err *e)
{
	uint64_t *id;
	size_t n;
	int rc = erase_due(tx, kept_since(tx, x), x->after, AT_ONCE, &id, &n);
	if (rc < 0)
		return err_set(e, rc, "what is old could not be read");
	for (x->n = 0, x->next = 0; x->n < n; x->n++)
		x->after = x->id[x->n] = id[x->n];
	if (n < AT_ONCE)
		x->after = 0;
	return 0;
}

static int retain_run(struct tx *tx, void *arg, struct err *e)
{
	struct retainer *x = arg;
	if (x->step == LOOK)
		return look(tx, x, e);
	if (x->step == ERASE)
		return erase_conversation(tx, x->id[x->next], "system", "retention", &x->done, e);
	int rc = erase_aside_old(tx, kept_since(tx, x), ASIDE_AT_ONCE, &x->done);
	return rc < 0 ? err_set(e, rc, "what is old and was kept aside could not be erased (%s)", err_name(rc)) : 0;
}

static int64_t round_over(struct retainer *x, int64_t aside)
{
	if (x->n || aside)
		log_info("retention", "erased", "conversations=%zu kept_aside=%lld days=%u", x->next, (long long)aside,
			x->chore.flow->set.keep_days);
	return x->n == AT_ONCE || aside == ASIDE_AT_ONCE ? SOON_MS : LATER_MS;
}

static int64_t retain_done(struct chore *c, int rc, const struct err *e)
{
	struct retainer *x = (struct retainer *)c;
	bool looked = x->step == LOOK, last = x->step == ASIDE;
	if (rc < 0 && (x->step != ERASE || rc != E_CONFLICT))
		log_error("retention", "not erased", "reason=%s", e->words);
	if (rc == 0 && !looked)
		blob_sweep(c->flow->set.loop, c->flow->set.blobs, x->done.file, x->done.files);
	if (rc < 0 && looked)
		x->n = x->next = 0;
	x->next += x->step == ERASE;
	x->step = last ? LOOK : x->next < x->n ? ERASE : ASIDE;
	c->write = !last;
	return last ? round_over(x, rc < 0 ? 0 : x->done.aside) : 0;
}

/* Of several gateways one begins a round. While the clock is doubted nobody does, and what a round found by it is looked up again:
 * what is erased is gone for good. */
static bool retain_begin(struct chore *c)
{
	struct retainer *x = (struct retainer *)c;
	clock_look(c->flow);
	if (clock_doubted(c->flow)) {
		x->step = LOOK;
		x->n = x->next = x->after = 0;
		c->write = false;
		return false;
	}
	return x->step != LOOK || c->flow->clock;
}

struct chore *retainer_create(struct flow *f)
{
	static const struct chore_kind kind = { .first_ms = FIRST_MS, .begin = retain_begin, .run = retain_run,
		.done = retain_done };
	if (f->set.keep_days == 0)
		return NULL;
	struct retainer *x = mem_new(struct retainer);
	chore_init(&x->chore, &kind, f, false);
	return &x->chore;
}
