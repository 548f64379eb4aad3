#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/base/client.h"

static const char *const proxies[] = { "127.0.0.1", "::1", "10.0.0.7" };

static const char *network(const char *peer, const char *forwarded)
{
	static char text[CLIENT_TEXT];
	struct client_address a = client_address(peer, forwarded, proxies, 3);
	client_network(&a, text);
	return text;
}

static void a_connection_of_its_own_is_where_it_comes_from(void **state)
{
	(void)state;
	assert_string_equal(network("203.0.113.9", NULL), "203.0.113.9");
	assert_string_equal(network("::ffff:203.0.113.9", NULL), "203.0.113.9");
	assert_string_equal(network("2001:db8:1:2:3:4:5:6", NULL), "2001:db8:1:2::");
}

static void only_a_proxy_of_ours_is_believed_and_of_it_the_last_word(void **state)
{
	(void)state;
	assert_string_equal(network("203.0.113.9", "1.1.1.1"), "203.0.113.9");
	assert_string_equal(network("127.0.0.1", "198.51.100.4"), "198.51.100.4");
	assert_string_equal(network("10.0.0.7", "1.1.1.1, 198.51.100.4 "), "198.51.100.4");
	assert_string_equal(network("::1", "2001:db8:9:9:1::1"), "2001:db8:9:9::");
}

static void what_is_no_address_counts_as_the_proxy(void **state)
{
	(void)state;
	assert_string_equal(network("127.0.0.1", NULL), "127.0.0.1");
	static const char *const broken[] = { "", ",", "unknown", "1.1.1.1.1", "1.1.1.1,", "[2001:db8::1]:80", "\"_x\"" };
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_string_equal(network("127.0.0.1", broken[i]), "127.0.0.1");
	char longer[300];
	memset(longer, '1', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_string_equal(network("127.0.0.1", longer), "127.0.0.1");
	assert_string_equal(network("somewhere", "1.1.1.1"), "::");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_of_its_own_is_where_it_comes_from),
		cmocka_unit_test(only_a_proxy_of_ours_is_believed_and_of_it_the_last_word),
		cmocka_unit_test(what_is_no_address_counts_as_the_proxy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
