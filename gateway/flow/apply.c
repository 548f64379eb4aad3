/* What a decided message does to the store: one function an outcome. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/base/utf8.h"
#include "gateway/flow/clockwork.h"
#include "gateway/flow/hotline.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/paces.h"
#include "gateway/flow/phone.h"
#include "gateway/flow/query_code.h"
#include "gateway/flow/say.h"
#include "gateway/flow/standing.h"
#include "gateway/flow/steps.h"
#include "gateway/flow/survey.h"
#include "gateway/store/attachment.h"
#include "gateway/store/conversation.h"
#include "gateway/store/docket.h"
#include "gateway/store/message.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/view.h"

struct apply {
	struct tx *tx;
	const struct catalog *catalog;
	const struct flow_words *words;
	const struct channel_trait *trait;
	const struct msg_in *m;
	const struct intake_ahead *ahead; /* NULL: nothing was worked out before */
	const char *text;            /* what the ticket shows: the words, or a rating put into words */
	struct conversation_row conv;
	struct view view;
	struct plan plan;
	struct paced visitors;       /* those of the network whose first ticket this would be */
	struct intake_done *done;
	uint64_t ticket;             /* the message stands on; 0: none */
	bool quiet;                  /* the citizen is told nothing */
};

static const char *message_language(const struct msg_in *m)
{
	return m->language ? m->language : text_language(m->text ? m->text : "");
}

static int conversation_open(struct apply *a)
{
	const struct msg_in *m = a->m;
	struct conversation_row *c = &a->conv;
	if (c->id != 0) {
		bool named = m->peer_name && *m->peer_name && (c->peer_name == NULL || strcmp(c->peer_name, m->peer_name) != 0);
		bool spoken = m->language && strcmp(c->language, m->language) != 0;
		if (!named && !spoken)
			return 0;
		if (named)
			c->peer_name = m->peer_name;
		if (spoken)
			c->language = m->language;
		return conversation_update(a->tx, c);
	}
	*c = (struct conversation_row){
		.channel = a->trait->name, .kind = a->trait->caps.kind, .peer = m->peer,
			.peer_name = m->peer_name ? m->peer_name : "",
		.account = m->account ? m->account : "", .language = message_language(m), .subject = m->subject,
		.verified = m->verified, .created_at = tx_now(a->tx), .last_at = tx_now(a->tx),
	};
	int rc = conversation_insert(a->tx, c);
	return rc == 0 && a->trait->caps.signals ? conversation_here(a->tx, c->channel, c->peer) : rc;
}

/* A rating given by a button, in the words a person would read in the ticket. */
static const char *rating_text(struct apply *a)
{
	const struct msg_rating *r = &a->m->rating;
	const struct templates *t = catalog_templates(a->catalog);
	char key[16];
	struct buf b;
	buf_init(&b, MSG_TEXT_MAX);
	if (r->rating >= 1 && r->rating <= 5) {
		(void)snprintf(key, sizeof key, "rating.%d", r->rating);
		buf_adds(&b, render_words(t, a->conv.language, key));
	}
	if (r->solved != SOLVED_UNSAID)
		buf_addf(&b, "%s%s", b.len ? " · " : "", render_words(t, a->conv.language,
			r->solved == SOLVED_YES ? "solved.yes" : "solved.no"));
	if (r->comment != NULL && !text_blank(r->comment))
		buf_addf(&b, "%s%s", b.len ? "\n" : "", r->comment);
	const char *text = arena_strdup(tx_arena(a->tx), buf_str(&b));
	buf_fini(&b);
	return text;
}

