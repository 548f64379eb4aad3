/* The verbs: what can be asked of the store and done to it. Strings in rows that a verb returns live in tx_arena().
 * A verb returns 0 or a negative E_*; `find` verbs return E_NOTFOUND without words. All times are ms since 1970 UTC. */
#ifndef XQ_STORE_ROWS_H
#define XQ_STORE_ROWS_H

#include "gateway/model/cover.h"
#include "gateway/model/message.h"
#include "gateway/model/survey.h"
#include "gateway/model/ticket.h"
#include "gateway/store/store.h"

/* --- conversations: one citizen on one channel --- */
struct conversation_row {
	uint64_t id;
	const char *channel, *kind; /* section name; caps.kind */
	const char *peer, *peer_name, *account, *language;
	const char *subject;        /* what a threading channel began with, or NULL */
	bool verified;
	int64_t last_seq, created_at, last_at;
	int64_t read_seq;           /* the citizen has seen up to here */
	unsigned guide;             /* enum guide_state: the question asked last, by conversation_guide() */
	uint64_t guide_ticket;
	int64_t guide_at;
	const char *phone;          /* a mark of the mobile number that is proven to be the citizen's (flow/phone.h); "": none */
};
int conversation_find(struct tx *, const char *channel, const char *peer, struct conversation_row *);
int conversation_get(struct tx *, uint64_t id, struct conversation_row *);
int conversation_insert(struct tx *, struct conversation_row *); /* sets id; E_EXISTS */
/* The citizen is connected to this node: what is for him is sent from here. */
int conversation_here(struct tx *, const char *channel, const char *peer);
/* peer_name, account, language, subject, verified and read_seq; the numbers and times are message_insert's. */
int conversation_update(struct tx *, const struct conversation_row *);
/* The one setter of `guide`, by guide_machine: asked about this ticket (0: none yet), now. E_CONFLICT: not from where it
 * is. */
int conversation_guide(struct tx *, struct conversation_row *, enum guide_state to, uint64_t ticket);
int conversation_phone(struct tx *, uint64_t id, const char *phone);

/* --- a mobile number is proven (flow/phone.h): at most one code at a time for whoever asks on a channel --- */
struct phone_code { const char *channel, *peer; uint64_t conversation; const char *hash; unsigned tries; uint64_t message; int64_t expires_at; };
int phone_code_get(struct tx *, const char *channel, const char *peer, struct phone_code *); /* E_NOTFOUND */
int phone_code_put(struct tx *, const struct phone_code *);   /* in the place of an earlier one */
int phone_code_tried(struct tx *, const struct phone_code *); /* one try more; E_CONFLICT: another try came between */
int phone_code_drop(struct tx *, const struct phone_code *);  /* E_CONFLICT: it is gone, or another one by now */
int phone_code_over(struct tx *, int64_t now, unsigned limit, struct phone_code **, size_t *n);

/* The memory of pace() (base/pace.h) under a name; 0: none. pace_drop: those that count no more. */
int pace_get(struct tx *, const char *name, int64_t *due);
int pace_put(struct tx *, const char *name, int64_t due);
int pace_drop(struct tx *, int64_t now);

/* --- tickets --- */
struct ticket_row {
	uint64_t id;
	const char *number;
	uint64_t conversation;
	const char *channel, *kind, *account, *peer, *peer_name, *language;
	const char *title, *nature, *category, *department, *assignee; /* "" where not set */
	unsigned state, flags, priority; /* priority 0 normal, 1 urgent */
	unsigned rounds, bounces;
	int64_t opened_at, due_at, accepted_at, dispatched_at, replied_at, closed_at, updated_at;
	int64_t last_at;         /* newest message */
	const char *last_text;   /* its first 120 code points */
	const char *last_from;   /* "citizen", "staff", "system" */
	int64_t version;         /* rises with each update */
	/* The closed loop's; never set by ticket_insert. */
	const char *helpers;     /* departments that help (协办): ",police,gas,", or "" */
	const char *told;        /* the department the citizen was told of last */
	int64_t lost_ms;         /* spent in returns */
	int64_t contacted_at;    /* the first word to the citizen that a person wrote or spoke */
	const char *result;      /* of the handling: "solved", "explained", …; "" where nobody said */
	const char *region, *transfer; /* whose matter it is ("": ours), and the code under which it went there */
	const char *former;      /* who had it before it was handled again */
	const char *hotline;     /* the old number it came to or is about (flow/hotline.h), or "" */
};
/* Does this department help with the ticket? */
bool ticket_helped_by(const struct ticket_row *, const char *department);
int ticket_get(struct tx *, uint64_t id, struct ticket_row *);
int ticket_get_number(struct tx *, const char *number, struct ticket_row *);
/* Sets id, number (next serial of the day and channel code), version. Notes CHANGE_TICKET. */
int ticket_insert(struct tx *, struct ticket_row *, unsigned channel_code);
/* The whole row but number, conversation, channel, kind and opened_at, which never change; E_CONFLICT when version is no longer what it was. Raises version, sets updated_at, notes CHANGE_TICKET. */
int ticket_update(struct tx *, struct ticket_row *);

