#include "gateway/model/facts.h"

#include <string.h>

#include "gateway/model/text.h"

bool facts_open(const struct view_ticket *t)
{
	return ticket_state_open(t->state);
}

static int64_t ended_at(const struct view_ticket *t)
{
	return t->closed_at ? t->closed_at : t->last_at;
}

bool facts_closed_lately(const struct facts *f, const struct view_ticket *t)
{
	return t && !facts_open(t) && f->v->now - ended_at(t) <= f->r->reopen_window_ms;
}

const struct view_ticket *facts_ticket(const struct view *v, uint64_t id)
{
	for (unsigned i = 0; i < v->tickets; i++)
		if (v->ticket[i].id == id)
			return &v->ticket[i];
	return v->thread.id == id && v->thread.own ? &v->thread : NULL;
}

const struct view_ticket *facts_unsolved(const struct facts *f)
{
	if (f->live && !f->v->survey.superseded && facts_closed_lately(f, f->rated))
		return f->rated;
	return facts_closed_lately(f, f->newest) ? f->newest : NULL;
}

const struct view_ticket *facts_handed(const struct facts *f)
{
	const struct view_ticket *t = f->thread ? f->thread : f->v->threads || f->foreign ? NULL : f->newest_open;
	return t && facts_open(t) && !(t->flags & FLAG_HELD) ? t : NULL;
}

static void look_at_tickets(struct facts *f)
{
	const struct view *v = f->v;
	if (v->tickets)
		f->newest = &v->ticket[0];
	for (unsigned i = 0; i < v->tickets && !f->newest_open; i++)
		if (facts_open(&v->ticket[i]))
			f->newest_open = &v->ticket[i];
	f->foreign = v->thread.id && !v->thread.own;
	if (v->thread.id && v->thread.own)
		f->thread = &v->thread;
	else if (!v->thread.id && v->asked.id && v->asked.own)
		f->thread = &v->asked;
}

static void look_at_survey(struct facts *f)
{
	const struct view *v = f->v;
	const struct msg_in *m = f->m;
	f->live = v->survey.id && v->now < v->survey.expires_at;
	f->rated = v->survey.id ? facts_ticket(v, v->survey.ticket) : NULL;
	f->answer.comment_at = strlen(f->says);
	if (m->kind == MSG_RATING) {
		bool known = m->rating.rating >= 0 && m->rating.rating <= 5;
		f->answer.reading = READ_ANSWER;
		f->answer.rating = known ? m->rating.rating : 0;
		f->answer.solved = m->rating.solved;
		if (m->rating.comment && text_unsolved(m->rating.comment))
			f->answer.solved = SOLVED_NO;
	} else if (f->live && !f->foreign && (!f->thread || f->thread->id == v->survey.ticket)) {
		survey_read(f->says, v->survey.scale, v->survey.superseded, &f->answer);
	}
}

const char *facts_subject(const struct facts *f)
{
	return f->m->subject && !f->v->thread.id && !f->m->ref_count ? f->m->subject : NULL;
}

void facts_look(struct facts *f, const struct rules *r, const struct view *v, const struct msg_in *m, const struct heard *h)
{
	*f = (struct facts){ .r = r, .v = v, .m = m, .h = h, .says = m->text ? m->text : "", .said = &h->text };
	const char *subject = facts_subject(f);
	if (h->text.blank && subject) {
		f->says = subject;
		f->said = &h->subject;
	}
	look_at_tickets(f);
	look_at_survey(f);
	f->flood = v->recent > r->flood_messages;
	f->hushed = f->flood || (v->threads && v->told >= r->told_an_hour);
	if (m->automatic != MSG_BY_PERSON && m->automatic != MSG_SUSPECT)
		return;
	f->emergency = h->text.emergency;
	if (!f->emergency && subject)
		f->emergency = h->subject.emergency;
	if (!f->emergency && m->kind == MSG_RATING)
		f->emergency = h->comment.emergency;
}
