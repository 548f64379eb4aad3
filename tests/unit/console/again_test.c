/* Idempotency-Key: what is done once, and what is kept of it. */
#include "gateway/store/kept.h"
#include "tests/unit/console/desk.h"

static void a_reply_sent_twice_with_one_key_reaches_the_citizen_once(void **state)
{
	static const char key[] = "Idempotency-Key: k-1\r\n";
	const char *number = citizen("web", "twice", "路灯坏了三天");
	char first[2000];
	(void)state;
	assert_int_equal(ask("POST", path_of(number, "/replies"), &AGENT, NULL, key, "{\"text\":\"已安排维修\"}"), 201);
	(void)snprintf(first, sizeof first, "%s", raw.body);
	assert_int_equal(ask("POST", path_of(number, "/replies"), &AGENT, NULL, key, "{\"text\":\"已安排维修\"}"), 201);
	assert_string_equal(raw.body, first);
	assert_int_equal(said_by_staff(number), 1);
	assert_string_equal(word("state"), "replied");
	assert_int_equal(post_as(&AGENT, path_of(number, "/replies"), "{\"text\":\"再说一句\",\"interim\":true}"), 201);
	assert_int_equal(said_by_staff(number), 2);
}

static void a_key_is_for_one_request_of_one_caller(void **state)
{
	static const char key[] = "Idempotency-Key: k-2\r\n";
	const char *number = citizen("web", "key", "井盖响了一夜"), *other = citizen("web", "other key", "树枝断了");
	(void)state;
	assert_int_equal(ask("POST", path_of(number, "/steps"), &AGENT, NULL, key, "{\"step\":\"nonsense\"}"), 409);
	assert_int_equal(ask("POST", path_of(number, "/steps"), &AGENT, NULL, key, "{\"step\":\"accept\"}"), 200);
	assert_int_equal(ask("POST", path_of(number, "/steps"), &AGENT, NULL, key, "{\"step\":\"accept\"}"), 200);
	assert_true(raw_has(&raw, "Idempotency-Replayed: true"));
	assert_int_equal(ask("POST", path_of(number, "/steps"), &AGENT, NULL, key, "{\"step\":\"handle\"}"), 422);
	assert_string_equal(word("code"), "key-reused");
	assert_int_equal(ask("POST", path_of(other, "/steps"), &AGENT, NULL, key, "{\"step\":\"accept\"}"), 422);
	assert_int_equal(ask("POST", path_of(number, "/steps"), &SUPERVISOR, NULL, key, "{\"step\":\"handle\"}"), 200);
	assert_int_equal(ask("POST", path_of(number, "/assign"), &SUPERVISOR, NULL, key, "{\"to\":\"\"}"), 422);
}

struct kept { const char *key; char value[400]; };

static int kept_run(struct tx *tx, void *arg, struct err *e)
{
	struct kept *k = arg;
	const char *value = "";
	(void)e;
	int rc = kept_get(tx, "idempotency", k->key, &value);
	(void)snprintf(k->value, sizeof k->value, "%s", rc == 0 ? value : "");
	return rc == E_NOTFOUND ? 0 : rc;
}

static void what_is_secret_is_kept_for_no_key(void **state)
{
	static const char key[] = "Idempotency-Key: k-secret\r\n";
	char first[100];
	struct kept k = { .key = "admin k-secret" };
	(void)state;
	enter(&ADMIN);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(ask("POST", "/console/api/totp", &ADMIN, NULL, key, "{\"begin\":true}"), 200);
		assert_false(raw_has(&raw, "Idempotency-Replayed"));
		assert_false(again && strcmp(first, word("secret")) == 0);
		(void)snprintf(first, sizeof first, "%s", word("secret"));
	}
	assert_int_equal(ask("POST", "/console/api/staff", &ADMIN, NULL, key,
		"{\"name\":\"fresh\",\"role\":\"agent\",\"password\":\"a-long-password\"}"), 200);
	assert_int_equal(ask("POST", "/console/api/password", &ADMIN, NULL, key, "{\"password\":\"another-password\"}") / 100, 2);
	assert_false(raw_has(&raw, "Idempotency-Replayed"));
	write_now(kept_run, &k);
	assert_string_equal(k.value, "");
}

/* By a hash alone whoever reads the store could try what was written. */
static void what_a_request_said_cannot_be_tried_against_what_is_kept_of_it(void **state)
{
	static const char key[] = "Idempotency-Key: k-mark\r\n", body[] = "{\"step\":\"accept\"}";
	const char *number = citizen("web", "marked", "路灯坏了");
	uint8_t hash[2][SHA256_LEN], both[SHA256_LEN];
	char what[300], plain[HEX_SHA256];
	struct kept k = { .key = "agent k-mark" };
	(void)state;
	assert_int_equal(ask("POST", path_of(number, "/steps"), &AGENT, NULL, key, body), 200);
	write_now(kept_run, &k);
	assert_string_not_equal(k.value, "");
	(void)snprintf(what, sizeof what, "POST %s", path_of(number, "/steps"));
	crypto_sha256(what, strlen(what), hash[0]);
	crypto_sha256(body, strlen(body), hash[1]);
	crypto_sha256(hash, sizeof hash, both);
	assert_memory_not_equal(k.value, crypto_hex(both, sizeof both, plain), sizeof plain - 1);
}

static void an_answer_is_not_given_again_to_who_may_not_see_the_ticket_any_more(void **state)
{
	static const char key[] = "Idempotency-Key: k-gone\r\n";
	const char *number = citizen("web", "key gone", "占道经营到半夜");
	(void)state;
	take_step(number, STEP_DISPATCH, "urban", NULL);
	assert_int_equal(ask("POST", path_of(number, "/steps"), &URBAN, NULL, key, "{\"step\":\"handle\"}"), 200);
	assert_non_null(strstr(raw.body, "占道经营"));
	take_step(number, STEP_DISPATCH, "police", NULL);
	assert_int_equal(ask("POST", path_of(number, "/steps"), &URBAN, NULL, key, "{\"step\":\"handle\"}"), 200);
	assert_int_equal(json_object_size(got), 1);
	assert_string_equal(word("number"), number);
	assert_null(strstr(raw.body, "占道经营"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reply_sent_twice_with_one_key_reaches_the_citizen_once),
		cmocka_unit_test(a_key_is_for_one_request_of_one_caller),
		cmocka_unit_test(what_is_secret_is_kept_for_no_key),
		cmocka_unit_test(what_a_request_said_cannot_be_tried_against_what_is_kept_of_it),
		cmocka_unit_test(an_answer_is_not_given_again_to_who_may_not_see_the_ticket_any_more),
	};
	return cmocka_run_group_tests(tests, desk_setup, desk_teardown);
}
