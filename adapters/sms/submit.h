/* Messages on their way out, the same for every dialect: cut into parts, written as fast as window and pace allow, and
 * settled once every part that was written has its answer.
 *
 * What becomes of a message (the first that applies, once no part waits for an answer):
 *   a part was never answered (time-out, link lost)      SENT_UNKNOWN; with resend the part is written again first
 *   a part was refused for good                          SENT_REFUSED; parts not yet written stay unwritten
 *   a part was refused for now, none was accepted        SENT_RETRY (throttled parts are tried again here first)
 *   a part was refused for now too often, some accepted  SENT_REFUSED: sending all again would repeat the accepted ones
 *   a part was refused for now, some accepted            stays: that part is written again after a while, SUBMIT_TRIES times
 *                                                        in all, whichever answer came first
 *   the link was lost before anything was written        SENT_RETRY
 *   the link was lost between parts, the rest unwritten  stays: goes on when the link is back within keep_ms, else
 *                                                        SENT_UNKNOWN
 *   every part was accepted                              SENT_ACCEPTED with every part's id
 *
 * Thread: the loop. Time is passed in. */
#ifndef XQ_SMS_SUBMIT_H
#define XQ_SMS_SUBMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/pace.h"
#include "adapters/sms/segment.h"
#include "gateway/adapter.h"

enum { SUBMIT_TRIES = 5, SUBMIT_KEEP_MS = 60000 };

struct submit;

/* What a channel does with a part that was never answered: choices of its key `unanswered`. */
enum unanswered { UNANSWERED_KEEP, UNANSWERED_RESEND };
#define UNANSWERED_CHOICES "keep|resend"
#define UNANSWERED_DOC "a part that was never answered: keep it as unknown, or resend it, perhaps twice"

#define SUBMIT_PARTS_DOC "parts of one message that the carrier takes at most; a longer reply is refused in the console"

enum submit_answer {
	SUBMIT_ACCEPTED,
	SUBMIT_THROTTLED, /* too fast: hold the link */
	SUBMIT_LATER,     /* not now, for a reason of this one message */
	SUBMIT_NEVER
};

struct submit_part {
	const struct msg_out *msg;
	enum coding coding;
	const uint8_t *bytes; /* without the joining header */
	size_t n;
	unsigned index, total; /* from 1; total 1: needs no header */
	uint8_t ref;
	void *request;        /* for the window: comes back to submit_answered() or submit_unanswered() */
};

struct submit_ops {
	bool (*room)(void *owner); /* may a request be written now */
	/* Writes the part as a request. room() holds. E_RANGE and words: it can never be written (a number too long). */
	int (*write)(void *owner, const struct submit_part *part, struct err *e);
	void (*wake)(void *owner, unsigned ms); /* call submit_pump() after ms */
	/* This link was too fast: room() must not count it for a while. */
	void (*hold)(void *owner, void *link, int64_t now);
	void (*sent)(void *owner, const struct msg_out *, const struct sent_result *);
	void (*ready)(void *owner); /* after E_AGAIN, there is room */
};

struct submit_config {
	enum coding narrow;
	const struct segment_limits *limits;
	unsigned messages; /* taken and unsettled at once */
	unsigned pace;     /* parts a second; 0: no limit */
	unsigned keep_ms;
	unsigned parts_max; /* of one message; 0: MSG_PARTS_MAX */
	bool resend;       /* a part without an answer is written again: it may come twice */
	/* For the pace: how many parts this text makes where the provider cuts it and one request is all of it; NULL: one. */
	unsigned (*weight)(const char *text);
};

/* config and ops are borrowed until destroy. first_ref: where the references of long messages begin. */
struct submit *submit_create(const struct submit_config *config, const struct submit_ops *ops, void *owner,
	uint8_t first_ref, int64_t now);
/* Ends every loan through ops->sent: SENT_UNKNOWN if any part was written, else SENT_RETRY. */
void submit_destroy(struct submit **s);

/* 0: lent until ops->sent, which may already have run. E_AGAIN: full, or no link (ops->ready follows).
 * E_CLOSED: draining. */
int submit_send(struct submit *s, const struct msg_out *m, int64_t now);
void submit_pump(struct submit *s, int64_t now);
void submit_up(struct submit *s, int64_t now);
/* The link is gone; every part it left unanswered was given to submit_unanswered() before. */
void submit_down(struct submit *s, const char *why, int64_t now);
/* A provider without a link wants no more for a while: gives back what has nothing written. Half a text waits for its end, however long,
 * and what is sent meanwhile waits for room(). */
void submit_put_back(struct submit *s, const char *why);
/* link: which one answered, for ops->hold. */
void submit_answered(struct submit *s, void *link, void *request, enum submit_answer answer, const char *id,
	const char *reason, int64_t now);
void submit_unanswered(struct submit *s, void *request, const char *why, int64_t now);
/* Inside write(): the part goes with this id of ours, under which receipts come; SENT_UNKNOWN says it too. */
void submit_named(void *request, const char *id);
/* Takes nothing new and gives back what was not begun. */
void submit_drain(struct submit *s);
/* Nothing is lent any more. */
bool submit_idle(const struct submit *s);

#endif
