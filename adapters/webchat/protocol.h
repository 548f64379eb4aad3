/* Web chat, protocol 1: what stands in the frames. Pure: JSON text in, values out, and back.
 *
 * One JSON object a text frame, subprotocol "xinqiao.chat.1". Unknown members are ignored, so that a newer client may
 * say more; members of the wrong type are "bad-json".
 *
 *   client                                              server
 *   hello   {token?, last_seq?, language?, identity?}   welcome {token, last_seq, language}
 *   message {id, text?, files?: [{file, name}],
 *            department?}                               ack     {id?, survey?, seq?, ticket?}
 *   rating  {survey, rating?, solved?, comment?, id?}   message {seq, from, name?, text, at, id?, ticket?,
 *                                                                files?: [{name, type, size, url}]}
 *   typing  {}                                          survey  {seq, survey, text, scale, open, at, ticket?}
 *   seen    {seq}                                       typing {from} · seen {seq, ticket}
 *   phone   {number} or {code}                          phone   {state, text, number?, retry_ms?}
 *                                                       error   {code, text, id?, survey?, retry_ms?}
 * Thread: any. */
#ifndef XQ_WEBCHAT_PROTOCOL_H
#define XQ_WEBCHAT_PROTOCOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/webchat/files.h"
#include "gateway/adapter.h"
#include "gateway/base/buf.h"

#define CHAT_SUBPROTOCOL "xinqiao.chat.1"

enum {
	CHAT_FRAME_MAX = 32 * 1024, /* bytes of one frame from a client */
	CHAT_DEPTH_MAX = 4,         /* nested objects and arrays */
	CHAT_ID_MAX = 128,          /* bytes of a client's own id */
	CHAT_SURVEY_MAX = 128,      /* bytes of a survey's token */
	CHAT_DEPARTMENT_MAX = 64,   /* bytes of a department's code; a longer one is none */
	CHAT_PHONE_MAX = 64,        /* bytes of a mobile number or code as typed */
	CHAT_WRITE_MAX = 8 << 20    /* bytes of one frame to a client: MSG_TEXT_MAX, every byte escaped */
};

enum chat_error {
	CHAT_NO_ERROR,
#define CHAT_ERROR(symbol, code, zh, en) symbol,
#include "adapters/webchat/errors.def"
#undef CHAT_ERROR
	CHAT_ERRORS
};
const char *chat_error_code(enum chat_error e);
const char *chat_error_text(enum chat_error e, bool english);
/* The error that tells a client why the gateway refused: a quarantine reason, or NULL. */
enum chat_error chat_error_of_reason(const char *reason);

enum chat_verb { CHAT_HELLO, CHAT_MESSAGE, CHAT_RATING, CHAT_TYPING, CHAT_SEEN, CHAT_PHONE };

/* What a client said. Strings are owned by `root`; end with chat_in_fini(). */
struct chat_in {
	enum chat_verb verb;
	enum chat_error error; /* when chat_read() gave -1 */
	const char *token;     /* hello; NULL: none yet */
	const char *identity;  /* hello; as the embedding site signed it, or NULL */
	const char *language;  /* hello; "zh-CN", "en", or NULL */
	int64_t seq;           /* hello: last_seq; seen: seq */
	const char *id;        /* message, rating; also beside an error when it could be read; or NULL */
	const char *department; /* message; whose page it was written on, by its code, or NULL */
	const char *text;      /* message; rating: the comment or NULL */
	const char *survey;    /* rating */
	const char *number, *code; /* phone: one of them, the other is NULL */
	struct { const char *ref, *name; } file[CHAT_FILES_MAX]; /* message; as the client says, see files.h */
	size_t files;
	int rating;            /* rating: 1 to 5, 0 not said */
	enum msg_solved solved;
	json_t *root;
};

/* Reads one frame. 1, or -1 with out->error. max_text: code points of a text or comment. chat_in_fini() either way. */
int chat_read(const char *frame, size_t n, unsigned max_text, struct chat_in *out);
void chat_in_fini(struct chat_in *in);
/* The channel's own id of a message or rating; free() it. A rating may come without an id: what it says makes one, so that
 * saying it again is the same. */
char *chat_external_id(const char *peer, const struct chat_in *in);

/* Writing. Each replaces what is in b by one frame. Text that is no UTF-8 is mended, never refused. */
void chat_write_welcome(struct buf *b, const char *token, int64_t last_seq, bool english);
/* id, survey and ticket may be NULL; seq 0: not said. */
void chat_write_ack(struct buf *b, const char *id, const char *survey, int64_t seq, const char *ticket);
/* A message or a survey. peer: whose prefix to take off a citizen's external id, so that the client knows its own.
 * secret: signs where its files are. */
void chat_write_item(struct buf *b, const struct history_item *item, const char *peer, const struct secret *secret);
void chat_write_typing(struct buf *b);
void chat_write_seen(struct buf *b, const char *ticket, int64_t seq);
/* How proving a mobile number goes on. */
void chat_write_phone(struct buf *b, const struct phone_answer *answer, bool english);
/* id and survey may be NULL; retry_ms 0: not said. */
void chat_write_error(struct buf *b, enum chat_error e, bool english, const char *id, const char *survey, unsigned retry_ms);

#endif
