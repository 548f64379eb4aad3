#include "adapters/sms/smgp/smgp.h"

#include <stdio.h>
#include <stdlib.h>

#include "adapters/sms/segment.h"
#include "adapters/sms/smgp/internal.h"
#include "gateway/base/crypto.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { RECONNECT_MIN_MS = 1000, WORDS_MAX = 300 };

/* --- state --- */

void smgp_link_up(struct smgp *s)
{
	char words[WORDS_MAX];
	snprintf(words, sizeof words, "logged in at %s", session_peer(s->session));
	s->host->state(&s->base, true, words);
	submit_up(s->submit, session_now(s->session));
}

void smgp_link_down(struct smgp *s, const char *why)
{
	char words[WORDS_MAX];
	snprintf(words, sizeof words, "link to %s: %s", session_peer(s->session), why);
	s->host->state(&s->base, false, words);
	submit_down(s->submit, words, session_now(s->session));
}

/* --- draining --- */

void smgp_link_ended(struct smgp *s)
{
	if (drain_over(s->drain))
		s->host->drained(&s->base);
}

static void stop(void *owner, bool late)
{
	struct smgp *s = owner;
	if (late)
		log_warn("smgp", "drained without every answer", "channel=%s takes=%u", s->base.channel, s->takes);
	session_stop(s->session);
}

void smgp_maybe_drained(struct smgp *s)
{
	if (drain_waits(s->drain) && !s->takes && submit_idle(s->submit))
		drain_stop(s->drain);
}

static void begin_drain(struct adapter *a)
{
	struct smgp *s = (struct smgp *)a;
	if (drain_begun(s->drain))
		return;
	drain_begin(s->drain);
	submit_drain(s->submit);
	smgp_maybe_drained(s);
}

/* --- life --- */

static void configure(struct smgp *s)
{
	const struct smgp_config *c = s->config;
	s->version = c->version ? SMGP_13 : SMGP_30;
	for (size_t i = 0; i < c->retry_status.count; i++)
		must(smgp_ranges_add(&s->retry, c->retry_status.item[i]));
	s->session_config = (struct session_config){ .name = "smgp", .host = c->host, .port = c->port,
		.window = (unsigned)c->window, .response_ms = (unsigned)c->response_timeout * 1000,
		.probe_ms = (unsigned)c->enquire * 1000, .reconnect_min_ms = RECONNECT_MIN_MS,
		.reconnect_max_ms = (unsigned)c->reconnect_max * 1000, .frame_max = SMGP_PDU_MAX, .sends = SMGP_SENDS };
	s->submit_config = (struct submit_config){ .narrow = CODING_ASCII, .limits = &smgp_limits,
		.messages = (unsigned)c->window, .pace = (unsigned)c->pace, .keep_ms = SUBMIT_KEEP_MS,
		.hold_min_ms = PACE_HOLD_MIN_MS };
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	struct smgp *s = mem_new(struct smgp);
	s->base.ops = &smgp_adapter;
	s->config = config;
	s->host = host;
	LIST_INIT(&s->acks);
	configure(s);
	buf_init(&s->text, MSG_TEXT_MAX);
	buf_init(&s->wire, SMGP_PDU_MAX);
	s->session = session_create(host->loop, &s->session_config, &smgp_session_ops, s);
	uint8_t first_ref;
	crypto_random(&first_ref, 1);
	s->submit = submit_create(&s->submit_config, &smgp_submit_ops, s, first_ref, (int64_t)uv_now(host->loop));
	s->drain = drain_create(host->loop, stop, s);
	*out = &s->base;
	return 0;
}

static int start(struct adapter *a, struct err *e)
{
	(void)e;
	struct smgp *s = (struct smgp *)a;
	char label[WORDS_MAX];
	snprintf(label, sizeof label, "channel=\"%s\"", a->channel);
	s->malformed = metric_counter("xinqiao_sms_malformed_total", label, "Data units of a carrier that broke its protocol");
	s->throttled = metric_counter("xinqiao_sms_throttled_total", label, "Parts a carrier answered with: not so fast");
	s->host->state(a, false, "connecting");
	session_start(s->session);
	return 0;
}

static int send_message(struct adapter *a, const struct msg_out *m)
{
	struct smgp *s = (struct smgp *)a;
	return submit_send(s->submit, m, session_now(s->session));
}

static unsigned parts(const char *text)
{
	return segment_count_as(text, CODING_ASCII, &smgp_limits);
}

static void destroy(struct adapter **a)
{
	struct smgp *s = (struct smgp *)*a;
	if (!s)
		return;
	*a = NULL;
	drain_forget(s->drain);
	submit_destroy(&s->submit);
	session_destroy(&s->session);
	drain_destroy(&s->drain);
	smgp_acks_free(s);
	buf_fini(&s->text);
	buf_fini(&s->wire);
	free(s);
}

const struct adapter_ops smgp_adapter = {
	.name = "smgp",
	.keys = smgp_config_keys,
	.config_size = sizeof(struct smgp_config),
	.caps = { .kind = "sms", .code = 20, .text_max = 8000, .verified = true, .receipts = true, .one_best = true },
	.check = smgp_config_check,
	.create = create,
	.start = start,
	.send = send_message,
	.join = segment_join,
	.parts = parts,
	.drain = begin_drain,
	.destroy = destroy
};
