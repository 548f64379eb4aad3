/* What an adapter may ask besides taking and sending: receipts, history, cursors, its state. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/say.h"
#include "gateway/flow/standing.h"
#include "gateway/model/address.h"
#include "gateway/store/conversation.h"
#include "gateway/store/kept.h"
#include "gateway/store/message.h"
#include "gateway/store/receipt.h"
#include "gateway/store/survey.h"

/* --- receipts --- */

struct receipt_job { struct lane *lane; struct arena *arena; struct receipt r; taken_f *done; void *ack; };

/* A provider says that its user does not want our message: staff read it on the ticket. */
static int complaint_note(struct tx *tx, const char *channel, const struct receipt *r)
{
	struct message_row m;
	uint64_t id;
	int rc = outbox_of_id(tx, channel, r->external_id, &id);
	if (rc < 0 || (rc = message_get(tx, id, &m)) < 0 || m.ticket == 0)
		return rc == E_NOTFOUND ? 0 : rc;
	return tell_event(tx, m.ticket, "complaint", "citizen", json_pack("{s:s, s:s}", "kind", r->complaint, "message",
		tell_id(tx, id)));
}

static int receipt_run(struct tx *tx, void *arg, struct err *e)
{
	struct receipt_job *j = arg;
	int rc = outbox_receipt(tx, j->lane->channel.name, &j->r);
	if (rc == 0 && j->r.complaint != NULL)
		rc = complaint_note(tx, j->lane->channel.name, &j->r);
	return rc < 0 && rc != E_NOTFOUND ? err_set(e, rc, "a receipt could not be stored") : 0;
}

void host_over(struct lane *l, struct arena *a, int rc, taken_f *done, void *ack)
{
	struct taken_info info = { 0 };
	if (done != NULL)
		done(l->channel.adapter, ack, rc < 0 ? TAKEN_RETRY : TAKEN_STORED, &info);
	l->taking--;
	struct flow *f = l->flow;
	arena_destroy(&a);
	flow_drain_check(f);
}

static void receipt_done(void *arg, int rc, const struct err *e)
{
	struct receipt_job *j = arg;
	struct lane *l = j->lane;
	if (rc < 0)
		log_error(l->channel.name, "receipt pushed back", "reason=%s", e->words);
	host_over(l, j->arena, rc, j->done, j->ack);
}

static void host_receipt(struct adapter *a, const struct receipt *r, taken_f *done, void *ack)
{
	struct lane *l = a->host_data;
	struct arena *arena = arena_create(512);
	struct receipt_job *j = arena_alloc(arena, sizeof *j);
	*j = (struct receipt_job){ .lane = l, .arena = arena, .r = *r, .done = done, .ack = ack };
	j->r.external_id = arena_strdup(arena, r->external_id);
	j->r.peer = arena_strdup(arena, r->peer);
	j->r.reason = address_mask_words(arena, r->reason, r->peer);
	j->r.complaint = arena_strdup(arena, r->complaint);
	l->taking++;
	lane_write(l, receipt_run, receipt_done, j);
}

/* --- history --- */

struct history_job {
	struct lane *lane;
	char *peer;
	int64_t after;
	unsigned limit;
	history_f *done;
	void *arg;
	struct history_item *item;
	size_t n;
	bool more;
};

static int history_run(struct tx *tx, void *arg, struct err *e)
{
	struct history_job *j = arg;
	struct conversation_row c;
	int rc = conversation_find(tx, j->lane->channel.name, j->peer, &c);
	if (rc == E_NOTFOUND)
		return 0;
	struct message_row *m;
	const char **number;
	size_t n;
	if (rc < 0 || (rc = message_list_conversation(tx, c.id, j->after, j->limit + 1, &m, &number, &n)) < 0)
		return err_set(e, rc, "the conversation could not be read");
	j->more = n > j->limit;
	j->n = j->more ? j->limit : n;
	j->item = arena_alloc(tx_arena(tx), (j->n + 1) * sizeof *j->item);
	for (size_t i = 0; i < j->n; i++) {
		struct history_item *h = &j->item[i];
		h->seq = m[i].seq;
		h->from = m[i].from == FROM_CITIZEN ? HISTORY_CITIZEN : m[i].from == FROM_STAFF ? HISTORY_STAFF : HISTORY_SYSTEM;
		h->author = m[i].author;
		h->text = m[i].text;
		h->external_id = m[i].external_id;
		h->ticket = number[i];
		h->at = m[i].at;
		h->attachment = message_files(tx, &m[i]);
		h->attachment_count = m[i].attachments;
		if (m[i].survey == 0)
			continue;
		struct survey_row s;
		if ((rc = survey_get(tx, m[i].survey, &s)) < 0)
			return err_set(e, rc, "a survey could not be read");
		h->kind = OUT_SURVEY;
		h->survey = s.token;
		h->survey_open = s.state <= SURVEY_ASKED && s.expires_at > tx_now(tx);
	}
	return 0;
}

static void history_done(void *arg, int rc, const struct err *e)
{
	struct history_job *j = arg;
	if (rc < 0)
		log_error(j->lane->channel.name, "history not read", "reason=%s", e->words);
	j->done(j->lane->channel.adapter, j->arg, rc, j->item, rc < 0 ? 0 : j->n, j->more);
	j->lane->taking--;
	flow_drain_check(j->lane->flow);
	free(j->peer);
	free(j);
}

static void host_history(struct adapter *a, const char *peer, int64_t after, unsigned limit, history_f *done, void *arg)
{
	struct lane *l = a->host_data;
	struct history_job *j = mem_new(struct history_job);
	*j = (struct history_job){ .lane = l, .peer = mem_strdup(peer), .after = after, .limit = limit, .done = done,
		.arg = arg };
	l->taking++;
	lane_read(l, history_run, history_done, j);
}

