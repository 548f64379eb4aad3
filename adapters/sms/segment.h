/* Long texts as short messages: choosing the alphabet, cutting into parts, the user data header (UDH) that joins them,
 * and joining what citizens send. Pure; any thread.
 *
 * Sources: 3GPP TS 23.040 section 9.2.3.24 (UDH; element 0: 8-bit reference, element 8: 16-bit reference). A part holds
 * 140 octets, 6 of them UDH: 153 septets or 67 UTF-16 units. */
#ifndef XQ_SMS_SEGMENT_H
#define XQ_SMS_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/sms/coding.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/model/message.h"

enum { SEGMENT_UDH_LEN = 6 };

/* Units a message and a part may hold: septets when the text fits the default alphabet, else UTF-16 units. */
struct segment_limits {
	unsigned narrow_single, narrow_part, wide_single, wide_part;
};
extern const struct segment_limits segment_limits_gsm; /* 160 153 70 67 */

/* One outgoing text, coded and cut: part i (from 0) is bytes.data[cut[i]] up to cut[i + 1]. */
struct segments {
	enum coding coding;
	struct buf bytes;
	unsigned parts;
	uint32_t cut[MSG_PARTS_MAX + 1];
};
/* Codes in `narrow` (CODING_GSM, LATIN1, ASCII or GB) when every character is in both that and the GSM alphabet,
 * since a telephone gets nothing else in septets, and takes one octet there; otherwise in UCS-2. Never cuts a
 * surrogate pair or an escape pair. An empty text makes one empty part. E_RANGE: more than MSG_PARTS_MAX parts. segments_fini() in any case. */
int segments_init(struct segments *s, const char *text, enum coding narrow, const struct segment_limits *limits);
void segments_fini(struct segments *s);
/* How many parts this text makes with segment_limits_gsm; MSG_PARTS_MAX + 1 when too many. Allocates nothing. */
unsigned segment_count(const char *text);
/* The same as segments_init() would cut with these. */
unsigned segment_count_as(const char *text, enum coding narrow, const struct segment_limits *limits);

/* The header 05 00 03 ref total index. */
void segment_udh(uint8_t out[SEGMENT_UDH_LEN], uint8_t ref, unsigned total, unsigned index);

struct udh {
	size_t len;   /* of the whole header, its length octet included */
	bool wide;    /* the reference has 16 bits */
	unsigned ref;
	unsigned total, index; /* total 0: the message is no part of a longer one */
	uint8_t shift, locking; /* tables of a national language, for characters behind an escape and for all others; 0: the default ones */
};
/* Reads the header at the front of user data. 1; -1: it runs past the end. A joining element that breaks its own rules
 * (index 0, index above total) is ignored, as the standard asks. */
int udh_read(const uint8_t *p, size_t n, struct udh *u);

/* The octets behind this header are septets of a national language's table (3GPP TS 23.038 annex A), which are not read here: by the
 * default one they would be other words. */
bool udh_is_foreign(const struct udh *u, enum coding c, const uint8_t *p, size_t n);

/* adapter_ops.join for every carrier protocol: msg_part.coding is an enum coding. Neighbours of one coding are joined
 * before they are decoded, so a character that a telephone cut in two is whole again. false: past text's cap. */
bool segment_join(const struct msg_part *part, size_t n, struct buf *text);

#endif
