/* Tickets. Conventions as in store.h. */
#ifndef XQ_STORE_TICKET_H
#define XQ_STORE_TICKET_H

#include "gateway/store/store.h"

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
	/* The closed loop's; never set by ticket_insert, which makes "" of NULL. */
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

#endif
