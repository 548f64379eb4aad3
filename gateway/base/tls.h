/* The server's side of TLS over somebody else's bytes (STARTTLS on a struct stream): what came in goes through
 * tls_input(), what goes out through tls_output(), and both append to `wire` what is to be sent. TLS 1.2 or newer.
 * Thread: one at a time per connection; a context may be shared. */
#ifndef XQ_BASE_TLS_H
#define XQ_BASE_TLS_H

#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

struct tls_context;
struct tls;

/* PEM files; the certificate's chain behind it. NULL: words say which file is at fault. */
struct tls_context *tls_context_create(const char *cert_file, const char *key_file, struct err *e);
void tls_context_destroy(struct tls_context **c);

struct tls *tls_accept(struct tls_context *c);
void tls_destroy(struct tls **t);
/* 0, or E_MALFORMED: no TLS, or broken (wire may hold an alert to send before closing). Plain text is appended to plain;
 * past its cap: E_RANGE. */
int tls_input(struct tls *t, const void *p, size_t n, struct buf *plain, struct buf *wire) XQ_MUST_CHECK;
/* Before the handshake is through: E_AGAIN, nothing is taken. */
int tls_output(struct tls *t, const void *p, size_t n, struct buf *wire) XQ_MUST_CHECK;
void tls_end(struct tls *t, struct buf *wire); /* close_notify */

#endif
