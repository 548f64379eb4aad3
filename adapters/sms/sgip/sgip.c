#include "adapters/sms/sgip/sgip.h"

#include <stdio.h>
#include <stdlib.h>

#include "adapters/sms/endpoint.h"
#include "adapters/sms/segment.h"
#include "adapters/sms/sgip/internal.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"

enum { RECONNECT_MIN_MS = 1000 };

_Static_assert(ENDPOINTS_MAX + SGIP_INBOUND <= CARRIER_LINKS_MAX, "room for both directions");

static void describe(const struct carrier_link *l, char words[CARRIER_WORDS_MAX])
{
	unsigned inbound = 0;
	for (unsigned i = 0; i < l->carrier->links; i++)
		inbound += (l->carrier->link[i]->roles & LINK_PASSIVE) && session_is_bound(l->carrier->link[i]->session);
	(void)snprintf(words, CARRIER_WORDS_MAX, "%s %s; %u connections of the SMG",
		session_is_bound(l->session) ? "bound to" : "at rest, bound when needed to", session_peer(l->session), inbound);
}

static const struct carrier_dialect dialect = { "sgip", &sgip_session_ops, sgip_write_part, sgip_respond, describe };

static void configure(struct carrier *c, const struct sgip_config *cf)
{
	c->session_config = (struct session_config){ .name = "sgip", .window = (unsigned)cf->window,
		.response_ms = (unsigned)cf->response_timeout * 1000, .reconnect_min_ms = RECONNECT_MIN_MS,
		.reconnect_max_ms = (unsigned)cf->reconnect_max * 1000, .frame_max = SGIP_PDU_MAX, .sends = SGIP_SENDS,
		.rest_ms = (unsigned)cf->idle * 1000 };
	c->passive_config = c->session_config;
	c->passive_config.passive = true;
	c->passive_config.rest_ms = SGIP_INBOUND_REST_MS;
	c->submit_config = (struct submit_config){ .narrow = CODING_ASCII, .limits = &sgip_limits, .pace = (unsigned)cf->pace,
		.parts_max = (unsigned)cf->parts_max,
		.resend = cf->unanswered == UNANSWERED_RESEND };
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)e;
	const struct sgip_config *cf = config;
	struct sgip *s = mem_new(struct sgip);
	struct endpoint at[ENDPOINTS_MAX];
	s->config = cf;
	s->node = (uint32_t)strtoull(cf->node_id, NULL, 10);
	crypto_random(&s->counter, sizeof s->counter); /* a second start within one second must not name messages alike */
	carrier_init(&s->carrier, &sgip_adapter, host, &dialect);
	configure(&s->carrier, cf);
	size_t n = endpoint_list(cf->host, cf->port, &cf->link, at);
	for (size_t i = 0; i < n; i++)
		carrier_add(&s->carrier, &mem_new(struct sgip_link)->base, LINK_SENDS, at[i].host, at[i].port);
	for (unsigned i = 0; i < SGIP_INBOUND; i++)
		carrier_add(&s->carrier, &mem_new(struct sgip_link)->base, LINK_RECEIVES | LINK_PASSIVE, NULL, 0);
	carrier_open(&s->carrier, SGIP_PDU_MAX);
	*out = &s->carrier.base;
	return 0;
}

static int start(struct adapter *a, struct err *e)
{
	struct sgip *s = (struct sgip *)a;
	int rc = carrier_listen(&s->carrier, &s->config->listen, e);
	return rc < 0 ? rc : carrier_start(a, e);
}

static unsigned parts(const void *config, const char *text)
{
	(void)config;
	return segment_count_as(text, CODING_ASCII, &sgip_limits);
}

static unsigned parts_max(const void *config)
{
	return (unsigned)((const struct sgip_config *)config)->parts_max;
}

const struct adapter_ops sgip_adapter = {
	.name = "sgip",
	.keys = sgip_config_keys,
	.config_size = sizeof(struct sgip_config),
	.caps = { .kind = "sms", .anytime = true, .code = 20, .text_max = 8000, .verified = true, .receipts = true, .one_best = true },
	.check = sgip_config_check,
	.create = create,
	.start = start,
	.send = carrier_send,
	.sends = carrier_sends,
	.join = segment_join,
	.parts = parts,
	.parts_max = parts_max,
	.drain = carrier_drain,
	.destroy = carrier_destroy
};
