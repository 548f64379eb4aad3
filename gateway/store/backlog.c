/* How each channel's outbox stands, for the console. */
#include "gateway/store/backlog.h"

#include "gateway/store/outbox.h"
#include "gateway/store/tx.h"

enum { DAY_MS = 24 * 3600 * 1000, OLDEST_DAYS = 31 /* nothing is under way for as long */ };
_Static_assert(OUT_FAILED == 6 && OUT_UNKNOWN == 9 && OUT_STATES == 10, "statements.def knows these numbers");

struct counted {
	const char *channel;
	int64_t count, what; /* the oldest time, or the newest message */
};

static void fill_counted(struct row *r, void *out)
{
	struct counted *c = out;
	c->channel = row_words(r);
	c->count = row_int(r);
	c->what = row_int(r);
}

static struct channel_backlog *backlog_of(struct channel_backlog *b, size_t *n, const char *channel)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(b[i].channel, channel) == 0)
			return &b[i];
	b[*n] = (struct channel_backlog){ .channel = channel, .error = "" };
	return &b[(*n)++];
}

int outbox_backlog(struct tx *tx, struct channel_backlog **rows, size_t *n)
{
	struct counted *waiting, *trouble;
	size_t w, t;
	*n = 0;
	int rc = tx_all(tx, STMT_outbox_waiting, NO_PARAMS, fill_counted, sizeof *waiting, &waiting, &w);
	if (rc < 0 || (rc = tx_all(tx, STMT_outbox_troubles, PARAMS(v_int(tx->now - DAY_MS), v_id(id_floor(tx->now - (int64_t)OLDEST_DAYS * DAY_MS))),
		fill_counted, sizeof *trouble, &trouble, &t)) < 0)
		return rc;
	struct channel_backlog *all = arena_alloc(tx->arena, (w + t + 1) * sizeof *all);
	for (size_t i = 0; i < w; i++) {
		struct channel_backlog *b = backlog_of(all, n, waiting[i].channel);
		b->queued = waiting[i].count;
		b->oldest_at = waiting[i].what;
	}
	for (size_t i = 0; i < t; i++) {
		struct outbox_row o;
		struct channel_backlog *b = backlog_of(all, n, trouble[i].channel);
		b->trouble = trouble[i].count;
		if (outbox_get(tx, (uint64_t)trouble[i].what, &o) == 0) {
			b->error = o.error;
			b->error_at = o.updated_at;
		}
	}
	*rows = all;
	return 0;
}
