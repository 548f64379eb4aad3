/* What a browser fetches from the web chat: /chat, /widget.js, /widget/words/<language> and /widget/<file>.
 *
 * /widget.js is one file put together at start from the readable sources in the www folder: settings, style
 * sheet, then the scripts in the order of a list in pages.c, inside one function so that nothing of it is visible to the
 * embedding site. Its words come in the one language that is wanted. All is kept in memory plain and gzipped.
 * Thread: the loop. */
#ifndef XQ_WEBCHAT_PAGES_H
#define XQ_WEBCHAT_PAGES_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/base/http.h"

enum { CHAT_SOURCE_MAX = 256 * 1024 }; /* bytes of one source file */

struct chat_page_settings {
	const char *folder;     /* where the sources are */
	const char *name;       /* of the hotline, as citizens know it */
	const char *greeting;   /* or NULL: the widget's own words */
	const char *language;   /* of citizens who do not say theirs: "zh-CN" or "en" */
	unsigned max_text;
	unsigned max_files;     /* of one message; 0: none at all */
	size_t max_file;        /* bytes */
	bool phones;            /* a mobile number can be proven */
	const char *public_url;
	const char *const *origin; /* sites that may show /chat in a frame */
	size_t origins;
};

struct chat_pages;
/* E_IO when a source is missing, E_MALFORMED when the strings are no JSON. */
int chat_pages_create(struct chat_pages **, const struct chat_page_settings *, struct err *e);
void chat_pages_destroy(struct chat_pages **);
/* Registers the routes; the pages must live as long as the server serves. */
void chat_pages_route(struct chat_pages *, struct http_server *);
const char *chat_pages_script(const struct chat_pages *, size_t *n, size_t *gzipped);

#endif
