#include "adapters/sms/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gateway/base/mem.h"
#include "gateway/base/sm.h"

enum { WHY_MAX = 64 };

/*  todo ──> written ──> accepted
 *   ^          │ └────> over      answered with "never", or not at all
 *   └──────────┘                  answered with "later", or not at all where that is to be resent */
enum part_state { PART_TODO, PART_WRITTEN, PART_ACCEPTED, PART_OVER };
static const struct sm_table machine = {
	.name = "part",
	.state = (const char *const[]){ "todo", "written", "accepted", "over" },
	.next = (const uint32_t[]){ SM_TO(PART_WRITTEN) | SM_TO(PART_OVER),
		SM_TO(PART_TODO) | SM_TO(PART_ACCEPTED) | SM_TO(PART_OVER), 0, 0 },
	.count = PART_OVER + 1
};

struct part {
	struct message *message;
	unsigned state, tries;
	char *id;
};

struct message {
	TAILQ_ENTRY(message) link;
	const struct msg_out *lent;
	struct segments text;
	uint8_t ref;
	unsigned count[PART_OVER + 1]; /* parts in each state */
	bool unanswered, never, later, often, throttled; /* later: a part was refused for now; often: one of them SUBMIT_TRIES times */
	int64_t not_before;  /* what was refused for now, while another part was accepted, is not written again until then */
	char *reason; /* of the first thing that went wrong, and of what cannot be helped before what can */
	bool settled; /* reason is of what cannot be helped */
	struct part part[];
};
TAILQ_HEAD(list, message);

struct submit {
	const struct submit_config *config;
	const struct submit_ops *ops;
	void *owner;
	struct list waiting;  /* has parts to write, oldest first */
	struct list written;  /* only waits for answers */
	unsigned messages;
	struct pace pace;
	int64_t keep_until; /* what waits, while the link is away */
	uint8_t next_ref;
	bool up, draining, wants_ready;
};

struct submit *submit_create(const struct submit_config *config, const struct submit_ops *ops, void *owner,
	uint8_t first_ref, int64_t now)
{
	struct submit *s = mem_new(struct submit);
	*s = (struct submit){ .config = config, .ops = ops, .owner = owner, .next_ref = first_ref, .keep_until = INT64_MAX };
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->written);
	pace_init(&s->pace, config->pace, now);
	return s;
}

bool submit_idle(const struct submit *s)
{
	return !s->messages;
}

/* --- settling --- */

static void destroy(struct message *m)
{
	for (unsigned i = 0; i < m->text.parts; i++)
		free(m->part[i].id);
	segments_fini(&m->text);
	free(m->reason);
	free(m);
}

static struct list *list_of(struct submit *s, const struct message *m)
{
	return m->count[PART_TODO] ? &s->waiting : &s->written;
}

/* Ends the loan. The message is out of every list before the owner hears of it. */
static void settle(struct submit *s, struct message *m, enum sent sent, const char *reason)
{
	const char *id[MSG_PARTS_MAX];
	struct sent_result r = { .sent = sent, .reason = sent == SENT_ACCEPTED ? NULL : reason, .id = id };
	for (unsigned i = 0; i < m->text.parts; i++)
		if (m->part[i].id && m->part[i].id[0])
			id[r.ids++] = m->part[i].id;
	/* Without every id, delivery of the whole could never be known. */
	r.receipts = r.ids == m->text.parts;
	if (sent == SENT_RETRY && m->throttled)
		r.retry_ms = PACE_HOLD_MAX_MS;
	s->messages--;
	s->ops->sent(s->owner, m->lent, &r);
	destroy(m);
	if (s->wants_ready && s->up && !s->draining) {
		s->wants_ready = false;
		s->ops->ready(s->owner);
	}
}

/* Refused for now: with nothing accepted that sending all again would repeat, the gateway tries it again. */
static bool put_off(const struct message *m)
{
	return m->often || (m->later && !m->count[PART_ACCEPTED]);
}

/* What the counts mean, once no part waits for an answer (see submit.h). -1: there is more to write. */
static int verdict(const struct message *m)
{
	if (m->unanswered)
		return SENT_UNKNOWN;
	if (m->never)
		return SENT_REFUSED;
	if (put_off(m))
		return m->count[PART_ACCEPTED] ? SENT_REFUSED : SENT_RETRY;
	return m->count[PART_TODO] ? -1 : SENT_ACCEPTED;
}

