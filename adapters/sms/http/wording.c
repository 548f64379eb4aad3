#include "adapters/sms/http/wording.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/utf8.h"
#include "gateway/model/notice.h"

enum { VALUE_MAX = MSG_TEXT_MAX };
#define ELLIPSIS "…"

/* --- reading --- */

/* The next word at *p, NULL at the end. */
static const char *word(const char **p, struct arena *a)
{
	*p += strspn(*p, " \t");
	size_t n = strcspn(*p, " \t");
	const char *w = n ? arena_strndup(a, *p, n) : NULL;
	*p += n;
	return w;
}

/* A placeholder "{field}" or "{field:N}" at p: its end, and what it says; NULL: malformed. */
static const char *placeholder(const char *p, int *field, unsigned *most)
{
	size_t n = strcspn(p + 1, ":}");
	const char *end = p + 1 + n;
	*field = notice_field_find(p + 1, n);
	*most = 0;
	if (*end == ':') {
		char *after;
		unsigned long limit = strtoul(end + 1, &after, 10);
		if (end[1] < '1' || end[1] > '9' || limit > 1000)
			return NULL;
		*most = (unsigned)limit;
		end = after;
	}
	return *field >= 0 && *end == '}' ? end + 1 : NULL;
}

static int check_value(const char *value, const char *event, struct err *e)
{
	int at = notice_find(event, strlen(event));
	unsigned known = at < 0 ? ~0u : notice_at((unsigned)at)->must | notice_at((unsigned)at)->may;
	for (const char *p = value; (p = strpbrk(p, "{}"));) {
		int field;
		unsigned most;
		const char *end = *p == '{' ? placeholder(p, &field, &most) : NULL;
		char legal[200];
		notice_field_list(known | 1u << NOTICE_text, legal, sizeof legal);
		if (!end || (field != NOTICE_text && !(known & 1u << field)))
			return err_set(e, E_CONFIG, "\"%s\" is not known for %s; it may have: %s, each with a length as in {text:35}", value,
				event, legal);
		p = end;
	}
	return 0;
}

static int read_event(const char *word_, struct arena *a, struct wording *w, struct err *e)
{
	const char *at = strchr(word_, '@');
	w->event = at ? arena_strndup(a, word_, (size_t)(at - word_)) : word_;
	w->language = at ? at + 1 : "";
	if (strcmp(w->event, "*") && notice_find(w->event, strlen(w->event)) < 0)
		return err_set(e, E_CONFIG, "\"%s\" is no notice; a name of templates/README.md, or *, would be right", w->event);
	if (at && strcmp(w->language, "zh-CN") && strcmp(w->language, "en"))
		return err_set(e, E_CONFIG, "\"%s\" is no language; zh-CN or en would be right", w->language);
	return 0;
}

static int read_value(const char *text, bool named, struct arena *a, struct wording *w, struct err *e)
{
	const char *equals = named ? strchr(text, '=') : NULL;
	if (named && (!equals || equals == text))
		return err_set(e, E_CONFIG, "\"%s\" has no name; NAME=%s with the variable's name in the template would be right", text,
			equals ? equals + 1 : text);
	if (w->values == WORDING_VALUES_MAX)
		return err_set(e, E_CONFIG, "more than %d values; templates have fewer", WORDING_VALUES_MAX);
	w->name[w->values] = equals ? arena_strndup(a, text, (size_t)(equals - text)) : "";
	w->value[w->values] = equals ? equals + 1 : text;
	return check_value(w->value[w->values++], w->event, e);
}

int wording_read(const char *item, bool named, struct arena *a, struct wording *w, struct err *e)
{
	*w = (struct wording){ .event = word(&item, a) };
	w->template_id = word(&item, a);
	if (!w->event || !w->template_id)
		return err_set(e, E_CONFIG, "holds no template; NOTICE TEMPLATE VALUE … would be right");
	int rc = read_event(w->event, a, w, e);
	for (const char *text; rc == 0 && (text = word(&item, a));)
		rc = read_value(text, named, a, w, e);
	return rc;
}

int wordings_read(const struct config_list *items, bool named, struct arena *a, struct wordings *out, struct err *e)
{
	*out = (struct wordings){ .count = 0 };
	if (items->count > WORDINGS_MAX)
		return err_set(e, E_CONFIG, "more than %d templates", WORDINGS_MAX);
	for (; out->count < items->count; out->count++) {
		int rc = wording_read(items->item[out->count], named, a, &out->row[out->count], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

const struct wording *wording_find(const struct wordings *w, const char *event, const char *language)
{
	const struct wording *best = NULL;
	int points = 0;
	for (size_t i = 0; i < w->count; i++) {
		const struct wording *row = &w->row[i];
		bool any = !strcmp(row->event, "*"), everywhere = !row->language[0];
		int mine = 1 + 2 * !any + !everywhere;
		bool fits = (any || !strcmp(row->event, event)) && (everywhere || !strcmp(row->language, language));
		if (fits && mine > points) {
			best = row;
			points = mine;
		}
	}
	int at = notice_find(event, strlen(event));
	const char *instead = at < 0 ? NULL : notice_at((unsigned)at)->instead;
	return best || instead == NULL ? best : wording_find(w, instead, language);
}

/* --- filling --- */

static const char *without_signature(const char *text)
{
	static const char open[] = "【", close[] = "】";
	const char *end = strncmp(text, open, strlen(open)) ? NULL : strstr(text, close);
	return end ? end + strlen(close) : text;
}

static const char *field_value(const struct msg_out *m, const json_t *fields, int field)
{
	const char *value = json_string_value(json_object_get(fields, notice_field_name((enum notice_field)field)));
	if (value && *value)
		return value;
	switch (field) {
	case NOTICE_text:
		return without_signature(m->text);
	case NOTICE_number:
		return m->ticket ? m->ticket : "";
	case NOTICE_url:
		return m->survey_url ? m->survey_url : "";
	default:
		return "";
	}
}

static void add_at_most(struct buf *out, const char *value, unsigned most)
{
	size_t n = strlen(value), keep = 0;
	if (!most || utf8_count(value, n) <= most) {
		buf_adds(out, value);
		return;
	}
	uint32_t cp;
	for (unsigned i = 1; i < most; i++) {
		size_t took = utf8_next(value + keep, n - keep, &cp);
		keep += took + !took;
	}
	buf_add(out, value, keep);
	buf_adds(out, ELLIPSIS);
}

static const char *fill_value(const char *value, const struct msg_out *m, const json_t *fields, struct arena *a)
{
	struct buf out;
	buf_init(&out, VALUE_MAX);
	for (const char *p = value; *p;) {
		size_t n = strcspn(p, "{");
		buf_add(&out, p, n);
		p += n;
		if (*p) {
			int field;
			unsigned most;
			p = placeholder(p, &field, &most);
			must(p);
			add_at_most(&out, field_value(m, fields, field), most);
		}
	}
	const char *filled = arena_strdup(a, buf_str(&out));
	buf_fini(&out);
	return filled;
}

void wording_fill(const struct wording *w, const struct msg_out *m, struct arena *a, struct filled *out)
{
	json_t *fields = m->fields ? json_loads(m->fields, 0, NULL) : NULL;
	*out = (struct filled){ .template_id = w->template_id, .values = w->values };
	for (size_t i = 0; i < w->values; i++) {
		out->name[i] = w->name[i];
		out->value[i] = fill_value(w->value[i], m, fields, a);
	}
	json_decref(fields);
}
