/* /api/v1/articles: the knowledge base for staff and programs. Everybody reads; a department writes its own; what is approved was
 * read by a second person. */
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/sm.h"
#include "gateway/base/utf8.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/say.h"
#include "gateway/store/article.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"

static bool is_own(const struct call *c, const struct article_row *a)
{
	return strcmp(a->author, c->who.name) == 0;
}

/* May who asks change this article at all? */
static bool may_write(const struct call *c, const char *department)
{
	const char *own = who_department(&c->who);
	return own == NULL || (*own && strcmp(own, department) == 0);
}

static void put(json_t *o, const char *name, json_t *value)
{
	must(value != NULL && json_object_set_new(o, name, value) == 0);
}

static json_t *version_json(const struct article_row *a)
{
	json_t *o = json_object();
	put(o, "version", json_integer(a->version));
	put(o, "state", json_string(sm_name(&article_machine, a->state)));
	put(o, "title", shape_text(a->title));
	put(o, "body", shape_text(a->body));
	put(o, "language", shape_text(a->language));
	put(o, "author", shape_text(a->author));
	put(o, "approver", *a->approver ? shape_text(a->approver) : json_null());
	put(o, "note", *a->note ? shape_text(a->note) : json_null());
	put(o, "valid_until", shape_time(a->valid_until));
	put(o, "changed_at", shape_time(a->changed_at));
	return o;
}

static json_t *article_json(const struct call *c, const struct article_row *a, int64_t now)
{
	json_t *o = version_json(a), *legal = json_array();
	uint32_t steps = may_write(c, a->department) ? article_legal((enum article_state)a->state, c->who.role, is_own(c, a)) : 0;
	for (unsigned s = 0; s < ARTICLE_STEPS; s++)
		if (steps & 1u << s)
			must(json_array_append_new(legal, json_string(article_step_name((enum article_step)s))) == 0);
	put(o, "id", shape_id(a->id));
	put(o, "owner", shape_text(a->owner));
	put(o, "department", shape_text(a->department));
	put(o, "category", shape_text(a->category));
	put(o, "live", a->live ? json_integer(a->live) : json_null());
	put(o, "public", json_boolean(article_public(a, now)));
	put(o, "faults", json_integer(a->faults));
	put(o, "legal", legal);
	return o;
}

int api_articles_list(struct call *c, struct tx *tx, struct err *e)
{
	struct article_row *a;
	size_t n = 0;
	unsigned limit;
	uint64_t after;
	int state = c->query[Q_STATE] ? sm_find(&article_machine, c->query[Q_STATE]) : -1;
	if (c->query[Q_STATE] && state < 0)
		return err_set(e, E_MALFORMED, "state: there is no state '%.40s'; draft, review, approved or retired", c->query[Q_STATE]);
	int rc = call_limit(c, &limit, e);
	if (rc < 0 || (rc = call_after(c, &after, e)) < 0)
		return rc;
	if (c->query[Q_SEARCH] != NULL) {
		rc = article_search(tx, c->query[Q_SEARCH], false, &a, &n);
		if (rc == 0 && n == 0)
			rc = article_search(tx, c->query[Q_SEARCH], true, &a, &n);
	} else {
		rc = article_list(tx, state, c->query[Q_DEPARTMENT], after, limit, &a, &n);
	}
	if (rc < 0)
		return err_set(e, rc, "the articles could not be read");
	json_t *items = json_array();
	for (size_t i = 0; i < n; i++)
		must(json_array_append_new(items, article_json(c, &a[i], tx_now(tx))) == 0);
	call_list(c, items, c->query[Q_SEARCH] == NULL && n == limit ? a[n - 1].id : 0);
	return 0;
}

static int article_of(const struct call *c, struct tx *tx, struct article_row *a, struct err *e)
{
	uint64_t id;
	int rc = call_id(c, 0, &id);
	if (rc == 0)
		rc = article_get(tx, id, a);
	return rc < 0 ? err_set(e, rc, "there is no such article") : 0;
}

