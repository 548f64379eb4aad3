#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/command/print.h"
#include "gateway/store/forward.h"
#include "gateway/store/place.h"

struct forward_job {
	struct command_print *print;
	const char *name;
	uint64_t event;
	bool all;
	size_t count;
	struct { bool alive; uint64_t after; } listed; /* as far as this: a listing that runs again goes on behind it */
};

static void id_text(uint64_t id, char out[24])
{
	(void)snprintf(out, 24, "%" PRIu64, id);
}

/* --- list --- */

static int list_run(struct tx *tx, void *arg, struct err *e)
{
	struct forward_job *j = arg;
	struct forward_row *f;
	struct forward_stand *stand = NULL;
	size_t n;
	int rc = forward_list(tx, &f, &n);
	if (rc == 0)
		stand = arena_alloc(tx_arena(tx), (n + 1) * sizeof *stand);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = forward_stands(tx, &f[i], &stand[i]);
	for (size_t i = 0; rc == 0 && i < n; i++) { /* when all is read: a read whose connection is lost runs again */
		const struct forward_stand s = stand[i];
		char at[CLOCK_TEXT];
		json_t *waiting = s.more && !j->print->json ? json_sprintf("%lld+", (long long)s.waiting) : json_integer(s.waiting);
		print_row(j->print, json_pack("{s:s, s:s, s:s, s:o, s:b, s:I, s:s}", "target", f[i].name, "place", f[i].place, "next_from",
			s.next_from ? clock_rfc3339(s.next_from, at) : "", "waiting", waiting, "waiting_more", (int)s.more, "dead",
			(json_int_t)s.dead, "updated_at", clock_rfc3339(f[i].updated_at, (char[CLOCK_TEXT]){ 0 })));
	}
	return rc < 0 ? err_set(e, rc, "the targets could not be read") : 0;
}

/* --- what was set aside --- */

static int known(struct tx *tx, const struct forward_job *j, struct forward_row *f, struct err *e)
{
	int rc = forward_get(tx, j->name, f);
	return rc < 0 ? err_set(e, rc, "no target is called '%s'; 'forward list' shows them", j->name) : 0;
}

static int aside_run(struct tx *tx, void *arg, struct err *e)
{
	enum { PAGE = 200 };
	struct forward_job *j = arg;
	struct forward_row f;
	int rc = known(tx, j, &f, e);
	while (rc == 0) {
		struct aside_row *a;
		size_t n;
		bool dead = !j->listed.alive;
		rc = aside_list(tx, j->name, dead, j->listed.after, PAGE, &a, &n);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			char id[24], since[CLOCK_TEXT];
			id_text(a[i].event, id);
			print_row(j->print, json_pack("{s:s, s:s, s:i, s:s, s:s}", "event", id, "state", dead ? "dead" : a[i].attempts ? "retry" :
				"behind", "attempts", (int)a[i].attempts, "since", clock_rfc3339(a[i].since, since), "error", a[i].error));
			j->listed.after = a[i].event;
		}
		if (rc == 0 && n < PAGE && !dead)
			break;
		if (rc == 0 && n < PAGE) {
			j->listed.alive = true;
			j->listed.after = 0;
		}
	}
	return rc;
}

static int retry_run(struct tx *tx, void *arg, struct err *e)
{
	struct forward_job *j = arg;
	struct forward_row f;
	int rc = known(tx, j, &f, e);
	if (rc < 0)
		return rc;
	rc = aside_retry(tx, j->name, j->all ? 0 : j->event, &j->count);
	return rc == E_NOTFOUND ? err_set(e, rc, "event %" PRIu64 " is not set aside for %s", j->event, j->name) :
		rc < 0 ? err_set(e, rc, "what was set aside could not be read") : 0;
}

static int replay_run(struct tx *tx, void *arg, struct err *e)
{
	struct forward_job *j = arg;
	struct forward_row f;
	int rc = known(tx, j, &f, e);
	if (rc < 0)
		return rc;
	const char *back = place_back(tx_arena(tx), f.place, j->event);
	if (back == NULL)
		return err_set(e, E_RANGE, "%s stands at %.80s already; a replay goes back", j->name, f.place);
	rc = forward_move(tx, j->name, f.place, back);
	return rc < 0 ? err_set(e, rc, "%s moved meanwhile; try again", j->name) : 0;
}

/* --- the command --- */

static bool id_read(const char *s, uint64_t *id)
{
	char *end;
	*id = strtoull(s, &end, 10);
	return *s >= '0' && *s <= '9' && *end == '\0' && *id <= INT64_MAX;
}

static int do_job(struct app *a, struct forward_job *j, bool write, store_run_f *run, const char *said)
{
	struct err e = { 0 };
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = store_now(s, write, run, j, &e);
	store_close(&s);
	if (rc < 0)
		return command_failed(&e);
	if (said != NULL)
		(void)printf("%s\n", said);
	else if (!write)
		print_end(j->print, "nothing there");
	else if (j->count == 0)
		(void)printf("nothing there: none is dead\n");
	else
		(void)printf("%zu queued; the gateway sends them within seconds\n", j->count);
	return EXIT_DONE;
}

static int run(struct app *a, int argc, char **argv)
{
	static const char *const targets[] = { "target", "place", "next_from", "waiting", "dead", "updated_at", NULL };
	static const char *const aside[] = { "event", "state", "attempts", "since", "error", NULL };
	struct command_print print = { .json = a->json, .column = argc == 2 ? targets : aside };
	struct forward_job j = { .print = &print, .name = argc > 2 ? argv[2] : NULL };
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return do_job(a, &j, false, list_run, NULL);
	if (argc == 3 && strcmp(argv[1], "aside") == 0)
		return do_job(a, &j, false, aside_run, NULL);
	j.all = argc == 4 && strcmp(argv[3], "all") == 0;
	if (argc == 4 && strcmp(argv[1], "retry") == 0 && (j.all || id_read(argv[3], &j.event)))
		return do_job(a, &j, true, retry_run, NULL);
	if (argc == 4 && strcmp(argv[1], "replay") == 0 && id_read(argv[3], &j.event))
		return do_job(a, &j, true, replay_run, "set back; the gateway sends everything behind it again within seconds");
	return command_usage(&command_forward, "forward list; forward aside TARGET; forward retry TARGET EVENT or all; forward replay TARGET EVENT");
}

const struct command command_forward = {
	.name = "forward",
	.usage = "forward list\n"
		"       xinqiao [--config FILE] forward aside TARGET\n"
		"       xinqiao [--config FILE] forward retry TARGET EVENT|all\n"
		"       xinqiao [--config FILE] forward replay TARGET EVENT",
	.about = "other systems that are told every event: where each stands, what they refused, sending again",
	.run = run,
};
