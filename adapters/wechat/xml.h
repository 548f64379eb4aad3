/* A push's XML as a flat list of fields. libxml2 parses it; a DOCTYPE, any entity but the five of XML, and everything over
 * the limits is refused while it is read, and nothing is ever fetched. Pure; thread: any. */
#ifndef XQ_WECHAT_XML_H
#define XQ_WECHAT_XML_H

#include <stddef.h>

#include "gateway/base/mem.h"

enum { XML_DEPTH_MAX = 8, XML_FIELDS_MAX = 400, XML_PATH_MAX = 200 };

/* path: the names below the root, "Content" or "SubscribeMsgSentEvent/List/TemplateId"; text as written, nothing trimmed. */
struct xml_field { const char *path, *text; };
struct xml_fields { struct xml_field *field; size_t n; };

/* Strings and fields live in the arena. 1, or -1: not well-formed UTF-8 XML of a kind we take. */
int xml_read(struct arena *a, const char *p, size_t n, struct xml_fields *out);
/* The first field of that path; NULL: none. */
const char *xml_get(const struct xml_fields *f, const char *path);

#endif
