#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"
#include "gateway/base/utf8.h"
#include "gateway/command/import_store.h"
#include "gateway/command/print.h"
#include "gateway/flow/intake.h"
#include "gateway/model/address.h"
#include "gateway/store/store.h"

/* Lines go in by the hundred, each batch one transaction; a line that was imported before is passed over, so a second run
 * goes on where the first one stopped. Nothing is said to the citizens. */
enum { BATCH = 200 };

struct import {
	struct catalog *catalog;
	struct flow_words words;
	struct channel_trait trait;
	char *line[BATCH];
	unsigned number[BATCH]; /* line numbers */
	size_t lines;
	const char *file;
	struct counts { long long stored, known, refused, bad; } n, before; /* before: without the batch */
};

static const char *field(const json_t *o, const char *const *name)
{
	for (; *name != NULL; name++) {
		const char *s = json_string_value(json_object_get(o, *name));
		if (s != NULL && *s)
			return s;
	}
	return NULL;
}

static void bad_line(struct import *im, unsigned line, const char *why)
{
	im->n.bad++;
	(void)fprintf(stderr, "%s:%u: %s\n", im->file, line, why);
}

static int one(struct tx *tx, struct import *im, const json_t *o, unsigned line, struct err *e)
{
	static const char *const ids[] = { "id", "external_id", NULL }, *const texts[] = { "text", NULL }, *const peers[] = { "peer", "sender", NULL },
		*const names[] = { "name", "peer_name", NULL }, *const titles[] = { "subject", "title", NULL }, *const times[] = { "at", "time", "date", NULL };
	const char *id = field(o, ids), *text = field(o, texts), *at = field(o, times), *peer = field(o, peers);
	if (id == NULL || text == NULL) {
		bad_line(im, line, "has no id or no text; {\"id\":\"…\",\"text\":\"…\",\"peer\":\"…\",\"at\":\"2026-11-22\"} would be right");
		return 0;
	}
	char *address = arena_alloc(tx_arena(tx), MSG_PEER_MAX);
	if (peer != NULL && !address_of_kind(im->trait.caps.kind, peer, address)) {
		bad_line(im, line, "its peer is no address of this channel; without one it is taken as of nobody who can be answered");
		return 0;
	}
	int64_t when = 0;
	if (at != NULL && (clock_parse(at, &when) < 0 || when <= 0 || when > tx_now(tx))) {
		bad_line(im, line, "its time cannot be read or is none that has been; the time of the import is taken");
		when = 0;
	}
	if (when > 0)
		tx_set_now(tx, when);
	struct msg_in m = { .kind = MSG_TEXT, .external_id = arena_printf(tx_arena(tx), "import:%s", id), .text = text,
		.peer = peer ? address : arena_printf(tx_arena(tx), "import:%s", id), .peer_name = field(o, names), .account = im->trait.name,
		.subject = field(o, titles), .sent_at = when, .received_at = tx_now(tx), .verified = peer != NULL && im->trait.caps.verified };
	struct intake_done done = { 0 };
	int rc = intake_message(tx, im->catalog, &im->words, &im->trait, &m, true, &done, e);
	if (rc < 0)
		return rc;
	*(done.taken == TAKEN_STORED ? &im->n.stored : done.taken == TAKEN_DUPLICATE ? &im->n.known : &im->n.refused) += 1;
	return 0;
}

