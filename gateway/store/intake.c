#include "gateway/store/intake.h"

#include "gateway/store/ids.h"
#include "gateway/store/tx.h"

enum { SAID_MAX = 200 }; /* messages of a conversation, ours too, that are looked through for one that comes again */

static void fill_intake(struct row *r, void *out)
{
	struct intake_row *i = out;
	i->message = row_id(r);
	i->seq = row_int(r);
	i->ticket = row_text(r);
	i->reason = row_text(r);
	i->at = row_int(r);
	i->outcome = row_uint(r);
	const struct session *s = r->tx->session;
	i->elsewhere = i->message != 0 ? id_node(i->message) != s->node : s->ops->shared;
}

int intake_find(struct tx *tx, const char *channel, const char *external_id, struct intake_row *i)
{
	return id_one(tx, STMT_intake_find, channel, external_id, fill_intake, i);
}

int intake_said(struct tx *tx, const char *channel, const char *peer, const char *fingerprint, int64_t since, struct intake_row *row)
{
	const char *who[BLINDS_MAX], *what[BLINDS_MAX];
	size_t peers = blinds(tx, peer, who), prints = blinds(tx, fingerprint, what);
	int rc = E_NOTFOUND;
	for (size_t i = 0; rc == E_NOTFOUND && i < peers * prints; i++)
		rc = tx_one(tx, STMT_intake_said, PARAMS(v_text(channel), v_text(who[i / prints]), v_text(what[i % prints]), v_int(since),
			v_int(SAID_MAX)), fill_intake, row);
	return rc;
}

struct said {
	const char *once, *text, *peer;
};

static void fill_said(struct row *r, void *out)
{
	struct said *s = out;
	s->once = row_text(r);
	s->text = row_words(r);
	s->peer = row_words(r);
}

static bool is_one_of(const char *stored, const char *const *of, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(stored, of[i]))
			return true;
	return false;
}

int intake_same(struct tx *tx, uint64_t message, const char *peer, const char *text, const char *fingerprint)
{
	const char *who[BLINDS_MAX], *what[BLINDS_MAX];
	struct said s;
	int rc = tx_one(tx, STMT_intake_same, PARAMS(v_id(message)), fill_said, &s);
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	if (s.once)
		return is_one_of(s.once, what, blinds(tx, fingerprint, what));
	return is_one_of(s.peer, who, blinds(tx, peer, who)) && text && !strcmp(s.text, text);
}

int intake_insert(struct tx *tx, const char *channel, const char *external_id, const struct intake_row *i)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_intake_insert, PARAMS(v_text(channel), v_text(id_key(tx, external_id)), v_id(i->message),
		v_int(i->seq), v_text(i->ticket), v_text(i->reason), v_int(i->at), v_int(i->outcome)), &changed);
	if (rc == 0 && !changed)
		return tx_refuse(tx, E_EXISTS, "this message of channel %s came before", channel);
	return rc;
}

int intake_replace(struct tx *tx, const char *channel, const char *external_id, const struct intake_row *i)
{
	int rc = ids_drop_older(tx, IDS_INTAKE, channel, external_id);
	return rc < 0 ? rc : tx_exec(tx, STMT_intake_replace, PARAMS(v_text(channel), v_text(id_key(tx, external_id)),
		v_id(i->message), v_int(i->seq), v_text(i->ticket), v_text(i->reason), v_int(i->at), v_int(i->outcome)), NULL);
}
