/* Aliyun's dysmsapi 2017-05-25: SendSms signed by ACS3-HMAC-SHA256 (version 3 of its signatures), and its pushes
 * SmsReport and SmsUp, which it does not sign. OutId comes back in the reports. A report or message that is not
 * answered by 200 and a numeric code comes again after 1, 5 and 10 minutes, and then no more.
 * Sources: help.aliyun.com, documents 101867 (SmsReport), 101866 and 414223 (SmsUp), "V3 request structure and
 * signature", "API error codes" of the Short Message Service. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/http/entries.h"
#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sign.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/peer.h"
#include "adapters/sms/receipt.h"

#define ACTION "SendSms"
#define VERSION "2017-05-25"

static const struct provider_code codes[] = {
	{ "OK", VERDICT_ACCEPTED, NULL },
	{ "isv.BUSINESS_LIMIT_CONTROL", VERDICT_LATER, "this number got as many messages as the provider allows" },
	{ "isv.DAY_LIMIT_CONTROL", VERDICT_ACCOUNT, "the day's limit of our account is reached" },
	{ "isv.MONTH_LIMIT_CONTROL", VERDICT_ACCOUNT, "the month's limit of our account is reached" },
	{ "isv.AMOUNT_NOT_ENOUGH", VERDICT_ACCOUNT, "the account's balance is used up" },
	{ "isv.OUT_OF_SERVICE", VERDICT_ACCOUNT, "the account's balance is used up" },
	{ "isv.ACCOUNT_*", VERDICT_ACCOUNT, NULL },
	{ "isv.PRODUCT_UN*", VERDICT_ACCOUNT, "the account has not subscribed to the service" },
	{ "isv.DENY_IP_RANGE", VERDICT_ACCOUNT, "the provider takes nothing from our address" },
	{ "isv.SMS_SIGN*", VERDICT_ACCOUNT, "sign_name is not approved" },
	{ "isv.EXTEND_CODE_ERROR", VERDICT_ACCOUNT, NULL },
	{ "isv.*", VERDICT_NEVER, NULL },
	{ "isp.RAM_PERMISSION_DENY", VERDICT_ACCOUNT, "the AccessKey has no right to send" },
	{ "isp.*", VERDICT_LATER, NULL },
	{ "Throttling*", VERDICT_THROTTLED, NULL },
	{ "ServiceUnavailable*", VERDICT_THROTTLED, NULL },
	{ "SignatureNonceUsed", VERDICT_LATER, NULL },
	{ "InvalidAccessKeyId*", VERDICT_ACCOUNT, "account (the AccessKey ID) is not known" },
	{ "SignatureDoesNotMatch*", VERDICT_ACCOUNT, "secret (the AccessKey secret) is wrong" },
	{ "IncompleteSignature*", VERDICT_ACCOUNT, "secret (the AccessKey secret) is wrong" },
	{ "InvalidTimeStamp*", VERDICT_ACCOUNT, "this machine's clock is wrong" },
	{ "IllegalTimestamp*", VERDICT_ACCOUNT, "this machine's clock is wrong" },
	{ "Forbidden*", VERDICT_ACCOUNT, NULL },
	{ "NoPermission*", VERDICT_ACCOUNT, NULL },
	{ 0 }
};

/* --- out --- */

