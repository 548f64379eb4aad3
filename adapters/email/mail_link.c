#include "adapters/email/mail_link.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/oauth.h"
#include "gateway/base/buf.h"
#include "gateway/base/fetch.h"
#include "gateway/base/mem.h"
#include "gateway/base/network.h"

enum { PIECE = 16 << 10 /* a record of TLS */, READ = 16 << 10, READS_A_TURN = 64,
	CONNECT_MS = 10000, LOGIN_MS = 30000 };

struct mail_link {
	uv_loop_t *loop;
	const struct mail_link_ops *ops;
	void *owner;      /* with ops; ops NULL: nobody listens any more */
	CURL *easy;
	struct oauth *oauth;
	struct oauth_wait *token; /* waited for, before anything else */
	uv_thread_t thread; /* not of the pool: a server that does not answer must not hold up other work */
	uv_async_t connected;
	atomic_bool unwanted; /* tells the thread to give up */
	CURLcode result;
	char words[CURL_ERROR_SIZE];
	uv_poll_t poll;
	uv_timer_t again; /* goes on reading after a full turn: TLS may hold bytes the socket no longer shows */
	bool connecting, open, paused;
	bool full;        /* something did not fit: nothing more may follow */
	unsigned handles;
	struct buf out;
	size_t gone;          /* of it, given away */
	uint8_t piece[PIECE]; /* its last `shown` bytes are on their way */
	size_t shown;
};

static void link_free(struct mail_link *l)
{
	if (l->easy)
		curl_easy_cleanup(l->easy);
	buf_fini(&l->out);
	free(l);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct mail_link *l = h->data;
	if (--l->handles == 0)
		link_free(l);
}

static void shut(struct mail_link *l)
{
	l->open = false;
	l->ops = NULL;
	if (l->token) {
		oauth_forget(&l->token);
		link_free(l);
		return;
	}
	if (l->connecting) {
		atomic_store(&l->unwanted, true); /* connected() ends it */
		return;
	}
	if (l->handles == 0) {
		link_free(l);
		return;
	}
	uv_close((uv_handle_t *)&l->poll, on_handle_closed);
	uv_close((uv_handle_t *)&l->again, on_handle_closed);
}

static void lost(struct mail_link *l, const char *why)
{
	const struct mail_link_ops *ops = l->ops;
	void *owner = l->owner;
	char *words = mem_strdup(why);
	shut(l);
	if (ops)
		ops->on_close(owner, words);
	free(words);
}

static void on_ready(uv_poll_t *p, int status, int events);

static void watch(struct mail_link *l)
{
	int events = (l->paused ? 0 : UV_READABLE) | (l->out.len > l->gone ? UV_WRITABLE : 0);
	if (events)
		uv_poll_start(&l->poll, events, on_ready);
	else
		uv_poll_stop(&l->poll);
}

/* TLS says that nothing was given away until all it was shown is, and wants to be shown the same again, at the same place: so
 * it is a piece at a time, which stays while more is queued. */
static CURLcode push_piece(struct mail_link *l, size_t *n)
{
	size_t rest = l->out.len - l->gone;
	if (!l->shown) {
		l->shown = rest < sizeof l->piece ? rest : sizeof l->piece;
		memcpy(l->piece + sizeof l->piece - l->shown, l->out.data + l->gone, l->shown);
	}
	CURLcode rc = curl_easy_send(l->easy, l->piece + sizeof l->piece - l->shown, l->shown, n);
	l->gone += *n;
	l->shown -= *n;
	return rc;
}

/* false: the link is gone. */
static bool push(struct mail_link *l)
{
	size_t before = l->gone;
	while (l->gone < l->out.len) {
		size_t n = 0;
		CURLcode rc = push_piece(l, &n);
		if (rc == CURLE_AGAIN || (rc == CURLE_OK && n == 0))
			break;
		if (rc != CURLE_OK) {
			lost(l, curl_easy_strerror(rc));
			return false;
		}
	}
	size_t left = l->out.len - l->gone;
	bool moved = l->gone > before;
	if (!left) {
		buf_clear(&l->out);
		l->gone = 0;
	}
	watch(l);
	if (moved && l->ops->on_written)
		l->ops->on_written(l->owner, left);
	return true;
}

static void pull(struct mail_link *l);

static void on_again(uv_timer_t *t)
{
	struct mail_link *l = t->data;
	if (l->full)
		lost(l, "the server does not take what it is given");
	else
		pull(l);
}

static void pull(struct mail_link *l)
{
	char piece[READ];
	for (int i = 0; i < READS_A_TURN && l->open && !l->paused; i++) {
		size_t n = 0;
		CURLcode rc = curl_easy_recv(l->easy, piece, sizeof piece, &n);
		if (rc == CURLE_AGAIN)
			return;
		if (rc != CURLE_OK || n == 0) {
			lost(l, rc == CURLE_OK ? "the server closed the connection" : curl_easy_strerror(rc));
			return;
		}
		l->ops->on_bytes(l->owner, piece, n);
	}
	if (l->open && !l->paused)
		uv_timer_start(&l->again, on_again, 0, 0);
}

