/* Transfer encodings. Base64 as mail has it, both ways. The decoder is ours because GMime's ends at the first '=': here '=' ends a quantum,
 * not the text, and the state runs on across pieces (and across neighbouring encoded words).
 * Thread: any. */
#ifndef XQ_EMAIL_TRANSFER_H
#define XQ_EMAIL_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

struct base64 {
	uint32_t bits;
	unsigned have; /* sextets waiting, 0 to 3 */
};
/* Appends what p decodes to; everything outside the alphabet is skipped; '-' and '_' count as '+' and '/'.
 * Zero-initialise. Bytes left over at the end of input are given by base64_end(). */
void base64_decode(struct base64 *s, const char *p, size_t n, struct buf *out);
void base64_end(struct base64 *s, struct buf *out);
/* Quoted-printable, a piece at a time: a soft break may have blanks behind its '=', and what is no code stays as it is.
 * Zero-initialise; quoted_end() gives what was held back (a '=' at the very end is a soft break). */
struct quoted {
	char held[64];
	unsigned n;
};
void quoted_decode(struct quoted *q, const char *p, size_t n, struct buf *out);
void quoted_end(struct quoted *q, struct buf *out);
/* line: characters a line, each ended by CRLF; 0: one line without an end. */
void base64_encode(const void *p, size_t n, unsigned line, struct buf *out);

#endif
