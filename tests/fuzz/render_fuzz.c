/* A template that staff edited, among the ones we ship. Input: a byte that chooses the event, then the file. */
#include "tests/fuzz/memory_file.h"

#include <sys/stat.h>

#include "gateway/flow/render.h"

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

static void set_up(const char *under_test)
{
	const char *base = getenv("TMPDIR");
	for (; render_event(folders); folders++) {
		char *dir = folder[folders] = mem_printf("%s/xq-render-XXXXXX", base ? base : "/tmp");
		must(folders < FOLDERS_MAX && mkdtemp(dir));
		char *language = mem_printf("%s/zh-CN", dir), *sms = mem_printf("%s.sms", render_event(folders));
		must(mkdir(language, 0700) == 0);
		add_link(under_test, dir, sms);
		for (unsigned i = 0; i == 0 || render_event(i - 1); i++) {
			const char *name = i ? render_event(i - 1) : "words";
			char *shipped = mem_printf("templates/zh-CN/%s.txt", name), *path = realpath(shipped, NULL);
			must(path); /* run in the project's folder */
			add_link(path, dir, name);
			free(path);
			free(shipped);
		}
		free(sms);
		free(language);
	}
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
