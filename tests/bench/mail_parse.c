/* How long reading a mail takes: every .eml of a folder, many times over; one JSON line with p50 and p99 in microseconds, and bytes a second.
 *
 *   mail_parse tests/unit/email/corpus [rounds] */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "adapters/email/letter.h"
#include "gateway/base/buf.h"

enum { MAILS_MAX = 2000, ROUNDS = 50 };

static const struct secret secret = { .key = { 1, 2, 3 } };

static int keep(void *arg, const void *p, size_t n, char sha256[HEX_SHA256], struct err *e)
{
	(void)arg, (void)p, (void)n, (void)e; /* storing is measured elsewhere */
	memset(sha256, '0', HEX_SHA256 - 1);
	sha256[HEX_SHA256 - 1] = '\0';
	return 0;
}

static uint64_t read_one(const struct buf *raw)
{
	struct arena *a = arena_create(16 << 10);
	struct letter l;
	struct err e;
	struct letter_in in = { .raw = buf_str(raw), .n = raw->len, .own = "12345@city.example", .secret = &secret,
		.keep = { .keep = keep } };
	uint64_t from = uv_hrtime();
	must(letter_read(a, &in, &l, &e) == 0);
	uint64_t took = uv_hrtime() - from;
	arena_destroy(&a);
	return took;
}

static void load(const char *dir, const char *name, struct buf *out)
{
	char *path = mem_printf("%s/%s", dir, name), piece[4096];
	FILE *f = fopen(path, "rb");
	buf_init(out, 64 << 20);
	for (size_t n; f && (n = fread(piece, 1, sizeof piece, f)) > 0;)
		buf_add(out, piece, n);
	if (f)
		fclose(f);
	free(path);
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct buf *mail = mem_alloc(MAILS_MAX * sizeof *mail);
	size_t mails = 0, n = 0, bytes = 0;
	uint64_t all = 0;
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : ROUNDS;
	DIR *d = argc > 1 ? opendir(argv[1]) : NULL;
	for (struct dirent *x; d && (x = readdir(d)) && mails < MAILS_MAX;)
		if (strlen(x->d_name) > 4 && !strcmp(x->d_name + strlen(x->d_name) - 4, ".eml"))
			load(argv[1], x->d_name, &mail[mails++]);
	if (d)
		closedir(d);
	if (mails == 0) {
		fprintf(stderr, "mail_parse FOLDER [rounds]: no mails there\n");
		return 2;
	}
	mime_init();
	uint64_t *took = mem_alloc(mails * rounds * sizeof *took);
	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i < mails; i++)
			all += took[n++] = read_one(&mail[i]), bytes += mail[i].len;
	qsort(took, n, sizeof *took, by_time);
	printf("{\"mails\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"bytes_per_second\":%.0f}\n", mails, (double)took[n / 2] / 1e3, (double)took[n * 99 / 100] / 1e3,
		(double)bytes / ((double)all / 1e9));
	return 0;
}
