#include "gateway/store/conversation.h"

#include "gateway/base/sm.h"
#include "gateway/store/conversation_inner.h"
#include "gateway/store/tx.h"

static void fill_conversation(struct row *r, void *out)
{
	struct conversation_row *c = out;
	*c = (struct conversation_row){ .id = row_id(r) };
	c->channel = row_words(r);
	c->kind = row_words(r);
	c->peer = row_sealed(r, FIELD_CONVERSATION_PEER, c->id);
	c->peer_name = row_sealed(r, FIELD_CONVERSATION_NAME, c->id);
	c->account = row_words(r);
	c->language = row_words(r);
	c->subject = row_text(r);
	c->verified = row_int(r);
	c->last_seq = row_int(r);
	c->created_at = row_int(r);
	c->last_at = row_int(r);
	c->read_seq = row_int(r);
	c->guide = row_uint(r);
	c->guide_ticket = row_id(r);
	c->guide_at = row_int(r);
	c->phone = row_words(r);
}

static int found(struct tx *tx, int rc, const struct conversation_row *c)
{
	if (rc == 0) {
		tx->last.id = c->id;
		tx->last.seq = c->last_seq;
	}
	return rc;
}

int conversation_find(struct tx *tx, const char *channel, const char *peer, struct conversation_row *c)
{
	const char *key[BLINDS_MAX];
	size_t n = blinds(tx, peer, key);
	int rc = E_NOTFOUND;
	for (size_t i = 0; rc == E_NOTFOUND && i < n; i++)
		rc = tx_one(tx, STMT_conversation_find, PARAMS(v_text(channel), v_text(key[i])), fill_conversation, c);
	return found(tx, rc, c);
}

static void fill_key(struct row *r, void *out)
{
	*(const char **)out = row_words(r);
}

int conversation_key(struct tx *tx, const char *channel, const char *peer, const char **out)
{
	const char *key[BLINDS_MAX];
	size_t n = blinds(tx, peer, key);
	int rc = E_NOTFOUND;
	for (size_t i = 0; rc == E_NOTFOUND && i + 1 < n; i++)
		rc = tx_one(tx, STMT_conversation_key, PARAMS(v_text(channel), v_text(key[i])), fill_key, out);
	if (rc == E_NOTFOUND)
		*out = key[n - 1];
	return rc == E_NOTFOUND ? 0 : rc;
}

int conversation_get(struct tx *tx, uint64_t id, struct conversation_row *c)
{
	return found(tx, tx_one(tx, STMT_conversation_get, PARAMS(v_id(id)), fill_conversation, c), c);
}

int conversation_insert(struct tx *tx, struct conversation_row *c)
{
	int64_t changed = 0;
	c->id = tx_id(tx);
	int rc = tx_exec(tx, STMT_conversation_insert, PARAMS(v_id(c->id), v_text(c->channel), v_text(c->kind),
		v_sealed(tx, FIELD_CONVERSATION_PEER, c->id, c->peer),
		v_sealed(tx, FIELD_CONVERSATION_NAME, c->id, c->peer_name ? c->peer_name : ""), v_words(c->account), v_words(c->language), v_text(c->subject), v_int(c->verified),
		v_int(c->last_seq), v_int(c->created_at), v_int(c->last_at), v_int(c->read_seq), v_text(blind_now(tx, c->peer))), &changed);
	if (rc == 0 && !changed)
		return tx_refuse(tx, E_EXISTS, "this citizen has a conversation on channel %s", c->channel);
	return found(tx, rc, c);
}

int conversation_here(struct tx *tx, const char *channel, const char *peer)
{
	const char *key;
	int rc = conversation_key(tx, channel, peer, &key);
	return rc < 0 ? rc : tx_exec(tx, STMT_conversation_at, PARAMS(v_text(channel), v_text(key), v_int(tx->session->node)), NULL);
}

int conversation_update(struct tx *tx, const struct conversation_row *c)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_conversation_update, PARAMS(v_id(c->id),
		v_sealed(tx, FIELD_CONVERSATION_NAME, c->id, c->peer_name ? c->peer_name : ""), v_words(c->account),
		v_words(c->language), v_text(c->subject), v_int(c->verified), v_int(c->read_seq)), &changed);
	return rc < 0 ? rc : changed ? 0 : E_NOTFOUND;
}

int conversation_guide(struct tx *tx, struct conversation_row *c, enum guide_state to, uint64_t ticket)
{
	if (c->guide >= GUIDE_STATES) /* a later version's question, which view_load() does not see either */
		c->guide = GUIDE_OFF;
	if (!sm_legal(&guide_machine, c->guide, to))
		return tx_refuse(tx, E_CONFLICT, "a guide that is at %s cannot go on to %s", sm_name(&guide_machine, c->guide),
			sm_name(&guide_machine, to));
	int rc = tx_exec(tx, STMT_conversation_guide, PARAMS(v_id(c->id), v_int(to), v_id(ticket), v_int(tx->now)), NULL);
	if (rc < 0)
		return rc;
	sm_move(&guide_machine, &c->guide, to, c->channel);
	c->guide_ticket = ticket;
	c->guide_at = tx->now;
	return 0;
}

int conversation_phone(struct tx *tx, uint64_t id, const char *phone)
{
	return tx_exec(tx, STMT_conversation_phone, PARAMS(v_id(id), v_words(phone)), NULL);
}
