/* /kb: the knowledge base for everybody, as pages without script. What is shown is approved and valid; under each article
 * anybody can say what is wrong with it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/utf8.h"
#include "gateway/console/internal.h"
#include "gateway/console/pages.h"
#include "gateway/flow/paces.h"
#include "gateway/model/text.h"
#include "gateway/store/article.h"

enum { KB_BODY_MAX = 16 * 1024, KB_PAGE = 20, KB_QUERY_MAX = 300, KB_REPORT_MAX = 1000, KB_OPEN_REPORTS_MAX = 50, EXCERPT = 90 };

struct kb {
	struct console *console;
	struct http_req *req;
	struct arena *arena;
	struct catalog *catalog;
	bool english, one, post, sent, found, some;
	bool full;  /* the report was not kept: too many have come */
	char network[NETWORK_MAX];
	uint64_t id, after;
	const char *query, *report, *fault;
	struct article_row *a; /* found: strings live in `arena` */
	size_t n;
};

static void kb_free(struct kb *k)
{
	catalog_unref(&k->catalog);
	struct arena *a = k->arena;
	arena_destroy(&a);
}

/* --- jobs --- */

/* Rows outlive the job. */
static void keep(struct kb *k, const struct article_row *a, size_t n)
{
	k->a = arena_alloc(k->arena, (n + 1) * sizeof *k->a);
	k->n = n;
	for (size_t i = 0; i < n; i++) {
		k->a[i] = a[i];
		k->a[i].title = arena_strdup(k->arena, a[i].title);
		k->a[i].body = arena_strdup(k->arena, a[i].body);
		k->a[i].department = arena_strdup(k->arena, a[i].department);
	}
}

static int one_load(struct kb *k, struct tx *tx)
{
	struct article_row a;
	k->found = k->sent = k->full = false; /* a lost transaction runs again */
	int rc = article_get(tx, k->id, &a);
	if (rc == 0 && a.live && a.live != a.version)
		rc = article_get_version(tx, k->id, a.live, &a);
	if (rc == 0 && article_public(&a, tx_now(tx))) {
		k->found = true;
		keep(k, &a, 1);
	}
	return rc == E_NOTFOUND ? 0 : rc;
}

static int show_run(struct tx *tx, void *arg, struct err *e)
{
	struct kb *k = arg;
	struct article_row *a = NULL;
	size_t n = 0;
	int rc = 0;
	k->some = false;
	if (k->one)
		rc = one_load(k, tx);
	else if (*k->query) {
		rc = article_search(tx, k->query, false, &a, &n);
		if (rc == 0 && n == 0) {
			k->some = true;
			rc = article_search(tx, k->query, true, &a, &n);
		}
	} else {
		rc = article_list_public(tx, k->after, KB_PAGE, &a, &n);
	}
	if (rc < 0)
		return err_set(e, rc, "the knowledge base could not be read");
	if (!k->one)
		keep(k, a, n);
	return 0;
}

enum { MINUTE = 60 * 1000, DAY = 24 * 60 * MINUTE };

/* Reports of one network: about one article far fewer than it takes, so that nobody fills it. */
static const struct { bool one; unsigned burst, window_ms; } paces[] = { { true, 10, DAY }, { false, 30, 60 * MINUTE }, { false, 100, DAY } };
enum { PACES = sizeof paces / sizeof *paces };

static const char *pace_name(const struct kb *k, struct tx *tx, size_t i)
{
	const char *said = arena_printf(tx_arena(tx), "kb-pace %" PRIu64 " %s", paces[i].one ? k->id : 0, k->network);
	return arena_printf(tx_arena(tx), "kb %zu %s", i, paces_mark(tx, k->console->set.secret, said));
}

/* Counts one more where all have room; else k->full. */
static int pace_all(struct kb *k, struct tx *tx)
{
	struct paced paced[PACES];
	unsigned wait;
	for (size_t i = 0; i < PACES; i++)
		paced[i] = (struct paced){ .name = pace_name(k, tx, i), .burst = paces[i].burst, .window_ms = paces[i].window_ms };
	int rc = paces_look(tx, paced, PACES, &wait);
	k->full |= wait != 0;
	return rc == 0 && !k->full ? paces_count(tx, paced, PACES) : rc;
}

/* A flood of reports about one article says no more than the first fifty; whoever comes then is told so. */
static int post_run(struct tx *tx, void *arg, struct err *e)
{
	struct kb *k = arg;
	int rc = one_load(k, tx);
	if (rc == 0 && k->found && !k->fault) {
		struct article_fault_row f = { .article = k->id, .version = k->a->version, .by = "citizen", .text = k->report };
		k->full = k->a->faults >= KB_OPEN_REPORTS_MAX;
		if (!k->full)
			rc = pace_all(k, tx);
		if (rc == 0 && !k->full)
			rc = article_fault_insert(tx, &f);
		k->sent = rc == 0 && !k->full;
	}
	return rc < 0 ? err_set(e, rc, "the report could not be stored") : 0;
}

/* --- the pages --- */

