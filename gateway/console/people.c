#include "gateway/console/people.h"

#include <string.h>

#include "gateway/base/err.h"
#include "gateway/console/shape.h"
#include "gateway/store/staff.h"

/* Where a login stands in what is answered. */
static const char *const named[] = { "assignee", "actor", "judge", "asked_by", "answered_by", "staff" };
static const char *const lists[] = { "items", "steps", "docket", "helping" };

/* What of the store stands at each of them is looked up once. */
struct people { struct tx *tx; json_t *seen, *names; };

static int put_person(struct people *p, const char *login)
{
	struct staff_row s;
	if (login == NULL || *login == '\0' || json_object_get(p->seen, login) != NULL)
		return 0;
	must(json_object_set_new(p->seen, login, json_true()) == 0);
	int rc = staff_get(p->tx, login, &s);
	if (rc == E_NOTFOUND) /* "system", "citizen", another system's token, or long gone */
		return 0;
	if (rc == 0 && s.display != NULL && *s.display != '\0')
		must(json_object_set_new(p->names, login, shape_text(s.display)) == 0);
	return rc;
}

static int put_named(struct people *p, const json_t *o)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof named / sizeof *named; i++)
		rc = put_person(p, json_string_value(json_object_get(o, named[i])));
	return rc;
}

int put_people(struct tx *tx, json_t *answer)
{
	struct people p = { tx, json_object(), json_object() };
	int rc = put_named(&p, answer);
	for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
		const json_t *list = json_object_get(answer, lists[k]);
		for (size_t i = 0; rc == 0 && i < json_array_size(list); i++) {
			const json_t *one = json_array_get(list, i);
			rc = put_named(&p, one);
			rc = rc < 0 ? rc : put_named(&p, json_object_get(one, "data"));
		}
	}
	json_decref(p.seen);
	must(json_object_set_new(answer, "people", p.names) == 0);
	return rc;
}
