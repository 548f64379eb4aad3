/* A whole gateway without sockets: a store on disk, the flows, and channels that do as the test says. What the citizen
 * got is read from the channel; what staff see is read from the store.
 * One office a test: office_setup and office_teardown. Run from the project's folder. */
#ifndef XQ_TESTS_OFFICE_H
#define XQ_TESTS_OFFICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>

#include "gateway/base/buf.h"
#include "gateway/base/clock.h"
#include "gateway/base/crypto.h"
#include "gateway/base/file.h"
#include "gateway/base/log.h"
#include "gateway/base/sm.h"
#include "gateway/flow/internal.h"
#include "gateway/flow/steps.h"
#include "gateway/store/conversation.h"
#include "gateway/store/event.h"
#include "gateway/store/message.h"
#include "gateway/store/outbox.h"
#include "gateway/store/quarantine.h"
#include "gateway/store/survey.h"
#include "gateway/store/ticket.h"
#include "gateway/store/ticket_list.h"
#include "tests/unit/store/place.h"
#include "tests/unit/base/temp.h"
#include "tests/unit/slack.h"

#define HERE static __attribute__((unused))

enum { SAID_MAX = 400, TOOK_MAX = 400, SEEN_MAX = 64, UNTIL_MS = 10000 };

enum line_mode { LINE_ACCEPT, LINE_KEEP, LINE_RETRY, LINE_PARK, LINE_REFUSE, LINE_UNKNOWN, LINE_FULL };

/* One send() of the gateway. */
struct said { const struct msg_out *loan; uint64_t id; unsigned attempt; const char *peer, *text, *author, *subject,
	*survey, *event, *fields; bool ended; };

struct line {
	struct adapter base; /* first */
	const struct adapter_host *host;
	enum line_mode mode;
	unsigned retry_ms;
	struct said said[SAID_MAX];
	size_t count;
	const char *ids[8]; /* given with the next acceptance */
	size_t id_count;
	unsigned full;      /* E_AGAIN so often */
	bool down, drained_late, sends; /* sends: while it is down */
};

static struct {
	uv_loop_t loop;
	uv_timer_t step;
	struct store *store;
	struct flow *flow;
	struct secret secret;
	struct arena *arena;
	struct place place;
	char *tables, *templates;
	unsigned queue_max, keep_days, node;
	struct blob_store *blobs; /* or NULL: no files */
	struct line *sms, *chat, *mail;
} office;

#define UNTIL(condition) do { \
	uint64_t end_ = uv_hrtime() + UNTIL_MS * 1000000ull * slack(); \
	while (!(condition)) { \
		if (uv_hrtime() > end_) \
			fail_msg("never came: %s (line %d)", #condition, __LINE__); \
		uv_run(&office.loop, UV_RUN_ONCE); \
	} \
} while (0)

HERE const char *keep(const char *s)
{
	return arena_strdup(office.arena, s);
}

/* --- the channels --- */

static int line_create(struct adapter **a, const void *config, const struct adapter_host *host, struct err *e)
{
	(void)config, (void)e;
	struct line *l = mem_new(struct line);
	l->host = host;
	*a = &l->base;
	return 0;
}

static int line_start(struct adapter *a, struct err *e)
{
	struct line *l = (struct line *)a;
	(void)e;
	l->host->state(a, !l->down, NULL);
	return 0;
}

HERE void line_end(struct line *l, size_t i, enum sent sent, const char *reason)
{
	must(!l->said[i].ended);
	l->said[i].ended = true;
	l->host->sent(&l->base, l->said[i].loan, &(struct sent_result){ .sent = sent, .reason = reason, .id = l->ids,
		.ids = sent == SENT_ACCEPTED || sent == SENT_UNKNOWN ? l->id_count : 0, .receipts = l->id_count > 0, .retry_ms = l->retry_ms });
}

