#include "gateway/flow/standing.h"

#include "gateway/store/kept.h"
#include "gateway/store/outbox.h"

enum { LINE_MAX_BYTES = 1000 };

int standing_of(struct tx *tx, const char *channel, const char *peer, const char **line)
{
	int rc = citizen_note_get(tx, channel, peer, line);
	if (rc == E_NOTFOUND)
		*line = "";
	return rc == E_NOTFOUND ? 0 : rc;
}

int standing_note(struct tx *tx, const struct channel_trait *c, const char *peer, const char *note, bool wake)
{
	const char *line;
	struct buf next;
	must(c->fold != NULL);
	int rc = standing_of(tx, c->name, peer, &line);
	if (rc < 0)
		return rc;
	buf_init(&next, LINE_MAX_BYTES);
	c->fold(line, note, &next);
	rc = citizen_note_put(tx, c->name, peer, buf_str(&next));
	buf_fini(&next);
	return rc == 0 && wake ? outbox_wake(tx, c->name, peer) : rc;
}

bool standing_reach_now(struct tx *tx, const struct channel_trait *c, const char *peer, struct reach *out)
{
	const char *line;
	*out = (struct reach){ 0 };
	if (c == NULL || c->reach == NULL || standing_of(tx, c->name, peer, &line) < 0)
		return false;
	c->reach(line, tx_now(tx), out);
	return true;
}
