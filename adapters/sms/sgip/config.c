#include <stdlib.h>
#include <string.h>

#include "adapters/sms/endpoint.h"
#include "adapters/sms/msg_format.h"
#include "adapters/sms/sgip/pdu.h"
#include "adapters/sms/sgip/sgip.h"
#include "adapters/sms/window.h"

enum { LOGIN_MAX = 16, CORP_ID_MAX = 5, SERVICE_TYPE_MAX = 10, FEE_VALUE_MAX = 6, SGIP_WINDOW = 32, NODE_DIGITS = 10 };

#define KEY(k, t, ...) { .name = #k, .type = t, .offset = offsetof(struct sgip_config, k), __VA_ARGS__ }

const struct config_key sgip_config_keys[] = {
	KEY(host, CONFIG_STRING, .doc = "China Unicom's SMG: name or address"),
	KEY(port, CONFIG_INT, .def = "8801", .min = 1, .max = 65535, .doc = "its TCP port"),
	KEY(link, CONFIG_LIST, .doc = "host:port of each of several links, instead of host and port"),
	KEY(plain, CONFIG_BOOL, .def = "no", .doc = CONFIG_PLAIN_DOC),
	KEY(login, CONFIG_STRING, .required = true, .doc = "our name at the SMG, at most 16 characters"),
	KEY(password, CONFIG_STRING, .required = true, .secret = true, .doc = "its password, at most 16 characters"),
	KEY(listen, CONFIG_LISTEN, .required = true, .doc = "where the SMG connects to us"),
	KEY(smg_login, CONFIG_STRING, .required = true, .doc = "the SMG's name at our door, at most 16 characters"),
	KEY(smg_password, CONFIG_STRING, .required = true, .secret = true, .doc = "its password, at most 16 characters"),
	KEY(node_id, CONFIG_STRING, .required = true, .doc = "our node number: 3, area code in 4 digits, enterprise code in 5"),
	KEY(corp_id, CONFIG_STRING, .required = true, .doc = "our enterprise code, at most 5 characters"),
	KEY(number, CONFIG_STRING, .required = true, .doc = "our own number, at most 21 characters"),
	KEY(service_type, CONFIG_STRING, .def = "", .doc = "of what we send, at most 10 characters"),
	KEY(window, CONFIG_INT, .def = "16", .min = 1, .max = SGIP_WINDOW, .doc = "submits unanswered at once, at most 32"),
	KEY(pace, CONFIG_INT, .def = "50", .min = 0, .max = 10000, .doc = "parts a second, 0: no limit"),
	KEY(response_timeout, CONFIG_INT, .def = "30", .min = 1, .max = 600,
		.doc = "seconds to wait for an answer; a request is written three times"),
	KEY(reconnect_max, CONFIG_INT, .def = "60", .min = 1, .max = 3600,
		.doc = "longest pause before connecting again, seconds"),
	KEY(idle, CONFIG_INT, .def = "30", .min = 0, .max = 3600,
		.doc = "seconds without a message before our link is unbound until there is one, 0: never"),
	KEY(parts_max, CONFIG_INT, .def = "255", .min = 1, .max = MSG_PARTS_MAX, .doc = SUBMIT_PARTS_DOC),
	KEY(alphabet, CONFIG_ENUM, .def = "ascii", .choices = MSG_FORMAT_ALPHABETS,
		.doc = "what MessageCoding 0 means in what comes: ascii, gb18030, gsm or latin1"),
	KEY(unanswered, CONFIG_ENUM, .def = "keep", .choices = UNANSWERED_CHOICES, .doc = UNANSWERED_DOC),
	KEY(charge, CONFIG_ENUM, .def = "sp", .choices = "sp|user", .doc = "who is charged: we, or the citizen"),
	KEY(fee_type, CONFIG_INT, .def = "1", .min = 0, .max = 4,
		.doc = "0 only recorded, 1 free, 2 per message, 3 monthly, 4 by the SP"),
	KEY(fee_value, CONFIG_STRING, .def = "0", .doc = "in fen, at most 6 digits"),
	{ 0 }
};

static void check_length(struct config_section *s, struct faults *f, const char *key, const char *value, size_t most)
{
	if (value && strlen(value) > most)
		config_fault(s, key, f, "%s is longer than SGIP can carry; at most %zu characters would be right", key, most);
}

void sgip_config_check(const void *config, struct config_section *s, struct faults *f)
{
	const struct sgip_config *c = config;
	endpoint_check(c->host, &c->link, s, f);
	endpoint_warn_plain(c->host, &c->link, c->plain, "SGIP has none: " ENDPOINT_TUNNEL, s, f);
	config_warn_plain(s, "listen", c->listen.host, c->plain, "SGIP has none: " ENDPOINT_TUNNEL, f);
	check_length(s, f, "login", c->login, LOGIN_MAX);
	check_length(s, f, "password", c->password, LOGIN_MAX);
	check_length(s, f, "smg_login", c->smg_login, LOGIN_MAX);
	check_length(s, f, "smg_password", c->smg_password, LOGIN_MAX);
	check_length(s, f, "corp_id", c->corp_id, CORP_ID_MAX);
	check_length(s, f, "number", c->number, SGIP_NUMBER);
	check_length(s, f, "service_type", c->service_type, SERVICE_TYPE_MAX);
	check_length(s, f, "fee_value", c->fee_value, FEE_VALUE_MAX);
	size_t digits = c->node_id ? strspn(c->node_id, "0123456789") : 0;
	if (c->node_id && (!digits || c->node_id[digits] || digits > NODE_DIGITS || strtoull(c->node_id, NULL, 10) > UINT32_MAX))
		config_fault(s, "node_id", f, "\"%s\" is no node number; up to 10 digits as in 3010092008 would be right", c->node_id);
}
