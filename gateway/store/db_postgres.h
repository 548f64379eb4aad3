/* Inside the store's room: a connection of the PostgreSQL backend, for its own files and its suite. */
#ifndef XQ_STORE_DB_POSTGRES_H
#define XQ_STORE_DB_POSTGRES_H

#include "gateway/base/buf.h"
#include "gateway/store/db.h"
#include "gateway/store/pg_statement.h"

/* First keys of this program's advisory locks; the second is a node, nothing, or a duty. */
enum { PG_LOCK_WRITE = 0x58510001, PG_LOCK_ALIVE = DB_LOCK_ALIVE, PG_LOCK_SCHEMA = 0x58510003, PG_LOCK_DUTY = 0x58510004 };

struct db {
	struct pg_link link, beside;   /* beside: for what is done apart; connected when first used */
	struct pg_statements known, known_beside;
	uint64_t connected;            /* of the link, when `known` was filled */
	uint64_t listens;              /* connected, when it began to listen */
	unsigned node;
	enum db_mode mode;             /* of the open transaction */
	bool open, saved, lone;        /* lone: this node is ours, and taken again after each connecting */
	struct buf load;               /* rows on their way to COPY */
	bool loading;                  /* COPY has begun */
	char *told;                    /* sent when the open transaction is committed; owned */
};

extern const struct db_nodes db_postgres_nodes;
extern const struct db_standby db_postgres_standby;
extern const struct db_target db_postgres_target;
/* Connected, again where needed. */
int db_postgres_up(struct db *d, struct err *e);

#endif
