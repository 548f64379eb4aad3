/* Whole small files: configuration, tables, secrets. What is big goes through blob.h.
 * Thread: any; blocks on the disk. */
#ifndef XQ_BASE_FILE_H
#define XQ_BASE_FILE_H

#include <stddef.h>

#include "gateway/base/err.h"

struct buf;

/* Appends everything path holds to *b; E_NOTFOUND, E_RANGE when it passes the buffer's cap, or E_IO. */
int file_read(const char *path, struct buf *b, struct err *e) XQ_MUST_CHECK;
/* Makes dir and what is missing above it, mode 0700, each on disk in its parent. */
int file_mkdirs(const char *dir, struct err *e) XQ_MUST_CHECK;
/* The folder path lies in: "." when it names none. Owned by the caller. */
char *file_folder(const char *path);
/* Puts a folder's entries on disk. */
int file_sync_folder(const char *dir, struct err *e) XQ_MUST_CHECK;
/* Writes all n bytes to fd, whatever write(2) does to it. */
int file_write_all(int fd, const void *p, size_t n, struct err *e) XQ_MUST_CHECK;

#endif
