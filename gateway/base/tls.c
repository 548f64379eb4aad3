#include "gateway/base/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"

enum { PIECE = 16 << 10, LOOK_MS = 2000, TICKET_KEYS = 80, SOON_S = 14 * 24 * 3600, TELL_MS = 24 * 3600 * 1000 };

struct tls_files {
	char *cert, *key;
	struct timespec cert_at, key_at; /* of what was looked at last */
	int64_t looked_at, told_at; /* 0: nobody was told that it expires */
	SSL_CTX *good; /* has them as they were when they fitted each other last; serves nobody itself */
	time_t until;  /* good's certificate is valid; 0: it does not say */
};

struct tls_context {
	SSL_CTX *ssl;
	struct tls_files *files; /* a server's */
};

struct tls {
	SSL *ssl;
	BIO *in, *out; /* the SSL's own */
};

/* The first of OpenSSL's errors is the cause, the others say who passed it on. */
static int fault(struct err *e, const char *what, const char *file)
{
	unsigned long first = ERR_peek_error();
	const char *reason = ERR_reason_error_string(first);
	ERR_clear_error();
	if (ERR_SYSTEM_ERROR(first))
		return err_set(e, E_MALFORMED, "%s %s cannot be used: %s", what, file, strerror(ERR_GET_REASON(first)));
	return err_set(e, E_MALFORMED, "%s %s cannot be used: %s; a PEM file would be right", what, file, reason ? reason : "no reason is known");
}

static int alien(struct err *e, const struct tls_files *f)
{
	ERR_clear_error();
	return err_set(e, E_MALFORMED, "the key %s does not belong to the certificate %s", f->key, f->cert);
}

static int key_fault(struct err *e, const struct tls_files *f, bool sealed)
{
	if (!sealed)
		return ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_X509 ? alien(e, f) : fault(e, "the key", f->key);
	ERR_clear_error();
	return err_set(e, E_MALFORMED, "the key %s asks for a pass phrase; one without would be right", f->key);
}

/* OpenSSL would ask at the terminal, and hold the loop until somebody answers. */
static int ask_nobody(char *out, int size, int writing, void *sealed)
{
	(void)out;
	(void)size;
	(void)writing;
	*(bool *)sealed = true;
	return -1;
}

/* --- a server's files --- */

/* Who was served before has a ticket, sealed by these keys. */
static void tickets_give(SSL_CTX *from, SSL_CTX *to)
{
	uint8_t keys[TICKET_KEYS];
	long n = SSL_CTX_get_tlsext_ticket_keys(from, NULL, 0);
	must(n <= (long)sizeof keys);
	must(SSL_CTX_get_tlsext_ticket_keys(from, keys, n) == 1 && SSL_CTX_set_tlsext_ticket_keys(to, keys, n) == 1);
	OPENSSL_cleanse(keys, sizeof keys);
}

static void until_read(struct tls_files *f)
{
	struct tm tm;
	f->until = ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(f->good)), &tm) == 1 ? timegm(&tm) : 0;
	f->told_at = 0;
	char *labels = mem_printf("file=\"%s\"", f->cert);
	for (char *p = labels + sizeof "file=\"" - 1; p[1]; p++)
		if (*p == '"' || *p == '\\' || *p == '\n')
			*p = '_';
	metric_set(metric_gauge("xinqiao_certificate_expires_timestamp_seconds", labels, "When a certificate of ours expires, in seconds since 1970"),
		f->until);
	free(labels);
}

/* In a context of their own: half a pair never comes into use. */
static int files_load(struct tls_files *f, struct err *e)
{
	int rc = 0;
	bool sealed = false;
	SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
	must(ssl != NULL);
	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ssl, ask_nobody);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, &sealed);
	if (SSL_CTX_use_certificate_chain_file(ssl, f->cert) != 1)
		rc = fault(e, "the certificate", f->cert);
	else if (SSL_CTX_use_PrivateKey_file(ssl, f->key, SSL_FILETYPE_PEM) != 1)
		rc = key_fault(e, f, sealed);
	else if (SSL_CTX_check_private_key(ssl) != 1) /* of another kind: OpenSSL keeps both, and misses a certificate */
		rc = alien(e, f);
	if (rc < 0) {
		SSL_CTX_free(ssl);
		return rc;
	}
	SSL_CTX_set_default_passwd_cb(ssl, NULL);
	SSL_CTX_set_default_passwd_cb_userdata(ssl, NULL);
	if (f->good)
		tickets_give(f->good, ssl);
	SSL_CTX_free(f->good);
	f->good = ssl;
	until_read(f);
	return 0;
}

/* Browsers, carriers and mail servers turn away from one that has expired, and say so to nobody here. Once a day. */
static void until_tell(struct tls_files *f, int64_t now)
{
	char day[CLOCK_TEXT];
	int64_t left = f->until - time(NULL);
	if (!f->until || left > SOON_S || (f->told_at && now - f->told_at < TELL_MS))
		return;
	f->told_at = now;
	log_warn("tls", left > 0 ? "the certificate expires soon" : "the certificate has expired", "file=%s until=%s days_left=%lld",
		f->cert, clock_rfc3339((int64_t)f->until * 1000, day), (long long)(left > 0 ? left / (24 * 3600) : 0));
}

