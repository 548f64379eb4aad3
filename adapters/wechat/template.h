/* Template and subscription messages: which of our notices (model/notice.h) goes out as which of the account's templates, and
 * with what in its fields. A line of the configuration says it:
 *
 *   template = reply OPENTM4071 character_string1:{number} thing2:{title} thing3:{text}
 *
 * The first word names the notice, or is * for any that has no line of its own. Pure. Thread: any. */
#ifndef XQ_WECHAT_TEMPLATE_H
#define XQ_WECHAT_TEMPLATE_H

#include <jansson.h>

#include "gateway/base/err.h"
#include "gateway/model/message.h"

enum { TEMPLATE_FIELDS_MAX = 12, TEMPLATE_LINE_MAX = 1000 };

struct template_field { const char *key, *value; };
struct template {
	const char *event, *id; /* event: the notice's name or "*" */
	struct template_field field[TEMPLATE_FIELDS_MAX];
	size_t fields;
	char words[TEMPLATE_LINE_MAX + 1]; /* what the others point into */
};
/* 0, or E_MALFORMED with words that say what would be right. */
int template_read(const char *line, struct template *out, struct err *e);
/* The line for a notice; NULL: none. */
const struct template *template_find(const struct template *n, size_t count, const char *event);
/* {"key":{"value":"…"},…}, each value cut to what its kind of field takes. New reference. */
json_t *template_data(const struct template *t, const struct msg_out *m);

#endif
