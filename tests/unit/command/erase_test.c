/* `xinqiao erase` beside a gateway that goes on taking files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "adapters/webchat/webchat.h"
#include "gateway/base/mem.h"
#include "gateway/command/app.h"
#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/message.h"
#include "tests/unit/base/put_again.h"
#include "tests/unit/base/temp.h"

static const char PHOTO[] = "a photo", FORM[] = "a form";
static const struct adapter_ops *const adapters[] = { &webchat_adapter, NULL };

static int sent_run(struct tx *tx, void *arg, struct err *e)
{
	const char *const *sha256 = arg;
	(void)e;
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
	char *conf = temp_file("xinqiao.conf", "[gateway]\nname = 12345\nstore = sqlite:store.db\nfiles = files\n"
		"[channel web]\ntype = webchat\n");
	char word[][16] = { "erase", "wpeer", "--reason", "asked for it" };
	char *argv[] = { word[0], word[1], word[2], word[3], NULL };
	char photo[HEX_SHA256], form[HEX_SHA256];
	struct err e = { 0 };
	struct app app = { .adapter = adapters, .config_path = conf };
	struct store *s = app_store(&app, false);
	assert_non_null(s);
	struct blob_store *blobs = blob_open(app.set.files, &e);
	assert_int_equal(blob_put(blobs, PHOTO, strlen(PHOTO), photo, &e), 0);
	assert_int_equal(blob_put(blobs, FORM, strlen(FORM), form, &e), 0);
	const char *sha256[] = { photo, form };
	assert_int_equal(store_now(s, true, sent_run, sha256, &e), 0);
	store_close(&s);
	put_again = (struct put_again){ .blobs = blobs, .bytes = PHOTO };
	(void)snprintf(put_again.sha256, HEX_SHA256, "%s", photo);
	assert_int_equal(command_erase.run(&app, 4, argv), EXIT_DONE);
	assert_null(put_again.blobs);
	assert_false(blob_has(blobs, form));
	assert_true(blob_has(blobs, photo));
	blob_close(&blobs);
	app_fini(&app);
	free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_that_somebody_puts_again_while_it_is_removed_stays, temp_setup,
			temp_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
