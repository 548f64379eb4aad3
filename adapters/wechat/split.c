#include "adapters/wechat/split.h"

#include <string.h>

#include "gateway/base/utf8.h"

size_t split_next(const char *p, size_t n)
{
	if (n <= SPLIT_MAX)
		return n;
	size_t most = utf8_cut(p, n, SPLIT_MAX);
	const char *line = memrchr(p, '\n', most);
	if (line && (size_t)(line - p) + 1 >= most / 4 * 3)
		return (size_t)(line - p) + 1;
	return most ? most : SPLIT_MAX;
}

unsigned split_parts(const char *text)
{
	size_t n = strlen(text);
	unsigned parts = 0;
	do {
		size_t step = split_next(text, n);
		text += step;
		n -= step;
		parts++;
	} while (n);
	return parts;
}
