#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/mem.h"
#include "gateway/command/print.h"
#include "gateway/console/shown.h"
#include "gateway/store/anchor.h"
#include "gateway/store/event.h"
#include "gateway/store/place.h"
#include "gateway/store/verify.h"

static void progress(void *arg, int64_t n)
{
	(void)arg;
	(void)fprintf(stderr, "\r%" PRId64 " events and messages", n);
}

struct verify {
	struct event_verified found;
	struct anchor_file anchors;
};

static int verify_run(struct tx *tx, void *arg, struct err *e)
{
	struct verify *v = arg;
	return event_verify_anchored(tx, v->anchors.of, v->anchors.n, &v->found, isatty(STDERR_FILENO) ? progress : NULL, NULL, e);
}

/* --anchors FILE, or the configured one; every line of it must be ours. */
static int anchors_load(const struct app *a, struct store *s, const char *path, struct anchor_file *f, struct err *e)
{
	path = path != NULL ? path : a->security.anchor_file;
	if (path == NULL)
		return 0;
	int rc = store_secret(s) ? anchor_file_read(f, path, store_secret(s), e) : app_no_secret(a, e);
	if (rc == E_NOTFOUND || (rc == 0 && f->n == 0))
		rc = err_set(e, E_NOTFOUND, "there is no anchor in %s: the gateway writes the first within seconds of its start; who rewrote the "
			"chain would take them away, so look at a copy (--anchors FILE)", path);
	return rc;
}

/* --- who has read what --- */

enum { PAGE = 1000 };

struct reads {
	struct command_print print;
	const char *of;    /* a ticket's number, or NULL: all */
	const char *after; /* owned: where the walk stands */
	size_t found;      /* events of the last page */
};

static bool names(const json_t *data, const char *of)
{
	const char *what;
	json_t *list, *v;
	size_t i;
	json_object_foreach((json_t *)data, what, list)
		json_array_foreach(list, i, v)
			if (of == NULL || strstr(json_string_value(v), of) != NULL)
				return true;
	return false;
}

static void reads_print(struct reads *r, const struct event_row *v)
{
	char at[CLOCK_TEXT];
	json_t *data = json_loads(v->data, 0, NULL);
	if (names(data, r->of))
		print_row(&r->print, json_pack("{s:s, s:s, s:o}", "at", clock_rfc3339(v->at, at), "who", v->actor, "read",
			r->print.json ? json_incref(data) : json_string(v->data)));
	json_decref(data);
}

static int reads_run(struct tx *tx, void *arg, struct err *e)
{
	struct reads *r = arg;
	struct event_row *v;
	const char *next;
	int rc = event_list(tx, r->after, PAGE, &v, &r->found, &next);
	if (rc < 0)
		return err_set(e, rc, "the events could not be read");
	for (size_t i = 0; i < r->found; i++)
		if (strcmp(v[i].kind, SHOWN_EVENT) == 0)
			reads_print(r, &v[i]);
	char *at = mem_strdup(next);
	free((char *)r->after);
	r->after = at;
	return 0;
}

static int reads(struct app *a, const char *of)
{
	static const char *const columns[] = { "at", "who", "read", NULL };
	struct err e = { 0 };
	struct reads r = { .print = { .json = a->json, .column = columns }, .of = of, .after = mem_strdup("0"), .found = PAGE };
	struct store *s = app_store(a, false);
	int rc = s == NULL ? E_IO : 0;
	while (rc == 0 && r.found == PAGE)
		rc = store_now(s, false, reads_run, &r, &e);
	if (rc == 0)
		print_end(&r.print, "nobody has read a citizen's address or name in full");
	if (s != NULL)
		store_close(&s);
	free((char *)r.after);
	return rc < 0 ? command_failed(&e) : EXIT_DONE;
}

static void verified_print(const struct event_verified *f, size_t anchors, bool torn)
{
	char since[CLOCK_TEXT];
	(void)printf("%" PRId64 " events and the words of %" PRId64 " messages, the chain is whole and holds %zu anchors\n", f->events, f->messages,
		anchors);
	if (f->unproven > 0)
		(void)printf("%" PRId64 " messages are from before their words were in the chain%s%s\n", f->unproven, f->since ? ", which begins at " : "",
			f->since ? clock_rfc3339(f->since, since) : "");
	if (torn)
		(void)puts("the last anchor was broken off while it was written and proves nothing; the gateway closes that line when it writes the next one");
}

static int run(struct app *a, int argc, char **argv)
{
	if (argc >= 2 && argc <= 3 && strcmp(argv[1], "reads") == 0)
		return reads(a, argv[2]);
	bool bad = false;
	const char *path = option_value(&argc, argv, "--anchors", &bad);
	if (bad || argc != 2 || strcmp(argv[1], "verify") != 0)
		return command_usage(&command_audit, "audit verify, or audit reads");
	struct err e = { 0 };
	struct verify v = { 0 };
	struct store *s = app_store(a, false);
	if (s == NULL)
		return EXIT_FAILED;
	int rc = anchors_load(a, s, path, &v.anchors, &e);
	if (rc == 0)
		rc = store_now(s, false, verify_run, &v, &e);
	store_close(&s);
	const struct event_verified *f = &v.found;
	size_t anchors = v.anchors.n;
	bool torn = v.anchors.torn;
	anchor_file_fini(&v.anchors);
	if (isatty(STDERR_FILENO))
		(void)fputs("\r", stderr);
	if (a->json)
		(void)printf("{\"events\":%" PRId64 ",\"messages\":%" PRId64 ",\"unproven\":%" PRId64 ",\"anchors\":%zu,\"torn\":%s,\"whole\":%s}\n",
			f->events, f->messages, f->unproven, anchors, torn ? "true" : "false", rc == 0 ? "true" : "false");
	else if (rc == 0)
		verified_print(f, anchors, torn);
	return rc < 0 ? command_failed(&e) : EXIT_DONE;
}

const struct command command_audit = {
	.name = "audit",
	.usage = "audit verify [--anchors FILE]\n"
		"       xinqiao [--config FILE] audit reads [NUMBER]",
	.about = "verify: checks the event chain from the first to the last event; reads: who has seen a citizen's address in full",
	.run = run,
};
