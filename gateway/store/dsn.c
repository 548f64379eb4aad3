#include "gateway/store/db.h"
#include "gateway/store/store.h"

#include <string.h>

static const struct {
	const char *scheme;
	const struct db_ops *ops;
} backends[] = { { "sqlite:", &db_sqlite }, { "postgresql://", &db_postgres }, { "postgres://", &db_postgres } };

const struct db_ops *db_find(const char *dsn)
{
	for (size_t i = 0; i < sizeof backends / sizeof *backends; i++)
		if (strncmp(dsn, backends[i].scheme, strlen(backends[i].scheme)) == 0)
			return backends[i].ops;
	return NULL;
}

int store_dsn_check(const char *dsn, struct err *e)
{
	const struct db_ops *ops = db_find(dsn);
	const char *secret = strstr(dsn, "//"); /* a password may be behind */
	if (!ops)
		return err_set(e, E_CONFIG, "'%.*s' is no kind of store; sqlite:PATH or postgresql://USER@HOST/DATABASE would be right",
			(int)(secret ? (size_t)(secret - dsn) : strlen(dsn)), dsn);
	return ops->check(dsn, e);
}

int store_reports_check(const char *dsn, const char *reports, struct err *e)
{
	const struct db_ops *of = db_find(dsn), *ops = db_find(reports);
	if (!of || !of->standby || ops != of)
		return err_set(e, E_CONFIG, "reports_store must be the address of a standby of the PostgreSQL that store names; a store in a file has none");
	return ops->check(reports, e);
}

bool store_dsn_unproven(const char *dsn)
{
	const struct db_ops *ops = db_find(dsn);
	return ops && ops->unproven && ops->unproven(dsn);
}

char *store_dsn_resolve(const char *dsn, const char *(*resolve)(const void *, const char *), const void *arg)
{
	const struct db_ops *ops = db_find(dsn);
	if (!ops || ops->shared)
		return mem_strdup(dsn);
	size_t n = strcspn(dsn, ":") + 1;
	return mem_printf("%.*s%s", (int)n, dsn, resolve(arg, dsn + n));
}
