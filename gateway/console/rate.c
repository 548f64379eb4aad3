/* /rate/TOKEN: the survey as a page. GET only shows, whoever fetches it: mail scanners and previews rate nothing. POST
 * goes the way every answer goes: the view is loaded, ticket_decide() speaks, survey_rate() records. What is written there and is no
 * first answer in time, a cry for help above all, is a message of its citizen like any other. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/base/utf8.h"
#include "gateway/console/internal.h"
#include "gateway/console/pages.h"
#include "gateway/flow/intake.h"
#include "gateway/flow/render.h"
#include "gateway/flow/survey.h"
#include "gateway/model/text.h"
#include "gateway/store/conversation.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/view.h"

enum { RATE_BODY_MAX = 32 * 1024, TOKEN_TEXT_MAX = 200 };

struct rate {
	struct console *console;
	struct http_req *req;
	struct arena *arena;
	struct catalog *catalog;
	const char *token;
	bool english, post, stop;  /* stop: the page, or the provider's button, that ends invitations */
	struct { int rating; enum msg_solved solved; const char *comment; } given;
	const char *fault;          /* what the form lacks, in words; or NULL */
	bool found, recorded, stopped;
	bool kept, too_late;        /* the words, as a message; they found no ticket that is still heard on */
	const struct rule_word *alarm; /* the catalog's; NULL: the words call for no help */
	const char *alarmed;        /* number of the ticket on which they stand */
	struct survey_row survey;   /* strings live until the answer is made */
	char number[TICKET_NUMBER_MAX];
	const char *title;
	int64_t now;
};

static void rate_free(struct rate *r)
{
	catalog_unref(&r->catalog);
	struct arena *a = r->arena;
	arena_destroy(&a);
}

/* --- words --- */

static const char *const LEVEL[5][2] = { /* best first, as the national scale is read */
	{ "非常满意", "Very satisfied" }, { "满意", "Satisfied" }, { "基本满意", "Fairly satisfied" },
	{ "不满意", "Dissatisfied" }, { "非常不满意", "Very dissatisfied" },
};

static void words(struct buf *b, const struct rate *r, const char *zh, const char *en)
{
	buf_adds(b, r->english ? en : zh);
}

static void choice(struct buf *b, const char *name, const char *value, const char *text, bool chosen)
{
	buf_addf(b, "<label class=\"pick\"><input type=\"radio\" name=\"%s\" value=\"%s\"%s><span>%s</span></label>\n", name, value,
		chosen ? " checked" : "", text);
}

/* --- the page --- */

static void form(struct buf *b, const struct rate *r)
{
	buf_adds(b, "<form method=\"post\">\n");
	if (r->fault != NULL)
		buf_addf(b, "<p class=\"fault\" role=\"alert\">%s</p>\n", r->fault);
	buf_adds(b, "<fieldset><legend>");
	words(b, r, "您反映的问题解决了吗？", "Has your problem been solved?");
	buf_adds(b, "</legend><div class=\"picks two\">\n");
	choice(b, "solved", "yes", r->english ? "Solved" : "已解决", r->given.solved == SOLVED_YES);
	choice(b, "solved", "no", r->english ? "Not solved" : "未解决", r->given.solved == SOLVED_NO);
	buf_adds(b, "</div></fieldset>\n<fieldset><legend>");
	words(b, r, "您对办理结果满意吗？", "How satisfied are you with the result?");
	buf_adds(b, "</legend><div class=\"picks\">\n");
	for (int i = 0; i < 5; i++) {
		char value[4];
		(void)snprintf(value, sizeof value, "%d", 5 - i);
		choice(b, "rating", value, LEVEL[i][r->english], r->given.rating == 5 - i);
	}
	buf_adds(b, "</div></fieldset>\n<label class=\"text\"><span>");
	words(b, r, "您还想说些什么？（可不填）", "Anything else you would like to say? (optional)");
	buf_addf(b, "</span><textarea name=\"comment\" rows=\"4\" maxlength=\"%d\">", SURVEY_COMMENT_MAX);
	page_text(b, r->given.comment ? r->given.comment : "");
	buf_adds(b, "</textarea></label>\n<button type=\"submit\">");
	words(b, r, "提交评价", "Send");
	buf_adds(b, "</button>\n</form>\n");
}

