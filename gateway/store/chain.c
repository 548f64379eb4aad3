#include "gateway/store/chain.h"

#include <string.h>

#include "gateway/store/message.h"

static uint8_t *put_number(uint8_t *to, uint64_t v)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*to++ = (uint8_t)(v >> shift);
	return to;
}

static uint8_t *put_bytes(uint8_t *to, const void *p, size_t n)
{
	if (n)
		memcpy(to, p, n);
	return to + n;
}

static uint8_t *put_texts(uint8_t *to, const struct chain_text *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to = put_bytes(put_number(to, t[i].n), t[i].p, t[i].n);
	return to;
}

static size_t texts_size(const struct chain_text *t, size_t n)
{
	size_t size = 8 * n;
	for (size_t i = 0; i < n; i++)
		size += t[i].n;
	return size;
}

bool chain_says(const uint8_t said[SHA256_LEN])
{
	static const uint8_t nothing[SHA256_LEN];
	return memcmp(said, nothing, SHA256_LEN) != 0;
}

void chain_digest(struct arena *a, const uint8_t salt[SALT_LEN], const struct chain_message *m, uint8_t digest[SHA256_LEN])
{
	uint8_t *bytes = arena_alloc(a, SALT_LEN + texts_size(m->words, CHAIN_TEXTS)), *to = put_bytes(bytes, salt, SALT_LEN);
	to = put_texts(to, m->words, CHAIN_TEXTS);
	crypto_sha256(bytes, (size_t)(to - bytes), digest);
}

void chain_link(struct arena *a, const struct chain_message *m, const uint8_t digest[SHA256_LEN], uint8_t said[SHA256_LEN])
{
	const uint64_t number[] = { m->id, m->conversation, m->seq, m->sender, m->survey, m->at, m->sent_at };
	uint8_t *bytes = arena_alloc(a, 2 * SHA256_LEN + sizeof number + texts_size(m->stays, 3)), *to = put_bytes(bytes, said, SHA256_LEN);
	to = put_bytes(to, digest, SHA256_LEN);
	for (size_t i = 0; i < sizeof number / sizeof *number; i++)
		to = put_number(to, number[i]);
	to = put_texts(to, m->stays, 3);
	crypto_sha256(bytes, (size_t)(to - bytes), said);
}

void chain_hash(struct arena *a, const struct chain_event *v, const uint8_t said[SHA256_LEN], uint8_t hash[SHA256_LEN])
{
	const uint64_t number[] = { v->node, v->seq, v->id, v->at, v->ticket };
	uint8_t *bytes = arena_alloc(a, 2 * SHA256_LEN + sizeof number + texts_size(v->text, 3)), *to = put_bytes(bytes, hash, SHA256_LEN);
	for (size_t i = 0; i < sizeof number / sizeof *number; i++)
		to = put_number(to, number[i]);
	to = put_texts(to, v->text, 3);
	if (chain_says(said))
		to = put_bytes(to, said, SHA256_LEN);
	crypto_sha256(bytes, (size_t)(to - bytes), hash);
}

/* As the store's statement joins them. */
static const char *files_of(struct arena *a, const struct message_row *m)
{
	const char *files = "";
	for (size_t i = 0; i < m->attachments; i++)
		files = arena_printf(a, "%s%s%s", files, i ? "," : "", m->attachment[i].sha256);
	return files;
}

void chain_message_of(struct arena *a, const struct message_row *m, struct chain_message *c)
{
	*c = (struct chain_message){ .id = m->id, .conversation = m->conversation, .seq = (uint64_t)m->seq, .sender = m->from,
		.survey = m->survey, .at = (uint64_t)m->at, .sent_at = (uint64_t)m->sent_at,
		.stays = { chain_text(m->from == FROM_CITIZEN ? "" : m->author), chain_text(m->event), chain_text(m->external_id) },
		.words = { chain_text(m->subject), chain_text(m->text), chain_text(m->quoted), chain_text(m->raw_sha256),
			chain_text(files_of(a, m)) } };
}
