#include "adapters/webchat/pages.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "adapters/webchat/squeeze.h"
#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"

/* In this order: each may use what stands above it. */
static const char *const scripts[] = {
	"dom.js",
	"shelf.js",
	"outbox.js",
	"link.js",
	"files.js",
	"phone.js",
	"timeline.js",
	"survey.js",
	"chat.js",
	"boot.js",
};
enum { SCRIPTS = sizeof scripts / sizeof *scripts, SCRIPT_MAX = 4 * CHAT_SOURCE_MAX, ETAG_MAX = 20 };

enum { ZH, EN, LANGUAGES };
static const char *const languages[LANGUAGES] = { "zh-CN", "en" };

struct chat_pages {
	char *folder;
	struct buf script, gzipped, page[LANGUAGES], words[LANGUAGES], words_gzipped[LANGUAGES];
	char *page_policy;
	int language;
	char etag[ETAG_MAX];
};

static int read_source(const char *folder, const char *name, struct buf *out, struct err *e)
{
	char *path = mem_printf("%s/%s", folder, name);
	FILE *f = fopen(path, "rbe");
	int rc = f ? 0 : err_set(e, E_IO, "cannot open %s: %m", path);
	char piece[4096];
	size_t n;
	buf_clear(out);
	while (rc == 0 && (n = fread(piece, 1, sizeof piece, f)) > 0)
		if (!buf_add(out, piece, n))
			rc = err_set(e, E_RANGE, "%s is larger than %d bytes", path, CHAT_SOURCE_MAX);
	if (rc == 0 && ferror(f))
		rc = err_set(e, E_IO, "cannot read %s", path);
	if (f)
		fclose(f);
	free(path);
	return rc;
}

/* "const NAME = <value>;" ; takes the value. */
static int add_constant(struct buf *script, const char *name, json_t *value, struct err *e)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	json_decref(value);
	if (!text)
		return err_set(e, E_MALFORMED, "the widget's %s cannot be written as JSON", name);
	buf_addf(script, "const %s = %s;\n", name, text);
	free(text);
	return 0;
}

static int add_settings(struct buf *script, const struct chat_page_settings *s, struct err *e)
{
	return add_constant(script, "SERVER", json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:b}", "name", s->name, "greeting",
		s->greeting ? s->greeting : "", "language", s->language, "max_text", (int)s->max_text, "max_files", (int)s->max_files,
		"max_file", (int)s->max_file, "phones", s->phones), e);
}

static int add_style(struct buf *script, const char *style, struct err *e)
{
	struct buf small;
	buf_init(&small, CHAT_SOURCE_MAX);
	squeeze_style(style, &small);
	int rc = add_constant(script, "CSS", json_stringn(buf_str(&small), small.len), e);
	buf_fini(&small);
	return rc;
}

/* level: of zlib's memory. Less of it ends a block sooner, which suits a text whose parts differ: words, style, script. */
static void gzip(const struct buf *in, struct buf *out, int level)
{
	z_stream z = { 0 };
	buf_clear(out);
	must(deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, level, Z_DEFAULT_STRATEGY) == Z_OK);
	size_t most = deflateBound(&z, in->len);
	z.next_in = in->data;
	z.avail_in = (uInt)in->len;
	z.next_out = buf_room(out, most);
	z.avail_out = (uInt)most;
	must(z.next_out && deflate(&z, Z_FINISH) == Z_STREAM_END);
	buf_grew(out, z.total_out);
	deflateEnd(&z);
}

static void gzip_smallest(const struct buf *in, struct buf *out)
{
	enum { LEAST = 1, MOST = 9 };
	int best = MOST;
	size_t smallest = SIZE_MAX;
	for (int level = LEAST; level <= MOST; level++) {
		gzip(in, out, level);
		if (out->len < smallest) {
			smallest = out->len;
			best = level;
		}
	}
	gzip(in, out, best);
}

/* strings.json has every text in both languages side by side; a browser fetches those it shows. */
static int read_words(struct chat_pages *p, struct buf *source, struct err *e)
{
	json_error_t why;
	const char *key;
	json_t *pair;
	int rc = read_source(p->folder, "strings.json", source, e);
	if (rc < 0)
		return rc;
	json_t *strings = json_loadb(buf_str(source), source->len, 0, &why);
	if (!strings)
		return err_set(e, E_MALFORMED, "%s/strings.json:%d: %s", p->folder, why.line, why.text);
	for (size_t l = 0; l < LANGUAGES; l++) {
		json_t *one = json_object();
		json_object_foreach(strings, key, pair)
			must(json_object_set(one, key, json_array_get(pair, l)) == 0);
		char *text = json_dumps(one, JSON_COMPACT);
		buf_adds(&p->words[l], text);
		gzip_smallest(&p->words[l], &p->words_gzipped[l]);
		free(text);
		json_decref(one);
	}
	json_decref(strings);
	return 0;
}

