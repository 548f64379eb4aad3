/* Counters and gauges for /metrics (Prometheus text format 0.0.4).
 * A metric is found or made by name and labels once and kept; after that, adding is one atomic operation.
 * Thread: any. */
#ifndef XQ_BASE_METRICS_H
#define XQ_BASE_METRICS_H

#include <stdint.h>

#include "gateway/base/buf.h"

struct metric;
/* labels: "channel=\"sms\",outcome=\"new\"" or "". Name, help and type of the first caller stand. Never NULL. */
struct metric *metric_counter(const char *name, const char *labels, const char *help);
struct metric *metric_gauge(const char *name, const char *labels, const char *help);
void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t v);
int64_t metric_get(const struct metric *m);
void metrics_write(struct buf *out);

#endif
