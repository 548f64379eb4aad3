#include "gateway/store/message.h"

#include <inttypes.h>

#include "gateway/store/attachment_inner.h"
#include "gateway/store/chain.h"
#include "gateway/store/change.h"
#include "gateway/store/event.h"
#include "gateway/store/message_inner.h"
#include "gateway/store/raw.h"
#include "gateway/store/tx.h"

_Static_assert(FROM_CITIZEN == 0 && FROM_STAFF == 1 && FROM_SYSTEM == 2 && FROM_NOTE == 3,
	"statements.def knows these numbers");

enum cover_of message_cover(unsigned from)
{
	return from == FROM_CITIZEN ? COVER_THEIRS : from == FROM_SYSTEM ? COVER_OURS : COVER_ELSE;
}

const char *message_from_name(enum message_from f)
{
	static const char *const name[] = { "citizen", "staff", "system", "note" };
	must(f <= FROM_NOTE);
	return name[f];
}

void fill_message(struct row *r, void *out)
{
	struct message_row *m = out;
	*m = (struct message_row){ .id = row_id(r) };
	m->conversation = row_id(r);
	m->ticket = row_id(r);
	m->seq = row_int(r);
	m->from = row_uint(r);
	m->survey = row_id(r);
	m->at = row_int(r);
	m->sent_at = row_int(r);
	m->attachments = (size_t)row_int(r); /* read later, if any */
	m->author = m->from == FROM_CITIZEN ? row_sealed(r, FIELD_MESSAGE_AUTHOR, m->id) : row_words(r);
	m->event = row_words(r);
	m->subject = row_text(r);
	m->external_id = row_sealed_text(r, FIELD_MESSAGE_ID, m->id);
	m->raw_sha256 = row_text(r);
	m->text = row_words(r);
	m->quoted = row_text(r);
	/* Without an outbox row the error is NULL, and the state would read as 0. */
	int64_t state = row_int(r);
	m->out_error = row_text(r);
	m->out_state = m->out_error ? (int)state : -1;
}

/* --- its files --- */

const struct msg_attachment *message_files(struct tx *tx, const struct message_row *m)
{
	struct msg_attachment *a = arena_alloc(tx->arena, (m->attachments + 1) * sizeof *a);
	for (size_t i = 0; i < m->attachments; i++)
		a[i] = (struct msg_attachment){ m->attachment[i].name, m->attachment[i].type, m->attachment[i].sha256,
			m->attachment[i].size };
	return a;
}

