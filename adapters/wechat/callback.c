/* The route the platform pushes to.
 *
 *   request ─▶ signatures, envelope, XML ─ wrong: 403, the same for all
 *      │                          └────── not the platform's form: quarantine
 *      ▼
 *   arrival, one for each push: copies that come while it is under way join it ─▶ deliver.c ─▶ "success" to each
 *
 * A request that has heard nothing when its time is over is hung up, and the platform asks again. */
#include <stdio.h>
#include <string.h>

#include "adapters/wechat/internal.h"
#include "gateway/base/clock.h"
#include "gateway/base/hash.h"
#include "gateway/base/http.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"
#include "gateway/base/metrics.h"

enum { BUCKETS = 1024, LOG_PAUSE_MS = 1000, PLAIN_AGE_S = 300 };

struct asker { /* one request that waits for "success" */
	struct asker *next, **at;     /* in the order they came */
	struct asker *together;       /* of the same arrival */
	struct arrival *arrival;      /* NULL: it was not kept; the asker is to hear nothing */
	struct callback *callback;
	struct http_req *req;
	int64_t until;
};

struct arrival {
	struct arrival *next, **at;   /* in its bucket */
	struct asker *askers;
	struct callback *callback;
	char id[PUSH_ID_MAX];
};

struct callback {
	struct wx *wx;
	struct arrival *bucket[BUCKETS];
	struct asker *first, **last;
	size_t under_way;
	uv_timer_t *timer;
	struct metric *refused;
	int64_t logged_at;
	bool ending;
};

/* --- those who wait --- */

static void asker_out(struct asker *k)
{
	struct callback *c = k->callback;
	*k->at = k->next;
	if (k->next)
		k->next->at = k->at;
	else
		c->last = k->at;
	free(k);
}

static void on_time(uv_timer_t *t);

static void timer_set(struct callback *c)
{
	int64_t now = clock_monotonic();
	if (c->first)
		must(uv_timer_start(c->timer, on_time, c->first->until > now ? (uint64_t)(c->first->until - now) : 0, 0) == 0);
	else
		(void)uv_timer_stop(c->timer);
}

static void leave(struct asker *k)
{
	struct arrival *a = k->arrival;
	for (struct asker **at = a ? &a->askers : NULL; at && *at; at = &(*at)->together)
		if (*at == k) {
			*at = k->together;
			break;
		}
	http_hang_up(k->req);
	asker_out(k);
}

static void on_time(uv_timer_t *t)
{
	struct callback *c = t->data;
	int64_t now = clock_monotonic();
	while (c->first && c->first->until <= now)
		leave(c->first);
	timer_set(c);
	wx_settle(c->wx);
}

static struct asker *asker_in(struct callback *c, struct http_req *req)
{
	struct asker *k = mem_new(struct asker);
	*k = (struct asker){ .at = c->last, .callback = c, .req = req, .until = clock_monotonic() + c->wx->c->answer_within };
	*c->last = k;
	c->last = &k->next;
	if (c->first == k)
		timer_set(c);
	return k;
}

/* --- arrivals --- */

static struct arrival **bucket_of(struct callback *c, const char *id)
{
	return &c->bucket[hash_text(id) % BUCKETS];
}

static struct arrival *arrival_find(struct callback *c, const char *id)
{
	for (struct arrival *a = *bucket_of(c, id); a; a = a->next)
		if (strcmp(a->id, id) == 0)
			return a;
	return NULL;
}

static struct arrival *arrival_make(struct callback *c, const char *id)
{
	struct arrival *a = mem_new(struct arrival), **at = bucket_of(c, id);
	*a = (struct arrival){ .next = *at, .at = at, .callback = c };
	(void)snprintf(a->id, sizeof a->id, "%s", id);
	if (a->next)
		a->next->at = &a->next;
	*at = a;
	c->under_way++;
	return a;
}

static void arrival_free(struct arrival *a)
{
	*a->at = a->next;
	if (a->next)
		a->next->at = a->at;
	a->callback->under_way--;
	free(a);
}

