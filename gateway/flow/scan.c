#include "gateway/flow/scan.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"
#include "gateway/flow/say.h"
#include "gateway/store/attachment.h"

enum { SAID_MAX = 64 << 10, WORDS_KEPT = 300 };

/* One round: the next held file is looked up, scanned, and what came of it is stored; then the next. */
struct scanner {
	uv_loop_t *loop;
	struct store *store;
	struct blob_store *blobs;
	char *command, *argv[SCAN_WORDS_MAX + 2];
	bool busy, again, closing;
	uint64_t after;          /* files up to here could not be scanned in this round */
	unsigned failed;
	struct metric *failures;
	char sha256[HEX_SHA256]; /* being scanned */
	char *path;
	uv_process_t process;
	uv_pipe_t out;
	uv_timer_t timer;        /* the end of patience, or the next round */
	unsigned handles;        /* of the command under way: process and pipe; at the end the timer too */
	bool running, late;
	int64_t status;
	char piece[4096];
	struct buf said;
	enum scan result;
	char words[WORDS_KEPT + 1];
};

static void next(struct scanner *s);

/* --- what came of it --- */

static int record_run(struct tx *tx, void *arg, struct err *e)
{
	struct scanner *s = arg;
	struct attachment_row *a;
	size_t n;
	int rc = attachment_scanned(tx, s->sha256, s->result, s->words, &a, &n);
	for (size_t i = 0; rc == 0 && s->result == SCAN_INFECTED && i < n; i++)
		if (a[i].ticket)
			rc = tell_event(tx, a[i].ticket, "file-infected", "system", json_pack("{s:s, s:s}", "file", tell_id(tx, a[i].id), "note",
				s->words));
	return rc < 0 ? err_set(e, rc, "what the scanner said could not be stored") : 0;
}

static void record_done(void *arg, int rc, const struct err *e)
{
	struct scanner *s = arg;
	if (rc < 0)
		log_error("scan", "not stored", "reason=%s", e->words);
	s->busy = false;
	if (rc == 0 && !s->closing)
		next(s);
}

/* The last line with anything on it: scanners name the finding there, the file's path before it. */
static void take_words(struct scanner *s)
{
	const char *p = buf_str(&s->said), *line = p;
	for (const char *at = p; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (strcspn(at, "\r\n") > 0)
			line = at;
	const char *colon = strstr(line, ": ");
	line = colon ? colon + 2 : line;
	(void)snprintf(s->words, sizeof s->words, "%.*s", (int)strcspn(line, "\r\n"), line);
	for (char *c = s->words; *c; c++)
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7F)
			*c = '?';
}

static void failed(struct scanner *s, const char *why)
{
	log_warn("scan", "a file stays held", "sha256=%s reason=\"%s\" hint=\"see scan_command\"", s->sha256, why);
	metric_add(s->failures, 1);
	s->failed++;
	s->busy = false;
	next(s);
}

static void ended(struct scanner *s)
{
	take_words(s);
	free(s->path);
	s->path = NULL;
	uv_timer_stop(&s->timer);
	if (s->late || s->status < 0 || s->status > 1) {
		failed(s, s->late ? "no answer in time" : *s->words ? s->words : "the command failed");
		return;
	}
	s->result = s->status == 0 ? SCAN_CLEAN : SCAN_INFECTED;
	if (s->result == SCAN_INFECTED)
		log_warn("scan", "infected file", "sha256=%s finding=\"%s\"", s->sha256, s->words);
	if (s->result == SCAN_CLEAN)
		s->words[0] = '\0';
	if (store_write_again(s->store, record_run, record_done, s) < 0)
		failed(s, "the store's queue is full");
}

/* --- the command --- */

static void free_closing(struct scanner *s)
{
	free(s->path);
	free(s->command);
	buf_fini(&s->said);
	free(s);
}

static void on_handle_closed(uv_handle_t *h)
{
	struct scanner *s = h->data;
	if (--s->handles > 0)
		return;
	s->running = false;
	if (s->closing)
		free_closing(s);
	else
		ended(s);
}

static void close_out(struct scanner *s)
{
	if (!uv_is_closing((uv_handle_t *)&s->out))
		uv_close((uv_handle_t *)&s->out, on_handle_closed);
}

/* A child of the command may hold its output open. */
static void kill_command(struct scanner *s)
{
	if (!uv_is_closing((uv_handle_t *)&s->process))
		(void)uv_process_kill(&s->process, SIGKILL);
	close_out(s);
}

static void on_ended(uv_process_t *p, int64_t status, int signal)
{
	struct scanner *s = p->data;
	s->status = signal ? -1 : status;
	uv_close((uv_handle_t *)p, on_handle_closed);
}

