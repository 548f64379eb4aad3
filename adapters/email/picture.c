#include "adapters/email/picture.h"

#include <string.h>
#include <strings.h>

static const char NO_NAME[] = "图片";

static const char *name_of(const struct picture *p, size_t n, const char *id, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (p[i].id && strlen(p[i].id) == len && !strncasecmp(p[i].id, id, len))
			return p[i].name;
	return NO_NAME;
}

void pictures_place(const struct picture *p, size_t n, struct buf *text, long *at)
{
	const size_t mark = strlen(PICTURE_MARK);
	const char *from = buf_str(text), *end = from + text->len;
	if (!memmem(from, text->len, PICTURE_MARK, mark))
		return;
	struct buf out;
	buf_init(&out, text->cap);
	long wanted = *at, moved = wanted;
	for (const char *c; (c = memmem(from, (size_t)(end - from), PICTURE_MARK, mark));) {
		const size_t most = mark + PICTURE_ID_MAX + 1;
		const char *close = memchr(c, ']', (size_t)(end - c) < most ? (size_t)(end - c) : most);
		if (!close || memchr(c, '\n', (size_t)(close - c))) {
			buf_add(&out, from, (size_t)(c - from) + mark);
			from = c + mark;
			continue;
		}
		buf_add(&out, from, (size_t)(c - from));
		buf_addf(&out, "[%s]", name_of(p, n, c + mark, (size_t)(close - c) - mark));
		from = close + 1;
		if (wanted > c - buf_str(text))
			moved = (long)out.len + (wanted - (from - buf_str(text)));
	}
	buf_add(&out, from, (size_t)(end - from));
	*at = wanted < 0 ? wanted : moved < 0 ? 0 : moved;
	buf_fini(text);
	*text = out;
}
