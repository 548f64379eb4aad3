#include "adapters/email/attach.h"

#include <string.h>

#include "adapters/email/words.h"
#include "gateway/base/buf.h"

void attach_name(const char *name, unsigned number, char out[ATTACHMENT_NAME_MAX + 1])
{
	struct buf text;
	buf_init(&text, 64 << 10);
	if (name)
		words_decode(name, strnlen(name, 16 << 10), CHARSET_MAINLAND, &text);
	attachment_name(buf_str(&text), number, out);
	buf_fini(&text);
}
