/* Tencent Cloud's SMS 2021-01-11: SendSms signed by TC3-HMAC-SHA256, and its callbacks for receipts (an array) and
 * replies (one object), which it does not sign. A receipt names the SerialNo of the answer.
 * Sources: cloud.tencent.com, documents 382/55981 (SendSms), 382/52072 (signature v3), 382/5807 (receipts),
 * 382/5809 (replies), 382/59177 (error codes). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/http/entries.h"
#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sign.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/receipt.h"

#define CONTENT_TYPE "application/json; charset=utf-8"

static const struct provider_code codes[] = {
	{ "Ok", VERDICT_ACCEPTED, NULL },
	{ "RequestLimitExceeded*", VERDICT_THROTTLED, NULL },
	{ "LimitExceeded.PhoneNumber*", VERDICT_LATER, "this number got as many messages as the provider allows" },
	{ "LimitExceeded.DeliveryFrequencyLimit", VERDICT_LATER, "this number got as many messages as the provider allows" },
	{ "LimitExceeded*", VERDICT_ACCOUNT, NULL },
	{ "FailedOperation.InsufficientBalanceInSmsPackage", VERDICT_ACCOUNT, "the account's balance is used up" },
	{ "FailedOperation.SignatureIncorrectOrUnapproved", VERDICT_ACCOUNT, "sign_name is not approved" },
	{ "FailedOperation.NotEnterpriseCertification", VERDICT_ACCOUNT, NULL },
	{ "FailedOperation*", VERDICT_NEVER, NULL },
	{ "InvalidParameterValue.SdkAppIdNotExist", VERDICT_ACCOUNT, "app (the SdkAppId) is not known" },
	{ "AuthFailure.SecretIdNotFound", VERDICT_ACCOUNT, "account (the SecretId) is not known" },
	{ "AuthFailure.SignatureFailure", VERDICT_ACCOUNT, "secret (the SecretKey) is wrong" },
	{ "AuthFailure.SignatureExpire", VERDICT_ACCOUNT, "this machine's clock is wrong" },
	{ "AuthFailure*", VERDICT_ACCOUNT, NULL },
	{ "UnauthorizedOperation*", VERDICT_ACCOUNT, NULL },
	{ "IpInBlacklist", VERDICT_ACCOUNT, NULL },
	{ "IpNotInWhitelist", VERDICT_ACCOUNT, NULL },
	{ "InternalError.Sig*", VERDICT_ACCOUNT, NULL },
	{ "InternalError*", VERDICT_UNCLEAR, NULL },
	{ "ResourceUnavailable*", VERDICT_THROTTLED, NULL },
	{ "UnsupportedRegion", VERDICT_ACCOUNT, "region is not known" },
	{ 0 }
};

/* --- out --- */

static void fill_body(const struct sms_http_config *c, const struct provider_part *part, struct buf *body)
{
	json_t *values = json_array();
	for (size_t i = 0; i < part->filled->values; i++)
		json_array_append_new(values, json_string(part->filled->value[i]));
	json_t *all = json_pack("{s:[s], s:s, s:s, s:s, s:o, s:s}", "PhoneNumberSet", part->msg->peer, "SmsSdkAppId", c->app,
		"SignName", c->sign_name, "TemplateId", part->filled->template_id, "TemplateParamSet", values,
		"SessionContext", part->id);
	must(all);
	char *text = json_dumps(all, JSON_COMPACT | JSON_PRESERVE_ORDER);
	buf_adds(body, text);
	free(text);
	json_decref(all);
}

static int request(const struct sms_http_config *c, const struct provider_part *part, struct provider_request *r,
	char reason[PROVIDER_REASON_MAX])
{
	(void)reason;
	struct arena *a = arena_create(1024);
	const char *base = sms_http_url(c), *host = provider_host(base, a);
	r->post = true;
	buf_addf(&r->url, "%.*s://%s/", (int)strcspn(base, ":"), base, host);
	fill_body(c, part, &r->body);
	buf_addf(&r->headers, "Content-Type: " CONTENT_TYPE "\nX-TC-Action: SendSms\nX-TC-Version: 2021-01-11\n"
		"X-TC-Region: %s\nX-TC-Timestamp: %lld\n", c->region, (long long)(part->now / 1000));
	sign_tc3(&(struct sign_tc3){ c->account, c->secret, host, "sms", CONTENT_TYPE, r->body.data, r->body.len, part->now },
		&r->headers);
	arena_destroy(&a);
	return 1;
}

