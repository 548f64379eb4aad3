#include "adapters/sms/carrier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/door.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/stream.h"

enum { ACKS_A_BLOCK = 256, LISTEN_MORE = 4 };

struct carrier_ack_block {
	struct carrier_ack_block *next;
	struct carrier_ack ack[ACKS_A_BLOCK];
};

/* --- the links --- */

static bool does(const struct carrier_link *l, unsigned role)
{
	return l->roles & role;
}

/* Links of ours that do this and can be used. */
static unsigned count_usable(const struct carrier *c, unsigned role)
{
	unsigned n = 0;
	for (unsigned i = 0; i < c->links; i++)
		n += does(c->link[i], role) && !does(c->link[i], LINK_PASSIVE) && session_is_usable(c->link[i]->session);
	return n;
}

static unsigned count_active(const struct carrier *c)
{
	unsigned n = 0;
	for (unsigned i = 0; i < c->links; i++)
		n += !does(c->link[i], LINK_PASSIVE);
	return n;
}

/* The first link of ours that is down, else the first; its state in words. */
static void describe(const struct carrier *c, char words[CARRIER_WORDS_MAX])
{
	unsigned active = count_active(c), usable = count_usable(c, LINK_SENDS | LINK_RECEIVES);
	const struct carrier_link *l = c->link[0];
	for (unsigned i = 0; i < c->links && session_is_usable(l->session); i++)
		if (!does(c->link[i], LINK_PASSIVE) && !session_is_usable(c->link[i]->session))
			l = c->link[i];
	char one[CARRIER_WORDS_MAX];
	if (session_is_usable(l->session))
		c->dialect->describe(l, one);
	else
		(void)snprintf(one, sizeof one, "%s", l->why[0] ? l->why : "connecting");
	const char *door = c->door && !door_is_open(c->door) ? "; another has the address where we listen" : "";
	const char *resends = c->submit_config.resend && usable ? "; what is not answered is resent" : "";
	if (active > 1 && usable)
		(void)snprintf(words, CARRIER_WORDS_MAX, "%u of %u links bound; %.160s%s%s", usable, active, one, door, resends);
	else
		(void)snprintf(words, CARRIER_WORDS_MAX, "%.180s%s%s", one, door, resends);
}

/* Something changed: tells the gateway, and submit when it is the first link that can be written to or the last. */
static void tell(struct carrier *c)
{
	char words[CARRIER_WORDS_MAX];
	unsigned senders = count_usable(c, LINK_SENDS), receivers = count_usable(c, LINK_RECEIVES);
	bool receives = false;
	for (unsigned i = 0; i < c->links; i++)
		receives = receives || (does(c->link[i], LINK_RECEIVES) && !does(c->link[i], LINK_PASSIVE));
	describe(c, words);
	bool could = c->can_send;
	c->can_send = senders > 0;
	c->host->state(&c->base, senders && (receivers || !receives), words);
	if (c->can_send && !could)
		submit_up(c->submit, session_now(c->link[0]->session));
	else if (could && !c->can_send)
		submit_down(c->submit, words, session_now(c->link[0]->session));
	else if (c->can_send)
		submit_pump(c->submit, session_now(c->link[0]->session));
}

void carrier_on_up(struct session *s, void *owner)
{
	struct carrier_link *l = owner;
	l->bound_at = l->carrier->changed_at = clock_now();
	l->why[0] = '\0';
	(void)s;
	tell(l->carrier);
}

static void doubt(struct carrier *c, const uint8_t print[DOUBT_PRINT])
{
	doubts_add(&c->doubts, print, session_now(c->link[0]->session));
}

