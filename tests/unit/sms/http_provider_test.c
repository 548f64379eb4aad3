/* What each web provider is sent, and what its answers and callbacks mean: golden requests, and the providers' documented
 * examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sign.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/peer.h"
#include "gateway/base/clock.h"

enum { ALIYUN, TENCENT, TWILIO, KANNEL, SEEN_MAX = 10 };

static struct provider_request request;
static char reason[PROVIDER_REASON_MAX];

static const struct msg_out message = { .id = 77, .peer = "+8613800138000", .text = "【示范市12345】工单已受理", .event = "received" };
static const struct filled filled = { .template_id = "SMS_100001", .name = { "number", "due" },
	.value = { "20261122200000017", "11月25日 \"前\"" }, .values = 2 };

static struct provider_part part_of(const struct filled *f)
{
	return (struct provider_part){ .msg = &message, .from = "12345", .text = message.text, .filled = f, .wide = true, .index = 1,
		.total = 1, .id = "77-1-0123456789ab", .callback = "https://city.example/sms/s/77-1-0123456789ab",
		.nonce = "3156853299f313e23d1673dc12e1703d", .now = 1795000000000 };
}

static int make(unsigned which, const struct sms_http_config *c, const struct provider_part *p)
{
	provider_request_fini(&request);
	provider_request_init(&request);
	return provider_at(which)->request(c, p, &request, reason);
}

/* --- requests --- */

static void aliyun_gets_a_template_with_named_values_and_our_id(void **state)
{
	const struct sms_http_config c = { .profile = ALIYUN, .account = "testId", .secret = "testSecret", .sign_name = "示范市12345" };
	struct provider_part p = part_of(&filled);
	(void)state;
	assert_int_equal(make(ALIYUN, &c, &p), 1);
	assert_true(request.post);
	assert_string_equal(buf_str(&request.url), "https://dysmsapi.aliyuncs.com/?OutId=77-1-0123456789ab"
		"&PhoneNumbers=13800138000&SignName=%E7%A4%BA%E8%8C%83%E5%B8%8212345&TemplateCode=SMS_100001&TemplateParam="
		"%7B%22number%22%3A%2220261122200000017%22%2C%22due%22%3A%2211%E6%9C%8825%E6%97%A5%20%5C%22%E5%89%8D%5C%22%22%7D");
	assert_int_equal(request.body.len, 0);
	assert_non_null(strstr(buf_str(&request.headers), "x-acs-action: SendSms\nx-acs-version: 2017-05-25\n"
		"x-acs-date: 2026-11-18T11:06:40Z\nx-acs-signature-nonce: 3156853299f313e23d1673dc12e1703d\n"));
	/* Computed apart from this code, by the provider's steps. */
	assert_non_null(strstr(buf_str(&request.headers), "Credential=testId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
		"x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
		"9f64ca7da8469b30f1084095886d4b3db215981e2e261866aae26619cbe26b86\n"));
	assert_null(strstr(buf_str(&request.headers), "testSecret"));
}

static void aliyun_abroad_gets_the_number_with_its_country(void **state)
{
	const struct sms_http_config c = { .profile = ALIYUN, .account = "i", .secret = "s", .sign_name = "n", .url = "http://127.0.0.1:9" };
	const struct msg_out abroad = { .id = 1, .peer = "+85291234567", .text = "" };
	struct provider_part p = part_of(&filled);
	(void)state;
	p.msg = &abroad;
	assert_int_equal(make(ALIYUN, &c, &p), 1);
	assert_non_null(strstr(buf_str(&request.url), "http://127.0.0.1:9/?OutId="));
	assert_non_null(strstr(buf_str(&request.url), "&PhoneNumbers=85291234567&"));
	const struct msg_out like_ours = { .id = 1, .peer = "+13105550123", .text = "" };
	p.msg = &like_ours;
	assert_int_equal(make(ALIYUN, &c, &p), 1);
	assert_non_null(strstr(buf_str(&request.url), "&PhoneNumbers=0013105550123&"));
}

