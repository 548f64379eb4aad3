#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/network.h"

static const char *const proxies[] = { "127.0.0.1", "::1", "10.0.0.7" };

static void network_of(const char *peer, char out[NETWORK_MAX])
{
	network_of_client(peer, NULL, proxies, 3, out);
}

static void an_address_of_version_four_is_its_own_network(void **state)
{
	char out[NETWORK_MAX];
	(void)state;
	network_of("203.0.113.5", out);
	assert_string_equal(out, "203.0.113.5");
	network_of("::ffff:203.0.113.5", out);
	assert_string_equal(out, "203.0.113.5");
}

static void of_version_six_a_house_is_one(void **state)
{
	char one[NETWORK_MAX], other[NETWORK_MAX];
	(void)state;
	network_of("2001:db8:0:1::7", one);
	network_of("2001:db8:0:1:aaaa:bbbb:cccc:dddd", other);
	assert_string_equal(one, "2001:db8:0:1::/64");
	assert_string_equal(other, one);
	network_of("2001:db8:0:2::7", other);
	assert_string_not_equal(other, one);
}

static void what_is_no_address_stays_and_fits(void **state)
{
	char out[NETWORK_MAX];
	(void)state;
	network_of("", out);
	assert_string_equal(out, "");
	network_of("0123456789012345678901234567890123456789012345678901234567890123456789", out);
	assert_string_equal(out, "01234567890123456789012345678901234567890123456789");
}

static void only_a_proxy_of_ours_says_who_stands_behind_it(void **state)
{
	char out[NETWORK_MAX];
	(void)state;
	network_of_client("127.0.0.1", "192.0.2.1, 203.0.113.5", proxies, 3, out);
	assert_string_equal(out, "203.0.113.5");
	network_of_client("::1", "2001:db8:0:1::7", proxies, 3, out);
	assert_string_equal(out, "2001:db8:0:1::/64");
	network_of_client("10.0.0.7", "203.0.113.5", proxies, 3, out);
	assert_string_equal(out, "203.0.113.5");
	network_of_client("198.51.100.7", "203.0.113.5", proxies, 3, out);
	assert_string_equal(out, "198.51.100.7");
	network_of_client("127.0.0.1", "unknown", proxies, 3, out);
	assert_string_equal(out, "127.0.0.1");
	network_of_client("127.0.0.1", NULL, proxies, 3, out);
	assert_string_equal(out, "127.0.0.1");
}

static void an_address_is_this_machine_only_where_it_says_so(void **state)
{
	(void)state;
	static const char *const here[] = { "127.0.0.1", "127.9.8.7", "::1", "[::1]", "::ffff:127.0.0.1", "localhost", "LocalHost",
		"smtp://127.0.0.1:25", "smtp://u@localhost", "smtp://[::1]:25/x",
		"http://localhost?to=elsewhere.example", "http://u:p@127.0.0.1/" };
	static const char *const elsewhere[] = { "", "0.0.0.0", "::", "[::]", "*", "10.0.0.1", "gw.example", "127.evil.example",
		"localhost.evil.example", "127.0.0.1.evil.example", "smtp://smtp.qq.com/127.0.0.1", "smtp://localhost.evil.example:25",
		"smtp://127.evil.example", "http://127.0.0.1@evil.example/", "http://[2001:db8::1]:80/",
		"http://evil.example#@localhost", "http://", "http://[" };
	for (size_t i = 0; i < sizeof here / sizeof *here; i++)
		if (!network_is_loopback(here[i]))
			fail_msg("%s", here[i]);
	for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
		if (network_is_loopback(elsewhere[i]))
			fail_msg("%s", elsewhere[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_of_version_four_is_its_own_network),
		cmocka_unit_test(of_version_six_a_house_is_one),
		cmocka_unit_test(only_a_proxy_of_ours_says_who_stands_behind_it),
		cmocka_unit_test(an_address_is_this_machine_only_where_it_says_so),
		cmocka_unit_test(what_is_no_address_stays_and_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
