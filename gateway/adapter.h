/* The only door between the gateway and a channel.
 *
 * An adapter turns a wire format into struct msg_in and struct msg_out into the wire format. It knows no tickets, no
 * store and no other channel. It runs on the loop; no call of either side may block.
 *
 * In:   the adapter calls host->take(). done() runs once, on the loop, only after the commit is on disk. Nothing else
 *       permits acknowledging the channel. TAKEN_RETRY means "nothing was kept": answer so that the peer tries again.
 * Out:  the gateway calls ops->send(), which lends a struct msg_out until the adapter calls host->sent() with the same
 *       pointer, exactly once. The copy lives until then. E_AGAIN from send() means "not lent, window full": the adapter
 *       calls host->ready() when there is room again.
 * End:  drain() asks to finish what is under way: no more take() after host->drained(). destroy() with loans open ends
 *       each loan with SENT_UNKNOWN if anything of it may have reached the peer, else SENT_RETRY. No done() of any kind
 *       runs after destroy(): what was kept for one is freed there. */
#ifndef XQ_ADAPTER_H
#define XQ_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "gateway/base/buf.h"
#include "gateway/base/config.h"
#include "gateway/base/err.h"
#include "gateway/model/attachment.h"
#include "gateway/model/message.h"

struct adapter;
struct http_server;
struct fetch;
struct blob_store;
struct secret;

enum taken {
	TAKEN_STORED,
	TAKEN_DUPLICATE, /* was stored before: acknowledge it again */
	TAKEN_RETRY,     /* not stored (full, disk trouble, stopping): push back */
	TAKEN_REFUSED    /* kept aside in quarantine with a reason: acknowledge, it must not come again */
};
/* What the gateway can say about a taken message; borrowed for the call. */
struct taken_info {
	int64_t seq;         /* in the conversation; 0: none (a part, a refusal) */
	const char *ticket;  /* number, or NULL */
	const char *reason;  /* TAKEN_REFUSED: its code ("empty", "survey-unknown", …); else NULL */
};
typedef void taken_f(struct adapter *, void *ack, enum taken, const struct taken_info *);

enum sent {
	SENT_ACCEPTED, /* the channel has taken responsibility */
	SENT_RETRY,    /* not now: again after a while (retry_ms, or the gateway's back-off) */
	SENT_PARKED,   /* the citizen is not here; the channel serves history on return and calls host->back() */
	SENT_REFUSED,  /* never: `reason` says why */
	SENT_CLOSED,   /* the citizen takes no more here (window over, quota used, left us): the gateway tries another of
	                  their verified addresses; without one the message is parked until host->back() */
	SENT_UNKNOWN   /* written, but no answer came: never resent blindly */
};
static inline const char *sent_name(enum sent s) /* for the log */
{
	static const char *const name[] = { "accepted", "retry", "parked", "refused", "closed", "unknown" };
	return name[s];
}
enum { SENT_IDS_MAX = 255 };
struct sent_result {
	enum sent sent;
	const char *reason;          /* the channel's own words or code; NULL when accepted. The gateway masks addresses in it */
	const char *const *id;       /* the channel's ids, one a part, for receipts; may be NULL */
	size_t ids;
	bool receipts;               /* receipts will come for these ids: delivered only when all have. With SENT_UNKNOWN: the
	                                ids are ours and were written along, so a late receipt settles it */
	unsigned retry_ms;           /* SENT_RETRY: not before; 0: the gateway's back-off */
	const char *note;            /* what changes in how the citizen stands with the channel (ops->fold), or NULL */
};

/* What a channel wants remembered that is no message: how a citizen stands with it, a place to go on from. */
struct memo {
	const char *peer, *note;                 /* folded into the citizen's state by ops->fold; or both NULL */
	const char *cursor_key, *cursor_value;   /* as in struct msg_in; or both NULL */
};

/* How a citizen may be written to just now, where the channel limits that. */
enum { REACH_ENTRANCE_MAX = 64 };
struct reach {
	bool known;     /* the channel has heard of this citizen: what follows is true */
	bool open;      /* messages are taken */
	int64_t until;  /* open: so long */
	unsigned left;  /* open: so many, as `parts` counts them */
	char entrance[REACH_ENTRANCE_MAX + 1]; /* by which counter or code the citizen came to us; "" */
};

struct signal {
	enum { SIGNAL_TYPING, SIGNAL_SEEN } what;
	const char *peer;
	/* SIGNAL_SEEN: staff have this ticket open, with what the peer said of it up to seq; said again now and then while
	 * they have. Of his other tickets it says nothing. */
	const char *ticket;
	int64_t seq;
};

/* One message of a conversation as history: both directions, in order of seq. */
struct history_item {
	int64_t seq;
	enum { HISTORY_CITIZEN, HISTORY_STAFF, HISTORY_SYSTEM } from;
	enum msg_out_kind kind;
	const char *author, *text, *external_id, *ticket;
	const char *survey;      /* token, when kind is OUT_SURVEY */
	bool survey_open;        /* still waits for an answer */
	const struct msg_attachment *attachment;
	size_t attachment_count;
	int64_t at;
};
/* n items with seq > the one asked for, at most the limit; more: ask again. Borrowed for the call. rc < 0: none, try later. */
typedef void history_f(struct adapter *, void *arg, int rc, const struct history_item *, size_t n, bool more);

