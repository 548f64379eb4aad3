#include "gateway/console/call.h"

#define AGENT (1u << ROLE_AGENT)
#define DEPARTMENT (1u << ROLE_DEPARTMENT)
#define LEADS (1u << ROLE_SUPERVISOR | 1u << ROLE_ADMIN)
#define STAFF (AGENT | DEPARTMENT | LEADS)
#define ADMIN (1u << ROLE_ADMIN)
#define READ ROUTE_READ
#define WRITE ROUTE_WRITE

/* Who may call what. A department's people pass here and are bounded to their own tickets by each handler.
 * method, path, roles, scopes, store job, handler, on the loop after it, on a worker before it */
static const struct route ROUTES[] = {
	{ "GET", "/api/v1/tickets", STAFF, SCOPE_READ, READ, api_tickets_list, NULL, NULL },
	{ "GET", "/api/v1/tickets/{}", STAFF, SCOPE_READ, READ, api_ticket_get, NULL, NULL },
	{ "POST", "/api/v1/tickets/{}/replies", STAFF, SCOPE_WRITE, WRITE, api_reply, api_reply_after, NULL },
	{ "POST", "/api/v1/files", STAFF, SCOPE_WRITE, READ, api_file_put, NULL, work_file_put },
	{ "POST", "/api/v1/tickets/{}/steps", STAFF, SCOPE_WRITE, WRITE, api_step, api_step_after, NULL },
	{ "POST", "/api/v1/tickets/{}/core", 0, SCOPE_WRITE, WRITE, api_core, NULL, NULL },
	{ "GET", "/api/v1/tickets/{}/suggestions", STAFF, SCOPE_READ, READ, api_suggestions, NULL, NULL },
	{ "POST", "/api/v1/tickets/{}/assign", STAFF, SCOPE_WRITE, WRITE, api_assign, NULL, NULL },
	{ "GET", "/api/v1/tickets/{}/history", STAFF, SCOPE_READ, READ, api_history, NULL, NULL },
	{ "POST", "/api/v1/tickets/{}/merge", AGENT | LEADS, SCOPE_WRITE, WRITE, api_merge, NULL, NULL },
	{ "POST", "/api/v1/tickets/{}/unmerge", AGENT | LEADS, SCOPE_WRITE, WRITE, api_unmerge, NULL, NULL },
	{ "POST", "/api/v1/tickets/{}/split", AGENT | LEADS, SCOPE_WRITE, WRITE, api_split, NULL, NULL },
	{ "POST", "/api/v1/tickets/{}/citizen", AGENT | LEADS, SCOPE_WRITE, WRITE, api_citizen, NULL, NULL },
	{ "GET", "/api/v1/tickets/{}/alike", STAFF, SCOPE_READ, READ, api_alike, NULL, NULL },
	{ "GET", "/api/v1/docket/{}", STAFF, SCOPE_READ, READ, api_docket, NULL, NULL },
	{ "GET", "/api/v1/articles", STAFF, SCOPE_READ, READ, api_articles_list, NULL, NULL },
	{ "POST", "/api/v1/articles", STAFF, SCOPE_WRITE, WRITE, api_article_new, NULL, NULL },
	{ "GET", "/api/v1/articles/{}", STAFF, SCOPE_READ, READ, api_article_get, NULL, NULL },
	{ "POST", "/api/v1/articles/{}/steps", STAFF, SCOPE_WRITE, WRITE, api_article_step, NULL, NULL },
	{ "POST", "/api/v1/articles/{}/faults", STAFF, SCOPE_WRITE, WRITE, api_article_fault, NULL, NULL },
	{ "POST", "/api/v1/articles/{}/faults/{}", STAFF, SCOPE_WRITE, WRITE, api_article_fault_close, NULL, NULL },
	{ "GET", "/api/v1/reports/rates", LEADS, SCOPE_REPORTS, ROUTE_REPORT, api_reports_rates, NULL, NULL },
	{ "GET", "/api/v1/reports/topics", LEADS, SCOPE_REPORTS, ROUTE_REPORT, api_reports_topics, NULL, NULL },
	{ "GET", "/api/v1/events", STAFF, SCOPE_READ, READ, api_events, NULL, NULL },
	{ "GET", "/api/v1/messages/{}/page", STAFF, SCOPE_READ, READ, api_message_page, NULL, NULL },
	{ "GET", "/api/v1/files/{}", STAFF, SCOPE_READ, READ, api_file, NULL, NULL },
	{ "GET", "/api/v1/messages/{}/raw", STAFF, SCOPE_READ, READ, api_raw, NULL, NULL },
	{ "POST", "/console/api/logout", STAFF, 0, WRITE, api_logout, api_logout_after, NULL },
	{ "GET", "/console/api/me", STAFF, 0, READ, api_me, api_me_after, NULL },
	{ "GET", "/console/api/colleagues", STAFF, 0, READ, api_colleagues, api_colleagues_after, NULL },
	{ "POST", "/console/api/held/{}/undo", STAFF, 0, WRITE, api_held_undo, api_held_after, NULL },
	{ "POST", "/console/api/held/{}/send", STAFF, 0, WRITE, api_held_send, api_held_after, NULL },
	{ "GET", "/console/api/drafts", STAFF, 0, READ, api_drafts, NULL, NULL },
	{ "POST", "/console/api/tickets/{}/draft", STAFF, 0, WRITE, api_draft_put, api_draft_after, NULL },
	{ "POST", "/console/api/duty", STAFF, 0, WRITE, api_duty, api_duty_after, NULL },
	{ "POST", "/console/api/hand-over", LEADS, 0, WRITE, api_hand_over, NULL, NULL },
	{ "POST", "/console/api/views", STAFF, 0, WRITE, api_views, NULL, NULL },
	{ "GET", "/console/api/counts", STAFF, 0, READ, api_counts, api_counts_after, NULL },
	{ "POST", "/console/api/parts", STAFF, 0, READ, api_parts, NULL, NULL },
	{ "POST", "/console/api/password", STAFF, 0, WRITE, api_password, NULL, work_password },
	{ "POST", "/console/api/totp", STAFF, 0, WRITE, api_totp, NULL, NULL },
	{ "POST", "/console/api/sessions", STAFF, 0, WRITE, api_sessions, api_sessions_after, NULL },
	{ "GET", "/console/api/staff", ADMIN, 0, READ, api_staff_list, NULL, NULL },
	{ "POST", "/console/api/staff", ADMIN, 0, WRITE, api_staff_put, api_staff_after, work_password },
	{ "GET", "/console/api/tables", ADMIN, 0, READ, api_tables, NULL, NULL },
	{ "POST", "/console/api/tables", ADMIN, 0, WRITE, api_table_put, NULL, work_table_put },
	{ "POST", "/console/api/deadline", ADMIN, 0, READ, api_deadline, NULL, NULL },
	{ "GET", "/console/api/templates", ADMIN, 0, READ, api_templates, NULL, NULL },
	{ "POST", "/console/api/templates", ADMIN, 0, WRITE, api_template_put, NULL, work_template_put },
	{ "POST", "/console/api/preview", ADMIN, 0, READ, api_preview, NULL, work_preview },
	{ "GET", "/console/api/channels", LEADS, 0, READ, api_channels, api_channels_after, NULL },
	{ "POST", "/console/api/channels/{}/test", ADMIN, 0, WRITE, api_channel_test, NULL, NULL },
	{ "GET", "/console/api/channels/{}/menu", ADMIN, 0, READ, api_menu, api_menu_after, NULL },
	{ "POST", "/console/api/channels/{}/menu", ADMIN, 0, WRITE, api_menu, api_menu_after, NULL },
	{ "GET", "/console/api/sent/{}", LEADS, 0, READ, api_sent, NULL, NULL },
	{ "GET", "/console/api/wall", LEADS, 0, READ, api_wall, NULL, NULL },
	{ "GET", "/console/api/outbox", LEADS, 0, READ, api_outbox, NULL, NULL },
	{ "POST", "/console/api/outbox/{}/retry", STAFF, 0, WRITE, api_retry, NULL, NULL },
	{ "GET", "/console/api/forwards", LEADS, 0, READ, api_forwards, NULL, NULL },
	{ "POST", "/console/api/forwards/{}/retry/{}", ADMIN, 0, WRITE, api_forward_retry, NULL, NULL },
	{ "GET", "/console/api/quarantine", LEADS, 0, READ, api_quarantine, NULL, NULL },
	{ "GET", "/console/api/quarantine/{}/raw", LEADS, 0, READ, api_quarantine_raw, NULL, NULL },
};

const struct route *console_routes(size_t *n)
{
	*n = sizeof ROUTES / sizeof *ROUTES;
	return ROUTES;
}
