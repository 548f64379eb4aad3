#include "adapters/email/mime.h"

#include <gmime/gmime.h>
#include <libxml/parser.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "adapters/email/attach.h"
#include "adapters/email/charset.h"
#include "adapters/email/html.h"
#include "adapters/email/limits.h"
#include "adapters/email/mime_text.h"
#include "adapters/email/picture.h"
#include "adapters/email/words.h"
#include "gateway/base/media.h"
#include "gateway/base/utf8.h"
#include "gateway/model/address.h"
#include "gateway/model/text.h"

enum { DEPTH_MAX = 64, FIRST_LOOK = 4096, HINT_LOOK = 32 << 10, VALUE_MAX = 64 << 10, FILE_MAX = 64 << 20,
	TEXT_MAX = MSG_TEXT_MAX - 1, FLAT_MAX = 256 << 10,
	LINE_END_MAX = 4 << 20 };

struct reader {
	struct arena *arena;
	const struct mime_keep *keep;
	struct mime *m;
	struct err *e;
	int rc;
	enum charset_hint hint;
	struct msg_attachment *file;
	struct picture *picture; /* beside file */
	uint64_t kept;    /* bytes of all files */
	struct buf *text; /* where words go now */
	long quote_at;    /* in *text */
	struct html_budget html_left;
	bool html;        /* HTML was among what *text got */
	unsigned depth;
	bool report;      /* the mail is one, by its own type */
	GMimeMessage *within; /* the first message found inside: its words count when there are no others */
};

static uv_once_t once = UV_ONCE_INIT;

static void init_once(void)
{
	g_mime_init();
	xmlInitParser();
}

void mime_init(void)
{
	uv_once(&once, init_once);
}

/* --- files --- */

static bool over_limits(const struct reader *r, size_t n)
{
	const struct mime_limits *l = &r->keep->limits;
	return r->m->files == MSG_ATTACHMENTS_MAX || (l->files && r->m->files >= l->files) || (l->file && n > l->file) ||
		(l->total && r->kept + n > l->total);
}

static void add_file(struct reader *r, const char *name, const char *declared, const char *id, const struct buf *bytes)
{
	if (over_limits(r, bytes->len)) {
		r->m->left_out++;
		return;
	}
	r->kept += bytes->len;
	char clean[ATTACHMENT_NAME_MAX + 1], sha256[HEX_SHA256];
	attach_name(name, (unsigned)r->m->files + 1, clean);
	int rc = r->keep->keep(r->keep->arg, buf_str(bytes), bytes->len, sha256, r->e);
	if (rc < 0) {
		r->rc = rc;
		return;
	}
	r->picture[r->m->files] = (struct picture){ .id = arena_strdup(r->arena, id), .name = arena_strdup(r->arena, clean) };
	r->file[r->m->files++] = (struct msg_attachment){ .name = arena_strdup(r->arena, clean),
		.type = media_type(buf_str(bytes), bytes->len, clean, declared),
		.sha256 = arena_strdup(r->arena, sha256), .size = bytes->len };
}

static void part_file(struct reader *r, GMimePart *part)
{
	struct buf bytes;
	buf_init(&bytes, FILE_MAX);
	mime_content(part, &bytes);
	char *declared = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(GMIME_OBJECT(part)));
	add_file(r, g_mime_part_get_filename(part), declared, g_mime_object_get_content_id(GMIME_OBJECT(part)), &bytes);
	g_free(declared);
	buf_fini(&bytes);
}

static void message_file(struct reader *r, GMimeMessagePart *part)
{
	GMimeMessage *inner = g_mime_message_part_get_message(part);
	if (!inner)
		return;
	if (!r->within)
		r->within = inner;
	const char *subject = g_mime_message_get_subject(inner);
	struct buf bytes, name;
	buf_init(&bytes, FILE_MAX);
	buf_init(&name, VALUE_MAX);
	GMimeStream *to = g_mime_stream_mem_new();
	g_mime_object_write_to_stream(GMIME_OBJECT(inner), NULL, to);
	GByteArray *raw = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(to));
	buf_add(&bytes, raw->data, raw->len);
	buf_addf(&name, "%.180s.eml", subject && *subject && !strpbrk(subject, "/\\") ? subject : "mail");
	add_file(r, buf_str(&name), "message/rfc822", NULL, &bytes);
	g_object_unref(to);
	buf_fini(&name);
	buf_fini(&bytes);
}