static int put_history(struct call *c, struct tx *tx, const struct article_row *a, struct err *e)
{
	struct article_row *v;
	struct article_fault_row *f;
	size_t n;
	json_t *versions = json_array(), *faults = json_array();
	put(c->answer, "versions", versions);
	put(c->answer, "reports", faults);
	int rc = article_versions(tx, a->id, &v, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		must(json_array_append_new(versions, version_json(&v[i])) == 0);
	if (rc == 0)
		rc = article_fault_list(tx, a->id, &f, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		json_t *o = json_pack("{s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "id", shape_id(f[i].id), "version", (int)f[i].version,
			"by", shape_text(f[i].by), "text", shape_text(f[i].text), "at", shape_time(f[i].at), "closer", shape_text(f[i].closer),
			"note", shape_text(f[i].note), "closed_at", shape_time(f[i].closed_at));
		must(o != NULL && json_array_append_new(faults, o) == 0);
	}
	return rc < 0 ? err_set(e, rc, "the article's history could not be read") : 0;
}

int api_article_get(struct call *c, struct tx *tx, struct err *e)
{
	struct article_row a;
	int rc = article_of(c, tx, &a, e);
	if (rc < 0)
		return rc;
	c->answer = article_json(c, &a, tx_now(tx));
	return put_history(c, tx, &a, e);
}

/* --- writing --- */

static int too_long(const char *name, const char *s, size_t max, struct err *e)
{
	return s != NULL && utf8_count(s, strlen(s)) > max ? err_set(e, E_RANGE, "%s: at most %zu characters", name, max) : 0;
}

static int words_read(const struct call *c, struct article_row *a, struct err *e)
{
	const char *title, *body, *language, *until;
	int rc;
	if ((rc = call_string(c, "title", &title, e)) < 0 || (rc = call_string(c, "body", &body, e)) < 0 ||
		(rc = call_string(c, "language", &language, e)) < 0 || (rc = call_string(c, "valid_until", &until, e)) < 0 ||
		(rc = too_long("title", title, ARTICLE_TITLE_MAX, e)) < 0 || (rc = too_long("body", body, ARTICLE_BODY_MAX, e)) < 0)
		return rc;
	if (language != NULL && strcmp(language, "zh-CN") != 0 && strcmp(language, "en") != 0)
		return err_set(e, E_RANGE, "language: zh-CN or en");
	if (until != NULL && *until && clock_parse(until, &a->valid_until) < 0)
		return err_set(e, E_RANGE, "valid_until: a day such as 2027-12-31, or \"\" for no end");
	if (until != NULL && *until == '\0')
		a->valid_until = 0;
	a->title = title ? title : a->title;
	a->body = body ? body : a->body;
	a->language = language ? language : a->language;
	if (text_blank(a->title) || text_blank(a->body))
		return err_rule(e, E_RANGE, "article-words", "%s: an article needs a title and words", text_blank(a->title) ? "title" : "body");
	return 0;
}

static int place_read(const struct call *c, struct article_row *a, struct err *e)
{
	const char *department, *category, *own = who_department(&c->who);
	int rc;
	if ((rc = call_string(c, "department", &department, e)) < 0 || (rc = call_string(c, "category", &category, e)) < 0)
		return rc;
	a->department = department ? department : own && !*a->department ? own : a->department;
	a->category = category ? category : a->category;
	if (*a->department && catalog_department(c->catalog, a->department) == NULL)
		return err_set(e, E_RANGE, "department: '%s' is not a department's code", a->department);
	if (*a->category && catalog_category(c->catalog, a->category) == NULL)
		return err_set(e, E_RANGE, "category: '%s' is not in the table of categories", a->category);
	return may_write(c, a->department) ? 0 : err_set(e, E_DENIED, "department: you write the articles of your own only");
}

static int tell(struct call *c, struct tx *tx, const struct article_row *a, const char *what, const char *note)
{
	return tell_event(tx, 0, "article", c->who.name, json_pack("{s:s, s:s, s:i, s:s, s:s*}", "article", tell_id(tx, a->id), "step",
		what, "version", (int)a->version, "state", sm_name(&article_machine, a->state), "note", note));
}

/* What is written for all to read holds nothing that one citizen alone was told. */
static const char *covered(struct tx *tx, enum cover_of of, const char *text)
{
	struct buf b;
	buf_init(&b, COVER_MAX(text));
	const char *out = cover(of, NULL, text, &b) ? arena_strdup(tx_arena(tx), buf_str(&b)) : text;
	buf_fini(&b);
	return out;
}

/* The department's own answer to a ticket, as the beginning of an article. */
static int from_ticket(struct call *c, struct tx *tx, const char *number, struct article_row *a, struct err *e)
{
	struct ticket_row t;
	struct message_row *m;
	size_t n;
	int rc = ticket_get_number(tx, number, &t);
	if (rc < 0 || !who_sees(&c->who, &t))
		return err_set(e, E_NOTFOUND, "ticket: there is no ticket %.30s", number);
	if ((rc = message_list_ticket(tx, t.id, &m, &n)) < 0)
		return err_set(e, rc, "the ticket's messages could not be read");
	a->title = covered(tx, COVER_THEIRS, t.title);
	a->department = t.department;
	a->category = t.category;
	a->language = t.language;
	for (size_t i = 0; i < n; i++)
		if (m[i].from == FROM_STAFF)
			a->body = m[i].text;
	a->body = covered(tx, COVER_ELSE, a->body);
	return *a->body ? 0 : err_rule(e, E_CONFLICT, "unanswered", "ticket: nobody has answered it yet");
}

int api_article_new(struct call *c, struct tx *tx, struct err *e)
{
	struct article_row a = { .title = "", .body = "", .language = "zh-CN", .department = "", .category = "", .owner = c->who.name,
		.author = c->who.name, .approver = "", .note = "" };
	const char *ticket;
	int rc = call_string(c, "ticket", &ticket, e);
	if (rc < 0 || (ticket != NULL && (rc = from_ticket(c, tx, ticket, &a, e)) < 0) || (rc = words_read(c, &a, e)) < 0 ||
		(rc = place_read(c, &a, e)) < 0)
		return rc;
	if ((rc = article_insert(tx, &a)) < 0 || (rc = tell(c, tx, &a, "new", NULL)) < 0)
		return err_set(e, rc, "the article could not be stored");
	c->status = 201;
	c->answer = article_json(c, &a, tx_now(tx));
	return 0;
}

static int step_apply(struct call *c, struct tx *tx, enum article_step step, const char *note, struct article_row *a)
{
	const struct article_rule *r = article_rule(step);
	if (step == ARTICLE_REVISE)
		return article_revise(tx, a, c->who.name);
	if (step == ARTICLE_EDIT)
		a->author = c->who.name; /* whoever wrote last is who must not approve */
	if (step == ARTICLE_APPROVE)
		a->approver = c->who.name;
	if (note != NULL || r->to >= 0)
		a->note = note ? note : "";
	return article_update(tx, a, r->to < 0 ? (enum article_state)a->state : (enum article_state)r->to);
}

/* "seen": its changed_at, as whoever takes the step saw it. Absent: whatever it says by now. */
static int seen_check(struct call *c, const struct article_row *a, struct err *e)
{
	const char *seen;
	char now[CLOCK_TEXT];
	int rc = call_string(c, "seen", &seen, e);
	if (rc < 0 || seen == NULL || strcmp(seen, clock_rfc3339(a->changed_at, now)) == 0)
		return rc;
	return err_rule(e, E_CONFLICT, "changed", "somebody changed the article meanwhile");
}

int api_article_step(struct call *c, struct tx *tx, struct err *e)
{
	struct article_row a;
	const char *name, *note;
	int rc = article_of(c, tx, &a, e), step;
	if (rc < 0 || (rc = call_string(c, "step", &name, e)) < 0 || (rc = call_string(c, "note", &note, e)) < 0 ||
		(rc = too_long("note", note, ARTICLE_NOTE_MAX, e)) < 0)
		return rc;
	if (name == NULL || (step = article_step_find(name)) < 0)
		return err_set(e, E_RANGE, "step: edit, submit, approve, send-back, retire or revise");
	if (!may_write(c, a.department))
		return err_set(e, E_DENIED, "the article belongs to another department");
	if ((rc = seen_check(c, &a, e)) < 0)
		return rc;
	if ((rc = article_check((enum article_step)step, (enum article_state)a.state, c->who.role, is_own(c, &a), e)) < 0)
		return rc;
	if (article_rule((enum article_step)step)->note && (note == NULL || text_blank(note)))
		return err_set(e, E_RANGE, "note: say why, for those who read the article later");
	if (step == ARTICLE_EDIT && ((rc = words_read(c, &a, e)) < 0 || (rc = place_read(c, &a, e)) < 0))
		return rc;
	if ((rc = step_apply(c, tx, (enum article_step)step, note, &a)) < 0 || (rc = tell(c, tx, &a, name, note)) < 0)
		return err_set(e, rc, rc == E_CONFLICT ? "somebody changed the article meanwhile" : "the article could not be stored");
	c->answer = article_json(c, &a, tx_now(tx));
	return 0;
}

/* --- what is wrong --- */

int api_article_fault(struct call *c, struct tx *tx, struct err *e)
{
	struct article_row a;
	const char *text;
	int rc = article_of(c, tx, &a, e);
	if (rc < 0 || (rc = call_string(c, "text", &text, e)) < 0 || (rc = too_long("text", text, ARTICLE_NOTE_MAX, e)) < 0)
		return rc;
	if (text == NULL || text_blank(text))
		return err_set(e, E_RANGE, "text: say what is wrong");
	struct article_fault_row f = { .article = a.id, .version = a.version, .by = c->who.name, .text = text };
	if ((rc = article_fault_insert(tx, &f)) < 0 || (rc = tell(c, tx, &a, "fault", text)) < 0)
		return err_set(e, rc, "the report could not be stored");
	c->status = 201;
	c->answer = json_pack("{s:o}", "id", shape_id(f.id));
	return 0;
}

int api_article_fault_close(struct call *c, struct tx *tx, struct err *e)
{
	struct article_row a;
	const char *note;
	uint64_t id;
	int rc = article_of(c, tx, &a, e);
	if (rc < 0 || (rc = call_string(c, "note", &note, e)) < 0 || (rc = too_long("note", note, ARTICLE_NOTE_MAX, e)) < 0)
		return rc;
	if (!may_write(c, a.department))
		return err_set(e, E_DENIED, "the article belongs to another department");
	if (call_id(c, 1, &id) < 0 || (rc = article_fault_close(tx, a.id, id, c->who.name, note ? note : "")) == E_NOTFOUND)
		return err_set(e, E_NOTFOUND, "there is no such open report");
	if (rc < 0 || (rc = tell(c, tx, &a, "fault-closed", note)) < 0)
		return err_set(e, rc, "the report could not be closed");
	c->answer = json_pack("{s:o}", "id", shape_id(id));
	return 0;
}
