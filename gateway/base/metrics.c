#include "gateway/base/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "gateway/base/mem.h"

struct metric {
	_Atomic int64_t value;
	char *labels;
	struct metric *next;
};

/* All metrics of one name, which the text format wants together. */
struct family {
	char *name, *help;
	const char *type;
	struct metric *first, **last;
	struct family *next;
};

/* Written under the lock; families and metrics live as long as the process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct family *families;

static struct family *family_of(const char *name, const char *type, const char *help)
{
	struct family **f = &families;
	while (*f && strcmp((*f)->name, name))
		f = &(*f)->next;
	if (!*f) {
		*f = mem_new(struct family);
		**f = (struct family){ .name = mem_strdup(name), .help = mem_strdup(help), .type = type };
		(*f)->last = &(*f)->first;
	}
	return *f;
}

static struct metric *find_or_make(const char *name, const char *labels, const char *help, const char *type)
{
	must(!pthread_mutex_lock(&lock));
	struct family *f = family_of(name, type, help);
	struct metric *m = f->first;
	while (m && strcmp(m->labels, labels))
		m = m->next;
	if (!m) {
		m = mem_new(struct metric);
		m->labels = mem_strdup(labels);
		*f->last = m;
		f->last = &m->next;
	}
	must(!pthread_mutex_unlock(&lock));
	return m;
}

struct metric *metric_counter(const char *name, const char *labels, const char *help)
{
	return find_or_make(name, labels, help, "counter");
}

struct metric *metric_gauge(const char *name, const char *labels, const char *help)
{
	return find_or_make(name, labels, help, "gauge");
}

void metric_add(struct metric *m, int64_t n)
{
	atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}

void metric_set(struct metric *m, int64_t v)
{
	atomic_store_explicit(&m->value, v, memory_order_relaxed);
}

int64_t metric_get(const struct metric *m)
{
	return atomic_load_explicit(&m->value, memory_order_relaxed);
}

static void write_help(struct buf *out, const char *help)
{
	for (; *help; help++) {
		if (*help == '\n')
			buf_adds(out, "\\n");
		else if (*help == '\\')
			buf_adds(out, "\\\\");
		else
			buf_addc(out, *help);
	}
}

static void write_family(struct buf *out, const struct family *f)
{
	buf_addf(out, "# HELP %s ", f->name);
	write_help(out, f->help);
	buf_addf(out, "\n# TYPE %s %s\n", f->name, f->type);
	for (const struct metric *m = f->first; m; m = m->next) {
		const char *open = *m->labels ? "{" : "", *close = *m->labels ? "}" : "";
		buf_addf(out, "%s%s%s%s %" PRId64 "\n", f->name, open, m->labels, close, metric_get(m));
	}
}

void metrics_write(struct buf *out)
{
	must(!pthread_mutex_lock(&lock));
	for (const struct family *f = families; f; f = f->next)
		write_family(out, f);
	must(!pthread_mutex_unlock(&lock));
}
