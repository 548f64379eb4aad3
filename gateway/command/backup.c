#include <stdio.h>
#include <unistd.h>

#include "gateway/command/print.h"
#include "gateway/store/rows.h"

static void progress(void *arg, int done, int total)
{
	(void)arg;
	(void)fprintf(stderr, "\r%3d %%", total > 0 ? (int)(100LL * done / total) : 100);
}

static int run(struct app *a, int argc, char **argv)
{
	if (argc != 2)
		return command_usage(&command_backup, "backup needs the file to write");
	if (access(argv[1], F_OK) == 0) {
		(void)fprintf(stderr, "xinqiao: %s exists already; a backup never overwrites\n", argv[1]);
		return EXIT_FAILED;
	}
	struct err e = { 0 };
	struct store *s = app_store(a, false);
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
	.usage = "backup FILE",
	.about = "copies the store while the gateway runs",
	.run = run,
};
