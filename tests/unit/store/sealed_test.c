/* Fields that identify a person: what stands in the store, who finds it, and what happens when keys come, change and go. */
#include <sys/stat.h>

#include "gateway/store/conversation.h"
#include "gateway/store/intake.h"
#include "gateway/store/kept.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/rekey.h"
#include "gateway/store/ticket.h"
#include "tests/unit/store/fixture.h"

struct raw {
	const char *peer, *name, *key;
};

static void fill_raw(struct row *r, void *out)
{
	struct raw *w = out;
	(void)row_id(r);
	w->peer = row_words(r);
	w->name = row_words(r);
	(void)row_words(r);
	w->key = row_words(r);
}

/* The first row as it is stored. */
static struct raw stored(struct fixture *f, enum stmt list)
{
	struct raw w = { 0 };
	ok(tx_one(f->tx, list, PARAMS(v_int(0), v_int(1)), fill_raw, &w));
	return w;
}

static struct conversation_row wang(struct fixture *f)
{
	struct conversation_row c = a_citizen(f, "+8613800138000");
	c.peer_name = "王小明";
	ok(conversation_update(f->tx, &c));
	return c;
}

static void refused(struct fixture *f, const char *words)
{
	struct err e = { 0 };
	struct store *s = NULL;
	struct store_config c = fixture_config(f);
	assert_int_equal(store_open(&s, &c, &e), E_CONFIG);
	assert_null(s);
	if (!strstr(e.words, words))
		fail_msg("%s", e.words);
}

static bool same_citizen(struct fixture *f, const char *name)
{
	struct conversation_row c;
	return conversation_find(f->tx, "sms", "+8613800138000", &c) == 0 && strcmp(c.peer, "+8613800138000") == 0 && strcmp(c.peer_name, name) == 0;
}

/* --- what stands there --- */

static void addresses_and_names_are_not_in_the_store(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = wang(f);
	struct ticket_row t = a_ticket(f, &c, "路灯不亮"), back;
	t.peer_name = "王小明";
	ok(ticket_update(f->tx, &t));
	struct message_row m = { .conversation = c.id, .ticket = t.id, .from = FROM_CITIZEN, .author = "王小明", .text = "路灯不亮", .at = noon, .out_state = -1 }, got;
	ok(message_insert(f->tx, &m, &t));
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = "sms", .reason = "r", .peer = "+8613800138000", .at = noon }));
	static const enum stmt lists[] = { STMT_rekey_conversation, STMT_rekey_ticket, STMT_rekey_message, STMT_rekey_quarantine };
	for (size_t i = 0; i < 4; i++) {
		struct raw w = stored(f, lists[i]);
		assert_false(strstr(w.peer, "138") || strstr(w.name, "王") || strstr(w.key, "138"));
		assert_true(*w.peer == SEAL_MARK || *w.name == SEAL_MARK);
	}
	ok(ticket_get(f->tx, t.id, &back));
	assert_string_equal(back.peer, "+8613800138000");
	assert_string_equal(back.peer_name, "王小明");
	ok(message_get(f->tx, m.id, &got));
	assert_string_equal(got.author, "王小明");
	assert_true(same_citizen(f, "王小明"));
}

static void the_same_address_never_looks_the_same(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = wang(f);
	a_ticket(f, &c, "一");
	const char *first = stored(f, STMT_rekey_ticket).peer;
	meddle(f, "DELETE FROM ticket");
	a_ticket(f, &c, "二");
	assert_string_not_equal(first, stored(f, STMT_rekey_ticket).peer);
}

static void a_value_moved_to_another_row_or_column_does_not_open(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = wang(f);
	struct ticket_row t = a_ticket(f, &c, "路灯不亮");
	ok(ticket_get(f->tx, t.id, &t));
	assert_false(f->tx->closed);
	meddle(f, "UPDATE ticket SET peer = (SELECT peer FROM conversation)");
	ok(ticket_get(f->tx, t.id, &t));
	assert_string_equal(t.peer, "");
	assert_true(f->tx->closed);
}

static void nothing_is_sent_to_an_address_that_does_not_open(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = wang(f);
	struct ticket_row t = a_ticket(f, &c, "路灯不亮");
	struct message_row m = a_reply(f, &c, &t, "已派人查看");
	struct outbox_claim *claim;
	struct outbox_row o;
	size_t n;
	commit(f);
	meddle(f, "UPDATE conversation SET peer = (SELECT peer FROM ticket)");
	assert_int_equal(outbox_claim(f->tx, "sms", 0, 5, &claim, &n), E_CORRUPT);
	ok(outbox_get(f->tx, m.id, &o));
	assert_int_equal(o.state, OUT_QUEUED);
}

