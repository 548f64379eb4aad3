/* What channels call messages, and what was kept aside: nothing of it stands readable in a sealed store, and all of it is
 * found and read. */
#include "gateway/store/erase.h"
#include "gateway/store/ids.h"
#include "gateway/store/intake.h"
#include "gateway/store/phone.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/receipt.h"
#include "gateway/store/verify.h"
#include "gateway/store/view.h"
#include "tests/unit/store/fixture.h"

#define MESSAGE_ID "<wang.xiaoming.0421@example.cn>"
static const char MAIL[] = MESSAGE_ID "#abcdefghijklmnopqrstuvwx", NOTICE[] = "notice:oWangOpenid0421:tmpl",
	EARLY[] = "notice:oLiOpenid0422:tmpl", VISITOR[] = "wvisitor0423", PDU[] = "\0\x01\xff+8613800138424 address: 3 Lake Road";
static const char *const personal[] = {
	"wang.xiaoming.0421", "oWangOpenid0421", "oLiOpenid0422", "wvisitor0423", "8613800138424", "Lake Road"
};
enum { PERSONAL = sizeof personal / sizeof *personal };

struct planted {
	struct conversation_row citizen;
	struct ticket_row ticket;
	struct message_row mail, reply;
};

static void receipt(struct fixture *f, const char *id, int rc)
{
	assert_int_equal(outbox_receipt(f->tx, "sms", &(struct receipt){ .external_id = id, .state = OUT_DELIVERED, .reason = "" }), rc);
}

static struct planted plant(struct fixture *f)
{
	struct planted p = { .citizen = a_citizen(f, "+8613900139000") };
	struct outbox_claim *claim;
	size_t n;
	p.ticket = a_ticket(f, &p.citizen, "路灯不亮");
	p.mail = (struct message_row){ .conversation = p.citizen.id, .ticket = p.ticket.id, .from = FROM_CITIZEN, .text = "路灯不亮", .at = noon,
		.external_id = MAIL, .out_state = -1 };
	ok(message_insert(f->tx, &p.mail, &p.ticket));
	ok(intake_insert(f->tx, "sms", MAIL, &(struct intake_row){ .message = p.mail.id, .ticket = p.ticket.number, .at = noon }));
	p.reply = a_reply(f, &p.citizen, &p.ticket, "已派人查看");
	ok(outbox_claim(f->tx, "sms", CLAIM_THREADS, 5, &claim, &n));
	assert_int_equal(n, 1);
	assert_string_equal(claim[0].out.answers, MAIL);
	ok(outbox_handed(f->tx, p.reply.id, OUT_ACCEPTED, NULL, "sms", (const char *const[]){ NOTICE }, 1));
	receipt(f, EARLY, E_NOTFOUND);
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = "sms", .reason = "r", .raw = PDU, .n = sizeof PDU, .at = noon }));
	ok(phone_code_put(f->tx, &(struct phone_code){ .channel = "web", .peer = VISITOR, .hash = "h", .message = 1, .expires_at = noon + 1 }));
	commit(f);
	return p;
}

/* By every way in. */
static void all_found(struct fixture *f, const struct planted *p)
{
	struct intake_row i;
	struct message_row m;
	struct quarantine_row *q;
	struct unmatched_row *u;
	struct conversation_row c;
	struct view v;
	struct rules rules;
	uint64_t id;
	size_t n;
	ok(intake_find(f->tx, "sms", MAIL, &i));
	assert_int_equal(i.message, p->mail.id);
	assert_int_equal(intake_find(f->tx, "sms", "<li@example.cn>#abc", &i), E_NOTFOUND);
	rules_defaults(&rules);
	const char *refs[] = { MESSAGE_ID };
	ok(view_load(f->tx, "sms", true, &(struct msg_in){ .peer = "other", .refs = refs, .ref_count = 1 }, &rules, &v, &c));
	assert_int_equal(v.thread.id, p->ticket.id);
	ok(message_get(f->tx, p->mail.id, &m));
	assert_string_equal(m.external_id, MAIL);
	ok(outbox_of_id(f->tx, "sms", NOTICE, &id));
	assert_int_equal(id, p->reply.id);
	ok(receipts_unmatched(f->tx, noon - 1, noon + 1, &u, &n));
	assert_int_equal(n, 1);
	assert_string_equal(u[0].id, EARLY);
	ok(quarantine_list(f->tx, 0, 5, &q, &n));
	assert_int_equal(n, 1);
	assert_int_equal(q[0].n, sizeof PDU);
	assert_memory_equal(q[0].raw, PDU, sizeof PDU);
	assert_false(f->tx->closed);
}

static void verifies(struct fixture *f, int rc)
{
	int64_t events = 0;
	struct err e = { 0 };
	assert_int_equal(event_verify(f->tx, &events, NULL, NULL, &e), rc);
}

/* --- in the database itself --- */

