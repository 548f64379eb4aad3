#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/sm.h"
#include "gateway/command/print.h"
#include "gateway/flow/resend.h"
#include "gateway/store/outbox.h"

struct outbox_job { struct command_print *print; int state; uint64_t id, after; /* a listing that runs again goes on behind it */ };

static int list_run(struct tx *tx, void *arg, struct err *e)
{
	enum { PAGE = 200 };
	struct outbox_job *j = arg;
	for (;;) {
		struct outbox_row *row;
		size_t n;
		int rc = outbox_list(tx, j->state, j->after, PAGE, &row, &n);
		if (rc < 0)
			return err_set(e, rc, "the outbox could not be read");
		for (size_t i = 0; i < n; i++) {
			char at[CLOCK_TEXT], id[24];
			(void)snprintf(id, sizeof id, "%" PRIu64, row[i].message);
			print_row(j->print, json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "id", id, "channel", row[i].channel, "state",
				sm_name(&out_machine, row[i].state), "attempts", (int)row[i].attempts, "updated_at", clock_rfc3339(row[i].updated_at, at),
				"error", row[i].error ? row[i].error : ""));
		}
		if (n < PAGE)
			return 0;
		j->after = row[n - 1].message;
	}
}

static int retry_run(struct tx *tx, void *arg, struct err *e)
{
	struct outbox_job *j = arg;
	return message_resend(tx, j->id, "command", e);
}

static int run(struct app *a, int argc, char **argv)
{
	static const char *const column[] = { "id", "channel", "state", "attempts", "updated_at", "error", NULL };
	struct command_print print = { .json = a->json, .column = column };
	struct outbox_job j = { .print = &print, .state = -1 };
	bool bad = false;
	const char *state = option_value(&argc, argv, "--state", &bad);
	bool list = argc == 2 && strcmp(argv[1], "list") == 0, retry = argc == 3 && strcmp(argv[1], "retry") == 0;
	char *end = NULL;
	if (retry) {
		j.id = strtoull(argv[2], &end, 10);
		retry = *end == '\0' && j.id != 0;
	}
	if (bad || (!list && !retry))
		return command_usage(&command_outbox, "outbox list, or outbox retry and the id of a row");
	if (state != NULL && (j.state = sm_find(&out_machine, state)) < 0)
		return command_usage(&command_outbox, "'%s' is no state of a message", state);
	struct err e = { 0 };
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = store_now(s, retry, retry ? retry_run : list_run, &j, &e);
	store_close(&s);
	if (rc < 0)
		return command_failed(&e);
	if (retry)
		(void)printf("queued; the gateway sends it within seconds\n");
	else
		print_end(&print, "nothing there");
	return EXIT_DONE;
}

const struct command command_outbox = {
	.name = "outbox",
	.usage = "outbox list [--state queued|sending|accepted|delivered|read|retry|failed|expired|dead|unknown]\n"
		"       xinqiao [--config FILE] outbox retry ID",
	.about = "messages to citizens and where they stand",
	.run = run,
};
