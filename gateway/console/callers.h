/* Who was found lately by a token or a session. Whoever shows another is a stranger of his network and has its turns at the store, and
 * his pace stands among strangers': else secrets that are none would take everybody's turns and push out everybody's pace. Known are the
 * CALLERS_MAX that asked last; nobody takes a place who was not found. Time is passed in. Thread: the loop. */
#ifndef XQ_CONSOLE_CALLERS_H
#define XQ_CONSOLE_CALLERS_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/crypto.h"

enum { CALLERS_MAX = 1024 };
struct callers { struct caller { char hash[HEX_SHA256]; int64_t at; } caller[CALLERS_MAX]; };
/* hash: of the token or session, as who.h has it; "" is nobody's. */
bool callers_know(const struct callers *, const char *hash);
void callers_met(struct callers *, const char *hash, int64_t now_ms);
void callers_forget(struct callers *, const char *hash); /* it is none any more */

#endif
