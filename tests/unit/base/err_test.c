#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"

static void set_returns_the_code_and_keeps_the_words(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(err_set(&e, E_DENIED, "no %s for %d", "entry", 7), E_DENIED);
	assert_int_equal(e.code, E_DENIED);
	assert_string_equal(e.words, "no entry for 7");
	assert_int_equal(err_set(NULL, E_IO, "nobody listens"), E_IO);
}

static void a_rules_name_goes_with_its_words_and_no_further(void **state)
{
	(void)state;
	struct err e;
	assert_int_equal(err_rule(&e, E_CONFLICT, "return-late", "over at %d", 17), E_CONFLICT);
	assert_string_equal(e.rule, "return-late");
	assert_string_equal(e.words, "over at 17");
	assert_int_equal(err_wrap(&e, "ticket %d", 7), E_CONFLICT);
	assert_string_equal(e.rule, "return-late");
	(void)err_set(&e, E_IO, "disk full");
	assert_null(e.rule);
	assert_int_equal(err_rule(NULL, E_RANGE, "days", "nobody listens"), E_RANGE);
}

static void wrap_puts_context_before_the_words(void **state)
{
	(void)state;
	struct err e;
	err_set(&e, E_IO, "disk full");
	assert_int_equal(err_wrap(&e, "channel %s", "sms"), E_IO);
	assert_string_equal(e.words, "channel sms: disk full");
}

static void the_words_may_be_an_argument_of_themselves(void **state)
{
	(void)state;
	struct err e;
	err_set(&e, E_IO, "inner");
	err_set(&e, E_CONFIG, "outer (%s)", e.words);
	assert_string_equal(e.words, "outer (inner)");
}

static void words_are_one_line(void **state)
{
	(void)state;
	struct err e;
	err_set(&e, E_IO, "a\r\nb");
	assert_string_equal(e.words, "a  b");
}

static void long_words_are_cut_on_a_character_border(void **state)
{
	(void)state;
	struct err e;
	char text[3 * 200 + 1];
	for (size_t shift = 0; shift < 3; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 3 <= 600; i += 3)
			memcpy(text + i, "\xE5\xBF\x83", 3);
		text[600 - shift] = '\0';
		err_set(&e, E_IO, "%s", text);
		assert_true(utf8_valid(e.words, strlen(e.words)));
		assert_in_range(strlen(e.words), ERR_WORDS_MAX - 4, ERR_WORDS_MAX - 1);
		err_wrap(&e, "and more");
		assert_true(utf8_valid(e.words, strlen(e.words)));
	}
}

static void every_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int a = E_UNSUPPORTED; a <= E_OK; a++) {
		assert_string_not_equal(err_name(a), "unknown");
		for (int b = a + 1; b <= E_OK; b++)
			assert_string_not_equal(err_name(a), err_name(b));
	}
	assert_string_equal(err_name(E_UNSUPPORTED - 1), "unknown");
	assert_string_equal(err_name(1), "unknown");
	assert_string_equal(err_name(INT32_MIN), "unknown");
}

static void faults_say_file_and_line(void **state)
{
	(void)state;
	struct faults f = { 0 };
	faults_add(&f, "a.conf", 12, "key %s", "x");
	faults_add(&f, "b.csv", 0, "not UTF-8");
	faults_add(&f, "c.conf", 3, "\"a\r\nb\" is no number"); /* a fault is one line, whatever it quotes */
	assert_int_equal(f.count, 3);
	assert_string_equal(f.line[2], "c.conf:3: \"a  b\" is no number");
	assert_string_equal(f.line[0], "a.conf:12: key x");
	assert_string_equal(f.line[1], "b.csv: not UTF-8");
	static const struct { const char *file, *words, *form; unsigned line; } of[] = { { "a.conf", "key x", "key %s", 12 },
		{ "b.csv", "not UTF-8", "not UTF-8", 0 }, { "c.conf", "\"a  b\" is no number", "\"a\r\nb\" is no number", 3 } };
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(f.of[i].form, of[i].form);
		assert_int_equal(f.of[i].line, of[i].line);
		assert_int_equal(f.of[i].file, strlen(of[i].file));
		assert_string_equal(f.line[i] + f.of[i].words, of[i].words);
	}
	faults_fini(&f);
	assert_int_equal(f.count, 0);
}

/* How it ends whose stderr is a pipe that is full and that nobody reads. */
static int end_unread(void (*act)(void))
{
	int end[2], status;
	char page[4096] = { 0 };
	assert_int_equal(pipe(end), 0);
	assert_true(fcntl(end[1], F_SETPIPE_SZ, sizeof page) >= 0);
	assert_int_equal(write(end[1], page, sizeof page), sizeof page);
	pid_t pid = fork();
	if (!pid) {
		alarm(10);
		(void)dup2(end[1], STDERR_FILENO);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(end[0]);
	close(end[1]);
	return WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void break_must(void)
{
	must(!"this holds");
}

static void __attribute__((unused)) want_memory(void)
{
	(void)mem_alloc((size_t)1 << 47); /* all there are addresses for */
}

static void the_process_stops_though_nobody_reads_why(void **state)
{
	(void)state;
	assert_int_equal(end_unread(break_must), SIGABRT);
#ifndef __SANITIZE_ADDRESS__ /* which would end it itself */
	assert_int_equal(end_unread(want_memory), SIGABRT);
#endif
}

static void a_broken_must_stops_the_process(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (!pid) {
		close(STDERR_FILENO);
		must(pid != 0);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_returns_the_code_and_keeps_the_words),
		cmocka_unit_test(a_rules_name_goes_with_its_words_and_no_further),
		cmocka_unit_test(wrap_puts_context_before_the_words),
		cmocka_unit_test(the_words_may_be_an_argument_of_themselves),
		cmocka_unit_test(words_are_one_line),
		cmocka_unit_test(long_words_are_cut_on_a_character_border),
		cmocka_unit_test(every_code_has_a_name_of_its_own),
		cmocka_unit_test(faults_say_file_and_line),
		cmocka_unit_test(a_broken_must_stops_the_process),
		cmocka_unit_test(the_process_stops_though_nobody_reads_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
