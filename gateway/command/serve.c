/* The gateway running: everything is made here, in order, and ended here in the opposite one. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

#include "gateway/base/blob.h"
#include "gateway/base/crypto.h"
#include "gateway/base/fetch.h"
#include "gateway/base/file.h"
#include "gateway/base/http.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/process.h"
#include "gateway/base/turns.h"
#include "gateway/command/print.h"
#include "gateway/console/canned.h"
#include "gateway/console/console.h"
#include "gateway/flow/flow.h"

enum { DRAIN_MS = 10 * 1000, HTTP_BODY = 256 * 1024, DESCRIPTORS_BESIDE = 200 };

/* Of libuv's pool. They mostly wait for the disk to sync a file, and a journal is written once for all that wait: more of them
 * than there are processors. What the environment says stands. */
static const char WORKERS[] = "8";

struct serve {
	struct app *app;
	uv_loop_t loop;
	struct turns *turns;
	uv_signal_t signal[3];
	struct blob_store *blobs;
	struct store *store;
	struct http_server *http;
	struct fetch *fetch;
	struct flow *flow;
	struct console *console;
	struct forward *forward;
	bool stopping;
};

/* --- signals --- */

static void drained(void *arg)
{
	struct serve *s = arg;
	uv_stop(&s->loop);
}

static void on_stop(uv_signal_t *h, int number)
{
	struct serve *s = h->data;
	if (s->stopping)
		return;
	s->stopping = true;
	log_info("gateway", "stopping", "signal=%d", number);
	forward_stop(s->forward);
	flow_drain(s->flow, DRAIN_MS, drained, s);
}

static void flood_pace(struct catalog *c, const struct app *a)
{
	catalog_pace(c, (unsigned)a->set.flood_messages, (unsigned)a->set.flood_minutes, (unsigned)a->set.flood_visitors);
}

static void on_reload(uv_signal_t *h, int number)
{
	struct serve *s = h->data;
	struct faults f = { 0 };
	(void)number;
	struct catalog *c = catalog_load(s->app->set.tables, s->app->set.templates, &f);
	json_t *canned = canned_load(s->app->set.tables, &f);
	for (size_t i = 0; i < f.count; i++)
		log_error("gateway", "reload refused", "fault=%s", f.line[i]);
	if (f.count == 0) {
		flood_pace(c, s->app);
		flow_reload(s->flow, c);
		console_reload(s->console, canned);
		log_info("gateway", "reloaded", NULL);
	} else {
		catalog_unref(&c);
		json_decref(canned);
		console_reload(s->console, NULL);
		log_error("gateway", "templates and tables stay as they were", "faults=%zu", f.count);
	}
	faults_fini(&f);
}

static void signals_start(struct serve *s)
{
	static const int number[] = { SIGTERM, SIGINT, SIGHUP };
	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < 3; i++) {
		must(uv_signal_init(&s->loop, &s->signal[i]) == 0);
		s->signal[i].data = s;
		must(uv_signal_start(&s->signal[i], number[i] == SIGHUP ? on_reload : on_stop, number[i]) == 0);
	}
}

/* --- start --- */

/* Connections stay below the descriptor limit with room for links, files and the store. */
static unsigned connections(const struct settings *set)
{
	struct rlimit r;
	unsigned wanted = (unsigned)set->max_connections;
	must(getrlimit(RLIMIT_NOFILE, &r) == 0);
	rlim_t need = http_descriptors(wanted) + DESCRIPTORS_BESIDE;
	r.rlim_cur = r.rlim_max == RLIM_INFINITY || r.rlim_max > need ? need : r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		must(getrlimit(RLIMIT_NOFILE, &r) == 0);
	if (r.rlim_cur < need) {
		unsigned least = http_connections_within(r.rlim_cur > DESCRIPTORS_BESIDE * 2 ? r.rlim_cur - DESCRIPTORS_BESIDE : r.rlim_cur / 2);
		log_warn("gateway", "fewer connections than configured", "limit=%u configured=%u hint=\"raise LimitNOFILE\"", least, wanted);
		return least;
	}
	return wanted;
}

static int rooms_open(struct serve *s, struct catalog *catalog, struct err *e)
{
	struct app *a = s->app;
	struct store_config sc = app_store_config(a, true);
	struct http_limits limits = { .connections = connections(&a->set), .per_address = (unsigned)a->set.max_per_address, .body = HTTP_BODY,
		.tls_cert = a->set.tls_cert, .tls_key = a->set.tls_key, .strict_transport = strncmp(a->public_url, "https://", 8) == 0 };
	if ((s->blobs = blob_open(a->set.files, e)) == NULL || store_open(&s->store, &sc, e) < 0 || (s->http = http_create(&s->loop, &limits, e)) == NULL ||
		(s->fetch = fetch_create(&s->loop, e)) == NULL) {
		catalog_unref(&catalog);
		return e->code;
	}
	struct flow_settings fs = { .loop = &s->loop, .store = s->store, .http = s->http, .fetch = s->fetch, .blobs = s->blobs,
		.secret = store_secret(s->store), .catalog = catalog, .hotline = a->set.name, .language = a->set.language ? "en" : "zh-CN",
		.public_url = a->public_url, .www = a->www, .scan_command = a->set.scan_command,
		.phone_channel = a->set.phone_channel && *a->set.phone_channel ? a->set.phone_channel : NULL,
		.anchor_file = a->security.anchor_file, .keep_days = (unsigned)a->security.keep_days, .anchor_minutes = (unsigned)a->security.anchor_minutes,
		.assistant = a->set.assistant, .guide = a->set.guide, .remote = a->set.workflow == 1,
		.liaison = a->set.liaison_channel && *a->set.liaison_channel ? a->set.liaison_channel : NULL };
	s->flow = flow_create(&fs, e);
	return s->flow ? 0 : e->code;
}