static void words(struct buf *b, const struct kb *k, const char *zh, const char *en)
{
	buf_adds(b, k->english ? en : zh);
}

static const char *department_of(const struct kb *k, const struct article_row *a)
{
	const struct department *d = catalog_department(k->catalog, a->department);
	return d == NULL ? k->console->set.hotline : k->english && *d->name_en ? d->name_en : d->name;
}

static void meta(struct buf *b, const struct kb *k, const struct article_row *a)
{
	char day[CLOCK_TEXT], until[CLOCK_TEXT];
	buf_adds(b, "<p class=\"about\">");
	page_text(b, department_of(k, a));
	buf_addf(b, " · %s %.10s", k->english ? "updated" : "更新于", clock_rfc3339(a->changed_at, day));
	if (a->valid_until)
		buf_addf(b, " · %s %.10s", k->english ? "valid until" : "有效期至", clock_rfc3339(a->valid_until, until));
	buf_adds(b, "</p>\n");
}

static void search_form(struct buf *b, const struct kb *k)
{
	buf_adds(b, "<form class=\"seek\" method=\"get\" action=\"/kb\" role=\"search\"><label class=\"text\"><span>");
	words(b, k, "想了解什么？", "What would you like to know?");
	buf_addf(b, "</span><input type=\"search\" name=\"q\" maxlength=\"100\" value=\"");
	page_text(b, k->query);
	buf_addf(b, "\"></label><input type=\"hidden\" name=\"lang\" value=\"%s\"><button type=\"submit\">", k->english ? "en" : "zh-CN");
	words(b, k, "搜索", "Search");
	buf_adds(b, "</button></form>\n");
}

static void item(struct buf *b, const struct kb *k, const struct article_row *a)
{
	struct buf short_body;
	buf_init(&short_body, 4096);
	text_cut(a->body, EXCERPT, &short_body);
	buf_addf(b, "<li><a href=\"/kb/%" PRIu64 "?lang=%s\">", a->id, k->english ? "en" : "zh-CN");
	page_text(b, a->title);
	buf_adds(b, "</a><p>");
	page_text(b, buf_str(&short_body));
	buf_adds(b, "</p>");
	meta(b, k, a);
	buf_adds(b, "</li>\n");
	buf_fini(&short_body);
}

static void list_page(struct buf *b, const struct kb *k)
{
	buf_adds(b, "<header class=\"head\"><p class=\"from\">");
	page_text(b, k->console->set.hotline);
	buf_addf(b, "</p><h1>%s</h1></header>\n", k->english ? "Answers" : "知识库");
	search_form(b, k);
	if (k->n == 0)
		words(b, k, *k->query ? "<p class=\"big\">没有找到。换个说法再试，或直接向我们反映。</p>\n" : "<p class=\"big\">这里还没有文章。</p>\n",
			*k->query ? "<p class=\"big\">Nothing found. Try other words, or write to us.</p>\n" :
			"<p class=\"big\">There are no articles yet.</p>\n");
	else if (k->some)
		words(b, k, "<p>没有完全符合的文章，这些比较接近：</p>\n", "<p>No article has all of it; these come close:</p>\n");
	buf_adds(b, "<ul class=\"answers\">\n");
	for (size_t i = 0; i < k->n; i++)
		item(b, k, &k->a[i]);
	buf_adds(b, "</ul>\n");
	if (!*k->query && k->n == KB_PAGE)
		buf_addf(b, "<p><a rel=\"next\" href=\"/kb?after=%" PRIu64 "&amp;lang=%s\">%s</a></p>\n", k->a[k->n - 1].id,
			k->english ? "en" : "zh-CN", k->english ? "Older" : "更早的");
	buf_addf(b, "<nav><a class=\"chief\" href=\"/chat%s\">%s</a></nav>\n", k->english ? "?lang=en" : "",
		k->english ? "Write to us" : "在线反映");
}

static void report_form(struct buf *b, const struct kb *k)
{
	if (k->sent) {
		words(b, k, "<p class=\"big\" role=\"status\">谢谢，我们会核对这篇文章。</p>\n",
			"<p class=\"big\" role=\"status\">Thank you. We will check this article.</p>\n");
		return;
	}
	if (k->full) {
		words(b, k, "<p class=\"fault\" role=\"alert\">关于这篇文章的意见近来太多，这一条没有收下。请明天再试，或点下面的按钮直接向我们反映。</p>\n",
			"<p class=\"fault\" role=\"alert\">Too many reports about our articles have come; this one was not kept. Try again tomorrow, or "
			"write to us below.</p>\n");
		return;
	}
	buf_addf(b, "<details%s><summary>", k->fault ? " open" : "");
	words(b, k, "这里有错？告诉我们", "Something wrong? Tell us");
	buf_adds(b, "</summary>\n<form method=\"post\">\n");
	if (k->fault)
		buf_addf(b, "<p class=\"fault\" role=\"alert\">%s</p>\n", k->fault);
	buf_adds(b, "<label class=\"text\"><span>");
	words(b, k, "哪里不对，正确的是什么？", "What is wrong, and what would be right?");
	buf_addf(b, "</span><textarea name=\"text\" rows=\"3\" maxlength=\"%d\"></textarea></label>\n<button type=\"submit\">", KB_REPORT_MAX);
	words(b, k, "提交", "Send");
	buf_adds(b, "</button></form></details>\n");
}

