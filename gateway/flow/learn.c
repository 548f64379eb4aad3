#include "gateway/flow/learn.h"

#include <string.h>

#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"
#include "gateway/store/ticket_list.h"

enum {
	FIRST_MS = 2000,                 /* a start is busy enough without it */
	AGAIN_MS = 30 * 60 * 1000,
	HURRY_MS = 500,
	PAGE = 500, EXAMPLES_MAX = 12000, WORDS_LEARN_MAX = 64
};

struct lesson {
	struct arena *arena;
	struct suggest_topic topic[SUGGEST_TOPICS_MAX];
	size_t topics;
	struct suggest_example *example;
	size_t examples, room;
};

/* --- what there is to learn --- */

static struct suggest_example *example_put(struct lesson *l)
{
	if (l->examples == l->room) {
		l->room = l->room ? l->room * 2 : 1024;
		l->example = mem_realloc(l->example, l->room * sizeof *l->example);
	}
	l->example[l->examples] = (struct suggest_example){ .title = "", .text = "" };
	return &l->example[l->examples++];
}

/* Each word of a topic that belongs to a category is an example of it, so that a new store is not without a clue. */
static void seed_words(struct lesson *l, const struct catalog *c, const struct topic_row *t)
{
	const struct category *g = *t->category ? catalog_category(c, t->category) : NULL;
	const char *word = t->words;
	for (unsigned i = 0; i < WORDS_LEARN_MAX && *word; i++) {
		size_t n = strcspn(word, "|");
		struct suggest_example *e = example_put(l);
		e->title = arena_strndup(l->arena, word, n);
		e->label[SUGGEST_NATURE] = arena_strdup(l->arena, t->nature);
		if (g != NULL) {
			e->label[SUGGEST_CATEGORY] = arena_strdup(l->arena, g->code);
			e->label[SUGGEST_DEPARTMENT] = arena_strdup(l->arena, g->department);
		}
		word += n + (word[n] == '|');
	}
}

static void topics_read(struct lesson *l, const struct catalog *c)
{
	const struct topic_row *t;
	for (size_t i = 0; (t = catalog_topic_at(c, i)) != NULL && l->topics < SUGGEST_TOPICS_MAX; i++) {
		l->topic[l->topics++] = (struct suggest_topic){ arena_strdup(l->arena, t->name), arena_strdup(l->arena, t->words) };
		seed_words(l, c, t);
	}
}

/* A category or department that is no longer in the tables is nothing to suggest. */
static void example_take(struct lesson *l, const struct catalog *c, const struct example_row *r)
{
	if (catalog_category(c, r->category) == NULL)
		return;
	struct suggest_example *e = example_put(l);
	e->title = arena_strdup(l->arena, r->title);
	e->text = arena_strdup(l->arena, r->text);
	e->label[SUGGEST_NATURE] = arena_strdup(l->arena, r->nature);
	e->label[SUGGEST_CATEGORY] = arena_strdup(l->arena, r->category);
	if (catalog_department(c, r->department) != NULL)
		e->label[SUGGEST_DEPARTMENT] = arena_strdup(l->arena, r->department);
}

int lesson_read(struct tx *tx, const struct catalog *c, struct lesson **out, struct err *e)
{
	struct lesson *l = mem_new(struct lesson);
	size_t n = PAGE, bytes = 0;
	uint64_t below = INT64_MAX;
	l->arena = arena_create(256 * 1024);
	topics_read(l, c);
	while (n == PAGE && l->examples < EXAMPLES_MAX && bytes < SUGGEST_LEARN_MAX) {
		struct example_row *row;
		int rc = ticket_examples(tx, below, PAGE, &row, &n);
		if (rc < 0) {
			lesson_destroy(&l);
			return err_set(e, rc, "the decided tickets could not be read");
		}
		for (size_t i = 0; i < n; i++) {
			example_take(l, c, &row[i]);
			bytes += strlen(row[i].title) + strlen(row[i].text);
			below = row[i].id;
		}
	}
	*out = l;
	return 0;
}

struct suggest *lesson_learn(const struct lesson *l, const atomic_bool *stop)
{
	return suggest_train(l->topic, l->topics, l->example, l->examples, stop);
}

void lesson_destroy(struct lesson **lp)
{
	struct lesson *l = *lp;
	*lp = NULL;
	if (l == NULL)
		return;
	arena_destroy(&l->arena);
	free(l->example);
	free(l);
}

/* --- now and then --- */

struct learner {
	uv_loop_t *loop;
	struct store *store;
	uv_timer_t timer;
	struct catalog *(*catalog)(void *);
	void *catalog_arg;
	struct suggest *model;
	uint64_t learned_at;  /* of the loop's clock */
	struct study *study;  /* under way, or NULL */
	bool started, due, hurry;
	struct metric *examples;
};