static void a_name_that_looks_sealed_is_a_name(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800138000");
	c.peer_name = "\x02" "1:AAAA";
	ok(conversation_update(f->tx, &c));
	ok(conversation_get(f->tx, c.id, &c));
	assert_non_null(strstr(c.peer_name, "1:AAAA"));
	assert_false(f->tx->closed);
}

static void a_fingerprint_is_blinded_and_found_again(void **state)
{
	struct fixture *f = *state;
	struct intake_row i = { .message = 1, .at = noon }, got;
	ok(intake_insert(f->tx, "sms", "fp:0011", &i));
	assert_int_equal(intake_insert(f->tx, "sms", "fp:0011", &i), E_EXISTS);
	ok(intake_find(f->tx, "sms", "fp:0011", &got));
	int64_t bare = 0;
	meddle(f, "CREATE TABLE seen (n BIGINT); INSERT INTO seen SELECT COUNT(*) FROM intake WHERE external_id LIKE 'fp:%'");
	meddle(f, "DELETE FROM serial; INSERT INTO serial (day, code, last) SELECT 1, 1, n FROM seen; DROP TABLE seen");
	ok(tx_one(f->tx, STMT_serial_get, PARAMS(v_int(1), v_int(1)), fill_int, &bare));
	assert_int_equal(bare, 0);
}

static void what_a_message_is_known_by_is_blinded_and_found_while_it_is_new(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613800138000");
	struct message_row m = { .conversation = c.id, .from = FROM_CITIZEN, .text = "灯坏了", .once = "fp:0011", .at = tx_now(f->tx) };
	struct intake_row got;
	ok(message_insert(f->tx, &m, NULL));
	ok(intake_said(f->tx, c.channel, c.peer, "fp:0011", m.at - 1, &got));
	assert_int_equal(got.message, m.id);
	assert_int_equal(got.seq, m.seq);
	assert_int_equal(got.at, m.at);
	assert_int_equal(intake_said(f->tx, c.channel, c.peer, "fp:0012", m.at - 1, &got), E_NOTFOUND);
	assert_int_equal(intake_said(f->tx, c.channel, "+8613800138001", "fp:0011", m.at - 1, &got), E_NOTFOUND);
	assert_int_equal(intake_said(f->tx, c.channel, c.peer, "fp:0011", m.at, &got), E_NOTFOUND);
	int64_t bare = 0;
	meddle(f, "INSERT INTO serial (day, code, last) SELECT 2, 2, COUNT(*) FROM message WHERE once LIKE 'fp:%' OR once IS NULL");
	ok(tx_one(f->tx, STMT_serial_get, PARAMS(v_int(2), v_int(2)), fill_int, &bare));
	assert_int_equal(bare, 0);
}

/* Nothing stands there in clear that had to be asked for; but another node of a shared store may not have the key yet. */
static void a_new_store_is_asked_by_blinds_alone(void **state)
{
	struct fixture *f = *state;
	const char *key[BLINDS_MAX];
	assert_int_equal(blinds(f->tx, "+8613800138000", key), store_shared(f->store) ? 2 : 1);
	assert_int_equal(key[0][0] == SEAL_MARK, !store_shared(f->store));
}

/* --- keys --- */

static void what_was_plain_is_sealed_little_by_little_and_found_all_the_while(void **state)
{
	struct fixture *f = *state;
	size_t rows;
	bool done;
	const char *note;
	a_citizen(f, "first");
	struct conversation_row c = wang(f);
	a_ticket(f, &c, "路灯不亮");
	ok(citizen_note_put(f->tx, "sms", "+8613800138000", "window"));
	ok(citizen_note_put(f->tx, "sms", "+8613900139000", "no conversation"));
	key_on(f);
	reopen(f);
	assert_true(same_citizen(f, "王小明"));
	ok(rekey_step(f->tx, 1, &rows, &done));
	reopen(f); /* another process goes on */
	assert_int_equal(stored(f, STMT_rekey_conversation).peer[0], SEAL_MARK);
	ok(citizen_note_get(f->tx, "sms", "+8613800138000", &note));
	assert_string_equal(note, "window");
	assert_in_range(walk(f, 1), 4, 8);
	assert_true(same_citizen(f, "王小明"));
	assert_int_equal(stored(f, STMT_rekey_ticket).peer[0], SEAL_MARK);
	ok(citizen_note_get(f->tx, "sms", "+8613800138000", &note));
	assert_string_equal(note, "window");
	ok(citizen_note_get(f->tx, "sms", "+8613900139000", &note));
	assert_string_equal(note, "no conversation");
	ok(rekey_step(f->tx, 100, &rows, &done));
	assert_true(done && rows == 0);
}

