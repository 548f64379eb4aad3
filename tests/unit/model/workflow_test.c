/* Who may take which step in which state. The matrix below is written down a second time on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/sm.h"
#include "gateway/model/workflow.h"

/* Columns: new accepted dispatched handling replied closed refused. A letter is where the step leads, '=' stays. */
static const struct { enum step step; const char *to, *roles, *event; unsigned needs; } MATRIX[] = {
	{ STEP_ACCEPT,    "a......", "asm",   NULL,         NEEDS_NOTHING },
	{ STEP_DISPATCH,  "ddddd..", "asm",   "dispatched", NEEDS_DEPARTMENT },
	{ STEP_HANDLE,    ".hh.h..", "adsm",  NULL,         NEEDS_NOTHING },
	{ STEP_REPLY,     "rrrrr..", "adsm",  "reply",      NEEDS_TEXT },
	{ STEP_RETURN,    "..aa...", "dsm",   NULL,         NEEDS_NOTE },
	{ STEP_SUPERVISE, "=====..", "sm",    NULL,         NEEDS_NOTE },
	{ STEP_RELEASE,   ".......", "asm",   "received",   NEEDS_NOTHING }, /* only when held */
	{ STEP_CLOSE,     "....c..", "asm",   "closed",     NEEDS_NOTHING },
	{ STEP_REFUSE,    "xx.....", "asm",   "refused",    NEEDS_GROUND },
	{ STEP_REOPEN,    ".....aa", "smy",   "reopened",   NEEDS_NOTHING },
	{ STEP_NOTE,      "=======", "adsmy", NULL,         NEEDS_NOTE },
};
static const char STATE_LETTER[] = "nadhrcx", ROLE_LETTER[] = "adsmy";

static bool may(unsigned step, unsigned state, unsigned role)
{
	return MATRIX[step].to[state] != '.' && strchr(MATRIX[step].roles, ROLE_LETTER[role]);
}

static void a_step_is_legal_exactly_where_the_matrix_says(void **state)
{
	(void)state;
	for (unsigned s = 0; s < STEPS; s++)
		for (unsigned from = 0; from < TICKET_STATES; from++)
			for (unsigned r = 0; r < ROLES; r++) {
				struct err e = { 0 };
				int rc = step_check((enum step)s, (enum ticket_state)from, 0, (enum role)r, &e);
				bool role_ok = strchr(MATRIX[s].roles, ROLE_LETTER[r]);
				assert_int_equal(MATRIX[s].step, s);
				assert_int_equal(rc, may(s, from, r) ? E_OK : role_ok ? E_CONFLICT : E_DENIED);
				assert_int_equal((steps_legal((enum ticket_state)from, 0, (enum role)r) >> s) & 1, may(s, from, r));
			}
}

static void a_step_leads_where_the_matrix_says_and_tells_the_citizen(void **state)
{
	(void)state;
	for (unsigned s = 0; s < STEPS; s++) {
		const struct step_rule *rule = step_rule((enum step)s);
		assert_int_equal(rule->step, s);
		assert_int_equal(rule->needs, MATRIX[s].needs);
		if (MATRIX[s].event)
			assert_string_equal(rule->event, MATRIX[s].event);
		else
			assert_null(rule->event);
		for (unsigned from = 0; from < TICKET_STATES; from++) {
			char to = MATRIX[s].to[from];
			if (to != '.')
				assert_int_equal(rule->to, to == '=' ? -1 : strchr(STATE_LETTER, to) - STATE_LETTER);
		}
	}
}

static void steps_set_and_clear_their_flags(void **state)
{
	(void)state;
	assert_int_equal(step_rule(STEP_RETURN)->flags_set, FLAG_RETURNED);
	assert_int_equal(step_rule(STEP_SUPERVISE)->flags_set, FLAG_SUPERVISED);
	assert_int_equal(step_rule(STEP_REOPEN)->flags_set, FLAG_REOPENED);
	assert_int_equal(step_rule(STEP_RELEASE)->flags_clear, FLAG_HELD);
	assert_int_equal(step_rule(STEP_CLOSE)->flags_clear, FLAG_SUPERVISED);
}

