#include "adapters/wechat/wechat.h"

#include <stdio.h>
#include <string.h>

#include "adapters/wechat/internal.h"
#include "adapters/wechat/split.h"
#include "gateway/base/mem.h"

/* text_max: five messages of 2,048 bytes, were every character four bytes long. */
enum { CODE = 40, TEXT_MAX = 2500, FILE_MAX = 10 << 20 /* media/upload: the limit for pictures, and below that for files */ };

#define AT(field) offsetof(struct wx_config, field)
#define COMMON_KEYS \
	{ "token", CONFIG_STRING, AT(token), .required = true, .secret = true, .doc = "the callback's token, as entered at the platform" }, \
	{ "token_old", CONFIG_STRING, AT(old_token), .secret = true, .doc = "the one before, while it is being changed" }, \
	{ "encoding_aes_key_old", CONFIG_STRING, AT(old_aes_key), .secret = true, .doc = "the one before, while it is being changed" }, \
	{ "max_age", CONFIG_INT, AT(max_age), .def = "0", .min = 0, .max = 86400, \
		.doc = "seconds a push may be old; 0: any, what is pushed twice is known by its id; in mode plain 0 is 300" }, \
	{ "answer_within", CONFIG_INT, AT(answer_within), .def = "4900", .min = 100, .max = 60000, \
		.doc = "milliseconds until a push that could not be stored is hung up; the platform's limit is five seconds" }, \
	{ "plain", CONFIG_BOOL, AT(plain), .def = "no", .doc = CONFIG_PLAIN_DOC }, \
	{ "window", CONFIG_INT, AT(window), .def = "16", .min = 1, .max = 200, .doc = "messages out at once" }, \
	{ "media_max", CONFIG_INT, AT(media_max), .def = "20", .min = 1, .max = 200, .doc = "MB of one picture, voice message or video" }, \
	{ "media_wait", CONFIG_INT, AT(media_wait), .def = "10", .min = 1, .max = 60, .doc = "seconds to fetch one" }

static const struct config_key wechat_keys[] = {
	{ "path", CONFIG_STRING, AT(path), .def = "/wechat", .doc = "of the callback, below public_url" },
	{ "app_id", CONFIG_STRING, AT(id), .required = true, .doc = "wx…, the account's AppID" },
	{ "app_secret", CONFIG_STRING, AT(secret), .required = true, .secret = true, .doc = "its AppSecret" },
	{ "encoding_aes_key", CONFIG_STRING, AT(aes_key), .secret = true, .doc = "43 letters and digits; needed for safe and compatible" },
	{ "mode", CONFIG_ENUM, AT(mode), .def = "safe", .choices = "plain|compatible|safe", .doc = "as chosen at the platform" },
	{ "api_base", CONFIG_STRING, AT(api_base), .def = "https://api.weixin.qq.com", .doc = "where the platform's API is" },
	{ "template", CONFIG_LIST, AT(templates), .doc = "a notice, the template's id and its fields: reply TM00178 thing2:{title}" },
	{ "subscription", CONFIG_LIST, AT(notices), .doc = "the same for subscription messages, tried before templates" },
	COMMON_KEYS,
	{ 0 }
};

static const struct config_key wecom_keys[] = {
	{ "path", CONFIG_STRING, AT(path), .def = "/wecom", .doc = "of the callback, below public_url" },
	{ "corp_id", CONFIG_STRING, AT(id), .required = true, .doc = "ww…, the enterprise's id" },
	{ "secret", CONFIG_STRING, AT(secret), .required = true, .secret = true, .doc = "of the customer service app" },
	{ "encoding_aes_key", CONFIG_STRING, AT(aes_key), .required = true, .secret = true, .doc = "43 letters and digits" },
	{ "open_kfid", CONFIG_STRING, AT(kf), .required = true, .doc = "wk…, the customer service account" },
	{ "api_base", CONFIG_STRING, AT(api_base), .def = "https://qyapi.weixin.qq.com", .doc = "where the platform's API is" },
	COMMON_KEYS,
	{ 0 }
};

/* --- configuration --- */