struct ticket_query {
	int state;               /* -1: any */
	const char *channel, *department, *assignee, *text; /* NULL: any; text: number, or words (search.h) that a message has all of */
	unsigned flags_any;      /* 0: any */
	bool open_only, overdue_only;
	bool unassigned_only;    /* open and nobody's */
	unsigned last_word;      /* open and the last word is 1: the citizen's, 2: staff's; 0: any */
	bool by_due;             /* open ones with a deadline, the nearest first; else newest first */
	int64_t since;           /* opened_at >= ; 0 */
	uint64_t after;          /* cursor: the `next` of the page before; 0: from the newest */
	int64_t after_due;       /* by_due: the cursor's deadline, beside `after`; 0: from the first */
	unsigned limit;          /* 1..200 */
};
/* Newest first; by words: with the newest message that has them first. */
int ticket_list(struct tx *, const struct ticket_query *, struct ticket_row **rows, size_t *n, uint64_t *next);
/* Puts the next messages, at most `limit`, into the index; *n: how many, 0 when it has all that is old enough. */
int search_index(struct tx *, unsigned limit, size_t *n);
/* Decided tickets older than this id, newest first: what suggestions learn from. */
struct example_row { uint64_t id; const char *title, *nature, *category, *department, *text; };
int ticket_examples(struct tx *, uint64_t below, unsigned limit, struct example_row **, size_t *n);
/* What the citizen wrote first; "" when nothing. */
int ticket_first_words(struct tx *, uint64_t ticket, const char **text);
/* Open, nobody's, with no department and not held: up to `limit` emergencies, then as many of the oldest others. */
int ticket_list_waiting(struct tx *, unsigned limit, struct ticket_row **rows, size_t *n);
struct ticket_counts { int64_t by_state[TICKET_CLOSED]; /* of the open states */ int64_t overdue, held, emergency, unassigned, waiting, asked, opened_today, closed_today; };
int ticket_count(struct tx *, const char *department, struct ticket_counts *);

/* --- the wall --- */
enum { WALL_HOURS = 24, WALL_WAITS = 5, WALL_DEPARTMENTS = 60 };
struct wall {
	int64_t queue, oldest, wait[WALL_WAITS]; /* not taken up by anybody: under 3, 10, 30, 120 minutes, longer */
	int64_t opened, taken_up;                /* today */
	int64_t said, solved, rated, satisfied;  /* answered today */
	int64_t hours_from, opened_in[WALL_HOURS], closed_in[WALL_HOURS]; /* whole hours, the last one is now */
	struct wall_department { const char *code; int64_t open, overdue; } *department;
	size_t departments;
	struct wall_channel { const char *name; int64_t opened; } *channel;
	size_t channels;
};
int wall_load(struct tx *, struct wall *);

