/* Which mails of a mailbox are asked for, and when one is left there. */
#include "cmocka_all.h"

#include <stdio.h>

#include "adapters/email/imap_flight.h"
#include "adapters/email/imap_window.h"

static void what_is_in_flight_bounds_the_place_kept(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	assert_int_equal(flight_place(&f, 7, 6), 7);
	unsigned a = flight_begin(&f, 7), b = flight_begin(&f, 9);
	assert_int_equal(flight_place(&f, 12, 9), 6);
	flight_end(&f, a, true, true);
	assert_int_equal(flight_place(&f, 12, 9), 8);
	flight_end(&f, b, false, true);
	assert_int_equal(f.failed, 9);
	assert_int_equal(flight_place(&f, 12, 9), 8);
	for (uint32_t uid = 3; uid <= 5; uid++)
		flight_end(&f, flight_begin(&f, 8 - uid), true, true);
	struct buf set;
	buf_init(&set, 100);
	flight_set(&f, &set);
	assert_string_equal(buf_str(&set), "3:5,7");
	buf_fini(&set);
}

/* Else a later start would read all of it again. */
static void a_mail_that_is_given_late_does_not_take_the_place_back(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	assert_int_equal(flight_refused(&f, 4, 0, 1), FLIGHT_FIRST);
	assert_int_equal(flight_back(&f), 3);
	assert_int_equal(flight_refused(&f, 5, 0, 1), FLIGHT_FIRST);
	assert_int_equal(flight_place(&f, 100000, 99999), 3);
	flight_given(&f);
	assert_int_equal(flight_place(&f, 5, 100000), 3);
	flight_end(&f, flight_begin(&f, 5), true, true);
	flight_given(&f);
	assert_int_equal(flight_place(&f, 4, 100000), 100000);
	flight_end(&f, flight_begin(&f, 4), false, true); /* nor if it could not be kept: it comes again by itself */
	assert_true(flight_is_refused(&f, 4) && !f.failed);
}

/* What was written later comes later; but for one that is not given all others shall not wait. */
static void a_refused_mail_holds_those_behind_it_for_a_while(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	uint32_t uid[] = { 7 };
	for (unsigned k = 1; k < FLIGHT_HOLDS; k++) {
		assert_int_equal(flight_refused(&f, 7, 1000, 10), k == 1 ? FLIGHT_FIRST : FLIGHT_AGAIN);
		assert_int_equal(flight_due(&f, uid, 1, 1000), 1);
		assert_int_equal(flight_back(&f), 6);
	}
	assert_int_equal(flight_refused(&f, 7, 1000, 10), FLIGHT_AGAIN);
	assert_int_equal(f.failed, 0);
	assert_int_equal(flight_due(&f, uid, 1, 1009), 0);
	assert_int_equal(flight_wait(&f, 1004, 99), 6);
	assert_int_equal(flight_refused(&f, 8, 1000, 10), FLIGHT_FIRST);
	assert_int_equal(f.failed, 0); /* at once: they do not wait again */
	flight_refused(&f, 7, 1010, 10);
	assert_int_equal(flight_due(&f, uid, 1, 1029), 0);
	assert_int_equal(flight_due(&f, uid, 1, 1030), 1);
	for (unsigned k = 0; k < 40; k++)
		flight_refused(&f, 7, 2000, 10);
	assert_int_equal(flight_due(&f, uid, 1, 2000 + FLIGHT_DELAY_MAX), 1);
}

static void a_refused_mail_is_left_only_if_the_server_gives_others(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	for (unsigned k = 0; k < 100; k++)
		assert_int_not_equal(flight_refused(&f, 8, k, 1), FLIGHT_LEFT);
	assert_int_equal(flight_back(&f), 7);
	for (uint32_t k = 1; k < FLIGHT_TRIES; k++) {
		flight_given(&f);
		assert_int_not_equal(flight_refused(&f, 8, 1000, 1), FLIGHT_LEFT);
		assert_int_not_equal(flight_refused(&f, 8, 1000, 1), FLIGHT_LEFT); /* none was given between the two */
		assert_int_equal(flight_place(&f, 0, 99), 7);
	}
	flight_given(&f);
	assert_int_equal(flight_refused(&f, 8, 1000, 1), FLIGHT_LEFT);
	assert_false(flight_is_refused(&f, 8));
	assert_int_equal(flight_place(&f, 0, 99), 99);
}

static void a_server_that_gives_again_is_asked_for_all_it_refused(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	for (uint32_t k = 0; k < 10; k++)
		for (uint32_t uid = 1; uid <= FLIGHT_SILENT; uid++) {
			assert_true(flight_silence(&f) == (k ? FLIGHT_SILENT : uid - 1));
			flight_refused(&f, uid, 1000, 1000);
		}
	uint32_t all[] = { 1, 2, 3 };
	assert_int_equal(flight_due(&f, all, 3, 2000), 0);
	flight_given(&f);
	assert_int_equal(flight_silence(&f), 0);
	uint32_t again[] = { 1, 2, 3 };
	assert_int_equal(flight_due(&f, again, 3, 2000), 3);
	flight_refused(&f, 1, 2000, 1000); /* that one alone is known to be bad now */
	assert_int_equal(flight_silence(&f), 0);
}

/* --- a whole mailbox, as imap.c looks at it --- */

struct box {
	struct imap_flight flight;
	struct imap_window window;
	uint32_t first_good, mails;
	unsigned given, left;
	bool closes;       /* the connection over a bad one */
	unsigned failures;
	uint64_t now;
};

