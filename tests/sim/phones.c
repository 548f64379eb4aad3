#include "tests/sim/phones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "gateway/base/clock.h"
#include "gateway/base/mem.h"
#include "tests/sim/text.h"

enum { BUCKETS = 4096, MOBILE = 11, MOBILE_86 = 13 };

struct partial {
	TAILQ_ENTRY(partial) link;
	char from[PHONE_NUMBER_MAX];
	unsigned ref, total, have;
	uint8_t dcs[SIM_PARTS_MAX + 1];
	uint8_t *bytes[SIM_PARTS_MAX + 1];
	size_t n[SIM_PARTS_MAX + 1];
};

struct phone {
	struct phone *chain;
	char number[PHONE_NUMBER_MAX];
	struct note *note;
	size_t notes, room;
	TAILQ_HEAD(, partial) partials;
};

struct phones {
	struct phone *bucket[BUCKETS];
	struct phone **all;
	size_t count, room;
	unsigned next_id;
};

struct phones *phones_create(void)
{
	return mem_new(struct phones);
}

static void free_partial(struct phone *p, struct partial *q)
{
	TAILQ_REMOVE(&p->partials, q, link);
	for (size_t i = 0; i <= SIM_PARTS_MAX; i++)
		free(q->bytes[i]);
	free(q);
}

void phones_destroy(struct phones **at)
{
	struct phones *all = *at;
	*at = NULL;
	for (size_t i = 0; i < all->count; i++) {
		struct phone *p = all->all[i];
		for (size_t k = 0; k < p->notes; k++)
			free(p->note[k].text);
		while (!TAILQ_EMPTY(&p->partials))
			free_partial(p, TAILQ_FIRST(&p->partials));
		free(p->note);
		free(p);
	}
	free(all->all);
	free(all);
}

static bool plain_number(const char *in, char out[PHONE_NUMBER_MAX])
{
	size_t n = 0;
	for (; *in; in++) {
		if (strchr(" +-()", *in))
			continue;
		if (*in < '0' || *in > '9' || n + 1 >= PHONE_NUMBER_MAX)
			return false;
		out[n++] = *in;
	}
	out[n] = '\0';
	if (n == MOBILE_86 && !strncmp(out, "861", 3))
		memmove(out, out + 2, MOBILE + 1);
	return n > 0;
}

static unsigned hash(const char *s)
{
	unsigned h = 5381;
	for (; *s; s++)
		h = h * 33 + (unsigned char)*s;
	return h % BUCKETS;
}

struct phone *phones_get(struct phones *all, const char *number)
{
	char plain[PHONE_NUMBER_MAX];
	if (!plain_number(number, plain))
		return NULL;
	unsigned h = hash(plain);
	for (struct phone *p = all->bucket[h]; p; p = p->chain)
		if (!strcmp(p->number, plain))
			return p;
	if (all->count == PHONES_MAX)
		return NULL;
	if (all->count == all->room) {
		all->room = all->room ? all->room * 2 : 64;
		all->all = mem_realloc(all->all, all->room * sizeof *all->all);
	}
	struct phone *p = mem_new(struct phone);
	snprintf(p->number, sizeof p->number, "%s", plain);
	TAILQ_INIT(&p->partials);
	p->chain = all->bucket[h];
	all->bucket[h] = p;
	return all->all[all->count++] = p;
}

struct phone *phones_at(struct phones *all, size_t i)
{
	return i < all->count ? all->all[i] : NULL;
}

const char *phone_number(const struct phone *p)
{
	return p->number;
}

static void forget_oldest(struct phone *p)
{
	size_t drop = PHONE_NOTES_MAX / 4;
	for (size_t i = 0; i < drop; i++)
		free(p->note[i].text);
	p->notes -= drop;
	memmove(p->note, p->note + drop, p->notes * sizeof *p->note);
}

struct note *phone_add(struct phones *all, struct phone *p, bool from_phone, const char *other, const char *text,
	unsigned parts)
{
	if (p->notes == PHONE_NOTES_MAX)
		forget_oldest(p);
	if (p->notes == p->room) {
		p->room = p->room ? p->room * 2 : 8;
		p->note = mem_realloc(p->note, p->room * sizeof *p->note);
	}
	struct note *n = &p->note[p->notes++];
	*n = (struct note){ .id = ++all->next_id, .from_phone = from_phone, .text = mem_strdup(text), .at = clock_now(),
		.state = from_phone ? NOTE_WAITING : NOTE_RECEIVED, .parts = parts };
	strncpy(n->other, other, sizeof n->other - 1);
	return n;
}

struct note *phone_note(struct phone *p, unsigned id)
{
	for (size_t i = p->notes; i-- > 0;)
		if (p->note[i].id == id)
			return &p->note[i];
	return NULL;
}

json_t *note_json(const struct note *n)
{
	static const char *const states[] = { "waiting", "taken", "refused", "received" };
	char at[CLOCK_TEXT];
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "id", (json_int_t)n->id, "from",
		n->from_phone ? "phone" : "hotline", "number", n->other, "text", n->text, "at", clock_rfc3339(n->at, at),
		"state", states[n->state], "parts",
		(json_int_t)n->parts, "status", (json_int_t)n->status);
}

json_t *phone_json(const struct phone *p, unsigned after)
{
	json_t *list = json_array();
	for (size_t i = 0; i < p->notes; i++)
		if (p->note[i].id > after)
			json_array_append_new(list, note_json(&p->note[i]));
	return json_pack("{s:s, s:o}", "number", p->number, "messages", list);
}

static struct partial *find_partial(struct phone *p, const char *from, unsigned ref, unsigned total)
{
	struct partial *q;
	TAILQ_FOREACH(q, &p->partials, link)
		if (q->ref == ref && q->total == total && !strcmp(q->from, from))
			return q;
	q = mem_new(struct partial);
	q->ref = ref;
	q->total = total;
	strncpy(q->from, from, sizeof q->from - 1);
	TAILQ_INSERT_TAIL(&p->partials, q, link);
	return q;
}

bool phone_part(struct phone *p, const char *from, unsigned ref, unsigned total, unsigned index, uint8_t dcs,
	const uint8_t *bytes, size_t n, char **text)
{
	struct partial *q = find_partial(p, from, ref, total);
	if (!q->bytes[index]) {
		q->bytes[index] = mem_alloc(n + 1);
		memcpy(q->bytes[index], bytes, n);
		q->n[index] = n;
		q->dcs[index] = dcs;
		q->have++;
	}
	if (q->have < total)
		return false;
	struct buf whole;
	buf_init(&whole, 1 << 20);
	for (unsigned i = 1; i <= total; i++)
		sim_read(q->dcs[i], q->bytes[i], q->n[i], &whole);
	*text = buf_take_str(&whole);
	free_partial(p, q);
	return true;
}

struct note *phone_receive(struct phones *all, struct phone *p, const char *from, bool header, uint8_t dcs,
	const uint8_t *bytes, size_t n)
{
	struct sim_header h = { .total = 1, .index = 1 };
	char *text = NULL;
	if (header && !sim_header(bytes, n, &h))
		return NULL;
	if (h.total > 1) {
		if (!phone_part(p, from, h.ref, h.total, h.index, dcs, bytes + h.len, n - h.len, &text))
			return NULL;
	} else {
		struct buf b;
		buf_init(&b, 1 << 17);
		sim_read(dcs, bytes + h.len, n - h.len, &b);
		text = buf_take_str(&b);
	}
	struct note *note = phone_add(all, p, false, from, text, h.total);
	free(text);
	return note;
}
