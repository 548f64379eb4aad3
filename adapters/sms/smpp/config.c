#include <string.h>

#include "adapters/sms/endpoint.h"
#include "adapters/sms/msg_format.h"
#include "adapters/sms/receipt.h"
#include "adapters/sms/smpp/smpp.h"
#include "adapters/sms/window.h"

#define KEY(k, t, ...) { .name = #k, .type = t, .offset = offsetof(struct smpp_config, k), __VA_ARGS__ }

const struct config_key smpp_config_keys[] = {
	KEY(host, CONFIG_STRING, .doc = "the carrier's SMSC: name or address"),
	KEY(port, CONFIG_INT, .def = "2775", .min = 1, .max = 65535, .doc = "its TCP port"),
	KEY(link, CONFIG_LIST, .doc = "host:port of each of several links, instead of host and port"),
	KEY(system_id, CONFIG_STRING, .required = true, .doc = "our account, at most 15 characters"),
	KEY(password, CONFIG_STRING, .required = true, .secret = true, .doc = "its password, at most 8 characters"),
	KEY(system_type, CONFIG_STRING, .def = "", .doc = "as the carrier asks, at most 12 characters"),
	KEY(service_type, CONFIG_STRING, .def = "", .doc = "of what we send, at most 5 characters"),
	KEY(number, CONFIG_STRING, .required = true, .doc = "our own number, at most 20 characters"),
	KEY(bind, CONFIG_ENUM, .def = "transceiver", .choices = "transceiver|pair",
		.doc = "one link for both directions, or a transmitter and a receiver"),
	KEY(window, CONFIG_INT, .def = "10", .min = 1, .max = WINDOW_MAX, .doc = "submits unanswered at once"),
	KEY(pace, CONFIG_INT, .def = "50", .min = 0, .max = 10000, .doc = "parts a second, 0: no limit"),
	KEY(enquire, CONFIG_INT, .def = "30", .min = 0, .max = 3600,
		.doc = "seconds of silence before enquire_link, 0: never"),
	KEY(response_timeout, CONFIG_INT, .def = "60", .min = 1, .max = 600, .doc = "seconds to wait for an answer"),
	KEY(reconnect_max, CONFIG_INT, .def = "60", .min = 1, .max = 3600,
		.doc = "longest pause before connecting again, seconds"),
	KEY(alphabet, CONFIG_ENUM, .def = "gsm", .choices = MSG_FORMAT_ALPHABETS,
		.doc = "what data_coding 0 means on this link"),
	KEY(message_id, CONFIG_ENUM, .def = "raw", .choices = "raw|resp-hex|receipt-hex",
		.doc = "where message ids are hexadecimal: nowhere, in submit_sm_resp, in receipts"),
	KEY(parts_max, CONFIG_INT, .def = "255", .min = 1, .max = MSG_PARTS_MAX, .doc = SUBMIT_PARTS_DOC),
	KEY(unanswered, CONFIG_ENUM, .def = "keep", .choices = UNANSWERED_CHOICES, .doc = UNANSWERED_DOC),
	KEY(tls, CONFIG_BOOL, .def = "no", .doc = "our links go through TLS; the SMSC's certificate is checked"),
	KEY(tls_ca_file, CONFIG_PATH, .doc = "certificates to trust instead of the system's"),
	KEY(plain, CONFIG_BOOL, .def = "no", .doc = CONFIG_PLAIN_DOC),
	KEY(outbind_listen, CONFIG_LISTEN, .doc = "where the SMSC may connect to us and say outbind"),
	KEY(outbind_system_id, CONFIG_STRING, .def = "", .doc = "who it must say it is"),
	KEY(outbind_password, CONFIG_STRING, .def = "", .secret = true, .doc = "and its password"),
	KEY(source_ton, CONFIG_INT, .def = "-1", .min = -1, .max = 6, .doc = "type of our number, -1: from its form"),
	KEY(source_npi, CONFIG_INT, .def = "-1", .min = -1, .max = 18,
		.doc = "numbering plan of our number, -1: from its form"),
	KEY(dest_ton, CONFIG_INT, .def = "-1", .min = -1, .max = 6, .doc = "type of citizens' numbers, -1: from their form"),
	KEY(dest_npi, CONFIG_INT, .def = "-1", .min = -1, .max = 18,
		.doc = "numbering plan of citizens' numbers, -1: from their form"),
	{ 0 }
};

static void check_length(struct config_section *s, struct faults *f, const char *key, const char *value, size_t most)
{
	if (value && strlen(value) > most)
		config_fault(s, key, f, "%s is longer than SMPP can carry; at most %zu characters would be right", key, most);
}

void smpp_config_check(const void *config, struct config_section *s, struct faults *f)
{
	const struct smpp_config *c = config;
	endpoint_check(c->host, &c->link, s, f);
	endpoint_warn_plain(c->host, &c->link, c->tls || c->plain,
		"tls = yes where the carrier speaks it; else " ENDPOINT_TUNNEL, s, f);
	config_warn_plain(s, "outbind_listen", c->outbind_listen.host, c->plain, "it never speaks it: " ENDPOINT_TUNNEL, f);
	check_length(s, f, "system_id", c->system_id, 15);
	check_length(s, f, "password", c->password, 8);
	check_length(s, f, "system_type", c->system_type, 12);
	check_length(s, f, "service_type", c->service_type, 5);
	check_length(s, f, "number", c->number, 20);
	if (c->outbind_listen.host && (!c->outbind_system_id[0] || !c->outbind_password[0]))
		config_fault(s, "outbind_listen", f, "whoever connects there and says outbind would be given our password and bring messages of "
			"citizens; set outbind_system_id and outbind_password to what your carrier says");
}
