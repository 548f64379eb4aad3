#include "adapters/sms/cmpp/cmpp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/cmpp/internal.h"
#include "adapters/sms/segment.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { RECONNECT_MIN_MS = 1000, WORDS_MAX = 300 };

/* Msg_Length must stay below 160 for Msg_Fmt 0 and may be 140 for the others; a part's header takes 6 octets. */
const struct segment_limits cmpp_limits = { 159, 153, 70, 67 };

/* --- state --- */

void cmpp_link_up(struct cmpp *c)
{
	char words[WORDS_MAX];
	(void)snprintf(words, sizeof words, "bound to %s with CMPP %u.%u", session_peer(c->session), c->version >> 4,
		c->version & 15u);
	c->host->state(&c->base, true, words);
	submit_up(c->submit, session_now(c->session));
}

void cmpp_link_down(struct cmpp *c, const char *why)
{
	char words[WORDS_MAX];
	(void)snprintf(words, sizeof words, "link to %s: %s", session_peer(c->session), why);
	c->host->state(&c->base, false, words);
	submit_down(c->submit, words, session_now(c->session));
}

/* --- draining --- */

void cmpp_link_ended(struct cmpp *c)
{
	if (drain_over(c->drain))
		c->host->drained(&c->base);
}

static void stop(void *owner, bool late)
{
	struct cmpp *c = owner;
	if (late)
		log_warn("cmpp", "drained without every answer", "channel=%s takes=%u", c->base.channel, c->takes);
	session_stop(c->session);
}

void cmpp_maybe_drained(struct cmpp *c)
{
	if (drain_waits(c->drain) && !c->takes && submit_idle(c->submit))
		drain_stop(c->drain);
}

static void begin_drain(struct adapter *a)
{
	struct cmpp *c = (struct cmpp *)a;
	if (drain_begun(c->drain))
		return;
	drain_begin(c->drain);
	submit_drain(c->submit);
	cmpp_maybe_drained(c);
}

/* --- life --- */

static void configure(struct cmpp *c)
{
	const struct cmpp_config *config = c->config;
	c->version = config->version == SPEAK_30 ? CMPP_V30 : CMPP_V20;
	c->session_config = (struct session_config){ .name = "cmpp", .host = config->host, .port = config->port,
		.window = (unsigned)config->window, .response_ms = (unsigned)config->response_timeout * 1000,
		.probe_ms = (unsigned)config->enquire * 1000, .reconnect_min_ms = RECONNECT_MIN_MS,
		.reconnect_max_ms = (unsigned)config->reconnect_max * 1000, .frame_max = CMPP_PDU_MAX, .sends = SENDS };
	c->submit_config = (struct submit_config){ .narrow = CODING_ASCII, .limits = &cmpp_limits,
		.messages = (unsigned)config->window, .pace = (unsigned)config->pace, .keep_ms = SUBMIT_KEEP_MS,
		.hold_min_ms = PACE_HOLD_MIN_MS };
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	struct cmpp *c = mem_new(struct cmpp);
	c->base.ops = &cmpp_adapter;
	c->config = config;
	c->host = host;
	LIST_INIT(&c->acks);
	configure(c);
	buf_init(&c->text, MSG_TEXT_MAX);
	buf_init(&c->wire, CMPP_PDU_MAX);
	c->session = session_create(host->loop, &c->session_config, &cmpp_session_ops, c);
	uint8_t first_ref;
	crypto_random(&first_ref, 1);
	c->submit = submit_create(&c->submit_config, &cmpp_submit_ops, c, first_ref, (int64_t)uv_now(host->loop));
	c->drain = drain_create(host->loop, stop, c);
	*out = &c->base;
	return 0;
}

static int start(struct adapter *a, struct err *e)
{
	(void)e;
	struct cmpp *c = (struct cmpp *)a;
	char label[WORDS_MAX];
	(void)snprintf(label, sizeof label, "channel=\"%s\"", a->channel);
	c->malformed = metric_counter("xinqiao_sms_malformed_total", label, "Data units of a carrier that broke its protocol");
	c->throttled = metric_counter("xinqiao_sms_throttled_total", label, "Parts a carrier answered with: not so fast");
	c->host->state(a, false, "connecting");
	session_start(c->session);
	return 0;
}

static int send_message(struct adapter *a, const struct msg_out *m)
{
	struct cmpp *c = (struct cmpp *)a;
	return submit_send(c->submit, m, session_now(c->session));
}

static unsigned parts(const char *text)
{
	return segment_count_as(text, CODING_ASCII, &cmpp_limits);
}

static void destroy(struct adapter **a)
{
	struct cmpp *c = (struct cmpp *)*a;
	if (!c)
		return;
	*a = NULL;
	drain_forget(c->drain);
	submit_destroy(&c->submit);
	session_destroy(&c->session);
	drain_destroy(&c->drain);
	cmpp_acks_free(c);
	buf_fini(&c->text);
	buf_fini(&c->wire);
	free(c);
}

const struct adapter_ops cmpp_adapter = {
	.name = "cmpp",
	.keys = cmpp_config_keys,
	.config_size = sizeof(struct cmpp_config),
	.caps = { .kind = "sms", .code = 20, .text_max = 8000, .verified = true, .receipts = true, .one_best = true },
	.check = cmpp_config_check,
	.create = create,
	.start = start,
	.send = send_message,
	.join = segment_join,
	.parts = parts,
	.drain = begin_drain,
	.destroy = destroy
};
