#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/buf.h"
#include "gateway/base/crypto.h"
#include "gateway/base/file.h"
#include "gateway/base/log.h"
#include "gateway/base/mem.h"

enum { SECRET_FILE_MAX = 256, MAC_CHARS_LEAST = 8, MAC_CHARS_MAX = 52 };

static int write_synced(int fd, const char *text, struct err *e)
{
	int rc = file_write_all(fd, text, strlen(text), e);
	return rc ? rc : file_sync(fd, "the secret", e);
}

/* A finished file appears under `path` or none does; of two starts at once, one makes it and both read it. */
static int secret_create(const char *path, const char *dir, struct err *e)
{
	uint8_t key[SECRET_LEN];
	char text[2 * SECRET_LEN + 2];
	char *temp = mem_printf("%s.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC); /* mode 0600 */
	if (fd < 0) {
		free(temp);
		return err_set(e, E_IO, "cannot create %s: %s", path, strerror(errno));
	}
	crypto_random(key, sizeof key);
	crypto_hex(key, sizeof key, text);
	text[2 * SECRET_LEN] = '\n';
	text[2 * SECRET_LEN + 1] = '\0';
	int rc = write_synced(fd, text, e);
	if (!rc && link(temp, path) && errno != EEXIST)
		rc = err_set(e, E_IO, "cannot create %s: %s", path, strerror(errno));
	close(fd);
	unlink(temp);
	free(temp);
	return rc ? rc : file_sync_folder(dir, e);
}

static void warn_if_open(const char *path)
{
	struct stat st;
	if (!stat(path, &st) && (st.st_mode & 0007))
		log_warn("secret", "file is open to every user", "path=%s mode=%04o", path,
			(unsigned)st.st_mode & 07777);
}

static int secret_read(struct secret *s, const char *path, struct err *e)
{
	struct buf b;
	buf_init(&b, SECRET_FILE_MAX);
	int rc = file_read(path, &b, e);
	if (!rc) {
		while (b.len && strchr("\r\n \t", b.data[b.len - 1]))
			b.data[--b.len] = '\0';
		if (b.len != 2 * SECRET_LEN || crypto_unhex(buf_str(&b), s->key, SECRET_LEN))
			rc = err_set(
				e, E_CORRUPT, "%s is not a secret: it must hold %d hex digits", path, 2 * SECRET_LEN);
	}
	buf_fini(&b);
	return rc;
}

int secret_load(struct secret *s, const char *path, struct err *e)
{
	if (access(path, F_OK) && errno == ENOENT) {
		char *dir = file_folder(path);
		int rc = file_mkdirs(dir, e);
		if (!rc)
			rc = secret_create(path, dir, e);
		free(dir);
		if (rc)
			return rc;
	}
	warn_if_open(path);
	return secret_read(s, path, e);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* The whole MAC of a payload, in base32. */
static void mac_text(
	const struct secret *s, const char *purpose, const char *payload, size_t n, char out[MAC_CHARS_MAX + 1])
{
	uint8_t mac[SHA256_LEN];
	size_t head = strlen(purpose) + 1;
	char *signed_text = mem_alloc(head + n);
	memcpy(signed_text, purpose, head);
	for (size_t i = 0; i < n; i++)
		signed_text[head + i] = lower(payload[i]);
	crypto_hmac_sha256(s->key, SECRET_LEN, signed_text, head + n, mac);
	crypto_base32(mac, sizeof mac, out);
	free(signed_text);
}

void mark_sign(
	const struct secret *s, const char *purpose, const char *payload, unsigned mac_chars, char *out, size_t cap)
{
	char mac[MAC_CHARS_MAX + 1];
	size_t n = strlen(payload);
	must(mac_chars >= MAC_CHARS_LEAST && mac_chars <= MAC_CHARS_MAX);
	must(n + 1 + mac_chars < cap);
	mac_text(s, purpose, payload, n, mac);
	for (size_t i = 0; i < n; i++)
		out[i] = lower(payload[i]);
	out[n] = '.';
	memcpy(out + n + 1, mac, mac_chars);
	out[n + 1 + mac_chars] = '\0';
}

int mark_check(const struct secret *s, const char *purpose, const char *marked, unsigned mac_chars)
{
	char mac[MAC_CHARS_MAX + 1], given[MAC_CHARS_MAX];
	size_t len = strlen(marked);
	must(mac_chars >= MAC_CHARS_LEAST && mac_chars <= MAC_CHARS_MAX);
	if (len < mac_chars + 1u || len > INT32_MAX || marked[len - mac_chars - 1] != '.')
		return E_DENIED;
	size_t n = len - mac_chars - 1;
	for (size_t i = 0; i < mac_chars; i++)
		given[i] = lower(marked[n + 1 + i]);
	mac_text(s, purpose, marked, n, mac);
	return crypto_equal(mac, given, mac_chars) ? (int)n : E_DENIED;
}
