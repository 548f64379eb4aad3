/* Events: append-only, a hash chain for each node (chain.h). The chain's head stands in table node, so that events missing at the end
 * are missed too. */
#include "gateway/store/event.h"

#include "gateway/store/chain.h"
#include "gateway/store/event_place.h"

/* Another node may have written of this ticket with a clock that is ahead of ours: what follows gets the greater id. */
static int after_the_others(struct tx *tx, uint64_t ticket)
{
	struct session *s = tx->session;
	uint64_t last = 0;
	if (!s->ops->shared || ticket == 0 || (id_node(ticket) == s->node && ticket > s->head_stored.last_id))
		return 0;
	int rc = tx_one(tx, STMT_event_last_of_ticket, PARAMS(v_id(ticket)), fill_id, &last);
	if (rc == 0 && id_node(last) != s->node && last > s->head.last_id)
		s->head.last_id = id_end_of_ms(last);
	return rc;
}

int event_append(struct tx *tx, uint64_t ticket, const char *kind, const char *actor, const char *data)
{
	struct node_head *h = &tx->session->head;
	uint8_t hash[SHA256_LEN];
	int rc = after_the_others(tx, ticket);
	if (rc < 0)
		return rc;
	struct chain_event v = { .node = tx->session->node, .seq = (uint64_t)h->event_seq + 1, .id = tx_id(tx),
		.at = (uint64_t)tx->now, .ticket = ticket, .text = { chain_text(kind), chain_text(actor), chain_text(data ? data : "{}") } };
	memcpy(hash, h->event_hash, sizeof hash);
	chain_hash(tx->arena, &v, h->said, hash);
	rc = tx_exec(tx, STMT_event_insert, PARAMS(v_id(v.id), v_id(v.node), v_id(v.seq), v_id(v.at), v_id(ticket),
		v_text(kind), v_text(v.text[1].p), v_text(v.text[2].p), v_blob(hash, sizeof hash)), NULL);
	if (rc < 0)
		return rc;
	h->event_seq++;
	memcpy(h->event_hash, hash, sizeof hash);
	return 0;
}

static void fill_event(struct row *r, void *out)
{
	struct event_row *e = out;
	e->id = row_id(r);
	e->node = row_uint(r);
	e->seq = row_int(r);
	e->at = row_int(r);
	e->ticket = row_id(r);
	e->number = row_text(r);
	e->kind = row_words(r);
	e->actor = row_words(r);
	e->data = row_words(r);
}

int event_page(struct tx *tx, uint64_t after, unsigned limit, struct event_row **rows, size_t *n)
{
	return tx_all(tx, STMT_event_page, PARAMS(v_id(after), v_int(limit)), fill_event, sizeof **rows, rows, n);
}

int event_list_ticket(struct tx *tx, uint64_t ticket, struct event_row **rows, size_t *n)
{
	return tx_all(tx, STMT_event_list_ticket, PARAMS(v_id(ticket)), fill_event, sizeof **rows, rows, n);
}

int event_get(struct tx *tx, uint64_t id, struct event_row *row)
{
	return tx_one(tx, STMT_event_get, PARAMS(v_id(id)), fill_event, row);
}
