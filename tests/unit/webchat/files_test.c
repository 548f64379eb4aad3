#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "adapters/webchat/files.h"
#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "tests/unit/webchat/world.h"

static const char png[] = "\x89PNG\r\n\x1A\n a picture";
static char folder[] = "/tmp/xq-chat-files-XXXXXX";
static struct raw raw;
static struct browser *b;

static int setup(void **state)
{
	struct err e = { 0 };
	world_setup(state);
	strcpy(folder + sizeof folder - 7, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	world->blobs = blob_open(folder, &e);
	assert_non_null(world->blobs);
	((struct webchat *)world->chat)->host.blobs = world->blobs;
	b = browser_open();
	browser_hello(b, NULL, 0);
	browser_welcomed(b, 0);
	return 0;
}

static int teardown(void **state)
{
	browser_close(&b);
	world_teardown(state);
	char *remove = mem_printf("rm -rf %s", folder);
	assert_int_equal(system(remove), 0);
	free(remove);
	return 0;
}

/* Sends bytes under a name; headers besides, each with its line's end. The answer's status; its body is in raw. */
static int upload(const char *token, const char *name, const char *headers, const void *p, size_t n)
{
	char *head = mem_printf("POST /chat/files?name=%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s"
		"Content-Length: %zu\r\n\r\n", name, token, headers, n);
	raw_open(&raw, &world->loop, http_port(world->server));
	raw_say(&raw, head);
	raw_send(&raw, p, n);
	free(head);
	int status = raw_answer(&raw);
	raw_close(&raw);
	return status;
}

static int get(const char *url)
{
	char *head = mem_printf("GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", url);
	raw_open(&raw, &world->loop, http_port(world->server));
	raw_say(&raw, head);
	free(head);
	int status = raw_answer(&raw);
	raw_close(&raw);
	return status;
}

/* A text member of the last answer's object; lives until the next call. */
static const char *said(const char *member)
{
	static json_t *o;
	json_decref(o);
	o = json_loads(raw.body, 0, NULL);
	return json_string_value(json_object_get(o, member));
}

static void a_picture_goes_up_stands_in_a_message_and_comes_back(void **state)
{
	(void)state;
	assert_int_equal(upload(b->token, "..%2F%E8%B7%AF%E7%81%AF.html", "", png, sizeof png - 1), 201);
	char *ref = mem_strdup(said("file"));
	assert_string_equal(said("name"), "路灯.html");
	assert_string_equal(said("type"), "image/png");
	browser_say(b, "{\"type\":\"message\",\"id\":\"1\",\"files\":[{\"file\":\"%s\",\"name\":\"a/路灯.png\"}]}", ref);
	browser_expect(b, "\"type\":\"ack\"");
	const struct msg_in *m = &world->take[0].m;
	assert_int_equal(m->attachment_count, 1);
	assert_string_equal(m->text, "");
	struct browser *other = browser_open();
	browser_hello(other, b->token, 0);
	browser_welcomed(other, 1);
	browser_say(b, "{\"type\":\"message\",\"id\":\"2\",\"text\":\"x\",\"files\":[{\"file\":\"%s\",\"name\":\"a/路灯.png\"}]}", ref);
	browser_expect(other, "\"seq\":1");
	browser_expect(other, "\"seq\":2");
	assert_non_null(strstr(other->frame, "\"name\":\"路灯.png\",\"type\":\"image/png\",\"size\":18"));
	char *url = mem_strdup(strstr(other->frame, "\"url\":\"") + 7);
	*strchr(url, '"') = '\0';
	assert_int_equal(get(url), 200);
	assert_memory_equal(raw.body, png, sizeof png - 1);
	assert_true(raw_has(&raw, "image/png"));
	assert_true(raw_has(&raw, "nosniff"));
	assert_true(raw_has(&raw, "sandbox"));
	assert_true(raw_has(&raw, "inline; filename*=UTF-8''%E8%B7%AF%E7%81%AF.png"));
	browser_close(&other);
	free(url);
	free(ref);
}

static void what_is_no_picture_is_given_back_for_saving_only(void **state)
{
	(void)state;
	assert_int_equal(upload(b->token, "a.txt", "", "hello", 5), 201);
	assert_string_equal(said("type"), "text/plain");
	assert_int_equal(get(said("url")), 200);
	assert_true(raw_has(&raw, "attachment; filename*=UTF-8''a.txt"));
}

static void a_type_is_what_the_bytes_say(void **state)
{
	(void)state;
	static const char page[] = "<html><script>alert(1)</script>", drawing[] = "<svg onload='x()'/>", program[] = "MZ\0\0";
	assert_int_equal(upload(b->token, "a.png", "Content-Type: image/png\r\n", page, sizeof page - 1), 415);
	assert_int_equal(upload(b->token, "a.png", "", drawing, sizeof drawing - 1), 415);
	assert_int_equal(upload(b->token, "a.txt", "", program, sizeof program - 1), 415);
	assert_int_equal(upload(b->token, "a.png", "", "", 0), 400);
}

static void only_an_open_conversation_sends_files(void **state)
{
	(void)state;
	char made_up[CHAT_TOKEN_LEN + 1], other[CHAT_TOKEN_LEN + 1];
	snprintf(made_up, sizeof made_up, "%s", b->token);
	made_up[3] = made_up[3] == 'a' ? 'b' : 'a';
	assert_int_equal(upload(made_up, "a.png", "", png, sizeof png - 1), 401);
	assert_int_equal(upload("", "a.png", "", png, sizeof png - 1), 401);
	chat_token_make(&world->secret, (const uint8_t[CHAT_TOKEN_RANDOM]){ 1 }, other);
	assert_int_equal(upload(other, "a.png", "", png, sizeof png - 1), 409);
}

/* What is answered to a head whose client waits to be told to go on. */
static int announce(const char *token, const char *headers)
{
	char *head = mem_printf("POST /chat/files?name=a.txt HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s"
		"Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n", token, headers);
	raw_open(&raw, &world->loop, http_port(world->server));
	raw_say(&raw, head);
	free(head);
	int status = raw_answer(&raw);
	raw_close(&raw);
	return status;
}

static void who_may_not_send_a_file_is_told_before_any_of_it_is_taken(void **state)
{
	(void)state;
	char other[CHAT_TOKEN_LEN + 1];
	chat_token_make(&world->secret, (const uint8_t[CHAT_TOKEN_RANDOM]){ 1 }, other);
	assert_int_equal(announce(b->token, ""), 100);
	assert_int_equal(announce("", ""), 401);
	assert_int_equal(announce(other, ""), 409);
	assert_int_equal(announce(b->token, "Origin: https://evil.example\r\n"), 403);
	int status = 100;
	for (int i = 0; i < 4 * CHAT_UPLOAD_BURST && status == 100; i++)
		status = announce(b->token, "Origin: https://www.city.example\r\n");
	assert_int_equal(status, 429);
	assert_true(raw_has(&raw, "access-control-allow-origin: https://www.city.example"));
}

static void only_allowed_sites_send_files(void **state)
{
	(void)state;
	assert_int_equal(upload(b->token, "a.png", "Origin: https://evil.example\r\n", png, sizeof png - 1), 403);
	assert_false(raw_has(&raw, "access-control-allow-origin"));
	assert_int_equal(upload(b->token, "a.png", "Origin: https://www.city.example\r\n", png, sizeof png - 1), 201);
	assert_true(raw_has(&raw, "access-control-allow-origin: https://www.city.example"));
	raw_open(&raw, &world->loop, http_port(world->server));
	raw_say(&raw, "OPTIONS /chat/files HTTP/1.1\r\nHost: x\r\nOrigin: https://www.city.example\r\n\r\n");
	assert_int_equal(raw_answer(&raw), 204);
	assert_true(raw_has(&raw, "access-control-allow-headers: authorization"));
	raw_close(&raw);
}

static void too_large_and_too_many_are_refused(void **state)
{
	(void)state;
	size_t large = (1 << 20) + 1;
	raw_open(&raw, &world->loop, http_port(world->server));
	char *head = mem_printf("POST /chat/files?name=a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n"
		"Expect: 100-continue\r\nContent-Length: %zu\r\n\r\n", b->token, large);
	raw_say(&raw, head);
	assert_int_equal(raw_answer(&raw), 413);
	raw_close(&raw);
	free(head);
	int status = 201; /* more than the burst: where uploading takes long, there is room again meanwhile */
	for (int i = 0; i < 4 * CHAT_UPLOAD_BURST && status == 201; i++)
		status = upload(b->token, "a.txt", "", "hello", 5);
	assert_int_equal(status, 429);
}

/* A day's upload may be named for a week; what shows it is no upload. */
static void an_upload_may_be_named_for_a_week(void **state)
{
	(void)state;
	struct file_ref f;
	assert_int_equal(upload(b->token, "a.txt", "", "hello", 5), 201);
	char *ref = mem_strdup(said("file")), *url = mem_strdup(said("url"));
	const int64_t day = 24 * 3600 * 1000, now = clock_now();
	assert_true(chat_upload_read(&world->secret, ref, "a.txt", 1, now + UPLOAD_DAYS * day, &f));
	assert_false(chat_upload_read(&world->secret, ref, "a.txt", 1, now + (UPLOAD_DAYS + 1) * day, &f));
	assert_false(chat_upload_read(&world->secret, ref, "a.txt", 1, now - day, &f));
	char *shown = mem_strndup(url + strlen("chat/files/"), strcspn(url + strlen("chat/files/"), "/"));
	assert_false(chat_upload_read(&world->secret, shown, "a.txt", 1, now, &f));
	free(shown);
	free(url);
	free(ref);
}

static void what_is_held_or_infected_is_not_given(void **state)
{
	(void)state;
	assert_int_equal(upload(b->token, "a.png", "", png, sizeof png - 1), 201);
	assert_int_equal(world->uploads, 1);
	char *url = mem_strdup(said("url"));
	assert_int_equal(upload(b->token, "b.png", "", png, sizeof png - 1), 201);
	assert_int_equal(world->uploads, 2);
	world->file_state = FILE_HELD;
	assert_int_equal(get(url), 409);
	world->file_state = FILE_INFECTED;
	assert_int_equal(get(url), 403);
	world->file_state = FILE_FREE;
	assert_int_equal(get(url), 200);
	free(url);
}

static void an_upload_the_gateway_does_not_know_is_not_stored(void **state)
{
	(void)state;
	world->verdict = TAKEN_RETRY;
	assert_int_equal(upload(b->token, "a.txt", "", "hello", 5), 503);
	world->verdict = TAKEN_STORED;
	assert_int_equal(upload(b->token, "a.txt", "", "hello", 5), 201);
}

static void a_made_up_reference_is_refused(void **state)
{
	(void)state;
	assert_int_equal(upload(b->token, "a.txt", "", "hello", 5), 201);
	char *ref = mem_strdup(said("file"));
	ref[0] = ref[0] == 'a' ? 'b' : 'a';
	browser_say(b, "{\"type\":\"message\",\"id\":\"1\",\"text\":\"x\",\"files\":[{\"file\":\"%s\",\"name\":\"a\"}]}", ref);
	browser_expect(b, "\"code\":\"bad-file\"");
	browser_say(b, "{\"type\":\"message\",\"id\":\"1\",\"text\":\"x\",\"files\":[{\"name\":\"a\"}]}");
	browser_expect(b, "\"code\":\"bad-file\"");
	browser_say(b, "{\"type\":\"message\",\"id\":\"1\",\"text\":\"x\",\"files\":\"a\"}");
	browser_expect(b, "\"code\":\"bad-json\"");
	assert_int_equal(world->takes, 0);
	char *url = mem_printf("chat/files/%s/a.txt", ref);
	assert_int_equal(get(url), 404);
	assert_int_equal(get("chat/files/"), 404);
	free(url);
	free(ref);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_picture_goes_up_stands_in_a_message_and_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_picture_is_given_back_for_saving_only, setup, teardown),
		cmocka_unit_test_setup_teardown(a_type_is_what_the_bytes_say, setup, teardown),
		cmocka_unit_test_setup_teardown(only_an_open_conversation_sends_files, setup, teardown),
		cmocka_unit_test_setup_teardown(who_may_not_send_a_file_is_told_before_any_of_it_is_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(only_allowed_sites_send_files, setup, teardown),
		cmocka_unit_test_setup_teardown(too_large_and_too_many_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(an_upload_may_be_named_for_a_week, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_held_or_infected_is_not_given, setup, teardown),
		cmocka_unit_test_setup_teardown(an_upload_the_gateway_does_not_know_is_not_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(a_made_up_reference_is_refused, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
