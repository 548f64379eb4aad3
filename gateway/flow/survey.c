#include "gateway/flow/survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/crypto.h"
#include "gateway/base/sm.h"
#include "gateway/flow/followup.h"
#include "gateway/flow/stepping.h"
#include "gateway/store/docket.h"
#include "gateway/store/kept.h"

enum { TOKEN_MAC = 16, TOKEN_MAX = 64 };

/* The token is a mark of ours over ticket and round: unguessable, and one for each closing. */
static const char *survey_token(struct tx *tx, const struct flow_words *w, const struct ticket_row *t)
{
	char payload[TOKEN_MAX], token[TOKEN_MAX];
	(void)snprintf(payload, sizeof payload, "%" PRIx64 "-%" PRIx64, t->id, (uint64_t)tx_id(tx));
	mark_sign(w->secret, "survey", payload, TOKEN_MAC, token, sizeof token);
	return arena_strdup(tx_arena(tx), token);
}

/* Kept per conversation, so the wish of a citizen's mailbox says nothing of the telephone. */
static const char STOPPED[] = "survey-stopped";

int survey_stop(struct tx *tx, const struct conversation_row *conv)
{
	return kept_put(tx, STOPPED, tell_id(tx, conv->id), "1");
}

int survey_stopped(struct tx *tx, uint64_t conversation)
{
	const char *value;
	int rc = kept_get(tx, STOPPED, tell_id(tx, conversation), &value);
	return rc == E_NOTFOUND ? 0 : rc < 0 ? rc : 1;
}

int survey_ask(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct ticket_row *t,
	const char *actor, const char *event, struct message_row *said)
{
	struct conversation_row conv;
	int rc = conversation_get(tx, t->conversation, &conv);
	if (rc < 0)
		return rc;
	const struct channel_trait *trait = flow_trait(w, t->channel);
	const struct category *g = catalog_category(c, *t->category ? t->category : "default");
	char version[RENDER_VERSION];
	render_version(catalog_templates(c), conv.language, event, conv.kind, version);
	struct survey_row s = {
		.ticket = t->id, .conversation = conv.id, .token = survey_token(tx, w, t), .channel = t->channel,
		.agent = *t->assignee ? t->assignee : actor, .category = t->category, .text_version = version,
		.counted = g == NULL || !g->unrated,
		.department = t->department, .scale = trait && trait->caps.one_best ? SURVEY_ONE_BEST : SURVEY_FIVE_BEST,
		.round = t->rounds, .created_at = tx_now(tx), .expires_at = tx_now(tx) + catalog_loop(c)->survey_hours * 3600LL * 1000,
	};
	if ((rc = survey_insert(tx, &s)) < 0)
		return rc;
	struct render_args args = { .url = arena_printf(tx_arena(tx), "%s/rate/%s", w->public_url, s.token) };
	ticket_args(tx, c, w, conv.language, t, &args);
	rc = say_to(tx, c, w, &conv, t, &(struct say){ .event = event, .args = &args, .from = FROM_SYSTEM,
		.survey = s.id }, said);
	if (rc < 0)
		return rc;
	s.message = said->id;
	rc = survey_update(tx, &s, SURVEY_QUEUED);
	if (rc < 0 || (rc = followup_elsewhere_plan(tx, &s)) < 0)
		return rc;
	return followup_remind_plan(tx, c, &s);
}

static int survey_record(struct tx *tx, struct survey_row *s, const struct survey_answer *a, const char *comment)
{
	s->raw = arena_strdup(tx_arena(tx), a->raw);
	s->rating = a->rating;
	s->solved = (int)a->solved;
	s->comment = comment ? comment : "";
	s->answered_at = tx_now(tx);
	int rc = survey_update(tx, s, SURVEY_ANSWERED);
	if (rc < 0 || (rc = task_drop(tx, s->ticket, TASK_ASK_AGAIN)) < 0 ||
		(rc = task_drop(tx, s->ticket, TASK_ASK_ELSEWHERE)) < 0)
		return rc;
	/* His words stand in the survey alone, which can be erased. */
	return tell_event(tx, s->ticket, "rated", "citizen", json_pack("{s:i, s:s, s:s}", "rating", s->rating, "solved",
		s->solved == SOLVED_YES ? "yes" : s->solved == SOLVED_NO ? "no" : "", "scale",
		survey_scale_name((enum survey_scale)s->scale)));
}

int survey_rate(struct tx *tx, const struct catalog *c, const struct flow_words *w, struct survey_row *s,
	const struct survey_answer *a, const char *comment, bool tell, bool reopen, bool supervise)
{
	if (!sm_legal(&survey_machine, s->state, SURVEY_ANSWERED) || s->expires_at <= tx_now(tx))
		return E_CONFLICT;
	if (w->remote) /* the core hears of the rating, and does with it what it does */
		reopen = supervise = false;
	struct ticket_row t;
	struct conversation_row conv;
	int rc = survey_record(tx, s, a, comment);
	if (rc < 0 || (rc = ticket_get(tx, s->ticket, &t)) < 0 || (rc = conversation_get(tx, s->conversation, &conv)) < 0)
		return rc;
	if (reopen && (rc = ticket_reopen(tx, c, w, &t, "citizen", "rated")) < 0)
		return rc;
	if (supervise)
		t.flags |= FLAG_SUPERVISED;
	if (supervise && reopen && (rc = order_open(tx, c, &t, "system", "rating", s->comment)) < 0)
		return rc;
	if (!w->remote && followup_bad(a) && (rc = followup_call_back(tx, c, &t, s)) < 0)
		return rc;
	if (tell) {
		struct message_row m;
		bool bad = reopen || supervise || (w->remote && followup_bad(a));
		const char *event = !bad ? "thanks" : text_blank(s->comment) ? "ask-why" : "thanks-bad";
		rc = say_to(tx, c, w, &conv, &t, &(struct say){ .event = event, .from = FROM_SYSTEM }, &m);
		if (rc < 0)
			return rc;
	}
	return ticket_update(tx, &t);
}
