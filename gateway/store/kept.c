#include "gateway/store/kept.h"

#include "gateway/store/conversation_inner.h"
#include "gateway/store/kept_inner.h"
#include "gateway/store/ticket.h"
#include "gateway/store/tx.h"

static void fill_value(struct row *r, void *out)
{
	*(const char **)out = row_words(r);
}

int kept_get(struct tx *tx, const char *space, const char *key, const char **value)
{
	return tx_one(tx, STMT_kept_get, PARAMS(v_text(space), v_text(key)), fill_value, value);
}

static const char *note_key(struct tx *tx, const char *channel, const char *peer)
{
	const char *key;
	return conversation_key(tx, channel, peer, &key) < 0 ? NULL : arena_printf(tx->arena, "%s %s", channel, key);
}

int citizen_note_get(struct tx *tx, const char *channel, const char *peer, const char **value)
{
	const char *key = note_key(tx, channel, peer);
	return key ? kept_get(tx, "peer", key, value) : E_IO;
}

int citizen_note_put(struct tx *tx, const char *channel, const char *peer, const char *value)
{
	const char *key = note_key(tx, channel, peer);
	return key ? kept_put(tx, "peer", key, value) : E_IO;
}

#define KEYS_KEEP_MS (7LL * 24 * 3600 * 1000)

int keys_drop(struct tx *tx)
{
	return tx_exec(tx, STMT_keys_drop, PARAMS(v_int(tx->now - KEYS_KEEP_MS)), NULL);
}

/* An answer that is kept shows the ticket as it was. */
int keys_forget(struct tx *tx, const struct ticket_row *t)
{
	if (t->updated_at < tx->now - KEYS_KEEP_MS)
		return 0;
	return tx_exec(tx, STMT_keys_forget, PARAMS(v_text(arena_printf(tx->arena, "%%\"%s\"%%", t->number))), NULL);
}

int kept_put(struct tx *tx, const char *space, const char *key, const char *value)
{
	return tx_exec(tx, STMT_kept_put, PARAMS(v_text(space), v_text(key), v_words(value), v_int(tx->now)), NULL);
}
