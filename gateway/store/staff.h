/* Staff. Conventions as in store.h. */
#ifndef XQ_STORE_STAFF_H
#define XQ_STORE_STAFF_H

#include "gateway/store/store.h"

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
	int64_t generation;        /* another with each password, and when disabled; staff_put() counts it by itself */
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

#endif
