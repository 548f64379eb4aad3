/* What the files of the adapter share. Nobody else includes this. Loop thread only. */
#ifndef XQ_WECHAT_INTERNAL_H
#define XQ_WECHAT_INTERNAL_H

#include "adapters/wechat/api.h"
#include "adapters/wechat/envelope.h"
#include "adapters/wechat/notices.h"
#include "adapters/wechat/office.h"
#include "adapters/wechat/template.h"
#include "adapters/wechat/push.h"
#include "adapters/wechat/upload.h"
#include "gateway/adapter.h"

enum { TOKEN_KEY_MAX = 48, KEYS_MAX = 2, TEMPLATES_MAX = 50, STATE_WORDS_MAX = 400 };
enum wx_mode { MODE_PLAIN, MODE_COMPATIBLE, MODE_SAFE };

struct wx_config {
	const char *path, *id, *secret, *token, *aes_key, *old_token, *old_aes_key, *api_base, *kf;
	bool plain;
	int mode, max_age, answer_within, window, media_max, media_wait;
	struct config_list templates, notices;
};

struct wx {
	struct adapter base; /* first */
	const struct wx_config *c;
	const struct adapter_host *host;
	bool wecom, draining, drained, ending;
	struct envelope_key key[KEYS_MAX];
	size_t keys;
	struct template *template, *notice;
	size_t templates, notices;
	struct api *api;
	char token_key[TOKEN_KEY_MAX];
	struct callback *callback;
	struct office *office;
	struct delivery *deliveries;
	struct outgoing *outgoing;
	struct notices *awaited; /* sent, and nothing said of them yet */
	unsigned sending;
	bool full;              /* E_AGAIN was said */
	struct kf *kf;          /* wecom */
	bool has_token;
	char token_words[STATE_WORDS_MAX], pull_words[STATE_WORDS_MAX]; /* what is wrong with the token, with pulling; "": nothing */
};
/* Says drained() once, when a drain was asked for and nothing is under way. */
void wx_settle(struct wx *w);
/* Messages cannot be pulled, and why; "": they can. The channel is up when there is a token and they can. */
void wx_pulling(struct wx *w, const char *words);

/* --- shared.c: the token, kept for the other gateways of the store --- */
void shared_init(struct wx *w, struct token_settings *s);
void shared_start(struct wx *w);

/* --- deliver.c: from a push to the gateway, its media fetched on the way --- */
struct deliver_more { const char *name, *cursor_key, *cursor_value; };
/* Copies. done runs later, once, or never after wx's end. more may be NULL. */
void deliver(struct wx *w, const struct push *p, const struct deliver_more *more, void (*done)(void *arg, enum taken), void *arg);
void deliver_drain(struct wx *w); /* those that wait to ask for their media again wait no longer */
void deliver_end_all(struct wx *w);

/* --- callback.c: the route --- */
struct callback *callback_create(struct wx *w);
bool callback_idle(const struct callback *c);
void callback_destroy(struct callback **c); /* requests still held are hung up */

/* --- send.c --- */
int send_start(struct wx *w, const struct msg_out *m);
void send_end_files(struct wx *w); /* those whose files are still being read go back to the queue */

/* --- kf_sync.c --- */
struct kf *kf_create(struct wx *w);
void kf_start(struct kf *k);
void kf_ring(struct kf *k, const char *token);
bool kf_idle(const struct kf *k);
void kf_destroy(struct kf **k);

#endif
