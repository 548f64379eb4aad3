#include "adapters/sms/smgp/status.h"

#include <stdio.h>
#include <stdlib.h>

static const struct { uint32_t status; const char *words; } rows[] = {
	{ 0, "ok" }, { 1, "system busy" }, { 2, "too many connections" }, { 10, "structure of the message" },
	{ 11, "unknown command" }, { 12, "sequence used twice" }, { 20, "address not allowed" },
	{ 21, "client id or secret is wrong" }, { 22, "version is too high" }, { 34, "MsgFormat is wrong" },
	{ 36, "MsgLength is wrong" }, { 37, "expired" }, { 39, "no such route" }, { 43, "ServiceID is wrong" },
	{ 44, "ValidTime is wrong" }, { 45, "AtTime is wrong" }, { 46, "SrcTermID is wrong" }, { 47, "DestTermID is wrong" },
	{ 48, "ChargeTermID is wrong" }, { 49, "SP code is wrong" }, { 58, "no route" }, { 73, "MServiceID is wrong" },
	{ 74, "forbidden hours" }, { 75, "daily quota is used up" }, { 76, "account expired" }
};

const char *smgp_status_words(uint32_t status, char out[SMGP_STATUS_MAX])
{
	const char *words = status >= 30 && status <= 49 ? "a field is wrong"
		: status >= 128 && status <= 255 ? "refused by the carrier's own rule" : "refused";
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].status == status)
			words = rows[i].words;
	snprintf(out, SMGP_STATUS_MAX, "%s (%u)", words, status);
	return out;
}

static bool read_number(const char **at, uint32_t *v)
{
	char *end;
	if (**at < '0' || **at > '9')
		return false;
	unsigned long long n = strtoull(*at, &end, 10);
	*at = end;
	*v = (uint32_t)n;
	return n > 0 && n <= UINT32_MAX;
}

bool smgp_ranges_add(struct smgp_ranges *r, const char *item)
{
	uint32_t from, to;
	if (r->count == SMGP_RANGES_MAX || !read_number(&item, &from))
		return false;
	to = from;
	if (*item == '-' && (item++, !read_number(&item, &to)))
		return false;
	if (*item || to < from)
		return false;
	r->range[r->count].from = from;
	r->range[r->count++].to = to;
	return true;
}

enum submit_answer smgp_status_answer(uint32_t status, const struct smgp_ranges *retry)
{
	if (status == SMGP_OK)
		return SUBMIT_ACCEPTED;
	for (size_t i = 0; i < retry->count; i++)
		if (status >= retry->range[i].from && status <= retry->range[i].to)
			return SUBMIT_THROTTLED;
	return SUBMIT_NEVER;
}