static int line_send(struct adapter *a, const struct msg_out *m)
{
	struct line *l = (struct line *)a;
	if (l->mode == LINE_FULL) {
		l->full++;
		return E_AGAIN;
	}
	must(l->count < SAID_MAX);
	l->said[l->count++] = (struct said){ .loan = m, .id = m->id, .attempt = m->attempt, .peer = keep(m->peer),
		.text = keep(m->text), .author = keep(m->author), .subject = keep(m->subject), .survey = keep(m->survey), .event = keep(m->event), .fields = keep(m->fields) };
	static const enum sent end[] = { [LINE_ACCEPT] = SENT_ACCEPTED, [LINE_RETRY] = SENT_RETRY, [LINE_PARK] = SENT_PARKED,
		[LINE_REFUSE] = SENT_REFUSED, [LINE_UNKNOWN] = SENT_UNKNOWN };
	if (l->mode != LINE_KEEP)
		line_end(l, l->count - 1, end[l->mode], l->mode == LINE_ACCEPT ? NULL : "as the test says");
	return 0;
}

static bool line_sends(const struct adapter *a)
{
	return ((const struct line *)a)->sends;
}

static void line_drain(struct adapter *a)
{
	struct line *l = (struct line *)a;
	if (!l->drained_late)
		l->host->drained(a);
}

static void line_destroy(struct adapter **a)
{
	struct line *l = (struct line *)*a;
	for (size_t i = 0; i < l->count; i++)
		if (!l->said[i].ended)
			line_end(l, i, SENT_UNKNOWN, "the end");
	free(l);
	*a = NULL;
}

static bool line_join(const struct msg_part *part, size_t n, struct buf *text)
{
	size_t k = 0;
	for (unsigned i = 1; i <= part[0].total; i++) {
		bool here = k < n && part[k].index == i;
		if (!(here ? buf_add(text, part[k].bytes, part[k].n) : buf_adds(text, "[…]")))
			return false;
		k += here;
	}
	return true;
}

#define LINE .create = line_create, .start = line_start, .send = line_send, .sends = line_sends, .drain = line_drain, .destroy = line_destroy
static const struct adapter_ops line_sms = { .name = "line-sms", LINE, .join = line_join,
	.caps = { .kind = "sms", .code = 20, .verified = true, .receipts = true, .one_best = true, .fields = true,
		.anytime = true } };
static const struct adapter_ops line_chat = { .name = "line-chat", LINE,
	.caps = { .kind = "chat", .code = 10, .verified = true, .signals = true, .idempotent = true } };
static const struct adapter_ops line_mail = { .name = "line-mail", LINE,
	.caps = { .kind = "email", .code = 30, .threads = true } };

/* --- life --- */

static void copy_folder(const char *from, const char *to)
{
	assert_int_equal(mkdir(to, 0700), 0);
	DIR *d = opendir(from);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		char *a = mem_printf("%s/%s", from, e->d_name), *b = mem_printf("%s/%s", to, e->d_name);
		struct stat st;
		assert_int_equal(stat(a, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			copy_folder(a, b);
		} else {
			struct buf text;
			buf_init(&text, 1 << 20);
			assert_int_equal(file_read(a, &text, NULL), 0);
			FILE *f = fopen(b, "wb");
			assert_non_null(f);
			assert_int_equal(fwrite(buf_str(&text), 1, text.len, f), text.len);
			assert_int_equal(fclose(f), 0);
			buf_fini(&text);
		}
		free(a);
		free(b);
	}
	closedir(d);
}

/* Replaces a file of the tables or templates: "templates/zh-CN/dispatched.txt". */
HERE void put_file(const char *name, const char *text)
{
	free(temp_file(name, text));
}

HERE struct catalog *catalog_now(void)
{
	struct faults f = { 0 };
	struct catalog *c = catalog_load(office.tables, office.templates, &f);
	for (size_t i = 0; i < f.count; i++)
		print_error("%s\n", f.line[i]);
	faults_fini(&f);
	return c;
}

static void on_step(uv_timer_t *t)
{
	(void)t;
}

