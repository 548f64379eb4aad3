/* What was kept aside. */
#include <inttypes.h>
#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/base/utf8.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/raw.h"
#include "gateway/console/shape.h"
#include "gateway/console/shown.h"
#include "gateway/model/address.h"
#include "gateway/store/quarantine.h"

enum { RAW_SHOWN = 4000, HEX_SHOWN = 512 };

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
		if (q[i].n) /* a citizen's words and address are in it */
			call_shown(c, "quarantine", json_string_value(json_object_get(o, "id")));
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
