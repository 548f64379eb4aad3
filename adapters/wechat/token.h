/* The access token: one refresher for all calls of a channel, and for all gateways over one store. It is asked for at start,
 * renewed minutes before its end while the old one still serves, and anew when the platform says that it is not valid. Whoever
 * needs it waits here.
 *
 * Of several gateways only the one that has the duty (token_lead) asks the platform; it keeps what it got in the store, and the
 * others look there. Where they find nothing new for a while - the one with the duty has just died - they ask themselves: the
 * platform gives everybody the same.
 *
 *   none ──look──▶ kept? ──no: ask──▶ asking ──▶ valid ──near its end──▶ renewing (the old one serves) ──▶ valid
 *     ▲             │ failed: everyone who waits is told; again after a pause that doubles
 *     └─────────────┴── the platform rejects it
 *
 * Official Account: stable_token, which gives every node the same token and never ends another's; only where that same token
 * was rejected is a new one forced, at most 20 times a day and not within 30 s (its documented quota). WeCom: gettoken, which
 * behaves so by itself. Loop thread only. */
#ifndef XQ_WECHAT_TOKEN_H
#define XQ_WECHAT_TOKEN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct fetch;
struct token;

struct token_settings {
	uv_loop_t *loop;
	struct fetch *fetch;
	const char *base;          /* without a slash at its end */
	const char *id, *secret;
	bool wecom;
	/* Up: a token is there. Words say what is wrong, or "". */
	void (*state)(void *arg, bool up, const char *words);
	/* Looks for the one that is kept: token_found() follows, later. Keeps this one. Both NULL: there is no store to share. */
	void (*look)(void *arg);
	void (*keep)(void *arg, const char *value, int64_t until);
	void *arg;
};
struct token *token_create(const struct token_settings *s);
void token_start(struct token *t);
void token_lead(struct token *t, bool ours);
/* What look() found; value NULL: nothing. until: wall clock, ms. */
void token_found(struct token *t, const char *value, int64_t until);
/* Everyone who waits is told "no", and nothing of it runs afterwards. */
void token_destroy(struct token **t);

/* value NULL: there is none now, and words say why. Runs at once when there is one, else later. */
typedef void token_f(void *arg, const char *value, const char *words);
void token_want(struct token *t, token_f *f, void *arg);
/* The platform rejected this value. */
void token_reject(struct token *t, const char *value);
struct token_facts {
	uint64_t asked;             /* since the start */
	unsigned forced, forced_left; /* new ones by force: in the last day, and what the platform's limit leaves */
	int64_t until;              /* of the present one; 0: there is none */
};
void token_facts(const struct token *t, struct token_facts *out);
/* The platform could not be reached: says so and looks again after a pause. */
void token_trouble(struct token *t, const char *words);

#endif
