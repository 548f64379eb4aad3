/* Which keys a store was sealed with, and the walk that seals every row by the newest. Where the walk stands is kept in the store
 * with each batch: whoever goes on begins there. */
#include "gateway/store/rekey.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/base/log.h"
#include "gateway/store/ids.h"
#include "gateway/store/kept.h"
#include "gateway/store/nodes.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/raw.h"

enum { BYTES_AT_ONCE = 64 }; /* of some kilobytes each */
static const char KEYS[] = "seal", WALK[] = "rekey", DONE[] = "done", NOTES[] = "peer", CHECK_TEXT[] = "xinqiao";

struct kept_row {
	const char *key, *value;
};

static void fill_kept(struct row *r, void *out)
{
	struct kept_row *k = out;
	k->key = row_words(r);
	k->value = row_words(r);
}

static int kept_after(struct tx *tx, const char *space, const char *after, unsigned limit, struct kept_row **k, size_t *n)
{
	return tx_all(tx, STMT_kept_after, PARAMS(v_text(space), v_text(after), v_int(limit)), fill_kept, sizeof **k, k, n);
}

/* --- the keys of a store --- */

static const char *generation_text(struct tx *tx, int key)
{
	return arena_printf(tx->arena, "%u", tx->session->sealer->key[key].generation);
}

/* Marks the keys the store was sealed with; the newest of them is the one in use. */
static int keys_match(struct tx *tx, const struct kept_row *known, size_t n, const char *path, struct err *e)
{
	struct sealer *s = tx->session->sealer;
	for (size_t i = 0; i < n; i++) {
		const char *text = unseal(tx, FIELD_CHECK, 0, known[i].value);
		size_t k = 0;
		while (k < s->n && strcmp(generation_text(tx, (int)k), known[i].key) != 0)
			k++;
		if (k == s->n)
			return err_set(e, E_CONFIG, "the store is sealed by key %s, which %s does not hold; put the file back that has it", known[i].key, path);
		if (!text || strcmp(text, CHECK_TEXT) != 0)
			return err_set(e, E_CONFIG, "key %s of %s is not the one the store was sealed by; put the right file back", known[i].key, path);
		s->key[k].used = true;
		s->now = (int)k > s->now ? (int)k : s->now;
	}
	return 0;
}

static int state_read(struct tx *tx, const char *path, struct err *e)
{
	struct kept_row *known;
	size_t n;
	const char *done;
	struct sealer *s = tx->session->sealer;
	int rc = kept_after(tx, KEYS, "", SEALED_KEYS_MAX, &known, &n);
	if (rc < 0)
		return err_set(e, rc, "the store's keys could not be read");
	if (n && !s->n)
		return path ? err_set(e, E_CONFIG, "there is no key file %s, and the store is sealed by its key %s; put it back", path, known[0].key) :
			err_set(e, E_CONFIG, "the store is sealed by key %s; name its file as key_file in [security]", known[0].key);
	if ((rc = keys_match(tx, known, n, path, e)) < 0)
		return rc;
	bool whole = s->now >= 0 && kept_get(tx, WALK, DONE, &done) == 0 && strcmp(done, generation_text(tx, s->now)) == 0;
	atomic_store(&s->whole, whole);
	return 0;
}

/* A new store has nothing to walk: nobody need ask it by a citizen's plain address as well. Another node of a shared one may not have
 * the key yet. */
static int look_whether_empty(struct tx *tx)
{
	size_t rows;
	bool done = false;
	int rc = tx->session->ops->shared ? 0 : rekey_step(tx, 1, &rows, &done);
	atomic_store(&tx->session->sealer->whole, rc == 0 && done);
	return rc;
}