static void tencent_gets_a_template_with_values_in_order(void **state)
{
	const struct sms_http_config c = { .profile = TENCENT, .account = "AKID", .secret = "key", .app = "1400006666",
		.region = "ap-guangzhou", .sign_name = "示范市12345" };
	const struct filled f = { .template_id = "1110", .name = { "", "" }, .value = { "20261122200000017", "11月25日" }, .values = 2 };
	struct provider_part p = part_of(&f);
	(void)state;
	assert_int_equal(make(TENCENT, &c, &p), 1);
	assert_string_equal(buf_str(&request.url), "https://sms.tencentcloudapi.com/");
	assert_string_equal(buf_str(&request.body), "{\"PhoneNumberSet\":[\"+8613800138000\"],\"SmsSdkAppId\":\"1400006666\","
		"\"SignName\":\"示范市12345\",\"TemplateId\":\"1110\",\"TemplateParamSet\":[\"20261122200000017\",\"11月25日\"],"
		"\"SessionContext\":\"77-1-0123456789ab\"}");
	assert_non_null(strstr(buf_str(&request.headers), "Content-Type: application/json; charset=utf-8\nX-TC-Action: SendSms\n"
		"X-TC-Version: 2021-01-11\nX-TC-Region: ap-guangzhou\nX-TC-Timestamp: 1795000000\nAuthorization: TC3-HMAC-SHA256 "
		"Credential=AKID/2026-11-18/sms/tc3_request, SignedHeaders=content-type;host, Signature="
		"bbbae50e956d0635fcc952926a96a64e25cc01316024ccf02ee621df6e32c424\n"));
}

static void twilio_gets_a_form_with_the_text(void **state)
{
	const struct sms_http_config c = { .profile = TWILIO, .account = "AC0123", .secret = "token", .url = "https://api.example/" };
	struct provider_part p = part_of(NULL);
	(void)state;
	p.from = "+15005550006";
	assert_int_equal(make(TWILIO, &c, &p), 1);
	assert_true(request.post && request.basic);
	assert_string_equal(buf_str(&request.url), "https://api.example/2010-04-01/Accounts/AC0123/Messages.json");
	assert_string_equal(buf_str(&request.body), "To=%2B8613800138000&From=%2B15005550006&Body=%E3%80%90%E7%A4%BA%E8%8C%83%E5%B8%82"
		"12345%E3%80%91%E5%B7%A5%E5%8D%95%E5%B7%B2%E5%8F%97%E7%90%86&StatusCallback=https%3A%2F%2Fcity.example%2Fsms%2Fs%2F"
		"77-1-0123456789ab");
	p = part_of(&filled);
	p.from = "MG0123";
	assert_int_equal(make(TWILIO, &c, &p), 1);
	assert_non_null(strstr(buf_str(&request.body), "&MessagingServiceSid=MG0123&ContentSid=SMS_100001&ContentVariables=%7B%22"));
	assert_null(strstr(buf_str(&request.body), "&Body="));
}

static void kannel_gets_a_part_with_its_header_and_where_to_report(void **state)
{
	const struct sms_http_config c = { .profile = KANNEL, .account = "u", .secret = "p w", .url = "http://127.0.0.1:13013/cgi-bin/sendsms" };
	struct provider_part p = part_of(NULL);
	(void)state;
	p.text = "路😀";
	assert_int_equal(make(KANNEL, &c, &p), 1);
	assert_false(request.post);
	assert_string_equal(buf_str(&request.url), "http://127.0.0.1:13013/cgi-bin/sendsms?username=u&password=p%20w&from=12345"
		"&to=%2B8613800138000&charset=UTF-8&coding=2&text=%E8%B7%AF%F0%9F%98%80&dlr-mask=31&dlr-url="
		"https%3A%2F%2Fcity.example%2Fsms%2Fs%2F77-1-0123456789ab%3Fdlr%3D%25d%26answer%3D%25A");
	p.wide = false;
	p.total = 3;
	p.index = 2;
	p.ref = 0;
	assert_int_equal(make(KANNEL, &c, &p), 1);
	assert_non_null(strstr(buf_str(&request.url), "&coding=0&udh=%05%00%03%00%03%02&text="));
}

