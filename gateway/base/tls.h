/* TLS over somebody else's bytes (STARTTLS on a struct stream, a carrier's link), as server or client: what came in goes through
 * tls_input(), what goes out through tls_output(), and both append to `wire` what is to be sent. TLS 1.2 or newer.
 * Thread: one at a time per connection; a context may be shared. */
#ifndef XQ_BASE_TLS_H
#define XQ_BASE_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

struct tls_context;
struct tls;
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

/* A server's certificate (PEM, its chain behind it) and key. They may be renewed while we run: whoever accepts looks now and then
 * whether the files have changed, and takes them when they fit each other; until then, and when they do not, what is there goes on.
 * When the certificate expires stands in /metrics; two weeks before, and from then on daily, looking logs a warning. */
struct tls_files;
struct tls_files *tls_files_create(const char *cert_file, const char *key_file, struct err *e); /* NULL: words say which file is at fault */
void tls_files_destroy(struct tls_files **f);
/* Looks at them at most every two seconds. true: others came into use, which are to be given again to whoever has them. */
bool tls_files_renew(struct tls_files *f);
/* Lets `ssl` use them. TLS 1.2 is the least it speaks afterwards, and whoever was served by another that was given them need not
 * begin anew. */
void tls_files_give(const struct tls_files *f, struct ssl_ctx_st *ssl);

/* PEM files; the certificate's chain behind it. NULL: words say which file is at fault. */
struct tls_context *tls_context_create(const char *cert_file, const char *key_file, struct err *e);
/* A client's: the server must show a certificate that ca_file (PEM; NULL: the system's) vouches for, with its name. */
struct tls_context *tls_client_context_create(const char *ca_file, struct err *e);
void tls_context_destroy(struct tls_context **c);

struct tls *tls_accept(struct tls_context *c);
/* host: the name or address that the server's certificate must hold. tls_input() with nothing begins the handshake. */
struct tls *tls_connect(struct tls_context *c, const char *host);
bool tls_is_ready(const struct tls *t);   /* the handshake is through */
const char *tls_fault(const struct tls *t); /* why tls_input() said E_MALFORMED, for people */
void tls_destroy(struct tls **t);
/* 0, or E_MALFORMED: no TLS, or broken (wire may hold an alert to send before closing). Plain text is appended to plain;
 * past its cap: E_RANGE. */
int tls_input(struct tls *t, const void *p, size_t n, struct buf *plain, struct buf *wire) XQ_MUST_CHECK;
/* Before the handshake is through: E_AGAIN, nothing is taken. */
int tls_output(struct tls *t, const void *p, size_t n, struct buf *wire) XQ_MUST_CHECK;
void tls_end(struct tls *t, struct buf *wire); /* close_notify */

#endif
