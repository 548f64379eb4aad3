#include "gateway/flow/phone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/flow/citizen.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/paces.h"
#include "gateway/flow/say.h"
#include "gateway/model/address.h"
#include "gateway/store/merge.h"
#include "gateway/store/message.h"
#include "gateway/store/pace.h"
#include "gateway/store/phone.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

struct phone {
	struct tx *tx;
	const struct catalog *catalog;
	const struct flow_words *words;
	const struct phone_job *job;
	struct phone_answer *answer;
};

/* What it is called in places where it need not be read. */
static const char *mark(const struct phone *p, const char *what, const char *words)
{
	return paces_mark(p->tx, p->words->secret, arena_printf(tx_arena(p->tx), "%s %s", what, words));
}

/* --- how often --- */

enum whose { NUMBERS, ASKERS, NETWORKS, EVERYBODYS };
static const struct { enum whose whose; unsigned burst, window_ms; } paces[] = {
	{ NUMBERS, 1, MINUTE }, { NUMBERS, 5, DAY },
	{ ASKERS, 1, MINUTE }, { ASKERS, 8, DAY },
	{ NETWORKS, 20, HOUR }, { NETWORKS, 100, DAY },
	{ EVERYBODYS, 600, HOUR },
};
enum { PACES = sizeof paces / sizeof *paces };

static const char *pace_name(const struct phone *p, size_t i, const char *number)
{
	const char *who[] = { number, p->job->ask.peer, p->job->ask.from ? p->job->ask.from : "", "" };
	return arena_printf(tx_arena(p->tx), "phone %zu %s", i, mark(p, "pace", who[paces[i].whose]));
}

/* Counts one code more where all of them have room; else *wait says how long none has. */
static int pace_all(const struct phone *p, const char *number, unsigned *wait)
{
	struct paced paced[PACES];
	for (size_t i = 0; i < PACES; i++)
		paced[i] = (struct paced){ .name = pace_name(p, i, number), .burst = paces[i].burst, .window_ms = paces[i].window_ms };
	int rc = paces_look(p->tx, paced, PACES, wait);
	return rc == 0 && !*wait ? paces_count(p->tx, paced, PACES) : rc;
}

/* --- the code --- */

static const char *code_hash(const struct phone *p, uint64_t conversation, const char *code)
{
	return mark(p, "phone-code", arena_printf(tx_arena(p->tx), "%s %s %" PRIu64 " %s", p->job->channel, p->job->ask.peer,
		conversation, code));
}

/* It is over: nobody reads its digits any more, not even among our own messages. */
static int code_end(struct tx *tx, const struct phone_code *c)
{
	struct message_row m;
	char code[TICKET_CODE_LEN + 1];
	int rc = message_get(tx, c->message, &m);
	if (rc == 0 && ticket_code_find(m.text, code)) {
		char *text = arena_strdup(tx_arena(tx), m.text);
		memset(strstr(text, code), '*', TICKET_CODE_LEN);
		rc = message_reword(tx, &m, text);
	}
	return rc < 0 && rc != E_NOTFOUND ? rc : phone_code_drop(tx, c);
}

/* Mobile numbers of the mainland: what a city's carriers deliver to, and what no tariff makes dear. */
static bool mobile_number(const char *typed, char number[MSG_PEER_MAX])
{
	return strlen(typed) < MSG_PEER_MAX && address_phone(typed, number) && strncmp(number, "+861", 4) == 0 && strlen(number) == 14;
}

static int send_code(const struct phone *p, const struct channel_trait *sms, const char *number)
{
	struct conversation_row conv;
	struct message_row m;
	struct phone_code old;
	char code[PHONE_CODE_LEN + 1];
	(void)snprintf(code, sizeof code, "%06" PRIu64, p->job->random % 1000000u);
	int rc = conversation_find(p->tx, sms->name, number, &conv);
	if (rc == E_NOTFOUND)
		rc = conversation_begin(p->tx, sms, number, p->job->ask.language, &conv);
	conv.language = p->job->ask.language; /* he reads it now, beside a page in this language */
	struct render_args args = { .code = code };
	if (rc < 0 || (rc = say_to(p->tx, p->catalog, p->words, &conv, NULL, &(struct say){ .event = "phone-code", .args = &args,
		.from = FROM_SYSTEM, .life_ms = PHONE_CODE_MS }, &m)) < 0)
		return rc;
	rc = phone_code_get(p->tx, p->job->channel, p->job->ask.peer, &old);
	if (rc == 0)
		rc = code_end(p->tx, &old);
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	return phone_code_put(p->tx, &(struct phone_code){ .channel = p->job->channel, .peer = p->job->ask.peer,
		.conversation = conv.id, .hash = code_hash(p, conv.id, code), .message = m.id, .expires_at = tx_now(p->tx) + PHONE_CODE_MS });
}