static bool in_file(const char *path, const char *end, const char *words)
{
	char *name = mem_printf("%s%s", path, end);
	FILE *file = fopen(name, "r");
	free(name);
	if (!file)
		return false;
	fseek(file, 0, SEEK_END);
	size_t n = (size_t)ftell(file);
	char *bytes = mem_alloc(n + 1);
	rewind(file);
	assert_int_equal(fread(bytes, 1, n, file), n);
	fclose(file);
	bool in = memmem(bytes, n, words, strlen(words)) != NULL;
	free(bytes);
	return in;
}

static bool in_tables(PGconn *c, const char *words)
{
	char hex[200], sql[600];
	PGresult *t = PQexec(c, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
	bool in = false;
	crypto_hex(words, strlen(words), hex);
	for (int i = 0; i < PQntuples(t); i++) {
		snprintf(sql, sizeof sql, "SELECT 1 FROM \"%s\" t WHERE t::text LIKE '%%%s%%' OR t::text LIKE '%%%s%%'", PQgetvalue(t, i, 0), words, hex);
		PGresult *r = PQexec(c, sql);
		assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
		in = in || PQntuples(r) > 0;
		PQclear(r);
	}
	PQclear(t);
	return in;
}

static bool readable(struct fixture *f, const char *words)
{
	if (*f->path)
		return in_file(f->path, "", words) || in_file(f->path, "-wal", words);
	PGconn *c = PQconnectdb(f->dsn);
	bool in = in_tables(c, words);
	PQfinish(c);
	return in;
}

static void how_many_are_readable(struct fixture *f, size_t wanted)
{
	size_t n = 0;
	reopen(f); /* the log of SQLite is gone with it */
	for (size_t i = 0; i < PERSONAL; i++)
		n += readable(f, personal[i]);
	assert_int_equal(n, wanted);
}

/* --- tests --- */

static void no_id_and_nothing_kept_aside_is_readable(void **state)
{
	struct fixture *f = *state;
	struct planted p = plant(f);
	struct phone_code code;
	how_many_are_readable(f, 0);
	all_found(f, &p);
	assert_int_equal(intake_insert(f->tx, "sms", MAIL, &(struct intake_row){ .at = noon }), E_EXISTS);
	ok(phone_code_get(f->tx, "web", VISITOR, &code));
	ok(phone_code_tried(f->tx, &code));
	ok(phone_code_get(f->tx, "web", VISITOR, &code));
	assert_int_equal(code.tries, 1);
	ok(phone_code_drop(f->tx, &code));
	receipt(f, NOTICE, 0);
	struct outbox_row o;
	ok(outbox_get(f->tx, p.reply.id, &o));
	assert_int_equal(o.state, OUT_DELIVERED);
	verifies(f, 0);
}

static void erased_it_is_not_either(void **state)
{
	struct fixture *f = *state;
	struct planted p = plant(f);
	struct erased out;
	struct err e = { 0 };
	ok(ticket_get(f->tx, p.ticket.id, &p.ticket));
	p.ticket.state = TICKET_CLOSED;
	ok(ticket_update(f->tx, &p.ticket));
	ok(erase_conversation(f->tx, p.citizen.id, "command", "asked for it", &out, &e));
	ok(erase_aside_old(f->tx, noon + 1000, 10, &out));
	assert_int_equal(out.aside, 1);
	how_many_are_readable(f, 0);
	struct intake_row i;
	ok(intake_find(f->tx, "sms", MAIL, &i)); /* brought again it is known */
	verifies(f, 0);
}

static void without_a_key_it_stands_as_it_came(void **state)
{
	struct fixture *f = *state;
	struct planted p = plant(f);
	how_many_are_readable(f, PERSONAL);
	all_found(f, &p);
}

/* The code for a telephone lives for ten minutes and is not walked. */
static void is_sealed_little_by_little(struct fixture *f, const struct planted *p)
{
	size_t rows;
	bool done = false;
	struct phone_code *over;
	ok(phone_code_over(f->tx, noon + 1, 5, &over, &rows));
	for (size_t i = 0; i < rows; i++)
		ok(phone_code_drop(f->tx, &over[i]));
	for (int steps = 0; !done && steps < 100; steps++) {
		ok(rekey_step(f->tx, 1, &rows, &done));
		commit(f);
		all_found(f, p);
		if (steps == 5)
			reopen(f); /* another process goes on */
	}
	assert_true(done);
	store_sealed_whole(f->store);
	all_found(f, p);
	verifies(f, 0);
	how_many_are_readable(f, 0);
	all_found(f, p);
}

static void what_was_plain_is_sealed_and_found_all_the_while(void **state)
{
	struct fixture *f = *state;
	struct planted p = plant(f);
	key_on(f);
	reopen(f);
	all_found(f, &p);
	is_sealed_little_by_little(f, &p);
}

/* As the version before left it: sealed, and done with it, but for ids and what was kept aside. */
static void a_store_that_is_sealed_already_is_sealed_further(void **state)
{
	struct fixture *f = *state;
	walk(f, 100);
	meddle(f, "DELETE FROM kept WHERE space = 'seal-ids'");
	f->session.sealer->by_ids = false;
	struct planted p = plant(f);
	how_many_are_readable(f, PERSONAL);
	all_found(f, &p);
	is_sealed_little_by_little(f, &p);
}

static void a_new_key_leaves_ids_found_and_the_old_one_may_go(void **state)
{
	struct fixture *f = *state;
	struct planted p = plant(f);
	struct keyring k;
	struct err e = { 0 };
	char hex[2 * SECRET_LEN + 1];
	walk(f, 100);
	new_key(f);
	all_found(f, &p);
	walk(f, 1);
	all_found(f, &p);
	ok(keyring_load(&k, f->key_file, &e));
	FILE *only = fopen(f->key_file, "w");
	fprintf(only, "2 %s\n", crypto_hex(k.of[1].key, SECRET_LEN, hex));
	fclose(only);
	how_many_are_readable(f, 0);
	all_found(f, &p);
	verifies(f, 0);
}

static void an_id_that_was_changed_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct planted p = plant(f);
	(void)p;
	verifies(f, 0);
	meddle(f, "UPDATE message SET external_id = 'mine' WHERE external_id IS NOT NULL");
	verifies(f, E_CORRUPT);
}

