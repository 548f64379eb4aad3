/* Messages out. Which way one goes is decided from how the citizen stands: a customer-service message while the window is
 * open (or nothing is known), else a template or subscription message if the configuration maps one, else not here.
 *
 * Pictures and files go as messages of their own behind the text; they are uploaded before anything is sent, so that what
 * fails there has reached nobody. Templates carry none: a message with files goes within the window or elsewhere.
 *
 *   message ──platform says the window is over──▶ subscription ──refused──▶ template ──▶ SENT_CLOSED
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "adapters/wechat/internal.h"
#include "adapters/wechat/split.h"
#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/model/survey.h"

enum { ID_MAX = 96, OURS_MAX = 28 /* of the 32 a msgid may have */ };
enum { DEFER_DAY_MS = 30 * 60 * 1000, DEFER_MS = 60 * 1000, CODE_DAY_QUOTA = 45009 };

enum way { WAY_MESSAGE, WAY_NOTICE, WAY_TEMPLATE, WAY_NONE };

struct outgoing {
	struct outgoing *next, **at;
	struct wx *wx;
	const struct msg_out *m;
	enum way way;
	const struct template *map;      /* of WAY_NOTICE and WAY_TEMPLATE */
	const char *rest;              /* of the text, from the part under way on */
	unsigned parts, taken;         /* of text, then its files */
	struct upload *upload;         /* NULL: it has none, or they are not up yet */
	char id[SENT_IDS_MAX][ID_MAX]; /* one a part that has one */
	size_t ids;
	bool spent, gone;              /* the platform said so of this citizen */
	char why[300];
};

/* --- the end --- */

static void finish(struct outgoing *o, struct sent_result *r)
{
	struct wx *w = o->wx;
	const struct msg_out *m = o->m;
	char note[STANDING_LINE_MAX];
	struct standing_note n = { .at = clock_now(), .count = o->taken };
	n.event = o->gone ? STANDING_REFUSING : o->spent ? STANDING_SPENT : STANDING_SENT;
	if (o->gone || o->spent || (o->way == WAY_MESSAGE && o->taken)) {
		standing_write(&n, note);
		r->note = note;
	}
	const char *ids[SENT_IDS_MAX];
	for (size_t i = 0; i < o->ids; i++)
		ids[i] = o->id[i];
	bool notice_unknown = r->sent == SENT_UNKNOWN && o->way == WAY_NOTICE; /* its id is ours: what is said of it settles it */
	if (o->ids && (r->sent == SENT_ACCEPTED || notice_unknown)) {
		r->id = ids;
		r->ids = o->ids;
		r->receipts = o->way != WAY_MESSAGE;
	}
	upload_destroy(&o->upload);
	*o->at = o->next;
	if (o->next)
		o->next->at = o->at;
	w->sending--;
	w->host->sent(&w->base, m, r);
	free(o);
	if (w->full && !w->draining) {
		w->full = false;
		w->host->ready(&w->base);
	}
	wx_settle(w);
}

static void end(struct outgoing *o, enum sent sent, const char *reason, unsigned retry_ms)
{
	char words[400];
	if (sent != SENT_ACCEPTED && o->taken) { /* the citizen has a part of it: not again by itself */
		(void)snprintf(words, sizeof words, "%u of %u parts were taken, then: %s", o->taken, o->parts, reason);
		finish(o, &(struct sent_result){ .sent = SENT_UNKNOWN, .reason = words });
		return;
	}
	finish(o, &(struct sent_result){ .sent = sent, .reason = reason && *reason ? reason : NULL, .retry_ms = retry_ms });
}

/* --- the way --- */

static void go(struct outgoing *o);

/* The next way after `from` that the configuration has; WAY_NONE: none. */
static enum way way_after(struct outgoing *o, enum way from)
{
	const struct wx *w = o->wx;
	if (from < WAY_NOTICE && (o->map = template_find(w->notice, w->notices, o->m->event)) &&
		standing_notice(o->m->peer_state, o->map->id) >= 0)
		return WAY_NOTICE; /* accepted, or nothing was heard */
	if (from < WAY_TEMPLATE && (o->map = template_find(w->template, w->templates, o->m->event)))
		return WAY_TEMPLATE;
	return WAY_NONE;
}

static void next_way(struct outgoing *o, const char *why)
{
	(void)snprintf(o->why, sizeof o->why, "%s", why);
	o->way = o->taken || o->m->attachment_count ? WAY_NONE : way_after(o, o->way);
	if (o->way == WAY_NONE)
		end(o, SENT_CLOSED, o->why, 0);
	else
		go(o);
}

/* --- what the platform said --- */