/* --- messages --- */
enum message_from { FROM_CITIZEN, FROM_STAFF, FROM_SYSTEM, FROM_NOTE }; /* a note is never sent or shown to the citizen */
const char *message_from_name(enum message_from f);
enum cover_of message_cover(unsigned from); /* what of its text others than the citizen read */
enum scan { SCAN_NONE, SCAN_WAITING, SCAN_CLEAN, SCAN_INFECTED }; /* waiting: held until a scanner has answered */
struct attachment_row { uint64_t id; const char *name, *type, *sha256; uint64_t size, ticket; unsigned scan; const char *scan_words; };
struct message_row {
	uint64_t id, conversation, ticket;
	int64_t seq;              /* 0 for notes: they have no place in the citizen's conversation */
	unsigned from;
	const char *author, *text, *subject, *quoted, *external_id, *raw_sha256, *event; /* event: template it was made from, or "" */
	uint64_t survey;          /* the survey this message asks, or 0 */
	const void *raw;          /* the raw message, where it is not a blob, or NULL; not read back (store/raw.h) */
	size_t raw_n;
	const char *once;         /* what it is known by where the channel gave no id (intake_said), or one that recurs
	                             (intake_same), or NULL; not read back */
	const char *fields;       /* for outbox_insert: msg_out.fields, or NULL; not read back */
	int64_t at, sent_at;
	int out_state;            /* enum out_state, or -1 for what came in and notes */
	const char *out_error;
	struct attachment_row *attachment;
	size_t attachments;
};
/* Sets id and seq (next of the conversation, except for notes). Updates conversation.last_seq and last_at. Notes
 * CHANGE_MESSAGE with `ticket` as it will be (may be NULL). */
int message_insert(struct tx *, struct message_row *, const struct ticket_row *ticket);
int message_get(struct tx *, uint64_t id, struct message_row *);
/* One that was got reads otherwise from now on, and the chain says so. */
int message_reword(struct tx *, struct message_row *, const char *text);
/* The seq of what the citizen said last on a ticket, in its own conversation: what was merged in counts by another's. 0: nothing. */
int message_said(struct tx *, const struct ticket_row *, int64_t *seq);
/* All of a ticket, in order of id, notes included. */
int message_list_ticket(struct tx *, uint64_t ticket, struct message_row **, size_t *n);
/* What the citizen's own client may see: seq > after_seq, in order, without notes; ticket_number[i] beside each. */
int message_list_conversation(struct tx *, uint64_t conversation, int64_t after_seq, unsigned limit,
	struct message_row **, const char ***ticket_number, size_t *n);
/* What its attachments say, as an adapter reads it. */
const struct msg_attachment *message_files(struct tx *, const struct message_row *);
int attachment_get(struct tx *, uint64_t id, struct attachment_row *);
/* The next held one with an id above; E_NOTFOUND. */
int attachment_waiting(struct tx *, uint64_t after, struct attachment_row *);
/* Every held one with these bytes gets what the scanner said; they are listed as they were. */
int attachment_scanned(struct tx *, const char *sha256, enum scan, const char *words, struct attachment_row **, size_t *n);
/* Files that were uploaded for a message that has not come yet; sent, they are attachments of it too. */
int upload_insert(struct tx *, struct attachment_row *); /* sets id */
int upload_count(struct tx *, const char *sha256, int64_t *n);
struct upload_row { uint64_t id; const char *sha256; int64_t at; };
int upload_old(struct tx *, int64_t before, unsigned limit, struct upload_row **, size_t *n);
int upload_drop(struct tx *, uint64_t id, const char *sha256, bool *needed); /* needed: another row has the same bytes */
/* What scanners have said of these bytes: bits 1 << enum scan; 0: no row has them. */
int attachment_states(struct tx *, const char *sha256, unsigned *states);
/* Nobody scans any more: what is held is let go. */
int attachment_release(struct tx *);

/* --- merging, splitting, one citizen on several channels (flow/merge.h and flow/citizen.h decide) --- */
int message_ids(struct tx *, uint64_t ticket, uint64_t **ids, size_t *n);
int message_move(struct tx *, uint64_t message, uint64_t from, uint64_t to); /* with its files; E_CONFLICT: not of `from` */
int ticket_merged(struct tx *, uint64_t ticket, uint64_t *into);             /* 0: it was not */
int ticket_set_merged(struct tx *, uint64_t ticket, uint64_t into);
int ticket_merged_here(struct tx *, uint64_t into, uint64_t **ids, size_t *n);
int ticket_list_conversation(struct tx *, uint64_t conversation, uint64_t after, unsigned limit, struct ticket_row **rows,
	size_t *n);
int conversation_citizen(struct tx *, uint64_t conversation, uint64_t *citizen); /* 0: known on this channel only */
int conversation_set_citizen(struct tx *, uint64_t conversation, uint64_t citizen);
int citizen_rename(struct tx *, uint64_t from, uint64_t to);
int citizen_conversations(struct tx *, uint64_t citizen, unsigned limit, uint64_t **ids, size_t *n);

