/* A file of a fuzz target that lives in memory only: its path is opened and read like any other. */
#ifndef XQ_TESTS_FUZZ_MEMORY_FILE_H
#define XQ_TESTS_FUZZ_MEMORY_FILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* The path of the file that holds these bytes now; the same one every time. */
static inline const char *memory_file(const void *p, size_t n)
{
	static int fd = -1;
	static char path[64];
	if (fd < 0) {
		fd = memfd_create("fuzz", 0);
		must(fd >= 0);
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	}
	must(ftruncate(fd, 0) == 0 && pwrite(fd, p, n, 0) == (ssize_t)n);
	return path;
}

/* What people are told about a file: clean lines, one fault each. */
static inline void faults_are_lines(const struct faults *f)
{
	for (size_t i = 0; i < f->count; i++) {
		must(*f->line[i] && text_valid(f->line[i]) && !strpbrk(f->line[i], "\r\n"));
		must(*f->of[i].form && f->of[i].file < f->of[i].words && f->of[i].words < strlen(f->line[i]));
	}
}

#endif
