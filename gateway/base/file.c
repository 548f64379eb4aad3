#include "gateway/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { READ_FIRST = 4 * 1024, READ_MOST = 64 * 1024 }; /* most files are small */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int read_all(int fd, const char *path, struct buf *b, struct err *e)
{
	for (;;) {
		size_t step = b->len < READ_FIRST ? READ_FIRST : least(b->len, READ_MOST), n = least(b->cap - b->len, step);
		char past;
		ssize_t got = n ? read(fd, buf_room(b, n), n) : read(fd, &past, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(e, E_IO, "cannot read %s: %s", path, strerror(errno));
		if (got == 0)
			return E_OK;
		if (n == 0)
			return err_set(e, E_RANGE, "%s is bigger than %zu bytes", path, b->cap);
		buf_grew(b, (size_t)got);
	}
}

int file_read(const char *path, struct buf *b, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? E_NOTFOUND : E_IO, "cannot open %s: %s", path, strerror(errno));
	int rc = read_all(fd, path, b, e), why = errno;
	close(fd);
	errno = why;
	return rc;
}

bool file_read_or_fault(const char *path, struct buf *b, struct faults *f)
{
	int rc = file_read(path, b, NULL);
	if (rc == E_NOTFOUND)
		faults_add(f, path, 0, "there is no such file");
	else if (rc == E_RANGE)
		faults_add(f, path, 0, "is too large; at most %zu KB would be right", b->cap / 1024);
	else if (rc < 0)
		faults_add(f, path, 0, "cannot be read: %m");
	return rc == 0;
}

char *file_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return mem_strdup(".");
	return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

void file_disk_failed(const char *path, const char *why)
{
	log_error("disk", "could not put on disk what it was given: stopping; what was acknowledged is kept", "file=%s why=%s "
		"hint=look at the disk and the kernel's log", path, why);
	_exit(EXIT_DISK);
}

int file_sync(int fd, const char *path, struct err *e)
{
	int rc;
	do
		rc = fsync(fd);
	while (rc != 0 && errno == EINTR);
	if (rc != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT))
		file_disk_failed(path, strerror(errno));
	return rc == 0 ? E_OK : err_set(e, E_IO, "cannot sync %s: %s", path, strerror(errno));
}

int file_sync_folder(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, E_IO, "cannot open folder %s: %s", dir, strerror(errno));
	int rc = file_sync(fd, dir, e);
	close(fd);
	return rc;
}

static int mkdir_one(const char *dir, struct err *e)
{
	if (mkdir(dir, 0700) && errno != EEXIST)
		return err_set(e, E_IO, "cannot make folder %s: %s", dir, strerror(errno));
	char *parent = file_folder(dir);
	int rc = file_sync_folder(parent, e);
	free(parent);
	return rc;
}

int file_mkdirs(const char *dir, struct err *e)
{
	struct stat st;
	if (!stat(dir, &st))
		return S_ISDIR(st.st_mode) ? E_OK : err_set(e, E_IO, "%s is not a folder", dir);
	char *path = mem_strdup(dir);
	int rc = E_OK;
	for (char *p = path + 1; !rc && *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		rc = stat(path, &st) ? mkdir_one(path, e) : E_OK;
		*p = '/';
	}
	size_t n = strlen(path);
	if (n > 1 && path[n - 1] == '/')
		path[n - 1] = '\0';
	if (!rc)
		rc = mkdir_one(path, e);
	free(path);
	return rc;
}

int file_write_all(int fd, const void *p, size_t n, struct err *e)
{
	const char *at = p;
	while (n) {
		ssize_t put = write(fd, at, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_set(e, E_IO, "cannot write: %s", strerror(errno));
		at += put;
		n -= (size_t)put;
	}
	return E_OK;
}
