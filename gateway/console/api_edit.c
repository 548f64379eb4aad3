/* Tables and templates as administrators edit them: each is a file's text with its version; see edit.h for how it is kept. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/file.h"
#include "gateway/base/log.h"
#include "gateway/console/api.h"
#include "gateway/console/canned.h"
#include "gateway/console/edit.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/model/notice.h"
#include "gateway/store/event.h"

static const char *const LANGUAGES[] = { "zh-CN", "en" }; /* each a folder of templates */
enum { LANGUAGE_COUNT = sizeof LANGUAGES / sizeof *LANGUAGES };

static bool name_is(const char *s, const char *end, const char *letters)
{
	size_t n = strlen(s), tail = strlen(end);
	return n > tail && n <= EDIT_NAME_MAX && strcmp(s + n - tail, end) == 0 && strspn(s, letters) == n && strstr(s, "..") == NULL &&
		*s != '.';
}

static bool table_name(const char *s)
{
	return name_is(s, ".csv", "abcdefghijklmnopqrstuvwxyz-.");
}

/* "zh-CN/received.sms.txt" */
static bool template_name(const char *s)
{
	const char *slash = strchr(s, '/');
	bool spoken = false;
	for (size_t i = 0; slash != NULL && i < LANGUAGE_COUNT; i++)
		spoken |= strlen(LANGUAGES[i]) == (size_t)(slash - s) && strncmp(s, LANGUAGES[i], (size_t)(slash - s)) == 0;
	return spoken && strchr(slash + 1, '/') == NULL && slash[1] != '.' && name_is(s, ".txt", "abcdefghijklmnopqrstuvwxyzCN-./");
}

/* --- what there is --- */

static void put_file(json_t *items, const char *folder, const char *file)
{
	struct buf b;
	struct err e = { 0 };
	char version[HEX_SHA256];
	char *path = mem_printf("%s/%s", folder, file);
	buf_init(&b, EDIT_FILE_MAX);
	if (file_read(path, &b, &e) == 0) {
		edit_version(folder, file, version);
		json_t *o = json_pack("{s:s, s:s, s:o}", "file", file, "version", version, "text", shape_text(buf_str(&b)));
		must(o != NULL && json_array_append_new(items, o) == 0);
	}
	buf_fini(&b);
	free(path);
}

