#include "gateway/model/ticket.h"

#include <string.h>

#include "gateway/base/err.h"
#include "gateway/model/facts.h"
#include "gateway/model/text.h"

typedef bool when_f(const struct facts *);
typedef void then_f(const struct facts *, struct plan *);

static when_f auto_known, auto_other, suspect_known, suspect, alarming, rating_first, rating_live, rating_unknown, blank, late,
	asks_status, takes_back, takes_back_unclearly, answers_survey, answers_off_scale, answers_again, thanks_on_thread,
	thread_open, thread_closed, unsolved_after_close, thanks_after, wants_person, guide_person, guide_answered, guide_wanted,
	flooding, spamming, talk_goes_on, in_crowd, always;
static then_f append_thread, refuse_automatic, emergency, rate, rate_again, refuse_survey, refuse_empty, take_late, query,
	withdraw, withdraw_not, ask_again, reopen_thread, reopen_unsolved, append_newest, hold_flood, hold_spam, hold_suspect,
	hold_crowd, append_open, hand_over, guide_go, guide_begin, new_ticket;

/* The decision. The first row that matches speaks, so the order is part of the rule. */
static const struct { const char *name; when_f *when; then_f *then; } ROWS[] = {
	/* A machine is never answered, whatever its text says: two machines would answer each other for ever. An absence
	 * note on a ticket's own thread is kept there, where an agent who waits for the citizen wants to see it. */
	{ "automatic-known", auto_known, append_thread },
	{ "automatic", auto_other, refuse_automatic },
	/* Life goes before bookkeeping: also a survey's comment may call for help. */
	{ "emergency", alarming, emergency },
	/* Perhaps a machine, perhaps a citizen whose parcel "could not be delivered": never answered, but a person looks. */
	{ "suspect-known", suspect_known, append_thread },
	{ "suspect", suspect, hold_suspect },
	/* Buttons and links carry the survey's token: nothing to guess. A second press is kept beside the first. */
	{ "rating", rating_first, rate },
	{ "rating-again", rating_live, rate_again },
	{ "rating-unknown", rating_unknown, refuse_survey },
	{ "empty", blank, refuse_empty },
	/* A link may be in anybody's hands, and holds for ever: it orders nothing, and reaches the ticket it asked about alone. */
	{ "late", late, take_late },
	{ "query", asks_status, query },
	/* On the ticket's own channel and for an open ticket only: else it is a message like any other. */
	{ "withdraw", takes_back, withdraw },
	/* Guided self-service: an answer to the question asked last, whatever it looks like; the word for a person ends it. */
	{ "guide-person", guide_person, guide_go },
	{ "guide-answer", guide_answered, guide_go },
	{ "guide-begin", guide_wanted, guide_begin },
	/* An answer in words or digits, while the window is open and the message does not point at another ticket. */
	{ "survey-answer", answers_survey, rate },
	{ "survey-off-scale", answers_off_scale, ask_again },
	{ "survey-again", answers_again, rate_again },
	/* A protest or a condition behind the word: the matter goes on, and the citizen reads how to end it. */
	{ "withdraw-unclear", takes_back_unclearly, withdraw_not },
	/* A person is one word away, whatever the assistant said. */
	{ "person", wants_person, hand_over },
	/* A mark of ours names the ticket. "Thank you" never wakes one up, however late. */
	{ "thread-thanks", thanks_on_thread, append_thread },
	{ "thread-open", thread_open, append_thread },
	{ "thread-closed", thread_closed, reopen_thread },
	/* No mark, but the words are about something that was closed lately: it was not solved. */
	{ "unsolved", unsolved_after_close, reopen_unsolved },
	{ "thanks", thanks_after, append_newest },
	/* Suspects: nothing is lost and nothing is answered until a person looks. */
	{ "flood", flooding, hold_flood },
	{ "link-spam", spamming, hold_spam },
	/* Channels that are one long talk: what follows belongs to the matter in hand. */
	{ "talk", talk_goes_on, append_open },
	/* Too many strangers of one network: what they ask is answered above; a new ticket a person sees first. */
	{ "crowd", in_crowd, hold_crowd },
	{ "new", always, new_ticket },
};

/* Bytes, some 40 and 80 characters: whoever writes more tells a matter of its own; who names the answer needs more words. */
enum { UNSOLVED_SHORT = 120, UNSOLVED_ANSWERED = 240 };

const char *ticket_decide_row(unsigned i)
{
	return i < sizeof ROWS / sizeof *ROWS ? ROWS[i].name : NULL;
}

