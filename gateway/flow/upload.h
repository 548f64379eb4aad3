/* Files that come up before the message that names them, from citizens and from staff: kept in mind, scanned, and thrown away when
 * none comes. Inside a job. */
#ifndef XQ_FLOW_UPLOAD_H
#define XQ_FLOW_UPLOAD_H

#include "gateway/base/blob.h"
#include "gateway/flow/words.h"

/* It is on disk. E_AGAIN: it was thrown away as it came; it is to be put again. */
int upload_note(struct tx *, const struct flow_words *, const struct blob_store *, const struct msg_attachment *, struct err *);
/* 1: a message that names it now has it; 0: it was thrown away. E_*. */
int upload_there(struct tx *, const struct blob_store *, const char *sha256);

#endif
