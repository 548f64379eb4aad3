#include "gateway/flow/resend.h"

#include <inttypes.h>

#include "gateway/base/sm.h"
#include "gateway/flow/say.h"
#include "gateway/store/outbox.h"

int message_resend(struct tx *tx, uint64_t message, const char *actor, struct err *e)
{
	struct outbox_row row;
	int rc = outbox_get(tx, message, &row);
	if (rc < 0)
		return err_set(e, rc, "no message to a citizen has the id %" PRIu64, message);
	const char *was = sm_name(&out_machine, row.state);
	/* A row under way may be put back by its channel, but by nobody else: it could go out twice. */
	if (row.state == OUT_SENDING || !sm_legal(&out_machine, row.state, OUT_QUEUED))
		return err_rule(e, E_CONFLICT, "resend-state", "it is %s: only what failed, died or is unknown can be sent again", was);
	if ((rc = outbox_set(tx, message, OUT_QUEUED, tx_now(tx), NULL)) < 0 ||
		(rc = tell_event(tx, row.ticket, "resent", actor, json_pack("{s:s, s:s}", "message", tell_id(tx, message),
			"was", was))) < 0)
		return err_set(e, rc, "it could not be queued");
	return 0;
}
