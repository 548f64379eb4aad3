#include "adapters/email/imap_link.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/fetch.h"
#include "gateway/base/mem.h"

enum { OUT_MAX = 64 << 10, READ = 16 << 10, READS_A_TURN = 64, CONNECT_MS = 10000, LOGIN_MS = 30000 };

struct imap_link {
	uv_loop_t *loop;
	const struct imap_link_ops *ops;
	void *owner;      /* with ops; ops NULL: nobody listens any more */
	CURL *easy;
	uv_work_t work;
	CURLcode result;
	char words[CURL_ERROR_SIZE];
	uv_poll_t poll;
	uv_timer_t again; /* goes on reading after a full turn: TLS may hold bytes the socket no longer shows */
	bool connecting, open, paused;
	unsigned handles;
	struct buf out;
};

static void link_free(struct imap_link *l)
{
	if (l->easy)
		curl_easy_cleanup(l->easy);
	buf_fini(&l->out);
	free(l);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct imap_link *l = h->data;
	if (--l->handles == 0)
		link_free(l);
}

static void shut(struct imap_link *l)
{
	l->open = false;
	l->ops = NULL;
	if (l->connecting)
		return; /* connected() ends it */
	if (l->handles == 0) {
		link_free(l);
		return;
	}
	uv_close((uv_handle_t *)&l->poll, on_handle_closed);
	uv_close((uv_handle_t *)&l->again, on_handle_closed);
}

static void lost(struct imap_link *l, const char *why)
{
	const struct imap_link_ops *ops = l->ops;
	void *owner = l->owner;
	char *words = mem_strdup(why);
	shut(l);
	if (ops)
		ops->on_close(owner, words);
	free(words);
}

static void on_ready(uv_poll_t *p, int status, int events);

static void watch(struct imap_link *l)
{
	int events = (l->paused ? 0 : UV_READABLE) | (l->out.len > 0 ? UV_WRITABLE : 0);
	if (events)
		uv_poll_start(&l->poll, events, on_ready);
	else
		uv_poll_stop(&l->poll);
}

/* false: the link is gone. */
static bool push(struct imap_link *l)
{
	while (l->out.len > 0) {
		size_t n = 0;
		CURLcode rc = curl_easy_send(l->easy, l->out.data, l->out.len, &n);
		buf_drop(&l->out, n);
		if (rc == CURLE_AGAIN || (rc == CURLE_OK && n == 0))
			break;
		if (rc != CURLE_OK) {
			lost(l, curl_easy_strerror(rc));
			return false;
		}
	}
	watch(l);
	return true;
}

static void pull(struct imap_link *l);

static void on_again(uv_timer_t *t)
{
	pull(t->data);
}

static void pull(struct imap_link *l)
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
	struct imap_link *l = p->data;
	if (status < 0) {
		lost(l, uv_strerror(status));
		return;
	}
	if ((events & UV_WRITABLE) && !push(l))
		return;
	if (events & UV_READABLE)
		pull(l);
}

static void connect_work(uv_work_t *w)
{
	struct imap_link *l = w->data;
	l->result = curl_easy_perform(l->easy);
}

static void connected(uv_work_t *w, int status)
{
	struct imap_link *l = w->data;
	curl_socket_t fd = CURL_SOCKET_BAD;
	l->connecting = false;
	if (!l->ops) {
		link_free(l);
		return;
	}
	if (status == 0 && l->result == CURLE_OK)
		curl_easy_getinfo(l->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD) {
		lost(l, *l->words ? l->words : status < 0 ? uv_strerror(status) : curl_easy_strerror(l->result));
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

static CURL *handle(struct imap_link *l, const struct imap_link_config *c)
{
	CURL *easy = fetch_handle();
	size_t host = strcspn(strstr(c->url, "://") + 3, "/");
	char *root = mem_printf("%.*s/", (int)((size_t)(strstr(c->url, "://") + 3 - c->url) + host), c->url);
	curl_easy_setopt(easy, CURLOPT_URL, root);
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)LOGIN_MS);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, l->words);
	if (c->user)
		curl_easy_setopt(easy, CURLOPT_USERNAME, c->user);
	if (c->password)
		curl_easy_setopt(easy, CURLOPT_PASSWORD, c->password);
	mail_tls_options(easy, c->url, c->tls, c->ca_file);
	free(root);
	return easy;
}

struct imap_link *imap_link_open(uv_loop_t *loop, const struct imap_link_config *c, const struct imap_link_ops *ops, void *owner)
{
	struct imap_link *l = mem_new(struct imap_link);
	*l = (struct imap_link){ .loop = loop, .ops = ops, .owner = owner, .connecting = true };
	buf_init(&l->out, OUT_MAX);
	l->easy = handle(l, c);
	l->work.data = l;
	must(uv_queue_work(loop, &l->work, connect_work, connected) == 0);
	return l;
}

void imap_link_write(struct imap_link *l, const void *p, size_t n)
{
	if (l->open && buf_add(&l->out, p, n))
		watch(l);
}

void imap_link_pause(struct imap_link *l, bool paused)
{
	l->paused = paused;
	if (!l->open)
		return;
	watch(l);
	if (!paused)
		uv_timer_start(&l->again, on_again, 0, 0);
}

void imap_link_close(struct imap_link **l)
{
	if (!*l)
		return;
	shut(*l);
	*l = NULL;
}
