/* Raw messages as rows: what is read is what came, it is sealed with the rest, and no file is looked for. */
#include "gateway/store/conversation.h"
#include "gateway/store/files.h"
#include "gateway/store/message.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/raw.h"
#include "tests/unit/store/fixture.h"

static const char MAIL[] = "From: wang@example.cn\r\nSubject: x\r\n\r\n\0\x02\xff路灯不亮";
static const char FIRST[] = "aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11aa11",
	SECOND[] = "bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22bb22";
enum { MAIL_LEN = sizeof MAIL - 1 };

static uint64_t a_mail(struct fixture *f, const char *sha256, bool row)
{
	struct conversation_row c = a_citizen(f, row ? "wang@example.cn" : "li@example.cn");
	struct message_row m = { .conversation = c.id, .from = FROM_CITIZEN, .text = "路灯不亮", .at = noon, .out_state = -1, .raw_sha256 = sha256,
		.raw = row ? MAIL : NULL, .raw_n = row ? MAIL_LEN : 0 };
	ok(message_insert(f->tx, &m, NULL));
	return m.id;
}

static void reads(struct fixture *f, uint64_t id)
{
	const void *p;
	size_t n;
	ok(raw_get(f->tx, id, &p, &n));
	assert_int_equal(n, MAIL_LEN);
	assert_memory_equal(p, MAIL, n);
}

static void a_message_has_its_raw_form_or_none(void **state)
{
	struct fixture *f = *state;
	const void *p;
	size_t n;
	uint64_t id = a_mail(f, FIRST, true);
	reads(f, id);
	commit(f);
	reads(f, id);
	assert_int_equal(raw_get(f->tx, id + 1, &p, &n), E_NOTFOUND);
	ok(raw_keep(f->tx, id + 1, "", 0));
	ok(raw_get(f->tx, id + 1, &p, &n));
	assert_int_equal(n, 0);
}

static void what_is_kept_aside_has_it_too(void **state)
{
	struct fixture *f = *state;
	struct quarantine_row *q;
	size_t n;
	ok(quarantine_insert(f->tx, &(struct quarantine_row){ .channel = "mail", .reason = "r", .raw = "路灯", .n = 6, .raw_sha256 = FIRST, .whole = MAIL,
		.whole_n = MAIL_LEN, .at = noon }));
	ok(quarantine_list(f->tx, 0, 1, &q, &n));
	reads(f, q[0].id);
}

static int count(const char *sha256, void *arg)
{
	assert_string_equal(sha256, SECOND);
	++*(int *)arg;
	return 0;
}

static void only_what_is_no_row_is_a_file(void **state)
{
	struct fixture *f = *state;
	int files = 0;
	(void)a_mail(f, FIRST, true);
	(void)a_mail(f, SECOND, false);
	ok(files_each(f->tx, count, &files));
	assert_int_equal(files, 1);
}

/* --- sealed --- */

struct stored { const void *p; size_t n; };

static void fill_stored(struct row *r, void *out)
{
	struct stored *s = out;
	s->p = row_blob(r, &s->n);
}

static bool is_plain(struct fixture *f, uint64_t id)
{
	struct stored s;
	ok(tx_one(f->tx, STMT_raw_get, PARAMS(v_id(id)), fill_stored, &s));
	return memmem(s.p, s.n, "wang@example.cn", 15) != NULL;
}

static void it_is_sealed_where_addresses_are(void **state)
{
	struct fixture *f = *state;
	uint64_t id = a_mail(f, FIRST, true);
	assert_false(is_plain(f, id));
	reads(f, id);
}

static void under_anothers_number_it_does_not_open(void **state)
{
	struct fixture *f = *state;
	const void *p;
	size_t n;
	uint64_t id = a_mail(f, FIRST, true);
	meddle(f, "UPDATE raw SET id = id + 1");
	assert_int_equal(raw_get(f->tx, id + 1, &p, &n), E_MALFORMED);
	meddle(f, "UPDATE raw SET id = id - 1");
	reads(f, id);
}

static void a_new_key_seals_it_again(void **state)
{
	struct fixture *f = *state;
	struct stored before, after;
	uint64_t id = a_mail(f, FIRST, true);
	commit(f);
	ok(tx_one(f->tx, STMT_raw_get, PARAMS(v_id(id)), fill_stored, &before));
	uint8_t first = ((const uint8_t *)before.p)[3];
	new_key(f);
	walk(f, 1);
	ok(tx_one(f->tx, STMT_raw_get, PARAMS(v_id(id)), fill_stored, &after));
	assert_int_equal(((const uint8_t *)after.p)[3], first + 1);
	reads(f, id);
}

/* A store that gets its first key. */
static void what_was_plain_is_sealed(void **state)
{
	struct fixture *f = *state;
	uint64_t id = a_mail(f, FIRST, true);
	commit(f);
	assert_true(is_plain(f, id));
	key_on(f);
	reopen(f);
	reads(f, id);
	walk(f, 1);
	assert_false(is_plain(f, id));
	reads(f, id);
}

#define WITH(test, begin) cmocka_unit_test_setup_teardown(test, begin, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_message_has_its_raw_form_or_none, setup),
		WITH(a_message_has_its_raw_form_or_none, setup_sealed),
		WITH(what_is_kept_aside_has_it_too, setup),
		WITH(only_what_is_no_row_is_a_file, setup),
		WITH(it_is_sealed_where_addresses_are, setup_sealed),
		WITH(under_anothers_number_it_does_not_open, setup_sealed),
		WITH(a_new_key_seals_it_again, setup_sealed),
		WITH(what_was_plain_is_sealed, setup_plain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
