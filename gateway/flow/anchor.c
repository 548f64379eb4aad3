/* Writes now and then where the event chain stands into a file outside the database (store/anchor.h): read on the loop's timer,
 * appended on a worker. */
#include <openssl/crypto.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/flow/internal.h"
#include "gateway/store/anchor.h"

enum { FIRST_MS = 5000, HEADS_MAX = 1024 };

struct anchorer {
	struct flow *flow;
	uv_timer_t timer;
	uv_work_t work;
	char *path;             /* what the worker needs is its own: it may outlive the flow */
	struct secret secret;
	struct anchor_file file;
	bool read;              /* the file was, on the worker, once */
	size_t told;            /* of the file's lines, before the worker's last */
	struct anchor head[HEADS_MAX];
	size_t heads;
	int rc;
	struct err err;
	bool busy, gone;
};

static void closed(uv_handle_t *h)
{
	struct anchorer *x = h->data;
	anchor_file_fini(&x->file);
	free(x->path);
	OPENSSL_cleanse(&x->secret, sizeof x->secret);
	free(x);
}

static void append_run(uv_work_t *w)
{
	struct anchorer *x = w->data;
	x->rc = 0;
	x->err = (struct err){ 0 };
	x->told = 0;
	if (!x->read)
		x->rc = anchor_file_read(&x->file, x->path, &x->secret, &x->err);
	x->read = x->read || x->rc == 0;
	x->told = x->file.n;
	if (x->rc == 0)
		x->rc = anchor_file_append(&x->file, x->path, &x->secret, x->head, x->heads, &x->err);
	if (x->rc < 0) { /* what is in the file now is not known here */
		anchor_file_fini(&x->file);
		x->read = false;
	}
}

/* Into the log, too, as the file has it: logs are sent to other machines. */
static void tell(const struct anchorer *x)
{
	struct arena *a = arena_create(1024);
	for (size_t i = x->told; i < x->file.n; i++)
		log_info("audit", "the event chain was anchored", "line=%s", anchor_line(a, &x->file.of[i]));
	arena_destroy(&a);
}

static void append_done(uv_work_t *w, int status)
{
	struct anchorer *x = w->data;
	x->busy = false;
	if (x->gone) {
		uv_close((uv_handle_t *)&x->timer, closed);
		return;
	}
	if (status == 0 && x->rc < 0)
		log_error("audit", "the event chain could not be anchored", "reason=%s", x->err.words);
	else if (status == 0)
		tell(x);
}

static int heads_run(struct tx *tx, void *arg, struct err *e)
{
	struct anchorer *x = arg;
	struct anchor *a;
	int rc = anchor_heads(tx, &a, &x->heads);
	if (rc < 0)
		return err_set(e, rc, "the chain's heads could not be read");
	x->heads = x->heads < HEADS_MAX ? x->heads : HEADS_MAX;
	if (x->heads)
		memcpy(x->head, a, x->heads * sizeof *a);
	return 0;
}

static void heads_done(void *arg, int rc, const struct err *e)
{
	struct anchorer *x = arg;
	x->work.data = x;
	if (rc == 0 && uv_queue_work(x->flow->set.loop, &x->work, append_run, append_done) == 0)
		return;
	x->busy = false;
	log_error("audit", "the event chain could not be anchored", "reason=%s", rc < 0 ? e->words : "no worker");
}

static void on_timer(uv_timer_t *t)
{
	struct anchorer *x = t->data;
	if (!x->busy && !x->flow->draining)
		x->busy = store_read(x->flow->set.store, heads_run, heads_done, x) == 0;
}

struct anchorer *anchorer_create(struct flow *f)
{
	if (f->set.anchor_file == NULL)
		return NULL;
	struct anchorer *x = mem_new(struct anchorer);
	x->flow = f;
	x->path = mem_strdup(f->set.anchor_file);
	x->secret = *f->set.secret;
	must(uv_timer_init(f->set.loop, &x->timer) == 0);
	x->timer.data = x;
	return x;
}

void anchorer_start(struct anchorer *x)
{
	if (x != NULL)
		must(uv_timer_start(&x->timer, on_timer, FIRST_MS, (uint64_t)x->flow->set.anchor_minutes * 60 * 1000) == 0);
}

void anchorer_destroy(struct anchorer **xp)
{
	struct anchorer *x = *xp;
	*xp = NULL;
	if (x == NULL)
		return;
	uv_timer_stop(&x->timer);
	x->gone = true;
	if (!x->busy) /* else the worker's end frees it */
		uv_close((uv_handle_t *)&x->timer, closed);
}