/* The answers that may not have arrived, and those that were never written. */
static void doubt_what_it_owes(struct carrier_link *l)
{
	struct carrier *c = l->carrier;
	doubts_settle_until(&l->answers, session_heard_at(l->session) - c->settle_ms);
	for (size_t i = l->answers.first; i < l->answers.n; i++)
		doubt(c, l->answers.of[i].print);
	doubts_settle(&l->answers, doubts_count(&l->answers));
	for (struct carrier_ack_block *b = c->ack_blocks; b; b = b->next)
		for (size_t i = 0; i < ACKS_A_BLOCK; i++) {
			struct carrier_ack *a = &b->ack[i];
			if (a->open && a->link == l && a->nameless && !a->doubted)
				doubt(c, a->print);
			a->doubted = a->doubted || a->link == l;
		}
	l->witness = NULL;
}

void carrier_on_down(struct session *s, void *owner, const char *why)
{
	struct carrier_link *l = owner;
	l->takes = 0;
	doubt_what_it_owes(l);
	bool went = l->bound_at && !l->why[0]; /* else it was tried in vain, and nothing on the others changed by that */
	if (went)
		l->carrier->changed_at = clock_now();
	(void)snprintf(l->why, sizeof l->why, "%s to %s: %s", l->name, session_peer(s), why);
	tell(l->carrier);
}

void carrier_on_unanswered(struct session *s, void *owner, void *request, enum session_end end)
{
	struct carrier_link *l = owner;
	l->witness = l->witness == request ? NULL : l->witness;
	submit_unanswered(l->carrier->submit, request, end == SESSION_LOST ? "the link was lost before the answer came"
		: "no answer came in time", session_now(s));
}

void carrier_on_room(struct session *s, void *owner)
{
	const struct carrier_link *l = owner;
	submit_pump(l->carrier->submit, session_now(s));
}

/* --- out --- */

static bool stalls(const struct carrier_link *l)
{
	return session_stalled_ms(l->session) >= l->carrier->stall_ms;
}

/* May this link be considered while some other one answers: bound, and not known to be silent. */
static bool answers(const struct carrier_link *l)
{
	return does(l, LINK_SENDS) && session_is_bound(l->session) && !stalls(l);
}

static bool any_answers(const struct carrier *c)
{
	for (unsigned i = 0; i < c->links; i++)
		if (answers(c->link[i]))
			return true;
	return false;
}

/* The link for the next part, or NULL; wakes us when the hold of one ends. */
static struct carrier_link *pick(struct carrier *c)
{
	struct carrier_link *best = NULL;
	bool some_answer = any_answers(c);
	for (unsigned i = 0; i < c->links; i++) {
		struct carrier_link *l = c->link[(c->next + i) % c->links];
		if (!does(l, LINK_SENDS) || !session_room(l->session) || (some_answer && stalls(l)))
			continue;
		unsigned held = pace_take(&l->hold, session_now(l->session));
		if (held)
			session_wake(l->session, held);
		else if (!best || session_unanswered(l->session) < session_unanswered(best->session))
			best = l;
	}
	return best;
}

static bool room(void *owner)
{
	struct carrier *c = owner;
	if (pick(c))
		return true;
	for (unsigned i = 0; i < c->links; i++)
		if (does(c->link[i], LINK_SENDS))
			session_call(c->link[i]->session);
	return false;
}

static int write_part(void *owner, const struct submit_part *part, struct err *e)
{
	struct carrier *c = owner;
	struct carrier_link *l = pick(c);
	must(l);
	c->next = (c->next + 1) % c->links;
	int rc = c->dialect->write(l, part, e);
	if (rc == 0 && !l->witness) {
		l->witness = part->request;
		l->witnessed = doubts_count(&l->answers);
	}
	return rc;
}

static void wake(void *owner, unsigned ms)
{
	const struct carrier *c = owner;
	session_wake(c->link[0]->session, ms);
}

static void hold(void *owner, void *link, int64_t now)
{
	struct carrier_link *l = link;
	(void)owner;
	pace_throttled(&l->hold, now);
}

static void maybe_drained(struct carrier *c)
{
	if (drain_waits(c->drain) && !c->takes && submit_idle(c->submit))
		drain_stop(c->drain);
}

