/* Inside one connection: session.c has its states, its greeting and its socket, replay.c reads the history to it, inbound.c takes what its
 * citizen writes. Nobody else includes this. Thread: the loop. */
#ifndef XQ_WEBCHAT_SESSION_INTERNAL_H
#define XQ_WEBCHAT_SESSION_INTERNAL_H

#include "adapters/webchat/delivery.h"
#include "adapters/webchat/protocol.h"
#include "adapters/webchat/session.h"
#include "gateway/base/client.h"

enum { GREETING, PROBING, REPLAYING, LIVE, CLOSED, STATES };
enum { CLOSE_GOING_AWAY = 1001, CLOSE_TRY_LATER = 1013 };

struct chat_session {
	struct webchat *chat;     /* NULL: the adapter has ended */
	struct ws *ws;            /* NULL: closed */
	struct chat_peer *peer;   /* NULL before hello */
	struct chat_session *next, **link;   /* all sessions */
	struct chat_session *next_of_peer;
	char *token;              /* between hello and welcome */
	struct delivery delivery;
	int64_t from, cursor;     /* what the client said it knows; where the history is being read */
	int64_t seen, staff_seen; /* passed on already */
	uint32_t staff_seen_of;   /* a print of the ticket; of one passed on before another it is passed on again */
	int64_t pace_due, typing_due;
	unsigned refs;            /* the socket, a history being asked, acks */
	unsigned state;
	bool english, asking, waiting, back_due;
	struct client_address client;
};

/* Ten thousand of these are open at once. */
_Static_assert(sizeof(struct chat_session) <= 256, "an idle connection stays small");

/* --- session.c --- */
void chat_session_step(struct chat_session *, unsigned to);
void chat_session_unref(struct chat_session *); /* frees it with the last */
/* Writes what stands in chat->frame. false: it is closed. */
bool chat_session_send(struct chat_session *);
void chat_session_error(struct chat_session *, enum chat_error, const char *id, const char *survey, unsigned retry_ms);
void chat_session_welcome(struct chat_session *, int64_t last_seq);

/* --- replay.c --- */
/* PROBING begins: the welcome, and what is missing behind s->from, follow when the history answers. */
void chat_session_probe(struct chat_session *);
/* A live one that has missed something is replayed to again. */
void chat_session_catch_up(struct chat_session *);

/* --- inbound.c --- */
void chat_session_take(struct chat_session *, const struct chat_in *);

#endif
