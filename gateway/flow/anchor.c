/* Writes now and then where the event chain stands into a file outside the database (store/anchor.h): read on the loop's timer,
 * appended on a worker. */
#include <openssl/crypto.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/flow/chore.h"
#include "gateway/flow/internal.h"
#include "gateway/store/anchor.h"

enum { FIRST_MS = 5000, HEADS_MAX = 1024 };

struct anchorer {
	struct chore chore;     /* first */
	struct metric *failing;
	char *path;             /* what the worker needs is its own: it may outlive the flow */
	struct secret secret;
	struct anchor_file file;
	bool read, fresh;       /* the file was, on the worker, once; there was none */
	size_t told;            /* of the file's lines, before the worker's last */
	struct anchor head[HEADS_MAX];
	size_t heads;
};

static void anchor_fini(struct chore *c)
{
	struct anchorer *x = (struct anchorer *)c;
	anchor_file_fini(&x->file);
	free(x->path);
	OPENSSL_cleanse(&x->secret, sizeof x->secret);
}

static int append(struct chore *c, struct err *e)
{
	struct anchorer *x = (struct anchorer *)c;
	int rc = x->read ? 0 : anchor_file_read(&x->file, x->path, &x->secret, e);
	x->fresh = rc == E_NOTFOUND;
	if (x->fresh)
		rc = 0;
	x->read = rc == 0;
	x->told = x->file.n;
	if (rc == 0)
		rc = anchor_file_append(&x->file, x->path, &x->secret, x->head, x->heads, e);
	if (rc < 0) { /* what is in the file now is not known here */
		anchor_file_fini(&x->file);
		x->read = false;
	}
	return rc;
}

/* Into the log, too, as the file has it: logs are sent to other machines. */
static void tell(const struct anchorer *x)
{
	if (x->fresh)
		log_warn("audit", "a file of anchors was begun: there was none", "file=%s", x->path);
	struct arena *a = arena_create(1024);
	for (size_t i = x->told; i < x->file.n; i++)
		log_info("audit", "the event chain was anchored", "line=%s", anchor_line(a, &x->file.of[i]));
	arena_destroy(&a);
}

static int heads_run(struct tx *tx, void *arg, struct err *e)
{
	struct anchorer *x = arg;
	struct anchor *a;
	int rc = anchor_heads(tx, &a, &x->heads);
	if (rc < 0)
		return err_set(e, rc, "the chain's heads could not be read");
	x->heads = x->heads < HEADS_MAX ? x->heads : HEADS_MAX;
	if (x->heads)
		memcpy(x->head, a, x->heads * sizeof *a);
	return 0;
}

static int64_t anchor_done(struct chore *c, int rc, const struct err *e)
{
	metric_set(((struct anchorer *)c)->failing, rc < 0);
	if (rc < 0)
		log_error("audit", "the event chain could not be anchored", "reason=%s", e->words);
	else
		tell((const struct anchorer *)c);
	return (int64_t)c->flow->set.anchor_minutes * 60 * 1000;
}

struct chore *anchorer_create(struct flow *f)
{
	static const struct chore_kind kind = { .first_ms = FIRST_MS, .run = heads_run, .work = append, .done = anchor_done,
		.fini = anchor_fini };
	if (f->set.anchor_file == NULL)
		return NULL;
	struct anchorer *x = mem_new(struct anchorer);
	chore_init(&x->chore, &kind, f, false);
	x->path = mem_strdup(f->set.anchor_file);
	x->secret = *f->set.secret;
	x->failing = metric_gauge("xinqiao_anchor_failing", "", "1: the event chain could not be anchored");
	return &x->chore;
}