static void office_open(void)
{
	struct err e = { 0 };
	struct store_config sc = { .dsn = office.place.dsn, .queue_max = office.queue_max, .node = office.node };
	struct catalog *c = catalog_now();
	assert_non_null(c);
	assert_int_equal(uv_loop_init(&office.loop), 0);
	uv_timer_init(&office.loop, &office.step);
	uv_timer_start(&office.step, on_step, 5, 5);
	assert_int_equal(store_open(&office.store, &sc, &e), 0);
	struct flow_settings fs = { .loop = &office.loop, .store = office.store, .secret = &office.secret, .catalog = c,
		.hotline = "示范市12345", .language = "zh-CN", .public_url = "https://12345.city.example", .www = ".",
		.phone_channel = "sms", .liaison = "sms", .keep_days = office.keep_days, .blobs = office.blobs };
	assert_non_null(office.flow = flow_create(&fs, &e));
	assert_int_equal(flow_add(office.flow, "sms", &line_sms, NULL, &e), 0);
	assert_int_equal(flow_add(office.flow, "web", &line_chat, NULL, &e), 0);
	assert_int_equal(flow_add(office.flow, "mail", &line_mail, NULL, &e), 0);
	office.sms = (struct line *)channel_at(flow_channels(office.flow), 0)->adapter;
	office.chat = (struct line *)channel_at(flow_channels(office.flow), 1)->adapter;
	office.mail = (struct line *)channel_at(flow_channels(office.flow), 2)->adapter;
}

static void office_start(void)
{
	struct err e = { 0 };
	assert_int_equal(store_start(office.store, &office.loop, &e), 0);
	assert_int_equal(flow_start(office.flow, &e), 0);
}

/* Without a word to anybody: what is on disk is all that is left. */
HERE void office_crash(void)
{
	store_stop(office.store);
	flow_destroy(&office.flow);
	uv_close((uv_handle_t *)&office.step, NULL);
	uv_run(&office.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&office.loop), 0);
	store_close(&office.store);
}

static inline int office_setup(void **state)
{
	if (temp_setup(state) < 0)
		return -1;
	log_init(false, LOG_ERROR);
	memset(&office, 0, sizeof office);
	memset(office.secret.key, 7, sizeof office.secret.key);
	office.arena = arena_create(64 * 1024);
	place_make(&office.place, temp_dir);
	office.tables = temp_path("config");
	office.templates = temp_path("templates");
	copy_folder("config", office.tables);
	copy_folder("templates", office.templates);
	office_open();
	return 0;
}

/* Most tests need nothing between opening and starting. */
static inline int office_begin(void **state)
{
	int rc = office_setup(state);
	if (rc == 0)
		office_start();
	return rc;
}

static inline int office_teardown(void **state)
{
	if (office.store)
		office_crash();
	arena_destroy(&office.arena);
	place_remove(&office.place);
	free(office.tables);
	free(office.templates);
	return temp_teardown(state);
}

/* Several of the clock's ticks, by its own timer. */
HERE void ticks(void)
{
	enum { EACH_MS = 10, ENOUGH_MS = 100 };
	uint64_t end_ = uv_hrtime() + ENOUGH_MS * 1000000ull;
	uv_timer_set_repeat(&office.flow->tick, EACH_MS);
	assert_int_equal(uv_timer_again(&office.flow->tick), 0);
	while (uv_hrtime() < end_ || office.flow->ticking)
		uv_run(&office.loop, UV_RUN_ONCE);
}

/* --- a citizen writes --- */

struct took { bool done; enum taken taken; int64_t seq; const char *ticket, *reason; };
static struct took took_slot[TOOK_MAX];
static size_t took_next;

static void on_took(struct adapter *a, void *ack, enum taken taken, const struct taken_info *info)
{
	struct took *t = ack;
	(void)a;
	must(!t->done);
	*t = (struct took){ true, taken, info->seq, keep(info->ticket), keep(info->reason) };
}

static struct took *took_begin(void)
{
	struct took *t = &took_slot[took_next++ % TOOK_MAX];
	*t = (struct took){ 0 };
	return t;
}

/* Gives it and lets it be; the answer is not there yet, whatever it will be. */
HERE struct took *give(struct line *l, const struct msg_in *m)
{
	struct took *t = took_begin();
	l->host->take(&l->base, m, on_took, t);
	assert_false(t->done);
	return t;
}

HERE struct took *take(struct line *l, const struct msg_in *m)
{
	struct took *t = give(l, m);
	UNTIL(t->done);
	return t;
}

/* A message with an id of its own. */
HERE struct took *write_in(struct line *l, const char *peer, const char *text)
{
	static unsigned serial;
	const char *id = arena_printf(office.arena, "own-%u", ++serial);
	return take(l, &(struct msg_in){ .kind = MSG_TEXT, .external_id = id, .peer = peer, .account = "12345", .text = text,
		.received_at = clock_now(), .verified = true });
}

/* The same at another time: tx_set_now. */
struct then { const struct channel_trait *trait; const struct msg_in *m; int64_t at; struct intake_done done; };

