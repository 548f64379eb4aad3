/* The roll call: every open page's session, looked at again. */
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/console/live_internal.h"

/* One job for all: what was disabled, logged out or given another role elsewhere is known within a tick. */
struct roll {
	struct live *live;
	size_t n;
	struct { struct viewer *viewer; unsigned duty_told; char session[HEX_SHA256]; struct who who; bool out; } of[];
};

static int roll_run(struct tx *tx, void *arg, struct err *e)
{
	struct roll *r = arg;
	for (size_t i = 0; i < r->n; i++) {
		struct credentials c = { .origin_ok = true };
		memcpy(c.session, r->of[i].session, sizeof c.session);
		int rc = who_find(tx, &c, &r->of[i].who, e);
		r->of[i].out = rc == E_DENIED;
		if (rc < 0 && rc != E_DENIED)
			return rc;
	}
	return 0;
}

static void roll_done(void *arg, int rc, const struct err *e)
{
	struct roll *r = arg;
	r->live->checking = false;
	if (rc < 0)
		log_warn("console", "sessions not checked", "reason=%s", e->words);
	for (size_t i = 0; i < r->n; i++) {
		struct viewer *v = r->of[i].viewer;
		v->jobs--;
		if (v->ws == NULL || r->live->closing)
			viewer_release(v);
		else if (rc == 0 && r->of[i].out)
			ws_close(v->ws, CLOSE_EXPIRED, "the session has ended");
		else if (rc == 0)
			viewer_known(v, &r->of[i].who, r->of[i].duty_told);
	}
	free(r);
}

void roll_call(struct live *l)
{
	if (l->checking || l->count == 0)
		return;
	struct roll *r = mem_zalloc(sizeof *r + l->count * sizeof r->of[0]);
	r->live = l;
	for (struct viewer *v = l->viewers; v != NULL && r->n < l->count; v = v->next) {
		if (!v->known)
			continue;
		v->jobs++;
		r->of[r->n].viewer = v;
		r->of[r->n].duty_told = v->duty_told;
		memcpy(r->of[r->n++].session, v->session, sizeof v->session);
	}
	if (store_read(l->console->set.store, roll_run, roll_done, r) == 0) {
		l->checking = true;
		return;
	}
	for (size_t i = 0; i < r->n; i++)
		r->of[i].viewer->jobs--;
	free(r);
}