static int citizen_message(struct apply *a, struct ticket_row *t)
{
	const struct msg_in *m = a->m;
	struct attachment_row *att = m->attachment_count ? arena_alloc(tx_arena(a->tx), m->attachment_count * sizeof *att)
		: NULL;
	for (size_t i = 0; i < m->attachment_count; i++)
		att[i] = (struct attachment_row){ .name = m->attachment[i].name, .type = m->attachment[i].type,
			.sha256 = m->attachment[i].sha256, .size = m->attachment[i].size,
			.scan = a->words->scans ? SCAN_WAITING : SCAN_NONE };
	struct message_row row = {
		.conversation = a->conv.id, .ticket = t ? t->id : 0, .from = FROM_CITIZEN, .author = m->peer_name ? m->peer_name : "",
		.text = a->text, .subject = m->subject, .quoted = m->quoted, .external_id = m->external_id,
		.raw_sha256 = m->raw_sha256, .raw = m->raw, .raw_n = m->raw_n,
		.once = a->ahead ? a->ahead->print : NULL, .event = "", .at = tx_now(a->tx), .sent_at = m->sent_at, .out_state = -1,
		.attachment = att, .attachments = m->attachment_count,
	};
	int rc = message_insert(a->tx, &row, t);
	if (rc < 0)
		return rc;
	a->conv.last_seq = row.seq;
	a->done->seq = row.seq;
	a->ticket = row.ticket;
	a->done->message = row.id;
	a->done->ticket = t ? t->number : NULL;
	return 0;
}

/* Whose page it came from is one more suggestion to whoever dispatches it. */
static const char *department_of(const struct apply *a)
{
	struct reach r;
	const char *code = a->m->department;
	if (code == NULL) /* the code that was scanned may be a department's own */
		return standing_reach_now(a->tx, a->trait, a->conv.peer, &r) && *r.entrance &&
			catalog_department(a->catalog, r.entrance) != NULL ? arena_strdup(tx_arena(a->tx), r.entrance) : NULL;
	if (catalog_department(a->catalog, code) != NULL)
		return code;
	log_warn(a->trait->name, "department unknown", "department=\"%.60s\" hint=\"see departments.csv\"", code);
	return NULL;
}

static int event_of_message(struct apply *a, const struct ticket_row *t, const char *kind)
{
	return tell_event(a->tx, t->id, kind, "citizen", json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*}", "channel", a->trait->name,
		"outcome", outcome_name(a->plan.outcome), "rule", a->plan.rule, "message", tell_id(a->tx, a->done->message),
		"reason", a->plan.reason ? plan_reason_name(a->plan.reason) : a->m->doubted ? "sender-unverified" : NULL,
		"department", strcmp(kind, "received") == 0 ? department_of(a) : NULL));
}

static int tell_citizen(struct apply *a, struct ticket_row *t)
{
	const char *event = a->plan.emergency && a->plan.say == SAY_EMERGENCY ? a->plan.emergency->kind
		: plan_say_event(a->plan.say);
	if (event == NULL || a->conv.id == 0)
		return 0;
	struct render_args args = { .call = a->plan.emergency ? a->plan.emergency->number : NULL };
	if (t != NULL)
		ticket_args(a->tx, a->catalog, a->words, a->conv.language, t, &args);
	struct message_row m;
	return say_to(a->tx, a->catalog, a->words, &a->conv, t, &(struct say){ .event = event, .args = &args,
		.from = FROM_SYSTEM, .untitled = a->m->doubted }, &m);
}

/* A message of files only is known by their names. */
static const char *file_names(const struct apply *a)
{
	struct buf b;
	buf_init(&b, MSG_TEXT_MAX);
	for (size_t i = 0; i < a->m->attachment_count; i++)
		buf_addf(&b, "%s[%s]", i ? " " : "", a->m->attachment[i].name);
	const char *names = ticket_newest(tx_arena(a->tx), buf_str(&b));
	buf_fini(&b);
	return names;
}

static bool only_files(const struct apply *a)
{
	return a->m->attachment_count > 0 && text_blank(a->text);
}

static const char *newest(const struct apply *a)
{
	if (only_files(a))
		return file_names(a);
	if (a->ahead != NULL && a->text == a->m->text)
		return a->ahead->newest;
	return ticket_newest(tx_arena(a->tx), a->text);
}

static const char *title(const struct apply *a, const char *words)
{
	if (!only_files(a) && a->ahead != NULL && a->text == a->m->text)
		return a->ahead->title;
	return ticket_title(tx_arena(a->tx), a->m->subject, words);
}

