#include "adapters/sms/smgp/smgp.h"

#include <stdio.h>

#include "adapters/sms/endpoint.h"
#include "adapters/sms/segment.h"
#include "adapters/sms/smgp/internal.h"
#include "gateway/base/mem.h"

enum { RECONNECT_MIN_MS = 1000 };

static void describe(const struct carrier_link *l, char words[CARRIER_WORDS_MAX])
{
	(void)snprintf(words, CARRIER_WORDS_MAX, "logged in at %s", session_peer(l->session));
}

static const struct carrier_dialect dialect = { "smgp", &smgp_session_ops, smgp_write_part, smgp_respond, describe };

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	const struct smgp_config *c = config;
	struct smgp *s = mem_new(struct smgp);
	struct endpoint at[ENDPOINTS_MAX];
	s->config = c;
	s->version = c->version ? SMGP_13 : SMGP_30;
	for (size_t i = 0; i < c->retry_status.count; i++)
		must(smgp_ranges_add(&s->retry, c->retry_status.item[i]));
	carrier_init(&s->carrier, &smgp_adapter, host, &dialect);
	s->carrier.session_config = (struct session_config){ .name = "smgp", .window = (unsigned)c->window,
		.response_ms = (unsigned)c->response_timeout * 1000, .probe_ms = (unsigned)c->enquire * 1000,
		.reconnect_min_ms = RECONNECT_MIN_MS, .reconnect_max_ms = (unsigned)c->reconnect_max * 1000,
		.frame_max = SMGP_PDU_MAX, .sends = SMGP_SENDS };
	s->carrier.submit_config = (struct submit_config){ .narrow = CODING_ASCII, .limits = &smgp_limits,
		.pace = (unsigned)c->pace, .parts_max = (unsigned)c->parts_max,
		.resend = c->unanswered == UNANSWERED_RESEND };
	size_t n = endpoint_list(c->host, c->port, &c->link, at);
	for (size_t i = 0; i < n; i++) {
		struct smgp_link *l = mem_new(struct smgp_link);
		carrier_add(&s->carrier, &l->base, LINK_SENDS | LINK_RECEIVES, at[i].host, at[i].port);
	}
	carrier_open(&s->carrier, SMGP_PDU_MAX);
	*out = &s->carrier.base;
	return 0;
}

static unsigned parts(const void *config, const char *text)
{
	(void)config;
	return segment_count_as(text, CODING_ASCII, &smgp_limits);
}

static unsigned parts_max(const void *config)
{
	return (unsigned)((const struct smgp_config *)config)->parts_max;
}

const struct adapter_ops smgp_adapter = {
	.name = "smgp",
	.keys = smgp_config_keys,
	.config_size = sizeof(struct smgp_config),
	.caps = { .kind = "sms", .anytime = true, .code = 20, .text_max = 8000, .verified = true, .receipts = true, .one_best = true },
	.check = smgp_config_check,
	.create = create,
	.start = carrier_start,
	.send = carrier_send,
	.sends = carrier_sends,
	.join = segment_join,
	.parts = parts,
	.parts_max = parts_max,
	.drain = carrier_drain,
	.destroy = carrier_destroy
};
