/* Twilio's Messages resource (2010-04-01) and whoever speaks it likewise: HTTP Basic out; callbacks are forms,
 * signed with the Auth Token over the address Twilio called, so public_url must be what was entered there. An
 * answer that is no 2xx is called again only where the operator's address asks Twilio to.
 * Sources: twilio.com/docs: "Messages resource", "Outbound message status in status callbacks", "Twilio's request
 * to your webhook URL", "Security", "Error and warning dictionary". */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sign.h"
#include "adapters/sms/http/sms_http.h"
#include "gateway/base/crypto.h"
#include "gateway/model/text.h"

static const struct provider_code codes[] = {
	{ "accepted", VERDICT_ACCEPTED, NULL },
	{ "20003", VERDICT_ACCOUNT, "account or secret (the Auth Token) is wrong" },
	{ "20005", VERDICT_ACCOUNT, "the account is not active" },
	{ "20008", VERDICT_ACCOUNT, "test credentials send nothing" },
	{ "20403", VERDICT_ACCOUNT, NULL },
	{ "20404", VERDICT_ACCOUNT, "account or url is not known" },
	{ "20429", VERDICT_THROTTLED, NULL },
	{ "20500", VERDICT_UNCLEAR, NULL },
	{ "20503", VERDICT_THROTTLED, NULL },
	{ "14107", VERDICT_THROTTLED, NULL },
	{ "21611", VERDICT_THROTTLED, "the provider's queue for our number is full" },
	{ "21212", VERDICT_ACCOUNT, "number is none the provider can send from" },
	{ "21603", VERDICT_ACCOUNT, "number is missing" },
	{ "21606", VERDICT_ACCOUNT, "number is not ours, or cannot send" },
	{ "21609", VERDICT_ACCOUNT, "the provider does not take our callback address" },
	{ "21610", VERDICT_NEVER, "the citizen has unsubscribed" },
	{ "21659", VERDICT_ACCOUNT, "number is not ours" },
	{ "21660", VERDICT_ACCOUNT, "number belongs to another account" },
	{ "21703", VERDICT_ACCOUNT, "the Messaging Service has no number" },
	{ "30001", VERDICT_LATER, NULL },
	{ "30002", VERDICT_ACCOUNT, "the account is suspended" },
	{ "63038", VERDICT_ACCOUNT, "the day's limit of our account is reached" },
	{ 0 }
};

/* --- out --- */

static void add_words(const struct provider_part *part, struct buf *body)
{
	if (!part->filled) {
		form_add(body, "Body", part->text);
		return;
	}
	json_t *values = json_object();
	for (size_t i = 0; i < part->filled->values; i++)
		json_object_set_new(values, part->filled->name[i], json_string(part->filled->value[i]));
	char *text = json_dumps(values, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(values);
	form_add(body, "ContentSid", part->filled->template_id);
	form_add(body, "ContentVariables", text);
	free(text);
}

static int request(const struct sms_http_config *c, const struct provider_part *part, struct provider_request *r,
	char reason[PROVIDER_REASON_MAX])
{
	r->post = r->basic = true;
	buf_adds(&r->url, sms_http_url(c));
	buf_addf(&r->url, "%s2010-04-01/Accounts/", r->url.data[r->url.len - 1] == '/' ? "" : "/");
	form_encode(&r->url, c->account);
	buf_adds(&r->url, "/Messages.json");
	form_add(&r->body, "To", part->msg->peer);
	form_add(&r->body, strncmp(part->from, "MG", 2) ? "From" : "MessagingServiceSid", part->from);
	add_words(part, &r->body);
	form_add(&r->body, "StatusCallback", part->callback);
	if (!r->body.overflow)
		return 1;
	snprintf(reason, PROVIDER_REASON_MAX, "the text is too long for a request");
	return -1;
}

static int answer(const char *body, size_t n, struct arena *a, const char **code, const char **words, const char **id)
{
	json_t *all = json_loadb(body, n, 0, NULL);
	const json_t *number = json_object_get(all, "code");
	const char *sid = json_string_value(json_object_get(all, "sid")), *why = json_string_value(json_object_get(all,
		"message"));
	bool said = sid || json_is_integer(number);
	if (said)
		*code = json_is_integer(number) ? arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(number)) : "accepted";
	*words = why ? arena_strdup(a, why) : "";
	(void)id; /* the callback's address names ours */
	json_decref(all);
	return said ? 1 : 0;
}

/* --- in --- */