static void a_new_key_takes_over_and_the_old_one_may_go(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = wang(f), other;
	struct outbox_claim *claim;
	size_t n;
	struct ticket_row t = a_ticket(f, &c, "路灯不亮");
	walk(f, 100);
	new_key(f);
	assert_int_equal(store_key(f->store), 2);
	assert_true(same_citizen(f, "王小明"));
	other = a_citizen(f, "+8613900139000");
	assert_int_equal(conversation_insert(f->tx, &other), E_EXISTS);
	a_reply(f, &c, &t, "已派人查看");
	ok(outbox_wake(f->tx, "sms", "+8613800138000"));
	walk(f, 1);
	assert_string_equal(stored(f, STMT_rekey_conversation).peer + 1, strchr(stored(f, STMT_rekey_conversation).peer, '2'));
	end(f);
	struct keyring k;
	struct err e = { 0 };
	ok(keyring_load(&k, f->key_file, &e));
	FILE *only = fopen(f->key_file, "w");
	char hex[2 * SECRET_LEN + 1];
	fprintf(only, "# the old one is gone\n2 %s\n", crypto_hex(k.of[1].key, SECRET_LEN, hex));
	fclose(only);
	begin(f, noon);
	reopen(f);
	assert_true(same_citizen(f, "王小明"));
	ok(outbox_claim(f->tx, "sms", 0, 5, &claim, &n));
	assert_int_equal(n, 1);
	assert_string_equal(claim[0].out.peer, "+8613800138000");
}

static void a_store_is_not_opened_without_its_key(void **state)
{
	struct fixture *f = *state;
	char *kept = f->key_file, *away = mem_printf("%s.away", f->key_file);
	struct err e = { 0 };
	struct keyring k = { 0 };
	store_down(f);
	f->key_file = NULL;
	refused(f, "name its file as key_file");
	f->key_file = kept;
	assert_int_equal(rename(kept, away), 0);
	refused(f, "put it back");
	assert_int_not_equal(access(kept, F_OK), 0); /* no other one was made in its place */
	ok(keyring_add(&k, kept, &e));
	refused(f, "is not the one the store was sealed by");
	assert_int_equal(rename(away, kept), 0);
	assert_int_equal(chmod(kept, 0644), 0);
	refused(f, "chmod 600");
	assert_int_equal(chmod(kept, 0600), 0);
	store_up(f);
	begin(f, noon);
	free(away);
}

/* A command beside a gateway that does not know the newest key yet seals with what that one knows. */
static void only_who_has_the_store_alone_begins_with_a_new_key(void **state)
{
	struct fixture *f = *state;
	struct keyring k;
	struct err e = { 0 };
	ok(keyring_load(&k, f->key_file, &e));
	ok(keyring_add(&k, f->key_file, &e));
	store_down(f);
	struct store *s;
	struct store_config c = fixture_config(f);
	c.exclusive = false;
	ok(store_open(&s, &c, &e));
	assert_int_equal(store_key(s), 1);
	store_close(&s);
	store_up(f);
	begin(f, noon);
	assert_int_equal(store_key(f->store), 2);
}

static void a_broken_key_file_is_told_with_its_line(void **state)
{
	struct fixture *f = *state;
	static const char *const bad[] = { "", "1 abc\n", "2 00\n", "# nothing\n", "x\n" };
	char *path = mem_printf("%s/bad.key", f->folder);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct keyring k;
		struct err e = { 0 };
		FILE *file = fopen(path, "w");
		fputs(bad[i], file);
		fclose(file);
		chmod(path, 0600);
		assert_int_equal(keyring_load(&k, path, &e), E_CORRUPT);
		assert_int_equal(k.n, 0);
	}
	unlink(path);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(addresses_and_names_are_not_in_the_store, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(the_same_address_never_looks_the_same, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(a_value_moved_to_another_row_or_column_does_not_open, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_sent_to_an_address_that_does_not_open, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(a_name_that_looks_sealed_is_a_name, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(a_name_that_looks_sealed_is_a_name, setup_plain, teardown),
		cmocka_unit_test_setup_teardown(a_fingerprint_is_blinded_and_found_again, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(what_a_message_is_known_by_is_blinded_and_found_while_it_is_new, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(a_new_store_is_asked_by_blinds_alone, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(what_was_plain_is_sealed_little_by_little_and_found_all_the_while, setup_plain, teardown),
		cmocka_unit_test_setup_teardown(a_new_key_takes_over_and_the_old_one_may_go, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(a_store_is_not_opened_without_its_key, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(only_who_has_the_store_alone_begins_with_a_new_key, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(a_broken_key_file_is_told_with_its_line, setup_plain, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
