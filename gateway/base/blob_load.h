/* Files of the store read on a worker, for sending. Loop thread, except where it says otherwise. */
#ifndef XQ_BASE_BLOB_LOAD_H
#define XQ_BASE_BLOB_LOAD_H

#include <uv.h>

#include "gateway/base/blob.h"
#include "gateway/base/buf.h"

struct blob_load;
/* Reads n files into bytes, which are the caller's, begun with their caps; then runs work (may be NULL) on the same worker;
 * then done on the loop, once, later. rc: 0, E_NOTFOUND, E_RANGE (over its cap) or E_IO, with words. sha256 is copied; bytes
 * and arg live until done or the cancel. */
struct blob_load *blob_load_start(uv_loop_t *loop, struct blob_store *s, const char *const *sha256, struct buf *bytes, size_t n,
	void (*work)(void *arg), void (*done)(void *arg, int rc, const char *words), void *arg);
/* done does not run, and no worker touches anything of it any more when this returns. NULL is fine. */
void blob_load_cancel(struct blob_load **l);

#endif