/* --- words --- */

static void separate(struct buf *b)
{
	if (b->len > 0 && b->data[b->len - 1] != '\n')
		buf_addc(b, '\n');
}

static void part_words(struct reader *r, GMimePart *part, bool html)
{
	struct buf words;
	long quote_at;
	buf_init(&words, TEXT_MAX);
	mime_text(part, html, r->hint, &r->html_left, &words, &quote_at);
	separate(r->text);
	if (quote_at != HTML_NO_QUOTE && r->quote_at == HTML_NO_QUOTE)
		r->quote_at = (long)r->text->len + quote_at;
	if (!buf_add(r->text, words.data, words.len))
		buf_add(r->text, words.data, utf8_cut(buf_str(&words), words.len, TEXT_MAX - r->text->len));
	r->text->overflow |= words.overflow;
	r->html |= html;
	buf_fini(&words);
}

/* GMime loses parts of encoded words in parameters: give it the value in a form it reads right. */
static void mend_names(GMimeObject *o, enum charset_hint hint)
{
	static const char *const fields[] = { "Content-Type", "Content-Disposition" };
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		GMimeHeader *h = g_mime_header_list_get_header(list, fields[i]);
		const char *raw = h ? g_mime_header_get_raw_value(h) : NULL;
		if (!raw || !strstr(raw, "=?") || strlen(raw) > VALUE_MAX)
			continue;
		struct buf value;
		buf_init(&value, 4 * VALUE_MAX);
		words_join(raw, strlen(raw), hint, &value);
		g_mime_header_set_raw_value(h, buf_str(&value));
		buf_fini(&value);
	}
}

static bool is_type(GMimeObject *o, const char *type, const char *subtype)
{
	return g_mime_content_type_is_type(g_mime_object_get_content_type(o), type, subtype);
}

/* What a machine reports of a mail of ours. That it was read is told by citizens' own programs: in another mail it is a file
 * that somebody enclosed. */
static bool report(struct reader *r, GMimePart *part)
{
	GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
	const char *subtype = g_mime_content_type_get_media_subtype(type);
	enum dsn_kind kind = is_type(GMIME_OBJECT(part), "message", "*") && subtype ? dsn_kind_of(subtype) : DSN_NONE;
	if (kind == DSN_NONE || r->m->dsn.kind || (kind == DSN_READING && !r->report))
		return false;
	struct buf bytes;
	buf_init(&bytes, FILE_MAX);
	mime_content(part, &bytes);
	dsn_read(r->arena, kind, buf_str(&bytes), bytes.len, &r->m->dsn);
	buf_fini(&bytes);
	return true;
}

/* text/plain, its near kin, and what has a type that is none ("text", "plain"): without a type a part is text. */
static bool reads_as_plain(GMimeObject *o)
{
	static const char *const kin[] = { "plain", "markdown", "enriched", "richtext", "x-plain", NULL };
	for (size_t i = 0; kin[i]; i++)
		if (is_type(o, "text", kin[i]))
			return true;
	const char *raw = g_mime_object_get_header(o, "Content-Type"), *slash = raw ? strpbrk(raw, "/;") : NULL;
	return raw && *raw && *raw != ';' && (!slash || *slash == ';' || !slash[1] || strchr(" ;\t\r\n", slash[1]));
}

/* Text that is meant to be read here. A named one is a file, unless the mail says nothing else before it and does not
 * call it an attachment: some clients name the letter itself. */
static bool is_words(const struct reader *r, GMimePart *part, bool html)
{
	GMimeObject *o = GMIME_OBJECT(part);
	const char *disposition = g_mime_object_get_disposition(o);
	if ((!html && !reads_as_plain(o)) || (disposition && !strcasecmp(disposition, "attachment")))
		return false;
	return !g_mime_part_get_filename(part) || (r->depth == 1 && !html);
}

static void leaf(struct reader *r, GMimePart *part)
{
	bool html = is_type(GMIME_OBJECT(part), "text", "html");
	mend_names(GMIME_OBJECT(part), r->hint);
	if (report(r, part))
		return;
	if (is_words(r, part, html))
		part_words(r, part, html);
	else
		part_file(r, part);
}

