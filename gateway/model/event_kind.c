#include "gateway/model/event_kind.h"

#include <string.h>

#include "gateway/model/workflow.h"

/* Beside the steps, each of which is an event of its name. */
static const char *const OF_TICKET[] = {
	"received", "message", "reopened", "rated", "assigned", "merged", "joined", "unmerged", "parted", "split", "split-off",
	"undelivered", "elsewhere", "resent", "complaint", "partial", "liaison", "liaison-undelivered", "reminder", "escalated",
	"order", "unasked", "survey-reminder", "assistant", "queried-by-code", "phone-proven", "citizen-joined", "citizen-parted",
	"file-infected", "core", "reworded", "erased", "unsent",
};
static const char *const OF_NONE[] = {
	"staff-added", "staff-changed", "staff-disabled", "password-changed", "totp-on", "totp-off", "token-created", "token-revoked",
	"duty", "table-edited", "template-edited", "article", "menu-saved", "channel-tested", "secret", "restored", "read",
};
enum { TICKETS = sizeof OF_TICKET / sizeof *OF_TICKET, OTHERS = sizeof OF_NONE / sizeof *OF_NONE };

const char *event_kind(size_t i, bool *of_ticket)
{
	if (of_ticket != NULL)
		*of_ticket = i < STEPS + TICKETS;
	if (i < STEPS)
		return step_name((enum step)i);
	i -= STEPS;
	if (i < TICKETS)
		return OF_TICKET[i];
	i -= TICKETS;
	return i < OTHERS ? OF_NONE[i] : NULL;
}

bool event_kind_of_ticket(const char *name)
{
	bool of_ticket;
	for (size_t i = 0; event_kind(i, &of_ticket) != NULL && of_ticket; i++)
		if (strcmp(event_kind(i, NULL), name) == 0)
			return true;
	return false;
}
