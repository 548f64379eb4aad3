#include "gateway/base/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "gateway/base/mem.h"

enum { PIECE = 16 << 10 };

struct tls_context {
	SSL_CTX *ssl;
};

struct tls {
	SSL *ssl;
	BIO *in, *out; /* the SSL's own */
};

static int fault(struct err *e, const char *what, const char *file)
{
	char words[200];
	ERR_error_string_n(ERR_peek_last_error(), words, sizeof words);
	ERR_clear_error();
	return err_set(e, E_MALFORMED, "%s %s cannot be used: %s", what, file, words);
}

struct tls_context *tls_context_create(const char *cert_file, const char *key_file, struct err *e)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
	must(ssl != NULL);
	SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	int rc = 0;
	if (SSL_CTX_use_certificate_chain_file(ssl, cert_file) != 1)
		rc = fault(e, "the certificate", cert_file);
	else if (SSL_CTX_use_PrivateKey_file(ssl, key_file, SSL_FILETYPE_PEM) != 1)
		rc = fault(e, "the key", key_file);
	else if (SSL_CTX_check_private_key(ssl) != 1)
		rc = fault(e, "the key does not belong to the certificate:", key_file);
	if (rc < 0) {
		SSL_CTX_free(ssl);
		return NULL;
	}
	struct tls_context *c = mem_new(struct tls_context);
	c->ssl = ssl;
	return c;
}

void tls_context_destroy(struct tls_context **c)
{
	if (*c)
		SSL_CTX_free((*c)->ssl);
	free(*c);
	*c = NULL;
}

struct tls *tls_accept(struct tls_context *c)
{
	struct tls *t = mem_new(struct tls);
	*t = (struct tls){ .ssl = SSL_new(c->ssl), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem()) };
	must(t->ssl && t->in && t->out);
	BIO_set_mem_eof_return(t->in, -1);
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_accept_state(t->ssl);
	return t;
}

void tls_destroy(struct tls **t)
{
	if (*t)
		SSL_free((*t)->ssl);
	free(*t);
	*t = NULL;
}

static void take_wire(struct tls *t, struct buf *wire)
{
	char piece[PIECE];
	int n;
	while ((n = BIO_read(t->out, piece, sizeof piece)) > 0)
		buf_add(wire, piece, (size_t)n);
}

int tls_input(struct tls *t, const void *p, size_t n, struct buf *plain, struct buf *wire)
{
	must(n <= PIECE * 64 && BIO_write(t->in, p, (int)n) == (int)n);
	int rc = 0, got;
	char piece[PIECE];
	while ((got = SSL_read(t->ssl, piece, sizeof piece)) > 0)
		if (!buf_add(plain, piece, (size_t)got)) {
			rc = E_RANGE;
			break;
		}
	int why = got > 0 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, got);
	if (rc == 0 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN)
		rc = E_MALFORMED;
	ERR_clear_error();
	take_wire(t, wire);
	return rc;
}

int tls_output(struct tls *t, const void *p, size_t n, struct buf *wire)
{
	if (!SSL_is_init_finished(t->ssl))
		return E_AGAIN;
	int rc = n == 0 || SSL_write(t->ssl, p, (int)n) == (int)n ? 0 : E_CLOSED;
	ERR_clear_error();
	take_wire(t, wire);
	return rc;
}

void tls_end(struct tls *t, struct buf *wire)
{
	if (SSL_is_init_finished(t->ssl))
		(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
	take_wire(t, wire);
}
