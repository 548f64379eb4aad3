#include "gateway/console/held.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/console/api.h"
#include "gateway/console/internal.h"
#include "gateway/console/live_internal.h"
#include "gateway/console/shape.h"
#include "gateway/flow/say.h"
#include "gateway/store/staff.h"

enum { POLL_MS = 5000 /* for what another gateway left */, AT_ONCE = 50, LATE_MS = 20 };

struct held {
	struct console *console;
	uv_timer_t timer;
	unsigned jobs;
	bool closing;
};

/* --- in a job --- */

/* E_DENIED: whoever wrote it may not write any more. */
static int writer_find(struct tx *tx, const char *name, struct who *w)
{
	struct staff_row s;
	int rc = staff_get(tx, name, &s);
	if (rc == E_NOTFOUND || (rc == 0 && s.disabled))
		return E_DENIED;
	if (rc == 0)
		*w = (struct who){ .role = (enum role)s.role, .name = s.name, .display = *s.display ? s.display : s.name,
			.department = s.department, .csrf = "" };
	return rc;
}

int held_send(struct console *console, struct catalog *catalog, struct tx *tx, const struct held_row *h, bool *gone, struct err *e)
{
	struct call c = { .console = console, .catalog = catalog, .arena = tx_arena(tx), .param = { h->number }, .file.fd = -1 };
	int rc = held_take(tx, h->id);
	*gone = rc == 0;
	if (rc <= 0)
		return rc;
	if ((rc = writer_find(tx, h->staff, &c.who)) < 0)
		return err_set(e, rc, rc == E_DENIED ? "its writer's account is disabled" : "its writer could not be read");
	c.body = json_loads(h->body, 0, NULL);
	rc = api_reply(&c, tx, e);
	json_decref(c.body);
	json_decref(c.answer);
	json_decref(c.extra);
	return rc;
}

int held_flush(struct call *c, struct tx *tx, const struct ticket_row *t, struct err *e)
{
	struct held_row *h;
	size_t n;
	bool gone;
	int rc = held_list(tx, t->id, &h, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (strcmp(h[i].staff, c->who.name) == 0)
			rc = held_send(c->console, c->catalog, tx, &h[i], &gone, e);
	return rc;
}

static json_t *names_of(struct tx *tx, const struct held_row *h)
{
	json_t *files = json_loads(held_files(tx, h), 0, NULL), *names = json_array(), *f;
	size_t i;
	json_array_foreach(files, i, f)
		must(json_array_append_new(names, shape_text(json_string_value(json_object_get(f, "name")))) == 0);
	json_decref(files);
	return names;
}

int put_held(struct tx *tx, const struct ticket_row *t, json_t *o)
{
	struct held_row *h;
	struct staff_row s;
	size_t n;
	int rc = held_list(tx, t->id, &h, &n);
	json_t *list = json_array();
	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *display = staff_get(tx, h[i].staff, &s) == 0 && *s.display ? s.display : h[i].staff;
		int64_t left = h[i].send_at - tx_now(tx);
		must(json_array_append_new(list, json_pack("{s:o, s:s, s:o, s:o, s:o, s:I}", "id", shape_id(h[i].id), "staff",
			h[i].staff, "display", shape_text(display), "text", shape_text(held_text(tx, &h[i])), "files",
			names_of(tx, &h[i]), "left_ms", (json_int_t)(left > 0 ? left : 0))) == 0);
	}
	must(json_object_set_new(o, "held", list) == 0);
	return rc;
}

/* --- when its time is up --- */

struct held_job {
	struct held *held;
	struct catalog *catalog;
	uint64_t id, ticket;
	bool gone;
	int64_t rev;
	char staff[STAFF_NAME_MAX], number[TICKET_NUMBER_MAX];
	char *draft, *files; /* owned */
	struct err why;
};

static void held_free(uv_handle_t *t)
{
	free(t->data);
}

static void job_end(struct held_job *j)
{
	struct held *h = j->held;
	catalog_unref(&j->catalog);
	free(j->draft);
	free(j->files);
	free(j);
	if (--h->jobs == 0 && h->closing)
		uv_close((uv_handle_t *)&h->timer, held_free);
}

/* Who reads the ticket sees why the citizen has no answer: the one who wrote it tells nobody. */
static int unsent(struct tx *tx, const struct held_row *h)
{
	struct who w;
	int rc = writer_find(tx, h->staff, &w);
	return rc == E_DENIED ? tell_event(tx, h->ticket, "unsent", "system", json_pack("{s:s}", "staff", h->staff)) : rc;
}

/* It is not sent: whoever wrote it has it as a draft again, and reads why. */
static int back_run(struct tx *tx, void *arg, struct err *e)
{
	struct held_job *j = arg;
	struct held_row h;
	const char *text, *files;
	int rc = held_get(tx, j->id, &h);
	if (rc == 0)
		rc = held_take(tx, j->id);
	if (rc <= 0)
		return rc == E_NOTFOUND ? 0 : rc;
	if ((rc = held_back(tx, &h, &text, &files, &j->rev)) < 0 || (rc = unsent(tx, &h)) < 0)
		return err_set(e, rc, "a reply could not be given back");
	j->draft = mem_strdup(text);
	j->files = mem_strdup(files);
	copy_text(j->staff, sizeof j->staff, h.staff);
	copy_text(j->number, sizeof j->number, h.number);
	return 0;
}