/* The address with its standard port written out where it is not, and without it where it is: which of the two was
 * signed depends on the provider's age and the form it was entered in. */
static const char *other_port(const char *url, struct arena *a)
{
	const char *standard = !strncmp(url, "https://", 8) ? ":443" : ":80", *host = strstr(url, "://");
	size_t n = host ? strcspn(host + 3, "/?") : 0;
	if (!host)
		return url;
	const char *end = host + 3 + n, *port = memchr(host + 3, ':', n);
	if (!port)
		return arena_printf(a, "%.*s%s%s", (int)(end - url), url, standard, end);
	if ((size_t)(end - port) == strlen(standard) && !strncmp(port, standard, strlen(standard)))
		return arena_printf(a, "%.*s%s", (int)(port - url), url, end);
	return url;
}

static bool genuine(const struct sms_http_config *c, const struct provider_call *call)
{
	struct form form = *call->form;
	const char *url[] = { call->url, other_port(call->url, call->arena) };
	bool fits = false;
	for (size_t i = 0; i < 2; i++) {
		char mac[SIGN_TWILIO_MAX];
		sign_twilio(c->secret, url[i], &form, mac);
		fits |= strlen(call->signature) == strlen(mac) && crypto_equal(mac, call->signature, strlen(mac));
	}
	return fits;
}

static enum out_state state_of(const char *status)
{
	static const struct { const char *status; enum out_state state; } rows[] = {
		{ "delivered", OUT_DELIVERED }, { "read", OUT_READ }, { "undelivered", OUT_FAILED }, { "failed", OUT_FAILED },
		{ "canceled", OUT_FAILED }, { "partially_delivered", OUT_FAILED }
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].status, status))
			return rows[i].state;
	return OUT_ACCEPTED; /* queued, sending, sent: on its way */
}

static void report(const struct provider_call *c, const char *status, struct provider_entry *e)
{
	const char *code = form_get(c->form, "ErrorCode"), *words = form_get(c->form, "ErrorMessage");
	e->kind = ENTRY_RECEIPT;
	e->id = c->mark;
	e->peer = form_get(c->form, "To");
	e->state = state_of(status);
	if (e->state == OUT_FAILED)
		e->reason = arena_printf(c->arena, "%s %s %s", status, code ? code : "", words ? words : "");
}

/* Addresses of the pictures, which wait at the provider. */
static const char *media(const struct provider_call *c)
{
	const char *all = NULL, *url;
	char name[20];
	for (unsigned i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "MediaUrl%u", i);
		if ((url = form_get(c->form, name)))
			all = all ? arena_printf(c->arena, "%s\n%s", all, url) : url;
	}
	return all;
}

static void message(const struct provider_call *c, struct provider_entry *e)
{
	const char *account = form_get(c->form, "To"), *sid = form_get(c->form, "MessageSid");
	e->peer = form_get(c->form, "From");
	const char *words = form_get(c->form, "Body"), *pictures = media(c);
	bool wordless = pictures && words && text_blank(words);
	e->text = wordless ? pictures : words; /* a picture alone is a message, too */
	e->quoted = wordless ? NULL : pictures;
	e->account = account ? account : "";
	e->id = sid && *sid ? sid : NULL;
	if (form_get(c->form, "OptOutType")) /* STOP, START, HELP: the provider acts and answers by itself */
		e->reason = "opt-out";
	else if (!e->peer || !e->text || !e->id)
		e->reason = "message-without-sender";
	else
		e->kind = ENTRY_MESSAGE;
}

static int read_call(const struct provider_call *c, provider_each_f *each, void *arg)
{
	const char *status = form_get(c->form, "MessageStatus");
	struct provider_entry e = { .kind = ENTRY_BAD, .raw = c->body, .raw_n = c->n };
	if (!c->form->count)
		return -1;
	if (c->mark[0] && status)
		report(c, status, &e);
	else if (form_get(c->form, "Body"))
		message(c, &e);
	else
		e.reason = status ? "receipt-without-id" : "entry-of-no-kind";
	each(arg, &e);
	return 1;
}

static const char *const needs[] = { NULL };

extern const struct provider twilio_provider;
const struct provider twilio_provider = {
	.name = "twilio", .url = "https://api.twilio.com", .needs = needs, .words = WORDS_EITHER, .values = VALUES_NAMED,
	.signature = "x-twilio-signature", .codes = codes,
	.message_ok = { 200, "text/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>" },
	.receipt_ok = { 204, "text/plain", "" }, .request = request, .answer = answer, .genuine = genuine, .read = read_call
};
