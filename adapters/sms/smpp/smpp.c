#include "adapters/sms/smpp/smpp.h"

#include <stdio.h>

#include "adapters/sms/endpoint.h"
#include "adapters/sms/segment.h"
#include "adapters/sms/smpp/internal.h"
#include "gateway/base/mem.h"
#include "gateway/base/tls.h"

enum { RECONNECT_MIN_MS = 1000, OUTBIND_LINKS = 4 };

_Static_assert(2 * ENDPOINTS_MAX + OUTBIND_LINKS <= CARRIER_LINKS_MAX, "room for a pair at each endpoint");

static void describe(const struct carrier_link *at, char words[CARRIER_WORDS_MAX])
{
	const struct smpp_link *l = (const struct smpp_link *)at;
	(void)snprintf(words, CARRIER_WORDS_MAX, "bound to %s as %s", session_peer(at->session),
		l->bind_command == SMPP_BIND_TRANSCEIVER ? "transceiver" : "a pair");
}

static const struct carrier_dialect dialect = { "smpp", &smpp_session_ops, smpp_write_part, smpp_respond, describe };

static void add_link(struct smpp *s, uint32_t bind_command, unsigned roles, const struct endpoint *at)
{
	struct smpp_link *l = mem_new(struct smpp_link);
	l->bind_command = bind_command;
	l->base.name = bind_command == SMPP_BIND_TRANSCEIVER ? "transceiver"
		: bind_command == SMPP_BIND_RECEIVER ? "receiver" : "transmitter";
	carrier_add(&s->carrier, &l->base, roles, at ? at->host : NULL, at ? at->port : 0);
}

static void add_links(struct smpp *s)
{
	const struct smpp_config *c = s->config;
	struct endpoint at[ENDPOINTS_MAX];
	size_t n = endpoint_list(c->host, c->port, &c->link, at);
	for (size_t i = 0; i < n; i++) {
		if (c->bind == BIND_PAIR) {
			add_link(s, SMPP_BIND_TRANSMITTER, LINK_SENDS, &at[i]);
			add_link(s, SMPP_BIND_RECEIVER, LINK_RECEIVES, &at[i]);
		} else {
			add_link(s, SMPP_BIND_TRANSCEIVER, LINK_SENDS | LINK_RECEIVES, &at[i]);
		}
	}
	for (int i = 0; i < OUTBIND_LINKS && c->outbind_listen.host; i++)
		add_link(s, SMPP_BIND_RECEIVER, LINK_RECEIVES | LINK_PASSIVE, NULL);
}

static int create(struct adapter **out, const void *config, const struct adapter_host *host, struct err *e)
{
	const struct smpp_config *c = config;
	struct tls_context *tls = c->tls ? tls_client_context_create(c->tls_ca_file, e) : NULL;
	if (c->tls && !tls)
		return e->code;
	struct smpp *s = mem_new(struct smpp);
	s->config = c;
	s->tls = tls;
	carrier_init(&s->carrier, &smpp_adapter, host, &dialect);
	s->carrier.session_config = (struct session_config){ .name = "smpp", .window = (unsigned)c->window,
		.response_ms = (unsigned)c->response_timeout * 1000, .probe_ms = (unsigned)c->enquire * 1000,
		.reconnect_min_ms = RECONNECT_MIN_MS, .reconnect_max_ms = (unsigned)c->reconnect_max * 1000,
		.frame_max = SMPP_PDU_MAX };
	s->carrier.passive_config = s->carrier.session_config;
	s->carrier.session_config.tls = tls;
	s->carrier.passive_config.passive = true;
	s->carrier.submit_config = (struct submit_config){ .narrow = (enum coding)c->alphabet, .limits = &segment_limits_gsm,
		.pace = (unsigned)c->pace, .parts_max = (unsigned)c->parts_max,
		.resend = c->unanswered == UNANSWERED_RESEND };
	add_links(s);
	carrier_open(&s->carrier, SMPP_PDU_MAX);
	*out = &s->carrier.base;
	return 0;
}

static int start(struct adapter *a, struct err *e)
{
	struct smpp *s = (struct smpp *)a;
	if (s->config->outbind_listen.host && carrier_listen(&s->carrier, &s->config->outbind_listen, e) < 0)
		return e->code;
	return carrier_start(a, e);
}

static void destroy(struct adapter **a)
{
	struct smpp *s = (struct smpp *)*a;
	struct tls_context *tls = s ? s->tls : NULL;
	carrier_destroy(a);
	tls_context_destroy(&tls); /* connections that still close hold on to what they need of it */
}

static unsigned parts(const void *config, const char *text)
{
	return segment_count_as(text, (enum coding)((const struct smpp_config *)config)->alphabet, &segment_limits_gsm);
}

static unsigned parts_max(const void *config)
{
	return (unsigned)((const struct smpp_config *)config)->parts_max;
}

const struct adapter_ops smpp_adapter = {
	.name = "smpp",
	.keys = smpp_config_keys,
	.config_size = sizeof(struct smpp_config),
	.caps = { .kind = "sms", .anytime = true, .code = 20, .text_max = 8000, .verified = true, .receipts = true, .one_best = true },
	.check = smpp_config_check,
	.create = create,
	.start = start,
	.send = carrier_send,
	.sends = carrier_sends,
	.join = segment_join,
	.parts = parts,
	.parts_max = parts_max,
	.drain = carrier_drain,
	.destroy = destroy
};
