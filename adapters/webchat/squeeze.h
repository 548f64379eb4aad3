/* Makes our own script and style sheet smaller for the wire: comments and needless white space go, nothing else changes.
 * Not for foreign code: what it does not expect (a regular expression after `return` or a name, nested templates, a statement
 * that a line's end ends, an empty one before a brace) our sources do not use. Pure. */
#ifndef XQ_WEBCHAT_SQUEEZE_H
#define XQ_WEBCHAT_SQUEEZE_H

#include "gateway/base/buf.h"

void squeeze_script(const char *source, struct buf *out); /* appends */
void squeeze_style(const char *source, struct buf *out);

#endif
