#include "gateway/base/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/file.h"
#include "gateway/base/mem.h"

int keyfile_check(const char *path, struct err *e)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return errno == ENOENT ? err_set(e, E_NOTFOUND, "there is no key file %s", path) :
			err_set(e, E_IO, "cannot read %s: %s", path, strerror(errno));
	if (st.st_mode & 0007)
		return err_set(e, E_CONFIG, "%s can be read by every user (mode %04o); chmod 600 it", path, (unsigned)st.st_mode & 07777);
	return 0;
}

int keyfile_read(const char *path, struct buf *b, struct err *e)
{
	int rc = keyfile_check(path, e);
	return rc < 0 ? rc : file_read(path, b, e);
}

int keyfile_put(const char *path, bool first, const struct buf *b, struct err *e)
{
	char *temp = mem_printf("%s.XXXXXX", path), *dir = file_folder(path);
	int rc = file_mkdirs(dir, e), fd = rc < 0 ? -1 : mkostemp(temp, O_CLOEXEC); /* mode 0600 */
	if (rc == 0 && fd < 0)
		rc = err_set(e, E_IO, "cannot create %s: %s", temp, strerror(errno));
	if (rc == 0)
		rc = file_write_all(fd, b->data, b->len, e);
	if (rc == 0)
		rc = file_sync(fd, path, e);
	if (rc == 0 && (first ? link(temp, path) : rename(temp, path)) < 0)
		rc = err_set(e, errno == EEXIST ? E_EXISTS : E_IO, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && (rc < 0 || first))
		unlink(temp);
	if (rc == 0)
		rc = file_sync_folder(dir, e);
	free(temp);
	free(dir);
	return rc;
}

void keyfile_fini(struct buf *b)
{
	if (b->data != NULL)
		OPENSSL_cleanse(b->data, b->len);
	buf_fini(b);
}