static int add_sources(struct chat_pages *p, struct buf *source, struct err *e)
{
	int rc = read_words(p, source, e);
	if (rc < 0 || (rc = read_source(p->folder, "style.css", source, e)) < 0 ||
	    (rc = add_style(&p->script, buf_str(source), e)) < 0)
		return rc;
	for (size_t i = 0; i < SCRIPTS; i++) {
		if ((rc = read_source(p->folder, scripts[i], source, e)) < 0)
			return rc;
		squeeze_script(buf_str(source), &p->script);
	}
	return 0;
}

static int build_script(struct chat_pages *p, const struct chat_page_settings *s, struct buf *source, struct err *e)
{
	uint8_t hash[SHA256_LEN];
	buf_adds(&p->script, "(function () {\n'use strict';\n");
	int rc = add_settings(&p->script, s, e);
	if (rc == 0)
		rc = add_sources(p, source, e);
	if (rc < 0)
		return rc;
	buf_adds(&p->script, "})();\n");
	if (p->script.overflow)
		return err_set(e, E_RANGE, "the widget in %s is larger than %d bytes", p->folder, SCRIPT_MAX);
	gzip_smallest(&p->script, &p->gzipped);
	buf_clear(source);
	buf_add(source, p->script.data, p->script.len);
	for (int l = 0; l < LANGUAGES; l++)
		buf_add(source, p->words[l].data, p->words[l].len);
	crypto_sha256(source->data, source->len, hash);
	char hex[2 * 8 + 1];
	(void)snprintf(p->etag, sizeof p->etag, "\"%s\"", crypto_hex(hash, 8, hex));
	return 0;
}

static void add_escaped(struct buf *out, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&': buf_adds(out, "&amp;"); break;
		case '<': buf_adds(out, "&lt;"); break;
		case '>': buf_adds(out, "&gt;"); break;
		case '"': buf_adds(out, "&quot;"); break;
		default: buf_addc(out, *text);
		}
}

/* Copies the page, {{name}} and {{language}} filled in. */
static void fill_page(struct buf *out, const char *page, const char *name, const char *language)
{
	const struct { const char *slot, *value; } slots[] = { { "{{name}}", name }, { "{{language}}", language } };
	while (*page) {
		size_t i = 0, n = strcspn(page + 1, "{") + 1;
		while (i < 2 && strncmp(page, slots[i].slot, strlen(slots[i].slot)) != 0)
			i++;
		if (i < 2) {
			add_escaped(out, slots[i].value);
			n = strlen(slots[i].slot);
		} else {
			buf_add(out, page, n);
		}
		page += n;
	}
}

