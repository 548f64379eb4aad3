#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/base/sm.h"

/* shut -> open -> shut, open -> broken */
enum { SHUT, OPEN, BROKEN };
static const char *const names[] = { "shut", "open", "broken" };
static const uint32_t next[] = { SM_TO(OPEN), SM_TO(SHUT) | SM_TO(BROKEN), 0 };
static const struct sm_table door = { "door", names, next, 3 };

static void only_the_table_s_moves_are_legal(void **state)
{
	(void)state;
	assert_true(sm_legal(&door, SHUT, OPEN));
	assert_true(sm_legal(&door, OPEN, BROKEN));
	assert_false(sm_legal(&door, SHUT, SHUT));
	assert_false(sm_legal(&door, SHUT, BROKEN));
	assert_false(sm_legal(&door, BROKEN, OPEN));
}

static void states_out_of_the_table_are_illegal(void **state)
{
	(void)state;
	assert_false(sm_legal(&door, 3, OPEN));
	assert_false(sm_legal(&door, SHUT, 3));
	assert_false(sm_legal(&door, SHUT, 33));
	assert_false(sm_legal(&door, UINT32_MAX, UINT32_MAX));
}

static void a_legal_move_is_made(void **state)
{
	(void)state;
	unsigned s = SHUT;
	sm_move(&door, &s, OPEN, "front");
	assert_int_equal(s, OPEN);
	sm_move(&door, &s, BROKEN, NULL);
	assert_int_equal(s, BROKEN);
}

static void an_illegal_move_stops_the_process(void **state)
{
	(void)state;
	pid_t pid = fork();
	if (!pid) {
		unsigned s = BROKEN;
		close(STDERR_FILENO);
		sm_move(&door, &s, OPEN, NULL);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void states_are_found_by_name(void **state)
{
	(void)state;
	assert_int_equal(sm_find(&door, "broken"), BROKEN);
	assert_int_equal(sm_find(&door, "Broken"), -1);
	assert_int_equal(sm_find(&door, ""), -1);
	assert_string_equal(sm_name(&door, OPEN), "open");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_table_s_moves_are_legal),
		cmocka_unit_test(states_out_of_the_table_are_illegal),
		cmocka_unit_test(a_legal_move_is_made),
		cmocka_unit_test(an_illegal_move_stops_the_process),
		cmocka_unit_test(states_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
