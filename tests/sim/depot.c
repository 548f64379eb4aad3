#include "tests/sim/depot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"
#include "tests/sim/octets.h"

enum { TICK_MS = 50, AGAIN_MS = 1000 };

/* --- to the gateway --- */

static struct parcel *queue(struct depot *d, const char *phone, const uint8_t *bytes, size_t n)
{
	struct parcel *p = mem_zalloc(sizeof *p + n);
	struct tm now = octets_now();
	(void)snprintf(p->phone, sizeof p->phone, "%s", phone);
	(void)strftime(p->at, sizeof p->at, "%Y%m%d%H%M%S", &now);
	d->style->stamp(d->arg, p->id);
	p->total = p->index = 1;
	p->n = n;
	if (n)
		memcpy(p->bytes, bytes, n);
	d->stats.queued++;
	return p;
}

static unsigned queue_text(struct depot *d, const char *phone, const char *text, unsigned note)
{
	struct sim_piece piece[SIM_PARTS_MAX];
	struct buf wire;
	uint8_t coding;
	buf_init(&wire, 1 << 17);
	unsigned parts = d->style->cut(text, d->next_ref++, &wire, piece, &coding);
	for (unsigned i = 0; i < parts; i++) {
		struct parcel *p = queue(d, phone, piece[i].p, piece[i].n);
		p->note = note;
		p->coding = coding;
		p->total = parts;
		p->index = i + 1;
		TAILQ_INSERT_TAIL(&d->ready, p, link);
	}
	buf_fini(&wire);
	return parts;
}

struct note *depot_text(struct depot *d, struct phone *p, const char *text)
{
	struct note *n = phone_add(d->phones, p, true, d->number, text, 1);
	n->parts = queue_text(d, phone_number(p), text, n->id);
	if (!n->parts) { /* too long: it never left the phone */
		n->state = NOTE_REFUSED;
		n->status = d->style->too_long;
	}
	d->watch.on_note(d->watch.arg, p, n);
	d->style->pump(d->arg);
	return n;
}

bool depot_load(struct depot *d, const char *number, const char *text)
{
	return queue_text(d, number, text, 0) > 0;
}

bool depot_has(const struct depot *d)
{
	return !TAILQ_EMPTY(&d->ready);
}

struct parcel *depot_take(struct depot *d)
{
	struct parcel *p = TAILQ_FIRST(&d->ready);
	TAILQ_REMOVE(&d->ready, p, link);
	d->stats.delivers++;
	return p;
}

static struct note *note_of(struct depot *d, const struct parcel *p, struct phone **phone)
{
	*phone = p->note ? phones_get(d->phones, p->phone) : NULL;
	return *phone ? phone_note(*phone, p->note) : NULL;
}

void depot_settle(struct depot *d, struct parcel *p, enum depot_answer answer, uint32_t status)
{
	if (answer == DEPOT_LATER) {
		d->stats.delivers_again++;
		p->not_before = (int64_t)uv_now(d->loop) + AGAIN_MS;
		TAILQ_INSERT_TAIL(&d->later, p, link);
		return;
	}
	*(answer == DEPOT_TAKEN ? &d->stats.delivers_ok : &d->stats.delivers_refused) += 1;
	d->stats.queued--;
	struct phone *phone;
	struct note *n = note_of(d, p, &phone);
	if (n && answer == DEPOT_REFUSED) {
		n->state = NOTE_REFUSED;
		n->status = status;
	} else if (n && ++n->parts_done == n->parts && n->state == NOTE_WAITING) {
		n->state = NOTE_TAKEN;
	}
	if (n)
		d->watch.on_note(d->watch.arg, phone, n);
	free(p);
}

void depot_put_back(struct depot *d, struct parcel *p)
{
	TAILQ_INSERT_HEAD(&d->ready, p, link);
}

bool depot_forgets(struct depot *d)
{
	if (d->faults->forget <= 0)
		return false;
	d->faults->forget--;
	return true;
}

void parcel_source(const struct parcel *p, char out[SOURCE_MAX])
{
	bool mobile = strlen(p->phone) == 11 && p->phone[0] == '1';
	(void)snprintf(out, SOURCE_MAX, "%s%s", mobile ? "86" : "", p->phone);
}

/* --- from the gateway --- */