static void on_ready(uv_poll_t *p, int status, int events)
{
	struct mail_link *l = p->data;
	if (status < 0) {
		lost(l, uv_strerror(status));
		return;
	}
	if ((events & UV_WRITABLE) && !push(l))
		return;
	if (events & UV_READABLE)
		pull(l);
}

static void connect_thread(void *arg)
{
	struct mail_link *l = arg;
	l->result = curl_easy_perform(l->easy);
	uv_async_send(&l->connected);
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&((struct mail_link *)arg)->unwanted);
}

/* The thread is through and its handle is closed. */
static void connected(uv_handle_t *h)
{
	struct mail_link *l = h->data;
	curl_socket_t fd = CURL_SOCKET_BAD;
	l->connecting = false;
	if (!l->ops) {
		link_free(l);
		return;
	}
	if (l->result == CURLE_OK)
		curl_easy_getinfo(l->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (l->oauth && l->result == CURLE_LOGIN_DENIED)
		oauth_refused(l->oauth);
	if (fd == CURL_SOCKET_BAD) {
		lost(l, *l->words ? l->words : curl_easy_strerror(l->result));
		return;
	}
	must(uv_poll_init_socket(l->loop, &l->poll, fd) == 0);
	must(uv_timer_init(l->loop, &l->again) == 0);
	l->poll.data = l->again.data = l;
	l->handles = 2;
	l->open = true;
	watch(l);
	l->ops->on_open(l->owner);
}

static void on_connected(uv_async_t *a)
{
	struct mail_link *l = a->data;
	must(uv_thread_join(&l->thread) == 0);
	uv_close((uv_handle_t *)a, connected);
}

static void tls_options(CURL *easy, const char *url, enum mail_tls tls, const char *ca_file)
{
	if (tls == TLS_AUTO)
		tls = network_is_loopback(url) ? TLS_NONE : TLS_REQUIRED;
	curl_easy_setopt(easy, CURLOPT_USE_SSL, tls == TLS_REQUIRED ? (long)CURLUSESSL_ALL :
		tls == TLS_OPPORTUNISTIC ? (long)CURLUSESSL_TRY : (long)CURLUSESSL_NONE);
	if (tls == TLS_OPPORTUNISTIC) { /* taken when offered, against listeners only: nobody is vouched for */
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
}

static CURL *handle(struct mail_link *l, const struct mail_link_config *c)
{
	CURL *easy = fetch_handle();
	size_t host = strcspn(strstr(c->url, "://") + 3, "/");
	char *root = mem_printf("%.*s/", (int)((size_t)(strstr(c->url, "://") + 3 - c->url) + host), c->url);
	curl_easy_setopt(easy, CURLOPT_URL, root);
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)LOGIN_MS);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, l->words);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, l);
	if (c->user && *c->user)
		curl_easy_setopt(easy, CURLOPT_USERNAME, c->user);
	if (c->password && !c->oauth)
		curl_easy_setopt(easy, CURLOPT_PASSWORD, c->password);
	tls_options(easy, c->url, c->tls, c->ca_file);
	free(root);
	return easy;
}

static void connect_now(struct mail_link *l)
{
	l->connecting = true;
	must(uv_async_init(l->loop, &l->connected, on_connected) == 0);
	l->connected.data = l;
	must(uv_thread_create(&l->thread, connect_thread, l) == 0);
}

static void on_token(void *arg, const char *token, const char *why)
{
	struct mail_link *l = arg;
	l->token = NULL;
	if (!token) {
		lost(l, why);
		return;
	}
	curl_easy_setopt(l->easy, CURLOPT_XOAUTH2_BEARER, token);
	connect_now(l);
}

struct mail_link *mail_link_open(uv_loop_t *loop, const struct mail_link_config *c, const struct mail_link_ops *ops,
	void *owner)
{
	struct mail_link *l = mem_new(struct mail_link);
	l->loop = loop;
	l->ops = ops;
	l->owner = owner;
	l->oauth = c->oauth;
	buf_init(&l->out, MAIL_LINK_OUT_MAX);
	l->easy = handle(l, c);
	if (l->oauth)
		l->token = oauth_ask(l->oauth, loop, on_token, l);
	else
		connect_now(l);
	return l;
}

void mail_link_write(struct mail_link *l, const void *p, size_t n)
{
	if (!l->open || l->full)
		return;
	if (l->out.len + n > MAIL_LINK_OUT_MAX) {
		buf_drop(&l->out, l->gone);
		l->gone = 0;
	}
	l->full = !buf_add(&l->out, p, n);
	if (l->full)
		uv_timer_start(&l->again, on_again, 0, 0);
	else
		watch(l);
}

void mail_link_pause(struct mail_link *l, bool paused)
{
	l->paused = paused;
	if (!l->open)
		return;
	watch(l);
	if (!paused)
		uv_timer_start(&l->again, on_again, 0, 0);
}

void mail_link_close(struct mail_link **l)
{
	if (!*l)
		return;
	shut(*l);
	*l = NULL;
}
