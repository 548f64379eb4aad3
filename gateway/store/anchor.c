#include "gateway/store/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/file.h"
#include "gateway/store/tx.h"

enum { FILE_MAX = 64 << 20, LINE_MAX_BYTES = 300 };
static const char PURPOSE[] = "audit anchor", TORN[] = " torn";

/* --- heads --- */

static void fill_head(struct row *r, void *out)
{
	struct anchor *a = out;
	size_t n;
	(void)clock_rfc3339(r->tx->now, a->time);
	a->node = row_uint(r);
	a->seq = row_int(r);
	const void *hash = row_blob(r, &n);
	if (hash && n == sizeof a->hash)
		memcpy(a->hash, hash, n);
}

int anchor_heads(struct tx *tx, struct anchor **a, size_t *n)
{
	return tx_all(tx, STMT_node_list, NO_PARAMS, fill_head, sizeof **a, a, n);
}

/* --- lines --- */

/* Of "TIME NODE NUMBER HASH", behind the one before; or of a broken off line with TORN behind it. */
static void line_mac(const struct secret *s, const char *before, const char *body, size_t n, const char *more, char mac[HEX_SHA256])
{
	uint8_t bytes[SHA256_LEN];
	struct buf b;
	buf_init(&b, sizeof PURPOSE + HEX_SHA256 + n + sizeof TORN);
	buf_add(&b, PURPOSE, sizeof PURPOSE);
	buf_add(&b, before, strlen(before) + 1);
	buf_add(&b, body, n);
	buf_adds(&b, more);
	must(!b.overflow);
	crypto_hmac_sha256(s->key, sizeof s->key, b.data, b.len, bytes);
	crypto_hex(bytes, sizeof bytes, mac);
	buf_fini(&b);
}

static bool is_torn(const char *body, size_t n)
{
	size_t end = sizeof TORN - 1;
	return n >= end && memcmp(body + n - end, TORN, end) == 0;
}

/* 1: an anchor; 0: one that was broken off, and closed by us; -1: neither. */
static int line_read(struct anchor_file *f, const struct secret *s, const char *line, size_t n, struct anchor *a)
{
	char mac[HEX_SHA256], hash[HEX_SHA256], body[LINE_MAX_BYTES];
	size_t end = n - (HEX_SHA256 - 1) - 1;
	if (n < HEX_SHA256 || line[end] != ' ')
		return -1;
	line_mac(s, f->mac, line, end, "", mac);
	if (!crypto_equal(mac, line + end + 1, HEX_SHA256 - 1))
		return -1;
	if (is_torn(line, end))
		return 0;
	if (end >= sizeof body)
		return -1;
	memcpy(body, line, end);
	body[end] = '\0';
	if (sscanf(body, "%31s %u %" SCNd64 " %64s", a->time, &a->node, &a->seq, hash) != 4 || crypto_unhex(hash, a->hash, SHA256_LEN) < 0)
		return -1;
	memcpy(f->mac, mac, sizeof mac);
	return 1;
}

static void keep(struct anchor_file *f, const struct anchor *a)
{
	if ((f->n & (f->n - 1)) == 0)
		f->of = mem_realloc(f->of, (f->n ? 2 * f->n : 1) * sizeof *f->of);
	f->of[f->n] = *a;
	memcpy(f->of[f->n++].mac, f->mac, sizeof f->mac);
}

const char *anchor_line(struct arena *arena, const struct anchor *a)
{
	char hash[HEX_SHA256];
	return arena_printf(arena, "%s %u %" PRId64 " %s %s", a->time, a->node, a->seq, crypto_hex(a->hash, SHA256_LEN, hash), a->mac);
}

/* The last line has no end. */
static void left_open(struct anchor_file *f, const struct secret *s, const char *line, size_t n)
{
	char mac[HEX_SHA256];
	line_mac(s, f->mac, line, n, TORN, mac);
	f->torn = true;
	(void)snprintf(f->close, sizeof f->close, "%s %s\n", TORN, mac);
}

/* Of a line of the log that tells of an anchor (flow/anchor.c), the anchor. */
static size_t of_log(const char **line, size_t n)
{
	static const char MARK[] = " line=\"";
	const char *at = memmem(*line, n, MARK, sizeof MARK - 1), *from = at ? at + sizeof MARK - 1 : NULL;
	const char *to = from ? memchr(from, '"', (size_t)(*line + n - from)) : NULL;
	if (to == NULL)
		return n;
	*line = from;
	return (size_t)(to - from);
}

static int lines_read(struct anchor_file *f, const struct secret *s, const char *text, size_t left, const char *path, struct err *e)
{
	for (unsigned number = 1; left > 0; number++) {
		struct anchor a = { 0 };
		const char *end = memchr(text, '\n', left);
		const char *line = text;
		size_t n = end ? (size_t)(end - text) : left, whole = end ? n + 1 : n, of = of_log(&line, n);
		int rc = line_read(f, s, line, of, &a);
		if (rc < 0 && end)
			return err_set(e, E_CORRUPT, "%s:%u: this anchor was changed, or made with another secret", path, number);
		if (rc < 0)
			left_open(f, s, text, n);
		else if (!end)
			memcpy(f->close, "\n", sizeof "\n");
		if (rc == 1)
			keep(f, &a);
		text += whole;
		left -= whole;
	}
	return 0;
}

int anchor_file_read(struct anchor_file *f, const char *path, const struct secret *s, struct err *e)
{
	struct buf b;
	*f = (struct anchor_file){ 0 };
	buf_init(&b, FILE_MAX);
	int rc = file_read(path, &b, e);
	if (rc == 0 && b.len)
		rc = lines_read(f, s, (const char *)b.data, b.len, path, e);
	buf_fini(&b);
	return rc;
}

void anchor_file_fini(struct anchor_file *f)
{
	free(f->of);
	*f = (struct anchor_file){ 0 };
}

static bool is_known(const struct anchor_file *f, const struct anchor *a)
{
	for (size_t i = f->n; i-- > 0;)
		if (f->of[i].node == a->node)
			return f->of[i].seq == a->seq;
	return a->seq == 0;
}

static void line_write(struct anchor_file *f, const struct secret *s, const struct anchor *a, struct buf *out)
{
	char body[LINE_MAX_BYTES], hash[HEX_SHA256];
	int n = snprintf(body, sizeof body, "%s %u %" PRId64 " %s", a->time, a->node, a->seq,
		crypto_hex(a->hash, SHA256_LEN, hash));
	line_mac(s, f->mac, body, (size_t)n, "", f->mac);
	buf_addf(out, "%s %s\n", body, f->mac);
	keep(f, a);
}

int anchor_file_append(struct anchor_file *f, const char *path, const struct secret *s, const struct anchor *a, size_t n,
	struct err *e)
{
	struct buf b;
	buf_init(&b, n * LINE_MAX_BYTES + sizeof f->close);
	buf_adds(&b, f->close);
	for (size_t i = 0; i < n; i++)
		if (!is_known(f, &a[i]))
			line_write(f, s, &a[i], &b);
	must(!b.overflow);
	f->torn = false;
	f->close[0] = '\0';
	int fd = b.len ? open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640) : -1, rc = 0;
	if (b.len && fd < 0)
		rc = err_set(e, E_IO, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0 && (rc = file_write_all(fd, b.data, b.len, e)) == 0 && fsync(fd) < 0)
		rc = err_set(e, E_IO, "cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	buf_fini(&b);
	return rc;
}
