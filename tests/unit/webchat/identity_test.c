#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "adapters/webchat/identity.h"
#include "adapters/webchat/peers.h"

static const struct secret ours = { { 1, 2, 3 } }, theirs = { { 3, 2, 1 } };
static const uint8_t bytes[CHAT_TOKEN_RANDOM] = "twenty random bytes";

static void our_token_is_valid_and_names_one_peer(void **state)
{
	(void)state;
	char token[CHAT_TOKEN_LEN + 1], peer[CHAT_PEER_LEN + 1], again[CHAT_PEER_LEN + 1];
	chat_token_make(&ours, bytes, token);
	assert_int_equal(strlen(token), CHAT_TOKEN_LEN);
	assert_true(chat_token_valid(&ours, token));
	chat_peer_of_token(token, peer);
	chat_peer_of_token(token, again);
	assert_string_equal(peer, again);
	assert_int_equal(strlen(peer), CHAT_PEER_LEN);
	assert_int_equal(peer[0], 'w');
	assert_null(strstr(token, peer + 1));
}

static void a_site_vouches_for_its_visitor_until_it_expires(void **state)
{
	(void)state;
	/* printf 'u:1:2000' | openssl dgst -sha256 -hmac secret */
	static const char good[] = "u:1:2000:994d72bb55ad1e23199722706bf42d52da40cf4ac53ba6a9e13fe85025f37bd2";
	char token[CHAT_TOKEN_LEN + 1], again[CHAT_TOKEN_LEN + 1], bent[sizeof good];
	assert_true(chat_vouched(&ours, "secret", good, 1999000, token));
	assert_true(chat_token_valid(&ours, token));
	assert_true(chat_vouched(&ours, "secret", good, 1000000, again));
	assert_string_equal(token, again);
	assert_false(chat_vouched(&ours, "secret", good, 2001000, token));
	assert_false(chat_vouched(&ours, "secret", good, -90000000, token)); /* more than a day ahead */
	assert_false(chat_vouched(&ours, "other", good, 1999000, token));
	for (size_t i = 0; i + 1 < sizeof good; i++) {
		memcpy(bent, good, sizeof bent);
		bent[i] = bent[i] == '1' ? '2' : '1';
		assert_false(chat_vouched(&ours, "secret", bent, 1500000, token));
	}
	static const char *const odd[] = { "", ":", "::", "u", "u:1", "u:2000:", ":2000:x", "u:-1:x" };
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		assert_false(chat_vouched(&ours, "secret", odd[i], 1500000, token));
}

static void a_forged_token_is_not(void **state)
{
	(void)state;
	char token[CHAT_TOKEN_LEN + 1], bent[CHAT_TOKEN_LEN + 1];
	chat_token_make(&theirs, bytes, token);
	assert_false(chat_token_valid(&ours, token));
	chat_token_make(&ours, bytes, token);
	for (size_t i = 0; i < CHAT_TOKEN_LEN; i++) {
		memcpy(bent, token, sizeof bent);
		bent[i] = bent[i] == 'a' ? 'b' : 'a';
		assert_false(chat_token_valid(&ours, bent));
	}
	memcpy(bent, token, sizeof bent);
	bent[CHAT_TOKEN_LEN - 1] = '\0';
	assert_false(chat_token_valid(&ours, bent));
	assert_false(chat_token_valid(&ours, ""));
	assert_false(chat_token_valid(&ours, "."));
}

static bool allowed(const char *origin)
{
	static const char *const list[] = { "https://www.city.example", "http://intra.city.example:8080/" };
	return chat_origin_allowed(origin, "10.0.0.5:12345", "https://12345.city.example/gate", list, 2);
}

static void only_listed_sites_and_our_own_may_show_the_chat(void **state)
{
	(void)state;
	assert_true(allowed(NULL));
	assert_true(allowed("https://12345.city.example"));
	assert_true(allowed("https://www.city.example"));
	assert_true(allowed("http://intra.city.example:8080"));
	assert_true(allowed("http://10.0.0.5:12345"));
	assert_false(allowed("https://evil.example"));
	assert_false(allowed("https://www.city.example.evil.example"));
	assert_false(allowed("http://www.city.example"));
	assert_false(allowed("https://www.city.example:444"));
	assert_false(allowed("null"));
	assert_false(allowed(""));
}

static void an_origin_is_scheme_and_host_only(void **state)
{
	(void)state;
	assert_true(chat_origin_valid("https://city.example"));
	assert_true(chat_origin_valid("http://127.0.0.1:12345/"));
	assert_false(chat_origin_valid("city.example"));
	assert_false(chat_origin_valid("https://"));
	assert_false(chat_origin_valid("https://city.example/chat"));
	assert_false(chat_origin_valid("https://*.city.example"));
	assert_false(chat_origin_valid("*"));
}

static void ten_thousand_peers_are_found_and_forgotten(void **state)
{
	(void)state;
	struct chat_peers t;
	char name[CHAT_PEER_LEN + 1];
	chat_peers_init(&t);
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "w%d", i);
		struct chat_peer *p = chat_peers_get(&t, name);
		assert_ptr_equal(p, chat_peers_get(&t, name));
	}
	assert_int_equal(t.count, 10000);
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "w%d", i);
		struct chat_peer *p = chat_peers_find(&t, name);
		assert_non_null(p);
		assert_string_equal(p->name, name);
		chat_peers_remove(&t, p);
		assert_null(chat_peers_find(&t, name));
	}
	chat_peers_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_token_is_valid_and_names_one_peer),
		cmocka_unit_test(a_site_vouches_for_its_visitor_until_it_expires),
		cmocka_unit_test(a_forged_token_is_not),
		cmocka_unit_test(only_listed_sites_and_our_own_may_show_the_chat),
		cmocka_unit_test(an_origin_is_scheme_and_host_only),
		cmocka_unit_test(ten_thousand_peers_are_found_and_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
