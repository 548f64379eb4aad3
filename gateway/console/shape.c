#include "gateway/console/shape.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/sm.h"
#include "gateway/base/utf8.h"
#include "gateway/flow/standing.h"
#include "gateway/model/address.h"
#include "gateway/model/loop.h"
#include "gateway/store/attachment.h"
#include "gateway/store/core.h"

json_t *shape_time(int64_t at)
{
	char text[CLOCK_TEXT];
	return at ? json_string(clock_rfc3339(at, text)) : json_null();
}

json_t *shape_id(uint64_t id)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRIu64, id);
	return json_string(text);
}

/* What was stored is UTF-8; should it not be, it is shown mended rather than left out. */
json_t *shape_text(const char *s)
{
	json_t *o = json_string(s ? s : "");
	if (o != NULL || s == NULL)
		return o;
	struct buf b;
	buf_init(&b, 3 * strlen(s) + 1);
	(void)utf8_mend(&b, s, strlen(s));
	o = json_string(buf_str(&b));
	buf_fini(&b);
	return o;
}

static void put(json_t *o, const char *name, json_t *value)
{
	must(value != NULL && json_object_set_new(o, name, value) == 0);
}

json_t *shape_covered(enum cover_of of, const char *event, const char *s)
{
	struct buf b;
	buf_init(&b, COVER_MAX(s ? s : ""));
	json_t *o = shape_text(cover(of, event, s, &b) ? buf_str(&b) : s);
	buf_fini(&b);
	return o;
}

static json_t *flags_json(unsigned flags)
{
	json_t *list = json_array();
	for (unsigned i = 0; ticket_flag_name(i) != NULL; i++)
		if (flags & 1u << i)
			must(json_array_append_new(list, json_string(ticket_flag_name(i))) == 0);
	return list;
}

/* ",police,gas," */
static json_t *helpers_json(const char *s)
{
	json_t *list = json_array();
	for (s = s ? s : ""; *s; s += strcspn(s, ",")) {
		s += *s == ',';
		size_t n = strcspn(s, ",");
		if (n)
			must(json_array_append_new(list, json_stringn(s, n)) == 0);
	}
	return list;
}

static void put_citizen(json_t *o, const struct ticket_row *t, bool full)
{
	char peer[MSG_PEER_MAX], name[MSG_PEER_MAX] = "";
	if (full) {
		put(o, "peer", shape_text(t->peer));
		put(o, "name", t->peer_name && *t->peer_name ? shape_text(t->peer_name) : json_null());
		return;
	}
	address_mask(t->peer, peer);
	bool secret = t->flags & FLAG_CONFIDENTIAL; /* 工单保密: not even its ends */
	put(o, "peer", secret ? json_string("***") : shape_text(peer));
	if (!secret && t->peer_name && *t->peer_name)
		address_mask_name(t->peer_name, name);
	put(o, "name", *name ? shape_text(name) : json_null());
}

