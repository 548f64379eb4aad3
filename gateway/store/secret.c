/* The gateway's secret, as the store knows it: a mark made with it stands in the store, so that another file, or none, is found at the
 * start and not by the citizens whose codes and links would mean nothing any more. */
#include <stdio.h>

#include "gateway/store/kept.h"
#include "gateway/store/nodes.h"
#include "gateway/store/threads.h"

enum { MARK_CHARS = 32 };
static const char SPACE[] = "secret", KEY[] = "check", PURPOSE[] = "store", TEXT[] = "xinqiao";
#define HINT "; `xinqiao rekey --secret` goes on with the one that is there, or makes one: then no chat, survey link, query code and answered mail of before is known any more"

static int remember(struct tx *tx, const struct secret *s, struct err *e)
{
	char mark[MARK_CHARS + sizeof TEXT + 1];
	mark_sign(s, PURPOSE, TEXT, MARK_CHARS, mark, sizeof mark);
	int rc = kept_put(tx, SPACE, KEY, mark);
	return rc < 0 ? err_set(e, rc, "the store could not be told of its secret: %s", tx->err.words) : 0;
}

static int make(struct secret *s, const char *path, struct err *e)
{
	int rc = secret_make(s, path, e);
	return rc == E_EXISTS ? secret_load(s, path, e) : rc; /* somebody else was faster */
}

/* there: the file. */
static int agree(struct tx *tx, struct store *st, bool *there, struct err *e)
{
	const struct store_config *c = &st->config;
	const char *mark;
	int rc = kept_get(tx, SPACE, KEY, &mark);
	bool known = rc == 0;
	if (rc < 0 && rc != E_NOTFOUND)
		return err_set(e, rc, "the mark of the store's secret could not be read");
	if (known && !c->secret_anew && !*there)
		return err_set(e, E_CONFIG, "there is no secret_file %s, and the store knows one: put it back, or a copy of it from another node" HINT, c->secret_file);
	if (known && !c->secret_anew)
		return mark_check(&st->secret, PURPOSE, mark, MARK_CHARS) > 0 ? 0 : err_set(e, E_CONFIG,
			"%s is not the secret that the store knows: put the right file back" HINT, c->secret_file);
	if (!c->exclusive)
		return 0;
	rc = *there ? 0 : make(&st->secret, c->secret_file, e);
	*there = rc == 0;
	return rc < 0 ? rc : remember(tx, &st->secret, e);
}

int secret_open(struct store *st, struct err *e)
{
	struct session *s = &st->writer;
	struct tx tx;
	int rc = secret_load(&st->secret, st->config.secret_file, e);
	bool there = rc == 0;
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	if (st->config.secret_anew && (rc = nodes_nobody(s->ops, s->db, "is to have another secret", e)) < 0)
		return rc;
	struct arena *a = arena_create(4096);
	if ((rc = s->ops->begin(s->db, DB_SCHEMA, e)) == 0) { /* two nodes that start at once do not both make one */
		tx_init(&tx, s, a, true);
		rc = agree(&tx, st, &there, e);
		if (rc == 0)
			rc = s->ops->commit(s->db, e);
		if (rc < 0)
			s->ops->rollback(s->db);
	}
	arena_destroy(&a);
	st->has_secret = rc == 0 && there;
	return rc;
}

const struct secret *store_secret(const struct store *st)
{
	return st->has_secret ? &st->secret : NULL;
}
