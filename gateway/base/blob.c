#include "gateway/base/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/file.h"
#include "gateway/base/mem.h"

/* DIR/ab/ab12…: by the first byte, made at opening, so that storing syncs only one folder.
 * DIR/new/XXXXXX: being written. */

enum { COPY_STEP = 64 * 1024, STALE_SECONDS = 24 * 3600, FOLDERS = 256, TEMP_NAME = 64 };

struct blob_store {
	int fd; /* of the folder */
	char *path;
};

static int fault(struct err *e, const char *what)
{
	return err_set(e, E_IO, "blobs: cannot %s: %s", what, strerror(errno));
}

static int fault_of(struct err *e, const char *what, const char *folder)
{
	return err_set(e, E_IO, "blobs: cannot %s %s: %s", what, folder, strerror(errno));
}

static int make_folders(int fd, const char *dir, struct err *e)
{
	char name[8];
	for (unsigned i = 0; i < FOLDERS; i++) {
		snprintf(name, sizeof name, "%02x", i);
		if (mkdirat(fd, name, 0700) && errno != EEXIST)
			return fault_of(e, "make a folder in", dir);
	}
	if (mkdirat(fd, "new", 0700) && errno != EEXIST)
		return fault_of(e, "make a folder in", dir);
	return file_sync(fd, dir, e);
}

/* What a crash left half written. Younger files may belong to another process of this host that writes now. */
static void remove_stale(int fd)
{
	int sub = openat(fd, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = sub < 0 ? NULL : fdopendir(sub);
	if (!d)
		return;
	time_t now = time(NULL);
	for (struct dirent *x; (x = readdir(d));) {
		struct stat st;
		if (!fstatat(sub, x->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) &&
			now - st.st_mtime > STALE_SECONDS)
			unlinkat(sub, x->d_name, 0);
	}
	closedir(d);
}

struct blob_store *blob_open(const char *dir, struct err *e)
{
	if (file_mkdirs(dir, e))
		return NULL;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		fault_of(e, "open the folder", dir);
		return NULL;
	}
	if (make_folders(fd, dir, e)) {
		close(fd);
		return NULL;
	}
	remove_stale(fd);
	struct blob_store *s = mem_new(struct blob_store);
	*s = (struct blob_store){ .fd = fd, .path = realpath(dir, NULL) };
	must(s->path != NULL);
	return s;
}

void blob_close(struct blob_store **s)
{
	if (!*s)
		return;
	close((*s)->fd);
	free((*s)->path);
	free(*s);
	*s = NULL;
}

enum { BLOB_PATH = 2 + 1 + HEX_SHA256 };

static void blob_path(const char *hex, char out[BLOB_PATH])
{
	snprintf(out, BLOB_PATH, "%.2s/%s", hex, hex);
}

