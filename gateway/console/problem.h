/* Problem documents (RFC 9457): how a refusal is said. */
#ifndef XQ_CONSOLE_PROBLEM_H
#define XQ_CONSOLE_PROBLEM_H

#include <jansson.h>

#include "gateway/base/http.h"

/* As text; free() it. code may be NULL; extra is borrowed and may be NULL. */
char *problem_text(int status, const char *code, const char *detail, const json_t *extra);
void problem_answer(struct http_req *, int status, const char *code, const char *detail, const json_t *extra,
	const char *const *headers);
/* The HTTP status for an E_* code. */
int status_of(int rc);

#endif
