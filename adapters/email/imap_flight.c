#include "adapters/email/imap_flight.h"

#include "adapters/email/imap_line.h"
#include "gateway/base/err.h"

static struct flight_refused *find(const struct imap_flight *f, uint32_t uid)
{
	for (unsigned i = 0; i < f->refuseds; i++)
		if (f->refused[i].uid == uid)
			return (struct flight_refused *)(uintptr_t)&f->refused[i];
	return NULL;
}

static void drop(struct imap_flight *f, uint32_t uid)
{
	struct flight_refused *r = find(f, uid);
	if (r)
		*r = f->refused[--f->refuseds];
}

/* --- what is being stored --- */

static void lower(uint32_t *lowest, uint32_t uid, uint32_t but)
{
	if (uid && uid != but && (!*lowest || uid < *lowest))
		*lowest = uid;
}

uint32_t flight_place(const struct imap_flight *f, uint32_t uid, uint32_t last)
{
	uint32_t lowest = f->failed;
	for (unsigned i = 0; i < FLIGHT_SLOTS; i++)
		lower(&lowest, f->uid[i], uid);
	for (unsigned i = 0; i < f->refuseds; i++)
		lower(&lowest, f->refused[i].uid, uid);
	last = uid > last ? uid : last;
	return lowest && lowest <= last ? lowest - 1 : last;
}

unsigned flight_begin(struct imap_flight *f, uint32_t uid)
{
	unsigned slot = 0;
	while (f->uid[slot])
		must(++slot < FLIGHT_SLOTS);
	f->uid[slot] = uid;
	f->busy++;
	return slot;
}

void flight_end(struct imap_flight *f, unsigned slot, bool stored, bool flag)
{
	uint32_t uid = f->uid[slot];
	must(uid && f->busy > 0);
	f->uid[slot] = 0;
	f->busy--;
	if (stored)
		drop(f, uid);
	else
		flight_failed(f, uid);
	if (stored && flag && f->dones < FLIGHT_FLAGS + FLIGHT_SLOTS)
		f->done[f->dones++] = uid;
}

static void come_again(struct imap_flight *f, uint32_t from)
{
	if (!f->failed || from < f->failed)
		f->failed = from;
}

void flight_failed(struct imap_flight *f, uint32_t uid)
{
	if (!find(f, uid))
		come_again(f, uid);
}

uint32_t flight_back(struct imap_flight *f)
{
	uint32_t failed = f->failed;
	f->failed = 0;
	return failed ? failed - 1 : 0;
}

void flight_forget(struct imap_flight *f)
{
	f->dones = f->refuseds = 0;
}

/* --- what the server does not give --- */

/* Nothing was given since it was refused for the first time. */
static bool in_silence(const struct imap_flight *f, const struct flight_refused *r)
{
	return r->tries == 0 && r->given == f->given;
}

unsigned flight_silence(const struct imap_flight *f)
{
	unsigned n = 0;
	for (unsigned i = 0; i < f->refuseds; i++)
		n += in_silence(f, &f->refused[i]);
	return n;
}

/* false: it holds those behind it, and is asked for first. */
static bool goes_on(struct imap_flight *f, struct flight_refused *r, uint64_t now, uint64_t soon)
{
	r->times++;
	if (f->refuseds == 1 && r->times < FLIGHT_HOLDS)
		return false;
	if (r->times < FLIGHT_HOLDS)
		r->times = FLIGHT_HOLDS;
	uint64_t delay = soon;
	for (unsigned k = FLIGHT_HOLDS; k < r->times && delay < FLIGHT_DELAY_MAX; k++)
		delay *= 2;
	r->next = now + (delay < FLIGHT_DELAY_MAX ? delay : FLIGHT_DELAY_MAX);
	return true;
}

