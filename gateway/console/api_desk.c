/* /console/api for supervisors: what could not be delivered, and what was kept aside. */
#include <inttypes.h>
#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/base/sm.h"
#include "gateway/base/utf8.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/flow/resend.h"
#include "gateway/model/address.h"

enum { RAW_SHOWN = 4000, HEX_SHOWN = 512 };

/* --- the outbox --- */

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
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = outbox_get(tx, id, &row);
	/* What belongs to no ticket is no department's. */
	if (rc == 0 && who_department(&c->who) != NULL && (row.ticket == 0 || ticket_get(tx, row.ticket, &t) < 0 ||
		!who_sees(&c->who, &t)))
		rc = E_NOTFOUND;
	if (rc == E_NOTFOUND)
		return err_set(e, rc, "there is no such message");
	if (rc < 0 || (rc = message_resend(tx, id, c->who.name, e)) < 0)
		return rc;
	c->answer = json_pack("{s:o, s:s}", "id", shape_id(id), "state", "queued");
	must(c->answer != NULL);
	return 0;
}

/* --- kept aside --- */

/* What can be read as text is shown as text, the rest as the first bytes in hex. */
static void put_raw(json_t *o, const struct quarantine_row *q)
{
	size_t n = q->n < RAW_SHOWN ? q->n : RAW_SHOWN;
	if (q->n && utf8_valid(q->raw, utf8_cut(q->raw, q->n, n)) && memchr(q->raw, 0, n) == NULL) {
		must(json_object_set_new(o, "text", json_stringn(q->raw, utf8_cut(q->raw, q->n, n))) == 0);
	} else if (q->n) {
		char hex[2 * HEX_SHOWN + 1];
		crypto_hex(q->raw, q->n < HEX_SHOWN ? q->n : HEX_SHOWN, hex);
		must(json_object_set_new(o, "hex", json_string(hex)) == 0);
	}
	must(json_object_set_new(o, "size", json_integer((json_int_t)q->n)) == 0);
}

int api_quarantine(struct call *c, struct tx *tx, struct err *e)
{
	struct quarantine_row *q;
	size_t n;
	unsigned limit;
	uint64_t after;
	int rc = call_limit(c, &limit, e);
	if (rc < 0 || (rc = call_after(c, &after, e)) < 0)
		return rc;
	if ((rc = quarantine_list(tx, after, limit, &q, &n)) < 0)
		return err_set(e, rc, "what was kept aside could not be read");
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++) {
		char peer[MSG_PEER_MAX] = "";
		if (q[i].peer && *q[i].peer)
			address_mask(q[i].peer, peer);
		json_t *o = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "id", shape_id(q[i].id), "at", shape_time(q[i].at), "channel",
			shape_text(q[i].channel), "reason", shape_text(q[i].reason), "peer", shape_text(peer), "note", shape_text(q[i].note));
		must(o != NULL);
		put_raw(o, &q[i]);
		must(json_array_append_new(items, o) == 0);
	}
	call_list(c, items, n == limit ? q[n - 1].id : 0);
	return 0;
}

int api_quarantine_raw(struct call *c, struct tx *tx, struct err *e)
{
	struct quarantine_row q;
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc < 0 || (rc = quarantine_get(tx, id, &q)) < 0)
		return err_set(e, rc, "there is nothing of that number");
	bool whole = q.raw_sha256 && *q.raw_sha256;
	if ((rc = whole ? raw_file(c, tx, q.id, q.raw_sha256, e) : memory_file(c, q.raw, q.n, e)) < 0)
		return rc;
	c->file.type = whole ? "message/rfc822" : "application/octet-stream";
	c->file.name = arena_printf(c->arena, "%" PRIu64 "%s", id, whole ? ".eml" : ".bin");
	call_shown(c, "quarantine", c->file.name);
	return 0;
}
