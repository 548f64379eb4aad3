#include "gateway/console/raw.h"

#include <sys/mman.h>
#include <unistd.h>

#include "gateway/base/file.h"
#include "gateway/console/internal.h"
#include "gateway/store/raw.h"

int memory_file(struct call *c, const void *p, size_t n, struct err *e)
{
	int fd = memfd_create("raw", MFD_CLOEXEC);
	if (fd < 0)
		return err_set(e, E_IO, "no memory for what was asked for");
	int rc = file_write_all(fd, p, n, e);
	if (rc == 0 && lseek(fd, 0, SEEK_SET) != 0)
		rc = err_set(e, E_IO, "what was asked for could not be read back");
	if (rc < 0) {
		(void)close(fd);
		return rc;
	}
	c->file.fd = fd;
	c->file.size = n;
	return 0;
}

int raw_file(struct call *c, struct tx *tx, uint64_t id, const char *sha256, struct err *e)
{
	const void *p;
	size_t n;
	int rc = raw_get(tx, id, &p, &n);
	if (rc == 0)
		return memory_file(c, p, n, e);
	if (rc != E_NOTFOUND)
		return err_set(e, rc, "the raw message cannot be read");
	c->file.fd = blob_fd(c->console->set.blobs, sha256, &c->file.size, e);
	return c->file.fd < 0 ? c->file.fd : 0;
}

int raw_read(struct call *c, struct tx *tx, uint64_t id, const char *sha256, struct buf *b, struct err *e)
{
	const void *p;
	size_t n;
	int rc = raw_get(tx, id, &p, &n);
	if (rc == 0)
		return buf_add(b, p, n) ? 0 : E_RANGE;
	return rc == E_NOTFOUND ? blob_read(c->console->set.blobs, sha256, b, e) : err_set(e, rc, "the raw message cannot be read");
}