enum flight_refusal flight_refused(struct imap_flight *f, uint32_t uid, uint64_t now, uint64_t soon)
{
	struct flight_refused *r = find(f, uid);
	bool known = r != NULL;
	if (!known && f->refuseds == FLIGHT_REFUSED) {
		come_again(f, uid);
		return FLIGHT_AGAIN;
	}
	if (!known) {
		r = &f->refused[f->refuseds++];
		*r = (struct flight_refused){ .uid = uid, .given = f->given };
	}
	r->tries += r->given != f->given;
	r->given = f->given;
	if (r->tries >= FLIGHT_TRIES) {
		drop(f, uid);
		return FLIGHT_LEFT;
	}
	if (!goes_on(f, r, now, soon))
		come_again(f, uid);
	else if (!known && flight_silence(f) >= FLIGHT_PROBES && uid < UINT32_MAX)
		come_again(f, uid + 1);
	return known ? FLIGHT_AGAIN : FLIGHT_FIRST;
}

void flight_given(struct imap_flight *f)
{
	bool silent = flight_silence(f) >= FLIGHT_SILENT;
	for (unsigned i = 0; silent && i < f->refuseds; i++)
		if (in_silence(f, &f->refused[i])) {
			f->refused[i].times = FLIGHT_HOLDS;
			f->refused[i].next = 0;
		}
	f->given++;
}

uint64_t flight_wait(const struct imap_flight *f, uint64_t now, uint64_t most)
{
	for (unsigned i = 0; i < f->refuseds; i++) {
		uint64_t next = f->refused[i].next, wait = next > now ? next - now : 0;
		most = wait < most ? wait : most;
	}
	return most;
}

bool flight_is_refused(const struct imap_flight *f, uint32_t uid)
{
	return find(f, uid) != NULL;
}

uint32_t flight_missing(struct imap_flight *f, const uint32_t *uid, size_t n, uint32_t end)
{
	for (unsigned i = 0; i < f->refuseds; i++) {
		uint32_t one = f->refused[i].uid;
		if (one <= end && !imap_has(uid, n, one)) {
			drop(f, one);
			return one;
		}
	}
	return 0;
}

size_t flight_due(const struct imap_flight *f, uint32_t *uid, size_t n, uint64_t now)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		const struct flight_refused *r = find(f, uid[i]);
		if (!r || r->next <= now)
			uid[kept++] = uid[i];
	}
	return kept;
}

/* --- what was stored --- */

bool flight_flags_full(const struct imap_flight *f)
{
	return f->dones >= FLIGHT_FLAGS;
}

/* Sorts them. */
static void add_set(uint32_t *uid, size_t n, struct buf *out)
{
	imap_sort(uid, n);
	for (size_t i = 0, j; i < n; i = j) {
		for (j = i + 1; j < n && uid[j] - uid[j - 1] <= 1; j++)
			;
		buf_addf(out, i ? ",%u" : "%u", uid[i]);
		if (uid[j - 1] != uid[i])
			buf_addf(out, ":%u", uid[j - 1]);
	}
}

void flight_set(struct imap_flight *f, struct buf *out)
{
	add_set(f->done, f->dones, out);
}

void flight_ask(const struct imap_flight *f, uint32_t last, struct buf *out)
{
	uint32_t uid[FLIGHT_REFUSED];
	size_t n = 0;
	for (unsigned i = 0; i < f->refuseds; i++)
		if (f->refused[i].uid <= last)
			uid[n++] = f->refused[i].uid;
	add_set(uid, n, out);
	buf_adds(out, n ? "," : "");
}

void flight_command(struct imap_flight *f, enum imap_flag step, const char *folder, struct buf *out)
{
	struct buf set, name;
	buf_init(&set, 16 << 10);
	buf_init(&name, 8192);
	flight_set(f, &set);
	if (folder)
		(void)imap_mailbox(folder, &name);
	if (step == FLAG_EXPUNGE)
		buf_addf(out, "UID EXPUNGE %s", buf_str(&set));
	else if (step == FLAG_DELETE)
		buf_addf(out, "UID STORE %s +FLAGS.SILENT (\\Deleted)", buf_str(&set));
	else if (folder)
		buf_addf(out, "UID %s %s %s", step == FLAG_COPY ? "COPY" : "MOVE", buf_str(&set), buf_str(&name));
	else
		buf_addf(out, "UID STORE %s +FLAGS.SILENT (\\Seen)", buf_str(&set));
	buf_fini(&name);
	buf_fini(&set);
}
