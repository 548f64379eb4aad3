/* What the decision's enums are called, in events, metrics, templates and the API. */
#include "gateway/base/err.h"
#include "gateway/model/ticket.h"

static const char *const FLAG[] = { "supervised", "returned", "extended", "emergency", "reopened", "held", "disputed",
	"designated", "extending", "escalated", "immediate", "confidential", "care", "withdrawn", "callback" };
static const char *const OUTCOME[OUTCOMES] = {
	"new", "append", "reopen", "rate", "query", "emergency", "refuse", "hold", "withdraw",
};
static const char *const SAY[SAYS] = {
	NULL, "received", "emergency", "status", "status-none", "status-denied", "reopened", "person", "thanks", "thanks-bad",
	"rate-again", "empty", "survey-closed", "withdrawn", "withdraw-which", "withdraw-unclear",
	"withdraw-danger", "passed-on",
	"guide-what", "guide-where", "guide-when", "guide-photo", "guide-contact", "guide-done",
};
static const char *const REASON[REASONS] = { "none", "empty", "automatic", "survey-unknown", "link-spam", "flood" };

const char *ticket_flag_name(unsigned bit_index)
{
	return bit_index < sizeof FLAG / sizeof *FLAG ? FLAG[bit_index] : NULL;
}

const char *outcome_name(enum outcome o)
{
	must((unsigned)o < OUTCOMES);
	return OUTCOME[o];
}

const char *plan_say_event(enum plan_say s)
{
	must((unsigned)s < SAYS);
	return SAY[s];
}

const char *plan_reason_name(enum plan_reason r)
{
	must((unsigned)r < REASONS);
	return REASON[r];
}
