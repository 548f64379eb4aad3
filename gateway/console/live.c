/* The live feed: /console/live. It tells what changed, to whoever may see it.
 *
 *   server: {"type":"welcome"} · {"type":"batch","items":[…]}
 *     ticket   {"type":"ticket","ticket":{…}}                  every ticket one may see
 *     gone     {"type":"gone","number"}                        it went to another department
 *     message  {"type":"message","number","message":{…}}       to those who have this ticket open
 *     out      {"type":"out","number","id","state","error"}    to those who have this ticket open
 *     typing   {"type":"typing","number"}                      the citizen types; likewise, not to who may not know whose it is
 *     presence {"type":"presence","number","staff","display","what"}   viewing, writing, gone; only when it changes
 *     counts   {"type":"counts","open","mine",…}               as GET /console/api/counts, for oneself
 *     held     {"type":"held","number"}                        what waits to go out is another; to those who have it open
 *     draft    {"type":"draft","number","mode","text","rev"}  one's own, kept by another page
 *     unsent   {"type":"unsent","number","why"}                a held reply of one's own is a draft again
 *     more     {"type":"more","n"}                             so many tickets changed beside those told: ask for the list
 *   client: {"type":"presence","number","what"}, repeated within 30 seconds
 *
 * Changes are gathered for a moment and go out as one frame, made once for all who see the same: the desk, and each
 * department. Of a ticket that changed several times meanwhile only the last is sent. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/log.h"
#include "gateway/console/live_internal.h"
#include "gateway/console/seats.h"
#include "gateway/store/message.h"
#include "gateway/store/ticket.h"

enum {
	SAID_MS = 60 * 1000, TICK_MS = 5000, MESSAGE_MAX = 4096, QUEUE_MAX = 8 << 20,
	PING_S = 30, VIEWERS_MAX = 5000, CLOSE_LATER = 1013
};

/* --- jobs for a viewer --- */

void viewer_release(struct viewer *v)
{
	if (v->ws != NULL || v->jobs > 0)
		return;
	free(v);
}

struct look {
	struct viewer *viewer;
	unsigned duty_told;
	char session[HEX_SHA256], number[TICKET_NUMBER_MAX];
	struct who who;
	struct ticket_row ticket;
	bool say;
	int64_t said;
};

static int look_run(struct tx *tx, void *arg, struct err *e)
{
	struct look *k = arg;
	struct credentials c = { .origin_ok = true };
	memcpy(c.session, k->session, sizeof c.session);
	int rc = who_find(tx, &c, &k->who, e);
	if (rc < 0 || *k->number == '\0')
		return rc;
	rc = ticket_get_number(tx, k->number, &k->ticket);
	if (rc == E_NOTFOUND || (rc == 0 && !who_sees(&k->who, &k->ticket)))
		k->ticket.id = 0;
	else if (rc == 0 && k->say)
		rc = message_said(tx, &k->ticket, &k->said);
	return rc == E_NOTFOUND ? 0 : rc;
}

/* duty_told: the viewer's when this was asked. */
void viewer_known(struct viewer *v, const struct who *w, unsigned duty_told)
{
	unsigned duty = v->duty_told == duty_told ? w->duty : v->duty;
	bool first = !v->known, news = first || v->duty != duty;
	v->role = w->role;
	copy_text(v->name, sizeof v->name, w->name);
	copy_text(v->display, sizeof v->display, w->display);
	copy_text(v->department, sizeof v->department, w->department);
	v->duty = duty;
	v->known = true;
	if (news) {
		afar_seat(v->live, v, true);
		seats_kick(v->live->console->seats);
	}
	if (!first)
		return;
	tally_soon(v->live->tally);
	static const char welcome[] = "{\"type\":\"welcome\"}";
	(void)ws_send(v->ws, welcome, sizeof welcome - 1);
	presence_all(v->live, v);
}

static void ask_next(struct viewer *v);

static void viewer_at(struct viewer *v, const struct ticket_row *t, int64_t said)
{
	struct live *l = v->live;
	bool news = v->ticket != t->id;
	if (news)
		presence_leave(l, v);
	if (t->id == 0)
		return;
	v->ticket = t->id;
	copy_text(v->number, sizeof v->number, t->number);
	char *audience = audience_of(t);
	copy_text(v->audience, sizeof v->audience, audience);
	free(audience);
	v->links = links(v, t);
	copy_text(v->channel, sizeof v->channel, t->channel);
	copy_text(v->peer, sizeof v->peer, t->peer);
	presence_set(l, v, v->asked_writing, news);
	if (said > 0) {
		v->said_at = clock_monotonic();
		citizen_seen(l, v->channel, v->peer, v->number, said);
	}
}

