#include "adapters/email/rich.h"

#include <gmime/gmime.h>
#include <libxml/HTMLtree.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/charset.h"
#include "adapters/email/html.h"
#include "adapters/email/html_doc.h"
#include "adapters/email/limits.h"
#include "adapters/email/mime.h"
#include "adapters/email/mime_text.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"
#include "gateway/model/message.h"
#include "gateway/model/text.h"

struct rich {
	GMimePart *html;
	GMimePart *picture[RICH_PICTURES];
	size_t pictures, bytes; /* of those that stand in the page */
	enum charset_hint hint;
	bool beside; /* something is said beside the HTML, too */
};

/* --- what is in the mail --- */

static bool is_picture(GMimeObject *o)
{
	static const char *const type[] = { "png", "jpeg", "gif", "webp" };
	GMimeContentType *t = g_mime_object_get_content_type(o);
	for (size_t i = 0; i < sizeof type / sizeof *type; i++)
		if (g_mime_content_type_is_type(t, "image", type[i]))
			return true;
	return false;
}

static bool is_type(GMimeObject *o, const char *type, const char *subtype)
{
	return g_mime_content_type_is_type(g_mime_object_get_content_type(o), type, subtype);
}

/* A file has a name; what has none is read (mime.c). */
static bool says(const struct rich *r, GMimePart *part, bool html)
{
	struct html_budget left = HTML_BUDGET;
	struct buf words;
	long quote_at;
	if (g_mime_part_get_filename(part))
		return false;
	buf_init(&words, MSG_TEXT_MAX);
	mime_text(part, html, r->hint, &left, &words, &quote_at);
	bool any = !text_blank(buf_str(&words));
	buf_fini(&words);
	return any;
}

static void collect(GMimeObject *parent, GMimeObject *o, gpointer arg)
{
	struct rich *r = arg;
	if (!GMIME_IS_PART(o))
		return;
	const char *disposition = g_mime_object_get_disposition(o);
	bool attached = disposition && !strcasecmp(disposition, "attachment"), html = is_type(o, "text", "html");
	if (!r->html && !attached && html)
		r->html = GMIME_PART(o);
	else if (!attached && (html || (is_type(o, "text", "plain") && !(parent && is_type(parent, "multipart", "alternative")))))
		r->beside |= says(r, GMIME_PART(o), html);
	else if (r->pictures < RICH_PICTURES && g_mime_object_get_content_id(o) && is_picture(o))
		r->picture[r->pictures++] = GMIME_PART(o);
}

/* --- cleaning --- */

static const char *const gone[] = { "script", "frame", "object", "embed", "meta", "link", "base", "template", "noscript", "source",
	"track", "title", "param", "basefont", NULL };
static const char *const opened[] = { "iframe", "frameset", "noframes", "applet", "svg", "math", "audio", "video", "portal", "form", "input", "button", "select", "textarea", "option", "label", "fieldset", "isindex", "xmp", "plaintext", "listing", "noembed", NULL };
static const char *const acting[] = { "srcdoc", "srcset", "action", "formaction", "ping", "background", "dynsrc", "lowsrc", "xmlns",
	"target", "http-equiv", "id", "name", NULL };

static bool one_of(const xmlChar *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcasecmp((const char *)name, *names))
			return true;
	return false;
}

/* Blanks and controls within a scheme are passed over by browsers, so they are here. */
static bool address_starts(const char *s, const char *scheme)
{
	for (; *scheme; s++) {
		if (*s && (unsigned char)*s <= ' ')
			continue;
		if ((*s >= 'A' && *s <= 'Z' ? *s | 32 : *s) != *scheme)
			return false;
		scheme++;
	}
	return true;
}

static bool address_safe(const char *s, bool picture)
{
	if (picture)
		return address_starts(s, "http://") || address_starts(s, "https://") || address_starts(s, "data:image/png") ||
			address_starts(s, "data:image/jpeg") || address_starts(s, "data:image/gif") || address_starts(s, "data:image/webp");
	return *s == '#' || address_starts(s, "http://") || address_starts(s, "https://") || address_starts(s, "mailto:");
}

static GMimePart *picture_of(const struct rich *r, const char *cid)
{
	size_t n = strlen(cid);
	for (size_t i = 0; i < r->pictures; i++) {
		const char *id = g_mime_object_get_content_id(GMIME_OBJECT(r->picture[i]));
		size_t k = strlen(id);
		if (k > 1 && id[0] == '<' && id[k - 1] == '>')
			id++, k -= 2;
		if (k == n && !strncmp(id, cid, n))
			return r->picture[i];
	}
	return NULL;
}

/* "cid:…" → the picture itself. */
static void put_picture(struct rich *r, xmlNode *n, const char *cid)
{
	GMimePart *part = picture_of(r, cid);
	struct buf bytes;
	if (!part)
		return;
	buf_init(&bytes, RICH_PICTURE_MAX);
	mime_content(part, &bytes);
	if (!bytes.overflow && bytes.len > 0 && r->bytes + bytes.len <= RICH_PICTURES_MAX) {
		r->bytes += bytes.len;
		char *text = mem_alloc(4 * ((bytes.len + 2) / 3) + 1);
		char *uri = mem_printf("data:image/%s;base64,%s", g_mime_content_type_get_media_subtype(
			g_mime_object_get_content_type(GMIME_OBJECT(part))), crypto_base64(buf_str(&bytes), bytes.len, text));
		xmlNewProp(n, (const xmlChar *)"src", (const xmlChar *)uri);
		free(uri);
		free(text);
	}
	buf_fini(&bytes);
}

