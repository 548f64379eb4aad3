#include "gateway/store/erase.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "gateway/model/address.h"
#include "gateway/model/title.h"
#include "gateway/store/chain.h"
#include "gateway/store/conversation_inner.h"
#include "gateway/store/event.h"
#include "gateway/store/files.h"
#include "gateway/store/kept_inner.h"
#include "gateway/store/outbox_inner.h"
#include "gateway/store/raw.h"
#include "gateway/store/search_inner.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/tx.h"

enum { MESSAGES_AT_ONCE = 500 };

struct said {
	uint64_t id;
	const char *subject, *text, *raw_sha256;
	int64_t attachments;
};

static void fill_said(struct row *r, void *out)
{
	struct said *s = out;
	s->id = row_id(r);
	s->subject = row_text(r);
	s->text = row_words(r);
	s->raw_sha256 = row_text(r);
	s->attachments = row_int(r);
}

struct said_there {
	uint64_t ticket;
	const char *subject, *text;
};

static void fill_there(struct row *r, void *out)
{
	struct said_there *s = out;
	s->ticket = row_id(r);
	s->subject = row_text(r);
	s->text = row_words(r);
}

static void fill_name(struct row *r, void *out)
{
	*(const char **)out = row_words(r);
}

int erase_may(struct tx *tx, uint64_t conversation, struct err *e)
{
	int64_t open = 0;
	int rc = tx_one(tx, STMT_erase_open, PARAMS(v_id(conversation)), fill_int, &open);
	if (rc < 0)
		return err_set(e, rc, "it could not be looked up whether anything is open");
	return open ? err_set(e, E_CONFLICT, "a ticket of this citizen is open (close it first), or a message to him is on its way (for seconds)") : 0;
}

/* Between a put and the commit of the row that names it may lie this long. What was put so shortly ago may be about to get
 * a row of somebody else's, unless the row that goes is younger: then it was put for that one. */
enum { UNNAMED_MS = 10 * 60 * 1000 };

static void file_add(struct tx *tx, struct erased *out, uint64_t row, const char *sha256)
{
	int64_t written = id_at(row), settled = tx->now - UNNAMED_MS;
	if ((out->files & (out->files - 1)) == 0) {
		struct blob_gone *grown = arena_alloc(tx->arena, (out->files ? 2 * out->files : 1) * sizeof *grown);
		if (out->files)
			memcpy(grown, out->file, out->files * sizeof *grown);
		out->file = grown;
	}
	out->file[out->files++] = blob_gone(sha256, written > settled ? written : settled);
}

/* Another may have sent the very same file, or the very same mail to another mailbox. */
static int file_free(struct tx *tx, struct erased *out, uint64_t row, const char *sha256)
{
	bool named = true;
	int rc = file_named(tx, sha256, row, &named);
	if (rc == 0 && !named)
		file_add(tx, out, row, sha256);
	return rc;
}

/* The raw form of what has this id: a row, or the file of its hash. */
static int raw_erase(struct tx *tx, uint64_t id, const char *sha256, struct erased *out)
{
	if (!sha256 || !*sha256)
		return 0;
	int rc = raw_drop(tx, id);
	return rc == E_NOTFOUND ? file_free(tx, out, id, sha256) : rc;
}

static int files_of(struct tx *tx, const struct said *m, struct erased *out)
{
	const char **sha256;
	size_t n;
	int rc = tx_all(tx, STMT_erase_files, PARAMS(v_id(m->id)), fill_name, sizeof *sha256, &sha256, &n);
	if (rc == 0)
		rc = tx_exec(tx, STMT_erase_attachments, PARAMS(v_id(m->id)), NULL);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = file_free(tx, out, m->id, sha256[i]);
	return rc;
}

static int message_erase(struct tx *tx, const struct said *m, struct erased *out)
{
	int rc = search_forget(tx, m->id, m->subject, m->text);
	if (rc == 0 && m->attachments)
		rc = files_of(tx, m, out);
	if (rc == 0)
		rc = raw_erase(tx, m->id, m->raw_sha256, out);
	out->messages++;
	return rc < 0 ? rc : tx_exec(tx, STMT_erase_message, PARAMS(v_id(m->id)), NULL);
}

