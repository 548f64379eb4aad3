#include "adapters/webchat/files.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/webchat/protocol.h"
#include "adapters/webchat/room.h"
#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "gateway/base/http.h"
#include "gateway/base/log.h"
#include "gateway/base/media.h"
#include "gateway/base/mem.h"
#include "gateway/base/pace.h"
#include "gateway/base/percent.h"

static const char purpose[] = "webchat file";

/* What a message names is an upload of these days; what shows a file is for ever. */
static void upload_purpose(int64_t now, int days_ago, char out[40])
{
	(void)snprintf(out, 40, "webchat upload %" PRId64, now / (24 * 3600 * 1000) - days_ago);
}

bool chat_upload_read(const struct secret *s, const char *ref, const char *name, unsigned number, int64_t now, struct file_ref *out)
{
	char day[40];
	for (int ago = 0; ago <= UPLOAD_DAYS; ago++) {
		upload_purpose(now, ago, day);
		if (file_ref_read(s, day, ref, name, number, out))
			return true;
	}
	return false;
}

bool chat_file_read(const struct secret *s, const char *ref, const char *name, unsigned number, struct file_ref *out)
{
	return file_ref_read(s, purpose, ref, name, number, out);
}

struct chat_files *chat_files_of(const struct webchat *chat, const struct chat_in *in, int64_t now, bool *bad)
{
	*bad = in->files > (size_t)chat->config->max_files;
	if (*bad || !in->files)
		return NULL;
	struct chat_files *files = mem_new(struct chat_files);
	for (size_t i = 0; i < in->files && !*bad; i++) {
		struct file_ref *f = &files->file[i];
		*bad = !chat_upload_read(chat->host.secret, in->file[i].ref, in->file[i].name, (unsigned)i + 1, now, f);
		files->attachment[files->n++] = (struct msg_attachment){ f->name, f->type, f->sha256, f->size };
	}
	if (!*bad)
		return files;
	free(files);
	return NULL;
}

/* --- taking one --- */

struct chat_upload {
	struct webchat *chat; /* NULL: the adapter has ended */
	struct chat_upload *next, **link;
	uv_work_t work;
	struct http_req *req;
	struct blob_store *blobs;
	const struct secret *secret;
	const void *body;
	size_t n;
	struct file_ref file;
	bool noting;          /* stored; the gateway is being told */
	char *origin;         /* of the page that asks, or NULL */
	struct err err;
	int rc;
};

/* A page of an allowed origin may read our answer. */
static void cors_headers(const char *origin, const char *h[9])
{
	size_t n = 0;
	h[n++] = "cache-control";
	h[n++] = "no-store";
	h[n++] = "vary";
	h[n++] = "origin";
	if (origin) {
		h[n++] = "access-control-allow-origin";
		h[n++] = origin;
	}
	h[n] = NULL;
}

static void answer(struct http_req *req, const char *origin, int status, json_t *o)
{
	const char *headers[9];
	char *text = json_dumps(o, JSON_COMPACT);
	cors_headers(origin, headers);
	http_answer(req, status, status < 400 ? "application/json" : "application/problem+json", text, strlen(text), headers);
	free(text);
	json_decref(o);
}

static void refuse(struct http_req *req, const char *origin, int status, const char *detail)
{
	answer(req, origin, status, json_pack("{s:i, s:s}", "status", status, "title", detail));
}

static void write_blob(uv_work_t *w)
{
	struct chat_upload *u = w->data;
	u->rc = blob_put(u->blobs, u->body, u->n, u->file.sha256, &u->err);
}

json_t *chat_file_json(const struct secret *s, const struct msg_attachment *a)
{
	char ref[FILE_REF_MAX];
	struct buf url;
	file_ref_write(s, purpose, a, ref);
	buf_init(&url, 4096);
	buf_addf(&url, "chat/files/%s/", ref);
	percent_add(&url, a->name, "-._");
	json_t *o = json_pack("{s:s, s:s, s:I, s:s}", "name", a->name, "type", a->type, "size",
		(json_int_t)a->size, "url", buf_str(&url));
	buf_fini(&url);
	return o;
}

static void upload_free(struct chat_upload *u)
{
	if (u->chat) {
		*u->link = u->next;
		if (u->next)
			u->next->link = u->link;
		u->chat->uploading--;
	}
	free(u->origin);
	free(u);
}

static void not_stored(struct chat_upload *u)
{
	refuse(u->req, u->origin, 503, "The file could not be stored. Try again in a moment.");
	upload_free(u);
}