/* --- what came in, once --- */
struct intake_row { uint64_t message; int64_t seq; const char *ticket; const char *reason; int64_t at; unsigned outcome;
	bool elsewhere; /* found: another gateway of this store took it, or may have (of a piece it is not known) */
};
/* (channel, external id): E_NOTFOUND when it never came. */
int intake_find(struct tx *, const char *channel, const char *external_id, struct intake_row *);
/* The citizen's newest whole message of this fingerprint, if it came after `since` and among the last of his conversation. */
int intake_said(struct tx *, const char *channel, const char *peer, const char *fingerprint, int64_t since, struct intake_row *);
/* 1: the message is of this citizen and fingerprint, or, where it has none (from an earlier version), of these words; 0: it is not. */
int intake_same(struct tx *, uint64_t message, const char *peer, const char *text, const char *fingerprint);
/* E_EXISTS when it is there. */
int intake_insert(struct tx *, const char *channel, const char *external_id, const struct intake_row *);
/* The same, over a row that is there already (fingerprints recur). */
int intake_replace(struct tx *, const char *channel, const char *external_id, const struct intake_row *);
/* Loads the view of one message (ticket.h). conversation->id is 0 when new. */
int view_load(struct tx *, const char *channel, bool threads, const struct msg_in *, const struct rules *,
	struct view *, struct conversation_row *);

/* --- pieces of long messages --- */
struct segment_row { const char *key, *peer, *account; unsigned index, total, coding; const uint8_t *bytes; size_t n; int64_t at; };
int segment_put(struct tx *, const char *channel, const struct segment_row *); /* E_EXISTS: this index is here already */
int segment_list(struct tx *, const char *channel, const char *key, struct segment_row **, size_t *n);
int segment_drop(struct tx *, const char *channel, const char *key);
int segment_drop_one(struct tx *, const char *channel, const char *key, unsigned index);
/* Keys whose first piece is older than `before`. */
int segment_stale(struct tx *, int64_t before, unsigned limit, const char ***channel, const char ***key, size_t *n);

/* --- the outbox --- */
struct outbox_row {
	uint64_t message, ticket, conversation;
	const char *channel;
	unsigned state, attempts;
	int64_t next_at, expires_at, updated_at;
	const char *error;
};
/* QUEUED, due now, or when the older ones of its conversation are finished. expires_at 0: never. */
int outbox_insert(struct tx *, const struct message_row *, const char *channel, int64_t expires_at);
/* Up to n due rows of a channel, oldest first, never a row whose conversation has an older unfinished one, set to SENDING
 * with attempts raised; what is overdue becomes EXPIRED instead. Each comes with all that a struct msg_out needs, but
 * survey_url; and what it answers only where a channel threads. */
struct outbox_claim { struct outbox_row row; struct msg_out out; };
int outbox_claim(struct tx *, const char *channel, bool threads, unsigned n, struct outbox_claim **, size_t *count);
/* The one setter: moves by out_machine (E_CONFLICT when illegal), notes CHANGE_OUT_STATE. next_at is for QUEUED and RETRY.
 * Queued again from a final state it begins anew: no attempts, as long to live as at first, its place in the order. What staff wrote
 * and did not reach the citizen (FAILED, EXPIRED, DEAD) is an event of the ticket, "undelivered", and makes a version of it. */
int outbox_set(struct tx *, uint64_t message, enum out_state to, int64_t next_at, const char *error);
int outbox_get(struct tx *, uint64_t message, struct outbox_row *);
int outbox_instead(struct tx *, uint64_t message, const char *how); /* FAILED, but another message says it: no event */
int outbox_park(struct tx *, uint64_t message, const char *why);      /* SENDING -> QUEUED, due only when woken; no attempt; why: for people, or NULL */
/* Parked rows of a citizen are due now; what comes for him is sent from this node. */
int outbox_wake(struct tx *, const char *channel, const char *peer);
/* The wall clock was put back by so many ms: what was to go out by the old one goes out as soon. */
int outbox_clock_back(struct tx *, int64_t ms);
/* outbox_set to a state that is no longer queued, with the ids the channel gave for the parts of this sending, for receipts. Applies
 * receipts that came early. */
int outbox_handed(struct tx *, uint64_t message, enum out_state to, const char *error, const char *channel, const char *const *id,
	size_t n);