static void put_folder(json_t *items, const char *folder, const char *below, bool (*fits)(const char *))
{
	struct dirent **entry;
	char *path = below ? mem_printf("%s/%s", folder, below) : mem_strdup(folder);
	int n = scandir(path, &entry, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char *name = below ? mem_printf("%s/%s", below, entry[i]->d_name) : mem_strdup(entry[i]->d_name);
		if (fits(name))
			put_file(items, folder, name);
		free(name);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	free(path);
}

int api_tables(struct call *c, struct tx *tx, struct err *e)
{
	json_t *items = json_array();
	(void)tx, (void)e;
	put_folder(items, c->console->set.tables, NULL, table_name);
	call_list(c, items, 0);
	return 0;
}

int api_templates(struct call *c, struct tx *tx, struct err *e)
{
	json_t *items = json_array(), *events = json_array();
	(void)tx, (void)e;
	for (size_t i = 0; i < LANGUAGE_COUNT; i++)
		put_folder(items, c->console->set.templates, LANGUAGES[i], template_name);
	for (unsigned i = 0; render_event(i) != NULL; i++)
		must(json_array_append_new(events, json_string(render_event(i))) == 0);
	call_list(c, items, 0);
	must(json_object_set_new(c->answer, "events", events) == 0);
	return 0;
}

/* --- editing --- */

static int edit_read(struct call *c, struct edit *ed, bool template, struct err *e)
{
	int rc = call_string(c, "file", &ed->file, e);
	if (rc < 0 || (rc = call_string(c, "version", &ed->version, e)) < 0 || (rc = call_string(c, "text", &ed->text, e)) < 0)
		return rc;
	ed->tables = c->console->set.tables;
	ed->templates = c->console->set.templates;
	ed->template = template;
	ed->n = ed->text ? strlen(ed->text) : 0;
	if (ed->file == NULL || !(template ? template_name(ed->file) : table_name(ed->file)))
		return err_set(e, E_RANGE, "file: not the name of a %s", template ? "template" : "table");
	if (ed->version == NULL)
		ed->version = "";
	if (!template && (ed->text == NULL || *ed->version == '\0'))
		return err_set(e, E_RANGE, "text: a table is changed, not made or removed");
	if (ed->n > EDIT_FILE_MAX)
		return err_set(e, E_RANGE, "text: too long");
	return 0;
}

/* Each with the form of its words, by which the page says them in its reader's language. */
static void put_faults(struct call *c, const struct faults *f)
{
	json_t *list = json_array();
	for (size_t i = 0; i < f->count; i++) {
		const struct fault *of = &f->of[i];
		char *file = mem_strndup(f->line[i], of->file);
		json_t *o = json_pack("{s:o, s:i, s:o, s:s}", "file", shape_text(file), "line", (int)of->line, "words",
			shape_text(f->line[i] + of->words), "form", of->form);
		must(o != NULL && json_array_append_new(list, o) == 0);
		free(file);
	}
	c->extra = json_pack("{s:s, s:o}", "code", "faults", "faults", list);
	must(c->extra != NULL);
}

static int work_edit(struct call *c, bool template, struct err *e)
{
	struct edit ed = { 0 };
	struct faults f = { 0 };
	int rc = edit_read(c, &ed, template, e);
	if (rc == 0)
		rc = edit_apply(&ed, &f, e);
	if (f.count > 0)
		put_faults(c, &f);
	faults_fini(&f);
	c->edited = ed.catalog;
	c->edited_canned = ed.canned;
	return rc;
}

int work_table_put(struct call *c, struct err *e)
{
	return work_edit(c, false, e);
}

int work_template_put(struct call *c, struct err *e)
{
	return work_edit(c, true, e);
}

static int edited(struct call *c, struct tx *tx, bool template, struct err *e)
{
	struct edit ed = { 0 };
	char version[HEX_SHA256];
	int rc = edit_read(c, &ed, template, e);
	if (rc < 0)
		return rc;
	edit_version(template ? ed.templates : ed.tables, ed.file, version);
	json_t *data = json_pack("{s:s, s:s, s:s}", "file", ed.file, "before", ed.version, "after", version);
	char *text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	rc = event_append(tx, 0, template ? "template-edited" : "table-edited", c->who.name, text);
	free(text);
	json_decref(data);
	c->answer = json_pack("{s:s, s:s}", "file", ed.file, "version", version);
	must(c->answer != NULL);
	return rc < 0 ? err_set(e, rc, "the edit is in place, but its event could not be stored") : 0;
}

int api_table_put(struct call *c, struct tx *tx, struct err *e)
{
	return edited(c, tx, false, e);
}

int api_template_put(struct call *c, struct tx *tx, struct err *e)
{
	return edited(c, tx, true, e);
}

/* On the loop, whatever became of the job: what is on disk is what is used. */
void edit_take(struct call *c)
{
	if (c->edited == NULL || c->console->closing)
		return;
	flow_reload(c->console->set.flow, c->edited);
	c->edited = NULL;
	console_reload(c->console, c->edited_canned);
	c->edited_canned = NULL;
	log_info("console", "tables and templates reloaded", "staff=%s", c->who.name);
}

/* --- preview --- */

/* "zh-CN/received.sms.txt" → language, event and kind; events have dots of their own. */
static void name_parts(const char *file, char language[16], char event[64], char kind[16])
{
	const char *slash = strchr(file, '/');
	(void)snprintf(language, 16, "%.*s", (int)(slash - file), file);
	(void)snprintf(event, 64, "%.*s", (int)(strlen(slash + 1) - 4), slash + 1);
	*kind = '\0';
	for (unsigned i = 0; render_event(i) != NULL; i++)
		if (strcmp(render_event(i), event) == 0)
			return;
	char *dot = strrchr(event, '.');
	if (dot != NULL) {
		(void)snprintf(kind, 16, "%s", dot + 1);
		*dot = '\0';
	}
}

/* As it would reach a citizen of each kind of channel, with sample facts. Words (words.txt) are no text of an event: none. */
static void put_previews(struct call *c, const struct catalog *cat, const char *language, const char *event, const char *only)
{
	static const char *const kind[] = { "sms", "chat", "email", "wechat" };
	char due[CLOCK_TEXT], now[CLOCK_TEXT];
	bool english = strcmp(language, "en") == 0;
	struct render_args args = { .hotline = c->console->set.hotline, .number = "20261128100000015", .title = english ?
		"Street lamp out at 88 Riverside Road" : "滨江路88号路灯不亮", .department = english ? "City Management Bureau" : "市城市管理局",
		.text = english ? "The lamp was repaired this afternoon." : "维修人员今天下午已修好路灯。", .reason = english ? "outside our remit" :
		"不属于受理范围", .call = "119", .state = english ? "in progress" : "办理中", .due = clock_people(clock_now() + 86400000, due),
		.time = clock_people(clock_now(), now), .url = "https://12345.city.example/rate/abc", .staff = english ? "Desk 1023" : "坐席 1023",
		.pin = "482913", .code = "731508", .other = "20261127100000023", .region = english ? "Hebei" : "河北省", .phone = "138****1234" };
	json_t *items = json_array();
	bool known = notice_find(event, strlen(event)) >= 0;
	for (size_t i = 0; known && i < sizeof kind / sizeof *kind; i++) {
		struct buf subject, text;
		if (*only && strcmp(only, kind[i]) != 0)
			continue;
		buf_init(&subject, MSG_SUBJECT_MAX);
		buf_init(&text, RENDER_MAX);
		render(catalog_templates(cat), language, event, kind[i], &args, &subject, &text);
		unsigned parts = 1;
		const struct flow_words *words = flow_words(c->console->set.flow);
		for (const struct channel_trait *t = words->trait; t < words->trait + words->traits; t++)
			if (strcmp(t->caps.kind, kind[i]) == 0 && t->parts != NULL)
				parts = t->parts(t->config, buf_str(&text));
		must(json_array_append_new(items, json_pack("{s:s, s:o, s:o, s:i}", "kind", kind[i], "subject", shape_text(buf_str(&subject)),
			"text", shape_text(buf_str(&text)), "parts", (int)parts)) == 0);
		buf_fini(&subject);
		buf_fini(&text);
	}
	c->previews = items;
}

int work_preview(struct call *c, struct err *e)
{
	struct edit ed = { 0 };
	struct faults f = { 0 };
	char language[16], event[64], kind[16];
	int rc = edit_read(c, &ed, true, e);
	if (rc == 0 && ed.text == NULL)
		rc = err_set(e, E_RANGE, "text: say which");
	if (rc == 0 && (rc = edit_try(&ed, &f, e)) == 0) {
		name_parts(ed.file, language, event, kind);
		put_previews(c, ed.catalog, language, event, kind);
		catalog_unref(&ed.catalog);
		json_decref(ed.canned);
	}
	if (f.count > 0)
		put_faults(c, &f);
	faults_fini(&f);
	return rc;
}

int api_preview(struct call *c, struct tx *tx, struct err *e)
{
	(void)tx, (void)e;
	call_list(c, json_incref(c->previews), 0);
	return 0;
}
