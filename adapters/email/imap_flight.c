#include "adapters/email/imap_flight.h"

#include "adapters/email/imap_line.h"
#include "gateway/base/err.h"

uint32_t flight_place(const struct imap_flight *f, uint32_t uid)
{
	uint32_t oldest = f->failed;
	for (unsigned i = 0; i < FLIGHT_SLOTS; i++)
		if (f->uid[i] && (!oldest || f->uid[i] < oldest))
			oldest = f->uid[i];
	for (unsigned i = 0; i < f->oweds; i++)
		if (!oldest || f->owed[i].uid < oldest)
			oldest = f->owed[i].uid;
	return oldest && oldest <= uid ? oldest - 1 : uid;
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

void flight_failed(struct imap_flight *f, uint32_t uid)
{
	if (!f->failed || uid < f->failed)
		f->failed = uid;
}

/* --- what the server does not give --- */

static struct flight_owed *owed_find(struct imap_flight *f, uint32_t uid)
{
	for (unsigned i = 0; i < f->oweds; i++)
		if (f->owed[i].uid == uid)
			return &f->owed[i];
	return NULL;
}

/* The first is held to; whether the server gives anything at all shows in those behind it, so they are not. */
static bool holds(struct imap_flight *f, uint32_t uid)
{
	if (f->oweds > 0)
		return false;
	f->refusals = f->refused == uid ? f->refusals + 1 : 1;
	f->refused = uid;
	return f->refusals < FLIGHT_HOLDS;
}

bool flight_refused(struct imap_flight *f, uint32_t uid)
{
	struct flight_owed *o = owed_find(f, uid);
	bool held = !o && holds(f, uid);
	f->fresh |= !held && (!o || !o->tries);
	if (!o && (held || f->oweds == FLIGHT_OWED)) {
		flight_failed(f, uid);
		return false;
	}
	if (!o) {
		o = &f->owed[f->oweds++];
		*o = (struct flight_owed){ .uid = uid };
		f->refused = 0;
	}
	o->now = true;
	return true;
}

void flight_gone(struct imap_flight *f, uint32_t uid)
{
	struct flight_owed *o = owed_find(f, uid);
	if (o)
		*o = f->owed[--f->oweds];
}

void flight_given(struct imap_flight *f, uint32_t uid)
{
	f->gave = true;
	flight_gone(f, uid);
}

size_t flight_owed(const struct imap_flight *f, uint32_t last, uint32_t *uid)
{
	size_t n = 0;
	for (unsigned i = 0; i < f->oweds; i++)
		if (f->owed[i].uid <= last)
			uid[n++] = f->owed[i].uid;
	imap_sort(uid, n);
	return n;
}

bool flight_round(struct imap_flight *f)
{
	for (unsigned i = 0; i < f->oweds; i++) {
		f->owed[i].tries += f->owed[i].now && f->gave;
		f->owed[i].now = false;
	}
	f->deaf = f->fresh && !f->gave ? f->deaf + 1 : 0;
	f->fresh = f->gave = false;
	return !f->deaf;
}

uint32_t flight_leave(struct imap_flight *f)
{
	for (unsigned i = 0; i < f->oweds; i++)
		if (f->owed[i].tries >= FLIGHT_TRIES) {
			uint32_t uid = f->owed[i].uid;
			flight_gone(f, uid);
			return uid;
		}
	return 0;
}

uint32_t flight_back(struct imap_flight *f)
{
	uint32_t failed = f->failed;
	for (unsigned i = f->oweds; failed && i-- > 0;)
		if (f->owed[i].uid >= failed)
			flight_gone(f, f->owed[i].uid);
	f->failed = 0;
	return failed ? failed - 1 : 0;
}

void flight_forget(struct imap_flight *f)
{
	f->dones = f->oweds = f->deaf = 0;
	f->refused = 0;
}

/* --- what was stored --- */

void flight_end(struct imap_flight *f, unsigned slot, bool stored, bool flag)
{
	uint32_t uid = f->uid[slot];
	must(uid && f->busy > 0);
	f->uid[slot] = 0;
	f->busy--;
	if (!stored)
		flight_failed(f, uid);
	if (stored && flag && f->dones < FLIGHT_FLAGS + FLIGHT_SLOTS)
		f->done[f->dones++] = uid;
}

bool flight_flags_full(const struct imap_flight *f)
{
	return f->dones >= FLIGHT_FLAGS;
}

void flight_set(struct imap_flight *f, struct buf *out)
{
	imap_sort(f->done, f->dones);
	for (unsigned i = 0, j; i < f->dones; i = j) {
		for (j = i + 1; j < f->dones && f->done[j] - f->done[j - 1] <= 1; j++)
			;
		buf_addf(out, i ? ",%u" : "%u", f->done[i]);
		if (f->done[j - 1] != f->done[i])
			buf_addf(out, ":%u", f->done[j - 1]);
	}
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
