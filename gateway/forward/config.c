#include <string.h>

#include "gateway/flow/catalog.h"
#include "gateway/forward/forward.h"
#include "gateway/forward/sign.h"
#include "gateway/model/event_kind.h"
#include "gateway/store/staff.h"

const struct config_key forward_keys[] = {
	{ "url", CONFIG_STRING, offsetof(struct forward_config, url), .required = true, .doc = "where events are POSTed; https:// outside a test" },
	{ "secret", CONFIG_STRING, offsetof(struct forward_config, secret), .required = true, .secret = true,
		.doc = "the signature's key: whsec_ and base64, or any text of 16 bytes and more" },
	{ "events", CONFIG_LIST, offsetof(struct forward_config, events), .doc = "kinds of events; default: all" },
	{ "departments", CONFIG_LIST, offsetof(struct forward_config, departments), .doc = "only tickets of these departments; default: all" },
	{ "not_from", CONFIG_LIST, offsetof(struct forward_config, not_from),
		.doc = "whose events are not sent: api:TOKEN, so that a core system does not hear of its own steps" },
	{ "peers", CONFIG_ENUM, offsetof(struct forward_config, peers), .def = "masked", .choices = "masked|full",
		.doc = "the citizen's address and name: masked, or as they are" },
	{ "parallel", CONFIG_INT, offsetof(struct forward_config, parallel), .def = "4", .min = 1, .max = 32, .doc = "tickets at once" },
	{ "timeout", CONFIG_INT, offsetof(struct forward_config, timeout), .def = "10", .min = 1, .max = 120, .doc = "seconds for one answer" },
	{ "days", CONFIG_INT, offsetof(struct forward_config, days), .def = "7", .min = 1, .max = 60,
		.doc = "how long an event that is refused is tried again" },
	{ "plain", CONFIG_BOOL, offsetof(struct forward_config, plain), .def = "no", .doc = CONFIG_PLAIN_DOC },
	{ "tls_ca_file", CONFIG_PATH, offsetof(struct forward_config, tls_ca_file), .doc = "certificates to trust instead of the system's" },
	{ 0 },
};

static void events_check(const struct forward_config *c, struct config_section *s, struct faults *f)
{
	for (size_t i = 0; i < c->events.count; i++)
		if (!event_kind_of_ticket(c->events.item[i]))
			config_fault(s, "events", f, "there is no kind of event '%.60s' that tickets have", c->events.item[i]);
}

/* Whether there is such a token is known to the store alone. */
static void not_from_check(const struct forward_config *c, struct config_section *s, struct faults *f)
{
	for (size_t i = 0; i < c->not_from.count; i++) {
		const char *actor = c->not_from.item[i];
		bool token = strncmp(actor, "api:", 4) == 0 && actor[4] != '\0';
		if (!token && !staff_name_own(actor))
			config_fault(s, "not_from", f, "'%.60s' is no token; api:NAME would be right, or citizen, system, clock, command, import", actor);
	}
}

void forward_departments_check(const struct forward_config *c, const struct catalog *catalog, struct config_section *s, struct faults *f)
{
	for (size_t i = 0; i < c->departments.count; i++)
		if (catalog_department(catalog, c->departments.item[i]) == NULL)
			config_fault(s, "departments", f, "'%.60s' is no code of departments.csv", c->departments.item[i]);
}

void forward_check(const struct forward_config *c, struct config_section *s, struct faults *f)
{
	events_check(c, s, f);
	not_from_check(c, s, f);
	struct forward_key key;
	struct err e = { 0 };
	if (strncmp(c->url, "https://", 8) != 0 && strncmp(c->url, "http://", 7) != 0)
		config_fault(s, "url", f, "'%s' is no address; https://HOST/PATH would be right", c->url);
	else if (strncmp(c->url, "http://", 7) == 0)
		config_warn_plain(s, "url", c->url, c->plain, "https:// would be right, or a tunnel and plain = yes", f);
	if (forward_key_read(c->secret, &key, &e) < 0)
		config_fault(s, "secret", f, "%s", e.words);
}
