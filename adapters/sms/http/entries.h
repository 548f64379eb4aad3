/* JSON that providers post: an array of entries, or a single one. Pure; strings live in the call's arena. */
#ifndef XQ_SMS_HTTP_ENTRIES_H
#define XQ_SMS_HTTP_ENTRIES_H

#include <jansson.h>

#include "adapters/sms/http/provider.h"

/* The entry as each() shall get it; zeroed before, kind ENTRY_BAD with its reason for what cannot be read. */
typedef void entry_read_f(const struct provider_call *, const json_t *object, struct provider_entry *out);
/* -1: no JSON, or neither an object nor an array of at most PROVIDER_ENTRIES_MAX. Bytes that are not UTF-8 inside
 * become U+FFFD; what in an array is no object is a bad entry. */
int entries_read(const struct provider_call *c, entry_read_f *read, provider_each_f *each, void *arg);
/* A string (NULs left out) or a number as text; NULL: neither. */
const char *entry_text(const struct provider_call *c, const json_t *object, const char *key);

#endif