/* --- what a row asks --- */

static bool suspect(const struct facts *f)
{
	return f->m->automatic == MSG_SUSPECT;
}

static bool on_thread(const struct facts *f)
{
	return f->v->thread.id && f->v->thread.own;
}

static bool suspect_known(const struct facts *f)
{
	return suspect(f) && on_thread(f);
}

static bool auto_other(const struct facts *f)
{
	return f->m->automatic != MSG_BY_PERSON && !suspect(f);
}

static bool auto_known(const struct facts *f)
{
	return auto_other(f) && f->m->automatic != MSG_OWN_LOOP && on_thread(f);
}

static bool alarming(const struct facts *f)
{
	return f->emergency;
}

static bool names_survey(const struct facts *f)
{
	const struct msg_rating *r = &f->m->rating;
	if (!f->live || !f->v->survey.token)
		return false;
	return r->survey ? !strcmp(r->survey, f->v->survey.token) : r->number && r->number == survey_number(f->v->survey.token);
}

static bool rating_first(const struct facts *f)
{
	return f->m->kind == MSG_RATING && names_survey(f) && !f->v->survey.answered;
}

static bool rating_live(const struct facts *f)
{
	return f->m->kind == MSG_RATING && names_survey(f);
}

static bool rating_unknown(const struct facts *f)
{
	return f->m->kind == MSG_RATING;
}

static bool blank(const struct facts *f)
{
	return !f->m->attachment_count && f->said->blank;
}

static bool late(const struct facts *f)
{
	return f->m->late;
}

static bool asks_status(const struct facts *f)
{
	/* Nobody without a ticket asks how it stands by "到哪了": that may be anything, and anything is a new matter. */
	return f->said->query && (f->said->orders || f->newest || f->v->asked.id);
}

static bool takes_back(const struct facts *f)
{
	return f->said->withdraw && !f->foreign && (f->newest_open || f->thread || !f->v->threads);
}

static bool is_bad(const struct survey_answer *a)
{
	return a->solved == SOLVED_NO || (a->rating >= 1 && a->rating <= 2);
}

/* "满意。另外，我想反映路灯不亮": a new matter must not end as a remark on a closed ticket. */
static bool brings_new_matter(const struct facts *f)
{
	return !is_bad(&f->answer) && f->answer.comment_at < strlen(f->says) &&
		text_new_matter(f->says + f->answer.comment_at);
}

static bool answers_survey(const struct facts *f)
{
	return f->live && !f->v->survey.answered && f->answer.reading == READ_ANSWER && !brings_new_matter(f);
}

static bool answers_off_scale(const struct facts *f)
{
	return f->live && !f->v->survey.answered && f->answer.reading == READ_OUT_OF_SCALE;
}

/* With a comment a second answer may hold something new, and is taken as one only when it complains of the same. */
static bool answers_again(const struct facts *f)
{
	return f->live && f->v->survey.answered && f->answer.reading == READ_ANSWER &&
		(f->answer.comment_at >= strlen(f->says) || is_bad(&f->answer));
}

static bool thanks_on_thread(const struct facts *f)
{
	return f->thread && !facts_open(f->thread) && !f->m->attachment_count && text_courtesy(f->says);
}

static bool thread_open(const struct facts *f)
{
	return f->thread && facts_open(f->thread);
}

static bool thread_closed(const struct facts *f)
{
	return facts_closed_lately(f, f->thread);
}

static bool says_enough(const char *says)
{
	size_t n = strlen(says);
	return n <= UNSOLVED_SHORT || (n <= UNSOLVED_ANSWERED && text_answered(says));
}

static bool unsolved_after_close(const struct facts *f)
{
	return !f->foreign && !f->thread && facts_unsolved(f) && says_enough(f->says) && text_unsolved(f->says) &&
		!text_new_matter(f->says);
}

static bool thanks_after(const struct facts *f)
{
	const struct view_ticket *t = f->newest;
	return t && !f->foreign && !f->m->attachment_count && (facts_open(t) || facts_closed_lately(f, t)) && text_courtesy(f->says);
}

static const struct view_ticket *guide_ticket(const struct facts *f)
{
	const struct view_ticket *t = f->v->guide.ticket ? facts_ticket(f->v, f->v->guide.ticket) : NULL;
	return t && facts_open(t) ? t : NULL;
}