bool depot_drops(struct depot *d)
{
	d->stats.submits++;
	if (d->faults->drop <= 0)
		return false;
	d->faults->drop--;
	return true;
}

static void queue_report(struct depot *d, const char *phone, const uint8_t about[PARCEL_ID])
{
	struct parcel *p = queue(d, phone, NULL, 0);
	p->report = true;
	memcpy(p->about, about, PARCEL_ID);
	p->delivered = d->faults->undeliverable <= 0;
	d->faults->undeliverable -= d->faults->undeliverable > 0;
	p->not_before = (int64_t)uv_now(d->loop) + d->faults->delay_receipt;
	d->stats.reports++;
	TAILQ_INSERT_TAIL(&d->later, p, link);
}

static enum depot_verdict judge(struct sim_faults *f, const struct phone *phone)
{
	if (f->throttle > 0) {
		f->throttle--;
		return SUBMIT_TOO_FAST;
	}
	if (f->refuse <= 0)
		return phone ? SUBMIT_OK : SUBMIT_NO_SUCH_NUMBER;
	f->refuse--;
	return SUBMIT_NO_SUCH_NUMBER;
}

enum depot_verdict depot_submit(struct depot *d, const struct sim_submit *s, uint8_t id[PARCEL_ID])
{
	struct phone *phone = phones_get(d->phones, s->to);
	enum depot_verdict verdict = judge(d->faults, phone);
	static const uint8_t none[PARCEL_ID];
	if (verdict != SUBMIT_OK)
		return verdict;
	d->stats.submits_ok++;
	if (memcmp(id, none, PARCEL_ID) == 0)
		d->style->stamp(d->arg, id);
	if (s->report)
		queue_report(d, phone_number(phone), id);
	struct note *note = phone_receive(d->phones, phone, s->from, s->header, s->dcs, s->text, s->n);
	if (note)
		d->watch.on_note(d->watch.arg, phone, note);
	return verdict;
}

json_t *depot_json(const struct depot *d, unsigned links, const char *logins, const char *reports)
{
	const struct depot_stats *s = &d->stats;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", logins, (json_int_t)s->logins,
		"links", (json_int_t)links, "submits", (json_int_t)s->submits, "submits_ok", (json_int_t)s->submits_ok,
		"delivers", (json_int_t)s->delivers, "delivers_ok", (json_int_t)s->delivers_ok, "delivers_again",
		(json_int_t)s->delivers_again, "delivers_refused", (json_int_t)s->delivers_refused, reports, (json_int_t)s->reports,
		"queued", (json_int_t)s->queued, "malformed", (json_int_t)s->malformed);
}

/* --- life --- */

static void on_tick(uv_timer_t *t)
{
	struct depot *d = t->data;
	int64_t now = (int64_t)uv_now(d->loop);
	struct parcel *p, *after;
	for (p = TAILQ_FIRST(&d->later); p; p = after) {
		after = TAILQ_NEXT(p, link);
		if (p->not_before > now)
			continue;
		TAILQ_REMOVE(&d->later, p, link);
		TAILQ_INSERT_TAIL(&d->ready, p, link);
	}
	d->style->pump(d->arg);
}

void depot_init(struct depot *d, uv_loop_t *loop, struct phones *phones, const struct sim_watch *watch, struct sim_faults *faults,
	const char *number, const struct depot_style *style, void *arg)
{
	*d = (struct depot){ .loop = loop, .phones = phones, .watch = *watch, .faults = faults, .number = number, .style = style,
		.arg = arg, .tick = mem_new(uv_timer_t) };
	TAILQ_INIT(&d->ready);
	TAILQ_INIT(&d->later);
	must(uv_timer_init(loop, d->tick) == 0 && uv_timer_start(d->tick, on_tick, TICK_MS, TICK_MS) == 0);
	d->tick->data = d;
}

static void free_handle(uv_handle_t *h)
{
	free(h);
}

static void free_parcels(struct parcels *list)
{
	for (struct parcel *p; (p = TAILQ_FIRST(list));) {
		TAILQ_REMOVE(list, p, link);
		free(p);
	}
}

void depot_fini(struct depot *d)
{
	free_parcels(&d->ready);
	free_parcels(&d->later);
	uv_close((uv_handle_t *)d->tick, free_handle);
}
