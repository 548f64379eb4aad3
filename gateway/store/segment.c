#include "gateway/store/segment.h"

#include <string.h>

#include "gateway/store/tx.h"

int segment_put(struct tx *tx, const char *channel, const struct segment_row *s)
{
	int64_t changed = 0;
	int rc = tx->session->ops->shared ? tx_exec(tx, STMT_segment_meet, PARAMS(v_text(channel), v_text(s->key), v_blob("", 0),
		v_int(s->at)), NULL) : 0;
	if (rc < 0)
		return rc;
	rc = tx_exec(tx, STMT_segment_put, PARAMS(v_text(channel), v_text(s->key), v_int(s->index), v_words(s->peer),
		v_words(s->account), v_int(s->total), v_int(s->coding), v_blob(s->bytes ? (const void *)s->bytes : "", s->n),
		v_int(s->at)), &changed);
	return rc < 0 ? rc : changed ? 0 : E_EXISTS;
}

static void fill_segment(struct row *r, void *out)
{
	struct segment_row *s = out;
	s->key = row_words(r);
	s->peer = row_words(r);
	s->account = row_words(r);
	s->index = row_uint(r);
	s->total = row_uint(r);
	s->coding = row_uint(r);
	s->bytes = row_blob(r, &s->n);
	s->at = row_int(r);
}

int segment_list(struct tx *tx, const char *channel, const char *key, struct segment_row **rows, size_t *n)
{
	return tx_all(tx, STMT_segment_list, PARAMS(v_text(channel), v_text(key)), fill_segment, sizeof **rows, rows, n);
}

char *segment_bytes(struct tx *tx, const struct segment_row *s, size_t n, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < n; i++)
		*len += s[i].n;
	char *all = arena_alloc(tx->arena, *len + 1), *end = all;
	for (size_t i = 0; i < n; end += s[i++].n)
		if (s[i].n)
			memcpy(end, s[i].bytes, s[i].n);
	return all;
}

int segment_drop(struct tx *tx, const char *channel, const char *key)
{
	return tx_exec(tx, STMT_segment_drop, PARAMS(v_text(channel), v_text(key)), NULL);
}

int segment_drop_one(struct tx *tx, const char *channel, const char *key, unsigned index)
{
	return tx_exec(tx, STMT_segment_drop_one, PARAMS(v_text(channel), v_text(key), v_int(index)), NULL);
}

struct stale {
	const char *channel, *key;
};

static void fill_stale(struct row *r, void *out)
{
	struct stale *s = out;
	s->channel = row_words(r);
	s->key = row_words(r);
}

int segment_stale(struct tx *tx, const char *of, int64_t before, unsigned limit, const char ***channel, const char ***key, size_t *n)
{
	struct stale *s;
	int rc = tx_all(tx, STMT_segment_stale, PARAMS(v_text(of), v_int(before), v_int(limit)), fill_stale, sizeof *s, &s, n);
	*channel = arena_alloc(tx->arena, *n * sizeof **channel);
	*key = arena_alloc(tx->arena, *n * sizeof **key);
	for (size_t i = 0; i < *n; i++) {
		(*channel)[i] = s[i].channel;
		(*key)[i] = s[i].key;
	}
	return rc;
}
