/* A template that staff edited, among others. Input: a byte that chooses the event, then the file. */
#include "tests/fuzz/memory_file.h"

#include <sys/stat.h>

#include "gateway/flow/render.h"
#include "gateway/model/notice.h"

enum { FUZZ_MAX = 512 };
enum { FOLDERS_MAX = 64 };

static char *folder[FOLDERS_MAX]; /* one an event: in it that event's words for SMS are the file under test */
static unsigned folders;

static void add_link(const char *to, const char *dir, const char *name)
{
	char *path = mem_printf("%s/zh-CN/%s.txt", dir, name);
	must(symlink(to, path) == 0);
	free(path);
}

/* What the notice has to say and not a word more: the shipped ones took most of the time. */
static void add_least(const struct notice *n, const char *dir)
{
	char *path = mem_printf("%s/zh-CN/%s.txt", dir, n->name), fields[400];
	FILE *f = fopen(path, "w");
	notice_field_list(n->must, fields, sizeof fields);
	must(f && fprintf(f, "%s.\n", fields) > 0 && fclose(f) == 0);
	free(path);
}

static void set_up(const char *under_test)
{
	const char *base = getenv("TMPDIR");
	char *words = realpath("templates/zh-CN/words.txt", NULL);
	must(words); /* run in the project's folder */
	for (; notice_at(folders); folders++) {
		char *dir = folder[folders] = mem_printf("%s/xq-render-XXXXXX", base ? base : "/tmp");
		must(folders < FOLDERS_MAX && mkdtemp(dir));
		char *language = mem_printf("%s/zh-CN", dir), *sms = mem_printf("%s.sms", notice_at(folders)->name);
		must(mkdir(language, 0700) == 0);
		add_link(under_test, dir, sms);
		add_link(words, dir, "words");
		for (unsigned i = 0; notice_at(i); i++)
			if (i == folders || !notice_at(i)->instead)
				add_least(notice_at(i), dir);
		free(sms);
		free(language);
	}
	free(words);
}

/* What citizens wrote goes in as it is: its braces are no placeholders. */
static void fill_in(const struct templates *t, const char *event)
{
	static const char braces[] = "{text} {{number}} {";
	struct render_args all, none = { 0 };
	const char **each = (const char **)&all; /* it holds nothing but strings */
	for (size_t i = 0; i < sizeof all / sizeof *each; i++)
		each[i] = braces;
	struct buf subject, filled, empty;
	buf_init(&subject, RENDER_MAX);
	buf_init(&filled, RENDER_MAX);
	buf_init(&empty, RENDER_MAX);
	render(t, "zh-CN", event, "sms", &none, &subject, &empty);
	render(t, "fr", event, "sms", &all, NULL, &filled);
	must(utf8_valid(buf_str(&empty), empty.len) && utf8_valid(buf_str(&filled), filled.len));
	must(!strchr(buf_str(&subject), '\n'));
	must(filled.len >= empty.len && (filled.len - empty.len) % (sizeof braces - 1) == 0);
	buf_fini(&empty);
	buf_fini(&filled);
	buf_fini(&subject);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n };
	struct faults f = { 0 };
	unsigned event = input_byte(&in);
	const char *path = memory_file(in.p, in.n);
	if (!folders)
		set_up(path);
	event %= folders;
	struct templates *t = templates_load(folder[event], &f);
	must((t != NULL) == (f.count == 0));
	faults_are_lines(&f);
	if (t)
		fill_in(t, render_event(event));
	templates_destroy(&t);
	faults_fini(&f);
	return 0;
}