static int ask(const struct phone *p, const struct channel_trait *sms)
{
	char number[MSG_PEER_MAX];
	if (!mobile_number(p->job->ask.number, number)) {
		p->answer->said = PHONE_INVALID;
		return 0;
	}
	address_mask(number, p->answer->number);
	int rc = pace_all(p, number, &p->answer->retry_ms);
	p->answer->said = p->answer->retry_ms ? PHONE_WAIT : PHONE_SENT;
	return rc < 0 || p->answer->retry_ms ? rc : send_code(p, sms, number);
}

/* --- the proof --- */

/* Staff read on the ticket in hand how they came to be one citizen. */
static int note_on_newest(const struct phone *p, uint64_t conversation)
{
	struct ticket_row *t;
	size_t n;
	int rc = ticket_list_conversation(p->tx, conversation, 0, 1, &t, &n);
	if (rc < 0 || n == 0)
		return rc;
	return tell_event(p->tx, t->id, "phone-proven", "citizen", json_pack("{s:s, s:s}", "channel", p->job->channel, "note",
		p->answer->number));
}

/* What the number wrote by text message is the same citizen's, over whichever carrier it came. */
static int join_texts(const struct phone *p, const struct conversation_row *chat, const char *number)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < p->words->traits; i++) {
		struct conversation_row c;
		if (strcmp(p->words->trait[i].caps.kind, "sms") != 0)
			continue;
		rc = conversation_find(p->tx, p->words->trait[i].name, number, &c);
		if (rc == E_NOTFOUND) {
			rc = 0;
			continue;
		}
		c.verified = true;
		if (rc < 0 || (rc = conversation_update(p->tx, &c)) < 0 || (rc = conversation_phone(p->tx, c.id, mark(p, "phone", number))) < 0 ||
			(rc = citizen_unite(p->tx, c.id, chat->id)) < 0)
			return rc;
		rc = note_on_newest(p, c.id);
	}
	return rc;
}

static int proven(const struct phone *p, const char *number)
{
	struct conversation_row chat;
	struct message_row m;
	const struct channel_trait *trait = flow_trait(p->words, p->job->channel);
	int rc = conversation_find(p->tx, trait->name, p->job->ask.peer, &chat);
	if (rc == E_NOTFOUND)
		rc = conversation_begin(p->tx, trait, p->job->ask.peer, p->job->ask.language, &chat);
	if (rc < 0 || (rc = conversation_phone(p->tx, chat.id, mark(p, "phone", number))) < 0 || (rc = join_texts(p, &chat, number)) < 0 ||
		(rc = note_on_newest(p, chat.id)) < 0)
		return rc;
	chat.language = p->job->ask.language;
	struct render_args args = { .phone = p->answer->number };
	return say_to(p->tx, p->catalog, p->words, &chat, NULL, &(struct say){ .event = "phone-proven", .args = &args,
		.from = FROM_SYSTEM }, &m);
}

static int check(const struct phone *p)
{
	char given[TICKET_CODE_LEN + 1];
	struct phone_code code;
	struct conversation_row texts;
	int rc = phone_code_get(p->tx, p->job->channel, p->job->ask.peer, &code);
	bool live = rc == 0 && code.expires_at > tx_now(p->tx) && code.tries < PHONE_TRIES;
	p->answer->said = PHONE_OVER;
	if (!live)
		return rc == E_NOTFOUND ? 0 : rc;
	if (!ticket_code_find(p->job->ask.code, given))
		(void)snprintf(given, sizeof given, "-");
	const char *hash = code_hash(p, code.conversation, given);
	if (strlen(code.hash) != strlen(hash) || !crypto_equal(hash, code.hash, strlen(hash))) {
		p->answer->said = code.tries + 1 < PHONE_TRIES ? PHONE_WRONG : PHONE_OVER;
		return phone_code_tried(p->tx, &code);
	}
	if ((rc = conversation_get(p->tx, code.conversation, &texts)) < 0)
		return rc;
	address_mask(texts.peer, p->answer->number);
	p->answer->said = PHONE_PROVEN;
	rc = proven(p, texts.peer);
	return rc < 0 ? rc : code_end(p->tx, &code);
}