/* Nobody is answered when nothing was kept: each hears nothing until its time is over. */
static void arrival_end(struct arrival *a, bool kept)
{
	struct callback *c = a->callback;
	for (struct asker *k = a->askers, *next; k; k = next) {
		next = k->together;
		k->arrival = NULL;
		k->together = NULL;
		if (!kept)
			continue;
		http_answer_text(k->req, 200, "success");
		asker_out(k);
	}
	arrival_free(a);
	if (!c->ending)
		timer_set(c);
}

static void on_delivered(void *arg, enum taken taken)
{
	arrival_end(arg, taken != TAKEN_RETRY);
}

static void on_aside(struct adapter *adapter, void *ack, enum taken taken, const struct taken_info *info)
{
	struct wx *w = (struct wx *)adapter;
	(void)info;
	arrival_end(ack, taken != TAKEN_RETRY);
	wx_settle(w);
}

static void join(struct arrival *a, struct http_req *req)
{
	struct asker *k = asker_in(a->callback, req);
	k->arrival = a;
	k->together = a->askers;
	a->askers = k;
}

/* --- what was asked --- */

struct question { const char *timestamp, *nonce, *signature, *msg_signature; };

static void refuse(struct callback *c, struct http_req *req)
{
	int64_t now = clock_monotonic();
	metric_add(c->refused, 1);
	if (!c->logged_at || now - c->logged_at >= LOG_PAUSE_MS) {
		c->logged_at = now;
		log_warn(c->wx->base.channel, "push refused", "from=%s hint=\"signature, key or app id are not as configured\"", http_peer(req));
	}
	http_answer_text(req, 403, "refused");
}

static struct question question_of(const struct http_req *req)
{
	return (struct question){ http_query(req, "timestamp"), http_query(req, "nonce"), http_query(req, "signature"),
		http_query(req, "msg_signature") };
}

/* Only here is a push taken that is not sealed: the platform sends the sealed form too in every other mode. */
static bool unsealed(const struct wx *w)
{
	return !w->wecom && w->c->mode == MODE_PLAIN;
}

/* Old pushes are refused only where an operator wants it: the platform asks again with a new time. Where nothing is sealed a signature
 * covers no words, so one that was seen would serve for any for ever. */
static bool fresh(const struct wx *w, const struct question *q)
{
	int most = w->c->max_age ? w->c->max_age : unsealed(w) ? PLAIN_AGE_S : 0;
	long long at = q->timestamp ? strtoll(q->timestamp, NULL, 10) : 0, now = clock_now() / 1000;
	return !most || (at >= now - most && at <= now + most);
}

/* The message of an encrypted text, by whichever key signed it. An Official Account signs both ways. */
static bool open_sealed(const struct wx *w, const struct question *q, const char *sealed, struct buf *out)
{
	for (size_t i = 0; i < w->keys; i++) {
		const struct envelope_key *k = &w->key[i];
		if (!envelope_signed(k, q->timestamp, q->nonce, sealed, q->msg_signature))
			continue;
		if (!w->wecom && q->signature && !envelope_signed(k, q->timestamp, q->nonce, NULL, q->signature))
			continue;
		if (envelope_open(k, sealed, strlen(sealed), out) == 0)
			return true;
	}
	return false;
}

static bool signed_plainly(const struct wx *w, const struct question *q)
{
	for (size_t i = 0; i < w->keys; i++)
		if (envelope_signed(&w->key[i], q->timestamp, q->nonce, NULL, q->signature))
			return true;
	return false;
}

/* The push's XML, proven to be the platform's. */
static bool open_body(const struct wx *w, struct arena *a, const struct question *q, const char *body, size_t n, struct buf *out)
{
	struct xml_fields f;
	if (unsealed(w))
		return !q->msg_signature && signed_plainly(w, q) && buf_add(out, body, n);
	const char *sealed = xml_read(a, body, n, &f) == 1 ? xml_get(&f, "Encrypt") : NULL;
	return sealed && open_sealed(w, q, sealed, out);
}

/* --- pushes --- */

