#include "adapters/wechat/xml.h"

#include <libxml/parserInternals.h>
#include <pthread.h>
#include <string.h>

#include "gateway/base/buf.h"

struct reading {
	struct arena *arena;
	struct xml_fields *out;
	size_t room;
	xmlParserCtxt *parser;
	char path[XML_PATH_MAX];
	size_t end[XML_DEPTH_MAX]; /* of the path, a level each */
	unsigned depth;
	struct buf text;           /* of the innermost element so far */
	bool leaf;                 /* no element in it yet */
	bool refused;
};

static void refuse(struct reading *r)
{
	r->refused = true;
	xmlStopParser(r->parser);
}

static void on_doctype(void *arg, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)name, (void)public_id, (void)system_id;
	refuse(arg);
}

static void on_reference(void *arg, const xmlChar *name)
{
	(void)name;
	refuse(arg);
}

static void on_start(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
	const xmlChar **namespace, int attributes, int defaulted, const xmlChar **attribute)
{
	struct reading *r = arg;
	(void)prefix, (void)uri, (void)namespaces, (void)namespace, (void)attributes, (void)defaulted, (void)attribute;
	size_t at = r->depth > 1 ? r->end[r->depth - 1] : 0, n = strlen((const char *)name);
	if (r->depth == XML_DEPTH_MAX || at + n + 2 > sizeof r->path) {
		refuse(r);
		return;
	}
	if (r->depth > 0) {
		if (at > 0)
			r->path[at++] = '/';
		memcpy(r->path + at, name, n + 1);
		at += n;
	}
	r->end[r->depth++] = at;
	buf_clear(&r->text);
	r->leaf = true;
}

static void on_text(void *arg, const xmlChar *p, int n)
{
	struct reading *r = arg;
	if (!buf_add(&r->text, p, (size_t)n))
		refuse(r);
}

static void keep(struct reading *r)
{
	struct xml_fields *f = r->out;
	if (f->n == XML_FIELDS_MAX) {
		refuse(r);
		return;
	}
	if (f->n == r->room) {
		struct xml_field *more = arena_alloc(r->arena, 2 * (r->room + 8) * sizeof *more);
		if (f->n)
			memcpy(more, f->field, f->n * sizeof *more);
		f->field = more;
		r->room = 2 * (r->room + 8);
	}
	f->field[f->n++] = (struct xml_field){ arena_strdup(r->arena, r->path),
		arena_strndup(r->arena, buf_str(&r->text), r->text.len) };
}

static void on_end(void *arg, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct reading *r = arg;
	(void)name, (void)prefix, (void)uri;
	if (r->leaf && r->depth > 1)
		keep(r);
	r->leaf = false;
	r->depth--;
	if (r->depth > 0)
		r->path[r->end[r->depth - 1]] = '\0';
	buf_clear(&r->text);
}

static void on_fault(void *arg, xmlError *e)
{
	(void)arg, (void)e; /* xmlParseDocument() says it too; nothing goes to stderr */
}

static void start_libxml(void)
{
	xmlInitParser();
}

int xml_read(struct arena *a, const char *p, size_t n, struct xml_fields *out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	must(pthread_once(&once, start_libxml) == 0);
	*out = (struct xml_fields){ 0 };
	if (n == 0 || n > INT32_MAX || memchr(p, '\0', n))
		return -1;
	xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC, .internalSubset = on_doctype, .reference = on_reference,
		.startElementNs = on_start, .endElementNs = on_end, .characters = on_text, .ignorableWhitespace = on_text,
		.cdataBlock = on_text, .serror = on_fault };
	struct reading r = { .arena = a, .out = out };
	buf_init(&r.text, n);
	r.parser = xmlCreateMemoryParserCtxt(p, (int)n);
	must(r.parser);
	(void)xmlCtxtUseOptions(r.parser, XML_PARSE_NONET);
	*r.parser->sax = sax;
	r.parser->userData = &r;
	int rc = xmlParseDocument(r.parser);
	bool right = rc == 0 && r.parser->wellFormed && !r.refused;
	xmlFreeParserCtxt(r.parser);
	buf_fini(&r.text);
	return right ? 1 : -1;
}

const char *xml_get(const struct xml_fields *f, const char *path)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->field[i].path, path) == 0)
			return f->field[i].text;
	return NULL;
}
