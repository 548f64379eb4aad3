/* What bears on one message, read in as few statements as it takes: a citizen who is new costs one. */
#include "gateway/store/view.h"

#include "gateway/model/notice.h"
#include "gateway/store/ids.h"

enum { REFS_MAX = 20, TOLD_HOUR_MS = 3600 * 1000, TOLD_DAY_MS = 24 * TOLD_HOUR_MS, COUNTED_MAX = 4096 };

struct view_row {
	struct view_ticket t;
	uint64_t conversation;
	const char *peer, *kind, *phone; /* view_number only */
	bool verified;
};

static void fill_view_row(struct row *r, void *out)
{
	struct view_row *v = out;
	v->t.id = row_id(r);
	v->t.number = row_words(r);
	v->t.state = (enum ticket_state)row_int(r);
	v->t.flags = row_uint(r);
	v->t.opened_at = row_int(r);
	v->t.closed_at = row_int(r);
	v->t.last_at = row_int(r);
	v->t.rounds = row_uint(r);
	v->conversation = row_id(r);
}

static void fill_view_number(struct row *r, void *out)
{
	struct view_row *v = out;
	fill_view_row(r, v);
	v->peer = row_sealed(r, FIELD_CONVERSATION_PEER, v->conversation);
	v->kind = row_words(r);
	v->verified = row_int(r);
	v->phone = row_words(r);
}

static struct view_ticket view_ticket(const struct view_row *v, uint64_t conversation)
{
	struct view_ticket t = v->t;
	t.own = conversation != 0 && v->conversation == conversation;
	return t;
}

static int load_tickets(struct tx *tx, struct view *view)
{
	struct view_row *v;
	size_t n;
	int rc = tx_all(tx, STMT_view_tickets, PARAMS(v_id(view->conversation), v_int(VIEW_TICKETS)), fill_view_row, sizeof *v,
		&v, &n);
	for (size_t i = 0; i < n; i++)
		view->ticket[i] = view_ticket(&v[i], view->conversation);
	view->tickets = (unsigned)n;
	return rc;
}

static int absent(int rc)
{
	return rc == E_NOTFOUND ? 0 : rc;
}

/* What the message says it answers: our verified mark, else the nearest message that is known here. */
static int load_thread(struct tx *tx, const char *channel, const struct msg_in *m, struct view *view)
{
	struct view_row v;
	int rc = E_NOTFOUND;
	if (m->thread)
		rc = tx_one(tx, STMT_view_number, PARAMS(v_text(m->thread)), fill_view_number, &v);
	for (size_t i = 0; rc == E_NOTFOUND && !m->doubted && i < m->ref_count && i < REFS_MAX; i++)
		rc = id_one(tx, STMT_view_ref, channel, m->refs[i], fill_view_row, &v);
	if (rc == E_NOTFOUND && m->thread_address)
		rc = tx_one(tx, STMT_view_number, PARAMS(v_text(m->thread_address)), fill_view_number, &v);
	if (rc == 0)
		view->thread = view_ticket(&v, view->conversation);
	return absent(rc);
}

/* A ticket may be read by its own conversation, by the same address where both channels vouch for it, and by whoever proved
 * the mobile number that its citizen has. */
static int load_asked(struct tx *tx, const struct msg_in *m, const struct conversation_row *c, struct view *view)
{
	char number[TICKET_NUMBER_MAX];
	struct view_row v;
	if (m->doubted)
		return 0;
	bool named = (m->text && ticket_number_find(m->text, number)) ||
		(view->threads && m->subject && ticket_number_find(m->subject, number)); /* as our own subjects have it */
	if (!named)
		return 0;
	int rc = tx_one(tx, STMT_view_number, PARAMS(v_text(number)), fill_view_number, &v);
	if (rc < 0)
		return absent(rc);
	view->asked = view_ticket(&v, view->conversation);
	view->asked_allowed = view->asked.own || (m->verified && v.verified && strcmp(v.peer, m->peer) == 0 &&
		(!c->id || strcmp(v.kind, c->kind) == 0)) || (c->id && *c->phone && strcmp(v.phone, c->phone) == 0);
	return 0;
}