/* Our own address, with the counter or code by which the citizen came to it. */
static const char *account(struct apply *a)
{
	struct reach r;
	if (!standing_reach_now(a->tx, a->trait, a->conv.peer, &r) || !*r.entrance)
		return a->conv.account;
	return arena_printf(tx_arena(a->tx), "%s/%s", a->conv.account, r.entrance);
}

static int watch_look(struct tx *tx, struct view_ticket *t)
{
	struct task_row k;
	int rc = t->flags & FLAG_CARE ? task_get(tx, t->id, TASK_CARE, &k) : E_NOTFOUND;
	t->watched = rc == 0;
	return rc == E_NOTFOUND ? 0 : rc;
}

/* Which of them are watched over. */
static int watches_look(struct tx *tx, struct view *v)
{
	int rc = watch_look(tx, &v->thread);
	if (rc == 0)
		rc = watch_look(tx, &v->asked);
	for (unsigned i = 0; rc == 0 && i < v->tickets; i++)
		rc = watch_look(tx, &v->ticket[i]);
	return rc;
}

/* Words of self-harm: a person stays with it until somebody has spoken with the citizen. */
static int care_begins(struct apply *a, struct ticket_row *t)
{
	const struct rule_word *w = a->plan.emergency;
	int64_t now = tx_now(a->tx);
	if (w == NULL || strcmp(w->kind, "emergency.selfharm") != 0)
		return 0;
	t->flags |= FLAG_CARE;
	return task_put(a->tx, &(struct task_row){ .ticket = t->id, .kind = TASK_CARE, .since = now,
		.at = now + catalog_loop(a->catalog)->care_minutes * 60000LL });
}

static unsigned flags_of(const struct apply *a, unsigned flags)
{
	bool care = a->plan.emergency != NULL && strcmp(a->plan.emergency->kind, "emergency.selfharm") == 0;
	return flags | (a->plan.confidential ? FLAG_CONFIDENTIAL : 0u) | (care ? FLAG_CARE : 0u);
}

static int apply_new(struct apply *a, unsigned more)
{
	unsigned flags = flags_of(a, more);
	int64_t now = tx_now(a->tx);
	const char *words = newest(a);
	struct ticket_row t = {
		.conversation = a->conv.id, .channel = a->conv.channel, .kind = a->conv.kind, .account = account(a),
		.peer = a->conv.peer, .peer_name = a->conv.peer_name ? a->conv.peer_name : "", .language = a->conv.language,
		.title = title(a, words), .nature = "", .category = "", .department = "", .assignee = "",
		.state = TICKET_NEW, .flags = flags, .priority = flags & FLAG_EMERGENCY ? PRIORITY_URGENT : PRIORITY_NORMAL, .opened_at = now, .updated_at = now,
		.due_at = catalog_due(a->catalog, "", "", now, flags & FLAG_EMERGENCY),
	};
	ticket_spoke(a->tx, &t, FROM_CITIZEN, words);
	int rc = ticket_insert(a->tx, &t, a->trait->caps.code);
	if (rc < 0 || (rc = deadline_begin(a->tx, a->catalog, &t, now)) < 0 || (rc = care_begins(a, &t)) < 0 || (rc = citizen_message(a, &t)) < 0 || (rc = event_of_message(a, &t, "received")) < 0)
		return rc;
	if ((rc = tell_citizen(a, &t)) < 0)
		return rc;
	bool own;
	const struct hotline *h = hotline_of(a->catalog, a->m->account, a->text, now, &own);
	bool quiet = a->plan.last || a->plan.say == SAY_NOTHING; /* who reads no receipt reads nothing beside it */
	return h ? hotline_apply(a->tx, a->catalog, a->words, &a->conv, &t, h, own, quiet) : 0;
}

/* A new title is for good. What raises the alarm tells a matter in two words; what follows an alarm has to say more. */
static bool names_better(const struct apply *a, const struct ticket_row *t, const char *title)
{
	if (a->plan.outcome == OUTCOME_EMERGENCY)
		return !title_says_nothing(title);
	bool longer = utf8_count(title, strlen(title)) > utf8_count(t->title, strlen(t->title));
	return a->plan.outcome == OUTCOME_APPEND && title_tells(title) && (longer || !(t->flags & FLAG_EMERGENCY));
}

