/* What could not be delivered, and sending it once more. */
#include <string.h>

#include "gateway/base/sm.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/resend.h"
#include "gateway/store/outbox.h"
#include "gateway/store/ticket.h"

static const enum out_state TROUBLE[] = { OUT_FAILED, OUT_EXPIRED, OUT_DEAD, OUT_UNKNOWN, OUT_RETRY };

static json_t *outbox_json(struct tx *tx, const struct outbox_row *o)
{
	struct ticket_row t;
	const char *number = ticket_get(tx, o->ticket, &t) == 0 ? t.number : "";
	return json_pack("{s:o, s:s, s:s, s:s, s:i, s:o, s:o, s:b}", "id", shape_id(o->message), "number", number, "channel",
		o->channel, "state", sm_name(&out_machine, o->state), "attempts", (int)o->attempts, "error", shape_text(o->error),
		"updated_at", shape_time(o->updated_at), "retry", (int)sm_legal(&out_machine, o->state, OUT_QUEUED));
}

/* The newest of the states' own lists, one after the other: each is read from its index. */
static int trouble_list(struct tx *tx, uint64_t after, unsigned limit, struct outbox_row *out, size_t *count)
{
	*count = 0;
	for (size_t s = 0; s < sizeof TROUBLE / sizeof *TROUBLE; s++) {
		struct outbox_row *row;
		size_t n;
		int rc = outbox_list(tx, (int)TROUBLE[s], after, limit, &row, &n);
		if (rc < 0)
			return rc;
		for (size_t i = 0; i < n; i++) {
			size_t at = *count;
			while (at > 0 && out[at - 1].message < row[i].message)
				at--;
			if (at >= limit)
				break;
			size_t kept = *count < limit ? *count : limit - 1;
			memmove(&out[at + 1], &out[at], (kept - at) * sizeof *out);
			out[at] = row[i];
			*count = kept + 1;
		}
	}
	return 0;
}

int api_outbox(struct call *c, struct tx *tx, struct err *e)
{
	unsigned limit;
	uint64_t after;
	size_t n = 0;
	struct outbox_row *row;
	int state = c->query[Q_STATE] ? sm_find(&out_machine, c->query[Q_STATE]) : -1;
	if (c->query[Q_STATE] && state < 0)
		return err_set(e, E_MALFORMED, "state: there is no state '%.40s'", c->query[Q_STATE]);
	int rc = call_limit(c, &limit, e);
	if (rc < 0 || (rc = call_after(c, &after, e)) < 0)
		return rc;
	if (state >= 0) {
		rc = outbox_list(tx, state, after, limit, &row, &n);
	} else {
		row = arena_alloc(tx_arena(tx), limit * sizeof *row);
		rc = trouble_list(tx, after, limit, row, &n);
	}
	if (rc < 0)
		return err_set(e, rc, "the outbox could not be read");
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++)
		must(json_array_append_new(items, outbox_json(tx, &row[i])) == 0);
	call_list(c, items, n == limit ? row[n - 1].message : 0);
	return 0;
}

int api_retry(struct call *c, struct tx *tx, struct err *e)
{
	uint64_t id;
	struct outbox_row row;
	struct ticket_row t;
	const char *department = who_department(&c->who);
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = outbox_get(tx, id, &row);
	/* What belongs to no ticket is no department's. */
	if (rc == 0 && department != NULL && (row.ticket == 0 || ticket_get(tx, row.ticket, &t) < 0 || !who_sees(&c->who, &t)))
		rc = E_NOTFOUND;
	if (rc == E_NOTFOUND)
		return err_set(e, rc, "there is no such message");
	if (rc == 0 && department != NULL && strcmp(t.department, department) != 0)
		return err_set(e, E_DENIED, "your department helps with this ticket: the lead unit answers, and sends again");
	if (rc < 0 || (rc = message_resend(tx, id, c->who.name, e)) < 0)
		return rc;
	c->answer = json_pack("{s:o, s:s}", "id", shape_id(id), "state", "queued");
	must(c->answer != NULL);
	return 0;
}