static void object(struct reader *r, GMimeObject *o);

/* Of the alternatives, the plain text if it says anything, else the last that does. Files in any of them count. */
static void alternative(struct reader *r, GMimeMultipart *multi)
{
	struct reader whole = *r;
	struct buf best, words;
	buf_init(&best, TEXT_MAX);
	bool best_plain = false, best_html = false;
	long best_quote = HTML_NO_QUOTE;
	int count = g_mime_multipart_get_count(multi);
	for (int i = 0; i < count && !r->rc; i++) {
		buf_init(&words, TEXT_MAX);
		r->text = &words;
		r->quote_at = HTML_NO_QUOTE;
		r->html = false;
		object(r, g_mime_multipart_get_part(multi, i));
		if (!text_blank(buf_str(&words)) && !best_plain) {
			buf_fini(&best);
			best = words;
			best_plain = !r->html;
			best_html = r->html;
			best_quote = r->quote_at;
		} else {
			buf_fini(&words);
		}
	}
	r->text = whole.text;
	r->html = whole.html || best_html;
	r->quote_at = whole.quote_at;
	separate(r->text);
	if (best_quote != HTML_NO_QUOTE && r->quote_at == HTML_NO_QUOTE)
		r->quote_at = (long)r->text->len + best_quote;
	buf_add(r->text, best.data, best.len);
	r->text->overflow |= best.overflow;
	buf_fini(&best);
}

/* A multipart whose boundary is missing or never comes has no parts: its words stand in what GMime calls the prologue.
 * */
static void no_parts(struct reader *r, GMimeMultipart *multi)
{
	const char *prologue = g_mime_multipart_get_prologue(multi);
	if (!prologue)
		return;
	separate(r->text);
	mime_plain(NULL, r->hint, prologue, strlen(prologue), r->text);
}

static void multipart(struct reader *r, GMimeMultipart *multi)
{
	int count = g_mime_multipart_get_count(multi);
	if (count == 0)
		no_parts(r, multi);
	else if (is_type(GMIME_OBJECT(multi), "multipart", "alternative"))
		alternative(r, multi);
	else
		for (int i = 0; i < count && !r->rc; i++)
			object(r, g_mime_multipart_get_part(multi, i));
}

static void object(struct reader *r, GMimeObject *o)
{
	if (r->depth >= DEPTH_MAX) {
		r->m->cut = true;
		return;
	}
	r->depth++;
	if (GMIME_IS_MULTIPART(o))
		multipart(r, GMIME_MULTIPART(o));
	else if (GMIME_IS_MESSAGE_PART(o))
		message_file(r, GMIME_MESSAGE_PART(o));
	else if (GMIME_IS_PART(o))
		leaf(r, GMIME_PART(o));
	r->depth--;
}

/* Somebody forwarded a mail as a file and wrote nothing: its words are the message. */
static void words_within(struct reader *r)
{
	GMimeObject *o = r->within ? g_mime_message_get_mime_part(r->within) : NULL;
	if (!o || !text_blank(buf_str(r->text)))
		return;
	size_t files = r->m->files;
	r->within = NULL;
	buf_clear(r->text);
	object(r, o);
	r->m->files = files; /* what it carries is inside the .eml already */
}

/* GMime does not know a boundary by which the mail ends without a line end. */
static const char *with_line_end(struct arena *a, const char *p, size_t *n)
{
	if (*n == 0 || p[*n - 1] == '\n' || *n > LINE_END_MAX)
		return p;
	char *copy = arena_alloc(a, *n + 2);
	memcpy(copy, p, *n);
	memcpy(copy + *n, "\r\n", 2);
	*n += 2;
	return copy;
}

static void structure(struct reader *r, const char *p, size_t n)
{
	p = with_line_end(r->arena, p, &n);
	GByteArray *bytes = g_byte_array_new_take((guint8 *)(uintptr_t)p, n);
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(bytes);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeParserOptions *options = g_mime_parser_options_new();
	const char *fallback[] = { "utf-8", "gb18030", NULL };
	g_mime_parser_options_set_fallback_charsets(options, fallback);
	GMimeMessage *message = g_mime_parser_construct_message(parser, options);
	GMimeObject *o = message ? g_mime_message_get_mime_part(message) : NULL;
	if (o) {
		r->report = is_type(o, "multipart", "report");
		object(r, o);
		words_within(r);
	}
	if (message)
		g_object_unref(message);
	g_mime_parser_options_free(options);
	g_object_unref(parser);
	g_object_unref(stream);
	g_byte_array_free(bytes, FALSE); /* the bytes are the caller's */
}

