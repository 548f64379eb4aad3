#include "gateway/store/nodes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/store/feed.h"

/* A duty's old owner notices that its connection is gone before the server gives the duty to another: it asks every BEAT_MS
 * and waits seconds for the answer, and the server keeps a silent connection for longer than both. */
enum { BEAT_MS = 1000, PAUSE_MS = 300, ARENA_FIRST = 16 * 1024, CLOCK_OFF_MS = 50, CLOCK_ASK_MS = 500,
	CLOCK_WARN_MS = 2000 };

/* --- to the loop --- */

static void post(struct store *s, struct job *j)
{
	j->aside = j->last_of_commit = true;
	pthread_mutex_lock(&s->lock);
	queue_add(&s->done, j);
	pthread_mutex_unlock(&s->lock);
	uv_async_send(s->async);
}

static struct job *job_make(store_done_f *done, void *arg)
{
	struct job *j = mem_new(struct job);
	*j = (struct job){ .done = done, .arg = arg, .arena = arena_create(ARENA_FIRST) };
	return j;
}

static void duty_told(void *arg, int rc, const struct err *e)
{
	struct store_duty *d = arg;
	(void)e;
	if (d->store->started && d->told)
		d->told(d->arg, rc == 0);
}

static void duty_tell(struct store *s, struct store_duty *d, bool ours)
{
	struct job *j = job_make(duty_told, d);
	log_info("store", ours ? "duty taken" : "duty lost", "duty=%s node=%u", d->name, s->config.node);
	j->rc = ours ? 0 : E_CLOSED;
	post(s, j);
}

static void gone_told(void *arg, int rc, const struct err *e)
{
	struct store *s = arg;
	(void)rc;
	(void)e;
	for (unsigned i = 0; s->started && i < s->hearers; i++)
		if (s->hearer[i].gone)
			s->hearer[i].gone(s->hearer[i].arg);
}

/* --- who lives --- */

int nodes_nobody(const struct db_ops *ops, struct db *db, const char *what, struct err *e)
{
	static _Thread_local char list[NODES_LIST_MAX];
	*list = '\0';
	int rc = ops->nodes ? ops->nodes->others(db, list, sizeof list, e) : 0;
	return rc < 0 || !*list ? rc : err_set(e, E_EXISTS, "gateways run on the store that %s (node %.*s): stop them first", what,
		(int)strlen(list) - 2, list + 1);
}

const char *nodes_others(struct nodes *n, struct arena *a)
{
	pthread_mutex_lock(&n->store->lock);
	const char *list = arena_strdup(a, n->others);
	pthread_mutex_unlock(&n->store->lock);
	return list;
}

unsigned store_node(const struct store *s)
{
	return s->config.node;
}

bool store_node_lives(struct store *s, unsigned node)
{
	char one[16];
	if (!s->nodes)
		return node == s->config.node;
	snprintf(one, sizeof one, ",%u,", node);
	pthread_mutex_lock(&s->lock);
	bool lives = node == s->config.node || strstr(s->nodes->others, one) != NULL;
	pthread_mutex_unlock(&s->lock);
	return lives;
}

/* One of the old list is not in the new one. */
static bool somebody_left(const char *before, const char *now)
{
	char one[16];
	for (const char *p = before; *p && p[1]; p += strcspn(p + 1, ",") + 1) {
		snprintf(one, sizeof one, "%.*s", (int)strcspn(p + 1, ",") + 2, p);
		if (!strstr(now, one))
			return true;
	}
	return false;
}

static int look_around(struct nodes *n, struct err *e)
{
	static _Thread_local char now[NODES_LIST_MAX];
	struct store *s = n->store;
	*now = '\0';
	int rc = s->ops->nodes->others(n->session.db, now, sizeof now, e);
	if (rc < 0)
		return rc;
	pthread_mutex_lock(&s->lock);
	bool changed = strcmp(n->others, now) != 0, left = somebody_left(n->others, now);
	memcpy(n->others, now, sizeof now);
	pthread_mutex_unlock(&s->lock);
	if (changed)
		log_info("store", "nodes", "here=%u others=%s", s->config.node, now);
	if (left)
		post(s, job_make(gone_told, s));
	return 0;
}

/* --- what is said and not kept --- */

struct spoken {
	struct store *store;
	char word[];
};

static void word_told(void *arg, int rc, const struct err *e)
{
	struct spoken *h = arg;
	(void)rc;
	(void)e;
	const struct store *s = h->store;
	for (unsigned i = 0; s->started && i < s->hearers; i++)
		if (s->hearer[i].word)
			s->hearer[i].word(s->hearer[i].arg, h->word);
	free(h);
}

static void on_word(void *arg, const char *word)
{
	struct nodes *n = arg;
	size_t length = strlen(word);
	struct spoken *h = mem_alloc(sizeof *h + length + 1);
	h->store = n->store;
	memcpy(h->word, word, length + 1);
	post(n->store, job_make(word_told, h));
}