static void settle_if_done(struct submit *s, struct message *m, struct list *in)
{
	int sent = m->count[PART_WRITTEN] ? -1 : verdict(m);
	if (sent >= 0) {
		TAILQ_REMOVE(in, m, link);
		settle(s, m, (enum sent)sent, m->reason);
	} else if (in != list_of(s, m)) {
		TAILQ_REMOVE(in, m, link);
		if (in == &s->written) /* goes again before what never was written */
			TAILQ_INSERT_HEAD(&s->waiting, m, link);
		else
			TAILQ_INSERT_TAIL(&s->written, m, link);
	}
}

static void part_move(struct part *p, enum part_state to)
{
	p->message->count[p->state]--;
	sm_move(&machine, &p->state, to, NULL);
	p->message->count[p->state]++;
}

static void note_reason(struct message *m, const char *reason, bool settles)
{
	if (m->reason && (m->settled || !settles))
		return;
	free(m->reason);
	m->reason = mem_strdup(reason);
	m->settled = settles;
}

/* --- writing --- */

static bool stopped(const struct message *m)
{
	return m->unanswered || m->never || put_off(m);
}

static struct part *next_part(struct message *m)
{
	for (unsigned i = 0; i < m->text.parts; i++)
		if (m->part[i].state == PART_TODO)
			return &m->part[i];
	return NULL;
}

static void write_part(struct submit *s, struct message *m, struct part *p)
{
	unsigned i = (unsigned)(p - m->part);
	struct submit_part wire = { .msg = m->lent, .coding = m->text.coding, .n = m->text.cut[i + 1] - m->text.cut[i],
		.index = i + 1, .total = m->text.parts, .ref = m->ref, .request = p };
	wire.bytes = wire.n ? m->text.bytes.data + m->text.cut[i] : NULL;
	struct list *in = list_of(s, m);
	struct err e = { 0 };
	part_move(p, PART_WRITTEN);
	if (s->ops->write(s->owner, &wire, &e) < 0) {
		part_move(p, PART_OVER);
		note_reason(m, e.words, true);
		m->never = true;
	}
	settle_if_done(s, m, in);
}

/* The first message that has something to write and nothing against it. NULL: none, and *wait, unless it is 0, is when there is one. */
static struct message *next_message(struct submit *s, int64_t now, unsigned *wait)
{
	struct message *m;
	*wait = 0;
	TAILQ_FOREACH(m, &s->waiting, link) {
		if (stopped(m))
			continue;
		if (m->not_before <= now)
			return m;
		unsigned rests = (unsigned)(m->not_before - now);
		*wait = *wait && *wait < rests ? *wait : rests;
	}
	return NULL;
}

static void give_up_kept(struct submit *s, int64_t now)
{
	for (struct message *m; now >= s->keep_until && (m = TAILQ_FIRST(&s->waiting));) {
		TAILQ_REMOVE(&s->waiting, m, link);
		settle(s, m, SENT_UNKNOWN, "the link was lost between the parts of a long message");
	}
}

/* Each time: an earlier wake, which the pace had asked for, goes before this one and is the only one. */
static void wake_for_kept(struct submit *s, int64_t now)
{
	if (!TAILQ_EMPTY(&s->waiting))
		s->ops->wake(s->owner, (unsigned)(s->keep_until - now));
}

void submit_pump(struct submit *s, int64_t now)
{
	if (!s->up) {
		give_up_kept(s, now);
		wake_for_kept(s, now);
		return;
	}
	unsigned wait;
	for (struct message *m; (m = next_message(s, now, &wait)) && s->ops->room(s->owner);) {
		if ((wait = pace_take(&s->pace, now)))
			break;
		pace_owe(&s->pace, s->config->weight ? s->config->weight(m->lent->text) - 1 : 0);
		write_part(s, m, next_part(m));
	}
	if (wait)
		s->ops->wake(s->owner, wait);
}

int submit_send(struct submit *s, const struct msg_out *lent, int64_t now)
{
	if (s->draining)
		return E_CLOSED;
	if (!s->up || s->messages >= s->config->messages) {
		s->wants_ready = true;
		return E_AGAIN;
	}
	struct segments text;
	int rc = segments_init(&text, lent->text, s->config->narrow, s->config->limits);
	unsigned parts = rc < 0 ? 0 : text.parts;
	struct message *m = mem_zalloc(sizeof *m + parts * sizeof m->part[0]);
	*m = (struct message){ .lent = lent, .text = text, .ref = s->next_ref, .count = { [PART_TODO] = parts } };
	m->text.parts = parts;
	s->next_ref = (uint8_t)(s->next_ref + (parts > 1));
	s->messages++;
	unsigned most = s->config->parts_max ? s->config->parts_max : MSG_PARTS_MAX;
	if (rc < 0 || parts > most) {
		char why[WHY_MAX];
		(void)snprintf(why, sizeof why, "too long: more than %u parts", most);
		settle(s, m, SENT_REFUSED, why);
		return 0;
	}
	for (unsigned i = 0; i < parts; i++)
		m->part[i].message = m;
	TAILQ_INSERT_TAIL(&s->waiting, m, link);
	submit_pump(s, now);
	return 0;
}