/* --- the header --- */

static const char *decoded(struct reader *r, const char *value, size_t max)
{
	struct buf b;
	buf_init(&b, 4 * HEADER_FIELD_MAX);
	words_decode(value, strlen(value), r->hint, &b);
	const char *s = buf_str(&b);
	s += strspn(s, " ");
	char *out = arena_strndup(r->arena, s, utf8_cut(s, strlen(s), max));
	for (size_t n = strlen(out); n > 0 && out[n - 1] == ' '; n--)
		out[n - 1] = '\0';
	buf_fini(&b);
	return *out ? out : NULL;
}

static InternetAddress *first_of(InternetAddressList *list)
{
	return list && internet_address_list_length(list) > 0 ? internet_address_list_get_address(list, 0) : NULL;
}

/* "Name user@host", as no grammar allows: the word around the first '@' is the address, what stands before it the name. */
static const char *loose_address(struct reader *r, const char *value)
{
	static const char ends[] = " \t<>(),;:\"[]";
	const char *at = strchr(value, '@'), *from = at, *to = at;
	while (from > value && !strchr(ends, from[-1]))
		from--;
	while (*to && !strchr(ends, *to))
		to++;
	char address[MSG_PEER_MAX], *word = arena_strndup(r->arena, from, (size_t)(to - from));
	if (!address_email(word, address))
		return NULL;
	r->m->from = word;
	size_t before = strcspn(value, "<");
	return from > value ? arena_strndup(r->arena, value, before < (size_t)(from - value) ? before : (size_t)(from - value)) : NULL;
}

/* The first mailbox of an address field. */
static void take_address(struct reader *r, const char *value)
{
	struct buf joined;
	buf_init(&joined, 4 * LIMIT_STRUCTURED_FIELD + 64);
	words_join(value, strlen(value), r->hint, &joined);
	InternetAddressList *list = internet_address_list_parse(NULL, buf_str(&joined));
	InternetAddress *one = first_of(list);
	if (one && INTERNET_ADDRESS_IS_GROUP(one)) {
		InternetAddress *member = first_of(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)));
		one = member ? member : one;
	}
	const char *name = one ? internet_address_get_name(one) : NULL;
	if (one && INTERNET_ADDRESS_IS_MAILBOX(one)) {
		const char *addr = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(one));
		bool whole = addr && strchr(addr, '@');
		r->m->from = whole ? decoded(r, addr, MSG_PEER_MAX - 1) : NULL;
		name = name || whole ? name : addr; /* a name alone */
	}
	if (!r->m->from && strchr(value, '@'))
		name = loose_address(r, value);
	else if ((!name || !*name) && !strpbrk(value, "@<"))
		name = value;
	if (name && !r->m->from_name)
		r->m->from_name = decoded(r, name, MSG_PEER_MAX - 1);
	if (list)
		g_object_unref(list);
	buf_fini(&joined);
}

static void header(struct reader *r)
{
	static const char *const origins[] = { "From", "Sender", "Reply-To" };
	struct mime *m = r->m;
	const char *subject = header_get(&m->headers, "Subject"), *date = header_get(&m->headers, "Date");
	m->subject = subject ? decoded(r, subject, MSG_SUBJECT_MAX - 1) : NULL;
	GDateTime *at = date && strlen(date) < 200 ? g_mime_utils_header_decode_date(date) : NULL;
	if (at) {
		m->sent_at = g_date_time_to_unix(at) * 1000;
		g_date_time_unref(at);
	}
	for (size_t i = 0; i < sizeof origins / sizeof *origins && (!m->from || !*m->from); i++) {
		const char *value = header_get(&m->headers, origins[i]);
		if (value && !limits_address(value))
			take_address(r, value);
	}
	if (!m->from)
		m->from = "";
}

