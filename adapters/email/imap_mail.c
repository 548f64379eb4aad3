#include "adapters/email/imap_mail.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/log.h"

void imap_mail_init(struct imap_mail *m)
{
	*m = (struct imap_mail){ .uid = 0 };
	spool_init(&m->spool);
}

void imap_mail_drop(struct imap_mail *m)
{
	spool_fini(&m->spool);
	imap_mail_init(m);
}

void imap_mail_ask(struct imap_mail *m, uint32_t uid)
{
	imap_mail_drop(m);
	m->uid = uid;
}

bool imap_mail_literal(struct imap_mail *m, const char *line)
{
	if (line[0] != '*' || !strcasestr(line, "BODY[]"))
		return false;
	/* Only the mail that was asked for, if its number stands before the text. */
	const char *uid = strcasestr(line, "(UID ");
	if (uid && strtoul(uid + 5, NULL, 10) != m->uid)
		return true; /* read and thrown away: not arriving */
	m->arriving = !m->arrived;
	return true;
}

void imap_mail_bytes(struct imap_mail *m, const void *p, size_t n, size_t max)
{
	struct err e;
	if (!m->arriving || m->failed || m->truncated)
		return;
	if (m->spool.len + n > max) {
		n = max - m->spool.len;
		m->truncated = true;
	}
	if (n > 0 && spool_add(&m->spool, p, n, &e) < 0) {
		log_error("email", "mail could not be spooled", "reason=%s", e.words);
		m->failed = true;
	}
}

void imap_mail_line(struct imap_mail *m)
{
	m->arrived |= m->arriving;
	m->arriving = false;
}
