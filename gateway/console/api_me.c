/* What the console's own page asks for: who its user is and what there is to choose from, the numbers beside the views, how many
 * parts a text makes; and the way out. */
#include <string.h>

#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/live.h"
#include "gateway/console/shape.h"
#include "gateway/flow/steps.h"
#include "gateway/store/docket.h"
#include "gateway/store/session.h"
#include "gateway/store/staff.h"
#include "gateway/store/ticket_list.h"

/* --- me --- */

static json_t *departments_json(const struct catalog *cat)
{
	json_t *list = json_array();
	const struct department *d;
	for (size_t i = 0; (d = catalog_department_at(cat, i)) != NULL; i++)
		must(json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "code", d->code, "name", d->name, "name_en",
			d->name_en ? d->name_en : "")) == 0);
	return list;
}

/* 专家座席: the old numbers whose experts take their tickets first. */
static json_t *experts_json(const struct catalog *c, int64_t now)
{
	json_t *list = json_array();
	const struct hotline *h;
	for (size_t i = 0; (h = catalog_hotline_at(c, i)) != NULL; i++)
		if (h->experts && now >= h->from && (h->to == 0 || now < h->to))
			must(json_array_append_new(list, json_pack("{s:s, s:s}", "code", h->number, "name", h->name)) == 0);
	return list;
}

static json_t *categories_json(const struct catalog *cat)
{
	json_t *list = json_array();
	const struct category *k;
	for (size_t i = 0; (k = catalog_category_at(cat, i)) != NULL; i++)
		must(json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "code", k->code, "name", k->name, "nature",
			k->nature ? k->nature : "", "department", k->department ? k->department : "")) == 0);
	return list;
}

static json_t *grounds_json(void)
{
	json_t *list = json_array();
	for (unsigned i = 0; ground_name(i) != NULL; i++)
		must(json_array_append_new(list, json_string(ground_name(i))) == 0);
	return list;
}

static json_t *reasons_json(void)
{
	json_t *list = json_array();
	for (unsigned i = 0; return_reason_name(i) != NULL; i++)
		must(json_array_append_new(list, json_string(return_reason_name(i))) == 0);
	return list;
}

static json_t *results_json(void)
{
	json_t *list = json_array();
	for (unsigned i = 0; result_name(i) != NULL; i++)
		must(json_array_append_new(list, json_string(result_name(i))) == 0);
	return list;
}

static json_t *regions_json(const struct catalog *cat)
{
	json_t *list = json_array();
	const struct region *g;
	for (size_t i = 0; (g = catalog_region_at(cat, i)) != NULL; i++)
		must(json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "code", g->code, "name", g->name, "name_en",
			g->name_en)) == 0);
	return list;
}

static json_t *steps_json(enum role role)
{
	json_t *list = json_array();
	for (unsigned s = 0; s < STEPS; s++) {
		json_t *wanted = json_array();
		unsigned bit;
		const char *name;
		for (unsigned i = 0; (name = needs_name(i, &bit)) != NULL; i++)
			if (step_needs((enum step)s, role) & bit)
				must(json_array_append_new(wanted, json_string(name)) == 0);
		must(json_array_append_new(list, json_pack("{s:s, s:o}", "step", step_name((enum step)s), "needs", wanted)) == 0);
	}
	return list;
}

int api_me(struct call *c, struct tx *tx, struct err *e)
{
	(void)e;
	c->answer = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:i, s:o, s:b, s:i}", "name",
		c->who.name, "display", c->who.display, "role", role_name(c->who.role), "department", c->who.department, "csrf",
		c->who.csrf, "hotline", c->console->set.hotline, "version", XQ_VERSION, "departments",
		departments_json(c->catalog), "categories", categories_json(c->catalog), "experts", experts_json(c->catalog, tx_now(tx)), "grounds", grounds_json(), "reasons",
		reasons_json(), "results", results_json(), "regions", regions_json(c->catalog), "steps", steps_json(c->who.role),
		"duty", duty_name(c->who.duty), "capacity", (int)c->who.capacity, "views", views_saved(tx, c->who.name),
		"totp", (int)c->who.totp, "undo_seconds", (int)c->console->set.undo_seconds);
	must(c->answer != NULL && json_object_set_new(c->answer, "remote",
		json_boolean(flow_words(c->console->set.flow)->remote)) == 0);
	return 0;
}

