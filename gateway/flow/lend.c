#include "gateway/flow/lend.h"

#include <string.h>

static const void *bytes(struct arena *a, const void *p, size_t n)
{
	void *copy = arena_alloc(a, n + 1);
	if (n)
		memcpy(copy, p, n);
	return copy;
}

static const struct msg_attachment *files(struct arena *a, const struct msg_attachment *from, size_t n)
{
	struct msg_attachment *copy = arena_alloc(a, (n + 1) * sizeof *copy);
	for (size_t i = 0; i < n; i++)
		copy[i] = (struct msg_attachment){ arena_strdup(a, from[i].name), arena_strdup(a, from[i].type),
			arena_strdup(a, from[i].sha256), from[i].size };
	return copy;
}

void msg_in_copy(struct arena *a, struct msg_in *to, const struct msg_in *from)
{
	*to = *from;
	const char **const text[] = { &to->external_id, &to->peer, &to->peer_name, &to->from, &to->account, &to->subject,
		&to->text,
		&to->quoted, &to->language, &to->thread, &to->thread_address, &to->automatic_why, &to->department, &to->rating.survey, &to->rating.comment, &to->part.key,
		&to->raw_sha256, &to->note, &to->cursor_key, &to->cursor_value };
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		*text[i] = arena_strdup(a, *text[i]);
	if (from->raw != NULL)
		to->raw = bytes(a, from->raw, from->raw_n);
	if (from->part.bytes != NULL)
		to->part.bytes = bytes(a, from->part.bytes, from->part.n);
	const char **refs = arena_alloc(a, (from->ref_count + 1) * sizeof *refs);
	for (size_t i = 0; i < from->ref_count; i++)
		refs[i] = arena_strdup(a, from->refs[i]);
	to->refs = refs;
	to->attachment = files(a, from->attachment, from->attachment_count);
}

void msg_out_copy(struct arena *a, struct msg_out *to, const struct msg_out *from)
{
	*to = *from;
	const char **const text[] = { &to->peer, &to->account, &to->author, &to->subject, &to->text, &to->event,
		&to->fields, &to->language, &to->ticket, &to->survey, &to->survey_url, &to->peer_state, &to->answers,
		&to->thread_subject };
	for (size_t i = 0; i < from->choices; i++)
		to->choice[i].words = arena_strdup(a, from->choice[i].words);
	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		*text[i] = arena_strdup(a, *text[i]);
	to->attachment = files(a, from->attachment, from->attachment_count);
}