/* --- answers --- */

struct said { unsigned which; long status; const char *body; enum verdict verdict; const char *id, *words; };

static void answers_mean_what_the_providers_document(void **state)
{
	static const struct said rows[] = {
		{ ALIYUN, 200, "{\"Message\":\"OK\",\"RequestId\":\"F6\",\"Code\":\"OK\",\"BizId\":\"9006197469364984400\"}", VERDICT_ACCEPTED, "", "" },
		{ ALIYUN, 200, "{\"Code\":\"isv.BUSINESS_LIMIT_CONTROL\",\"Message\":\"触发分钟级流控Permits:1\"}", VERDICT_LATER, "",
			"as many messages" },
		{ ALIYUN, 200, "{\"Code\":\"isv.MOBILE_NUMBER_ILLEGAL\",\"Message\":\"号码非法\"}", VERDICT_NEVER, "",
			"isv.MOBILE_NUMBER_ILLEGAL: 号码非法" },
		{ ALIYUN, 200, "{\"Code\":\"isv.AMOUNT_NOT_ENOUGH\",\"Message\":\"账户余额不足\"}", VERDICT_ACCOUNT, "", "balance" },
		{ ALIYUN, 200, "{\"Code\":\"isp.SYSTEM_ERROR\",\"Message\":\"\"}", VERDICT_LATER, "", "isp.SYSTEM_ERROR" },
		{ ALIYUN, 404, "{\"Code\":\"InvalidAccessKeyId.NotFound\",\"Message\":\"Specified access key is not found.\"}", VERDICT_ACCOUNT, "",
			"AccessKey ID" },
		{ ALIYUN, 400, "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"…\"}", VERDICT_ACCOUNT, "", "secret" },
		{ ALIYUN, 400, "{\"Code\":\"Throttling.User\",\"Message\":\"Request was denied due to user flow control.\"}", VERDICT_THROTTLED, "",
			"flow control" },
		{ ALIYUN, 503, "{\"Code\":\"ServiceUnavailable\",\"Message\":\"\"}", VERDICT_THROTTLED, "", "ServiceUnavailable" },
		{ ALIYUN, 500, "{\"Code\":\"InternalError\",\"Message\":\"\"}", VERDICT_UNCLEAR, "", "InternalError" },
		{ TENCENT, 200, "{\"Response\":{\"SendStatusSet\":[{\"SerialNo\":\"5000:1045710669157053657849499619\",\"PhoneNumber\":"
			"\"+8618511122233\",\"Fee\":1,\"SessionContext\":\"test\",\"Code\":\"Ok\",\"Message\":\"send success\",\"IsoCode\":\"CN\"}],"
			"\"RequestId\":\"a0\"}}", VERDICT_ACCEPTED, "5000:1045710669157053657849499619", "" },
		{ TENCENT, 200, "{\"Response\":{\"SendStatusSet\":[{\"SerialNo\":\"\",\"Code\":\"LimitExceeded.PhoneNumberDailyLimit\",\"Message\":\"x\"}]}}",
			VERDICT_LATER, "", "as many messages" },
		{ TENCENT, 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"FailedOperation.PhoneNumberInBlacklist\",\"Message\":\"black\"}]}}",
			VERDICT_NEVER, "", "PhoneNumberInBlacklist: black" },
		{ TENCENT, 200, "{\"Response\":{\"Error\":{\"Code\":\"AuthFailure.SignatureFailure\",\"Message\":\"The provided…\"},\"RequestId\":\"e\"}}",
			VERDICT_ACCOUNT, "", "SecretKey" },
		{ TENCENT, 200, "{\"Response\":{\"Error\":{\"Code\":\"RequestLimitExceeded\",\"Message\":\"\"}}}", VERDICT_THROTTLED, "", "" },
		{ TENCENT, 200, "{\"Response\":{\"SendStatusSet\":[{\"Code\":\"InternalError.Timeout\",\"Message\":\"\"}]}}", VERDICT_UNCLEAR, "", "" },
		{ TENCENT, 200, "{\"Response\":{\"Error\":{\"Code\":\"FailedOperation.InsufficientBalanceInSmsPackage\",\"Message\":\"\"}}}",
			VERDICT_ACCOUNT, "", "balance" },
		{ TWILIO, 201, "{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":null}", VERDICT_ACCEPTED, "", "" },
		{ TWILIO, 400, "{\"code\":21211,\"message\":\"The 'To' number is not valid\",\"more_info\":\"https://x/21211\",\"status\":400}",
			VERDICT_NEVER, "", "21211: The 'To'" },
		{ TWILIO, 429, "{\"code\":20429,\"message\":\"Too many requests\",\"status\":429}", VERDICT_THROTTLED, "", "20429" },
		{ TWILIO, 401, "{\"code\":20003,\"message\":\"Authenticate\",\"status\":401}", VERDICT_ACCOUNT, "", "Auth Token" },
		{ TWILIO, 400, "{\"code\":21610,\"message\":\"x\",\"status\":400}", VERDICT_NEVER, "", "unsubscribed" },
		{ TWILIO, 500, "{\"code\":20500,\"message\":\"x\",\"status\":500}", VERDICT_UNCLEAR, "", "20500" },
		{ KANNEL, 202, "0: Accepted for delivery", VERDICT_ACCEPTED, "", "" },
		{ KANNEL, 202, "3: Queued for later delivery\n", VERDICT_ACCEPTED, "", "" },
		{ KANNEL, 202, "Sent.", VERDICT_ACCEPTED, "", "" }, /* with immediate-sendsms-reply */
		{ KANNEL, 503, "Temporal failure, try again later.", VERDICT_THROTTLED, "", "Temporal failure" },
		{ KANNEL, 403, "Authorization failed for sendsms", VERDICT_ACCOUNT, "", "Authorization failed" },
		{ KANNEL, 400, "Missing receiver number, rejected", VERDICT_NEVER, "", "Missing receiver" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct provider_answer a;
		provider_judge(provider_at(rows[i].which), rows[i].status, rows[i].body, strlen(rows[i].body), &a);
		if (a.verdict != rows[i].verdict || strcmp(a.id, rows[i].id) || !strstr(a.reason, rows[i].words))
			fail_msg("%s: verdict %d, id \"%s\", \"%s\"", rows[i].body, a.verdict, a.id, a.reason);
		assert_int_equal(a.verdict == VERDICT_ACCEPTED, !a.reason[0]);
	}
}

/* A page of somebody in between is never taken for the provider's answer, whatever its status. */
static void a_page_of_html_is_nobodys_answer(void **state)
{
	static const char page[] = "<html><head><title>502 Bad Gateway</title></head></html>";
	static const struct { long status; enum verdict verdict; } rows[] = { { 200, VERDICT_UNCLEAR }, { 202, VERDICT_UNCLEAR },
		{ 302, VERDICT_ACCOUNT }, { 403, VERDICT_ACCOUNT }, { 404, VERDICT_ACCOUNT }, { 429, VERDICT_THROTTLED },
		{ 500, VERDICT_UNCLEAR }, { 502, VERDICT_UNCLEAR }, { 503, VERDICT_THROTTLED }, { 504, VERDICT_UNCLEAR } };
	(void)state;
	for (unsigned p = 0; provider_at(p); p++)
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
			struct provider_answer a;
			char code[30];
			provider_judge(provider_at(p), rows[i].status, page, sizeof page - 1, &a);
			assert_int_equal(a.verdict, rows[i].verdict);
			snprintf(code, sizeof code, "HTTP status %ld", rows[i].status);
			assert_non_null(strstr(a.reason, code));
			provider_judge(provider_at(p), rows[i].status, "", 0, &a);
			assert_int_equal(a.verdict, rows[i].verdict);
		}
}

