#include "adapters/email/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway/base/mem.h"

void spool_init(struct spool *s)
{
	*s = (struct spool){ .fd = -1 };
	buf_init(&s->memory, SPOOL_MEMORY);
}

void spool_fini(struct spool *s)
{
	if (s->mapped)
		munmap(s->mapped, s->len);
	if (s->fd >= 0)
		close(s->fd);
	buf_fini(&s->memory);
	spool_init(s);
}

void spool_move(struct spool *to, struct spool *from)
{
	*to = *from;
	spool_init(from);
}

static int temporary(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	if (!dir || !*dir)
		dir = "/var/tmp";
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) { /* a file system without O_TMPFILE */
		char *path = mem_printf("%s/xinqiao-mail-XXXXXX", dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
		free(path);
	}
	return fd >= 0 ? fd : err_set(e, E_IO, "no temporary file for a mail in %s: %s", dir, strerror(errno));
}

static int write_all(int fd, const void *p, size_t n, struct err *e)
{
	const char *at = p;
	while (n > 0) {
		ssize_t k = write(fd, at, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return err_set(e, E_IO, "a mail could not be spooled: %s", strerror(errno));
		at += k;
		n -= (size_t)k;
	}
	return 0;
}

int spool_add(struct spool *s, const void *p, size_t n, struct err *e)
{
	must(!s->mapped);
	if (s->fd < 0 && s->len + n <= SPOOL_MEMORY) {
		buf_add(&s->memory, p, n);
		s->len += n;
		return 0;
	}
	if (s->fd < 0) {
		int fd = temporary(e);
		if (fd < 0)
			return fd;
		s->fd = fd;
		int rc = write_all(s->fd, s->memory.data, s->memory.len, e);
		buf_fini(&s->memory);
		if (rc < 0)
			return rc;
	}
	int rc = write_all(s->fd, p, n, e);
	if (rc == 0)
		s->len += n;
	return rc;
}

const char *spool_bytes(struct spool *s, struct err *e)
{
	if (s->fd < 0)
		return buf_str(&s->memory);
	if (!s->mapped) {
		void *map = mmap(NULL, s->len, PROT_READ, MAP_PRIVATE, s->fd, 0);
		if (map == MAP_FAILED) {
			err_set(e, E_IO, "a spooled mail could not be read back: %s", strerror(errno));
			return NULL;
		}
		s->mapped = map;
	}
	return s->mapped;
}
