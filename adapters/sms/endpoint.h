/* Where a channel's links lead: `host` and `port`, or `link = host:port` for each of several. Pure. */
#ifndef XQ_SMS_ENDPOINT_H
#define XQ_SMS_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/config.h"

enum { ENDPOINTS_MAX = 16, ENDPOINT_HOST_MAX = 254 };

struct endpoint { char host[ENDPOINT_HOST_MAX]; int port; };
/* The links of a section that endpoint_check() found right. port: for a link that names none. */
size_t endpoint_list(const char *host, int port, const struct config_list *link, struct endpoint out[ENDPOINTS_MAX]);
/* Adds a fault where neither host nor link is given, or both are, or a link is none. */
void endpoint_check(const char *host, const struct config_list *link, struct config_section *s, struct faults *f);
/* Warns of the first that is not this machine: what to do instead of speaking without TLS. */
#define ENDPOINT_TUNNEL "run it through the carrier's private line or a tunnel, and say plain = yes"
void endpoint_warn_plain(const char *host, const struct config_list *link, bool plain, const char *instead,
	struct config_section *s, struct faults *f);

#endif