static bool guide_waits(const struct facts *f)
{
	const struct view *v = f->v; /* on a mailbox only a reply to the question answers it */
	return v->guides && v->guide.state != GUIDE_OFF && v->now - v->guide.at < GUIDE_WINDOW_MS && f->m->kind == MSG_TEXT &&
		!f->flood && !f->foreign && (v->guide.state == GUIDE_WHAT || guide_ticket(f)) &&
		(!v->threads || f->m->ref_count || v->thread.id);
}

static bool guide_person(const struct facts *f)
{
	return guide_waits(f) && f->said->person;
}

static bool guide_answered(const struct facts *f)
{
	return guide_waits(f) && !f->said->guide && !f->said->link_spam;
}

static bool guide_wanted(const struct facts *f)
{
	return f->v->guides && f->said->guide && !f->flood && !f->foreign && f->m->kind == MSG_TEXT;
}

static bool takes_back_unclearly(const struct facts *f)
{
	return f->said->withdraw_unclear && facts_handed(f) && !unsolved_after_close(f);
}

static bool wants_person(const struct facts *f)
{
	return f->said->person && !f->flood && facts_handed(f);
}

static bool flooding(const struct facts *f)
{
	return f->flood;
}

static bool spamming(const struct facts *f)
{
	return f->said->link_spam || (facts_subject(f) && f->h->subject.link_spam);
}

static bool talk_goes_on(const struct facts *f)
{
	return !f->v->threads && !f->foreign && f->newest_open;
}

static bool in_crowd(const struct facts *f)
{
	return f->v->crowd;
}

static bool always(const struct facts *f)
{
	(void)f;
	return true;
}

/* --- what a row does --- */

static void refuse(struct plan *p, enum plan_reason reason, enum plan_say say)
{
	p->outcome = OUTCOME_REFUSE;
	p->reason = reason;
	p->say = say;
}

static void append(struct plan *p, const struct view_ticket *t)
{
	p->outcome = OUTCOME_APPEND;
	p->ticket = t->id;
}

/* Answers that a flood, or a machine that answers them, must not multiply. */
static enum plan_say unless_hushed(const struct facts *f, enum plan_say say)
{
	return f->hushed ? SAY_NOTHING : say;
}

static void hold_new(struct plan *p, enum plan_reason reason)
{
	p->outcome = OUTCOME_HOLD;
	p->reason = reason;
}

static void append_thread(const struct facts *f, struct plan *p)
{
	append(p, f->thread);
}

static void append_newest(const struct facts *f, struct plan *p)
{
	append(p, f->newest);
}

static void append_open(const struct facts *f, struct plan *p)
{
	append(p, f->newest_open);
}

static void hand_over(const struct facts *f, struct plan *p)
{
	append(p, facts_handed(f));
	p->say = SAY_PERSON;
}

static void guide_to(struct plan *p, enum guide_state to)
{
	p->guided = true;
	p->guide = to;
	p->say = to == GUIDE_OFF ? SAY_GUIDE_DONE : (enum plan_say)(SAY_GUIDE_WHAT + (to - GUIDE_WHAT));
}

static void guide_take(const struct facts *f, struct plan *p)
{
	if (f->v->guide.state != GUIDE_WHAT)
		append(p, guide_ticket(f));
	else if (f->v->crowd)
		hold_new(p, REASON_FLOOD);
	else
		p->outcome = OUTCOME_NEW;
}

static void guide_go(const struct facts *f, struct plan *p)
{
	guide_take(f, p);
	guide_to(p, f->said->person ? GUIDE_OFF : guide_next(f->v->guide.state, f->v->pictures));
	p->say = f->said->person ? SAY_PERSON : p->say;
}

static void guide_begin(const struct facts *f, struct plan *p)
{
	(void)f;
	p->outcome = OUTCOME_QUERY;
	guide_to(p, GUIDE_WHAT);
}

static void refuse_automatic(const struct facts *f, struct plan *p)
{
	(void)f;
	refuse(p, REASON_AUTOMATIC, SAY_NOTHING);
}

static void refuse_survey(const struct facts *f, struct plan *p)
{
	refuse(p, REASON_SURVEY_UNKNOWN, unless_hushed(f, SAY_SURVEY_CLOSED));
}

static void refuse_empty(const struct facts *f, struct plan *p)
{
	refuse(p, REASON_EMPTY, unless_hushed(f, SAY_EMPTY));
}

static void take_answer(const struct facts *f, struct plan *p)
{
	p->survey = f->v->survey.id;
	p->answer = f->answer;
	p->repeated_answer = f->v->survey.answered;
}