static void noted(struct adapter *a, void *ack, enum taken taken, const struct taken_info *info)
{
	struct webchat *chat = (struct webchat *)a;
	struct chat_upload *u = ack;
	const struct file_ref *f = &u->file;
	(void)info;
	u->noting = false;
	if (taken == TAKEN_RETRY) {
		not_stored(u);
	} else {
		char day[40], ref[FILE_REF_MAX];
		struct msg_attachment file = { f->name, f->type, f->sha256, f->size };
		json_t *o = chat_file_json(u->secret, &file);
		upload_purpose(clock_now(), 0, day);
		file_ref_write(u->secret, day, &file, ref);
		must(json_object_set_new(o, "file", json_string(ref)) == 0);
		answer(u->req, u->origin, 201, o);
		upload_free(u);
	}
	webchat_settle(chat);
}

static void written(uv_work_t *w, int status)
{
	struct chat_upload *u = w->data;
	struct webchat *chat = u->chat;
	const struct file_ref *f = &u->file;
	if (chat && status == 0 && u->rc == 0) {
		struct msg_attachment file = { f->name, f->type, f->sha256, f->size };
		u->noting = true;
		chat->host.uploaded(&chat->base, &file, noted, u);
		return;
	}
	if (chat)
		log_error(chat->base.channel, "file not stored", "reason=%s", u->err.words);
	not_stored(u);
	if (chat)
		webchat_settle(chat);
}

static void keep(struct webchat *chat, struct http_req *req, const char *origin, const struct file_ref *f, const void *body)
{
	struct chat_upload *u = mem_new(struct chat_upload);
	*u = (struct chat_upload){ .chat = chat, .next = chat->uploads, .link = &chat->uploads, .req = req,
		.blobs = chat->host.blobs, .secret = chat->host.secret, .body = body, .n = (size_t)f->size, .file = *f,
		.origin = origin ? mem_strdup(origin) : NULL };
	if (u->next)
		u->next->link = &u->next;
	chat->uploads = u;
	chat->uploading++;
	u->work.data = u;
	must(uv_queue_work(chat->host.loop, &u->work, write_blob, written) == 0);
}

static bool type_taken(const struct config_list *types, const char *type)
{
	for (size_t i = 0; i < types->count; i++)
		if (strcasecmp(types->item[i], type) == 0)
			return true;
	return false;
}

/* The peer whose token came along, or NULL with *status. */
static struct chat_peer *owner(struct webchat *chat, const struct http_req *req, int *status)
{
	static const char scheme[] = "Bearer ";
	char name[CHAT_PEER_LEN + 1];
	const char *auth = http_header(req, "authorization");
	*status = 401;
	if (!auth || strncasecmp(auth, scheme, sizeof scheme - 1) != 0 ||
	    !chat_token_valid(chat->host.secret, auth + sizeof scheme - 1))
		return NULL;
	chat_peer_of_token(auth + sizeof scheme - 1, name);
	*status = 409;
	return chat_peers_find(&chat->peers, name);
}

/* Who may send a file now, or NULL: that has been answered. */
static struct chat_peer *sender(struct webchat *chat, struct http_req *req, const char *origin)
{
	const struct config_list *origins = &chat->config->origins;
	int status;
	if (!chat_origin_allowed(origin, http_header(req, "host"), chat->host.public_url, origins->item, origins->count)) {
		refuse(req, NULL, 403, "This site may not send files.");
		return NULL;
	}
	struct chat_peer *peer = owner(chat, req, &status);
	if (!peer) {
		refuse(req, origin, status, status == 401 ? "The conversation's token is missing or not ours." :
			"The conversation is not open. Connect its WebSocket first.");
		return NULL;
	}
	if (!chat->draining && chat->uploading < CHAT_UPLOADS_MAX)
		return peer;
	refuse(req, origin, 503, "The service is busy. Try again in a moment.");
	return NULL;
}

static void admit_file(struct http_req *req, void *arg)
{
	struct webchat *chat = arg;
	const char *origin = http_header(req, "origin");
	struct chat_peer *peer = sender(chat, req, origin);
	if (!peer)
		return;
	if (pace(&peer->upload_due, (int64_t)uv_now(chat->host.loop), CHAT_UPLOAD_BURST, CHAT_UPLOAD_BURST_MS))
		refuse(req, origin, 429, "Too many files at once. Try again in a minute.");
	else
		http_admit(req);
}

