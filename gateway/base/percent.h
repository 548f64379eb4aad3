/* Bytes as they stand in addresses, forms and headers: %XX.
 * Thread: any; pure. */
#ifndef XQ_BASE_PERCENT_H
#define XQ_BASE_PERCENT_H

#include "gateway/base/buf.h"

/* All but ASCII letters, digits and what stands in plain is written as %XX. false: no room. */
bool percent_add(struct buf *out, const char *text, const char *plain);

#endif