/* Who began with "你好" tells the matter in what comes next: lists and the wall show the title and nothing else. */
static void title_told(struct apply *a, struct ticket_row *t)
{
	if (!title_says_nothing(t->title))
		return;
	/* A reply's subject only repeats the first one. */
	const char *words = ticket_title(tx_arena(a->tx), NULL, newest(a));
	if (names_better(a, t, words))
		t->title = words;
}

/* APPEND, REOPEN, EMERGENCY on an open ticket, RATE by words, QUERY: the message stands on a ticket that is there. */
static int apply_on_ticket(struct apply *a, unsigned flags)
{
	struct ticket_row t;
	int rc = ticket_get(a->tx, a->plan.ticket, &t);
	if (rc < 0)
		return rc;
	t.flags |= flags_of(a, flags);
	if ((rc = care_begins(a, &t)) < 0)
		return rc;
	if (a->plan.supervise && a->plan.outcome != OUTCOME_EMERGENCY)
		t.flags |= FLAG_SUPERVISED;
	if (a->plan.outcome == OUTCOME_EMERGENCY) {
		int64_t due = catalog_due(a->catalog, "", "", tx_now(a->tx), true);
		t.priority = PRIORITY_URGENT;
		t.due_at = due < t.due_at ? due : t.due_at;
		if ((rc = deadline_begin(a->tx, a->catalog, &t, tx_now(a->tx))) < 0)
			return rc;
	}
	if (a->plan.outcome == OUTCOME_REOPEN && !a->words->remote && (rc = ticket_reopen(a->tx, a->catalog, a->words, &t, "citizen", a->plan.rule)) < 0)
		return rc;
	title_told(a, &t);
	ticket_spoke(a->tx, &t, FROM_CITIZEN, newest(a));
	if ((rc = citizen_message(a, &t)) < 0 || (rc = event_of_message(a, &t, "message")) < 0)
		return rc;
	/* What the answer says of the ticket is how it stood before these words. */
	if (a->plan.outcome != OUTCOME_RATE && (rc = tell_citizen(a, &t)) < 0)
		return rc;
	return ticket_update(a->tx, &t);
}

/* 撤回: the citizen's word ends it; the department reads why in the message. */
static int apply_withdraw(struct apply *a)
{
	struct ticket_row t;
	int rc = ticket_get(a->tx, a->plan.ticket, &t);
	if (rc < 0)
		return rc;
	ticket_spoke(a->tx, &t, FROM_CITIZEN, newest(a));
	if ((rc = citizen_message(a, &t)) < 0 || (rc = event_of_message(a, &t, "message")) < 0)
		return rc;
	const struct step_request q = { .step = STEP_WITHDRAW, .role = ROLE_SYSTEM, .actor = "citizen" };
	if ((rc = step_moved(a->tx, a->catalog, a->words, &q, &t, step_name(q.step), json_object())) < 0 ||
		(rc = tell_citizen(a, &t)) < 0)
		return rc;
	return ticket_update(a->tx, &t);
}

static int rate_survey(struct apply *a, bool tell)
{
	struct survey_row s;
	int rc = survey_get(a->tx, a->plan.survey, &s);
	if (rc < 0)
		return rc;
	const char *comment = a->m->rating.comment;
	if (a->m->kind == MSG_TEXT)
		comment = a->m->text + a->plan.answer.comment_at;
	return survey_rate(a->tx, a->catalog, a->words, &s, &a->plan.answer, comment, tell, a->plan.reopen, a->plan.supervise);
}

static int apply_rate(struct apply *a)
{
	int rc = apply_on_ticket(a, 0);
	if (rc < 0 || a->plan.repeated_answer)
		return rc;
	/* Where a button was pressed, the channel's own acknowledgement may be the thanks. */
	return rate_survey(a, a->plan.say != SAY_NOTHING && (a->m->kind == MSG_TEXT || !a->trait->caps.thanks));
}

