#include <stdio.h>
#include <string.h>

#include "adapters/sms/http/provider.h"
#include "adapters/sms/http/sms_http.h"
#include "adapters/sms/http/wording.h"
#include "adapters/sms/submit.h"
#include "adapters/sms/window.h"
#include "gateway/base/network.h"
#include "gateway/model/notice.h"

#define KEY(k, t, ...) { .name = #k, .type = t, .offset = offsetof(struct sms_http_config, k), __VA_ARGS__ }

const struct config_key sms_http_config_keys[] = {
	KEY(profile, CONFIG_ENUM, .required = true, .choices = "aliyun|tencent|twilio|kannel",
		.doc = "whose interface: aliyun, tencent, twilio or kannel"),
	KEY(url, CONFIG_STRING, .doc = "where the provider is reached, if not at its usual address; needed for kannel"),
	KEY(account, CONFIG_STRING, .required = true,
		.doc = "AccessKey ID, SecretId, Account SID, or the user name at Kannel"),
	KEY(secret, CONFIG_STRING, .required = true, .secret = true,
		.doc = "AccessKey secret, SecretKey, Auth Token, or the password at Kannel"),
	KEY(app, CONFIG_STRING, .def = "", .doc = "tencent: the SdkAppId"),
	KEY(region, CONFIG_STRING, .def = "ap-guangzhou", .doc = "tencent: where its service runs"),
	KEY(sign_name, CONFIG_STRING, .def = "", .doc = "aliyun and tencent: the signature they have approved, without 【】"),
	KEY(number, CONFIG_STRING, .required = true, .doc = "our own number, or a Messaging Service SID of Twilio"),
	KEY(template, CONFIG_LIST,
		.doc = "NOTICE TEMPLATE VALUE …, once for each notice; aliyun, tencent, and twilio if wanted"),
	KEY(path, CONFIG_STRING, .def = "/sms", .doc = "where on public_url the provider calls us; its own for each channel"),
	KEY(callback_secret, CONFIG_STRING, .secret = true,
		.doc = "the last part of the callback's address where the provider signs nothing, at least 16 letters and digits"),
	KEY(window, CONFIG_INT, .def = "10", .min = 1, .max = WINDOW_MAX, .doc = "requests unanswered at once"),
	KEY(pace, CONFIG_INT, .def = "50", .min = 0, .max = 10000, .doc = "parts a second, 0: no limit"),
	KEY(response_timeout, CONFIG_INT, .def = "30", .min = 1, .max = 600, .doc = "seconds to wait for an answer"),
	KEY(unanswered, CONFIG_ENUM, .def = "keep", .choices = UNANSWERED_CHOICES, .doc = UNANSWERED_DOC),
	KEY(plain, CONFIG_BOOL, .def = "no", .doc = CONFIG_PLAIN_DOC),
	KEY(tls_ca_file, CONFIG_PATH, .doc = "certificates to trust instead of the system's"),
	{ 0 }
};

const char *sms_http_url(const struct sms_http_config *c)
{
	return c->url ? c->url : provider_at((unsigned)c->profile)->url;
}

static const char *value_of(const struct sms_http_config *c, const char *key)
{
	const char *value = NULL;
	for (const struct config_key *k = sms_http_config_keys; k->name; k++)
		if (!strcmp(k->name, key))
			memcpy(&value, (const char *)c + k->offset, sizeof value);
	return value;
}

static void check_url(const struct sms_http_config *c, const struct provider *p, struct config_section *s,
	struct faults *f)
{
	const char *url = sms_http_url(c);
	if (!url)
		config_fault(s, "url", f, "url is missing; for %s write url = http://HOST:PORT/…", p->name);
	else if (strncmp(url, "https://", 8) && strncmp(url, "http://", 7))
		config_fault(s, "url", f, "url = %s is no address; one that begins with https:// would be right", url);
	else if (!strncmp(url, "http://", 7) && !p->plain && !network_is_loopback(url))
		config_fault(s, "url", f, "url = %s would send citizens' words unprotected; https:// would be right", url);
	else if (!strncmp(url, "http://", 7))
		config_warn_plain(s, "url", url, c->plain, "https:// would be right, or a tunnel and plain = yes", f);
}

static void check_callback(const struct sms_http_config *c, const struct provider *p, struct config_section *s,
	struct faults *f)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const char *secret = c->callback_secret, *path = c->path;
	size_t n = path ? strlen(path) : 0;
	if (n < 2 || path[0] != '/' || path[n - 1] == '/' || strstr(path, "//") || strpbrk(path, " ?#%*"))
		config_fault(s, "path", f, "path = %s is no path; one such as /sms/%s would be right", path ? path : "", p->name);
	if (p->signature)
		return;
	if (!secret || strlen(secret) < SMS_HTTP_SECRET_MIN || strspn(secret, letters) != strlen(secret))
		config_fault(s, "callback_secret", f, "%s signs nothing, so callback_secret must be hard to guess; at least %d "
			"letters and digits would be right", p->name, SMS_HTTP_SECRET_MIN);
}

static void check_covered(const struct wordings *w, struct config_section *s, struct faults *f)
{
	char missing[300] = "";
	size_t used = 0;
	for (unsigned i = 0; notice_at(i); i++)
		if (!wording_find(w, notice_at(i)->name, "zh-CN") && used < sizeof missing)
			used += (size_t)snprintf(missing + used, sizeof missing - used, " %s", notice_at(i)->name);
	if (used)
		config_fault(s, "template", f, "no template for%s; add a line template = NOTICE TEMPLATE … for each, or one for *",
			missing);
}

static void check_templates(const struct sms_http_config *c, const struct provider *p, struct config_section *s,
	struct faults *f)
{
	struct arena *a = arena_create(1024);
	struct wordings w;
	struct err e = { 0 };
	if (p->words == WORDS_TEXT && c->template.count)
		config_fault(s, "template", f, "%s sends texts and knows no templates; leave it out", p->name);
	else if (wordings_read(&c->template, p->values == VALUES_NAMED, a, &w, &e) < 0)
		config_fault(s, "template", f, "template %zu: %s", w.count + 1, e.words);
	else if (p->words == WORDS_TEMPLATE)
		check_covered(&w, s, f);
	arena_destroy(&a);
}

void sms_http_config_check(const void *config, struct config_section *s, struct faults *f)
{
	const struct sms_http_config *c = config;
	const struct provider *p = provider_at((unsigned)c->profile);
	if (!c->account || !c->secret || !c->number) /* told already; whose rules to ask for may not be known either */
		return;
	for (const char *const *key = p->needs; *key; key++) {
		const char *value = value_of(c, *key);
		if (!value || !*value)
			config_fault(s, *key, f, "%s is missing; %s needs it", *key, p->name);
	}
	check_url(c, p, s, f);
	check_callback(c, p, s, f);
	check_templates(c, p, s, f);
}
