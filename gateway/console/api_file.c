/* Files: POST /api/v1/files?ticket=NUMBER&name=NAME with the bytes as the body gives a reference (file_ref.h), and an answer names
 * it; GET /api/v1/files/ID gives one out. A reference is good for that one ticket, and each use checks the rights anew. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/media.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/flow/steps.h"
#include "gateway/flow/upload.h"
#include "gateway/model/file_ref.h"
#include "gateway/store/attachment.h"
#include "gateway/store/ticket.h"

/* --- into an answer --- */

/* The purpose a reference is signed for. */
static const char *purpose(struct arena *a, const char *number)
{
	return arena_printf(a, "answer's file %s", number);
}

int work_file_put(struct call *c, struct err *e)
{
	size_t n;
	const void *body = http_body(c->req, &n);
	attachment_name(c->query[Q_NAME], 1, c->upload.name);
	(void)snprintf(c->upload.type, sizeof c->upload.type, "%s", media_type(body, n, c->upload.name, NULL));
	c->upload.size = n;
	if (n == 0)
		return err_set(e, E_RANGE, "the file is empty");
	if (!attachment_listed(ATTACHMENT_TYPES, c->upload.type))
		return err_set(e, E_RANGE, "files of this type (%s) are not taken", c->upload.type);
	return blob_put(c->console->set.blobs, body, n, c->upload.sha256, e);
}

/* What the ticket's channel would not carry is said now, not when the answer is sent. */
static int file_take(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t;
	char ref[FILE_REF_MAX];
	const struct file_ref *f = &c->upload;
	const struct msg_attachment a = { f->name, f->type, f->sha256, f->size };
	c->param[0] = c->query[Q_TICKET];
	if (c->param[0] == NULL)
		return err_set(e, E_RANGE, "ticket: say in which ticket's answer it is to go");
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0)
		return rc;
	const struct channel_trait *trait = flow_trait(flow_words(c->console->set.flow), t.channel);
	if (trait == NULL)
		return err_set(e, E_CONFLICT, "the channel '%s' is not configured any more", t.channel);
	if ((rc = attachment_allowed(&trait->caps.files, &a, 1, e)) < 0)
		return rc;
	file_ref_write(flow_words(c->console->set.flow)->secret, purpose(c->arena, t.number), &a, ref);
	c->status = 201;
	c->answer = json_pack("{s:s, s:s, s:s, s:I}", "file", ref, "name", f->name, "type", f->type, "size", (json_int_t)f->size);
	must(c->answer != NULL);
	return 0;
}

/* It is on disk already: what is refused is noted too, and goes with what is never sent. */
int api_file_put(struct call *c, struct tx *tx, struct err *e)
{
	const struct file_ref *f = &c->upload;
	int rc = upload_note(tx, flow_words(c->console->set.flow), c->console->set.blobs,
		&(struct msg_attachment){ f->name, f->type, f->sha256, f->size }, e);
	if (rc == 0)
		c->refused.rc = file_take(c, tx, &c->refused.why);
	return rc;
}

static int still_there(const struct call *c, struct tx *tx, const char *sha256, unsigned number, struct err *e)
{
	int rc = upload_there(tx, c->console->set.blobs, sha256);
	if (rc < 0)
		return err_set(e, rc, "a file could not be looked for");
	return rc ? 0 : err_rule(e, E_RANGE, "file-gone", "files: number %u was uploaded long ago, was not sent and is thrown away: upload it again", number);
}

int reply_files(const struct call *c, struct tx *tx, struct step_request *q, struct err *e)
{
	int rc;
	const json_t *list = json_object_get(c->body, "files");
	size_t n = json_array_size(list);
	if (list != NULL && !json_is_null(list) && !json_is_array(list))
		return err_set(e, E_MALFORMED, "files: a list is wanted, as [{\"file\":\"…\",\"name\":\"photo.jpg\"}]");
	if (n > ATTACHMENT_OUT_MAX)
		return err_set(e, E_RANGE, "files: at most %d", ATTACHMENT_OUT_MAX);
	struct file_ref *f = arena_alloc(c->arena, (n + 1) * sizeof *f);
	struct msg_attachment *a = arena_alloc(c->arena, (n + 1) * sizeof *a);
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(list, i);
		const char *ref = json_string_value(json_object_get(item, "file")), *name = json_string_value(json_object_get(item, "name"));
		if (ref == NULL || !file_ref_read(flow_words(c->console->set.flow)->secret, purpose(c->arena, c->param[0]), ref, name,
			(unsigned)i + 1, &f[i]))
			return err_set(e, E_RANGE, "files: number %u is not a file that was uploaded for this ticket", (unsigned)i + 1);
		if ((rc = still_there(c, tx, f[i].sha256, (unsigned)i + 1, e)) < 0)
			return rc;
		a[i] = (struct msg_attachment){ f[i].name, f[i].type, f[i].sha256, f[i].size };
	}
	q->file = a;
	q->files = n;
	return 0;
}

/* --- given out --- */

int file_held(const struct attachment_row *a, struct err *e)
{
	if (a->scan == SCAN_WAITING)
		return err_set(e, E_CONFLICT, "the file is held until it has been scanned: try again in a minute");
	if (a->scan == SCAN_INFECTED)
		return err_set(e, E_DENIED, "the file is infected (%s) and is not given out", a->scan_words);
	return 0;
}

/* A mail, as whole as its structure could not be read or enclosed in another, is to be had by whom a raw one is. The chain, which is never
 * erased, has its id: its name is the citizen's. */
static int mail_allowed(struct call *c, const struct ticket_row *t, const struct attachment_row *a, struct err *e)
{
	if (!attachment_is_mail(a->type, a->name))
		return 0;
	if (!who_sees_citizen(&c->who, t))
		return err_set(e, E_DENIED, "the file is a mail and shows the citizen's address: you may not see it");
	call_shown(c, "file", arena_printf(c->arena, "%s-%" PRIu64, t->number, a->id));
	return 0;
}

int api_file(struct call *c, struct tx *tx, struct err *e)
{
	struct attachment_row a;
	struct ticket_row t;
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = attachment_get(tx, id, &a);
	if (rc == 0)
		rc = ticket_get(tx, a.ticket, &t);
	if (rc == 0 && !who_sees(&c->who, &t))
		rc = E_NOTFOUND;
	if (rc < 0)
		return err_set(e, rc, "there is no such file");
	if ((rc = file_held(&a, e)) < 0 || (rc = mail_allowed(c, &t, &a, e)) < 0)
		return rc;
	if ((c->file.fd = blob_fd(c->console->set.blobs, a.sha256, &c->file.size, e)) < 0)
		return c->file.fd;
	c->file.type = a.type;
	c->file.name = a.name;
	return 0;
}
