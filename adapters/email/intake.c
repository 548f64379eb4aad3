#include "adapters/email/intake.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/email/letter.h"
#include "gateway/base/blob.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

struct intake {
	struct adapter *adapter;
	const struct adapter_host *host;
	char *own, *auth_server;
	struct mime_limits limits;
	struct intake_job *jobs; /* oldest first */
	size_t under_way;
};

struct intake_job {
	struct intake *intake; /* NULL after intake_destroy() */
	struct intake_job *next, **link;
	uv_work_t work;
	uv_sem_t worked;       /* the worker is through: nothing of the gateway is touched any more */
	bool working, given;
	struct spool raw;
	struct arena *arena;
	struct letter_in in;
	struct letter letter;
	struct err err;
	int rc;
	intake_done_f *done;
	void *owner; /* with done; NULL both when forgotten */
};

static int keep_blob(void *arg, const void *p, size_t n, char sha256[HEX_SHA256], struct err *e)
{
	return blob_put(arg, p, n, sha256, e);
}

struct intake *intake_create(struct adapter *adapter, const struct adapter_host *host, const char *own,
	const char *auth_server, const struct mime_limits *limits)
{
	struct intake *i = mem_new(struct intake);
	*i = (struct intake){ .adapter = adapter, .host = host, .limits = *limits, .own = mem_strdup(own),
		.auth_server = auth_server ? mem_strdup(auth_server) : NULL };
	return i;
}

static void job_free(struct intake_job *job)
{
	if (job->intake) {
		*job->link = job->next;
		if (job->next)
			job->next->link = job->link;
		job->intake->under_way--;
	}
	spool_fini(&job->raw);
	arena_destroy(&job->arena);
	uv_sem_destroy(&job->worked);
	free(job);
}

static void finish(struct intake_job *job, enum taken taken, const char *reason)
{
	intake_done_f *done = job->done;
	void *owner = job->owner;
	char *words = mem_strdup(reason);
	job_free(job);
	if (done)
		done(owner, taken, words);
	free(words);
}

static void on_taken(struct adapter *adapter, void *ack, enum taken taken, const struct taken_info *info)
{
	(void)adapter;
	finish(ack, taken, info ? info->reason : NULL);
}

static void work(uv_work_t *w)
{
	struct intake_job *job = w->data;
	job->in.raw = spool_bytes(&job->raw, &job->err);
	job->in.n = job->raw.len;
	job->rc = job->in.raw ? letter_read(job->arena, &job->in, &job->letter, &job->err) : E_IO;
	uv_sem_post(&job->worked);
}

static void give(struct intake_job *job)
{
	const struct adapter_host *host = job->intake->host;
	job->given = true;
	if (job->rc < 0) {
		log_error("email", "mail not kept", "channel=%s reason=%s", job->intake->adapter->channel, job->err.words);
		finish(job, TAKEN_RETRY, job->err.words);
	} else if (job->letter.is_receipt)
		host->receipt(job->intake->adapter, &job->letter.receipt, on_taken, job);
	else
		host->take(job->intake->adapter, &job->letter.msg, on_taken, job);
}

/* Workers finish in any order; what a citizen wrote later may not become a ticket before what it is about. */
static void give_mailbox(struct intake *i, const char *mailbox)
{
	char *key = mem_strdup(mailbox); /* the job that lends it may end here */
	struct intake_job *next;
	for (struct intake_job *job = i->jobs; job; job = next) {
		next = job->next;
		if (job->given || !job->in.cursor_key || strcmp(job->in.cursor_key, key) != 0)
			continue;
		if (job->working)
			break;
		give(job);
	}
	free(key);
}

static void worked(uv_work_t *w, int status)
{
	struct intake_job *job = w->data;
	job->working = false;
	if (!job->intake) {
		job_free(job);
		return;
	}
	if (status < 0)
		job->rc = E_CLOSED;
	if (!job->in.cursor_key)
		give(job);
	else
		give_mailbox(job->intake, job->in.cursor_key);
}

struct intake_job *intake_start(struct intake *i, struct intake_mail *mail, intake_done_f *done, void *owner)
{
	struct intake_job *job = mem_new(struct intake_job);
	job->arena = arena_create(16 << 10);
	spool_move(&job->raw, mail->raw);
	job->in = (struct letter_in){ .sender = arena_strdup(job->arena, mail->sender),
		.recipient = arena_strdup(job->arena, mail->recipient),
		.own = arena_strdup(job->arena, i->own), .auth_server = arena_strdup(job->arena, i->auth_server), .cursor_key = arena_strdup(job->arena, mail->cursor_key),
		.cursor_value = arena_strdup(job->arena, mail->cursor_value), .received_at = clock_now(),
		.truncated = mail->truncated,
		.secret = i->host->secret, .keep = { keep_blob, i->host->blobs, i->limits } };
	job->done = done;
	job->owner = owner;
	job->intake = i;
	for (job->link = &i->jobs; *job->link; job->link = &(*job->link)->next)
		;
	*job->link = job;
	i->under_way++;
	job->work.data = job;
	job->working = true;
	must(uv_sem_init(&job->worked, 0) == 0);
	must(uv_queue_work(i->host->loop, &job->work, work, worked) == 0);
	return job;
}

void intake_forget(struct intake_job *job)
{
	job->done = NULL;
	job->owner = NULL;
}

size_t intake_under_way(const struct intake *i)
{
	return i->under_way;
}

void intake_destroy(struct intake **i)
{
	if (!*i)
		return;
	for (struct intake_job *job = (*i)->jobs, *next; job; job = next) {
		next = job->next;
		if (job->working && uv_cancel((uv_req_t *)&job->work) != 0)
			uv_sem_wait(&job->worked);
		bool working = job->working; /* then worked() comes once more and frees it; the host calls nobody after destroy() */
		job->intake = NULL;
		intake_forget(job);
		if (!working)
			job_free(job);
	}
	free((*i)->own);
	free((*i)->auth_server);
	free(*i);
	*i = NULL;
}
