/* An access token for XOAUTH2, fetched and renewed with a refresh token (RFC 6749, 6): for mailboxes whose providers take
 * no passwords. The token is kept until shortly before it expires, or until a server refuses it. Thread: the loop. */
#ifndef XQ_EMAIL_OAUTH_H
#define XQ_EMAIL_OAUTH_H

#include "gateway/base/fetch.h"

struct oauth;
struct oauth_config {
	const char *token_url, *client_id, *client_secret, *refresh_token, *scope; /* secret and scope may be NULL */
	const char *ca_file;
};
/* *c and its strings are borrowed for life. */
struct oauth *oauth_create(struct fetch *fetch, const struct oauth_config *c);
/* done(arg, token, NULL), or done(arg, NULL, why): later, once, unless forgotten. */
struct oauth_wait;
struct oauth_wait *oauth_ask(struct oauth *o, uv_loop_t *loop, void (*done)(void *arg, const char *token, const char *why),
	void *arg);
void oauth_forget(struct oauth_wait **w);
/* A server did not take this token: the next ask() fetches another. */
void oauth_refused(struct oauth *o);
void oauth_destroy(struct oauth **o); /* nobody is told any more */

#endif