/* Browsers differ on whether 'self' covers ws:, so the socket's own origin is named. */
static char *page_policy(const struct chat_page_settings *s)
{
	struct buf b;
	const char *rest = strstr(s->public_url, "://");
	size_t host = rest ? strcspn(rest + 3, "/") : 0;
	buf_init(&b, 64 * 1024);
	buf_adds(&b, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'");
	if (host)
		buf_addf(&b, " %s://%.*s", strncmp(s->public_url, "https", 5) == 0 ? "wss" : "ws", (int)host, rest + 3);
	buf_adds(&b, "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; frame-ancestors 'self'");
	for (size_t i = 0; i < s->origins; i++)
		buf_addf(&b, " %s", s->origin[i]);
	return buf_take_str(&b);
}

int chat_pages_create(struct chat_pages **out, const struct chat_page_settings *s, struct err *e)
{
	struct buf source;
	struct chat_pages *p = mem_new(struct chat_pages);
	p->folder = mem_strdup(s->folder);
	p->language = strcmp(s->language, languages[EN]) == 0 ? EN : ZH;
	p->page_policy = page_policy(s);
	buf_init(&p->script, SCRIPT_MAX);
	buf_init(&p->gzipped, SCRIPT_MAX);
	buf_init(&source, CHAT_SOURCE_MAX);
	for (int l = 0; l < LANGUAGES; l++) {
		buf_init(&p->words[l], CHAT_SOURCE_MAX);
		buf_init(&p->words_gzipped[l], CHAT_SOURCE_MAX);
	}
	int rc = build_script(p, s, &source, e);
	if (rc == 0)
		rc = read_source(p->folder, "chat.html", &source, e);
	for (int l = 0; l < LANGUAGES; l++) {
		buf_init(&p->page[l], 4 * CHAT_SOURCE_MAX);
		if (rc == 0)
			fill_page(&p->page[l], buf_str(&source), s->name, languages[l]);
	}
	buf_fini(&source);
	*out = p;
	if (rc < 0)
		chat_pages_destroy(out);
	return rc;
}

void chat_pages_destroy(struct chat_pages **pp)
{
	struct chat_pages *p = *pp;
	if (!p)
		return;
	for (int l = 0; l < LANGUAGES; l++) {
		buf_fini(&p->page[l]);
		buf_fini(&p->words[l]);
		buf_fini(&p->words_gzipped[l]);
	}
	buf_fini(&p->script);
	buf_fini(&p->gzipped);
	free(p->page_policy);
	free(p->folder);
	free(p);
	*pp = NULL;
}

const char *chat_pages_script(const struct chat_pages *p, size_t *n, size_t *gzipped)
{
	*n = p->script.len;
	*gzipped = p->gzipped.len;
	return buf_str(&p->script);
}

/* --- serving --- */

/* Sites embed this under their own origin, so it must be readable from everywhere; it holds nothing secret. */
static void serve_smaller(struct http_req *req, const struct chat_pages *p, const char *type, const struct buf *plain,
	const struct buf *gzipped)
{
	const char *known = http_header(req, "if-none-match"), *accepts = http_header(req, "accept-encoding");
	bool zip = accepts && strstr(accepts, "gzip");
	const struct buf *body = zip ? gzipped : plain;
	const char *headers[] = { "cache-control", "public, max-age=300", "etag", p->etag, "vary", "accept-encoding",
		"access-control-allow-origin", "*", "cross-origin-resource-policy", "cross-origin",
		zip ? "content-encoding" : NULL, "gzip", NULL };
	if (known && strstr(known, p->etag))
		http_answer(req, 304, type, "", 0, headers);
	else
		http_answer(req, 200, type, body->data, body->len, headers);
}

static void serve_script(struct http_req *req, void *arg)
{
	const struct chat_pages *p = arg;
	serve_smaller(req, p, "text/javascript; charset=utf-8", &p->script, &p->gzipped);
}

static void serve_words(struct http_req *req, void *arg)
{
	const struct chat_pages *p = arg;
	int l = strcmp(http_rest(req), languages[EN]) == 0 ? EN : ZH;
	serve_smaller(req, p, "application/json", &p->words[l], &p->words_gzipped[l]);
}

/* ?lang=, then the browser's first language, then the hotline's. */
static int page_language(const struct http_req *req, const struct chat_pages *p)
{
	const char *asked = http_query(req, "lang");
	if (!asked)
		asked = http_header(req, "accept-language");
	if (asked && strncmp(asked, "en", 2) == 0)
		return EN;
	return asked && strncmp(asked, "zh", 2) == 0 ? ZH : p->language;
}

static void serve_page(struct http_req *req, void *arg)
{
	const struct chat_pages *p = arg;
	const struct buf *body = &p->page[page_language(req, p)];
	const char *const headers[] = { "cache-control", "no-cache", "vary", "accept-language",
		"content-security-policy", p->page_policy, NULL };
	http_answer(req, 200, "text/html; charset=utf-8", body->data, body->len, headers);
}

static bool plain_name(const char *name)
{
	return *name && *name != '.' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(name);
}

static void serve_file(struct http_req *req, void *arg)
{
	const struct chat_pages *p = arg;
	if (!plain_name(http_rest(req))) {
		http_problem(req, 404, "Not found", "There is no such file.");
		return;
	}
	char *path = mem_printf("%s/%s", p->folder, http_rest(req));
	http_answer_file(req, path, "public, max-age=300");
	free(path);
}

void chat_pages_route(struct chat_pages *p, struct http_server *server)
{
	http_route(server, "GET", "/chat", serve_page, p);
	http_route(server, "GET", "/widget.js", serve_script, p);
	http_route(server, "GET", "/widget/words/*", serve_words, p);
	http_route(server, "GET", "/widget/*", serve_file, p);
}