static int batch_run(struct tx *tx, void *arg, struct err *e)
{
	struct import *im = arg;
	int64_t now = tx_now(tx);
	im->n = im->before; /* a lost transaction runs again */
	for (size_t i = 0; i < im->lines; i++) {
		json_error_t why;
		json_t *o = json_loads(im->line[i], 0, &why);
		tx_set_now(tx, now);
		int rc = 0;
		if (!json_is_object(o))
			bad_line(im, im->number[i], "is not a JSON object");
		else
			rc = one(tx, im, o, im->number[i], e);
		json_decref(o);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int batch(struct import *im, struct store *s, struct err *e)
{
	im->before = im->n;
	int rc = im->lines ? store_now(s, true, batch_run, im, e) : 0;
	if (rc < 0)
		im->n = im->before;
	for (size_t i = 0; i < im->lines; i++)
		free(im->line[i]);
	im->lines = 0;
	return rc;
}

static int lines(struct import *im, struct store *s, FILE *in, struct err *e)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int rc = 0;
	bool terminal = isatty(STDERR_FILENO);
	for (unsigned number = 1; rc == 0 && (n = getline(&line, &size, in)) >= 0; number++) {
		if (n <= 1)
			continue;
		im->line[im->lines] = mem_strndup(line, (size_t)n);
		im->number[im->lines++] = number;
		if (im->lines == BATCH)
			rc = batch(im, s, e);
		if (terminal && number % 1000 == 0)
			(void)fprintf(stderr, "\r%u lines", number);
	}
	bool broken = ferror(in);
	int why = errno;
	free(line);
	if (terminal)
		(void)fputc('\r', stderr);
	if (rc == 0)
		rc = batch(im, s, e);
	return rc == 0 && broken ? err_set(e, E_IO, "%s could not be read to its end: %s", im->file, strerror(why)) : rc;
}

static int with(struct app *a, struct store *s, const struct app_channel *c, FILE *in, const char *file)
{
	struct faults f = { 0 };
	struct err e = { 0 };
	struct import im = { .file = file, .trait = { .name = c->name, .caps = c->ops->caps, .join = c->ops->join } };
	int rc = E_CONFIG;
	im.catalog = catalog_load(a->set.tables, a->set.templates, &f);
	app_print_faults(&f);
	faults_fini(&f);
	if (im.catalog != NULL && (rc = store_secret(s) ? 0 : app_no_secret(a, &e)) == 0) {
		im.words = (struct flow_words){ .hotline = a->set.name, .public_url = a->public_url, .secret = store_secret(s),
			.trait = &im.trait, .traits = 1 };
		rc = lines(&im, s, in, &e);
	}
	catalog_unref(&im.catalog);
	if (a->json)
		(void)printf("{\"stored\":%lld,\"known\":%lld,\"refused\":%lld,\"bad\":%lld}\n", im.n.stored, im.n.known, im.n.refused, im.n.bad);
	else
		(void)printf("%lld stored, %lld known already, %lld kept aside, %lld lines not read\n", im.n.stored, im.n.known, im.n.refused, im.n.bad);
	return rc < 0 ? command_failed(&e) : im.n.bad ? EXIT_FAILED : EXIT_DONE;
}

static int run(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *name = option_value(&argc, argv, "--channel", &bad);
	if (!bad && name == NULL && argc > 1 && strncmp(argv[1], "sqlite:", 7) == 0)
		return import_store(a, argc, argv);
	if (bad || argc != 2 || name == NULL)
		return command_usage(&command_import, "import needs a file and --channel NAME, or the store to move");
	FILE *in = fopen(argv[1], "r");
	if (in == NULL) {
		(void)fprintf(stderr, "xinqiao: %s: %m\n", argv[1]);
		return EXIT_FAILED;
	}
	int code = EXIT_FAILED;
	struct store *s = app_store(a, false);
	const struct app_channel *channel = NULL;
	for (size_t i = 0; s != NULL && i < a->channels; i++)
		if (strcmp(a->channel[i].name, name) == 0)
			channel = &a->channel[i];
	if (channel != NULL)
		code = with(a, s, channel, in, argv[1]);
	else if (s != NULL)
		(void)fprintf(stderr, "xinqiao: %s has no [channel %s]\n", a->config_path, name);
	store_close(&s);
	(void)fclose(in);
	return code;
}

const struct command command_import = {
	.name = "import",
	.usage = "import FILE.jsonl --channel NAME\n       xinqiao [--config FILE] import sqlite:PATH [--files FOLDER]",
	.about = "takes messages of another system, one JSON object a line, without answering anybody; or a whole SQLite store",
	.run = run,
};
