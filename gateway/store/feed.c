#include "gateway/store/feed.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gateway/base/clock.h"
#include "gateway/store/change.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"

static void note(struct buf *b, char kind, uint64_t id)
{
	(void)buf_addf(b, "%s%c%" PRIu64, b->len ? " " : "", kind, id);
}

void feed_note(struct session *s, const struct change *c, size_t n)
{
	for (size_t i = 0; s->ops->nodes && i < n; i++)
		switch (c[i].kind) {
		case CHANGE_TICKET:
			note(&s->feed, 't', c[i].ticket->id);
			break;
		case CHANGE_MESSAGE:
			note(&s->feed, c[i].queued ? 'q' : 'm', c[i].message->id);
			break;
		case CHANGE_OUT_STATE:
			note(&s->feed, 'o', c[i].message->id);
			break;
		case CHANGE_SURVEY:
			note(&s->feed, 's', c[i].ticket->id);
			break;
		}
}

int feed_put(struct session *s, struct err *e)
{
	if (!s->feed.len)
		return 0;
	int rc = s->ops->exec(s->db, STMT_feed_put, PARAMS(v_int(s->node), v_int(clock_now()), v_text(s->name),
		v_text(buf_str(&s->feed))), NULL, NULL, NULL, e);
	if (rc == 0)
		s->ops->nodes->tell(s->db, s->name);
	return rc;
}

/* --- back --- */

static int read_ticket(struct tx *tx, char kind, uint64_t id)
{
	struct ticket_row t;
	int rc = ticket_get(tx, id, &t);
	if (rc == 0)
		(kind == 't' ? change_ticket : change_survey_of)(tx, &t);
	return rc;
}

static int read_message(struct tx *tx, char kind, uint64_t id)
{
	struct message_row m;
	struct ticket_row t;
	int rc = message_get(tx, id, &m);
	if (rc < 0)
		return rc;
	if (kind == 'o') {
		change_out_state(tx, &m, NULL);
		return 0;
	}
	rc = m.ticket ? ticket_get(tx, m.ticket, &t) : E_NOTFOUND;
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	change_message(tx, &m, rc == 0 ? &t : NULL);
	if (kind == 'q')
		change_queued(tx, m.id);
	return 0;
}

int feed_read(struct tx *tx, const char *changes)
{
	size_t before = tx->changes;
	for (const char *p = changes; *p;) {
		char *end, kind = *p;
		uint64_t id = strtoull(p + 1, &end, 10);
		int rc = kind == 't' || kind == 's' ? read_ticket(tx, kind, id) : read_message(tx, kind, id);
		if (rc < 0 && rc != E_NOTFOUND)
			return rc;
		p = *end == ' ' && end > p ? end + 1 : end > p + 1 ? end : p + 1;
	}
	for (size_t i = before; i < tx->changes; i++)
		tx->change[i].elsewhere = true;
	return 0;
}

int feed_last(struct tx *tx, unsigned node, int64_t *seq)
{
	return tx_one(tx, STMT_feed_last, PARAMS(v_int(node)), fill_int, seq);
}

static void fill_feed(struct row *r, void *out)
{
	struct feed_row *f = out;
	f->seq = row_int(r);
	f->origin = row_words(r);
	f->changes = row_words(r);
}

int feed_after(struct tx *tx, unsigned node, int64_t seq, struct feed_row **rows, size_t *n)
{
	return tx_all(tx, STMT_feed_after, PARAMS(v_int(node), v_int(seq), v_int(FEED_ROWS_MAX)), fill_feed, sizeof **rows, rows, n);
}

int shared_prune(struct tx *tx)
{
	enum { MARK_KEEP_MS = 24 * 3600 * 1000 };
	if (!tx->session->ops->shared)
		return 0;
	int rc = tx_exec(tx, STMT_feed_drop, PARAMS(v_int(tx->now - FEED_KEEP_MS)), NULL);
	return rc < 0 ? rc : marks_drop(tx, tx->now - MARK_KEEP_MS);
}