/* Kannel's answers are plain text, and so are many a proxy's. */
static void a_proxys_plain_words_refuse_nothing_in_kannels_name(void **state)
{
	static const struct { long status; const char *body; enum verdict verdict; } rows[] = { { 502, "Bad Gateway", VERDICT_UNCLEAR },
		{ 503, "upstream connect error or disconnect/reset before headers", VERDICT_UNCLEAR }, { 504, "Gateway Timeout", VERDICT_UNCLEAR },
		{ 429, "Too Many Requests", VERDICT_THROTTLED }, { 404, "404 page not found", VERDICT_ACCOUNT },
		{ 407, "Proxy Authentication Required", VERDICT_ACCOUNT }, { 401, "Unauthorized", VERDICT_ACCOUNT },
		{ 403, "RBAC: access denied", VERDICT_ACCOUNT }, { 405, "Method Not Allowed", VERDICT_ACCOUNT },
		{ 421, "Misdirected Request", VERDICT_ACCOUNT }, { 302, "Found", VERDICT_ACCOUNT }, { 408, "Request Timeout", VERDICT_THROTTLED },
		{ 200, "OK", VERDICT_UNCLEAR } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct provider_answer a;
		provider_judge(provider_at(KANNEL), rows[i].status, rows[i].body, strlen(rows[i].body), &a);
		assert_int_equal(a.verdict, rows[i].verdict);
		assert_non_null(strstr(a.reason, rows[i].body));
	}
}

