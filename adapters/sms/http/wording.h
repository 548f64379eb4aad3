/* How a notice of ours becomes a template of the provider's: one value of the key `template` each.
 *
 * template = received SMS_100001 number={number} due={due}      names, where the provider's variables have names
 * template = closed@en 1110 {number} {url}                      in order, where they have numbers
 * template = * SMS_100009 content={text:60}                     whatever has no row of its own
 *
 * {field} is what stands in the notice (gateway/model/notice.h), {field:N} at most N characters of it, the last one
 * then an ellipsis; {text} of a notice without such a field is its whole text without the signature in 【】. Pure;
 * strings live in the arena passed in. */
#ifndef XQ_SMS_HTTP_WORDING_H
#define XQ_SMS_HTTP_WORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/config.h"
#include "gateway/base/err.h"
#include "gateway/base/mem.h"
#include "gateway/model/message.h"

enum { WORDING_VALUES_MAX = 20, WORDINGS_MAX = 100 };

struct wording {
	const char *event, *language, *template_id; /* event "*": any; language "": any */
	const char *name[WORDING_VALUES_MAX];       /* "" where they are in order */
	const char *value[WORDING_VALUES_MAX];      /* with its placeholders */
	size_t values;
};
struct wordings { struct wording row[WORDINGS_MAX]; size_t count; };

/* One value of the key. E_CONFIG and words that say what would be right. named: each value needs NAME=. */
int wording_read(const char *item, bool named, struct arena *a, struct wording *out, struct err *e);
/* All of them. E_CONFIG: the place of the first wrong one is count. */
int wordings_read(const struct config_list *items, bool named, struct arena *a, struct wordings *out, struct err *e);
/* The row for this notice in this language: its own language first, then any, then "*", then that of the notice which
 * stands in for it (notice.h); NULL: none. */
const struct wording *wording_find(const struct wordings *w, const char *event, const char *language);

struct filled {
	const char *template_id;
	const char *name[WORDING_VALUES_MAX], *value[WORDING_VALUES_MAX];
	size_t values;
};
void wording_fill(const struct wording *w, const struct msg_out *m, struct arena *a, struct filled *out);

#endif
