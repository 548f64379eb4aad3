#include "gateway/store/survey.h"

#include "gateway/base/sm.h"
#include "gateway/store/change.h"
#include "gateway/store/docket.h"
#include "gateway/store/tx.h"

_Static_assert(SURVEY_QUEUED == 0 && SURVEY_ASKED == 1 && SURVEY_ANSWERED == 2, "statements.def and the schema know these numbers");

static void fill_survey(struct row *r, void *out)
{
	struct survey_row *s = out;
	s->id = row_id(r);
	s->ticket = row_id(r);
	s->conversation = row_id(r);
	s->message = row_id(r);
	s->token = row_words(r);
	s->channel = row_words(r);
	s->agent = row_words(r);
	s->department = row_words(r);
	s->state = row_uint(r);
	s->scale = row_uint(r);
	s->round = row_uint(r);
	s->created_at = row_int(r);
	s->asked_at = row_int(r);
	s->expires_at = row_int(r);
	s->answered_at = row_int(r);
	s->raw = row_words(r);
	s->comment = row_words(r);
	s->rating = (int)row_int(r);
	s->solved = (int)row_int(r);
	s->category = row_words(r);
	s->text_version = row_words(r);
	s->counted = row_int(r);
}

int survey_insert(struct tx *tx, struct survey_row *s)
{
	int64_t changed; /* asked for: whether the token is new is known now */
	s->id = tx_id(tx);
	return tx_exec(tx, STMT_survey_insert, PARAMS(v_id(s->id), v_id(s->ticket), v_id(s->conversation), v_id(s->message),
		v_text(s->token), v_words(s->channel), v_words(s->agent), v_words(s->department), v_int(s->state), v_int(s->scale),
		v_int(s->round), v_int(s->created_at), v_int(s->asked_at), v_int(s->expires_at), v_int(s->answered_at),
		v_words(s->raw), v_words(s->comment), v_int(s->rating), v_int(s->solved), v_words(s->category),
		v_words(s->text_version), v_int(s->counted)), &changed);
}

int survey_get(struct tx *tx, uint64_t id, struct survey_row *s)
{
	return tx_one(tx, STMT_survey_get, PARAMS(v_id(id)), fill_survey, s);
}

int survey_find_token(struct tx *tx, const char *token, struct survey_row *s)
{
	return tx_one(tx, STMT_survey_find_token, PARAMS(v_text(token)), fill_survey, s);
}

int survey_of_ticket(struct tx *tx, uint64_t ticket, struct survey_row *s)
{
	return tx_one(tx, STMT_survey_of_ticket, PARAMS(v_id(ticket)), fill_survey, s);
}

int survey_update(struct tx *tx, struct survey_row *s, enum survey_state to)
{
	int64_t changed = 0;
	bool move = s->state != (unsigned)to;
	if (move && !sm_legal(&survey_machine, s->state, to))
		return tx_refuse(tx, E_CONFLICT, "a survey that is %s cannot become %s", sm_name(&survey_machine, s->state),
			sm_name(&survey_machine, to));
	int rc = tx_exec(tx, STMT_survey_update, PARAMS(v_id(s->id), v_int(s->state), v_id(s->message), v_int(to),
		v_int(s->asked_at), v_int(s->expires_at), v_int(s->answered_at), v_words(s->raw), v_words(s->comment),
		v_int(s->rating), v_int(s->solved)), &changed);
	if (rc < 0)
		return rc;
	if (!changed)
		return tx_refuse(tx, E_CONFLICT, "the survey is no longer %s", sm_name(&survey_machine, s->state));
	if (move)
		sm_move(&survey_machine, &s->state, to, s->channel);
	change_survey(tx, s->ticket);
	return 0;
}

int survey_withdraw(struct tx *tx, uint64_t ticket)
{
	struct survey_row s;
	int rc = task_drop(tx, ticket, TASK_ASK);
	if (rc < 0 || (rc = task_drop(tx, ticket, TASK_ASK_AGAIN)) < 0 ||
		(rc = task_drop(tx, ticket, TASK_ASK_ELSEWHERE)) < 0)
		return rc;
	rc = survey_of_ticket(tx, ticket, &s);
	if (rc < 0 || !sm_legal(&survey_machine, s.state, SURVEY_EXPIRED))
		return rc == E_NOTFOUND ? 0 : rc;
	s.expires_at = tx->now; /* its window is over, for buttons too */
	return survey_update(tx, &s, SURVEY_EXPIRED);
}

int survey_expire(struct tx *tx, unsigned limit, size_t *n)
{
	struct survey_row *s;
	int rc = tx_all(tx, STMT_survey_expired, PARAMS(v_int(tx->now), v_int(limit)), fill_survey, sizeof *s, &s, n);
	for (size_t i = 0; rc == 0 && i < *n; i++)
		rc = survey_update(tx, &s[i], SURVEY_EXPIRED);
	return rc;
}

int survey_count_since(struct tx *tx, uint64_t conversation, int64_t since, int64_t *count)
{
	return tx_one(tx, STMT_survey_count, PARAMS(v_id(conversation), v_id(id_floor(since)), v_int(since)), fill_int, count);
}