/* --- callbacks --- */

static struct provider_entry seen[SEEN_MAX];
static size_t seens;
static struct arena *arena;

static void note(void *arg, const struct provider_entry *e)
{
	struct provider_entry *to = &seen[seens++];
	(void)arg;
	*to = *e;
	const char **const words[] = { &to->id, &to->peer, &to->account, &to->text, &to->quoted, &to->reason };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		*words[i] = arena_strdup(arena, *words[i]);
	to->raw = e->raw ? arena_strndup(arena, e->raw, e->raw_n) : NULL;
}

static int hear(unsigned which, const char *mark, const char *query, const char *body, size_t n)
{
	static struct form q, f;
	struct provider_call c = { .url = "https://city.example/sms", .signature = "", .mark = mark, .query = &q, .form = &f, .body = body,
		.n = n, .arena = arena };
	seens = 0;
	assert_int_equal(form_read(query, strlen(query), arena, &q), 1);
	if (form_read(body, n, arena, &f) < 0)
		f.count = 0;
	return provider_at(which)->read(&c, note, NULL);
}

static void aliyuns_reports_and_messages_are_read_in_one_batch(void **state)
{
	static const char body[] = "["
		"{\"phone_number\":\"13800138000\",\"send_time\":\"2026-11-22 08:00:00\",\"report_time\":\"2026-11-22 08:00:05\",\"success\":true,"
		"\"err_code\":\"DELIVERED\",\"err_msg\":\"用户接收成功\",\"sms_size\":\"1\",\"biz_id\":\"932702304080415357^0\",\"out_id\":\"77-1-ab\"},"
		"{\"phone_number\":\"13800138001\",\"success\":false,\"err_code\":\"MK:0001\",\"err_msg\":\"空号\",\"biz_id\":\"12345\",\"out_id\":\"\"},"
		"\"rubbish\","
		"{\"phone_number\":\"13800138002\",\"send_time\":\"2026-11-22 09:00:00\",\"content\":\"路灯坏了\\u0000\",\"sign_name\":\"签名\","
		"\"dest_code\":\"1069012345\",\"sequence_id\":1234567890},"
		"{\"content\":\"没有号码\"},{\"else\":1}]";
	(void)state;
	assert_int_equal(hear(ALIYUN, "", "", body, strlen(body)), 1);
	assert_int_equal(seens, 6);
	assert_int_equal(seen[0].kind, ENTRY_RECEIPT);
	assert_string_equal(seen[0].id, "77-1-ab");
	assert_int_equal(seen[0].state, OUT_DELIVERED);
	char at[CLOCK_TEXT];
	assert_string_equal(clock_people(seen[0].at, at), "2026-11-22 08:00");
	assert_string_equal(seen[1].id, "12345");
	assert_int_equal(seen[1].state, OUT_FAILED);
	assert_string_equal(seen[1].reason, "MK:0001 空号");
	assert_int_equal(seen[2].kind, ENTRY_BAD);
	assert_string_equal(seen[2].raw, "\"rubbish\"");
	assert_int_equal(seen[3].kind, ENTRY_MESSAGE);
	assert_string_equal(seen[3].text, "路灯坏了");
	assert_string_equal(seen[3].account, "1069012345");
	assert_string_equal(seen[3].id, "1234567890#13800138002");
	assert_int_equal(seen[4].kind, ENTRY_BAD);
	assert_string_equal(seen[4].reason, "message-without-sender");
	assert_string_equal(seen[5].reason, "entry-of-no-kind");
}

