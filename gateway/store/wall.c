/* What the supervisors' wall shows: a few counts, each from an index that leaves little to read. */
#include "gateway/store/wall.h"

#include "gateway/base/clock.h"
#include "gateway/model/message.h"
#include "gateway/model/ticket.h"
#include "gateway/store/tx.h"

_Static_assert(TICKET_NEW == 0 && TICKET_REFUSED == 6, "statements.def knows these numbers");

enum { HOUR_MS = 3600 * 1000, ASKED_BEFORE_H = 80 /* a survey is open for 72 hours */ };

static void fill_queue(struct row *r, void *out)
{
	struct wall *w = out;
	w->queue = row_int(r);
	w->oldest = row_int(r);
	for (size_t i = 0; i < WALL_WAITS; i++)
		w->wait[i] = row_int(r);
}

static void fill_response(struct row *r, void *out)
{
	struct wall *w = out;
	w->opened = row_int(r);
	w->taken_up = row_int(r);
}

static void fill_rating(struct row *r, void *out)
{
	struct wall *w = out;
	w->said = row_int(r);
	w->solved = row_int(r);
	w->rated = row_int(r);
	w->satisfied = row_int(r);
}

struct hour {
	int64_t at, count;
};

static void fill_hour(struct row *r, void *out)
{
	struct hour *h = out;
	h->at = row_int(r);
	h->count = row_int(r);
}

static void fill_department(struct row *r, void *out)
{
	struct wall_department *d = out;
	d->code = row_words(r);
	d->open = row_int(r);
	d->overdue = row_int(r);
}

static void fill_channel(struct row *r, void *out)
{
	struct wall_channel *c = out;
	c->name = row_words(r);
	c->opened = row_int(r);
}

static int hours(struct tx *tx, enum stmt s, const struct db_value *v, size_t n, int64_t count[WALL_HOURS])
{
	struct hour *h;
	size_t rows;
	int rc = tx_all(tx, s, v, n, fill_hour, sizeof *h, &h, &rows);
	for (size_t i = 0; rc == 0 && i < rows; i++)
		if (h[i].at >= 0 && h[i].at < WALL_HOURS)
			count[h[i].at] = h[i].count;
	return rc;
}

int wall_load(struct tx *tx, struct wall *w)
{
	int64_t today = clock_day_begin(tx->now);
	*w = (struct wall){ .hours_from = tx->now - tx->now % HOUR_MS - (WALL_HOURS - 1) * (int64_t)HOUR_MS };
	uint64_t floor = id_floor(today), hour_floor = id_floor(w->hours_from);
	int rc = tx_one(tx, STMT_wall_queue, PARAMS(v_int(tx->now)), fill_queue, w);
	if (rc < 0 || (rc = tx_one(tx, STMT_wall_response, PARAMS(v_id(floor), v_int(today)), fill_response, w)) < 0 ||
		(rc = tx_one(tx, STMT_wall_rating, PARAMS(v_id(id_floor(tx->now - ASKED_BEFORE_H * (int64_t)HOUR_MS)), v_int(today),
			v_int(SOLVED_YES)), fill_rating, w)) < 0 ||
		(rc = hours(tx, STMT_wall_opened, PARAMS(v_id(hour_floor), v_int(w->hours_from)), w->opened_in)) < 0 ||
		(rc = hours(tx, STMT_wall_closed, PARAMS(v_int(w->hours_from)), w->closed_in)) < 0 ||
		(rc = tx_all(tx, STMT_wall_departments, PARAMS(v_int(tx->now), v_int(WALL_DEPARTMENTS)), fill_department,
			sizeof *w->department, &w->department, &w->departments)) < 0)
		return rc;
	return tx_all(tx, STMT_wall_channels, PARAMS(v_id(floor), v_int(today)), fill_channel, sizeof *w->channel, &w->channel,
		&w->channels);
}
