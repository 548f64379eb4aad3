#include "adapters/wechat/errors.h"

#include <stddef.h>

static const struct { int code; enum fate fate; const char *words; } CODES[] = {
#define CODE(code, fate, words) { code, fate, words },
#include "adapters/wechat/errors.def"
#undef CODE
};

enum fate error_fate(int code)
{
	if (code == 0)
		return FATE_OK;
	for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
		if (CODES[i].code == code)
			return CODES[i].fate;
	return FATE_NEVER;
}

const char *error_words(int code)
{
	for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
		if (CODES[i].code == code)
			return CODES[i].words;
	return NULL;
}
