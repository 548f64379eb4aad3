/* application/x-www-form-urlencoded and percent-encoding (RFC 3986), written and read. Pure; any thread. */
#ifndef XQ_SMS_HTTP_FORM_H
#define XQ_SMS_HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/mem.h"

enum { FORM_PAIRS_MAX = 200 };

/* Everything but letters, digits and -._~ as %XX, in capitals. */
bool form_encode(struct buf *out, const char *text);
/* "name=value", with a '&' before it unless out is empty or ends in '?'. */
bool form_add(struct buf *out, const char *name, const char *value);

struct form_pair { const char *name, *value; };
struct form { struct form_pair pair[FORM_PAIRS_MAX]; size_t count; };
/* Strings live in the arena. What is not UTF-8 stays as its bytes; NULs are left out. -1: a '%' without two digits, or
 * more than FORM_PAIRS_MAX pairs. */
int form_read(const char *p, size_t n, struct arena *a, struct form *out);
/* The first of that name, or NULL. */
const char *form_get(const struct form *f, const char *name);
/* By name, then by value; bytes compared. */
void form_sort(struct form *f);

#endif
