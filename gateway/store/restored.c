#include "gateway/store/restored.h"

#include <stdio.h>

#include "gateway/base/log.h"
#include "gateway/model/ticket.h"
#include "gateway/store/drafts.h"
#include "gateway/store/event.h"
#include "gateway/store/kept.h"
#include "gateway/store/nodes.h"
#include "gateway/store/outbox_inner.h"

enum { KINDS_END = 100, KIND_STEP = 10, DAYS_MAX = 60, SEQ_AHEAD = 100000, DRAFTS_AT_ONCE = 100 };
#define DAY_MS (24 * 3600 * 1000LL)
static const char WHY[] = "it waited when the copy was made that this store goes on from: it may have been sent since";

/* How many numbers were given since the copy nobody knows: half of those that were left are passed over, so that there is always
 * room for one more restore of the same day. Of each day since: a ticket that is split off has a number of the day its words came. */
static int numbers_skip(struct tx *tx, const char *taken)
{
	int64_t from;
	int rc = 0;
	if (clock_parse(taken, &from) < 0 || from > tx->now || from < tx->now - DAYS_MAX * DAY_MS)
		from = tx->now - DAYS_MAX * DAY_MS;
	for (int64_t at = clock_day_begin(from); rc == 0 && at <= tx->now; at += DAY_MS)
		for (int code = 0; rc == 0 && code < KINDS_END; code += KIND_STEP)
			rc = tx_exec(tx, STMT_serial_skip, PARAMS(v_int(clock_day(at)), v_int(code), v_int(TICKET_SERIAL_MAX)), NULL);
	return rc;
}

/* What could still be taken back has perhaps been said since: that is for its writer to know. */
static int held_replies_back(struct tx *tx)
{
	struct held_row *h;
	const char *text, *files;
	int64_t rev;
	size_t n;
	int rc;
	while ((rc = held_due(tx, INT64_MAX, DRAFTS_AT_ONCE, &h, &n)) == 0 && n > 0)
		for (size_t i = 0; i < n; i++)
			if ((rc = held_take(tx, h[i].id)) < 0 || (rc = held_back(tx, &h[i], &text, &files, &rev)) < 0)
				return rc;
	return rc;
}

static int restored_run(struct tx *tx, void *arg, struct err *e)
{
	struct restored *r = arg;
	const char *taken = "";
	int rc = kept_get(tx, RESTORED_SPACE, RESTORED_KEY, &taken);
	if (rc == E_NOTFOUND)
		rc = 0;
	(void)snprintf(r->taken, sizeof r->taken, "%s", taken);
	if (rc == 0)
		rc = numbers_skip(tx, taken);
	if (rc == 0) /* a browser that was shown more than the copy holds takes a number that it knows for a message that it knows */
		rc = tx_exec(tx, STMT_conversation_ahead, PARAMS(v_int(SEQ_AHEAD)), NULL);
	if (rc == 0)
		rc = outbox_hold(tx, WHY, &r->held);
	if (rc == 0)
		rc = held_replies_back(tx);
	if (rc == 0)
		rc = tx_exec(tx, STMT_task_missed, PARAMS(v_int(tx->now)), NULL);
	if (rc == 0)
		rc = tx_exec(tx, STMT_kept_delete, PARAMS(v_text(RESTORED_SPACE), v_text(RESTORED_KEY)), NULL);
	if (rc == 0)
		rc = event_append(tx, 0, "restored", "command", arena_printf(tx->arena, "{\"taken\":\"%s\",\"held\":%zu}", r->taken, r->held));
	return rc < 0 ? err_set(e, rc, "the store could not be made to go on from a copy (%s)", err_name(rc)) : 0;
}

int store_restored(struct store *s, struct restored *r, struct err *e)
{
	must(!s->started && s->config.exclusive);
	int rc = 0;
	if (!s->restored.done) {
		rc = nodes_nobody(s->ops, s->writer.db, "goes on from a copy", e);
		if (rc == 0)
			rc = store_now(s, true, restored_run, &s->restored, e);
		session_close(&s->now);
		s->restored.done = rc == 0;
	}
	if (rc == 0)
		*r = s->restored;
	return rc;
}

static int look_run(struct tx *tx, void *arg, struct err *e)
{
	const char *taken;
	int rc = kept_get(tx, RESTORED_SPACE, RESTORED_KEY, &taken);
	*(bool *)arg = rc == 0;
	return rc < 0 && rc != E_NOTFOUND ? err_set(e, rc, "whether the store is a copy could not be read") : 0;
}

int restored_look(struct store *s, struct err *e)
{
	struct restored r;
	bool copy = false;
	struct arena *a = arena_create(4096);
	int rc = read_job(&s->writer, a, look_run, &copy, e);
	arena_destroy(&a);
	if (rc < 0 || !copy || (rc = store_restored(s, &r, e)) < 0)
		return rc;
	log_warn("store", "this store goes on from a copy of itself: what waited to be sent is unknown now, and the numbers go on further up",
		"taken=%s held=%zu hint=\"xinqiao outbox list --state unknown\"", r.taken, r.held);
	return 0;
}
