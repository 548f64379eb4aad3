#include "gateway/store/pg_dsn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"
#include "gateway/base/network.h"

void pg_words_trim(char *words)
{
	for (char *p = words; *p; p++)
		if (*p == '\n')
			*p = p[1] ? ' ' : '\0';
}

/* Chosen when the DSN is silent. A server that is gone is noticed within half a minute on both sides. */
static const struct {
	const char *key, *value;
} defaults[] = {
	{ "connect_timeout", "5" }, { "target_session_attrs", "read-write" }, { "keepalives_idle", "10" },
	{ "keepalives_interval", "5" }, { "keepalives_count", "3" }, { "tcp_user_timeout", "25000" },
	{ "client_encoding", "UTF8" },
};

static void options_fill(PQconninfoOption *o, const char *name, enum db_role role)
{
	for (; o->keyword; o++) {
		if (o->val && strcmp(o->keyword, "application_name") != 0)
			continue;
		for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
			if (strcmp(o->keyword, defaults[i].key) == 0)
				o->val = strdup(defaults[i].value);
		if (role == DB_STANDBY && strcmp(o->keyword, "target_session_attrs") == 0) {
			free(o->val);
			o->val = strdup("standby");
		}
		if (strcmp(o->keyword, "application_name") == 0) {
			free(o->val);
			o->val = strdup(name);
		}
	}
}

static PQconninfoOption *parse(const char *dsn, struct err *e)
{
	char *why = NULL;
	PQconninfoOption *o = PQconninfoParse(dsn, &why);
	if (!o) {
		err_set(e, E_CONFIG, "is no address of PostgreSQL: %s", why ? why : "no memory");
		pg_words_trim(e->words);
		PQfreemem(why);
	}
	return o;
}

static const char *value_of(const PQconninfoOption *o, const char *keyword)
{
	for (; o->keyword; o++)
		if (strcmp(o->keyword, keyword) == 0 && o->val)
			return o->val;
	return "";
}

/* Every one of a list of hosts: a socket's folder, a loopback address, or none. */
static bool is_near(const char *hosts)
{
	for (;; hosts++) {
		size_t n = strcspn(hosts, ",");
		char *host = mem_strndup(hosts, n);
		bool near = n == 0 || *host == '/' || *host == '@' || network_is_loopback(host);
		free(host);
		if (!near)
			return false;
		hosts += n;
		if (!*hosts)
			return true;
	}
}

static bool is_elsewhere(const PQconninfoOption *o)
{
	return !is_near(value_of(o, "host")) || !is_near(value_of(o, "hostaddr"));
}

int pg_dsn_check(const char *dsn, struct err *e)
{
	PQconninfoOption *o = parse(dsn, e);
	if (!o)
		return E_CONFIG;
	bool said = !is_elsewhere(o) || *value_of(o, "sslmode") || getenv("PGSSLMODE");
	PQconninfoFree(o);
	return said ? 0 : err_set(e, E_CONFIG, "names a server elsewhere and not how its certificate is checked;"
		" '?sslmode=verify-full&sslrootcert=/etc/xinqiao/ca.pem' at its end would be right");
}

bool pg_dsn_unproven(const char *dsn)
{
	struct err e;
	PQconninfoOption *o = parse(dsn, &e);
	if (!o)
		return false;
	const char *mode = *value_of(o, "sslmode") ? value_of(o, "sslmode") : getenv("PGSSLMODE");
	bool unproven = is_elsewhere(o) && (!mode || (strcmp(mode, "verify-full") != 0 && strcmp(mode, "verify-ca") != 0));
	PQconninfoFree(o);
	return unproven;
}

static unsigned count_of(const char *list)
{
	unsigned n = 1;
	for (; *list; list++)
		n += *list == ',';
	return n;
}

/* "a,b,c" by 1: "b,c,a". */
static void turn(PQconninfoOption *o, unsigned by)
{
	unsigned n = o->val ? count_of(o->val) : 1;
	const char *p = o->val;
	if (n < 2 || by % n == 0)
		return;
	for (by %= n; by > 0; by--)
		p += strcspn(p, ",") + 1;
	size_t size = strlen(o->val) + 1;
	char *turned = malloc(size);
	must(turned);
	snprintf(turned, size, "%s,%.*s", p, (int)(p - o->val - 1), o->val);
	free(o->val);
	o->val = turned;
}

static void turn_hosts(PQconninfoOption *o, unsigned by, unsigned *hosts)
{
	static const char *const lists[] = { "host", "hostaddr", "port" };
	unsigned named = count_of(value_of(o, "host")), numbered = count_of(value_of(o, "hostaddr"));
	*hosts = named > numbered ? named : numbered;
	for (; o->keyword; o++)
		for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
			if (strcmp(o->keyword, lists[i]) == 0)
				turn(o, by);
}

PGconn *pg_dsn_connect(const char *dsn, const char *name, enum db_role role, unsigned first, unsigned *hosts, struct err *e)
{
	PQconninfoOption *o = parse(dsn, e);
	if (!o)
		return NULL;
	options_fill(o, name, role);
	turn_hosts(o, first, hosts);
	size_t n = 0;
	while (o[n].keyword)
		n++;
	const char **key = mem_calloc(n + 1, sizeof *key), **value = mem_calloc(n + 1, sizeof *value);
	size_t used = 0;
	for (size_t i = 0; i < n; i++)
		if (o[i].val && *o[i].val) {
			key[used] = o[i].keyword;
			value[used++] = o[i].val;
		}
	PGconn *c = PQconnectdbParams(key, value, 0);
	free(key);
	free(value);
	PQconninfoFree(o);
	return c;
}
