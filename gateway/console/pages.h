/* HTML for the pages that need no script. Thread: the loop. */
#ifndef XQ_CONSOLE_PAGES_H
#define XQ_CONSOLE_PAGES_H

#include <stdbool.h>

#include "gateway/base/buf.h"
#include "gateway/base/http.h"
#include "gateway/base/mem.h"

enum { PAGE_MAX = 128 * 1024 };

/* Language of a page: ?lang=, else what the browser prefers, else Chinese. */
bool page_english(const struct http_req *);
void page_begin(struct buf *b, bool english, const char *title); /* initialises b */
void page_text(struct buf *b, const char *s);                    /* escaped */
/* The link to the other language, the end, and the answer; ends b. */
void page_end(struct http_req *, int status, struct buf *b, bool english);

/* The value of one field of a posted form, decoded, in the arena; NULL when absent or no UTF-8. */
const char *page_field(struct arena *, const char *body, size_t n, const char *name);

#endif
