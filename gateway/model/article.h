/* An article of the knowledge base (知识库): its states, and who may take it where. What the public and the assistant read was
 * approved by somebody who did not write it. Pure. */
#ifndef XQ_MODEL_ARTICLE_H
#define XQ_MODEL_ARTICLE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/model/workflow.h"

/* Of one version. Only one version of an article is approved at a time; a newer one retires it on its own approval. */
enum article_state { ARTICLE_DRAFT, ARTICLE_REVIEW, ARTICLE_APPROVED, ARTICLE_RETIRED, ARTICLE_STATES };
struct sm_table;
extern const struct sm_table article_machine; /* diagram in article.c */

enum article_step {
	ARTICLE_EDIT,      /* new words for a draft */
	ARTICLE_SUBMIT,    /* asks for a second person */
	ARTICLE_APPROVE,   /* 校核: never by who wrote it */
	ARTICLE_SEND_BACK, /* needs a note */
	ARTICLE_RETIRE,    /* no longer true: needs a note */
	ARTICLE_REVISE,    /* the next version, a draft with the same words */
	ARTICLE_STEPS
};
const char *article_step_name(enum article_step s);
int article_step_find(const char *name); /* -1 */

struct article_rule {
	uint32_t from;    /* SM_TO() of the states it may be taken in */
	int to;           /* enum article_state; -1: stays, or a version of its own (ARTICLE_REVISE) */
	uint32_t roles;   /* 1u << role */
	bool note;        /* needs one */
	bool second;      /* not by the author */
};
const struct article_rule *article_rule(enum article_step s);
/* 0; E_CONFLICT: not in this state; E_DENIED: not by this person. own: who acts wrote the version. */
int article_check(enum article_step s, enum article_state state, enum role role, bool own, struct err *e);
uint32_t article_legal(enum article_state state, enum role role, bool own); /* bit mask 1u << step */

enum { ARTICLE_TITLE_MAX = 200, ARTICLE_BODY_MAX = 20000, ARTICLE_NOTE_MAX = 1000 }; /* characters */

#endif
