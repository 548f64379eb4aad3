/* What a citizen's channel takes just now, for whoever writes to them. */
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/standing.h"

int put_reach(struct tx *tx, const struct flow_words *w, const struct ticket_row *t, json_t *o)
{
	struct reach r;
	json_t *reach = json_null();
	if (standing_reach_now(tx, flow_trait(w, t->channel), t->peer, &r) && r.known)
		reach = json_pack("{s:b, s:o, s:i}", "open", (int)r.open, "until", shape_time(r.open ? r.until : 0), "left", (int)r.left);
	must(reach != NULL && json_object_set_new(o, "reach", reach) == 0);
	return 0;
}