/* Back to work only from "closed": a second press of the same button finds it reopened already. */
static void send_back(const struct facts *f, struct plan *p)
{
	bool closed = !f->rated || f->rated->state == TICKET_CLOSED;
	unsigned rounds = f->rated ? f->rated->rounds : 0;
	p->reopen = closed && rounds < f->r->max_rounds;
	p->supervise = closed && (rounds > 0 || !p->reopen || (f->answer.rating >= 1 && f->answer.rating <= 2));
}

/* On a ticket of its own unless an open one of this citizen is plainly meant: a flag on the wrong thread of a mailbox
 * would hide the alarm there. */
static void emergency(const struct facts *f, struct plan *p)
{
	p->outcome = OUTCOME_EMERGENCY;
	p->say = suspect(f) || (f->v->threads && f->hushed) ? SAY_NOTHING : SAY_EMERGENCY;
	p->emergency = f->emergency;
	if (f->thread && facts_open(f->thread))
		p->ticket = f->thread->id;
	else if (!f->v->threads && !f->foreign && f->newest_open)
		p->ticket = f->newest_open->id;
	if (!rating_first(f) || (!f->answer.rating && f->answer.solved == SOLVED_UNSAID))
		return;
	take_answer(f, p); /* what was pressed beside the cry counts like any other */
	if (is_bad(&f->answer))
		send_back(f, p);
}

/* Past the allowed rounds a machine that reopens again only turns a wheel: a supervisor decides, and the citizen hears
 * that the message has arrived. */
static void reopen(const struct facts *f, struct plan *p, const struct view_ticket *t)
{
	bool again = t->rounds < f->r->max_rounds;
	append(p, t);
	if (again)
		p->outcome = OUTCOME_REOPEN;
	p->supervise = !again || t->rounds > 0;
	p->say = unless_hushed(f, again ? SAY_REOPENED : SAY_RECEIVED);
}

static void rate(const struct facts *f, struct plan *p)
{
	bool bad = is_bad(&f->answer);
	p->outcome = OUTCOME_RATE;
	p->ticket = f->v->survey.ticket;
	take_answer(f, p);
	if (bad)
		send_back(f, p);
	p->say = bad ? SAY_THANKS_BAD : SAY_THANKS;
}

/* The first answer stands; but whoever now says that it is not solved is believed, as on any closed ticket. */
static void rate_again(const struct facts *f, struct plan *p)
{
	p->outcome = OUTCOME_RATE;
	p->ticket = f->v->survey.ticket;
	take_answer(f, p);
	if (is_bad(&f->answer) && f->rated && f->rated->state == TICKET_CLOSED)
		reopen(f, p, f->rated);
}

static void ask_again(const struct facts *f, struct plan *p)
{
	p->outcome = OUTCOME_APPEND;
	p->ticket = f->v->survey.ticket;
	p->say = unless_hushed(f, SAY_RATE_AGAIN);
}

/* A number that is not this citizen's and one that was never given look alike from outside. */
static void query(const struct facts *f, struct plan *p)
{
	char number[TICKET_NUMBER_MAX];
	p->outcome = OUTCOME_QUERY;
	p->by_code = f->v->asked.id && !f->v->asked_allowed && f->v->asked_by_code;
	if (!p->by_code && (f->v->asked.id ? !f->v->asked_allowed : ticket_number_find(f->says, number))) {
		p->say = unless_hushed(f, SAY_STATUS_DENIED);
		return;
	}
	p->ticket = f->v->asked.id ? f->v->asked.id : f->thread ? f->thread->id : f->newest ? f->newest->id : 0;
	p->say = unless_hushed(f, p->ticket ? SAY_STATUS : SAY_STATUS_NONE);
}

/* A word does not end what may be about a life: of a fire or a gas leak others are in danger too, and who wrote of self-harm is not
 * left alone until a person has spoken with him. */
static bool needs_person(const struct view_ticket *t)
{
	return t->watched || (t->flags & (FLAG_EMERGENCY | FLAG_CARE)) == FLAG_EMERGENCY;
}

