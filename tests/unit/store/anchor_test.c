/* The event chain against what was written down of it outside the database. */
#include "gateway/store/anchor.h"
#include "gateway/store/event.h"
#include "gateway/store/verify.h"
#include "tests/unit/store/fixture.h"

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
	assert_int_equal(anchor_file_read(&file, path, &ours, &e), E_NOTFOUND);
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

/* The file as `all`, cut to n bytes; then one more anchor. */
static void cut_and_append(struct fixture *f, const char *path, const char *all, size_t n)
{
	struct anchor_file file;
	struct anchor *a;
	struct err e = { 0 };
	size_t heads;
	FILE *out = fopen(path, "w");
	assert_int_equal(fwrite(all, 1, n, out), n);
	fclose(out);
	ok(verify_with(f, path, &ours, &e)); /* however it was broken off */
	ok(anchor_file_read(&file, path, &ours, &e));
	assert_int_equal(file.torn, n < strlen(all) - 1 && n > 0 && all[n - 1] != '\n');
	ok(anchor_heads(f->tx, &a, &heads));
	ok(anchor_file_append(&file, path, &ours, a, heads, &e));
	assert_false(file.torn);
	anchor_file_fini(&file);
	ok(anchor_file_read(&file, path, &ours, &e));
	assert_false(file.torn);
	assert_int_equal(file.of[file.n - 1].seq, a->seq);
	anchor_file_fini(&file);
	ok(verify_with(f, path, &ours, &e));
}

static void read_whole(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

static void a_last_line_that_was_broken_off_is_passed_over_and_closed(void **state)
{
	struct fixture *f = *state;
	char *path = anchored(f), all[1000], closed[1400];
	struct err e;
	append(f, 2);
	cut_and_append(f, path, "", 0);
	read_whole(path, all, sizeof all);
	append(f, 2);
	for (size_t n = 0; n <= strlen(all); n++)
		cut_and_append(f, path, all, n);
	/* Closed by somebody else it is a line that was changed; so is one of ours that was changed behind. */
	cut_and_append(f, path, all, 30);
	read_whole(path, closed, sizeof closed);
	for (int how = 0; how < 2; how++) {
		FILE *out = fopen(path, "w");
		if (how == 0)
			fprintf(out, "%.30s\n", all);
		else
			fprintf(out, "%.29sX%s", closed, closed + 30);
		fclose(out);
		assert_int_equal(verify_with(f, path, &ours, &e), E_CORRUPT);
		assert_non_null(strstr(e.words, "anchors:1: this anchor was changed"));
	}
	gone(path);
}

static void zeros_behind_a_crash_are_a_line_that_was_broken_off(void **state)
{
	struct fixture *f = *state;
	char *path = anchored(f);
	struct anchor_file file;
	struct anchor *a;
	struct err e = { 0 };
	size_t n;
	FILE *out = fopen(path, "a");
	for (unsigned i = 0; i < 5000; i++)
		fputc('\0', out);
	fclose(out);
	append(f, 1);
	ok(anchor_file_read(&file, path, &ours, &e));
	assert_true(file.torn);
	ok(anchor_heads(f->tx, &a, &n));
	ok(anchor_file_append(&file, path, &ours, a, n, &e));
	anchor_file_fini(&file);
	ok(anchor_file_read(&file, path, &ours, &e));
	assert_int_equal(file.n, 2);
	anchor_file_fini(&file);
	gone(path);
}

static void the_logs_lines_of_anchors_are_anchors(void **state)
{
	struct fixture *f = *state;
	char *path = anchored(f), line[1000] = "";
	struct anchor_file file;
	struct err e;
	read_whole(path, line, sizeof line);
	line[strcspn(line, "\n")] = '\0';
	for (int forged = 0; forged < 2; forged++) {
		FILE *out = fopen(path, "w");
		fprintf(out, "Nov 30 03:00:05 host xinqiao[77]: 2026-11-30T03:00:05+08:00 info audit the event chain was anchored line=\"%s\"\n", line);
		fclose(out);
		assert_int_equal(verify_with(f, path, &ours, &e), forged ? E_CORRUPT : 0);
		line[0] ^= 1;
	}
	assert_int_equal(anchor_file_read(&file, path, &ours, &e), E_CORRUPT);
	anchor_file_fini(&file);
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
		TEST(a_last_line_that_was_broken_off_is_passed_over_and_closed),
		TEST(zeros_behind_a_crash_are_a_line_that_was_broken_off),
		TEST(the_logs_lines_of_anchors_are_anchors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
