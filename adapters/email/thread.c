#include "adapters/email/thread.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adapters/email/words.h"
#include "gateway/base/buf.h"

static const char PURPOSE[] = "mail", NO_TICKET[] = "0";
enum { HASH_CHUNK = 64 << 10, HASH_BYTES = 15, HASH_TEXT = 25, FIELD_LOOK = 2000 };

bool thread_sign(const struct secret *s, const char *ticket, uint64_t message, char out[THREAD_MARK_MAX])
{
	char payload[THREAD_MARK_MAX];
	int n = snprintf(payload, sizeof payload, "x.%s.%llx", ticket ? ticket : NO_TICKET, (unsigned long long)message);
	if (n < 0 || (size_t)n + 1 + THREAD_MAC_CHARS >= THREAD_MARK_MAX)
		return false;
	for (int i = 0; i < n; i++)
		if (!isalnum((unsigned char)payload[i]) && payload[i] != '.' && payload[i] != '-')
			return false;
	for (int i = 0; i < n; i++)
		payload[i] = (char)tolower((unsigned char)payload[i]);
	mark_sign(s, PURPOSE, payload, THREAD_MAC_CHARS, out, THREAD_MARK_MAX);
	return true;
}

static bool mark_char(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '-';
}

static bool read_mark(const struct secret *s, const char *p, size_t n, struct thread_mark *m)
{
	if (n < 3 || n >= THREAD_MARK_MAX || tolower((unsigned char)p[0]) != 'x' || p[1] != '.')
		return false;
	*m = (struct thread_mark){ 0 };
	for (size_t i = 0; i < n; i++)
		m->mark[i] = (char)tolower((unsigned char)p[i]);
	int payload = mark_check(s, PURPOSE, m->mark, THREAD_MAC_CHARS);
	if (payload < 0)
		return false;
	const char *ticket = m->mark + 2, *dot = memchr(ticket, '.', (size_t)payload - 2);
	if (!dot)
		return false;
	if ((size_t)(dot - ticket) != strlen(NO_TICKET) || memcmp(ticket, NO_TICKET, strlen(NO_TICKET)))
		memcpy(m->ticket, ticket, (size_t)(dot - ticket));
	m->message = strtoull(dot + 1, NULL, 16);
	return true;
}

bool thread_find(const struct secret *s, const char *p, size_t n, size_t *at, struct thread_mark *m)
{
	size_t i = *at;
	while (i < n) {
		const char *x = p + i;
		while (x < p + n && !((*x == 'x' || *x == 'X') && x + 1 < p + n && x[1] == '.' && (x == p ||
			!mark_char(x[-1]))))
			x++;
		i = (size_t)(x - p);
		size_t end = i;
		while (end < n && end - i < THREAD_MARK_MAX && mark_char(p[end]))
			end++;
		if (end == i)
			break;
		if (read_mark(s, x, end - i, m)) {
			*at = end;
			return true;
		}
		i = end;
	}
	*at = n;
	return false;
}

/* Is the offset on a line that begins a Message-ID field, or folded below one? */
static bool on_id_line(const char *p, size_t at)
{
	size_t from = at, least = at > FIELD_LOOK ? at - FIELD_LOOK : 0;
	while (from > least && (p[from - 1] != '\n' || p[from] == ' ' || p[from] == '\t'))
		from--;
	if (from > 0 && from == least)
		return false;
	return !strncasecmp(p + from, "Message-ID:", at - from < 11 ? at - from : 11) && at - from >= 11;
}

bool thread_find_returned(const struct secret *s, const char *p, size_t n, struct thread_mark *m)
{
	for (size_t at = 0; thread_find(s, p, n, &at, m);)
		if (on_id_line(p, at - strlen(m->mark)))
			return true;
	return false;
}

/* Whatever bytes stand in an id, one id has one clean form: it is kept, shown and looked up. */
static size_t ids_in(struct arena *a, const char *value, const char **out, size_t max)
{
	struct buf id;
	size_t count = 0;
	buf_init(&id, THREAD_ID_MAX);
	for (const char *p = value; p && count < max;) {
		const char *open = strchr(p, '<'), *close = open ? strchr(open, '>') : NULL;
		if (!close)
			break;
		size_t k = (size_t)(close - open) + 1;
		buf_clear(&id);
		words_clean(open, k, &id);
		if (id.len > 2 && !id.overflow)
			out[count++] = arena_strndup(a, buf_str(&id), id.len);
		p = close + 1;
	}
	buf_fini(&id);
	return count;
}