/* Each is tried once: what could not be said by now is no longer true. */
static int say_words(struct nodes *n, struct err *e)
{
	struct store *s = n->store;
	char *word[WORDS_MAX];
	pthread_mutex_lock(&s->lock);
	size_t words = n->words;
	memcpy(word, n->word, sizeof word);
	n->words = 0;
	pthread_mutex_unlock(&s->lock);
	int rc = 0;
	for (size_t i = 0; i < words; i++) {
		if (rc == 0 && *n->others)
			rc = s->ops->nodes->say(n->session.db, s->writer.name, word[i], e);
		free(word[i]);
	}
	return rc;
}

void store_say(struct store *s, const char *word)
{
	struct nodes *n = s->nodes;
	if (!n || !s->started || strlen(word) > STORE_WORD_MAX)
		return;
	pthread_mutex_lock(&s->lock);
	bool room = n->words < WORDS_MAX;
	if (room)
		n->word[n->words++] = mem_strdup(word);
	pthread_mutex_unlock(&s->lock);
	if (room)
		(void)eventfd_write(n->wake, 1);
}

static void hearer_add(struct store *s, struct hearer h)
{
	must(!s->started && s->hearers < HEARERS_MAX);
	s->hearer[s->hearers++] = h;
}

void store_hear(struct store *s, void (*f)(void *arg, const char *word), void *arg)
{
	hearer_add(s, (struct hearer){ .word = f, .arg = arg });
}

void store_on_gone(struct store *s, void (*f)(void *arg), void *arg)
{
	hearer_add(s, (struct hearer){ .gone = f, .arg = arg });
}

/* --- whose clock it is --- */

/* Times in the store are compared with each other whichever node wrote them, so all go by its clock. */
int nodes_clock(const struct db_ops *ops, struct db *db, struct err *e)
{
	int64_t before = clock_now(), theirs = 0;
	int rc = ops->nodes ? ops->nodes->clock(db, &theirs, e) : 0;
	int64_t after = clock_now(), off = theirs - (before + (after - before) / 2);
	bool far = off > CLOCK_OFF_MS || off < -CLOCK_OFF_MS;
	if (rc < 0 || !ops->nodes || !far || after - before > CLOCK_ASK_MS)
		return rc;
	int64_t all = clock_adjusted() + off;
	clock_adjust(all);
	if (all > CLOCK_WARN_MS || all < -CLOCK_WARN_MS)
		log_warn("store", "this machine's clock is not the database's, which is used", "off_ms=%lld", (long long)-all);
	return 0;
}

/* --- duties --- */

static void drop_duties(struct nodes *n)
{
	struct store *s = n->store;
	pthread_mutex_lock(&s->lock);
	struct store_duty *first = s->duty;
	pthread_mutex_unlock(&s->lock);
	for (struct store_duty *d = first; d; d = d->next)
		if (d->ours) {
			d->ours = false;
			duty_tell(s, d, false);
		}
}

static int take_duties(struct nodes *n, struct err *e)
{
	struct store *s = n->store;
	pthread_mutex_lock(&s->lock);
	struct store_duty *first = s->duty; /* the list only grows, at its front */
	pthread_mutex_unlock(&s->lock);
	for (struct store_duty *d = first; d; d = d->next) {
		int rc = d->ours ? 0 : s->ops->nodes->take(n->session.db, d->name, e);
		if (rc < 0)
			return rc;
		if (rc == 1) {
			d->ours = true;
			duty_tell(s, d, true);
		}
	}
	return 0;
}

void store_duty(struct store *s, const char *name, store_duty_f *told, void *arg)
{
	struct store_duty *d = mem_new(struct store_duty);
	*d = (struct store_duty){ .store = s, .name = mem_strdup(name), .told = told, .arg = arg, .ours = !s->ops->nodes };
	pthread_mutex_lock(&s->lock);
	d->next = s->duty;
	s->duty = d;
	pthread_mutex_unlock(&s->lock);
	if (s->started && !s->ops->nodes)
		post(s, job_make(duty_told, d));
	else if (s->started)
		(void)eventfd_write(s->nodes->wake, 1);
}

/* --- what the others changed --- */

static void fill_node(struct row *r, void *out)
{
	*(int64_t *)out = row_int(r);
}

static bool own(const struct store *s, const char *origin)
{
	return strcmp(origin, s->writer.name) == 0 || strcmp(origin, s->now.name) == 0;
}

/* 1: there may be more of it. */
static int catch_up_node(struct nodes *n, struct tx *tx, unsigned node)
{
	struct feed_row *f;
	size_t count = 0;
	if (n->seen[node] < 0)
		return feed_last(tx, node, &n->seen[node]);
	int rc = feed_after(tx, node, n->seen[node], &f, &count);
	if (rc == 0 && count && f[0].seq > n->seen[node] + 1)
		log_warn("store", "changes of another node were missed", "node=%u count=%lld", node,
			(long long)(f[0].seq - n->seen[node] - 1));
	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = own(n->store, f[i].origin) ? 0 : feed_read(tx, f[i].changes);
		if (rc == 0)
			n->seen[node] = f[i].seq;
	}
	return rc < 0 ? rc : count == FEED_ROWS_MAX;
}

