#include "adapters/sms/http/sms_http.h"

#include <stdio.h>
#include <stdlib.h>

#include "adapters/sms/http/internal.h"
#include "adapters/sms/segment.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"

enum { LABEL_MAX = 100 };

/* The provider cuts the text itself: for us each is one part, however long. */
static const struct segment_limits whole = { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX };

int64_t sms_http_now(const struct sms_http *s)
{
	return (int64_t)uv_now(s->host->loop);
}

/* --- draining --- */

static void stop(void *owner, bool late)
{
	struct sms_http *s = owner;
	if (late)
		log_warn("sms-http", "drained without every answer", "channel=%s takes=%u requests=%u", s->base.channel, s->takes,
			s->requests);
	if (drain_over(s->drain))
		s->host->drained(&s->base);
}

void sms_http_maybe_drained(struct sms_http *s)
{
	if (drain_waits(s->drain) && !s->takes && submit_idle(s->submit))
		drain_stop(s->drain);
}

static void begin_drain(struct adapter *a)
{
	struct sms_http *s = (struct sms_http *)a;
	if (drain_begun(s->drain))
		return;
	drain_begin(s->drain);
	submit_drain(s->submit);
	sms_http_maybe_drained(s);
}

/* --- life --- */

static uv_timer_t *clock_create(struct sms_http *s)
{
	uv_timer_t *t = mem_new(uv_timer_t);
	must(uv_timer_init(s->host->loop, t) == 0);
	t->data = s;
	return t;
}

static void clock_destroy(uv_timer_t *t)
{
	uv_close((uv_handle_t *)t, (uv_close_cb)free);
}

static void configure(struct sms_http *s)
{
	const struct sms_http_config *c = s->config;
	struct err e;
	s->provider = provider_at((unsigned)c->profile);
	s->arena = arena_create(4096);
	must(wordings_read(&c->template, s->provider->values == VALUES_NAMED, s->arena, &s->wordings, &e) == 0);
	s->callback = arena_printf(s->arena, "%s%s%s%s", s->host->public_url, c->path, s->provider->signature ? "" : "/",
		s->provider->signature ? "" : c->callback_secret);
	bool cut = s->provider->cuts_not;
	s->submit_config = (struct submit_config){ .narrow = CODING_GSM, .limits = cut ? &segment_limits_gsm : &whole,
		.weight = cut ? NULL : segment_count, .messages = (unsigned)c->window, .pace = (unsigned)c->pace,
		.keep_ms = SUBMIT_KEEP_MS, .resend = c->unanswered == UNANSWERED_RESEND };
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	struct sms_http *s = mem_new(struct sms_http);
	s->base.ops = &sms_http_adapter;
	s->config = config;
	s->host = host;
	LIST_INIT(&s->flights);
	LIST_INIT(&s->batches);
	configure(s);
	uint8_t first_ref;
	crypto_random(&first_ref, 1);
	s->submit = submit_create(&s->submit_config, &sms_http_submit_ops, s, first_ref, sms_http_now(s));
	pace_init(&s->hold, 0, sms_http_now(s));
	s->drain = drain_create(host->loop, stop, s);
	s->wake = clock_create(s);
	s->rest = clock_create(s);
	sms_http_routes(s);
	*out = &s->base;
	return 0;
}

static int start(struct adapter *a, struct err *e)
{
	(void)e;
	struct sms_http *s = (struct sms_http *)a;
	char label[LABEL_MAX];
	snprintf(label, sizeof label, "channel=\"%s\"", a->channel);
	s->malformed = metric_counter("xinqiao_sms_malformed_total", label, "Data units of a carrier that broke its protocol");
	s->throttled = metric_counter("xinqiao_sms_throttled_total", label, "Parts a carrier answered with: not so fast");
	s->denied = metric_counter("xinqiao_sms_denied_total", label, "Calls that did not prove to be the provider's");
	sms_http_reach_start(s);
	return 0;
}

static int send_message(struct adapter *a, const struct msg_out *m)
{
	struct sms_http *s = (struct sms_http *)a;
	return submit_send(s->submit, m, sms_http_now(s));
}

static void destroy(struct adapter **a)
{
	struct sms_http *s = (struct sms_http *)*a;
	if (!s)
		return;
	*a = NULL;
	drain_forget(s->drain);
	submit_drain(s->submit);
	sms_http_flights_end(s);
	submit_destroy(&s->submit);
	sms_http_batches_end(s);
	clock_destroy(s->wake);
	clock_destroy(s->rest);
	drain_destroy(&s->drain);
	arena_destroy(&s->arena);
	free(s);
}

static unsigned parts(const void *config, const char *text)
{
	(void)config;
	return segment_count(text);
}

static const char *path(const void *config)
{
	return ((const struct sms_http_config *)config)->path;
}

const struct adapter_ops sms_http_adapter = {
	.name = "sms-http",
	.keys = sms_http_config_keys,
	.config_size = sizeof(struct sms_http_config),
	.caps = { .kind = "sms", .anytime = true, .code = 20, .text_max = 1600, .verified = true, .receipts = true, .one_best = true,
		.fields = true },
	.check = sms_http_config_check,
	.path = path,
	.create = create,
	.start = start,
	.send = send_message,
	.parts = parts,
	.drain = begin_drain,
	.destroy = destroy
};