static void stop_form(struct buf *b, const struct rate *r)
{
	words(b, r, "<p class=\"big\">不再接收满意度评价邀请？</p><p>您的诉求仍照常办理和答复。</p>\n",
		"<p class=\"big\">No more invitations to rate?</p><p>Your requests are handled and answered as before.</p>\n");
	buf_adds(b, "<form method=\"post\"><input type=\"hidden\" name=\"stop\" value=\"1\"><button type=\"submit\">");
	words(b, r, "不再邀请我", "Do not invite me again");
	buf_adds(b, "</button></form>\n");
}

static void answered(struct buf *b, const struct rate *r)
{
	const struct survey_row *s = &r->survey;
	bool bad = (s->rating >= 1 && s->rating <= 2) || s->solved == (int)SOLVED_NO;
	if (bad)
		words(b, r, "<p class=\"big\">感谢反馈。我们会核实您反映的情况。</p>\n",
			"<p class=\"big\">Thank you. We will look into what you told us.</p>\n");
	else
		words(b, r, "<p class=\"big\">感谢您的评价。</p>\n", "<p class=\"big\">Thank you for your answer.</p>\n");
	if (s->rating >= 1 && s->rating <= 5)
		buf_addf(b, "<p>%s%s</p>\n", r->english ? "Your answer: " : "您的评价：", LEVEL[5 - s->rating][r->english]);
}

/* The words of every other channel, and first of all the number to call. */
static void urgent(struct buf *b, const struct rate *r)
{
	struct buf text;
	struct render_args args = { .call = r->alarm->number, .number = r->alarmed, .hotline = r->console->set.hotline, .title = "" };
	buf_init(&text, RENDER_MAX);
	render(catalog_templates(r->catalog), r->english ? "en" : "zh-CN", r->alarm->kind, "page", &args, NULL, &text);
	buf_adds(b, "<p class=\"big\" role=\"alert\">");
	page_text(b, buf_str(&text));
	buf_adds(b, "</p>\n");
	buf_fini(&text);
}

static bool is_open(const struct rate *r)
{
	return (r->survey.state == SURVEY_QUEUED || r->survey.state == SURVEY_ASKED) && r->survey.expires_at > r->now;
}

static void rate_answer(struct rate *r)
{
	struct buf b;
	int status = r->fault && r->alarm == NULL ? 422 : 200;
	page_begin(&b, r->english, r->english ? "How did we do?" : "满意度评价");
	buf_adds(&b, "<header class=\"head\"><p class=\"from\">");
	page_text(&b, r->console->set.hotline);
	buf_addf(&b, "</p><h1>%s</h1>", r->english ? "How did we do?" : "满意度评价");
	if (r->found) {
		buf_addf(&b, "<p class=\"about\">%s %s</p><p class=\"title\">", r->english ? "Ticket" : "工单", r->number);
		page_text(&b, r->title);
		buf_adds(&b, "</p>");
	}
	buf_adds(&b, "</header>\n");
	if (!r->found) {
		status = 404;
		words(&b, r, "<p class=\"big\">这个评价链接无效。请核对短信或邮件中的链接。</p>\n",
			"<p class=\"big\">This link is not valid. Please check it against our message.</p>\n");
	} else if (r->alarm != NULL) {
		urgent(&b, r);
	} else if (r->stopped) {
		words(&b, r, "<p class=\"big\">好的，今后不再邀请您评价。</p>\n", "<p class=\"big\">You will not be invited to rate again.</p>\n");
	} else if (r->stop) {
		stop_form(&b, r);
	} else if (r->survey.state == SURVEY_ANSWERED) {
		answered(&b, r);
		if (r->kept)
			words(&b, r, "<p>您补充的话也已收到。</p>\n", "<p>What you added has arrived too.</p>\n");
		else if (r->too_late)
			words(&b, r, "<p>工单已办结较久，您补充的话未能收入。如仍有问题，请再次联系我们。</p>\n",
				"<p>This ticket was closed long ago, so what you added is not on it. If something is still wrong,"
				" please write to us again.</p>\n");
	} else if (r->kept) {
		words(&b, r, "<p class=\"big\">评价时间已过，您写的话已收到，我们会处理。</p>\n",
			"<p class=\"big\">The time to answer is over. What you wrote has arrived, and we will look into it.</p>\n");
	} else if (!is_open(r)) {
		words(&b, r, "<p class=\"big\">评价时间已过，谢谢您的关注。如仍有问题，请再次联系我们。</p>\n",
			"<p class=\"big\">The time to answer is over. If something is still wrong, please write to us again.</p>\n");
	} else {
		form(&b, r);
	}
	page_end(r->req, status, &b, r->english);
}

