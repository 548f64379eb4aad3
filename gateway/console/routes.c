#include "gateway/console/call.h"

#define AGENT (1u << ROLE_AGENT)
#define DEPARTMENT (1u << ROLE_DEPARTMENT)
#define LEADS (1u << ROLE_SUPERVISOR | 1u << ROLE_ADMIN)
#define STAFF (AGENT | DEPARTMENT | LEADS)
#define READ false
#define WRITE true

/* Who may call what. A department's people pass here and are bounded to their own tickets by each handler.
 * method, path, roles, scopes, store job, handler, on the loop after it */
static const struct route ROUTES[] = {
	{ "GET", "/api/v1/tickets", STAFF, SCOPE_READ, READ, api_tickets_list, NULL },
	{ "GET", "/api/v1/tickets/{}", STAFF, SCOPE_READ, READ, api_ticket_get, NULL },
	{ "POST", "/api/v1/tickets/{}/replies", STAFF, SCOPE_WRITE, WRITE, api_reply, NULL },
	{ "POST", "/api/v1/tickets/{}/steps", STAFF, SCOPE_WRITE, WRITE, api_step, NULL },
	{ "GET", "/api/v1/tickets/{}/suggestions", STAFF, SCOPE_READ, READ, api_suggestions, NULL },
	{ "POST", "/api/v1/tickets/{}/assign", STAFF, SCOPE_WRITE, WRITE, api_assign, NULL },
	{ "GET", "/api/v1/tickets/{}/history", STAFF, SCOPE_READ, READ, api_history, NULL },
	{ "POST", "/api/v1/tickets/{}/merge", AGENT | LEADS, SCOPE_WRITE, WRITE, api_merge, NULL },
	{ "POST", "/api/v1/tickets/{}/unmerge", AGENT | LEADS, SCOPE_WRITE, WRITE, api_unmerge, NULL },
	{ "POST", "/api/v1/tickets/{}/split", AGENT | LEADS, SCOPE_WRITE, WRITE, api_split, NULL },
	{ "POST", "/api/v1/tickets/{}/citizen", AGENT | LEADS, SCOPE_WRITE, WRITE, api_citizen, NULL },
	{ "GET", "/api/v1/tickets/{}/alike", STAFF, SCOPE_READ, READ, api_alike, NULL },
	{ "GET", "/api/v1/docket/{}", STAFF, SCOPE_READ, READ, api_docket, NULL },
	{ "GET", "/api/v1/events", STAFF, SCOPE_READ, READ, api_events, NULL },
	{ "GET", "/api/v1/files/{}", STAFF, SCOPE_READ, READ, api_file, NULL },
	{ "GET", "/api/v1/messages/{}/raw", STAFF, SCOPE_READ, READ, api_raw, NULL },
	{ "POST", "/console/api/logout", STAFF, 0, WRITE, api_logout, api_logout_after },
	{ "GET", "/console/api/me", STAFF, 0, READ, api_me, api_me_after },
	{ "GET", "/console/api/colleagues", STAFF, 0, READ, api_colleagues, api_colleagues_after },
	{ "POST", "/console/api/duty", STAFF, 0, WRITE, api_duty, api_duty_after },
	{ "POST", "/console/api/views", STAFF, 0, WRITE, api_views, NULL },
	{ "GET", "/console/api/counts", STAFF, 0, READ, api_counts, api_counts_after },
	{ "POST", "/console/api/parts", STAFF, 0, READ, api_parts, NULL },
	{ "GET", "/console/api/wall", LEADS, 0, READ, api_wall, NULL },
	{ "GET", "/console/api/outbox", LEADS, 0, READ, api_outbox, NULL },
	{ "POST", "/console/api/outbox/{}/retry", STAFF, 0, WRITE, api_retry, NULL },
	{ "GET", "/console/api/quarantine", LEADS, 0, READ, api_quarantine, NULL },
	{ "GET", "/console/api/quarantine/{}/raw", LEADS, 0, READ, api_quarantine_raw, NULL },
};

const struct route *console_routes(size_t *n)
{
	*n = sizeof ROUTES / sizeof *ROUTES;
	return ROUTES;
}