static void tencents_receipts_and_replies_are_read(void **state)
{
	static const char receipts[] = "[{\"user_receive_time\":\"2026-10-17 08:03:04\",\"nationcode\":\"86\",\"mobile\":\"13800138000\","
		"\"report_status\":\"SUCCESS\",\"errmsg\":\"DELIVRD\",\"description\":\"用户短信送达成功\",\"sid\":\"5000:1\"},"
		"{\"nationcode\":\"86\",\"mobile\":\"13800138000\",\"report_status\":\"FAIL\",\"errmsg\":\"EXPIRED\",\"description\":\"过期\",\"sid\":\"5000:2\"},"
		"{\"report_status\":\"FAIL\"}]";
	static const char reply[] = "{\"extend\":\"01\",\"mobile\":\"13800138000\",\"nationcode\":\"86\",\"sign\":\"签名\",\"text\":\"1\",\"time\":1795000000}";
	char first[80];
	(void)state;
	assert_int_equal(hear(TENCENT, "", "", receipts, strlen(receipts)), 1);
	assert_int_equal(seens, 3);
	assert_string_equal(seen[0].id, "5000:1");
	assert_string_equal(seen[0].peer, "+8613800138000");
	assert_int_equal(seen[0].state, OUT_DELIVERED);
	assert_int_equal(seen[1].state, OUT_EXPIRED);
	assert_string_equal(seen[2].reason, "receipt-without-id");
	assert_int_equal(hear(TENCENT, "", "", reply, strlen(reply)), 1);
	assert_int_equal(seen[0].kind, ENTRY_MESSAGE);
	assert_string_equal(seen[0].text, "1");
	assert_true(seen[0].at == 1795000000000);
	snprintf(first, sizeof first, "%s", seen[0].id);
	assert_int_equal(hear(TENCENT, "", "", reply, strlen(reply)), 1);
	assert_string_equal(seen[0].id, first); /* pushed again: the same message */
	static const char other[] = "{\"extend\":\"01\",\"mobile\":\"13800138000\",\"nationcode\":\"86\",\"text\":\"1\",\"time\":1795000001}";
	assert_int_equal(hear(TENCENT, "", "", other, strlen(other)), 1);
	assert_string_not_equal(seen[0].id, first);
}

static void twilios_receipts_and_messages_are_read(void **state)
{
	static const char receipt[] = "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003&To=%2B8613800138000&From=%2B1500";
	static const char picture[] = "MessageSid=MM1&From=%2B8613800138000&To=%2B15005550006&Body=%E8%B7%AF%E7%81%AF&NumMedia=2"
		"&MediaUrl0=https%3A%2F%2Fa%2F1&MediaUrl1=https%3A%2F%2Fa%2F2";
	static const char wordless[] = "MessageSid=MM2&From=%2B8613800138000&To=%2B15005550006&Body=+&NumMedia=1&MediaUrl0=https%3A%2F%2Fa%2F1";
	static const char stop[] = "MessageSid=SM9&From=%2B8613800138000&To=%2B15005550006&Body=STOP&OptOutType=STOP";
	(void)state;
	assert_int_equal(hear(TWILIO, "77-1-ab", "", receipt, strlen(receipt)), 1);
	assert_int_equal(seen[0].kind, ENTRY_RECEIPT);
	assert_string_equal(seen[0].id, "77-1-ab");
	assert_int_equal(seen[0].state, OUT_FAILED);
	assert_string_equal(seen[0].reason, "undelivered 30003 ");
	assert_int_equal(hear(TWILIO, "77-1-ab", "", "MessageStatus=sent", 18), 1);
	assert_int_equal(seen[0].state, OUT_ACCEPTED);
	assert_int_equal(hear(TWILIO, "", "", receipt, strlen(receipt)), 1);
	assert_string_equal(seen[0].reason, "receipt-without-id");
	assert_int_equal(hear(TWILIO, "", "", picture, strlen(picture)), 1);
	assert_int_equal(seen[0].kind, ENTRY_MESSAGE);
	assert_string_equal(seen[0].id, "MM1");
	assert_string_equal(seen[0].text, "路灯");
	assert_string_equal(seen[0].quoted, "https://a/1\nhttps://a/2");
	assert_int_equal(hear(TWILIO, "", "", wordless, strlen(wordless)), 1);
	assert_string_equal(seen[0].text, "https://a/1"); /* what is blank and carries no file is kept aside as empty */
	assert_null(seen[0].quoted);
	assert_int_equal(hear(TWILIO, "", "", stop, strlen(stop)), 1);
	assert_int_equal(seen[0].kind, ENTRY_BAD);
	assert_string_equal(seen[0].reason, "opt-out");
	assert_int_equal(hear(TWILIO, "", "", "", 0), -1);
}