static int rooms_start(struct serve *s, struct err *e)
{
	struct app *a = s->app;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < a->channels; i++) {
		rc = flow_add(s->flow, a->channel[i].name, a->channel[i].ops, a->channel[i].config, e);
		if (rc == 0)
			a->channel[i].config = NULL;
	}
	s->forward = forward_create(&s->loop, s->store, s->fetch);
	for (size_t i = 0; rc == 0 && i < a->forwards; i++)
		rc = forward_add(s->forward, a->forward[i].name, a->forward[i].config, e);
	struct console_settings cs = { .flow = s->flow, .http = s->http, .store = s->store, .blobs = s->blobs, .secret = store_secret(s->store),
		.loop = &s->loop, .www = a->www, .public_url = a->public_url, .hotline = a->set.name, .tables = a->set.tables,
		.templates = a->set.templates, .api_pace = (unsigned)a->set.api_pace, .proxies = a->set.proxies,
		.undo_seconds = (unsigned)a->set.undo_seconds };
	if (rc < 0 || (rc = console_create(&s->console, &cs, e)) < 0 || (rc = store_start(s->store, &s->loop, e)) < 0 ||
		(rc = flow_start(s->flow, e)) < 0)
		return rc;
	forward_start(s->forward);
	return http_listen(s->http, a->set.listen.host, a->set.listen.port, e);
}

/* --- end --- */

static void rooms_close(struct serve *s)
{
	if (s->store != NULL)
		store_stop(s->store);
	forward_destroy(&s->forward);
	if (s->console != NULL)
		console_destroy(&s->console);
	if (s->flow != NULL)
		flow_destroy(&s->flow);
	if (s->http != NULL)
		http_destroy(&s->http);
	if (s->fetch != NULL)
		fetch_destroy(&s->fetch);
	turns_end(&s->turns);
	for (size_t i = 0; i < 3; i++)
		uv_close((uv_handle_t *)&s->signal[i], NULL);
	while (uv_run(&s->loop, UV_RUN_DEFAULT) != 0)
		;
	must(uv_loop_close(&s->loop) == 0);
	if (s->store != NULL)
		store_close(&s->store);
	blob_close(&s->blobs);
}

static void say_ready(const struct serve *s)
{
	(void)printf("Xinqiao " XQ_VERSION " is ready at %s\n  chat     %s/chat\n  console  %s/console/\n", s->app->public_url,
		s->app->public_url, s->app->public_url);
	for (size_t i = 0; i < s->app->channels; i++)
		(void)printf("  channel  %s (%s)\n", s->app->channel[i].name, s->app->channel[i].ops->name);
	(void)fflush(stdout);
}

static int run(struct app *a, int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return command_usage(&command_serve, "serve takes no arguments");
	struct faults f = { 0 };
	struct err e = { 0 };
	struct catalog *catalog = NULL;
	app_load(a, &f);
	if (a->set.tables != NULL && a->set.templates != NULL)
		catalog = catalog_load(a->set.tables, a->set.templates, &f);
	app_print_faults(&f);
	if (f.count > 0) {
		faults_fini(&f);
		catalog_unref(&catalog);
		return EXIT_FAILED;
	}
	flood_pace(catalog, a);
	log_init(a->set.log == LOG_FORMAT_JSON, LOG_INFO);
	for (size_t i = 0; i < f.warnings; i++)
		log_warn("gateway", "configuration", "warning=\"%s\"", f.warning[i]);
	faults_fini(&f);
	process_guard();
	process_prompt();
	struct serve s = { .app = a };
	must(setenv("UV_THREADPOOL_SIZE", WORKERS, 0) == 0);
	must(uv_loop_init(&s.loop) == 0);
	s.turns = turns_begin(&s.loop);
	signals_start(&s);
	int rc = rooms_open(&s, catalog, &e);
	if (rc == 0)
		rc = rooms_start(&s, &e);
	if (rc < 0)
		(void)fprintf(stderr, "xinqiao: %s\n", e.words);
	else {
		say_ready(&s);
		(void)uv_run(&s.loop, UV_RUN_DEFAULT);
		log_info("gateway", "stopped", NULL);
	}
	rooms_close(&s);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_serve = {
	.name = "serve",
	.usage = "serve",
	.about = "runs the gateway; SIGTERM drains and ends it, SIGHUP reads templates and tables again",
	.run = run,
};