static void clean_attributes(struct rich *r, xmlNode *n)
{
	char *cid = NULL;
	for (xmlAttr *a = n->properties, *next; a; a = next) {
		next = a->next;
		const char *name = (const char *)a->name;
		xmlChar *value = xmlNodeListGetString(n->doc, a->children, 1);
		const char *v = value ? (const char *)value : "";
		bool address = !strcasecmp(name, "href") || !strcasecmp(name, "src");
		bool picture = !strcasecmp(name, "src") && !strcasecmp((const char *)n->name, "img");
		if (picture && !cid && address_starts(v, "cid:"))
			cid = mem_strdup(strchr(v, ':') + 1);
		if (!strncasecmp(name, "on", 2) || strchr(name, ':') || one_of(a->name, acting) || (address && !address_safe(v, picture)) ||
			(address && !picture && !strcasecmp(name, "src")))
			xmlRemoveProp(a);
		else if (!strcasecmp(name, "href"))
			xmlSetProp(n, (const xmlChar *)"title", value); /* where it would lead can be read */
		xmlFree(value);
	}
	if (cid)
		put_picture(r, n, cid);
	free(cid);
}

/* What stands in <style> is written as it is: it may not look like a tag to anybody. */
static bool style_tricky(xmlNode *n)
{
	if (strcasecmp((const char *)n->name, "style"))
		return false;
	xmlChar *text = xmlNodeGetContent(n);
	bool tricky = false;
	for (const char *p = text ? (const char *)text : ""; (p = strchr(p, '<')) != NULL && !tricky; p++)
		tricky = p[1] == '/' || (p[1] | 32) >= 'a';
	xmlFree(text);
	return tricky;
}

/* No deeper than html_doc() reads. */
static void clean(struct rich *r, xmlNode *parent)
{
	for (xmlNode *n = parent->children, *next; n; n = next) {
		next = n->next;
		bool element = n->type == XML_ELEMENT_NODE, text = n->type == XML_TEXT_NODE || n->type == XML_CDATA_SECTION_NODE;
		if ((!element && !text) || (element && (one_of(n->name, gone) || style_tricky(n)))) {
			xmlUnlinkNode(n);
			xmlFreeNode(n);
			continue;
		}
		if (!element)
			continue;
		if (one_of(n->name, opened) || strchr((const char *)n->name, ':'))
			xmlNodeSetName(n, (const xmlChar *)"span");
		else if (!htmlTagLookup(n->name)) /* whatever it is, it is a box here */
			xmlNodeSetName(n, (const xmlChar *)"div");
		clean_attributes(r, n);
		clean(r, n);
	}
}

static bool write_clean(struct rich *r, const struct buf *source, struct buf *out)
{
	struct html_budget left = HTML_BUDGET;
	htmlDocPtr doc = html_doc(buf_str(source), source->len, &left);
	xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
	xmlOutputBufferPtr text = root ? xmlAllocOutputBuffer(NULL) : NULL; /* no encoder: UTF-8 as it is */
	if (text) {
		clean_attributes(r, root);
		clean(r, root);
		htmlNodeDumpFormatOutput(text, doc, root, "UTF-8", 0);
	}
	bool ok = text && xmlOutputBufferGetSize(text) > 0 && buf_adds(out, "<!doctype html>\n<meta charset=\"utf-8\">\n<meta name=\"referrer\" content=\"no-referrer\">\n") &&
		buf_add(out, xmlOutputBufferGetContent(text), xmlOutputBufferGetSize(text));
	if (text)
		(void)xmlOutputBufferClose(text);
	xmlFreeDoc(doc);
	return ok;
}

/* --- whole --- */

static bool part_html(struct rich *r, struct buf *out)
{
	struct buf bytes, source;
	char meta[40];
	buf_init(&bytes, RICH_HTML_MAX);
	buf_init(&source, 2 * RICH_HTML_MAX);
	mime_content(r->html, &bytes);
	const char *label = g_mime_object_get_content_type_parameter(GMIME_OBJECT(r->html), "charset");
	html_charset(buf_str(&bytes), bytes.len, meta);
	if (!charset_lookup(label) && *meta)
		label = meta;
	mime_plain(label, r->hint, buf_str(&bytes), bytes.len, &source);
	bool ok = !bytes.overflow && !source.overflow && source.len > 0 && write_clean(r, &source, out);
	buf_fini(&bytes);
	buf_fini(&source);
	return ok;
}

bool rich_html(const void *raw, size_t n, struct buf *out)
{
	struct rich r = { .hint = mime_hint(raw, n) };
	size_t before = out->len;
	mime_init();
	if (limits_check(raw, n))
		return false;
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(raw, n);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	if (message)
		g_mime_message_foreach(message, collect, &r);
	bool ok = r.html && !r.beside && part_html(&r, out);
	if (!ok)
		out->len = before;
	if (message)
		g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
	return ok;
}
