#include "adapters/webchat/webchat.h"

#include <string.h>

#include "adapters/webchat/phone.h"
#include "adapters/webchat/protocol.h"
#include "adapters/webchat/session.h"
#include "gateway/base/http.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"

enum { CLOSE_RESTART = 1012, CODE = 10, SECRET_LEAST = 16 };

/* What phones and offices make; nothing that runs, no archive and no page with scripts. */
static const struct config_key keys[] = {
	{ "origins", CONFIG_LIST, offsetof(struct webchat_config, origins),
	  .doc = "sites that may embed the chat, as https://www.city.example; the gateway's own always may" },
	{ "proxies", CONFIG_LIST, offsetof(struct webchat_config, proxies), .def = "127.0.0.1, ::1",
	  .doc = "addresses of your own proxies, whose X-Forwarded-For says where a client comes from" },
	{ "greeting", CONFIG_STRING, offsetof(struct webchat_config, greeting),
	  .doc = "the first words a citizen reads; empty: the widget's own, in his language" },
	{ "identity_secret", CONFIG_STRING, offsetof(struct webchat_config, identity_secret), .secret = true,
	  .doc = "shared with the embedding site, which vouches with it for who its visitor is; none: everybody is anonymous" },
	{ "max_text", CONFIG_INT, offsetof(struct webchat_config, max_text), .def = "4000", .min = 100,
	  .max = CHAT_TEXT_LIMIT, .doc = "characters of one message" },
	{ "max_files", CONFIG_INT, offsetof(struct webchat_config, max_files), .def = "9", .min = 0, .max = CHAT_FILES_MAX,
	  .doc = "pictures and files of one message; 0: none are taken" },
	{ "max_file", CONFIG_INT, offsetof(struct webchat_config, max_file), .def = "10", .min = 1, .max = 100,
	  .doc = "MiB of one file" },
	{ "file_types", CONFIG_LIST, offsetof(struct webchat_config, file_types), .def = ATTACHMENT_TYPES,
	  .doc = "types of files that are taken, as image/png; read from the file's content, not its name" },
	{ 0 }
};

static void check(const void *config, struct config_section *section, struct faults *f)
{
	const struct webchat_config *c = config;
	for (size_t i = 0; i < c->origins.count; i++)
		if (!chat_origin_valid(c->origins.item[i]))
			config_fault(section, "origins", f, "\"%s\" is no origin; write scheme and host only, as https://www.city.example",
				c->origins.item[i]);
	if (c->identity_secret && *c->identity_secret && strlen(c->identity_secret) < SECRET_LEAST)
		config_fault(section, "identity_secret", f, "is too short to be kept secret; %d random characters or more would be right",
			SECRET_LEAST);
	for (size_t i = 0; i < c->file_types.count; i++)
		if (!strchr(c->file_types.item[i], '/'))
			config_fault(section, "file_types", f, "\"%s\" is no type of a file; write it as image/png or application/pdf",
				c->file_types.item[i]);
}

/* --- timers --- */

static void on_timer_closed(uv_handle_t *h)
{
	struct chat_timers *t = h->data;
	if (--t->open == 0)
		free(t);
}

static void timers_create(struct webchat *chat)
{
	struct chat_timers *t = chat->timers = mem_new(struct chat_timers);
	uv_timer_init(chat->host.loop, &t->outcome);
	uv_timer_init(chat->host.loop, &t->replay);
	t->outcome.data = t->replay.data = chat;
	t->open = 2;
}

static void timers_destroy(struct webchat *chat)
{
	struct chat_timers *t = chat->timers;
	t->outcome.data = t->replay.data = t;
	uv_close((uv_handle_t *)&t->outcome, on_timer_closed);
	uv_close((uv_handle_t *)&t->replay, on_timer_closed);
	chat->timers = NULL;
}

/* --- sending --- */

static void give_outcomes(struct webchat *chat)
{
	while (chat->outcome) {
		struct chat_outcome *o = chat->outcome;
		chat->outcome = o->next;
		if (!chat->outcome)
			chat->last_outcome = &chat->outcome;
		chat->host.sent(&chat->base, o->message, &(struct sent_result){ .sent = o->sent });
		free(o);
	}
}

static void on_outcome_timer(uv_timer_t *t)
{
	struct webchat *chat = t->data;
	give_outcomes(chat);
	webchat_settle(chat);
}

