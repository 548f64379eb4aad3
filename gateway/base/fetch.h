/* libcurl's multi interface on the loop, for HTTP clients. Not for SMTP and IMAP transfers: libcurl 7.88 waits for some of their
 * answers inside curl_multi_socket_action(), and the loop with it (the email adapter takes only the login from libcurl).
 *
 * The caller makes an easy handle, sets its options, and gives it away; done() runs once on the loop with the result
 * and gets the handle back to read its info and clean it up. Time-outs are the caller's options (fetch_handle() sets
 * sane ones: connect 10 s, whole 60 s, TLS verified, no signals, no redirects, no proxy from the environment).
 * CURLOPT_PRIVATE and CURLOPT_ERRORBUFFER are ours until done(). Thread: the loop's. */
#ifndef XQ_BASE_FETCH_H
#define XQ_BASE_FETCH_H

#include <curl/curl.h>
#include <uv.h>

#include "gateway/base/err.h"

struct fetch;
struct fetch *fetch_create(uv_loop_t *loop, struct err *e);
void fetch_destroy(struct fetch **f); /* pending handles end with CURLE_ABORTED_BY_CALLBACK first; run the loop after */
CURL *fetch_handle(void);
/* words: what went wrong, for people; result CURLE_OK: not to be shown. */
void fetch_start(struct fetch *f, CURL *easy,
	void (*done)(CURL *easy, CURLcode result, const char *words, void *arg), void *arg);
/* Ends one early; its done() runs before this returns, with CURLE_ABORTED_BY_CALLBACK. Not from a libcurl callback. */
void fetch_cancel(struct fetch *f, CURL *easy);

#endif