/* From here on everything is sealed by the newest. */
static int begin_newest(struct tx *tx)
{
	struct sealer *s = tx->session->sealer;
	s->now = (int)s->n - 1;
	s->key[s->now].used = true;
	return tx_exec(tx, STMT_kept_put, PARAMS(v_text(KEYS), v_text(generation_text(tx, s->now)),
		v_sealed(tx, FIELD_CHECK, 0, CHECK_TEXT), v_int(tx->now)), NULL);
}

/* May ids be marked from here on? Not beside a gateway that may be of a version which looks for them as they are. Who comes
 * up just now waits for this transaction. A store that was never sealed has nobody who knows its key. */
static bool ids_may_begin(struct tx *tx, bool never)
{
	struct err others = { 0 };
	return never || nodes_nobody(tx->session->ops, tx->session->db, "is to be sealed", &others) == 0;
}

static int keys_begin(struct tx *tx, bool first, struct err *e)
{
	struct sealer *s = tx->session->sealer;
	bool fresh = first && s->n && !s->key[s->n - 1].used, never = s->now < 0, ids = false;
	int rc = fresh ? begin_newest(tx) : 0;
	if (rc < 0)
		return err_set(e, rc, "the store could not be sealed: %s", tx->err.words);
	if (s->now >= 0 && (rc = ids_open(tx, first, first && ids_may_begin(tx, never), &ids, e)) < 0)
		return rc;
	if (first && s->now >= 0 && !s->by_ids)
		log_info("store", "ids of messages stand as they are",
			"hint=\"another gateway runs: stop all once, and run xinqiao rekey before they start\"");
	if (!fresh && !ids)
		return 0;
	atomic_store(&s->whole, false);
	rc = tx_exec(tx, STMT_kept_clear, PARAMS(v_text(WALK)), NULL);
	if (rc == 0)
		rc = look_whether_empty(tx);
	return rc < 0 ? err_set(e, rc, "the store could not be sealed: %s", tx->err.words) : 0;
}

static int state_open(struct session *s, const char *path, bool first, struct err *e)
{
	struct arena *a = arena_create(4096);
	struct tx tx;
	int rc = s->ops->begin(s->db, DB_SCHEMA, e); /* two nodes that start at once do not both begin */
	if (rc == 0) {
		tx_init(&tx, s, a, true);
		rc = state_read(&tx, path, e);
		if (rc == 0)
			rc = keys_begin(&tx, first, e);
		if (rc == 0)
			rc = s->ops->commit(s->db, e);
		if (rc < 0)
			s->ops->rollback(s->db);
	}
	arena_destroy(&a);
	return rc;
}

int sealer_open(struct sealer **out, struct session *s, const char *key_file, bool first, struct err *e)
{
	struct keyring k = { 0 };
	int rc = key_file ? keyring_load(&k, key_file, e) : E_NOTFOUND;
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	bool none = rc < 0 && key_file;
	s->sealer = *out = sealer_create(&k);
	rc = state_open(s, key_file, first, e);
	if (rc == 0 && none && first) { /* nothing is sealed yet: made now, and nowhere else */
		if ((rc = keyring_add(&k, key_file, e)) == E_EXISTS) /* another node was faster */
			rc = keyring_load(&k, key_file, e);
		if (rc == 0) {
			sealer_destroy(out);
			s->sealer = *out = sealer_create(&k);
			rc = state_open(s, key_file, first, e);
		}
	}
	keyring_fini(&k);
	return rc;
}

/* --- the walk --- */

struct walked {
	uint64_t id;
	const char *peer, *name, *channel, *key; /* as they are stored; "" where the table has none; of a message peer is its id */
};

static void fill_walked(struct row *r, void *out)
{
	struct walked *w = out;
	w->id = row_id(r);
	w->peer = row_words(r);
	w->name = row_words(r);
	w->channel = row_words(r);
	w->key = row_words(r);
}

