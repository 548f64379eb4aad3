#include "gateway/model/guide.h"

#include "gateway/base/err.h"
#include "gateway/base/sm.h"

/*   off ──▶ what ──▶ where ──▶ when ──▶ photo ──▶ contact ──▶ off
 *    ▲       │         │        │ └────────│──────▲ │
 *    └───────┴─────────┴────────┴──────────┴────────┘   (a person was asked for, or the citizen begins again: what)
 */
#define ANYTIME SM_TO(GUIDE_OFF) | SM_TO(GUIDE_WHAT)
static const char *const STATE[GUIDE_STATES] = { "off", "what", "where", "when", "photo", "contact" };
static const uint32_t NEXT[GUIDE_STATES] = {
	[GUIDE_OFF] = SM_TO(GUIDE_WHAT),
	[GUIDE_WHAT] = ANYTIME | SM_TO(GUIDE_WHERE),
	[GUIDE_WHERE] = ANYTIME | SM_TO(GUIDE_WHEN),
	[GUIDE_WHEN] = ANYTIME | SM_TO(GUIDE_PHOTO) | SM_TO(GUIDE_CONTACT),
	[GUIDE_PHOTO] = ANYTIME | SM_TO(GUIDE_CONTACT),
	[GUIDE_CONTACT] = ANYTIME,
};
const struct sm_table guide_machine = { "guide", STATE, NEXT, GUIDE_STATES };

enum guide_state guide_next(enum guide_state s, bool pictures)
{
	static const enum guide_state next[GUIDE_STATES] = { GUIDE_OFF, GUIDE_WHERE, GUIDE_WHEN, GUIDE_PHOTO, GUIDE_CONTACT, GUIDE_OFF };
	must((unsigned)s < GUIDE_STATES);
	return next[s] == GUIDE_PHOTO && !pictures ? GUIDE_CONTACT : next[s];
}
