#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "tests/unit/slack.h"

/* What is written to stderr between catch() and caught(). */
static int real_stderr;
static FILE *caught_file;
static char line[32768];

static void catch(void)
{
	caught_file = tmpfile();
	assert_non_null(caught_file);
	real_stderr = dup(STDERR_FILENO);
	assert_true(dup2(fileno(caught_file), STDERR_FILENO) >= 0);
}

static const char *caught(void)
{
	assert_true(dup2(real_stderr, STDERR_FILENO) >= 0);
	close(real_stderr);
	rewind(caught_file);
	line[fread(line, 1, sizeof line - 1, caught_file)] = '\0';
	fclose(caught_file);
	return line;
}

static void a_text_line_has_time_level_tag_words_and_fields(void **state)
{
	(void)state;
	log_init(false, LOG_INFO);
	catch();
	log_warn("smpp", "pdu refused", "channel=%s count=%d", "sms", 3);
	const char *s = caught();
	assert_int_equal(s[4], '-');
	assert_string_equal(strchr(s, ' '), " warn  smpp: pdu refused channel=sms count=3\n");
}

static void an_event_needs_no_fields(void **state)
{
	(void)state;
	log_init(false, LOG_INFO);
	catch();
	log_info("main", "stopped", NULL);
	assert_string_equal(strchr(caught(), ' '), " info  main: stopped\n");
}

static void values_are_quoted_and_cannot_forge_lines_or_fields(void **state)
{
	(void)state;
	log_init(false, LOG_INFO);
	catch();
	log_info("x", "y", "a=%s b=%s", "1 b=2\n2026 error", "\x1b[31m\"q\"\\ \xff\xC2\x85");
	assert_string_equal(strchr(caught(), ' '),
		" info  x: y a=\"1 b=2\\n2026 error\" b=\"\\u001b[31m\\\"q\\\"\\\\ \xEF\xBF\xBD\\u0085\"\n");
}

static void a_json_line_is_one_object_with_the_fields_as_keys(void **state)
{
	(void)state;
	log_init(true, LOG_INFO);
	catch();
	log_error("db", "commit failed", "path=%s words=%s", "/x", "disk \"full\"\r\nat=1 tag=2 \x01");
	const char *s = caught();
	assert_non_null(strchr(s, '\n'));
	assert_ptr_equal(strchr(s, '\n'), s + strlen(s) - 1);
	json_t *j = json_loads(s, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(j);
	assert_string_equal(json_string_value(json_object_get(j, "level")), "error");
	assert_string_equal(json_string_value(json_object_get(j, "tag")), "db");
	assert_string_equal(json_string_value(json_object_get(j, "what")), "commit failed");
	assert_string_equal(json_string_value(json_object_get(j, "path")), "/x");
	assert_string_equal(json_string_value(json_object_get(j, "words")), "disk \"full\"\r\nat=1 tag=2 \x01");
	json_decref(j);
}

static void a_value_with_the_mark_between_fields_forges_none(void **state)
{
	(void)state;
	log_init(true, LOG_INFO);
	catch();
	log_info("x", "y", "a=%s b=%s", "1\x1f" "staff=root", "2");
	json_t *j = json_loads(caught(), 0, NULL);
	assert_non_null(j);
	assert_null(json_object_get(j, "staff"));
	json_decref(j);
}

static void a_huge_value_is_cut_and_the_line_still_whole(void **state)
{
	(void)state;
	static char huge[20000];
	memset(huge, '\x02', sizeof huge - 1);
	log_init(true, LOG_INFO);
	catch();
	log_info("x", "y", "a=%s", huge);
	json_t *j = json_loads(caught(), 0, NULL);
	assert_non_null(j);
	assert_in_range(json_string_length(json_object_get(j, "a")), 4000, 4096);
	json_decref(j);
}

static void levels_below_the_least_are_not_written(void **state)
{
	(void)state;
	log_init(false, LOG_WARN);
	catch();
	log_debug("x", "no", NULL);
	log_info("x", "no", NULL);
	log_warn("x", "yes", NULL);
	const char *s = caught();
	assert_null(strstr(s, "no"));
	assert_non_null(strstr(s, "yes"));
}

/* A pipe that is full and that nobody reads, instead of stderr. */
static int stuck(int *real)
{
	int end[2];
	char page[4096] = { 0 };
	assert_int_equal(pipe(end), 0);
	assert_true(fcntl(end[1], F_SETPIPE_SZ, sizeof page) >= 0);
	assert_int_equal(write(end[1], page, sizeof page), sizeof page);
	*real = dup(STDERR_FILENO);
	assert_true(dup2(end[1], STDERR_FILENO) >= 0);
	close(end[1]);
	return end[0];
}

static void done_with(int end, int real)
{
	assert_true(dup2(real, STDERR_FILENO) >= 0);
	close(real);
	close(end);
}

/* Somebody who takes a page of it every so often, so many times, and then is gone. */
static pid_t reader(int end, int every_ms, int pages)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	char page[4096];
	(void)dup2(end, STDIN_FILENO);
	for (int fd = 3; fd < 64; fd++) /* of the pipe's other end as well */
		close(fd);
	while (pages--) {
		poll(NULL, 0, every_ms);
		if (read(STDIN_FILENO, page, sizeof page) <= 0)
			break;
	}
	_exit(0);
}