static int sync_folder_of(const struct blob_store *s, const char *hex, struct err *e)
{
	char name[3] = { hex[0], hex[1], '\0' };
	int fd = openat(s->fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fault_of(e, "open a folder in", s->path);
	int rc = file_sync(fd, s->path, e);
	close(fd);
	return rc;
}

static int temp_open(const struct blob_store *s, char name[TEMP_NAME], struct err *e)
{
	uint8_t random[16];
	char hex[2 * sizeof random + 1];
	crypto_random(random, sizeof random);
	snprintf(name, TEMP_NAME, "new/%s", crypto_hex(random, sizeof random, hex));
	int fd = openat(s->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return fd < 0 ? fault(e, "create a file") : fd;
}

/* false: the name is taken, or the file system cannot say whether it is. */
static bool name_new(const struct blob_store *s, const char *temp, const char *path)
{
	return renameat2(s->fd, temp, s->fd, path, RENAME_NOREPLACE) == 0;
}

static int name_over(const struct blob_store *s, const char *temp, const char *path, struct err *e)
{
	return renameat(s->fd, temp, s->fd, path) ? fault(e, "rename a file") : E_OK;
}

/* Ends what temp_open began: bytes, name and folder are on disk. A new name comes before the sync of the bytes, so that a journal is
 * written once for both. What has the name already may be in use: it is replaced, and only by what is on disk. It is not
 * trusted to be whole, for whoever put it may have failed between. */
static int temp_close(const struct blob_store *s, const char *temp, int fd, const char *hex, int rc, struct err *e)
{
	char path[BLOB_PATH];
	blob_path(hex, path);
	bool named = !rc && name_new(s, temp, path);
	if (!rc)
		rc = file_sync(fd, s->path, e);
	if (close(fd) && !rc)
		rc = fault(e, "close a file");
	if (!rc && !named)
		rc = name_over(s, temp, path, e);
	if (rc && !named) /* under its name it may be another's by now */
		unlinkat(s->fd, temp, 0);
	return rc ? rc : sync_folder_of(s, hex, e);
}

int blob_put(struct blob_store *s, const void *p, size_t n, char hex[HEX_SHA256], struct err *e)
{
	uint8_t sum[SHA256_LEN];
	char temp[TEMP_NAME];
	crypto_sha256(p, n, sum);
	crypto_hex(sum, sizeof sum, hex);
	int fd = temp_open(s, temp, e);
	return fd < 0 ? fd : temp_close(s, temp, fd, hex, file_write_all(fd, p, n, e), e);
}

/* Copies from -> to, counting and hashing what was really copied. */
static int copy(int from, int to, EVP_MD_CTX *sum, uint64_t *size, struct err *e)
{
	char *step = mem_alloc(COPY_STEP);
	int rc = E_OK;
	*size = 0;
	while (!rc) {
		ssize_t n = pread(from, step, COPY_STEP, (off_t)*size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = fault(e, "read the file given");
		if (n <= 0)
			break;
		must(EVP_DigestUpdate(sum, step, (size_t)n) == 1);
		rc = file_write_all(to, step, (size_t)n, e);
		*size += (uint64_t)n;
	}
	free(step);
	return rc;
}

int blob_put_file(struct blob_store *s, int from, char hex[HEX_SHA256], uint64_t *size, struct err *e)
{
	uint8_t sum[SHA256_LEN];
	char temp[TEMP_NAME];
	int fd = temp_open(s, temp, e);
	if (fd < 0)
		return fd;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	must(md && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1);
	int rc = copy(from, fd, md, size, e);
	must(EVP_DigestFinal_ex(md, sum, NULL) == 1);
	EVP_MD_CTX_free(md);
	crypto_hex(sum, sizeof sum, hex);
	return temp_close(s, temp, fd, hex, rc, e);
}

static bool name_fits(const char *hex)
{
	return strlen(hex) == HEX_SHA256 - 1 && strspn(hex, "0123456789abcdef") == HEX_SHA256 - 1;
}

bool blob_has(const struct blob_store *s, const char *hex)
{
	char path[BLOB_PATH];
	struct stat st;
	if (!name_fits(hex))
		return false;
	blob_path(hex, path);
	return !fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode);
}

struct blob_gone blob_gone(const char *sha256, int64_t since)
{
	struct blob_gone gone = { .since = since };
	(void)snprintf(gone.sha256, sizeof gone.sha256, "%s", sha256);
	return gone;
}

int blob_remove(struct blob_store *s, const struct blob_gone *gone, struct err *e)
{
	char path[BLOB_PATH];
	struct stat st;
	if (!name_fits(gone->sha256))
		return err_set(e, E_MALFORMED, "not the name of a blob");
	blob_path(gone->sha256, path);
	if (fstatat(s->fd, path, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? 0 : fault(e, "look at a file");
	if ((int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 > gone->since)
		return 0;
	if (unlinkat(s->fd, path, 0) == 0)
		return 1;
	return errno == ENOENT ? 0 : fault(e, "remove a file");
}

char *blob_file(const struct blob_store *s, const char *hex)
{
	char path[BLOB_PATH];
	blob_path(hex, path);
	return mem_printf("%s/%s", s->path, path);
}

int blob_fd(struct blob_store *s, const char *hex, uint64_t *size, struct err *e)
{
	char path[BLOB_PATH];
	struct stat st;
	if (!name_fits(hex))
		return err_set(e, E_MALFORMED, "not the name of a blob");
	blob_path(hex, path);
	int fd = openat(s->fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return err_set(e, E_NOTFOUND, "no blob %s", hex);
	if (fd < 0 || fstat(fd, &st)) {
		int rc = fault(e, "open a file");
		if (fd >= 0)
			close(fd);
		return rc;
	}
	if (size)
		*size = (uint64_t)st.st_size;
	return fd;
}

int blob_read(struct blob_store *s, const char *hex, struct buf *out, struct err *e)
{
	uint64_t size;
	int fd = blob_fd(s, hex, &size, e);
	if (fd < 0)
		return fd;
	uint8_t *room = size <= SIZE_MAX ? buf_room(out, (size_t)size) : NULL;
	size_t n = 0;
	ssize_t got = 1;
	while (room && n < size && got > 0) {
		got = pread(fd, room + n, (size_t)size - n, (off_t)n);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			n += (size_t)got;
	}
	close(fd);
	if (!room)
		return err_set(e, E_RANGE, "the file is larger than it may be here");
	if (n < size)
		return err_set(e, E_IO, "the file could not be read whole");
	buf_grew(out, n);
	return 0;
}
