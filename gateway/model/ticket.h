/* The ticket (工单): its states, and the one decision about every message that comes in.
 * Pure: no I/O, no clock, no globals. */
#ifndef XQ_MODEL_TICKET_H
#define XQ_MODEL_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/model/guide.h"
#include "gateway/model/message.h"
#include "gateway/model/survey.h"

enum ticket_state {
	TICKET_NEW,        /* came in, nobody has looked yet */
	TICKET_ACCEPTED,   /* 受理 */
	TICKET_DISPATCHED, /* 派单: with a department */
	TICKET_HANDLING,   /* 办理 */
	TICKET_REPLIED,    /* 答复: the citizen has an answer */
	TICKET_CLOSED,     /* 办结 */
	TICKET_REFUSED,    /* 不予受理, with a coded ground */
	TICKET_STATES
};
static inline bool ticket_state_open(enum ticket_state s)
{
	return s != TICKET_CLOSED && s != TICKET_REFUSED;
}
extern const struct sm_table ticket_machine; /* built from the table of steps in workflow.c */

enum ticket_flag {
	FLAG_SUPERVISED = 1 << 0, /* 督办 */
	FLAG_RETURNED = 1 << 1,   /* 退单 */
	FLAG_EXTENDED = 1 << 2,   /* 延期 */
	FLAG_EMERGENCY = 1 << 3,
	FLAG_REOPENED = 1 << 4,
	FLAG_HELD = 1 << 5,       /* a suspect: nothing was answered until a person looks */
	FLAG_DISPUTED = 1 << 6,   /* 退单待审: a supervisor has to rule on the return */
	FLAG_DESIGNATED = 1 << 7, /* 审定: with this department for good */
	FLAG_EXTENDING = 1 << 8,  /* 延期待批: a supervisor has to rule on the extension */
	FLAG_ESCALATED = 1 << 9,  /* 升级督办 */
	FLAG_IMMEDIATE = 1 << 10, /* 即时转办: to the department in charge at once */
	FLAG_CONFIDENTIAL = 1 << 11, /* 工单保密 */
	FLAG_CARE = 1 << 12,      /* words of self-harm: no survey, nothing automatic, a person stays with it */
	FLAG_WITHDRAWN = 1 << 13, /* 撤回 */
	FLAG_CALLBACK = 1 << 14   /* 回访复核: a bad rating that a person still has to call back about */
};
/* "supervised", … ; NULL past the last. */
const char *ticket_flag_name(unsigned bit_index);

/* 17 digits: yyyymmdd, 2 digits of channel kind, 6 of serial, and an ISO 7064 MOD 11,10 check digit. The nine codes behind a kind's
 * own, which ends in 0, go on where a flood has used up the million of a day: else everybody after it would be refused until midnight. */
enum { TICKET_NUMBER_MAX = 24, TICKET_NUMBER_LEN = 17, TICKET_SERIAL_MAX = 9999999 };
void ticket_number(int day, unsigned channel_code, unsigned serial, char out[TICKET_NUMBER_MAX]);
bool ticket_number_valid(const char *number);
/* The first valid ticket number in a text (full-width digits too), or false. */
bool ticket_number_find(const char *text, char out[TICKET_NUMBER_MAX]);
/* The first run of exactly six digits, as a query code has them, or false. */
enum { TICKET_CODE_LEN = 6 };
bool ticket_code_find(const char *text, char out[TICKET_CODE_LEN + 1]);

/* --- the decision --- */

enum outcome {
	OUTCOME_NEW,       /* a new ticket */
	OUTCOME_APPEND,    /* one more message on a ticket */
	OUTCOME_REOPEN,    /* a closed ticket goes back to work */
	OUTCOME_RATE,      /* an answer to the pending survey */
	OUTCOME_QUERY,     /* "查询": the citizen asks where a ticket stands */
	OUTCOME_EMERGENCY, /* answered at once with the number to call, and flagged */
	OUTCOME_REFUSE,    /* kept aside, no ticket (a machine's mail, an empty text, somebody else's survey) */
	OUTCOME_HOLD,      /* a ticket that waits for a person before anything is answered */
	OUTCOME_WITHDRAW,  /* 撤回: the citizen takes an open ticket back, on its own channel */
	OUTCOMES
};
const char *outcome_name(enum outcome o);

