/* Files of a message. Names of what citizens attach, made harmless: what a mail or a browser says is a stranger's word. What a
 * message to a citizen may carry, which is its channel's matter. Pure; thread: any. */
#ifndef XQ_MODEL_ATTACHMENT_H
#define XQ_MODEL_ATTACHMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/model/message.h"

enum { ATTACHMENT_NAME_MAX = 200 }; /* bytes */

/* name: UTF-8 or nearly, may be NULL. out: UTF-8 without path, controls, bidi overrides, leading dots, its ending kept.
 * number: for a name of our own ("附件-1") when nothing is left. */
void attachment_name(const char *name, unsigned number, char out[ATTACHMENT_NAME_MAX + 1]);

/* Is it a mail, by type or name? Its header shows addresses, and one of ours what its reader alone was told. Its own bytes may look like
 * anything, and a program that encloses one need not say what it is. */
bool attachment_is_mail(const char *type, const char *name);

/* Types of files that people send each other, as a list of the configuration has them. */
#define ATTACHMENT_TYPES \
	"image/jpeg, image/png, image/gif, image/webp, image/heic, image/bmp, video/mp4, audio/mpeg, audio/amr, audio/wav, " \
	"application/pdf, text/plain, application/msword, application/vnd.ms-excel, application/vnd.ms-works, " \
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document, " \
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
/* Is it in such a list? */
bool attachment_listed(const char *types, const char *type);

struct attachment_limits {
	unsigned count;     /* files of one message; 0: it carries none */
	uint64_t each, all; /* bytes of one, and of all together */
	const char *types;  /* such a list */
	bool apart;         /* each goes as a message of its own behind the text, and counts as one of its parts */
};
enum { ATTACHMENT_OUT_MAX = 9, ATTACHMENT_OUT_BYTES = 20 << 20 /* each */ }; /* no channel's limits are above these */
/* 0, or E_RANGE with words that begin with "files:" and say what would be right. */
int attachment_allowed(const struct attachment_limits *l, const struct msg_attachment *a, size_t n, struct err *e);

#endif