static void give_room(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct scanner *s = h->data;
	(void)suggested;
	*b = uv_buf_init(s->piece, sizeof s->piece);
}

static void on_said(uv_stream_t *h, ssize_t n, const uv_buf_t *b)
{
	struct scanner *s = h->data;
	if (n > 0)
		(void)buf_add(&s->said, b->base, (size_t)n);
	else if (n < 0)
		close_out(s);
}

static void on_late(uv_timer_t *t)
{
	struct scanner *s = t->data;
	s->late = true;
	kill_command(s);
}

static void spawn(struct scanner *s)
{
	unsigned last = 0;
	while (s->argv[last] && s->argv[last] != s->path)
		last++;
	buf_clear(&s->said);
	s->late = false;
	s->path = blob_file(s->blobs, s->sha256);
	s->argv[last] = s->path;
	s->argv[last + 1] = NULL;
	must(uv_pipe_init(s->loop, &s->out, 0) == 0);
	uv_stdio_container_t io[3] = { { .flags = UV_IGNORE }, { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
		.data.stream = (uv_stream_t *)&s->out }, { .flags = UV_IGNORE } };
	uv_process_options_t o = { .file = s->argv[0], .args = s->argv, .exit_cb = on_ended, .stdio = io, .stdio_count = 3 };
	s->out.data = s->process.data = s;
	s->running = true;
	s->handles = 2;
	int rc = uv_spawn(s->loop, &s->process, &o);
	s->argv[last] = NULL;
	if (rc < 0) {
		log_error("scan", "the command cannot be run", "command=\"%s\" reason=\"%s\"", s->command, uv_strerror(rc));
		s->status = -1;
		uv_close((uv_handle_t *)&s->process, on_handle_closed);
		close_out(s);
		return;
	}
	uv_timer_start(&s->timer, on_late, SCAN_ANSWER_MS, 0);
	must(uv_read_start((uv_stream_t *)&s->out, give_room, on_said) == 0);
}

/* --- which is next --- */

static int find_run(struct tx *tx, void *arg, struct err *e)
{
	struct scanner *s = arg;
	struct attachment_row a;
	int rc = attachment_waiting(tx, s->after, &a);
	s->sha256[0] = '\0';
	if (rc == 0) {
		(void)snprintf(s->sha256, sizeof s->sha256, "%s", a.sha256);
		s->after = a.id;
	}
	return rc < 0 && rc != E_NOTFOUND ? err_set(e, rc, "the held files could not be read") : 0;
}

static void on_again(uv_timer_t *t)
{
	scanner_kick(t->data);
}

static void find_done(void *arg, int rc, const struct err *e)
{
	struct scanner *s = arg;
	if (s->closing) {
		s->busy = false;
		return;
	}
	if (rc == 0 && *s->sha256) {
		spawn(s);
		return;
	}
	if (rc < 0)
		log_error("scan", "held files not read", "reason=%s", e->words);
	s->busy = false;
	bool later = rc < 0 || s->failed > 0;
	s->after = s->failed = 0;
	if (s->again)
		scanner_kick(s);
	else if (later)
		uv_timer_start(&s->timer, on_again, SCAN_AGAIN_MS, 0);
}

static void next(struct scanner *s)
{
	if (s->busy || s->closing)
		return;
	s->busy = true;
	s->again = false;
	if (store_read(s->store, find_run, find_done, s) == 0)
		return;
	s->busy = false;
	uv_timer_start(&s->timer, on_again, SCAN_AGAIN_MS, 0);
}

void scanner_kick(struct scanner *s)
{
	s->again = true; /* a round under way may have passed it */
	next(s);
}

/* --- life --- */

struct scanner *scanner_create(uv_loop_t *loop, struct store *store, struct blob_store *blobs, const char *command)
{
	struct scanner *s = mem_new(struct scanner);
	*s = (struct scanner){ .loop = loop, .store = store, .blobs = blobs, .command = mem_strdup(command),
		.failures = metric_counter("xinqiao_scans_failed_total", "", "Files that stay held, for scan_command had no answer") };
	char *rest = s->command, *word;
	for (unsigned i = 0; i < SCAN_WORDS_MAX && (word = strsep(&rest, " \t"));)
		if (*word)
			s->argv[i++] = word;
	must(s->argv[0] != NULL);
	buf_init(&s->said, SAID_MAX);
	must(uv_timer_init(loop, &s->timer) == 0);
	s->timer.data = s;
	return s;
}

void scanner_destroy(struct scanner **sp)
{
	struct scanner *s = *sp;
	if (!s)
		return;
	s->closing = true;
	if (s->running)
		kill_command(s);
	s->handles++;
	uv_close((uv_handle_t *)&s->timer, on_handle_closed);
	*sp = NULL;
}

int scanner_release(struct tx *tx)
{
	return attachment_release(tx);
}
