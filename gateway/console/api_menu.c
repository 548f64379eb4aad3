/* A channel's menu at its platform: GET and POST /console/api/channels/NAME/menu. Rights are checked by the job, then the channel is
 * asked on the loop and the request waits for what its platform says. What was changed stands in the event chain. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/store/event.h"

static const struct channel *channel_of(const struct call *c)
{
	const struct channel *ch = channel_find(flow_channels(c->console->set.flow), c->param[0]);
	return ch != NULL && ch->ops->ask != NULL ? ch : NULL;
}

/* Which channels there are is fixed after the start. */
int api_menu(struct call *c, struct tx *tx, struct err *e)
{
	(void)tx;
	c->who.name = arena_strdup(c->arena, c->who.name); /* it outlives this job */
	if (channel_of(c) == NULL)
		return err_set(e, E_NOTFOUND, "the channel '%.40s' has no menu", c->param[0]);
	if (c->route->job == ROUTE_WRITE && !json_is_array(json_object_get(c->body, "button")))
		return err_set(e, E_RANGE, "button: a list is wanted");
	return 0;
}

/* --- what the platform said --- */

static int saved_run(struct tx *tx, void *arg, struct err *e)
{
	struct call *c = arg;
	json_t *data = json_pack("{s:s, s:O}", "channel", c->param[0], "button", json_object_get(c->answer, "button"));
	must(data != NULL);
	char *text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	int rc = event_append(tx, 0, "menu-saved", c->who.name, text);
	free(text);
	json_decref(data);
	return rc < 0 ? err_set(e, rc, "the menu is saved at the platform, but its event could not be stored here") : 0;
}

static void answered(void *arg, const struct platform_answer *a)
{
	struct call *c = arg;
	struct err e = { 0 };
	if (a->rc == 0) {
		c->answer = json_loads(a->json, 0, NULL);
		must(c->answer != NULL);
	} else {
		c->extra = json_pack("{s:s, s:i}", "code", "platform", "platform", a->code);
		must(c->extra != NULL);
	}
	if (a->rc < 0)
		call_resume(c, err_set(&e, a->rc, "%s", a->words), &e);
	else if (c->route->job == ROUTE_WRITE)
		call_then_write(c, saved_run);
	else
		call_resume(c, 0, &e);
}

void api_menu_after(struct call *c)
{
	const struct channel *ch = channel_of(c);
	char *menu = c->route->job == ROUTE_WRITE ? json_dumps(c->body, JSON_COMPACT) : NULL;
	call_wait(c);
	ch->ops->ask(ch->adapter, menu ? "menu-save" : "menu", menu, answered, c);
	free(menu);
}
