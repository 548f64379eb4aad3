#include "gateway/model/message.h"

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
