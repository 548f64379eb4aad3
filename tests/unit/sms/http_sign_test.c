/* The signatures of web providers, each against its provider's own published example. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/http/sign.h"

/* Aliyun, "V3 request structure and signature", the example with fixed values: RunInstances of ECS. */
static void aliyuns_example_comes_out_as_published(void **state)
{
	struct buf h;
	(void)state;
	buf_init(&h, 4096);
	sign_acs3(&(struct sign_acs3){ .id = "YourAccessKeyId", .secret = "YourAccessKeySecret",
		.host = "ecs.cn-shanghai.aliyuncs.com", .action = "RunInstances", .version = "2014-05-26",
		.query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai",
		.date = "2023-10-26T10:22:32Z", .nonce = "3156853299f313e23d1673dc12e1703d" }, &h);
	assert_string_equal(buf_str(&h),
		"x-acs-action: RunInstances\nx-acs-version: 2014-05-26\nx-acs-date: 2023-10-26T10:22:32Z\n"
		"x-acs-signature-nonce: 3156853299f313e23d1673dc12e1703d\n"
		"x-acs-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
		"Authorization: ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders="
		"host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
		"Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0\n");
	buf_fini(&h);
}

/* Tencent Cloud, "Signature v3": DescribeInstances of CVM, with the key as the page prints it now and as it did before. */
static void tencents_example_comes_out_as_published(void **state)
{
	static const struct { const char *id, *secret, *signature; } rows[] = {
		{ "AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******", "Gu5t9xGARNpq86cd98joQYCN3*******",
			"2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c" },
		{ "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
			"72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168" }
	};
	static const char body[] =
		"{\"Limit\": 1, \"Filters\": [{\"Values\": [\"\\u672a\\u547d\\u540d\"], \"Name\": \"instance-name\"}]}";
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf h;
		char want[400];
		buf_init(&h, 4096);
		sign_tc3(&(struct sign_tc3){ .id = rows[i].id, .secret = rows[i].secret, .host = "cvm.tencentcloudapi.com",
			.service = "cvm", .content_type = "application/json; charset=utf-8", .body = body, .n = strlen(body),
			.now = 1551113065000 }, &h);
		snprintf(want, sizeof want, "Authorization: TC3-HMAC-SHA256 Credential=%s/2019-02-25/cvm/tc3_request, "
			"SignedHeaders=content-type;host, Signature=%s\n", rows[i].id, rows[i].signature);
		assert_string_equal(buf_str(&h), want);
		buf_fini(&h);
	}
}

/* Twilio, "Security", "Validating requests". */
static void twilios_example_comes_out_as_published(void **state)
{
	static const char body[] = "To=%2B18005551212&Digits=1234&CallSid=CA1234567890ABCDE&From=%2B14158675309"
		"&Caller=%2B14158675309";
	struct arena *a = arena_create(1024);
	struct form f;
	char mac[SIGN_TWILIO_MAX];
	(void)state;
	assert_int_equal(form_read(body, strlen(body), a, &f), 1);
	assert_string_equal(sign_twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &f, mac),
		"RSOYDt4T1cUTdK1PDd93/VVr8B8=");
	arena_destroy(&a);
}

static void forms_are_written_and_read_as_rfc_3986_says(void **state)
{
	struct arena *a = arena_create(1024);
	struct form f;
	struct buf b;
	(void)state;
	buf_init(&b, 200);
	assert_true(form_add(&b, "a b", "1+1=2 & ~*'"));
	assert_true(form_add(&b, "路", ""));
	assert_string_equal(buf_str(&b), "a%20b=1%2B1%3D2%20%26%20~%2A%27&%E8%B7%AF=");
	assert_int_equal(form_read(buf_str(&b), b.len, a, &f), 1);
	assert_int_equal(f.count, 2);
	assert_string_equal(form_get(&f, "a b"), "1+1=2 & ~*'");
	assert_string_equal(form_get(&f, "路"), "");
	assert_null(form_get(&f, "b"));
	assert_int_equal(form_read("x=a+b&&y", 8, a, &f), 1);
	assert_int_equal(f.count, 2);
	assert_string_equal(form_get(&f, "x"), "a b");
	assert_string_equal(form_get(&f, "y"), "");
	assert_int_equal(form_read("x=a%00b", 7, a, &f), 1);
	assert_string_equal(form_get(&f, "x"), "ab");
	buf_fini(&b);
	arena_destroy(&a);
}

static void malformed_forms_are_refused(void **state)
{
	static const char *const bad[] = { "x=%", "x=%4", "x=%zz", "%2=1", "a=1&b=%G0" };
	struct arena *a = arena_create(1024);
	struct form f;
	char many[FORM_PAIRS_MAX * 3 + 4];
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(form_read(bad[i], strlen(bad[i]), a, &f), -1);
	for (size_t i = 0; i <= FORM_PAIRS_MAX; i++)
		memcpy(many + 2 * i, "x&", 2);
	assert_int_equal(form_read(many, FORM_PAIRS_MAX * 2, a, &f), 1);
	assert_int_equal(form_read(many, (FORM_PAIRS_MAX + 1) * 2, a, &f), -1);
	arena_destroy(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aliyuns_example_comes_out_as_published),
		cmocka_unit_test(tencents_example_comes_out_as_published),
		cmocka_unit_test(twilios_example_comes_out_as_published),
		cmocka_unit_test(forms_are_written_and_read_as_rfc_3986_says),
		cmocka_unit_test(malformed_forms_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
