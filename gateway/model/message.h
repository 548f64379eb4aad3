/* One message, as every channel's adapter hands it to the gateway (msg_in) and gets it back (msg_out).
 * Plain values: whoever passes one lends it for the call. Text is UTF-8 and is what the citizen wrote, byte for byte,
 * after the wire's own encoding is undone; nothing is trimmed, folded or replaced in it. */
#ifndef XQ_MODEL_MESSAGE_H
#define XQ_MODEL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MSG_TEXT_MAX = 1 << 20,     /* bytes of one message's text; an adapter refuses or cuts (and says so) above it */
	MSG_RAW_MAX = 16 << 10,     /* bytes of a raw message that is kept with it; a larger one is kept as a blob before */
	MSG_SUBJECT_MAX = 2000,
	MSG_EXTERNAL_ID_MAX = 400,
	MSG_PEER_MAX = 320,
	MSG_PARTS_MAX = 255,
	MSG_ATTACHMENTS_MAX = 100
};

enum msg_kind {
	MSG_TEXT,   /* words */
	MSG_RATING, /* an answer given by a button, a link or a menu: `rating` says what */
	MSG_PART    /* a piece of a long message: `part` holds it; the whole is decided when all pieces are here */
};

/* Why a message was made by a machine. Only MSG_BY_PERSON is ever answered. */
enum msg_automatic { MSG_BY_PERSON, MSG_AUTO_REPLY, MSG_BOUNCE, MSG_LIST, MSG_OWN_LOOP, MSG_NO_REPLY,
	MSG_SUSPECT /* looks like a machine's by a mark that people may write too */ };

enum msg_solved { SOLVED_UNSAID, SOLVED_YES, SOLVED_NO };

struct msg_attachment {
	const char *name;   /* cleaned: no path, no controls */
	const char *type;   /* by content */
	const char *sha256; /* hex: the blob that is already on disk */
	uint64_t size;
};

struct msg_rating {
	const char *survey; /* the survey's token as it was sent out; or NULL: */
	int rating;         /* 1 to 5, 5 best; 0: not said */
	enum msg_solved solved;
	const char *comment; /* may be NULL */
	uint64_t number;     /* survey_number() of the token, where a button holds no more */
};

struct msg_part {
	const char *key;      /* what the pieces of one message share: sender, reference, total */
	unsigned index;       /* from 1 */
	unsigned total;
	unsigned coding;      /* the adapter's own mark for adapter_ops.join() */
	const uint8_t *bytes; /* as on the wire, without the joining header */
	size_t n;
};

struct msg_in {
	enum msg_kind kind;
	const char *external_id; /* the channel's own id, unique per channel; NULL: the gateway makes a fingerprint of
	                            (peer, account, text, rating) that holds for FINGERPRINT_WINDOW_MS. What stands behind a '#'
	                            only tells doubles of an id apart: refs name the message by what stands before it */
	const char *peer;        /* the citizen's address on this channel, normalized (address.h) */
	const char *peer_name;   /* as given, or NULL */
	const char *from;        /* the network it came from, where the channel knows: what strangers there do together is
	                            paced by it. Not kept; or NULL */
	const char *account;     /* our own address it was sent to */
	const char *subject;     /* or NULL */
	const char *text;        /* never NULL for MSG_TEXT; what the citizen says now */
	const char *quoted;      /* what came folded below it (a quotation, a signature), or NULL */
	const char *language;    /* "zh-CN", "en", or NULL: guessed from the text */
	int64_t sent_at;         /* as the peer claims; 0: not said */
	int64_t received_at;
	bool recurs;             /* external_id is a peer's counter, which may begin again: it is the same message only with the
	                            same peer, account and text */
	int64_t session_at;      /* without external_id: when the link it came over was bound; an equal message within the window
	                            that another gateway of this store took is a redelivery when that was before, or less than
	                            FINGERPRINT_ELSEWHERE_MS ago. 0: not known, the window alone decides */
	int64_t began_at;        /* with session_at: since when the channel keeps in mind which of its answers arrived; an equal
	                            message that this gateway stored earlier, within the window, is a redelivery, and a later one if */
	bool resent;             /* the answer to an equal message may not have arrived before its link ended */
	const char *thread;      /* a ticket number that the adapter took from a mark of ours and verified; or NULL */
	const char *const *refs; /* the channel's own ids of earlier messages this one answers, nearest first */
	size_t ref_count;
	const char *thread_address; /* the same as thread, from the address it was sent to; asked when no ref is known */
	const struct msg_attachment *attachment;
	size_t attachment_count;
	enum msg_automatic automatic;
	const char *automatic_why; /* for people, when automatic is set */
	bool verified;             /* the channel vouches that `peer` is who sent it */
	bool doubted;              /* the channel looked whether `peer` sent it, and nothing says so: it may open a ticket, but
	                              not read or steer one, unless a mark of ours (thread) shows that it has our mail */
	const char *department;    /* by its code, whose page or counter the citizen wrote at; or NULL */
	bool late;                 /* words of a survey's page whose question is over: whoever has the link may add to the ticket
	                              of `thread`, and orders nothing */
	struct msg_rating rating;  /* MSG_RATING */
	struct msg_part part;      /* MSG_PART */
	const char *raw_sha256;    /* of the raw message; or NULL */
	const void *raw;           /* the raw message itself, to be kept with this one; NULL: it is kept as a blob already */
	size_t raw_n;              /* MSG_RAW_MAX at most */
	const char *note;          /* what changes in how the citizen stands with the channel (adapter.h fold), or NULL */
	const char *cursor_key;    /* a place to remember in the same transaction (an IMAP mailbox), or NULL */
	const char *cursor_value;
};

