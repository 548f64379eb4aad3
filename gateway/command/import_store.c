#include "gateway/command/import_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "gateway/base/mem.h"
#include "gateway/command/print.h"
#include "gateway/store/move.h"

enum { NAMED_MAX = 10 };

struct import {
	struct blob_store *from, *to; /* from: NULL without --files */
	long long copied, missing;
	int64_t began;
	int64_t said_at;
	bool terminal;
};

static void progress(void *arg, const char *table, int64_t done, int64_t total)
{
	struct import *im = arg;
	int64_t now = clock_monotonic();
	if (!im->terminal || (done < total && now - im->said_at < 200))
		return;
	im->said_at = now;
	(void)fprintf(stderr, "\r%3d %%  %s: %" PRId64 " of %" PRId64 " rows\033[K", total ? (int)(100 * done / total) : 100, table, done,
		total);
}

static int missing(struct import *im, const char *sha256)
{
	if (++im->missing <= NAMED_MAX)
		(void)fprintf(stderr, "the file %s is not there\n", sha256);
	return 0;
}

static int file(void *arg, const char *sha256, struct err *e)
{
	struct import *im = arg;
	char hex[HEX_SHA256];
	uint64_t size;
	int fd = blob_fd(im->to, sha256, NULL, e);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (fd == E_NOTFOUND && im->from != NULL)
		fd = blob_fd(im->from, sha256, NULL, e);
	if (fd == E_NOTFOUND)
		return missing(im, sha256);
	if (fd < 0)
		return fd;
	int rc = blob_put_file(im->to, fd, hex, &size, e);
	close(fd);
	if (rc == 0 && strcmp(hex, sha256) != 0)
		return err_set(e, E_CORRUPT, "the file %s is damaged: its bytes are another's", sha256);
	im->copied += rc == 0;
	return rc;
}

static void say(const struct app *a, const struct import *im, const struct move *m)
{
	int64_t ms = clock_monotonic() - im->began;
	long long second = ms > 0 ? (long long)(m->rows * 1000 / ms) : 0;
	if (a->json) {
		(void)printf("{\"tables\":%" PRId64 ",\"rows\":%" PRId64 ",\"before\":%" PRId64 ",\"events\":%" PRId64 ",\"mended\":%" PRId64
			",\"files\":%lld,\"missing\":%lld,\"ms\":%" PRId64 "}\n", m->tables, m->rows, m->before, m->events, m->mended,
			im->copied, im->missing, ms);
		return;
	}
	(void)printf("%" PRId64 " rows of %" PRId64 " tables (%" PRId64 " more were there already), %lld a second; as many as the source has\n"
		"%" PRId64 " events, the chain is whole\n%lld files copied\n", m->rows, m->tables, m->before, second, m->events, im->copied);
	if (m->mended > 0)
		(void)printf("%" PRId64 " texts were no UTF-8 and have a sign of replacement there now\n", m->mended);
}

static int move(struct app *a, struct store *s, const char *from, const char *files)
{
	struct err e = { 0 };
	struct import im = { .began = clock_monotonic(), .terminal = isatty(STDERR_FILENO) };
	struct move m = { .progress = progress, .file = file, .arg = &im };
	int rc = 0;
	if ((im.to = blob_open(a->set.files, &e)) == NULL || (files != NULL && (im.from = blob_open(files, &e)) == NULL))
		rc = e.code;
	if (rc == 0)
		rc = store_move(s, from, &m, &e);
	if (im.terminal)
		(void)fputs("\r\033[K", stderr);
	blob_close(&im.from);
	blob_close(&im.to);
	if (rc < 0) {
		command_failed(&e);
		if (rc == E_AGAIN || rc == E_IO || rc == E_TIMEOUT)
			(void)fprintf(stderr, "xinqiao: %" PRId64 " rows are there; run it again, and it goes on behind them\n", m.before + m.rows);
		return EXIT_FAILED;
	}
	say(a, &im, &m);
	if (im.missing > 0)
		(void)fprintf(stderr, "xinqiao: %lld files that the store names are not in %s%s\n", im.missing, a->set.files,
			files != NULL ? " and not in --files" : "; --files FOLDER copies them from where they are");
	return im.missing > 0 ? EXIT_FAILED : EXIT_DONE;
}

int import_store(struct app *a, int argc, char **argv)
{
	bool bad = false;
	const char *files = option_value(&argc, argv, "--files", &bad);
	if (bad || argc != 2)
		return command_usage(&command_import, "import sqlite:PATH takes nothing but --files FOLDER");
	if (access(argv[1] + strlen("sqlite:"), R_OK) != 0) {
		(void)fprintf(stderr, "xinqiao: %s: %m\n", argv[1]);
		return EXIT_FAILED;
	}
	struct store *s = app_store_as_it_is(a, true);
	int code = s != NULL ? move(a, s, argv[1], files) : EXIT_FAILED;
	store_close(&s);
	return code;
}