/* 1: more may be there. */
static int catch_up(struct nodes *n, struct err *e)
{
	struct store *s = n->store;
	struct job *j = job_make(NULL, NULL);
	struct tx tx;
	int64_t *node;
	size_t count = 0;
	bool more = false;
	int rc = session_begin(&n->session, false, e);
	if (rc == 0) {
		tx_init(&tx, &n->session, j->arena, false);
		rc = tx_all(&tx, STMT_node_list, NO_PARAMS, fill_node, sizeof *node, &node, &count);
		for (size_t i = 0; rc >= 0 && i < count; i++) {
			rc = node[i] >= 0 && node[i] < NODES_MAX ? catch_up_node(n, &tx, (unsigned)node[i]) : 0;
			more = more || rc == 1;
		}
		if (rc < 0)
			*e = tx.err;
		session_rollback(&n->session);
	}
	if (rc >= 0 && tx.changes) {
		j->change = tx.change;
		j->changes = tx.changes;
		post(s, j);
		return more;
	}
	arena_destroy(&j->arena);
	free(j);
	return rc < 0 ? rc : more;
}

/* --- the thread --- */

static int beat(struct nodes *n, struct err *e)
{
	if (n->beat_at && clock_monotonic() - n->beat_at < BEAT_MS)
		return 0;
	int rc = look_around(n, e);
	if (rc == 0)
		rc = nodes_clock(n->store->ops, n->session.db, e);
	if (rc == 0)
		rc = take_duties(n, e);
	if (rc == 0)
		n->beat_at = clock_monotonic();
	return rc;
}

static int round_once(struct nodes *n, struct err *e)
{
	const struct db_nodes *ops = n->store->ops->nodes;
	uint64_t connected = 0;
	int rc = ops->connect(n->session.db, &connected, e);
	if (rc < 0)
		return rc;
	if (connected != n->connected) {
		drop_duties(n); /* they went with the old connection */
		n->connected = connected;
		n->beat_at = 0;
	}
	rc = beat(n, e);
	if (rc >= 0)
		rc = say_words(n, e);
	while (rc >= 0 && (rc = catch_up(n, e)) == 1)
		;
	return rc < 0 ? rc : ops->wait(n->session.db, n->wake, BEAT_MS, n->store->writer.name, on_word, n, e);
}

static bool stopping(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	bool is = s->stopping;
	pthread_mutex_unlock(&s->lock);
	return is;
}

static void *nodes_main(void *arg)
{
	struct nodes *n = arg;
	while (!stopping(n->store)) {
		struct err e = { 0 };
		eventfd_t count;
		if (round_once(n, &e) < 0) {
			if (!n->blind)
				log_warn("store", "the other nodes are out of sight", "reason=%s", e.words);
			n->blind = true;
			drop_duties(n);
			struct pollfd p = { .fd = n->wake, .events = POLLIN };
			(void)poll(&p, 1, PAUSE_MS);
		} else
			n->blind = false;
		(void)eventfd_read(n->wake, &count);
	}
	return NULL;
}

int nodes_start(struct store *s, struct err *e)
{
	for (struct store_duty *d = s->duty; d && !s->ops->nodes; d = d->next)
		post(s, job_make(duty_told, d));
	if (!s->ops->nodes)
		return 0;
	struct nodes *n = s->nodes = mem_new(struct nodes);
	*n = (struct nodes){ .store = s, .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	for (size_t i = 0; i < NODES_MAX; i++)
		n->seen[i] = -1;
	int rc = n->wake < 0 ? err_set(e, E_IO, "eventfd: %s", strerror(errno)) :
		store_session(s, &n->session, DB_READER, e);
	n->session.watched = true;
	if (rc == 0)
		rc = s->ops->nodes->connect(n->session.db, &n->connected, e);
	if (rc == 0)
		rc = look_around(n, e);
	if (rc == 0)
		rc = catch_up(n, e);
	if (rc < 0) {
		nodes_stop(s);
		return rc;
	}
	s->writer.nodes = n;
	must(pthread_create(&n->thread, NULL, nodes_main, n) == 0);
	return 0;
}

void nodes_stop(struct store *s)
{
	struct nodes *n = s->nodes;
	if (n && s->writer.nodes) {
		(void)eventfd_write(n->wake, 1);
		must(pthread_join(n->thread, NULL) == 0);
	}
	s->writer.nodes = NULL;
	if (n) {
		session_close(&n->session);
		for (size_t i = 0; i < n->words; i++)
			free(n->word[i]);
		if (n->wake >= 0)
			close(n->wake);
	}
	free(n);
	s->nodes = NULL;
}