enum { VIEW_TICKETS = 16, RULE_WORDS_MAX = 400 };

struct view_ticket {
	uint64_t id;
	const char *number;
	enum ticket_state state;
	unsigned flags;
	int64_t opened_at, closed_at, last_at; /* last_at: its newest message */
	unsigned rounds;                       /* how often it was reopened by itself */
	bool own;                              /* belongs to this very conversation */
	bool watched;                          /* words of self-harm stand on it, and no person has spoken with the citizen since */
};

/* What the store knows that bears on one message, loaded in the transaction that will apply the plan. */
struct view {
	int64_t now;
	bool threads;           /* the channel marks what a message answers (email): an unmarked one is a new matter */
	uint64_t conversation;  /* 0: this citizen is new on this channel */
	struct view_ticket ticket[VIEW_TICKETS]; /* of this conversation, newest first */
	unsigned tickets;
	struct view_ticket thread; /* what msg.thread or msg.refs point to; id 0: nothing */
	struct view_ticket asked;  /* the ticket whose number stands in the text; id 0: none */
	bool asked_allowed;        /* this citizen may read `asked` */
	bool asked_by_code;        /* somebody else, who gave its query code: may see how it stands, and no more */
	struct {
		uint64_t id;             /* 0: no survey is open for this conversation */
		uint64_t ticket;
		const char *token;
		enum survey_scale scale;
		int64_t asked_at, expires_at;
		bool answered;           /* rated already, its window still open: a second answer is appended */
		int64_t answers_seq;     /* seq of the survey's own message: a later staff message ends bare-digit answers */
		bool superseded;         /* the citizen was told something else after the question */
	} survey;
	bool guides;            /* guided self-service is on */
	bool pictures;          /* the channel brings them */
	struct { enum guide_state state; uint64_t ticket; int64_t at; } guide; /* the question asked last */
	bool crowd;             /* no ticket yet, and its network has opened more first ones than the rules allow */
	unsigned recent;        /* messages of this conversation in the last rules.flood_window_ms */
	bool texts;             /* the channel sends text messages, each of which is paid for */
	unsigned told;          /* automatic answers to this citizen in the last hour; counted where `threads` or `texts` is set */
	unsigned told_today;    /* the same in the last day; `texts` only */
};

struct rule_word {
	const char *word;   /* one, or several with '|' between; lower case, simplified; matched in folded text (text.h) */
	const char *number; /* "110"; for emergencies */
	const char *kind;   /* template event of the answer, e.g. "emergency.fire" */
	const char *unless; /* words that take the alarm back, '|' between: config/README.md says where; or NULL */
	const char *only;   /* of these one must stand before it, in its clause or the one before; or NULL */
};

/* What staff can set about the decision. Owned by the catalog. */
struct rules {
	struct rule_word emergency[RULE_WORDS_MAX];
	unsigned emergencies;
	int64_t reopen_window_ms;  /* after closing, a complaint about the same ticket reopens it */
	int64_t flood_window_ms;
	unsigned flood_messages;   /* more than this in the window: HOLD */
	unsigned flood_visitors;   /* first tickets of one network's visitors in it; beyond: HOLD; 0: no limit */
	unsigned told_an_hour;     /* automatic answers to one address of a mailbox; then silence: a machine there would
	                              answer each of them for ever */
	unsigned texts_an_hour, texts_a_day; /* automatic answers to one number by text message: whoever has a dear one
	                                        could have them sent without end. Emergencies are bound by the day's alone */
	unsigned max_rounds;       /* automatic reopenings; then a person decides */
};
void rules_defaults(struct rules *r);