static void sent(void *owner, const struct msg_out *m, const struct sent_result *r)
{
	struct carrier *c = owner;
	if (r->sent != SENT_ACCEPTED)
		log_info(c->dialect->name, "message not accepted", "channel=%s id=%llu result=%s why=%s", c->base.channel,
			(unsigned long long)m->id, sent_name(r->sent), r->reason ? r->reason : "");
	c->host->sent(&c->base, m, r);
	maybe_drained(c);
}

static void ready(void *owner)
{
	struct carrier *c = owner;
	c->host->ready(&c->base);
}

static const struct submit_ops submit_ops = { room, write_part, wake, hold, sent, ready };

void carrier_answered(struct carrier_link *l, void *request, enum submit_answer answer, const char *id,
	const char *reason)
{
	struct carrier *c = l->carrier;
	if (request == l->witness) {
		doubts_settle(&l->answers, l->witnessed);
		l->witness = NULL;
	}
	metric_add(c->throttled, answer == SUBMIT_THROTTLED);
	if (answer == SUBMIT_ACCEPTED)
		pace_accepted(&l->hold);
	submit_answered(c->submit, l, request, answer, id, reason, session_now(l->session));
}

void carrier_unanswered(struct carrier_link *l, void *request, const char *why)
{
	l->witness = l->witness == request ? NULL : l->witness;
	submit_unanswered(l->carrier->submit, request, why, session_now(l->session));
}

void carrier_answer_to_nothing(const struct carrier_link *l, const char *command, uint32_t sequence)
{
	log_info(l->carrier->dialect->name, "answer to nothing", "channel=%s command=%s seq=%u", l->carrier->base.channel,
		command, sequence);
}

/* --- in --- */

static void pause_all(struct carrier *c, bool paused)
{
	for (unsigned i = 0; i < c->links; i++)
		if (does(c->link[i], LINK_RECEIVES))
			session_pause(c->link[i]->session, paused);
}

struct carrier_ack *carrier_ack(struct carrier_link *l, uint32_t command, uint32_t sequence, uint32_t settled)
{
	struct carrier *c = l->carrier;
	if (!c->free_acks) {
		struct carrier_ack_block *b = mem_new(struct carrier_ack_block);
		b->next = c->ack_blocks;
		c->ack_blocks = b;
		for (size_t i = 0; i < ACKS_A_BLOCK; i++) {
			b->ack[i].next = c->free_acks;
			c->free_acks = &b->ack[i];
		}
	}
	struct carrier_ack *a = c->free_acks;
	c->free_acks = a->next;
	*a = (struct carrier_ack){ .link = l, .generation = session_generation(l->session), .command = command,
		.sequence = sequence, .settled = settled, .open = true };
	l->takes++;
	if (++c->takes >= CARRIER_TAKES_MAX)
		pause_all(c, true);
	return a;
}

/* An answer was written, or cannot be any more. */
static void answered(struct carrier *c, const struct carrier_ack *a, bool kept)
{
	struct carrier_link *l = a->link;
	if (a->doubted && !kept && !a->expected) { /* what comes will be the first of it */
		(void)doubts_claim(&c->doubts, a->print);
	} else if (!a->doubted && kept) {
		doubts_settle_until(&l->answers, session_heard_at(l->session) - c->settle_ms);
		doubts_add(&l->answers, a->print, session_now(l->session));
	} else if (!a->doubted && a->expected) { /* and is so still */
		doubt(c, a->print);
	}
}

static void taken(struct adapter *adapter, void *at, enum taken how, const struct taken_info *info)
{
	(void)info;
	struct carrier *c = (struct carrier *)adapter;
	struct carrier_ack *a = at;
	bool kept = how != TAKEN_RETRY;
	if (a->refused && kept)
		refused_add(&c->refused, a->print);
	if (a->generation == session_generation(a->link->session)) {
		a->link->takes--;
		c->dialect->respond(a->link, a, kept);
	}
	if (a->nameless)
		answered(c, a, kept);
	a->open = false;
	a->next = c->free_acks;
	c->free_acks = a;
	if (--c->takes <= CARRIER_TAKES_MAX / 2)
		pause_all(c, false);
	maybe_drained(c);
}