enum { MSG_PRINT = 16 };
/* Of who wrote, to which number, and what; of a whole message with its id, so that it is never taken for one that came without. A
 * piece is the same under whatever id. Pure. */
void msg_print(const struct msg_in *, uint8_t print[MSG_PRINT]);

enum { FINGERPRINT_WINDOW_MS = 10 * 60 * 1000, FINGERPRINT_ELSEWHERE_MS = 60 * 1000 };

enum msg_out_kind { OUT_TEXT, OUT_SURVEY };

/* An answer a survey offers, in words for a button. */
struct msg_choice {
	int rating;             /* 1 to 5, 5 best; 0: only `solved` */
	enum msg_solved solved;
	const char *words;
};
enum { MSG_CHOICES_MAX = 6 };

struct msg_out {
	uint64_t id;          /* the gateway's id: stable over retries */
	uint64_t conversation;
	int64_t seq;          /* place in the conversation, from 1, without gaps */
	enum msg_out_kind kind;
	const char *peer;
	const char *account;  /* our own address to send from, as the conversation began */
	const char *author;   /* what the citizen may see as the writer, or "" for the system */
	bool automatic;       /* written by the gateway, not by a person */
	const char *subject;  /* or NULL */
	const char *text;
	const char *event;    /* which notice this is (notice.h), or "" */
	const char *fields;   /* what stands in it, a JSON object by field; NULL unless the channel asks (caps.fields) */
	const char *language;
	const char *ticket;   /* number, or NULL */
	const char *survey;   /* OUT_SURVEY: its token */
	const char *survey_url;
	struct msg_choice choice[MSG_CHOICES_MAX]; /* OUT_SURVEY: what may be answered */
	size_t choices;
	const char *peer_state; /* how the citizen stands with the channel, as ops->fold left it; "" or NULL: not known */
	const char *answers;  /* external id of the citizen's message this answers, or NULL (In-Reply-To) */
	const char *thread_subject; /* the subject the citizen began with, or NULL */
	const struct msg_attachment *attachment; /* within caps.files of its channel */
	size_t attachment_count;
	int64_t at;
	unsigned attempt;     /* from 1 */
	/* 0 until a person sends again what the channel had taken: then another number each time, and a new message there. */
	unsigned round;
};

/* Where a message to a citizen stands. */
enum out_state {
	OUT_QUEUED, OUT_SENDING, OUT_ACCEPTED, OUT_DELIVERED, OUT_READ,
	OUT_RETRY, OUT_FAILED, OUT_EXPIRED, OUT_DEAD, OUT_UNKNOWN, OUT_STATES
};

struct sm_table;
extern const struct sm_table out_machine; /* diagram in message.c */

struct receipt {
	const char *external_id; /* the channel's id from sent_result; NULL: `peer` and `upto_seq` say which */
	const char *peer;
	int64_t upto_seq;        /* every message to this peer up to here */
	enum out_state state;    /* OUT_ACCEPTED (still on its way), OUT_DELIVERED, OUT_READ, OUT_FAILED, OUT_EXPIRED */
	const char *reason;      /* the channel's own words or code, or NULL */
	const char *complaint;   /* the citizen's provider says that our message is unwanted: what kind; or NULL */
	int64_t at;
};

#endif