/* A citizen proves on this channel that a mobile number is his: a code is sent there by text message, and he gives it back.
 * Whether the number is known here shows in nothing that is answered. */
struct phone_ask {
	const char *peer;     /* who asks, on this channel */
	const char *language; /* of the text message, and of a conversation that begins with this */
	const char *from;     /* the network address it comes from */
	const char *number;   /* as typed: send a code there; or NULL: */
	const char *code;     /* as typed: this is it */
};
enum phone_said {
	PHONE_SENT,    /* a code is on its way to `number` */
	PHONE_PROVEN,  /* `number` is his: his conversations are one citizen's now, and he was told */
	PHONE_INVALID, /* not a mobile number that codes are sent to */
	PHONE_WAIT,    /* too many codes were sent: not before retry_ms */
	PHONE_WRONG,   /* not the code; he may try again */
	PHONE_OVER,    /* no code is valid any more: used, expired, replaced, or too many wrong ones */
	PHONE_FAILED,  /* nothing was done: try again */
	PHONE_SAIDS
};
struct phone_answer {
	enum phone_said said;
	char number[MSG_PEER_MAX]; /* masked: "138****5678"; "" when none is to be named */
	unsigned retry_ms;
};
typedef void phone_f(struct adapter *, void *arg, const struct phone_answer *);

/* A file that a citizen uploaded for a message that is still to come: the adapter lets no message name it after UPLOAD_DAYS. */
enum { UPLOAD_DAYS = 7 };
/* May a file's bytes be given to whoever has its address? */
enum file_state { FILE_FREE, FILE_HELD /* the scanner has not answered */, FILE_INFECTED };
typedef void file_f(struct adapter *, void *arg, int rc, enum file_state);

/* All an adapter may ask of the gateway. Every call is made on the loop; `struct adapter *` is the caller itself. */
struct adapter_host {
	uv_loop_t *loop;
	struct http_server *http;     /* routes are registered in create() */
	struct fetch *fetch;
	struct blob_store *blobs;
	const struct secret *secret;  /* for marks (crypto.h mark_sign) */
	const char *public_url;       /* no slash at the end */
	const char *hotline;          /* [gateway] name */
	const char *language;         /* default for citizens: "zh-CN" or "en" */
	bool shared;                  /* other gateways may be over the same store: an address that is taken may come over */
	const char *www;              /* folder of static files; an adapter's own are below www/<its kind>, e.g. "widget" */

	/* Copies its argument before it returns. done() may not run before take() has returned. */
	void (*take)(struct adapter *, const struct msg_in *, taken_f *done, void *ack);
	/* A receipt; acknowledged like a message. An id nobody knows is held for a while: its send may not have been
	 * answered yet. done may be NULL. */
	void (*receipt)(struct adapter *, const struct receipt *, taken_f *done, void *ack);
	void (*sent)(struct adapter *, const struct msg_out *, const struct sent_result *); /* ends the loan */
	void (*ready)(struct adapter *);                       /* after E_AGAIN: there is room */
	void (*back)(struct adapter *, const char *peer);      /* after SENT_PARKED: the citizen is here again */
	void (*signal)(struct adapter *, const struct signal *);
	void (*history)(struct adapter *, const char *peer, int64_t after_seq, unsigned limit, history_f *done, void *arg);
	/* Keeps a malformed thing that never became a msg_in: raw bytes and why. Copies. done may be NULL. */
	void (*quarantine)(struct adapter *, const char *reason, const char *peer, const void *raw, size_t n, taken_f *done, void *ack);
	/* The value last stored by a take() with cursor_key, or "" ; done once on the loop. */
	void (*cursor)(struct adapter *, const char *key, void (*done)(struct adapter *, void *arg, int rc, const char *value), void *arg);
	/* Something that of several gateways over one store only one may do, such as reading a mailbox. told() runs on the loop,
	 * later: true when it is this one, false when it is no longer - stop at once. Never after drain(). */
	void (*duty)(struct adapter *, const char *what, void (*told)(struct adapter *, bool ours));
	/* done (may be NULL) once it is on disk; TAKEN_RETRY: it is not. Copies. */
	void (*remember)(struct adapter *, const struct memo *, taken_f *done, void *ack);
	/* The blob is on disk. It is scanned, and thrown away when a while after UPLOAD_DAYS no message has brought it. TAKEN_RETRY: the
	 * gateway does not know of it. Copies. */
	void (*uploaded)(struct adapter *, const struct msg_attachment *, taken_f *done, void *ack);
	void (*file)(struct adapter *, const char *sha256, file_f *done, void *arg); /* rc < 0: ask again later */
	/* Copies. done() once, on the loop, later. Only where `phones` is set: a channel is configured that sends codes. */
	void (*phone)(struct adapter *, const struct phone_ask *, phone_f *done, void *arg);
	bool phones;
	/* Channel state for /readyz, metrics and the console: up or not, and why in words. */
	void (*state)(struct adapter *, bool up, const char *words);
	void (*drained)(struct adapter *);
};

