/* A folder of a test's own, and files in it. */
#ifndef XQ_TESTS_TEMP_H
#define XQ_TESTS_TEMP_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/mem.h"

static char temp_dir[64];

static inline int temp_setup(void **state)
{
	(void)state;
	strcpy(temp_dir, "/tmp/xq-test-XXXXXX");
	return mkdtemp(temp_dir) ? 0 : -1;
}

static inline int temp_remove_one(const char *path, const struct stat *st, int kind, struct FTW *w)
{
	(void)st, (void)kind, (void)w;
	return remove(path);
}

static inline int temp_teardown(void **state)
{
	(void)state;
	return nftw(temp_dir, temp_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Owned by the caller. */
static inline char *temp_path(const char *name)
{
	return mem_printf("%s/%s", temp_dir, name);
}

/* Writes a file and returns its path, owned by the caller. */
static inline char *temp_file_n(const char *name, const void *p, size_t n)
{
	char *path = temp_path(name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(p, 1, n, f) != n || fclose(f))
		abort();
	return path;
}

static inline char *temp_file(const char *name, const char *text)
{
	return temp_file_n(name, text, strlen(text));
}

#endif
