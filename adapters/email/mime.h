/* A raw mail as what the gateway needs of it. GMime finds the structure; header decisions, charsets, base64 and limits
 * are ours (charset.h, words.h, transfer.h, limits.h say why). Whatever is wrong with a mail, what can be read of it is
 * read: a mail that holds anything gives a text, a subject or a file.
 * Thread: any one at a time per mail; mime_init() once before any thread. */
#ifndef XQ_EMAIL_MIME_H
#define XQ_EMAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/email/charset.h"
#include "adapters/email/dsn.h"
#include "adapters/email/header.h"
#include "gateway/base/crypto.h"
#include "gateway/base/err.h"
#include "gateway/model/message.h"

/* Where decoded files go (blob_put in the gateway). 0, or a negative E_*: then mime_read fails with it. */
struct mime_limits {
	unsigned files;     /* of one mail; 0 of any of these: as many as MSG_ATTACHMENTS_MAX and the mail's own size allow */
	size_t file, total; /* bytes of one, and of all together */
};
struct mime_keep {
	int (*keep)(void *arg, const void *p, size_t n, char sha256[HEX_SHA256], struct err *e);
	void *arg;
	struct mime_limits limits;
};

struct mime {
	struct headers headers;
	const char *from;      /* addr-spec as written, "" when there is none */
	const char *from_name; /* or NULL */
	const char *subject;   /* or NULL */
	int64_t sent_at;       /* the Date field in ms, 0 when there is none */
	const char *text;      /* the readable text, quotation and all; lines ended by LF; never NULL */
	long quote_hint;       /* where the text's HTML marked a quotation, or -1 */
	const struct msg_attachment *file;
	size_t files;
	bool cut;              /* the text was more than its cap; the raw mail has all */
	unsigned left_out;     /* files over the limits: only the raw mail has them */
	struct dsn dsn;
	const char *limit;     /* fixed words: why the structure was not read; or NULL */
};

void mime_init(void);
/* Which characters a mail is likely to mean where it does not say, by how it begins. */
enum charset_hint mime_hint(const char *p, size_t n);
/* p stays borrowed by *m, as does the arena. 0, or what keep() said. */
int mime_read(struct arena *a, const char *p, size_t n, const struct mime_keep *keep, struct mime *m, struct err *e)
	XQ_MUST_CHECK;

#endif
