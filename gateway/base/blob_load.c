#include "gateway/base/blob_load.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

struct blob_load {
	uv_work_t work;
	uv_sem_t worked;
	struct blob_store *store;
	char (*sha256)[HEX_SHA256];
	struct buf *bytes;
	size_t n;
	int rc;
	struct err err;
	void (*then)(void *);
	void (*done)(void *, int, const char *); /* NULL: cancelled */
	void *arg;
};

static void on_worker(uv_work_t *w)
{
	struct blob_load *l = w->data;
	for (size_t i = 0; l->rc == 0 && i < l->n; i++)
		l->rc = blob_read(l->store, l->sha256[i], &l->bytes[i], &l->err);
	if (l->rc == 0 && l->then)
		l->then(l->arg);
	uv_sem_post(&l->worked);
}

static void on_loop(uv_work_t *w, int status)
{
	struct blob_load *l = w->data;
	(void)status; /* only a cancelled one was not run */
	if (l->done)
		l->done(l->arg, l->rc, l->rc < 0 ? l->err.words : "");
	uv_sem_destroy(&l->worked);
	free(l->sha256);
	free(l);
}

struct blob_load *blob_load_start(uv_loop_t *loop, struct blob_store *s, const char *const *sha256, struct buf *bytes, size_t n,
	void (*work)(void *arg), void (*done)(void *arg, int rc, const char *words), void *arg)
{
	struct blob_load *l = mem_new(struct blob_load);
	*l = (struct blob_load){ .store = s, .bytes = bytes, .n = n, .then = work, .done = done, .arg = arg };
	l->sha256 = mem_alloc((n + 1) * sizeof *l->sha256);
	for (size_t i = 0; i < n; i++) {
		memset(l->sha256[i], 0, HEX_SHA256);
		memcpy(l->sha256[i], sha256[i], strnlen(sha256[i], HEX_SHA256 - 1));
	}
	must(uv_sem_init(&l->worked, 0) == 0);
	l->work.data = l;
	must(uv_queue_work(loop, &l->work, on_worker, on_loop) == 0);
	return l;
}

void blob_load_cancel(struct blob_load **lp)
{
	struct blob_load *l = *lp;
	if (!l)
		return;
	*lp = NULL;
	l->done = NULL;
	if (uv_cancel((uv_req_t *)&l->work) != 0)
		uv_sem_wait(&l->worked);
}
