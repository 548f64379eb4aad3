#include "gateway/base/fetch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

enum { CONNECT_MS = 10000, WHOLE_MS = 60000 };

struct transfer {
	struct transfer *next, **at; /* at: what points here */
	CURL *easy;
	void (*done)(CURL *, CURLcode, const char *, void *);
	void *arg;
	char words[CURL_ERROR_SIZE];
};

struct fetch {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer;
	struct transfer *transfers;
};

/* One socket that libcurl wants watched. */
struct watch {
	struct fetch *fetch;
	curl_socket_t fd;
	uv_poll_t poll;
};

static void curl_init_once(void)
{
	must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static void init(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	must(pthread_once(&once, curl_init_once) == 0);
}

static void end(struct fetch *f, struct transfer *t, CURLcode result)
{
	*t->at = t->next;
	if (t->next)
		t->next->at = t->at;
	must(curl_multi_remove_handle(f->multi, t->easy) == CURLM_OK);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, NULL);
	t->done(t->easy, result, t->words[0] ? t->words : curl_easy_strerror(result), t->arg);
	free(t);
}

static struct transfer *transfer_of(CURL *easy)
{
	void *t = NULL;
	must(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t) == CURLE_OK && t);
	return t;
}

static void end_finished(struct fetch *f)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(f->multi, &left));)
		if (m->msg == CURLMSG_DONE)
			end(f, transfer_of(m->easy_handle), m->data.result);
}

static void act(struct fetch *f, curl_socket_t fd, int events)
{
	int running;
	must(curl_multi_socket_action(f->multi, fd, events, &running) == CURLM_OK);
	end_finished(f);
}

static void on_timer(uv_timer_t *t)
{
	act(t->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket(uv_poll_t *p, int status, int events)
{
	struct watch *w = p->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;
	flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
	flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
	act(w->fetch, w->fd, flags);
}

static void on_watch_closed(uv_handle_t *h)
{
	free(h->data);
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct fetch *f = arg;
	(void)multi;
	if (ms < 0)
		uv_timer_stop(&f->timer);
	else
		uv_timer_start(&f->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket)
{
	struct fetch *f = arg;
	struct watch *w = of_socket;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			uv_close((uv_handle_t *)&w->poll, on_watch_closed);
		curl_multi_assign(f->multi, fd, NULL);
		return 0;
	}
	if (!w) {
		w = mem_new(struct watch);
		w->fetch = f;
		w->fd = fd;
		w->poll.data = w;
		if (uv_poll_init_socket(f->loop, &w->poll, fd) < 0) {
			free(w);
			return -1;
		}
		curl_multi_assign(f->multi, fd, w);
	}
	int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
	return uv_poll_start(&w->poll, events, on_socket) < 0 ? -1 : 0;
}

struct fetch *fetch_create(uv_loop_t *loop, struct err *e)
{
	init();
	CURLM *multi = curl_multi_init();
	if (!multi) {
		err_set(e, E_IO, "libcurl could not start");
		return NULL;
	}
	struct fetch *f = mem_new(struct fetch);
	f->loop = loop;
	f->multi = multi;
	must(uv_timer_init(loop, &f->timer) == 0);
	f->timer.data = f;
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, f);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, f);
	return f;
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h->data);
}

void fetch_destroy(struct fetch **pf)
{
	struct fetch *f = *pf;
	*pf = NULL;
	if (!f)
		return;
	while (f->transfers)
		end(f, f->transfers, CURLE_ABORTED_BY_CALLBACK);
	curl_multi_cleanup(f->multi);
	uv_close((uv_handle_t *)&f->timer, on_timer_closed);
}

CURL *fetch_handle(void)
{
	init();
	CURL *c = curl_easy_init();
	must(c);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps,imap,imaps");
	return c;
}

void fetch_start(struct fetch *f, CURL *easy, void (*done)(CURL *, CURLcode, const char *, void *), void *arg)
{
	struct transfer *t = mem_new(struct transfer);
	t->easy = easy;
	t->done = done;
	t->arg = arg;
	t->next = f->transfers;
	t->at = &f->transfers;
	if (t->next)
		t->next->at = &t->next;
	f->transfers = t;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->words);
	must(curl_multi_add_handle(f->multi, easy) == CURLM_OK);
}

void fetch_cancel(struct fetch *f, CURL *easy)
{
	end(f, transfer_of(easy), CURLE_ABORTED_BY_CALLBACK);
}