static void end_reader(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Before the others: they use up what is waited in ten seconds. */
static void a_reader_who_is_late_for_a_moment_loses_nothing(void **state)
{
	(void)state;
	int real;
	char full[4001], text[8192] = "";
	memset(full, 'x', sizeof full - 1);
	full[sizeof full - 1] = '\0';
	log_init(false, LOG_INFO);
	int out = stuck(&real);
	pid_t pid = reader(out, 20, 3);
	for (int i = 0; i < 3; i++)
		log_info("main", "late", "i=%d full=%s", i, full);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_true(read(out, text, sizeof text - 1) > 0);
	done_with(out, real);
	assert_non_null(strstr(text, " info  main: late i=2 "));
	assert_null(strstr(text, "left out"));
}

static void who_reads_the_log_slowly_is_not_waited_for_at_each_line(void **state)
{
	(void)state;
	int real;
	char full[4001];
	memset(full, 'x', sizeof full - 1);
	full[sizeof full - 1] = '\0';
	log_init(false, LOG_INFO);
	int out = stuck(&real);
	pid_t pid = reader(out, 150, 1000);
	int64_t began = clock_monotonic();
	for (int i = 0; i < 60; i++)
		log_info("main", "slow", "i=%d full=%s", i, full);
	int64_t took = clock_monotonic() - began;
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	assert_int_equal(poll(&p, 1, 10000), 1);
	log_info("main", "read again", NULL); /* nothing of it is left to be told to others */
	done_with(out, real);
	end_reader(pid);
	assert_true(took < 2000 * (int)slack());
}

static void who_reads_the_log_no_more_stops_nobody_and_learns_how_much_was_lost(void **state)
{
	(void)state;
	int real;
	log_init(false, LOG_INFO);
	int end = stuck(&real);
	alarm(10);
	for (int i = 0; i < 100; i++)
		log_info("main", "unread", "i=%d", i);
	alarm(0);
	char text[8192] = "";
	assert_int_equal(read(end, text, 4096), 4096);
	log_info("main", "read again", NULL);
	ssize_t n = read(end, text, sizeof text - 1);
	done_with(end, real);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, " warn  log: nobody read it: lines were left out lines=100\n"));
	assert_non_null(strstr(text, " info  main: read again\n"));
	assert_null(strstr(text, "unread"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_line_has_time_level_tag_words_and_fields),
		cmocka_unit_test(an_event_needs_no_fields),
		cmocka_unit_test(values_are_quoted_and_cannot_forge_lines_or_fields),
		cmocka_unit_test(a_json_line_is_one_object_with_the_fields_as_keys),
		cmocka_unit_test(a_value_with_the_mark_between_fields_forges_none),
		cmocka_unit_test(a_huge_value_is_cut_and_the_line_still_whole),
		cmocka_unit_test(levels_below_the_least_are_not_written),
		cmocka_unit_test(a_reader_who_is_late_for_a_moment_loses_nothing),
		cmocka_unit_test(who_reads_the_log_slowly_is_not_waited_for_at_each_line),
		cmocka_unit_test(who_reads_the_log_no_more_stops_nobody_and_learns_how_much_was_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
