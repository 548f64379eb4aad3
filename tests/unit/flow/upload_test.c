/* Uploaded files whose message never comes: thrown away after their days, and nothing that anybody still names. */
#include "gateway/base/blob.h"
#include "gateway/flow/say.h"
#include "gateway/flow/upload.h"
#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/drafts.h"
#include "gateway/store/erase.h"
#include "gateway/store/message.h"
#include "gateway/store/upload.h"
#include "tests/unit/flow/office.h"

static const int64_t DAY = 24 * 3600 * 1000;
static struct blob_store *blobs;
static char hex[HEX_SHA256];

static int begin(void **state)
{
	struct err e = { 0 };
	int rc = office_begin(state);
	char *folder = temp_path("files");
	blobs = blob_open(folder, &e);
	free(folder);
	return rc < 0 || blobs == NULL;
}

static int end(void **state)
{
	blob_close(&blobs);
	return office_teardown(state);
}

struct upload { bool on_message; int64_t at; bool fails; struct blob_gone gone[8]; size_t n; };

static int upload_run(struct tx *tx, void *arg, struct err *e)
{
	struct upload *u = arg;
	struct attachment_row a = { .name = "a.png", .type = "image/png", .sha256 = hex, .size = 3 };
	if (u->at) {
		tx_set_now(tx, u->at);
		struct blob_gone *gone;
		assert_int_equal(upload_forget(tx, &gone, &u->n, e), 0);
		assert_true(u->n <= 8);
		if (u->n)
			memcpy(u->gone, gone, u->n * sizeof *gone);
		return u->fails ? err_set(e, E_IO, "the disk is full") : 0;
	}
	if (!u->on_message)
		return upload_insert(tx, &a);
	struct conversation_row c;
	assert_int_equal(conversation_find(tx, "web", "wpeer", &c), 0);
	struct message_row m = { .conversation = c.id, .from = FROM_CITIZEN, .author = "", .text = "", .event = "", .at = tx_now(tx),
		.out_state = -1, .attachment = &a, .attachments = 1 };
	return message_insert(tx, &m, NULL);
}

static void job(struct upload u)
{
	struct err e = { 0 };
	if (store_now(office.store, true, upload_run, &u, &e) < 0 && !u.fails)
		fail_msg("%s", e.words);
	for (size_t i = 0; i < u.n && !u.fails; i++)
		assert_true(blob_remove(blobs, &u.gone[i], &e) >= 0);
}

static void put(const char *bytes)
{
	struct err e = { 0 };
	assert_int_equal(blob_put(blobs, bytes, strlen(bytes), hex, &e), 0);
}

static void what_was_never_sent_is_gone_after_nine_days(void **state)
{
	(void)state;
	put("abc");
	job((struct upload){ 0 });
	job((struct upload){ .at = clock_now() + 8 * DAY });
	assert_true(blob_has(blobs, hex));
	job((struct upload){ .at = clock_now() + 9 * DAY + 5000 });
	assert_false(blob_has(blobs, hex));
	job((struct upload){ .at = clock_now() + 30 * DAY });
}

static void what_a_message_brought_stays(void **state)
{
	(void)state;
	(void)write_in(office.chat, "wpeer", "路灯坏了");
	put("abc");
	job((struct upload){ 0 });
	job((struct upload){ .on_message = true });
	job((struct upload){ .at = clock_now() + 30 * DAY });
	assert_true(blob_has(blobs, hex));
}

static void what_was_uploaded_again_waits_for_the_last(void **state)
{
	(void)state;
	put("abc");
	job((struct upload){ 0 });
	job((struct upload){ 0 });
	job((struct upload){ .at = clock_now() + 9 * DAY + 5000 });
	assert_false(blob_has(blobs, hex));
}

/* As a mail's bytes would: no row of attachments names them. */
static void what_somebody_else_put_since_is_his(void **state)
{
	(void)state;
	put("abc");
	job((struct upload){ 0 });
	struct timespec pause = { .tv_nsec = 20 * 1000000 };
	nanosleep(&pause, NULL);
	put("abc");
	job((struct upload){ .at = clock_now() + 30 * DAY });
	assert_true(blob_has(blobs, hex));
}

static void what_could_not_be_forgotten_is_still_there(void **state)
{
	(void)state;
	put("abc");
	job((struct upload){ 0 });
	job((struct upload){ .at = clock_now() + 30 * DAY, .fails = true });
	assert_true(blob_has(blobs, hex));
}

/* --- staff's, for an answer that is not sent yet --- */

