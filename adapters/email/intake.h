/* From a spooled mail to the gateway's word: parsing and files on a worker, take() or receipt() on the loop, one
 * answer. Shared by the LMTP listener and the IMAP puller. Thread: the loop. */
#ifndef XQ_EMAIL_INTAKE_H
#define XQ_EMAIL_INTAKE_H

#include "adapters/email/mime.h"
#include "adapters/email/spool.h"
#include "gateway/adapter.h"

struct intake;
struct intake_job;
/* reason: TAKEN_REFUSED's code or the words of a fault; may be NULL. Borrowed for the call. */
typedef void intake_done_f(void *owner, enum taken taken, const char *reason);

struct intake_mail {
	struct spool *raw;      /* moved out */
	const char *sender;     /* as letter.h */
	const char *recipient;
	const char *cursor_key, *cursor_value;
	bool truncated;
};

/* own: our mailbox; auth_server as letter.h; copied. */
struct intake *intake_create(struct adapter *adapter, const struct adapter_host *host, const char *own,
	const char *auth_server, const struct mime_limits *limits);
/* Mails with the same cursor_key go to the gateway in the order they were started. done runs once, later, on the loop,
 * unless the job is forgotten before. */
struct intake_job *intake_start(struct intake *i, struct intake_mail *mail, intake_done_f *done, void *owner);
/* The owner goes away: the mail is still taken, nobody is told. */
void intake_forget(struct intake_job *job);
size_t intake_under_way(const struct intake *i);
/* Waits for workers in the middle of a file; what was not given to the gateway yet is dropped (it was not
 * acknowledged). */
void intake_destroy(struct intake **i);

#endif
