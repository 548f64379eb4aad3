/* Pictures and files of the web chat, by HTTP beside the WebSocket.
 *
 *   POST /chat/files?name=NAME        the bytes as the body, "Authorization: Bearer <the conversation's token>"
 *       201 {"file","name","type","size","url"}; a message within UPLOAD_DAYS names "file"; else it is thrown away
 *       401 no token of ours · 409 its WebSocket is not open · 413 too large · 415 a type that is not taken · 429, 503 later
 *   GET  /chat/files/REF/NAME         the bytes · 409 while a scanner has not answered · 403 when it said infected
 *
 * References are those of file_ref.h: only whoever uploaded a file or reads the conversation has one. The type is read
 * from the bytes. What is stored lies outside every web root, under its hash. */
#ifndef XQ_WEBCHAT_FILES_H
#define XQ_WEBCHAT_FILES_H

#include <jansson.h>

#include "gateway/model/file_ref.h"

enum {
	CHAT_FILES_MAX = 9,                /* of one message */
	CHAT_UPLOADS_MAX = 16,             /* being written at once */
	CHAT_UPLOAD_BURST = 20, CHAT_UPLOAD_BURST_MS = 60000 /* of one citizen */
};

/* As clients read it: {"name","type","size","url"}, the url relative to the gateway. */
json_t *chat_file_json(const struct secret *s, const struct msg_attachment *a);
/* false: not a reference of ours. name is made harmless; number: of the file in its message. */
bool chat_file_read(const struct secret *s, const char *ref, const char *name, unsigned number, struct file_ref *out);

/* What a message names: of an upload that is no older than UPLOAD_DAYS. */
bool chat_upload_read(const struct secret *s, const char *ref, const char *name, unsigned number, int64_t now, struct file_ref *out);

struct webchat;
struct chat_in;
struct chat_files;
/* The files a message names, free() them; NULL: it names none, or with *bad one that was not uploaded here. */
struct chat_files *chat_files_of(const struct webchat *chat, const struct chat_in *in, int64_t now, bool *bad);
/* Registers the routes; the adapter must live as long as the server serves. */
void chat_files_route(struct webchat *chat);
/* The adapter ends: what is still being written answers its request later. */
void chat_files_orphan_all(struct webchat *chat);

#endif