static void twilio_is_believed_by_its_signature_only(void **state)
{
	static const char body[] = "MessageSid=SM1&Body=hi&From=%2B1";
	const struct sms_http_config c = { .profile = TWILIO, .secret = "12345" };
	static struct form f, none;
	char mac[SIGN_TWILIO_MAX];
	struct provider_call call = { .url = "https://city.example/sms", .mark = "", .query = &none, .form = &f, .body = body,
		.n = sizeof body - 1, .arena = arena };
	(void)state;
	assert_int_equal(form_read(body, strlen(body), arena, &f), 1);
	call.signature = sign_twilio("12345", "https://city.example/sms", &f, mac);
	assert_true(provider_at(TWILIO)->genuine(&c, &call));
	sign_twilio("12345", "https://city.example:443/sms", &f, mac); /* with the port spelt out */
	assert_true(provider_at(TWILIO)->genuine(&c, &call));
	call.url = "https://city.example:443/sms";
	sign_twilio("12345", "https://city.example/sms", &f, mac);
	assert_true(provider_at(TWILIO)->genuine(&c, &call));
	sign_twilio("12346", "https://city.example/sms", &f, mac);
	assert_false(provider_at(TWILIO)->genuine(&c, &call));
	sign_twilio("12345", "https://elsewhere.example/sms", &f, mac);
	assert_false(provider_at(TWILIO)->genuine(&c, &call));
	call.signature = "";
	assert_false(provider_at(TWILIO)->genuine(&c, &call));
	call.signature = sign_twilio("12345", "https://city.example/sms", &f, mac);
	f.pair[0].value = "another";
	assert_false(provider_at(TWILIO)->genuine(&c, &call));
}