/* --- answers --- */

static void refused_for_now(struct submit *s, void *link, struct part *p, enum submit_answer answer, int64_t now)
{
	struct message *m = p->message;
	m->throttled = m->throttled || answer == SUBMIT_THROTTLED;
	m->later = m->later || answer == SUBMIT_LATER;
	if (answer == SUBMIT_THROTTLED)
		s->ops->hold(s->owner, link, now);
	else if (m->count[PART_ACCEPTED])
		m->not_before = now + (PACE_HOLD_MIN_MS << p->tries);
	part_move(p, PART_TODO);
	p->tries++;
	m->often = m->often || p->tries >= SUBMIT_TRIES;
}

void submit_named(void *request, const char *id)
{
	struct part *p = request;
	free(p->id);
	p->id = mem_strdup(id);
}

void submit_answered(struct submit *s, void *link, void *request, enum submit_answer answer, const char *id, const char *reason,
	int64_t now)
{
	struct part *p = request;
	struct message *m = p->message;
	struct list *in = list_of(s, m);
	if (answer == SUBMIT_ACCEPTED) {
		if (m->later && !m->count[PART_ACCEPTED]) /* what was refused goes again now, but not at once */
			m->not_before = now + PACE_HOLD_MIN_MS;
		submit_named(p, id);
		part_move(p, PART_ACCEPTED);
	} else {
		note_reason(m, reason, answer == SUBMIT_NEVER);
		if (answer == SUBMIT_NEVER) {
			m->never = true;
			part_move(p, PART_OVER);
		} else {
			refused_for_now(s, link, p, answer, now);
		}
	}
	settle_if_done(s, m, in);
	submit_pump(s, now);
}

void submit_unanswered(struct submit *s, void *request, const char *why, int64_t now)
{
	struct part *p = request;
	struct message *m = p->message;
	struct list *in = list_of(s, m);
	bool again = s->config->resend && ++p->tries < SUBMIT_TRIES;
	note_reason(m, why, !again);
	if (again) {
		part_move(p, PART_TODO);
	} else {
		m->unanswered = true;
		part_move(p, PART_OVER);
	}
	settle_if_done(s, m, in);
	submit_pump(s, now);
}

/* --- the link --- */

static void say_ready(struct submit *s)
{
	if (s->wants_ready && !s->draining && s->messages < s->config->messages) {
		s->wants_ready = false;
		s->ops->ready(s->owner);
	}
}

void submit_up(struct submit *s, int64_t now)
{
	give_up_kept(s, now);
	s->up = true;
	s->keep_until = INT64_MAX;
	submit_pump(s, now);
	say_ready(s);
}

/* Takes out and gives back what has nothing written. */
static void give_back_unwritten(struct submit *s, const char *why)
{
	struct message *m, *after;
	for (m = TAILQ_FIRST(&s->waiting); m; m = after) {
		after = TAILQ_NEXT(m, link);
		if (m->count[PART_TODO] < m->text.parts)
			continue;
		TAILQ_REMOVE(&s->waiting, m, link);
		settle(s, m, SENT_RETRY, why);
	}
}

void submit_down(struct submit *s, const char *why, int64_t now)
{
	if (!s->up)
		return;
	s->up = false;
	give_back_unwritten(s, why);
	s->keep_until = now + s->config->keep_ms;
	wake_for_kept(s, now);
}

void submit_put_back(struct submit *s, const char *why)
{
	s->up = false; /* nobody hears that there is room before all of it is out */
	give_back_unwritten(s, why);
	s->up = true;
	say_ready(s);
}

void submit_drain(struct submit *s)
{
	s->draining = true;
	give_back_unwritten(s, "the gateway is stopping");
}

static void end_all(struct submit *s, struct list *list)
{
	for (struct message *m; (m = TAILQ_FIRST(list));) {
		bool begun = m->count[PART_TODO] < m->text.parts;
		TAILQ_REMOVE(list, m, link);
		settle(s, m, begun ? SENT_UNKNOWN : SENT_RETRY, "the gateway stopped");
	}
}

void submit_destroy(struct submit **at)
{
	struct submit *s = *at;
	if (!s)
		return;
	*at = NULL;
	s->draining = true;
	end_all(s, &s->waiting);
	end_all(s, &s->written);
	free(s);
}
