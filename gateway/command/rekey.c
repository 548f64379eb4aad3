#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/keyring.h"
#include "gateway/command/print.h"
#include "gateway/store/event.h"
#include "gateway/store/rekey.h"

enum { BATCH = 1000 };

struct batch {
	size_t rows;
	bool done;
};

static int step_run(struct tx *tx, void *arg, struct err *e)
{
	struct batch *b = arg;
	int rc = rekey_step(tx, BATCH, &b->rows, &b->done);
	return rc < 0 ? err_set(e, rc, "a batch could not be sealed (%s)", err_name(rc)) : 0;
}

/* To the end, or as far as it goes: what was done is kept, and the next run or the gateway goes on from there. */
static int seal_all(struct store *s, uint64_t *rows, struct err *e)
{
	struct batch b = { 0 };
	int rc = 0;
	while (rc == 0 && !b.done) {
		rc = store_now(s, true, step_run, &b, e);
		*rows += rc == 0 ? b.rows : 0;
		if (isatty(STDERR_FILENO))
			(void)fprintf(stderr, "\r%" PRIu64 " rows", *rows);
	}
	if (isatty(STDERR_FILENO))
		(void)fputs("\r", stderr);
	return rc;
}

static int keys_add(const char *path, struct err *e)
{
	struct keyring k = { 0 };
	int rc = keyring_load(&k, path, e);
	if (rc == 0)
		rc = keyring_add(&k, path, e);
	keyring_fini(&k);
	return rc;
}

/* The store is opened alone: a gateway that runs knows the keys it began with. */
static int rekey(struct app *a, bool fresh, unsigned *key, uint64_t *rows, struct err *e)
{
	struct store *s = app_store(a, true);
	if (s == NULL)
		return E_CONFIG;
	*key = store_key(s);
	int rc = *key ? seal_all(s, rows, e) : err_set(e, E_CONFIG, "no key file is configured; key_file in [security] names it");
	store_close(&s);
	if (rc < 0 || !fresh)
		return rc;
	if ((rc = keys_add(a->security.key_file, e)) < 0)
		return rc;
	return rekey(a, false, key, rows, e);
}

static int event_run(struct tx *tx, void *arg, struct err *e)
{
	(void)arg;
	int rc = event_append(tx, 0, "secret", "command", "{}");
	return rc < 0 ? err_set(e, rc, "the event could not be stored") : 0;
}

static int secret(struct app *a)
{
	struct err e = { 0 };
	struct store *s = app_store_anew(a);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = store_now(s, true, event_run, NULL, &e);
	store_close(&s);
	if (rc < 0)
		return command_failed(&e);
	(void)printf("the store goes on with %s; where there are anchors, give their file another name\n", a->set.secret_file);
	return EXIT_DONE;
}

static int run(struct app *a, int argc, char **argv)
{
	bool fresh = option_flag(&argc, argv, "--new"), signs = option_flag(&argc, argv, "--secret");
	if (argc != 1 || (fresh && signs))
		return command_usage(&command_rekey, "rekey takes --new or --secret and nothing else");
	if (signs)
		return secret(a);
	struct err e = { 0 };
	uint64_t rows = 0;
	unsigned key = 0;
	int rc = rekey(a, fresh, &key, &rows, &e);
	if (rc < 0)
		return e.code ? command_failed(&e) : EXIT_FAILED;
	if (a->json)
		(void)printf("{\"key\":%u,\"rows\":%" PRIu64 "}\n", key, rows);
	else
		(void)printf("every field is sealed by key %u; %" PRIu64 " rows were looked at\n%s%s%s", key, rows, fresh ? "copy " : "",
			fresh ? a->security.key_file : "", fresh ? " to where its copies are: a backup made from now on opens by the new key only\n" : "");
	return EXIT_DONE;
}

const struct command command_rekey = {
	.name = "rekey",
	.usage = "rekey [--new]\n       xinqiao [--config FILE] rekey --secret",
	.about = "seals every field that identifies a person by the newest key; --new makes that key first. --secret: the store goes on with"
		" secret_file as it is, which is made where there is none. The gateway must be stopped",
	.run = run,
};
