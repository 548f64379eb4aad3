#include "gateway/store/migrate.h"

#include <poll.h>

#include "gateway/base/log.h"
#include "gateway/store/schema/schema.h"
#include "gateway/store/tx.h"

enum { TRIES_MAX = 60, AGAIN_MS = 200 };

struct version_arg {
	const struct db_ops *ops;
	unsigned version;
};

static int on_version(struct db_row *r, void *p)
{
	struct version_arg *a = p;
	a->version = (unsigned)a->ops->col_int(r, 0); /* no row: MAX is NULL, read as 0 */
	return 0;
}

static int version_get(struct session *s, unsigned *version, struct err *e)
{
	struct version_arg a = { .ops = s->ops };
	int rc = s->ops->exec(s->db, STMT_schema_create, NO_PARAMS, NULL, NULL, NULL, e);
	if (rc == 0)
		rc = s->ops->exec(s->db, STMT_schema_get, NO_PARAMS, on_version, &a, NULL, e);
	*version = a.version;
	return rc;
}

/* Each version in the transaction that also records it; whoever else opens the store meanwhile waits here. */
static int step(struct session *s, bool *done, struct err *e)
{
	unsigned version = 0, newest = schema_newest();
	int rc = s->ops->begin(s->db, DB_SCHEMA, e);
	if (rc < 0)
		return rc;
	if ((rc = version_get(s, &version, e)) == 0 && version > newest)
		rc = err_set(e, E_UNSUPPORTED, "the store was written by a newer version of this program (schema %u; this one knows"
			" schemas up to %u): use the newer version, or restore a backup from before", version, newest);
	*done = rc == 0 && version == newest;
	if (rc == 0 && !*done) {
		rc = s->ops->script(s->db, schema_script(version + 1, s->ops->shared), e);
		if (rc == 0)
			rc = s->ops->exec(s->db, STMT_schema_put, PARAMS(v_int(version + 1)), NULL, NULL, NULL, e);
	}
	if (rc == 0)
		rc = s->ops->commit(s->db, e);
	if (rc < 0)
		s->ops->rollback(s->db);
	return rc;
}

/* The other nodes go on writing meanwhile: where they hold one table and want the next, and this one the other way round, one
 * has to give way. */
int migrate(struct session *s, struct err *e)
{
	bool done = false;
	int rc = 0;
	for (int tries = 0; rc == 0 && !done;) {
		rc = step(s, &done, e);
		if (rc != E_AGAIN || ++tries == TRIES_MAX)
			continue;
		log_info("store", "the schema could not be changed yet: trying again", "reason=%s", e->words);
		(void)poll(NULL, 0, AGAIN_MS);
		rc = 0;
	}
	return rc;
}
