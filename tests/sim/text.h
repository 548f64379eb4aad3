/* What a telephone does with text: choosing an alphabet, cutting, joining. Written from 3GPP TS 23.038 and 23.040 for
 * the simulator alone, so that it cannot share a mistake with the gateway. Pure. */
#ifndef XQ_SIM_TEXT_H
#define XQ_SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"

enum { SIM_DCS_DEFAULT = 0, SIM_DCS_ASCII = 1, SIM_DCS_UCS2 = 8, SIM_PARTS_MAX = 255 };
enum { SIM_CODING_ASCII = 0, SIM_CODING_UCS2 = 8 }; /* of CMPP, SGIP and SMGP */

/* One short message on the wire: with a header when total > 1. */
struct sim_piece { const uint8_t *p; size_t n; };
/* Codes and cuts. piece[] points into wire (headers included); *dcs: data_coding. Returns how many; 0: too long. */
unsigned sim_cut(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX], uint8_t *dcs);
/* The same in UCS-2 whatever the text is. */
unsigned sim_cut_ucs2(const char *text, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX]);
/* As China's carriers code it: ASCII while one message of ascii_max holds it, else UCS-2. A piece may point into text. */
unsigned sim_cut_ascii_or_ucs2(const char *text, size_t ascii_max, uint8_t ref, struct buf *wire, struct sim_piece piece[SIM_PARTS_MAX],
	uint8_t *coding);
/* Appends the octets as UTF-8; what cannot be read becomes '?' (default alphabet) or U+FFFD. */
void sim_read(uint8_t dcs, const uint8_t *p, size_t n, struct buf *text);

struct sim_header { size_t len; unsigned ref, total, index; }; /* total 1: a whole message */
bool sim_header(const uint8_t *p, size_t n, struct sim_header *h);

#endif