static void article_page(struct buf *b, const struct kb *k)
{
	const struct article_row *a = k->a;
	buf_addf(b, "<p class=\"from\"><a href=\"/kb?lang=%s\">%s</a></p><h1>", k->english ? "en" : "zh-CN", k->english ? "Answers" : "知识库");
	page_text(b, a->title);
	buf_adds(b, "</h1>\n");
	meta(b, k, a);
	buf_addf(b, "<article class=\"answer\" lang=\"%s\">", a->language && *a->language ? a->language : "zh-CN");
	page_text(b, a->body);
	buf_adds(b, "</article>\n");
	report_form(b, k);
	buf_addf(b, "<nav><a class=\"chief\" href=\"/chat%s\">%s</a></nav>\n", k->english ? "?lang=en" : "",
		k->english ? "Not what you need? Write to us" : "没有解决？在线反映");
}

static void kb_answer(struct kb *k)
{
	struct buf b;
	int status = k->one && !k->found ? 404 : k->fault ? 422 : k->full ? 429 : 200;
	page_begin(&b, k->english, k->one && k->found ? k->a->title : k->english ? "Answers" : "知识库");
	if (!k->one)
		list_page(&b, k);
	else if (k->found)
		article_page(&b, k);
	else
		buf_addf(&b, "<h1>%s</h1><p class=\"big\">%s</p>\n<p><a href=\"/kb\">%s</a></p>\n", k->english ? "Answers" : "知识库",
			k->english ? "This article is not there any more." : "这篇文章已经不在了。", k->english ? "All answers" : "全部文章");
	page_end(k->req, status, &b, k->english);
}

static void kb_done(void *arg, int rc, const struct err *e)
{
	struct kb *k = arg;
	if (rc < 0) {
		log_error("console", "knowledge page failed", "reason=%s", e->words);
		http_problem(k->req, 503, "Busy: try again soon", NULL);
	} else if (k->sent) {
		char place[100];
		(void)snprintf(place, sizeof place, "/kb/%" PRIu64 "?lang=%s&thanks=1", k->id, k->english ? "en" : "zh-CN");
		http_redirect(k->req, 303, place);
	} else {
		kb_answer(k);
	}
	kb_free(k);
}

/* --- requests --- */

static uint64_t number_of(const char *s)
{
	char *end = NULL;
	uint64_t n = s != NULL && *s >= '0' && *s <= '9' && strlen(s) < 20 ? strtoull(s, &end, 10) : 0;
	return end != NULL && *end == '\0' && n <= INT64_MAX ? n : 0;
}

static struct kb *kb_create(struct http_req *req, struct console *c)
{
	struct arena *a = arena_create(4096);
	struct kb *k = arena_alloc(a, sizeof *k);
	const char *q = http_query(req, "q");
	*k = (struct kb){ .console = c, .req = req, .arena = a, .catalog = catalog_ref(flow_catalog(c->set.flow)),
		.english = page_english(req), .after = number_of(http_query(req, "after")), .query = "" };
	if (q != NULL && utf8_valid(q, strlen(q)))
		k->query = arena_strndup(a, q, utf8_cut(q, strlen(q), KB_QUERY_MAX));
	return k;
}

static void kb_begin(struct kb *k)
{
	struct store *s = k->console->set.store;
	const struct store_job job = { .run = k->post ? post_run : show_run, .done = kb_done, .arg = k, .write = k->post,
		.lane = lane_of_stranger(k->console, k->req) };
	if (store_give(s, &job) == 0)
		return;
	http_problem(k->req, 503, "Busy: try again soon", NULL);
	kb_free(k);
}

static void list_request(struct http_req *req, void *arg)
{
	kb_begin(kb_create(req, arg));
}

static void article_request(struct http_req *req, void *arg)
{
	struct kb *k = kb_create(req, arg);
	k->one = true;
	k->id = number_of(http_rest(req));
	k->post = strcmp(http_method(req), "POST") == 0;
	k->sent = !k->post && http_query(req, "thanks") != NULL;
	if (k->post) {
		size_t n;
		network_asking(k->console, req, k->network);
		const char *body = http_body(req, &n);
		k->report = page_field(k->arena, body, n, "text");
		if (k->report == NULL || text_blank(k->report))
			k->fault = k->english ? "Please say what is wrong." : "请先写明哪里不对。";
		else if (utf8_count(k->report, strlen(k->report)) > KB_REPORT_MAX)
			k->fault = k->english ? "That is too long." : "内容太长，请删减后再提交。";
	}
	kb_begin(k);
}

void kb_register(struct console *c)
{
	http_route(c->set.http, "GET", "/kb", list_request, c);
	http_route(c->set.http, "GET", "/kb/*", article_request, c);
	http_route_body(c->set.http, "POST", "/kb/*", KB_BODY_MAX, article_request, c);
}