struct study {
	struct learner *of; /* NULL: nobody waits for it any more */
	atomic_bool stop;
	uv_work_t work;
	struct catalog *catalog;
	struct lesson *lesson;
	struct suggest *model;
	uint64_t began;
};

static void study_begin(struct learner *l);

static void on_timer(uv_timer_t *t)
{
	study_begin(t->data);
}

/* One timer for every reason: as soon as the reason allows. */
static void plan(struct learner *l)
{
	if (!l->started || !l->due || l->study != NULL)
		return;
	uint64_t now = uv_now(l->loop), wait = l->hurry || l->learned_at == 0 ? HURRY_MS : AGAIN_MS;
	uint64_t since = l->hurry || l->learned_at == 0 ? 0 : now - l->learned_at;
	must(uv_timer_start(&l->timer, on_timer, since < wait ? wait - since : 0, 0) == 0);
}

static void study_end(struct study *s)
{
	struct learner *l = s->of;
	if (l != NULL)
		l->study = NULL;
	catalog_unref(&s->catalog);
	lesson_destroy(&s->lesson);
	suggest_unref(&s->model);
	free(s);
	if (l != NULL)
		plan(l);
}

static void study_run(uv_work_t *w)
{
	struct study *s = w->data;
	s->model = lesson_learn(s->lesson, &s->stop);
}

static void study_done(uv_work_t *w, int status)
{
	struct study *s = w->data;
	struct learner *l = s->of;
	if (status == 0 && l != NULL) {
		uint64_t ms = uv_now(l->loop) - s->began;
		suggest_unref(&l->model);
		l->model = s->model;
		s->model = NULL;
		metric_set(l->examples, (int64_t)suggest_examples(l->model));
		log_info("suggest", "learned", "examples=%zu categories=%zu departments=%zu ms=%llu", suggest_examples(l->model),
			suggest_labels(l->model, SUGGEST_CATEGORY), suggest_labels(l->model, SUGGEST_DEPARTMENT), (unsigned long long)ms);
	}
	study_end(s);
}

static int read_run(struct tx *tx, void *arg, struct err *e)
{
	struct study *s = arg;
	return lesson_read(tx, s->catalog, &s->lesson, e);
}

static void read_done(void *arg, int rc, const struct err *e)
{
	struct study *s = arg;
	if (rc < 0)
		log_error("suggest", "nothing learned", "reason=%s", e->words);
	if (s->of != NULL)
		s->of->learned_at = uv_now(s->of->loop);
	if (rc < 0 || s->of == NULL || uv_queue_work(s->of->loop, &s->work, study_run, study_done) != 0)
		study_end(s);
}

static void study_begin(struct learner *l)
{
	struct study *s = mem_new(struct study);
	s->of = l;
	s->work.data = s;
	s->catalog = catalog_ref(l->catalog(l->catalog_arg));
	s->began = uv_now(l->loop);
	atomic_init(&s->stop, false);
	l->study = s;
	l->due = l->hurry = false;
	if (store_read(l->store, read_run, read_done, s) < 0)
		study_end(s);
}

struct learner *learner_create(uv_loop_t *loop, struct store *store)
{
	struct learner *l = mem_new(struct learner);
	l->loop = loop;
	l->store = store;
	must(uv_timer_init(loop, &l->timer) == 0);
	l->timer.data = l;
	l->examples = metric_gauge("xinqiao_suggest_examples", "", "Examples the suggestions were learned from");
	return l;
}

void learner_start(struct learner *l, struct catalog *(*catalog)(void *), void *arg)
{
	l->catalog = catalog;
	l->catalog_arg = arg;
	l->started = l->due = true;
	must(uv_timer_start(&l->timer, on_timer, FIRST_MS, 0) == 0);
}

void learner_decided(struct learner *l)
{
	bool was = l->due;
	l->due = true;
	if (!was)
		plan(l);
}

void learner_hurry(struct learner *l)
{
	l->due = l->hurry = true;
	plan(l);
}

struct suggest *learner_model(struct learner *l)
{
	return suggest_ref(l->model);
}

static void closed(uv_handle_t *h)
{
	free(h->data);
}

void learner_destroy(struct learner **lp)
{
	struct learner *l = *lp;
	*lp = NULL;
	if (l->study != NULL) {
		atomic_store(&l->study->stop, true);
		l->study->of = NULL;
	}
	suggest_unref(&l->model);
	uv_close((uv_handle_t *)&l->timer, closed);
}