static void check_key(struct config_section *s, const char *name, const char *value, struct faults *f)
{
	uint8_t key[AES_KEY_LEN];
	if (value && *value && !envelope_key_read(value, key))
		config_fault(s, name, f, "%s is not the 43 letters and digits the platform shows", name);
}

static void check_templates(struct config_section *s, const char *name, const struct config_list *list, struct faults *f)
{
	struct template *n = mem_new(struct template);
	for (size_t i = 0; i < list->count; i++) {
		struct err e = { 0 };
		if (template_read(list->item[i], n, &e) < 0)
			config_fault(s, name, f, "\"%.80s\": %s", list->item[i], e.words);
	}
	if (list->count > TEMPLATES_MAX)
		config_fault(s, name, f, "at most %d", TEMPLATES_MAX);
	free(n);
}

static void check(const void *config, struct config_section *s, struct faults *f)
{
	const struct wx_config *c = config;
	if (c->path && (*c->path != '/' || strpbrk(c->path, " ?#*")))
		config_fault(s, "path", f, "\"%s\" is no path; as /wechat", c->path);
	if (c->api_base && strncmp(c->api_base, "http://", 7) != 0 && strncmp(c->api_base, "https://", 8) != 0)
		config_fault(s, "api_base", f, "\"%s\" is no address; as https://api.weixin.qq.com", c->api_base);
	else if (c->api_base && strncmp(c->api_base, "http://", 7) == 0)
		config_warn_plain(s, "api_base", c->api_base, c->plain,
			"https:// would be right, or a tunnel and plain = yes", f);
	check_key(s, "encoding_aes_key", c->aes_key, f);
	check_key(s, "encoding_aes_key_old", c->old_aes_key, f);
	if (c->mode != MODE_PLAIN && c->token && (!c->aes_key || !*c->aes_key))
		config_fault(s, "encoding_aes_key", f, "is missing; mode = plain would do without");
	check_templates(s, "template", &c->templates, f);
	check_templates(s, "subscription", &c->notices, f);
}

static void wechat_check(const void *config, struct config_section *s, struct faults *f)
{
	const struct wx_config *c = config;
	check(c, s, f);
	if (c->mode == MODE_PLAIN)
		config_warn(s, "mode", f, "mode = plain: the platform's signature does not cover what a push says, so who sees one can send "
			"another within max_age; safe would be right");
}

static void key_add(struct wx *w, const char *token, const char *aes)
{
	struct envelope_key *k = &w->key[w->keys];
	if (!token || !*token)
		return;
	*k = (struct envelope_key){ .token = token, .id = w->c->id };
	k->has_aes = aes && *aes && envelope_key_read(aes, k->aes);
	w->keys++;
}

/* Either may be changed alone: what has no old value was the same before. */
static void keys_read(struct wx *w)
{
	const struct wx_config *c = w->c;
	bool old_token = c->old_token && *c->old_token, old_aes = c->old_aes_key && *c->old_aes_key;
	key_add(w, c->token, c->aes_key);
	if (old_token || old_aes)
		key_add(w, old_token ? c->old_token : c->token, old_aes ? c->old_aes_key : c->aes_key);
}

static struct template *templates_read(const struct config_list *list, size_t *n)
{
	struct template *out = mem_array(struct template, list->count + 1);
	struct err e;
	for (*n = 0; *n < list->count; (*n)++)
		must(template_read(list->item[*n], &out[*n], &e) == 0); /* check() has read it */
	return out;
}

/* --- life --- */

static void tell_state(struct wx *w)
{
	if (!w->ending)
		w->host->state(&w->base, w->has_token && !*w->pull_words, w->has_token ? w->pull_words : w->token_words);
}

static void on_token(void *arg, bool there, const char *words)
{
	struct wx *w = arg;
	w->has_token = there;
	(void)snprintf(w->token_words, sizeof w->token_words, "%s", words);
	tell_state(w);
}

void wx_pulling(struct wx *w, const char *words)
{
	if (strcmp(w->pull_words, words) == 0)
		return;
	(void)snprintf(w->pull_words, sizeof w->pull_words, "%s", words);
	tell_state(w);
}