static int then_run(struct tx *tx, void *arg, struct err *e)
{
	struct then *t = arg;
	tx_set_now(tx, t->at);
	int rc = intake_message(tx, flow_catalog(office.flow), flow_words(office.flow), t->trait, t->m, false, &t->done, e);
	t->done.ticket = keep(t->done.ticket);
	t->done.reason = keep(t->done.reason);
	return rc;
}

HERE struct intake_done take_at(struct line *l, const struct msg_in *m, int64_t at)
{
	struct then t = { .trait = flow_trait(flow_words(office.flow), l->base.channel), .m = m, .at = at };
	struct err e = { 0 };
	if (store_now(office.store, true, then_run, &t, &e) < 0)
		fail_msg("%s", e.words);
	return t.done;
}

/* --- staff --- */

struct stepped { struct step_request q; struct step_result r; struct err e; int rc; int64_t at; };

static int stepped_run(struct tx *tx, void *arg, struct err *e)
{
	struct stepped *s = arg;
	if (s->at)
		tx_set_now(tx, s->at);
	s->rc = step_take(tx, flow_catalog(office.flow), flow_words(office.flow), &s->q, &s->r, &s->e);
	*e = s->e;
	return s->rc;
}

HERE struct stepped step_q(struct step_request q)
{
	struct stepped s = { .q = q };
	struct err e = { 0 };
	if (q.actor == NULL)
		s.q.actor = "li", s.q.display = "李工";
	(void)!store_now(office.store, true, stepped_run, &s, &e);
	return s;
}

/* By the administrator, who may do everything; fails the test when it is not possible. */
HERE struct step_result step(const char *number, enum step which, const char *words)
{
	struct stepped s = step_q((struct step_request){ .number = number, .step = which, .role = ROLE_ADMIN, .seen_seq = -1,
		.department = words, .text = words, .note = words, .ground = words,
		.result = which == STEP_CLOSE ? "solved" : NULL });
	if (s.rc < 0)
		fail_msg("%s: %s", step_name(which), s.e.words);
	return s.r;
}

/* --- what is seen --- */

struct seen_message { uint64_t id; int64_t seq; unsigned from; const char *author, *text, *event; int state;
	unsigned attempts;
	int64_t next_at, expires_at, updated_at; const char *error, *raw_sha256, *subject; };
struct seen {
	struct ticket_row t;
	struct seen_message m[SEEN_MAX];
	size_t n;
	struct survey_row survey; /* id 0: none */
	const char *event[SEEN_MAX]; /* "kind actor data" */
	size_t events;
};

struct look { const char *number; struct seen *s; };

static int look_run(struct tx *tx, void *arg, struct err *e)
{
	struct look *l = arg;
	struct seen *s = l->s;
	struct message_row *m;
	struct event_row *ev;
	(void)e;
	int rc = ticket_get_number(tx, l->number, &s->t);
	if (rc < 0 || (rc = message_list_ticket(tx, s->t.id, &m, &s->n)) < 0 ||
		(rc = event_list_ticket(tx, s->t.id, &ev, &s->events)) < 0)
		return rc;
	const char **const own[] = { &s->t.number, &s->t.title, &s->t.department, &s->t.category, &s->t.nature, &s->t.assignee,
		&s->t.last_text, &s->t.last_from, &s->t.language, &s->t.helpers, &s->t.told, &s->t.result, &s->t.region, &s->t.transfer,
		&s->t.former, &s->t.hotline };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		*own[i] = keep(*own[i]);
	must(s->n <= SEEN_MAX && s->events <= SEEN_MAX);
	for (size_t i = 0; i < s->n; i++) {
		struct outbox_row o = { 0 };
		(void)outbox_get(tx, m[i].id, &o);
		s->m[i] = (struct seen_message){ m[i].id, m[i].seq, m[i].from, keep(m[i].author), keep(m[i].text), keep(m[i].event),
			m[i].out_state, o.attempts, o.next_at, o.expires_at, o.updated_at, keep(m[i].out_error), keep(m[i].raw_sha256), keep(m[i].subject) };
	}
	for (size_t i = 0; i < s->events; i++)
		s->event[i] = arena_printf(office.arena, "%s %s %s", ev[i].kind, ev[i].actor, ev[i].data);
	rc = survey_of_ticket(tx, s->t.id, &s->survey);
	if (rc == E_NOTFOUND)
		s->survey = (struct survey_row){ 0 };
	s->survey.token = keep(s->survey.token);
	s->survey.raw = keep(s->survey.raw);
	s->survey.comment = keep(s->survey.comment);
	s->survey.agent = keep(s->survey.agent);
	s->survey.channel = keep(s->survey.channel);
	s->survey.department = keep(s->survey.department);
	s->survey.category = keep(s->survey.category);
	s->survey.text_version = keep(s->survey.text_version);
	return rc == E_NOTFOUND ? 0 : rc;
}