static void kannels_messages_and_receipts_are_read(void **state)
{
	static const char utf16[] = "\x4f\x60\x59\x7d\x00\x61\xd8\x3d\xde\x00";
	static const char query[] = "from=%2B8613800138000&to=12345&coding=2&id=99359419-7a9a&time=1795857792";
	(void)state;
	assert_int_equal(hear(KANNEL, "", query, utf16, sizeof utf16 - 1), 1);
	assert_int_equal(seen[0].kind, ENTRY_MESSAGE);
	assert_string_equal(seen[0].text, "你好a😀");
	assert_string_equal(seen[0].id, "99359419-7a9a");
	assert_true(seen[0].at == 1795857792000);
	assert_int_equal(hear(KANNEL, "", "from=138&to=1&coding=0&id=2", "\xE8\xB7\xAF", 3), 1);
	assert_string_equal(seen[0].text, "路");
	assert_int_equal(hear(KANNEL, "", "from=138&to=1&coding=1&id=2", "\x01\x02", 2), 1);
	assert_string_equal(seen[0].reason, "not-text");
	assert_int_equal(hear(KANNEL, "", "from=138&text=hi", "", 0), 1); /* without an id a retry would be a second message */
	assert_string_equal(seen[0].reason, "message-without-sender");
	static const struct { const char *query; enum out_state state; } dlr[] = { { "dlr=1&answer=", OUT_DELIVERED },
		{ "dlr=2&answer=NACK%2F3", OUT_FAILED }, { "dlr=8&answer=ACK%2F", OUT_ACCEPTED }, { "dlr=16", OUT_FAILED }, { "dlr=4", OUT_ACCEPTED } };
	for (size_t i = 0; i < sizeof dlr / sizeof *dlr; i++) {
		assert_int_equal(hear(KANNEL, "77-2-ab", dlr[i].query, "", 0), 1);
		assert_int_equal(seen[0].kind, ENTRY_RECEIPT);
		assert_string_equal(seen[0].id, "77-2-ab");
		assert_int_equal(seen[0].state, dlr[i].state);
	}
	assert_int_equal(hear(KANNEL, "77-2-ab", "dlr=64", "", 0), 1);
	assert_string_equal(seen[0].reason, "receipt-without-state");
	assert_int_equal(hear(KANNEL, "", "dlr=1", "", 0), 1);
	assert_string_equal(seen[0].reason, "receipt-without-id");
}

/* Kannel writes a + before whatever its carrier calls international, as peer.h says that some call everybody. */
static void kannels_plus_is_no_more_than_its_carrier_said(void **state)
{
	static const struct { const char *from, *peer; } rows[] = { { "%2B13800138000", "+8613800138000" }, { "%2B8613800138000", "+8613800138000" },
		{ "13800138000", "+8613800138000" }, { "%2B12025550100", "+12025550100" }, { "%2B85291234567", "+85291234567" },
		{ "0013105550123", "+13105550123" }, { "10086", "10086" } };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char peer[MSG_PEER_MAX];
		assert_int_equal(hear(KANNEL, "", arena_printf(arena, "from=%s&to=1&coding=0&id=2", rows[i].from), "a", 1), 1);
		assert_int_equal(seen[0].kind, ENTRY_MESSAGE);
		assert_true(sms_peer(seen[0].peer, seen[0].international, peer));
		assert_string_equal(peer, rows[i].peer);
	}
}

static void what_is_no_json_is_malformed_as_a_whole(void **state)
{
	static const char *const bad[] = { "", "<html>", "[", "[1", "12", "\"x\"", "null", "{\"a\":" };
	(void)state;
	for (unsigned p = ALIYUN; p <= TENCENT; p++)
		for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
			assert_int_equal(hear(p, "", "", bad[i], strlen(bad[i])), -1);
			assert_int_equal(seens, 0);
		}
	static const char latin[] = "[{\"phone_number\":\"138\",\"content\":\"caf\xe9\"}]";
	assert_int_equal(hear(ALIYUN, "", "", latin, sizeof latin - 1), 1);
	assert_string_equal(seen[0].text, "caf\xEF\xBF\xBD");
}

static int setup(void **state)
{
	(void)state;
	arena = arena_create(4096);
	provider_request_init(&request);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	provider_request_fini(&request);
	arena_destroy(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(aliyun_gets_a_template_with_named_values_and_our_id),
		TEST(aliyun_abroad_gets_the_number_with_its_country),
		TEST(tencent_gets_a_template_with_values_in_order),
		TEST(twilio_gets_a_form_with_the_text),
		TEST(kannel_gets_a_part_with_its_header_and_where_to_report),
		TEST(answers_mean_what_the_providers_document),
		TEST(a_page_of_html_is_nobodys_answer),
		TEST(aliyuns_reports_and_messages_are_read_in_one_batch),
		TEST(tencents_receipts_and_replies_are_read),
		TEST(twilios_receipts_and_messages_are_read),
		TEST(twilio_is_believed_by_its_signature_only),
		TEST(a_proxys_plain_words_refuse_nothing_in_kannels_name),
		TEST(kannels_messages_and_receipts_are_read),
		TEST(kannels_plus_is_no_more_than_its_carrier_said),
		TEST(what_is_no_json_is_malformed_as_a_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
