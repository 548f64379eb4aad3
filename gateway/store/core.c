/* What a city's core system calls a ticket. */
#include "gateway/store/core.h"

#include "gateway/store/tx.h"

static void fill_core(struct row *r, void *out)
{
	struct core_row *c = out;
	c->ticket = row_id(r);
	c->number = row_words(r);
	c->state = row_words(r);
	c->seq = row_int(r);
	c->updated_at = row_int(r);
}

int core_get(struct tx *tx, uint64_t ticket, struct core_row *c)
{
	return tx_one(tx, STMT_core_get, PARAMS(v_id(ticket)), fill_core, c);
}

int core_put(struct tx *tx, const struct core_row *c)
{
	return tx_exec(tx, STMT_core_put, PARAMS(v_id(c->ticket), v_words(c->number), v_words(c->state), v_int(c->seq),
		v_int(tx->now)), NULL);
}

int core_list(struct tx *tx, const char *number, uint64_t below, unsigned limit, uint64_t **tickets, size_t *n)
{
	return tx_all(tx, STMT_core_list, PARAMS(v_text(number), v_id(below ? below : INT64_MAX), v_int(limit)), fill_id,
		sizeof **tickets, tickets, n);
}
