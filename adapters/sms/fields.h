/* Fields as CMPP, SGIP and SMGP write them: numbers with the most significant octet first, texts of a fixed width filled up
 * with NULs. Reading never passes the end. Pure; any thread. */
#ifndef XQ_SMS_FIELDS_H
#define XQ_SMS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

uint32_t fields_be32(const uint8_t *p);
/* MMDDhhmmss of Beijing as a number: 301000000 on 1 March at midnight. */
uint32_t fields_timestamp(int64_t now);
/* The year that this month (1..12) of an id without one is of, as seen at `now`: around New Year it is not the present one. */
int fields_year(unsigned month, int64_t now);

/* The length at the front of a PDU: 1 and a whole PDU's length; 0: more bytes; -1: below header or above max, and *len
 * says what it was. */
int fields_frame(const uint8_t *p, size_t n, size_t header, size_t max, size_t *len);

/* --- reading: false, or NULL, when the end comes before the field's; it is then as it was --- */
struct fields { const uint8_t *p, *end; };
const uint8_t *fields_get(struct fields *f, size_t n);
bool fields_u8(struct fields *f, uint8_t *v);
bool fields_u32(struct fields *f, uint32_t *v);
bool fields_raw(struct fields *f, void *v, size_t width);
/* v has room for size octets, more than width. What stands behind the first NUL is not kept, and zeros follow the text. */
bool fields_str(struct fields *f, char *v, size_t size, size_t width);

/* --- writing: false when it does not fit --- */
bool fields_put_str(struct buf *out, const char *v, size_t width);
/* Ends the PDU that began at start: writes its length there. false, when it did not fit (ok) or is longer than max:
 * nothing of it is left. */
bool fields_end(struct buf *out, size_t start, bool ok, size_t max);
/* Copies text into a field of this many octets, its NUL included. false: it does not fit, the field is then empty. */
bool fields_set(char *field, size_t size, const char *text);

/* --- for people: " field=…" in one line, whatever the peer wrote --- */
void fields_dump_str(struct buf *out, const char *field, const char *v);
void fields_dump_addr(struct buf *out, const char *field, const char *v); /* masked */
void fields_dump_raw(struct buf *out, const char *field, const uint8_t *p, size_t n);
/* A seed's text: the end of name that fits. */
void fields_seed_str(char *v, size_t width, const char *name);

#endif
