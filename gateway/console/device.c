#include "gateway/console/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An entry is "MARK.ID.AT.GENERATION.MAC", all of one length. The mark is by the name as it is written: a signature does not
 * tell capitals from small letters. */
enum { MARK = 8, MARK_TEXT = 2 * MARK + 1, MAC_CHARS = 26, PAYLOAD = DEVICE_ENTRY - MAC_CHARS - 1 };
static const char PURPOSE[] = "device";

struct entry { char text[DEVICE_ENTRY + 1], mark[MARK_TEXT], id[DEVICE_ID_TEXT]; int64_t at, generation; };

static void name_mark(const struct secret *s, const char *name, char mark[MARK_TEXT])
{
	uint8_t mac[SHA256_LEN];
	char text[128];
	int n = snprintf(text, sizeof text, "device of %s", name);
	crypto_hmac_sha256(s->key, sizeof s->key, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1, mac);
	crypto_hex(mac, MARK, mark);
}

/* The i-th of the cookie, if it is ours and counts still. */
static bool entry_read(const struct secret *s, const char *cookie, size_t i, int64_t now, struct entry *e)
{
	size_t at = i * (DEVICE_ENTRY + 1);
	if (strlen(cookie) < at + DEVICE_ENTRY)
		return false;
	memcpy(e->text, cookie + at, DEVICE_ENTRY);
	e->text[DEVICE_ENTRY] = '\0';
	if (mark_check(s, PURPOSE, e->text, MAC_CHARS) != PAYLOAD)
		return false;
	(void)snprintf(e->mark, sizeof e->mark, "%.16s", e->text);
	(void)snprintf(e->id, sizeof e->id, "%.16s", e->text + 17);
	e->at = strtoll(e->text + 34, NULL, 16);
	e->generation = strtoll(e->text + 45, NULL, 16);
	return e->at + DEVICE_LIFE_S > now / 1000;
}

void device_find(const struct secret *s, const char *cookie, const char *name, int64_t generation, int64_t now,
	char id[DEVICE_ID_TEXT])
{
	struct entry e;
	char mark[MARK_TEXT];
	name_mark(s, name, mark);
	*id = '\0';
	for (size_t i = 0; *id == '\0' && i < DEVICES_MAX; i++)
		if (entry_read(s, cookie, i, now, &e) && strcmp(e.mark, mark) == 0 && e.generation == generation)
			memcpy(id, e.id, DEVICE_ID_TEXT);
}

void device_add(const struct secret *s, const char *cookie, const char *name, int64_t generation, int64_t now,
	const char *id, char out[DEVICES_TEXT])
{
	struct entry e;
	char mark[MARK_TEXT], payload[PAYLOAD + 1];
	name_mark(s, name, mark);
	(void)snprintf(payload, sizeof payload, "%s.%.16s.%010llx.%08llx", mark, id,
		(unsigned long long)(now / 1000) & 0xffffffffffULL, (unsigned long long)generation & 0xffffffffULL);
	mark_sign(s, PURPOSE, payload, MAC_CHARS, out, DEVICES_TEXT);
	size_t n = DEVICE_ENTRY;
	for (size_t i = 0; i < DEVICES_MAX && n + 1 + DEVICE_ENTRY < DEVICES_TEXT; i++)
		if (entry_read(s, cookie, i, now, &e) && strcmp(e.mark, mark) != 0)
			n += (size_t)snprintf(out + n, DEVICES_TEXT - n, "~%s", e.text);
}
