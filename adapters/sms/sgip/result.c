#include "adapters/sms/sgip/result.h"

#include <stdio.h>

static const char *const words[] = {
	[0] = "ok", [1] = "login name or password is wrong", [2] = "bound already", [3] = "too many connections",
	[4] = "login type is wrong", [5] = "a parameter is wrong", [6] = "the number is wrong", [7] = "the message id is wrong",
	[8] = "the length is wrong", [9] = "the sequence is wrong", [10] = "GNS refuses", [11] = "the node is busy",
	[13] = "the service code is not assigned", [14] = "the fee type is wrong", [17] = "the LinkID does not match",
	[18] = "not subscribed", [21] = "unreachable", [22] = "wrong route", [23] = "no route", [24] = "the charged number is wrong",
	[25] = "the user cannot be reached", [26] = "the handset's memory is full", [27] = "the handset takes no messages",
	[28] = "the handset failed to receive", [29] = "unknown user", [30] = "no such function", [31] = "illegal device",
	[32] = "system failure", [33] = "the SMSC's queue is full"
};

const char *sgip_result_words(uint8_t result, char out[SGIP_RESULT_MAX])
{
	const char *w = result < sizeof words / sizeof words[0] ? words[result] : NULL;
	(void)snprintf(out, SGIP_RESULT_MAX, "%s (%u)", w ? w : "refused", result);
	return out;
}

enum submit_answer sgip_result_answer(uint8_t result)
{
	return result == SGIP_OK ? SUBMIT_ACCEPTED : result == SGIP_BUSY ? SUBMIT_THROTTLED : SUBMIT_NEVER;
}
