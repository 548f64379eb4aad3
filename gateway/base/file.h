/* Whole small files: configuration, tables, secrets. What is big goes through blob.h.
 * Thread: any; blocks on the disk. */
#ifndef XQ_BASE_FILE_H
#define XQ_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/err.h"

struct buf;

/* Appends everything path holds to *b; E_NOTFOUND, E_RANGE when it passes the buffer's cap, or E_IO. */
int file_read(const char *path, struct buf *b, struct err *e) XQ_MUST_CHECK;
/* The same for a file that people edit; false: a fault says why. */
bool file_read_or_fault(const char *path, struct buf *b, struct faults *f) XQ_MUST_CHECK;
/* Makes dir and what is missing above it, mode 0700, each on disk in its parent. */
int file_mkdirs(const char *dir, struct err *e) XQ_MUST_CHECK;
/* The folder path lies in: "." when it names none. Owned by the caller. */
char *file_folder(const char *path);
/* Puts a file or folder on disk. A disk that could not do it (EIO, or full) has forgotten what it was given and says "done"
 * when asked again, so there is no going on: file_disk_failed. E_IO, with words, for what cannot be synced at all. */
int file_sync(int fd, const char *path, struct err *e) XQ_MUST_CHECK;
/* Ends the process at once with a word in the log and EXIT_DISK: nothing more is acknowledged, and nothing that was is lost,
 * for the next start reads again what is really there. Whoever runs us starts us again. */
enum { EXIT_DISK = 74 }; /* EX_IOERR of sysexits.h */
void file_disk_failed(const char *path, const char *why) __attribute__((noreturn, cold));
/* Puts a folder's entries on disk. */
int file_sync_folder(const char *dir, struct err *e) XQ_MUST_CHECK;
/* Writes all n bytes to fd, whatever write(2) does to it. */
int file_write_all(int fd, const void *p, size_t n, struct err *e) XQ_MUST_CHECK;

#endif
