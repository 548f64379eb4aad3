#include "adapters/wechat/api.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/buf.h"
#include "gateway/base/fetch.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"

enum { PATHS_MAX = 24, CALL_TIMEOUT_MS = 20000, UPLOAD_TIMEOUT_MS = 120000, WORDS_MAX = 300, LABELS_MAX = 240 };

struct counted { const char *path; uint64_t n; struct metric *metric; };

struct api {
	struct token_settings set;
	struct counted counted[PATHS_MAX]; /* paths are literals */
	struct token *token;
	struct api_call *calls;
};

struct api_call {
	struct api_call *next, **at;
	struct api *api;
	const char *path;                  /* a literal */
	char *query, *body, *used;  /* used: the token of this try */
	struct curl_slist *headers;
	struct api_file file;              /* bytes NULL: none */
	size_t written;                    /* of it */
	curl_mime *form;
	CURL *easy;                        /* under way; NULL: waits for a token */
	struct buf bytes;
	bool download, again, once;
	bool attached;                     /* what comes is a file by its header */
	unsigned ms;
	api_done_f *done;
	void *arg;
};

struct api *api_create(const struct token_settings *s)
{
	struct api *a = mem_new(struct api);
	a->set = *s;
	a->token = token_create(s);
	return a;
}

void api_start(struct api *a)
{
	token_start(a->token);
}

/* --- the end of a call --- */

static void finish(struct api_call *c, const struct api_answer *answer)
{
	api_done_f *done = c->done;
	void *arg = c->arg;
	*c->at = c->next;
	if (c->next)
		c->next->at = c->at;
	if (done)
		done(arg, answer);
	buf_fini(&c->bytes);
	free(c->query);
	free(c->body);
	free(c->used);
	free(c);
}

static void finish_words(struct api_call *c, enum fate fate, const char *words)
{
	finish(c, &(struct api_answer){ .fate = fate, .words = words, .type = "" });
}

/* --- what came --- */

static void go(struct api_call *c);

static void judge(struct api_call *c, const json_t *j)
{
	char words[WORDS_MAX] = "";
	int code = (int)json_integer_value(json_object_get(j, "errcode"));
	enum fate fate = error_fate(code, c->api->set.wecom);
	if (fate == FATE_TOKEN && !c->again) {
		c->again = true;
		token_reject(c->api->token, c->used);
		go(c);
		return;
	}
	if (fate == FATE_TOKEN)
		fate = FATE_BUSY; /* a new one was rejected too: what is wrong is said by the token's own state */
	if (code) {
		const char *known = error_words(code, c->api->set.wecom), *said = json_string_value(json_object_get(j, "errmsg"));
		(void)snprintf(words, sizeof words, "%d %s", code, known ? known : said ? said : "");
	}
	finish(c, &(struct api_answer){ .fate = fate, .code = code, .words = words, .json = j, .type = "" });
}

static void read_answer(struct api_call *c, long status, const char *type)
{
	bool json = !c->attached &&
		(!c->download || strncasecmp(type, "application/json", 16) == 0 || strncasecmp(type, "text/plain", 10) == 0);
	json_t *j = json && c->bytes.len ? json_loadb(buf_str(&c->bytes), c->bytes.len, 0, NULL) : NULL;
	char words[WORDS_MAX];
	if (json_is_object(j) && status < 400) {
		judge(c, j);
	} else if (status == 200 && c->download) {
		finish(c, &(struct api_answer){ .fate = FATE_OK, .words = "", .bytes = c->bytes.data, .n = c->bytes.len, .type = type });
	} else {
		(void)snprintf(words, sizeof words, "the platform answered with HTTP status %ld", status);
		/* A proxy's 4xx turned the question away; behind a 5xx it may have been taken. */
		finish_words(c, status >= 400 && status < 500 ? FATE_BUSY : FATE_LOST, words);
	}
	json_decref(j);
}

static void on_done(CURL *easy, CURLcode result, const char *words, void *arg)
{
	struct api_call *c = arg;
	long status = 0, sent = 0;
	char *type = NULL, kept[100], why[WORDS_MAX];
	c->easy = NULL;
	curl_slist_free_all(c->headers);
	c->headers = NULL;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	(void)snprintf(kept, sizeof kept, "%s", type ? type : "");
	curl_easy_cleanup(easy);
	curl_mime_free(c->form);
	c->form = NULL;
	if (result == CURLE_OK) {
		read_answer(c, status, kept);
		return;
	}
	if (c->bytes.overflow) {
		finish_words(c, FATE_NEVER, "it is larger than we take");
		return;
	}
	(void)snprintf(why, sizeof why, "the platform cannot be reached: %.200s", words);
	if (result != CURLE_ABORTED_BY_CALLBACK && !c->download)
		token_trouble(c->api->token, why);
	finish_words(c, sent > 0 ? FATE_LOST : FATE_UNREACHED, why);
}

/* --- the question --- */

/* A file comes with this header, what the platform says without (both pages "get temporary material"): a citizen's file may itself
 * be JSON with an errcode. */
static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
	static const char named[] = "content-disposition:";
	struct api_call *c = arg;
	if (size * n >= sizeof named && strncasecmp(line, named, sizeof named - 1) == 0)
		c->attached = c->download;
	return size * n;
}

