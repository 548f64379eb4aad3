#include "gateway/store/ticket.h"

#include "gateway/base/clock.h"
#include "gateway/model/ticket.h"
#include "gateway/store/change.h"
#include "gateway/store/ticket_inner.h"
#include "gateway/store/tx.h"

void fill_ticket(struct row *r, void *out)
{
	struct ticket_row *t = out;
	*t = (struct ticket_row){ .id = row_id(r) };
	t->number = row_words(r);
	t->conversation = row_id(r);
	t->channel = row_words(r);
	t->kind = row_words(r);
	t->account = row_words(r);
	t->peer = row_sealed(r, FIELD_TICKET_PEER, t->id);
	t->peer_name = row_sealed(r, FIELD_TICKET_NAME, t->id);
	t->language = row_words(r);
	t->title = row_words(r);
	t->nature = row_words(r);
	t->category = row_words(r);
	t->department = row_words(r);
	t->assignee = row_words(r);
	t->state = row_uint(r);
	t->flags = row_uint(r);
	t->priority = row_uint(r);
	t->rounds = row_uint(r);
	t->bounces = row_uint(r);
	t->opened_at = row_int(r);
	t->due_at = row_int(r);
	t->accepted_at = row_int(r);
	t->dispatched_at = row_int(r);
	t->replied_at = row_int(r);
	t->closed_at = row_int(r);
	t->updated_at = row_int(r);
	t->last_at = row_int(r);
	t->last_text = row_words(r);
	t->last_from = row_words(r);
	t->version = row_int(r);
	t->helpers = row_words(r);
	t->told = row_words(r);
	t->lost_ms = row_int(r);
	t->contacted_at = row_int(r);
	t->result = row_words(r);
	t->region = row_words(r);
	t->transfer = row_words(r);
	t->former = row_words(r);
	t->hotline = row_words(r);
}

int ticket_get(struct tx *tx, uint64_t id, struct ticket_row *t)
{
	return tx_one(tx, STMT_ticket_get, PARAMS(v_id(id)), fill_ticket, t);
}

int ticket_get_number(struct tx *tx, const char *number, struct ticket_row *t)
{
	return tx_one(tx, STMT_ticket_get_number, PARAMS(v_text(number)), fill_ticket, t);
}

/* The row is locked by the update: a serial is given once, however many nodes write. */
static int take_serial(struct tx *tx, int day, unsigned code, int64_t *serial)
{
	const struct db_value v[] = { v_int(day), v_int(code) };
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_serial_next, v, 2, &changed);
	if (rc == 0 && !changed) {
		rc = tx_exec(tx, STMT_serial_first, v, 2, NULL);
		if (rc == 0)
			rc = tx_exec(tx, STMT_serial_next, v, 2, NULL);
	}
	return rc < 0 ? rc : tx_one(tx, STMT_serial_get, v, 2, fill_int, serial);
}

/* A block of its own, given out by the session from one transaction to the next. What it does not use up is never used. */
static int next_of_block(struct tx *tx, struct serial *k, int64_t *serial)
{
	struct session *s = tx->session;
	if (k->last == k->end) {
		bool many = k->size && tx->now - k->taken_at < 1000;
		k->size = many ? k->size * 2 : k->size > 1 ? k->size / 2 : 1;
		if (k->size > SERIAL_BLOCK_MAX)
			k->size = SERIAL_BLOCK_MAX;
		int64_t end = 0;
		int rc = s->ops->apart(s->db, STMT_serial_block, PARAMS(v_int(k->day), v_int(k->code), v_int(k->size)), &end, &tx->err);
		if (rc < 0) {
			s->again = s->again || rc == E_AGAIN;
			return rc;
		}
		if (end - k->size != k->end) /* another node took some between */
			k->from = k->last = end - k->size;
		k->end = end;
		k->taken_at = tx->now;
	}
	*serial = ++k->last;
	return 0;
}

static int next_shared(struct tx *tx, int day, unsigned code, int64_t *serial)
{
	struct serials *known = &tx->session->serials;
	for (size_t i = 0; i < known->n; i++)
		if (known->of[i].day == day && known->of[i].code == code)
			return next_of_block(tx, &known->of[i], serial);
	size_t at = known->n < SERIALS_MAX ? known->n++ : (size_t)(known->turn++ % SERIALS_MAX);
	known->of[at] = (struct serial){ .day = day, .code = code, .last = -1, .end = -1 };
	return next_of_block(tx, &known->of[at], serial);
}