static void find_all(struct box *b)
{
	char number[12];
	for (uint32_t uid = 1; uid <= b->mails; uid++) {
		snprintf(number, sizeof number, "%u", uid);
		imap_window_take(&b->window, &b->flight, number);
	}
	assert_int_equal(imap_window_found(&b->window, &b->flight, b->now, b->failures > 0), 0);
}

/* false: the connection is lost. */
static bool ask_all(struct box *b)
{
	while (b->window.at < b->window.uids && !b->flight.failed) {
		uint32_t uid = b->window.uid[b->window.at++];
		uint64_t away = b->closes ? 1000ULL << (b->failures < 9 ? b->failures : 9) : 0;
		b->window.last = uid > b->window.last ? uid : b->window.last;
		if (uid >= b->first_good) {
			flight_given(&b->flight);
			b->given++;
			b->failures = 0;
			continue;
		}
		b->left += flight_refused(&b->flight, uid, b->now + away, 1000) == FLIGHT_LEFT;
		b->failures += b->closes;
		b->now += away;
		if (b->closes)
			return false;
	}
	return true;
}

/* Once a second, unless it has to wait for a connection. */
static void look(struct box *b)
{
	struct buf line;
	buf_init(&line, 8192);
	b->now += 1000;
	imap_window_open(&b->window);
	b->window.next_uid = b->mails + 1;
	while (!b->flight.failed && imap_window_next(&b->window, &b->flight, &line)) {
		assert_false(line.overflow);
		find_all(b);
		if (!ask_all(b))
			break;
		buf_clear(&line);
	}
	if (b->flight.failed)
		imap_window_back(&b->window, flight_back(&b->flight));
	buf_fini(&line);
}

static void however_many_are_refused_the_others_are_given(void **state)
{
	(void)state;
	for (uint32_t bad = 1; bad < FLIGHT_REFUSED; bad += 133) {
		struct box b = { .first_good = bad + 1, .mails = bad + 50 };
		while (b.now < 1000000)
			look(&b);
		assert_int_equal(b.given, 50);
		for (unsigned k = 0; k < 4000; k++, b.mails += b.left < bad && k % 10 == 0)
			look(&b);
		assert_int_equal(b.left, bad);
		assert_int_equal(b.given, b.mails - bad);
		assert_int_equal(flight_place(&b.flight, 0, b.window.last), b.mails);
		imap_window_fini(&b.window);
	}
}

/* Each new try costs a login, and waits longer. */
static void mails_at_which_the_connection_ends_are_passed_one_after_the_other(void **state)
{
	(void)state;
	for (uint32_t bad = 1; bad < 8; bad++) {
		struct box b = { .first_good = bad + 1, .mails = bad + 50, .closes = true };
		while (b.now < 1200000)
			look(&b);
		assert_int_equal(b.given, 50);
		for (; b.now < 20000000; b.mails += b.left < bad)
			look(&b);
		assert_int_equal(b.left, bad);
		imap_window_fini(&b.window);
	}
}

static void when_too_much_is_refused_those_behind_wait(void **state)
{
	(void)state;
	struct box b = { .first_good = FLIGHT_REFUSED + 10, .mails = FLIGHT_REFUSED + 20 };
	for (unsigned k = 0; k < 20; k++)
		look(&b);
	assert_true(b.window.last < FLIGHT_PROBES + 20); /* and it is not asked for all of them at once */
	while (b.now < 2000000)
		look(&b);
	assert_int_equal(b.given, 0);
	assert_int_equal(b.window.last, FLIGHT_REFUSED);
	assert_true(flight_silence(&b.flight) == FLIGHT_REFUSED);
	b.first_good = 1;
	while (b.now < 4000000)
		look(&b);
	assert_true(b.given >= b.mails);
	imap_window_fini(&b.window);
}

static void a_refused_mail_is_searched_for_and_forgotten_when_it_is_gone(void **state)
{
	(void)state;
	struct imap_flight f = { 0 };
	struct imap_window w = { .last = 20, .which = " UNSEEN" };
	struct buf line;
	buf_init(&line, 8192);
	for (uint32_t uid = 5; uid <= 7; uid++)
		flight_refused(&f, uid, 0, 1);
	flight_refused(&f, 30, 0, 1);
	w.next_uid = 21;
	assert_true(imap_window_next(&w, &f, &line));
	assert_string_equal(buf_str(&line), "UID SEARCH UID 5:7,21:* UNSEEN");
	imap_window_take(&w, &f, " 6 5 4 30 6 5");
	assert_int_equal(imap_window_found(&w, &f, 1, false), 7);
	assert_int_equal(imap_window_found(&w, &f, 1, false), 0);
	assert_true(w.uids == 3 && w.uid[0] == 5 && w.uid[1] == 6 && w.uid[2] == 30);
	assert_int_equal(imap_window_found(&w, &f, 1, true), 0);
	assert_true(w.uids == 3 && w.uid[0] == 30 && w.uid[1] == 5 && w.uid[2] == 6);
	assert_false(flight_is_refused(&f, 7));
	buf_fini(&line);
	imap_window_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_in_flight_bounds_the_place_kept),
		cmocka_unit_test(a_mail_that_is_given_late_does_not_take_the_place_back),
		cmocka_unit_test(a_refused_mail_holds_those_behind_it_for_a_while),
		cmocka_unit_test(a_refused_mail_is_left_only_if_the_server_gives_others),
		cmocka_unit_test(a_server_that_gives_again_is_asked_for_all_it_refused),
		cmocka_unit_test(however_many_are_refused_the_others_are_given),
		cmocka_unit_test(mails_at_which_the_connection_ends_are_passed_one_after_the_other),
		cmocka_unit_test(when_too_much_is_refused_those_behind_wait),
		cmocka_unit_test(a_refused_mail_is_searched_for_and_forgotten_when_it_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
