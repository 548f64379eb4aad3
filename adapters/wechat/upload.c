#include "adapters/wechat/upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/blob_load.h"
#include "gateway/base/mem.h"
#include "gateway/model/attachment.h"

enum { MEDIA_ID_MAX = 200 };

struct upload {
	struct api *api;
	const struct msg_out *m;
	bool wecom, asking;
	struct blob_load *load;
	struct buf bytes[ATTACHMENT_OUT_MAX];
	char media[ATTACHMENT_OUT_MAX][MEDIA_ID_MAX + 1];
	size_t n;                /* uploaded */
	void (*done)(void *, const struct api_answer *);
	void *arg;
};

const char *upload_media(const struct upload *u, size_t i)
{
	return u->media[i];
}

const char *upload_kind(bool wecom, const struct msg_attachment *a)
{
	if (!wecom || strcmp(a->type, "image/jpeg") == 0 || strcmp(a->type, "image/png") == 0)
		return "image";
	return strcmp(a->type, "video/mp4") == 0 ? "video" : "file";
}

static void next(struct upload *u);

static void on_uploaded(void *arg, const struct api_answer *a)
{
	struct upload *u = arg;
	const char *id = json_string_value(json_object_get(a->json, "media_id"));
	u->asking = false;
	if (a->fate == FATE_OK && id && strlen(id) <= MEDIA_ID_MAX) {
		(void)snprintf(u->media[u->n++], sizeof *u->media, "%s", id);
		next(u);
		return;
	}
	struct api_answer failed = *a;
	if (a->fate == FATE_LOST) /* it may be there: nobody has seen it */
		failed.fate = FATE_UNREACHED;
	if (a->fate == FATE_OK) {
		failed.fate = FATE_BUSY;
		failed.words = "the platform took the file and named no media_id";
	}
	u->done(u->arg, &failed);
}

static void next(struct upload *u)
{
	char query[40];
	if (u->n == u->m->attachment_count) {
		u->done(u->arg, NULL);
		return;
	}
	const struct msg_attachment *a = &u->m->attachment[u->n];
	const struct buf *b = &u->bytes[u->n];
	(void)snprintf(query, sizeof query, "type=%s", upload_kind(u->wecom, a));
	u->asking = true;
	api_upload(u->api, "/cgi-bin/media/upload", query, &(struct api_file){ a->name, a->type, b->data, b->len }, on_uploaded, u);
}

static void on_loaded(void *arg, int rc, const char *words)
{
	struct upload *u = arg;
	u->load = NULL;
	if (rc == 0)
		next(u);
	else
		u->done(u->arg, &(struct api_answer){ .fate = rc == E_NOTFOUND ? FATE_NEVER : FATE_UNREACHED, .words = words, .type = "" });
}

struct upload *upload_start(struct api *a, const struct adapter_host *host, bool wecom, const struct msg_out *m,
	void (*done)(void *arg, const struct api_answer *failed), void *arg)
{
	struct upload *u = mem_new(struct upload);
	const char *sha256[ATTACHMENT_OUT_MAX];
	must(m->attachment_count <= ATTACHMENT_OUT_MAX);
	*u = (struct upload){ .api = a, .m = m, .wecom = wecom, .done = done, .arg = arg };
	for (size_t i = 0; i < m->attachment_count; i++) {
		sha256[i] = m->attachment[i].sha256;
		buf_init(&u->bytes[i], ATTACHMENT_OUT_BYTES);
	}
	u->load = blob_load_start(host->loop, host->blobs, sha256, u->bytes, m->attachment_count, NULL, on_loaded, u);
	return u;
}

bool upload_reading(const struct upload *u)
{
	return u->load != NULL;
}

void upload_destroy(struct upload **up)
{
	struct upload *u = *up;
	if (!u)
		return;
	*up = NULL;
	blob_load_cancel(&u->load);
	must(!u->asking); /* api_destroy() has ended it, and told */
	for (size_t i = 0; i < u->m->attachment_count; i++)
		buf_fini(&u->bytes[i]);
	free(u);
}