static int messages_erase(struct tx *tx, uint64_t conversation, struct erased *out)
{
	struct said *m;
	size_t n = MESSAGES_AT_ONCE;
	uint64_t after = 0;
	int rc = 0;
	while (rc == 0 && n == MESSAGES_AT_ONCE) {
		rc = tx_all(tx, STMT_erase_said, PARAMS(v_id(conversation), v_id(after), v_int(MESSAGES_AT_ONCE)), fill_said, sizeof *m, &m, &n);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			rc = message_erase(tx, &m[i], out);
			after = m[i].id;
		}
	}
	return rc;
}

/* Of the ticket, 0: of the conversation. With it what waited to be sent ends. */
static int event(struct tx *tx, uint64_t ticket, uint64_t conversation, const char *actor, const char *reason)
{
	size_t unsent;
	int done = outbox_end(tx, conversation, ticket, "the citizen was erased", &unsent);
	if (done < 0)
		return done;
	json_t *o = json_pack("{s:s, s:o}", "reason", reason, "conversation", json_string(arena_printf(tx->arena, "%" PRIu64, conversation)));
	must(o != NULL);
	if (unsent)
		must(json_object_set_new(o, "unsent", json_integer((json_int_t)unsent)) == 0);
	char *text = json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS);
	int rc = event_append(tx, ticket, CHAIN_ERASED, actor, text);
	free(text);
	json_decref(o);
	return rc;
}

/* By its subject, or by its words where they came in a reply. */
static bool named_by(struct tx *tx, const char *title, const struct said_there *m)
{
	const char *newest = ticket_newest(tx->arena, m->text ? m->text : "");
	return strcmp(title, ticket_title(tx->arena, m->subject, newest)) == 0 ||
		strcmp(title, ticket_title(tx->arena, NULL, newest)) == 0;
}

