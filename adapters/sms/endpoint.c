#include "adapters/sms/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/network.h"

enum { PORT_MAX = 65535 };

static bool copy_host(const char *s, size_t n, struct endpoint *out)
{
	if (!n || n >= sizeof out->host || memchr(s, ' ', n))
		return false;
	memcpy(out->host, s, n);
	out->host[n] = '\0';
	return true;
}

/* "gw1.example:7890", "10.0.0.1", "[2001:db8::1]:7890". */
static bool read_endpoint(const char *s, int port, struct endpoint *out)
{
	const char *close = s[0] == '[' ? strchr(s, ']') : NULL;
	const char *colon = close ? strchr(close, ':') : strchr(s, ':');
	const char *host = close ? s + 1 : s, *end = close ? close : colon ? colon : s + strlen(s);
	char *rest = NULL;
	out->port = port;
	if (colon) {
		long v = strtol(colon + 1, &rest, 10);
		if (colon[1] < '0' || colon[1] > '9' || *rest || v < 1 || v > PORT_MAX)
			return false;
		out->port = (int)v;
	}
	return copy_host(host, (size_t)(end - host), out) && (!close || !close[1] || close + 1 == colon);
}

size_t endpoint_list(const char *host, int port, const struct config_list *link, struct endpoint out[ENDPOINTS_MAX])
{
	size_t n = 0;
	for (; n < link->count && n < ENDPOINTS_MAX; n++)
		must(read_endpoint(link->item[n], port, &out[n]));
	if (!n) {
		must(copy_host(host, strlen(host), &out[0]));
		out[n++].port = port;
	}
	return n;
}

void endpoint_check(const char *host, const struct config_list *link, struct config_section *s, struct faults *f)
{
	struct endpoint e;
	bool single = host && host[0];
	if (!single && !link->count)
		config_fault(s, "host", f, "no address of the carrier; host = NAME, or link = NAME:PORT for each of several links, "
			"would be right");
	if (single && link->count)
		config_fault(s, "link", f, "both host and link; only one of them would be right");
	if (single && !copy_host(host, strlen(host), &e))
		config_fault(s, "host", f, "\"%s\" is no name or address", host);
	if (link->count > ENDPOINTS_MAX)
		config_fault(s, "link", f, "%zu links; at most %d would be right", link->count, (int)ENDPOINTS_MAX);
	for (size_t i = 0; i < link->count; i++)
		if (!read_endpoint(link->item[i], 1, &e)) {
			config_fault(s, "link", f, "\"%s\" is no address; host:port would be right", link->item[i]);
			return;
		}
}

void endpoint_warn_plain(const char *host, const struct config_list *link, bool plain, const char *instead,
	struct config_section *s, struct faults *f)
{
	struct endpoint e;
	if (host && host[0])
		config_warn_plain(s, "host", host, plain, instead, f);
	for (size_t i = 0; i < link->count; i++)
		if (read_endpoint(link->item[i], 1, &e) && !network_is_loopback(e.host)) {
			config_warn_plain(s, "link", e.host, plain, instead, f);
			return;
		}
}