/* The one it names, or answers; else the only open one. Of several, which is asked. */
static void withdraw(const struct facts *f, struct plan *p)
{
	char number[TICKET_NUMBER_MAX];
	const struct view_ticket *t = f->v->asked.id && f->v->asked.own ? &f->v->asked : f->thread;
	unsigned open = 0;
	for (unsigned i = 0; i < f->v->tickets; i++)
		open += facts_open(&f->v->ticket[i]);
	p->outcome = OUTCOME_QUERY;
	if (t != &f->v->asked && ticket_number_find(f->says, number)) { /* not this citizen's, or not on this channel */
		p->say = unless_hushed(f, SAY_STATUS_DENIED);
		return;
	}
	if (!t && open == 1)
		t = f->newest_open;
	if (!t && !f->newest_open) { /* there is nothing to take back: the bare word is no matter of its own */
		p->ticket = f->newest ? f->newest->id : 0;
		p->say = unless_hushed(f, f->newest ? SAY_STATUS : SAY_STATUS_NONE);
		return;
	}
	if (t && facts_open(t) && needs_person(t)) {
		append(p, t);
		p->say = unless_hushed(f, SAY_WITHDRAW_DANGER);
		return;
	}
	p->ticket = t ? t->id : f->newest_open->id;
	p->outcome = t && facts_open(t) ? OUTCOME_WITHDRAW : OUTCOME_QUERY;
	p->say = unless_hushed(f, !t ? SAY_WITHDRAW_WHICH : facts_open(t) ? SAY_WITHDRAWN : SAY_STATUS);
}

static void withdraw_not(const struct facts *f, struct plan *p)
{
	append(p, facts_handed(f));
	p->say = unless_hushed(f, SAY_WITHDRAW_UNCLEAR);
}

static void reopen_thread(const struct facts *f, struct plan *p)
{
	reopen(f, p, f->thread);
}

static void take_late(const struct facts *f, struct plan *p)
{
	if (thread_open(f) || thanks_on_thread(f))
		append_thread(f, p);
	else if (thread_closed(f))
		reopen_thread(f, p);
	else
		refuse(p, REASON_SURVEY_UNKNOWN, SAY_NOTHING); /* the page says it */
}

static void reopen_unsolved(const struct facts *f, struct plan *p)
{
	reopen(f, p, facts_unsolved(f));
}

/* On a mailbox only a ticket that is itself held takes more of the same; a genuine one is not buried under it. */
static void hold(const struct facts *f, struct plan *p, enum plan_reason reason)
{
	const struct view_ticket *t = f->newest_open;
	if (t && (!f->v->threads || (t->flags & FLAG_HELD))) {
		append(p, t);
		return;
	}
	hold_new(p, reason);
}

static void hold_flood(const struct facts *f, struct plan *p)
{
	hold(f, p, REASON_FLOOD);
}

static void hold_spam(const struct facts *f, struct plan *p)
{
	hold(f, p, REASON_LINK_SPAM);
}

static void hold_suspect(const struct facts *f, struct plan *p)
{
	hold(f, p, REASON_AUTOMATIC);
}

static void hold_crowd(const struct facts *f, struct plan *p)
{
	hold_new(p, REASON_FLOOD);
	p->say = f->said->person ? SAY_PERSON : SAY_NOTHING;
}

static void new_ticket(const struct facts *f, struct plan *p)
{
	p->outcome = OUTCOME_NEW;
	p->say = unless_hushed(f, SAY_RECEIVED);
}

/* What the citizen wrote is kept as ever; a person's answer goes out as ever. */
static bool texted_enough(const struct rules *r, const struct view *v, const struct plan *p)
{
	return v->texts && (v->told_today >= r->texts_a_day || (v->told >= r->texts_an_hour && p->say != SAY_EMERGENCY));
}

void ticket_decide_heard(const struct rules *r, const struct view *v, const struct msg_in *m, const struct heard *h,
	struct plan *out)
{
	struct facts f;
	must(m->kind == MSG_TEXT || m->kind == MSG_RATING);
	facts_look(&f, r, v, m, h);
	*out = (struct plan){ .outcome = OUTCOME_NEW };
	size_t i = 0;
	while (!ROWS[i].when(&f)) /* the last row always matches */
		must(++i < sizeof ROWS / sizeof *ROWS);
	ROWS[i].then(&f, out);
	if (texted_enough(r, v, out)) {
		out->say = SAY_NOTHING;
		out->silent = true;
	}
	out->last = v->texts && (v->told + 1 >= r->texts_an_hour || v->told_today + 1 >= r->texts_a_day);
	out->confidential = f.said->confidential;
	out->rule = ROWS[i].name;
}

void ticket_decide(const struct rules *r, const struct view *v, const struct msg_in *m, struct plan *out)
{
	struct heard h;
	ticket_hear(r, m, &h);
	ticket_decide_heard(r, v, m, &h, out);
}