/* A receipt: delivered when all parts are, failed when one is; never back from a final state. E_NOTFOUND: nobody knows the
 * id (kept for a day, its send may not be answered yet) or the peer. */
int outbox_receipt(struct tx *, const char *channel, const struct receipt *);
struct unmatched_row { const char *channel; uint64_t count; const char *id; /* one of them */ };
/* By channel: receipts that came after `after`, `upto` at the latest, and whose message is still not known. */
int receipts_unmatched(struct tx *, int64_t after, int64_t upto, struct unmatched_row **, size_t *n);
/* The message that the channel knows by this id; E_NOTFOUND. */
int outbox_of_id(struct tx *, const char *channel, const char *id, uint64_t *message);
int outbox_expire(struct tx *, unsigned limit, size_t *n);            /* overdue QUEUED and RETRY rows -> EXPIRED */
/* Whatever waits or is being sent becomes UNKNOWN: a person decides. */
int outbox_hold(struct tx *, const char *why, size_t *n);
/* What waits in a conversation, of this ticket (0: of any), is EXPIRED: nobody can put it back. */
int outbox_end(struct tx *, uint64_t conversation, uint64_t ticket, const char *why, size_t *n);
/* After a start: rows left in SENDING by this node become UNKNOWN, or QUEUED when the channel is idempotent. */
int outbox_recover(struct tx *, const char *channel, bool idempotent, size_t *n);
/* The same for another node, if that one is dead; nothing where it lives. A store that is not shared has no other: it is this one's own
 * under the number it had. */
int outbox_recover_dead(struct tx *, unsigned node, const char *channel, bool idempotent, size_t *n);
int outbox_nodes(struct tx *, unsigned **node, size_t *n);            /* others that have rows in SENDING */
/* Newest first; state -1: any; after: older than this message, 0: from the newest. */
int outbox_list(struct tx *, int state, uint64_t after, unsigned limit, struct outbox_row **, size_t *n);
int64_t outbox_next_due(struct tx *, const char *channel);            /* ms, or 0: nothing waits */

/* One row a channel that has anything to tell: waiting now, and gone wrong within a day. */
struct channel_backlog { const char *channel; int64_t queued, oldest_at, trouble; const char *error; int64_t error_at; };
int outbox_backlog(struct tx *, struct channel_backlog **, size_t *n);

/* --- surveys --- */
struct survey_row {
	uint64_t id, ticket, conversation, message;
	const char *token, *channel, *agent, *department;
	unsigned state, scale, round;
	int64_t created_at, asked_at, expires_at, answered_at;
	const char *raw, *comment;
	int rating, solved; /* 0; enum msg_solved */
	/* As it was when it was asked, beside agent, department and channel. */
	const char *category, *text_version;
	bool counted;       /* in the satisfaction rate: not mediation, not law enforcement */
};
int survey_insert(struct tx *, struct survey_row *);
int survey_get(struct tx *, uint64_t id, struct survey_row *);
int survey_find_token(struct tx *, const char *token, struct survey_row *);
int survey_of_ticket(struct tx *, uint64_t ticket, struct survey_row *); /* the newest */
/* Stores the row's message, times and answer; `to` is its state already or the one setter's move by survey_machine.
 * E_CONFLICT when the move is illegal or somebody else moved it. Notes CHANGE_SURVEY. */
int survey_update(struct tx *, struct survey_row *, enum survey_state to);
/* Nobody is to be asked about the ticket any more: what the clock would still ask goes, and an open question ends. */
int survey_withdraw(struct tx *, uint64_t ticket);
/* Surveys of a conversation made at or after `since`. */
int survey_count_since(struct tx *, uint64_t conversation, int64_t since, int64_t *count);
int survey_expire(struct tx *, unsigned limit, size_t *n);

/* --- events: append-only, each carries the hash of the one before on its node's chain --- */
struct event_row {
	uint64_t id;
	unsigned node;
	int64_t seq, at;
	uint64_t ticket;
	const char *number;              /* of the ticket, in lists */
	const char *kind, *actor, *data; /* data: JSON object text */
};
int event_append(struct tx *, uint64_t ticket, const char *kind, const char *actor, const char *data);
/* What is committed behind a place, by id; *next (may be NULL): the place behind these, or, when there are no more, behind
 * everything that is there. A node may commit lower ids after another's higher ones: the next reading gives
 * them. A place is the text that an earlier reading gave, or the id of an event; E_MALFORMED. */
