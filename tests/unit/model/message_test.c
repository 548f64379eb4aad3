/* Where a message to a citizen may go from where it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/sm.h"
#include "gateway/model/message.h"

/* Rows: from; columns: to. Order: queued sending accepted delivered read retry failed expired dead unknown. */
static const char *const MOVES[OUT_STATES] = {
	[OUT_QUEUED] =    ".s....fe.u",
	[OUT_SENDING] =   "q.adryf.xu",
	[OUT_ACCEPTED] =  "...dr.fe..",
	[OUT_DELIVERED] = "....r.....",
	[OUT_READ] =      "..........",
	[OUT_RETRY] =     ".s.....exu",
	[OUT_FAILED] =    "q.........",
	[OUT_EXPIRED] =   "..........",
	[OUT_DEAD] =      "q.........",
	[OUT_UNKNOWN] =   "q.adr.f...",
};

static void a_message_moves_only_as_drawn(void **state)
{
	(void)state;
	for (unsigned from = 0; from < OUT_STATES; from++)
		for (unsigned to = 0; to < OUT_STATES; to++)
			assert_int_equal(sm_legal(&out_machine, from, to), MOVES[from][to] != '.');
	assert_int_equal(out_machine.count, OUT_STATES);
}

static void what_may_have_arrived_is_never_sent_again_by_itself(void **state)
{
	(void)state;
	assert_false(sm_legal(&out_machine, OUT_UNKNOWN, OUT_SENDING));
	assert_false(sm_legal(&out_machine, OUT_UNKNOWN, OUT_RETRY));
	assert_false(sm_legal(&out_machine, OUT_ACCEPTED, OUT_SENDING));
	assert_false(sm_legal(&out_machine, OUT_ACCEPTED, OUT_QUEUED));
}

static void the_states_have_the_names_of_the_interface(void **state)
{
	static const char *const NAME[OUT_STATES] = { "queued", "sending", "accepted", "delivered", "read", "retry",
	"failed", "expired",
		"dead", "unknown" };
	(void)state;
	for (unsigned s = 0; s < OUT_STATES; s++) {
		assert_string_equal(sm_name(&out_machine, s), NAME[s]);
		assert_int_equal(sm_find(&out_machine, NAME[s]), s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_moves_only_as_drawn),
		cmocka_unit_test(what_may_have_arrived_is_never_sent_again_by_itself),
		cmocka_unit_test(the_states_have_the_names_of_the_interface),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
