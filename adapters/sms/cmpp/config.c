#include <string.h>

#include "adapters/sms/cmpp/cmpp.h"
#include "adapters/sms/cmpp/login.h"
#include "adapters/sms/endpoint.h"
#include "adapters/sms/msg_format.h"
#include "adapters/sms/window.h"

#define KEY(k, t, ...) { .name = #k, .type = t, .offset = offsetof(struct cmpp_config, k), __VA_ARGS__ }

const struct config_key cmpp_config_keys[] = {
	KEY(host, CONFIG_STRING, .doc = "China Mobile's ISMG: name or address"),
	KEY(port, CONFIG_INT, .def = "7890", .min = 1, .max = 65535, .doc = "its TCP port"),
	KEY(link, CONFIG_LIST, .doc = "host:port of each of several links, instead of host and port"),
	KEY(plain, CONFIG_BOOL, .def = "no", .doc = CONFIG_PLAIN_DOC),
	KEY(source_addr, CONFIG_STRING, .required = true, .doc = "our SP id, at most 6 characters"),
	KEY(secret, CONFIG_STRING, .required = true, .secret = true, .doc = "the secret that goes with it"),
	KEY(version, CONFIG_ENUM, .def = "3.0", .choices = "2.0|3.0", .doc = "highest version to speak"),
	KEY(number, CONFIG_STRING, .required = true, .doc = "our own number, at most 21 characters"),
	KEY(service_id, CONFIG_STRING, .def = "", .doc = "the service code, at most 10 characters"),
	KEY(window, CONFIG_INT, .def = "16", .min = 1, .max = WINDOW_MAX, .doc = "submits unanswered at once"),
	KEY(pace, CONFIG_INT, .def = "50", .min = 0, .max = 10000, .doc = "parts a second, 0: no limit"),
	KEY(enquire, CONFIG_INT, .def = "30", .min = 0, .max = 3600,
		.doc = "seconds of silence before ACTIVE_TEST, 0: never"),
	KEY(response_timeout, CONFIG_INT, .def = "60", .min = 1, .max = 600,
		.doc = "seconds to wait for an answer before a request is written again"),
	KEY(reconnect_max, CONFIG_INT, .def = "60", .min = 1, .max = 3600,
		.doc = "longest pause before connecting again, seconds"),
	KEY(parts_max, CONFIG_INT, .def = "255", .min = 1, .max = MSG_PARTS_MAX, .doc = SUBMIT_PARTS_DOC),
	KEY(alphabet, CONFIG_ENUM, .def = "ascii", .choices = MSG_FORMAT_ALPHABETS,
		.doc = "what Msg_Fmt 0 means in what comes: ascii, gb18030, gsm or latin1"),
	KEY(unanswered, CONFIG_ENUM, .def = "keep", .choices = UNANSWERED_CHOICES, .doc = UNANSWERED_DOC),
	KEY(verify_server, CONFIG_ENUM, .def = "warn", .choices = "warn|yes|no",
		.doc = "what to do with a server that does not prove it knows the secret"),
	KEY(pad_source_addr, CONFIG_BOOL, .def = "no", .doc = "fill an SP id below 6 characters up before it is digested"),
	KEY(fee_user_type, CONFIG_INT, .def = "2", .min = 0, .max = 2,
		.doc = "who is charged: 0 the citizen, 1 the source, 2 the SP"),
	KEY(fee_type, CONFIG_STRING, .def = "01", .doc = "01 free, 02 per message, 03 monthly"),
	KEY(fee_code, CONFIG_STRING, .def = "000000", .doc = "in fen, at most 6 digits"),
	{ 0 }
};

static void check_length(struct config_section *s, struct faults *f, const char *key, const char *value, size_t most)
{
	if (value && strlen(value) > most)
		config_fault(s, key, f, "%s is longer than CMPP can carry; at most %zu characters would be right", key, most);
}

void cmpp_config_check(const void *config, struct config_section *s, struct faults *f)
{
	const struct cmpp_config *c = config;
	endpoint_check(c->host, &c->link, s, f);
	endpoint_warn_plain(c->host, &c->link, c->plain, "CMPP has none: " ENDPOINT_TUNNEL, s, f);
	check_length(s, f, "source_addr", c->source_addr, CMPP_SP_ID_MAX);
	check_length(s, f, "secret", c->secret, CMPP_SECRET_MAX);
	check_length(s, f, "number", c->number, 21);
	check_length(s, f, "service_id", c->service_id, 10);
	check_length(s, f, "fee_type", c->fee_type, 2);
	check_length(s, f, "fee_code", c->fee_code, 6);
}
