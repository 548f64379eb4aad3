/* Inside the live feed: live.c has the sockets, presence.c who is where, roll.c looks at sessions again, feed.c gathers changes and sends
 * them. Nobody else includes this. Loop thread only. */
#ifndef XQ_CONSOLE_LIVE_INTERNAL_H
#define XQ_CONSOLE_LIVE_INTERNAL_H

#include "gateway/base/metrics.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/store/ticket.h"

enum { SEEN_SLOTS = 4096, DEPARTMENT_MAX = 64, STAFF_NAME_MAX = 128, AUDIENCE_MAX = 1024, COUNTS_MAX = 600 };
/* Audience: the departments that may see a ticket beside the desk, ",lead,helper,helper,". */

struct viewer {
	struct viewer *next;
	struct live *live;
	struct ws *ws;           /* NULL once gone */
	unsigned jobs;           /* in the store; freed when gone and none is left */
	bool known;              /* the session was checked */
	char session[HEX_SHA256];
	unsigned lane;           /* the store's: the network's until the session was found */
	enum role role;
	char name[STAFF_NAME_MAX], display[STAFF_NAME_MAX], department[DEPARTMENT_MAX];
	unsigned duty, duty_told; /* how often live_duty() set it: what was read of it before is older */
	char told[COUNTS_MAX];   /* the counts this viewer has */
	/* Where this person is: ticket 0: nowhere. */
	uint64_t ticket;
	char number[TICKET_NUMBER_MAX], audience[AUDIENCE_MAX], channel[STAFF_NAME_MAX], peer[MSG_PEER_MAX];
	bool links;              /* may learn which other tickets are this citizen's: a sign of his that two tickets have at once says so */
	bool writing;
	int64_t until, typed_at, said_at;
	char asked[TICKET_NUMBER_MAX]; /* to be looked up */
	bool asked_writing, asking;
};

enum item_kind { ITEM_TICKET, ITEM_OPEN, ITEM_GONE, ITEM_PRESENCE };
struct item {
	enum item_kind kind;
	uint64_t ticket;               /* ITEM_OPEN: only to those who have it open */
	char *audience;                /* ITEM_GONE: only these, and not the desk */
	char *json;
};

struct live {
	struct console *console;
	struct viewer *viewers;
	unsigned count;
	struct item *item;
	size_t items, item_room;
	struct { uint64_t ticket; char department[DEPARTMENT_MAX]; } seen[SEEN_SLOTS];
	uv_timer_t gather, tick;
	unsigned handles;
	bool gathering, closing, checking;
	struct tally *tally;
	struct afar *afar;
	struct metric *sockets, *sent;
};

/* tally.c: how many tickets wait, told to everybody when it has changed. */
struct tally *tally_create(struct live *);
void tally_soon(struct tally *);
void tally_destroy(struct tally **);

/* afar.c: who has the console open on the other nodes, and who of them which ticket. Each node says where its own viewers are, and
 * again as often as their pages do; what is not said again ends, as it does when the node is found dead. */
struct afar;
struct afar *afar_create(struct live *);
void afar_destroy(struct afar **);
void afar_say(struct live *, const struct viewer *, const char *what);
void afar_tick(struct live *);
void afar_seat(struct live *, const struct viewer *, bool here); /* came, changed duty; or the last page of theirs here is closed */
bool afar_there(const struct live *, uint64_t ticket, const char *staff); /* ticket 0: at the console, wherever in it */
void afar_on_duty(const struct live *, void (*each)(void *arg, const char *staff), void *arg); /* at the console */
void afar_list(const struct live *, const struct viewer *to, json_t *items); /* those whose ticket it may see */
void afar_moved(struct live *, uint64_t ticket, const char *audience);

/* live.c */
enum { CLOSE_EXPIRED = 4401 };
void viewer_release(struct viewer *); /* once gone and without a job it is freed */
/* What a job read of this session; duty_told: as it was when the job was given. */
void viewer_known(struct viewer *, const struct who *, unsigned duty_told);

/* presence.c */
enum { PRESENCE_MS = 30 * 1000 };
json_t *presence_json(const char *number, const char *staff, const char *display, const char *what);
const char *presence_what(bool writing);
bool presence_here(const struct live *, uint64_t ticket, const char *staff, const struct viewer *but); /* on this node */
void presence_leave(struct live *, struct viewer *);
/* A newcomer learns who is where. */
void presence_all(struct live *, struct viewer *to);
/* news: not merely "still so". */
void presence_set(struct live *, struct viewer *, bool writing, bool news);
/* Somebody has that ticket of this citizen open, with what he said of it up to seq. */
void citizen_seen(struct live *, const char *channel, const char *peer, const char *ticket, int64_t seq);

/* roll.c: one job looks at all sessions; what comes of it is done on the loop. */
void roll_call(struct live *);

/* feed.c */
bool sees(const struct viewer *, const char *audience);
bool links(const struct viewer *, const struct ticket_row *);
char *audience_of(const struct ticket_row *); /* the caller's */
void copy_text(char *out, size_t size, const char *s); /* cut to size; NULL counts as "" */
void feed_changes(void *live, const struct change *, size_t n); /* a store_change_f */
void feed_presence(struct live *, const char *audience, json_t *o); /* takes o */
void feed_send(struct live *, struct viewer *, struct ws_shared *); /* s may be NULL */
void item_free(struct item *);

#endif