/* A note on a citizen goes where his blind goes. */
static int note_move(struct tx *tx, const char *from, const char *to)
{
	int rc = strcmp(from, to) == 0 ? 0 : tx_exec(tx, STMT_kept_rename, PARAMS(v_text(NOTES), v_text(from), v_text(to)), NULL);
	return rc < 0 || strcmp(from, to) == 0 ? rc : tx_exec(tx, STMT_kept_delete, PARAMS(v_text(NOTES), v_text(from)), NULL);
}

struct table {
	const char *name;
	enum stmt list, put;
	int peer, author; /* enum field, or -1 */
};
static const struct table tables[] = {
	{ "conversation", STMT_rekey_conversation, STMT_rekey_conversation_put, FIELD_CONVERSATION_PEER, FIELD_CONVERSATION_NAME },
	{ "ticket", STMT_rekey_ticket, STMT_rekey_ticket_put, FIELD_TICKET_PEER, FIELD_TICKET_NAME },
	{ "message", STMT_rekey_message, STMT_rekey_message_put, FIELD_MESSAGE_ID, FIELD_MESSAGE_AUTHOR },
	{ "quarantine", STMT_rekey_quarantine, STMT_rekey_quarantine_put, FIELD_QUARANTINE_PEER, -1 },
};

static struct db_value again(struct tx *tx, int field, uint64_t id, const char *stored, bool *lost)
{
	const char *plain = field < 0 || !*stored ? "" : unseal(tx, (enum field)field, id, stored);
	*lost = *lost || !plain;
	return plain ? v_sealed(tx, (enum field)field, id, plain) : v_text(stored);
}

static bool as_it_should(struct tx *tx, int field, const char *stored)
{
	return field < 0 || is_sealed_now(tx->session, (enum field)field, stored);
}

static int row_again(struct tx *tx, const struct table *t, const struct walked *w)
{
	int64_t changed = 0;
	bool lost = false, keyed = t->peer == FIELD_CONVERSATION_PEER;
	if (as_it_should(tx, t->peer, w->peer) && as_it_should(tx, t->author, w->name) && as_it_should(tx, t->peer, w->key))
		return 0;
	struct db_value peer = again(tx, t->peer, w->id, w->peer, &lost), name = again(tx, t->author, w->id, w->name, &lost);
	if (lost) /* stays as it is, and readable once its key is back */
		return 0;
	const char *plain = keyed ? unseal(tx, FIELD_CONVERSATION_PEER, w->id, w->peer) : "";
	const char *key = keyed ? blind_now(tx, plain) : "";
	int rc = tx_exec(tx, t->put, PARAMS(v_id(w->id), peer, name, v_text(w->peer), v_text(w->name), v_text(key)), &changed);
	if (rc == 0 && !changed)
		rc = tx_refuse(tx, E_AGAIN, "row %" PRIu64 " of %s was changed meanwhile", w->id, t->name);
	if (rc == 0 && keyed)
		rc = note_move(tx, arena_printf(tx->arena, "%s %s", w->channel, w->key), arena_printf(tx->arena, "%s %s", w->channel, key));
	return rc;
}

static int table_batch(struct tx *tx, const struct table *t, const char *after, unsigned limit, const char **last, size_t *n)
{
	struct walked *w;
	int rc = tx_all(tx, t->list, PARAMS(v_id(strtoull(after, NULL, 10)), v_int(limit)), fill_walked, sizeof *w, &w, n);
	for (size_t i = 0; rc == 0 && i < *n; i++)
		rc = row_again(tx, t, &w[i]);
	if (rc == 0 && *n)
		*last = arena_printf(tx->arena, "%" PRIu64, w[*n - 1].id);
	return rc;
}

/* Notes on citizens who have no conversation yet; what is under a blind already cannot be told from outside. */
static int notes_batch(struct tx *tx, const char *after, unsigned limit, const char **last, size_t *n)
{
	struct kept_row *k;
	int rc = kept_after(tx, NOTES, after, limit, &k, n);
	for (size_t i = 0; rc == 0 && i < *n; i++) {
		const char *peer = strchr(k[i].key, ' ');
		if (peer && peer[1] != SEAL_MARK)
			rc = note_move(tx, k[i].key, arena_printf(tx->arena, "%.*s %s", (int)(peer - k[i].key), k[i].key, blind_now(tx, peer + 1)));
		*last = k[i].key;
	}
	return rc;
}

