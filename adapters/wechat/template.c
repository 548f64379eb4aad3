#include "adapters/wechat/template.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/utf8.h"
#include "gateway/model/notice.h"

enum { VALUE_MAX = 2000, NAMES_MAX = 300 };

/* Longest values by kind of field, in characters ("template message fields", official page). Others as they are. */
static const struct { const char *kind; unsigned most; } KINDS[] = {
	{ "thing", 20 }, { "character_string", 32 }, { "phrase", 5 }, { "short_thing", 5 }, { "name", 10 }, { "letter", 32 },
	{ "symbol", 5 },
};

/* --- a line --- */

/* {name} at s: the field, and *n its length with the braces; -1: none. */
static int field_at(const char *s, size_t *n)
{
	const char *end = *s == '{' ? strchr(s, '}') : NULL;
	char name[40];
	if (!end || (size_t)(end - s) >= sizeof name)
		return -1;
	*n = (size_t)(end - s) + 1;
	(void)snprintf(name, sizeof name, "%.*s", (int)*n - 2, s + 1);
	return notice_field_find(name, *n - 2);
}

/* What the notice can say; of "*", what any can. */
static unsigned known_fields(const char *event)
{
	int at = notice_find(event, strlen(event));
	return at < 0 ? (1u << NOTICE_FIELD_COUNT) - 1 : notice_at((unsigned)at)->must | notice_at((unsigned)at)->may;
}

static int value_check(const struct template *t, const char *value, struct err *e)
{
	char names[NAMES_MAX];
	size_t n;
	for (const char *at = value; (at = strchr(at, '{')); at++) {
		int field = field_at(at, &n);
		if (field >= 0 && known_fields(t->event) & 1u << field)
			continue;
		notice_field_list(known_fields(t->event), names, sizeof names);
		return err_set(e, E_MALFORMED, "'%.60s' is not known to '%s'; %s would be", at, t->event, names);
	}
	return 0;
}

static int field_read(char *word, struct template *t, struct err *e)
{
	char *colon = strchr(word, ':');
	if (!colon || colon == word || !colon[1])
		return err_set(e, E_MALFORMED, "'%.60s' is no field; as in thing2:{title}", word);
	*colon = '\0';
	if (t->fields == TEMPLATE_FIELDS_MAX)
		return err_set(e, E_MALFORMED, "at most %d fields", TEMPLATE_FIELDS_MAX);
	t->field[t->fields++] = (struct template_field){ word, colon + 1 };
	return value_check(t, colon + 1, e);
}

int template_read(const char *line, struct template *t, struct err *e)
{
	char *save = NULL;
	*t = (struct template){ 0 };
	if (strlen(line) > TEMPLATE_LINE_MAX)
		return err_set(e, E_MALFORMED, "longer than %d characters", TEMPLATE_LINE_MAX);
	memcpy(t->words, line, strlen(line) + 1);
	t->event = strtok_r(t->words, " \t", &save);
	t->id = strtok_r(NULL, " \t", &save);
	if (!t->event || !t->id)
		return err_set(e, E_MALFORMED, "a notice, a template id and its fields are wanted, as: reply TM00178 thing2:{title}");
	if (strcmp(t->event, "*") != 0 && notice_find(t->event, strlen(t->event)) < 0)
		return err_set(e, E_MALFORMED, "there is no notice '%.40s'; the names are those of the files in templates/, or *", t->event);
	for (char *word; (word = strtok_r(NULL, " \t", &save));) {
		int rc = field_read(word, t, e);
		if (rc < 0)
			return rc;
	}
	return t->fields ? 0 : err_set(e, E_MALFORMED, "the template's fields are missing, as: thing2:{title}");
}

const struct template *template_find(const struct template *t, size_t count, const char *event)
{
	const struct template *any = NULL;
	for (size_t i = 0; i < count; i++) {
		if (event && strcmp(t[i].event, event) == 0)
			return &t[i];
		if (!any && strcmp(t[i].event, "*") == 0)
			any = &t[i];
	}
	return any;
}

/* --- values --- */

static unsigned most_of(const char *key)
{
	size_t n = strcspn(key, "0123456789");
	for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
		if (strlen(KINDS[i].kind) == n && strncmp(key, KINDS[i].kind, n) == 0)
			return KINDS[i].most;
	return VALUE_MAX / 4;
}

/* At most `most` characters, the last one "…" when some were left out; line ends become blanks. */
static void cut(const struct buf *from, unsigned most, struct buf *to)
{
	const char *p = buf_str(from);
	size_t n = from->len, at = 0;
	unsigned whole = (unsigned)utf8_count(p, n);
	for (unsigned i = 0; at < n && i < (whole > most ? most - 1 : most); i++) {
		uint32_t cp;
		size_t step = utf8_next(p + at, n - at, &cp);
		if (!step)
			break;
		if (cp < ' ')
			buf_addc(to, ' ');
		else
			buf_add(to, p + at, step);
		at += step;
	}
	if (whole > most)
		buf_adds(to, "…");
}

/* The time of a notice that has none is its own: an empty time field would be refused. */
static const char *value_of(int field, const json_t *said, const struct msg_out *m, char time[CLOCK_TEXT])
{
	const char *value = json_string_value(json_object_get(said, notice_field_name((enum notice_field)field)));
	if (field == NOTICE_time && (!value || !*value))
		return clock_people(m->at, time);
	return value ? value : "";
}

json_t *template_data(const struct template *t, const struct msg_out *m)
{
	char time[CLOCK_TEXT];
	json_t *data = json_object(), *said = m->fields ? json_loads(m->fields, 0, NULL) : NULL;
	for (size_t i = 0; i < t->fields; i++) {
		struct buf whole, value;
		buf_init(&whole, MSG_TEXT_MAX + VALUE_MAX);
		buf_init(&value, 4 * VALUE_MAX);
		for (const char *at = t->field[i].value; *at;) {
			size_t n = 1;
			int field = field_at(at, &n);
			if (field >= 0)
				buf_adds(&whole, value_of(field, said, m, time));
			else
				buf_addc(&whole, *at);
			at += field >= 0 ? n : 1;
		}
		cut(&whole, most_of(t->field[i].key), &value);
		must(json_object_set_new(data, t->field[i].key, json_pack("{s:s}", "value", buf_str(&value))) == 0);
		buf_fini(&value);
		buf_fini(&whole);
	}
	json_decref(said);
	return data;
}
