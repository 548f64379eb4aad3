/* Files kept by content: what a citizen attached, raw mails. Stored once under the SHA-256 of their bytes, outside any
 * web root. A blob is on disk (file and folder synced) before blob_put returns, so a row may name it.
 * Thread: any; blob_put blocks on the disk, so call it on a worker or the writer, never on the loop. */
#ifndef XQ_BASE_BLOB_H
#define XQ_BASE_BLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/err.h"

struct blob_store;
struct blob_store *blob_open(const char *dir, struct err *e);
void blob_close(struct blob_store **s);
int blob_put(struct blob_store *s, const void *p, size_t n, char hex[HEX_SHA256], struct err *e);
int blob_put_file(struct blob_store *s, int fd, char hex[HEX_SHA256], uint64_t *size, struct err *e); /* from offset 0 */
bool blob_has(const struct blob_store *s, const char *hex);
char *blob_file(const struct blob_store *s, const char *hex); /* its whole path, for another program; free() it */
int blob_fd(struct blob_store *s, const char *hex, uint64_t *size, struct err *e); /* opened for reading; caller closes */
/* What no row names any more, known from a transaction. Whoever put it again after `since` (ms of the clock) is somebody
 * else, whose own row may be still to come. */
struct blob_gone {
	char sha256[HEX_SHA256];
	int64_t since;
};
struct blob_gone blob_gone(const char *sha256, int64_t since);
/* After that transaction's commit, so that no row names what is missing; blocks on the disk. 1: it is gone; 0: none was
 * there, or it was put again since. E_MALFORMED, E_IO. */
int blob_remove(struct blob_store *s, const struct blob_gone *gone, struct err *e);
/* The whole file behind what is in out. E_NOTFOUND, E_IO, E_RANGE: out's cap would be passed. Blocks on the disk. */
int blob_read(struct blob_store *s, const char *hex, struct buf *out, struct err *e);

#endif
