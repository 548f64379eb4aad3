#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/command/print.h"
#include "gateway/flow/catalog.h"
#include "gateway/flow/say.h"
#include "gateway/store/article.h"
#include "gateway/store/kept.h"

/* Articles of another system, or a department's answers. Each waits for a second person like any other (知识校核); one that was
 * imported before is passed over, so a second run goes on where the first one stopped. */
struct importing {
	const struct catalog *catalog;
	const char *file, *owner;
	const char *line;
	unsigned number;
	enum { LINE_STORED, LINE_KNOWN, LINE_BAD, LINE_ENDS } became; /* of the line; counted once its transaction stands */
	const char *wrong;
	long long count[LINE_ENDS];
};

static const char *word(const json_t *o, const char *name, const char *absent)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s != NULL ? s : absent;
}

static const char *fault_of(const struct importing *im, const struct article_row *a, const char *until, int64_t *valid_until)
{
	if (text_blank(a->title) || text_blank(a->body))
		return "has no title or no body; {\"title\":\"…\",\"body\":\"…\",\"department\":\"fund\"} would be right";
	if (utf8_count(a->title, strlen(a->title)) > ARTICLE_TITLE_MAX || utf8_count(a->body, strlen(a->body)) > ARTICLE_BODY_MAX)
		return "its title (200 characters) or its body (20,000) is too long";
	if (strcmp(a->language, "zh-CN") != 0 && strcmp(a->language, "en") != 0)
		return "its language is neither zh-CN nor en";
	if (*a->department && catalog_department(im->catalog, a->department) == NULL)
		return "its department is no code of departments.csv";
	if (*a->category && catalog_category(im->catalog, a->category) == NULL)
		return "its category is no code of categories.csv";
	if (*until && clock_parse(until, valid_until) < 0)
		return "its valid_until is no day; 2027-12-31 would be right";
	return NULL;
}

/* By the other system's id, or by its words. */
static const char *once_key(struct tx *tx, const json_t *o, const struct article_row *a)
{
	const char *id = word(o, "id", NULL);
	uint8_t hash[SHA256_LEN];
	char hex[HEX_SHA256];
	if (id != NULL)
		return arena_printf(tx_arena(tx), "id:%s", id);
	const char *all = arena_printf(tx_arena(tx), "%s\n%s", a->title, a->body);
	crypto_sha256(all, strlen(all), hash);
	crypto_hex(hash, sizeof hash, hex);
	return arena_strdup(tx_arena(tx), hex);
}

static int keep(struct tx *tx, struct importing *im, const char *key, struct article_row *a)
{
	int rc = article_insert(tx, a);
	if (rc == 0)
		rc = article_update(tx, a, ARTICLE_REVIEW);
	if (rc == 0)
		rc = tell_event(tx, 0, "article", "import", json_pack("{s:s, s:s, s:i, s:s}", "article", tell_id(tx, a->id), "step", "import",
			"version", (int)a->version, "state", "review"));
	if (rc == 0)
		rc = kept_put(tx, "article-import", key, tell_id(tx, a->id));
	im->became = LINE_STORED;
	return rc;
}

static int one(struct tx *tx, struct importing *im, const json_t *o)
{
	const char *value, *until = word(o, "valid_until", "");
	struct article_row a = { .title = word(o, "title", ""), .body = word(o, "body", ""), .language = word(o, "language", "zh-CN"),
		.department = word(o, "department", ""), .category = word(o, "category", ""), .owner = word(o, "owner", im->owner),
		.author = "import", .approver = "", .note = "" };
	im->wrong = json_is_object(o) ? fault_of(im, &a, until, &a.valid_until) : "is not a JSON object";
	im->became = im->wrong != NULL ? LINE_BAD : LINE_KNOWN;
	if (im->wrong != NULL)
		return 0;
	const char *key = once_key(tx, o, &a);
	int rc = kept_get(tx, "article-import", key, &value);
	return rc == E_NOTFOUND ? keep(tx, im, key, &a) : rc;
}

static int line_run(struct tx *tx, void *arg, struct err *e)
{
	struct importing *im = arg;
	json_t *o = json_loads(im->line, 0, NULL);
	int rc = one(tx, im, o);
	json_decref(o);
	return rc < 0 ? err_set(e, rc, "line %u could not be stored", im->number) : 0;
}

static int lines(struct importing *im, struct store *s, FILE *in, struct err *e)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int rc = 0;
	while (rc == 0 && (n = getline(&line, &size, in)) >= 0) {
		im->number++;
		im->line = line;
		if (n <= 1)
			continue;
		if ((rc = store_now(s, true, line_run, im, e)) < 0)
			break;
		im->count[im->became]++;
		if (im->became == LINE_BAD)
			(void)fprintf(stderr, "%s:%u: %s\n", im->file, im->number, im->wrong);
	}
	if (rc == 0 && ferror(in))
		rc = err_set(e, E_IO, "%s could not be read to its end: %s", im->file, strerror(errno));
	free(line);
	return rc;
}

static int import_file(struct app *a, FILE *in, const char *file, const char *owner)
{
	struct faults f = { 0 };
	struct err e = { 0 };
	struct importing im = { .file = file, .owner = owner ? owner : "import" };
	struct store *s = app_store(a, false);
	struct catalog *c = s != NULL ? catalog_load(a->set.tables, a->set.templates, &f) : NULL;
	app_print_faults(&f);
	faults_fini(&f);
	im.catalog = c;
	int rc = c == NULL ? E_CONFIG : lines(&im, s, in, &e);
	catalog_unref(&c);
	store_close(&s);
	if (a->json)
		(void)printf("{\"stored\":%lld,\"known\":%lld,\"bad\":%lld}\n", im.count[LINE_STORED], im.count[LINE_KNOWN],
			im.count[LINE_BAD]);
	else
		(void)printf("%lld stored and waiting for a second person, %lld known already, %lld lines not read\n", im.count[LINE_STORED], im.count[LINE_KNOWN],
			im.count[LINE_BAD]);
	return rc < 0 ? command_failed(&e) : im.count[LINE_BAD] ? EXIT_FAILED : EXIT_DONE;
}

static int run(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *owner = option_value(&argc, argv, "--owner", &bad);
	if (bad || argc != 3 || strcmp(argv[1], "import") != 0)
		return command_usage(&command_article, "article import needs a file");
	FILE *in = fopen(argv[2], "r");
	if (in == NULL) {
		(void)fprintf(stderr, "xinqiao: %s: %m\n", argv[2]);
		return EXIT_FAILED;
	}
	int code = import_file(a, in, argv[2], owner);
	(void)fclose(in);
	return code;
}

const struct command command_article = {
	.name = "article",
	.usage = "article import FILE.jsonl [--owner NAME]",
	.about = "takes articles for the knowledge base, one JSON object a line; each waits for a second person",
	.run = run,
};
