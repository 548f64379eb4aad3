#include "gateway/base/keyring.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/buf.h"
#include "gateway/base/keyfile.h"

enum { FILE_MAX = 8192 };

void keyring_fini(struct keyring *k)
{
	OPENSSL_cleanse(k, sizeof *k);
}

/* 1: a generation was read; 0: the line says nothing; -1: it is malformed. */
static int line_read(struct keyring *k, char *line)
{
	char *space;
	line += strspn(line, " \t");
	line[strcspn(line, "\r")] = '\0';
	if (*line == '\0' || *line == '#')
		return 0;
	unsigned long generation = strtoul(line, &space, 10);
	unsigned before = k->n ? k->of[k->n - 1].generation : 0;
	if (space == line || *space != ' ' || generation <= before || generation > KEYRING_GENERATION_MAX || k->n == KEYRING_MAX)
		return -1;
	const char *hex = space + strspn(space, " ");
	if (strlen(hex) != 2 * SECRET_LEN || crypto_unhex(hex, k->of[k->n].key, SECRET_LEN) < 0)
		return -1;
	k->of[k->n++].generation = (unsigned)generation;
	return 1;
}

static int text_read(struct keyring *k, char *text, const char *path, struct err *e)
{
	unsigned number = 1;
	for (char *line = text; line != NULL; number++) {
		char *next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (line_read(k, line) < 0)
			return err_set(e, E_CORRUPT, "%s:%u: is no key: a number above the one before, a blank and %d hexadecimal digits are", path,
				number, 2 * SECRET_LEN);
		line = next;
	}
	return k->n ? 0 : err_set(e, E_CORRUPT, "%s holds no key", path);
}

int keyring_load(struct keyring *k, const char *path, struct err *e)
{
	struct buf b;
	*k = (struct keyring){ 0 };
	buf_init(&b, FILE_MAX);
	int rc = keyfile_read(path, &b, e);
	if (rc == 0)
		rc = text_read(k, (char *)b.data, path, e);
	keyfile_fini(&b);
	if (rc < 0)
		keyring_fini(k);
	return rc;
}

static void text_write(struct buf *b, const struct keyring *k)
{
	char hex[2 * SECRET_LEN + 1];
	buf_adds(b, "# Keys of the fields that identify a person. Keep a copy apart from the store's backups: without it they cannot be read.\n");
	for (size_t i = 0; i < k->n; i++)
		buf_addf(b, "%u %s\n", k->of[i].generation, crypto_hex(k->of[i].key, SECRET_LEN, hex));
	OPENSSL_cleanse(hex, sizeof hex);
}

int keyring_add(struct keyring *k, const char *path, struct err *e)
{
	struct buf b;
	if (k->n == KEYRING_MAX)
		return err_set(e, E_RANGE, "%s holds %d keys; take out the oldest, which no backup needs any more", path, KEYRING_MAX);
	k->of[k->n].generation = k->n ? k->of[k->n - 1].generation + 1 : 1;
	crypto_random(k->of[k->n].key, SECRET_LEN);
	k->n++;
	buf_init(&b, FILE_MAX);
	text_write(&b, k);
	int rc = keyfile_put(path, k->n == 1, &b, e);
	keyfile_fini(&b);
	if (rc < 0)
		k->n--;
	return rc;
}