static void bytes_under_anothers_number_do_not_open(void **state)
{
	struct fixture *f = *state;
	struct quarantine_row *q;
	size_t n;
	plant(f);
	meddle(f, "UPDATE quarantine SET id = id + 1");
	ok(quarantine_list(f->tx, 0, 5, &q, &n));
	assert_int_equal(q[0].n, 0);
	assert_true(f->tx->closed);
}

static int64_t others_who_name(struct fixture *f, const char *sha256, uint64_t but)
{
	int64_t n = 0;
	ok(tx_one(f->tx, STMT_file_named, PARAMS(v_text(sha256), v_id(but)), fill_int, &n));
	return n;
}

/* Erasing asks whose raw mail a file is, by an index of the mails alone, which it knows by their ids. */
static void whose_raw_mail_a_file_is_is_seen_through_the_seal(void **state)
{
	struct fixture *f = *state;
	struct conversation_row c = a_citizen(f, "+8613900139000");
	struct message_row m[2];
	for (size_t i = 0; i < 2; i++) {
		m[i] = (struct message_row){ .conversation = c.id, .from = FROM_CITIZEN, .text = "路灯不亮", .at = noon,
			.external_id = MAIL, .raw_sha256 = "aa11", .out_state = -1 };
		ok(message_insert(f->tx, &m[i], NULL));
	}
	assert_int_equal(others_who_name(f, "aa11", m[0].id), 1);
	key_on(f);
	reopen(f);
	walk(f, 1);
	assert_int_equal(others_who_name(f, "aa11", m[0].id), 1);
	ok(message_get(f->tx, m[1].id, &m[1]));
	assert_string_equal(m[1].external_id, MAIL);
}

static bool has_marks(struct fixture *f)
{
	const char *key[IDS_MAX];
	return key[id_keys(f->tx, "x", key) - 1][0] == SEAL_MARK;
}

/* The one that is there already may be of a version that looks for ids as they are. */
static void ids_are_not_marked_beside_another_gateway(void **state)
{
	struct fixture *f = *state;
	struct store *other;
	struct err e = { 0 };
	struct store_config c = fixture_config(f);
	if (!store_shared(f->store))
		skip();
	meddle(f, "DELETE FROM kept WHERE space = 'seal-ids'");
	c.node = 8;
	store_down(f);
	ok(store_open(&other, &c, &e)); /* alone: it begins */
	store_up(f);
	begin(f, noon);
	assert_true(has_marks(f));
	meddle(f, "DELETE FROM kept WHERE space = 'seal-ids'");
	reopen(f);
	assert_false(has_marks(f));
	store_close(&other);
	reopen(f);
	assert_true(has_marks(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_id_and_nothing_kept_aside_is_readable, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(erased_it_is_not_either, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(without_a_key_it_stands_as_it_came, setup_plain, teardown),
		cmocka_unit_test_setup_teardown(what_was_plain_is_sealed_and_found_all_the_while, setup_plain, teardown),
		cmocka_unit_test_setup_teardown(a_store_that_is_sealed_already_is_sealed_further, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(a_new_key_leaves_ids_found_and_the_old_one_may_go, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(an_id_that_was_changed_is_noticed, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(bytes_under_anothers_number_do_not_open, setup_sealed, teardown),
		cmocka_unit_test_setup_teardown(whose_raw_mail_a_file_is_is_seen_through_the_seal, setup_plain, teardown),
		cmocka_unit_test_setup_teardown(ids_are_not_marked_beside_another_gateway, setup_sealed, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
