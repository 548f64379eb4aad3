#include "gateway/base/blob_sweep.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/base/mem.h"

struct sweep {
	uv_work_t work;
	struct blob_store *store;
	struct err err; /* of the last that stayed */
	size_t n, stayed;
	struct blob_gone gone[];
};

static void on_worker(uv_work_t *w)
{
	struct sweep *s = w->data;
	for (size_t i = 0; i < s->n; i++)
		s->stayed += blob_remove(s->store, &s->gone[i], &s->err) < 0;
}

static void on_loop(uv_work_t *w, int status)
{
	struct sweep *s = w->data;
	(void)status; /* nobody cancels it */
	if (s->stayed)
		log_warn("files", "not removed, though nothing names them any more", "count=%zu reason=%s", s->stayed,
			s->err.words);
	free(s);
}

void blob_sweep(uv_loop_t *loop, struct blob_store *store, const struct blob_gone *gone, size_t n)
{
	if (n == 0)
		return;
	struct sweep *s = mem_alloc(sizeof *s + n * sizeof *gone);
	*s = (struct sweep){ .store = store, .n = n };
	memcpy(s->gone, gone, n * sizeof *gone);
	s->work.data = s;
	must(uv_queue_work(loop, &s->work, on_worker, on_loop) == 0);
}
