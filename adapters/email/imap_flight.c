#include "adapters/email/imap_flight.h"

#include "adapters/email/imap_line.h"
#include "gateway/base/err.h"

uint32_t flight_place(const struct imap_flight *f, uint32_t uid)
{
	uint32_t oldest = f->failed;
	for (unsigned i = 0; i < FLIGHT_SLOTS; i++)
		if (f->uid[i] && (!oldest || f->uid[i] < oldest))
			oldest = f->uid[i];
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

bool flight_refused(struct imap_flight *f, uint32_t uid)
{
	f->refusals = f->refused == uid ? f->refusals + 1 : 1;
	f->refused = uid;
	if (f->refusals >= FLIGHT_TRIES)
		return true;
	flight_failed(f, uid);
	return false;
}

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