/* Their pages were told that it is gone when it was sent. */
static void tell_back(const struct held_job *j, unsigned mode, const char *text)
{
	json_t *draft = draft_json(j->number, mode, text, j->rev);
	live_tell_draft(j->held->console->live, j->staff, draft);
	json_decref(draft);
}

static void back_done(void *arg, int rc, const struct err *e)
{
	struct held_job *j = arg;
	struct held *h = j->held;
	if (rc < 0)
		log_error("console", "a held reply waits on", "reason=%s", e->words);
	if (rc == 0 && j->draft != NULL && !h->closing) {
		log_warn("console", "a held reply was given back", "staff=%s ticket=%s reason=%s", j->staff, j->number, j->why.words);
		tell_back(j, DRAFT_REPLY, j->draft);
		if (*j->files)
			tell_back(j, DRAFT_FILES, j->files);
		live_tell_staff(h->console->live, j->staff, json_pack("{s:s, s:s, s:s, s:s*}", "type", "unsent", "number", j->number, "why",
			j->why.words, "code", j->why.rule));
		live_tell_at(h->console->live, j->ticket, json_pack("{s:s, s:s}", "type", "held", "number", j->number));
	}
	job_end(j);
}

static int send_run(struct tx *tx, void *arg, struct err *e)
{
	struct held_job *j = arg;
	struct held_row h;
	int rc = held_get(tx, j->id, &h);
	j->gone = rc == E_NOTFOUND;
	if (rc < 0)
		return rc == E_NOTFOUND ? 0 : err_set(e, rc, "a held reply could not be read");
	j->ticket = h.ticket;
	return held_send(j->held->console, j->catalog, tx, &h, &j->gone, e);
}

static void send_done(void *arg, int rc, const struct err *e)
{
	struct held_job *j = arg;
	bool refused = rc == E_CONFLICT || rc == E_DENIED || rc == E_RANGE || rc == E_NOTFOUND || rc == E_MALFORMED;
	j->why = *e;
	if (rc == E_NOTFOUND && j->why.rule == NULL)
		j->why.rule = "no-ticket"; /* it went to another department meanwhile */
	if (rc < 0 && !refused)
		log_error("console", "a held reply waits on", "reason=%s", e->words);
	if (refused && !j->held->closing && store_write(j->held->console->set.store, back_run, back_done, j) == 0)
		return;
	job_end(j);
}

struct due_list {
	struct held *held;
	size_t n;
	uint64_t id[AT_ONCE];
	int64_t next_ms;
};

static int due_run(struct tx *tx, void *arg, struct err *e)
{
	struct due_list *l = arg;
	struct held_row *h;
	size_t n;
	int rc = held_due(tx, tx_now(tx) + POLL_MS, AT_ONCE, &h, &n);
	l->n = 0; /* a read whose connection was lost runs again */
	l->next_ms = POLL_MS;
	for (size_t i = 0; rc == 0 && i < n; i++)
		if (h[i].send_at <= tx_now(tx))
			l->id[l->n++] = h[i].id;
		else if (h[i].send_at - tx_now(tx) < l->next_ms)
			l->next_ms = h[i].send_at - tx_now(tx);
	return rc < 0 ? err_set(e, rc, "held replies could not be read") : 0;
}

static void due_done(void *arg, int rc, const struct err *e)
{
	struct due_list *l = arg;
	struct held *h = l->held;
	h->jobs--;
	if (rc < 0)
		log_error("console", "held replies wait", "reason=%s", e->words);
	for (size_t i = 0; rc == 0 && !h->closing && i < l->n; i++) {
		struct held_job *j = mem_new(struct held_job);
		*j = (struct held_job){ .held = h, .id = l->id[i], .catalog = catalog_ref(flow_catalog(h->console->set.flow)) };
		h->jobs++;
		if (store_write(h->console->set.store, send_run, send_done, j) < 0)
			job_end(j);
	}
	if (!h->closing)
		held_soon(h, rc < 0 ? POLL_MS : (unsigned)l->next_ms);
	else if (h->jobs == 0)
		uv_close((uv_handle_t *)&h->timer, held_free);
	free(l);
}

static void on_timer(uv_timer_t *t)
{
	struct held *h = t->data;
	struct due_list *l = mem_new(struct due_list);
	must(uv_timer_start(&h->timer, on_timer, POLL_MS, 0) == 0);
	l->held = h;
	if (store_read(h->console->set.store, due_run, due_done, l) == 0)
		h->jobs++;
	else
		free(l);
}

void held_soon(struct held *h, unsigned ms)
{
	uint64_t left = uv_timer_get_due_in(&h->timer);
	if (!h->closing && (!uv_is_active((uv_handle_t *)&h->timer) || left > ms + LATE_MS))
		must(uv_timer_start(&h->timer, on_timer, ms + LATE_MS, 0) == 0);
}

struct held *held_create(struct console *c)
{
	struct held *h = mem_new(struct held);
	h->console = c;
	must(uv_timer_init(c->set.loop, &h->timer) == 0);
	h->timer.data = h;
	uv_unref((uv_handle_t *)&h->timer);
	must(uv_timer_start(&h->timer, on_timer, POLL_MS, 0) == 0);
	return h;
}

void held_destroy(struct held **out)
{
	struct held *h = *out;
	*out = NULL;
	if (h == NULL)
		return;
	h->closing = true;
	(void)uv_timer_stop(&h->timer);
	if (h->jobs == 0)
		uv_close((uv_handle_t *)&h->timer, held_free);
}