/* Looked for by the one character that few mails have, mark. */
static bool mentions(const char *p, size_t n, const char *word, char mark)
{
	size_t k = strlen(word), before = (size_t)(strchr(word, mark) - word);
	for (const char *at = p; (at = memchr(at, mark, (size_t)(p + n - at))) != NULL; at++)
		if ((size_t)(at - p) >= before && (size_t)(p + n - at) + before >= k && !strncasecmp(at - before, word, k))
			return true;
	return false;
}

enum charset_hint mime_hint(const char *p, size_t n)
{
	if (n > HINT_LOOK)
		n = HINT_LOOK;
	return mentions(p, n, "big5", '5') || mentions(p, n, "zh-tw", '-') || mentions(p, n, "zh-hk", '-') ? CHARSET_TRADITIONAL :
		CHARSET_MAINLAND;
}

/* A mail written with lone CRs: the same with LFs, or NULL when it is not one. */
static char *without_lone_crs(struct arena *a, const char *p, size_t n)
{
	size_t look = n < FIRST_LOOK ? n : FIRST_LOOK;
	if (memchr(p, '\n', look) || !memchr(p, '\r', look))
		return NULL;
	char *copy = arena_alloc(a, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = p[i] == '\r' ? '\n' : p[i];
	return copy;
}

/* --- whole --- */

/* What is said when no part said anything: the body as it stands, the subject, the names of the files, the source. */
static void last_resort(struct reader *r, const char *p, size_t n)
{
	struct mime *m = r->m;
	const char *body = p + m->headers.body;
	size_t len = n - m->headers.body;
	buf_clear(r->text);
	if (m->limit || (m->files == 0 && !m->left_out && !m->dsn.kind))
		mime_plain(NULL, r->hint, body, len < FLAT_MAX ? len : FLAT_MAX, r->text);
	if (!text_blank(buf_str(r->text)))
		return;
	buf_clear(r->text);
	bool subject = m->subject && !text_blank(m->subject);
	if (subject)
		buf_adds(r->text, m->subject);
	for (size_t i = 0; !subject && i < m->files; i++)
		buf_addf(r->text, "%s[%s]", i ? "\n" : "", m->file[i].name);
	if (r->text->len == 0)
		mime_plain(NULL, r->hint, p, n < FLAT_MAX ? n : FLAT_MAX, r->text);
}

/* A mail whose structure cannot be read is its own file; by its name it is known as a mail, whatever it looks like. */
static void whole_as_file(struct reader *r, const char *p, size_t n)
{
	struct buf bytes;
	buf_init(&bytes, FILE_MAX);
	buf_add(&bytes, p, n);
	add_file(r, "mail.eml", "message/rfc822", NULL, &bytes);
	buf_fini(&bytes);
}

int mime_read(struct arena *a, const char *p, size_t n, const struct mime_keep *keep, struct mime *m, struct err *e)
{
	struct buf text;
	buf_init(&text, TEXT_MAX);
	*m = (struct mime){ .quote_hint = HTML_NO_QUOTE };
	struct reader r = { .arena = a, .keep = keep, .m = m, .e = e, .text = &text, .quote_at = HTML_NO_QUOTE, .html_left = HTML_BUDGET };
	r.file = arena_alloc(a, MSG_ATTACHMENTS_MAX * sizeof *r.file);
	r.picture = arena_alloc(a, MSG_ATTACHMENTS_MAX * sizeof *r.picture);
	m->file = r.file;
	const char *mended = without_lone_crs(a, p, n);
	p = mended ? mended : p;
	headers_read(a, p, n, &m->headers);
	r.hint = mime_hint(p, n);
	header(&r);
	m->limit = limits_check(p + m->headers.start, n - m->headers.start);
	if (m->limit)
		whole_as_file(&r, p, n);
	else if (m->headers.count > 0)
		structure(&r, p + m->headers.start, n - m->headers.start);
	pictures_place(r.picture, m->files, &text, &r.quote_at);
	m->quote_hint = r.quote_at;
	if (!r.rc && text_blank(buf_str(&text))) {
		last_resort(&r, p, n);
		m->quote_hint = HTML_NO_QUOTE;
	}
	m->cut |= text.overflow;
	m->text = arena_strndup(a, buf_str(&text), text.len);
	buf_fini(&text);
	return r.rc;
}