/* Who calls for help reads whom to call, and no thanks for a rating beside it. */
static int apply_emergency(struct apply *a)
{
	int rc = a->plan.ticket ? apply_on_ticket(a, FLAG_EMERGENCY) : apply_new(a, FLAG_EMERGENCY);
	if (rc < 0 || a->plan.survey == 0)
		return rc;
	rc = rate_survey(a, false);
	return rc == E_CONFLICT ? 0 : rc; /* over meanwhile: the alarm is not undone by that */
}

/* Somebody else asks, with the code. The ticket's citizen must not find a stranger's words among the own, nor the stranger
 * anything but how it stands: the title may be private. */
static int apply_query_by_code(struct apply *a)
{
	struct ticket_row t;
	struct message_row m;
	struct render_args args = { 0 };
	int rc = citizen_message(a, NULL);
	if (rc < 0 || (rc = ticket_get(a->tx, a->plan.ticket, &t)) < 0)
		return rc;
	ticket_args(a->tx, a->catalog, a->words, a->conv.language, &t, &args);
	args.number = t.number;
	args.title = "—";
	if ((rc = tell_event(a->tx, t.id, "queried-by-code", "citizen", json_pack("{s:s}", "channel", a->trait->name))) < 0 ||
		a->plan.say == SAY_NOTHING)
		return rc;
	return say_to(a->tx, a->catalog, a->words, &a->conv, NULL, &(struct say){ .event = plan_say_event(a->plan.say), .args = &args,
		.from = FROM_SYSTEM }, &m);
}

/* A question about tickets: kept on the newest, or in the conversation of somebody who has none, and answered. */
static int query_plainly(struct apply *a)
{
	if (a->plan.ticket != 0)
		return apply_on_ticket(a, 0);
	int rc = citizen_message(a, NULL);
	return rc < 0 ? rc : tell_citizen(a, NULL);
}

/* The answer names tickets of several departments, so it stands on none. */
static int tell_list(struct apply *a, const struct ticket_row *t, size_t n)
{
	enum { DEAR = 3 }; /* tickets, where each part of a message costs */
	bool dear = a->trait->parts != NULL;
	struct buf lines;
	struct message_row m;
	buf_init(&lines, RENDER_MAX);
	for (size_t i = 0; i < n && (!dear || i < DEAR); i++) {
		struct render_args args = { 0 };
		ticket_args(a->tx, a->catalog, a->words, a->conv.language, &t[i], &args);
		buf_addf(&lines, "%s%s %s%s%s", i ? "\n" : "", t[i].number, args.state, dear ? "" : " · ", dear ? "" : t[i].title);
	}
	struct render_args args = { .text = buf_str(&lines) };
	int rc = say_to(a->tx, a->catalog, a->words, &a->conv, NULL, &(struct say){ .event = "status-list", .args = &args,
		.from = FROM_SYSTEM }, &m);
	buf_fini(&lines);
	return rc;
}

/* Who proved a mobile number and asks for no ticket in particular reads of those on all his channels. */
static int apply_query(struct apply *a)
{
	struct ticket_row t[PHONE_LIST];
	size_t n = 0;
	if (a->plan.by_code)
		return apply_query_by_code(a);
	bool any = a->view.asked.id == 0 && a->view.thread.id == 0 && (a->plan.say == SAY_STATUS || a->plan.say == SAY_STATUS_NONE);
	int rc = any ? phone_tickets(a->tx, &a->conv, t, &n) : 0;
	bool list = n > 1 || (n == 1 && a->plan.ticket != t[0].id);
	if (list)
		a->plan.say = SAY_NOTHING;
	if (rc == 0)
		rc = query_plainly(a);
	return rc == 0 && list ? tell_list(a, t, n) : rc;
}

static int apply_refuse(struct apply *a)
{
	a->done->taken = TAKEN_REFUSED;
	a->done->reason = plan_reason_name(a->plan.reason);
	struct quarantine_row q = { .channel = a->trait->name, .reason = a->done->reason, .peer = a->m->peer,
		.note = a->m->automatic_why ? a->m->automatic_why : a->plan.rule,
		.raw = a->text, .n = strlen(a->text), .raw_sha256 = a->m->raw_sha256, .whole = a->m->raw, .whole_n = a->m->raw_n,
		.at = tx_now(a->tx) };
	int rc = quarantine_insert(a->tx, &q);
	return rc < 0 ? rc : tell_citizen(a, NULL);
}

