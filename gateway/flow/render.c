#include "gateway/flow/render.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/base/file.h"
#include "gateway/base/mem.h"
#include "gateway/base/sm.h"
#include "gateway/base/utf8.h"
#include "gateway/model/notice.h"
#include "gateway/model/survey.h"
#include "gateway/model/ticket.h"
#include "gateway/model/workflow.h"

/* --- what a placeholder stands for --- */

static const char *argument(const struct render_args *a, unsigned p)
{
	switch (p) {
#define X(name) case NOTICE_##name: return a->name ? a->name : "";
	NOTICE_FIELDS(X)
#undef X
	default: return "";
	}
}

char *render_fields(const char *event, const struct render_args *args)
{
	int e = notice_find(event, strlen(event));
	must(e >= 0);
	unsigned known = notice_at((unsigned)e)->must | notice_at((unsigned)e)->may;
	json_t *fields = json_object();
	for (unsigned p = 0; p < NOTICE_FIELD_COUNT; p++)
		if (known & (1u << p))
			must(json_object_set_new(fields, notice_field_name(p), json_string(argument(args, p))) == 0);
	char *text = json_dumps(fields, JSON_COMPACT);
	json_decref(fields);
	must(text != NULL);
	return text;
}

enum { EVENTS = NOTICES, LANGUAGES_MAX = 8, NAME_MAX_LEN = 64 };

const char *render_event(unsigned i)
{
	return i < EVENTS ? notice_at(i)->name : NULL;
}

/* --- a template, cut into pieces at load --- */

struct piece { int placeholder; const char *text; size_t n; }; /* placeholder -1: the text itself */
struct body { struct piece *piece; size_t count; };
struct template { char kind[16]; char *source; struct body subject, text; bool has_subject; };
struct word { char *key, *words; };
struct language {
	char name[16];
	struct template *event[EVENTS];
	size_t variants[EVENTS];
	struct word *word;
	size_t words;
};
struct templates { struct language language[LANGUAGES_MAX]; size_t languages; };

static void body_add(struct body *b, int placeholder, const char *text, size_t n)
{
	if (placeholder < 0 && n == 0)
		return;
	b->piece = mem_grow(b->piece, b->count, sizeof *b->piece);
	b->piece[b->count++] = (struct piece){ placeholder, text, n };
}

static unsigned line_at(const char *from, const char *p)
{
	unsigned line = 1;
	for (; from < p; from++)
		line += *from == '\n';
	return line;
}

/* Cuts [p, end) of a file into pieces. Returns the placeholders seen. */
static unsigned body_cut(struct body *b, const char *source, const char *p, const char *end,
	const struct notice *rule, const char *path, struct faults *f)
{
	unsigned seen = 0;
	const char *start = p;
	while (p < end) {
		if (*p != '{' && *p != '}') {
			p++;
			continue;
		}
		body_add(b, -1, start, (size_t)(p - start));
		if (p + 1 < end && p[1] == *p) {
			body_add(b, -1, p, 1);
			start = p += 2;
			continue;
		}
		const char *close = *p == '{' ? memchr(p, '}', (size_t)(end - p)) : NULL;
		if (close == NULL) {
			faults_add(f, path, line_at(source, p), "a single '%c'; write '%c%c' for a brace in the text", *p, *p, *p);
			return seen;
		}
		int which = notice_field_find(p + 1, (size_t)(close - p - 1));
		char legal[200];
		notice_field_list(rule->must | rule->may, legal, sizeof legal);
		if (which < 0 || !((rule->must | rule->may) & (1u << which)))
			faults_add(f, path, line_at(source, p), "{%.*s} is not known for %s; it may have: %s",
				(int)(close - p - 1), p + 1, rule->name, legal);
		else {
			seen |= 1u << which;
			body_add(b, which, NULL, 0);
		}
		start = p = close + 1;
	}
	body_add(b, -1, start, (size_t)(p - start));
	return seen;
}

static char *source_read(const char *path, struct faults *f)
{
	enum { SOURCE_MAX = 64 * 1024 };
	struct buf text;
	buf_init(&text, SOURCE_MAX);
	if (!file_read_or_fault(path, &text, f)) {
		buf_fini(&text);
		return NULL;
	}
	char *s = buf_take_str(&text);
	size_t n = strlen(s);
	if (!utf8_valid(s, n)) {
		faults_add(f, path, 1, "is not UTF-8");
		free(s);
		return NULL;
	}
	while (n > 0 && (s[n - 1] == '\n' || s[n - 1] == '\r'))
		s[--n] = '\0';
	return s;
}