static void the_state_machine_allows_what_some_step_does_and_nothing_else(void **state)
{
	(void)state;
	for (unsigned from = 0; from < TICKET_STATES; from++)
		for (unsigned to = 0; to < TICKET_STATES; to++) {
			/* A merge closes what is open, and its undoing opens it as it was. */
			bool some = (from == TICKET_CLOSED) != (to == TICKET_CLOSED) && from != TICKET_REFUSED && to != TICKET_REFUSED;
			for (unsigned s = 0; s < STEPS; s++)
				some |= MATRIX[s].to[from] == STATE_LETTER[to];
			assert_int_equal(sm_legal(&ticket_machine, from, to), some);
		}
	assert_int_equal(ticket_machine.count, TICKET_STATES);
	assert_string_equal(sm_name(&ticket_machine, TICKET_REFUSED), "refused");
}

static void a_held_ticket_waits_for_a_person(void **state)
{
	static const uint32_t HELD = 1u << STEP_RELEASE | 1u << STEP_REFUSE | 1u << STEP_NOTE;
	(void)state;
	assert_int_equal(steps_legal(TICKET_NEW, FLAG_HELD, ROLE_AGENT), HELD);
	assert_int_equal(steps_legal(TICKET_NEW, FLAG_HELD | FLAG_EMERGENCY, ROLE_ADMIN), HELD);
	assert_int_equal(steps_legal(TICKET_NEW, FLAG_HELD, ROLE_DEPARTMENT), 1u << STEP_NOTE);
	for (unsigned from = 0; from < TICKET_STATES; from++)
		for (unsigned r = 0; r < ROLES; r++) {
			assert_int_equal(steps_legal((enum ticket_state)from, FLAG_HELD, (enum role)r) & ~HELD, 0);
			assert_int_equal(steps_legal((enum ticket_state)from, 0, (enum role)r) & 1u << STEP_RELEASE, 0);
		}
}

static void a_refused_step_says_what_is_legal_now(void **state)
{
	(void)state;
	struct err e = { 0 };
	assert_int_equal(step_check(STEP_CLOSE, TICKET_NEW, 0, ROLE_AGENT, &e), E_CONFLICT);
	assert_int_equal(e.code, E_CONFLICT);
	assert_string_equal(e.words,
	"close is not possible for a ticket that is new; legal now: accept, dispatch, reply, refuse, note");
	assert_int_equal(step_check(STEP_REPLY, TICKET_NEW, FLAG_HELD, ROLE_AGENT, &e), E_CONFLICT);
	assert_string_equal(e.words,
	"reply is not possible for a ticket that is new and held; legal now: release, refuse, note");
	assert_int_equal(step_check(STEP_CLOSE, TICKET_REPLIED, 0, ROLE_DEPARTMENT, &e), E_DENIED);
	assert_string_equal(e.words, "a department may not close; legal now: handle, reply, note");
	assert_int_equal(step_check(STEP_CLOSE, TICKET_REPLIED, 0, ROLE_SYSTEM, NULL), E_DENIED);
}

static void names_are_found_again_and_the_system_is_nobody_to_log_in_as(void **state)
{
	(void)state;
	for (int s = 0; s < STEPS; s++)
		assert_int_equal(step_find(step_name((enum step)s)), s);
	assert_int_equal(step_find("explode"), -1);
	for (int r = 0; r < ROLE_SYSTEM; r++)
		assert_int_equal(role_find(role_name((enum role)r)), r);
	assert_int_equal(role_find("system"), -1);
	assert_int_equal(role_find(""), -1);
	assert_string_equal(role_name(ROLE_SYSTEM), "system");
	for (int g = 0; g < GROUNDS; g++)
		assert_int_equal(ground_find(ground_name((unsigned)g)), g);
	assert_null(ground_name(GROUNDS));
	assert_int_equal(ground_find("because"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_legal_exactly_where_the_matrix_says),
		cmocka_unit_test(a_step_leads_where_the_matrix_says_and_tells_the_citizen),
		cmocka_unit_test(steps_set_and_clear_their_flags),
		cmocka_unit_test(the_state_machine_allows_what_some_step_does_and_nothing_else),
		cmocka_unit_test(a_held_ticket_waits_for_a_person),
		cmocka_unit_test(a_refused_step_says_what_is_legal_now),
		cmocka_unit_test(names_are_found_again_and_the_system_is_nobody_to_log_in_as),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