/* While it came the conversation may have ended. */
static void take_file(struct http_req *req, void *arg)
{
	struct webchat *chat = arg;
	const char *origin = http_header(req, "origin");
	struct file_ref f = { .size = 0 };
	size_t n;
	const void *body = http_body(req, &n);
	if (!sender(chat, req, origin))
		return;
	attachment_name(http_query(req, "name"), 1, f.name);
	(void)snprintf(f.type, sizeof f.type, "%s", media_type(body, n, f.name, NULL));
	f.size = n;
	if (n == 0)
		refuse(req, origin, 400, "The file is empty.");
	else if (!type_taken(&chat->config->file_types, f.type))
		refuse(req, origin, 415, "Files of this type are not taken.");
	else
		keep(chat, req, origin, &f, body);
}

/* A browser asks first, since the token stands in a header. */
static void preflight(struct http_req *req, void *arg)
{
	struct webchat *chat = arg;
	const struct config_list *origins = &chat->config->origins;
	const char *origin = http_header(req, "origin");
	if (!origin || !chat_origin_allowed(origin, http_header(req, "host"), chat->host.public_url, origins->item,
	                                    origins->count)) {
		refuse(req, NULL, 403, "This site may not send files.");
		return;
	}
	const char *const headers[] = { "access-control-allow-origin", origin, "access-control-allow-methods", "POST",
		"access-control-allow-headers", "authorization", "access-control-max-age", "600", "vary", "origin", NULL };
	http_answer(req, 204, NULL, "", 0, headers);
}

/* --- giving one back --- */

struct chat_give {
	struct chat_give *next, **link;
	struct webchat *chat;
	struct http_req *req;
	struct file_ref file;
};

static void give_free(struct chat_give *g)
{
	*g->link = g->next;
	if (g->next)
		g->next->link = g->link;
	free(g);
}

static void give(const struct chat_give *g, int rc, enum file_state state)
{
	struct err e = { 0 };
	uint64_t size;
	int fd = rc == 0 && state == FILE_FREE ? blob_fd(g->chat->host.blobs, g->file.sha256, &size, &e) : -1;
	if (fd >= 0)
		http_answer_fd(g->req, fd, size, g->file.type, g->file.name);
	else if (rc < 0)
		http_problem(g->req, 503, "Not now", "Try again in a moment.");
	else if (state == FILE_HELD)
		http_problem(g->req, 409, "Held", "The file is being looked at. Try again in a minute.");
	else if (state == FILE_INFECTED)
		http_problem(g->req, 403, "Infected", "The file may do harm and is not given out.");
	else
		http_problem(g->req, 404, "Not found", "There is no such file.");
}

static void on_state(struct adapter *a, void *arg, int rc, enum file_state state)
{
	struct chat_give *g = arg;
	(void)a;
	give(g, rc, state);
	give_free(g);
}

static void give_file(struct http_req *req, void *arg)
{
	struct webchat *chat = arg;
	char ref[FILE_REF_MAX];
	struct file_ref f;
	const char *rest = http_rest(req);
	size_t n = strcspn(rest, "/");
	(void)snprintf(ref, sizeof ref, "%.*s", n < sizeof ref ? (int)n : 0, rest);
	if (!chat_file_read(chat->host.secret, ref, rest[n] ? rest + n + 1 : NULL, 1, &f)) {
		http_problem(req, 404, "Not found", "There is no such file.");
		return;
	}
	struct chat_give *g = mem_new(struct chat_give);
	*g = (struct chat_give){ .next = chat->gives, .link = &chat->gives, .chat = chat, .req = req, .file = f };
	if (g->next)
		g->next->link = &g->next;
	chat->gives = g;
	chat->host.file(&chat->base, f.sha256, on_state, g);
}

void chat_files_route(struct webchat *chat)
{
	size_t most = (size_t)chat->config->max_file << 20;
	if (chat->config->max_files > 0) {
		http_route_admit(chat->host.http, "POST", "/chat/files", most, admit_file, take_file, chat);
		http_route(chat->host.http, "OPTIONS", "/chat/files", preflight, chat);
	}
	http_route(chat->host.http, "GET", "/chat/files/*", give_file, chat);
}

/* What is being written on a worker answers its request when that is done; of the rest nobody will hear any more. */
void chat_files_orphan_all(struct webchat *chat)
{
	for (struct chat_upload *u = chat->uploads, *next; u; u = next) {
		next = u->next;
		if (u->noting)
			not_stored(u);
		else
			u->chat = NULL;
	}
	chat->uploads = NULL;
	chat->uploading = 0;
	while (chat->gives) {
		give(chat->gives, E_CLOSED, FILE_HELD);
		give_free(chat->gives);
	}
}