/* --- jobs --- */

static int survey_load(struct rate *r, struct tx *tx, struct conversation_row *conv, struct ticket_row *t, struct err *e)
{
	r->now = tx_now(tx);
	r->found = r->recorded = r->stopped = r->kept = r->too_late = false; /* a lost transaction runs again */
	r->alarm = NULL;
	int rc = survey_find_token(tx, r->token, &r->survey);
	if (rc == 0)
		rc = conversation_get(tx, r->survey.conversation, conv);
	if (rc == 0)
		rc = ticket_get(tx, r->survey.ticket, t);
	if (rc == E_NOTFOUND)
		return 0;
	if (rc < 0)
		return err_set(e, rc, "the survey could not be read");
	r->found = true;
	(void)snprintf(r->number, sizeof r->number, "%s", t->number);
	r->title = t->title ? t->title : "";
	return 0;
}

static int show_run(struct tx *tx, void *arg, struct err *e)
{
	struct conversation_row conv;
	struct ticket_row t;
	return survey_load(arg, tx, &conv, &t, e);
}

/* The channel may be gone since the question was asked. */
static const struct channel_trait *trait_of(struct tx *tx, const struct flow_words *w, const struct conversation_row *conv)
{
	const struct channel_trait *there = flow_trait(w, conv->channel);
	struct channel_trait *gone = arena_alloc(tx_arena(tx), sizeof *gone);
	*gone = (struct channel_trait){ .name = conv->channel, .caps = { .kind = conv->kind } };
	return there ? there : gone;
}

static int take_message(struct rate *r, struct tx *tx, const struct channel_trait *trait, const struct msg_in *m, const struct plan *p,
	struct err *e)
{
	struct intake_done done;
	int rc = intake_message(tx, r->catalog, flow_words(r->console->set.flow), trait, m, false, &done, e);
	if (rc < 0)
		return rc;
	r->kept = done.taken != TAKEN_REFUSED;
	r->too_late = !r->kept;
	r->alarm = p->emergency;
	r->alarmed = done.ticket ? done.ticket : "";
	return 0;
}

/* The question is over, the citizen is not: what stands beside the late answer is said on the question's ticket, whatever else he has
 * open, and orders nothing there. */
static struct msg_in late_words(const struct rate *r, const struct channel_trait *trait, const struct msg_in *m)
{
	return (struct msg_in){ .kind = MSG_TEXT, .peer = m->peer, .account = m->account, .text = r->given.comment,
		.thread = r->number, .received_at = m->received_at, .verified = trait->caps.verified, .late = true };
}

/* Pressed twice, or sent again by the browser. */
static bool said_already(const struct rate *r)
{
	const char *comment = r->survey.comment ? r->survey.comment : "";
	return r->given.comment == NULL || text_blank(r->given.comment) ||
		(r->survey.state == SURVEY_ANSWERED && strcmp(comment, r->given.comment) == 0);
}

static int record(struct rate *r, struct tx *tx, struct conversation_row *conv, struct err *e)
{
	struct msg_in m = { .kind = MSG_RATING, .peer = conv->peer, .account = conv->account, .text = "", .received_at = r->now,
		.rating = { .survey = r->token, .rating = r->given.rating, .solved = r->given.solved, .comment = r->given.comment } };
	struct view *v = arena_alloc(tx_arena(tx), sizeof *v);
	struct plan *p = arena_alloc(tx_arena(tx), sizeof *p);
	struct conversation_row seen;
	const struct rules *rules = catalog_rules(r->catalog);
	const struct channel_trait *trait = trait_of(tx, flow_words(r->console->set.flow), conv);
	int rc = view_load(tx, conv->channel, trait->caps.threads, &m, rules, v, &seen);
	if (rc < 0)
		return err_set(e, rc, "the survey could not be read");
	ticket_decide(rules, v, &m, p);
	bool first = p->outcome == OUTCOME_RATE && !p->repeated_answer;
	if (p->outcome == OUTCOME_EMERGENCY || (!first && !r->fault && !said_already(r))) {
		struct msg_in late = late_words(r, trait, &m);
		return take_message(r, tx, trait, p->outcome == OUTCOME_REFUSE ? &late : &m, p, e);
	}
	if (!first || r->fault)
		return 0;
	rc = survey_rate(tx, r->catalog, flow_words(r->console->set.flow), &r->survey, &p->answer, r->given.comment, true, p->reopen,
		p->supervise);
	r->recorded = rc == 0;
	return rc == 0 || rc == E_CONFLICT ? 0 : err_set(e, rc, "the answer could not be stored");
}

