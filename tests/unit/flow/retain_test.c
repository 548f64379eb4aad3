/* What is older than it may be kept goes by itself. */
#include "gateway/flow/chore.h"
#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "gateway/store/quarantine.h"
#include "tests/unit/base/put_again.h"
#include "tests/unit/flow/office.h"

enum { KEEP_DAYS = 30 };

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	int64_t now = tx_now(tx);
	(void)arg, (void)e;
	tx_set_now(tx, now - (KEEP_DAYS + 1) * 86400000LL);
	for (size_t i = 0; i < 150; i++) { /* more than one job takes */
		int rc = quarantine_insert(tx, &(struct quarantine_row){ .channel = "mail", .reason = "automatic", .peer = "robot@example.org",
			.raw = "gone", .n = 4, .at = tx_now(tx) });
		if (rc < 0)
			return rc;
	}
	tx_set_now(tx, now);
	return quarantine_insert(tx, &(struct quarantine_row){ .channel = "mail", .reason = "automatic", .peer = "robot@example.org",
		.raw = "stays", .n = 5, .at = now });
}

static void what_was_kept_aside_longer_than_anything_may_be_kept_goes(void **state)
{
	(void)state;
	office_crash();
	office.keep_days = KEEP_DAYS;
	office_open();
	assert_int_equal(store_now(office.store, true, aside_run, NULL, NULL), 0);
	assert_int_equal(quarantined(), 151);
	office_start();
	UNTIL(quarantined() == 1);
}

static const char PHOTO[] = "a photo", FORM[] = "a form";

static const char *old_file(const char *bytes)
{
	struct err e = { 0 };
	char *hex = arena_alloc(office.arena, HEX_SHA256);
	assert_int_equal(blob_put(office.blobs, bytes, strlen(bytes), hex, &e), 0);
	char *path = blob_file(office.blobs, hex);
	struct timespec then[2] = { { .tv_sec = time(NULL) - 40 * 86400 }, { .tv_sec = time(NULL) - 40 * 86400 } };
	assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
	free(path);
	return hex;
}

static int photo_run(struct tx *tx, void *arg, struct err *e)
{
	const char *const *sha256 = arg;
	(void)e;
	tx_set_now(tx, tx_now(tx) - (KEEP_DAYS + 1) * 86400000LL);
	struct conversation_row c = { .channel = "web", .kind = "chat", .peer = "wpeer", .peer_name = "", .account = "",
		.language = "zh-CN", .created_at = tx_now(tx), .last_at = tx_now(tx) };
	assert_int_equal(conversation_insert(tx, &c), 0);
	struct attachment_row file[] = { { .name = "a.jpg", .type = "image/jpeg", .sha256 = sha256[0], .size = 7 },
		{ .name = "b.pdf", .type = "application/pdf", .sha256 = sha256[1], .size = 6 } };
	struct message_row m = { .conversation = c.id, .from = FROM_CITIZEN, .author = "", .text = "", .event = "",
		.at = tx_now(tx), .out_state = -1, .attachment = file, .attachments = 2 };
	return message_insert(tx, &m, NULL);
}

static void a_file_that_somebody_puts_again_while_it_is_removed_stays(void **state)
{
	(void)state;
	struct err e = { 0 };
	char *folder = temp_path("files");
	office_crash();
	office.keep_days = KEEP_DAYS;
	assert_non_null(office.blobs = blob_open(folder, &e));
	office_open();
	const char *sha256[] = { old_file(PHOTO), old_file(FORM) };
	assert_int_equal(store_now(office.store, true, photo_run, sha256, &e), 0);
	put_again = (struct put_again){ .blobs = office.blobs, .bytes = PHOTO };
	(void)snprintf(put_again.sha256, HEX_SHA256, "%s", sha256[0]);
	office_start();
	UNTIL(!blob_has(office.blobs, sha256[1]));
	office_crash(); /* what a worker does is done then */
	assert_null(put_again.blobs);
	assert_true(blob_has(office.blobs, sha256[0]));
	blob_close(&office.blobs);
	free(folder);
}

