#include "adapters/sms/smpp/status.h"

#include <stddef.h>
#include <stdio.h>

static const struct row {
	uint32_t status;
	enum submit_answer answer;
	const char *words;
} rows[] = {
	{ ESME_ROK, SUBMIT_ACCEPTED, "ok" },
	{ ESME_RINVMSGLEN, SUBMIT_NEVER, "message length is invalid" },
	{ ESME_RINVCMDLEN, SUBMIT_NEVER, "command length is invalid" },
	{ ESME_RINVCMDID, SUBMIT_NEVER, "command is unknown" },
	{ ESME_RINVBNDSTS, SUBMIT_LATER, "not allowed in this bind state" },
	{ ESME_RALYBND, SUBMIT_LATER, "already bound" },
	{ ESME_RSYSERR, SUBMIT_LATER, "system error" },
	{ 0x0A, SUBMIT_NEVER, "source address is invalid" },
	{ 0x0B, SUBMIT_NEVER, "destination address is invalid" },
	{ ESME_RBINDFAIL, SUBMIT_NEVER, "bind failed" },
	{ ESME_RINVPASWD, SUBMIT_NEVER, "password is wrong" },
	{ ESME_RINVSYSID, SUBMIT_NEVER, "system_id is wrong" },
	{ ESME_RMSGQFUL, SUBMIT_THROTTLED, "message queue is full" },
	{ 0x15, SUBMIT_NEVER, "service type is invalid" },
	{ ESME_RSUBMITFAIL, SUBMIT_LATER, "submit failed" },
	{ 0x48, SUBMIT_NEVER, "source type of number is invalid" },
	{ 0x49, SUBMIT_NEVER, "source numbering plan is invalid" },
	{ 0x50, SUBMIT_NEVER, "destination type of number is invalid" },
	{ 0x51, SUBMIT_NEVER, "destination numbering plan is invalid" },
	{ ESME_RTHROTTLED, SUBMIT_THROTTLED, "throttled" },
	{ ESME_RX_T_APPN, SUBMIT_LATER, "temporary application error" },
	{ ESME_RX_P_APPN, SUBMIT_NEVER, "permanent application error" },
	{ ESME_RX_R_APPN, SUBMIT_NEVER, "rejected" },
	{ 0xFF, SUBMIT_LATER, "unknown error" }
};

static const struct row *find(uint32_t status)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			return &rows[i];
	return NULL;
}

const char *smpp_status_words(uint32_t status, char out[SMPP_STATUS_MAX])
{
	const struct row *r = find(status);
	snprintf(out, SMPP_STATUS_MAX, "%s (0x%02x)", r ? r->words : "refused", status);
	return out;
}

enum submit_answer smpp_status_answer(uint32_t status)
{
	const struct row *r = find(status);
	return r ? r->answer : SUBMIT_NEVER;
}