enum plan_say { /* what the citizen is told; the template event's name by plan_say_event() */
	SAY_NOTHING, SAY_RECEIVED, SAY_EMERGENCY, SAY_STATUS, SAY_STATUS_NONE, SAY_STATUS_DENIED, SAY_REOPENED,
	SAY_PERSON, SAY_THANKS, SAY_THANKS_BAD, SAY_RATE_AGAIN, SAY_EMPTY, SAY_SURVEY_CLOSED, SAY_WITHDRAWN, SAY_WITHDRAW_WHICH, SAY_WITHDRAW_UNCLEAR,
	SAY_WITHDRAW_DANGER, SAY_PASSED_ON,
	/* In the order of enum guide_state. */
	SAY_GUIDE_WHAT, SAY_GUIDE_WHERE, SAY_GUIDE_WHEN, SAY_GUIDE_PHOTO, SAY_GUIDE_CONTACT, SAY_GUIDE_DONE, SAYS
};
const char *plan_say_event(enum plan_say s); /* "received", "emergency", "status", … ; NULL for SAY_NOTHING */

enum plan_reason { /* why REFUSE or HOLD; names by plan_reason_name() */
	REASON_NONE, REASON_EMPTY, REASON_AUTOMATIC, REASON_SURVEY_UNKNOWN, REASON_LINK_SPAM, REASON_FLOOD, REASONS
};
const char *plan_reason_name(enum plan_reason r);

struct plan {
	enum outcome outcome;
	uint64_t ticket;          /* APPEND, REOPEN, RATE, QUERY: which one; EMERGENCY: 0 means a new one */
	enum plan_say say;
	bool silent;              /* the number has had its automatic texts: nothing else is said of its own accord either */
	bool last;                /* it has room for one more, and for no other beside it */
	const struct rule_word *emergency;
	enum plan_reason reason;
	struct survey_answer answer; /* where there is a survey */
	uint64_t survey;             /* RATE; EMERGENCY: the one whose button or page it came by, to be rated as well; 0: none */
	bool guided;                 /* the guide goes on to `guide` */
	enum guide_state guide;
	bool by_code;                /* QUERY: about a ticket of somebody else's, which the question is not put on */
	bool reopen;                 /* where there is a survey: unsolved or dissatisfied, its ticket back to work as second handling */
	bool supervise;              /* the survey's ticket, REOPEN: bad or out of rounds: a supervisor must look */
	bool confidential;           /* asked for: 工单保密 */
	bool repeated_answer;        /* RATE: the first answer stands, this one is only appended */
	const char *rule;            /* the row of the decision table that spoke, for the event and the tests */
};

/* What a message's words say by themselves, whatever the store knows: the greater part of the work, and it can be done
 * before the decision, on another thread. */
struct heard_words {
	bool blank, query, link_spam;      /* text_blank(), text_query(), text_link_spam() */
	bool withdraw, withdraw_unclear;   /* text_withdraw(), text_withdraw_unclear() */
	bool confidential;                 /* text_confidential() */
	bool person, guide;                /* text_person(); "自助下单", "guide me", and nothing else */
	bool orders;                       /* a query that names what it wants: asked also by who has no ticket */
	const struct rule_word *emergency; /* the first word that raises the alarm; of the rules it was heard with */
};
struct heard { struct heard_words text, subject, comment; };
void ticket_hear(const struct rules *r, const struct msg_in *m, struct heard *out);

/* The table of rows stands at the top of ticket.c; the first row that matches speaks. msg.kind is MSG_TEXT or
 * MSG_RATING. Every message gets a plan; there is no failure. */
void ticket_decide(const struct rules *r, const struct view *v, const struct msg_in *m, struct plan *out);
/* The same with what ticket_hear() made of this message and these rules. */
void ticket_decide_heard(const struct rules *r, const struct view *v, const struct msg_in *m, const struct heard *h,
	struct plan *out);
const char *ticket_decide_row(unsigned i); /* the rows' names in order; NULL past the last */

#endif
