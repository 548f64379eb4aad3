/* Pictures and files of the web chat, by HTTP beside the WebSocket.
 *
 *   POST /chat/files?name=NAME        the bytes as the body, "Authorization: Bearer <the conversation's token>"
 *       201 {"file","name","type","size","url"}; the next message frame names "file"
 *       401 no token of ours · 409 its WebSocket is not open · 413 too large · 415 a type that is not taken · 429, 503 later
 *   GET  /chat/files/REF/NAME         the bytes
 *
 * A reference says what the file is (hash, size, type) and is signed with the gateway's secret, so it needs no table, holds
 * over restarts, and is the key to the file: only whoever uploaded it or reads the conversation has it. The type is read
 * from the bytes. What is stored lies outside every web root, under its hash. */
#ifndef XQ_WEBCHAT_FILES_H
#define XQ_WEBCHAT_FILES_H

#include <jansson.h>

#include "gateway/base/crypto.h"
#include "gateway/model/attachment.h"
#include "gateway/model/message.h"

enum {
	CHAT_FILES_MAX = 9,                /* of one message */
	CHAT_TYPE_MAX = 80,          /* bytes of a media type */
	CHAT_REF_MAC = 32,                 /* base32 characters: 160 bits */
	CHAT_REF_MAX = HEX_SHA256 + 21 + CHAT_TYPE_MAX + 1 + CHAT_REF_MAC + 1,
	CHAT_UPLOADS_MAX = 16,             /* being written at once */
	CHAT_UPLOAD_BURST = 20, CHAT_UPLOAD_BURST_MS = 60000 /* of one citizen */
};

struct chat_file {
	char sha256[HEX_SHA256], type[CHAT_TYPE_MAX + 1], name[ATTACHMENT_NAME_MAX + 1];
	uint64_t size;
};

/* As clients read it: {"file","name","type","size","url"}, the url relative to the gateway. */
json_t *chat_file_json(const struct secret *s, const struct msg_attachment *a);
void chat_file_ref(const struct secret *s, const struct msg_attachment *a, char out[CHAT_REF_MAX]);
/* false: not a reference of ours. name is made harmless; number: of the file in its message. */
bool chat_file_read(const struct secret *s, const char *ref, const char *name, unsigned number, struct chat_file *out);

struct webchat;
/* Registers the routes; the adapter must live as long as the server serves. */
void chat_files_route(struct webchat *chat);
/* The adapter ends: what is still being written answers its request later. */
void chat_files_orphan_all(struct webchat *chat);

#endif
