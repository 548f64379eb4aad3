/* What the store's suites share. The backend is what place.h makes of XQ_TEST_STORE.
 *
 * Verbs are called straight on f->tx, a write transaction that is open from setup on; commit(f) closes it and opens the
 * next, reopen(f) also closes and opens the store. */
#ifndef XQ_TESTS_STORE_FIXTURE_H
#define XQ_TESTS_STORE_FIXTURE_H

#include "gateway/base/clock.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/rekey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/tx.h"
#include "tests/unit/store/place.h"

#define HERE static __attribute__((unused))
#define ok(rc) assert_int_equal((rc), 0)

static const int64_t noon = 1795320000000; /* 2026-11-22 12:00 in Shanghai */

struct fixture {
	char folder[64];
	struct place place;
	const char *dsn, *path; /* of the place */
	struct store *store;
	struct session session;
	struct arena *arena;
	struct tx *tx, tx_own;
	bool watched, open;
	char *key_file; /* NULL: nothing is sealed */
};

HERE void begin(struct fixture *f, int64_t now)
{
	struct err e = { 0 };
	f->arena = arena_create(4096);
	if (session_begin(&f->session, true, &e) < 0)
		fail_msg("%s", e.words);
	tx_init(&f->tx_own, &f->session, f->arena, true);
	f->tx = &f->tx_own;
	tx_set_now(f->tx, now);
	f->open = true;
}

HERE void end(struct fixture *f)
{
	struct err e = { 0 };
	if (!f->open)
		return;
	if (session_commit(&f->session, &e) < 0)
		fail_msg("%s", e.words);
	f->open = false;
	arena_destroy(&f->arena);
}

/* After a fault of the backend the transaction is of no more use. */
HERE void abandon(struct fixture *f)
{
	session_rollback(&f->session);
	f->open = false;
	arena_destroy(&f->arena);
}

HERE void commit(struct fixture *f)
{
	int64_t now = tx_now(f->tx);
	end(f);
	begin(f, now);
}

HERE struct store_config fixture_config(struct fixture *f)
{
	return (struct store_config){ .dsn = f->dsn, .node = 7, .key_file = f->key_file, .exclusive = f->key_file != NULL };
}

HERE void store_up(struct fixture *f)
{
	struct err e = { 0 };
	struct store_config c = fixture_config(f);
	if (store_open(&f->store, &c, &e) < 0 || session_open(&f->session, db_find(f->dsn), f->dsn, c.node, DB_WRITER, &e) < 0)
		fail_msg("%s", e.words);
	f->session.watched = f->watched;
	f->session.sealer = store_sealer(f->store);
}

HERE void store_down(struct fixture *f)
{
	end(f);
	session_close(&f->session);
	store_close(&f->store);
}

HERE void reopen(struct fixture *f)
{
	int64_t now = tx_now(f->tx);
	store_down(f);
	store_up(f);
	begin(f, now);
}

HERE void fixture_name(struct fixture *f)
{
	snprintf(f->folder, sizeof f->folder, "/tmp/xq-store-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	place_make(&f->place, f->folder);
	f->dsn = f->place.dsn;
	f->path = f->place.path;
	if (getenv("XQ_TEST_SEALED")) /* the same suites over sealed fields */
		f->key_file = mem_printf("%s/fields.key", f->folder);
}

HERE void fixture_remove(struct fixture *f)
{
	place_remove(&f->place);
	if (f->key_file)
		unlink(f->key_file);
	free(f->key_file);
	rmdir(f->folder);
	free(f);
}

HERE int setup(void **state)
{
	struct fixture *f = mem_new(struct fixture);
	fixture_name(f);
	store_up(f);
	begin(f, noon);
	*state = f;
	return 0;
}

/* Verbs note their changes, as they do for a gateway that watches. */
HERE int setup_watched(void **state)
{
	setup(state);
	struct fixture *f = *state;
	f->watched = f->session.watched = true;
	return 0;
}

HERE int teardown(void **state)
{
	struct fixture *f = *state;
	store_down(f);
	fixture_remove(f);
	return 0;
}

/* Around the verbs, as somebody with the database in his hands would. */
HERE void meddle(struct fixture *f, const char *sql)
{
	struct err e = { 0 };
	if (f->session.ops->script(f->session.db, sql, &e) < 0)
		fail_msg("%s", e.words);
}

/* --- rows to begin with --- */

HERE struct conversation_row a_citizen(struct fixture *f, const char *peer)
{
	struct conversation_row c = { .channel = "sms", .kind = "sms", .peer = peer, .peer_name = "", .account = "12345",
		.language = "zh-CN", .verified = true, .created_at = tx_now(f->tx), .last_at = tx_now(f->tx) };
	ok(conversation_insert(f->tx, &c));
	return c;
}

HERE struct ticket_row a_ticket(struct fixture *f, const struct conversation_row *c, const char *title)
{
	struct ticket_row t = { .conversation = c->id, .channel = c->channel, .kind = c->kind, .account = c->account,
		.peer = c->peer, .language = c->language, .title = title, .opened_at = tx_now(f->tx),
		.due_at = tx_now(f->tx) + 3600000, .last_at = tx_now(f->tx), .last_text = title, .last_from = "citizen" };
	ok(ticket_insert(f->tx, &t, 20));
	return t;
}

HERE struct message_row a_message(struct fixture *f, const struct conversation_row *c, const struct ticket_row *t, unsigned from,
	const char *text)
{
	struct message_row m = { .conversation = c->id, .ticket = t ? t->id : 0, .from = from, .text = text, .at = tx_now(f->tx),
		.out_state = -1 };
	ok(message_insert(f->tx, &m, t));
	return m;
}

/* A reply of ours in the outbox. */
HERE struct message_row a_reply(struct fixture *f, const struct conversation_row *c, const struct ticket_row *t, const char *text)
{
	struct message_row m = a_message(f, c, t, FROM_STAFF, text);
	ok(outbox_insert(f->tx, &m, c->channel, tx_now(f->tx) + 72 * 3600000LL));
	return m;
}

/* --- sealed --- */

HERE void key_on(struct fixture *f)
{
	if (!f->key_file)
		f->key_file = mem_printf("%s/fields.key", f->folder);
}

HERE int setup_sealed(void **state)
{
	setup(state);
	struct fixture *f = *state;
	key_on(f);
	reopen(f);
	return 0;
}

/* The suite is run sealed as a whole too; what begins without a key does so there as well. */
HERE int setup_plain(void **state)
{
	unsetenv("XQ_TEST_SEALED");
	return setup(state);
}

/* Seals everything by the newest key, so many rows at a time. In how many steps. */
HERE int walk(struct fixture *f, unsigned limit)
{
	size_t rows;
	bool done = false;
	int steps = 0;
	for (; !done && steps < 1000; steps++) {
		ok(rekey_step(f->tx, limit, &rows, &done));
		commit(f);
	}
	assert_true(done);
	store_sealed_whole(f->store);
	return steps;
}

HERE void new_key(struct fixture *f)
{
	struct keyring k;
	struct err e = { 0 };
	ok(keyring_load(&k, f->key_file, &e));
	ok(keyring_add(&k, f->key_file, &e));
	keyring_fini(&k);
	reopen(f);
}

#endif