static int post_run(struct tx *tx, void *arg, struct err *e)
{
	struct rate *r = arg;
	struct conversation_row conv;
	struct ticket_row t;
	int rc = survey_load(r, tx, &conv, &t, e);
	if (rc == 0 && r->found && r->stop) {
		rc = survey_stop(tx, &conv);
		r->stopped = rc == 0;
		return rc < 0 ? err_set(e, rc, "the wish could not be stored") : 0;
	}
	return rc < 0 || !r->found ? rc : record(r, tx, &conv, e);
}

static void rate_done(void *arg, int rc, const struct err *e)
{
	struct rate *r = arg;
	if (rc < 0) {
		log_error("console", "survey page failed", "reason=%s", e->words);
		http_problem(r->req, 503, "Busy: try again soon", NULL);
	} else if (r->recorded) {
		char place[TOKEN_TEXT_MAX + 40];
		(void)snprintf(place, sizeof place, "/rate/%s?lang=%s", r->token, r->english ? "en" : "zh-CN");
		http_redirect(r->req, 303, place);
	} else {
		rate_answer(r);
	}
	rate_free(r);
}

/* --- the form --- */

static void form_read(struct rate *r)
{
	size_t n;
	const char *body = http_body(r->req, &n);
	const char *one_click = page_field(r->arena, body, n, "List-Unsubscribe");
	r->stop = page_field(r->arena, body, n, "stop") || (one_click && strcmp(one_click, "One-Click") == 0);
	if (r->stop)
		return;
	const char *rating = page_field(r->arena, body, n, "rating"), *solved = page_field(r->arena, body, n, "solved");
	const char *comment = page_field(r->arena, body, n, "comment");
	if (rating != NULL && strlen(rating) == 1 && *rating >= '1' && *rating <= '5')
		r->given.rating = *rating - '0';
	if (solved != NULL)
		r->given.solved = strcmp(solved, "yes") == 0 ? SOLVED_YES : strcmp(solved, "no") == 0 ? SOLVED_NO : SOLVED_UNSAID;
	r->given.comment = comment && *comment ? comment : NULL;
	if (comment != NULL && utf8_count(comment, strlen(comment)) > SURVEY_COMMENT_MAX)
		r->fault = r->english ? "Your comment is too long." : "您的留言太长，请删减后再提交。";
	else if (r->given.rating == 0 && r->given.solved == SOLVED_UNSAID)
		r->fault = r->english ? "Please choose an answer first." : "请先选择一项评价。";
}

/* What the link in a mail chose is only shown as chosen: whoever fetches links has recorded nothing. */
static void preset(struct rate *r)
{
	const char *rating = http_query(r->req, "rating");
	if (rating != NULL && strlen(rating) == 1 && *rating >= '1' && *rating <= '5')
		r->given.rating = *rating - '0';
	r->stop = http_query(r->req, "stop") != NULL;
}

static void rate_page(struct http_req *req, void *arg)
{
	struct console *c = arg;
	struct arena *a = arena_create(4096);
	struct rate *r = arena_alloc(a, sizeof *r);
	*r = (struct rate){ .console = c, .req = req, .arena = a, .catalog = catalog_ref(flow_catalog(c->set.flow)),
		.english = page_english(req), .post = strcmp(http_method(req), "POST") == 0 };
	r->token = arena_strdup(a, strlen(http_rest(req)) <= TOKEN_TEXT_MAX ? http_rest(req) : "");
	if (r->post)
		form_read(r);
	else
		preset(r);
	int rc = store_give(c->set.store, &(struct store_job){ .run = r->post ? post_run : show_run, .done = rate_done, .arg = r,
		.write = r->post, .lane = lane_of_stranger(c, req) });
	if (rc < 0) {
		http_problem(req, 503, "Busy: try again soon", NULL);
		rate_free(r);
	}
}

void rate_register(struct console *c)
{
	http_route(c->set.http, "GET", "/rate/*", rate_page, c);
	http_route_body(c->set.http, "POST", "/rate/*", RATE_BODY_MAX, rate_page, c);
}
