/* The states of a link to a carrier and their legal moves; session.c has the setter.
 *
 *   idle ──> connecting ──> binding ──> bound ──> unbinding ──> ended
 *    ^           ^ │           │          │ │         │           ^
 *    │           │ └───────────┴──────────┼─┴> waiting ───────────┤
 *    │           ├────────────────────────┼───────┘   │           │
 *    │           └──────── resting <──────┴───────────┘           │
 *    └──> binding (accepted), and back when the link ends         │
 *   every state may end: session_stop() without a bound link ─────┘
 *   bound ──> leaving ──> waiting, resting, idle: as when the link ends
 * unbinding: our unbind is written and not answered yet. leaving: the peer's has come, and is answered when nothing else is open. waiting: for the time to connect again. resting: closed because
 * nothing was to be said, until session_call(). idle: not started, or passive and without a link. */
#ifndef XQ_SMS_SESSION_STATE_H
#define XQ_SMS_SESSION_STATE_H

#include "gateway/base/sm.h"

enum session_state {
	SESSION_IDLE, SESSION_CONNECTING, SESSION_BINDING, SESSION_BOUND, SESSION_UNBINDING, SESSION_LEAVING, SESSION_WAITING,
	SESSION_RESTING, SESSION_ENDED
};
extern const struct sm_table session_machine;

#endif