static void fill_survey(struct row *r, void *out)
{
	struct view *v = out;
	v->survey.id = row_id(r);
	v->survey.ticket = row_id(r);
	v->survey.token = row_words(r);
	v->survey.scale = (enum survey_scale)row_int(r);
	v->survey.asked_at = row_int(r);
	v->survey.expires_at = row_int(r);
	v->survey.answered = row_int(r) == SURVEY_ANSWERED;
	v->survey.answers_seq = row_int(r);
	v->survey.superseded = row_int(r);
}

static int load_survey(struct tx *tx, const struct msg_in *m, struct view *view)
{
	int rc;
	if (m->kind == MSG_RATING && m->rating.survey)
		rc = tx_one(tx, STMT_view_survey_token, PARAMS(v_id(view->conversation), v_text(m->rating.survey)), fill_survey, view);
	else
		rc = tx_one(tx, STMT_view_survey, PARAMS(v_id(view->conversation), v_int(view->now)), fill_survey, view);
	return absent(rc);
}

/* Only whether it is more than the rules allow matters: no more rows are read than can say so. */
static int load_recent(struct tx *tx, const struct rules *rules, const struct conversation_row *c, struct view *view)
{
	int64_t since = view->now - rules->flood_window_ms, count = 0;
	if (c->last_at <= since)
		return 0;
	int64_t from_seq = c->last_seq - 4 * (int64_t)rules->flood_messages - 8;
	int rc = tx_one(tx, STMT_view_recent, PARAMS(v_id(c->id), v_int(from_seq), v_int(since)), fill_int, &count);
	view->recent = (unsigned)count;
	return rc;
}

static void fill_told(struct row *r, void *out)
{
	struct view *v = out;
	v->told = row_uint(r);
	v->told_today = row_uint(r);
}

/* Only mailboxes talk with machines that answer by themselves, and only text messages cost something each. */
static int load_told(struct tx *tx, const struct rules *rules, const struct conversation_row *c, struct view *view)
{
	view->texts = strcmp(c->kind, "sms") == 0;
	int64_t since = view->now - (view->texts ? TOLD_DAY_MS : TOLD_HOUR_MS);
	if ((!view->threads && !view->texts) || c->last_at <= since)
		return 0;
	int64_t most = view->texts ? rules->texts_a_day : rules->told_an_hour;
	struct buf counted;
	buf_init(&counted, COUNTED_MAX);
	notice_automatic(view->texts, &counted);
	int rc = tx_one(tx, STMT_view_told, PARAMS(v_id(c->id), v_int(c->last_seq - 8 * most - 32), v_int(since),
		v_int(view->now - TOLD_HOUR_MS), v_text(buf_str(&counted))), fill_told, view);
	buf_fini(&counted);
	return rc;
}

int view_load(struct tx *tx, const char *channel, bool threads, const struct msg_in *m, const struct rules *rules,
	struct view *view, struct conversation_row *c)
{
	*view = (struct view){ .now = tx->now, .threads = threads };
	*c = (struct conversation_row){ 0 };
	int rc = absent(conversation_find(tx, channel, m->peer, c));
	view->conversation = c->id;
	if (rc == 0 && c->id) {
		if (!m->doubted && c->guide < GUIDE_STATES) {
			view->guide.state = (enum guide_state)c->guide;
			view->guide.ticket = c->guide_ticket;
			view->guide.at = c->guide_at;
		}
		if (!m->doubted)
			rc = load_tickets(tx, view);
		if (rc == 0 && !m->doubted)
			rc = load_survey(tx, m, view);
		if (rc == 0)
			rc = load_recent(tx, rules, c, view);
		if (rc == 0)
			rc = load_told(tx, rules, c, view);
	}
	if (rc == 0)
		rc = load_thread(tx, channel, m, view);
	return rc < 0 ? rc : load_asked(tx, m, c, view);
}