/* Joined ones were merged because the same was said in both: then it is as much the other's title. */
static int title_erase(struct tx *tx, uint64_t conversation, const struct ticket_row *t)
{
	struct said_there *others;
	size_t n;
	int rc = tx_all(tx, STMT_erase_others_said, PARAMS(v_id(t->id), v_id(conversation)), fill_there, sizeof *others,
		&others, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (named_by(tx, t->title, &others[i]))
			return 0;
	return rc < 0 ? rc : tx_exec(tx, STMT_erase_title, PARAMS(v_id(t->id)), NULL);
}

/* Others' tickets that are called by his words, while those are there to be compared. */
static int titles_erase(struct tx *tx, uint64_t conversation)
{
	struct said_there *m;
	size_t n;
	int rc = tx_all(tx, STMT_erase_said_there, PARAMS(v_id(conversation)), fill_there, sizeof *m, &m, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct ticket_row t;
		rc = ticket_get(tx, m[i].ticket, &t);
		if (rc == 0 && t.title && *t.title && named_by(tx, t.title, &m[i]))
			rc = title_erase(tx, conversation, &t);
	}
	return rc;
}

static int tickets_erase(struct tx *tx, uint64_t conversation, const char *actor, const char *reason, struct erased *out)
{
	uint64_t *id;
	size_t n;
	int rc = tx_all(tx, STMT_erase_tickets_of, PARAMS(v_id(conversation)), fill_id, sizeof *id, &id, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct ticket_row t;
		rc = event(tx, id[i], conversation, actor, reason);
		if (rc == 0 && (rc = ticket_get(tx, id[i], &t)) == 0)
			rc = keys_forget(tx, &t);
		if (rc == 0)
			rc = survey_withdraw(tx, id[i]); /* nobody is there to be asked any more */
		if (rc == 0)
			rc = tx_exec(tx, STMT_erase_docket, PARAMS(v_id(id[i])), NULL);
		if (rc == 0)
			rc = tx_exec(tx, STMT_erase_helper, PARAMS(v_id(id[i])), NULL);
	}
	out->tickets = (int64_t)n;
	static const enum stmt said[] = { STMT_erase_tickets, STMT_erase_newest_there };
	for (size_t i = 0; rc == 0 && i < sizeof said / sizeof *said; i++)
		rc = tx_exec(tx, said[i], PARAMS(v_id(conversation)), NULL);
	return rc;
}

/* The line that the channel keeps on who has this address. */
static int note_erase(struct tx *tx, const char *channel, const char *peer)
{
	const char *key;
	int rc = conversation_key(tx, channel, peer, &key);
	return rc < 0 ? rc : tx_exec(tx, STMT_kept_delete, PARAMS(v_text("peer"), v_text(arena_printf(tx->arena, "%s %s", channel, key))), NULL);
}

static int rows_erase(struct tx *tx, const struct conversation_row *c, const char *actor, const char *reason, struct erased *out)
{
	const char *nobody = arena_printf(tx->arena, "erased:%" PRIu64, c->id);
	static const enum stmt of_his[] = { STMT_erase_drafts, STMT_erase_held, STMT_erase_surveys, STMT_erase_outbox };
	int rc = titles_erase(tx, c->id);
	if (rc == 0)
		rc = messages_erase(tx, c->id, out);
	for (size_t i = 0; rc == 0 && i < sizeof of_his / sizeof *of_his; i++)
		rc = tx_exec(tx, of_his[i], PARAMS(v_id(c->id)), NULL);
	if (rc == 0)
		rc = tickets_erase(tx, c->id, actor, reason, out);
	if (rc == 0)
		rc = note_erase(tx, c->channel, c->peer);
	if (rc == 0)
		rc = tx_exec(tx, STMT_erase_conversation, PARAMS(v_id(c->id), v_sealed(tx, FIELD_CONVERSATION_PEER, c->id, nobody),
			v_text(blind_now(tx, nobody)), v_int(tx->now)), NULL);
	return rc < 0 ? rc : event(tx, 0, c->id, actor, reason);
}

int erase_conversation(struct tx *tx, uint64_t conversation, const char *actor, const char *reason, struct erased *out, struct err *e)
{
	struct conversation_row c;
	*out = (struct erased){ 0 };
	int rc = conversation_get(tx, conversation, &c);
	if (rc < 0)
		return err_set(e, rc, "there is no such conversation");
	if ((rc = erase_may(tx, conversation, e)) < 0)
		return rc;
	rc = rows_erase(tx, &c, actor, reason, out);
	return rc < 0 ? err_set(e, rc, "it could not be erased (%s)", err_name(rc)) : 0;
}

int erase_due(struct tx *tx, int64_t before, uint64_t after, unsigned limit, uint64_t **ids, size_t *n)
{
	return tx_all(tx, STMT_erase_due, PARAMS(v_int(before), v_int(limit), v_id(after)), fill_id, sizeof **ids, ids, n);
}

/* --- kept aside --- */

struct aside {
	uint64_t id;
	const char *peer;
};

static void fill_aside(struct row *r, void *out)
{
	struct aside *q = out;
	q->id = row_id(r);
	q->peer = row_sealed(r, FIELD_QUARANTINE_PEER, q->id);
}

/* What could not be read stands there under the address as it came. */
static bool is_of(const char *aside, const char *peer)
{
	char form[MSG_PEER_MAX];
	return strcmp(aside, peer) == 0 || (address_phone(aside, form) && strcmp(form, peer) == 0) ||
		(address_email(aside, form) && strcmp(form, peer) == 0);
}

/* It goes whole: it became nothing. */
static int aside_erase(struct tx *tx, uint64_t id, struct erased *out)
{
	const char *sha256;
	int rc = tx_one(tx, STMT_erase_aside_raw, PARAMS(v_id(id)), fill_name, &sha256);
	if (rc == 0)
		rc = raw_erase(tx, id, sha256, out);
	out->aside++;
	return rc < 0 ? rc : tx_exec(tx, STMT_erase_quarantine, PARAMS(v_id(id)), NULL);
}

int erase_aside(struct tx *tx, const char *channel, const char *peer, uint64_t after, unsigned limit, uint64_t *next, struct erased *out)
{
	struct aside *q;
	size_t n;
	*out = (struct erased){ 0 };
	*next = 0;
	if (*peer == '\0') /* nobody's: of whom it is was not to be read */
		return 0;
	int rc = note_erase(tx, channel, peer);
	if (rc == 0)
		rc = tx_all(tx, STMT_erase_aside, PARAMS(v_text(channel), v_id(after), v_int(limit)), fill_aside, sizeof *q, &q, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (is_of(q[i].peer, peer))
			rc = aside_erase(tx, q[i].id, out);
	if (rc == 0 && n == limit)
		*next = q[n - 1].id;
	return rc;
}

int erase_aside_old(struct tx *tx, int64_t before, unsigned limit, struct erased *out)
{
	uint64_t *id;
	size_t n;
	*out = (struct erased){ 0 };
	int rc = tx_all(tx, STMT_erase_aside_old, PARAMS(v_id(id_floor(before)), v_int(limit)), fill_id, sizeof *id, &id, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = aside_erase(tx, id[i], out);
	return rc;
}