static size_t on_bytes(char *p, size_t size, size_t n, void *arg)
{
	struct api_call *c = arg;
	return buf_add(&c->bytes, p, size * n) ? size * n : 0;
}

static size_t on_want(char *p, size_t size, size_t n, void *arg)
{
	struct api_call *c = arg;
	size_t most = size * n, left = c->file.n - c->written, step = left < most ? left : most;
	memcpy(p, (const char *)c->file.bytes + c->written, step);
	c->written += step;
	return step;
}

static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct api_call *c = arg;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > c->file.n)
		return CURL_SEEKFUNC_CANTSEEK;
	c->written = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static void put_file(struct api_call *c)
{
	c->written = 0;
	c->form = curl_mime_init(c->easy);
	curl_mimepart *part = c->form ? curl_mime_addpart(c->form) : NULL;
	must(part && curl_mime_name(part, "media") == CURLE_OK && curl_mime_filename(part, c->file.name) == CURLE_OK &&
		curl_mime_type(part, c->file.type) == CURLE_OK &&
		curl_mime_data_cb(part, (curl_off_t)c->file.n, on_want, on_seek, NULL, c) == CURLE_OK);
	curl_easy_setopt(c->easy, CURLOPT_MIMEPOST, c->form);
}

static void count(struct api *a, const char *path)
{
	char labels[LABELS_MAX];
	struct counted *k = a->counted;
	while (k->path && strcmp(k->path, path) != 0)
		if (++k == a->counted + PATHS_MAX)
			return;
	if (!k->path) {
		(void)snprintf(labels, sizeof labels, "app=\"%.64s\",call=\"%.100s\"", a->set.id, path + sizeof "/cgi-bin/" - 1);
		*k = (struct counted){ path, 0, metric_counter("xinqiao_wechat_calls_total", labels, "Calls made to the platform") };
	}
	k->n++;
	metric_add(k->metric, 1);
}

static void with_token(void *arg, const char *value, const char *words)
{
	struct api_call *c = arg;
	if (!value) {
		finish_words(c, FATE_UNREACHED, words);
		return;
	}
	free(c->used);
	c->used = mem_strdup(value);
	buf_clear(&c->bytes);
	c->attached = false;
	CURL *easy = c->easy = fetch_handle();
	count(c->api, c->path);
	char *token = curl_easy_escape(easy, value, 0);
	char *url = mem_printf("%s%s?access_token=%s%s%s", c->api->set.base, c->path, token, *c->query ? "&" : "", c->query);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_free(token);
	free(url);
	if (c->body) {
		c->headers = curl_slist_append(NULL, "Content-Type: application/json");
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, c->body);
		curl_easy_setopt(easy, CURLOPT_HTTPHEADER, c->headers);
	}
	if (c->file.bytes)
		put_file(c);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, c->once ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)c->ms);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, c);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, c);
	fetch_start(c->api->set.fetch, easy, on_done, c);
}

const char *api_counted(const struct api *a, size_t i, uint64_t *n)
{
	if (i >= PATHS_MAX || !a->counted[i].path)
		return NULL;
	*n = a->counted[i].n;
	return a->counted[i].path;
}

struct token *api_token(struct api *a)
{
	return a->token;
}

void api_token_facts(const struct api *a, struct token_facts *out)
{
	token_facts(a->token, out);
}

static void go(struct api_call *c)
{
	token_want(c->api->token, with_token, c);
}

static struct api_call *call(struct api *a, const char *path, const char *query, size_t most, unsigned ms, api_done_f *done,
	void *arg)
{
	struct api_call *c = mem_new(struct api_call);
	*c = (struct api_call){ .api = a, .path = path, .query = mem_strdup(query), .ms = ms, .done = done, .arg = arg,
		.next = a->calls, .at = &a->calls };
	if (c->next)
		c->next->at = &c->next;
	a->calls = c;
	buf_init(&c->bytes, most);
	return c;
}

void api_post(struct api *a, const char *path, bool twice, const json_t *body, api_done_f *done, void *arg)
{
	struct api_call *c = call(a, path, "", API_JSON_MAX, CALL_TIMEOUT_MS, done, arg);
	c->once = !twice;
	c->body = json_dumps(body, JSON_COMPACT);
	must(c->body);
	go(c);
}

void api_upload(struct api *a, const char *path, const char *query, const struct api_file *f, api_done_f *done, void *arg)
{
	struct api_call *c = call(a, path, query, API_JSON_MAX, UPLOAD_TIMEOUT_MS, done, arg);
	c->file = *f;
	go(c);
}

void api_download(struct api *a, const char *path, const char *query, size_t most, unsigned ms, api_done_f *done, void *arg)
{
	struct api_call *c = call(a, path, query, most, ms, done, arg);
	c->download = true;
	go(c);
}

void api_forget(struct api *a, void *arg)
{
	for (struct api_call *c = a->calls; c; c = c->next)
		if (c->arg == arg)
			c->done = NULL;
}

void api_destroy(struct api **ap)
{
	struct api *a = *ap;
	if (!a)
		return;
	*ap = NULL;
	token_destroy(&a->token); /* ends those that wait for one */
	while (a->calls)
		fetch_cancel(a->set.fetch, a->calls->easy);
	free(a);
}