/* What an answer may carry there; null: nothing. */
static json_t *files_json(const struct attachment_limits *l)
{
	return l->count == 0 ? json_null() : json_pack("{s:i, s:I, s:I, s:s, s:b}", "count", (int)l->count, "each", (json_int_t)l->each,
		"all", (json_int_t)l->all, "types", l->types, "apart", (int)l->apart);
}

/* Channels belong to the loop. */
static void put_channels(struct call *c)
{
	json_t *list = json_array();
	struct channels *all = flow_channels(c->console->set.flow);
	const struct channel *ch;
	for (size_t i = 0; (ch = channel_at(all, i)) != NULL; i++)
		must(json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:i, s:b, s:b, s:b, s:o}", "name", ch->name, "kind",
			ch->ops->caps.kind, "up", (int)ch->up, "words", ch->words, "text_max", (int)ch->ops->caps.text_max, "parts",
			(int)(ch->ops->parts != NULL), "receipts", (int)ch->ops->caps.receipts, "signals",
			(int)ch->ops->caps.signals, "files", files_json(&ch->ops->caps.files))) == 0);
	must(json_object_set_new(c->answer, "channels", list) == 0);
}

void api_me_after(struct call *c)
{
	put_channels(c);
	must(json_object_set(c->answer, "canned", c->console->canned) == 0);
}

/* --- the way out --- */

int api_logout(struct call *c, struct tx *tx, struct err *e)
{
	int rc = session_drop(tx, c->credentials.session);
	return rc < 0 && rc != E_NOTFOUND ? err_set(e, rc, "the session could not be ended") : 0;
}

void api_logout_after(struct call *c)
{
	static const char gone[] = SESSION_COOKIE "=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0";
	static const char *const headers[] = { "Set-Cookie", gone, "Cache-Control", "no-store", NULL };
	live_drop_session(c->console->live, c->credentials.session);
	http_answer(c->req, 204, NULL, NULL, 0, headers);
	c->req = NULL;
}

/* --- counts --- */

int api_counts(struct call *c, struct tx *tx, struct err *e)
{
	struct ticket_counts n;
	struct loop_counts l;
	const char *own = who_department(&c->who);
	int64_t mine = 0;
	own = own && !*own ? "\x01" : own;
	int rc = ticket_count(tx, own, &n);
	if (rc < 0 || (rc = loop_count(tx, own, &l)) < 0 || (rc = staff_load(tx, c->who.name, &mine)) < 0)
		return err_set(e, rc, "the tickets could not be counted");
	c->answer = shape_counts(&n, &l);
	must(json_object_set_new(c->answer, "mine", json_integer(mine)) == 0);
	return 0;
}

void api_counts_after(struct call *c)
{
	put_channels(c);
}

/* --- how many parts a text makes --- */

int api_parts(struct call *c, struct tx *tx, struct err *e)
{
	const char *channel, *text, *ticket;
	int rc = call_string(c, "channel", &channel, e);
	if (rc < 0 || (rc = call_string(c, "text", &text, e)) < 0 || (rc = call_string(c, "ticket", &ticket, e)) < 0)
		return rc;
	/* Which channels there are is fixed after the start, and counting is pure: any thread may. */
	const struct channel_trait *trait = channel ? flow_trait(flow_words(c->console->set.flow), channel) : NULL;
	if (trait == NULL || text == NULL)
		return err_set(e, E_RANGE, "%s", text ? "channel: there is no such channel" : "text: say which");
	struct reply_size size = { trait->parts ? trait->parts(trait->config, text) : 1, 0 };
	if (ticket != NULL && (rc = reply_size(tx, c->catalog, flow_words(c->console->set.flow), ticket, who_department(&c->who),
		c->who.display, text, &size)) < 0)
		return err_set(e, rc, "there is no such ticket");
	c->answer = json_pack("{s:i, s:i}", "parts", (int)size.parts, "most", (int)size.most);
	must(c->answer != NULL);
	return 0;
}
