/* Each upload has a row of its own, whoever else has the same bytes: they go with the last that names them. The row is written
 * after the blob, and what is thrown away is older than the row that goes: so none goes between. */
#include "gateway/flow/upload.h"

#include "gateway/base/log.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/scan.h"
#include "gateway/store/attachment.h"
#include "gateway/store/upload.h"

enum { GRACE_DAYS = 2, AT_ONCE = 50 };
static const int64_t DAY_MS = 24 * 3600 * 1000;

int upload_note(struct tx *tx, const struct flow_words *w, const struct blob_store *blobs, const struct msg_attachment *file,
	struct err *e)
{
	struct attachment_row row = { .name = file->name, .type = file->type, .sha256 = file->sha256, .size = file->size,
		.scan = w->scans ? SCAN_WAITING : SCAN_NONE };
	if (!blob_has(blobs, row.sha256))
		return err_set(e, E_AGAIN, "the file was thrown away as it came again");
	int rc = upload_insert(tx, &row);
	return rc < 0 ? err_set(e, rc, "an uploaded file could not be noted") : 0;
}

/* Its row is looked for first: what takes that away takes the file too, a moment later. */
int upload_there(struct tx *tx, const struct blob_store *blobs, const char *sha256)
{
	unsigned states = 0;
	int rc = attachment_states(tx, sha256, &states);
	return rc < 0 ? rc : states != 0 || blob_has(blobs, sha256);
}

struct upload_job { struct lane *lane; struct arena *arena; struct msg_attachment file; taken_f *done; void *ack; };

static int keep_run(struct tx *tx, void *arg, struct err *e)
{
	struct upload_job *j = arg;
	struct flow *f = j->lane->flow;
	return upload_note(tx, &f->words, f->set.blobs, &j->file, e);
}

static void keep_done(void *arg, int rc, const struct err *e)
{
	struct upload_job *j = arg;
	struct lane *l = j->lane;
	if (rc < 0)
		log_error(l->channel.name, "upload pushed back", "reason=%s", e->words);
	else if (l->flow->scanner)
		scanner_kick(l->flow->scanner);
	host_over(l, j->arena, rc, j->done, j->ack);
}

void upload_keep(struct adapter *a, const struct msg_attachment *file, taken_f *done, void *ack)
{
	struct lane *l = a->host_data;
	struct arena *arena = arena_create(512);
	struct upload_job *j = arena_alloc(arena, sizeof *j);
	*j = (struct upload_job){ .lane = l, .arena = arena, .done = done, .ack = ack, .file = {
		.name = arena_strdup(arena, file->name), .type = arena_strdup(arena, file->type), .sha256 = arena_strdup(arena, file->sha256),
		.size = file->size } };
	l->taking++;
	lane_write(l, keep_run, keep_done, j);
}

/* --- may it be given --- */

struct ask_job { struct lane *lane; struct arena *arena; const char *sha256; unsigned states; file_f *done; void *arg; };

static int ask_run(struct tx *tx, void *arg, struct err *e)
{
	struct ask_job *j = arg;
	int rc = attachment_states(tx, j->sha256, &j->states);
	return rc < 0 ? err_set(e, rc, "what the scanner said could not be read") : 0;
}

static enum file_state state_of(const struct ask_job *j)
{
	if (j->states & 1u << SCAN_INFECTED)
		return FILE_INFECTED;
	if (j->states & (1u << SCAN_CLEAN | 1u << SCAN_NONE) || !j->lane->flow->scanner)
		return FILE_FREE;
	return FILE_HELD;
}

static void ask_done(void *arg, int rc, const struct err *e)
{
	struct ask_job *j = arg;
	struct lane *l = j->lane;
	if (rc < 0)
		log_error(l->channel.name, "file not given", "reason=%s", e->words);
	j->done(l->channel.adapter, j->arg, rc, rc < 0 ? FILE_HELD : state_of(j));
	host_over(l, j->arena, rc, NULL, NULL);
}

void upload_ask(struct adapter *a, const char *sha256, file_f *done, void *arg)
{
	struct lane *l = a->host_data;
	struct arena *arena = arena_create(256);
	struct ask_job *j = arena_alloc(arena, sizeof *j);
	*j = (struct ask_job){ .lane = l, .arena = arena, .sha256 = arena_strdup(arena, sha256), .done = done, .arg = arg };
	l->taking++;
	lane_read(l, ask_run, ask_done, j);
}

/* --- never sent --- */

int upload_forget(struct tx *tx, struct blob_gone **gone, size_t *n, struct err *e)
{
	struct upload_row *u;
	size_t old;
	int rc = upload_old(tx, tx_now(tx) - (UPLOAD_DAYS + GRACE_DAYS) * DAY_MS, AT_ONCE, &u, &old);
	*gone = arena_alloc(tx_arena(tx), AT_ONCE * sizeof **gone);
	*n = 0;
	for (size_t i = 0; rc == 0 && i < old; i++) {
		bool needed;
		rc = upload_drop(tx, u[i].id, u[i].sha256, &needed);
		if (rc == 0 && !needed)
			(*gone)[(*n)++] = blob_gone(u[i].sha256, u[i].at);
	}
	return rc < 0 ? err_set(e, rc, "uploads that were never sent could not be thrown away") : 0;
}
