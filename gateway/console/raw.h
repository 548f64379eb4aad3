/* The raw form of a message or of what was kept aside: a row of the store while small, else a file. In a job. */
#ifndef XQ_CONSOLE_RAW_H
#define XQ_CONSOLE_RAW_H

#include "gateway/base/buf.h"
#include "gateway/console/call.h"

/* What has no file of its own, through one that exists only while it is read. As c->file. */
int memory_file(struct call *c, const void *p, size_t n, struct err *);
/* The raw form, of this hash, of the message or thing kept aside of this id. As c->file. */
int raw_file(struct call *c, struct tx *, uint64_t id, const char *sha256, struct err *);
/* The same behind what is in the buffer. E_RANGE: its cap would be passed. */
int raw_read(struct call *, struct tx *, uint64_t id, const char *sha256, struct buf *, struct err *);

#endif
