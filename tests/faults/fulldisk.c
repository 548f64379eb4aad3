/* Preloaded into PostgreSQL: its disk is full while a file of that name is in the folder XQ_FULLDISK: "base" for tables and
 * indexes, "pg_wal" for the write-ahead log. As on a real one, what a file has already can be written again; a file that
 * would grow gets ENOSPC. */
#include <errno.h>
#include <fcntl.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) \
	static __typeof__(name) *real_##name; \
	if (!real_##name) \
		real_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static const char *const PLACE[] = { "base", "pg_wal" };

static bool is_full(const char *place)
{
	const char *folder = getenv("XQ_FULLDISK");
	char flag[PATH_MAX];
	return folder && snprintf(flag, sizeof flag, "%s/%s", folder, place) < (int)sizeof flag && access(flag, F_OK) == 0;
}

static bool is_in(const char *path, const char *place)
{
	const char *at = strstr(path, place);
	return at && at > path && at[-1] == '/' && at[strlen(place)] == '/';
}

/* Would writing up to `end` make the file grow, on a disk that is full? */
static bool no_room(int fd, off_t end)
{
	char link[64], path[PATH_MAX];
	struct stat st;
	int keep = errno;
	bool full = false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && end > st.st_size) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(link, path, sizeof path - 1);
		path[n > 0 ? n : 0] = '\0';
		for (size_t i = 0; !full && i < sizeof PLACE / sizeof *PLACE; i++)
			full = is_in(path, PLACE[i]) && is_full(PLACE[i]);
	}
	errno = full ? ENOSPC : keep;
	return full;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	REAL(pwrite);
	return no_room(fd, at + (off_t)n) ? -1 : real_pwrite(fd, p, n, at);
}

ssize_t pwritev(int fd, const struct iovec *v, int count, off_t at)
{
	REAL(pwritev);
	off_t end = at;
	for (int i = 0; i < count; i++)
		end += (off_t)v[i].iov_len;
	return no_room(fd, end) ? -1 : real_pwritev(fd, v, count, at);
}

ssize_t write(int fd, const void *p, size_t n)
{
	REAL(write);
	off_t at = lseek(fd, 0, SEEK_CUR);
	return at >= 0 && no_room(fd, at + (off_t)n) ? -1 : real_write(fd, p, n);
}

int ftruncate(int fd, off_t length)
{
	REAL(ftruncate);
	return no_room(fd, length) ? -1 : real_ftruncate(fd, length);
}

int posix_fallocate(int fd, off_t at, off_t length)
{
	REAL(posix_fallocate);
	return no_room(fd, at + length) ? ENOSPC : real_posix_fallocate(fd, at, length);
}
