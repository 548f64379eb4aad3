#include <string.h>

#include "gateway/console/api.h"

#define AGENT (1u << ROLE_AGENT)
#define DEPARTMENT (1u << ROLE_DEPARTMENT)
#define LEADS (1u << ROLE_SUPERVISOR | 1u << ROLE_ADMIN)
#define STAFF (AGENT | DEPARTMENT | LEADS)
#define ADMIN (1u << ROLE_ADMIN)

static const struct route ROUTES[] = {
#define AFTER(f) , .after = f
#define WORK(f) , .work = f
#define SECRET , .secret = true
#define ROUTE(method_, path_, roles_, scopes_, job_, run_) { .method = method_, .path = path_, .roles = roles_, .scopes = scopes_, \
	.job = ROUTE_##job_, .run = run_ },
#include "gateway/console/routes.def"
#undef ROUTE
#undef SECRET
#undef WORK
#undef AFTER
};

const struct route *console_routes(size_t *n)
{
	*n = sizeof ROUTES / sizeof *ROUTES;
	return ROUTES;
}

/* Whether path fits a route's; the {} segments go into param (parts of path, made in a). */
static bool path_fits(const char *pattern, const char *path, const char **param, struct arena *a)
{
	unsigned n = 0;
	for (;;) {
		size_t want = strcspn(pattern, "/"), have = strcspn(path, "/");
		if (want == 2 && strncmp(pattern, "{}", 2) == 0) {
			if (have == 0)
				return false;
			must(n < CALL_PARAMS);
			param[n++] = arena_strndup(a, path, have);
		} else if (want != have || strncmp(pattern, path, have) != 0) {
			return false;
		}
		pattern += want;
		path += have;
		if (*pattern != *path)
			return false;
		if (*pattern++ == '\0')
			return true;
		path++;
	}
}

const struct route *route_find(const char *method, const char *path, const char **param, struct arena *a,
	const char **allow)
{
	size_t n;
	const struct route *table = console_routes(&n);
	*allow = "";
	for (size_t i = 0; i < n; i++) {
		if (!path_fits(table[i].path, path, param, a))
			continue;
		if (strcmp(table[i].method, method) == 0 || (strcmp(table[i].method, "GET") == 0 && strcmp(method, "HEAD") == 0))
			return &table[i];
		*allow = arena_printf(a, "%s%s%s", *allow, **allow ? ", " : "", table[i].method);
	}
	return NULL;
}
