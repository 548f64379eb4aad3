/* Inside the store's room: every file that a row names. */
#ifndef XQ_STORE_FILES_H
#define XQ_STORE_FILES_H

#include "gateway/store/store.h"

/* The SHA-256 of every file that a row names, once; until file() returns nonzero. */
int files_each(struct tx *, int (*file)(const char *sha256, void *), void *arg);

#endif