static bool is_new(const char *path, struct timespec *at)
{
	struct stat st;
	if (stat(path, &st) < 0 || (st.st_mtim.tv_sec == at->tv_sec && st.st_mtim.tv_nsec == at->tv_nsec))
		return false;
	*at = st.st_mtim;
	return true;
}

static bool files_changed(struct tls_files *f)
{
	bool cert = is_new(f->cert, &f->cert_at), key = is_new(f->key, &f->key_at);
	return cert || key;
}

struct tls_files *tls_files_create(const char *cert_file, const char *key_file, struct err *e)
{
	struct tls_files *f = mem_new(struct tls_files);
	*f = (struct tls_files){ .cert = mem_strdup(cert_file), .key = mem_strdup(key_file), .looked_at = clock_monotonic() };
	(void)files_changed(f);
	if (files_load(f, e) < 0)
		tls_files_destroy(&f);
	return f;
}

void tls_files_destroy(struct tls_files **f)
{
	if (*f) {
		free((*f)->cert);
		free((*f)->key);
		SSL_CTX_free((*f)->good);
	}
	free(*f);
	*f = NULL;
}

bool tls_files_renew(struct tls_files *f)
{
	struct err e = { 0 };
	int64_t now = clock_monotonic();
	if (now - f->looked_at < LOOK_MS)
		return false;
	f->looked_at = now;
	bool changed = files_changed(f), renewed = changed && files_load(f, &e) == 0;
	if (renewed)
		log_info("tls", "certificate renewed", "file=%s", f->cert);
	else if (changed)
		log_warn("tls", "the renewed certificate is not used yet", "why=%s", e.words);
	until_tell(f, now);
	return renewed;
}

void tls_files_give(const struct tls_files *f, SSL_CTX *ssl)
{
	static const uint8_t name[] = "xinqiao"; /* a ticket is taken only under the name it was given under */
	STACK_OF(X509) *chain = NULL;
	must(SSL_CTX_get0_chain_certs(f->good, &chain) == 1);
	must(SSL_CTX_use_cert_and_key(ssl, SSL_CTX_get0_certificate(f->good), SSL_CTX_get0_privatekey(f->good), chain, 1) == 1);
	must(SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1);
	must(SSL_CTX_set_session_id_context(ssl, name, sizeof name - 1) == 1);
	tickets_give(f->good, ssl);
}

/* --- contexts --- */

struct tls_context *tls_context_create(const char *cert_file, const char *key_file, struct err *e)
{
	struct tls_files *files = tls_files_create(cert_file, key_file, e);
	if (files == NULL)
		return NULL;
	SSL_CTX *ssl = SSL_CTX_new(TLS_server_method());
	must(ssl != NULL);
	tls_files_give(files, ssl);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	struct tls_context *c = mem_new(struct tls_context);
	*c = (struct tls_context){ .ssl = ssl, .files = files };
	return c;
}

struct tls_context *tls_client_context_create(const char *ca_file, struct err *e)
{
	SSL_CTX *ssl = SSL_CTX_new(TLS_client_method());
	must(ssl != NULL);
	SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	ERR_clear_error();
	int ok = ca_file ? SSL_CTX_load_verify_locations(ssl, ca_file, NULL) : SSL_CTX_set_default_verify_paths(ssl);
	if (ok != 1) {
		(void)fault(e, "the certificates in", ca_file ? ca_file : "the system's folder");
		SSL_CTX_free(ssl);
		return NULL;
	}
	struct tls_context *c = mem_new(struct tls_context);
	c->ssl = ssl;
	return c;
}

void tls_context_destroy(struct tls_context **c)
{
	if (*c) {
		SSL_CTX_free((*c)->ssl);
		tls_files_destroy(&(*c)->files);
	}
	free(*c);
	*c = NULL;
}

static struct tls *create(struct tls_context *c)
{
	struct tls *t = mem_new(struct tls);
	*t = (struct tls){ .ssl = SSL_new(c->ssl), .in = BIO_new(BIO_s_mem()), .out = BIO_new(BIO_s_mem()) };
	must(t->ssl && t->in && t->out);
	BIO_set_mem_eof_return(t->in, -1);
	SSL_set_bio(t->ssl, t->in, t->out);
	return t;
}

struct tls *tls_accept(struct tls_context *c)
{
	if (tls_files_renew(c->files))
		tls_files_give(c->files, c->ssl);
	struct tls *t = create(c);
	SSL_set_accept_state(t->ssl);
	return t;
}

struct tls *tls_connect(struct tls_context *c, const char *host)
{
	struct tls *t = create(c);
	X509_VERIFY_PARAM *param = SSL_get0_param(t->ssl);
	if (!X509_VERIFY_PARAM_set1_ip_asc(param, host)) { /* no address, so a name */
		ERR_clear_error();
		must(X509_VERIFY_PARAM_set1_host(param, host, 0) == 1);
		must(SSL_set_tlsext_host_name(t->ssl, host) == 1);
	}
	SSL_set_connect_state(t->ssl);
	return t;
}

bool tls_is_ready(const struct tls *t)
{
	return SSL_is_init_finished(t->ssl);
}

const char *tls_fault(const struct tls *t)
{
	long verified = SSL_get_verify_result(t->ssl);
	return verified != X509_V_OK ? X509_verify_cert_error_string(verified) : "the peer does not speak it, or broke it";
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
	must(n <= PIECE * 64 && (n == 0 || BIO_write(t->in, p, (int)n) == (int)n));
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
