#include "gateway/base/turns.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"

static const unsigned at_least[] = TURNS_AT_LEAST;
enum { LEVELS = sizeof at_least / sizeof *at_least };
#define NS_A_MS UINT64_C(1000000)

struct turns {
	uv_prepare_t prepare; /* runs once a turn, before the loop waits */
	uint64_t at, idle;    /* when it ran last, and how long the loop had waited by then */
	uint64_t busy;        /* ns not yet in the metric, which counts whole ms */
	struct metric *metric[LEVELS], *busy_ms;
};

size_t turns_counted(uint64_t busy_ns)
{
	size_t n = 0;
	while (n < LEVELS && busy_ns >= at_least[n] * NS_A_MS)
		n++;
	return n;
}

static void on_prepare(uv_prepare_t *p)
{
	struct turns *t = p->data;
	uint64_t now = uv_hrtime(), idle = uv_metrics_idle_time(p->loop);
	uint64_t passed = now - t->at, waited = idle - t->idle, busy = passed > waited ? passed - waited : 0;
	size_t n = turns_counted(busy);
	for (size_t i = 0; i < n; i++)
		metric_add(t->metric[i], 1);
	t->busy += busy;
	metric_add(t->busy_ms, (int64_t)(t->busy / NS_A_MS));
	t->busy %= NS_A_MS;
	t->at = now;
	t->idle = idle;
}

struct turns *turns_begin(uv_loop_t *loop)
{
	struct turns *t = mem_new(struct turns);
	must(uv_loop_configure(loop, UV_METRICS_IDLE_TIME) == 0 && uv_prepare_init(loop, &t->prepare) == 0);
	for (size_t i = 0; i < LEVELS; i++) {
		char label[32];
		snprintf(label, sizeof label, "at_least_ms=\"%u\"", at_least[i]);
		t->metric[i] = metric_counter("xinqiao_loop_turns_total", label, "Turns of the loop, by how long they kept it busy");
	}
	t->busy_ms = metric_counter("xinqiao_loop_busy_ms_total", "", "Time the loop was busy");
	t->prepare.data = t;
	t->at = uv_hrtime();
	must(uv_prepare_start(&t->prepare, on_prepare) == 0);
	uv_unref((uv_handle_t *)&t->prepare);
	return t;
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void turns_end(struct turns **t)
{
	if (*t)
		uv_close((uv_handle_t *)&(*t)->prepare, closed);
	*t = NULL;
}
