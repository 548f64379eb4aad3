#include <string.h>

#include "adapters/sms/endpoint.h"
#include "adapters/sms/msg_format.h"
#include "adapters/sms/smgp/login.h"
#include "adapters/sms/smgp/pdu.h"
#include "adapters/sms/smgp/smgp.h"
#include "adapters/sms/smgp/status.h"
#include "adapters/sms/window.h"

#define KEY(k, t, ...) { .name = #k, .type = t, .offset = offsetof(struct smgp_config, k), __VA_ARGS__ }

const struct config_key smgp_config_keys[] = {
	KEY(host, CONFIG_STRING, .doc = "the carrier's SMGW: name or address"),
	KEY(port, CONFIG_INT, .def = "8890", .min = 1, .max = 65535, .doc = "its TCP port"),
	KEY(link, CONFIG_LIST, .doc = "host:port of each of several links, instead of host and port"),
	KEY(plain, CONFIG_BOOL, .def = "no", .doc = CONFIG_PLAIN_DOC),
	KEY(client_id, CONFIG_STRING, .required = true, .doc = "our account, at most 8 characters"),
	KEY(secret, CONFIG_STRING, .required = true, .secret = true, .doc = "the shared secret, at most 15 characters"),
	KEY(version, CONFIG_ENUM, .def = "3.0", .choices = "3.0|1.3", .doc = "of SMGP, as the carrier speaks it"),
	KEY(number, CONFIG_STRING, .required = true, .doc = "our own number, at most 21 characters"),
	KEY(service_id, CONFIG_STRING, .def = "", .doc = "of what we send, at most 10 characters"),
	KEY(window, CONFIG_INT, .def = "16", .min = 1, .max = WINDOW_MAX, .doc = "submits unanswered at once"),
	KEY(pace, CONFIG_INT, .def = "50", .min = 0, .max = 10000, .doc = "parts a second, 0: no limit"),
	KEY(enquire, CONFIG_INT, .def = "180", .min = 0, .max = 3600,
		.doc = "seconds of silence before ACTIVE_TEST, 0: never"),
	KEY(response_timeout, CONFIG_INT, .def = "60", .min = 1, .max = 600,
		.doc = "seconds to wait for an answer; a request is written three times"),
	KEY(reconnect_max, CONFIG_INT, .def = "60", .min = 1, .max = 3600,
		.doc = "longest pause before connecting again, seconds"),
	KEY(parts_max, CONFIG_INT, .def = "255", .min = 1, .max = MSG_PARTS_MAX, .doc = SUBMIT_PARTS_DOC),
	KEY(alphabet, CONFIG_ENUM, .def = "ascii", .choices = MSG_FORMAT_ALPHABETS,
		.doc = "what MsgFormat 0 means in what comes: ascii, gb18030, gsm or latin1"),
	KEY(unanswered, CONFIG_ENUM, .def = "keep", .choices = UNANSWERED_CHOICES, .doc = UNANSWERED_DOC),
	KEY(retry_status, CONFIG_LIST, .def = "1",
		.doc = "status values and ranges after which a message is tried again: 1, 128-255"),
	{ 0 }
};

static void check_length(struct config_section *s, struct faults *f, const char *key, const char *value, size_t most)
{
	if (value && strlen(value) > most)
		config_fault(s, key, f, "%s is longer than SMGP can carry; at most %zu characters would be right", key, most);
}

void smgp_config_check(const void *config, struct config_section *s, struct faults *f)
{
	const struct smgp_config *c = config;
	struct smgp_ranges ranges = { 0 };
	endpoint_check(c->host, &c->link, s, f);
	endpoint_warn_plain(c->host, &c->link, c->plain, "SMGP has none: " ENDPOINT_TUNNEL, s, f);
	check_length(s, f, "client_id", c->client_id, SMGP_CLIENT_ID_MAX);
	check_length(s, f, "secret", c->secret, SMGP_SECRET_MAX);
	check_length(s, f, "number", c->number, SMGP_TERM);
	check_length(s, f, "service_id", c->service_id, 10);
	for (size_t i = 0; i < c->retry_status.count; i++)
		if (!smgp_ranges_add(&ranges, c->retry_status.item[i])) {
			config_fault(s, "retry_status", f, "\"%s\" is no status; up to %d numbers or ranges as in \"1, 128-255\" would be "
				"right", c->retry_status.item[i], SMGP_RANGES_MAX);
			return;
		}
}
