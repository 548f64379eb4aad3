#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/command/print.h"
#include "gateway/store/rows.h"

static void progress(void *arg, int64_t n)
{
	(void)arg;
	(void)fprintf(stderr, "\r%" PRId64 " events", n);
}

static int verify_run(struct tx *tx, void *arg, struct err *e)
{
	return event_verify(tx, arg, isatty(STDERR_FILENO) ? progress : NULL, NULL, e);
}

static int run(struct app *a, int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[1], "verify") != 0)
		return command_usage(&command_audit, "audit verify");
	struct err e = { 0 };
	int64_t events = 0;
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = store_now(s, false, verify_run, &events, &e);
	store_close(&s);
	if (isatty(STDERR_FILENO))
		(void)fputs("\r", stderr);
	if (a->json)
		(void)printf("{\"events\":%" PRId64 ",\"whole\":%s}\n", events, rc == 0 ? "true" : "false");
	else if (rc == 0)
		(void)printf("%" PRId64 " events, the chain is whole\n", events);
	return rc < 0 ? command_failed(&e) : EXIT_DONE;
}

const struct command command_audit = {
	.name = "audit",
	.usage = "audit verify",
	.about = "checks the event chain from the first to the last event",
	.run = run,
};
