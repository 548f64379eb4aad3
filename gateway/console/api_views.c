/* The views that each person keeps. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/store/kept.h"

enum { VIEWS_SAVED_MAX = 30, VIEW_NAME_MAX = 120 /* bytes */, VIEW_PATH_MAX = 1000 };

static bool view_ok(const json_t *v)
{
	const char *name = json_string_value(json_object_get(v, "name")), *path = json_string_value(json_object_get(v, "path"));
	return name != NULL && path != NULL && *name && strlen(name) <= VIEW_NAME_MAX && strlen(path) <= VIEW_PATH_MAX &&
		strncmp(path, "/console/in/", 12) == 0;
}

/* The whole list, as the page has it: {"views":[{"name","path"},…]}. */
int api_views(struct call *c, struct tx *tx, struct err *e)
{
	json_t *views = json_object_get(c->body, "views"), *v;
	size_t i;
	if (!json_is_array(views) || json_array_size(views) > VIEWS_SAVED_MAX)
		return err_set(e, E_RANGE, "views: a list of at most %d", VIEWS_SAVED_MAX);
	json_array_foreach(views, i, v)
		if (!view_ok(v))
			return err_set(e, E_RANGE, "views: each has a name and a path below /console/in/");
	char *text = json_dumps(views, JSON_COMPACT);
	int rc = kept_put(tx, "views", c->who.name, text);
	free(text);
	c->answer = json_pack("{s:O}", "views", views);
	must(c->answer != NULL);
	return rc < 0 ? err_set(e, rc, "the views could not be stored") : 0;
}

json_t *views_saved(struct tx *tx, const char *staff)
{
	const char *text = NULL;
	json_t *views = kept_get(tx, "views", staff, &text) == 0 ? json_loads(text, 0, NULL) : NULL;
	return views ? views : json_array();
}