static int talked_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg, (void)e;
	struct conversation_row c = { .channel = "web", .kind = "chat", .peer = "wpeer", .peer_name = "", .account = "",
		.language = "zh-CN", .created_at = tx_now(tx), .last_at = tx_now(tx) };
	int rc = conversation_insert(tx, &c);
	struct message_row m = { .conversation = c.id, .from = FROM_CITIZEN, .author = "", .text = "路灯坏了", .event = "", .at = tx_now(tx),
		.out_state = -1 };
	return rc < 0 ? rc : message_insert(tx, &m, NULL);
}

static int talks_run(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	struct conversation_row c;
	int rc = conversation_find(tx, "web", "wpeer", &c);
	*(bool *)arg = rc == 0;
	return rc == E_NOTFOUND ? 0 : rc;
}

static bool citizen_is_known(void)
{
	bool is = false;
	assert_int_equal(store_now(office.store, false, talks_run, &is, NULL), 0);
	return is;
}

static int clock_right(void **state)
{
	clock_adjust(0);
	return office_teardown(state);
}

static struct chore *retainer(void)
{
	return office.flow->chore[CHORES - 1];
}

/* A round begins now and not in a while. */
static void round_now(void)
{
	assert_int_equal(uv_timer_start(&retainer()->timer, retainer()->timer.timer_cb, 0, 0), 0);
}

static const int64_t AHEAD_MS = (KEEP_DAYS + 1) * 86400000LL;

/* Of one who wrote just now; the store's clock is this process's. */
static void begun(void)
{
	if (store_shared(office.store)) /* there the clock is the database's */
		skip();
	office_crash();
	office.keep_days = KEEP_DAYS;
	office_open();
	assert_int_equal(store_now(office.store, true, talked_run, NULL, NULL), 0);
	office_start();
	UNTIL(office.flow->clock);
	clock_look(office.flow);
}

static void nobody_is_erased_by_a_clock_that_is_months_ahead_for_a_moment(void **state)
{
	(void)state;
	begun();
	clock_adjust(AHEAD_MS);
	round_now(); /* before anything else has looked at the clock */
	ticks();
	assert_true(citizen_is_known());
	clock_adjust(0);
	round_now();
	ticks();
	assert_true(citizen_is_known());
}

static const struct chore_kind *real;

static int ahead_run(struct tx *tx, void *arg, struct err *e)
{
	clock_adjust(AHEAD_MS);
	tx_set_now(tx, clock_now());
	return real->run(tx, arg, e);
}

static void whom_a_round_found_by_a_clock_that_was_ahead_stays_when_it_goes_on(void **state)
{
	(void)state;
	begun();
	struct chore_kind jumps = *(real = retainer()->kind);
	jumps.run = ahead_run; /* while the round looks */
	retainer()->kind = &jumps;
	round_now();
	UNTIL(clock_adjusted() != 0);
	ticks();
	retainer()->kind = real;
	clock_adjust(0);
	round_now();
	ticks();
	assert_true(citizen_is_known());
}

static void by_a_clock_that_stays_ahead_it_goes_a_while_later(void **state)
{
	(void)state;
	begun();
	clock_adjust(AHEAD_MS);
	clock_look(office.flow);
	office.flow->doubt_until = clock_monotonic();
	round_now();
	UNTIL(!citizen_is_known());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_kept_aside_longer_than_anything_may_be_kept_goes, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(a_file_that_somebody_puts_again_while_it_is_removed_stays, office_setup,
			office_teardown),
		cmocka_unit_test_setup_teardown(nobody_is_erased_by_a_clock_that_is_months_ahead_for_a_moment, office_setup, clock_right),
		cmocka_unit_test_setup_teardown(whom_a_round_found_by_a_clock_that_was_ahead_stays_when_it_goes_on, office_setup, clock_right),
		cmocka_unit_test_setup_teardown(by_a_clock_that_stays_ahead_it_goes_a_while_later, office_setup, clock_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
