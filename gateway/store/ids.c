#include "gateway/store/ids.h"

#include <openssl/crypto.h>

#include "gateway/store/kept.h"

static const char SPACE[] = "seal-ids", KEY[] = "key", DONE[] = "done";

static const struct {
	const char *name;
	enum stmt list, put, drop;
} tables[IDS_TABLES] = {
	[IDS_EARLY] = { "receipt_early", STMT_ids_early, STMT_ids_early_put, STMT_early_done },
	[IDS_INTAKE] = { "intake", STMT_ids_intake, STMT_ids_intake_put, STMT_ids_intake_drop },
	[IDS_PART] = { "part", STMT_ids_part, STMT_ids_part_put, STMT_ids_part_drop },
};

/* --- what a message is found by --- */

/* A fingerprint is made of the citizen's address and words that stand beside it: where addresses are sealed it never stood
 * there as it is, or trying all the numbers there are would tell whose it is. */
static bool is_fingerprint(const char *id)
{
	return strncmp(id, "fp:", 3) == 0;
}

static const char *mark(struct tx *tx, const char *id)
{
	const char *hash = *id == '<' ? strrchr(id, '#') : NULL;
	if (!hash)
		return id_mark(tx, id, strlen(id));
	return arena_printf(tx->arena, "%s%s", id_mark(tx, id, (size_t)(hash - id)), hash);
}

const char *id_key(struct tx *tx, const char *id)
{
	const struct sealer *s = tx->session->sealer;
	if (!s || !s->by_ids)
		return is_fingerprint(id) ? blind_now(tx, id) : unmarked(id);
	for (size_t i = 0; i < sizeof tx->id / sizeof *tx->id; i++)
		if (tx->id[i].of && strcmp(tx->id[i].of, id) == 0)
			return tx->id[i].key;
	tx->id[1] = tx->id[0];
	tx->id[0].of = arena_strdup(tx->arena, id);
	return tx->id[0].key = mark(tx, id);
}

size_t id_keys(struct tx *tx, const char *id, const char *out[IDS_MAX])
{
	struct sealer *s = tx->session->sealer;
	bool marked = s && s->by_ids, older = marked && !atomic_load(&s->whole);
	size_t n = 0;
	if (is_fingerprint(id) && (older || !marked))
		n = blinds(tx, id, out);
	else if (older)
		out[n++] = unmarked(id);
	if (marked || n == 0)
		out[n++] = id_key(tx, id);
	return n;
}

int id_one(struct tx *tx, enum stmt s, const char *channel, const char *id, fill_f *fill, void *out)
{
	const char *key[IDS_MAX];
	size_t n = id_keys(tx, id, key);
	int rc = E_NOTFOUND;
	for (size_t i = 0; rc == E_NOTFOUND && i < n; i++)
		rc = tx_one(tx, s, PARAMS(v_text(channel), v_text(key[i])), fill, out);
	return rc;
}

int ids_drop_older(struct tx *tx, enum ids_of of, const char *channel, const char *id)
{
	const char *key[IDS_MAX];
	size_t n = id_keys(tx, id, key);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i + 1 < n; i++)
		rc = tx_exec(tx, tables[of].drop, PARAMS(v_text(channel), v_text(key[i])), NULL);
	return rc;
}

/* --- the key --- */

static int key_put(struct tx *tx)
{
	char hex[2 * SECRET_LEN + 1];
	crypto_hex(tx->session->sealer->ids, SECRET_LEN, hex);
	int rc = tx_exec(tx, STMT_kept_put, PARAMS(v_text(SPACE), v_text(KEY), v_sealed(tx, FIELD_ID_KEY, 0, hex),
		v_int(tx->now)), NULL);
	OPENSSL_cleanse(hex, sizeof hex);
	return rc;
}