int event_list(struct tx *, const char *after, unsigned limit, struct event_row **, size_t *n, const char **next);
/* The place behind these events of a reading that began at `place`. */
int place_behind(struct tx *, const char *place, const uint64_t *event, size_t n, const char **behind);
/* The place set back to this event; NULL: it does not lie before the place. */
const char *place_back(struct arena *, const char *place, uint64_t event);
int event_list_ticket(struct tx *, uint64_t ticket, struct event_row **, size_t *n);
int event_get(struct tx *, uint64_t id, struct event_row *);
int event_newest(struct tx *, const char **place); /* behind everything that is there */
/* Walks every chain (store/chain.h); E_CORRUPT with words naming the first event that does not fit, or the first message whose words
 * are others than when it was written. progress may be NULL; it is told of events and messages. */
int event_verify(struct tx *, int64_t *events, void (*progress)(void *, int64_t), void *arg, struct err *e);

/* --- staff, sessions, tokens --- */
enum duty { DUTY_OFF, DUTY_ON, DUTY_AWAY, DUTIES }; /* on: tickets come by themselves */
enum { STAFF_CAPACITY = 8 }; /* open tickets at once for whom no number is set */
struct staff_row {
	const char *name, *display, *department, *password;
	unsigned role;
	bool disabled;
	unsigned failures;
	int64_t locked_until, created_at;
	const char *skills;        /* codes of categories, by commas; "": a generalist */
	unsigned capacity;         /* 0: STAFF_CAPACITY */
	unsigned duty;
	int64_t duty_at, given_at; /* given_at: when a ticket last came by itself */
	const char *totp;          /* sealed secret of the second factor; "": none */
	int64_t totp_step;         /* the last step whose code was used */
};
enum { STAFF_NAME_LONGEST = 64, STAFF_DISPLAY_LONGEST = 120 };
/* Letters, digits, dot, dash and underline, one at least: what goes into logs and links without a second form. */
bool staff_name_valid(const char *name);
bool staff_name_own(const char *name); /* the gateway signs with it itself: no person may be called so */
int staff_get(struct tx *, const char *name, struct staff_row *);
int staff_put(struct tx *, const struct staff_row *); /* inserts or replaces; created_at stays */
int staff_list(struct tx *, struct staff_row **, size_t *n);
struct staff_load { const char *name; int64_t open; };
int staff_loads(struct tx *, struct staff_load **, size_t *n); /* open tickets of everybody who has any */
int staff_load(struct tx *, const char *name, int64_t *open);
struct session_row { const char *id_hash, *staff, *csrf; int64_t created_at, expires_at; };
int session_put(struct tx *, const struct session_row *); /* inserts or prolongs; clears away expired ones */
int session_get(struct tx *, const char *id_hash, struct session_row *);
int session_drop(struct tx *, const char *id_hash);
int session_drop_staff(struct tx *, const char *staff);
int session_drop_others(struct tx *, const char *staff, const char *but_id_hash);
int session_count(struct tx *, const char *staff, int64_t *n);
struct token_row { const char *name, *hash, *scopes; int64_t created_at, revoked_at; };
int token_put(struct tx *, const struct token_row *);
int token_find(struct tx *, const char *hash, struct token_row *);
int token_get(struct tx *, const char *name, struct token_row *);
int token_list(struct tx *, struct token_row **, size_t *n); /* by name, with those that were revoked */

/* --- what a city's core system says of a ticket --- */
struct core_row { uint64_t ticket; const char *number, *state; int64_t seq, updated_at; }; /* seq: its last word on it; 0: it does not count */
int core_get(struct tx *, uint64_t ticket, struct core_row *); /* E_NOTFOUND */
int core_put(struct tx *, const struct core_row *);
/* The tickets of one of its numbers, newest first, below an id (0: any). */
int core_list(struct tx *, const char *number, uint64_t below, unsigned limit, uint64_t **tickets, size_t *n);

