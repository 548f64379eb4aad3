#include <stdio.h>
#include <unistd.h>

#include "gateway/command/print.h"
#include "gateway/store/restored.h"
#include "gateway/store/store.h"

static void progress(void *arg, int done, int total)
{
	(void)arg;
	(void)fprintf(stderr, "\r%3d %%", total > 0 ? (int)(100LL * done / total) : 100);
}

/* A copy that was not made here has no mark: a dump of PostgreSQL, a snapshot of the machine. */
static int restored(struct app *a)
{
	struct err e = { 0 };
	struct restored r = { 0 };
	struct store *s = app_store(a, true);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = store_restored(s, &r, &e);
	store_close(&s);
	if (rc < 0)
		return command_failed(&e);
	if (a->json)
		(void)printf("{\"taken\":\"%s\",\"held\":%zu}\n", r.taken, r.held);
	else
		(void)printf("%zu messages to citizens waited when the copy was made and are unknown now: look at `xinqiao outbox list --state unknown`; "
			"ticket numbers go on further up\n", r.held);
	return EXIT_DONE;
}

static int run(struct app *a, int argc, char **argv)
{
	bool back = option_flag(&argc, argv, "--restored");
	if (back && argc == 1)
		return restored(a);
	if (argc != 2 || back)
		return command_usage(&command_backup, "backup needs the file to write, or --restored");
	if (access(argv[1], F_OK) == 0) {
		(void)fprintf(stderr, "xinqiao: %s exists already; a backup never overwrites\n", argv[1]);
		return EXIT_FAILED;
	}
	struct err e = { 0 };
	struct store *s = app_store_as_it_is(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	bool terminal = isatty(STDERR_FILENO);
	int rc = store_backup(s, argv[1], terminal ? progress : NULL, NULL, &e);
	store_close(&s);
	if (terminal)
		(void)fputs("\r", stderr);
	if (rc < 0)
		return command_failed(&e);
	(void)printf("%s holds the store as it was when the backup began; attachments are in the folder named by 'files'\n", argv[1]);
	return EXIT_DONE;
}

const struct command command_backup = {
	.name = "backup",
	.usage = "backup FILE\n       xinqiao [--config FILE] backup --restored",
	.about = "copies the store while the gateway runs; --restored: the store is a copy that was made otherwise, and goes on from there",
	.run = run,
};