static size_t add_once(const char **refs, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(refs[i], id))
			return count;
	if (count < THREAD_REFS_MAX)
		refs[count++] = id;
	return count;
}

size_t thread_refs(struct arena *a, const struct headers *h, const char **refs)
{
	enum { READ_MAX = 1000 };
	const char **found = arena_alloc(a, READ_MAX * sizeof *found);
	size_t count = 0, n = ids_in(a, header_get(h, "In-Reply-To"), found, READ_MAX);
	for (size_t i = 0; i < n; i++)
		count = add_once(refs, count, found[i]);
	n = ids_in(a, header_get(h, "References"), found, READ_MAX);
	while (n > 0)
		count = add_once(refs, count, found[--n]);
	return count;
}

const char *thread_message_id(struct arena *a, const struct headers *h)
{
	const char *id = NULL;
	return ids_in(a, header_get(h, "Message-ID"), &id, 1) ? id : NULL;
}

/* A chain of hashes over the body without CRs, a bounded piece at a time. */
static void hash_body(const char *body, size_t n, uint8_t out[SHA256_LEN])
{
	while (n > 0 && (body[n - 1] == '\n' || body[n - 1] == '\r'))
		n--;
	uint8_t *piece = mem_alloc(SHA256_LEN + HASH_CHUNK);
	memset(piece, 0, SHA256_LEN);
	size_t have = 0;
	for (size_t i = 0; i <= n; i++) {
		if (i < n && body[i] != '\r')
			piece[SHA256_LEN + have++] = (uint8_t)body[i];
		if (have == HASH_CHUNK || i == n) {
			crypto_sha256(piece, SHA256_LEN + have, out);
			memcpy(piece, out, SHA256_LEN);
			have = 0;
		}
	}
	free(piece);
}

static void add_field(struct buf *b, const char *value)
{
	buf_adds(b, value ? value : "");
	buf_addc(b, '\0');
}

/* Fields that say how a mail came here and not what it is. */
static bool is_trace(const char *name)
{
	static const char *const trace[] = { "Return-Path", "Delivered-To", "X-Original-To", "Authentication-Results" };
	for (size_t i = 0; i < sizeof trace / sizeof *trace; i++)
		if (!strcasecmp(name, trace[i]))
			return true;
	return false;
}

const char *thread_external_id(struct arena *a, const struct headers *h, const char *mailbox, const char *sender,
	const char *body, size_t n)
{
	const char *id = thread_message_id(a, h);
	uint8_t of_body[SHA256_LEN], all[SHA256_LEN];
	char text[HASH_TEXT];
	struct buf b;
	buf_init(&b, 2 * HEADER_BLOCK_MAX);
	add_field(&b, mailbox);
	add_field(&b, header_get(h, "Date"));
	add_field(&b, header_get(h, "From"));
	add_field(&b, header_get(h, "Subject"));
	add_field(&b, header_get(h, "Content-Type"));
	add_field(&b, header_get(h, "Content-Transfer-Encoding"));
	if (!id)
		add_field(&b, sender);
	for (size_t i = 0; !id && i < h->count; i++) {
		if (is_trace(h->field[i].name))
			continue;
		add_field(&b, h->field[i].name);
		add_field(&b, h->field[i].value);
	}
	hash_body(body, n, of_body);
	buf_add(&b, of_body, sizeof of_body);
	crypto_sha256(b.data, b.len, all);
	buf_fini(&b);
	return arena_printf(a, "%s#%s", id ? id : "", crypto_base32(all, HASH_BYTES, text));
}

const char *thread_id_of_external(struct arena *a, const char *external_id)
{
	const char *close = external_id && *external_id == '<' ? strchr(external_id, '>') : NULL;
	return close ? arena_strndup(a, external_id, (size_t)(close - external_id) + 1) : "";
}
