/* References to uploaded files: what a file is (hash, size, type), signed with the gateway's secret for one purpose. So a
 * reference needs no table, holds over restarts, and is the key to the file: only whoever uploaded it has it.
 *
 *   <sha256>-<size>-<type, '_' for its slash>.<mac>
 *
 * Pure; thread: any. */
#ifndef XQ_MODEL_FILE_REF_H
#define XQ_MODEL_FILE_REF_H

#include <stdbool.h>

#include "gateway/base/crypto.h"
#include "gateway/model/attachment.h"
#include "gateway/model/message.h"

enum {
	FILE_TYPE_MAX = 80,                /* bytes of a media type */
	FILE_REF_MAC = 32,                 /* base32 characters: 160 bits */
	FILE_REF_MAX = HEX_SHA256 + 21 + FILE_TYPE_MAX + 1 + FILE_REF_MAC + 1
};

struct file_ref {
	char sha256[HEX_SHA256], type[FILE_TYPE_MAX + 1], name[ATTACHMENT_NAME_MAX + 1];
	uint64_t size;
};

void file_ref_write(const struct secret *s, const char *purpose, const struct msg_attachment *a, char out[FILE_REF_MAX]);
/* false: not a reference of ours for this purpose. name is made harmless; number: of the file in its message. */
bool file_ref_read(const struct secret *s, const char *purpose, const char *ref, const char *name, unsigned number,
	struct file_ref *out);

#endif
