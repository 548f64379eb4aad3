#include "gateway/flow/unmatched.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/store/receipt.h"

enum { LOOK_BACK_MS = 60 * 1000, SAY_EVERY_MS = 3600 * 1000 };

int unmatched_find(struct tx *tx, struct unmatched *u)
{
	u->of = NULL;
	u->n = 0;
	u->now = tx_now(tx) - RECEIPT_WAIT_MS;
	/* Of what came while another node, or none, did the clock's work no more than this is still counted. */
	int64_t after = u->upto > u->now - LOOK_BACK_MS ? u->upto : u->now - LOOK_BACK_MS;
	return after < u->now ? receipts_unmatched(tx, after, u->now, &u->of, &u->n) : 0;
}

static void tell_one(struct lane *l, const struct unmatched_row *row)
{
	metric_add(l->unmatched, (int64_t)row->count);
	int64_t now = clock_now();
	if (l->unmatched_said != 0 && now - l->unmatched_said < SAY_EVERY_MS)
		return;
	l->unmatched_said = now;
	log_warn(l->channel.name, "receipts fit no message", "count=%" PRIu64 " receipt_id=\"%s\" sent_id=\"%s\" hint=\"one may be the "
		"other in hexadecimal: see message_id\"", row->count, row->id, l->sent_id[0] ? l->sent_id : "none yet");
}

void unmatched_tell(struct flow *f)
{
	struct unmatched *u = &f->unmatched;
	for (size_t i = 0; i < u->n; i++)
		for (size_t k = 0; k < f->channels.count; k++)
			if (strcmp(f->channels.lane[k]->channel.name, u->of[i].channel) == 0)
				tell_one(f->channels.lane[k], &u->of[i]);
	u->upto = u->now;
}
