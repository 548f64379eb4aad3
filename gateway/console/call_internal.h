/* Inside the calls: call.c has their life and their jobs, call_read.c takes one out of its request, call_answer.c writes what it leaves.
 * Nobody else includes this. Loop thread. */
#ifndef XQ_CONSOLE_CALL_INTERNAL_H
#define XQ_CONSOLE_CALL_INTERNAL_H

#include "gateway/console/call.h"

/* Query, Idempotency-Key and body. 0, or the status to refuse with. */
int call_read(struct call *, const char **detail);
/* Answers what the call holds; it stays. */
void call_answer(struct call *);
/* Answers with a problem, and frees the call. */
void call_refuse(struct call *, int status, const char *code, const char *detail);
void call_free(struct call *);

#endif