/* The ticket as it stands now. The next call but three reuses the place. */
HERE const struct seen *see(const char *number)
{
	static struct seen slot[4];
	static unsigned next;
	struct look l = { number, &slot[next++ % 4] };
	struct err e = { 0 };
	memset(l.s, 0, sizeof *l.s);
	if (store_now(office.store, false, look_run, &l, &e) < 0)
		fail_msg("%s cannot be seen: %s", number, e.words);
	return l.s;
}

/* The newest message of a ticket that was made from this template, or NULL. */
HERE const struct seen_message *told(const char *number, const char *event)
{
	const struct seen *s = see(number);
	for (size_t i = s->n; i-- > 0;)
		if (strcmp(s->m[i].event, event) == 0)
			return &s->m[i];
	return NULL;
}

HERE int state_of(const char *number, uint64_t message)
{
	const struct seen *s = see(number);
	for (size_t i = 0; i < s->n; i++)
		if (s->m[i].id == message)
			return s->m[i].state;
	return -2;
}

HERE bool has_event(const char *number, const char *begins, const char *holds)
{
	const struct seen *s = see(number);
	for (size_t i = 0; i < s->events; i++)
		if (strncmp(s->event[i], begins, strlen(begins)) == 0 && strstr(s->event[i], holds) != NULL)
			return true;
	return false;
}

/* --- many a small job --- */

struct count { enum { COUNT_MESSAGES, COUNT_QUARANTINE, COUNT_SENDING, COUNT_TICKETS } what; const char *channel, *peer;
	size_t n; };

static int count_run(struct tx *tx, void *arg, struct err *e)
{
	struct count *c = arg;
	(void)e;
	if (c->what == COUNT_QUARANTINE) {
		struct quarantine_row *q;
		return quarantine_list(tx, 0, 200, &q, &c->n);
	}
	if (c->what == COUNT_SENDING) {
		struct outbox_row *o;
		return outbox_list(tx, OUT_SENDING, 0, 200, &o, &c->n);
	}
	if (c->what == COUNT_TICKETS) {
		struct ticket_row *t;
		uint64_t next;
		return ticket_list(tx, &(struct ticket_query){ .state = -1, .limit = 200 }, &t, &c->n, &next);
	}
	struct conversation_row conv;
	struct message_row *m;
	const char **number;
	int rc = conversation_find(tx, c->channel, c->peer, &conv);
	return rc == E_NOTFOUND ? 0 : rc < 0 ? rc : message_list_conversation(tx, conv.id, 0, 200, &m, &number, &c->n);
}

HERE size_t count(struct count c)
{
	assert_int_equal(store_now(office.store, false, count_run, &c, NULL), 0);
	return c.n;
}

HERE size_t talk_length(struct line *l, const char *peer)
{
	return count((struct count){ .what = COUNT_MESSAGES, .channel = l->base.channel, .peer = peer });
}

HERE size_t quarantined(void)
{
	return count((struct count){ .what = COUNT_QUARANTINE });
}

HERE size_t tickets(void)
{
	return count((struct count){ .what = COUNT_TICKETS });
}

/* How often the citizen got a message that holds this. */
HERE size_t got(const struct line *l, const char *peer, const char *holds)
{
	size_t n = 0;
	for (size_t i = 0; i < l->count; i++)
		n += strcmp(l->said[i].peer, peer) == 0 && strstr(l->said[i].text, holds) != NULL;
	return n;
}

/* Nothing of the channel is on its way to the store: what the test changes now is seen by the next claim. */
HERE void idle(struct line *l)
{
	const struct lane *lane = l->base.host_data;
	UNTIL(!lane->claiming && lane->lent == 0);
}

#endif