static void template_cut(struct template *t, const struct notice *rule, const char *path, struct faults *f)
{
	static const char subject[] = "Subject: ";
	const char *p = t->source, *end = p + strlen(p);
	unsigned seen = 0;
	if (strncmp(p, subject, sizeof subject - 1) == 0) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		if (eol == NULL)
			eol = end;
		seen |= body_cut(&t->subject, t->source, p + sizeof subject - 1, eol, rule, path, f);
		t->has_subject = true;
		for (p = eol; p < end && (*p == '\n' || *p == '\r'); p++)
			;
	}
	if (p == end)
		faults_add(f, path, 1, "is empty; a text for the citizen would be right");
	unsigned text_seen = body_cut(&t->text, t->source, p, end, rule, path, f);
	unsigned missing = rule->must & ~(text_seen | seen);
	if (missing) {
		char list[200];
		notice_field_list(missing, list, sizeof list);
		faults_add(f, path, 1, "does not say %s; %s must", list, rule->name);
	}
}

static void language_words(struct language *l, const char *path, struct faults *f)
{
	char *text = source_read(path, f);
	if (text == NULL)
		return;
	unsigned line = 0;
	for (char *save = NULL, *p = strtok_r(text, "\n", &save); p != NULL; p = strtok_r(NULL, "\n", &save)) {
		line++;
		if (*p == '#' || *p == '\0' || *p == '\r')
			continue;
		char *eq = strstr(p, " = ");
		if (eq == NULL) {
			faults_add(f, path, line, "has no ' = '; 'key = words' would be right");
			continue;
		}
		char *end = eq + strlen(eq);
		while (end > eq && end[-1] == '\r')
			*--end = '\0';
		l->word = mem_grow(l->word, l->words, sizeof *l->word);
		l->word[l->words].key = mem_strndup(p, (size_t)(eq - p));
		l->word[l->words++].words = mem_strdup(eq + 3);
	}
	free(text);
}

/* "received.sms.txt" is event "received" for kind "sms"; "refused.petition.txt" is an event of its own. */
static void template_load(struct language *l, const char *dir, const char *file, struct faults *f)
{
	size_t stem = strlen(file) - strlen(".txt");
	const char *dot = memrchr(file, '.', stem);
	int event = notice_find(file, stem);
	const char *kind = "";
	size_t kind_len = 0;
	if (event < 0 && dot != NULL) {
		event = notice_find(file, (size_t)(dot - file));
		kind = dot + 1;
		kind_len = stem - (size_t)(kind - file);
	}
	char *path = mem_printf("%s/%s", dir, file);
	char *source = NULL;
	if (event < 0 || kind_len >= sizeof l->event[0]->kind)
		faults_add(f, path, 0, "is no event's text; see the list in templates/README.md");
	else
		source = source_read(path, f);
	if (source == NULL) {
		free(path);
		return;
	}
	size_t n = l->variants[event]++;
	l->event[event] = mem_grow(l->event[event], n, sizeof **l->event);
	struct template *t = &l->event[event][n];
	*t = (struct template){ .source = source };
	memcpy(t->kind, kind, kind_len);
	template_cut(t, notice_at((unsigned)event), path, f);
	free(path);
}

static void language_load(struct templates *t, const char *dir, const char *name, struct faults *f)
{
	char *path = mem_printf("%s/%s", dir, name);
	DIR *d = opendir(path);
	size_t len = strlen(name);
	if (d == NULL || t->languages == LANGUAGES_MAX || len >= sizeof t->language->name) {
		faults_add(f, path, 0, "cannot be used as a language; at most %d folders with short names such as 'zh-CN'",
			LANGUAGES_MAX);
		if (d != NULL)
			closedir(d);
		free(path);
		return;
	}
	struct language *l = &t->language[t->languages++];
	memcpy(l->name, name, len + 1);
	for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
		size_t n = strlen(e->d_name);
		if (strcmp(e->d_name, "words.txt") != 0 && n > 4 && strcmp(e->d_name + n - 4, ".txt") == 0)
			template_load(l, path, e->d_name, f);
	}
	closedir(d);
	for (size_t i = 0; i < EVENTS; i++) {
		bool plain = false;
		for (size_t v = 0; v < l->variants[i]; v++)
			plain |= l->event[i][v].kind[0] == '\0';
		if (!plain && notice_at((unsigned)i)->instead == NULL)
			faults_add(f, path, 0, "lacks %s.txt; every language needs a text for every event", notice_at((unsigned)i)->name);
	}
	char *words = mem_printf("%s/words.txt", path);
	language_words(l, words, f);
	free(words);
	free(path);
}

static const char *words_find(const struct language *l, const char *key)
{
	for (size_t i = 0; i < l->words; i++)
		if (strcmp(l->word[i].key, key) == 0)
			return l->word[i].words;
	return NULL;
}