int phone_step(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct phone_job *job,
	struct phone_answer *answer, struct err *e)
{
	struct phone p = { tx, c, w, job, answer };
	const struct channel_trait *sms = w->phone_channel ? flow_trait(w, w->phone_channel) : NULL;
	*answer = (struct phone_answer){ .said = PHONE_FAILED };
	if (sms == NULL)
		return err_set(e, E_NOTFOUND, "no channel is configured that sends codes to mobile numbers");
	int rc = job->ask.number ? ask(&p, sms) : check(&p);
	return rc < 0 ? err_set(e, rc, "the code could not be %s (%s)", job->ask.number ? "sent" : "checked", err_name(rc)) : 0;
}

int phone_forget(struct tx *tx)
{
	enum { AT_ONCE = 200 };
	struct phone_code *c;
	size_t n;
	int rc = phone_code_over(tx, tx_now(tx), AT_ONCE, &c, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = code_end(tx, &c[i]);
	return rc < 0 ? rc : pace_drop(tx, tx_now(tx));
}

/* --- what is his --- */

int phone_tickets(struct tx *tx, const struct conversation_row *conv, struct ticket_row row[PHONE_LIST], size_t *n)
{
	enum { LOOKED_AT = 64 };
	uint64_t citizen = 0, *id;
	size_t ids = 0, all = 0;
	struct ticket_row *found = arena_alloc(tx_arena(tx), LOOKED_AT * PHONE_LIST * sizeof *found);
	*n = 0;
	int rc = conv->phone && *conv->phone ? conversation_citizen(tx, conv->id, &citizen) : 0;
	if (rc == 0 && citizen != 0)
		rc = citizen_conversations(tx, citizen, LOOKED_AT, &id, &ids);
	for (size_t i = 0; rc == 0 && i < ids; i++) {
		struct conversation_row c;
		struct ticket_row *t = NULL;
		size_t some = 0;
		/* Others that staff joined are one citizen for the desk; to read them takes the proof. */
		if ((rc = conversation_get(tx, id[i], &c)) < 0 || strcmp(c.phone, conv->phone) != 0)
			continue;
		rc = ticket_list_conversation(tx, c.id, 0, PHONE_LIST, &t, &some);
		for (size_t k = 0; k < some; k++)
			found[all++] = t[k];
	}
	qsort(found, all, sizeof *found, ticket_newest_first);
	for (*n = 0; *n < all && *n < PHONE_LIST; ++*n)
		row[*n] = found[*n];
	return rc;
}

/* --- the loop's side --- */

struct asked {
	struct lane *lane;
	struct arena *arena;
	struct catalog *catalog;
	struct phone_job job;
	struct phone_answer answer;
	phone_f *done;
	void *arg;
};

static int asked_run(struct tx *tx, void *arg, struct err *e)
{
	struct asked *a = arg;
	return phone_step(tx, a->catalog, &a->lane->flow->words, &a->job, &a->answer, e);
}

static void asked_done(void *arg, int rc, const struct err *e)
{
	struct asked *a = arg;
	struct lane *l = a->lane;
	if (rc < 0) {
		log_error(l->channel.name, "mobile number not proven", "reason=%s", e->words);
		a->answer = (struct phone_answer){ .said = PHONE_FAILED };
	}
	if (a->answer.said == PHONE_WAIT || a->answer.said == PHONE_OVER)
		log_info(l->channel.name, a->answer.said == PHONE_WAIT ? "no code sent: too many" : "a code was over", "from=%s",
			a->job.ask.from);
	a->done(l->channel.adapter, a->arg, &a->answer);
	catalog_unref(&a->catalog);
	host_over(l, a->arena, rc, NULL, NULL);
}

void phone_take(struct adapter *adapter, const struct phone_ask *ask, phone_f *done, void *arg)
{
	struct lane *l = adapter->host_data;
	struct arena *arena = arena_create(512);
	struct asked *a = arena_alloc(arena, sizeof *a);
	*a = (struct asked){ .lane = l, .arena = arena, .catalog = catalog_ref(l->flow->catalog), .done = done, .arg = arg };
	a->job = (struct phone_job){ .channel = l->channel.name, .ask = { arena_strdup(arena, ask->peer),
		arena_strdup(arena, ask->language), arena_strdup(arena, ask->from), arena_strdup(arena, ask->number),
		arena_strdup(arena, ask->code) } };
	crypto_random(&a->job.random, sizeof a->job.random);
	l->taking++;
	lane_write(l, asked_run, asked_done, a);
}
