/* The event chain against what was written down of it outside the database. */
#include "tests/store/fixture.h"

#include "gateway/store/anchor.h"

static const struct secret ours = { { 1, 2, 3 } };

static void append(struct fixture *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ok(event_append(f->tx, 0, "kind", "somebody", "{}"));
	commit(f);
}

/* Five events, and an anchor at the fifth. */
static char *anchored(struct fixture *f)
{
	struct anchor_file file;
	struct anchor *a;
	struct err e = { 0 };
	size_t n;
	char *path = mem_printf("%s/anchors", f->folder);
	append(f, 5);
	ok(anchor_heads(f->tx, &a, &n));
	ok(anchor_file_read(&file, path, &ours, &e));
	assert_int_equal(file.n, 0);
	ok(anchor_file_append(&file, path, &ours, a, n, &e));
	ok(anchor_file_append(&file, path, &ours, a, n, &e)); /* nothing new: no line */
	assert_int_equal(file.n, 1);
	anchor_file_fini(&file);
	return path;
}

static int verify_with(struct fixture *f, const char *path, const struct secret *s, struct err *e)
{
	struct anchor_file file;
	struct event_verified found;
	*e = (struct err){ 0 };
	int rc = anchor_file_read(&file, path, s, e);
	if (rc == 0)
		rc = event_verify_anchored(f->tx, file.of, file.n, &found, NULL, NULL, e);
	anchor_file_fini(&file);
	return rc;
}

static void gone(char *path)
{
	unlink(path);
	free(path);
}

static void noticed(struct fixture *f, char *path, const char *words)
{
	struct err e;
	int64_t events;
	ok(event_verify(f->tx, &events, NULL, NULL, &e)); /* by itself it looks whole */
	assert_int_equal(verify_with(f, path, &ours, &e), E_CORRUPT);
	if (!strstr(e.words, words))
		fail_msg("%s", e.words);
	gone(path);
}

static void an_anchor_holds_while_the_chain_grows(void **state)
{
	struct fixture *f = *state;
	struct err e;
	char *path = anchored(f);
	append(f, 7);
	ok(verify_with(f, path, &ours, &e));
	gone(path);
}

static void a_chain_cut_and_its_head_mended_is_noticed(void **state)
{
	struct fixture *f = *state;
	char *path = anchored(f);
	meddle(f, "DELETE FROM event WHERE seq > 3; UPDATE node SET event_seq = 3, event_hash = (SELECT hash FROM event WHERE seq = 3)");
	noticed(f, path, "was cut; event number 5 was there at ");
}

static void a_chain_written_anew_is_noticed(void **state)
{
	struct fixture *f = *state;
	char *path = anchored(f);
	meddle(f, "DELETE FROM event");
	memset(f->session.head.event_hash, 0, sizeof f->session.head.event_hash);
	f->session.head.event_seq = 0;
	append(f, 6);
	noticed(f, path, "not the one that was anchored");
}

static void a_forged_anchor_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct err e;
	static const struct secret other = { { 9 } };
	char *path = anchored(f), text[400] = "";
	assert_int_equal(verify_with(f, path, &other, &e), E_CORRUPT);
	assert_non_null(strstr(e.words, "anchors:1: this anchor was changed, or made with another secret"));
	FILE *file = fopen(path, "r+");
	assert_non_null(fgets(text, sizeof text, file));
	*strstr(text, " 5 ") = '5';
	rewind(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(verify_with(f, path, &ours, &e), E_CORRUPT);
	gone(path);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_anchor_holds_while_the_chain_grows),
		TEST(a_chain_cut_and_its_head_mended_is_noticed),
		TEST(a_chain_written_anew_is_noticed),
		TEST(a_forged_anchor_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
