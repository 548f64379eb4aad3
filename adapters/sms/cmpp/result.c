#include "adapters/sms/cmpp/result.h"

#include <stdio.h>

const char *cmpp_result_words(uint32_t result, char out[CMPP_RESULT_MAX])
{
	static const char *const words[] = { "ok", "message structure is wrong", "command is wrong", "duplicate sequence",
		"message length is wrong", "fee code is wrong", "longer than allowed", "service code is wrong", "flow control",
		"charged number is not served here", "Src_Id is wrong", "Msg_src is wrong", "Fee_terminal_Id is wrong",
		"Dest_terminal_Id is wrong" };
	(void)snprintf(out, CMPP_RESULT_MAX, "%s (%u)", result < sizeof words / sizeof words[0] ? words[result] : "refused",
		result);
	return out;
}

enum submit_answer cmpp_result_answer(uint32_t result)
{
	return result == CMPP_OK ? SUBMIT_ACCEPTED : result == CMPP_FLOW_CONTROL ? SUBMIT_THROTTLED : SUBMIT_NEVER;
}
