/* Inside the store's room: every file that a row names. */
#ifndef XQ_STORE_FILES_H
#define XQ_STORE_FILES_H

#include "gateway/store/store.h"

/* The SHA-256 of every file that a row names, once; until file() returns nonzero. */
int files_each(struct tx *, int (*file)(const char *sha256, void *), void *arg);
/* Whether a row other than this one (a file's, a message's, or of what was kept aside) names it, as a file or as its raw message. */
int file_named(struct tx *, const char *sha256, uint64_t beside, bool *named);

#endif
