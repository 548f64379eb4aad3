#include "adapters/sms/smpp/smpp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/sms/segment.h"
#include "adapters/sms/smpp/internal.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { RECONNECT_MIN_MS = 1000, WORDS_MAX = 300 };

/* --- state --- */

static bool all_bound(const struct smpp *s)
{
	for (unsigned i = 0; i < s->links; i++)
		if (!session_is_bound(s->link[i].session))
			return false;
	return true;
}

void smpp_link_up(struct smpp_link *l)
{
	struct smpp *s = l->smpp;
	char words[WORDS_MAX];
	snprintf(words, sizeof words, "bound to %s as %s", session_peer(l->session), s->links > 1 ? "a pair" : "transceiver");
	if (all_bound(s))
		s->host->state(&s->base, true, words);
	if (l == s->tx)
		submit_up(s->submit, session_now(l->session));
}

void smpp_link_down(struct smpp_link *l, const char *why)
{
	struct smpp *s = l->smpp;
	char words[WORDS_MAX];
	snprintf(words, sizeof words, "%s to %s: %s", smpp_link_name(l), session_peer(l->session), why);
	s->host->state(&s->base, false, words);
	if (l == s->tx)
		submit_down(s->submit, words, session_now(l->session));
}

/* --- draining --- */

void smpp_link_ended(struct smpp_link *l)
{
	struct smpp *s = l->smpp;
	l->ended = true;
	for (unsigned i = 0; i < s->links; i++)
		if (!s->link[i].ended)
			return;
	if (drain_over(s->drain))
		s->host->drained(&s->base);
}

static void stop(void *owner, bool late)
{
	struct smpp *s = owner;
	if (late)
		log_warn("smpp", "drained without every answer", "channel=%s takes=%u", s->base.channel, s->takes);
	for (unsigned i = 0; i < s->links; i++)
		session_stop(s->link[i].session);
}

void smpp_maybe_drained(struct smpp *s)
{
	if (drain_waits(s->drain) && !s->takes && submit_idle(s->submit))
		drain_stop(s->drain);
}

static void begin_drain(struct adapter *a)
{
	struct smpp *s = (struct smpp *)a;
	if (drain_begun(s->drain))
		return;
	drain_begin(s->drain);
	submit_drain(s->submit);
	smpp_maybe_drained(s);
}

/* --- life --- */

static void add_link(struct smpp *s, uint32_t bind_command)
{
	struct smpp_link *l = &s->link[s->links++];
	*l = (struct smpp_link){ .smpp = s, .bind_command = bind_command };
	l->session = session_create(s->host->loop, &s->session_config, &smpp_session_ops, l);
}

static void configure(struct smpp *s)
{
	const struct smpp_config *c = s->config;
	s->session_config = (struct session_config){ .name = "smpp", .host = c->host, .port = c->port,
		.window = (unsigned)c->window, .response_ms = (unsigned)c->response_timeout * 1000,
		.probe_ms = (unsigned)c->enquire * 1000, .reconnect_min_ms = RECONNECT_MIN_MS,
		.reconnect_max_ms = (unsigned)c->reconnect_max * 1000, .frame_max = SMPP_PDU_MAX };
	s->submit_config = (struct submit_config){ .narrow = (enum coding)c->alphabet, .limits = &segment_limits_gsm,
		.messages = (unsigned)c->window, .pace = (unsigned)c->pace, .keep_ms = SUBMIT_KEEP_MS,
		.hold_min_ms = PACE_HOLD_MIN_MS };
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	struct smpp *s = mem_new(struct smpp);
	s->base.ops = &smpp_adapter;
	s->config = config;
	s->host = host;
	configure(s);
	buf_init(&s->text, MSG_TEXT_MAX);
	buf_init(&s->wire, SMPP_PDU_MAX);
	bool pair = s->config->bind == BIND_PAIR;
	add_link(s, pair ? SMPP_BIND_TRANSMITTER : SMPP_BIND_TRANSCEIVER);
	if (pair)
		add_link(s, SMPP_BIND_RECEIVER);
	s->tx = &s->link[0];
	s->rx = &s->link[s->links - 1];
	uint8_t first_ref;
	crypto_random(&first_ref, 1);
	s->submit = submit_create(&s->submit_config, &smpp_submit_ops, s, first_ref, (int64_t)uv_now(host->loop));
	s->drain = drain_create(host->loop, stop, s);
	*out = &s->base;
	return 0;
}

static int start(struct adapter *a, struct err *e)
{
	(void)e;
	struct smpp *s = (struct smpp *)a;
	char label[WORDS_MAX];
	snprintf(label, sizeof label, "channel=\"%s\"", a->channel);
	s->malformed = metric_counter("xinqiao_sms_malformed_total", label, "Data units of a carrier that broke its protocol");
	s->throttled = metric_counter("xinqiao_sms_throttled_total", label, "Parts a carrier answered with: not so fast");
	s->host->state(a, false, "connecting");
	for (unsigned i = 0; i < s->links; i++)
		session_start(s->link[i].session);
	return 0;
}

static int send_message(struct adapter *a, const struct msg_out *m)
{
	struct smpp *s = (struct smpp *)a;
	return submit_send(s->submit, m, session_now(s->tx->session));
}

static void destroy(struct adapter **a)
{
	struct smpp *s = (struct smpp *)*a;
	if (!s)
		return;
	*a = NULL;
	drain_forget(s->drain);
	submit_destroy(&s->submit);
	for (unsigned i = 0; i < s->links; i++)
		session_destroy(&s->link[i].session);
	drain_destroy(&s->drain);
	smpp_acks_free(s);
	buf_fini(&s->text);
	buf_fini(&s->wire);
	free(s);
}

const struct adapter_ops smpp_adapter = {
	.name = "smpp",
	.keys = smpp_config_keys,
	.config_size = sizeof(struct smpp_config),
	.caps = { .kind = "sms", .code = 20, .text_max = 8000, .verified = true, .receipts = true, .one_best = true },
	.check = smpp_config_check,
	.create = create,
	.start = start,
	.send = send_message,
	.join = segment_join,
	.parts = segment_count,
	.drain = begin_drain,
	.destroy = destroy
};
