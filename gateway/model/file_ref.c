#include "gateway/model/file_ref.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void file_ref_write(const struct secret *s, const char *purpose, const struct msg_attachment *a, char out[FILE_REF_MAX])
{
	char payload[FILE_REF_MAX];
	int n = snprintf(payload, sizeof payload, "%s-%" PRIu64 "-%.*s", a->sha256, a->size, FILE_TYPE_MAX, a->type);
	for (int i = 0; i < n && payload[i]; i++)
		payload[i] = payload[i] == '/' ? '_' : (char)tolower((unsigned char)payload[i]);
	mark_sign(s, purpose, payload, FILE_REF_MAC, out, FILE_REF_MAX);
}

bool file_ref_read(const struct secret *s, const char *purpose, const char *ref, const char *name, unsigned number,
	struct file_ref *out)
{
	char *end;
	if (strlen(ref) >= FILE_REF_MAX)
		return false;
	int n = mark_check(s, purpose, ref, FILE_REF_MAC);
	if (n <= HEX_SHA256 || ref[HEX_SHA256 - 1] != '-')
		return false;
	memcpy(out->sha256, ref, HEX_SHA256 - 1);
	out->sha256[HEX_SHA256 - 1] = '\0';
	out->size = strtoull(ref + HEX_SHA256, &end, 10);
	int type = (int)(ref + n - end) - 1;
	if (*end != '-' || type < 1 || type > FILE_TYPE_MAX)
		return false;
	(void)snprintf(out->type, sizeof out->type, "%.*s", type, end + 1);
	char *slash = strchr(out->type, '_');
	if (slash)
		*slash = '/';
	attachment_name(name, number, out->name);
	return true;
}
