#include "gateway/model/message.h"

#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/sm.h"

/* Only forward, except that a person may queue again what did not arrive, and that what was never written to the
 * channel (the citizen is away) goes back to the queue. "unknown" is never resent by itself: it may have arrived.
 *
 *   queued ──▶ sending ──▶ accepted ──▶ delivered ──▶ read
 *    │ ▲ ▲      │ │ ▲ │       │ └───────────────────▶ read
 *    │ │ └──────┘ │ │ ├──────────────▶ delivered, read      (channels that answer at once)
 *    │ │ parked   │ │ └──▶ unknown ──▶ accepted, delivered, read, failed   (a late receipt)
 *    │ │          ▼ │         │
 *    │ │        retry ──▶ expired, dead
 *    │ └─────── a person's retry: unknown, dead, failed
 *    └──▶ expired, failed     sending ──▶ failed, dead     accepted ──▶ failed, expired
 *
 * queued, retry ──▶ unknown: the store goes on from a copy, and what waited then may have been sent since. */
static const char *const STATE[OUT_STATES] = {
	[OUT_QUEUED] = "queued", [OUT_SENDING] = "sending", [OUT_ACCEPTED] = "accepted", [OUT_DELIVERED] = "delivered",
	[OUT_READ] = "read", [OUT_RETRY] = "retry", [OUT_FAILED] = "failed", [OUT_EXPIRED] = "expired",
	[OUT_DEAD] = "dead", [OUT_UNKNOWN] = "unknown",
};
static const uint32_t NEXT[OUT_STATES] = {
	[OUT_QUEUED] = SM_TO(OUT_SENDING) | SM_TO(OUT_EXPIRED) | SM_TO(OUT_FAILED) | SM_TO(OUT_UNKNOWN),
	[OUT_SENDING] = SM_TO(OUT_ACCEPTED) | SM_TO(OUT_DELIVERED) | SM_TO(OUT_READ) | SM_TO(OUT_RETRY) |
		SM_TO(OUT_FAILED) | SM_TO(OUT_UNKNOWN) | SM_TO(OUT_QUEUED) | SM_TO(OUT_DEAD),
	[OUT_RETRY] = SM_TO(OUT_SENDING) | SM_TO(OUT_EXPIRED) | SM_TO(OUT_DEAD) | SM_TO(OUT_UNKNOWN),
	[OUT_ACCEPTED] = SM_TO(OUT_DELIVERED) | SM_TO(OUT_READ) | SM_TO(OUT_FAILED) | SM_TO(OUT_EXPIRED),
	[OUT_DELIVERED] = SM_TO(OUT_READ),
	[OUT_UNKNOWN] = SM_TO(OUT_ACCEPTED) | SM_TO(OUT_DELIVERED) | SM_TO(OUT_READ) | SM_TO(OUT_FAILED) |
		SM_TO(OUT_QUEUED),
	[OUT_DEAD] = SM_TO(OUT_QUEUED),
	[OUT_FAILED] = SM_TO(OUT_QUEUED),
};
const struct sm_table out_machine = { "outbox", STATE, NEXT, OUT_STATES };

void msg_print(const struct msg_in *m, uint8_t print[MSG_PRINT])
{
	enum { NUMBERS_MAX = 4096 }; /* all but the text */
	struct buf b;
	buf_init(&b, MSG_TEXT_MAX + NUMBERS_MAX);
	buf_addf(&b, "%s%c%s%c", m->peer, 0, m->account ? m->account : "", 0);
	if (m->kind == MSG_PART) {
		buf_addf(&b, "%s%c%u%c", m->part.key, 0, m->part.index, 0);
		buf_add(&b, m->part.bytes, m->part.n);
	} else {
		buf_adds(&b, m->text ? m->text : "");
	}
	if (m->kind == MSG_RATING)
		buf_addf(&b, "%c%s%c%d%c%d%c%s", 0, m->rating.survey ? m->rating.survey : "", 0, m->rating.rating, 0, (int)m->rating.solved, 0,
			m->rating.comment ? m->rating.comment : "");
	if (m->external_id != NULL && m->kind != MSG_PART)
		buf_addf(&b, "%c#%s", 0, m->external_id);
	uint8_t hash[SHA256_LEN];
	crypto_sha256(b.data, b.len, hash);
	memcpy(print, hash, MSG_PRINT);
	buf_fini(&b);
}