static void look_done(void *arg, int rc, const struct err *e)
{
	struct look *k = arg;
	struct viewer *v = k->viewer;
	v->jobs--;
	v->asking = false;
	if (v->ws == NULL || v->live->closing) {
		viewer_release(v);
	} else if (rc == E_DENIED) {
		ws_close(v->ws, CLOSE_EXPIRED, "the session has ended");
	} else if (rc < 0) {
		log_warn("console", "live feed", "reason=%s", e->words);
		ws_close(v->ws, CLOSE_LATER, "try again");
	} else {
		v->lane = lane_of_known(v->session);
		viewer_known(v, &k->who, k->duty_told);
		if (*k->number)
			viewer_at(v, &k->ticket, k->said);
		ask_next(v);
	}
	free(k);
}

/* What was said before the ticket was opened is told then, and again now and then for a citizen who came back or whose node missed it;
 * what is said meanwhile is told as it comes (feed.c). */
static bool say_due(const struct viewer *v, const char *number)
{
	return v->ticket == 0 || strcmp(v->number, number) != 0 || clock_monotonic() - v->said_at >= SAID_MS;
}

/* Checks the session and, with a number, finds the ticket. */
static void look(struct viewer *v, const char *number)
{
	struct look *k = mem_new(struct look);
	k->viewer = v;
	k->duty_told = v->duty_told;
	memcpy(k->session, v->session, sizeof k->session);
	copy_text(k->number, sizeof k->number, number);
	k->say = say_due(v, number);
	v->jobs++;
	v->asking = true;
	if (store_give(v->live->console->set.store, &(struct store_job){ .run = look_run, .done = look_done, .arg = k, .lane = v->lane }) == 0)
		return;
	v->jobs--;
	v->asking = false;
	free(k);
	ws_close(v->ws, CLOSE_LATER, "try again");
}

/* One look-up at a time: of several questions meanwhile only the last counts. */
static void ask_next(struct viewer *v)
{
	if (v->asking || *v->asked == '\0')
		return;
	char number[TICKET_NUMBER_MAX];
	memcpy(number, v->asked, sizeof number);
	*v->asked = '\0';
	look(v, number);
}

/* --- the socket --- */

static bool is_on_this_node(const struct live *l, const char *staff)
{
	for (const struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v->known && strcmp(v->name, staff) == 0)
			return true;
	return false;
}

static int on_request(const struct http_req *r, void *arg, void **owner)
{
	struct live *l = arg;
	struct credentials c;
	credentials_read(&c, r, l->console->set.public_url);
	if (!c.origin_ok)
		return 403;
	if (*c.session == '\0')
		return 401;
	if (l->count >= VIEWERS_MAX || l->closing)
		return 503;
	struct viewer *v = mem_new(struct viewer);
	v->live = l;
	memcpy(v->session, c.session, sizeof v->session);
	bool known;
	v->lane = lane_asking(l->console, r, &c, &known);
	*owner = v;
	return 0;
}

static void on_open(struct ws *ws, void *owner)
{
	struct viewer *v = owner;
	struct live *l = v->live;
	v->ws = ws;
	v->next = l->viewers;
	l->viewers = v;
	metric_set(l->sockets, ++l->count);
	look(v, "");
}

static void on_close(struct ws *ws, void *owner)
{
	struct viewer *v = owner;
	struct live *l = v->live;
	if (ws != NULL && l != NULL) {
		presence_leave(l, v);
		for (struct viewer **p = &l->viewers; *p != NULL; p = &(*p)->next)
			if (*p == v) {
				*p = v->next;
				metric_set(l->sockets, --l->count);
				break;
			}
		if (v->known && !is_on_this_node(l, v->name))
			afar_seat(l, v, false);
	}
	v->ws = NULL;
	viewer_release(v);
}

static void on_text(struct ws *ws, void *owner, const char *text, size_t n)
{
	struct viewer *v = owner;
	json_t *o = json_loadb(text, n, 0, NULL);
	const char *type = json_string_value(json_object_get(o, "type"));
	const char *number = json_string_value(json_object_get(o, "number"));
	const char *what = json_string_value(json_object_get(o, "what"));
	if (v->live == NULL || !type || !number || !what || strcmp(type, "presence") != 0 || strlen(number) >= TICKET_NUMBER_MAX) {
		ws_close(ws, 1008, "not understood");
	} else if (strcmp(what, "gone") == 0) {
		*v->asked = '\0';
		if (strcmp(v->number, number) == 0)
			presence_leave(v->live, v);
	} else {
		v->asked_writing = strcmp(what, "writing") == 0;
		copy_text(v->asked, sizeof v->asked, number);
		ask_next(v);
	}
	json_decref(o);
}