static const char *copy(struct arena *a, const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));
	return s ? arena_strdup(a, s) : NULL;
}

static int answer(const char *body, size_t n, struct arena *a, const char **code, const char **words, const char **id)
{
	json_t *all = json_loadb(body, n, 0, NULL), *response = json_object_get(all, "Response");
	const json_t *error = json_object_get(response, "Error");
	const json_t *one = error ? error : json_array_get(json_object_get(response, "SendStatusSet"), 0);
	const char *said = copy(a, one, "Code"), *why = copy(a, one, "Message"), *serial = copy(a, one, "SerialNo");
	if (said) {
		*code = said;
		*words = why ? why : "";
		*id = serial ? serial : "";
	}
	json_decref(all);
	return said ? 1 : 0;
}

/* --- in --- */

static const char *number(const struct provider_call *c, const json_t *o)
{
	const char *country = entry_text(c, o, "nationcode"), *mobile = entry_text(c, o, "mobile");
	if (!mobile || !country || !*country || *mobile == '+')
		return mobile;
	return arena_printf(c->arena, "+%s%s", country + (*country == '+'), mobile);
}

static void reply(const struct provider_call *c, const json_t *o, struct provider_entry *e)
{
	const char *extend = entry_text(c, o, "extend"), *at = entry_text(c, o, "time");
	e->peer = number(c, o);
	e->reason = "message-without-sender";
	if (!e->peer)
		return;
	e->kind = ENTRY_MESSAGE;
	e->text = entry_text(c, o, "text");
	e->account = extend ? extend : "";
	unsigned long long seconds = at ? strtoull(at, NULL, 10) : 0;
	e->at = seconds <= UINT32_MAX ? (int64_t)seconds * 1000 : 0;
	e->id = provider_fingerprint(c->arena, e->peer, e->account, e->text, e->at);
}

static void report(const struct provider_call *c, const json_t *o, struct provider_entry *e)
{
	const char *status = entry_text(c, o, "report_status"), *code = entry_text(c, o, "errmsg");
	const char *words = entry_text(c, o, "description"), *at = entry_text(c, o, "user_receive_time");
	e->id = entry_text(c, o, "sid");
	e->reason = "receipt-without-id";
	if (!e->id || !*e->id)
		return;
	e->kind = ENTRY_RECEIPT;
	e->peer = number(c, o);
	e->at = at ? provider_time(at) : 0;
	code = code ? code : "";
	bool expired = receipt_state(code) == OUT_EXPIRED;
	e->state = !strcmp(status, "SUCCESS") ? OUT_DELIVERED : expired ? OUT_EXPIRED : OUT_FAILED;
	e->reason = e->state == OUT_DELIVERED ? NULL : arena_printf(c->arena, "%s %s", code, words ? words : "");
}

static void entry(const struct provider_call *c, const json_t *o, struct provider_entry *e)
{
	if (json_is_string(json_object_get(o, "report_status")))
		report(c, o, e);
	else if (json_is_string(json_object_get(o, "text")))
		reply(c, o, e);
	else
		e->reason = "entry-of-no-kind";
}

static int read_call(const struct provider_call *c, provider_each_f *each, void *arg)
{
	return entries_read(c, entry, each, arg);
}

#define OK_BODY "{\"result\":0,\"errmsg\":\"OK\"}"
static const char *const needs[] = { "app", "sign_name", "region", NULL };

extern const struct provider tencent_provider;
const struct provider tencent_provider = {
	.name = "tencent", .url = "https://sms.tencentcloudapi.com", .needs = needs, .words = WORDS_TEMPLATE,
	.values = VALUES_IN_ORDER, .codes = codes, .message_ok = { 200, "application/json", OK_BODY },
	.receipt_ok = { 200, "application/json", OK_BODY }, .request = request, .answer = answer, .read = read_call
};
