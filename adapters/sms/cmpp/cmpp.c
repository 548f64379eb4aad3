#include "adapters/sms/cmpp/cmpp.h"

#include <stdio.h>

#include "adapters/sms/cmpp/internal.h"
#include "adapters/sms/endpoint.h"
#include "adapters/sms/segment.h"
#include "gateway/base/mem.h"

enum { RECONNECT_MIN_MS = 1000 };

/* Msg_Length must stay below 160 for Msg_Fmt 0 and may be 140 for the others; a part's header takes 6 octets. */
const struct segment_limits cmpp_limits = { 159, 153, 70, 67 };

static void describe(const struct carrier_link *at, char words[CARRIER_WORDS_MAX])
{
	const struct cmpp_link *l = (const struct cmpp_link *)at;
	(void)snprintf(words, CARRIER_WORDS_MAX, "bound to %s with CMPP %u.%u", session_peer(at->session), l->version >> 4,
		l->version & 15u);
}

static const struct carrier_dialect dialect = { "cmpp", &cmpp_session_ops, cmpp_write_part, cmpp_respond, describe };

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	const struct cmpp_config *cf = config;
	struct cmpp *c = mem_new(struct cmpp);
	struct endpoint at[ENDPOINTS_MAX];
	c->config = cf;
	carrier_init(&c->carrier, &cmpp_adapter, host, &dialect);
	c->carrier.session_config = (struct session_config){ .name = "cmpp", .window = (unsigned)cf->window,
		.response_ms = (unsigned)cf->response_timeout * 1000, .probe_ms = (unsigned)cf->enquire * 1000,
		.reconnect_min_ms = RECONNECT_MIN_MS, .reconnect_max_ms = (unsigned)cf->reconnect_max * 1000,
		.frame_max = CMPP_PDU_MAX, .sends = CMPP_SENDS };
	c->carrier.submit_config = (struct submit_config){ .narrow = CODING_ASCII, .limits = &cmpp_limits,
		.pace = (unsigned)cf->pace, .parts_max = (unsigned)cf->parts_max,
		.resend = cf->unanswered == UNANSWERED_RESEND };
	size_t n = endpoint_list(cf->host, cf->port, &cf->link, at);
	for (size_t i = 0; i < n; i++) {
		struct cmpp_link *l = mem_new(struct cmpp_link);
		l->version = cf->version == SPEAK_30 ? CMPP_V30 : CMPP_V20;
		carrier_add(&c->carrier, &l->base, LINK_SENDS | LINK_RECEIVES, at[i].host, at[i].port);
	}
	carrier_open(&c->carrier, CMPP_PDU_MAX);
	*out = &c->carrier.base;
	return 0;
}

static unsigned parts(const void *config, const char *text)
{
	(void)config;
	return segment_count_as(text, CODING_ASCII, &cmpp_limits);
}

static unsigned parts_max(const void *config)
{
	return (unsigned)((const struct cmpp_config *)config)->parts_max;
}

const struct adapter_ops cmpp_adapter = {
	.name = "cmpp",
	.keys = cmpp_config_keys,
	.config_size = sizeof(struct cmpp_config),
	.caps = { .kind = "sms", .anytime = true, .code = 20, .text_max = 8000, .verified = true, .receipts = true, .one_best = true },
	.check = cmpp_config_check,
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