/* --- the citizen's signs, and time --- */

static void on_signal(void *arg, const char *channel, const struct signal *s)
{
	struct live *l = arg;
	if (s->what != SIGNAL_TYPING || s->peer == NULL || l->closing)
		return;
	for (struct viewer *v = l->viewers; v != NULL; v = v->next) {
		if (!v->known || v->ticket == 0 || !v->links || strcmp(v->channel, channel) != 0 || strcmp(v->peer, s->peer) != 0)
			continue;
		char text[100];
		int n = snprintf(text, sizeof text, "{\"type\":\"typing\",\"number\":\"%s\"}", v->number);
		(void)ws_send(v->ws, text, (size_t)n);
	}
}

/* --- is everybody still who they were? --- */

void live_check(struct live *l)
{
	roll_call(l);
}

/* Presence that was not renewed ends. */
static void on_tick(uv_timer_t *t)
{
	struct live *l = t->data;
	int64_t now = clock_monotonic();
	for (struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (v->ticket && v->until < now)
			presence_leave(l, v);
	afar_tick(l);
	roll_call(l);
}

bool live_is_here(const struct live *l, const char *staff)
{
	return is_on_this_node(l, staff) || afar_there(l, 0, staff);
}

void live_duty(struct live *l, const char *staff, unsigned duty)
{
	for (struct viewer *v = l->viewers; v != NULL; v = v->next)
		if (strcmp(v->name, staff) == 0) {
			v->duty = duty;
			v->duty_told++;
			afar_seat(l, v, true);
		}
	seats_kick(l->console->seats);
}

void live_drop_session(struct live *l, const char *session_hash_hex)
{
	for (struct viewer *v = l->viewers, *next; v != NULL; v = next) {
		next = v->next;
		if (strcmp(v->session, session_hash_hex) == 0)
			ws_close(v->ws, CLOSE_EXPIRED, "logged out");
	}
}

/* --- life --- */

struct live *live_create(struct console *c, struct err *e)
{
	static const struct ws_ops ops = { on_request, on_open, on_text, on_close };
	static const struct ws_limits limits = { .message = MESSAGE_MAX, .queue = QUEUE_MAX, .ping_s = PING_S };
	struct live *l = mem_new(struct live);
	(void)e;
	l->console = c;
	l->sockets = metric_gauge("xinqiao_console_sockets", "", "Open live feeds of the console");
	l->sent = metric_counter("xinqiao_console_frames_total", "", "Frames sent to live feeds");
	must(uv_timer_init(c->set.loop, &l->gather) == 0 && uv_timer_init(c->set.loop, &l->tick) == 0);
	l->gather.data = l->tick.data = l;
	l->handles = 2;
	must(uv_timer_start(&l->tick, on_tick, TICK_MS, TICK_MS) == 0);
	uv_unref((uv_handle_t *)&l->tick);
	l->tally = tally_create(l);
	l->afar = afar_create(l);
	store_watch(c->set.store, feed_changes, l);
	flow_watch_signals(c->set.flow, on_signal, l);
	http_websocket(c->set.http, "/console/live", NULL, &ops, &limits, l);
	return l;
}

static void handle_closed(uv_handle_t *h)
{
	struct live *l = h->data;
	if (--l->handles == 0)
		free(l);
}

void live_destroy(struct live **out)
{
	struct live *l = *out;
	if (l == NULL)
		return;
	l->closing = true;
	tally_destroy(&l->tally);
	afar_destroy(&l->afar);
	for (struct viewer *v = l->viewers; v != NULL; v = v->next) {
		v->live = NULL;
		ws_close(v->ws, 1001, "the gateway stops");
	}
	l->viewers = NULL;
	for (size_t i = 0; i < l->items; i++)
		item_free(&l->item[i]);
	free(l->item);
	l->item = NULL;
	l->items = l->item_room = 0;
	uv_close((uv_handle_t *)&l->gather, handle_closed);
	uv_close((uv_handle_t *)&l->tick, handle_closed);
	*out = NULL;
}
