/* The email channel: mail comes in by LMTP, by IMAP or both, and goes out by SMTP. The channel is off until at least
 * one of lmtp_listen, imap_url, smtp_url is set.
 *
 *   lmtp.h ──┐                                                     ┌── compose.h (the mail we write)
 *            ├── intake.h ── letter.h ── mime.h …, thread.h        smtp.h
 *   imap.h ──┘   (worker)    automatic.h, quote.h, dsn.h */
#ifndef XQ_EMAIL_EMAIL_H
#define XQ_EMAIL_EMAIL_H

#include "gateway/adapter.h"

extern const struct adapter_ops email_adapter;

/* The port lmtp_listen got, or 0: for who asked for port 0. */
int email_lmtp_port(const struct adapter *a);

#endif