static int ops_send(struct adapter *a, const struct msg_out *m)
{
	struct webchat *chat = (struct webchat *)a;
	struct history_item item = {
		.seq = m->seq, .from = m->automatic || m->kind == OUT_SURVEY ? HISTORY_SYSTEM : HISTORY_STAFF, .kind = m->kind,
		.author = m->author, .text = m->text, .ticket = m->ticket, .survey = m->survey, .survey_open = true, .at = m->at,
		.attachment = m->attachment, .attachment_count = m->attachment_count
	};
	struct chat_outcome *o = mem_new(struct chat_outcome);
	*o = (struct chat_outcome){ .message = m };
	/* Once drained every connection is closing: nobody reads what is still written to one. */
	o->sent = !chat->drained && chat_session_show(chat, m->peer, &item) ? SENT_ACCEPTED : SENT_PARKED;
	*chat->last_outcome = o;
	chat->last_outcome = &o->next;
	uv_timer_start(&chat->timers->outcome, on_outcome_timer, 0, 0);
	return 0;
}

static void ops_signal(struct adapter *a, const struct signal *signal)
{
	struct webchat *chat = (struct webchat *)a;
	if (signal->what == SIGNAL_SEEN) {
		chat_session_seen(chat, signal->peer, signal->ticket, signal->seq);
		return;
	}
	chat_write_typing(&chat->frame);
	chat_session_tell(chat, signal->peer, NULL);
}

/* --- life --- */

static int create_pages(struct webchat *chat, struct err *e)
{
	char *folder = mem_printf("%s/widget", chat->host.www);
	const struct webchat_config *c = chat->config;
	const struct chat_page_settings s = {
		.folder = folder, .name = chat->host.hotline, .greeting = c->greeting, .language = chat->host.language,
		.max_text = (unsigned)c->max_text, .max_files = (unsigned)c->max_files, .max_file = (size_t)c->max_file << 20,
		.phones = chat->host.phones, .public_url = chat->host.public_url, .origin = c->origins.item,
		.origins = c->origins.count
	};
	int rc = chat_pages_create(&chat->pages, &s, e);
	free(folder);
	return rc;
}

static int ops_create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	static const struct ws_limits limits = { CHAT_FRAME_MAX, CHAT_QUEUE_MAX, CHAT_PING_S, CHAT_HELLO_S };
	struct webchat *chat = mem_new(struct webchat);
	*chat = (struct webchat){ .host = *host, .config = config, .last_outcome = &chat->outcome };
	int rc = create_pages(chat, e);
	if (rc < 0) {
		free(chat);
		return rc;
	}
	chat_peers_init(&chat->peers);
	buf_init(&chat->frame, CHAT_WRITE_MAX);
	timers_create(chat);
	chat_pages_route(chat->pages, host->http);
	chat_files_route(chat);
	http_websocket(host->http, "/chat/ws", CHAT_SUBPROTOCOL, &chat_session_ops, &limits, chat);
	*out = &chat->base;
	return 0;
}

static int ops_start(struct adapter *a, struct err *e)
{
	struct webchat *chat = (struct webchat *)a;
	(void)e;
	char *labels = mem_printf("channel=\"%s\"", a->channel);
	chat->connections = metric_gauge("xinqiao_webchat_connections", labels, "Open connections of citizens' browsers.");
	free(labels);
	chat->host.state(a, true, "waiting for citizens");
	return 0;
}

void webchat_settle(struct webchat *chat)
{
	if (!chat->draining || chat->drained || chat->acks || chat->outcome || chat->uploading || chat->phones)
		return;
	chat->drained = true;
	chat_session_close_all(chat, CLOSE_RESTART, "restarting, come back in a moment");
	chat->host.drained(&chat->base);
}

static void ops_drain(struct adapter *a)
{
	struct webchat *chat = (struct webchat *)a;
	chat->draining = true;
	webchat_settle(chat);
}

/* The server must serve no request after this; it may still close our connections. */
static void ops_destroy(struct adapter **a)
{
	struct webchat *chat = (struct webchat *)*a;
	if (!chat)
		return;
	give_outcomes(chat);
	while (chat->acks)
		chat_ack_destroy(chat->acks);
	chat_phone_drop_all(chat);
	chat_session_orphan_all(chat);
	chat_files_orphan_all(chat);
	timers_destroy(chat);
	chat_peers_fini(&chat->peers);
	chat_pages_destroy(&chat->pages);
	buf_fini(&chat->frame);
	free(chat);
	*a = NULL;
}

static const char *path(const void *config)
{
	(void)config;
	return "/chat";
}

const struct adapter_ops webchat_adapter = {
	.name = "webchat",
	.keys = keys,
	.config_size = sizeof(struct webchat_config),
	.caps = { .kind = "chat", .code = CODE, .verified = true, .signals = true, .thanks = true, .idempotent = true,
		.pictures = true, .files = { CHAT_FILES_MAX, 10 << 20, 9 * (10 << 20), ATTACHMENT_TYPES, false } },
	.check = check,
	.path = path,
	.create = ops_create,
	.start = ops_start,
	.send = ops_send,
	.signal = ops_signal,
	.drain = ops_drain,
	.destroy = ops_destroy,
};
