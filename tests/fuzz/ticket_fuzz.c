/* The decision about one message, whatever the store knows. Input: the text on one line and the subject on the next,
 * then bytes that make up what the store knows. */
#include "tests/fuzz/fuzz.h"

#include "gateway/model/ticket.h"

enum { FUZZ_MAX = 512 };
static const int64_t NOW = 1790000000000, DAY = 24LL * 3600 * 1000;

/* 0 or a time within some weeks of now. */
static int64_t time_of(struct input *in)
{
	unsigned b = input_byte(in);
	return b ? NOW + ((int)b - 200) * (DAY / 4) : 0;
}

static struct view_ticket ticket_of(struct input *in, uint64_t id)
{
	unsigned b = input_byte(in);
	return (struct view_ticket){ .id = id, .number = "20261122300000011", .state = (enum ticket_state)(b % TICKET_STATES),
		.flags = input_byte(in) & 63u, .opened_at = time_of(in), .closed_at = time_of(in), .last_at = time_of(in),
		.rounds = b / TICKET_STATES % 4, .own = b & 128, .watched = b & 64 };
}

static void view_of(struct input *in, struct view *v)
{
	unsigned b = input_byte(in);
	*v = (struct view){ .now = NOW, .threads = b & 1, .conversation = b & 2 ? 5 : 0, .asked_allowed = b & 4,
		.recent = input_byte(in) };
	v->tickets = b & 2 ? b >> 5 : 0;
	for (unsigned i = 0; i < v->tickets; i++) {
		v->ticket[i] = ticket_of(in, 10 + i);
		v->ticket[i].own = true;
	}
	if (b & 8)
		v->thread = ticket_of(in, 10 + input_byte(in) % 10u);
	if (b & 16)
		v->asked = ticket_of(in, 10 + input_byte(in) % 10u);
	b = input_byte(in);
	v->told = input_byte(in);
	v->told_today = v->told + (b & 1 ? input_byte(in) : 0);
	v->texts = b & 4 && !v->threads;
	v->crowd = b & 8 && !v->threads && !v->tickets;
	if (!(b & 1))
		return;
	v->survey.id = 77;
	v->survey.ticket = 10 + (b >> 1) % 10u;
	v->survey.token = "token";
	v->survey.scale = b & 32 ? SURVEY_ONE_BEST : SURVEY_FIVE_BEST;
	v->survey.answered = b & 64;
	v->survey.superseded = b & 128;
	v->survey.asked_at = time_of(in);
	v->survey.expires_at = time_of(in);
}

static bool known(const struct view *v, uint64_t id)
{
	for (unsigned i = 0; i < v->tickets; i++)
		if (v->ticket[i].id == id)
			return true;
	return id && (id == v->thread.id || id == v->asked.id || (v->survey.id && id == v->survey.ticket));
}

static void check(const struct view *v, const struct msg_in *m, const struct plan *p)
{
	must(p->outcome >= OUTCOME_NEW && p->outcome < OUTCOMES && p->say < SAYS && p->reason < REASONS && p->rule);
	must(!p->silent || (v->texts && p->say == SAY_NOTHING));
	bool held = p->outcome == OUTCOME_REFUSE || p->outcome == OUTCOME_HOLD;
	must(held == (p->reason != REASON_NONE));
	must((p->outcome == OUTCOME_EMERGENCY) == (p->emergency != NULL));
	must(!p->ticket || known(v, p->ticket));
	bool needs = p->outcome == OUTCOME_APPEND || p->outcome == OUTCOME_REOPEN || p->outcome == OUTCOME_RATE ||
		p->outcome == OUTCOME_WITHDRAW;
	bool makes = p->outcome == OUTCOME_NEW || held;
	must(!(needs && !p->ticket) && !(makes && p->ticket));
	bool cries = p->outcome == OUTCOME_EMERGENCY; /* what was pressed beside the cry counts as well */
	must(p->outcome == OUTCOME_RATE ? p->survey != 0 : !p->survey || p->repeated_answer || cries);
	must(!p->repeated_answer || (p->survey && (needs || cries)));
	must(!p->reopen || p->outcome == OUTCOME_RATE || (cries && p->survey));
	bool suspect = m->automatic == MSG_SUSPECT;
	if (m->automatic != MSG_BY_PERSON) /* a machine is never answered */
		must(p->say == SAY_NOTHING && (p->outcome == OUTCOME_APPEND || p->outcome == (suspect ? OUTCOME_HOLD : OUTCOME_REFUSE) ||
			(suspect && p->outcome == OUTCOME_EMERGENCY)));
	if (p->outcome == OUTCOME_HOLD)
		must(p->say == SAY_NOTHING || v->crowd);
	if (m->late && m->automatic == MSG_BY_PERSON && !cries) /* onto its own ticket or nowhere, whatever it says */
		must(p->outcome == OUTCOME_REFUSE || ((p->outcome == OUTCOME_APPEND || p->outcome == OUTCOME_REOPEN) &&
			(p->ticket == v->thread.id || p->ticket == v->asked.id)));
	/* What is somebody else's is never touched: only asked about, and only where that is allowed. */
	if (p->ticket && p->ticket == v->thread.id && !v->thread.own && p->outcome != OUTCOME_QUERY) {
		bool mine = v->survey.id && v->survey.ticket == p->ticket;
		for (unsigned i = 0; i < v->tickets; i++)
			mine |= v->ticket[i].id == p->ticket;
		must(mine || (v->asked.id == p->ticket && v->asked.own));
	}
	if (p->outcome == OUTCOME_QUERY && v->asked.id && strcmp(p->rule, "withdraw") != 0)
		must(v->asked_allowed ? p->ticket == v->asked.id : !p->ticket);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct rules rules;
	static struct view v;
	struct input in = { p, n };
	char *text = input_line(&in), *subject = input_line(&in);
	unsigned b = input_byte(&in), c = input_byte(&in);
	rules_defaults(&rules);
	static const struct rule_word words[] = { { "着火|起火", "119", "emergency.fire", "灭了", "我|有人" },
		{ "救命", "110", "emergency.police", NULL, NULL }, { "gas leak", "119", "emergency.fire", "no gas leak", NULL } };
	memcpy(rules.emergency, words, sizeof words);
	rules.emergencies = 3;
	view_of(&in, &v);
	static const struct msg_attachment file = { .name = "a", .type = "image/png", .sha256 = "", .size = 1 };
	static const char *const refs[] = { "<a@b>" };
	bool rating = b & 1;
	struct msg_in m = { .kind = rating ? MSG_RATING : MSG_TEXT, .peer = "p", .account = "a", .text = text,
		.subject = b & 2 ? subject : NULL, .attachment = &file, .attachment_count = b & 4 ? 1 : 0, .refs = refs,
		.ref_count = b & 8 ? 1 : 0, .automatic = b & 16 ? (enum msg_automatic)(c % 7) : MSG_BY_PERSON,
		.automatic_why = b & 16 ? "why" : NULL, .late = !rating && b & 128 };
	if (rating)
		m.rating = (struct msg_rating){ .survey = b & 32 ? "token" : "other", .rating = (int)(c % 7),
			.solved = (enum msg_solved)(c / 7 % 3), .comment = b & 64 ? subject : NULL };
	struct plan plan;
	ticket_decide(&rules, &v, &m, &plan);
	check(&v, &m, &plan);
	free(subject);
	free(text);
	return 0;
}
