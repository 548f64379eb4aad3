#include <stdio.h>

#include "adapters/sms/http/internal.h"
#include "adapters/sms/pace.h"
#include "gateway/base/crypto.h"

enum { REST_MIN_MS = 1000, REST_MAX_MS = 60000, WORDS_MAX = 300 };

static void tell(struct sms_http *s, bool up, const char *words)
{
	char line[WORDS_MAX];
	struct arena *a = arena_create(256);
	snprintf(line, sizeof line, "%s at %s: %s", s->provider->name, provider_host(sms_http_url(s->config), a), words);
	arena_destroy(&a);
	s->host->state(&s->base, up, line);
}

static void on_rested(uv_timer_t *t)
{
	sms_http_look(t->data);
}

static void rest(struct sms_http *s, bool long_rest)
{
	uint32_t random;
	crypto_random(&random, sizeof random);
	unsigned ms = long_rest ? REST_MAX_MS : backoff_ms(s->troubles, REST_MIN_MS, REST_MAX_MS, random);
	s->troubles++;
	s->resting = true;
	must(uv_timer_start(s->rest, on_rested, ms, 0) == 0);
}

void sms_http_reach_start(struct sms_http *s)
{
	s->resting = true;
	tell(s, false, "connecting");
	submit_up(s->submit, sms_http_now(s));
	sms_http_look(s);
}

void sms_http_trouble(struct sms_http *s, const char *words, bool long_rest)
{
	tell(s, false, words);
	rest(s, long_rest);
	/* What waits is the gateway's to hold, not ours. */
	submit_put_back(s->submit, words);
}

void sms_http_looked(struct sms_http *s, bool there, const char *words)
{
	if (!there) {
		tell(s, false, words);
		rest(s, false);
		return;
	}
	s->resting = false;
	tell(s, true, "reachable");
	submit_pump(s->submit, sms_http_now(s));
}
