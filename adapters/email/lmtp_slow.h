/* How slow an LMTP client may be. A byte now and then is no step: a whole command is, and so many octets of a mail. Pure. */
#ifndef XQ_EMAIL_LMTP_SLOW_H
#define XQ_EMAIL_LMTP_SLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LMTP_GREET_MS = 30 * 1000,   /* until LHLO */
	LMTP_CONTENT_MS = 60 * 1000, /* for the next octets of a mail; RFC 5321, 4.5.3.2 gives whole blocks three minutes */
	LMTP_CONTENT_STEP = 4096,
	LMTP_YIELD_MS = 1000,        /* who made no step for so long goes when another needs the room; a mail server answers at once */
	LMTP_YIELD_CONTENT_MS = 5 * 1000 /* the same in the midst of a mail */
};
enum lmtp_phase { LMTP_UNGREETED, LMTP_BETWEEN, LMTP_CONTENT };

struct lmtp_slow {
	int64_t since;  /* the last step */
	size_t content; /* octets since then */
};

/* A whole command came, or an answer was given. */
void lmtp_slow_step(struct lmtp_slow *s, int64_t now);
/* n octets of a mail came. */
void lmtp_slow_content(struct lmtp_slow *s, size_t n, int64_t now);
/* Too slow; idle_ms: between commands, and the most for everything. */
bool lmtp_slow_over(const struct lmtp_slow *s, enum lmtp_phase phase, unsigned idle_ms, int64_t now);
/* How long it has been slower than others who need the room must bear; above 0 it may be told to go. */
int64_t lmtp_slow_overdue(const struct lmtp_slow *s, enum lmtp_phase phase, int64_t now);

#endif
