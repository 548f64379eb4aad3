#include "adapters/email/imap_window.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/mem.h"

void imap_window_open(struct imap_window *w)
{
	w->next_uid = w->exists = 0;
	w->searched = false;
	w->uids = w->at = 0;
}

void imap_window_fini(struct imap_window *w)
{
	free(w->uid);
	w->uid = NULL;
	w->uids = w->at = 0;
}

bool imap_window_again(struct imap_window *w)
{
	bool again = w->next_uid && (w->said ? w->next_uid < w->said : w->next_uid <= w->last);
	if (w->next_uid)
		w->said = w->next_uid;
	return again;
}

static bool through(struct imap_window *w)
{
	w->which[0] = '\0';
	imap_window_fini(w);
	return false;
}

bool imap_window_next(struct imap_window *w, const struct imap_flight *f, struct buf *command)
{
	bool first = !w->searched;
	if (!first && w->next_uid == 0 && w->uids == 0)
		return through(w);
	uint32_t end = w->end < w->next_uid ? w->end : w->next_uid - 1; /* later mail is numbered from there */
	if (!first && w->next_uid && end > w->last)
		w->last = end;
	w->searched = true;
	w->uids = w->at = 0;
	uint32_t from = w->last + 1;
	if (w->last == UINT32_MAX || (w->next_uid && from >= w->next_uid && !(first && f->refuseds)))
		return through(w);
	bool all = w->exists <= IMAP_UIDS_MAX || w->next_uid == 0 || from > UINT32_MAX - IMAP_UIDS_MAX;
	w->end = all ? UINT32_MAX : from + IMAP_UIDS_MAX - 1;
	if (!w->uid)
		w->uid = mem_alloc(IMAP_UIDS_MAX * sizeof *w->uid);
	buf_adds(command, "UID SEARCH UID ");
	flight_ask(f, w->last, command);
	if (all)
		buf_addf(command, "%u:*%s", from, w->which);
	else
		buf_addf(command, "%u:%u%s", from, w->end, w->which);
	return true;
}

void imap_window_take(struct imap_window *w, const struct imap_flight *f, const char *numbers)
{
	uint32_t uid;
	while ((uid = imap_next_uid(&numbers)))
		if (uid <= w->end && w->uids < IMAP_UIDS_MAX && (uid > w->last || flight_is_refused(f, uid)))
			w->uid[w->uids++] = uid;
}

/* A server may name one twice. */
static void sort_once(struct imap_window *w)
{
	size_t n = 0;
	imap_sort(w->uid, w->uids);
	for (size_t i = 0; i < w->uids; i++)
		if (!n || w->uid[i] != w->uid[n - 1])
			w->uid[n++] = w->uid[i];
	w->uids = n;
}

static void refused_last(struct imap_window *w)
{
	uint32_t refused[FLIGHT_REFUSED];
	size_t n = 0;
	while (n < w->uids && w->uid[n] <= w->last)
		n++;
	must(n <= FLIGHT_REFUSED);
	memcpy(refused, w->uid, n * sizeof *refused);
	memmove(w->uid, w->uid + n, (w->uids - n) * sizeof *refused);
	memcpy(w->uid + w->uids - n, refused, n * sizeof *refused);
}

uint32_t imap_window_found(struct imap_window *w, struct imap_flight *f, uint64_t now, bool new_first)
{
	sort_once(w);
	if (w->uids == IMAP_UIDS_MAX)
		w->end = w->uid[IMAP_UIDS_MAX - 1]; /* more than was asked for: the rest in the next window */
	uint32_t gone = flight_missing(f, w->uid, w->uids, w->end);
	if (gone)
		return gone;
	w->uids = flight_due(f, w->uid, w->uids, now);
	if (new_first)
		refused_last(w);
	return 0;
}

void imap_window_back(struct imap_window *w, uint32_t last)
{
	w->last = last;
	w->uids = w->at = 0;
}
