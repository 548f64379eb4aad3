#include "gateway/console/api.h"

#define AGENT (1u << ROLE_AGENT)
#define DEPARTMENT (1u << ROLE_DEPARTMENT)
#define LEADS (1u << ROLE_SUPERVISOR | 1u << ROLE_ADMIN)
#define STAFF (AGENT | DEPARTMENT | LEADS)
#define ADMIN (1u << ROLE_ADMIN)

static const struct route ROUTES[] = {
#define AFTER(f) , .after = f
#define WORK(f) , .work = f
#define ROUTE(method_, path_, roles_, scopes_, job_, run_) { .method = method_, .path = path_, .roles = roles_, .scopes = scopes_, \
	.job = ROUTE_##job_, .run = run_ },
#include "gateway/console/routes.def"
#undef ROUTE
#undef WORK
#undef AFTER
};

const struct route *console_routes(size_t *n)
{
	*n = sizeof ROUTES / sizeof *ROUTES;
	return ROUTES;
}
