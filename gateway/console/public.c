/* What belongs to no channel and needs no login: the start page, health, metrics, and the console's files. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/metrics.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/pages.h"

enum { METRICS_MAX = 4 << 20, PATH_MAX_OWN = 1000 };

/* --- the start page --- */

static void start_page(struct http_req *r, void *arg)
{
	struct console *c = arg;
	bool en = page_english(r);
	struct buf b;
	page_begin(&b, en, c->set.hotline);
	buf_adds(&b, "<header class=\"hero\"><img src=\"/console/mark.svg\" width=\"56\" height=\"56\" alt=\"\">\n<h1>");
	page_text(&b, c->set.hotline);
	buf_adds(&b, en ? "</h1>\n<p>Write to the city's hotline by text message, web chat or email. Every message becomes a "
		"ticket with a number, and the answer comes back the way you wrote.</p></header>\n" :
		"</h1>\n<p>您可以通过短信、网页或邮件向政务服务便民热线反映诉求。每条诉求都会生成工单编号，办理结果按您来信的渠道答复您。</p></header>\n");
	buf_adds(&b, en ? "<p class=\"urgent\">In an emergency call 110, 119 or 120.</p>\n"
		"<nav><a class=\"chief\" href=\"/chat?lang=en\">Write to us</a>\n<a href=\"/kb?lang=en\">Answers</a>\n<a href=\"/console/\">For staff</a></nav>\n" :
		"<p class=\"urgent\">遇紧急危险请直接拨打 110 / 119 / 120</p>\n"
		"<nav><a class=\"chief\" href=\"/chat\">在线反映</a>\n<a href=\"/kb\">知识库</a>\n<a href=\"/console/\">工作人员入口</a></nav>\n");
	page_end(r, 200, &b, en);
}

/* --- health --- */

static void healthz(struct http_req *r, void *arg)
{
	(void)arg;
	http_answer_text(r, 200, "ok\n");
}

static void readyz(struct http_req *r, void *arg)
{
	static const char *const headers[] = { "Cache-Control", "no-store", NULL };
	struct console *c = arg;
	struct channels *all = flow_channels(c->set.flow);
	bool store = store_healthy(c->set.store), ready = store;
	json_t *list = json_array();
	const struct channel *ch;
	for (size_t i = 0; (ch = channel_at(all, i)) != NULL; i++) {
		ready = ready && (ch->up || channel_off(ch));
		must(json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", ch->name, "kind", ch->ops->caps.kind,
			"up", (int)ch->up, "words", ch->words, "facts", channel_facts(ch))) == 0);
	}
	json_t *o = json_pack("{s:b, s:{s:b, s:i}, s:o}", "ready", (int)ready, "store", "healthy", (int)store, "queued",
		(int)store_queued(c->set.store), "channels", list);
	must(o != NULL);
	char *text = json_dumps(o, JSON_COMPACT);
	http_answer(r, ready ? 200 : 503, "application/json", text, strlen(text), headers);
	free(text);
	json_decref(o);
}

static void metrics(struct http_req *r, void *arg)
{
	struct console *c = arg;
	struct buf b;
	metric_set(metric_gauge("xinqiao_store_queue", "", "Write jobs that wait"), store_queued(c->set.store));
	metric_set(metric_gauge("xinqiao_store_healthy", "", "0 after a commit failed"), store_healthy(c->set.store));
	buf_init(&b, METRICS_MAX);
	metrics_write(&b);
	http_answer(r, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&b), b.len, NULL);
	buf_fini(&b);
}

/* --- files --- */

/* Only names of ours: letters, digits, dots, dashes, one folder deep or two, and nothing that begins with a dot. */
static bool file_name_safe(const char *s)
{
	if (*s == '\0' || strlen(s) > 200)
		return false;
	for (const char *p = s; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || strchr("-_./", *p)) ||
			(*p == '.' && (p == s || p[-1] == '/' || p[-1] == '.')))
			return false;
	return true;
}

static void answer_ours(struct http_req *r, const struct console *c, const char *name)
{
	char path[PATH_MAX_OWN];
	int n = snprintf(path, sizeof path, "%s/console/%s", c->set.www, name);
	if (n < 0 || (size_t)n >= sizeof path)
		http_problem(r, 404, "Not found", NULL);
	else
		http_answer_file(r, path, "no-cache");
}

/* A path with an ending is a file; every other path below /console/ is the one page, which reads the path itself. */
static void console_page(struct http_req *r, void *arg)
{
	const char *name = http_rest(r), *last = strrchr(name, '/');
	bool file = strchr(last ? last : name, '.') != NULL;
	if (file && !file_name_safe(name))
		http_problem(r, 404, "Not found", NULL);
	else
		answer_ours(r, arg, file ? name : "index.html");
}

/* What others wrote and we serve: Chart.js, from its package. */
static void vendor(struct http_req *r, void *arg)
{
	const struct console *c = arg;
	char path[PATH_MAX_OWN];
	int n = snprintf(path, sizeof path, "%s/vendor/%s", c->set.www, http_rest(r));
	if (!file_name_safe(http_rest(r)) || n < 0 || (size_t)n >= sizeof path)
		http_problem(r, 404, "Not found", NULL);
	else
		http_answer_file(r, path, "max-age=86400");
}

static void openapi(struct http_req *r, void *arg)
{
	answer_ours(r, arg, "openapi.json");
}

static void console_slash(struct http_req *r, void *arg)
{
	(void)arg;
	http_redirect(r, 308, "/console/");
}

void public_register(struct console *c)
{
	struct http_server *h = c->set.http;
	http_route(h, "GET", "/", start_page, c);
	http_route(h, "GET", "/healthz", healthz, c);
	http_route(h, "GET", "/readyz", readyz, c);
	http_route(h, "GET", "/metrics", metrics, c);
	http_route(h, "GET", "/api/v1/openapi.json", openapi, c);
	http_route(h, "GET", "/console", console_slash, c);
	http_route(h, "GET", "/console/vendor/*", vendor, c);
	http_route(h, "GET", "/console/*", console_page, c);
}
