#include "gateway/store/liaison.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "gateway/store/event.h"
#include "gateway/store/kept.h"
#include "gateway/store/tx.h"

/* The event stands in the message's own transaction, so that its id is little greater. */
enum { BEHIND_MS = 60 * 1000 };
static const char SPACE[] = "liaison";

int liaison_told_at(struct tx *tx, const char *department, int64_t *at)
{
	const char *value;
	*at = 0;
	int rc = kept_get(tx, SPACE, department, &value);
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	if (sscanf(value, "%" SCNd64, at) != 1)
		return E_CORRUPT;
	if (*at > tx->now)
		*at = 0;
	return 0;
}

int liaison_told(struct tx *tx, const char *department)
{
	return kept_put(tx, SPACE, department, arena_printf(tx->arena, "%" PRId64, tx->now));
}

static void fill_missed(struct row *r, void *out)
{
	struct liaison_missed *m = out;
	m->ticket = row_id(r);
	json_t *data = json_loads(row_words(r), 0, NULL);
	const char *department = json_string_value(json_object_get(data, "department"));
	m->department = arena_strdup(r->tx->arena, department ? department : "");
	json_decref(data);
}

int liaison_missed(struct tx *tx, const struct message_row *m, struct liaison_missed *missed)
{
	int64_t last;
	*missed = (struct liaison_missed){ 0 };
	if (m->from != FROM_SYSTEM || strncmp(m->event, "liaison-", strlen("liaison-")) != 0)
		return 0;
	int rc = tx_one(tx, STMT_event_liaison, PARAMS(v_id(m->id), v_id(id_floor(id_at(m->id) + BEHIND_MS)),
		v_text(arena_printf(tx->arena, "%%\"message\":\"%" PRIu64 "\"%%", m->id))), fill_missed, missed);
	if (rc < 0 || (rc = liaison_told_at(tx, missed->department, &last)) < 0)
		return rc == E_NOTFOUND ? 0 : rc;
	return last == m->at ? kept_put(tx, SPACE, missed->department, "0") : 0;
}
