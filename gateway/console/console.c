#include "gateway/console/console.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/metrics.h"
#include "gateway/console/canned.h"
#include "gateway/console/held.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/login.h"
#include "gateway/console/seats.h"

int console_create(struct console **out, const struct console_settings *s, struct err *e)
{
	struct faults f = { 0 };
	struct console *c = mem_new(struct console);
	c->set = *s;
	c->canned = canned_load(s->tables, &f);
	if (c->canned == NULL)
		(void)err_set(e, E_CONFIG, "%s", f.count ? f.line[0] : "canned.csv cannot be read");
	faults_fini(&f);
	if (c->canned == NULL || (c->logins = logins_create(c, e)) == NULL || (c->live = live_create(c, e)) == NULL) {
		console_destroy(&c);
		return e->code;
	}
	c->seats = seats_create(c);
	c->held = held_create(c);
	c->pace.rate = s->api_pace;
	c->reload_refused = metric_gauge("xinqiao_reload_refused", "", "1: the tables and templates on disk have a fault; those from before serve");
	calls_register(c);
	public_register(c);
	kb_register(c);
	rate_register(c);
	*out = c;
	return 0;
}

void console_reload(struct console *c, json_t *canned)
{
	metric_set(c->reload_refused, canned == NULL);
	if (canned == NULL)
		return;
	json_decref(c->canned);
	c->canned = canned;
}

void console_release(struct console *c)
{
	if (!c->closing || c->waits > 0)
		return;
	json_decref(c->canned);
	free(c);
}

void console_destroy(struct console **out)
{
	struct console *c = *out;
	*out = NULL;
	if (c == NULL)
		return;
	c->closing = true;
	while (c->works > 0)
		(void)uv_run(c->set.loop, UV_RUN_ONCE);
	held_destroy(&c->held);
	seats_destroy(&c->seats);
	live_destroy(&c->live);
	logins_destroy(&c->logins);
	console_release(c);
}
