#include "adapters/wechat/errors.h"

#include <stddef.h>

struct code { int code; bool wecom; enum fate fate; const char *words; };
static const struct code CODES[] = {
#define CODE(code, fate, words) { code, false, fate, words },
#define WECOM(code, fate, words) { code, true, fate, words },
#include "adapters/wechat/errors.def"
#undef CODE
#undef WECOM
};

static const struct code *find(int code, bool wecom)
{
	for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
		if (CODES[i].code == code && (wecom || !CODES[i].wecom))
			return &CODES[i];
	return NULL;
}

enum fate error_fate(int code, bool wecom)
{
	const struct code *c = find(code, wecom);
	return code == 0 ? FATE_OK : c ? c->fate : FATE_NEVER;
}

const char *error_words(int code, bool wecom)
{
	const struct code *c = find(code, wecom);
	return c ? c->words : NULL;
}
