#include "gateway/console/shown.h"

#include "gateway/console/internal.h"
#include "gateway/store/event.h"

void call_shown(struct call *c, const char *what, const char *which)
{
	if (c->shown == NULL) {
		c->shown = json_object();
		c->shown_to = arena_strdup(c->arena, c->who.name); /* the job's own strings end with it */
	}
	json_t *list = json_object_get(c->shown, what);
	if (list == NULL) {
		list = json_array();
		must(json_object_set_new(c->shown, what, list) == 0);
	}
	must(json_array_append_new(list, json_string(which)) == 0);
}

static int shown_run(struct tx *tx, void *arg, struct err *e)
{
	struct call *c = arg;
	char *data = json_dumps(c->shown, JSON_COMPACT);
	must(data != NULL);
	int rc = event_append(tx, 0, SHOWN_EVENT, c->shown_to, data);
	free(data);
	return rc < 0 ? err_set(e, rc, "that it was read could not be recorded, so it is not shown") : 0;
}

void shown_write(struct call *c, store_done_f *then)
{
	struct err e = { 0 };
	const struct store_job job = { .run = shown_run, .done = then, .arg = c, .write = true, .lane = c->lane };
	if (store_give(c->console->set.store, &job) < 0)
		then(c, err_set(&e, E_AGAIN, "that it was read could not be recorded, so it is not shown"), &e);
}
