/* Whose ticket it is: one goes to somebody, or all that somebody has. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/assign.h"
#include "gateway/store/ticket.h"

int api_assign(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_row t;
	struct assign_request q = { .actor = c->who.name, .role = c->who.role, .own_department = who_department(&c->who) };
	int rc = call_ticket(c, tx, &t, e);
	if (rc < 0 || (rc = call_string(c, "to", &q.to, e)) < 0 || (rc = call_string(c, "note", &q.note, e)) < 0 ||
		(rc = call_integer(c, "version", -1, &q.version, e)) < 0)
		return rc;
	if (q.to == NULL)
		return err_set(e, E_RANGE, "to: say who, or \"\" for nobody");
	if (strcmp(q.to, "me") == 0)
		q.to = c->who.name;
	if ((rc = assign_to(tx, &t, &q, e)) < 0)
		return rc;
	c->answer = shape_ticket(&t, false);
	return 0;
}

/* {"from":"NAME","to":"NAME" or "","note"}: a supervisor hands on what somebody has who is not here to do it. By parts, as api_duty() does. */
int api_hand_over(struct call *c, struct tx *tx, struct err *e)
{
	const char *from, *to, *note;
	unsigned moved = 0;
	bool more = false;
	int rc = call_string(c, "from", &from, e);
	if (rc < 0 || (rc = call_string(c, "to", &to, e)) < 0 || (rc = call_string(c, "note", &note, e)) < 0)
		return rc;
	if (from == NULL || *from == '\0' || to == NULL)
		return err_set(e, E_RANGE, "from, to: say whose tickets go to whom; to \"\": they are nobody's then");
	if ((rc = assign_hand_over(tx, from, to, c->who.name, note, &moved, &more, e)) < 0)
		return rc;
	c->answer = json_pack("{s:i, s:b}", "moved", (int)moved, "more", (int)more);
	must(c->answer != NULL);
	return 0;
}