bool carrier_owes(struct session *s, void *owner)
{
	const struct carrier_link *l = owner;
	(void)s;
	return l->takes > 0;
}

void carrier_take(struct carrier *c, struct msg_in *m, struct carrier_ack *ack)
{
	m->session_at = c->changed_at;
	m->began_at = c->began_at;
	if (!m->external_id) {
		ack->nameless = true;
		msg_print(m, ack->print);
		doubts_settle_until(&c->doubts, session_now(ack->link->session) - FINGERPRINT_WINDOW_MS);
		m->resent = ack->expected = doubts_claim(&c->doubts, ack->print);
	}
	c->host->take(&c->base, m, taken, ack);
}

void carrier_receipt(struct carrier *c, const struct receipt *r, struct carrier_ack *ack)
{
	c->host->receipt(&c->base, r, taken, ack);
}

void carrier_quarantine(struct carrier *c, const char *reason, const char *peer, const uint8_t *raw, size_t n,
	struct carrier_ack *ack)
{
	c->host->quarantine(&c->base, reason, peer, raw, n, taken, ack);
}

void carrier_refuse(struct carrier *c, const char *reason, const uint8_t *raw, size_t n, size_t header, struct carrier_ack *ack)
{
	refused_print(raw + header, n - header, ack->print);
	if (refused_has(&c->refused, ack->print)) {
		log_info(c->dialect->name, "refused again", "channel=%s reason=%s", c->base.channel, reason);
		taken(&c->base, ack, TAKEN_REFUSED, NULL);
		return;
	}
	ack->refused = true;
	carrier_quarantine(c, reason, "", raw, n, ack);
}

void carrier_on_garbage(struct session *session, void *owner, const char *why, const uint8_t *p, size_t n)
{
	struct carrier_link *l = owner;
	struct carrier *c = l->carrier;
	metric_add(c->malformed, 1);
	log_warn(c->dialect->name, "stream out of step", "channel=%s peer=%s why=%s bytes=%zu", c->base.channel,
		session_peer(session), why, n);
	bool stranger = does(l, LINK_PASSIVE) && !session_was_bound(l->session);
	if (!stranger)
		c->host->quarantine(&c->base, "malformed-pdu", "", p, n, NULL, NULL);
}

/* --- the end --- */

void carrier_on_ended(struct session *s, void *owner)
{
	(void)s;
	struct carrier_link *l = owner;
	struct carrier *c = l->carrier;
	l->ended = true;
	for (unsigned i = 0; i < c->links; i++)
		if (!c->link[i]->ended)
			return;
	if (drain_over(c->drain))
		c->host->drained(&c->base);
}

static void stop(void *owner, bool late)
{
	struct carrier *c = owner;
	if (late)
		log_warn(c->dialect->name, "drained without every answer", "channel=%s takes=%u", c->base.channel, c->takes);
	door_close(&c->door);
	for (unsigned i = 0; i < c->links; i++)
		session_stop(c->link[i]->session);
}

bool carrier_takes_no_more(const struct carrier_link *l)
{
	return drain_begun(l->carrier->drain) || session_is_unbinding(l->session);
}

void carrier_drain(struct adapter *a)
{
	struct carrier *c = (struct carrier *)a;
	if (drain_begun(c->drain))
		return;
	drain_begin(c->drain);
	submit_drain(c->submit);
	maybe_drained(c);
}

/* --- life --- */

void carrier_init(struct carrier *c, const struct adapter_ops *ops, const struct adapter_host *host,
	const struct carrier_dialect *d)
{
	c->base.ops = ops;
	c->host = host;
	c->dialect = d;
	c->hold_min_ms = PACE_HOLD_MIN_MS;
	c->stall_ms = CARRIER_STALL_MS;
	c->settle_ms = DOUBT_SETTLE_MS;
	c->began_at = clock_now();
}

