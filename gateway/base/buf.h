/* A growing byte buffer with a cap given at birth: whatever a peer may make grow has a limit from the start.
 * Always followed by a NUL that is not counted, so text in it can be used as a C string.
 * Thread: one at a time. */
#ifndef XQ_BASE_BUF_H
#define XQ_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

struct buf {
	uint8_t *data; /* owned; NULL until something is added */
	size_t len;
	size_t size;
	size_t cap;     /* len never passes this */
	bool overflow;  /* sticky: something did not fit and was left out whole */
};

void buf_init(struct buf *b, size_t cap);
void buf_fini(struct buf *b);
void buf_clear(struct buf *b); /* keeps the memory, clears overflow */
/* Each add returns false and sets overflow when the cap would be passed; then nothing of that call was added. */
bool buf_add(struct buf *b, const void *p, size_t n);
bool buf_adds(struct buf *b, const char *s);
bool buf_addc(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *fmt, ...) XQ_PRINTF(2, 3);
bool buf_vaddf(struct buf *b, const char *fmt, va_list ap);
bool buf_u8(struct buf *b, uint8_t v);
bool buf_u16(struct buf *b, uint16_t v); /* big-endian, as all the carrier protocols want it */
bool buf_u32(struct buf *b, uint32_t v);
uint8_t *buf_room(struct buf *b, size_t n); /* n writable bytes behind len, NULL past the cap; then buf_grew() */
void buf_grew(struct buf *b, size_t n);
void buf_drop(struct buf *b, size_t n);     /* removes n bytes from the front */
const char *buf_str(const struct buf *b);   /* "" when empty */
char *buf_take_str(struct buf *b);          /* ownership moves to the caller; the buffer is empty again */

#endif