static void took(struct outgoing *o, const struct api_answer *a)
{
	o->taken++;
	if (o->way == WAY_TEMPLATE) {
		json_t *id = json_object_get(a->json, "msgid");
		if (json_is_integer(id))
			(void)snprintf(o->id[o->ids++], ID_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	}
	if (o->taken < o->parts)
		go(o);
	else
		end(o, SENT_ACCEPTED, NULL, 0);
}

/* Sent once more, it cannot reach the citizen twice: WeCom refuses a msgid it has, templates know our client_msg_id (for ten minutes
 * at least, says "send template messages"). */
static bool repeatable(const struct outgoing *o)
{
	return o->way == WAY_TEMPLATE || (o->wx->wecom && o->taken == 0);
}

/* Until the citizen accepts it again, it is not tried in vain. */
static void refused_notice(const struct outgoing *o)
{
	char scene[STANDING_LINE_MAX] = "", note[STANDING_LINE_MAX];
	if (o->way != WAY_NOTICE)
		return;
	standing_notice_add(scene, false, o->map->id);
	standing_write(&(struct standing_note){ .event = STANDING_NOTICES, .at = clock_now(), .scene = scene }, note);
	o->wx->host->remember(&o->wx->base, &(struct memo){ .peer = o->m->peer, .note = note }, NULL, NULL);
}

static void on_answer(void *arg, const struct api_answer *a)
{
	struct outgoing *o = arg;
	if (o->way == WAY_NOTICE && a->fate != FATE_OK && a->fate != FATE_LOST)
		notices_told(o->wx->awaited, o->id[0]); /* there will be nothing to say */
	switch (a->fate) {
	case FATE_OK:
	case FATE_TAKEN:
		took(o, a);
		return;
	case FATE_CLOSED:
		o->spent = o->way == WAY_MESSAGE;
		next_way(o, a->words);
		return;
	case FATE_REFUSED:
		refused_notice(o);
		next_way(o, a->words);
		return;
	case FATE_GONE:
		o->gone = true;
		end(o, SENT_CLOSED, a->words, 0);
		return;
	case FATE_UNREACHED:
	case FATE_BUSY:
	case FATE_TOKEN:
		end(o, SENT_RETRY, a->words, 0);
		return;
	case FATE_DEFER:
		end(o, SENT_RETRY, a->words, a->code == CODE_DAY_QUOTA ? DEFER_DAY_MS : DEFER_MS);
		return;
	case FATE_LOST:
		end(o, repeatable(o) && !o->wx->ending ? SENT_RETRY : SENT_UNKNOWN, a->words, 0);
		return;
	case FATE_ALARM:
		log_error(o->wx->base.channel, "the platform refuses what is configured", "code=%d reason=\"%s\" event=%s", a->code, a->words,
			o->m->event ? o->m->event : "");
		end(o, SENT_REFUSED, a->words, 0);
		return;
	case FATE_NEVER:
		end(o, SENT_REFUSED, a->words, 0);
		return;
	}
}

/* --- what the platform is told --- */

/* What it is known by there: the same over tries, and another where a person sends again what was taken and did not arrive. */
static const char *our_id(const struct msg_out *m, char out[OURS_MAX])
{
	if (m->round)
		(void)snprintf(out, OURS_MAX, "x%" PRIx64 "r%x", m->id, m->round);
	else
		(void)snprintf(out, OURS_MAX, "x%" PRIx64, m->id);
	return out;
}

static json_t *menu_list(const struct outgoing *o)
{
	json_t *list = json_array();
	uint64_t survey = survey_number(o->m->survey);
	for (size_t i = 0; i < o->m->choices; i++) {
		const struct msg_choice *c = &o->m->choice[i];
		char id[24];
		(void)snprintf(id, sizeof id, "%" PRIu64, push_menu_id(survey, c->rating, c->solved));
		json_t *item = json_pack("{s:s, s:s}", "id", id, "content", c->words);
		if (o->wx->wecom)
			item = json_pack("{s:s, s:o}", "type", "click", "click", item);
		must(item && json_array_append_new(list, item) == 0);
	}
	return list;
}

/* The next part, as the member the message's type is named after. The survey's items hang on its last part. */
static void put_part(struct outgoing *o, json_t *body)
{
	size_t n = split_next(o->rest, strlen(o->rest));
	bool menu = o->m->kind == OUT_SURVEY && o->m->survey && o->rest[n] == '\0';
	char *text = mem_strndup(o->rest, n);
	json_t *part = menu ? json_pack("{s:s, s:o, s:s}", "head_content", text, "list", menu_list(o), "tail_content", "")
		: json_pack("{s:s}", "content", text);
	free(text);
	must(part && json_object_set_new(body, "msgtype", json_string(menu ? "msgmenu" : "text")) == 0 &&
		json_object_set_new(body, menu ? "msgmenu" : "text", part) == 0);
	o->rest += n;
}

static void put_file(const struct outgoing *o, json_t *body, size_t i)
{
	const char *kind = upload_kind(o->wx->wecom, &o->m->attachment[i]);
	must(json_object_set_new(body, "msgtype", json_string(kind)) == 0 &&
		json_object_set_new(body, kind, json_pack("{s:s}", "media_id", upload_media(o->upload, i))) == 0);
}

static void send_message(struct outgoing *o)
{
	struct wx *w = o->wx;
	size_t files = o->m->attachment_count, text = o->parts - files;
	json_t *body = json_pack("{s:s}", "touser", o->m->peer);
	must(body);
	if (w->wecom) {
		char ours[OURS_MAX], *id = o->id[o->ids++];
		(void)snprintf(id, ID_MAX, "%sp%u", our_id(o->m, ours), o->taken);
		must(json_object_set_new(body, "open_kfid", json_string(w->c->kf)) == 0);
		must(json_object_set_new(body, "msgid", json_string(id)) == 0);
	}
	if (o->taken < text)
		put_part(o, body);
	else
		put_file(o, body, o->taken - text);
	api_post(w->api, w->wecom ? "/cgi-bin/kf/send_msg" : "/cgi-bin/message/custom/send", w->wecom, body, on_answer, o);
	json_decref(body);
}

/* false: the one before it by this template is still open. */
static bool notice_begin(struct outgoing *o)
{
	int64_t now = clock_monotonic();
	struct arena *a = arena_create(256);
	(void)snprintf(o->id[0], ID_MAX, "%s", push_notice_id(a, o->m->peer, o->map->id));
	arena_destroy(&a);
	if (notices_open(o->wx->awaited, o->id[0], now))
		return false;
	notices_sent(o->wx->awaited, o->id[0], now); /* what is said of it may come before the answer */
	o->ids = 1;
	return true;
}

static void send_notice(struct outgoing *o)
{
	const struct msg_out *m = o->m;
	bool template = o->way == WAY_TEMPLATE;
	if (!template && !notice_begin(o)) {
		end(o, SENT_RETRY, "the platform has yet to say what became of the notice before it", 0);
		return;
	}
	char ours[OURS_MAX];
	json_t *body = json_pack("{s:s, s:s, s:s*, s:s*, s:o}", "touser", m->peer, "template_id", o->map->id, template ? "url" : "page",
		m->survey_url, "client_msg_id", template ? our_id(m, ours) : NULL, "data", template_data(o->map, m));
	must(body);
	o->parts = 1;
	api_post(o->wx->api, template ? "/cgi-bin/message/template/send" : "/cgi-bin/message/subscribe/bizsend", template, body, on_answer, o);
	json_decref(body);
}

static void on_uploaded(void *arg, const struct api_answer *failed)
{
	struct outgoing *o = arg;
	if (failed)
		on_answer(o, failed);
	else
		send_message(o);
}

static void go(struct outgoing *o)
{
	if (o->way == WAY_MESSAGE && o->m->attachment_count && !o->upload) {
		o->upload = upload_start(o->wx->api, o->wx->host, o->wx->wecom, o->m, on_uploaded, o);
		return;
	}
	if (o->way == WAY_MESSAGE) {
		send_message(o);
		return;
	}
	o->ids = 0;
	send_notice(o);
}

/* --- the decision --- */

static void begin(struct outgoing *o)
{
	struct reach r;
	standing_reach(o->m->peer_state, o->m->at > clock_now() ? o->m->at : clock_now(), &r);
	if (o->parts > SENT_IDS_MAX)
		end(o, SENT_REFUSED, "the text is too long for the platform", 0);
	else if (r.known && !r.open)
		next_way(o, "the citizen's reply window is closed");
	else if (r.known && r.left < o->parts)
		next_way(o, "it has more parts than the citizen's reply window has room for");
	else
		go(o);
}

int send_start(struct wx *w, const struct msg_out *m)
{
	if (w->draining || w->sending >= (unsigned)w->c->window) {
		w->full = true;
		return E_AGAIN;
	}
	struct outgoing *o = mem_new(struct outgoing);
	*o = (struct outgoing){ .next = w->outgoing, .at = &w->outgoing, .wx = w, .m = m, .rest = m->text,
		.parts = split_parts(m->text) + (unsigned)m->attachment_count };
	if (o->next)
		o->next->at = &o->next;
	w->outgoing = o;
	w->sending++;
	begin(o);
	return 0;
}

void send_end_files(struct wx *w)
{
	for (struct outgoing *o = w->outgoing, *next; o; o = next) {
		next = o->next;
		if (o->upload && upload_reading(o->upload))
			end(o, SENT_RETRY, "stopping", 0);
	}
}