json_t *shape_ticket(const struct ticket_row *t, bool full)
{
	json_t *o = json_object();
	const struct { const char *name, *text; } words[] = {
		{ "number", t->number }, { "state", sm_name(&ticket_machine, t->state) }, { "nature", t->nature },
		{ "category", t->category }, { "priority", priority_name(t->priority) }, { "channel", t->channel },
		{ "kind", t->kind }, { "account", t->account }, { "language", t->language }, { "department", t->department },
		{ "assignee", t->assignee }, { "last_from", t->last_from },
		{ "result", t->result }, { "region", t->region }, { "transfer", t->transfer },
		{ "hotline", t->hotline },
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		put(o, words[i].name, shape_text(words[i].text));
	put(o, "title", shape_covered(COVER_THEIRS, NULL, t->title));
	put(o, "last_text", shape_covered(strcmp(t->last_from, "citizen") == 0 ? COVER_THEIRS : COVER_ELSE, NULL, t->last_text));
	const struct { const char *name; int64_t at; } times[] = {
		{ "opened_at", t->opened_at }, { "due_at", t->due_at }, { "accepted_at", t->accepted_at },
		{ "dispatched_at", t->dispatched_at }, { "replied_at", t->replied_at }, { "closed_at", t->closed_at },
		{ "updated_at", t->updated_at }, { "last_at", t->last_at }, { "contacted_at", t->contacted_at },
	};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		put(o, times[i].name, shape_time(times[i].at));
	put_citizen(o, t, full);
	put(o, "flags", flags_json(t->flags));
	put(o, "rounds", json_integer(t->rounds));
	put(o, "bounces", json_integer(t->bounces));
	put(o, "lost_minutes", json_integer(t->lost_ms / 60000));
	put(o, "helpers", helpers_json(t->helpers));
	put(o, "version", json_integer(t->version));
	return o;
}

static json_t *attachments_json(const struct message_row *m)
{
	static const char *const scan[] = { "none", "waiting", "clean", "infected" };
	json_t *list = json_array();
	for (size_t i = 0; i < m->attachments; i++) {
		const struct attachment_row *a = &m->attachment[i];
		json_t *o = json_object();
		put(o, "id", shape_id(a->id));
		put(o, "name", shape_text(a->name));
		put(o, "type", shape_text(a->type));
		put(o, "size", json_integer((json_int_t)a->size));
		put(o, "sha256", shape_text(a->sha256));
		put(o, "scan", json_string(scan[a->scan <= SCAN_INFECTED ? a->scan : SCAN_NONE]));
		must(json_array_append_new(list, o) == 0);
	}
	return list;
}

/* What was sent is whole; who reads it here cannot speak as the citizen by it. A citizen's author would be the address again: the ticket says it, masked or not. */
json_t *shape_message(const struct message_row *m, bool full)
{
	json_t *o = json_object();
	enum cover_of of = message_cover(m->from);
	put(o, "id", shape_id(m->id));
	put(o, "seq", json_integer(m->seq));
	put(o, "from", json_string(message_from_name((enum message_from)m->from)));
	put(o, "author", shape_text(m->from == FROM_CITIZEN ? "" : m->author));
	put(o, "text", shape_covered(of, m->event, m->text));
	put(o, "at", shape_time(m->at));
	put(o, "state", m->out_state >= 0 ? json_string(sm_name(&out_machine, (unsigned)m->out_state)) : json_null());
	put(o, "error", m->out_error && *m->out_error ? shape_text(m->out_error) : json_null());
	put(o, "external_id", full && m->external_id && *m->external_id ? shape_text(m->external_id) : json_null());
	put(o, "subject", m->subject && *m->subject ? shape_covered(of, m->event, m->subject) : json_null());
	put(o, "quoted", m->quoted && *m->quoted ? shape_covered(COVER_QUOTED, NULL, m->quoted) : json_null());
	put(o, "event", m->event && *m->event ? shape_text(m->event) : json_null());
	put(o, "raw", json_boolean(m->raw_sha256 && *m->raw_sha256));
	put(o, "attachments", attachments_json(m));
	return o;
}

static json_t *event_json(const struct event_row *v, const char *kind)
{
	json_t *o = json_object();
	json_t *data = json_loads(v->data && *v->data ? v->data : "{}", 0, NULL);
	put(o, "id", shape_id(v->id));
	put(o, "at", shape_time(v->at));
	put(o, kind, shape_text(v->kind));
	put(o, "actor", shape_text(v->actor));
	put(o, "data", data ? data : json_object());
	return o;
}

json_t *shape_event(const struct event_row *v)
{
	json_t *o = event_json(v, "kind");
	put(o, "number", v->number && *v->number ? shape_text(v->number) : json_null());
	return o;
}

json_t *shape_step(const struct event_row *v)
{
	return event_json(v, "step");
}

json_t *shape_survey(const struct survey_row *s)
{
	if (s == NULL)
		return json_null();
	json_t *o = json_object();
	put(o, "state", json_string(sm_name(&survey_machine, s->state)));
	put(o, "scale", json_string(survey_scale_name((enum survey_scale)s->scale)));
	put(o, "rating", s->rating ? json_integer(s->rating) : json_null());
	put(o, "raw", s->raw && *s->raw ? shape_text(s->raw) : json_null());
	put(o, "solved", s->solved == SOLVED_UNSAID ? json_null() : json_boolean(s->solved == SOLVED_YES));
	put(o, "comment", s->comment && *s->comment ? shape_text(s->comment) : json_null());
	put(o, "agent", shape_text(s->agent));
	put(o, "department", shape_text(s->department));
	put(o, "channel", shape_text(s->channel));
	put(o, "category", shape_text(s->category));
	put(o, "text_version", shape_text(s->text_version));
	put(o, "counted", json_boolean(s->counted));
	put(o, "asked_at", shape_time(s->asked_at));
	put(o, "answered_at", shape_time(s->answered_at));
	put(o, "expires_at", shape_time(s->expires_at));
	return o;
}

int shape_core(struct tx *tx, uint64_t ticket, json_t *o)
{
	struct core_row r;
	int rc = core_get(tx, ticket, &r);
	if (rc < 0 && rc != E_NOTFOUND)
		return rc;
	put(o, "core", rc == E_NOTFOUND ? json_null() : json_pack("{s:o, s:o, s:I, s:o}", "number", shape_text(r.number), "state",
		shape_text(r.state), "seq", (json_int_t)r.seq, "updated_at", shape_time(r.updated_at)));
	return 0;
}

int shape_reach(struct tx *tx, const struct flow_words *w, const struct ticket_row *t, bool links, json_t *o)
{
	struct reach r;
	json_t *reach = json_null();
	if (standing_reach_now(tx, flow_trait(w, t->channel), t->peer, &r) && r.known)
		reach = json_pack("{s:b, s:o, s:o}", "open", (int)r.open, "until", shape_time(r.open && links ? r.until : 0), "left",
			links ? json_integer((json_int_t)r.left) : json_null());
	must(reach != NULL && json_object_set_new(o, "reach", reach) == 0);
	return 0;
}

json_t *shape_steps(uint32_t legal)
{
	json_t *list = json_array();
	for (unsigned s = 0; s < STEPS; s++)
		if (legal & 1u << s)
			must(json_array_append_new(list, json_string(step_name((enum step)s))) == 0);
	return list;
}

json_t *shape_counts(const struct ticket_counts *n, const struct loop_counts *l)
{
	json_int_t open = 0;
	for (unsigned s = 0; s < TICKET_CLOSED; s++)
		open += n->by_state[s];
	const struct { const char *name; json_int_t count; } all[] = {
		{ "open", open }, { "new", n->by_state[TICKET_NEW] },
		{ "waiting", n->waiting }, { "asked", n->asked }, { "overdue", n->overdue }, { "emergency", n->emergency },
		{ "held", n->held }, { "unassigned", n->unassigned }, { "opened_today", n->opened_today },
		{ "closed_today", n->closed_today }, { "helping", l->helping },
	};
	json_t *o = json_object();
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		put(o, all[i].name, json_integer(all[i].count));
	for (unsigned k = 0; k < DOCKET_KINDS; k++)
		put(o, docket_kind_name((enum docket_kind)k), json_integer(l->docket[k]));
	return o;
}
