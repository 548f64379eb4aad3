/* A mail as its writer laid it out, for staff to look at: the HTML part with nothing in it that acts. Whoever shows it must
 * still put it into a frame of its own that runs and fetches nothing (a content security policy): this is the first of two
 * walls, not the only one.
 *
 *   gone with all they hold: what is not said in the text either (html.h): scripts, objects, links to styles, meta, base
 *   gone, what they hold stays: forms and their fields, frames, drawings, what plays
 *   gone from every element: on…, srcdoc, srcset, action, formaction, ping, and addresses other than http, https, mailto, #
 *   pictures the mail carries itself ("cid:") stand in the page as data; those elsewhere stay addresses
 * Thread: any one at a time per mail, after mime_init(). */
#ifndef XQ_EMAIL_RICH_H
#define XQ_EMAIL_RICH_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"

enum { RICH_HTML_MAX = 2 << 20, RICH_PICTURE_MAX = 2 << 20, RICH_PICTURES = 32, RICH_PICTURES_MAX = 16 << 20 /* in one page */ };

/* false: there is no HTML in it, it could not be read to its end, or something is said beside it, so that the text has more;
 * then nothing was appended. */
bool rich_html(const void *raw, size_t n, struct buf *out);

#endif