typedef int seal_again_f(struct tx *, uint64_t after, unsigned limit, uint64_t *last, size_t *n);

static int bytes_batch(struct tx *tx, seal_again_f *seal, const char *after, unsigned limit, const char **last, size_t *n)
{
	uint64_t id = 0;
	int rc = seal(tx, strtoull(after, NULL, 10), limit < BYTES_AT_ONCE ? limit : BYTES_AT_ONCE, &id, n);
	*last = arena_printf(tx->arena, "%" PRIu64, id);
	return rc;
}

/* Where the walk over ids stands is an id: it does not stay. */
static int walk_end(struct tx *tx)
{
	struct sealer *s = tx->session->sealer;
	int rc = kept_put(tx, WALK, DONE, generation_text(tx, s->now));
	for (enum ids_of i = 0; rc == 0 && i < IDS_TABLES; i++)
		rc = tx_exec(tx, STMT_kept_delete, PARAMS(v_text(WALK), v_text(ids_table(i))), NULL);
	if (rc == 0)
		rc = ids_walked(tx);
	for (size_t i = 0; rc == 0 && i < s->n; i++)
		if (s->key[i].used && (int)i != s->now)
			rc = tx_exec(tx, STMT_kept_delete, PARAMS(v_text(KEYS), v_text(generation_text(tx, (int)i))), NULL);
	return rc;
}

enum { TABLES = sizeof tables / sizeof *tables, RAW = TABLES, ASIDE, NOTES_LEFT, IDS };

static const char *step_name(unsigned step)
{
	static const char *const name[] = { [RAW] = "raw", [ASIDE] = "aside", [NOTES_LEFT] = "notes" };
	return step < TABLES ? tables[step].name : step < IDS ? name[step] : ids_table(step - IDS);
}

static int step_batch(struct tx *tx, unsigned step, const char *after, unsigned limit, const char **last, size_t *n)
{
	if (step < TABLES)
		return table_batch(tx, &tables[step], after, limit, last, n);
	if (step < NOTES_LEFT)
		return bytes_batch(tx, step == RAW ? raw_seal_again : quarantine_seal_again, after, limit, last, n);
	return step == NOTES_LEFT ? notes_batch(tx, after, limit, last, n) : ids_mark_again(tx, step - IDS, after, limit, last, n);
}

int rekey_step(struct tx *tx, unsigned limit, size_t *rows, bool *done)
{
	const struct sealer *s = tx->session->sealer;
	unsigned ids = 0;
	*rows = 0;
	*done = !s || s->now < 0 || atomic_load(&s->whole);
	int rc = *done ? 0 : ids_to_walk(tx, &ids);
	for (unsigned i = 0; rc == 0 && !*done && i < IDS + ids; i++) {
		const char *after, *last = NULL;
		rc = kept_get(tx, WALK, step_name(i), &after);
		if (rc == E_NOTFOUND) {
			after = i < NOTES_LEFT ? "0" : "";
			rc = 0;
		}
		if (rc == 0)
			rc = step_batch(tx, i, after, limit, &last, rows);
		if (rc < 0 || *rows)
			return rc < 0 ? rc : kept_put(tx, WALK, step_name(i), last);
	}
	if (rc < 0 || *done)
		return rc;
	*done = true;
	return walk_end(tx);
}

void store_sealed_whole(struct store *st)
{
	if (st->sealer)
		atomic_store(&st->sealer->whole, true);
}

unsigned store_key(const struct store *st)
{
	return st->sealer && st->sealer->now >= 0 ? st->sealer->key[st->sealer->now].generation : 0;
}