static bool sends(const struct adapter *a)
{
	return ((const struct wx *)a)->has_token;
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, bool wecom)
{
	struct wx *w = mem_new(struct wx);
	*w = (struct wx){ .c = config, .host = host, .wecom = wecom };
	keys_read(w);
	w->template = templates_read(&w->c->templates, &w->templates);
	w->notice = templates_read(&w->c->notices, &w->notices);
	struct token_settings t = { .loop = host->loop, .fetch = host->fetch, .base = w->c->api_base, .id = w->c->id,
		.secret = w->c->secret, .wecom = wecom, .state = on_token, .arg = w };
	shared_init(w, &t);
	w->api = api_create(&t);
	w->awaited = notices_create();
	w->callback = callback_create(w);
	w->office = office_create(w);
	if (wecom)
		w->kf = kf_create(w);
	*out = &w->base;
	return 0;
}

static int wechat_create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	return create(out, config, host, false);
}

static int wecom_create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	return create(out, config, host, true);
}

static int start(struct adapter *a, struct err *e)
{
	struct wx *w = (struct wx *)a;
	(void)e;
	on_token(w, false, "asking for an access token");
	shared_start(w);
	api_start(w->api);
	office_start(w->office);
	if (w->kf)
		kf_start(w->kf);
	return 0;
}

static int send_out(struct adapter *a, const struct msg_out *m)
{
	return send_start((struct wx *)a, m);
}

/* More than a whole window takes would never go out. */
static unsigned parts_max(const void *config)
{
	(void)config;
	return STANDING_QUOTA;
}

void wx_settle(struct wx *w)
{
	if (!w->draining || w->drained || w->ending || w->deliveries || w->outgoing || !callback_idle(w->callback) ||
		(w->kf && !kf_idle(w->kf)))
		return;
	w->drained = true;
	w->host->drained(&w->base);
}

static void drain(struct adapter *a)
{
	struct wx *w = (struct wx *)a;
	w->draining = true;
	deliver_drain(w);
	wx_settle(w);
}

static void destroy(struct adapter **a)
{
	struct wx *w = (struct wx *)*a;
	if (!w)
		return;
	w->draining = w->ending = true;
	deliver_end_all(w);
	kf_destroy(&w->kf);
	send_end_files(w);
	office_close(w->office);
	api_destroy(&w->api); /* ends what is being sent */
	office_destroy(&w->office);
	callback_destroy(&w->callback);
	notices_destroy(&w->awaited);
	free(w->template);
	free(w->notice);
	free(w);
	*a = NULL;
}

static unsigned parts(const void *config, const char *text)
{
	(void)config;
	return split_parts(text);
}

static const char *path(const void *config)
{
	return ((const struct wx_config *)config)->path;
}

const struct adapter_ops wechat_adapter = {
	.name = "wechat", .keys = wechat_keys, .config_size = sizeof(struct wx_config),
	.caps = { .kind = "wechat", .code = CODE, .text_max = TEXT_MAX, .verified = true, .fields = true, .pictures = true,
		.files = { STANDING_QUOTA - 1, FILE_MAX, (STANDING_QUOTA - 1) * FILE_MAX, "image/jpeg, image/png, image/gif", true } },
	.check = wechat_check, .path = path, .create = wechat_create, .start = start, .send = send_out, .parts = parts,
	.parts_max = parts_max, .fold = standing_fold, .reach = standing_reach, .ask = office_ask, .facts = office_facts, .drain = drain,
	.destroy = destroy,
};
const struct adapter_ops wecom_adapter = {
	.name = "wecom", .keys = wecom_keys, .config_size = sizeof(struct wx_config),
	.caps = { .kind = "wechat", .code = CODE, .text_max = TEXT_MAX, .verified = true, .idempotent = true, .pictures = true,
		.files = { STANDING_QUOTA - 1, FILE_MAX, (STANDING_QUOTA - 1) * FILE_MAX, ATTACHMENT_TYPES, true } },
	.check = check, .path = path, .create = wecom_create, .start = start, .send = send_out, .sends = sends, .parts = parts,
	.parts_max = parts_max, .fold = standing_fold, .reach = standing_reach, .facts = office_facts, .drain = drain,
	.destroy = destroy,
};
