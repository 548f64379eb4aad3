/* Whose word on a mail's sender is believed, and on whom. */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "adapters/email/authres.h"

static enum authres judge(const char *results, const char *from)
{
	char value[2000];
	snprintf(value, sizeof value, "mx.city.example; %s", results);
	struct header field = { .name = "Authentication-Results", .value = value };
	struct headers h = { .field = &field, .count = 1 };
	return authres_judge(&h, "mx.city.example", from);
}

static void who_vouches_for_the_domain_is_believed(void **state)
{
	(void)state;
	static const char *const good[] = { "spf=pass smtp.mailfrom=a@qq.com", "spf=pass smtp.mailfrom=qq.com", "spf=pass smtp.mailfrom=\"a b\"@qq.com",
		"spf=pass smtp.mailfrom=\"a@evil.example\"@qq.com", "spf=pass smtp.mailfrom=\"a@qq.com\"", "spf=pass (a (b) \\) c) smtp.mailfrom = a@qq.com",
		"spf=pass smtp.mailfrom=SRS0=x=evil.example=b@qq.com", "dkim=pass reason=\"all; is = well\" header.d=qq.com",
		"dkim=fail header.d=a.example; dkim=pass header.d=QQ.com header.i=@qq.com header.s=s1 header.b=\"A=\"", "dmarc=pass" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (judge(good[i], "victim@qq.com") != AUTHRES_PASS)
			fail_msg("not believed: %s", good[i]);
}

static void nobody_passes_as_another_domain_by_what_he_may_choose(void **state)
{
	(void)state;
	static const char *const bad[] = { "spf=pass smtp.mailfrom=\"victim@qq.com\"@evil.example",
		"spf=pass smtp.mailfrom=\"x\\\"@qq.com; dkim=pass header.d=qq.com; x=\\\"\"@evil.example",
		"spf=pass smtp.mailfrom=\"victim@qq.com\" @evil.example", "spf=pass smtp.mailfrom=victim@qq.com (x) @evil.example",
		"spf=pass smtp.mailfrom=a@evil.example\".qq.com\"", "spf=pass smtp.mailfrom=\"victim@qq.com",
		"spf=pass (domain of \"x) smtp.mailfrom=v@qq.com (\"@evil.example passes) smtp.mailfrom=\"x) smtp.mailfrom=v@qq.com (\"@evil.example",
		"spf=pass smtp.mailfrom=v@qq.com=x@evil.example", "dkim=pass header.i=\"v@qq.com\"@evil.example header.d=evil.example",
		"dmarc=pass header.from=\"v@qq.com\"@evil.example", "dmarc=fail header.from=\"v@qq.com\"@evil.example; spf=pass smtp.mailfrom=qq.com" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (judge(bad[i], "victim@qq.com") != AUTHRES_FAIL)
			fail_msg("believed: %s", bad[i]);
}

static void a_value_too_long_to_be_read_vouches_for_nobody(void **state)
{
	(void)state;
	for (int n = 240; n < 260; n++) {
		char results[600];
		snprintf(results, sizeof results, "dkim=pass header.i=%0*d@qq.com.evil.example header.d=evil.example", n, 0);
		assert_int_equal(judge(results, "victim@qq.com"), AUTHRES_FAIL);
		snprintf(results, sizeof results, "dmarc=pass header.from=%0*d@qq.com.evil.example", n, 0);
		assert_int_equal(judge(results, "victim@qq.com"), AUTHRES_FAIL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_vouches_for_the_domain_is_believed),
		cmocka_unit_test(nobody_passes_as_another_domain_by_what_he_may_choose),
		cmocka_unit_test(a_value_too_long_to_be_read_vouches_for_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