static int attachments_insert(struct tx *tx, struct message_row *m)
{
	for (size_t i = 0; i < m->attachments; i++) {
		int rc = attachment_insert(tx, &m->attachment[i], m->id, m->ticket);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* --- a place in the conversation --- */

static int known_seq(struct tx *tx, uint64_t conversation, int64_t *seq)
{
	*seq = tx->last.seq;
	if (tx->last.id == conversation)
		return 0;
	return tx_one(tx, STMT_conversation_seq, PARAMS(v_id(conversation)), fill_int, seq);
}

/* The next number, without gaps. When another node took it first the row has changed: look again. */
static int take_seq(struct tx *tx, struct message_row *m)
{
	for (;;) {
		int64_t seq, changed = 0;
		int rc = known_seq(tx, m->conversation, &seq);
		if (rc == E_NOTFOUND)
			return tx_refuse(tx, rc, "no such conversation");
		if (rc == 0)
			rc = tx_exec(tx, STMT_conversation_advance, PARAMS(v_id(m->conversation), v_int(seq + 1), v_int(m->at)), &changed);
		if (rc < 0)
			return rc;
		if (changed) {
			m->seq = tx->last.seq = seq + 1;
			tx->last.id = m->conversation;
			return 0;
		}
		tx->last.id = 0;
	}
}

static struct db_value v_author(struct tx *tx, const struct message_row *m)
{
	return m->from == FROM_CITIZEN ? v_sealed(tx, FIELD_MESSAGE_AUTHOR, m->id, m->author ? m->author : "") : v_words(m->author);
}

/* What it says, into the chain of what this node has said. */
static void message_chain(struct tx *tx, const struct message_row *m, uint8_t salt[SALT_LEN], uint8_t digest[SHA256_LEN])
{
	struct chain_message c;
	chain_message_of(tx->arena, m, &c);
	session_salt(tx->session, salt);
	chain_digest(tx->arena, salt, &c, digest);
	chain_link(tx->arena, &c, digest, tx->session->head.said);
}

int message_insert(struct tx *tx, struct message_row *m, const struct ticket_row *ticket)
{
	uint8_t salt[SALT_LEN], digest[SHA256_LEN];
	m->seq = 0;
	int rc = m->from == FROM_NOTE ? 0 : take_seq(tx, m);
	if (rc < 0)
		return rc;
	m->id = tx_id(tx);
	m->external_id = m->external_id ? unmarked(m->external_id) : NULL; /* as the chain has it */
	message_chain(tx, m, salt, digest);
	rc = tx_exec(tx, STMT_message_insert, PARAMS(v_id(m->id), v_id(m->conversation), v_id(m->ticket), v_int(m->seq),
		v_int(m->from), v_id(m->survey), v_int(m->at), v_int(m->sent_at), v_int((int64_t)m->attachments), v_author(tx, m),
		v_words(m->event), v_text(m->subject), v_sealed(tx, FIELD_MESSAGE_ID, m->id, m->external_id), v_text(m->raw_sha256), v_words(m->text),
		v_text(m->quoted), v_blob(salt, sizeof salt), v_blob(digest, sizeof digest),
		v_text(m->once ? blind_now(tx, m->once) : NULL)), NULL);
	if (rc == 0)
		rc = attachments_insert(tx, m);
	if (rc == 0 && m->raw)
		rc = raw_keep(tx, m->id, m->raw, m->raw_n);
	if (rc == 0)
		change_message(tx, m, ticket);
	return rc;
}

static void fill_salt(struct row *r, void *out)
{
	size_t n;
	const void *salt = row_blob(r, &n);
	*(const void **)out = n == SALT_LEN ? salt : NULL;
}

/* Its place in the chain stays; that it now reads otherwise, and how, is an event. */
int message_reword(struct tx *tx, struct message_row *m, const char *text)
{
	const uint8_t *salt = NULL;
	uint8_t digest[SHA256_LEN];
	char hex[HEX_SHA256];
	struct chain_message c;
	m->text = text;
	int rc = tx_exec(tx, STMT_message_reword, PARAMS(v_id(m->id), v_words(text)), NULL);
	if (rc == 0)
		rc = tx_one(tx, STMT_message_salt, PARAMS(v_id(m->id)), fill_salt, &salt);
	if (rc < 0 || !salt) /* it has no digest: from before there were any */
		return rc;
	chain_message_of(tx->arena, m, &c);
	chain_digest(tx->arena, salt, &c, digest);
	return event_append(tx, m->ticket, CHAIN_REWORDED, "system", arena_printf(tx->arena, "{\"digest\":\"%s\",\"message\":\"%" PRIu64 "\"}",
		crypto_hex(digest, sizeof digest, hex), m->id));
}

/* --- reading --- */

int message_get(struct tx *tx, uint64_t id, struct message_row *m)
{
	int rc = tx_one(tx, STMT_message_get, PARAMS(v_id(id)), fill_message, m);
	return rc < 0 ? rc : message_attachments(tx, m, 1);
}

int message_said(struct tx *tx, const struct ticket_row *t, int64_t *seq)
{
	return tx_one(tx, STMT_message_said, PARAMS(v_id(t->id), v_id(t->conversation)), fill_int, seq);
}

int message_list_ticket(struct tx *tx, uint64_t ticket, struct message_row **rows, size_t *n)
{
	int rc = tx_all(tx, STMT_message_list_ticket, PARAMS(v_id(ticket)), fill_message, sizeof **rows, rows, n);
	return rc < 0 ? rc : message_attachments(tx, *rows, *n);
}

struct numbered {
	struct message_row message;
	const char *number;
};

static void fill_numbered(struct row *r, void *out)
{
	struct numbered *m = out;
	fill_message(r, &m->message);
	m->number = row_text(r);
}

int message_list_conversation(struct tx *tx, uint64_t conversation, int64_t after_seq, unsigned limit,
	struct message_row **rows, const char ***ticket_number, size_t *n)
{
	struct numbered *m;
	int rc = tx_all(tx, STMT_message_list_conversation, PARAMS(v_id(conversation), v_int(after_seq), v_int(limit)),
		fill_numbered, sizeof *m, &m, n);
	if (rc < 0)
		return rc;
	*rows = arena_alloc(tx->arena, *n * sizeof **rows);
	*ticket_number = arena_alloc(tx->arena, *n * sizeof **ticket_number);
	for (size_t i = 0; i < *n; i++) {
		(*rows)[i] = m[i].message;
		(*ticket_number)[i] = m[i].number;
	}
	return message_attachments(tx, *rows, *n);
}