static int apply_outcome(struct apply *a)
{
	switch (a->plan.outcome) {
	case OUTCOME_NEW: return apply_new(a, 0);
	case OUTCOME_HOLD: return apply_new(a, FLAG_HELD);
	case OUTCOME_EMERGENCY: return apply_emergency(a);
	case OUTCOME_APPEND:
	case OUTCOME_REOPEN: return apply_on_ticket(a, 0);
	case OUTCOME_RATE: return apply_rate(a);
	case OUTCOME_QUERY: return apply_query(a);
	case OUTCOME_WITHDRAW: return a->words->remote ? apply_on_ticket(a, 0) : apply_withdraw(a);
	default: return apply_refuse(a);
	}
}

/* Where a core system runs the loop, the citizen's words move nothing here: the event says what was understood, and the core
 * makes the step, which then tells the citizen. */
static void leave_to_core(struct plan *p)
{
	bool moves = p->outcome == OUTCOME_REOPEN || p->outcome == OUTCOME_WITHDRAW;
	if (moves && p->say != SAY_NOTHING)
		p->say = SAY_PASSED_ON;
	p->reopen = p->supervise = false;
}

/* Each visitor of a chat is a stranger, and one network can bring any number: counted are those who open a ticket. */
static int crowd_look(struct apply *a)
{
	const struct rules *r = catalog_rules(a->catalog);
	unsigned wait;
	if (a->view.tickets || !a->m->from || !*a->m->from || !r->flood_visitors)
		return 0;
	const char *said = arena_printf(tx_arena(a->tx), "visitors %s", a->m->from);
	a->visitors = (struct paced){ .burst = r->flood_visitors, .window_ms = (unsigned)r->flood_window_ms,
		.name = arena_printf(tx_arena(a->tx), "visitors %s", paces_mark(a->tx, a->words->secret, said)) };
	int rc = paces_look(a->tx, &a->visitors, 1, &wait);
	a->view.crowd = rc == 0 && wait;
	return rc;
}

static int crowd_count(struct apply *a)
{
	bool opened = a->ticket != 0 && a->plan.ticket == 0;
	return opened && !a->view.crowd ? paces_count(a->tx, &a->visitors, 1) : 0;
}

int intake_apply(struct tx *tx, const struct catalog *c, const struct flow_words *w, const struct channel_trait *trait,
	const struct msg_in *m, const struct intake_ahead *ahead, bool quiet, struct intake_done *done)
{
	struct apply a = { .tx = tx, .catalog = c, .words = w, .trait = trait, .m = m, .ahead = ahead, .done = done,
		.quiet = quiet };
	int rc = view_load(tx, trait->name, trait->caps.threads, m, catalog_rules(c), &a.view, &a.conv);
	if (rc < 0 || (rc = watches_look(tx, &a.view)) < 0)
		return rc;
	if ((rc = crowd_look(&a)) < 0)
		return rc;
	a.view.guides = w->guide;
	a.view.pictures = trait->caps.pictures;
	if (m->kind == MSG_TEXT && (rc = query_code_check(tx, w->secret, trait->name, m, &a.view)) < 0)
		return rc;
	if (ahead != NULL)
		ticket_decide_heard(catalog_rules(c), &a.view, m, &ahead->heard, &a.plan);
	else
		ticket_decide(catalog_rules(c), &a.view, m, &a.plan);
	if (w->remote)
		leave_to_core(&a.plan);
	a.quiet |= a.plan.silent;
	if (a.quiet)
		a.plan.say = SAY_NOTHING;
	done->outcome = a.plan.outcome;
	done->taken = TAKEN_STORED;
	if (a.plan.outcome != OUTCOME_REFUSE && (rc = conversation_open(&a)) < 0)
		return rc;
	a.text = m->kind == MSG_RATING ? rating_text(&a) : m->text;
	if ((rc = apply_outcome(&a)) == 0)
		rc = crowd_count(&a);
	return rc == 0 && a.plan.guided ? conversation_guide(tx, &a.conv, a.plan.guide, a.ticket) : rc;
}