int ids_open(struct tx *tx, bool first, bool may, bool *begun, struct err *e)
{
	struct sealer *s = tx->session->sealer;
	const char *stored;
	int rc = kept_get(tx, SPACE, KEY, &stored);
	*begun = rc == E_NOTFOUND && may;
	if (rc == E_NOTFOUND && !may)
		return 0;
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the key of the messages' ids could not be read");
	const char *hex = rc == 0 ? unseal(tx, FIELD_ID_KEY, 0, stored) : NULL;
	if (rc == 0 && (!hex || crypto_unhex(hex, s->ids, SECRET_LEN) < 0))
		return err_set(e, E_CONFIG, "the key of the messages' ids, which is in the store, does not open: it was changed");
	if (*begun)
		crypto_random(s->ids, SECRET_LEN);
	s->by_ids = true;
	if (*begun || (first && !is_sealed_now(tx->session, FIELD_ID_KEY, stored)))
		rc = key_put(tx);
	return rc < 0 ? err_set(e, rc, "the key of the messages' ids could not be stored: %s", tx->err.words) : 0;
}

/* --- the walk --- */

struct id_row {
	const char *channel, *id, *said; /* said: the id of an early receipt, sealed */
};

static void fill_id_row(struct row *r, void *out)
{
	struct id_row *i = out;
	i->channel = row_words(r);
	i->id = row_words(r);
	i->said = row_text(r);
}

const char *ids_table(enum ids_of at)
{
	return tables[at].name;
}

/* 1: it is marked; 0: a row of that mark is there already. */
static int early_mark(struct tx *tx, const struct id_row *i)
{
	int64_t changed = 0;
	const char *id = i->said ? unseal(tx, FIELD_RECEIPT_ID, 0, i->said) : i->id;
	if (!id || (i->said && is_sealed_now(tx->session, FIELD_RECEIPT_ID, i->said)))
		return 1;
	int rc = tx_exec(tx, STMT_ids_early_put, PARAMS(v_text(i->channel), v_text(i->id), v_text(id_key(tx, id)),
		v_sealed(tx, FIELD_RECEIPT_ID, 0, id)), &changed);
	return rc < 0 ? rc : changed > 0;
}

static int id_mark_row(struct tx *tx, enum ids_of at, const struct id_row *i)
{
	int64_t changed = 0;
	if (*i->id == SEAL_MARK)
		return 1;
	int rc = tx_exec(tx, tables[at].put, PARAMS(v_text(i->channel), v_text(i->id), v_text(id_key(tx, i->id))),
		&changed);
	return rc < 0 ? rc : changed > 0;
}

static int row_mark(struct tx *tx, enum ids_of at, const struct id_row *i)
{
	int rc = at == IDS_EARLY ? early_mark(tx, i) : id_mark_row(tx, at, i);
	return rc != 0 ? (rc < 0 ? rc : 0) : tx_exec(tx, tables[at].drop, PARAMS(v_text(i->channel), v_text(i->id)), NULL);
}

int ids_mark_again(struct tx *tx, enum ids_of at, const char *after, unsigned limit, const char **last, size_t *n)
{
	struct id_row *row;
	const char *id = strchr(after, ' '); /* no channel's name has one */
	int rc = tx_all(tx, tables[at].list, PARAMS(v_text(arena_strndup(tx->arena, after, id ? (size_t)(id - after) : 0)),
		v_text(id ? id + 1 : ""), v_int(limit)), fill_id_row, sizeof *row, &row, n);
	for (size_t i = 0; rc == 0 && i < *n; i++)
		rc = row_mark(tx, at, &row[i]);
	if (rc == 0 && *n)
		*last = arena_printf(tx->arena, "%s %s", row[*n - 1].channel, row[*n - 1].id);
	return rc;
}

int ids_to_walk(struct tx *tx, unsigned *n)
{
	const char *done;
	*n = 0;
	if (!tx->session->sealer->by_ids)
		return 0;
	int rc = kept_get(tx, SPACE, DONE, &done);
	*n = rc == 0 ? IDS_EARLY + 1 : IDS_TABLES;
	return rc == E_NOTFOUND ? 0 : rc;
}

int ids_walked(struct tx *tx)
{
	return tx->session->sealer->by_ids ? kept_put(tx, SPACE, DONE, "1") : 0;
}
