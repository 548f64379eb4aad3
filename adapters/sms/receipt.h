/* Delivery receipts: the text form, the states and the spellings of message ids. Pure; any thread.
 *
 * SMPP 3.4 appendix B calls the text form vendor specific. Read here: any order, any case, blanks around ':' or '=',
 * "submit date" or "submit_date", dates of 10 or 12 digits, missing fields, anything behind "text:". */
#ifndef XQ_SMS_RECEIPT_H
#define XQ_SMS_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/model/message.h"

enum { RECEIPT_ID_MAX = 66, RECEIPT_STAT_MAX = 16, RECEIPT_ERR_MAX = 16, RECEIPT_REASON_MAX = 48 };

struct receipt_text {
	char id[RECEIPT_ID_MAX];     /* "" when missing */
	char stat[RECEIPT_STAT_MAX]; /* as sent */
	char err[RECEIPT_ERR_MAX];
	int64_t done_at;             /* Beijing time taken; 0 when missing or no date */
};
/* false: there is neither an id nor a stat, so it is no receipt. */
bool receipt_read(const char *text, size_t n, struct receipt_text *out);

/* YYMMDDhhmm, with or without seconds, in Beijing time; 0: none of these. What follows the digits does not matter. */
int64_t receipt_date(const char *digits);

/* DELIVRD, EXPIRED, UNDELIV, …: what the carrier's word means. Words of one network ("MA:0001") are failures. */
enum out_state receipt_state(const char *stat);
/* message_state of SMPP (5.2.28), 0..8; *stat: the word for it. */
enum out_state receipt_state_of_number(unsigned message_state, const char **stat);
/* "UNDELIV err 045"; "" for a delivery. */
void receipt_reason(enum out_state state, const char *stat, const char *err, char out[RECEIPT_REASON_MAX]);

/* In which notation the ids of a link come. One id gets one spelling on both sides: lower case; in the numeric modes
 * decimal without leading zeros. What does not fit its mode stays as it is, in lower case. */
enum receipt_ids { IDS_RAW, IDS_RESP_HEX, IDS_RECEIPT_HEX };
void receipt_id(enum receipt_ids mode, bool from_receipt, const char *id, char out[RECEIPT_ID_MAX]);

#endif
