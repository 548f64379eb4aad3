/* The access token in the store, for the other gateways over it and for the next start: sealed under the gateway's secret, piece by
 * piece since seal() takes short things, and named after the account and its secret, so that another one's is never taken for it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "adapters/wechat/internal.h"
#include "gateway/base/buf.h"
#include "gateway/base/seal.h"

enum { KEPT_MAX = 4096 + 32, SEALED_MAX = (KEPT_MAX / SEAL_PLAIN_MAX + 1) * SEAL_TEXT };

static const char purpose[] = "wechat access token";

static void on_found(struct adapter *a, void *arg, int rc, const char *sealed)
{
	struct wx *w = (struct wx *)a;
	struct buf plain;
	int64_t until = 0;
	int at = 0, n = 0;
	(void)arg;
	buf_init(&plain, KEPT_MAX);
	for (const char *p = sealed; rc == 0 && *p && n >= 0; p += strcspn(p, " "), p += *p == ' ') {
		char piece[SEAL_TEXT];
		uint8_t bytes[SEAL_PLAIN_MAX];
		(void)snprintf(piece, sizeof piece, "%.*s", (int)strcspn(p, " "), p);
		n = seal_open(w->host->secret, purpose, w->token_key, piece, bytes);
		if (n > 0)
			buf_add(&plain, bytes, (size_t)n);
	}
	bool whole = n > 0 && !plain.overflow && sscanf(buf_str(&plain), "%" SCNd64 " %n", &until, &at) == 1 && at > 0;
	token_found(api_token(w->api), whole ? buf_str(&plain) + at : NULL, until);
	buf_fini(&plain);
}

static void look(void *arg)
{
	struct wx *w = arg;
	if (w->draining) {
		token_found(api_token(w->api), NULL, 0);
		return;
	}
	w->host->cursor(&w->base, w->token_key, on_found, NULL);
}

static void keep(void *arg, const char *value, int64_t until)
{
	struct wx *w = arg;
	struct buf plain, sealed;
	buf_init(&plain, KEPT_MAX);
	buf_init(&sealed, SEALED_MAX);
	buf_addf(&plain, "%" PRId64 " %s", until, value);
	for (size_t at = 0; at < plain.len; at += SEAL_PLAIN_MAX) {
		char piece[SEAL_TEXT];
		size_t n = plain.len - at < SEAL_PLAIN_MAX ? plain.len - at : SEAL_PLAIN_MAX;
		seal(w->host->secret, purpose, w->token_key, plain.data + at, n, piece);
		buf_addf(&sealed, "%s%s", at ? " " : "", piece);
	}
	if (!plain.overflow && !sealed.overflow && !w->draining)
		w->host->remember(&w->base, &(struct memo){ .cursor_key = w->token_key, .cursor_value = buf_str(&sealed) }, NULL, NULL);
	buf_fini(&plain);
	buf_fini(&sealed);
}

static void on_duty(struct adapter *a, bool ours)
{
	token_lead(api_token(((struct wx *)a)->api), ours);
}

void shared_init(struct wx *w, struct token_settings *s)
{
	uint8_t sum[SHA256_LEN];
	char hex[HEX_SHA256];
	struct buf b;
	buf_init(&b, 8192);
	buf_addf(&b, "%s %s %s", w->c->id, w->c->secret, w->c->api_base);
	crypto_sha256(b.data, b.len, sum);
	crypto_hex(sum, sizeof sum, hex);
	(void)snprintf(w->token_key, sizeof w->token_key, "access-token %.16s", hex);
	buf_fini(&b);
	s->look = look;
	s->keep = keep;
}

void shared_start(struct wx *w)
{
	w->host->duty(&w->base, "token", on_duty);
}