void carrier_add(struct carrier *c, struct carrier_link *l, unsigned roles, const char *host, int port)
{
	must(c->links < CARRIER_LINKS_MAX);
	bool passive = roles & LINK_PASSIVE;
	l->carrier = c;
	l->name = l->name ? l->name : "link";
	l->roles = roles;
	pace_init(&l->hold, 0, (int64_t)uv_now(c->host->loop));
	l->hold.hold_min_ms = c->hold_min_ms;
	l->session = session_create(c->host->loop, passive ? "" : host, port, passive ? &c->passive_config : &c->session_config,
		c->dialect->session, l);
	c->link[c->links++] = l;
}

void carrier_open(struct carrier *c, size_t pdu_max)
{
	uint8_t first_ref;
	unsigned senders = 0;
	for (unsigned i = 0; i < c->links; i++)
		senders += does(c->link[i], LINK_SENDS);
	c->submit_config.messages = c->session_config.window * senders;
	c->submit_config.keep_ms = SUBMIT_KEEP_MS;
	buf_init(&c->text, MSG_TEXT_MAX);
	buf_init(&c->wire, pdu_max);
	crypto_random(&first_ref, 1);
	c->submit = submit_create(&c->submit_config, &submit_ops, c, first_ref, (int64_t)uv_now(c->host->loop));
	c->drain = drain_create(c->host->loop, stop, c);
}

static void on_accept(struct stream *s, void *arg)
{
	struct carrier *c = arg;
	for (unsigned i = 0; i < c->links; i++)
		if (does(c->link[i], LINK_PASSIVE) && session_accept(c->link[i]->session, s))
			return;
	log_warn(c->dialect->name, "link refused", "channel=%s peer=%s why=too many", c->base.channel, stream_peer(s));
	stream_close(s, false);
}

static void on_open(void *arg)
{
	tell(arg);
}

int carrier_listen(struct carrier *c, const struct config_listen *at, struct err *e)
{
	c->door = door_open(c->host->loop, &(struct door_config){ .host = at->host, .port = at->port,
		.most = CARRIER_LINKS_MAX + LISTEN_MORE, .frame_max = c->session_config.frame_max, .name = c->dialect->name,
		.channel = c->base.channel, .patient = c->host->shared, .on_accept = on_accept, .on_open = on_open, .arg = c }, e);
	return c->door ? 0 : e->code;
}

int carrier_start(struct adapter *a, struct err *e)
{
	(void)e;
	struct carrier *c = (struct carrier *)a;
	char label[CARRIER_WORDS_MAX];
	(void)snprintf(label, sizeof label, "channel=\"%s\"", a->channel);
	c->malformed = metric_counter("xinqiao_sms_malformed_total", label, "Data units of a carrier that broke its protocol");
	c->throttled = metric_counter("xinqiao_sms_throttled_total", label, "Parts a carrier answered with: not so fast");
	c->host->state(a, false, "connecting");
	for (unsigned i = 0; i < c->links; i++)
		session_start(c->link[i]->session);
	return 0;
}

int carrier_send(struct adapter *a, const struct msg_out *m)
{
	struct carrier *c = (struct carrier *)a;
	return submit_send(c->submit, m, session_now(c->link[0]->session));
}

bool carrier_sends(const struct adapter *a)
{
	return ((const struct carrier *)a)->can_send;
}

static void free_acks(struct carrier *c)
{
	for (struct carrier_ack_block *b; (b = c->ack_blocks);) {
		c->ack_blocks = b->next;
		free(b);
	}
}

void carrier_destroy(struct adapter **a)
{
	struct carrier *c = (struct carrier *)*a;
	if (!c)
		return;
	*a = NULL;
	drain_forget(c->drain);
	door_close(&c->door);
	submit_destroy(&c->submit);
	for (unsigned i = 0; i < c->links; i++) {
		session_destroy(&c->link[i]->session);
		doubts_fini(&c->link[i]->answers);
		free(c->link[i]);
	}
	drain_destroy(&c->drain);
	doubts_fini(&c->doubts);
	free_acks(c);
	buf_fini(&c->text);
	buf_fini(&c->wire);
	free(c);
}