struct words { bool held, gone; uint64_t id; };

static int words_run(struct tx *tx, void *arg, struct err *e)
{
	struct words *w = arg;
	const char *files = arena_printf(tx_arena(tx), "[{\"file\":\"%s-3-image_png.x\",\"name\":\"a.png\"}]", hex);
	struct held_row h = { .staff = "chen", .ticket = 1, .body = arena_printf(tx_arena(tx), "{\"text\":\"x\",\"files\":%s}", files) };
	(void)e;
	if (!w->held)
		return w->gone ? draft_drop(tx, "chen", 1, DRAFT_FILES)
			: draft_put(tx, &(struct draft_row){ .staff = "chen", .ticket = 1, .mode = DRAFT_FILES, .text = files, .rev = 1 });
	if (w->gone)
		return held_take(tx, w->id) == 1 ? 0 : E_NOTFOUND;
	int rc = held_insert(tx, &h);
	w->id = h.id;
	return rc;
}

static int there_run(struct tx *tx, void *arg, struct err *e)
{
	(void)e;
	*(int *)arg = upload_there(tx, blobs, hex);
	return 0;
}

/* Whether an answer may name it. */
static int there(void)
{
	int is = -1;
	assert_int_equal(store_now(office.store, false, there_run, &is, NULL), 0);
	return is;
}

static void what_an_answer_that_is_being_written_names_stays(void **state)
{
	(void)state;
	for (int held = 0; held < 2; held++) {
		put(held ? "held" : "draft");
		job((struct upload){ 0 });
		struct words w = { .held = held };
		assert_int_equal(store_now(office.store, true, words_run, &w, NULL), 0);
		job((struct upload){ .at = clock_now() + 60 * DAY });
		assert_true(blob_has(blobs, hex));
		assert_int_equal(there(), 1);
		w.gone = true;
		assert_int_equal(store_now(office.store, true, words_run, &w, NULL), 0);
		job((struct upload){ .at = clock_now() + 60 * DAY });
		assert_false(blob_has(blobs, hex));
		assert_int_equal(there(), 0);
	}
}

/* --- the same bytes, from two --- */

static int note_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg;
	return upload_note(tx, flow_words(office.flow), blobs, &(struct msg_attachment){ "b.png", "image/png", hex, 3 }, e);
}

static int first_run(struct tx *tx, void *arg, struct err *e)
{
	struct attachment_row a = { .name = "a.png", .type = "image/png", .sha256 = hex, .size = 3 };
	struct conversation_row c;
	(void)e;
	int rc = conversation_begin(tx, flow_trait(flow_words(office.flow), "web"), "first", "zh-CN", &c);
	struct message_row m = { .conversation = c.id, .from = FROM_CITIZEN, .author = "", .text = "", .event = "", .at = tx_now(tx),
		.out_state = -1, .attachment = &a, .attachments = 1 };
	*(uint64_t *)arg = c.id;
	return rc < 0 ? rc : message_insert(tx, &m, NULL);
}

static int erase_run(struct tx *tx, void *arg, struct err *e)
{
	struct erased gone = { 0 };
	tx_set_now(tx, clock_now() + DAY);
	int rc = erase_conversation(tx, *(uint64_t *)arg, "chen", "asked", &gone, e);
	for (size_t i = 0; rc == 0 && i < gone.files; i++)
		rc = blob_remove(blobs, &gone.file[i], e) < 0 ? E_IO : 0;
	return rc;
}

static void what_another_had_sent_before_stays_when_he_is_erased(void **state)
{
	struct err e = { 0 };
	uint64_t first;
	(void)state;
	put("abc");
	assert_int_equal(store_now(office.store, true, first_run, &first, &e), 0);
	put("abc");
	assert_int_equal(store_now(office.store, true, note_run, NULL, &e), 0);
	if (store_now(office.store, true, erase_run, &first, &e) < 0)
		fail_msg("%s", e.words);
	assert_true(blob_has(blobs, hex)); /* the second may send it yet */
	job((struct upload){ .at = clock_now() + 9 * DAY + 5000 });
	assert_false(blob_has(blobs, hex));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(what_was_never_sent_is_gone_after_nine_days), TEST(what_a_message_brought_stays),
		TEST(what_was_uploaded_again_waits_for_the_last), TEST(what_somebody_else_put_since_is_his),
		TEST(what_another_had_sent_before_stays_when_he_is_erased),
		TEST(what_could_not_be_forgotten_is_still_there), TEST(what_an_answer_that_is_being_written_names_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