static void words_check(const struct language *l, const char *dir, struct faults *f)
{
	char *path = mem_printf("%s/%s/words.txt", dir, l->name), key[NAME_MAX_LEN];
	for (unsigned i = 0; i < TICKET_STATES; i++) {
		(void)snprintf(key, sizeof key, "state.%s", sm_name(&ticket_machine, i));
		if (words_find(l, key) == NULL)
			faults_add(f, path, 0, "lacks '%s = …', what a citizen reads for that state", key);
	}
	static const char *const others[] = { "rating.1", "rating.2", "rating.3", "rating.4", "rating.5", "solved.yes",
		"solved.no", "nobody", "state.between" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (words_find(l, others[i]) == NULL)
			faults_add(f, path, 0, "lacks '%s = …'", others[i]);
	free(path);
}

struct templates *templates_load(const char *dir, struct faults *f)
{
	size_t before = f->count;
	struct templates *t = mem_new(struct templates);
	DIR *d = opendir(dir);
	if (d == NULL)
		faults_add(f, dir, 0, "cannot be read: %m; a folder with zh-CN would be right");
	for (struct dirent *e = d ? readdir(d) : NULL; e != NULL; e = readdir(d))
		if (e->d_name[0] != '.' && strchr(e->d_name, '.') == NULL)
			language_load(t, dir, e->d_name, f);
	if (d != NULL)
		closedir(d);
	bool chinese = false;
	for (size_t i = 0; i < t->languages; i++) {
		chinese |= strcmp(t->language[i].name, "zh-CN") == 0;
		words_check(&t->language[i], dir, f);
	}
	if (d != NULL && !chinese)
		faults_add(f, dir, 0, "lacks zh-CN, the language everything falls back to");
	if (f->count > before)
		templates_destroy(&t);
	return t;
}

void templates_destroy(struct templates **tp)
{
	struct templates *t = *tp;
	if (t == NULL)
		return;
	for (size_t l = 0; l < t->languages; l++) {
		struct language *lang = &t->language[l];
		for (size_t i = 0; i < EVENTS; i++) {
			for (size_t v = 0; v < lang->variants[i]; v++) {
				free(lang->event[i][v].subject.piece);
				free(lang->event[i][v].text.piece);
				free(lang->event[i][v].source);
			}
			free(lang->event[i]);
		}
		for (size_t i = 0; i < lang->words; i++) {
			free(lang->word[i].key);
			free(lang->word[i].words);
		}
		free(lang->word);
	}
	free(t);
	*tp = NULL;
}

/* --- rendering --- */

static const struct language *language_of(const struct templates *t, const char *name)
{
	const struct language *fallback = NULL;
	for (size_t i = 0; i < t->languages; i++) {
		if (name != NULL && strcmp(t->language[i].name, name) == 0)
			return &t->language[i];
		if (strcmp(t->language[i].name, "zh-CN") == 0)
			fallback = &t->language[i];
	}
	must(fallback != NULL);
	return fallback;
}

static void body_write(const struct body *b, const struct render_args *args, struct buf *out)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct piece *p = &b->piece[i];
		(void)(p->placeholder < 0 ? buf_add(out, p->text, p->n) : buf_adds(out, argument(args, (unsigned)p->placeholder)));
	}
}

static const struct template *variant_of(const struct language *l, const char *event, const char *kind)
{
	int e = notice_find(event, strlen(event));
	must(e >= 0);
	const struct template *best = NULL;
	for (size_t v = 0; v < l->variants[e]; v++) {
		const struct template *c = &l->event[e][v];
		if (strcmp(c->kind, kind) == 0 || (best == NULL && c->kind[0] == '\0'))
			best = c;
	}
	const char *instead = notice_at((unsigned)e)->instead;
	return best || instead == NULL ? best : variant_of(l, instead, kind);
}

static const struct template *template_of(const struct templates *t, const char *language, const char *event,
	const char *kind)
{
	const struct template *best = variant_of(language_of(t, language), event, kind);
	must(best != NULL);
	return best;
}

void render(const struct templates *t, const char *language, const char *event, const char *kind,
	const struct render_args *args, struct buf *subject, struct buf *text)
{
	const struct template *best = template_of(t, language, event, kind);
	buf_clear(text);
	body_write(&best->text, args, text);
	if (subject != NULL) {
		buf_clear(subject);
		body_write(&best->subject, args, subject);
	}
}

void render_version(const struct templates *t, const char *language, const char *event, const char *kind,
	char out[RENDER_VERSION])
{
	const struct template *best = template_of(t, language, event, kind);
	uint8_t hash[SHA256_LEN];
	char hex[HEX_SHA256];
	crypto_sha256(best->source, strlen(best->source), hash);
	crypto_hex(hash, sizeof hash, hex);
	(void)snprintf(out, RENDER_VERSION, "%.12s", hex);
}

const char *render_words(const struct templates *t, const char *language, const char *key)
{
	const char *words = words_find(language_of(t, language), key);
	return words ? words : key;
}
