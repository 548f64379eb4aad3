/* Everything the rows of ticket.c ask about, worked out once. Inner tool of ticket.c; pure. */
#ifndef XQ_MODEL_FACTS_H
#define XQ_MODEL_FACTS_H

#include "gateway/model/ticket.h"

struct facts {
	const struct rules *r;
	const struct view *v;
	const struct msg_in *m;
	const char *says;                  /* the text; the subject, where the text is empty */
	const struct heard *h;
	const struct heard_words *said;    /* what `says` says */
	const struct rule_word *emergency; /* the first word that raised the alarm */
	const struct view_ticket *newest, *newest_open;
	const struct view_ticket *thread;  /* the own ticket this message is about: its thread, or the number it names */
	const struct view_ticket *rated;   /* the survey's ticket, when the view holds it */
	bool foreign;                      /* the thread is somebody else's ticket */
	bool live;                         /* there is a survey and its window is open */
	bool flood;
	bool hushed;                       /* so many answers went to this address lately that it may be a machine's */
	struct survey_answer answer;       /* of a rating, or read from the text while the survey is live */
};

/* All of it is borrowed from the other arguments. */
void facts_look(struct facts *f, const struct rules *r, const struct view *v, const struct msg_in *m, const struct heard *h);

bool facts_open(const struct view_ticket *t);
bool facts_closed_lately(const struct facts *f, const struct view_ticket *t);
/* One of this citizen's that the view holds, or NULL. */
const struct view_ticket *facts_ticket(const struct view *v, uint64_t id);
/* The ticket that "not solved" speaks of: the one just asked about, else the newest; or NULL. */
const struct view_ticket *facts_unsolved(const struct facts *f);
/* The open ticket that a person is asked for on, or NULL. */
const struct view_ticket *facts_handed(const struct facts *f);
/* NULL in a reply: its subject only repeats what was said before. */
const char *facts_subject(const struct facts *f);

#endif