/* --- cursors --- */

struct cursor_job { struct lane *lane; char *key; const char *value;
	void (*done)(struct adapter *, void *, int, const char *); void *arg; };

static int cursor_run(struct tx *tx, void *arg, struct err *e)
{
	struct cursor_job *j = arg;
	int rc = kept_get(tx, "cursor", j->key, &j->value);
	if (rc == E_NOTFOUND)
		j->value = "";
	return rc < 0 && rc != E_NOTFOUND ? err_set(e, rc, "the cursor could not be read") : 0;
}

static void cursor_done(void *arg, int rc, const struct err *e)
{
	struct cursor_job *j = arg;
	if (rc < 0)
		log_error(j->lane->channel.name, "cursor not read", "reason=%s", e->words);
	j->done(j->lane->channel.adapter, j->arg, rc, rc < 0 ? "" : j->value);
	j->lane->taking--;
	flow_drain_check(j->lane->flow);
	free(j->key);
	free(j);
}

static void host_cursor(struct adapter *a, const char *key, void (*done)(struct adapter *, void *, int, const char *),
	void *arg)
{
	struct lane *l = a->host_data;
	struct cursor_job *j = mem_new(struct cursor_job);
	*j = (struct cursor_job){ .lane = l, .key = mem_printf("%s %s", l->channel.name, key), .done = done, .arg = arg };
	l->taking++;
	lane_write(l, cursor_run, cursor_done, j);
}

/* --- what only one gateway may do --- */

struct once { struct lane *lane; void (*told)(struct adapter *, bool ours); };

static void once_told(void *arg, bool ours)
{
	struct once *d = arg;
	if (!d->lane->flow->draining)
		d->told(d->lane->channel.adapter, ours);
}

static void host_duty(struct adapter *a, const char *what, void (*told)(struct adapter *, bool ours))
{
	struct lane *l = a->host_data;
	struct once *d = arena_alloc(l->flow->duties, sizeof *d);
	*d = (struct once){ l, told };
	char *name = mem_printf("%s %s", l->channel.name, what);
	store_duty(l->flow->set.store, name, once_told, d);
	free(name);
}

/* --- what is no message --- */

struct memo_job { struct lane *lane; struct arena *arena; struct memo memo; taken_f *done; void *ack; };

static int memo_run(struct tx *tx, void *arg, struct err *e)
{
	struct memo_job *j = arg;
	const char *channel = j->lane->channel.name;
	const struct memo *m = &j->memo;
	int rc = 0;
	if (m->note != NULL)
		rc = standing_note(tx, flow_trait(&j->lane->flow->words, channel), m->peer, m->note, true);
	if (rc == 0 && m->cursor_key != NULL)
		rc = kept_put(tx, "cursor", arena_printf(tx_arena(tx), "%s %s", channel, m->cursor_key), m->cursor_value);
	return rc < 0 ? err_set(e, rc, "what the channel wants remembered could not be stored") : 0;
}

static void memo_done(void *arg, int rc, const struct err *e)
{
	struct memo_job *j = arg;
	struct lane *l = j->lane;
	if (rc < 0)
		log_error(l->channel.name, "not remembered", "reason=%s", e->words);
	else
		outbox_kick(l);
	host_over(l, j->arena, rc, j->done, j->ack);
}

static void host_remember(struct adapter *a, const struct memo *m, taken_f *done, void *ack)
{
	struct lane *l = a->host_data;
	struct arena *arena = arena_create(512);
	struct memo_job *j = arena_alloc(arena, sizeof *j);
	*j = (struct memo_job){ .lane = l, .arena = arena, .done = done, .ack = ack, .memo = {
		.peer = arena_strdup(arena, m->peer), .note = arena_strdup(arena, m->note),
		.cursor_key = arena_strdup(arena, m->cursor_key), .cursor_value = arena_strdup(arena, m->cursor_value) } };
	l->taking++;
	lane_write(l, memo_run, memo_done, j);
}

/* --- signals and state --- */

static void host_signal(struct adapter *a, const struct signal *s)
{
	struct lane *l = a->host_data;
	flow_signal_in(l->flow, l->channel.name, s);
}

static void host_state(struct adapter *a, bool up, const char *words)
{
	struct lane *l = a->host_data;
	if (words == NULL)
		words = "";
	if (l->channel.up != up || strcmp(l->channel.words, words) != 0)
		log_event(up ? LOG_INFO : LOG_WARN, l->channel.name, up ? "channel up" : "channel down", "reason=%s", words);
	if (l->channel.up != up)
		l->channel.since = clock_now();
	l->channel.up = up;
	(void)snprintf(l->channel.words, sizeof l->channel.words, "%s", words);
	lane_up(l);
	outbox_kick(l);
}

static void host_drained(struct adapter *a)
{
	struct lane *l = a->host_data;
	l->channel.drained = true;
	flow_drain_check(l->flow);
}

void host_init(struct flow *f)
{
	f->host = (struct adapter_host){
		.loop = f->set.loop, .http = f->set.http, .fetch = f->set.fetch, .blobs = f->set.blobs, .secret = f->set.secret,
		.public_url = f->set.public_url, .hotline = f->set.hotline, .language = f->set.language, .www = f->set.www,
		.shared = store_shared(f->set.store),
		.take = intake_take, .receipt = host_receipt, .sent = outbox_sent, .ready = outbox_ready, .back = outbox_back,
		.signal = host_signal, .history = host_history, .quarantine = intake_quarantine, .cursor = host_cursor, .duty = host_duty,
		.remember = host_remember, .uploaded = upload_keep, .file = upload_ask, .phone = phone_take, .phones = f->set.phone_channel != NULL, .state = host_state, .drained = host_drained,
	};
}
