/* Calls to the platform's API: each gets the access token put in, is made once more with a new one when the platform rejects
 * it, and ends with what it came to (errors.h). Loop thread only. */
#ifndef XQ_WECHAT_API_H
#define XQ_WECHAT_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/wechat/errors.h"
#include "adapters/wechat/token.h"

enum { API_JSON_MAX = 4 << 20 };

struct api;
struct api_call;

struct api_answer { /* borrowed for the call */
	enum fate fate;
	int code;             /* the platform's errcode; 0 when there was none */
	const char *words;    /* for people; "" when all is well */
	const json_t *json;   /* the answer, an object; NULL when it was none */
	const void *bytes;    /* of a download */
	size_t n;
	const char *type;     /* its declared type, or "" */
};
typedef void api_done_f(void *arg, const struct api_answer *);

struct api *api_create(const struct token_settings *s);
void api_start(struct api *a);
/* Ends every call with FATE_LOST if its question was being written, else FATE_UNREACHED. */
void api_destroy(struct api **a);

/* POSTs json as UTF-8 without escapes. path: below base, as "/cgi-bin/message/custom/send". done runs once, never inside this.
 * twice: made a second time it does no harm. Otherwise it gets a connection of its own: libcurl writes a question anew when a
 * connection it had kept ends without an answer. */
void api_post(struct api *a, const char *path, bool twice, const json_t *body, api_done_f *done, void *arg);
/* GETs a file of at most `most` bytes within `ms`; query: "media_id=…", escaped, or "". A file over the limit is FATE_NEVER. What comes
 * with a Content-Disposition is the file, whatever stands in it. */
void api_download(struct api *a, const char *path, const char *query, size_t most, unsigned ms, api_done_f *done, void *arg);
struct api_file { const char *name, *type; const void *bytes; size_t n; }; /* borrowed until done */
/* POSTs a file as the form field "media", as media/upload wants it. Made twice it does no harm. */
void api_upload(struct api *a, const char *path, const char *query, const struct api_file *f, api_done_f *done, void *arg);
/* The i-th path that was called, and how often since the start; NULL past the last. */
const char *api_counted(const struct api *a, size_t i, uint64_t *n);
struct token *api_token(struct api *a);
void api_token_facts(const struct api *a, struct token_facts *out);
/* Its done does not run any more. */
void api_forget(struct api *a, void *arg);

#endif
