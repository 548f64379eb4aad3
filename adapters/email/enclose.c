#include "adapters/email/enclose.h"

#include <string.h>

#include "adapters/email/transfer.h"
#include "gateway/base/percent.h"

enum { LINE = 76 };

static bool plain(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < 0x20 || (unsigned char)*name >= 0x7F || strchr("\"\\%", *name))
			return false;
	return true;
}

static void field_name(const char *name, struct buf *out)
{
	if (plain(name)) {
		buf_addf(out, ";\r\n name=\"%s\"", name);
		return;
	}
	buf_adds(out, ";\r\n name=\"=?UTF-8?B?");
	base64_encode(name, strlen(name), 0, out);
	buf_adds(out, "?=\"");
}

static void field_filename(const char *name, struct buf *out)
{
	if (plain(name)) {
		buf_addf(out, ";\r\n filename=\"%s\"", name);
		return;
	}
	buf_adds(out, ";\r\n filename*=UTF-8''");
	percent_add(out, name, "-._~"); /* attr-char of RFC 5987, and no more of it than need be */
}

void enclose(const struct msg_attachment *a, const struct buf *bytes, const char *boundary, struct buf *out)
{
	buf_addf(out, "--%s\r\nContent-Type: %s", boundary, a->type);
	field_name(a->name, out);
	buf_adds(out, "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment");
	field_filename(a->name, out);
	buf_adds(out, "\r\n\r\n");
	base64_encode(bytes->data, bytes->len, LINE, out);
}