static void add_values(struct buf *query, const struct filled *f)
{
	json_t *values = json_object();
	for (size_t i = 0; i < f->values; i++)
		json_object_set_new(values, f->name[i], json_string(f->value[i]));
	char *text = json_dumps(values, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(values);
	if (f->values)
		form_add(query, "TemplateParam", text);
	free(text);
}

static int request(const struct sms_http_config *c, const struct provider_part *part, struct provider_request *r,
	char reason[PROVIDER_REASON_MAX])
{
	struct arena *a = arena_create(512);
	const char *base = sms_http_url(c), *host = provider_host(base, a);
	char date[21], room[MSG_PEER_MAX];
	struct buf query; /* its names in order, as the signature wants them */
	buf_init(&query, PROVIDER_URL_MAX - 1024);
	form_add(&query, "OutId", part->id);
	form_add(&query, "PhoneNumbers", sms_home_digits(part->msg->peer, room));
	form_add(&query, "SignName", c->sign_name);
	form_add(&query, "TemplateCode", part->filled->template_id);
	add_values(&query, part->filled);
	bool fits = !query.overflow;
	if (fits) {
		r->post = true;
		buf_addf(&r->url, "%.*s://%s/?%s", (int)strcspn(base, ":"), base, host, buf_str(&query));
		sign_acs3(&(struct sign_acs3){ c->account, c->secret, host, ACTION, VERSION, buf_str(&query),
			provider_utc(part->now, date), part->nonce }, &r->headers);
	} else {
		snprintf(reason, PROVIDER_REASON_MAX, "the values of the template are too long for a request");
	}
	buf_fini(&query);
	arena_destroy(&a);
	return fits ? 1 : -1;
}

static int answer(const char *body, size_t n, struct arena *a, const char **code, const char **words, const char **id)
{
	json_t *all = json_loadb(body, n, 0, NULL);
	const char *said = json_string_value(json_object_get(all, "Code"));
	const char *why = json_string_value(json_object_get(all, "Message"));
	if (said) {
		*code = arena_strdup(a, said);
		*words = why ? arena_strdup(a, why) : "";
	}
	(void)id; /* the reports name our OutId */
	json_decref(all);
	return said ? 1 : 0;
}

/* --- in --- */

static void message(const struct provider_call *c, const json_t *o, struct provider_entry *e)
{
	const char *sequence = entry_text(c, o, "sequence_id"), *account = entry_text(c, o, "dest_code");
	const char *sent = entry_text(c, o, "send_time");
	e->peer = entry_text(c, o, "phone_number");
	e->text = entry_text(c, o, "content");
	e->reason = "message-without-sender";
	if (!e->peer)
		return;
	e->kind = ENTRY_MESSAGE;
	e->account = account ? account : "";
	e->at = sent ? provider_time(sent) : 0;
	e->id = sequence && *sequence ? arena_printf(c->arena, "%s#%s", sequence, e->peer)
		: provider_fingerprint(c->arena, e->peer, e->account, e->text, e->at);
}

static void report(const struct provider_call *c, const json_t *o, struct provider_entry *e)
{
	const char *ours = entry_text(c, o, "out_id"), *theirs = entry_text(c, o, "biz_id");
	const char *code = entry_text(c, o, "err_code"), *words = entry_text(c, o, "err_msg");
	const char *at = entry_text(c, o, "report_time");
	e->id = ours && *ours ? ours : theirs;
	e->reason = "receipt-without-id";
	if (!e->id || !*e->id)
		return;
	e->kind = ENTRY_RECEIPT;
	e->peer = entry_text(c, o, "phone_number");
	e->at = at ? provider_time(at) : 0;
	code = code ? code : "";
	bool expired = receipt_state(code) == OUT_EXPIRED;
	e->state = json_is_true(json_object_get(o, "success")) ? OUT_DELIVERED : expired ? OUT_EXPIRED : OUT_FAILED;
	e->reason = e->state == OUT_DELIVERED ? NULL : arena_printf(c->arena, "%s %s", code, words ? words : "");
}

static void entry(const struct provider_call *c, const json_t *o, struct provider_entry *e)
{
	if (json_is_string(json_object_get(o, "content")))
		message(c, o, e);
	else if (json_is_boolean(json_object_get(o, "success")))
		report(c, o, e);
	else
		e->reason = "entry-of-no-kind";
}

static int read_call(const struct provider_call *c, provider_each_f *each, void *arg)
{
	return entries_read(c, entry, each, arg);
}

#define OK_BODY "{\"code\":0,\"msg\":\"接收成功\"}"
static const char *const needs[] = { "sign_name", NULL };

extern const struct provider aliyun_provider;
const struct provider aliyun_provider = {
	.name = "aliyun", .url = "https://dysmsapi.aliyuncs.com", .needs = needs, .words = WORDS_TEMPLATE,
	.values = VALUES_NAMED, .codes = codes, .message_ok = { 200, "application/json", OK_BODY },
	.receipt_ok = { 200, "application/json", OK_BODY }, .request = request, .answer = answer, .read = read_call
};