static void set_aside(struct callback *c, struct http_req *req, const struct buf *xml)
{
	char id[PUSH_ID_MAX];
	static unsigned serial;
	(void)snprintf(id, sizeof id, "malformed %u", ++serial);
	struct arrival *a = arrival_make(c, id);
	join(a, req);
	c->wx->host->quarantine(&c->wx->base, "malformed", NULL, xml->data, xml->len, on_aside, a);
}

static void arrive(struct callback *c, struct http_req *req, const struct push *p)
{
	struct arrival *a = arrival_find(c, p->id);
	if (a) {
		join(a, req);
		return;
	}
	a = arrival_make(c, p->id);
	join(a, req);
	deliver(c->wx, p, NULL, on_delivered, a);
}

static void push_in(struct callback *c, struct http_req *req, struct arena *a, const struct buf *xml)
{
	struct xml_fields f;
	struct push p;
	if (xml_read(a, buf_str(xml), xml->len, &f) < 0) {
		set_aside(c, req, xml);
	} else if (c->wx->wecom) {
		const char *event = xml_get(&f, "Event"), *kf = xml_get(&f, "OpenKfId"), *token = xml_get(&f, "Token");
		if (event && kf && strcmp(event, "kf_msg_or_event") == 0 && strcmp(kf, c->wx->c->kf) == 0)
			kf_ring(c->wx->kf, token);
		http_answer_text(req, 200, "success"); /* nothing is said in it: the cursor finds what there is */
	} else if (push_read(a, &f, &p) < 0) {
		set_aside(c, req, xml);
	} else if (p.kind == PUSH_NOTHING) {
		http_answer_text(req, 200, "success");
	} else {
		arrive(c, req, &p);
	}
}

static void on_post(struct http_req *req, void *arg)
{
	struct callback *c = arg;
	size_t n;
	const char *body = http_body(req, &n);
	struct question q = question_of(req);
	struct buf xml;
	if (c->wx->draining) {
		http_hang_up(req);
		return;
	}
	struct arena *a = arena_create(8192);
	buf_init(&xml, ENVELOPE_MAX);
	if (fresh(c->wx, &q) && open_body(c->wx, a, &q, body, n, &xml))
		push_in(c, req, a, &xml);
	else
		refuse(c, req);
	buf_fini(&xml);
	arena_destroy(&a);
}

/* --- the check of the address, when it is entered at the platform --- */

static void on_get(struct http_req *req, void *arg)
{
	struct callback *c = arg;
	struct question q = question_of(req);
	const char *echo = http_query(req, "echostr");
	struct buf out;
	buf_init(&out, ENVELOPE_MAX);
	bool right = echo && fresh(c->wx, &q) && (q.msg_signature ? open_sealed(c->wx, &q, echo, &out) :
		!c->wx->wecom && signed_plainly(c->wx, &q) && buf_adds(&out, echo));
	if (right)
		http_answer(req, 200, "text/plain", out.data, out.len, NULL);
	else
		refuse(c, req);
	buf_fini(&out);
}

/* --- life --- */

struct callback *callback_create(struct wx *w)
{
	struct callback *c = mem_new(struct callback);
	c->wx = w;
	c->last = &c->first;
	c->timer = mem_new(uv_timer_t);
	must(uv_timer_init(w->host->loop, c->timer) == 0);
	c->timer->data = c;
	c->refused = metric_counter("xinqiao_wechat_refused_total", "", "Pushes refused: wrong signature, key or app id");
	http_route(w->host->http, "GET", w->c->path, on_get, c);
	http_route_body(w->host->http, "POST", w->c->path, ENVELOPE_MAX, on_post, c);
	return c;
}

bool callback_idle(const struct callback *c)
{
	return c->under_way == 0;
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h);
}

void callback_destroy(struct callback **cp)
{
	struct callback *c = *cp;
	if (!c)
		return;
	*cp = NULL;
	c->ending = true;
	for (size_t i = 0; i < BUCKETS; i++)
		while (c->bucket[i])
			arrival_end(c->bucket[i], false);
	while (c->first)
		leave(c->first);
	uv_close((uv_handle_t *)c->timer, on_timer_closed);
	free(c);
}