/* --- kept aside --- */
struct quarantine_row {
	uint64_t id;
	const char *channel, *reason, *peer, *external_id, *note;
	const void *raw;        /* what of it people read */
	size_t n;
	const char *raw_sha256; /* of the whole of it, or NULL */
	const void *whole;      /* that, where it is not a blob, or NULL; not read back (store/raw.h) */
	size_t whole_n;
	int64_t at;
};
enum { QUARANTINE_RAW_MAX = 64 * 1024 }; /* more is cut, and the note says so */
int quarantine_insert(struct tx *, struct quarantine_row *); /* gives it its id */
/* Newest first. */
int quarantine_get(struct tx *, uint64_t id, struct quarantine_row *); /* E_NOTFOUND */
int quarantine_list(struct tx *, uint64_t after, unsigned limit, struct quarantine_row **, size_t *n);

/* --- small things by key: cursors of pulling channels, idempotency keys of the API --- */
int kept_get(struct tx *, const char *space, const char *key, const char **value); /* E_NOTFOUND */
int kept_put(struct tx *, const char *space, const char *key, const char *value);
int keys_drop(struct tx *); /* idempotency keys of more than a week ago. The clock's work. */
int keys_forget(struct tx *, const struct ticket_row *); /* those whose answers name this ticket */
/* A line that a channel keeps on a citizen, also on one who has no conversation yet. E_NOTFOUND. */
int citizen_note_get(struct tx *, const char *channel, const char *peer, const char **value);
int citizen_note_put(struct tx *, const char *channel, const char *peer, const char *value);

/* --- fields that identify a person (sealed.h) --- */
/* Seals the next rows, at most `limit`, by the newest key; *done: every row is, and older keys are needed no more. Goes on where
 * the last one stopped, also another process's. E_AGAIN: a row was changed meanwhile; try again. */
int rekey_step(struct tx *, unsigned limit, size_t *rows, bool *done);
void store_sealed_whole(struct store *); /* after the commit of a step that was the last */
unsigned store_key(const struct store *); /* the generation in use; 0: nothing is sealed */

/* --- forwarding: one row a target, and what was set aside for it --- */
struct forward_row { const char *name, *place; int64_t updated_at; }; /* place: it is through with everything before (event_list) */
struct aside_row {
	uint64_t event, ticket;
	unsigned attempts;
	int64_t since, next_at;  /* when it first failed, when it is due again */
	bool dead;               /* given up: a person may have it sent again */
	const char *error;
};
enum { FORWARD_COUNTED = 1000 };
struct forward_stand {
	int64_t waiting, dead; /* set aside to be tried again, or behind the place; given up */
	bool more;             /* only the first FORWARD_COUNTED behind the place are counted */
	int64_t next_from;     /* when the first event that it has not been told happened; 0: it has all */
};
int forward_get(struct tx *, const char *name, struct forward_row *);
int forward_list(struct tx *, struct forward_row **, size_t *n);
int forward_open(struct tx *, const char *name, const char *place); /* nothing when it is there */
int forward_move(struct tx *, const char *name, const char *from, const char *to); /* E_CONFLICT: it does not stand at `from` */
int aside_put(struct tx *, const char *name, const struct aside_row *);      /* inserts or replaces */
int aside_drop(struct tx *, const char *name, uint64_t event);
/* Due now as if it had never failed: one event (E_NOTFOUND: it is not aside), or with 0 all that were given up. */
int aside_retry(struct tx *, const char *name, uint64_t event, size_t *count);
int aside_get(struct tx *, const char *name, uint64_t event, struct aside_row *);
/* What is due now: of each ticket the oldest waiting one. */
int aside_due(struct tx *, const char *name, unsigned limit, struct aside_row **, size_t *n);
int aside_list(struct tx *, const char *name, bool dead, uint64_t after, unsigned limit, struct aside_row **, size_t *n);
int aside_blocks(struct tx *, const char *name, uint64_t ticket, bool *blocks); /* one of the ticket waits */
int forward_stands(struct tx *, const struct forward_row *, struct forward_stand *);

/* What several gateways over one store keep for each other and no longer need. The clock's work. */
int shared_prune(struct tx *);

/* --- the whole --- */
/* The SHA-256 of every file that a row names, once; until file() returns nonzero. */
int files_each(struct tx *, int (*file)(const char *sha256, void *), void *arg);
/* Its own connection, any thread; blocks. The copy is of one moment, mode 0600, and whole on disk when it returns 0; a file
 * of that name is replaced. It is marked as a copy (restored.h). */
int store_backup(struct store *s, const char *path, void (*progress)(void *, int done, int total), void *arg, struct err *e);

#endif
