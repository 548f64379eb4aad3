/* One connection of a citizen.
 *
 *              hello                first page(s): last_seq known, welcome         all shown
 *   GREETING ─────────► PROBING ─────────────────────────────────────► REPLAYING ─────────► LIVE
 *       │  a new token: welcome at once                                    ▲    a gap        │
 *       └───────────────────────────────────────────────► LIVE             └─────────────────┘
 *   any ── the socket closes, or the adapter ends ──► CLOSED
 *
 * The history is the truth: a client that claims to know more than it is shown everything again, under a welcome that
 * says the true last_seq. Thread: the loop. */
#ifndef XQ_WEBCHAT_SESSION_H
#define XQ_WEBCHAT_SESSION_H

#include "adapters/webchat/room.h"
#include "gateway/base/http.h"

extern const struct ws_ops chat_session_ops; /* arg: the struct webchat */

/* Shows a message to all connections of this peer that do not know it. true: there is a connection. */
bool chat_session_show(struct webchat *chat, const char *peer, const struct history_item *item);
/* Writes what stands in chat->frame to all connections of this peer that were welcomed, but `except` (may be NULL). */
void chat_session_tell(struct webchat *chat, const char *peer, const struct chat_session *except);
/* Staff have read what this peer said up to there: told once to each connection, over chat->frame. */
void chat_session_seen(struct webchat *chat, const char *peer, const char *ticket, int64_t seq);
/* Goes on with replays that waited for room in a queue. true: some still wait. */
bool chat_session_replay_waiting(struct webchat *chat);
void chat_session_close_all(struct webchat *chat, uint16_t code, const char *reason);
/* The adapter ends: sessions forget it, and free themselves when their sockets are closed. */
void chat_session_orphan_all(struct webchat *chat);
void chat_ack_destroy(struct chat_ack *ack);

#endif
