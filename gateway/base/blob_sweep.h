/* Files that a committed transaction left without a row, removed on a worker. Loop thread. */
#ifndef XQ_BASE_BLOB_SWEEP_H
#define XQ_BASE_BLOB_SWEEP_H

#include <uv.h>

#include "gateway/base/blob.h"

/* Copies. In the transaction's done(). What cannot be removed is logged and stays, named by nothing. The loop is to run
 * until it has nothing left before the store of files is closed. */
void blob_sweep(uv_loop_t *loop, struct blob_store *s, const struct blob_gone *gone, size_t n);

#endif
