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
static const struct { enum step step; const char *to, *roles, *event; unsigned needs, have, bar; } MATRIX[] = {
	{ STEP_ACCEPT,    "a......", "asm",   NULL,         NEEDS_NOTHING, 0, FLAG_HELD },
	{ STEP_DISPATCH,  "ddddd..", "asm",   "dispatched", NEEDS_DEPARTMENT, 0, FLAG_HELD | FLAG_DISPUTED },
	{ STEP_HANDLE,    ".hh.h..", "adsm",  NULL,         NEEDS_NOTHING, 0, FLAG_HELD | FLAG_DISPUTED },
	{ STEP_REPLY,     "rrrrr..", "adsm",  "reply",      NEEDS_TEXT, 0, FLAG_HELD },
	{ STEP_RETURN,    "..aa...", "dsm",   NULL,         NEEDS_NOTE | NEEDS_REASON | NEEDS_BASIS, 0,
		FLAG_HELD | FLAG_DESIGNATED },
	{ STEP_SUPERVISE, "=====..", "sm",    NULL,         NEEDS_NOTE, 0, FLAG_HELD },
	{ STEP_RELEASE,   "=====..", "asm",   "received",   NEEDS_NOTHING, FLAG_HELD, 0 },
	{ STEP_CLOSE,     "....c..", "asm",   "closed",     NEEDS_RESULT, 0, FLAG_HELD },
	{ STEP_REFUSE,    "xx.....", "asm",   "refused",    NEEDS_GROUND, 0, 0 },
	{ STEP_REOPEN,    ".....aa", "smy",   "reopened",   NEEDS_NOTHING, 0, FLAG_HELD },
	{ STEP_NOTE,      "=======", "adsmy", NULL,         NEEDS_NOTE, 0, 0 },
	{ STEP_UPHOLD,    ".=.....", "sm",    NULL,         NEEDS_NOTE, FLAG_DISPUTED, FLAG_HELD },
	{ STEP_DESIGNATE, ".ddd...", "sm",    "dispatched", NEEDS_NOTE, 0, FLAG_HELD },
	{ STEP_ASSIST,    "..==...", "adsm",  NULL,         NEEDS_DEPARTMENT, 0, FLAG_HELD },
	{ STEP_OPINION,   "..===..", "dsm",   NULL,         NEEDS_NOTE, 0, FLAG_HELD },
	{ STEP_EXTEND,    ".===...", "adsm",  NULL,         NEEDS_NOTE | NEEDS_DAYS, 0,
		FLAG_HELD | FLAG_EXTENDING | FLAG_EMERGENCY },
	{ STEP_GRANT,     "=====..", "sm",    "extended",   NEEDS_TEXT, FLAG_EXTENDING, FLAG_HELD },
	{ STEP_DENY,      "=====..", "sm",    NULL,         NEEDS_NOTE, FLAG_EXTENDING, FLAG_HELD },
	{ STEP_ANSWER,    "=====..", "adsm",  NULL,         NEEDS_NOTE, FLAG_SUPERVISED, FLAG_HELD },
	{ STEP_CONTACT,   "=====..", "adsm",  NULL,         NEEDS_NOTE, 0, FLAG_HELD },
	{ STEP_WITHDRAW,  "ccccc..", "asm",   "withdrawn",  NEEDS_NOTE, 0, FLAG_HELD },
	{ STEP_TRANSFER,  "cc.....", "asm",   "transferred", NEEDS_REGION | NEEDS_NOTE, 0, FLAG_HELD | FLAG_EMERGENCY },
	{ STEP_CONFIDE,   "=======", "asm",   NULL,         NEEDS_NOTHING, 0, FLAG_HELD | FLAG_CONFIDENTIAL },
	{ STEP_DISCLOSE,  "=======", "sm",    NULL,         NEEDS_NOTE, FLAG_CONFIDENTIAL, FLAG_HELD },
	{ STEP_CALLBACK,  "=======", "asm",   NULL,         NEEDS_NOTE, FLAG_CALLBACK, FLAG_HELD },
	{ STEP_DECLINE,   "xx.....", "sm",    "refused.repeat", NEEDS_OTHER | NEEDS_NOTE, 0, FLAG_HELD | FLAG_EMERGENCY },
};
/* Each of them alone, and none: what a step asks of a ticket beside its state. */
static const unsigned FLAGS[] = { 0, FLAG_HELD, FLAG_CONFIDENTIAL, FLAG_CALLBACK, FLAG_DISPUTED, FLAG_DESIGNATED, FLAG_EXTENDING, FLAG_SUPERVISED,
	FLAG_EMERGENCY, FLAG_HELD | FLAG_SUPERVISED, FLAG_DISPUTED | FLAG_EXTENDING };
static const char STATE_LETTER[] = "nadhrcx", ROLE_LETTER[] = "adsmy";

static bool fits(unsigned step, unsigned state, unsigned flags)
{
	return MATRIX[step].to[state] != '.' && (flags & MATRIX[step].have) == MATRIX[step].have && !(flags & MATRIX[step].bar);
}

