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
/* Takes one away, unless it was put again after `since` (ms of the clock): its bytes are somebody else's too by then. None there is no
 * fault. Who names it in a row knows; see that nothing else does. */
int blob_drop(struct blob_store *s, const char *hex, int64_t since, struct err *e);
char *blob_file(const struct blob_store *s, const char *hex); /* its whole path, for another program; free() it */
int blob_fd(struct blob_store *s, const char *hex, uint64_t *size, struct err *e); /* opened for reading; caller closes */
/* Gone for good. E_NOTFOUND, E_IO. */
int blob_remove(struct blob_store *s, const char *hex, struct err *e);
/* The whole file behind what is in out. E_NOTFOUND, E_IO, E_RANGE: out's cap would be passed. Blocks on the disk. */
int blob_read(struct blob_store *s, const char *hex, struct buf *out, struct err *e);

#endif