struct capabilities {
	const char *kind;      /* "sms", "chat", "email", "wechat": selects template overrides and the number's channel digits */
	unsigned code;         /* two digits in ticket numbers, the second 0: chat 10, sms 20, email 30, wechat 40 */
	unsigned text_max;     /* code points of one outgoing message; 0: no limit worth naming */
	bool threads;          /* messages say what they answer: an unmarked one opens a new matter */
	bool verified;         /* the channel itself vouches for `peer` */
	bool receipts;
	bool signals;          /* typing and seen */
	bool idempotent;       /* sending the same id again cannot reach the citizen twice */
	bool one_best;         /* surveys go out in SURVEY_ONE_BEST */
	bool pictures;         /* citizens can send files: a guide may ask for a photo */
	struct attachment_limits files; /* what one message to a citizen may carry */
	bool fields;           /* may send a notice by its fields instead of its text: wants msg_out.fields */
	bool anytime;          /* a citizen can be written to at any time, also who is not there and has not written lately */
	bool thanks;           /* the channel itself thanks for a rating given by a button */
};

/* What a channel's platform answered an administrator. rc 0: json is its answer. E_RANGE: what was asked is not of the form, or the
 * platform refuses it; E_AGAIN: not now; E_CLOSED: the channel ended meanwhile. Then words say more, and code is the platform's
 * own, or 0. Borrowed for the call. */
struct platform_answer { int rc, code; const char *json, *words; };
typedef void platform_f(void *arg, const struct platform_answer *);

/* All the gateway may ask of an adapter. */
struct adapter_ops {
	const char *name;               /* config type, log tag, metric label */
	const struct config_key *keys;  /* filled into config, config_size bytes, before create() */
	size_t config_size;
	struct capabilities caps;

	/* Checks what a key table cannot (adds faults); MUST be pure. May be NULL. */
	void (*check)(const void *config, struct config_section *, struct faults *);
	/* Where the channel takes on the gateway's web server: this path and all below it, which are then nobody else's. Of a configuration
	 * that passed check(). NULL: nowhere. */
	const char *(*path)(const void *config);
	/* config is the adapter's own from here on until destroy (freed by the gateway after). No sockets yet. */
	int (*create)(struct adapter **, const void *config, const struct adapter_host *, struct err *);
	int (*start)(struct adapter *, struct err *);
	int (*send)(struct adapter *, const struct msg_out *);
	/* What is not up is given nothing to send, unless this says that it sends all the same, for what is down is another part
	 * of it. What changes here changes the words of host->state(). NULL: it does not. */
	bool (*sends)(const struct adapter *);
	void (*signal)(struct adapter *, const struct signal *); /* may be NULL */
	/* Pure, any thread, no adapter: joins the parts of a long message, given in order of index, into UTF-8 text. Where an
	 * index up to part[0].total is missing the text gets a visible gap "[…]". May be NULL if MSG_PART is never used. */
	bool (*join)(const struct msg_part *part, size_t n, struct buf *text);
	/* How many parts this text makes as configured, for the console's counter; NULL: always 1. Pure. */
	unsigned (*parts)(const void *config, const char *text);
	/* How many parts of one message the peer takes, as configured; NULL or 0: no limit. Pure. */
	unsigned (*parts_max)(const void *config);
	/* Pure, any thread: the raw message (msg_in.raw_sha256) as its writer laid it out, in HTML that acts on nothing. false: it
	 * has no such form. The console shows it in a frame that runs and fetches nothing. May be NULL. */
	bool (*rich)(const void *raw, size_t n, struct buf *html);
	/* Where a channel limits replies: how a citizen stands with it is one line of text only the channel reads, kept by the
	 * gateway a citizen ("" at first). fold() writes the line that follows from a note; it runs in the transaction that
	 * stores what the note came with. reach() reads one. Both pure, any thread; both NULL where there is no such thing. */
	void (*fold)(const char *state, const char *note, struct buf *next);
	void (*reach)(const char *state, int64_t now, struct reach *);
	/* For administrators, where the channel's platform has such things: "menu" (its present one), "menu-save" (json: the one to be).
	 * done runs once, not inside this; destroy() ends what is open. NULL: there is nothing to ask. */
	void (*ask)(struct adapter *, const char *what, const char *json, platform_f *done, void *arg);
	/* What the channel counts and what its platform grants it, as members of a JSON object: "\"token\":{…},\"quota\":[…]". NULL: none. */
	void (*facts)(struct adapter *, struct buf *json);
	void (*drain)(struct adapter *);
	void (*destroy)(struct adapter **);
};

/* Every adapter's own struct begins with this. Set by the gateway after create(). */
struct adapter {
	const struct adapter_ops *ops;
	const char *channel; /* the section's name: "sms" in [channel sms] */
	void *host_data;     /* the gateway's */
};

#endif
