/* How fast mails may go to one domain: providers refuse, or block, who sends too many at once. One mail every
 * 60,000 / per_minute ms, after a burst of BURST. Pure but for its own table; thread: one. */
#ifndef XQ_EMAIL_PACE_H
#define XQ_EMAIL_PACE_H

#include <stdint.h>

enum { PACE_DOMAINS = 256, PACE_BURST = 5, PACE_DOMAIN_MAX = 256 };

struct pace {
	unsigned per_minute; /* 0: no limit */
	struct pace_domain {
		char name[PACE_DOMAIN_MAX];
		int64_t at; /* when the next mail would be due, were there no burst; in ms */
	} domain[PACE_DOMAINS];
};
/* 0: a mail to this address may go now, and is counted. Else how many ms to wait; nothing is counted. More domains at
 * once than the table holds: the one longest quiet is forgotten. */
int64_t pace_wait(struct pace *p, const char *address, int64_t now);

#endif
