#include "adapters/email/mime_text.h"

#include <string.h>
#include <strings.h>

#include "adapters/email/flowed.h"
#include "adapters/email/html.h"
#include "adapters/email/transfer.h"
#include "gateway/model/message.h"

enum { CONTENT_MAX = 64 << 20, READ = 16 << 10 };

static void own_content(GMimeStream *s, bool base64, struct buf *out)
{
	struct base64 state = { 0 };
	struct quoted line = { 0 };
	char piece[READ];
	ssize_t n;
	g_mime_stream_reset(s);
	while ((n = g_mime_stream_read(s, piece, sizeof piece)) > 0) {
		if (base64)
			base64_decode(&state, piece, (size_t)n, out);
		else
			quoted_decode(&line, piece, (size_t)n, out);
	}
	base64_end(&state, out);
	quoted_end(&line, out);
}

void mime_content(GMimePart *part, struct buf *out)
{
	GMimeDataWrapper *w = g_mime_part_get_content(part);
	GMimeStream *s = w ? g_mime_data_wrapper_get_stream(w) : NULL;
	if (!s)
		return;
	GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(w);
	if (encoding == GMIME_CONTENT_ENCODING_BASE64 || encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE) {
		own_content(s, encoding == GMIME_CONTENT_ENCODING_BASE64, out);
		return;
	}
	GMimeStream *to = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(w, to);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(to));
	buf_add(out, bytes->data, bytes->len);
	g_object_unref(to);
}

/* CRLF and lone CR become LF. */
static void lines(const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n;) {
		const char *cr = memchr(p + i, '\r', n - i);
		size_t k = cr ? (size_t)(cr - p) - i : n - i;
		if (!buf_add(out, p + i, k))
			return;
		i += k;
		if (!cr)
			return;
		if (i + 1 >= n || p[i + 1] != '\n')
			buf_addc(out, '\n');
		i++;
	}
}

void mime_plain(const char *label, enum charset_hint hint, const char *p, size_t n, struct buf *out)
{
	struct buf text;
	buf_init(&text, out->cap);
	charset_decode(label, hint, p, n, &text);
	size_t mark = text.len >= 3 && !memcmp(text.data, "\xEF\xBB\xBF", 3) ? 3 : 0; /* a byte-order mark says nothing */
	lines(buf_str(&text) + mark, text.len - mark, out);
	out->overflow |= text.overflow;
	buf_fini(&text);
}

static void plain(GMimeObject *o, enum charset_hint hint, const struct buf *bytes, struct buf *out)
{
	const char *label = g_mime_object_get_content_type_parameter(o, "charset");
	const char *format = g_mime_object_get_content_type_parameter(o, "format");
	const char *delsp = g_mime_object_get_content_type_parameter(o, "delsp");
	if (!format || strcasecmp(format, "flowed")) {
		mime_plain(label, hint, buf_str(bytes), bytes->len, out);
		return;
	}
	struct buf text;
	buf_init(&text, out->cap);
	mime_plain(label, hint, buf_str(bytes), bytes->len, &text);
	flowed_decode(buf_str(&text), text.len, delsp && !strcasecmp(delsp, "yes"), out);
	out->overflow |= text.overflow;
	buf_fini(&text);
}

static void html(GMimeObject *o, enum charset_hint hint, const struct buf *bytes, struct html_budget *left, struct buf *out, long *quote_at)
{
	char meta[40];
	const char *label = g_mime_object_get_content_type_parameter(o, "charset");
	html_charset(buf_str(bytes), bytes->len, meta);
	if (!charset_lookup(label) && *meta)
		label = meta;
	struct buf source;
	buf_init(&source, 16 << 20);
	mime_plain(label, hint, buf_str(bytes), bytes->len, &source);
	html_to_text(buf_str(&source), source.len, left, out, quote_at);
	out->overflow |= source.overflow;
	buf_fini(&source);
}

void mime_text(GMimePart *part, bool is_html, enum charset_hint hint, struct html_budget *left, struct buf *out, long *quote_at)
{
	struct buf bytes;
	buf_init(&bytes, CONTENT_MAX);
	mime_content(part, &bytes);
	*quote_at = HTML_NO_QUOTE;
	if (is_html)
		html(GMIME_OBJECT(part), hint, &bytes, left, out, quote_at);
	else
		plain(GMIME_OBJECT(part), hint, &bytes, out);
	buf_fini(&bytes);
}