static void a_step_is_legal_exactly_where_the_matrix_says(void **state)
{
	(void)state;
	for (unsigned s = 0; s < STEPS; s++)
		for (unsigned from = 0; from < TICKET_STATES; from++)
			for (unsigned i = 0; i < sizeof FLAGS / sizeof *FLAGS * ROLES; i++) {
				struct err e = { 0 };
				unsigned r = i % ROLES, flags = FLAGS[i / ROLES];
				int rc = step_check((enum step)s, (enum ticket_state)from, flags, (enum role)r, &e);
				bool role_ok = strchr(MATRIX[s].roles, ROLE_LETTER[r]), ok = role_ok && fits(s, from, flags);
				assert_int_equal(MATRIX[s].step, s);
				assert_int_equal(rc, ok ? E_OK : role_ok ? E_CONFLICT : E_DENIED);
				assert_int_equal((steps_legal((enum ticket_state)from, flags, (enum role)r) >> s) & 1, ok);
			}
}

static void a_department_proves_a_return_and_a_supervisor_says_why(void **state)
{
	(void)state;
	assert_int_equal(step_needs(STEP_RETURN, ROLE_DEPARTMENT), NEEDS_NOTE | NEEDS_REASON | NEEDS_BASIS);
	assert_int_equal(step_needs(STEP_RETURN, ROLE_SUPERVISOR), NEEDS_NOTE | NEEDS_REASON);
	assert_int_equal(step_needs(STEP_CLOSE, ROLE_ADMIN), NEEDS_RESULT);
	assert_int_equal(step_needs(STEP_EXTEND, ROLE_DEPARTMENT), NEEDS_NOTE | NEEDS_DAYS);
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
	assert_int_equal(step_rule(STEP_CLOSE)->flags_clear, FLAG_SUPERVISED | FLAG_EXTENDING | FLAG_ESCALATED |
		FLAG_DISPUTED);
	assert_int_equal(step_rule(STEP_WITHDRAW)->flags_set, FLAG_WITHDRAWN);
	assert_int_equal(step_rule(STEP_REOPEN)->flags_clear, FLAG_WITHDRAWN);
	assert_int_equal(step_rule(STEP_UPHOLD)->flags_clear, FLAG_DISPUTED);
	assert_int_equal(step_rule(STEP_DESIGNATE)->flags_set, FLAG_DESIGNATED);
	assert_int_equal(step_rule(STEP_DESIGNATE)->flags_clear, FLAG_DISPUTED | FLAG_RETURNED | FLAG_EXTENDING);
	assert_int_equal(step_rule(STEP_EXTEND)->flags_set, FLAG_EXTENDING);
	assert_int_equal(step_rule(STEP_GRANT)->flags_set, FLAG_EXTENDED);
	assert_int_equal(step_rule(STEP_GRANT)->flags_clear, FLAG_EXTENDING);
	assert_int_equal(step_rule(STEP_DENY)->flags_clear, FLAG_EXTENDING);
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
	"close is not possible for a ticket that is new; legal now: accept, dispatch, reply, refuse, note, "
		"contact, withdraw, transfer, confide");
	assert_int_equal(step_check(STEP_REPLY, TICKET_NEW, FLAG_HELD, ROLE_AGENT, &e), E_CONFLICT);
	assert_string_equal(e.words,
	"reply is not possible for a ticket that is new and held; legal now: release, refuse, note");
	assert_int_equal(step_check(STEP_CLOSE, TICKET_REPLIED, 0, ROLE_DEPARTMENT, &e), E_DENIED);
	assert_string_equal(e.words, "a department may not close; legal now: handle, reply, note, opinion, contact");
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
	for (int i = 0; i < RETURN_REASONS; i++)
		assert_int_equal(return_reason_find(return_reason_name((unsigned)i)), i);
	assert_null(return_reason_name(RETURN_REASONS));
	assert_int_equal(return_reason_find("because"), -1);
	for (int i = 0; i < RESULTS; i++)
		assert_int_equal(result_find(result_name((unsigned)i)), i);
	assert_null(result_name(RESULTS));
	assert_int_equal(result_find("fine"), -1);
	unsigned bit, all = 0, i = 0;
	for (; needs_name(i, &bit) != NULL; i++)
		all |= bit;
	for (unsigned s = 0; s < STEPS; s++)
		assert_int_equal(step_rule((enum step)s)->needs & ~all, 0); /* each has a name */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_legal_exactly_where_the_matrix_says),
		cmocka_unit_test(a_department_proves_a_return_and_a_supervisor_says_why),
		cmocka_unit_test(a_step_leads_where_the_matrix_says_and_tells_the_citizen),
		cmocka_unit_test(steps_set_and_clear_their_flags),
		cmocka_unit_test(the_state_machine_allows_what_some_step_does_and_nothing_else),
		cmocka_unit_test(a_held_ticket_waits_for_a_person),
		cmocka_unit_test(a_refused_step_says_what_is_legal_now),
		cmocka_unit_test(names_are_found_again_and_the_system_is_nobody_to_log_in_as),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