/* With the row locked, the transaction counts on by itself. */
static int next_serial(struct tx *tx, int day, unsigned code, int64_t *serial)
{
	struct serials *known = &tx->session->serials;
	if (tx->session->ops->apart)
		return next_shared(tx, day, code, serial);
	for (size_t i = 0; i < known->n; i++)
		if (known->of[i].day == day && known->of[i].code == code) {
			*serial = ++known->of[i].last;
			return 0;
		}
	int rc = take_serial(tx, day, code, serial);
	if (rc == 0 && known->n < SERIALS_MAX)
		known->of[known->n++] = (struct serial){ .day = day, .code = code, .last = *serial, .stored = *serial };
	return rc;
}

static int next_number(struct tx *tx, struct ticket_row *t, unsigned channel_code)
{
	int64_t serial = 0;
	int day = clock_day(t->opened_at);
	int rc = next_serial(tx, day, channel_code, &serial);
	if (rc < 0)
		return rc;
	if (serial > TICKET_SERIAL_MAX)
		return tx_refuse(tx, E_RANGE, "%d tickets on one day and kind of channel: no number is left", TICKET_SERIAL_MAX);
	char *number = arena_alloc(tx->arena, TICKET_NUMBER_MAX);
	ticket_number(day, channel_code, (unsigned)serial, number);
	t->number = number;
	return 0;
}

#define V_CITIZEN(tx, t) \
	v_sealed(tx, FIELD_TICKET_PEER, (t)->id, (t)->peer ? (t)->peer : ""), \
	v_sealed(tx, FIELD_TICKET_NAME, (t)->id, (t)->peer_name ? (t)->peer_name : "")

/* What nobody has said of it yet reads as it will from the store. */
static void fill_blanks(struct ticket_row *t)
{
	const char **const loop[] = { &t->helpers, &t->told, &t->result, &t->region, &t->transfer, &t->former, &t->hotline };
	for (size_t i = 0; i < sizeof loop / sizeof *loop; i++)
		if (*loop[i] == NULL)
			*loop[i] = "";
}

int ticket_insert(struct tx *tx, struct ticket_row *t, unsigned channel_code)
{
	int rc = next_number(tx, t, channel_code);
	if (rc < 0)
		return rc;
	t->id = tx_id(tx);
	t->version = 1;
	t->updated_at = tx->now;
	fill_blanks(t);
	rc = tx_exec(tx, STMT_ticket_insert, PARAMS(v_id(t->id), v_text(t->number), v_id(t->conversation), v_words(t->channel),
		v_words(t->kind), v_words(t->account), V_CITIZEN(tx, t), v_words(t->language),
		v_words(t->title), v_words(t->nature), v_words(t->category), v_words(t->department), v_words(t->assignee),
		v_int(t->state), v_int(t->flags), v_int(t->priority), v_int(t->rounds), v_int(t->bounces), v_int(t->opened_at),
		v_int(t->due_at), v_int(t->accepted_at), v_int(t->dispatched_at), v_int(t->replied_at), v_int(t->closed_at),
		v_int(t->updated_at), v_int(t->last_at), v_words(t->last_text), v_words(t->last_from), v_int(t->version)), NULL);
	if (rc == 0)
		change_ticket(tx, t);
	return rc;
}

int ticket_update(struct tx *tx, struct ticket_row *t)
{
	int64_t changed = 0;
	int rc = tx_exec(tx, STMT_ticket_update, PARAMS(v_id(t->id), v_words(t->account), V_CITIZEN(tx, t),
		v_words(t->language), v_words(t->title), v_words(t->nature), v_words(t->category),
		v_words(t->department), v_words(t->assignee), v_int(t->state), v_int(t->flags), v_int(t->priority),
		v_int(t->rounds), v_int(t->bounces), v_int(t->due_at), v_int(t->accepted_at), v_int(t->dispatched_at),
		v_int(t->replied_at), v_int(t->closed_at), v_int(tx->now), v_int(t->last_at), v_words(t->last_text),
		v_words(t->last_from), v_int(t->version), v_words(t->helpers), v_words(t->told), v_int(t->lost_ms),
		v_int(t->contacted_at), v_words(t->result), v_words(t->region), v_words(t->transfer), v_words(t->former),
		v_words(t->hotline)), &changed);
	if (rc < 0)
		return rc;
	if (!changed)
		return tx_refuse(tx, E_CONFLICT, "ticket %s was changed by somebody else meanwhile", t->number ? t->number : "");
	t->version++;
	t->updated_at = tx->now;
	change_ticket(tx, t);
	return 0;
}

bool ticket_helped_by(const struct ticket_row *t, const char *department)
{
	size_t n = strlen(department);
	for (const char *at = n ? t->helpers : NULL; at && (at = strstr(at, department)) != NULL; at++)
		if (at > t->helpers && at[-1] == ',' && at[n] == ',')
			return true;
	return false;
}
