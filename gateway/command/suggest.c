/* What the suggestions would say, and how well they do on messages whose category is known. */
#include <stdlib.h>
#include <string.h>

#include "gateway/command/print.h"
#include "gateway/flow/learn.h"
#include "gateway/store/store.h"

enum { FOLDS_DEFAULT = 5, FOLDS_MAX = 20, LINES_MAX = SUGGEST_EXAMPLES_MAX };

/* --- a text --- */

struct teach { const struct catalog *catalog; struct lesson *lesson; };

static int teach_run(struct tx *tx, void *arg, struct err *e)
{
	struct teach *t = arg;
	return lesson_read(tx, t->catalog, &t->lesson, e);
}

static json_t *words_json(const struct suggestion *s)
{
	char all[SUGGEST_WORDS * (SUGGEST_WORD_MAX + 1)] = "";
	for (unsigned i = 0; i < SUGGEST_WORDS && *s->word[i]; i++) {
		strncat(all, i ? " " : "", sizeof all - strlen(all) - 1);
		strncat(all, s->word[i], sizeof all - strlen(all) - 1);
	}
	return json_string(all);
}

static void say(const struct app *a, const struct suggest *s, const char *text)
{
	static const char *const column[] = { "about", "value", "share", "words", NULL };
	struct command_print print = { .json = a->json, .column = column };
	for (unsigned h = 0; h < SUGGEST_HEADS; h++) {
		struct suggestion best[SUGGEST_BEST];
		size_t n = suggest_ask(s, (enum suggest_head)h, "", text, best);
		for (size_t i = 0; i < n; i++)
			print_row(&print, json_pack("{s:s, s:s, s:i, s:o}", "about", suggest_head_name((enum suggest_head)h), "value",
				best[i].label, "share", (int)(best[i].share * 100 + 0.5), "words", words_json(&best[i])));
	}
	print_end(&print, "nothing to say: no word of it is known");
}

static int ask(struct app *a, const char *text)
{
	struct faults f = { 0 };
	struct err e = { 0 };
	struct store *s = app_store(a, false);
	struct catalog *c = s != NULL ? catalog_load(a->set.tables, a->set.templates, &f) : NULL;
	struct teach t = { .catalog = c };
	int rc = E_CONFIG;
	app_print_faults(&f);
	faults_fini(&f);
	if (c != NULL && (rc = store_now(s, false, teach_run, &t, &e)) == 0) {
		struct suggest *model = lesson_learn(t.lesson, NULL);
		say(a, model, text);
		suggest_unref(&model);
	}
	lesson_destroy(&t.lesson);
	catalog_unref(&c);
	store_close(&s);
	return rc < 0 ? command_failed(&e) : EXIT_DONE;
}

/* --- how well --- */

struct sheet { json_t *line[LINES_MAX]; struct suggest_example example[LINES_MAX]; size_t n; };

static const char *member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

/* false: a line is no labelled message. */
static bool sheet_read(struct sheet *s, FILE *in, const char *file)
{
	char *line = NULL;
	size_t size = 0;
	bool good = true;
	for (unsigned number = 1; good && s->n < LINES_MAX && getline(&line, &size, in) > 0; number++) {
		json_t *o = json_loads(line, 0, NULL);
		good = *member(o, "category") && (*member(o, "text") || *member(o, "title"));
		if (!good) {
			(void)fprintf(stderr, "%s:%u: {\"title\":\"…\",\"text\":\"…\",\"category\":\"…\"} would be right\n", file, number);
			json_decref(o);
			break;
		}
		s->line[s->n] = o;
		s->example[s->n++] = (struct suggest_example){ .title = member(o, "title"), .text = member(o, "text"),
			.label = { [SUGGEST_CATEGORY] = member(o, "category") } };
	}
	if (good && ferror(in)) {
		(void)fprintf(stderr, "xinqiao: %s could not be read to its end: %m\n", file);
		good = false;
	}
	free(line);
	return good;
}

static void report(const struct app *a, const struct suggest_score *s)
{
	static const char *const column[] = { "label", "messages", "precision", "recall", "f1", NULL };
	struct command_print print = { .json = a->json, .column = column };
	for (size_t l = 0; l < s->labels; l++)
		print_row(&print, json_pack("{s:s, s:I, s:o, s:o, s:o}", "label", s->of[l].label, "messages", (json_int_t)s->of[l].examples,
			"precision", json_sprintf("%.3f", s->of[l].precision), "recall", json_sprintf("%.3f", s->of[l].recall),
			"f1", json_sprintf("%.3f", s->of[l].f1)));
	if (a->json)
		(void)printf("{\"messages\":%zu,\"macro_f1\":%.4f,\"accuracy\":%.4f}\n", s->examples, s->macro_f1, s->accuracy);
	else
		(void)printf("macro-F1 %.4f, right %.4f of %zu\n", s->macro_f1, s->accuracy, s->examples);
}

static int evaluate(struct app *a, const char *file, unsigned folds)
{
	struct faults f = { 0 };
	FILE *in = fopen(file, "r");
	if (in == NULL) {
		(void)fprintf(stderr, "xinqiao: %s: %m\n", file);
		return EXIT_FAILED;
	}
	app_load(a, &f);
	struct catalog *c = f.count == 0 ? catalog_load(a->set.tables, a->set.templates, &f) : NULL;
	app_print_faults(&f);
	faults_fini(&f);
	struct sheet *s = mem_new(struct sheet);
	struct suggest_score *score = mem_new(struct suggest_score);
	struct suggest_topic topic[SUGGEST_TOPICS_MAX];
	size_t topics = 0;
	bool good = c != NULL && sheet_read(s, in, file);
	for (const struct topic_row *t; good && (t = catalog_topic_at(c, topics)) != NULL; topics++)
		topic[topics] = (struct suggest_topic){ t->name, t->words };
	if (good) {
		suggest_cross_validate(topic, topics, s->example, s->n, SUGGEST_CATEGORY, folds, 1, score);
		report(a, score);
	}
	for (size_t i = 0; i < s->n; i++)
		json_decref(s->line[i]);
	free(score);
	free(s);
	catalog_unref(&c);
	(void)fclose(in);
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int run(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *file = option_value(&argc, argv, "--evaluate", &bad), *folds = option_value(&argc, argv, "--folds", &bad);
	char *end = NULL;
	unsigned long n = folds ? strtoul(folds, &end, 10) : FOLDS_DEFAULT;
	if (bad || argc != (file ? 1 : 2) || (folds && !file))
		return command_usage(&command_suggest, "suggest needs a text, or --evaluate FILE");
	if (n < 2 || n > FOLDS_MAX || (end != NULL && *end != '\0'))
		return command_usage(&command_suggest, "--folds is a number from 2 to %d", FOLDS_MAX);
	return file ? evaluate(a, file, (unsigned)n) : ask(a, argv[1]);
}

const struct command command_suggest = {
	.name = "suggest",
	.usage = "suggest TEXT\n       xinqiao [--config FILE] suggest --evaluate FILE.jsonl [--folds N]",
	.about = "nature, category and department a text probably has, and why; or how often that is right, by cross-validation",
	.run = run,
};
